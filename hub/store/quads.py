"""A set of quads on disk. pyoxigraph comes into the hub through this door.

Files of quads are N-Quads, one statement a line, sorted by byte and without repetition, so that two
versions of a source are compared by `comm` and not in memory.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import pyoxigraph as ox

from hub.errors import HubError, Invalid, Refused
from hub.terms import Term
from hub.vocabulary import DEFAULT_BASE, PUBLIC_UNION, RDF_TYPE

# A union → the graphs whose statements it holds.
Unions = Mapping[str, frozenset[str]]

BLOCK = 1 << 25  # bytes of N-Quads that the bulk loader gets at a time
LOADERS = 2
TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.)*"|<[^>\n]*>')
PREDICATE = re.compile(rb"^<[^>\n]*> <([^>\n]*)>", re.MULTILINE)
CLASS = re.compile(rb"^<[^>\n]*> <" + RDF_TYPE.encode() + rb"> <([^>\n]*)>", re.MULTILINE)
ENDS = re.compile(rb"<([^>]*)> <[^>]*> (?:<([^>]*)>)?")
RDF_TYPE_NODE = ox.NamedNode(RDF_TYPE)
STRING = "http://www.w3.org/2001/XMLSchema#string"


class QuadStore:
    """An Oxigraph store. Opened for writing it belongs to a draft; published, it is read only."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        try:
            self._store = ox.Store.read_only(str(path)) if read_only else ox.Store(str(path))
        except OSError as error:
            raise HubError(f"The store cannot be opened: {error}.", where=str(path)) from error
        self._read_only = read_only

    def backup(self, target: Path) -> None:
        """Copy the store to `target`, by hard links where the file system has them."""
        self._store.backup(str(target))

    def close(self) -> None:
        """Bring every write to the disk and let go of the store; it cannot be used after."""
        if not self._read_only:
            self._store.flush()
        del self._store

    def select(self, query: str, graphs: Sequence[str]) -> Iterator[dict[str, Term]]:
        """Solutions of a trusted query over `graphs`: their union, and each by name."""
        named: list[Any] = [ox.NamedNode(graph) for graph in graphs]
        solutions = self._store.query(query, default_graph=named, named_graphs=named)
        assert isinstance(solutions, ox.QuerySolutions)
        names = [variable.value for variable in solutions.variables]
        for solution in solutions:
            yield {
                name: term_from(value)
                for name, value in zip(names, solution, strict=True)
                if value is not None
            }

    def ask(self, query: str, union: str) -> bool:
        """The answer to a trusted ASK over one graph."""
        return bool(self._store.query(query, default_graph=graph_from(union)))

    def update(self, text: str) -> None:
        """Carry out a trusted update, whole or not at all."""
        self._store.update(text)

    def add_file(self, path: Path, graphs: Sequence[str], unions: Unions) -> None:
        """Load N-Quads in bulk, and their statements into the unions that have their graphs.

        All statements of the file are in `graphs`, which the same unions have. The loader of the
        engine works on one core and needs memory by the statement: it gets blocks, two at a time.
        """
        targets = [union for union, members in unions.items() if members.issuperset(graphs)]
        with path.open("rb") as file, ThreadPoolExecutor(LOADERS) as pool:
            under_way: deque[Future[None]] = deque()

            def submit(block: bytes, **how: Any) -> None:
                if len(under_way) >= LOADERS:
                    under_way.popleft().result()
                under_way.append(pool.submit(self._store.bulk_load, block, **how))

            while block := b"".join(file.readlines(BLOCK)):
                submit(block, format=ox.RdfFormat.N_QUADS)
                if targets:
                    for graph in graphs:
                        block = block.replace(f" <{graph}> .\n".encode(), b" .\n")
                for union in targets:
                    submit(block, format=ox.RdfFormat.N_TRIPLES, to_graph=graph_from(union))
            for job in under_way:
                job.result()

    def change(self, removed: Path, added: Path, unions: Unions) -> None:
        """Take the quads of one N-Quads file out and put those of another in, unions too."""
        self._remove(ox.parse(path=str(removed), format=ox.RdfFormat.N_QUADS), unions)
        for batch in batched(ox.parse(path=str(added), format=ox.RdfFormat.N_QUADS)):
            self._store.extend(batch)
            for union, members in unions.items():
                goal = graph_from(union)
                self._store.extend(
                    ox.Quad(quad.subject, quad.predicate, quad.object, goal)
                    for quad in batch
                    if named(quad.graph_name) in members
                )

    def remove_graph(self, graph: str, unions: Unions) -> None:
        """Take out a graph whole, and from the unions what only it said; absent is no error."""
        goal = graph_from(graph)
        self._remove(list(self._store.quads_for_pattern(None, None, None, goal)), unions)
        if isinstance(goal, ox.NamedNode):
            self._store.remove_graph(goal)

    def remove_named(
        self, graph: str, names: Iterable[str], subjects: Iterable[str] | None, unions: Unions
    ) -> int:
        """Take out of a graph the statements with a name, of all subjects or of some; how many.

        The name of a statement is its predicate; of one that says what something is, the class.
        """
        goal, wanted = graph_from(graph), {ox.NamedNode(name) for name in names}
        spokes: list[tuple[Any, Any, Any]] = []
        if subjects is None:
            spokes += [(None, name, None) for name in wanted]
            spokes += [(None, RDF_TYPE_NODE, name) for name in wanted]
        elif wanted:
            spokes += [(ox.NamedNode(subject), None, None) for subject in subjects]
        number = 0
        for spoke in spokes:
            found = self._store.quads_for_pattern(*spoke, goal)
            removed = [quad for quad in found if name_of(quad) in wanted]
            self._remove(removed, unions)
            number += len(removed)
        return number

    def remove_repeated(self, graph: str, path: Path) -> int:
        """Take out of a graph, not of unions, what a file of N-Quads says as well; how many."""
        number = 0
        goal = graph_from(graph)
        rows = self.select("SELECT DISTINCT ?p { ?s ?p ?o }", [graph])
        wanted = {f"<{row['p'].value}>".encode() for row in rows}
        for quad in parse_lines(path, wanted) if wanted else ():
            copy = ox.Quad(quad.subject, quad.predicate, quad.object, goal)
            if copy in self._store:
                self._store.remove(copy)
                number += 1
        return number

    def _remove(self, quads: Iterable[ox.Quad], unions: Unions) -> None:
        for quad in quads:
            self._store.remove(quad)
            graph = named(quad.graph_name)
            touched = [union for union, members in unions.items() if graph in members]
            if not touched:
                continue
            spo = (quad.subject, quad.predicate, quad.object)
            others = {named(q.graph_name) for q in self._store.quads_for_pattern(*spo, None)}
            for union in touched:
                if not others & unions[union]:
                    self._store.remove(ox.Quad(*spo, graph_from(union)))

    def unite(self, graphs: Iterable[str], union: str) -> None:
        """Fill a union, anew, with the statements of all `graphs`."""
        goal = graph_from(union)
        self.remove_graph(union, {})
        self._store.bulk_extend(
            ox.Quad(quad.subject, quad.predicate, quad.object, goal)
            for graph in sorted(graphs)
            for quad in self._store.quads_for_pattern(None, None, None, ox.NamedNode(graph))
        )

    def check_union(self, graphs: frozenset[str], union: str) -> None:
        """Raise HubError where a union does not hold exactly what `graphs` say."""
        goal = graph_from(union)
        for quad in self._store.quads_for_pattern(None, None, None, goal):
            spo = (quad.subject, quad.predicate, quad.object)
            holders = self._store.quads_for_pattern(*spo, None)
            if not any(named(q.graph_name) in graphs for q in holders):
                raise HubError(f"The union {union} holds what no graph says: {quad}.")
        for graph in graphs:
            for quad in self._store.quads_for_pattern(None, None, None, ox.NamedNode(graph)):
                if ox.Quad(quad.subject, quad.predicate, quad.object, goal) not in self._store:
                    raise HubError(f"The union {union} lacks what {graph} says: {quad}.")

    def check_file(self, path: Path) -> None:
        """Raise HubError where a statement of an N-Quads file is not in the store."""
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS):
            if quad not in self._store:
                raise HubError(f"The store is damaged, it lacks {quad}.", where=path.name)

    def graph_names(self) -> list[str]:
        """The IRIs of the graphs that hold something."""
        return sorted(g.value for g in self._store.named_graphs() if isinstance(g, ox.NamedNode))

    def count(self, graph: str) -> int:
        """The number of statements of a graph."""
        rows = self._store.query(
            "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", default_graph=graph_from(graph)
        )
        assert isinstance(rows, ox.QuerySolutions)
        return int(next(iter(rows))["n"].value)

    def measure(self, graph: str) -> tuple[int, str]:
        """(number of statements, SHA-256) of a graph.

        The hash is over Oxigraph's own dump, whose order depends on the statements alone.
        """
        meter = Meter()
        self._store.dump(
            cast(IO[bytes], meter), ox.RdfFormat.N_TRIPLES, from_graph=graph_from(graph)
        )
        return meter.lines, meter.hash.hexdigest()


def graph_from(iri: str) -> ox.NamedNode | ox.DefaultGraph:
    """The graph that the hub calls `iri`."""
    return ox.DefaultGraph() if iri == PUBLIC_UNION else ox.NamedNode(iri)


def named(graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph) -> str:
    """What the hub calls a graph; the mirror of `graph_from`."""
    return graph.value if isinstance(graph, ox.NamedNode) else PUBLIC_UNION


def name_of(quad: ox.Quad) -> Any:
    """The predicate of a statement, or the class that it gives its subject."""
    return quad.object if quad.predicate == RDF_TYPE_NODE else quad.predicate


def read_names(path: Path) -> set[str]:
    """The names (see `QuadStore.remove_named`) of the statements in a file of N-Quads."""
    found: set[bytes] = set()
    with path.open("rb") as file:
        while block := b"".join(file.readlines(1 << 24)):
            found.update(PREDICATE.findall(block))
            found.update(CLASS.findall(block))
    return {name.decode() for name in found}


def read_ends(path: Path, most: int, graph: str = "") -> tuple[set[str], set[str]]:
    """The IRIs that are subjects, and objects, in N-Quads (of a graph), until they are `most`."""
    subjects: set[str] = set()
    objects: set[str] = set()
    end = f" <{graph}> .\n".encode()
    with path.open("rb") as file:
        for line in file:
            if len(subjects) + len(objects) >= most:
                break
            if (not graph or line.endswith(end)) and (found := ENDS.match(line)):
                subjects.add(found[1].decode())
                if found[2]:
                    objects.add(found[2].decode())
    return subjects, objects


def batched(quads: Iterable[ox.Quad], size: int = 50_000) -> Iterator[list[ox.Quad]]:
    """Quads in lists of at most `size`."""
    quads = iter(quads)
    while batch := list(islice(quads, size)):
        yield batch


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


class Meter(io.RawIOBase):
    """A file that keeps nothing but the number of lines and the hash of what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = 0
        self.hash = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Take `data` into the count and the hash."""
        self.lines += data.count(b"\n")
        self.hash.update(data)
        return len(data)


def term_from(value: ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple) -> Term:
    """An Oxigraph term as a `hub.terms.Term`."""
    if isinstance(value, ox.NamedNode):
        return Term("iri", value.value)
    if isinstance(value, ox.Literal):
        datatype = value.datatype.value
        plain = value.language or datatype == STRING
        return Term("literal", value.value, value.language or "", "" if plain else datatype)
    if isinstance(value, ox.BlankNode):
        return Term("bnode", value.value)
    raise TypeError(f"no term of the hub: {value!r}")


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


def check_iri(text: str) -> str:
    """`text` where it is an absolute IRI; raises Invalid otherwise."""
    try:
        Term("iri", text).n3()
    except ValueError as error:
        raise Invalid(
            f"{text!r} is not an absolute IRI.",
            remedy="Write it whole, as https://example.org/name; percent-encode blanks and <>.",
        ) from error
    return text
