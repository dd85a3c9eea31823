"""The process that holds the engine: `python -m hub.sparql.worker STORE MEMORY PARENT`.

It opens the store for reading, gives up network and memory, and answers one query at a time.
Its parent kills it to end a query, since nothing else can: the engine has no timeout.

See `hub.sparql.frames` for what goes over stdin and stdout.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import IO, BinaryIO, cast

import pyoxigraph as ox

from hub.sparql import isolation
from hub.sparql.frames import Failure, Request, read_frame, write_frame
from hub.store.terms import graph_from

# So deep a stack outlasts every expression that fits into the scanner's bounds (a chain of
# 100,000 `!` nests as deep); only touched pages are taken.
STACK = 512 * 2**20
PIECE = 64 * 1024
KEPT = 64
LONG = 0.02  # seconds in which a query may have taken memory that it keeps

_ROWS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
_GRAPHS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
# What stands at least once per row in each format: counting it bounds the rows from above.
_ROW_MARKS = {"json": b"},", "xml": b"</result>", "csv": b"\n", "tsv": b"\n"}


class TooLarge(Exception):
    """The answer reached a limit; its argument is the kind of Failure."""


class _Writer(io.RawIOBase):
    """Takes what the engine serialises; sends it in pieces, counting."""

    def __init__(self, out: BinaryIO, request: Request) -> None:
        self.out, self.limit = out, request.size
        self.mark = _ROW_MARKS.get(request.format, b"\n")
        self.sent = self.marks = 0
        self.pending = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.pending += data
        if len(self.pending) > PIECE:
            self.send()
        return len(data)

    def send(self) -> None:
        """Send all but the last bytes: a mark may be cut there, and the end must wait."""
        cut = len(self.pending) - KEPT
        self.marks += self.pending.count(self.mark, 0, cut + len(self.mark) - 1)
        self.sent += cut
        if self.sent > self.limit:
            raise TooLarge("bytes")
        write_frame(self.out, b"D", bytes(self.pending[:cut]))
        del self.pending[:cut]

    def finish(self) -> None:
        if self.sent + len(self.pending) > self.limit:
            raise TooLarge("bytes")
        if self.pending:
            write_frame(self.out, b"D", bytes(self.pending), flush=False)  # the end follows


class Engine:
    """The store, asked with a dataset.

    Where several graphs make up the default graph, the engine answers once per graph for a triple
    that stands in two of them; SPARQL's default graph is their merge, a set. So the dataset is
    copied into memory then, merged, and kept for the next query that names the same. It is exact,
    and costs a pass over the dataset: the pool avoids it where a graph holds the union already.
    """

    def __init__(self, path: Path) -> None:
        self.store = ox.Store.read_only(str(path))
        self.merged, self.default = ox.Store(), frozenset[str]()
        self.named: set[str] = set()

    def query(
        self, request: Request, text: str
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """Evaluate lazily. Raises SyntaxError, and RuntimeError for unknown functions."""
        # Both, always: without named_graphs, GRAPH would reach every graph of the store.
        named: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(iri) for iri in request.named]
        if len(request.default) > 1:
            self._merge(request)
            default = ox.DefaultGraph()
            return self.merged.query(
                text, base_iri=request.base or None, default_graph=default, named_graphs=named
            )
        single: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph]
        single = [graph_from(iri) for iri in request.default]
        return self.store.query(
            text, base_iri=request.base or None, default_graph=single, named_graphs=named
        )

    def _merge(self, request: Request) -> None:
        if self.default != frozenset(request.default):
            self.merged, self.default, self.named = ox.Store(), frozenset(), set()
            for iri in request.default:
                self.merged.bulk_extend(
                    ox.Quad(q.subject, q.predicate, q.object) for q in self.quads(iri)
                )
            self.default = frozenset(request.default)
        for iri in set(request.named) - self.named:
            self.merged.bulk_extend(self.quads(iri))
            self.named.add(iri)

    def quads(self, iri: str) -> Iterator[ox.Quad]:
        """The statements of a graph, one after the other."""
        return self.store.quads_for_pattern(None, None, None, ox.NamedNode(iri))


def answer(engine: Engine, request: Request, out: BinaryIO) -> None:
    """Evaluate a request and write its answer in frames, without the end.

    Raises:
        TooLarge: a limit is reached; what was written is not the whole answer.
        SyntaxError: the engine does not accept the text.
    """
    writer = _Writer(out, request)
    sink = cast(IO[bytes], writer)
    if not request.text:
        trig = request.format == "trig"
        syntax = ox.RdfFormat.TRIG if trig else ox.RdfFormat.N_QUADS
        quads = chain.from_iterable(map(engine.quads, request.named))
        ox.serialize(quads, sink, syntax, prefixes=dict(request.prefixes) if trig else None)
        writer.finish()
        return
    result = engine.query(request, _name_columns(request) if request.star else request.text)
    if not request.format:
        return
    if isinstance(result, ox.QueryTriples):
        statements, prefixes = iter(result), dict(request.prefixes)
        allowed = islice(statements, request.rows or None)
        ox.serialize(allowed, sink, _GRAPHS[request.format], prefixes=prefixes)
        if next(statements, None):
            raise TooLarge("rows")
    else:
        result.serialize(sink, _ROWS[request.format])
    # The last piece waits until it is sure that no row is missing after it.
    marks = writer.marks + writer.pending.count(writer.mark)
    if request.probe and marks + 1 >= request.rows:
        more = engine.query(request, request.probe)
        if isinstance(more, ox.QuerySolutions) and next(more, None) is not None:
            raise TooLarge("rows")
    writer.finish()


def _name_columns(request: Request) -> str:
    """The text with the columns of its `SELECT *` named, in the order in which they occur.

    The engine would put them into alphabetical order. Which they are it tells over an empty store.
    """
    text, base = request.text, request.base or None
    asked = ox.Store().query(text, base_iri=base)
    found = {v.value for v in asked.variables} if isinstance(asked, ox.QuerySolutions) else set()
    columns = " ".join(f"?{name}" for name in request.variables if name in found)
    return text[: request.star] + (columns or "*") + text[request.star + 1 :]


def serve(path: Path, memory: int, network: Sequence[str], source: BinaryIO, out: BinaryIO) -> None:
    """Open the store and answer requests until the parent closes the pipe."""
    try:
        engine = Engine(path)
    except (OSError, ValueError) as error:
        write_frame(out, b"E", Failure("store", str(error)).encode())
        return
    limited = isolation.limit_memory(memory)
    ceiling = isolation.data_size() + memory // 2
    write_frame(out, b"R", json.dumps({"network": network, "memory": limited}).encode())
    while frame := read_frame(source):
        started = time.monotonic()
        request = Request.decode(frame[1])
        try:
            answer(engine, request, out)
        except TooLarge as error:
            failure = Failure(error.args[0])
        except SyntaxError as error:
            failure = Failure("syntax", str(error))
        except MemoryError:
            failure = Failure("memory")
        except BrokenPipeError:
            return
        except RuntimeError as error:  # a function that the engine does not know
            failure = Failure("function", str(error))
        except Exception as error:
            failure = Failure("engine", f"{type(error).__name__}: {error}")
        else:
            # To look costs as much as a small answer does, which takes no memory to speak of.
            long = time.monotonic() - started > LONG
            grown = long and isolation.data_size() > ceiling
            write_frame(out, b"Z", b"1" if grown else b"0")
            continue
        write_frame(out, b"E", failure.encode())


def main(path: str, memory: str, parent: str) -> None:
    """Give up what is not needed, then serve in a thread with a deep stack."""
    isolation.follow_parent(int(parent))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    network = isolation.leave_network()
    source, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come between the frames
    arguments = (Path(path), int(memory), network, source, out)
    thread = threading.Thread(target=serve, args=arguments, daemon=True)
    threading.stack_size(STACK)
    try:
        thread.start()
    except RuntimeError:  # the system does not lend so much
        threading.stack_size(STACK // 16)
        thread = threading.Thread(target=serve, args=arguments, daemon=True)
        thread.start()
    while thread.is_alive():
        thread.join(1.0)
        if os.getppid() != int(parent):  # where the kernel did not kill us with the parent
            break
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
