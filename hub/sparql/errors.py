"""What can go wrong with a query. Each says which limit or which place, and what to do."""

from __future__ import annotations

from hub.errors import HubError, Unavailable


class QueryRefused(HubError):
    """The text is no query that the hub answers; `line` and `column` count from 1, 0 is unknown."""

    status = 400
    title = "Query refused"

    def __init__(self, message: str, line: int = 0, column: int = 0, *, remedy: str = "") -> None:
        where = f"line {line}, column {column}" if line else ""
        super().__init__(message, where=where, remedy=remedy)
        self.line, self.column = line, column

    def as_dict(self) -> dict[str, object]:
        place = {"line": self.line, "column": self.column} if self.line else {}
        return super().as_dict() | place


class ServiceFailed(QueryRefused):
    """An endpoint that a SERVICE block asks gave no answer, or none that can be used."""

    status = 502
    title = "Service failed"


class QueryTimeout(HubError):
    """The query, or the reader of its answer, took longer than the limit named."""

    status = 504
    title = "Query took too long"


NOBODY = "Who asked has gone away."
NARROW = "Narrow the query, or add a LIMIT."


def time_limit(seconds: float) -> str:
    """What is said of a query that did not end in its time."""
    return f"The query was stopped at its time limit of {seconds:g} s."


class QueryTooLarge(HubError):
    """The answer has more rows or bytes, or its evaluation takes more memory, than allowed."""

    status = 422
    title = "Answer too large"


class WorkerFailed(Unavailable):
    """The process that evaluates queries died or could not open the store."""

    title = "Query worker failed"


class Busy(Unavailable):
    """Every worker is at work."""

    title = "Busy"
