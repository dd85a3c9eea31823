"""Queries handed to workers that can be killed, and their answers streamed back.

How a door uses it (the SPARQL protocol, in short):

    with Pool(generation.path / "store") as pool:
        with pool.query(
            text,                                  # as it came
            graphs=viewer.graphs(manifest),        # exactly what the caller may see
            accept=request.headers["Accept"],      # or format="csv"
            default_graph=args.getlist("default-graph-uri"),
            named_graph=args.getlist("named-graph-uri"),
            timeout=5.0,                           # may only shorten the limit
        ) as answer:
            start_response(200, {"Content-Type": answer.content_type})
            for chunk in answer: ...               # bytes, at most 64 KB each

- Whatever is wrong with the query, its first rows, or the workers is raised by `query` itself,
  before a status is sent: `QueryRefused` 400 (line and column), `NotAcceptable` 406,
  `QueryTooLarge` 422, `Busy` 503 (`retry_after`, for Retry-After), `WorkerFailed` 503,
  `QueryTimeout` 504. Answers of up to 256 KB are whole by then.
- A longer answer may still fail while it is read: the iterator raises the same errors. The
  connection must then be broken off (in chunked coding: without the last chunk), so that a cut
  answer never looks whole. There are no silently shortened answers.
- Close an answer that is not read to its end (`with`, `close`, or WSGI's own `close()` on the
  iterator): its worker is killed and replaced. For HEAD, just close it.
- `graphs` decides everything. The default graph is their union, `GRAPH` reaches each by name;
  the request's graphs, else those of FROM and FROM NAMED, only narrow it. A graph that is hidden
  and one that does not exist are the same.
- `pool.switch(path)` moves to another generation; answers under way finish on the old one.
- `pool.guards` says which guards are in force, for the service description and `/healthz`.

Inside the hub, `select`, `construct` and `ask` give Terms, and take bindings.
"""

from __future__ import annotations

import json
import math
import re
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Literal

from hub.errors import HubError
from hub.sparql import formats
from hub.sparql.errors import Busy, QueryRefused, QueryTooLarge, WorkerFailed
from hub.sparql.formats import Format
from hub.sparql.frames import Failure, Request
from hub.sparql.limits import Limits
from hub.sparql.process import Process, memory_exceeded
from hub.sparql.scanner import Dataset, Query, scan
from hub.terms import Term, read_solutions, read_triples
from hub.vocabulary import NAMESPACES

__all__ = ["Answer", "Limits", "Pool"]

Kind = Literal["solutions", "boolean", "graph"]
Bindings = Mapping[str, Term | Sequence[Term]]

_EAGER = 256 * 1024  # bytes of an answer that are read before it is handed out
_STARTUP = 30.0  # seconds in which a worker must have opened its store


class Answer:
    """An answer as bytes, to be read once, by iteration.

    Attributes:
        kind: `solutions`, `boolean` or `graph`.
        format: its serialisation.
        store: the store that it was computed from.
        chunks: the bytes; an iterator that has `close`.
    """

    def __init__(self, kind: Kind, chosen: Format, store: Path, chunks: _Stream) -> None:
        self.kind, self.format, self.store, self.chunks = kind, chosen, store, chunks
        self.media_type = chosen.media_type
        self.content_type = chosen.content_type

    def __iter__(self) -> Iterator[bytes]:
        return self.chunks

    def read(self) -> bytes:
        """All of it at once, for where it is known to be small."""
        return b"".join(self.chunks)

    def close(self) -> None:
        """Give up what was not read. Safe to call twice."""
        self.chunks.close()

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Pool:
    """Workers over one store, for any number of threads.

    Args:
        store: folder of a finished Oxigraph store; nobody writes to it any more.
        size: how many workers, so how many queries at once.
        limits: what one query may use.

    Attributes:
        store: the store that it answers from; see `switch`.
        guards: what keeps a worker from network and memory; see `hub.sparql.isolation`.

    Raises:
        WorkerFailed: the store cannot be opened.
    """

    def __init__(self, store: Path, *, size: int = 2, limits: Limits = Limits()) -> None:  # noqa: B008
        self.size, self.limits = size, limits
        self._lock = threading.RLock()  # again by the same thread, when it collects garbage
        self._free = threading.Condition(self._lock)
        self._alarm = threading.Condition(self._lock)
        self._wake = math.inf  # when the supervisor looks again
        self._idle: list[Process] = []
        self._busy: set[Process] = set()
        self._retired: list[Process] = []
        self._wanted = 0  # workers that the supervisor keeps up, once the first has opened
        self._closed = False
        self.guards: dict[str, object] = {}
        # Workers die with the thread that starts them, so one thread that lives on starts all.
        self._starter = ThreadPoolExecutor(1, "sparql-starter")
        self._supervisor = threading.Thread(
            target=self._supervise, name="sparql-supervisor", daemon=True
        )
        self.store = store
        self._supervisor.start()
        try:
            self.switch(store)
        except BaseException:
            self.close()
            raise

    # Asking

    def query(
        self,
        text: str,
        *,
        graphs: Sequence[str],
        accept: str = "",
        format: str = "",  # noqa: A002 (the name in the command line and in URLs)
        default_graph: Sequence[str] = (),
        named_graph: Sequence[str] = (),
        bindings: Bindings | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Answer a query of any form.

        Args:
            text: SPARQL 1.1, one query.
            graphs: IRIs of the graphs that the caller may see.
            accept: the header Accept; used where `format` is empty.
            format: a name or media type of `hub.sparql.formats`.
            default_graph, named_graph: the dataset that the request names, before FROM.
            bindings: values for variables of the WHERE clause, projected or not.
            timeout: seconds, where they are to be fewer than the limit.

        Raises:
            QueryRefused, QueryTooLarge, QueryTimeout, WorkerFailed, Busy: see above.
            Invalid, NotAcceptable: there is no such format for this kind of answer.
        """
        query = scan(text, self.limits)
        graph = query.form in ("CONSTRUCT", "DESCRIBE")
        if format:
            chosen = formats.named(format, graph=graph)
        else:
            chosen = formats.negotiate(accept, graph=graph)
        default, named = _narrow(graphs, Dataset(tuple(default_graph), tuple(named_graph)), query)
        limited = query.form == "SELECT"
        prefixes = NAMESPACES | dict(query.prefixes)
        request = Request(
            text=query.text(bindings, self.limits.rows if limited else None),
            default=default,
            named=named,
            format=chosen.name,
            prefixes=tuple(prefixes.items()) if chosen.name == "ttl" else (),
            rows=self.limits.rows,
            bytes=self.limits.bytes,
            probe=query.text(bindings, 1, self.limits.rows) if limited else "",
            spread=query.spread(),
        )
        seconds = min(self.limits.seconds, timeout or math.inf)
        stream = _Stream(self, self._take(), query, seconds, request)
        kind: Kind = "graph" if graph else "boolean" if query.form == "ASK" else "solutions"
        return Answer(kind, chosen, stream.process.store, stream)

    def select(
        self, text: str, *, graphs: Sequence[str], bindings: Bindings | None = None
    ) -> list[dict[str, Term]]:
        """The rows of a SELECT; an unbound variable is absent from its row."""
        return read_solutions(self._read(text, "json", graphs, bindings))

    def construct(
        self, text: str, *, graphs: Sequence[str], bindings: Bindings | None = None
    ) -> list[tuple[Term, Term, Term]]:
        """The triples of a CONSTRUCT or DESCRIBE."""
        return read_triples(self._read(text, "nt", graphs, bindings).decode())

    def ask(self, text: str, *, graphs: Sequence[str], bindings: Bindings | None = None) -> bool:
        """The answer to an ASK."""
        return bool(json.loads(self._read(text, "json", graphs, bindings))["boolean"])

    def _read(
        self, text: str, name: str, graphs: Sequence[str], bindings: Bindings | None
    ) -> bytes:
        with self.query(text, graphs=graphs, format=name, bindings=bindings) as answer:
            return answer.read()

    # Keeping workers

    def switch(self, store: Path) -> None:
        """Answer from another store from now on; answers under way finish on the old one.

        Raises:
            WorkerFailed: it cannot be opened; the old one stays.
        """
        process = self._start(store)
        with self._lock:
            self._busy.add(process)
            self._watch(process, time.monotonic() + _STARTUP, "The store took too long to open.")
        try:
            process.await_ready()
        except HubError as error:
            self._give_back(process, fit=False)
            raise WorkerFailed(error.message, remedy=error.remedy) from error
        with self._lock:
            self.store, self.guards, self._wanted = store, process.guards, self.size
            self._retired += self._idle
            self._idle = []
            self._give_back(process, fit=True)
            self._alarm.notify()

    def close(self) -> None:
        """Kill all workers, also those that are at work. Safe to call twice."""
        with self._lock:
            self._closed = True
            self._free.notify_all()
            self._alarm.notify()
        self._supervisor.join()
        self._starter.shutdown()
        for process in (*self._idle, *self._retired):
            process.end()
        for process in tuple(self._busy):  # who reads from it finds that it ended, and ends it
            process.kill()

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _start(self, store: Path) -> Process:
        try:
            return self._starter.submit(Process, store, self.limits).result()
        except OSError as error:
            raise WorkerFailed(f"No process could be started: {error.strerror}.") from error

    def _take(self) -> Process:
        """A worker that is ready; the caller gives it back."""
        until = time.monotonic() + self.limits.wait
        with self._lock:
            while True:
                if self._closed:
                    raise WorkerFailed("The hub is shutting down.")
                while self._idle:
                    process = self._idle.pop()
                    if process.is_alive():
                        self._busy.add(process)
                        break
                    self._retire(process)
                else:
                    if not self._free.wait(until - time.monotonic()):
                        raise Busy("All workers are busy with other queries.", retry_after=5)
                    continue
                break
            if not process.guards:
                self._watch(process, time.monotonic() + _STARTUP, "The store did not open in time.")
        try:
            process.await_ready()
        except BaseException:
            self._give_back(process, fit=False)
            raise
        return process

    def _give_back(self, process: Process, *, fit: bool) -> None:
        with self._lock:
            self._busy.discard(process)
            process.deadline = math.inf
            full = len(self._idle) + self._working() >= max(self._wanted, 1)
            current = process.store == self.store and not process.overdue
            if fit and current and not full and not self._closed:
                self._idle.append(process)
                self._free.notify()
            else:
                self._retire(process)

    def _working(self) -> int:
        return sum(process.store == self.store for process in self._busy)

    def _retire(self, process: Process) -> None:
        if self._closed:
            process.end()
        else:
            self._retired.append(process)
            self._alarm.notify()

    def _watch(self, process: Process, deadline: float, reason: str) -> None:
        with self._lock:
            process.deadline, process.reason = deadline, reason
            if deadline < self._wake:
                self._alarm.notify()

    def _supervise(self) -> None:
        """Kill what is overdue, bury what has ended, start what is missing."""
        while True:
            with self._lock:
                if self._closed:
                    return
                # A worker whose reader has gone to sleep must not keep its place.
                self._busy = {p for p in self._busy if not p.kill_if_overdue()}
                retired, self._retired = self._retired, []
                missing = self._wanted - len(self._idle) - self._working()
                if not retired and missing <= 0:
                    self._wake = min((p.deadline for p in self._busy), default=math.inf)
                    pause = self._wake - time.monotonic()
                    self._alarm.wait(pause if pause < 3600 else None)
                    self._wake = -math.inf
                    continue
                store = self.store
            for process in retired:
                process.end()
            for _ in range(missing):
                try:
                    started = self._start(store)
                except WorkerFailed:  # the machine is full; those who wait are told `Busy`
                    time.sleep(1.0)
                else:
                    self._give_back(started, fit=True)


class _Stream:
    """What a worker writes, and the clock: the worker's time, the reader's, and all of it."""

    def __init__(
        self, pool: Pool, process: Process, query: Query, seconds: float, request: Request
    ) -> None:
        self.pool, self.process, self.query = pool, process, query
        self.seconds = self.left = seconds
        self.until = time.monotonic() + pool.limits.total
        self.done = False
        self.first: deque[bytes] = deque()
        process.send(request)
        size = 0
        while size < _EAGER and (piece := self._receive()) is not None:
            self.first.append(piece)
            size += len(piece)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self.first:
            return self.first.popleft()
        piece = None if self.done else self._receive()
        if piece is None:
            raise StopIteration
        return piece

    def _receive(self) -> bytes | None:
        """The next piece; None at the end, when the worker has been given back."""
        since = time.monotonic()
        limit = f"The query was stopped at its time limit of {self.seconds:g} s."
        self._watch(since + self.left, limit)
        try:
            kind, payload = self.process.receive()
        except BaseException:
            self._finish(fit=False)
            raise
        if kind == b"D":
            now = time.monotonic()
            self.left -= now - since
            stall = self.pool.limits.stall
            self._watch(now + stall, f"The answer was cut: nothing of it was read for {stall:g} s.")
            return payload
        if kind == b"Z":
            self._finish(fit=payload == b"0")
            return None
        failure = Failure.decode(payload)
        self._finish(fit=failure.kind in ("syntax", "rows", "bytes", "function"))
        raise _error(failure, self.query, self.pool.limits)

    def _watch(self, deadline: float, reason: str) -> None:
        if self.until < deadline:
            total = self.pool.limits.total
            deadline, reason = self.until, f"The answer was cut at the limit of {total:g} s."
        self.pool._watch(self.process, deadline, reason)

    def _finish(self, *, fit: bool) -> None:
        self.done = True
        self.pool._give_back(self.process, fit=fit)

    def close(self) -> None:
        self.first.clear()
        if not self.done:
            self._finish(fit=False)

    def __del__(self) -> None:
        if not getattr(self, "done", True):
            self.close()


def _narrow(
    graphs: Sequence[str], requested: Dataset, query: Query
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The graphs of default graph and GRAPH: the caller's, narrowed by request, else by FROM."""
    visible = tuple(dict.fromkeys(graphs))
    wanted = requested or query.dataset
    if not wanted:
        return visible, visible
    default, named = frozenset(wanted.default), frozenset(wanted.named)
    return tuple(g for g in visible if g in default), tuple(g for g in visible if g in named)


def _error(failure: Failure, query: Query, limits: Limits) -> HubError:
    if failure.kind == "syntax":
        return _syntax_error(failure, query)
    if failure.kind == "rows":
        message = f"The answer has more rows than the limit of {limits.rows:,}."
        return QueryTooLarge(message, remedy="Add LIMIT and OFFSET, and fetch it in parts.")
    if failure.kind == "bytes":
        message = f"The answer is larger than the limit of {limits.bytes:,} bytes."
        return QueryTooLarge(message, remedy="Add LIMIT and OFFSET, and fetch it in parts.")
    if failure.kind == "memory":
        return memory_exceeded(limits)
    if failure.kind == "function":
        return QueryRefused(failure.message.rstrip(".") + ".")
    return WorkerFailed(f"The query could not be evaluated: {failure.message}")


_POSITION = re.compile(r"error at (\d+):(\d+): expected (.*)", re.DOTALL)


def _syntax_error(failure: Failure, query: Query) -> QueryRefused:
    """The engine's message, at the token that the user must look at."""
    found = _POSITION.fullmatch(failure.message)
    if not found or not failure.spread:
        return QueryRefused(f"The query is not SPARQL 1.1: {failure.message}")
    token = query.locate(int(found[1]), int(found[2]))
    end = query.tokens[-1].end
    place = query.source.place(token.start if token else end)
    # Of what the engine expects, only sentences help; the rest are pieces of its grammar.
    for part in found[3].removeprefix("one of ").split(", "):
        if re.fullmatch(r"[A-Z]\w+ [\w *.'-]+", part) and not part.endswith("failed"):
            return QueryRefused(f"{part.rstrip('.')}.", *place)
    if token is None:
        return QueryRefused("The query ends too early.", *place)
    if token.kind in ("iri", "name") and "IRI parsing failed" in found[3]:
        return QueryRefused(f"{token.text} is not an absolute IRI.", *place)
    return QueryRefused(f"{token.text} cannot stand here.", *place)
