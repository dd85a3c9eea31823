"""Findings: what is wrong, or worth knowing, in a partner's file, and where exactly.

A finding is for people to mend, an exception is for what must stop. ``SourceRefused`` is both: it
stops the load of one source and carries the findings that say why.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

SHOWN_PER_RULE = 1000
SHOWN_OF_VALUE = 200
READ_AS = "read-as"  # the note that a table makes of its header row
ADDED_COLUMN = "findings of the hub"  # the column that returned files have, and nobody maps
# Controls, half characters, and the marks that turn the direction of writing.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
# How Python and most libraries quote.
QUOTED = re.compile(r"(?<!\w)'([^'\s]+|\"|[^']*)'(?!\w)")


class Severity(StrEnum):
    """How loud a finding is: an error costs rows or the source, the others cost nothing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """One thing found, with its place.

    ``sheet`` is also the iterator, where several read one JSON or XML file.
    ``row`` is the row as a spreadsheet shows it (the header of a list is row 1), for JSON and XML
    the number of the record, for RDF of the statement. ``value`` is the offending value, shortened.
    """

    severity: Severity
    source: str
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    rule: str = ""
    message: str = ""
    remedy: str = ""

    def as_dict(self) -> dict[str, str | int | None]:
        """The finding as plain values, in the order of its fields."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Finding:
        """The finding that ``as_dict`` gave these values of."""
        return cls(**{**values, "severity": Severity(values["severity"])})

    @property
    def said(self) -> str:
        """What was found, with the value and the remedy."""
        value = f": “{self.value}”" if self.value else ""
        return f"{self.message}{value}" + (f" ({self.remedy})" if self.remedy else "")

    def __str__(self) -> str:
        place = [self.source]
        if self.file:
            place.append(f"{self.file}#{self.sheet}" if self.sheet else self.file)
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column:
            place.append(f"column {self.column}")
        rule = f" · {self.rule}" if self.rule else ""
        return f"{self.severity}: {', '.join(place)}: {self.said}{rule}"


class SourceRefused(Exception):
    """A source that cannot be taken at all; ``findings`` says why, errors among them."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        errors = [str(f) for f in self.findings if f.severity is Severity.ERROR]
        super().__init__("\n".join(errors) or "the source was refused")


class Fault(Exception):
    """What is wrong with one row: raised or yielded by readers and maps, which do not know its
    place.
    """

    def __init__(
        self, rule: str, message: str, remedy: str = "", *, column: str = "", value: str = ""
    ) -> None:
        super().__init__(message)
        self.rule, self.message, self.remedy = rule, message, remedy
        self.column, self.value = column, value


def show_text(text: str) -> str:
    """The text with what a terminal would obey, or nothing can encode, written as escapes."""
    return HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def show_value(value: object) -> str:
    """A value of a mapping or description as it is written there, and not as Python does."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def show_error(error: object) -> str:
    """What a library says went wrong, quoted as everywhere in the hub."""
    text = str(error)
    if isinstance(error, UnicodeDecodeError):
        text = f"{error.reason} at byte {error.start}"
    elif isinstance(error, OSError | SyntaxError):
        text = (error.strerror if isinstance(error, OSError) else error.msg) or text
    return QUOTED.sub(r"“\1”", " ".join(text.split()))


@contextmanager
def refused_as(
    rule: str, message: str, remedy: str, *errors: type[BaseException]
) -> Iterator[None]:
    """These errors of a library as a Fault, which tells what they say behind the message."""
    try:
        yield
    except errors as error:
        raise Fault(rule, f"{message}: {show_error(error)}", remedy) from error


class Report:
    """Collects the findings of one source; after the first 1000 a rule's are only counted."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._findings: dict[Finding, None] = {}
        self._counts: Counter[tuple[Severity, str, str, str]] = Counter()

    def at(self, file: str, sheet: str = "") -> Place:
        """Where findings about a file are made."""
        return Place(self, file, sheet)

    def add(self, finding: Finding) -> None:
        """Keep a finding, or count it; what is found twice is kept once."""
        if finding in self._findings:
            return
        key = (finding.severity, finding.file, finding.sheet, finding.rule)
        self._counts[key] += 1
        if self._counts[key] <= SHOWN_PER_RULE:
            self._findings[finding] = None

    def findings(self) -> tuple[Finding, ...]:
        """All findings in the order they were made, then how many more there were of a rule."""
        remedy = "mend the ones listed and load again"
        more = [
            Finding(severity, self.source, file, sheet, None, "", "", rule, message, remedy)
            for (severity, file, sheet, rule), count in self._counts.items()
            if count > SHOWN_PER_RULE
            and (message := f"{count - SHOWN_PER_RULE} more findings of this rule are not listed")
        ]
        return (*self._findings, *more)

    def refusal(self) -> SourceRefused:
        """The exception that stops the source, with all findings so far."""
        return SourceRefused(self.findings())


@dataclass(frozen=True)
class Place:
    """A file, or a sheet of one, about which findings are made."""

    report: Report
    file: str
    sheet: str = ""

    def find(self, severity: Severity, fault: Fault, row: int | None = None) -> None:
        """Report a fault here."""
        value, column = (
            text if len(text) <= SHOWN_OF_VALUE else text[:SHOWN_OF_VALUE] + "…"
            for text in (fault.value, fault.column)
        )
        value, column, message = map(show_text, (value, column, fault.message))
        place = (severity, self.report.source, self.file, self.sheet, row)
        finding = Finding(*place, column, value, fault.rule, message, fault.remedy)
        self.report.add(finding)

    @contextmanager
    def stopping(self) -> Iterator[None]:
        """A fault that is raised inside stops the source, and is reported here."""
        try:
            yield
        except Fault as fault:
            self.find(Severity.ERROR, fault)
            raise self.report.refusal() from fault

    def refusal(self, rule: str, message: str, remedy: str = "", **where: str) -> SourceRefused:
        """Report an error; gives the exception that stops the source for it."""
        self.error(rule, message, remedy, **where)
        return self.report.refusal()

    def error(self, rule: str, message: str, remedy: str = "", **where: str) -> None:
        """Report an error; ``where`` gives column and value."""
        self.find(Severity.ERROR, Fault(rule, message, remedy, **where))

    def warn(self, rule: str, message: str, remedy: str = "", **where: str) -> None:
        """Report a warning."""
        self.find(Severity.WARNING, Fault(rule, message, remedy, **where))

    def note(self, rule: str, message: str, remedy: str = "", **where: str) -> None:
        """Report a note."""
        self.find(Severity.NOTE, Fault(rule, message, remedy, **where))
