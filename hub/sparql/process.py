"""A worker as its pool sees it: a process, its pipes, and the moment at which it must be killed."""

from __future__ import annotations

import contextlib
import fcntl
import json
import math
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from hub.sparql.errors import (
    NARROW,
    NOBODY,
    QueryRefused,
    QueryTimeout,
    QueryTooLarge,
    WorkerFailed,
)
from hub.sparql.frames import Failure, Request, read_frame, write_frame
from hub.sparql.limits import Limits

LOOK = 0.25  # seconds after which it is seen whether who asked is still there
_F_SETPIPE_SZ = 1031  # Linux; a large pipe lets the worker run ahead of a slow reader


class Process:
    """One worker. Start it from a thread that lives on: the worker dies with that thread.

    Attributes:
        store: the store that it has opened.
        deadline: when it must be killed (`time.monotonic()`), and in `reason` what to say then.
        guards: what it reported to be in force; empty until it is ready.
        gone: says whether who asked has gone away meanwhile; None where that cannot be known.
        payer: for whom it works; empty for the hub itself.
    """

    gone: Callable[[], bool] | None = None
    payer = ""

    def __init__(self, store: Path, limits: Limits) -> None:
        self.store, self.limits = store, limits
        self.deadline, self.reason, self.overdue = math.inf, "", False
        self.guards: dict[str, object] = {}
        self._words = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `end`)
        memory, parent = str(limits.memory), str(os.getpid())
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hub.sparql.worker", str(store.resolve()), memory, parent],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            start_new_session=True,  # an interrupt at the terminal is not for it
            cwd="/",
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "LC_ALL": "C.UTF-8"},
        )
        assert self._process.stdin
        assert self._process.stdout
        self._into, self._out = self._process.stdin, self._process.stdout
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._out, _F_SETPIPE_SZ, 2**20)

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        """Kill the process, wait for it, and close what belongs to it."""
        self._process.kill()
        self._process.wait()
        for file in (self._into, self._out, self._words):
            with contextlib.suppress(OSError):
                file.close()

    def kill_if_overdue(self) -> bool:
        """Kill it if its deadline has passed, or nobody waits for it any more; whether so."""
        left = not self.overdue and self.gone is not None and self.gone()
        if left:
            self.reason = NOBODY
        if left or self.deadline <= time.monotonic():
            self.overdue = True
            self.kill()
        return self.overdue

    def is_ready(self) -> bool:
        """Whether it has opened its store, or said why it cannot."""
        return bool(self.guards) or bool(select.select([self._out], [], [], 0)[0])

    def await_ready(self) -> None:
        """Wait until it has opened its store. Raises WorkerFailed if it cannot."""
        if not self.guards:
            kind, payload = self.receive()
            if kind != b"R":
                raise WorkerFailed(
                    f"The store could not be opened: {Failure.decode(payload).message}",
                    remedy="Run `hub verify`, or roll back to an earlier generation.",
                )
            self.guards = json.loads(payload)

    def send(self, request: Request) -> None:
        with contextlib.suppress(OSError):  # that it is dead shows in `receive`
            write_frame(self._into, b"Q", request.encode())

    def receive(self) -> tuple[bytes, bytes]:
        """The next frame's kind and payload.

        Raises:
            QueryTimeout: it was killed at its deadline.
            QueryTooLarge: it ran out of memory.
            QueryRefused: it ran out of stack.
            WorkerFailed: it ended for another reason.
        """
        return read_frame(self._out) or self._explain()

    def _explain(self) -> NoReturn:
        status = self._process.wait()
        if self.overdue:
            raise QueryTimeout(self.reason, remedy=NARROW)
        self._words.seek(0)
        words = self._words.read(10_000).decode(errors="replace")
        if "overflowed its stack" in words or -status in (signal.SIGSEGV, signal.SIGBUS):
            raise QueryRefused("The query nests too deeply to be evaluated.")
        if "memory allocation" in words or "bad_alloc" in words or -status == signal.SIGKILL:
            raise memory_exceeded(self.limits)
        raise WorkerFailed(f"The process that evaluates queries ended with status {status}.")


def memory_exceeded(limits: Limits) -> QueryTooLarge:
    return QueryTooLarge(
        f"The query takes more memory than the limit of {limits.memory // 2**20:,} MB.",
        remedy="Narrow it, or leave out ORDER BY, DISTINCT or GROUP BY over many rows.",
    )
