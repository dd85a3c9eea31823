"""Brokers and gaps on small worlds whose answers are known, and against networkx on random ones."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterable
from datetime import date
from itertools import pairwise
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.pages.brokers import draw_coverage
from hub.paths.atlas import Atlas
from hub.paths.brokerage.agreements import KIND
from hub.paths.brokerage.answer import ToldReport, tell_brokers
from hub.paths.brokerage.brokers import leave_crowds, measure_betweenness, measure_circle
from hub.paths.brokerage.narrows import find_narrows, find_short_ways, separate
from hub.paths.brokerage.question import set_rules
from hub.paths.brokerage.report import Report, Rules, make_report
from hub.paths.brokerage.sides import Sides, list_markets, read_sides
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


# ---------------------------------------------------------------- against networkx

EDGES = st.lists(st.tuples(st.integers(0, 8), st.integers(-7, -1)), max_size=24, unique=True)


@given(EDGES, st.sets(st.integers(0, 8), min_size=1, max_size=3))
def test_what_is_separated_is_what_networkx_says(
    edges: list[tuple[int, int]], ends: set[int]
) -> None:
    graph = nx.Graph(edges)
    graph.add_nodes_from(ends)
    near = {node: list(graph[node]) for node in graph}
    root = 99
    graph.add_edges_from((root, end) for end in ends)
    lost = separate(near, root, ends)
    reached = nx.node_connected_component(graph, root)
    joints = set(nx.articulation_points(graph.subgraph(reached))) - {root}
    assert lost.keys() == joints
    for node in joints:
        left = nx.node_connected_component(nx.restricted_view(graph, [node], []), root)
        assert sorted(lost[node]) == sorted(reached - left - {node})


PARTIES = 8
MEETINGS = st.lists(
    st.tuples(
        st.sets(st.integers(0, PARTIES - 1), min_size=2, max_size=4), st.integers(2005, 2015)
    ),
    min_size=1,
    max_size=9,
)


def random_world(meetings: list[tuple[set[int], int]]) -> World:
    """Parties 0 to 3 are ours, 0 and 1 of them clusters; 6 and 7 open the market."""
    text = """<market/BR> a mc:Market ; skos:prefLabel "Brazil" ; mc:marketPlace <country/BR> .
    <o/0> a mc:Cluster . <o/1> a mc:Cluster .
    """
    text += "".join(f"<o/{n}> rdfs:label 'O{n}' .\n" for n in range(PARTIES))
    text += "".join(f"<o/{n}> mc:belongsTo <o/0> .\n" for n in (1, 2, 3))
    text += "".join(
        f"<opening/{n}> mc:opener <o/{n}> ; mc:opensMarket <market/BR> ; "
        "mc:openingKind <concept/entry-point/incubator> .\n"
        for n in (6, 7)
    )
    for at, (parties, year) in enumerate(meetings):
        text += f"<e/{at}> a mc:Project ; schema:startDate '{year}'^^xsd:gYear .\n"
        text += "".join(
            f"<i/{at}-{n}> mc:involves <o/{n}> ; mc:involvedIn <e/{at}> .\n" for n in parties
        )
    return World(Path(tempfile.mkdtemp()), public=text)


def strengths(sides: Sides) -> nx.Graph:
    """The parties with the strength of each tie."""
    graph, view = nx.Graph(), sides.view
    for one in range(len(view.graph.party)):
        near, cost = view.terrain.neighbours(one)
        for other, price in zip(near.tolist(), cost.tolist(), strict=True):
            graph.add_edge(one, other, strength=math.exp(-price) / view.graph.table.hand_over)
    return graph


def best(graph: nx.Graph, start: int, doors: Iterable[int], hops: int, hand_over: float) -> float:
    """The strength of the best way, by trying every way."""
    found = [1.0] if start in doors else [0.0]
    for door in doors:
        if start in graph and door in graph and start != door:
            for path in nx.all_simple_paths(graph, start, door, cutoff=hops):
                score = math.prod(graph.edges[step]["strength"] for step in pairwise(path))
                found.append(score * hand_over ** (len(path) - 2))
    return max(found)


@settings(max_examples=25)
@given(MEETINGS, st.integers(2, 5), st.sampled_from([0.05, 0.2, 0.4]))
def test_the_agreement_that_opens_most_is_what_trying_all_says(
    meetings: list[tuple[set[int], int]], hops: int, above: float
) -> None:
    made = random_world(meetings)
    report = look(made, "market/BR", rules=Rules(TODAY, TODAY, hops, above))
    sides, (reach,) = report.sides, report.reaches
    graph, table = strengths(sides), sides.view.graph.table
    doors = sides.all_doors()
    near = {
        member
        for member in sides.members
        if best(graph, member, doors, hops, table.hand_over) >= above - 1e-12
    }
    assert set(reach.near) == near
    opened = []
    names = {sides.name(number): number for number in sides.members}
    clusters = [names[iri(f"o/{n}")] for n in (0, 1) if iri(f"o/{n}") in names]
    for one in clusters or sides.members:
        for door in doors:
            if graph.has_edge(one, door):
                continue
            more = graph.copy()
            more.add_edge(one, door, strength=table.kind(KIND).base)
            opened.append(
                sum(
                    best(more, member, doors, hops, table.hand_over) >= above - 1e-12
                    for member in set(sides.members) - near
                )
            )
    assert len(reach.proposals[0].gained if reach.proposals else ()) == max(opened, default=0)


@settings(max_examples=25)
@given(MEETINGS, st.integers(1, 5))
def test_no_short_way_is_left_without_a_single_link(
    meetings: list[tuple[set[int], int]], hops: int
) -> None:
    sides = look(random_world(meetings), "market/BR", rules=Rules(TODAY, TODAY, hops)).sides
    doors = sides.all_doors()
    ways = find_short_ways(sides.view, sides.members, doors, hops)
    graph = strengths(sides)
    for narrow in find_narrows(ways):
        if narrow.node >= 0:
            left = nx.restricted_view(graph, [narrow.node], [])
            ends = set(doors) - {narrow.node}
            for member in narrow.members:
                assert best(graph, member, doors, hops, 1.0), "it is a way that is lost"
                assert not best(left, member, ends, hops, 1.0)
            for door in narrow.doors:
                starts = set(sides.members) - {narrow.node}
                assert not any(best(left, start, [door], hops, 1.0) for start in starts)


@settings(max_examples=25)
@given(MEETINGS)
def test_betweenness_is_what_networkx_says(meetings: list[tuple[set[int], int]]) -> None:
    sides = look(random_world(meetings), "market/BR").sides
    ways = find_short_ways(sides.view, sides.members, sides.all_doors(), 5)
    graph = nx.Graph((node, other) for node, others in ways.near.items() for other in others)
    passed = nx.betweenness_centrality_subset(graph, ways.members, ways.doors)
    pairs = sum(
        nx.has_path(graph, member, door) and member != door
        for member in ways.members
        for door in ways.doors
    )
    shares = measure_betweenness(ways).shares
    for node in graph:
        if node >= 0:  # networkx halves what it counts, as if each end were a start
            assert shares.get(node, 0.0) == pytest.approx(2 * passed[node] / max(1, pairs))


@settings(max_examples=25)
@given(MEETINGS)
def test_circles_are_burts_as_networkx_reckons_them(meetings: list[tuple[set[int], int]]) -> None:
    sides = look(random_world(meetings), "market/BR").sides
    view, left_out = leave_crowds(sides.view)
    assert left_out == 0
    graph = strengths(sides)
    constraint = nx.constraint(graph, weight="strength")
    effective = nx.effective_size(graph)
    for party in graph:
        circle = measure_circle(view, party)
        assert circle.contacts == graph.degree(party)
        assert circle.constraint == pytest.approx(constraint[party])
        assert circle.effective_size == pytest.approx(effective[party])
