"""Asking a question: from what people write to terms, and from rows to an answer they can read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from shlex import quote
from typing import TYPE_CHECKING

from hub.errors import HubError, Invalid
from hub.questions.library import Column, Parameter, Question
from hub.sparql.scanner import scan
from hub.terms import XSD, Term, iri, literal, number_or_text
from hub.vocabulary import shorten

if TYPE_CHECKING:
    from hub.access import Viewer
    from hub.hub import Hub

Cell = str | int | float
_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")
_DATATYPES = {4: "gYear", 7: "gYearMonth", 10: "date"}  # by how much of a date is given
_LONGEST_VALUE = 2_000  # characters; no label, date or IRI of a source comes near


@dataclass(frozen=True)
class Answer:
    """What the hub answers to a question, for one viewer.

    Attributes:
        bindings: the parameters as they were understood; those left free are absent.
        rows: one tuple per row, one entry per column, None where the row has no value.
        labels: IRI → label, for every IRI in the rows and bindings that the viewer may see named.
    """

    question: Question
    bindings: Mapping[str, Term]
    rows: tuple[tuple[Term | None, ...], ...]
    labels: Mapping[str, str]

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.question.columns

    def show(self, term: Term | None) -> str:
        """A cell as people read it: the name of a thing, else the value; empty for None."""
        if term is None or term.kind != "iri":
            return term.value if term else ""
        return self.labels.get(term.value) or shorten(term.value)

    def as_dict(self) -> dict[str, object]:
        """The answer as JSON: terms as in the SPARQL JSON format, things with their labels."""
        return {
            "question": self.question.name,
            "title": self.question.title,
            "parameters": {name: self._term(term) for name, term in self.bindings.items()},
            "columns": [
                {"name": c.name, "type": c.type, "label": c.label, "description": c.description}
                for c in self.columns
            ],
            "rows": [
                {c.name: self._term(t) for c, t in zip(self.columns, row, strict=True) if t}
                for row in self.rows
            ],
        }

    @property
    def query(self) -> str:
        """The query that was asked: the question's, with the parameters bound."""
        return scan(self.question.text).bound(self.bindings).written

    def table(self) -> Iterator[list[Cell]]:
        """The answer as `lay_out` gives it; its shape is that of the question, not of the rows."""
        wide = [column.type in ("thing", "any") for column in self.columns]
        return lay_out([column.name for column in self.columns], wide, self.rows, self.labels)

    def _term(self, term: Term) -> dict[str, str]:
        label = {"label": self.labels[term.value]} if term.value in self.labels else {}
        return term.as_json() | (label if term.kind == "iri" else {})


def lay_out(
    columns: Sequence[str],
    wide: Sequence[bool],
    rows: Iterable[Sequence[Term | None]],
    labels: Mapping[str, str],
) -> Iterator[list[Cell]]:
    """Rows for a spreadsheet, with a header: numbers as numbers, all else as texts.

    A `wide` column holds things and takes two: their names, and after it `…_iri`.
    """
    yield [n for c, two in zip(columns, wide, strict=True) for n in (c, f"{c}_iri")[: 1 + two]]
    for row in rows:
        cells: list[Cell] = []
        for term, two in zip(row, wide, strict=True):
            thing = term.value if term and term.kind == "iri" else ""
            plain = number_or_text(term) if term else ""
            cells += [(labels.get(thing) or shorten(thing)) if thing else plain, thing][: 1 + two]
        yield cells


def ask(
    hub: Hub, question: Question, values: Mapping[str, str], viewer: Viewer, payer: str = ""
) -> Answer:
    """Asks a question with the values that somebody wrote, from what the viewer may see.

    It is answered as others' queries are where it has a `payer` (`Pool.query`).

    Raises:
        Invalid: a value is missing, unknown, or not of its parameter's type.
        NotFound, Ambiguous: a label names nothing, or several things.
        HubError: what running the query raises.
    """
    bindings = bind(hub, question, values, viewer)
    found = hub.select(question.text, viewer, bindings, payer=payer)
    rows = tuple(tuple(row.get(column.name) for column in question.columns) for row in found)
    terms = [*bindings.values(), *(term for row in rows for term in row if term)]
    iris = sorted({term.value for term in terms if term.kind == "iri"})
    labels = {name: entity.label for name, entity in hub.describe(iris, viewer).items()}
    return Answer(question, bindings, rows, {k: v for k, v in labels.items() if v})


def bind(
    hub: Hub, question: Question, values: Mapping[str, str], viewer: Viewer
) -> dict[str, Term]:
    """The terms that the variables of a question are bound to; what may stay free is left out.

    Blank values count as not given. Raises as `ask` does.
    """
    names = [p.name for p in question.parameters]
    for name in values:
        if name not in names:
            known = f"It has {', '.join(names)}." if names else "It has none."
            raise Invalid(f"{question.name} has no parameter “{name}”.", remedy=known)
    bindings: dict[str, Term] = {}
    for parameter in question.parameters:
        value = values.get(parameter.name, "").strip() or parameter.default
        if value:
            bindings[parameter.name] = _read_value(hub, parameter, value, viewer)
        elif parameter.required:
            raise Invalid(
                f"{question.name} needs {parameter.name}: {parameter.description}",
                remedy=f"For example {parameter.name}={quote(parameter.example)}.",
            )
    return bindings


def _read_value(hub: Hub, parameter: Parameter, value: str, viewer: Viewer) -> Term:
    if len(value) > _LONGEST_VALUE:
        raise _refusal(parameter, value[:40] + "…", f"at most {_LONGEST_VALUE:,} characters")
    if any("\ud800" <= sign <= "\udfff" for sign in value):
        raise _refusal(parameter, value, "text without halves of surrogate pairs")
    if parameter.type == "iri":
        try:
            return iri(hub.find(value, viewer, parameter.classes).iri)
        except HubError as error:
            error.where = error.where or parameter.label
            raise
    if parameter.type == "integer":
        if not re.fullmatch(r"[+-]?[0-9]{1,9}", value):
            raise _refusal(parameter, value, "a whole number")
        return literal(int(value))
    if parameter.type == "date":
        if _DATE.fullmatch(value) and _exists(value):
            return Term("literal", value, datatype=XSD + _DATATYPES[len(value)])
        raise _refusal(parameter, value, "a date such as 2013, 2013-05 or 2013-05-21")
    if parameter.type == "choice":
        if value not in parameter.choices:
            raise _refusal(parameter, value, f"one of {', '.join(parameter.choices)}")
        return parameter.bound(value)
    return literal(value)


def _exists(day: str) -> bool:
    """Whether there is such a day, or a first day of such a month or year."""
    try:
        date.fromisoformat(day + "-01-01"[len(day) - 4 :])
    except ValueError:
        return False
    return True


def _refusal(parameter: Parameter, value: str, wanted: str) -> Invalid:
    return Invalid(f"{parameter.name} must be {wanted}, not “{value}”.", where=parameter.label)
