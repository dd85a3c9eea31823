"""How fast pages are served: medians over real HTTP, against a server over the bundled sources.

    python -m tests.benchmarks.bench_pages [REQUESTS]

Goals: the page of an entity under 50 ms, an introduction under 100 ms, at the median.
"""

from __future__ import annotations

import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

from hub.publishing.loading import load
from hub.settings import read_settings

PAGES = {
    # what: (address, most milliseconds at the median; None where there is no goal)
    "organisation": ("/id/organisation/biocat-profile.biocat", 50),
    "market": ("/id/market/CN", 50),
    "country": ("/id/country/IT", 50),
    "organisation as Turtle": ("/id/organisation/biocat-profile.biocat?format=turtle", 50),
    "introduction": ("/introductions?from=Ephoran-MIS&to=Zhangjiang%20Hi-Tech%20Park", 100),
    "introduction as JSON": (
        "/introductions?from=Ephoran-MIS&to=Zhangjiang%20Hi-Tech%20Park&format=json",
        100,
    ),
    "entry points": ("/entry-points?from=Biocat&market=China", None),
    "front": ("/", None),
    "search": ("/search?q=bio", None),
    "ontology": ("/ontology", None),
}


@contextmanager
def serving(data: Path) -> Iterator[str]:
    """A server process over a data folder; gives its address."""
    config = data / "hub.toml"
    config.write_text("requests_per_minute = 1000000\nseconds_per_minute = 1000000\n")
    command = [sys.executable, "-c", "from hub.cli import main; main()", "--data", str(data)]
    command += ["--config", str(config)]
    with subprocess.Popen(
        [*command, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()


def measure(url: str, path: str, requests: int) -> list[float]:
    """Milliseconds of each of some requests over one connection, after one that is not timed."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    taken = []
    for _ in range(requests + 1):
        start = time.perf_counter()
        connection.request("GET", path, headers={"Accept": "text/html,*/*"})
        answer = connection.getresponse()
        answer.read()
        taken.append((time.perf_counter() - start) * 1000)
        assert answer.status == 200, (path, answer.status)
    return sorted(taken[1:])


ENTITIES = """PREFIX mc: <https://w3id.org/metacluster/ns#>
SELECT DISTINCT ?s {
  { ?s a org:Organization } UNION { ?s a foaf:Person } UNION { ?s a schema:Event }
  UNION { ?s a mc:Agreement } UNION { ?s a mc:Market } UNION { ?s a mc:Place }
  UNION { ?s a mc:Observation } UNION { ?s a mc:Project } UNION { ?s a org:Membership }
  FILTER(STRSTARTS(STR(?s), "https://w3id.org/metacluster/id/"))
} ORDER BY ?s"""
PREFIXES = """PREFIX org: <http://www.w3.org/ns/org#> PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX schema: <https://schema.org/> """


def visit_entities(url: str, most: int = 400) -> list[float]:
    """Milliseconds of the first visit to the pages of up to `most` entities, evenly taken."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    query = f"/sparql?query={quote(PREFIXES + ENTITIES)}"
    connection.request("GET", query, headers={"Accept": "text/csv"})
    iris = connection.getresponse().read().decode().split()[1:]
    taken = []
    for iri in iris[:: max(1, len(iris) // most)]:
        path = urlsplit(iri).path.removeprefix("/metacluster")
        start = time.perf_counter()
        connection.request("GET", quote(path), headers={"Accept": "text/html"})
        answer = connection.getresponse()
        answer.read()
        taken.append((time.perf_counter() - start) * 1000)
        assert answer.status == 200, (path, answer.status)
    return sorted(taken)


def main(requests: int) -> int:
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        load(read_settings(Path(folder)))
        with serving(Path(folder)) as url:
            print(f"{'page':24} {'median':>9} {'95 %':>9}  goal")
            visits = visit_entities(url)
            median, high = statistics.median(visits), visits[int(len(visits) * 0.95) - 1]
            missed += median > 50
            print(f"{f'{len(visits)} entities, once':24} {median:6.1f} ms {high:6.1f} ms  50 ms")
            for what, (path, goal) in PAGES.items():
                taken = measure(url, path, requests)
                median = statistics.median(taken)
                late = goal is not None and median > goal
                missed += late
                verdict = "" if goal is None else f"{goal} ms{' MISSED' if late else ''}"
                high = taken[int(len(taken) * 0.95) - 1]
                print(f"{what:24} {median:6.1f} ms {high:6.1f} ms  {verdict}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
