"""What is cited for a statement: the document, the place in it and its words, as one record has it.

A row of a file cites for all that it says; what rows with different citations say of one thing is
told apart by what they note, and by what the rows of their tables can say at all (see
`loaders.provenance`). What a single row says that cites nothing has its place in the file. A thing
without rows, as in Turtle, has its own document, place and quote. Never is the place of one record
shown with the quote of another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from hub.terms import Term, iri, literal
from hub.vocabulary import expand

PARTS = {
    expand(name): part
    for name, part in {
        "prov:hadPrimarySource": "document",
        "mc:place": "place",
        "mc:quote": "quote",
        "mc:rowDocument": "document",
        "mc:rowPlace": "place",
        "mc:rowQuote": "quote",
    }.items()
}
Key = tuple[str, str]  # graph and thing
Parts = dict[str, set[Term]]
Ask = Callable[..., list[dict[str, Term]]]  # name of a query, and terms by variable


@dataclass(frozen=True, slots=True)
class Statement:
    """One triple, and the graph that holds it."""

    graph: str
    subject: str
    property: str
    object: Term


@dataclass(frozen=True, slots=True)
class Cited:
    """A place in a document and its words; None where the record does not say."""

    document: Term | None = None
    place: Term | None = None
    quote: Term | None = None


class Citations:
    """The citations of some things.

    Args:
        ask: answers the queries of `queries/pages` by name.
        known: the things of which all statements are at hand, each with its graph; under one
            thing may stand statements about others that are the same.
        others: things of which they are not.
    """

    def __init__(
        self, ask: Ask, known: Mapping[str, Iterable[Statement]], others: Iterable[str] = ()
    ) -> None:
        unknown = [iri(thing) for thing in sorted(set(others) - known.keys())]
        self._own: dict[Key, Parts] = defaultdict(lambda: defaultdict(set))
        self._rows: dict[Key, dict[str, Parts]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(set))
        )
        self._places: dict[str, Term] = {}  # in files, by row
        for one in (one for said in known.values() for one in said):
            if one.property in PARTS:
                self._own[one.graph, one.subject][PARTS[one.property]].add(one.object)
        for row in ask("own-citations", subject=unknown) if unknown else ():
            self._own[_key(row)][PARTS[row["property"].value]].add(row["object"])
        subjects = known.keys() | {one.subject for said in known.values() for one in said}
        things = [*map(iri, sorted(subjects)), *unknown]
        for row in ask("citations", subject=things) if things else ():
            parts = self._rows[_key(row)][row["row"].value]
            for part in set(PARTS.values()) & row.keys():
                parts[part].add(row[part])
            if "file" in row and "number" in row:
                where = (row[part].value for part in ("file", "sheet") if part in row)
                place = ", ".join((*where, f"row {row['number'].value}"))
                self._places[row["row"].value] = literal(place)
        self._notes: dict[tuple[Key, str, Term], set[str]] = defaultdict(set)
        self._noting: dict[Key, set[str]] = defaultdict(set)
        self._tables: dict[str, set[str]] = defaultdict(set)
        several = {key: rows for key, rows in self._rows.items() if len(rows) > 1}
        if not any(any(rows.values()) for rows in several.values()):
            return
        for row in ask("stated", subject=[iri(thing) for thing in {t for _, t in several}]):
            key = _key(row)
            self._notes[key, row["property"].value, row["object"]].add(row["row"].value)
            self._noting[key].add(row["row"].value)
        tables = {_table(row) for rows in several.values() for row in rows}
        for row in ask("tables", table=list(map(iri, sorted(tables)))):
            self._tables[row["table"].value].add(row["property"].value)

    def of(self, one: Statement) -> tuple[Cited, ...]:
        """What is cited for a statement, in one order."""
        key, name = (one.graph, one.subject), one.property
        rows = self._rows.get(key, {})
        if not any(rows.values()):
            only = self._places.get(next(iter(rows))) if len(rows) == 1 else None
            return _pair(self._own.get(key, {})) or ((Cited(place=only),) if only else ())
        stating = self._notes.get((key, name, one.object))
        if not stating:
            plain = rows.keys() - self._noting.get(key, set())
            stating = {r for r in plain if name in self._tables.get(_table(r), {name})} or plain
        found = {cited for row in stating if row in rows for cited in _pair(rows[row])}
        return tuple(sorted(found, key=repr))

    @property
    def documents(self) -> set[str]:
        """The IRIs of all documents that are cited."""
        every = [*self._own.values(), *(p for rows in self._rows.values() for p in rows.values())]
        found = (term for parts in every for term in parts.get("document", ()))
        return {term.value for term in found if term.kind == "iri"}


def _key(row: Mapping[str, Term]) -> Key:
    """The graph that a row of an answer is about, which its provenance stands beside; the thing."""
    return row["graph"].value.removesuffix("/provenance"), row["subject"].value


def _table(row: str) -> str:
    """The IRI of the table that a row stands in."""
    return row.rpartition("/")[0]


def _pair(parts: Mapping[str, set[Term]]) -> tuple[Cited, ...]:
    """One citation of what occurs once. What occurs several times belongs nobody knows where, and
    is left out; several documents are each cited alone."""
    single = {part: next(iter(terms)) for part, terms in parts.items() if len(terms) == 1}
    documents = parts.get("document", set())
    if len(documents) > 1:
        return tuple(Cited(document) for document in sorted(documents))
    return (Cited(**single),) if single else ()
