"""Entry points into a market: who opens it, ranked, with the best way to each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from hub.errors import Invalid
from hub.paths.atlas import Atlas
from hub.paths.brokerage.sides import read_sides
from hub.paths.doors import describe_entry_points, tell_entry_points
from hub.paths.entrypoints import EntryPoints, rank_entry_points

from .worlds import PUBLIC, TODAY, World, iri

CHINA = """
<market/CN> a mc:Market ; skos:prefLabel "China"@en ; mc:marketPlace <country/CN> .
<market/CN-games> a mc:Market ; skos:broader <market/CN> ; mc:marketPlace <country/CN> ;
    mc:marketSector <concept/sector/games> .
<market/asia> a mc:Market ; mc:marketPlace <place/asia> . <market/CN> skos:broader <market/asia> .
<place/cn-shanghai> a mc:City ; mc:within <country/CN> .
<o/firm> a mc:SME ; rdfs:label "Firm" . <o/home> a mc:Cluster ; rdfs:label "Home" ;
    mc:country <country/IT> .
<o/park> a mc:SciencePark ; rdfs:label "Park" ; mc:city <place/cn-shanghai> ;
    mc:activeIn <concept/sector/games> .
<o/clinic> a mc:Hospital ; rdfs:label "Clinic" ; mc:city <place/cn-shanghai> .
<o/office> a mc:Office ; rdfs:label "Office" ; mc:city <place/cn-shanghai> .
<o/stranger> a mc:Company ; rdfs:label "Stranger" ; mc:country <country/CN> .
<p/expert> a mc:Expert ; rdfs:label "Expert" ; mc:country <country/CN> .
<m/1> a org:Membership ; org:member <o/firm> ; org:organization <o/home> .
<m/2> a org:Membership ; org:member <o/office> ; org:organization <o/home> ;
    mc:inRole <concept/role/unit> .
<m/3> a org:Membership ; org:member <o/clinic> ; org:organization <o/home> .
<m/4> a org:Membership ; org:member <p/expert> ; org:organization <o/home> .
<a/1> a mc:Agreement ; mc:inMarket <market/CN> ; mc:signed "2015"^^xsd:gYear .
<i/1> mc:involves <o/home> ; mc:involvedIn <a/1> .
<i/2> mc:involves <o/park> ; mc:involvedIn <a/1> .
<post/boss> a org:Post ; rdfs:label "Boss" ; org:postIn <o/clinic> .
<opening/1> a mc:Opening ; mc:opener <o/office> ; mc:opensMarket <market/CN> ;
    mc:openingKind <concept/entry-point/agency-office> ; prov:hadPrimarySource <document/d> ;
    mc:quote "27 offices in 21 countries"@en .
<opening/2> a mc:Opening ; mc:opener <o/far> ; mc:opensMarket <market/CN> ;
    mc:openingKind <concept/entry-point/incubator> . <o/far> rdfs:label "Far" .
<targeting/1> mc:targetedBy <o/home> ; mc:targetMarket <market/CN> .
"""
HIDDEN = """<opening/9> a mc:Opening ; mc:opener <o/clinic> ; mc:opensMarket <market/CN> ;
    mc:openingKind <concept/entry-point/hospital> ."""


@pytest.fixture(scope="module")
def china() -> World:
    return World(Path(tempfile.mkdtemp()), public=CHINA, hidden=HIDDEN)


def rank(world: World, start: str, market: str = "market/CN", **rules: object) -> EntryPoints:
    rules = {"graphs": [PUBLIC], "as_of": TODAY, **rules}
    select = world.seeing(PUBLIC)
    return rank_entry_points(world.ties, select, iri(start), iri(market), **rules)  # type: ignore[arg-type]


def kinds(points: EntryPoints) -> dict[str, list[str]]:
    return {
        point.iri.rpartition("/")[2]: sorted(offer.kind for offer in point.offers)
        for point in points.points
    }


def test_each_door_with_what_it_offers_and_the_best_way(china: World) -> None:
    points = rank(china, "o/firm")
    assert kinds(points) == {
        "park": ["agreement-party"],
        "office": ["agency-office"],
        "clinic": ["located"],
        "expert": ["from-there"],
        "far": ["incubator"],
    }, "Home sits elsewhere, Stranger is tied to nobody, Boss is a post"
    first, last = points.points[0], points.points[-1]
    assert first.way
    weight = max(offer.weight for offer in first.offers)
    assert first.score == pytest.approx(weight * first.way.score)
    assert (last.iri, last.way, last.score) == (iri("o/far"), None, 0.0)
    assert [p.score for p in points.points] == sorted(p.score for p in points.points)[::-1]
    told = describe_entry_points(points, china.seeing(PUBLIC))
    text = tell_entry_points(told)
    assert "Entry points into China for Firm, on 1 July 2016: 5" in text
    assert "“27 offices in 21 countries”" in text
    assert "Firm → Home → Office" in text
    assert "(party to an agreement for the market, last known 2015)" in text
    assert "no way from Firm is known" in text
    assert len(told.as_dict()["entry_points"]) == 5


def test_the_broader_market_opens_the_narrower_and_the_other_way_round(china: World) -> None:
    points = rank(china, "o/firm", "market/CN-games")
    assert {"office", "far"} <= kinds(points).keys()
    assert "office" in kinds(rank(china, "o/firm", "market/asia"))


def test_in_a_market_of_one_sector_other_doors_count_less_or_not(
    world: Callable[..., World],
) -> None:
    made = world(
        public=CHINA
        + """<o/clinic> mc:activeIn <concept/sector/oncology> .
        <p/expert> mc:knowsAbout <concept/sector/creative-industries> ."""
    )
    whole = {point.iri: point for point in rank(made, "o/firm").points}
    points = {point.iri: point for point in rank(made, "o/firm", "market/CN-games").points}
    assert iri("o/clinic") in whole
    assert iri("o/clinic") not in points, "it is known to work in another sector"
    for door in ("o/park", "p/expert"):
        assert points[iri(door)].offers == whole[iri(door)].offers, "of the sector, or around it"
    less, full = points[iri("o/office")].offers[0], whole[iri("o/office")].offers[0]
    assert less.wider
    assert not full.wider
    assert less.weight == pytest.approx(full.weight * made.ties.table.entries["wider-market"])
    text = tell_entry_points(
        describe_entry_points(rank(made, "o/firm", "market/CN-games"), made.seeing(PUBLIC))
    )
    assert "for China; for games nothing is known, so it counts less" in text
    atlas = Atlas(made.ties.view([PUBLIC], TODAY), frozenset())
    sides = read_sides(atlas, made.seeing(PUBLIC), [iri("market/CN"), iri("market/CN-games")], 5)
    doors = {m: {sides.name(at) for at in found} for m, found in sides.doors.items()}
    assert doors[iri("market/CN-games")] == {iri("o/park"), iri("p/expert")}, "no broker leads past"
    assert doors[iri("market/CN")] > doors[iri("market/CN-games")]


def test_backwards_who_works_on_the_market(world: Callable[..., World]) -> None:
    there = """<p/guest> a foaf:Person ; rdfs:label "Guest" .
    <i/7> mc:involves <p/guest> ; mc:involvedIn <a/1> ."""
    points = rank(world(public=CHINA + there), "o/park", inward=True)
    assert kinds(points) == {"home": ["targets-from", "targets-from"]}, "organisations elsewhere"
    assert points.points[0].way


def test_an_occasion_is_reached_through_who_takes_part(world: Callable[..., World]) -> None:
    fair = """<event/fair> a schema:Event ; rdfs:label "Fair" .
    <i/8> mc:involves <o/home> ; mc:involvedIn <event/fair> .
    <opening/8> mc:opener <event/fair> ; mc:opensMarket <market/CN> ;
        mc:openingKind <concept/entry-point/event> ."""
    points = rank(world(public=CHINA + fair), "o/firm").points
    point = next(p for p in points if p.iri == iri("event/fair"))
    assert point.way
    assert point.way.parties == (iri("o/firm"), iri("o/home"), iri("event/fair"))
    assert not point.passed, "nobody says when it was"


def test_what_opens_a_market_has_an_age(world: Callable[..., World]) -> None:
    dated = """<event/fair> a schema:Event ; rdfs:label "Fair" ;
        schema:startDate "2013-05"^^xsd:gYearMonth .
    <i/8> mc:involves <o/home> ; mc:involvedIn <event/fair> .
    <i/9> mc:involves <p/expert> ; mc:involvedIn <event/fair> .
    <opening/8> mc:opener <event/fair> ; mc:opensMarket <market/CN> ;
        mc:openingKind <concept/entry-point/event> ."""
    made = world(public=CHINA + dated)
    points = rank(made, "o/firm").points
    fair = points[-1]
    assert (fair.iri, fair.passed) == (iri("event/fair"), True), "it stands after every door"
    assert fair.way
    assert fair.offers[0].weight < made.ties.table.entries["event"] / 2
    told = describe_entry_points(rank(made, "o/firm"), made.seeing(PUBLIC)).entry_points[-1]
    assert told.offers[0].kind.endswith("an occasion that passed in May 2013")
    assert told.way
    assert told.way.steps[-1].evidence[0].sentence == "Home took part in ‘Fair’ (event, May 2013)."
    before = kinds(rank(made, "o/firm", as_of=date(2012, 1, 1)))
    assert not {"fair", "park"} & before.keys(), "neither held nor signed yet"
    signed = next(p for p in points if p.iri == iri("o/park")).offers[0]
    fresh = rank(made, "o/firm", as_of=date(2015, 12, 31)).points
    assert signed.weight < next(p for p in fresh if p.iri == iri("o/park")).offers[0].weight


def test_where_no_door_is_known_what_is_known_is_told(world: Callable[..., World]) -> None:
    made = world(
        public="""
        <market/JP> a mc:Market ; skos:prefLabel "Japan"@en ; mc:marketPlace <country/JP> .
        <o/home> a mc:Cluster ; rdfs:label "Home" . <o/firm> rdfs:label "Firm" .
        <o/meta> a mc:MetaCluster ; rdfs:label "Meta" .
        <m/1> a org:Membership ; org:member <o/firm> ; org:organization <o/home> .
        <targeting/1> a mc:Targeting ; mc:targetedBy <o/home> ; mc:targetMarket <market/JP> ;
            mc:status <concept/status/started> .
        <m/2> a org:Membership ; org:member <o/other> ; org:organization <o/meta> ."""
    )

    def gap(start: str) -> str:
        points = rank(made, start, "market/JP")
        return " ".join(describe_entry_points(points, made.seeing(PUBLIC)).gap)

    assert "Nobody is known who opens Japan" in gap("o/firm")
    assert "Home works on Japan (started)" in gap("o/firm")
    assert "The nearest that Firm can reach: Firm → Home" in gap("o/firm")
    assert "What is missing: a tie between Home and anybody in Japan." in gap("o/firm")
    assert "What is missing: a tie between Meta and Home" in gap("o/other")


def test_before_everything_the_later_day_is_told_of(world: Callable[..., World]) -> None:
    made = world(
        public="""
        <market/JP> a mc:Market ; mc:marketPlace <country/JP> . <o/park> mc:country <country/JP> .
        <e/1> a mc:Mission ; schema:startDate "2013"^^xsd:gYear .
        <n/1> mc:involvedIn <e/1> ; mc:involves <o/firm> .
        <n/2> mc:involvedIn <e/1> ; mc:involves <o/park> ."""
    )
    points = rank(made, "o/firm", "market/JP", as_of=date(1990, 1, 1))
    gap = describe_entry_points(points, made.seeing(PUBLIC)).gap
    told = "On a later day there is a way to a door: the evidence comes after 1 January 1990."
    assert told in gap
    assert not rank(made, "o/firm", "market/JP").later


def test_limits_and_bad_questions(china: World) -> None:
    one = rank(china, "o/firm", limit=1)
    assert (len(one.points), one.found) == (1, 5)
    assert rank(china, "o/firm", "market/nowhere").points == ()
    unknown = rank(china, "o/nobody")
    assert unknown.found == 5
    assert all(point.way is None for point in unknown.points)
    early = rank(china, "o/firm", as_of=date(2014, 1, 1))
    assert iri("o/park") not in {p.iri for p in early.points}, "nothing is signed yet"
    with pytest.raises(Invalid):
        rank(china, "o/firm", limit=0)
