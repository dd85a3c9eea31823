"""Where facts come from: the row of a file, as statements in a graph of their own.

A row that cites a document passes its citation on to all that is made of it. Where rows with
different citations speak of one thing, each but the first also notes what it states of the thing,
so that every statement is cited as its own row cites it. For things that are judged the same only
later it is noted which predicates the rows of a table state at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from loaders.findings import Place
from loaders.lexical import FORBIDDEN
from loaders.mapping.terms import encode_iri_part, write_literal
from loaders.namespaces import MC, NAMESPACES, XSD

RDF = NAMESPACES["rdf"]
DERIVED = f"<{NAMESPACES['prov']}wasDerivedFrom>"
PRIMARY_SOURCE = f"<{NAMESPACES['prov']}hadPrimarySource>"
# How the citation of a record is said of its row. Other names, so that who asks for what is quoted
# gets things and no rows.
CITING = {
    PRIMARY_SOURCE: f"<{MC}rowDocument>",
    f"<{MC}place>": f"<{MC}rowPlace>",
    f"<{MC}quote>": f"<{MC}rowQuote>",
}


class Trace:
    """Writes where the subjects of a row come from.

    ``cited`` holds, for each subject of the source, which citation its first row had; without it
    no row is taken to cite anything.
    """

    def __init__(
        self, base: str, graph: str, source: str, place: Place, cited: dict[str, int] | None = None
    ) -> None:
        sheet = FORBIDDEN.sub(" ", place.sheet)
        # In an IRI an iterator is shown by its names: ``$.events[*]`` as ``events``.
        names = re.sub(r"[$@/.\[\]*'\"]+", " ", sheet).strip()
        parts = "/".join(encode_iri_part(part) for part in (place.file, names) if part)
        self.row = f"<{base}row/{source}/{parts}/"
        self.end = f" <{graph}/provenance> .\n"
        self.said = f" <{graph}> ."
        self.cited = cited
        self.file = f"<{MC}rowOf> <{write_file_iri(base, source, place.file)}>{self.end}"
        self.sheet = f" <{MC}rowSheet> {write_literal(sheet)}{self.end}" if sheet else ""

    def name(self, number: int) -> str:
        """The IRI of a row."""
        return f"{self.row[1:]}{number}"

    def write_table(self, predicates: tuple[str, ...]) -> str:
        """What the rows of the table may state."""
        table = f"{self.row[:-1]}>"
        return "".join(f"{table} <{MC}states> <{name}>{self.end}" for name in predicates)

    def write(self, number: int, subjects: list[str], lines: list[str], mark: int) -> None:
        """Add the lines of one row, of which those from ``mark`` on and ``subjects`` were made."""
        row = f"{self.row}{number}>"
        if self.cited is not None:
            lines += list(self._cite(row, set(subjects), "".join(lines[mark:]), self.cited))
        typed = f'"{number}"^^<{XSD}integer>'
        lines.append(f"{row} <{MC}rowNumber> {typed}{self.end}{row} {self.file}")
        if self.sheet:
            lines.append(row + self.sheet)
        origin = f" {DERIVED} {row}{self.end}"
        lines.append("".join([subject + origin for subject in dict.fromkeys(subjects)]))

    def _cite(
        self, row: str, subjects: set[str], text: str, cited: dict[str, int]
    ) -> Iterator[str]:
        """The one citation of a row, and what it states of things that other rows cite otherwise.

        A row with several documents, places or quotes has none: which goes with which is not said.
        """
        statements = [line.removesuffix(self.said).split(" ", 2) for line in text.split("\n")[:-1]]
        found = {(name, value) for _, name, value in statements if name in CITING}
        if len({name for name, _ in found}) < len(found):
            found = set()
        for name, value in sorted(found):
            yield f"{row} {CITING[name]} {value}{self.end}"
        key = hash(frozenset(found))
        others = {subject for subject in subjects if cited.setdefault(subject, key) != key}
        for number, (subject, name, value) in enumerate(statements):
            if subject in others and name not in CITING:
                note = f"{row[:-1]}/{number}>"
                yield f"{note} <{MC}statedIn> {row}{self.end}"
                yield f"{note} <{RDF}subject> {subject}{self.end}"
                yield f"{note} <{RDF}predicate> {name}{self.end}"
                yield f"{note} <{RDF}object> {value}{self.end}"


def write_file_iri(base: str, source: str, file: str) -> str:
    """The IRI of a source's file."""
    return f"{base}file/{source}/{encode_iri_part(file)}"
