"""What one query may use. The service description and the README state these numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one query, from its text to the last byte of its answer.

    Attributes:
        size: characters of the query.
        nesting: depth of braces, brackets and parentheses.
        patterns: triple patterns, counted from above by the scanner. The engine's planning is
            about cubic in them (400 take 1.8 s even on an empty store).
        seconds: time that the worker may take, and to wait for it; the time in which the reader of
            an answer keeps it waiting is not counted.
        stall: seconds for which the reader of an answer may take nothing before it is cut.
        total: seconds after which an answer is cut, however it goes.
        rows: solutions of a SELECT, statements of a CONSTRUCT or DESCRIBE; an answer with more is
            an error, never a shorter answer.
        bytes: size of the answer.
        memory: bytes that a worker may take beyond what the opened store takes.
        wait: seconds to wait for a free worker before the caller is told to come back.
        waiting: callers that may wait at once, two thirds of them for one payer; more are told so
            right away, so that they leave the server's threads to those who need no worker.
    """

    size: int = 100_000
    nesting: int = 100
    patterns: int = 300
    seconds: float = 60.0
    stall: float = 20.0
    total: float = 900.0
    rows: int = 5_000_000
    bytes: int = 4 * 2**30
    memory: int = 2**30
    wait: float = 10.0
    waiting: int = 12
