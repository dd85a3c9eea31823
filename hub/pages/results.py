"""The rows of a query as a page shows them: labels behind IRIs, not too many at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub.pages.evidence import Evidence
from hub.pages.parts import Link, Text
from hub.pages.reader import Reader
from hub.questions.answer import Cell, lay_out
from hub.terms import Term

SHOWN = 500  # rows on a page; the other formats hold all


@dataclass(frozen=True)
class ResultTable:
    """Rows of a query; `total` counts all of them, `rows` holds the first. None is unbound."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Link | Text | None, ...], ...]
    total: int


def read_table(
    reader: Reader, columns: Sequence[str], rows: Sequence[Sequence[Term | None]]
) -> ResultTable:
    """The first of some rows with the names of what occurs in them."""
    shown = rows[:SHOWN]
    terms = [term for row in shown for term in row if term]
    evidence = Evidence(reader, (term.value for term in terms if term.kind == "iri"))

    def cell(term: Term | None) -> Link | Text | None:
        if term is None:
            return None
        if term.kind == "iri":
            return evidence.link(term.value)
        return Text("_:" * (term.kind == "bnode") + term.value, term.language)

    return ResultTable(
        tuple(columns), tuple(tuple(cell(term) for term in row) for row in shown), len(rows)
    )


def tabulate(
    reader: Reader, columns: Sequence[str], rows: Sequence[Sequence[Term | None]]
) -> Iterator[list[Cell]]:
    """Rows for a spreadsheet as `lay_out` gives them, wide where a column holds any thing."""
    things = {term.value for row in rows for term in row if term and term.kind == "iri"}
    named = {iri: hit.label for iri, hit in reader.describe(things).items()}
    wide = [
        any(term.kind == "iri" for row in rows if (term := row[place]))
        for place in range(len(columns))
    ]
    return lay_out(columns, wide, rows, named)
