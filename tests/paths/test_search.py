"""The search, compiled and not, against brute force and against networkx, on random worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice, pairwise
from math import exp, inf, isinf, log

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.paths import kernel, search
from hub.paths.ground import FAR, Ground, Known
from hub.paths.search import (
    Clock,
    Cut,
    Path,
    Terrain,
    Walk,
    find_best,
    find_several,
    find_through,
    reach,
)

SIZE = 7
CEILING, HAND_OVER = 0.99, 0.85
# A piece of evidence: its base, the passage that tells it, and who takes part with what quality.
Piece = tuple[float, int, dict[int, float]]
CHANCES = st.floats(0.05, 0.95)
PIECES = st.tuples(
    CHANCES,
    st.integers(0, 2),
    st.dictionaries(st.integers(0, SIZE - 1), CHANCES, min_size=1, max_size=4),
)
WORLDS = st.lists(PIECES, max_size=12)
TOLLS = st.lists(st.floats(0, 2), min_size=SIZE, max_size=SIZE)
CLOSED = st.frozensets(st.integers(2, SIZE - 1), max_size=2)
ENGINES = pytest.mark.parametrize("compiled", [False, True])


def terrain_over(pieces: Iterable[Piece], size: int = SIZE, *, compiled: bool = False) -> Terrain:
    """The arrays of a world, as a view makes them."""
    pieces = list(pieces)
    rows = sorted((e, p, q) for e, (_, _, who) in enumerate(pieces) for p, q in who.items())
    evidence = np.array([e for e, _, _ in rows], dtype=np.int32)
    party = np.array([p for _, p, _ in rows], dtype=np.int32)
    passage = np.array([passage for _, passage, _ in pieces], dtype=np.int32)
    bounds = [
        np.concatenate(([0], np.cumsum(np.bincount(numbers, minlength=count)))).astype(np.int64)
        for numbers, count in ((party, size), (evidence, len(pieces)))
    ]
    told = passage[evidence] if len(rows) else evidence
    terrain = Terrain(
        Ground(
            bounds[0],
            np.lexsort((told, party)).astype(np.int32),
            bounds[1],
            evidence,
            party,
            np.array([q for _, _, q in rows], dtype=np.float64),
            np.array([base for base, _, _ in pieces], dtype=np.float64),
            passage,
            CEILING,
            HAND_OVER,
        )
    )
    terrain._kernel = kernel.compiled() if compiled else kernel
    return terrain


def network_over(pieces: Iterable[Piece]) -> nx.Graph:
    """The same for networkx, one-sided, by the formula as it is documented."""
    told: dict[frozenset[int], dict[object, float]] = {}
    for number, (base, passage, who) in enumerate(pieces):
        for one, other in ((a, b) for a in who for b in who if a < b):
            by = told.setdefault(frozenset((one, other)), {})
            key = passage or f"independent {number}"
            by[key] = max(by.get(key, 0.0), base * min(who[one], who[other]))
    graph = nx.Graph()
    graph.add_nodes_from(range(SIZE))
    for pair, by in told.items():
        none = float(np.prod([1 - p for p in by.values()]))
        graph.add_edge(*pair, weight=-log(min(CEILING, 1 - none) * HAND_OVER))
    return graph


def cost_of(graph: nx.Graph, path: Path, tolls: list[float]) -> float:
    steps = [graph[a][b]["weight"] for a, b in pairwise(path)]
    return float(sum(steps) + sum(tolls[party] for party in path[1:-1]))


def all_costs(
    graph: nx.Graph, tolls: list[float], closed: frozenset[int], steps: int, target: int = 1
) -> list[tuple[float, Path]]:
    """Every simple path from 0 of at most `steps` steps, cheapest first: the definition."""
    paths = map(tuple, nx.all_simple_paths(graph, 0, target, cutoff=steps))
    return sorted(
        (cost_of(graph, path, tolls), path) for path in paths if not closed & set(path[1:-1])
    )


def assert_same_best(walk: Walk, found: Path | None, expected: list[tuple[float, Path]]) -> None:
    assert (found is None) == (not expected)
    if found:
        assert walk.cost(found) == pytest.approx(expected[0][0])
        assert len(set(found)) == len(found)


@ENGINES
@given(pieces=WORLDS, tolls=TOLLS, closed=CLOSED, steps=st.integers(1, 6))
@settings(max_examples=150, deadline=None)
def test_best_way_is_the_best_of_all(
    compiled: bool, pieces: list[Piece], tolls: list[float], closed: frozenset[int], steps: int
) -> None:
    terrain = terrain_over(pieces, compiled=compiled)
    expected = all_costs(network_over(pieces), tolls, closed, steps)
    walk = Walk.over(terrain, closed, np.array(tolls))
    found = find_best(walk, 0, 1, steps)
    assert_same_best(walk, found, expected)
    assert found is None or (len(found) <= steps + 1 and not closed & set(found[1:-1]))
    assert (terrain._desk.state == -1).all(), "the desk is left as it was"
    assert (terrain._desk.away == FAR).all()
    assert not terrain._desk.marks.any()
    assert find_best(walk, 0, 1, steps) == found


@ENGINES
@given(pieces=WORLDS, steps=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_without_toll_all_ways_come_in_order(
    compiled: bool, pieces: list[Piece], steps: int
) -> None:
    walk = Walk.over(terrain_over(pieces, compiled=compiled))
    expected = all_costs(network_over(pieces), [0.0] * SIZE, frozenset(), steps)
    found = list(islice(find_several(walk, 0, 1, steps, toll=0.0), 12))
    assert len(set(found)) == len(found)
    assert [walk.cost(p) for p in found] == pytest.approx([cost for cost, _ in expected[:12]])


@given(pieces=WORLDS, steps=st.integers(2, 5))
@settings(max_examples=60, deadline=None)
def test_through_one_connector_is_exact_or_nothing_is_claimed(
    pieces: list[Piece], steps: int
) -> None:
    walk = Walk.over(terrain_over(pieces))
    paths = all_costs(network_over(pieces), [0.0] * SIZE, frozenset(), steps)
    expected = [(cost, path) for cost, path in paths if 2 in path]
    found = find_through(walk, 0, 1, steps, [2])
    if found:
        assert (found[0], found[-1]) == (0, 1)
        assert 2 in found[1:-1]
        assert len(set(found)) == len(found) <= steps + 1
        assert walk.cost(found) >= expected[0][0] * (1 - 1e-9)


@ENGINES
@given(
    pieces=WORLDS,
    tolls=TOLLS,
    closed=CLOSED,
    steps=st.integers(1, 5),
    prizes=st.dictionaries(st.integers(1, SIZE - 1), st.floats(0, 3)),
    most=st.integers(1, 4),
)
@settings(max_examples=100, deadline=None)
def test_reach_gives_the_best_way_to_all_or_to_the_dearest_prizes(
    compiled: bool,
    pieces: list[Piece],
    tolls: list[float],
    closed: frozenset[int],
    steps: int,
    prizes: dict[int, float],
    most: int,
) -> None:
    walk = Walk.over(terrain_over(pieces, compiled=compiled), closed, np.array(tolls))
    graph = network_over(pieces)
    best = {
        target: paths[0][0]
        for target in prizes
        if (paths := all_costs(graph, tolls, closed, steps, target))
    }
    reached = reach(walk, 0, steps, prizes)
    assert {party: walk.cost(path) for party, path in reached.items()} == pytest.approx(best)
    assert [walk.cost(path) for path in reached.values()] == pytest.approx(sorted(best.values()))
    few = reach(walk, 0, steps, prizes, most)
    wanted = sorted(cost + prizes[target] for target, cost in best.items())[:most]
    given = sorted(walk.cost(path) + prizes[party] for party, path in few.items())[:most]
    assert given == pytest.approx(wanted)


@ENGINES
@given(pieces=WORLDS, closed=CLOSED, steps=st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_who_is_within_so_many_steps_is_counted(
    compiled: bool, pieces: list[Piece], closed: frozenset[int], steps: int
) -> None:
    walk = Walk.over(terrain_over(pieces, compiled=compiled), closed)
    graph = network_over(pieces)
    within = {
        party
        for party in range(1, SIZE)
        if any(all_costs(graph, [0.0] * SIZE, closed, steps, party))
    }
    assert walk.terrain.count(walk, 0, steps) == (len(within) if steps else 0)


@ENGINES
@given(pieces=WORLDS)
@settings(max_examples=40, deadline=None)
def test_what_two_share_is_found(compiled: bool, pieces: list[Piece]) -> None:
    terrain = terrain_over(pieces, compiled=compiled)
    ground = terrain.ground
    pairs = terrain.shared(0, 1)
    assert [(ground.party[a], ground.party[b]) for a, b in pairs] == [(0, 1)] * len(pairs)
    assert all(ground.evidence[a] == ground.evidence[b] for a, b in pairs)
    assert len(pairs) == sum({0, 1} <= who.keys() for _, _, who in pieces)


def edges(*given: tuple[int, int, float]) -> list[Piece]:
    """A tie for each (party, party, cost)."""
    return [(exp(-cost) / HAND_OVER, 0, {a: 1.0, b: 1.0}) for a, b, cost in given]


@ENGINES
@pytest.mark.parametrize("seed", range(3))
def test_costs_are_those_of_networkx(compiled: bool, seed: int) -> None:
    graph = nx.gnm_random_graph(300, 900, seed=seed)
    for a, b in graph.edges:
        graph[a][b]["weight"] = 0.25 + ((a * 31 + b * 17 + seed) % 97) / 50
    walk = Walk.over(terrain_over(edges(*graph.edges(data="weight")), 300, compiled=compiled))
    for start, target in ((0, 299), (5, 150), (42, 77)):
        if not nx.has_path(graph, start, target):
            assert find_best(walk, start, target, 300) is None
            continue
        several = islice(nx.shortest_simple_paths(graph, start, target, "weight"), 5)
        ours = islice(find_several(walk, start, target, 300, toll=0.0), 5)
        assert [walk.cost(p) for p in ours] == pytest.approx(
            [nx.path_weight(graph, p, "weight") for p in several]
        )
        for steps in range(1, 8):
            costs = {start: 0.0}  # Bellman and Ford: one more step each round
            for _ in range(steps):
                onward = [(costs[a] + graph[a][b]["weight"], b) for a in costs for b in graph[a]]
                for cost, b in onward:
                    costs[b] = min(cost, costs.get(b, inf))
            found = find_best(walk, start, target, steps)
            assert (found is None) == (target not in costs)
            assert not found or walk.cost(found) == pytest.approx(costs[target])


def test_fewer_steps_may_win_though_dearer() -> None:
    """0–2–3–1 is cheapest with three steps; only the dearer 0–3 leaves a way of two."""
    walk = Walk.over(terrain_over(edges((2, 0, 0.3), (3, 2, 0.3), (3, 0, 4.0), (3, 1, 0.3))))
    assert find_best(walk, 0, 1, 3) == (0, 2, 3, 1)
    assert find_best(walk, 0, 1, 2) == (0, 3, 1)
    assert find_best(walk, 0, 1, 1) is None


def test_a_connector_once_named_is_avoided_next_time() -> None:
    """Three cheap ways pass 2; with a toll the second answer is the one over 5."""
    direct = [(2, 0, 0.5), (3, 2, 0.5), (4, 2, 0.625), (3, 1, 0.5), (4, 1, 0.5)]
    walk = Walk.over(terrain_over(edges(*direct, (5, 0, 1.0), (5, 1, 1.0))))
    assert list(islice(find_several(walk, 0, 1, 5, toll=2.0), 2)) == [(0, 2, 3, 1), (0, 5, 1)]
    assert list(islice(find_several(walk, 0, 1, 5, toll=0.0), 2))[1] == (0, 2, 4, 1)


def test_evidence_with_very_many_parties_is_walked_as_one_node() -> None:
    many = 5_000
    crowd: Piece = (0.9, 0, dict.fromkeys(range(many), 0.5))
    walk = Walk.over(terrain_over([crowd, *edges((0, many, 0.3), (1, many, 0.3))], many + 1))
    assert find_best(walk, 0, 1, 5) == (0, many, 1)
    assert find_best(walk, 2, 3, 5) == (2, 3)
    assert walk.terrain.count(walk, 2, 1) == many - 1


@ENGINES
def test_what_was_forgotten_is_put_together_again(compiled: bool) -> None:
    pieces = edges(*((a, a + 1, 0.3) for a in range(40)))
    terrain = terrain_over(pieces, 41, compiled=compiled)
    terrain._known = Known.make(41, 0)  # room for one party's neighbours only
    walk = Walk.over(terrain)
    for _ in range(3):
        assert find_best(walk, 0, 40, 50) == tuple(range(41))


@ENGINES
def test_search_is_cut_when_it_takes_too_long(
    compiled: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = edges(*((a, a + 1, 0.3) for a in range(600)), (600, 602, 0.3))
    terrain = terrain_over(chain, 603, compiled=compiled)
    with pytest.raises(Cut):
        find_best(Walk.over(terrain, clock=Clock(0.0)), 0, 601, 300)
    monkeypatch.setattr(search, "LOOKS", 100)
    walk = Walk.over(terrain)
    with pytest.raises(Cut):
        find_best(walk, 0, 600, 700)
    with pytest.raises(Cut):
        reach(walk, 0, 700, {600: 0.0})
    monkeypatch.undo()
    assert find_best(walk, 0, 600, 700) == tuple(range(601)), "and left as it was"
    assert isinf(walk.cost((0, 5)))


def test_where_nothing_can_be_kept_each_process_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def njit(*, nogil: bool, cache: bool = False) -> Callable[[object], object]:
        asked.append(cache)
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function if nogil else None

    monkeypatch.setattr("numba.njit", njit)
    uncached = kernel.compiled.__wrapped__()
    assert set(asked) == {True, False}
    terrain = terrain_over(edges((0, 2, 0.3), (2, 1, 0.3)))
    terrain._kernel = uncached
    assert find_best(Walk.over(terrain), 0, 1, 5) == (0, 2, 1)
