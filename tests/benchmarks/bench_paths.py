"""Ways and entry points on seeded graphs; ways against networkx and igraph in the same run.

    python tests/benchmarks/bench_paths.py [parties] [ties] [alone]

The graph: evidence with two to five parties each, parties drawn with preference for those drawn
before (as in real networks), dates and kinds at random; seed 7. A tie is one party's part in a
piece of evidence. Pairs are drawn with seed 11. Each figure is the median over the pairs; the ratio
is what counts, since machines differ. The peers get the one-sided graph ready made, with the same
costs, and are asked the same: numbers in, path out, no limit of steps; different ways are in both
the cheapest when every connector named before costs as much more as the hub charges. What a caller
waits for, with the hub's own rules and the evidence of each step, is measured apart; so are the
entry points of a market with 10,000 doors, whose questions go to the hub's SPARQL workers. With
`alone` as third argument the peers, which need more memory and minutes, are left out.
"""

from __future__ import annotations

import importlib.util
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from itertools import islice
from math import isclose
from multiprocessing import get_context
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import networkx as nx
import pyoxigraph as ox

from hub.paths.atlas import Atlas
from hub.paths.entrypoints import rank_entry_points
from hub.paths.evidence import build_ties
from hub.paths.graph import TieGraph
from hub.paths.quads import Wanted
from hub.paths.search import ANY, Walk, find_best, find_several, reach
from hub.paths.search import Path as Way
from hub.paths.strength import StrengthTable, TieKind
from hub.paths.ways import REPEAT, find_ways
from hub.sparql.pool import Pool
from hub.vocabulary import expand

GRAPH = "https://example.org/graph/seeded"
BASE = "https://example.org/id/"
MARKET, FIRM = f"{BASE}market/CN", f"{BASE}organisation/firm"
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


def compare(walk: Walk, pairs: list[tuple[int, int]], peers: bool) -> None:
    """The kernel beside networkx and igraph: numbers in, paths out."""

    def several(one: int, other: int) -> list[float]:
        return [walk.cost(p) for p in islice(find_several(walk, one, other, ANY, toll=0.0), 5)]

    def shortest(one: int, other: int) -> list[float]:
        found = islice(nx.shortest_simple_paths(flat, one, other, "weight"), 5)
        return [nx.path_weight(flat, path, "weight") for path in found]

    def different(one: int, other: int) -> list[Way]:
        return list(islice(find_several(walk, one, other, ANY, toll=REPEAT), 5))

    def penalised(one: int, other: int) -> list[list[int]]:
        """Each the cheapest path not yet found, when ties of named connectors cost half a toll more
        at each end."""
        found: list[list[int]] = []
        raised: list[tuple[dict[str, float], float]] = []
        while len(found) < 5:
            path = nx.bidirectional_dijkstra(flat, one, other)[1]
            if path in found:
                paths = nx.shortest_simple_paths(flat, one, other, "weight")
                path = next(path for path in paths if path not in found)
            found.append(path)
            for party in found[-1][1:-1]:
                for tie in flat[party].values():
                    raised.append((tie, tie["weight"]))
                    tie["weight"] += REPEAT / 2
        for tie, weight in reversed(raised):
            tie["weight"] = weight
        return found

    best = medians("best way", pairs, lambda a, b: find_best(walk, a, b, ANY))
    apart = medians("five different ways", pairs, different)
    five = medians("five shortest ways", pairs, several)
    if not peers:
        return
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
    theirs = medians("five different ways, the same over networkx", pairs[:20], penalised)
    ratio("networkx", theirs, apart)
    theirs = medians("five shortest ways, networkx.shortest_simple_paths", pairs[:10], shortest)
    ratio("networkx", theirs, five)
    for one, other in pairs[:5]:
        ours = several(one, other)
        assert all(isclose(a, b) for a, b in zip(ours, shortest(one, other), strict=True))
        costs = [[walk.cost(tuple(p)) for p in find(one, other)] for find in (different, penalised)]
        assert all(isclose(a, b) for a, b in zip(*costs, strict=True))
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


def write_market(doors: int, path: Path) -> None:
    """A market with many organisations that sit there, tied by projects to a firm."""
    draw = random.Random(3)
    say = [(MARKET, "rdf:type", "mc:Market"), (MARKET, "mc:marketPlace", f"{BASE}country/CN")]
    for number in range(doors):
        company = f"{BASE}organisation/door.{number}"
        say += [(company, "rdf:type", "mc:Company"), (company, "mc:country", f"{BASE}country/CN")]
    for number in range(doors * 3 // 2):
        project = f"{BASE}project/p.{number}"
        company = [f"{BASE}organisation/door.{draw.randrange(doors)}" for _ in range(2)]
        company.append(FIRM if number % 100 == 0 else f"{BASE}organisation/{number % 3000}")
        say.append((project, "rdf:type", "mc:Project"))
        for at, party in enumerate(company):
            node = f"{BASE}involvement/p.{number}.{at}"
            say += [(node, "mc:involvedIn", project), (node, "mc:involves", party)]
    iris = (tuple(part if "//" in part else expand(part) for part in one) for one in say)
    path.write_text("".join(sorted(f"<{s}> <{p}> <{o}> <{GRAPH}> .\n" for s, p, o in iris)))


def enter_market(folder: Path, doors: int = 10_000) -> None:
    """The best entry points among many doors, asked of SPARQL workers and ranked."""
    stored = folder / "market.nq"
    write_market(doors, stored)
    store = ox.Store(str(folder / "store"))
    store.bulk_load(path=str(stored), format=ox.RdfFormat.N_QUADS)
    store.flush()
    del store
    build_ties([stored], lambda _: [], folder / "market", TABLE)
    graph = open_graph(folder / "market")
    with Pool(folder / "store", size=1) as pool:

        def select(query: str, **bindings: Any) -> list[dict[str, Any]]:
            return pool.select(query, graphs=[GRAPH], bindings=bindings)

        def rank(*_: int) -> None:
            rules: dict[str, Any] = {"graphs": [GRAPH], "as_of": TODAY}
            points = rank_entry_points(graph, select, FIRM, MARKET, **rules)
            assert points.found > doors * 0.9
            assert all(point.way for point in points.points)

        medians(f"entry points, of {doors:,} candidates", [(0, 0)] * 12, rank)


def build(parties: int, ties: int, folder: Path) -> int:
    """In a process of its own, so that its memory is not counted as that of serving."""
    stored = folder / "seeded.nq"
    evidence = write_quads(parties, ties, stored)
    read_some(folder)  # compiled now
    seconds, _ = timed(
        "stored quads to arrays", lambda: build_ties([stored], lambda _: [], folder, TABLE)
    )
    print(f"{'  pieces of evidence a second':58} {evidence / seconds:10,.0f}")
    print(f"{'  ties a second':58} {ties / seconds:10,.0f}", flush=True)
    find_best(Atlas(TieGraph.open(folder).view([GRAPH], TODAY)).walk, 0, 1, 1)  # compiled now
    return evidence


def read_some(folder: Path) -> None:
    """Use all of the compiled reader."""
    from hub.paths import scanner  # which compiles where it is told to when it is imported

    few = folder / "few.nq"
    few.write_text(f"<urn:a> <urn:p> <urn:b> <{GRAPH}> .\n" * 99)
    texts, numbers = scanner.unite([scanner.read(few, Wanted([b"<urn:p>"], []))] * 2)
    scanner.pack(texts, numbers[1])


def compile_anew(folder: Path) -> None:
    """In a process of its own, as where nothing compiled before can be kept."""
    os.environ["NUMBA_CACHE_DIR"] = str(folder / "numba")
    timed("compiling the reader, where nothing is kept", lambda: read_some(folder))
    walk = Atlas(TieGraph.open(folder).view([GRAPH], TODAY)).walk

    def use() -> None:
        find_best(walk, 0, 1, 2)
        reach(walk, 0, 1, {1: 0.0})
        walk.terrain.shared(0, 1)

    timed("compiling the search, where nothing is kept", use)


def open_graph(folder: Path) -> TieGraph:
    graph = TieGraph.open(folder)
    _ = graph.view([GRAPH], TODAY).terrain
    return graph


def main(parties: int = 312_000, ties: int = 900_000, peers: bool = True) -> None:
    print(f"{parties:,} parties, {ties:,} ties")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ProcessPoolExecutor(1, get_context("spawn")) as child:
            child.submit(build, parties, ties, folder).result()
        with ProcessPoolExecutor(1, get_context("spawn")) as child:
            child.submit(compile_anew, folder).result()
        _, graph = timed(
            "ready to serve: opened, and weighed for one caller", lambda: open_graph(folder)
        )
        walk = Atlas(graph.view([GRAPH], TODAY)).walk
        draw, names = random.Random(11), graph.party

        def draw_pairs(steps: int) -> list[tuple[int, int]]:
            drawn = (tuple(draw.sample(range(len(names)), 2)) for _ in iter(int, 1))
            return list(islice(((a, b) for a, b in drawn if find_best(walk, a, b, steps)), 200))

        def ask(k: int) -> Callable[[int, int], object]:
            rules: dict[str, Any] = {"graphs": [GRAPH], "as_of": TODAY, "k": k}
            return lambda a, b: find_ways(graph, names[a], names[b], **rules)

        pairs, near = draw_pairs(ANY), draw_pairs(5)
        medians("whole question: one way of at most five steps", near, ask(1))
        medians("whole question: five different ways", near, ask(5))
        medians("whole question: any two, few of which five steps join", pairs, ask(5))
        compare(walk, pairs, peers)
        if not peers:
            memory("all of this")
        enter_market(folder)


if __name__ == "__main__":
    numbers = [int(argument.replace(",", "")) for argument in sys.argv[1:3]]
    main(*numbers, peers="alone" not in sys.argv)
