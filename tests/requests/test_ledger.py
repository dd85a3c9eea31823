"""The ledger of introductions: who sees it, what may follow what, and what it does to answers."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from sqlite3 import IntegrityError

import pytest

from hub.access import PUBLIC, Viewer
from hub.errors import Forbidden, HubError, Invalid, NotFound, Refused
from hub.history import ledger
from hub.hub import Hub
from hub.pages.ledger import ask, read_ledger, tabulate_ledger
from hub.paths import SERVICES
from hub.paths.graph import TieGraph
from hub.paths.introductions import Terms, introduce_parties
from hub.paths.ways import find_ways
from hub.publishing.loading import load
from hub.requests.ledger import count_requests, follow_up, read_introductions, record_request
from hub.settings import Settings
from tests.paths.worlds import PUBLIC as SEEN
from tests.paths.worlds import TODAY, World, iri

ALBA, BORA, CIMA = (Viewer("partner", name) for name in ("alba", "bora", "cima"))
PARTIES = ("https://example.org/a", "https://example.org/b", "https://example.org/c")
MOMENT = date.today()


def record(data: Path, viewer: Viewer = ALBA, **said: str) -> str:
    return record_request(data, viewer, "Anna", PARTIES, **said).asked.key


def test_only_those_involved_see_an_introduction(tmp_path: Path) -> None:
    made = record_request(tmp_path, ALBA, "Anna", PARTIES, partners={"bora"}, note="by phone")
    key = made.asked.key
    for viewer in (ALBA, BORA):
        assert [one.asked.key for one in read_introductions(tmp_path, viewer)] == [key]
        assert count_requests(tmp_path, viewer, MOMENT) == {PARTIES[2]: 1}
    for viewer in (CIMA, PUBLIC, Viewer("consortium")):
        assert read_introductions(tmp_path, viewer) == []
        assert not count_requests(tmp_path, viewer, MOMENT)
    with pytest.raises(NotFound) as hidden:
        follow_up(tmp_path, CIMA, "Carla", key, "met")
    with pytest.raises(NotFound) as absent:
        follow_up(tmp_path, CIMA, "Carla", "0" * 8, "met")
    assert str(hidden.value).replace(key, "") == str(absent.value).replace("0" * 8, "")


def test_what_follows_is_a_row_of_its_own_and_stays(tmp_path: Path) -> None:
    key = record(tmp_path)
    follow_up(tmp_path, ALBA, "Anna", key, "accepted")
    follow_up(tmp_path, ALBA, "Berta", key, "met", day="2026-01-02", note="in Turin")
    told = follow_up(tmp_path, ALBA, "Anna", key, "result", note="an order")
    states = [(entry.state, entry.who) for entry in told.entries]
    assert states == [
        ("asked", "Anna"), ("accepted", "Anna"), ("met", "Berta"), ("result", "Anna")
    ]  # fmt: skip
    assert told.met
    assert told.met.day == "2026-01-02"
    for change in ("UPDATE introduction SET note = ''", "DELETE FROM introduction"):
        with pytest.raises(IntegrityError, match="stays"), ledger(tmp_path) as connection:
            connection.execute(change)
    assert not follow_up(tmp_path, ALBA, "Anna", key, "withdrawn").met
    assert not count_requests(tmp_path, ALBA, MOMENT)


@pytest.mark.parametrize(
    ("state", "day", "error"),
    [
        ("result", "", Refused),
        ("asked", "", Refused),
        ("nonsense", "", Refused),
        ("met", (MOMENT + timedelta(2)).isoformat(), Invalid),
        ("met", "soon", Invalid),
    ],
)
def test_what_cannot_follow_is_refused(
    tmp_path: Path, state: str, day: str, error: type[HubError]
) -> None:
    key = record(tmp_path)
    with pytest.raises(error):
        follow_up(tmp_path, ALBA, "Anna", key, state, day=day)
    assert read_introductions(tmp_path, ALBA)[0].state == "asked"


def test_a_request_needs_a_partner_and_three_parties(tmp_path: Path) -> None:
    for viewer in (PUBLIC, Viewer("consortium")):
        with pytest.raises(Forbidden, match="Only partners"):
            record(tmp_path, viewer)
    with pytest.raises(Invalid, match="three parties"):
        record_request(tmp_path, ALBA, "Anna", (PARTIES[0], PARTIES[1], PARTIES[0]))
    with pytest.raises(Invalid, match="longer"):
        record(tmp_path, note="x" * 2001)


def test_requests_weigh_for_ninety_days(tmp_path: Path) -> None:
    for days in (0, 89, 90, 400):
        record(tmp_path, day=(MOMENT - timedelta(days)).isoformat())
    assert count_requests(tmp_path, ALBA, MOMENT) == {PARTIES[2]: 2}
    assert count_requests(tmp_path, ALBA, MOMENT - timedelta(88)) == {PARTIES[2]: 2}


TWINS = """
<organisation/us> a org:Organization . <organisation/them> a org:Organization .
<organisation/left> a org:Organization . <organisation/right> a org:Organization .
""" + "".join(
    f"<agreement/{a}-{b}> a mc:Agreement ; mc:signed '2016-01-01'^^xsd:date ."
    f"<node/{a}-{b}-1> mc:involves <organisation/{a}> ; mc:involvedIn <agreement/{a}-{b}> ."
    f"<node/{a}-{b}-2> mc:involves <organisation/{b}> ; mc:involvedIn <agreement/{a}-{b}> .\n"
    for a, b in (("us", "left"), ("us", "right"), ("left", "them"), ("right", "them"))
)


def find(ties: TieGraph, load: dict[str, int], k: int = 2) -> list[str]:
    ends = (iri("organisation/us"), iri("organisation/them"))
    ways = find_ways(ties, *ends, graphs=[SEEN], as_of=TODAY, k=k, load=load)
    return [way.parties[1].rpartition("/")[2] for way in ways.ways]


@pytest.mark.parametrize("tired", ["left", "right"])
def test_of_two_equal_connectors_the_rested_one_comes_first(tmp_path: Path, tired: str) -> None:
    ties = World(tmp_path / "world", public=TWINS).ties
    rested = "right" if tired == "left" else "left"
    for k in (1, 2):
        assert find(ties, {iri(f"organisation/{tired}"): 1}, k) == [rested, tired][:k]
    ends = (iri("organisation/us"), iri("organisation/them"))
    load = {iri(f"organisation/{tired}"): 3}
    ways = find_ways(ties, *ends, graphs=[SEEN], as_of=TODAY, load=load).ways
    factor = ties.table.entries["asked-lately"]
    assert [way.wear for way in ways] == [1.0, pytest.approx(factor**3)]
    assert ways[0].score == pytest.approx(ways[1].score), "the strength itself stays"


DESCRIBED = """name = "people"
title = "People"
owner = "Alba"
visibility = "public"
licence = "CC0"
files = ["people.ttl"]
"""
PEOPLE = """
@prefix mc: <https://w3id.org/metacluster/ns#> . @prefix org: <http://www.w3.org/ns/org#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
<organisation/people.alba> a mc:Cluster ; rdfs:label "Alba" ; mc:country <country/IT> .
<organisation/people.works> a mc:Company ; rdfs:label "Works" ; mc:country <country/IT> .
<organisation/people.park> a mc:Agency ; rdfs:label "Park" ; mc:country <country/CN> .
<organisation/people.desk> a mc:Agency ; rdfs:label "Desk" ; mc:country <country/FR> .
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    source = tmp_path / "people"
    source.mkdir()
    (source / "source.toml").write_text(DESCRIBED, encoding="utf-8")
    (source / "people.ttl").write_text(PEOPLE, encoding="utf-8")
    settings = Settings(data=tmp_path / "data", folders=(source,))
    assert not load(settings).refused
    return settings


def test_a_meeting_is_evidence_for_those_involved_alone(settings: Settings) -> None:
    terms = Terms(as_of=MOMENT)
    with Hub(settings, workers=1) as hub:
        made = ask(hub, BORA, "Berta", ("Works", "Park", "Desk"), note="=1+1")
        shared = ask(hub, BORA, "Berta", ("Works", "Park", "Alba"))
        assert made.asked.partners == "bora"
        assert not introduce_parties(hub, "Works", "Park", terms, BORA).ways
        before = introduce_parties(hub, "Works", "Park", terms, PUBLIC)
        rows = list(tabulate_ledger(read_ledger(hub, BORA)))
        assert [row[5:8] for row in rows[1:]] == [["Works", "Park", "Alba"],
                                                  ["Works", "Park", "Desk"]]  # fmt: skip
        for one in (made, shared):
            follow_up(settings.data, BORA, "Berta", one.asked.key, "met")
    assert not load(settings).refused
    with Hub(settings, workers=1) as hub:
        told = introduce_parties(hub, "Works", "Park", terms, BORA).ways[0]
        assert "introduction" in told.steps[0].evidence[0].sentence
        assert introduce_parties(hub, "Works", "Park", terms, PUBLIC) == before
        assert introduce_parties(hub, "Works", "Park", terms, CIMA) == before
        follow_up(settings.data, BORA, "Berta", made.asked.key, "withdrawn")
        follow_up(settings.data, BORA, "Berta", shared.asked.key, "withdrawn")
    assert not load(settings).refused
    with Hub(settings, workers=1) as hub:
        assert introduce_parties(hub, "Works", "Park", terms, BORA).ways == ()


def test_the_partner_whose_name_a_party_has_is_involved(settings: Settings) -> None:
    from hub.accounts.tokens import create_token

    create_token(settings.data, "Anna", ALBA)
    with Hub(settings, workers=1) as hub:
        made = ask(hub, BORA, "Berta", ("Works", "Park", "Alba"))
    assert made.asked.partners == "alba bora"
    assert len(read_introductions(settings.data, ALBA)) == 1


def test_the_answer_says_who_was_asked_often(settings: Settings) -> None:
    with Hub(settings, workers=1) as hub:
        made = ask(hub, BORA, "Berta", ("Works", "Desk", "Alba"))
        follow_up(settings.data, BORA, "Berta", made.asked.key, "met")
        made = ask(hub, BORA, "Berta", ("Works", "Park", "Desk"))
        follow_up(settings.data, BORA, "Berta", made.asked.key, "met")
    load(settings)
    with Hub(settings, workers=1, services=SERVICES) as hub:
        through = Terms(as_of=MOMENT, require=("Desk",))
        told = introduce_parties(hub, "Alba", "Park", through, BORA).ways[0]
        ways = introduce_parties(hub, "Alba", "Park", Terms(as_of=MOMENT), BORA).ways
        start, end = (hub.find(name, BORA).iri for name in ("Alba", "Park"))
        rows = hub.select(
            "PREFIX ways: <https://w3id.org/metacluster/ways#> SELECT ?way { SERVICE ways:search { "
            f"[] ways:start <{start}> ; ways:end <{end}> ; ways:rank ?rank ; ways:way ?way }} }} "
            "ORDER BY ?rank",
            BORA,
        )
    assert [row["way"].value for row in rows] == [way.key for way in ways], "SPARQL ranks the same"
    first = ways[0]
    assert first.ask_label == "Works", "it was not asked"
    assert told.ask_label == "Desk"
    assert "Desk was asked once in the last 90 days. So the way is ranked as if" in told.ask
