"""Brokers and gaps over HTTP: words, heat map, tables, pages, and what is refused."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest
from lxml import html

from hub.pages.brokers import CELL, ROW, draw_coverage
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
    titles = page.xpath("//figure[contains(@class, 'heat')]//*[local-name()='title']/text()")
    for cluster, row in zip(told["clusters"], told["coverage"], strict=True):
        for market, strength in zip(told["markets"], row, strict=True):
            said = f"best way of strength {show_strength(strength)}" if strength else "no way"
            said = "opens the market itself" if strength == 1 else said
            assert f"{cluster['label']} – {market['label']}: {said}" in titles
    cells = page.xpath("//figure[contains(@class, 'heat')]//*[local-name()='rect']")
    assert len(cells) == len(told["clusters"]) * len(told["markets"])


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


def test_pages_beyond_the_last_are_empty_and_say_so(server: Server) -> None:
    assert "No cluster, or no market, is known here." in server.ask(ASKED + "&page=99").text


def test_the_heat_map_has_room_for_long_and_chinese_names() -> None:
    names = ["上海张江高科技园区开发股份有限公司" * 3, "Fundació per a la internacionalització" * 3]
    markets = tuple(
        ToldMarket(f"m{n}", name, 1, 1, 1, 1, (), (), ()) for n, name in enumerate(names)
    )
    told = ToldReport(
        "", "", date(2015, 1, 1), 5, 0.1, (), (), markets,
        tuple(Named(f"c{n}", name) for n, name in enumerate(names)),
        ((0.5, None), (1.0, 0.0)), (), False, 2, 2,
    )  # fmt: skip
    heat = draw_coverage(told)
    assert heat
    for label in (*heat.rows, *heat.columns):
        assert label.text.endswith("…")
        assert label.title in names
    assert [cell.text for cell in heat.cells] == ["0.50", "", "1.00", ""]
    assert [cell.shade for cell in heat.cells] == [4, 0, 4, 0]
    places = {(cell.x, cell.y) for cell in heat.cells}
    assert len(places) == 4
    assert {x % CELL for x, _ in places} == {heat.cells[0].x % CELL}
    assert {y % ROW for _, y in places} == {heat.cells[0].y % ROW}
