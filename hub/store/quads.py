"""A set of quads on disk: the embedded engine, and the unions that levels of visibility ask."""

from __future__ import annotations

import ctypes
import hashlib
import io
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
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
LONG = 1.0  # seconds; a query that takes more has left much behind
LITTLE = 1 << 20  # bytes that are sooner written one by one than by the bulk loader


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
        since = time.monotonic()
        yield from self._solve(query, graphs)
        if time.monotonic() - since > LONG:
            release_memory()

    def _solve(self, query: str, graphs: Sequence[str]) -> Iterator[dict[str, Term]]:
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

    def construct(self, query: str, union: str, out: BinaryIO) -> bool:
        """Write what a trusted CONSTRUCT gives over one graph, as N-Triples; whether any."""
        triples = self._store.query(query, default_graph=graph_from(union))
        assert isinstance(triples, ox.QueryTriples)
        before = out.tell()
        triples.serialize(out, format=ox.RdfFormat.N_TRIPLES)
        return out.tell() > before

    def add_file(self, path: Path, graphs: Sequence[str], unions: Unions) -> None:
        """Load N-Quads in bulk, and their statements into the unions that have their graphs.

        All statements of the file are in `graphs`, which the same unions have.
        """
        targets = [union for union, members in unions.items() if members.issuperset(graphs)]
        # In one go: an object may be a graph too.
        ends = re.compile("|".join(re.escape(f" <{g}> .\n") for g in graphs).encode())
        with self._loading() as submit:
            for block in cut_blocks(path):
                submit(block, format=ox.RdfFormat.N_QUADS)
                if targets:
                    block = ends.sub(b" .\n", block)
                for union in targets:
                    submit(block, format=ox.RdfFormat.N_TRIPLES, to_graph=graph_from(union))

    def add_triples(self, path: Path, graphs: Sequence[str]) -> None:
        """Load N-Triples into each of some graphs; a few of them sooner than in bulk."""
        form, goals = ox.RdfFormat.N_TRIPLES, [graph_from(graph) for graph in graphs]
        if path.stat().st_size < LITTLE:
            for goal in goals:
                self._store.load(path=str(path), format=form, to_graph=goal)
            return
        with self._loading() as submit:
            for block in cut_blocks(path):
                for goal in goals:
                    submit(block, format=form, to_graph=goal)

    @contextmanager
    def _loading(self) -> Iterator[Callable[..., None]]:
        """A function that gives a block to the bulk loader, and waits where two are under way.

        The loader of the engine works on one core and needs memory by the statement.
        """
        with ThreadPoolExecutor(LOADERS) as pool:
            under_way: deque[Future[None]] = deque()

            def submit(block: bytes, **how: Any) -> None:
                if len(under_way) >= LOADERS:
                    under_way.popleft().result()
                release_memory()
                under_way.append(pool.submit(self._store.bulk_load, block, **how))

            yield submit
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


def release_memory() -> None:
    """Give the system back what was freed: the C library keeps gigabytes of a bulk loader's."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # the GNU one has it
        trim(0)


def cut_blocks(path: Path) -> Iterator[bytes]:
    """The lines of a file in blocks for the bulk loader, one for each at least."""
    with path.open("rb") as file:
        yield from read_blocks(file, min(BLOCK, path.stat().st_size // LOADERS + 1))


def batched(quads: Iterable[ox.Quad], size: int = 50_000) -> Iterator[list[ox.Quad]]:
    """Quads in lists of at most `size`."""
    quads = iter(quads)
    while batch := list(islice(quads, size)):
        yield batch


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
