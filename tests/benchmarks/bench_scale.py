"""A large source: its whole load beside plain bulk loading, its reload, and peak memory.

    python tests/benchmarks/bench_scale.py [ROWS …]

Makes a CSV of ROWS organisations (6,700 and 30,000 without an argument: 100,000 and 450,000
statements) with a mapping of twelve properties, loads it by `hub load` as a process, changes one
row in a hundred, and loads again. A load of one row before has the modules compiled, as in any
installation. In the same run Oxigraph's bulk loader loads into an empty store the same quads, as
the source says them; and, to compare work with work, all that the generation holds: with what
follows, and with each statement a second time in the union of what the public sees. 270,000 rows
are four million statements, 1,340,000 twenty.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HUB = Path(sys.executable).parent / "hub"
# Where Python may not keep what it compiled, each command would compile the hub anew.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
DESCRIPTION = """\
name = "many"
title = "Many organisations"
owner = "Nobody"
visibility = "public"
licence = "CC0"
mapping = "mapping.yml"
files = ["organisations.csv"]
"""
MAPPING = """\
prefixes:
  mc: https://w3id.org/metacluster/ns#
  rdfs: http://www.w3.org/2000/01/rdf-schema#
  skos: http://www.w3.org/2004/02/skos/core#
  schema: https://schema.org/
  dcterms: http://purl.org/dc/terms/
  foaf: http://xmlns.com/foaf/0.1/
  xsd: http://www.w3.org/2001/XMLSchema#
mappings:
  organisation:
    sources: ['organisations.csv~csv']
    s: organisation/many.$(key)
    po:
      - [a, mc:SME]
      - [rdfs:label, $(name), en~lang]
      - [skos:altLabel, $(short)]
      - [schema:location, $(city)]
      - [mc:country, 'country/$(country)~iri']
      - [schema:foundingDate, $(founded), xsd:gYear]
      - [foaf:homepage, '$(homepage)~iri']
      - [dcterms:description, $(description), en~lang]
      - [schema:vatID, $(vat)]
      - [schema:numberOfEmployees, $(employees), xsd:integer]
      - [dcterms:subject, $(sector)]
      - [mc:quote, $(quote), en~lang]
"""
HEADER = "key,name,short,city,country,founded,homepage,description,vat,employees,sector,quote\n"


def write_source(folder: Path, rows: int, changed: bool) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "source.toml").write_text(DESCRIPTION)
    (folder / "mapping.yml").write_text(MAPPING)
    chance = random.Random(7)
    with (folder / "organisations.csv").open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for n in range(rows):
            word = "changed" if changed and n % 100 == 50 else "which does"
            file.write(
                f"{n},Organisation number {n} Ltd,ORG{n},City{chance.randrange(5000)},"
                f"{chance.choice(['ES', 'IT', 'DE', 'FR'])},{chance.randrange(1900, 2020)},"
                f"http://example.org/o/{n},Organisation {n} {word} {chance.randrange(1000)} things,"
                f"ES{n:09},{chance.randrange(5000)},sector{chance.randrange(50)},line {n}\n"
            )


def load(folder: Path) -> tuple[float, float]:
    """Seconds of a whole `hub load`, and its peak memory in MB."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [HUB, "--data", folder / "data", "--config", folder / "hub.toml", "load"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT,
    )  # fmt: skip
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, "the load failed"
    return time.perf_counter() - started, usage.ru_maxrss / 1024


BULK_LOAD = """\
import sys, time, pyoxigraph as ox
started = time.perf_counter()
store = ox.Store(sys.argv[2])
store.bulk_load(path=sys.argv[1], format=ox.RdfFormat.N_QUADS)
store.flush()
print(time.perf_counter() - started, len(store))
"""


def bulk_load(folder: Path, file: Path) -> tuple[float, int]:
    """Seconds of the bulk loader for a file of N-Quads, and how many they are.

    In a process of its own: one that has grown would lend its peak of memory to its children.
    """
    command = [sys.executable, "-c", BULK_LOAD, str(file), str(folder / file.stem)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, quads = done.stdout.split()
    return float(seconds), int(quads)


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "hub.toml").write_text('sources = ["many"]\n')
        write_source(folder / "many", 1, changed=False)
        load(folder)
        shutil.rmtree(folder / "data")
        write_source(folder / "many", rows, changed=False)
        first, memory = load(folder)
        generation = folder / "data" / "generations" / "000001"
        bulk, quads = bulk_load(folder, generation / "view" / "many.nq")
        whole = folder / "whole.nq"
        dump = "import sys, pyoxigraph as ox; ox.Store.read_only(sys.argv[1]).dump(sys.argv[2])"
        command = [sys.executable, "-c", dump, str(generation / "store"), str(whole)]
        subprocess.run(command, check=True)
        all_bulk, held = bulk_load(folder, whole)
        write_source(folder / "many", rows, changed=True)
        again, memory_again = load(folder)
    print(f"{rows:,} rows, {quads:,} statements; the generation holds {held:,}")
    print(f"plain bulk load           {bulk:8.2f} s   of all it holds {all_bulk:.2f} s")
    print(
        f"hub load, whole           {first:8.2f} s   {first / bulk:5.2f} times (goal 2.5), "
        f"{first / all_bulk:.2f} times all it holds"
    )
    print(f"reload with 1 % changed   {again:8.2f} s   {again / first:5.2f} times the first (0.25)")
    print(f"peak memory               {max(memory, memory_again):8.0f} MB")


if __name__ == "__main__":
    for number in sys.argv[1:] or ("6700", "30000"):
        main(int(number))
