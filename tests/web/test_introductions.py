"""Introductions and entry points over HTTP: sentences, pictures, tables, and what stops them."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import quote

import pytest
from lxml import html

from tests.web.conftest import Server

ASKED = "/introductions?from=Ephoran-MIS&to=Zhangjiang%20Hi-Tech%20Park"


def test_ways_come_with_picture_sentences_evidence_and_strength(server: Server) -> None:
    told = server.ask(ASKED, "application/json").json
    assert told["ways"]
    page = html.fromstring(server.ask(ASKED).text)
    articles = page.xpath("//article")
    assert len(articles) == len(told["ways"])
    for article, way in zip(articles, told["ways"], strict=True):
        text = article.text_content()
        assert way["ask"] in text
        assert way["weakest"] in text
        stops = article.xpath(".//div[contains(@class, 'stop')]")
        lines = article.xpath(".//*[local-name()='line']")
        assert (len(stops), len(lines)) == (len(way["steps"]) + 1, len(way["steps"]))
        for step in way["steps"]:
            for evidence in step["evidence"]:
                assert evidence["sentence"] in text
                assert evidence["arithmetic"] in text
                for cited in evidence["citations"]:
                    assert cited["quote"] in text
                    assert cited["place"] in text
                    assert all(source["title"] in text for source in cited["sources"])


def test_the_csv_has_a_row_for_every_piece_of_evidence(server: Server) -> None:
    told = server.ask(ASKED, "application/json").json
    rows = list(csv.DictReader(io.StringIO(server.ask(ASKED + "&format=csv").text)))
    steps = [step for way in told["ways"] for step in way["steps"]]
    assert len(rows) == sum(len(step["evidence"]) for step in steps)
    assert {row["from"] for row in rows} <= {step["source_label"] for step in steps}


def test_all_ways_are_drawn_in_one_picture(server: Server) -> None:
    told = server.ask(ASKED, "application/json").json
    page = html.fromstring(server.ask(ASKED).text)
    titles = page.xpath("//figure[@class='picture']//*[@class='wide-only']//a/*/text()")
    assert sum(title.strip() == "Zhangjiang Hi-Tech Park" for title in titles) == 1
    last = [way["steps"][-1] for way in told["ways"]]
    drawn = page.xpath("//*[contains(@class, 'step') and local-name()='path']/*/text()")
    for step in last:
        assert any(f"{step['source_label']} – {step['target_label']}" in text for text in drawn)


def test_options_change_the_answer(server: Server) -> None:
    before = server.ask(ASKED + "&as-of=2012", "application/json").json
    assert not before["ways"]
    assert before["gap"]
    avoided = server.ask(ASKED + "&avoid=bioPmed", "application/json").json
    assert all("→ bioPmed →" not in way["summary"] for way in avoided["ways"])
    one = server.ask(ASKED + "&ways=1", "application/json").json
    assert len(one["ways"]) == 1


def test_parameters_have_the_names_of_the_answer_and_of_the_command(server: Server) -> None:
    for names in ("as-of=2014&ways=2", "as_of=2014&k=2"):
        told = server.ask(f"{ASKED}&{names}", "application/json").json
        question = told["question"]
        assert question["from"].endswith("ephoran-mis")
        assert (question["as_of"], question["k"], len(told["ways"])) == ("2014-12-31", 2, 2)
        form = html.fromstring(server.ask(f"{ASKED}&{names}").text)
        assert form.xpath("//input[@name='as-of']/@value") == ["2014"]
    asked = "/entry-points?from=Ephoran-MIS&market=China&as_of=2012"
    told = server.ask(asked, "application/json").json
    assert (told["as_of"], told["entry_points"]) == ("2012-12-31", [])


def test_a_market_as_target_is_answered_with_its_entry_points(server: Server) -> None:
    points, introduced = (
        server.ask(f"{path}=China&from=Ephoran-MIS", "application/json").json
        for path in ("/entry-points?market", "/introductions?to")
    )
    assert points["entry_points"]
    assert introduced == points
    assert "Entry points into China" in server.ask("/introductions?from=Ephoran-MIS&to=China").text


def test_where_no_door_is_known_the_page_says_what_is(server: Server) -> None:
    asked = "/entry-points?from=Picca&market=Japan"
    told = server.ask(asked, "application/json").json
    text = re.sub(r"\s+", " ", html.fromstring(server.ask(asked).text).text_content())
    assert told["gap"]
    for sentence in told["gap"]:
        assert re.sub(r"\s+", " ", sentence) in text


def test_where_nothing_ties_two_parties_the_page_says_what_is_missing(server: Server) -> None:
    asked = "/introductions?from=Ephoran-MIS&to=Crowd%2000001"
    told = server.ask(asked, "application/json").json
    assert not told["ways"]
    assert told["gap"]
    text = re.sub(r"\s+", " ", html.fromstring(server.ask(asked).text).text_content())
    for sentence in told["gap"]:
        assert sentence in text


def test_an_ambiguous_name_lists_the_candidates(server: Server) -> None:
    asked = "/introductions?from=Twin%20Works&to=ERAI"
    problem = server.ask(asked, "application/json")
    iris = [candidate["iri"] for candidate in problem.json["candidates"]]
    assert problem.status == 409
    assert [iri.rpartition(".")[2] for iri in iris] == ["twin-1", "twin-2"]
    page = server.ask(asked)
    assert page.status == 409
    assert all(iri in page.text for iri in iris)
    assert 'value="Twin Works"' in page.text
    one = server.ask(f"/introductions?from={quote(iris[0], safe='')}&to=ERAI", "application/json")
    assert one.status == 200


def test_an_unknown_name_is_answered_with_the_nearest(server: Server) -> None:
    reply = server.ask("/introductions?from=Biokat&to=ERAI", "application/json")
    assert (reply.status, "Biocat" in reply.json["remedy"]) == (404, True)


def test_entry_points_are_ranked_with_ways_and_a_map(server: Server) -> None:
    asked = "/entry-points?from=Biocat&market=China"
    told = server.ask(asked, "application/json").json
    scores = [point["score"] for point in told["entry_points"]]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0
    page = html.fromstring(server.ask(asked).text)
    rows = page.xpath("//table[caption]/tbody/tr")
    assert len(rows) == len(told["entry_points"])
    labels = page.xpath("//figure[@class='map']//*[local-name()='title']/text()")
    placed = {label.partition(":")[0] for label in labels}
    assert {"China", "Spain"} <= placed
    boxes = page.xpath("//figure[@class='picture']//*[local-name()='a']/@href")
    assert len(boxes) == len(set(boxes)) or len(boxes) > len(told["entry_points"])
    reached = [point for point in told["entry_points"] if point["way"]]
    drawn = page.xpath("//figure[@class='picture']//a/@title")
    for point in reached:
        assert any(title.startswith(point["label"]) for title in drawn)
    lines = page.xpath("//*[contains(@class, 'step') and local-name()='path']/@class")
    steps = {step["target"]: step["age"] for point in reached for step in point["way"]["steps"]}
    assert sum("old" in line for line in lines) >= sum(age > 3 for age in steps.values())
    assert all(point["kind"] for point in told["entry_points"])
    table = list(csv.DictReader(io.StringIO(server.ask(asked + "&format=csv").text)))
    assert [row["entry_point"] for row in table] == [p["label"] for p in told["entry_points"]]
    ways = [point["way"] and point["way"]["key"] for point in told["entry_points"]]
    assert [row["identifier"] or None for row in table] == ways
    assert [float(row["score"]) for row in table] == pytest.approx(scores, rel=1e-3), "also of weak"


def test_a_way_has_one_identifier_everywhere_and_an_address_of_its_own(server: Server) -> None:
    told = server.ask(ASKED, "application/json").json
    keys = [way["key"] for way in told["ways"]]
    rows = csv.DictReader(io.StringIO(server.ask(ASKED + "&format=csv").text))
    assert list(dict.fromkeys(row["identifier"] for row in rows)) == keys
    page = html.fromstring(server.ask(ASKED).text)
    links = page.xpath("//article/header//a[contains(@href, 'way=')]")
    assert [link.text for link in links] == keys
    for link, way in zip(links, told["ways"], strict=True):
        assert server.ask(link.get("href"), "application/json").json["ways"] == [way]
    start, end = told["question"]["from"], told["question"]["to"]
    query = (
        "PREFIX ways: <https://w3id.org/metacluster/ways#> SELECT ?way { SERVICE ways:search { "
        f"[] ways:start <{start}> ; ways:end <{end}> ; ways:rank ?rank ; ways:way ?way }} }} "
        "ORDER BY ?rank"
    )
    answer = server.ask(f"/sparql?query={quote(query, safe='')}&format=csv").text
    assert answer.split() == ["way", *keys]


def test_a_strength_is_said_in_words_beside_its_figure(server: Server) -> None:
    for asked in (ASKED, ASKED + "&as-of=2014"):
        told = server.ask(asked, "application/json").json["ways"]
        page = html.fromstring(server.ask(asked).text)
        shown = [" ".join(one.text_content().split()) for one in page.xpath("//article//header")]
        for header, way in zip(shown, told, strict=True):
            assert way["verdict"] in header
    assert told[0]["verdict"] == "fair"
    now = server.ask("/entry-points?from=Ephoran-MIS&market=China").text
    assert "weak, mostly for its age" in now


def test_entry_points_keep_the_rules_of_ways_and_go_both_directions(server: Server) -> None:
    asked = "/entry-points?from=BioM&market=China"
    whole = server.ask(asked, "application/json").json["entry_points"]
    through = server.ask(asked + "&require=Biocat", "application/json").json["entry_points"]
    assert {one["iri"] for one in through if one["way"]} == {one["iri"] for one in whole}
    assert all(" → Biocat → " in one["way"]["summary"] for one in through)
    assert max(one["score"] for one in through) < max(one["score"] for one in whole)
    circles = server.ask(asked + "&lens=circles", "application/json").json["entry_points"]
    at_most_two = [one["way"]["steps"][2:] for one in circles if "event" not in one["iri"]]
    assert not any(at_most_two), "one connector, who knows both ends"
    none = server.ask(asked + "&require=Ephoran-MIS", "application/json").json
    assert none["gap"] == ["No entry point is reached through Ephoran-MIS."]
    reply = server.ask("/introductions?from=BioM&to=China&lens=red", "application/json")
    assert (reply.status, "no lens" in reply.text) == (400, True)

    back = "/entry-points?from=Zhangjiang+Hi-Tech+Park&market=China&direction=from"
    told = server.ask(back, "application/json").json
    assert told["title"].startswith("Entry points from China")
    doors = {one["label"] for one in told["entry_points"]}
    assert doors == {"Biocat", "BioM", "bioPmed", "Lyonbiopole", "bioXclusters"}, "nobody of China"
    page = html.fromstring(server.ask(back).text)
    assert page.xpath("//select[@name='direction']/option[@selected]/@value") == ["from"]
    wrong = server.ask(back.replace("=from&", "=into&").replace("direction=from", "direction=up"))
    assert (wrong.status, "There is no direction “up”." in wrong.text) == (400, True)


def test_a_market_of_one_sector_says_for_what_its_doors_are(server: Server) -> None:
    told = server.ask("/entry-points?from=BioM&market=Art+in+China", "application/json").json
    doors = {one["label"]: one["offers"] for one in told["entry_points"]}
    assert "Shanghai Juke Biotech Park" not in doors
    assert doors, "those of whom no sector is known"
    for offers in doors.values():
        assert all("for China; for art nothing is known" in offer["kind"] for offer in offers)
    advice = server.ask("/brokers?market=Art+in+China", "application/json").json["markets"]
    assert [one["proposals"] for one in advice] == [[]]
    fitting = server.ask("/entry-points?from=BioM&market=Life+sciences+in+China").text
    assert "Shanghai Juke Biotech Park" in fitting


def test_a_country_without_a_market_has_pages_that_say_so(server: Server) -> None:
    asked = "/entry-points?from=BioM&market=India"
    assert "No market is known in India" in server.ask(asked, "application/json").json["gap"][0]
    page = server.ask(asked).text
    assert "No market is known in India" in page
    led = html.fromstring(page).xpath("//a[starts-with(@href, '/brokers?market')]/@href")
    assert [server.ask(address).status for address in led] == [200] * len(led)


def test_a_way_to_an_occasion_is_said_to_stand_among_the_entry_points(server: Server) -> None:
    asked = "/introductions?from=BioM&to=Sino-European+BioPartnering+event"
    reply = server.ask(asked, "application/json")
    assert (reply.status, "a partnering event" in reply.json["detail"]) == (404, True)
    assert "/entry-points" in reply.json["remedy"]


def test_a_way_that_is_no_more_is_not_found(server: Server) -> None:
    reply = server.ask(ASKED + "&way=000000000000", "application/json")
    assert (reply.status, "ask for the ways anew" in reply.json["remedy"]) == (404, True)


def test_the_table_of_strengths_has_every_figure_and_why(server: Server) -> None:
    told = server.ask("/strengths", "application/json").json
    rows = list(csv.DictReader(io.StringIO(server.ask("/strengths?format=csv").text)))
    weights = [*told["roles"], *told["entries"], told["hand_over"], told["asked"]]
    assert [row["key"] for row in rows] == [row["key"] for row in [*told["kinds"], *weights]]
    assert all(row["reason"] and 0 < float(row["base"]) <= 1 for row in rows)
    page = html.fromstring(server.ask("/strengths").text)
    for row in told["kinds"]:
        (shown,) = page.xpath(f"//tr[@id='{row['key']}']")
        assert row["reason"] in shown.text_content()
        assert shown.xpath(".//*[local-name()='polyline']/@points") == [row["curve"]]
    kinds = {row["key"]: row for row in told["kinds"]}
    assert kinds["mou"]["depth"] == kinds[kinds["mou"]["broader"]]["depth"] + 1


def test_figures_of_a_question_s_own_count_and_are_told(server: Server) -> None:
    address = f"{ASKED}&as-of=2016&strength=mou=0.2;visit=0.5&half-life=joint-project=4"
    own, other = (
        server.ask(asked, "application/json").json for asked in (f"{ASKED}&as-of=2016", address)
    )
    assert not own["adjusted"]
    assert "memorandum of understanding: strength 0.2 instead of 0.8" in other["adjusted"]
    asked = {name: other["question"][name] for name in ("strength", "half-life", "discount")}
    assert asked == {
        "strength": ["mou=0.2", "visit=0.5"], "half-life": ["project=4.0"], "discount": []
    }  # fmt: skip
    by_mou = {
        evidence["iri"]: evidence["arithmetic"]
        for told in (own, other)
        for way in told["ways"]
        for step in way["steps"]
        for evidence in step["evidence"]
        if "memorandum" in evidence["arithmetic"]
    }
    assert any("= 0.20 memorandum" in told for told in by_mou.values())
    assert other["ways"][0]["score"] < own["ways"][0]["score"]
    (link,) = html.fromstring(server.ask(f"{address}&k=1").text).xpath("//article//a[@title]/@href")
    alone = server.ask(link, "application/json").json
    assert (alone["ways"], alone["adjusted"]) == (other["ways"][:1], other["adjusted"])
    page = server.ask(address).text
    assert "not the hub&#39;s own" in page
    assert 'value="mou=0.2;visit=0.5"' in page
    points = server.ask(
        "/entry-points?from=Ephoran-MIS&market=China&strength=mou=0.2", "application/json"
    ).json
    assert "instead of 0.8" in points["adjusted"]
    again = server.ask(f"{ASKED}&as-of=2016", "application/json").json
    assert again == own, "what one asks changes nothing for others"
    refused = server.ask(f"{ASKED}&discount=mou=0;memorandum-of-understanding=1")
    assert (refused.status, "given twice" in refused.text) == (400, True)


def test_the_draft_of_a_request_speaks_the_reader_s_language(server: Server) -> None:
    def subject(asked: str, **headers: str) -> str:
        reply = server.ask(asked, headers=headers)
        assert "Accept-Language" in reply.headers["vary"]
        return str(html.fromstring(reply.text).xpath("//details[@class='draft']/label")[0].text)

    accepting = {"Accept-Language": "it;q=0.4, ca-ES"}
    assert subject(ASKED).startswith("Introduction: ")
    assert subject(ASKED, **accepting).startswith("Sol·licitud de contacte: ")
    assert subject(f"{ASKED}&draft=de", **accepting).startswith("Bitte um Vermittlung: ")
    told = server.ask(f"{ASKED}&draft=fr", "application/json").json["ways"][0]
    assert "au nom d’Ephoran-MIS" in told["draft"]["text"]
    assert told["request"]["first"] == told["ask_label"]
    assert server.ask(f"{ASKED}&draft=xx", "application/json").status == 400


def test_a_value_is_told_as_it_is_and_escaped_by_the_page_alone(server: Server) -> None:
    value = "'\"><img src=x>\\"
    asked = f"/introductions?from={quote(value)}&to=BioM"
    assert f"nothing called “{value}” here" in server.ask(asked, "application/json").json["detail"]
    page = server.ask(asked).text
    assert "<img" not in page
    assert f"nothing called “{value}” here" in html.fromstring(page).text_content()
