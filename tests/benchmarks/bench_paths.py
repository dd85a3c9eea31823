"""Ways on a seeded graph, against networkx in the same run.

    python tests/benchmarks/bench_paths.py [parties] [ties]

The graph: evidence with two to five parties each, parties drawn with preference for those drawn
before (as in real networks), dates and kinds at random; seed 7. Pairs are drawn with seed 11. Each
figure is the median over the pairs; the ratio is what counts, since machines differ. networkx gets
the one-sided graph ready made, with the same weights.
"""

from __future__ import annotations

import itertools
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from statistics import median, quantiles

import networkx as nx

from hub.paths.atlas import Atlas
from hub.paths.evidence import build_ties
from hub.paths.search import find_best
from hub.paths.strength import Row, StrengthTable, TieKind
from hub.paths.ties import TieGraph
from hub.paths.ways import MOST_HOPS, find_ways
from hub.terms import Term
from hub.vocabulary import MC

GRAPH = "https://example.org/graph/seeded"
TODAY = date(2026, 1, 1)
KINDS = {"mou": 0.8, "mission": 0.65, "project": 0.75, "event": 0.4, "other": 0.3}
TABLE = StrengthTable(
    tuple(
        TieKind(key, key, base, 6.0, 0.35, False, "seeded", (f"urn:kind:{key}",))
        for key, base in KINDS.items()
    )
)


def seed_rows(parties: int, ties: int) -> Callable[[str], Iterator[Row]]:
    """A store stand-in: answers the queries of `build_ties` from a seeded graph."""
    draw = random.Random(7)
    drawn = list(range(parties))
    members: list[tuple[int, list[int]]] = []
    left = ties
    while left > 0:
        company = {draw.choice(drawn) for _ in range(draw.choice((2, 2, 2, 3, 5)))}
        if len(company) > 1:
            members.append((len(members), list(company)))
            drawn += company
            left -= len(company)
    facts = [(draw.choice(list(KINDS)), draw.randint(2000, 2025)) for _ in members]

    def iri(kind: str, number: int) -> Term:
        return Term("iri", f"https://example.org/{kind}/{number}")

    def select(query: str) -> Iterator[Row]:
        graph = Term("iri", GRAPH)
        if "mc:involves ?party" in query:
            for number, company in members:
                for party in company:
                    row = {"g": graph, "evidence": iri("e", number), "party": iri("p", party)}
                    yield row
        elif "?evidence a ?kind" in query:
            for number, (kind, _) in enumerate(facts):
                evidence = iri("e", number)
                yield {"g": graph, "evidence": evidence, "kind": Term("iri", f"urn:kind:{kind}")}
        elif "mc:signed" in query and f"{MC}TieKind" not in query:
            for number, (_, year) in enumerate(facts):
                yield {"g": graph, "evidence": iri("e", number), "date": Term("literal", str(year))}

    return select


def timed(label: str, work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(f"{label:58} {seconds:10.2f} s")
    return seconds


def medians(label: str, pairs: list[tuple[int, int]], work: Callable[[int, int], object]) -> float:
    """Median milliseconds of `work` over the pairs, printed with the 99th percentile."""
    times = []
    for one, other in pairs:
        start = time.perf_counter()
        work(one, other)
        times.append((time.perf_counter() - start) * 1000)
    high = quantiles(times, n=100)[98]
    print(f"{label:58} {median(times):10.2f} ms   p99 {high:.1f} ms")
    return median(times)


def main(parties: int = 312_000, ties: int = 900_000) -> None:
    print(f"{parties:,} parties, {ties:,} ties")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        select = seed_rows(parties, ties)
        seconds = timed("stored rows to arrays", lambda: build_ties(select, TABLE, folder))
        print(f"{'  ties a second':58} {ties / seconds:10,.0f}")
        timed("opening the arrays", lambda: TieGraph.open(folder))
        graph = TieGraph.open(folder)
        timed("weighing what one caller sees", lambda: graph.view([GRAPH], TODAY))
        atlas = Atlas(graph.view([GRAPH], TODAY))
        flat = nx.Graph()
        timed(
            "the same for networkx",
            lambda: flat.add_weighted_edges_from(
                (a, b, cost)
                for a in range(len(graph.party))
                for b, cost in atlas.walk.neighbours(a)
            ),
        )
        graph = TieGraph.open(folder)  # remembers nothing of what networkx was given
        graph.view([GRAPH], TODAY)
        graph = TieGraph.open(folder)  # remembers nothing of what networkx was given
        graph.view([GRAPH], TODAY)
        largest = sorted(max(nx.connected_components(flat), key=len))
        drawn = (random.Random(n).sample(largest, 2) for n in itertools.count(11))
        # Pairs that the question can answer: networkx knows no limit of steps.
        near = ((a, b) for a, b in drawn if find_best(atlas.walk, a, b, MOST_HOPS))
        pairs = list(islice(near, 100))
        names = graph.party

        def ask(k: int) -> Callable[[int, int], object]:
            rules = {"graphs": [GRAPH], "as_of": TODAY, "hops": MOST_HOPS, "k": k}
            return lambda a, b: find_ways(graph, names[a], names[b], **rules)  # type: ignore[arg-type]

        medians("best way, first asked (nothing remembered)", pairs, ask(1))
        ours = medians("best way, asked again", pairs, ask(1))
        theirs = medians(
            "best way, networkx.bidirectional_dijkstra",
            pairs,
            lambda a, b: nx.bidirectional_dijkstra(flat, a, b),
        )
        print(f"{'  times as fast as networkx':58} {theirs / ours:10.1f}")
        few = pairs[:20]
        ours = medians("five different ways", few, ask(5))
        theirs = medians(
            "five shortest ways, networkx.shortest_simple_paths",
            few[:5],
            lambda a, b: list(islice(nx.shortest_simple_paths(flat, a, b, "weight"), 5)),
        )
        print(f"{'  times as fast as networkx':58} {theirs / ours:10.1f}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{'peak memory, networkx included':58} {peak:10,.0f} MB")


if __name__ == "__main__":
    main(*(int(argument.replace(",", "")) for argument in sys.argv[1:3]))
