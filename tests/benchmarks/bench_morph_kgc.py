"""Mapping alone against morph-kgc: 100,000 rows of 12 columns, at most half the time.

morph-kgc pins old releases of pyoxigraph and rdflib, so it is put into an environment of its own,
in a temporary folder. Both read the same list and the same RML mapping and write N-Triples to a
file; morph-kgc's best of one and of several processes counts. Starting Python is in neither figure.
Run: ``python tests/benchmarks/bench_morph_kgc.py``; it says so where morph-kgc cannot be installed.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from loaders.description import Source
from loaders.interpretation import interpret

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from tests.benchmarks.bench_mapping import BASE, COLUMNS, NS, XSD, write_list  # noqa: E402

PACKAGE = "morph-kgc==2.10.0"
RUNS = 3
OBJECTS = {
    "name": "", "city": "", "sector": "", "vat": "", "region": "", "status": "",
    "founded": f" ; rr:datatype <{XSD}gYear>", "staff": f" ; rr:datatype <{XSD}integer>",
    "note": ' ; rr:language "en"', "url": " ; rr:termType rr:IRI",
}  # fmt: skip
# Run by the other Python: what it imports is there before the clock starts.
THEIRS = """
import runpy, sys, time
import morph_kgc
start = time.perf_counter()
runpy.run_module("morph_kgc", run_name="__main__")
print("SECONDS", time.perf_counter() - start)
"""


def write_mapping() -> str:
    """The mapping in RML, which both read."""
    lines = [
        "@prefix rr: <http://www.w3.org/ns/r2rml#> .",
        "@prefix rml: <http://semweb.mmlab.be/ns/rml#> .",
        "@prefix ql: <http://semweb.mmlab.be/ns/ql#> .",
        '<#list> rml:logicalSource [ rml:source "list.csv" ; rml:referenceFormulation ql:CSV ] ;',
        f'  rr:subjectMap [ rr:template "{BASE}organisation/{{id}}" ;',
        f"    rr:class <{NS}Organisation> ] ;",
        f"  rr:predicateObjectMap [ rr:predicate <{NS}country> ; rr:objectMap"
        f' [ rr:template "{BASE}country/{{country}}" ] ]',
    ]
    for column in COLUMNS[1:]:
        if column in OBJECTS:
            lines.append(
                f"  ; rr:predicateObjectMap [ rr:predicate <{NS}{column}> ; rr:objectMap"
                f' [ rml:reference "{column}"{OBJECTS[column]} ] ]'
            )
    return "\n".join([*lines, "."])


def install(folder: Path) -> Path | None:
    """An environment with morph-kgc; None where it cannot be had."""
    python = folder / "bin" / "python"
    try:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
        command = [python, "-m", "pip", "install", "--quiet", PACKAGE]
        subprocess.run(command, check=True, capture_output=True, timeout=900)
    except (subprocess.SubprocessError, OSError) as error:
        print(f"morph-kgc cannot be installed here, so nothing is compared: {error}")
        return None
    return python


def run_theirs(python: Path, folder: Path, processes: int) -> float:
    """Seconds that morph-kgc takes, without the start of Python and its imports."""
    (folder / "config.ini").write_text(
        f"[CONFIGURATION]\noutput_file = theirs.nt\nnumber_of_processes = {processes}\n"
        f"logging_level = ERROR\n[LIST]\nmappings = mapping.ttl\n",
        encoding="utf-8",
    )
    (folder / "theirs.py").write_text(THEIRS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": ""}
    command = [python, "theirs.py", "config.ini"]
    done = subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, text=True
    )
    return float(done.stdout.rpartition("SECONDS ")[2])


def run_ours(folder: Path) -> float:
    """Seconds that the hub takes."""
    source = Source(
        name="bench", title="", owner="", visibility="public", partner="", licence="",
        description="", refresh="", mapping="mapping.ttl", files=("list.csv",), folder=folder,
    )  # fmt: skip
    start = time.perf_counter()
    with (folder / "ours.nt").open("wb") as out:
        interpret(source, base=BASE, graph="", out=out)
    return time.perf_counter() - start


def digest_sorted(path: Path) -> tuple[str, int]:
    """A hash of the lines, sorted and each once, and their number."""
    lines = sorted({line.rstrip() for line in path.read_bytes().splitlines()} - {b""})
    return hashlib.sha256(b"\n".join(lines)).hexdigest(), len(lines)


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        python = install(folder / "environment")
        if python is None:
            return
        write_list(folder / "list.csv")
        (folder / "mapping.ttl").write_text(write_mapping(), encoding="utf-8")
        ours = min(run_ours(folder) for _ in range(RUNS))
        alone = min(run_theirs(python, folder, 1) for _ in range(RUNS))
        several = min(run_theirs(python, folder, os.cpu_count() or 1) for _ in range(RUNS))
        theirs = min(alone, several)
        same, count = digest_sorted(folder / "ours.nt")
        assert digest_sorted(folder / "theirs.nt") == (same, count), "the triples differ"
        print(f"{count:,} triples, the same byte for byte after sorting")
        print(f"{'morph-kgc, one process':>28}: {alone:.2f} s")
        print(f"{'morph-kgc, one a core':>28}: {several:.2f} s")
        print(f"{'mapping alone':>28}: {ours:.2f} s, {ours / theirs:.2f} of its time")
        assert ours <= theirs / 2, "mapping takes more than half of morph-kgc's time"


if __name__ == "__main__":
    main()
