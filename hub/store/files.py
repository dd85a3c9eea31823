"""Files of quads: N-Quads, one statement a line, sorted by byte and without repetition.

So two versions of a source are compared by `comm` and not in memory, however large they are.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
import subprocess
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, cast

import pyoxigraph as ox

from hub.errors import HubError, Refused
from hub.store.terms import named, term_from
from hub.terms import Term
from hub.vocabulary import DEFAULT_BASE, RDF_TYPE

TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.)*"|<[^>\n]*>')
PREDICATE = re.compile(rb"^<[^>\n]*> <([^>\n]*)>", re.MULTILINE)
CLASS = re.compile(rb"^<[^>\n]*> <" + RDF_TYPE.encode() + rb"> <([^>\n]*)>", re.MULTILINE)
SAME_SUBJECT = re.compile(rb"^<([^>]*)>.*\n(?:<\1>.*\n)*", re.MULTILINE)
ENDS = re.compile(rb"<([^>]*)> <[^>]*> (?:<([^>]*)>)?")
BLOCK = 1 << 22  # bytes of lines that are looked at together
SORT = ("sort", "-u", "-S", "256M", "-T")


def read_names(path: Path) -> set[str]:
    """The names (see `QuadStore.remove_named`) of the statements in a file of N-Quads."""
    found: set[bytes] = set()
    with path.open("rb") as file:
        for block in read_blocks(file):
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
        graph, subject = named(quad.graph_name), cast(ox.NamedNode, quad.subject).value
        yield graph, subject, quad.predicate.value, term_from(quad.object)


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

    def read(path: Path) -> Iterator[ox.Quad]:
        names: dict[ox.BlankNode, ox.NamedNode] = {}
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE):
            for end in (quad.subject, quad.object):
                if isinstance(end, ox.BlankNode) and end not in names:
                    names[end] = ox.NamedNode(f"{skolem}{path.stem}-{len(names) + 1}")
            subject, value = (names.get(end, end) for end in (quad.subject, quad.object))
            yield ox.Quad(subject, quad.predicate, value, target)

    with out.open("wb") as file:
        for path in paths:
            try:
                ox.serialize(read(path), file, ox.RdfFormat.N_QUADS)
            except (SyntaxError, ValueError) as error:
                raise Refused(f"This is not Turtle: {error}.", where=str(path)) from error
    if base != DEFAULT_BASE:
        text = out.read_bytes().replace(b"<" + DEFAULT_BASE.encode(), b"<" + base.encode())
        out.write_bytes(text)
    sort_quads(out)


class Sorting:
    """`sort` at work: lines go in as they come, and come out by byte, repeated ones once.

    What does not fit into memory is kept in a folder. Raises HubError where `sort` fails.
    """

    def __init__(self, folder: Path) -> None:
        self._tool = start_tool([*SORT, str(folder)])

    def __enter__(self) -> Sorting:
        return self

    def __exit__(self, *_: object) -> None:
        self._tool.kill()
        self._tool.communicate()

    def write(self, data: bytes) -> int:
        """Take in whole lines."""
        assert self._tool.stdin
        try:
            return self._tool.stdin.write(data)
        except BrokenPipeError:
            end_tool(self._tool)
            raise

    def read(self) -> Iterator[bytes]:
        """All lines, once all have been written, in blocks of whole lines."""
        assert self._tool.stdin
        assert self._tool.stdout
        self._tool.stdin.close()
        self._tool.stdin = None
        yield from read_blocks(self._tool.stdout)
        end_tool(self._tool)


def sort_quads(path: Path) -> None:
    """Sort a file of lines by byte, in place, repeated lines once; outside memory if it is large.

    Raises HubError where `sort` fails, as on a full disk.
    """
    file = str(path)
    end_tool(start_tool([*SORT, str(path.parent), "-o", file, file]))


def write_merged(blocks: Iterable[bytes], lines: Iterable[bytes], out: Path) -> tuple[str, int]:
    """Write sorted lines, in blocks, with some few more put among them where they belong.

    Returns the SHA-256 of the blocks alone, and the number of lines with those that were put in.
    """
    digest, number = hashlib.sha256(), 0
    waiting = deque(sorted(set(lines)))
    with out.open("wb") as file:
        for block in blocks:
            digest.update(block)
            last = block[block.rfind(b"\n", 0, -1) + 1 :]
            if waiting and waiting[0] <= last:
                found = set(block.splitlines(keepends=True))
                while waiting and waiting[0] <= last:
                    found.add(waiting.popleft())
                block = b"".join(sorted(found))
            number += block.count(b"\n")
            file.write(block)
        number += len(waiting)
        file.writelines(waiting)
    return digest.hexdigest(), number


def compare_quads(old: Path, new: Path, removed: Path, added: Path) -> tuple[int, int]:
    """Write the lines of `old` not in `new` to `removed`, and the reverse; both are sorted.

    Returns (removed, added) as numbers of lines.
    """
    gone = come = 0
    tool = start_tool(["comm", "-3", str(old), str(new)])
    assert tool.stdout
    with removed.open("wb") as before, added.open("wb") as after:
        for line in tool.stdout:
            if line.startswith(b"\t"):  # no line of quads does
                come += 1
                after.write(line[1:])
            else:
                gone += 1
                before.write(line)
    end_tool(tool)
    return gone, come


def start_tool(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a tool that works on lines by byte."""
    pipe = subprocess.PIPE
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment)


def end_tool(tool: subprocess.Popen[bytes]) -> None:
    """Wait for a tool. Raises HubError where it failed, as on a full disk."""
    _, told = tool.communicate()
    if tool.returncode:
        reason = told.decode(errors="replace").strip()  # begins with the name of the tool
        raise HubError(f"The files cannot be put in order: {reason}.", remedy="Is the disk full?")


def read_blocks(file: IO[bytes], size: int = BLOCK) -> Iterator[bytes]:
    """Whole lines of a file, as many as there are in some bytes at a time."""
    while block := file.read(size):
        yield block + file.readline()


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
        for block in read_blocks(source):
            found = SAME_SUBJECT.findall(block)
            target.writelines(subject + b"\n" for subject in found[found[0] == last :])
            last = found[-1]


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
