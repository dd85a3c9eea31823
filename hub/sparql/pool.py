"""Queries handed to workers that can be killed, and their answers streamed back.

What a door has to know:

- Whatever is wrong with the query, its first rows, or the workers is raised by `query` itself,
  before a status is sent: `QueryRefused` 400 (line and column), `NotAcceptable` 406,
  `QueryTooLarge` 422, `Busy` 503, `WorkerFailed` 503, `QueryTimeout` 504. Answers of up to
  256 KB are whole by then.
- A longer answer may still fail while it is read: the iterator raises the same errors. The
  connection must then be broken off (in chunked coding: without the last chunk), so that a cut
  answer never looks whole. There are no silently shortened answers.
- Close an answer that is not read to its end (`with`, `close`, or WSGI's own `close()` on the
  iterator): its worker is killed and replaced. For HEAD, just close it.
- `graphs` decides everything. The default graph is their union, `GRAPH` reaches each by name;
  the request's graphs, else those of FROM and FROM NAMED, only narrow it. A graph that is hidden
  and one that does not exist are the same.
- `union` names a graph of the store that holds the union of `graphs`, if one was published. It
  makes queries over everything fast: without it (and where FROM names several graphs) a worker
  first merges the graphs in memory, since the engine would count a triple that two graphs state
  twice. GRAPH does not reach it.
- `pool.switch(path)` moves to another generation; answers under way finish on the old one.

Inside the hub, `select` gives Terms, and takes bindings.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from hub.errors import HubError
from hub.sparql import formats
from hub.sparql.answer import Answer
from hub.sparql.binding import Bindings
from hub.sparql.constants import Table
from hub.sparql.errors import (
    NARROW,
    NOBODY,
    Busy,
    QueryTimeout,
    WorkerFailed,
    time_limit,
)
from hub.sparql.formats import Format
from hub.sparql.frames import Request
from hub.sparql.limits import Limits
from hub.sparql.process import LOOK, Process
from hub.sparql.query import Dataset, Query
from hub.sparql.scanner import scan
from hub.sparql.services import Block, answer_block, find_blocks
from hub.terms import Term, read_solutions
from hub.vocabulary import NAMESPACES

__all__ = ["Answer", "Limits", "Pool"]

Services = Callable[[Block, float], Table]
Gone = Callable[[], bool] | None

VOLATILE = frozenset(("NOW", "RAND", "UUID", "STRUUID", "SERVICE"))
_STARTUP = 30.0  # seconds in which a worker must have opened its store


class Pool:
    """Workers over one store, for any number of threads.

    Args:
        store: folder of a finished Oxigraph store; nobody writes to it any more.
        size: how many workers, so how many queries at once.
        limits: what one query may use.
        base: what relative IRIs of queries stand under.

    Attributes:
        store: the store that it answers from; see `switch`.
        answered: when a worker last came to the end of an answer (`time.monotonic()`).

    Raises:
        WorkerFailed: the store cannot be opened.
    """

    def __init__(
        self,
        store: Path,
        *,
        size: int = 2,
        limits: Limits = Limits(),  # noqa: B008
        base: str = "",
    ) -> None:
        self.size, self.limits, self.base = size, limits, base
        self._lock = threading.RLock()  # again by the same thread, when it collects garbage
        self._free = threading.Condition(self._lock)
        self._alarm = threading.Condition(self._lock)
        self._wake = math.inf  # when the supervisor looks again
        self._idle: list[Process] = []
        self._busy: set[Process] = set()
        self._retired: list[Process] = []
        self.answered = -math.inf
        self._waiting = 0  # callers that wait for a worker
        self._wanted = 0  # workers that the supervisor keeps up, once the first has opened
        self._closed = False
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
        union: str = "",
        accept: str = "",
        format: str = "",  # noqa: A002 (the name in the command line and in URLs)
        default_graph: Sequence[str] = (),
        named_graph: Sequence[str] = (),
        bindings: Bindings | None = None,
        timeout: float | None = None,
        services: Services | None = None,
        gone: Gone = None,
    ) -> Answer:
        """Answer a query of any form.

        Args:
            text: SPARQL 1.1, one query.
            graphs: IRIs of the graphs that the caller may see.
            union: IRI of a graph that holds exactly the union of `graphs`, if there is one.
            accept: the header Accept; used where `format` is empty.
            format: a name or media type of `hub.sparql.formats`.
            default_graph, named_graph: the dataset that the request names, before FROM.
            bindings: values for variables of the WHERE clause, projected or not.
            timeout: seconds, where they are to be fewer than the limit.
            services: answers a SERVICE block within so many seconds; without it they are refused.
            gone: says whether who asks has gone away; the query is ended within a second then, and
                waits no longer for a worker. (`services` look for themselves.)

        Raises:
            QueryRefused, QueryTooLarge, QueryTimeout, WorkerFailed, Busy: see above.
            Invalid, NotAcceptable: there is no such format for this kind of answer.
        """
        query = scan(text, self.limits)
        query.require_absolute()
        graph = query.form in ("CONSTRUCT", "DESCRIBE")
        if format:
            chosen = formats.named(format, graph=graph)
        else:
            chosen = formats.negotiate(accept, graph=graph)
        wanted = Dataset(tuple(default_graph), tuple(named_graph)) or query.dataset
        default, named = wanted.within(graphs, union)
        volatile = not VOLATILE.isdisjoint(query.words)
        seconds, started = min(self.limits.seconds, timeout or math.inf), time.monotonic()
        if services and "SERVICE" in query.words:
            based = replace(query.bound(bindings), base=query.base or self.base)
            query = self._resolve(based, bindings, services, seconds, gone)
            bindings = None
        if (spent := time.monotonic() - started) >= seconds:  # an endpoint had all of it
            raise QueryTimeout(time_limit(seconds), remedy=NARROW)
        limited = query.form == "SELECT"
        ttl = chosen.name == "ttl"
        request = Request(
            text=query.text(bindings, self.limits.rows if limited else None),
            default=default,
            named=named if "GRAPH" in query.words else (),
            format=chosen.name,
            prefixes=tuple((NAMESPACES | dict(query.prefixes)).items()) if ttl else (),
            rows=self.limits.rows,
            size=self.limits.bytes,
            probe=query.text(bindings, 1, self.limits.rows) if limited else "",
            base=self.base,
            star=query.star,
            variables=query.variables if query.star else (),
        )
        process = self._take(gone)
        return Answer(self, process, query, seconds, request, chosen, spent, volatile)

    def _resolve(
        self,
        query: Query,
        bindings: Bindings | None,
        services: Services,
        seconds: float,
        gone: Gone,
    ) -> Query:
        """The query with rows in place of its SERVICE blocks; nobody is asked if it is none."""
        until = time.monotonic() + seconds

        def probe(text: str, format_: str = "") -> bytes:
            request = Request(text, format=format_, base=self.base, rows=1, size=self.limits.bytes)
            arguments = (outline, seconds, request, formats.FORMATS[0])
            return Answer(self, self._take(gone), *arguments).read()

        def silence(block: Block) -> Table:
            """One solution that binds nothing of what the block would."""
            found = json.loads(probe(block.text(), "json"))["head"]["vars"]
            names = tuple(name for name in found if name != block.variable)
            return Table(names, ((None,) * len(names),))

        blocks = find_blocks(query, bindings)
        outline = query.put(block.span() for block in blocks)
        probe(outline.text())

        def ask(block: Block) -> Table:
            return services(block, until - time.monotonic())

        return query.put(block.span(answer_block(block, ask, silence)) for block in blocks)

    def dump(self, graphs: Sequence[str], chosen: Format, gone: Gone = None) -> Answer:
        """All that `graphs` hold, in a format of `formats.DUMPS`, in ten times a query's time.

        Raises as `query`.
        """
        query = scan("CONSTRUCT { ?s ?p ?o } { GRAPH ?g { ?s ?p ?o } }", self.limits)
        prefixes, size = tuple(NAMESPACES.items()), self.limits.bytes
        request = Request("", named=graphs, format=chosen.name, prefixes=prefixes, size=size)
        return Answer(self, self._take(gone), query, 10 * self.limits.seconds, request, chosen)

    def select(self, text: str, **options: Any) -> list[dict[str, Term]]:
        """The rows of a SELECT, asked as `query` is; an unbound variable is absent from its row."""
        with self.query(text, format="json", **options) as answer:
            return read_solutions(answer.read())

    # Keeping workers

    def switch(self, store: Path) -> None:
        """Answer from another store from now on; answers under way finish on the old one.

        Raises:
            WorkerFailed: it cannot be opened; the old one stays.
        """
        process = self._start(store)
        with self._lock:
            self._busy.add(process)
            self.watch(process, time.monotonic() + _STARTUP, "The store took too long to open.")
        try:
            process.await_ready()
        except HubError as error:
            self.give_back(process, fit=False)
            raise WorkerFailed(error.message, remedy=error.remedy) from error
        with self._lock:
            self.store, self._wanted = store, self.size
            self._retired += self._idle
            self._idle = []
            self.give_back(process, fit=True)
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

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, store: Path) -> Process:
        try:
            return self._starter.submit(Process, store, self.limits).result()
        except OSError as error:
            raise WorkerFailed(f"No process could be started: {error.strerror}.") from error

    def _take(self, gone: Gone = None) -> Process:
        """A worker that is ready, killed once who asks is `gone`; the caller gives it back."""
        while not (process := self._await_idle(gone)).is_alive():  # it was killed from outside
            self.give_back(process, fit=False)
        process.gone = gone
        try:
            process.await_ready()
        except BaseException:
            self.give_back(process, fit=False)
            raise
        return process

    def _await_idle(self, gone: Gone) -> Process:
        until = time.monotonic() + self.limits.wait
        with self._lock:
            full = self._waiting >= self.limits.waiting
            while self._closed or not self._idle:
                if self._closed:
                    raise WorkerFailed("The hub is shutting down.")
                if gone and gone():
                    raise QueryTimeout(NOBODY)
                if full or time.monotonic() >= until:
                    raise Busy(
                        "All workers are busy with other queries.", remedy="Try again in 5 s."
                    )
                self._waiting += 1
                try:
                    self._free.wait(min(until - time.monotonic(), LOOK if gone else math.inf))
                finally:
                    self._waiting -= 1
            process = next(filter(Process.is_ready, self._idle), self._idle[-1])
            self._idle.remove(process)
            self._busy.add(process)
            if not process.guards:
                self.watch(process, time.monotonic() + _STARTUP, "The store did not open in time.")
            return process

    def give_back(self, process: Process, *, fit: bool) -> None:
        """Take a worker back, to be handed out again or, where it is not fit, to be replaced."""
        with self._lock:
            self._busy.discard(process)
            process.deadline, process.gone = math.inf, None
            full = len(self._idle) + self._working() >= max(self._wanted, 1)
            current = process.store == self.store and not process.overdue
            if fit and current and not full and not self._closed:
                self._idle.append(process)
                self._free.notify()
            else:
                self._retire(process)

    @property
    def prompt(self) -> bool:
        """Whether a worker would begin with a query at once."""
        with self._lock:
            return any(map(Process.is_ready, self._idle))

    @property
    def load(self) -> tuple[int, int]:
        """How many workers are busy, and how many idle."""
        with self._lock:
            return len(self._busy), len(self._idle)

    def _working(self) -> int:
        return sum(process.store == self.store for process in self._busy)

    def _retire(self, process: Process) -> None:
        if self._closed:
            process.end()
        else:
            self._retired.append(process)
            self._alarm.notify()

    def watch(self, process: Process, deadline: float, reason: str) -> None:
        """Have a worker killed at `deadline`, unless that is moved before it comes."""
        with self._lock:
            if not process.overdue:  # else the reason why it was killed stands
                process.deadline, process.reason = deadline, reason
            if min(deadline, _next_look(process)) < self._wake:
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
                    looks = [min(p.deadline, _next_look(p)) for p in self._busy]
                    if time.monotonic() - self.answered < LOOK:  # and so no query need wake it
                        looks.append(time.monotonic() + LOOK)
                    self._wake = min(looks, default=math.inf)
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
                    self.give_back(started, fit=True)


def _next_look(process: Process) -> float:
    """When to see again whether who asked is still there."""
    return time.monotonic() + LOOK if process.gone else math.inf
