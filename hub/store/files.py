"""Files of quads: N-Quads, one statement a line, sorted by byte and without repetition.

So two versions of a source are compared by `comm` and not in memory, however large they are.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO

import pyoxigraph as ox

from hub.errors import HubError, Refused
from hub.store.terms import named, term_from
from hub.terms import Term
from hub.vocabulary import DEFAULT_BASE, RDF_TYPE

TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.)*"|<[^>\n]*>')
PREDICATE = re.compile(rb"^<[^>\n]*> <([^>\n]*)>", re.MULTILINE)
CLASS = re.compile(rb"^<[^>\n]*> <" + RDF_TYPE.encode() + rb"> <([^>\n]*)>", re.MULTILINE)
ENDS = re.compile(rb"<([^>]*)> <[^>]*> (?:<([^>]*)>)?")


def read_names(path: Path) -> set[str]:
    """The names (see `QuadStore.remove_named`) of the statements in a file of N-Quads."""
    found: set[bytes] = set()
    with path.open("rb") as file:
        while block := b"".join(file.readlines(1 << 24)):
            found.update(PREDICATE.findall(block))
            found.update(CLASS.findall(block))
    return {name.decode() for name in found}


def read_ends(path: Path, most: int, graph: str = "") -> tuple[set[str], set[str]] | None:
    """The IRIs that are subjects and objects in N-Quads (of a graph); None if more than `most`."""
    subjects: set[str] = set()
    objects: set[str] = set()
    end = f" <{graph}> .\n".encode()
    with path.open("rb") as file:
        for line in file:
            if (not graph or line.endswith(end)) and (found := ENDS.match(line)):
                subjects.add(found[1].decode())
                if found[2]:
                    objects.add(found[2].decode())
                if len(subjects) + len(objects) > most:
                    return None
    return subjects, objects


def parse_lines(path: Path, predicates: Collection[bytes]) -> Iterator[ox.Quad]:
    """The statements of an N-Quads file with one of some predicates, in brackets."""
    with path.open("rb") as file:
        while lines := file.readlines(1 << 22):
            block = b"".join([line for line in lines if line.split(b" ", 2)[1] in predicates])
            yield from ox.parse(block, format=ox.RdfFormat.N_QUADS)


def read_statements(
    path: Path, predicates: Collection[str]
) -> Iterator[tuple[str, str, str, Term]]:
    """(graph, subject, predicate, object) of the lines of an N-Quads file with a predicate."""
    for quad in parse_lines(path, {f"<{predicate}>".encode() for predicate in predicates}):
        subject = term_from(quad.subject).value
        yield named(quad.graph_name), subject, quad.predicate.value, term_from(quad.object)


def parse_facts(lines: bytes) -> Iterator[tuple[str, Term]]:
    """(predicate, object) of each line of N-Quads."""
    for quad in ox.parse(lines, format=ox.RdfFormat.N_QUADS):
        yield quad.predicate.value, term_from(quad.object)


def find_lines(path: Path, start: bytes) -> Iterator[bytes]:
    """The lines of a sorted file that begin with `start`, found by halving."""
    with path.open("rb") as file:
        low, high = 0, file.seek(0, 2)
        if not high:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text:
            while low < high:
                middle = (low + high) // 2
                begin = text.rfind(b"\n", low, middle) + 1 or low
                end = text.find(b"\n", middle) + 1 or len(text)
                if text[begin:end] < start:
                    low = end
                else:
                    high = begin
        file.seek(low)
        for line in file:
            if not line.startswith(start):
                return
            yield line


def write_turtle_as_quads(
    paths: Iterable[Path], graph: str, skolem: str, out: Path, base: str
) -> None:
    """Write Turtle files as one sorted N-Quads file in `graph`.

    Blank nodes become IRIs `<skolem><file>-<n>`, since published data has none. Things under the
    default base come under `base`.
    Raises Refused where a file is no Turtle, naming file and line.
    """
    target = ox.NamedNode(graph)
    names: dict[str, ox.NamedNode] = {}

    def named(node: ox.NamedNode | ox.BlankNode, stem: str) -> ox.NamedNode:
        if isinstance(node, ox.NamedNode):
            return node
        if node.value not in names:
            names[node.value] = ox.NamedNode(f"{skolem}{stem}-{len(names) + 1}")
        return names[node.value]

    with out.open("wb") as file:
        for path in paths:
            try:
                for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
                    value = quad.object
                    ox.serialize(
                        [
                            ox.Quad(
                                named(quad.subject, path.stem),
                                quad.predicate,
                                named(value, path.stem)
                                if isinstance(value, ox.BlankNode)
                                else value,
                                target,
                            )
                        ],
                        file,
                        ox.RdfFormat.N_QUADS,
                    )
            except (SyntaxError, ValueError) as error:
                raise Refused(f"This is not Turtle: {error}.", where=str(path)) from error
    if base != DEFAULT_BASE:
        text = out.read_bytes().replace(b"<" + DEFAULT_BASE.encode(), b"<" + base.encode())
        out.write_bytes(text)
    sort_quads(out)


def sort_quads(path: Path) -> None:
    """Sort a file of lines by byte, in place, repeated lines once; outside memory if it is large.

    Raises HubError where `sort` fails, as on a full disk.
    """
    command = ["sort", "-u", "-S", "256M", "-T", str(path.parent), "-o", str(path), str(path)]
    run_tool(command)


def merge_quads(path: Path, lines: bytes) -> None:
    """Put sorted lines into a sorted file, those that it has already aside."""
    merged = path.with_suffix(".merged")
    run_tool(["sort", "-m", "-u", "-o", str(merged), str(path), "-"], given=lines)
    merged.replace(path)


def compare_quads(old: Path, new: Path, removed: Path, added: Path) -> tuple[int, int]:
    """Write the lines of `old` not in `new` to `removed`, and the reverse; both are sorted.

    Returns (removed, added) as numbers of lines.
    """
    counts = []
    for option, out in (("-23", removed), ("-13", added)):
        with out.open("wb") as file:
            run_tool(["comm", option, str(old), str(new)], output=file)
        counts.append(count_lines(out))
    return counts[0], counts[1]


def run_tool(command: Sequence[str], output: IO[bytes] | None = None, given: bytes = b"") -> None:
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(
        command,
        input=given,
        stdout=output,
        stderr=subprocess.PIPE,
        env=environment,
        check=False,
    )
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip()
        raise HubError(f"{command[0]} failed: {reason}.", remedy="Is the disk full?")


def count_lines(path: Path) -> int:
    """The number of lines of a file."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def digest_file(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_subjects(quads: Path, out: Path) -> None:
    """Write the distinct subjects of a sorted N-Quads file, one IRI a line, without brackets."""
    last = b""
    with quads.open("rb") as source, out.open("wb") as target:
        for line in source:
            subject = line[: line.find(b" ")]
            if subject != last:
                target.write(subject[1:-1] + b"\n")
                last = subject


def present(subjects: Path, wanted: frozenset[str]) -> set[str]:
    """Those of `wanted` that a file of subjects lists."""
    with subjects.open(encoding="utf-8") as file:
        return {line[:-1] for line in file if line[:-1] in wanted}


def rewrite_quads(source: Path, target: Path, names: Mapping[str, str]) -> None:
    """Write `source` to `target` with each IRI that is a key of `names` replaced; sorted again.

    IRIs inside literals stay. Without anything to replace, `target` is a link to `source`.
    """
    coded = {f"<{old}>".encode(): f"<{new}>".encode() for old, new in names.items()}
    target.unlink(missing_ok=True)
    changed = False
    if coded:

        def swap(match: re.Match[bytes]) -> bytes:
            return coded.get(match[0], match[0])

        with source.open("rb") as lines, target.open("wb") as out:
            while block := b"".join(islice(lines, 5000)):
                rewritten = TOKEN.sub(swap, block)
                changed = changed or rewritten != block
                out.write(rewritten)
    if changed:
        sort_quads(target)
    else:
        target.unlink(missing_ok=True)
        os.link(source, target)
