"""How much memory reading takes, as files grow: peaks of processes that load nothing else.

Run: ``python -m tests.benchmarks.bench_memory [MEGABYTES]``; for each kind of file the peak for a
file of that size (200 MB) by the peak for one of a tenth of it.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import random
from typing import IO

TEXT = "Größe und Lage, ein “Park” für Gründer; " * 4
MAPPING = """
mappings:
  park:
    sources: [[%s]]
    s: organisation/$(%s)
    po: [[rdfs:label, $(name)], [dcterms:description, $(text)]]
"""
RUN = """
import io, resource, sys
from pathlib import Path
from loaders.description import Source
from loaders.interpretation import interpret
class Nowhere(io.RawIOBase):
    def writable(self): return True
    def write(self, data): return len(data)
file, mapping = sys.argv[2:]
stated = dict.fromkeys(("title", "owner", "partner", "licence", "description", "refresh"), "")
source = Source(name="memory", visibility="public", files=(file,), mapping=mapping,
                folder=Path(sys.argv[1]), **stated)
done = interpret(source, base="https://e.org/id/", graph="https://e.org/g", out=Nowhere())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(sum(done.rows.values()), peak)
"""
Write = Callable[[IO[bytes], range], None]


def write_csv(out: IO[bytes], numbers: range) -> None:
    out.write(b"id,name,text\n")
    for n in numbers:
        out.write(f'{n},Park {n},"{TEXT}{random()}"\n'.encode())


def write_lines(out: IO[bytes], numbers: range) -> None:
    for n in numbers:
        out.write(json.dumps({"id": n, "name": f"Park {n}", "text": TEXT}).encode() + b"\n")


def write_json(out: IO[bytes], numbers: range) -> None:
    """A list behind another one of the same length, which nobody wants."""

    def write(name: str, n: int, comma: bytes) -> None:
        record = {"id": n, "name": name, "text": TEXT}
        out.write(comma + json.dumps(record, ensure_ascii=False).encode())

    out.write(b'{"made": {"of": ')
    for n in numbers:
        write("other", n, b",\n" if n > 1 else b"[")
    out.write(b']}, "all": {"parks": ')
    for n in numbers:
        write("park", n, b",\n" if n > 1 else b"[")
    out.write(b"]}}")


def write_xml(out: IO[bytes], numbers: range) -> None:
    out.write(b"<list>")
    for n in numbers:
        out.write(f'<park id="{n}"><name>Park {n}</name><text>{TEXT}</text></park>\n'.encode())
    out.write(b"</list>")


def write_triples(out: IO[bytes], numbers: range) -> None:
    for n in numbers:
        out.write(f'<https://e.org/{n}> <https://e.org/text> "{TEXT}" .\n'.encode())


KINDS: dict[str, tuple[Write, str, str]] = {
    "list.csv": (write_csv, '"list.csv~csv"', "id"),
    "list.csv.gz": (write_csv, '"list.csv.gz~csv"', "id"),
    "list.csv.zip": (write_csv, '"list.csv.zip~csv"', "id"),
    "list.jsonl": (write_lines, '"list.jsonl~jsonpath"', "id"),
    "list.json": (write_json, '"list.json~jsonpath", "$.all.parks[*]"', "id"),
    "list.xml": (write_xml, '"list.xml~xpath", "/list/park"', "@id"),
    "list.nt": (write_triples, "", ""),
}


@contextmanager
def open_packed(path: Path) -> Iterator[IO[bytes]]:
    """The file to write into, packed as its name says."""
    if path.suffix == ".gz":
        with gzip.open(path, "wb", compresslevel=1) as packed:
            yield packed  # type: ignore[misc]
    elif path.suffix == ".zip":
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open(path.stem, "w", force_zip64=True) as member,
        ):
            yield member
    else:
        with path.open("wb") as plain:
            yield plain


def measure(kind: str, megabytes: float) -> tuple[int, float]:
    """The rows of such a file of some megabytes, unpacked, and the peak in megabytes."""
    write, access, key = KINDS[kind]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_packed(folder / kind) as out:
            write(out, range(1, int(megabytes * 1e6 / len(TEXT.encode()))))
        mapping = "mapping.yml" if access else ""
        if access:
            (folder / mapping).write_text(MAPPING % (access, key), encoding="utf-8")
        command = [sys.executable, "-c", RUN, name, kind, mapping]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows, peak = done.stdout.split()
    return int(rows), int(peak) / 1024


if __name__ == "__main__":
    size = float(sys.argv[1]) if len(sys.argv) > 1 else 200.0
    for kind in KINDS:
        rows, peak = measure(kind, size)
        _, less = measure(kind, size / 10)
        print(f"{kind:14} {size:.0f} MB, {rows:,} rows: {peak:.0f} MB, {peak / less:.2f} times")
