"""What can go wrong, each with the status that a web client and a shell should see.

An error is a sentence for the user: what happened, where, and what to do about it. The doors
(`hub.cli`, `hub.web`) print it; nothing else in the hub formats errors or exits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

from loaders.findings import Fault, Finding, show_text


class HubError(Exception):
    """Base of every error that a user can do something about.

    Attributes:
        message: what happened, one sentence.
        where: the file, row, position or name concerned; may be empty.
        remedy: what to do; may be empty.
        status: the HTTP status of the error (class attribute).
        exit_code: the exit status of the command line: 1 refused or found wrong, 2 wrong usage.
    """

    status = 500
    exit_code = 1
    title = "Something went wrong"

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        self.message, self.where, self.remedy = map(show_text, (message, where, remedy))
        super().__init__(self.message)

    @classmethod
    def of(cls, found: Fault | Finding, where: str) -> Self:
        """What a loader found wrong, in sentences."""
        message, remedy = (
            f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""
            for text in (found.message, found.remedy)
        )
        return cls(message, where=where, remedy=remedy)

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        return f"{where}{self.message}" + (f" {self.remedy}" if self.remedy else "")

    def as_dict(self) -> dict[str, object]:
        """The error as a problem document (RFC 9457)."""
        problem = {"type": "about:blank", "title": self.title, "status": self.status}
        extra = {"where": self.where, "remedy": self.remedy}
        return problem | {"detail": self.message} | {k: v for k, v in extra.items() if v}


class Invalid(HubError):
    """The request itself is malformed: a bad IRI, date, number or option."""

    status = 400
    exit_code = 2
    title = "Malformed request"


class NotFound(HubError):
    """Nothing visible to the caller has this name. Hidden and absent look the same."""

    status = 404
    title = "Not found"


class Ambiguous(HubError):
    """A label names several things; `candidates` are (IRI, label, what it is)."""

    status = 409
    exit_code = 2
    title = "Ambiguous name"

    def __init__(self, message: str, candidates: Sequence[tuple[str, str, str]]) -> None:
        super().__init__(message, remedy="Give the IRI of the one you mean.")
        self.candidates = tuple(candidates)

    def __str__(self) -> str:
        listed = "".join(f"\n  {label} ({what})  {iri}" for iri, label, what in self.candidates)
        return super().__str__() + listed

    def as_dict(self) -> dict[str, object]:
        candidates = [{"iri": i, "label": name, "what": w} for i, name, w in self.candidates]
        return super().as_dict() | {"candidates": candidates}


class NotAcceptable(HubError):
    """None of the formats that the caller accepts can be given."""

    status = 406
    exit_code = 2
    title = "Format not available"


class Refused(HubError):
    """Understood, and not done: the data or the state forbid it."""

    status = 422
    title = "Refused"


class Unauthorised(HubError):
    """A token was presented that is unknown, expired or revoked."""

    status = 401
    title = "Not authorised"


class Forbidden(HubError):
    """The caller is known, and the request does not come from a page of the hub."""

    status = 403
    title = "Not allowed"


class Unavailable(HubError):
    """The hub cannot answer now: nothing published yet, or a worker died."""

    status = 503
    title = "Not available"


class TooMany(HubError):
    """The caller has used up a budget.

    Attributes:
        budget: its name; wait: seconds until something of it is there again.
    """

    status = 429
    title = "Too many requests"

    def __init__(self, budget: str, told: str, wait: float) -> None:
        self.budget, self.wait = budget, max(1, math.ceil(wait))
        remedy = f"Try again in {self.wait} s."
        super().__init__(f"This is more than {told} for one caller.", remedy=remedy)

    def as_dict(self) -> dict[str, object]:
        """The problem document, with the type that the draft on RateLimit headers registers."""
        problem = "https://iana.org/assignments/http-problem-types#quota-exceeded"
        return super().as_dict() | {"type": problem, "violated-policies": [self.budget]}
