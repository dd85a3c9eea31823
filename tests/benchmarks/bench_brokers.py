"""Brokers on a seeded graph, against networkx on the same graph in the same run.

    python -m tests.benchmarks.bench_brokers [parties] [ties]

The graph is that of `bench_paths`. Two hundred parties are ours, fifty are doors, drawn with seed
13. Betweenness is asked of the graph of all short ways between them, Burt's measures of the fifty
parties that most ways pass, which have many contacts: networkx gets each graph ready made, the
second with strengths as weights. There is no limit of steps in betweenness, since networkx has
none. All figures are held to be equal. Ratios are what counts.
"""

from __future__ import annotations

import math
import random
import sys
import tempfile
from dataclasses import replace
from math import isclose
from pathlib import Path

import networkx as nx

from hub.paths.brokerage.brokers import leave_crowds, measure_betweenness, measure_circle
from hub.paths.brokerage.narrows import find_narrows, find_short_ways
from hub.paths.evidence import build_ties
from tests.benchmarks.bench_paths import GRAPH, TABLE, TODAY, open_graph, ratio, timed, write_quads

HOPS = 5


def main(parties: int = 5_000, ties: int = 12_000) -> None:
    print(f"{parties:,} parties, {ties:,} ties")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_quads(parties, ties, folder / "seeded.nq")
        build_ties([folder / "seeded.nq"], lambda _: [], folder, TABLE)
        view = open_graph(folder).view([GRAPH], TODAY)
        drawn = random.Random(13).sample(range(len(view.graph.party)), 250)
        members, doors = drawn[:200], drawn[200:]
        _, ways = timed("short ways", lambda: find_short_ways(view, members, doors, HOPS))
        lines = sum(map(len, ways.near.values())) // 2
        print(f"{'  lines, of ways of so many steps':58} {lines:10,} {ways.hops}")

        # 1. Who cannot be gone around.
        ours, narrows = timed("single links", lambda: find_narrows(ways))
        flat = nx.Graph((node, other) for node, others in ways.near.items() for other in others)
        rooted = flat.copy()
        rooted.add_edges_from(("root", door) for door in ways.doors)
        theirs, joints = timed(
            "  networkx.articulation_points, of one side alone",
            lambda: set(nx.articulation_points(rooted)),
        )
        ratio("networkx", theirs, ours)
        assert {one.node for one in narrows if one.members} <= joints | set(ways.members)

        # 2. How much runs over whom.
        endless = replace(ways, hops=lines)
        ours, between = timed("betweenness", lambda: measure_betweenness(endless))
        theirs, passed = timed(
            "  networkx.betweenness_centrality_subset",
            lambda: nx.betweenness_centrality_subset(flat, ways.members, ways.doors),
        )
        ratio("networkx", theirs, ours)
        pairs = sum(
            member != door and nx.has_path(flat, member, door)
            for member in ways.members
            for door in ways.doors
        )
        for node, share in between.shares.items():
            assert isclose(share, 2 * passed[node] / pairs, rel_tol=1e-6)

        # 3. How free of each other the contacts are.
        lone, _ = leave_crowds(view)
        most = sorted(between.shares, key=lambda one: -between.shares[one])[:50]
        measure_circle(lone, most[0])  # compiled now
        ours, circles = timed(
            "constraint and effective size of 50", lambda: [measure_circle(lone, p) for p in most]
        )
        weighed = nx.Graph()
        for one in range(lone.terrain.size):
            near, cost = lone.terrain.neighbours(one)
            for other, price in zip(near.tolist(), cost.tolist(), strict=True):
                weighed.add_edge(one, other, strength=math.exp(-price))
        theirs, (bound, free) = timed(
            "  networkx.constraint, networkx.effective_size",
            lambda: (nx.constraint(weighed, most, "strength"), nx.effective_size(weighed, most)),
        )
        ratio("networkx", theirs, ours)
        for party, circle in zip(most, circles, strict=True):
            assert isclose(circle.constraint, bound[party])
            assert isclose(circle.effective_size, free[party])


if __name__ == "__main__":
    main(*(int(argument.replace(",", "")) for argument in sys.argv[1:3]))
