"""The search against brute force and against networkx, on random graphs."""

from __future__ import annotations

from itertools import islice, permutations
from math import inf

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.paths.search import Clock, Cut, Path, Walk, find_best, find_several, find_through, reach

Edges = dict[tuple[int, int], float]
SIZE = 7
COSTS = st.integers(1, 64).map(lambda n: n / 8)  # binary fractions add up exactly
PAIRS = [(a, b) for a in range(SIZE) for b in range(a)]
GRAPHS = st.dictionaries(st.sampled_from(PAIRS), COSTS, max_size=18)
TOLLS = st.lists(st.integers(0, 16).map(lambda n: n / 8), min_size=SIZE, max_size=SIZE)


def walk_over(
    edges: Edges, tolls: list[float] | None = None, closed: frozenset[int] = frozenset()
) -> Walk:
    near: dict[int, list[tuple[int, float]]] = {n: [] for n in range(SIZE)}
    for (a, b), cost in edges.items():
        near.setdefault(a, []).append((b, cost))
        near.setdefault(b, []).append((a, cost))
    toll = (lambda n: tolls[n]) if tolls else None
    return Walk(lambda n: near[n], closed, toll)


def all_paths(walk: Walk, start: int, target: int, steps: int) -> list[Path]:
    """Every simple path of at most `steps` steps, cheapest first: the definition."""
    inner = [n for n in range(SIZE) if n not in (start, target) and n not in walk.closed]
    paths = [
        (start, *middle, target)
        for size in range(steps)
        for middle in permutations(inner, size)
        if walk.cost((start, *middle, target)) < inf
    ]
    return sorted(paths, key=walk.cost)


@given(GRAPHS, TOLLS, st.frozensets(st.integers(2, SIZE - 1), max_size=2), st.integers(1, 5))
@settings(max_examples=150, deadline=None)
def test_best_way_is_the_best_of_all(
    edges: Edges, tolls: list[float], closed: frozenset[int], steps: int
) -> None:
    walk = walk_over(edges, tolls, closed)
    expected = all_paths(walk, 0, 1, steps)
    found = find_best(walk, 0, 1, steps)
    assert (found is None) == (not expected)
    if found:
        assert len(found) <= steps + 1
        assert walk.cost(found) == walk.cost(expected[0])


@given(GRAPHS, st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_without_toll_all_ways_come_in_order(edges: Edges, steps: int) -> None:
    walk = walk_over(edges)
    expected = all_paths(walk, 0, 1, steps)
    found = list(islice(find_several(walk, 0, 1, steps, toll=0.0), 12))
    assert len(set(found)) == len(found)
    assert [walk.cost(p) for p in found] == [walk.cost(p) for p in expected[:12]]


@given(GRAPHS, st.integers(2, 5))
@settings(max_examples=100, deadline=None)
def test_through_one_connector_is_exact_or_nothing_is_claimed(edges: Edges, steps: int) -> None:
    walk = walk_over(edges)
    expected = [p for p in all_paths(walk, 0, 1, steps) if 2 in p]
    found = find_through(walk, 0, 1, steps, [2])
    if found:
        assert found[0] == 0
        assert found[-1] == 1
        assert 2 in found[1:-1]
        assert len(set(found)) == len(found) <= steps + 1
        assert walk.cost(found) >= walk.cost(expected[0])


@given(GRAPHS, st.integers(1, 5))
@settings(max_examples=100, deadline=None)
def test_reach_gives_the_best_way_to_everybody(edges: Edges, steps: int) -> None:
    walk = walk_over(edges)
    reached = reach(walk, 0, steps)
    for target in range(1, SIZE):
        best = find_best(walk, 0, target, steps)
        assert (target in reached) == (best is not None)
        if best:
            assert walk.cost(reached[target]) == walk.cost(best)
            assert reach(walk, 0, steps, {target}).keys() == {target}


@pytest.mark.parametrize("seed", range(5))
def test_costs_are_those_of_networkx(seed: int) -> None:
    graph = nx.gnm_random_graph(300, 900, seed=seed)
    for a, b in graph.edges:
        graph[a][b]["weight"] = 0.05 + ((a * 31 + b * 17 + seed) % 97) / 50
    walk = Walk(lambda n: [(m, graph[n][m]["weight"]) for m in graph[n]])
    for start, target in ((0, 299), (5, 150), (42, 77)):
        if not nx.has_path(graph, start, target):
            assert find_best(walk, start, target, 300) is None
            continue
        expected = nx.dijkstra_path_length(graph, start, target)
        found = find_best(walk, start, target, 300)
        assert found is not None
        assert walk.cost(found) == pytest.approx(expected)
        several = islice(nx.shortest_simple_paths(graph, start, target, "weight"), 5)
        ours = islice(find_several(walk, start, target, 300, toll=0.0), 5)
        assert [walk.cost(p) for p in ours] == pytest.approx(
            [nx.path_weight(graph, p, "weight") for p in several]
        )


def test_fewer_steps_may_win_though_dearer() -> None:
    """0–2–3–1 is cheapest with three steps; only the dearer 0–3 leaves a way of two."""
    walk = walk_over({(2, 0): 0.125, (3, 2): 0.125, (3, 0): 4.0, (3, 1): 0.125})
    assert find_best(walk, 0, 1, 3) == (0, 2, 3, 1)
    assert find_best(walk, 0, 1, 2) == (0, 3, 1)
    assert find_best(walk, 0, 1, 1) is None


def test_a_connector_once_named_is_avoided_next_time() -> None:
    """Three cheap ways pass 2; with a toll the second answer is the one over 5."""
    edges = {(2, 0): 0.5, (3, 2): 0.5, (4, 2): 0.625, (3, 1): 0.5, (4, 1): 0.5}
    walk = walk_over(edges | {(5, 0): 1.0, (5, 1): 1.0})
    assert list(islice(find_several(walk, 0, 1, 5, toll=2.0), 2)) == [(0, 2, 3, 1), (0, 5, 1)]
    assert list(islice(find_several(walk, 0, 1, 5, toll=0.0), 2))[1] == (0, 2, 4, 1)


def test_search_is_cut_when_the_time_is_over() -> None:
    walk = Walk(lambda n: [(n + 1, 1.0), (n + 2, 1.0)], clock=Clock(0.05))
    with pytest.raises(Cut):
        find_best(walk, 0, -(10**9), 10**9)
