"""Keeping those who were erased out of what a source says: a file of N-Quads in, the same without.

1. whoever was erased, and the records that are about them: memberships, posts held, parts taken
2. statements about these, or that point at them, go
3. in all other texts their names are replaced
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from urllib.parse import unquote

from hub.erasure.hashes import ABOUT, Erasures
from hub.vocabulary import expand

QUAD = re.compile(r'<([^>]*)> <([^>]*)> (?:<([^>]*)>|"((?:[^"\\]|\\.)*)"(\S*)) <([^>]*)> \.\n')
NAMED = frozenset(
    expand(name)
    for name in (
        "rdfs:label", "skos:prefLabel", "skos:altLabel", "foaf:name", "schema:name",
        "schema:alternateName", "schema:email", "schema:telephone",
    )
)  # fmt: skip
FROM_ROW = expand("prov:wasDerivedFrom")
Row = tuple[str, str, int | None]  # file, sheet and row; of a file without rows the file alone


def cleanse_quads(path: Path, erasures: Erasures) -> list[Row] | None:
    """Take those who were erased out of a file, in place; it has to be sorted again.

    Returns:
        The rows that spoke of them; None where nobody was found.
    """
    if not erasures:
        return None
    gone: set[str] = set()
    names: set[str] = set()
    for subject, _, target, _ in _read(path):
        gone.update(iri for iri in (subject, target) if iri and erasures.holds(iri))
    people = frozenset(gone)
    for subject, name, target, text in _read(path):
        if target in people and name in ABOUT:
            gone.add(subject)
        if subject in people and name in NAMED and text:
            names.add(text)
    erasures = erasures.naming(names)
    rows: set[Row] = set()
    found = bool(people)
    cleansed = path.with_suffix(".cleansed")
    with (
        path.open(encoding="utf-8", newline="\n") as lines,
        cleansed.open("w", encoding="utf-8", newline="\n") as out,
    ):
        for line in lines:
            match = QUAD.fullmatch(line)
            if match and (match[1] in gone or match[3] in gone):
                if match[2] == FROM_ROW and match[1] in gone and match[3]:
                    rows.add(_read_row(match[3]))
                continue
            if match and match[4]:
                text = erasures.cleanse(match[4])
                found = found or text != match[4]
                line = line[: match.start(4)] + text + line[match.end(4) :]
            out.write(line)
    if not found:
        cleansed.unlink()
        return None
    cleansed.replace(path)
    return sorted(rows, key=str)


def find_traces(paths: Iterable[Path], iris: Set[str]) -> tuple[set[str], set[str]]:
    """By what names files of quads call some people, and the IRIs of the records about them."""
    names, records = set(), set()
    for path in paths:
        for subject, name, target, text in _read(path):
            if text and name in NAMED and subject in iris:
                names.add(text)
            elif target in iris and name in ABOUT:
                records.add(subject)
    return names, records


def _read(path: Path) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Subject, property, and the object as an IRI or as a text."""
    with path.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            if match := QUAD.fullmatch(line):
                yield match[1], match[2], match[3], match[4]


def _read_row(iri: str) -> Row:
    """File, sheet and number of `…/row/SOURCE/FILE[/SHEET]/7`; the file of `…/FILE` alone."""
    _, _, parts = iri.partition("/row/")
    if not parts:
        return unquote(iri.rpartition("/")[2]), "", None
    _, *place, number = (unquote(part) for part in parts.split("/"))
    return place[0], "/".join(place[1:]), int(number)
