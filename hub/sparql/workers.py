"""The workers of a pool: who is at work, who is idle, who must be killed, who has to be started."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from hub.errors import HubError
from hub.sparql.errors import NOBODY, Busy, QueryTimeout, WorkerFailed
from hub.sparql.limits import Limits
from hub.sparql.process import LOOK, Process

Gone = Callable[[], bool] | None

_STARTUP = 30.0  # seconds in which a worker must have opened its store


class Workers:
    """Workers over one store, for any number of threads.

    Where there are several, one is left to the hub itself, for its pages, and of the others one to
    other payers.

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
        self._waiting: list[str] = []  # payers that wait for a worker
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, store: Path) -> Process:
        try:
            return self._starter.submit(Process, store, self.limits).result()
        except OSError as error:
            raise WorkerFailed(f"No process could be started: {error.strerror}.") from error

    def _take(self, gone: Gone = None, payer: str = "") -> Process:
        """A worker that is ready, killed once who asks is `gone`; the caller gives it back."""
        while not (process := self._await_idle(gone, payer)).is_alive():  # killed from outside
            self.give_back(process, fit=False)
        process.gone = gone
        try:
            process.await_ready()
        except BaseException:
            self.give_back(process, fit=False)
            raise
        return process

    def _may_take(self, payer: str) -> bool:
        """Whether there is a worker for a payer, and one left for those who come after him."""
        others = [one.payer for one in self._busy if one.payer]
        shared = len(others) < max(self.size - 1, 1) and others.count(payer) < max(self.size - 2, 1)
        return bool(self._idle) and (not payer or shared)

    def _await_idle(self, gone: Gone, payer: str) -> Process:
        until, most = time.monotonic() + self.limits.wait, self.limits.waiting
        with self._lock:
            alike = [one for one in self._waiting if bool(one) == bool(payer)]
            own = alike.count(payer) if payer else 0
            full = len(alike) >= most or own > most * 2 // 3
            while self._closed or not self._may_take(payer):
                if self._closed:
                    raise WorkerFailed("The hub is shutting down.")
                if gone and gone():
                    raise QueryTimeout(NOBODY)
                if full or time.monotonic() >= until:
                    raise Busy(
                        "All workers are busy with other queries.", remedy="Try again in 5 s."
                    )
                self._waiting.append(payer)
                try:
                    self._free.wait(min(until - time.monotonic(), LOOK if gone else math.inf))
                finally:
                    self._waiting.remove(payer)
            process = next(filter(Process.is_ready, self._idle), self._idle[-1])
            self._idle.remove(process)
            self._busy.add(process)
            process.payer = payer
            if not process.guards:
                self.watch(process, time.monotonic() + _STARTUP, "The store did not open in time.")
            return process

    def give_back(self, process: Process, *, fit: bool) -> None:
        """Take a worker back, to be handed out again or, where it is not fit, to be replaced."""
        with self._lock:
            self._busy.discard(process)
            process.deadline, process.gone, process.payer = math.inf, None, ""
            full = len(self._idle) + self._working() >= max(self._wanted, 1)
            current = process.store == self.store and not process.overdue
            if fit and current and not full and not self._closed:
                self._idle.append(process)
            else:
                self._retire(process)
            self._free.notify_all()  # of those who wait not each may take it

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
