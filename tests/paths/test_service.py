"""Ways from within a query: the same as everywhere else, as rows, from what the caller sees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from hub.access import PUBLIC, Viewer
from hub.errors import HubError
from hub.hub import Hub
from hub.paths import SERVICES
from hub.paths.introductions import Terms, find_entry_points, introduce_parties
from hub.paths.request import ASKED, TOLD
from hub.paths.service import answer_ways
from hub.publishing.loading import load
from hub.settings import read_settings
from hub.sparql.errors import QueryRefused, QueryTimeout, ServiceFailed
from hub.sparql.scanner import scan
from hub.sparql.services import find_blocks
from hub.terms import XSD, Term, iri, literal

ID = "https://w3id.org/metacluster/id/"
COMPANY = f"<{ID}organisation/biopmed-members.ephoran-mis>"
PARK = f"<{ID}organisation/bioxclusters-missions.zhangjiang-hi-tech-park>"
JUKE = f"<{ID}organisation/bioxclusters-missions.shanghai-juke-biotech-park>"
PROLOGUE = (
    "PREFIX ways: <https://w3id.org/metacluster/ways#> "
    "PREFIX mc: <https://w3id.org/metacluster/ns#> PREFIX prov: <http://www.w3.org/ns/prov#> "
)
WAY = f"ways:start {COMPANY} ; ways:end {PARK} ; ways:asOf 2014 "
DAY = date(2014, 12, 31)

Ask = Callable[..., list[dict[str, Term]]]


@pytest.fixture(scope="module")
def hub(bundled: Path) -> Iterator[Hub]:
    with Hub(read_settings(bundled), workers=1, services=SERVICES) as opened:
        yield opened


@pytest.fixture(scope="module")
def ask(hub: Hub) -> Ask:
    def answer(body: str, viewer: Viewer = PUBLIC, select: str = "*") -> list[dict[str, Term]]:
        return hub.select(f"{PROLOGUE} SELECT {select} WHERE {{ {body} }}", viewer)

    return answer


def search(request: str) -> str:
    return f"SERVICE ways:search {{ {request} }} "


@pytest.mark.parametrize("lens", ["surest", "new-ground"])
@pytest.mark.parametrize(
    ("start", "end"),
    [("Ephoran-MIS", "Zhangjiang Hi-Tech Park"), ("Biocat", "CLEAN"), ("BioM", "ERAI")],
)
def test_ways_are_those_of_an_introduction(
    hub: Hub, ask: Ask, start: str, end: str, lens: str
) -> None:
    told = introduce_parties(hub, start, end, Terms(DAY, k=5, lens=lens), PUBLIC)
    one, other = (iri(hub.find(name).iri).n3() for name in (start, end))
    rows = ask(
        search(
            f'[] ways:start {one} ; ways:end {other} ; ways:asOf 2014 ; ways:lens "{lens}" ; '
            "ways:most 5 ; ways:rank ?rank ; ways:way ?way ; ways:score ?score ; ways:ask ?ask ; "
            "ways:step ?step ; ways:from ?from ; ways:to ?to ; ways:strength ?strength"
        )
    )
    found = [
        (literal(rank), way.key, way.score, way.ask_iri,
         literal(number), step.source, step.target, step.strength)
        for rank, way in enumerate(told.ways, 1)
        for number, step in enumerate(way.steps, 1)
    ]  # fmt: skip
    assert sorted(found) == sorted(
        (row["rank"], row["way"].value, float(row["score"].value), row["ask"].value,
         row["step"], row["from"].value, row["to"].value, float(row["strength"].value))
        for row in rows
    )  # fmt: skip


@pytest.mark.parametrize(
    ("lens", "require"),
    [("surest", ()), ("new-ground", ()), ("circles", ()), ("surest", ("BioM",))],
)
def test_entry_points_are_those_of_the_market(
    hub: Hub, ask: Ask, lens: str, require: tuple[str, ...]
) -> None:
    terms = Terms(DAY, lens=lens, require=require)
    points = find_entry_points(hub, "Ephoran-MIS", "China", terms, PUBLIC, limit=4)
    passed = [f"ways:require {iri(hub.find(name).iri).n3()} ; " for name in require]
    market = iri(hub.find("China", classes=["mc:Market"]).iri).n3()
    rows = ask(
        search(
            f"?w ways:start {COMPANY} ; ways:market {market} ; ways:end ?door ; ways:most 4 ; "
            "ways:asOf 2014 ; ways:rank ?rank ; ways:way ?way ; ways:score ?score ; "
            f'ways:lens "{lens}" ; {"".join(passed)}ways:offer ?offer'
        )
        + "?door a ?class"
    )
    found = {
        (int(row["rank"].value), row["door"].value, row["way"].value): float(row["score"].value)
        * float(row["offer"].value)
        for row in rows
    }
    expected = {
        (rank, point.iri, point.way.key): point.score
        for rank, point in enumerate(points.entry_points, 1)
        if point.way
    }
    assert found == pytest.approx(expected, rel=1e-5)
    assert expected


def test_a_market_is_left_as_it_is_entered(hub: Hub, ask: Ask) -> None:
    market = iri(hub.find("China", classes=["mc:Market"]).iri).n3()
    back = find_entry_points(hub, "Ephoran-MIS", "China", Terms(DAY), PUBLIC, limit=4, inward=True)
    rows = ask(
        search(
            f"?w ways:start {COMPANY} ; ways:market {market} ; ways:direction 'from' ; "
            "ways:asOf 2014 ; ways:most 4 ; ways:end ?door"
        )
    )
    doors = {point.iri for point in back.entry_points if point.way}
    assert {row["door"].value for row in rows} == doors
    into = find_entry_points(hub, "Ephoran-MIS", "China", Terms(DAY), PUBLIC, limit=4)
    assert doors != {point.iri for point in into.entry_points if point.way}


def test_rows_are_different_in_what_is_asked_for(ask: Ask) -> None:
    def count(more: str) -> int:
        return len(ask(search(f"[] {WAY} ; {more}")))

    assert count("ways:way ?way") == 3
    assert count("ways:rank ?rank ; ways:step ?step") == 11
    assert count("ways:rank ?rank ; ways:step ?step ; ways:evidence ?e") > 11
    assert count('ways:rank 1 ; ways:step ?step ; ways:kind "mou"') == 1
    assert count("ways:rank 9 ; ways:step ?step") == 0
    assert count("ways:from ?same ; ways:to ?same") == 0
    connectors = ask(search(f"[] {WAY} ; ways:rank 1 ; ways:connector ?by ; ways:step ?step"))
    assert sorted((row["step"].value, "by" in row) for row in connectors) == [
        ("1", True), ("2", True), ("3", False),
    ]  # fmt: skip


def test_evidence_has_its_sources_and_joins_with_the_rest(ask: Ask) -> None:
    rows = ask(
        search(
            f"[] {WAY} ; ways:rank 1 ; ways:step 3 ; ways:evidence ?mou ; ways:source ?source ; "
            "ways:weight ?weight ; ways:strength ?strength ; ways:date ?held"
        )
        + "GRAPH ?source { ?mou a mc:Agreement ; mc:signed ?signed }"
    )
    (row,) = rows
    assert row["source"].value.endswith("graph/bioxclusters-missions")
    assert row["weight"] == row["strength"]
    assert (row["signed"].value, row["held"].value) == ("2013-05", "2013")


def test_defaults_are_told_where_they_are_asked(ask: Ask) -> None:
    (row,) = ask(
        search(
            f"[] ways:start {COMPANY} ; ways:end {PARK} ; ways:most 1 ; ways:asOf ?day ; "
            "ways:hops ?hops ; ways:lens ?lens ; ways:avoid ?avoid ; ways:way ?way"
        )
    )
    assert (row["day"].value, row["hops"], row["lens"]) == (
        date.today().isoformat(), literal(5), literal("surest"),
    )  # fmt: skip
    assert "avoid" not in row


@pytest.mark.parametrize(
    "request_",
    [
        f"[ {WAY} ; ways:way ?way ]",
        f"[ {WAY} ; ways:way ?way ] .",
        f"_:x {WAY} . _:x ways:way ?way .",
        f"?x {WAY} ; ; ways:way ?way ; .",
        f"[] {WAY} ; ways:avoid {JUKE}, {COMPANY.replace('ephoran-mis', 'none')} ; ways:way ?way",
        f'[] ways:start {COMPANY} ; ways:end {PARK} ; ways:asOf "2014-12-31" ; ways:way ?way',
    ],
)
def test_a_request_may_be_written_as_triples_are(ask: Ask, request_: str) -> None:
    assert len(ask(search(request_))) == 3


def test_several_ends_are_taken_in_turn(ask: Ask) -> None:
    told = "ways:asOf 2014 ; ways:most 1 ; ways:way ?way"
    request = f"[] ways:start ?a ; ways:end ?b ; {told}"
    apart = ask(f"VALUES ?a {{ {COMPANY} }} VALUES ?b {{ {PARK} {JUKE} }} {search(request)}")
    together = f"VALUES (?a ?b) {{ ({COMPANY} {PARK}) ({COMPANY} {JUKE}) ({JUKE} {JUKE}) }} "
    rows = ask(together + search(request))
    assert {row["b"].value for row in rows} == {PARK[1:-1], JUKE[1:-1]}
    assert sorted(map(str, rows)) == sorted(map(str, apart))


CITED = 'prov:hadPrimarySource <document/handbook> ; mc:place "page 1" ; mc:quote "so"@en .'
SECRET = f"""
@base <{ID}> . @prefix mc: <https://w3id.org/metacluster/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix prov: <http://www.w3.org/ns/prov#> .
<organisation/secret.broker> a mc:Agency ; rdfs:label "Broker" ; {CITED}
{COMPANY} a mc:Company ; rdfs:label "Ephoran-MIS" ; {CITED}
{PARK} a mc:SciencePark ; rdfs:label "Zhangjiang Hi-Tech Park" ; {CITED}
<agreement/secret.pact> a mc:Agreement ; rdfs:label "Pact" ; mc:signed "2014"^^<{XSD}gYear> ;
  mc:agreementKind <concept/agreement-kind/mou> ; {CITED}
""" + "".join(
    f"<involvement/secret.{number}> a mc:Involvement ; mc:involvedIn <agreement/secret.pact> ; "
    f"mc:inRole <concept/role/signatory> ; mc:involves {party} ; {CITED}\n"
    for number, party in enumerate(("<organisation/secret.broker>", COMPANY, PARK))
)
BROKER, NOBODY = f"<{ID}organisation/secret.broker>", f"<{ID}organisation/secret.nobody>"


@pytest.fixture(scope="module")
def keeping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The same hub with a source besides that only members see."""
    folder = tmp_path_factory.mktemp("keeping")
    source = folder / "secret"
    source.mkdir()
    (source / "data.ttl").write_text(SECRET)
    (source / "source.toml").write_text(
        'name = "secret"\ntitle = "Secret"\nowner = "Nobody"\nvisibility = "consortium"\n'
        'licence = "CC0"\nfiles = ["data.ttl"]\n'
    )
    (folder / "hub.toml").write_text('sources = ["bundled", "secret"]\n')
    settings = read_settings(folder / "data", folder / "hub.toml")
    assert not load(settings).refused
    with Hub(settings, workers=1, services=SERVICES) as opened:
        yield opened


def test_ways_are_made_of_what_the_caller_sees_alone(hub: Hub, keeping: Hub) -> None:
    told = "ways:way ?way ; ways:score ?score ; ways:evidence ?evidence ; ways:source ?source"
    requests = [
        f"[] {WAY} ; {told}",
        f"[] {WAY} ; ways:require PARTY ; {told}",
        f"[] {WAY} ; ways:avoid PARTY ; {told}",
        f"[] ways:start PARTY ; ways:end {PARK} ; {told}",
        f"[] ways:start {COMPANY} ; ways:end PARTY ; ways:only 'agreement' ; {told}",
        f"[] ways:start PARTY ; ways:market <{ID}market/CN> ; ways:end ?door ; {told}",
        f"[] ways:start {COMPANY} ; ways:market <{ID}market/CN> ; ways:require PARTY ; {told}",
    ]

    def answer(one: Hub, request: str, party: str, viewer: Viewer) -> bytes:
        text = f"{PROLOGUE} SELECT * {{ {search(request.replace('PARTY', party))} }}"
        with one.query(text, viewer, format="csv") as rows:
            return b"\n".join(sorted(rows.read().split(b"\n")))

    for request in requests:
        alone = answer(hub, request, NOBODY, PUBLIC)
        assert answer(keeping, request, BROKER, PUBLIC) == alone
        assert answer(keeping, request, NOBODY, PUBLIC) == alone
        assert answer(keeping, request, BROKER, Viewer("consortium")) != alone


ERRORS = {
    f"ways:end {PARK} ; ways:way ?way": "ways:start needs an IRI",
    f"ways:start ?a ; ways:end {PARK} ; ways:way ?way": "ways:start needs an IRI, or a variable",
    f"ways:start {COMPANY} ; ways:way ?way": "ways:end needs an IRI",
    f"ways:start 'Ephoran-MIS' ; ways:end {PARK}": "ways:start takes the IRI",
    f"ways:start {COMPANY}, {JUKE} ; ways:end {PARK}": "ways:start takes one value",
    WAY + "; ways:asOf 2013": "ways:asOf takes one value, not 2",
    f"ways:start {COMPANY} ; ways:end {PARK} ; ways:asOf 'soon'": "ways:asOf takes a date",
    WAY + "; ways:most 0": "0 ways cannot be asked for",
    WAY + "; ways:most 10000": "10000 ways cannot be asked for",
    WAY + "; ways:most -1": "-1 ways cannot be asked for",
    WAY + "; ways:most 99999999999999999999": "takes a whole number",
    WAY + "; ways:most 2.5": "takes a whole number",
    WAY + "; ways:hops 99": "99 steps cannot be asked for",
    WAY + "; ways:lens 'red'": "no lens “red”",
    WAY + f"; ways:lens {PARK}": "ways:lens takes a literal",
    WAY + "; ways:avoid 5": "ways:avoid takes the IRI",
    WAY + f"; ways:avoid {PARK}": "both needed and to be avoided",
    WAY + "; ways:only 'friendship'": "friendship",
    WAY + "; ways:colour ?x": "ways:colour is nothing that",
    WAY + "; mc:country ?x": "mc:country is nothing that",
    WAY + "; ?p ?x": "?p is nothing that",
    WAY + "; ways:way/ways:step ?x": "expected here, not /",
    WAY + "; ways:way [ ]": "expected here, not [",
    WAY + ". ?other ways:way ?x": "One subject",
    WAY + ". FILTER(1 = 1)": "One subject",
    f"ways:start {COMPANY} ; ways:market <{ID}market/CN> ; ways:lens 'red'": "no lens “red”",
    f"ways:start {COMPANY} ; ways:market <{ID}market/CN> ; "
    f"ways:require {JUKE}, <a:1>, <a:2>, <a:3>": "Too many connectors",
}


@pytest.mark.parametrize("request_", ERRORS)
def test_what_is_wrong_is_told_with_its_place(ask: Ask, request_: str) -> None:
    for silent in ("", "SILENT "):
        with pytest.raises(QueryRefused) as caught:
            ask(search("[] " + request_).replace("SERVICE ", "SERVICE " + silent))
        assert ERRORS[request_] in caught.value.message
        assert (caught.value.line, caught.value.status) == (1, 400)
        assert caught.value.column > len(PROLOGUE)


def test_too_many_pairs_are_refused(ask: Ask) -> None:
    many = " ".join(f"<{ID}organisation/{number}>" for number in range(26))
    with pytest.raises(QueryRefused, match="more than 25 pairs"):
        ask(f"VALUES ?a {{ {many} }} " + search(f"[] ways:start ?a ; ways:end {PARK}"))


def test_a_search_that_is_cut_is_an_error_and_no_shorter_answer(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.paths.service.SECONDS", 0.0)
    with pytest.raises(QueryTimeout, match="was cut") as caught:
        ask(search(f"[] {WAY} ; ways:way ?way"))
    assert caught.value.where.startswith("line 1, column")


def test_no_pair_is_searched_for_who_has_gone_away(hub: Hub) -> None:
    asked = iter([False, True])  # the first of two pairs is searched
    ends = f"VALUES ?b {{ {PARK} {JUKE} }}"
    text = f"{PROLOGUE} SELECT * {{ {ends} {search(f'[] ways:start {COMPANY} ; ways:end ?b')} }}"
    (block,) = find_blocks(scan(text))
    with pytest.raises(ServiceFailed, match="gone away"):
        answer_ways(hub, PUBLIC, block, 60.0, lambda: next(asked))
    assert next(asked, None) is None


def test_without_the_service_nobody_answers(bundled: Path) -> None:
    with Hub(read_settings(bundled), workers=1) as hub, pytest.raises(HubError, match="not listed"):
        hub.select(f"{PROLOGUE} SELECT * {{ {search(f'[] {WAY}')} }}")


def test_every_property_is_told_once() -> None:
    assert not ASKED.keys() & TOLD.keys()
    assert all(ASKED.values())
    assert all(TOLD.values())
