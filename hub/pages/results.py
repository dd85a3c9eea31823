"""The rows of a query as a page shows them: labels behind IRIs, not too many at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub.pages.evidence import Evidence
from hub.pages.parts import Link, Text
from hub.pages.reader import Reader
from hub.terms import Term, number_or_text
from hub.vocabulary import shorten

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


def lay_out(
    reader: Reader, columns: Sequence[str], rows: Sequence[Sequence[Term | None]]
) -> tuple[list[str], Iterator[list[str | int | float]]]:
    """Rows for a spreadsheet: a header, and the lines. A column that holds things takes two: their
    names, and after it `…_iri`. Numbers are numbers.
    """
    things = {term.value for row in rows for term in row if term and term.kind == "iri"}
    named = {iri: hit.label for iri, hit in reader.describe(things).items()}
    wide = [
        any(term.kind == "iri" for row in rows if (term := row[place]))
        for place in range(len(columns))
    ]
    header = [n for c, w in zip(columns, wide, strict=True) for n in (c, f"{c}_iri")[: 1 + w]]

    def line(row: Sequence[Term | None]) -> Iterator[str | int | float]:
        for term, two in zip(row, wide, strict=True):
            thing = term.value if term and term.kind == "iri" else ""
            yield (
                (named.get(thing) or shorten(thing)) if thing or not term else number_or_text(term)
            )
            if two:
                yield thing

    return header, (list(line(row)) for row in rows)
