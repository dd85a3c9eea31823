"""Ways on a seeded graph, against networkx and igraph in the same run.

    python tests/benchmarks/bench_paths.py [parties] [ties]

The graph: evidence with two to five parties each, parties drawn with preference for those drawn
before (as in real networks), dates and kinds at random; seed 7. A tie is one party's part in a
piece of evidence. Pairs are drawn with seed 11. Each figure is the median over the pairs; the ratio
is what counts, since machines differ. The peers get the one-sided graph ready made, with the same
costs, and are asked the same: numbers in, path out, no limit of steps. What a caller waits for,
with the hub's own rules and the evidence of each step, is measured after that.
"""

from __future__ import annotations

import importlib.util
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from itertools import islice
from math import isclose
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import networkx as nx

from hub.paths.atlas import Atlas
from hub.paths.evidence import build_ties
from hub.paths.search import ANY, Walk, find_best, find_several
from hub.paths.strength import StrengthTable, TieKind
from hub.paths.ties import TieGraph
from hub.paths.ways import find_ways
from hub.vocabulary import expand

GRAPH = "https://example.org/graph/seeded"
BASE = "https://example.org/id/"
TODAY = date(2026, 1, 1)
KINDS = {"mou": 0.8, "mission": 0.65, "project": 0.75, "event": 0.4, "other": 0.3}
TABLE = StrengthTable(
    tuple(
        TieKind(key, key, base, 6.0, 0.35, False, "seeded", (f"urn:kind:{key}",))
        for key, base in KINDS.items()
    )
)


def write_quads(parties: int, ties: int, path: Path) -> int:
    """Seeded evidence as a source's sorted N-Quads; returns how many pieces there are."""
    draw = random.Random(7)
    drawn = list(range(parties))
    lines = []
    number = made = 0
    while made < ties:
        company = {draw.choice(drawn) for _ in range(draw.choice((2, 2, 2, 3, 5)))}
        if len(company) < 2:
            continue
        evidence = f"<{BASE}project/seeded.{number}>"
        kind, year = draw.choice(list(KINDS)), draw.randint(2000, 2025)
        lines.append(f"{evidence} <{expand('rdf:type')}> <urn:kind:{kind}> <{GRAPH}> .")
        date_ = f'"{year}"^^<{expand("xsd:gYear")}>'
        lines.append(f"{evidence} <{expand('schema:startDate')}> {date_} <{GRAPH}> .")
        for party in company:
            node = f"<{BASE}involvement/seeded.{number}.{party}>"
            involved = f"<{BASE}organisation/seeded.{party}>"
            lines.append(f"{node} <{expand('rdf:type')}> <{expand('mc:Involvement')}> <{GRAPH}> .")
            lines.append(f"{node} <{expand('mc:involvedIn')}> {evidence} <{GRAPH}> .")
            lines.append(f"{node} <{expand('mc:involves')}> {involved} <{GRAPH}> .")
        drawn += company
        made += len(company)
        number += 1
    lines.sort()
    path.write_text("\n".join(lines) + "\n")
    return number


def timed(label: str, work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    made = work()
    seconds = time.perf_counter() - start
    print(f"{label:58} {seconds:10.2f} s", flush=True)
    return seconds, made


def medians(label: str, pairs: list[tuple[int, int]], work: Callable[[int, int], object]) -> float:
    """Median milliseconds of `work` over the pairs, printed with the 99th percentile."""
    times = []
    for one, other in pairs:
        start = time.perf_counter()
        work(one, other)
        times.append((time.perf_counter() - start) * 1000)
    high = quantiles(times, n=100)[98]
    print(f"{label:58} {median(times):10.2f} ms   p99 {high:.1f} ms", flush=True)
    return median(times)


def ratio(peer: str, theirs: float, ours: float) -> None:
    print(f"{f'  times as fast as {peer}':58} {theirs / ours:10.1f}", flush=True)


def memory(what: str) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{f'peak memory, {what}':58} {peak:10,.0f} MB", flush=True)


def compare(walk: Walk, pairs: list[tuple[int, int]]) -> None:
    """The kernel beside networkx and igraph."""

    def several(one: int, other: int) -> list[float]:
        return [walk.cost(p) for p in islice(find_several(walk, one, other, ANY, toll=0.0), 5)]

    def shortest(one: int, other: int) -> list[float]:
        found = islice(nx.shortest_simple_paths(flat, one, other, "weight"), 5)
        return [nx.path_weight(flat, path, "weight") for path in found]

    best = medians("best way", pairs, lambda a, b: find_best(walk, a, b, ANY))
    five = medians("five shortest ways", pairs, several)
    near = [walk.terrain.neighbours(party) for party in range(walk.terrain.size)]
    steps = [
        (one, other, cost)
        for one, (others, costs) in enumerate(near)
        for other, cost in zip(others.tolist(), costs.tolist(), strict=True)
        if one < other
    ]
    flat = nx.Graph()
    flat.add_weighted_edges_from(steps)
    theirs = medians(
        "best way, networkx.bidirectional_dijkstra",
        pairs,
        lambda a, b: nx.bidirectional_dijkstra(flat, a, b),
    )
    ratio("networkx", theirs, best)
    theirs = medians("five shortest ways, networkx.shortest_simple_paths", pairs[:10], shortest)
    ratio("networkx", theirs, five)
    for one, other in pairs[:5]:
        ours = several(one, other)
        assert all(isclose(a, b) for a, b in zip(ours, shortest(one, other), strict=True))
    if importlib.util.find_spec("igraph"):
        import igraph

        graph = igraph.Graph.TupleList(steps, weights=True)
        number = {name: at for at, name in enumerate(graph.vs["name"])}
        theirs = medians(
            "best way, igraph",
            pairs[:10],
            lambda a, b: graph.get_shortest_path(number[a], number[b], weights="weight"),
        )
        ratio("igraph", theirs, best)


def main(parties: int = 312_000, ties: int = 900_000) -> None:
    print(f"{parties:,} parties, {ties:,} ties")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stored = folder / "seeded.nq"
        evidence = write_quads(parties, ties, stored)
        seconds, _ = timed(
            "stored quads to arrays", lambda: build_ties([stored], lambda _: [], folder, TABLE)
        )
        print(f"{'  pieces of evidence a second':58} {evidence / seconds:10,.0f}")
        print(f"{'  ties a second':58} {ties / seconds:10,.0f}")
        find_best(Atlas(TieGraph.open(folder).view([GRAPH], TODAY)).walk, 0, 1, 1)  # compiled now
        _, graph = timed(
            "ready to serve: opened, and weighed for one caller", lambda: open_graph(folder)
        )
        walk = Atlas(graph.view([GRAPH], TODAY)).walk
        draw = random.Random(11)
        drawn = (draw.sample(range(len(graph.party)), 2) for _ in iter(int, 1))
        tied = ((a, b) for a, b in drawn if find_best(walk, a, b, ANY))
        pairs = list(islice(tied, 200))
        names = graph.party

        def ask(k: int) -> Callable[[int, int], object]:
            rules: dict[str, Any] = {"graphs": [GRAPH], "as_of": TODAY, "k": k}
            return lambda a, b: find_ways(graph, names[a], names[b], **rules)

        drawn = (draw.sample(range(len(graph.party)), 2) for _ in iter(int, 1))
        near = list(islice(((a, b) for a, b in drawn if find_best(walk, a, b, 5)), 200))
        medians("whole question, one way of at most five steps", near, ask(1))
        medians("whole question, five different ways", near, ask(5))
        medians("whole question, any pair, five different ways", pairs, ask(5))
        memory("ours")
        compare(walk, pairs)
        memory("with the peers")


def open_graph(folder: Path) -> TieGraph:
    graph = TieGraph.open(folder)
    _ = graph.view([GRAPH], TODAY).terrain
    return graph


if __name__ == "__main__":
    main(*(int(argument.replace(",", "")) for argument in sys.argv[1:3]))
