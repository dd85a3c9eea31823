"""A set of quads on disk: the embedded engine, and the unions that levels of visibility ask."""

from __future__ import annotations

import ctypes
import hashlib
import io
import re
import shutil
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import pyoxigraph as ox

from hub.errors import HubError
from hub.store.files import parse_lines, read_blocks
from hub.store.terms import RDF_TYPE_NODE, graph_from, name_of, named, term_from
from hub.terms import Term

# A union → the graphs whose statements it holds.
Unions = Mapping[str, frozenset[str]]

BLOCK = 1 << 25  # bytes of N-Quads that the bulk loader gets at a time
LOADERS = 2
RELEASED = 8  # blocks after which the system gets back what they left
LONG = 1.0  # seconds; a query that takes more has left much behind
LITTLE = 1 << 20  # bytes that are sooner written one by one than by the bulk loader


class QuadStore:
    """An Oxigraph store. Opened for writing it belongs to a draft; published, it is read only."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        try:
            self._store = ox.Store.read_only(str(path)) if read_only else ox.Store(str(path))
        except OSError as error:
            raise HubError(f"The store cannot be opened: {error}.", where=str(path)) from error
        self._path, self._read_only = path, read_only

    def backup(self, target: Path) -> None:
        """Copy the store to `target`, by hard links where the file system has them."""
        self._store.backup(str(target))

    def close(self) -> None:
        """Bring every write to the disk and let go of the store; it cannot be used after."""
        if not self._read_only:
            self._store.flush()
        del self._store

    def empty(self) -> None:
        """Begin anew with nothing; to take out all statements of a large store takes long."""
        del self._store
        shutil.rmtree(self._path)
        self._store = ox.Store(str(self._path))

    def select(self, query: str, graphs: Sequence[str]) -> Iterator[dict[str, Term]]:
        """Solutions of a trusted query over `graphs`: their union, and each by name."""
        since = time.monotonic()
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
        if time.monotonic() - since > LONG:
            release_memory()

    def ask(self, query: str, union: str) -> bool:
        """The answer to a trusted ASK over one graph."""
        return bool(self._store.query(query, default_graph=graph_from(union)))

    def construct(self, query: str, union: str, out: BinaryIO) -> None:
        """Write what a trusted CONSTRUCT gives over one graph, as N-Triples."""
        triples = self._store.query(query, default_graph=graph_from(union))
        assert isinstance(triples, ox.QueryTriples)
        triples.serialize(out, format=ox.RdfFormat.N_TRIPLES)

    def add_file(self, path: Path, graphs: Sequence[str], unions: Unions) -> None:
        """Load N-Quads, and their statements into the unions that have their graphs.

        All statements of the file are in `graphs`, which the same unions have.
        """
        targets = [union for union, members in unions.items() if members.issuperset(graphs)]
        # In one go: an object may be a graph too.
        ends = re.compile(f" <(?:{'|'.join(map(re.escape, graphs))})> \\.\n".encode())
        with self._loading(path) as submit:
            for block in cut_blocks(path):
                submit(block, format=ox.RdfFormat.N_QUADS)
                if targets:
                    block = ends.sub(b" .\n", block)
                for union in targets:
                    submit(block, format=ox.RdfFormat.N_TRIPLES, to_graph=graph_from(union))

    def add_triples(self, path: Path, graphs: Sequence[str]) -> None:
        """Load N-Triples into each of some graphs."""
        with self._loading(path) as submit:
            for block in cut_blocks(path):
                for graph in graphs:
                    submit(block, format=ox.RdfFormat.N_TRIPLES, to_graph=graph_from(graph))

    @contextmanager
    def _loading(self, path: Path) -> Iterator[Callable[..., None]]:
        """A function that loads a block of a file, a few statements sooner than in bulk.

        The bulk loader of the engine works on one core and needs memory by the statement: two are
        under way, and others wait.
        """
        if path.stat().st_size < LITTLE:
            yield self._store.load
            return
        with ThreadPoolExecutor(LOADERS) as pool:
            under_way: deque[Future[None]] = deque()
            blocks = count(1)

            def submit(block: bytes, **how: Any) -> None:
                if len(under_way) >= LOADERS:
                    under_way.popleft().result()
                if not next(blocks) % RELEASED:
                    release_memory()
                under_way.append(pool.submit(self._store.bulk_load, block, **how))

            yield submit
            for job in under_way:
                job.result()

    def change(self, removed: Path, added: Path, graphs: Sequence[str], unions: Unions) -> None:
        """Take the quads of one N-Quads file out and put those of another in, unions too.

        All are in `graphs`, which the same unions have.
        """
        self._remove(ox.parse(path=str(removed), format=ox.RdfFormat.N_QUADS), unions)
        self.add_file(added, graphs, unions)

    def remove_graph(self, graph: str) -> None:
        """Take out a graph, but not of unions; absent is no error."""
        self._store.remove_graph(graph_from(graph))

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
            # What came may have gone again: a row that was left out after all.
            if copy in self._store and quad in self._store:
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

    def check_union(self, graphs: frozenset[str], union: str) -> None:
        """Raise HubError where a union does not hold exactly what `graphs` say."""
        all_of, one_of = "?s ?p ?o", "GRAPH ?g { ?s ?p ?o }"
        for here, there, told in (
            (all_of, one_of, "holds what no graph says"),
            (one_of, all_of, "lacks what a graph says"),
        ):
            found = self._store.query(
                f"SELECT ?s ?p ?o {{ {here} FILTER NOT EXISTS {{ {there} }} }} LIMIT 1",
                default_graph=graph_from(union),
                named_graphs=[ox.NamedNode(graph) for graph in graphs],
            )
            assert isinstance(found, ox.QuerySolutions)
            for row in found:
                statement = " ".join(str(term) for term in row)
                raise HubError(f"The union {union} {told}: {statement}.")

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


def release_memory() -> None:
    """Give the system back what was freed: the C library keeps gigabytes of a bulk loader's."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # the GNU one has it
        trim(0)


def cut_blocks(path: Path) -> Iterator[bytes]:
    """The lines of a file in blocks for the bulk loader, one for each at least."""
    with path.open("rb") as file:
        yield from read_blocks(file, min(BLOCK, path.stat().st_size // LOADERS + 1))


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
