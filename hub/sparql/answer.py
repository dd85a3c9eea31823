"""An answer while it is read: its bytes, its clock, and what can still go wrong with it."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from typing import Protocol

from hub.errors import HubError
from hub.sparql.errors import QueryRefused, QueryTooLarge, WorkerFailed, time_limit
from hub.sparql.formats import Format
from hub.sparql.frames import Failure, Request
from hub.sparql.limits import Limits
from hub.sparql.mistakes import find_mistake
from hub.sparql.process import Process, memory_exceeded
from hub.sparql.query import Query
from hub.sparql.tokens import CORRECT

_EAGER = 256 * 1024  # bytes of an answer that are read before it is handed out


class Keeper(Protocol):
    """Who keeps the worker that writes an answer."""

    limits: Limits
    answered: float

    def watch(self, process: Process, deadline: float, reason: str) -> None: ...
    def give_back(self, process: Process, *, fit: bool) -> None: ...


class Answer:
    """An answer as bytes, to be read once, by iteration, while a worker still writes it.

    The clock counts the worker's time, the reader's, and all of it.

    Attributes:
        format: its serialisation; `media_type` and `content_type` are those of the format.
        volatile: whether the same query over the same data may give something else.
        whole: all of it, where it was small enough to be read before it was handed out.
    """

    def __init__(
        self,
        pool: Keeper,
        process: Process,
        query: Query,
        seconds: float,
        request: Request,
        chosen: Format,
        spent: float = 0.0,
        volatile: bool = False,
    ) -> None:
        self.pool, self.process, self.query, self.format = pool, process, query, chosen
        self.media_type, self.content_type = chosen.media_type, chosen.content_type
        self.base = request.base
        self.seconds, self.left = seconds, seconds - spent
        self.until = time.monotonic() + pool.limits.total
        self.volatile, self.done = volatile, False
        self.first: deque[bytes] = deque()
        process.send(request)
        size = 0
        while size < _EAGER and (piece := self._receive()) is not None:
            self.first.append(piece)
            size += len(piece)

    @property
    def whole(self) -> bytes | None:
        return b"".join(self.first) if self.done else None

    def read(self) -> bytes:
        """All of it at once, for where it is known to be small."""
        return b"".join(self)

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
        self._watch(since + self.left, time_limit(self.seconds))
        try:
            kind, payload = self.process.receive()
            if kind == b"E":
                failure = Failure.decode(payload)
                error = self._explain(failure)
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
            self.pool.answered = time.monotonic()
            self._finish(fit=payload == b"0")
            return None
        self._finish(fit=failure.kind in ("syntax", "rows", "bytes", "function"))
        raise error

    def _explain(self, failure: Failure) -> HubError:
        if failure.kind != "syntax":
            return _error(failure, self.pool.limits)
        # Asked once more with the tokens far apart, the engine shows at which of them it failed.
        self.process.send(Request(self.query.spread(), base=self.base))
        kind, payload = self.process.receive()
        found = Failure.decode(payload).message if kind == b"E" else ""
        return _syntax_error(found, self.query) or QueryRefused(
            f"The query is not SPARQL 1.1: {failure.message}", remedy="Correct it."
        )

    def _watch(self, deadline: float, reason: str) -> None:
        if self.until < deadline:
            total = self.pool.limits.total
            deadline, reason = self.until, f"The answer was cut at the limit of {total:g} s."
        self.pool.watch(self.process, deadline, reason)

    def _finish(self, *, fit: bool) -> None:
        self.done = True
        self.pool.give_back(self.process, fit=fit)

    def close(self) -> None:
        """Give up what was not read. Safe to call twice."""
        self.first.clear()
        if not self.done:
            self._finish(fit=False)

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if not getattr(self, "done", True):
            self.close()


def _error(failure: Failure, limits: Limits) -> HubError:
    if failure.kind in ("rows", "bytes"):
        rows = f"has more rows than the limit of {limits.rows:,}"
        size = f"is larger than the limit of {limits.bytes:,} bytes"
        message = f"The answer {rows if failure.kind == 'rows' else size}."
        return QueryTooLarge(message, remedy="Add LIMIT and OFFSET, and fetch it in parts.")
    if failure.kind == "memory":
        return memory_exceeded(limits)
    if failure.kind == "function":
        return QueryRefused(failure.message.rstrip(".") + ".")
    return WorkerFailed(f"The query could not be evaluated: {failure.message}")


_POSITION = re.compile(r"error at (\d+):(\d+): expected (.*)", re.DOTALL)


def _syntax_error(message: str, query: Query) -> QueryRefused | None:
    """What the engine says of `query.spread()`, at the token that the user must look at."""
    found = _POSITION.fullmatch(message)
    if not found:
        return None
    token = query.locate(int(found[1]), int(found[2]))
    end = query.tokens[-1].end
    place = query.source.place(token.start if token else end)
    if mistake := find_mistake(query.tokens):
        where = query.source.place(mistake.token.start)
        return QueryRefused(mistake.message, *where, remedy=mistake.remedy)
    # Of what the engine expects, only sentences help; the rest are pieces of its grammar.
    for part in found[3].removeprefix("one of ").split(", "):
        if re.fullmatch(r"[A-Z]\w+ [\w *.'-]+", part) and not part.endswith("failed"):
            return QueryRefused(f"{part.rstrip('.')}.", *place, remedy=CORRECT)
    if token is None:
        return QueryRefused("The query ends too early.", *place, remedy="Complete it.")
    if token.kind in ("iri", "name") and "IRI parsing failed" in found[3]:
        return QueryRefused(f"{token.text} is not an absolute IRI.", *place, remedy=CORRECT)
    shown = "SERVICE" if token.kind == "block" else token.text
    return QueryRefused(f"{shown} cannot stand here.", *place, remedy=CORRECT)
