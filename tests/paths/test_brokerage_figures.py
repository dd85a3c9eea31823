"""The figures of brokers and gaps against networkx, and against trying all, on random worlds."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.paths.brokerage.agreements import KIND
from hub.paths.brokerage.brokers import leave_crowds, measure_betweenness, measure_circle
from hub.paths.brokerage.narrows import find_narrows, find_short_ways, separate
from hub.paths.brokerage.report import Rules
from hub.paths.brokerage.sides import Sides

from .test_brokers import TODAY, look
from .worlds import World, iri

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
