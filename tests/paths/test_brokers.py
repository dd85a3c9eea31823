"""Brokers and gaps on small worlds whose answers are known."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import pytest

from hub.errors import Invalid
from hub.pages.brokers import draw_coverage
from hub.paths.atlas import Atlas
from hub.paths.brokerage.answer import ToldReport, tell_brokers
from hub.paths.brokerage.brokers import measure_betweenness
from hub.paths.brokerage.narrows import find_short_ways
from hub.paths.brokerage.question import set_rules
from hub.paths.brokerage.report import Report, Rules, make_report
from hub.paths.brokerage.sides import list_markets, read_sides
from hub.paths.brokerage.telling import list_names, tell_report
from hub.paths.search import Clock

from .worlds import HIDDEN, PUBLIC, World, iri

TODAY = date(2015, 7, 1)
RULES = Rules(TODAY, date(2016, 7, 1))

# Bavaria's two companies come to Brazil over their cluster, Anna and nobody else; Piemonte's comes
# over its own cluster to the same door. Nobody comes to Japan.
BRIDGE = """
<market/BR> a mc:Market ; skos:prefLabel "Brazil"@en ; mc:marketPlace <country/BR> .
<market/JP> a mc:Market ; skos:prefLabel "Japan"@en ; mc:marketPlace <country/JP> .
<place/bavaria> rdfs:label "Bavaria" .
<o/meta> a mc:MetaCluster ; rdfs:label "Meta" .
<o/biom> a mc:Cluster ; rdfs:label "BioM" ; mc:belongsTo <o/meta> ; mc:region <place/bavaria> .
<o/one> a mc:SME ; rdfs:label "One" ; mc:belongsTo <o/biom> ; mc:region <place/bavaria> .
<o/two> a mc:SME ; rdfs:label "Two" ; mc:belongsTo <o/biom> ; mc:region <place/bavaria> .
<o/biopmed> a mc:Cluster ; rdfs:label "bioPmed" ; mc:belongsTo <o/meta> .
<o/three> a mc:SME ; rdfs:label "Three" ; mc:belongsTo <o/biopmed> .
<p/anna> a foaf:Person ; rdfs:label "Anna" . <o/park> a mc:SciencePark ; rdfs:label "Park" .
<o/fair> a mc:SciencePark ; rdfs:label "Fair Park" .
<m/1> a org:Membership ; org:member <o/one> ; org:organization <o/biom> .
<m/2> a org:Membership ; org:member <o/two> ; org:organization <o/biom> .
<m/3> a org:Membership ; org:member <o/three> ; org:organization <o/biopmed> .
<m/4> a org:Membership ; org:member <p/anna> ; org:organization <o/biom> .
<m/5> a org:Membership ; org:member <p/anna> ; org:organization <o/park> .
<a/1> a mc:Agreement ; rdfs:label "Pact" ; mc:signed "2015"^^xsd:gYear ;
    schema:validThrough "2016-01-31"^^xsd:date .
<i/1> mc:involves <o/biopmed> ; mc:involvedIn <a/1> .
<i/2> mc:involves <o/park> ; mc:involvedIn <a/1> .
<opening/1> mc:opener <o/park> ; mc:opensMarket <market/BR> ;
    mc:openingKind <concept/entry-point/science-park> .
<opening/2> mc:opener <o/fair> ; mc:opensMarket <market/BR> ;
    mc:openingKind <concept/entry-point/science-park> .
<m/6> a org:Membership ; org:member <p/stranger> ; org:organization <o/fair> .
"""


def look(
    world: World, *markets: str, rules: Rules = RULES, graphs: Iterable[str] = (PUBLIC,)
) -> Report:
    graphs = list(graphs)
    select = world.seeing(*graphs)
    chosen = list(map(iri, markets)) or list_markets(select)
    atlas = Atlas(world.ties.view(graphs, rules.as_of))
    sides = read_sides(atlas, select, chosen, rules.hops)
    return make_report(sides, select, rules, sides.clusters)


def tell(
    world: World, *markets: str, graphs: Iterable[str] = (PUBLIC,), **rules: object
) -> ToldReport:
    asked = Rules(**{"as_of": TODAY, "until": RULES.until, **rules})  # type: ignore[arg-type]
    report = look(world, *markets, rules=asked, graphs=graphs)
    return tell_report(report, world.seeing(*graphs), report.sides.clusters, len(report.reaches))


def short(name: str) -> str:
    return name.rpartition("/")[2]


@pytest.fixture(scope="module")
def bridge() -> World:
    return World(Path(tempfile.mkdtemp()), public=BRIDGE)


def test_the_only_link_is_named_with_the_places_it_joins_and_its_ties(bridge: World) -> None:
    told = tell(bridge, "market/BR")
    anna = next(broker for broker in told.brokers if broker.label == "Anna")
    assert anna.sentences[0] == (
        "Anna is the only link between Bavaria (BioM, One and Two) and Brazil."
    )
    assert {step.target_label for step in anna.steps} == {"BioM", "Park"}
    assert anna.steps[0].evidence[0].sentence.startswith("Anna is a member of")
    assert (anna.contacts, anna.effective_size, anna.constraint) == (2, 2.0, 0.5)
    (market,) = told.markets
    assert [(short(n.iri), [m.label for m in n.members]) for n in market.narrows[:5]] == [
        ("park", ["BioM", "bioPmed", "One", "Three", "Two"]),
        ("anna", ["BioM", "One", "Two"]),
        ("biom", ["One", "Two"]),
        ("1", ["bioPmed", "Three"]),
        ("biopmed", ["Three"]),
    ]
    # Three members × one door: One and Two and BioM over Anna, Three over bioPmed, bioPmed itself.
    assert anna.share == pytest.approx(3 / 5)
    assert next(b.share for b in told.brokers if b.label == "BioM") == pytest.approx(2 / 5)


def test_everything_that_leads_to_a_market_passes_one_party(world: Callable[..., World]) -> None:
    made = world(public=BRIDGE.replace("<i/1> mc:involves <o/biopmed>", "<i/1> mc:involves <o/x>"))
    told = tell(made, "market/BR")
    assert told.brokers[0].sentences[0] == "Everything that leads to Brazil passes Anna."
    text = tell_brokers(told)
    assert "1 of 5 members can reach Brazil by a way of strength 0.10 or more" in text
    assert "2 by a weaker one" in text
    assert "2 by none" in text


def test_doors_that_one_party_leads_to_are_told_by_name(world: Callable[..., World]) -> None:
    south = """<place/south> rdfs:label "South" . <o/fair> mc:region <place/south> .
    <o/gala> a mc:SciencePark ; rdfs:label "Gala Park" ; mc:region <place/south> .
    <opening/3> mc:opener <o/gala> ; mc:opensMarket <market/BR> ;
        mc:openingKind <concept/entry-point/science-park> .
    <p/eve> a foaf:Person ; rdfs:label "Eve" .
    """ + "".join(
        f"<m/eve-{name}> a org:Membership ; org:member <p/eve> ; org:organization <o/{name}> ."
        for name in ("biopmed", "fair", "gala")
    )
    told = tell(world(public=BRIDGE + south), "market/BR")
    eve = next(broker for broker in told.brokers if broker.label == "Eve")
    assert "None of ours comes to Fair Park and Gala Park but through Eve." in eve.sentences


def test_a_market_with_nobody_says_so(bridge: World) -> None:
    told = tell(bridge, "market/JP")
    assert told.markets[0].sentences == ("Nobody is known who opens Japan.",)
    assert told.brokers == ()
    assert told.coverage == ((0.0,), (0.0,))


def test_coverage_is_the_strength_of_the_best_way(bridge: World) -> None:
    report = look(bridge)
    best = report.coverage[iri("o/biopmed"), iri("market/BR")]
    view = report.sides.view
    one, other = view.find_all([iri("o/biopmed"), iri("o/park")])
    assert one is not None
    assert other is not None
    assert best == pytest.approx(view.strength(one, other))
    over_anna = report.coverage[iri("o/biom"), iri("market/BR")]
    anna = view.find(iri("p/anna"))
    biom = view.find(iri("o/biom"))
    assert anna is not None
    assert biom is not None
    steps = view.strength(biom, anna) * view.strength(anna, other)
    assert over_anna == pytest.approx(steps * view.graph.table.hand_over)
    assert {short(cluster) for cluster, _ in report.coverage} == {"biom", "biopmed"}


def test_an_agreement_about_to_end_closes_what_hangs_on_it(
    bridge: World, world: Callable[..., World]
) -> None:
    told = tell(bridge, "market/BR")
    (ending,) = told.endings
    assert (ending.agreement.label, ending.end) == ("Pact", date(2016, 1, 31))
    assert ending.sentences == ("Brazil would be closed to bioPmed and Three.",)
    more = """<a/2> a mc:Agreement ; rdfs:label "Second" ; mc:signed "2015"^^xsd:gYear ;
        schema:validThrough "2016-02"^^xsd:gYearMonth .
    <i/3> mc:involves <o/biopmed> ; mc:involvedIn <a/2> .
    <i/4> mc:involves <o/fair> ; mc:involvedIn <a/2> ."""
    two = tell(world(public=BRIDGE + more), "market/BR").endings
    assert [(one.agreement.label, one.sentences) for one in two] == [
        ("Pact", ("Nothing: there are other ways as good.",)),
        ("Second", ("None of ours would come to Fair Park in Brazil.",)),
    ]
    assert tell(bridge, "market/BR", until=date(2015, 12, 31)).endings == ()
    later = tell(bridge, "market/BR", as_of=date(2016, 3, 1), until=date(2017, 3, 1))
    assert later.endings == (), "it is over by then"
    assert tell(bridge, "market/BR", as_of=date(2014, 1, 1)).endings == (), "it is not signed yet"


def test_where_no_agreement_has_an_end_that_is_said(world: Callable[..., World]) -> None:
    made = world(public=BRIDGE.replace('schema:validThrough "2016-01-31"', 'mc:x "2016-01-31"'))
    assert "The one agreement does not say when it ends." in tell(made).notes
    assert tell(world(public="<o/a> rdfs:label 'A' .")).notes[0].startswith("No member")


def test_the_agreement_to_sign_is_with_a_door_to_which_nothing_ties_us(bridge: World) -> None:
    # An undated membership is 0.375, the new agreement 0.65: 0.207 = 0.375 × 0.85 × 0.65.
    (market,) = tell(bridge, "market/BR", above=0.205).markets
    (first,) = market.proposals
    assert (first.party.label, first.door.label) == ("BioM", "Fair Park")
    assert [one.label for one in first.gained] == ["BioM", "One", "Two"]
    assert "would bring 3 members within reach of Brazil: BioM, One and Two." in first.sentence
    assert first.sentence.endswith("One with Park would do the same.")
    (market,) = tell(bridge, "market/BR", above=0.21).markets
    assert [one.label for one in market.proposals[0].gained] == ["BioM"]
    assert not tell(bridge, "market/BR", above=0.9).markets[0].proposals, "no new tie is so strong"


def test_an_office_of_ones_own_is_nobody_to_sign_with(world: Callable[..., World]) -> None:
    unit = """<m/9> a org:Membership ; org:member <o/fair> ; org:organization <o/biopmed> ;
        mc:inRole <concept/role/unit> ."""
    (market,) = tell(world(public=BRIDGE + unit), "market/BR", above=0.3).markets
    assert "Fair Park" not in {one.door.label for one in market.proposals}


HIDE = """
<m/20> a org:Membership ; org:member <o/one> ; org:organization <o/park> .
<o/ghost> a mc:Cluster ; rdfs:label "Ghost" ; mc:belongsTo <o/meta> .
<m/21> a org:Membership ; org:member <o/ghost> ; org:organization <o/fair> .
<opening/20> mc:opener <o/ghost> ; mc:opensMarket <market/JP> ;
    mc:openingKind <concept/entry-point/incubator> .
<a/20> a mc:Agreement ; schema:validThrough "2015-12-31"^^xsd:date ; mc:signed "2014"^^xsd:gYear .
<i/20> mc:involves <o/one> ; mc:involvedIn <a/20> .
<i/21> mc:involves <o/fair> ; mc:involvedIn <a/20> .
"""


def test_what_is_hidden_never_shows(bridge: World, world: Callable[..., World]) -> None:
    both = world(public=BRIDGE, hidden=HIDE)
    assert tell(both).as_dict() == tell(bridge).as_dict()
    assert tell_brokers(tell(both)) == tell_brokers(tell(bridge))
    seen = tell(both, graphs=(PUBLIC, HIDDEN))
    assert "Ghost" in tell_brokers(seen)
    assert len(seen.endings) == 2


def test_a_crowd_is_no_contact_and_costs_no_square(world: Callable[..., World]) -> None:
    hall = "".join(
        f"<i/h{n}> mc:involves <o/h{n}> ; mc:involvedIn <e/hall> .\n" for n in range(3_000)
    )
    hall += "<e/hall> a schema:Event . <i/b> mc:involves <p/anna> ; mc:involvedIn <e/hall> ."
    told = tell(world(public=BRIDGE + hall), "market/BR")
    anna = next(broker for broker in told.brokers if broker.label == "Anna")
    assert anna.contacts == 2
    assert any("1 piece of evidence with more than 100 participants" in note for note in told.notes)


def test_where_there_are_too_many_ties_the_ways_are_shorter(bridge: World) -> None:
    sides = look(bridge, "market/BR").sides
    ends = sides.members, sides.all_doors()
    whole = find_short_ways(sides.view, *ends, 5)
    fewer = find_short_ways(sides.view, *ends, 5, most=4)
    assert whole.hops == 5
    assert fewer.hops == 1, "bioPmed and the park are tied directly: two lines"
    assert find_short_ways(sides.view, *ends, 5, most=1).near == {}
    few = measure_betweenness(whole, most=1)
    assert (few.sources, few.of) == (1, 5)


def test_a_search_that_takes_too_long_is_cut(bridge: World) -> None:
    view = bridge.ties.view([PUBLIC], TODAY)
    select = bridge.seeing(PUBLIC)
    sides = read_sides(Atlas(view, clock=Clock(-1.0)), select, [iri("market/BR")], 5)
    report = make_report(sides, select, RULES, sides.clusters)
    told = tell_report(report, select, sides.clusters, 1)
    assert told.cut
    assert told.coverage == ((None,), (None,))
    assert "was cut" in tell_brokers(told)
    assert told.markets[0].sentences == ("It was not looked at: the time was over.",)
    heat = draw_coverage(told)
    assert heat[0][0].title == "BioM – Brazil: not looked at, the time was over"


@pytest.mark.parametrize(
    ("hops", "months", "above"), [(0, 12, 0.1), (9, 1, 0.1), (5, 121, 0), (5, 1, 2)]
)
def test_rules_out_of_range_are_refused(hops: int, months: int, above: float) -> None:
    with pytest.raises(Invalid):
        set_rules(TODAY, hops, months, above)


def test_months_end_where_the_month_does() -> None:
    assert set_rules(date(2015, 1, 31), 5, 1, 0.1).until == date(2015, 2, 28)
    assert set_rules(date(2015, 12, 31), 5, 12, 0.1).until == date(2016, 12, 31)
    assert set_rules(date(9999, 6, 30), 5, 12, 0.1).until.year == 9999


def test_names_are_listed_as_people_do() -> None:
    assert [list_names("ABCDEF"[:n], n) for n in (0, 1, 2, 3, 6)] == [
        "", "A", "A and B", "A, B and C", "A, B, C, D and 2 more",
    ]  # fmt: skip
