"""Brokers and gaps over HTTP: words, heat map, tables, pages, and what is refused."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from lxml import html

from hub.pages.brokers import draw_coverage
from hub.paths.brokerage.answer import Named, ToldMarket, ToldReport
from hub.paths.strength import show_strength
from tests.web.conftest import Server

ASKED = "/brokers?as-of=2014"


def test_the_page_says_in_words_what_the_json_has_in_figures(server: Server) -> None:
    told = server.ask(ASKED, "application/json").json
    page = html.fromstring(server.ask(ASKED).text)
    text = " ".join(page.text_content().split())
    assert told["brokers"]
    for broker in told["brokers"]:
        for sentence in broker["sentences"]:
            assert " ".join(sentence.split()) in text
        for step in broker["steps"]:
            assert step["evidence"][0]["sentence"] in text
    assert any("only link" in b["sentences"][0] for b in told["brokers"])
    for market in told["markets"]:
        for part in (*market["narrows"], *market["proposals"]):
            assert part["sentence"] in text
    assert "None of the 6 agreements says when it ends." in told["notes"]
    assert told["endings"] == []


def test_the_heat_map_has_a_cell_with_a_title_for_each_cluster_and_market(server: Server) -> None:
    told = server.ask(ASKED, "application/json").json
    page = html.fromstring(server.ask(ASKED).text)
    titles = page.xpath("//figure[contains(@class, 'heat')]//td/a/@title")
    for cluster, row in zip(told["clusters"], told["coverage"], strict=True):
        for market, strength in zip(told["markets"], row, strict=True):
            said = f"best way of strength {show_strength(strength)}" if strength else "no way"
            said = "opens the market itself" if strength == 1 else said
            assert f"{cluster['label']} – {market['label']}: {said}" in titles
    assert len(titles) == len(told["clusters"]) * len(told["markets"])


def test_a_market_narrows_all_of_it_and_markets_are_paged(server: Server) -> None:
    one = server.ask(ASKED + "&market=China", "application/json").json
    assert [market["label"] for market in one["markets"]] == ["China"]
    first, second = (
        {
            market["iri"]
            for market in server.ask(f"{ASKED}&page={n}", "application/json").json["markets"]
        }
        for n in (1, 2)
    )
    assert len(first) == 12
    assert second
    assert not first & second
    told = server.ask(ASKED, "application/json").json
    assert told["scope"] == f"any of 12 of {told['found_markets']} markets"
    page = html.fromstring(server.ask(ASKED).text)
    assert page.xpath("//a[@rel='next' and contains(@href, 'page=2')]")


def test_the_csv_has_every_part(server: Server) -> None:
    rows = list(csv.DictReader(io.StringIO(server.ask(ASKED + "&market=China&format=csv").text)))
    parts = {row["part"] for row in rows}
    assert {"broker", "market", "single link", "agreement to sign", "coverage"} <= parts


def test_a_way_in_the_heat_map_is_that_of_the_entry_points(server: Server) -> None:
    told = server.ask(ASKED + "&market=China", "application/json").json
    ways = server.ask("/entry-points?from=Biocat&market=China&as-of=2014", "application/json").json
    best = max(p["way"]["score"] for p in ways["entry_points"] if p["way"])
    at = [cluster["label"] for cluster in told["clusters"]].index("Biocat")
    assert told["coverage"][at][0] == pytest.approx(best)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("above=2", 400),
        ("above=nan", 400),
        ("above=x", 400),
        ("hops=9", 400),
        ("months=121", 400),
        ("page=0", 400),
        ("as-of=soon", 400),
        ("market=Atlantis", 404),
        ("market=Biocat", 404),
    ],
)
def test_what_cannot_be_asked_is_refused(server: Server, asked: str, status: int) -> None:
    reply = server.ask(f"/brokers?{asked}", "application/json")
    assert reply.status == status
    assert reply.json["detail"]
    assert server.ask(f"/brokers?{asked}").status == status


@pytest.mark.parametrize("asked", ["page=99", "rows=99"])
def test_a_page_beyond_the_last_is_not_there(server: Server, asked: str) -> None:
    reply = server.ask(f"{ASKED}&{asked}")
    assert (reply.status, "There is no page 99 of the" in reply.text) == (404, True)


def test_a_cell_is_shaded_by_its_strength_and_says_what_was_not_looked_at() -> None:
    markets = tuple(ToldMarket(f"m{n}", f"市场 {n}", 1, 1, 1, 1, (), (), ()) for n in range(2))
    told = ToldReport(
        "", "", date(2015, 1, 1), 5, 0.1, (), (), markets,
        (Named("c0", "Cluster"), Named("c1", "集群")),
        ((0.5, None), (1.0, 0.001)), (), False, 2, 2,
    )  # fmt: skip
    cells = [cell for row in draw_coverage(told) for cell in row]
    assert [cell.text for cell in cells] == ["0.50", "?", "1.00", "<0.01"]
    assert [cell.shade for cell in cells] == [4, 0, 4, 0]
    assert cells[1].title == "Cluster – 市场 1: not looked at, the time was over"
