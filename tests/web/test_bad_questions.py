"""Questions with no good answer, over HTTP on a real load: each is told in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from hub.hub import Hub
from hub.paths import search
from hub.publishing.loading import load
from hub.settings import read_settings
from hub.vocabulary import DEFAULT_BASE, NAMESPACES
from hub.web.application import create_app

CROWD = 5_000
DESCRIPTION = """\
name = "{0}"
title = "{0}"
owner = "x"
visibility = "{1}"
licence = "CC0"
files = ["data.ttl"]
"""
SAID = 'prov:hadPrimarySource <document/d> ; mc:place "p. 1" .'
BEFORE = """schema:startDate "2012"^^xsd:gYear ; schema:endDate "2002"^^xsd:gYear"""
TROUBLE = f"""
<market/nowhere> a mc:Market ; skos:prefLabel "Nowhere"@en ; mc:marketPlace <country/AQ> ;
    skos:inScheme <concept/market> ; {SAID}
<event/future> a mc:Mission ; rdfs:label "Next" ; schema:startDate "2190-01-01"^^xsd:date ; {SAID}
<event/lone> a mc:Mission ; rdfs:label "Lone" ; schema:startDate "2015-01-01"^^xsd:date ; {SAID}
<event/crowd> a mc:Conference ; rdfs:label "All" ; schema:startDate "2015-01-01"^^xsd:date ; {SAID}
"""


def write_source(folder: Path, name: str, visibility: str, turtle: str) -> None:
    source = folder / name
    source.mkdir()
    (source / "source.toml").write_text(DESCRIPTION.format(name, visibility))
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in NAMESPACES.items())
    base = f"@base <{DEFAULT_BASE}> .\n"
    (source / "data.ttl").write_text(prefixes + base + turtle)


def organisations(**labels: str) -> str:
    return "\n".join(
        f'<organisation/{key}> a mc:Cluster ; rdfs:label "{label}" ; {SAID}'
        for key, label in labels.items()
    )


def member(number: int, one: str, other: str, said: str = "") -> str:
    return (
        f"<membership/{number}> a org:Membership ; org:member <organisation/{one}> ; "
        f"org:organization <organisation/{other}> ; {said} {SAID}\n"
    )


def part(party: str, event: str) -> str:
    return (
        f"<involvement/{event}-{party}> a mc:Involvement ; mc:involves <organisation/{party}> ; "
        f"mc:involvedIn <event/{event}> ; {SAID}\n"
    )


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder = tmp_path_factory.mktemp("trouble")
    crowd = {f"c{n}": f"Crowd {n}" for n in range(CROWD)}
    named = {"a": "Start", "b": "Bridge", "c": "Goal", "t1": "Twin", "t2": "Twin"}
    named |= {"later": "Later", "lone": "Loner", "back": "Backwards"}
    turtle = TROUBLE + organisations(**named, **crowd)
    turtle += member(1, "a", "b") + member(2, "c", "b") + member(3, "a", "back", BEFORE + " ; ")
    turtle += part("a", "future") + part("later", "future") + part("lone", "lone")
    turtle += "".join(part(key, "crowd") for key in crowd)
    write_source(folder, "trouble", "public", turtle)
    hidden = organisations(a="Start", h="Hidden Laboratory") + member(9, "a", "h")
    write_source(folder, "secret", "consortium", hidden)
    (folder / "hub.toml").write_text('sources = ["trouble", "secret"]\n')
    settings = read_settings(folder / "data", folder / "hub.toml")
    report = load(settings)
    assert not report.refused, [str(f) for s in report.refused for f in s.findings[:5]]
    with Hub(settings, workers=1) as hub:
        yield create_app(hub).test_client()


def ask(client: FlaskClient, **asked: str) -> tuple[int, Any]:
    path = "/entry-points" if "market" in asked else "/introductions"
    reply = client.get(path, query_string={"from": "Start", **asked, "format": "json"})
    return reply.status_code, reply.json


REFUSED = {
    "the same": ({"to": "start"}, 400, "From and to are the same"),
    "unknown": ({"to": "Nobody At All"}, 404, "nothing called “Nobody At All”"),
    "ambiguous": ({"to": "Twin"}, 409, "Twin"),
    "hidden": ({"to": "Hidden Laboratory"}, 404, "nothing called “Hidden Laboratory”"),
    "hidden, by its IRI": ({"to": f"{DEFAULT_BASE}organisation/h"}, 404, "nothing"),
    "no ways": ({"to": "Goal", "k": "0"}, 400, "from 1 to 20"),
    "10,000 ways": ({"to": "Goal", "k": "10000"}, 400, "from 1 to 20"),
    "no steps": ({"to": "Goal", "hops": "0"}, 400, "from 1 to 8"),
    "no day": ({"to": "Goal", "as-of": "some day"}, 400, "is no date"),
    "avoiding the end": ({"to": "Goal", "avoid": "Goal"}, 400, "both needed and to be avoided"),
    "avoiding the end, by its IRI": (
        {"to": "Goal", "avoid": f"{DEFAULT_BASE}organisation/c"}, 400, "Goal is both needed"
    ),
    "a market that is none": ({"market": "Goal"}, 404, "not a market"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_asked_is_refused_with_a_remedy(client: FlaskClient, case: str) -> None:
    asked, status, told = REFUSED[case]
    found, problem = ask(client, **asked)
    assert (found, told in problem["detail"] + problem.get("remedy", "")) == (status, True), problem


GAPS = {
    "avoiding the only bridge": ({"to": "Goal", "avoid": "Bridge"}, "Avoiding Bridge stands in"),
    "evidence of the future": ({"to": "Later", "as-of": "2020"}, "On a later day there is a way"),
    "before everything": ({"to": "Later", "as-of": "0001"}, "On a later day there is a way"),
    "evidence with one party": ({"to": "Loner"}, "No tie of Loner to anybody is known"),
    "too few steps": ({"to": "Goal", "hops": "1"}, "with 2 there is one"),
}


@pytest.mark.parametrize("case", GAPS)
def test_where_there_is_no_way_the_reason_is_told(client: FlaskClient, case: str) -> None:
    asked, told = GAPS[case]
    status, answer = ask(client, **asked)
    assert (status, answer["ways"]) == (200, [])
    assert any(told in sentence for sentence in answer["gap"]), answer["gap"]


def test_a_market_with_nobody_says_so(client: FlaskClient) -> None:
    status, answer = ask(client, market="Nowhere")
    assert (status, answer["entry_points"], answer["found"]) == (200, [], 0)
    assert "Nobody is known who opens Nowhere" in answer["gap"][0]


def test_what_is_dated_in_the_future_counts_from_then_on(client: FlaskClient) -> None:
    _, answer = ask(client, to="Later", **{"as-of": "2191"})
    assert [step["target_label"] for step in answer["ways"][0]["steps"]] == ["Later"]


def test_what_ended_before_it_began_is_over_since_the_later_day(client: FlaskClient) -> None:
    _, answer = ask(client, to="Backwards", **{"as-of": "2022-07-02"})
    assert "for 10 years since it ended" in answer["ways"][0]["steps"][0]["arithmetic"]
    assert not ask(client, to="Backwards", **{"as-of": "2011"})[1]["ways"]


def test_among_five_thousand_at_one_event_two_hardly_know_each_other(client: FlaskClient) -> None:
    status, answer = ask(client, **{"from": "Crowd 1", "to": "Crowd 4999", "as-of": "2016"})
    way = answer["ways"][0]
    assert (status, len(way["steps"])) == (200, 1)
    assert 0 < way["score"] < 0.02
    assert "with 4998 other parties" in way["steps"][0]["evidence"][0]["sentence"]


def test_a_search_that_takes_too_long_says_that_it_was_cut(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "LOOKS", 0)
    for asked in ({"to": "Goal"}, {"market": "Nowhere"}):
        assert ask(client, **asked)[1]["cut"] == ("to" in asked), "nobody is looked for in Nowhere"
    page = client.get("/introductions", query_string={"from": "Start", "to": "Goal"}).text
    assert "The search was cut because it took too long" in page
