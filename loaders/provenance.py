"""Where facts come from: the row of a file, as statements in a graph of their own."""

from __future__ import annotations

import re

from loaders.findings import Place
from loaders.lexical import XSD
from loaders.mapping.terms import encode_iri_part
from loaders.mapping.yarrrml import PREFIXES

MC = PREFIXES["mc"]
DERIVED = f"<{PREFIXES['prov']}wasDerivedFrom>"


class Trace:
    """Writes where the subjects of a row come from."""

    def __init__(self, base: str, graph: str, source: str, place: Place) -> None:
        # An iterator is shown by its names: ``$.events[*]`` as ``events``.
        sheet = re.sub(r"[$@/.\[\]*'\"]+", " ", place.sheet).strip()
        parts = "/".join(encode_iri_part(part) for part in (place.file, sheet) if part)
        self.row = f"<{base}row/{source}/{parts}/"
        self.end = f" <{graph}/provenance> .\n"
        self.file = f"<{MC}rowOf> <{write_file_iri(base, source, place.file)}>{self.end}"

    def name(self, number: int) -> str:
        """The IRI of a row."""
        return f"{self.row[1:]}{number}"

    def write(self, number: int, subjects: list[str], lines: list[str]) -> None:
        """Add the lines of one row and the subjects that were made of it."""
        row = f"{self.row}{number}>"
        typed = f'"{number}"^^<{XSD}integer>'
        lines.append(f"{row} <{MC}rowNumber> {typed}{self.end}{row} {self.file}")
        origin = f" {DERIVED} {row}{self.end}"
        lines.append("".join([subject + origin for subject in dict.fromkeys(subjects)]))


def write_file_iri(base: str, source: str, file: str) -> str:
    """The IRI of a source's file."""
    return f"{base}file/{source}/{encode_iri_part(file)}"
