"""What scanner, pool and worker cost over the engine in this process: `python bench_sparql.py`.

Small queries are measured one after the other (medians of 500), streaming as one large answer.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pyoxigraph as ox

from hub.sparql.pool import Pool
from hub.sparql.scanner import _scan

EX = "http://example.org/"
GRAPH = EX + "graph"
QUADS = 400_000
SMALL = {
    "look-up": f"SELECT ?o {{ <{EX}s123> <{EX}p1> ?o }}",
    "describe": f"SELECT ?p ?o {{ <{EX}s123> ?p ?o }}",
    "two steps": f"SELECT ?x ?y {{ <{EX}s123> <{EX}p0> ?x . ?z <{EX}p0> ?x ; <{EX}p1> ?y }}",
}
LARGE = "SELECT ?s ?p ?o { ?s ?p ?o }"


def build(path: Path) -> None:
    store, graph = ox.Store(str(path)), ox.NamedNode(GRAPH)
    store.bulk_extend(
        ox.Quad(
            ox.NamedNode(f"{EX}s{n % 40_000}"), ox.NamedNode(f"{EX}p{n % 7}"),
            ox.Literal(f"value {n % 90_000}"), graph,
        )
        for n in range(QUADS)
    )  # fmt: skip
    store.flush()


def milliseconds(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return median(taken)


def main() -> None:
    """Print one line for each query: in process, through the pool, and the difference."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store"
        build(path)
        store, graph = ox.Store.read_only(str(path)), ox.NamedNode(GRAPH)

        def inside(text: str, format_: ox.QueryResultsFormat) -> int:
            out = io.BytesIO()
            result = store.query(text, default_graph=graph, named_graphs=[graph])
            assert isinstance(result, ox.QuerySolutions)
            result.serialize(out, format_)
            return len(out.getvalue())

        with Pool(path, size=2) as pool:

            def outside(text: str, name: str) -> int:
                with pool.query(text, graphs=[GRAPH], format=name) as answer:
                    return sum(map(len, answer))

            def outside_anew(text: str, name: str) -> int:
                _scan.cache_clear()
                return outside(text, name)

            print(f"{'query':12} {'in process':>12} {'pool':>10} {'pool, new text':>16}  ms")
            for title, text in SMALL.items():
                alone = milliseconds(lambda t=text: inside(t, ox.QueryResultsFormat.JSON), 500)  # type: ignore[misc]
                pooled = milliseconds(lambda t=text: outside(t, "json"), 500)  # type: ignore[misc]
                anew = milliseconds(lambda t=text: outside_anew(t, "json"), 500)  # type: ignore[misc]
                print(f"{title:12} {alone:12.3f} {pooled:10.3f} {anew:16.3f}")
            alone = milliseconds(lambda: inside(LARGE, ox.QueryResultsFormat.CSV), 5)
            pooled = milliseconds(lambda: outside(LARGE, "csv"), 5)
            print(
                f"{QUADS:,} rows, CSV: {alone:.0f} ms in process, {pooled:.0f} ms through the pool"
            )


if __name__ == "__main__":
    main()
