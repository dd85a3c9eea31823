"""How long mapping takes: 100,000 rows of 12 columns, against the least that Python could do.

The yardstick is a loop of the csv module and one f-string a row, which checks and escapes nothing.
Run: ``python tests/benchmarks/bench_mapping.py``; ratios of one run, the best of three.
"""

from __future__ import annotations

import csv
import io
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from loaders.description import Source
from loaders.interpretation import interpret

ROWS = 100_000
BASE = "https://example.org/id/"
GRAPH = "https://example.org/graph/bench"
XSD = "http://www.w3.org/2001/XMLSchema#"
NS = "https://example.org/ns#"
COLUMNS = (
    "id",
    "name",
    "city",
    "country",
    "founded",
    "staff",
    "sector",
    "url",
    "note",
    "vat",
    "region",
    "status",
)
MAPPING = """
prefixes: {ex: 'https://example.org/ns#'}
mappings:
  organisation:
    sources: [['list.csv~csv']]
    s: organisation/$(id)
    po:
      - [a, ex:Organisation]
      - [ex:name, $(name)]
      - [ex:city, $(city)]
      - [ex:country, country/$(country)~iri]
      - [ex:founded, $(founded), xsd:gYear]
      - [ex:staff, $(staff), xsd:integer]
      - [ex:sector, $(sector)]
      - [ex:url, $(url)~iri]
      - [ex:note, $(note), en~lang]
      - [ex:vat, $(vat)]
      - [ex:region, $(region)]
      - [ex:status, $(status)]
"""


def write_list(path: Path) -> None:
    dice = random.Random(7)
    cities = {"Lyon": "FR", "München": "DE", "Torino": "IT", "Barcelona": "ES"}
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for n in range(ROWS):
            city = dice.choice(list(cities))
            writer.writerow(
                [f"O{n}", f"Organisation {n}", city, cities[city], dice.randint(1950, 2020),
                 dice.randint(1, 5000), f"sector {n % 40}", f"https://example.org/{n}",
                 f"a note, number {n}", f"XX{n:09}", f"region {n % 200}", "active"]
            )  # fmt: skip


def write_plainly(path: Path) -> str:
    """The same lines, by the shortest loop there is."""
    lines = []
    end = f" <{GRAPH}> .\n"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        next(rows)
        for i, name, city, country, founded, staff, sector, url, note, vat, region, status in rows:
            s = f"<{BASE}organisation/{i}>"
            lines.append(
                f"{s} <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{NS}Organisation>{end}"
                f'{s} <{NS}name> "{name}"{end}{s} <{NS}city> "{city}"{end}'
                f"{s} <{NS}country> <{BASE}country/{country}>{end}"
                f'{s} <{NS}founded> "{founded}"^^<{XSD}gYear>{end}'
                f'{s} <{NS}staff> "{staff}"^^<{XSD}integer>{end}{s} <{NS}sector> "{sector}"{end}'
                f'{s} <{NS}url> <{url}>{end}{s} <{NS}note> "{note}"@en{end}'
                f'{s} <{NS}vat> "{vat}"{end}{s} <{NS}region> "{region}"{end}'
                f'{s} <{NS}status> "{status}"{end}'
            )
    return "".join(lines)


def measure(work: Callable[[], object]) -> float:
    """Seconds of the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        write_list(path)
        (Path(folder) / "mapping.yml").write_text(MAPPING, encoding="utf-8")
        source = Source(
            name="bench", title="", owner="", visibility="public", partner="", licence="",
            description="", refresh="", mapping="mapping.yml", files=("list.csv",),
            folder=Path(folder),
        )  # fmt: skip

        def run(graph: str) -> str:
            out = io.BytesIO()
            interpret(source, base=BASE, graph=graph, out=out)
            return out.getvalue().decode()

        mapped = [
            line for line in run(GRAPH).splitlines(keepends=True) if "/provenance>" not in line
        ]
        assert sorted(mapped) == sorted(write_plainly(path).splitlines(keepends=True))
        plain = measure(lambda: write_plainly(path))
        alone, traced = measure(lambda: run("")), measure(lambda: run(GRAPH))
        print(f"{'csv and f-string':>28}: {plain:.2f} s")
        print(f"{'mapping alone':>28}: {alone:.2f} s, {alone / plain:.1f} times")
        print(f"{'mapping with provenance':>28}: {traced:.2f} s, {traced / plain:.1f} times")


if __name__ == "__main__":
    main()
