"""Sources: whose files the hub holds, when they were loaded, and what was found wrong in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hub.errors import NotFound
from hub.pages.reader import Reader
from hub.publishing.intake import find_sources
from hub.publishing.returning import last_reading, may_have
from hub.store.manifest import SourceFact
from hub.terms import iri
from hub.vocabulary import shorten
from loaders.expectations import add_parts
from loaders.findings import Severity

TOLD = ("name", "title", "owner", "visibility", "licence", "loaded", "rejected")
SEVERITIES = tuple(map(str, Severity))  # the loudest first
COLUMNS = ("severity", "file", "sheet", "row", "column", "value", "rule", "message", "remedy")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source in the list; `loaded` is a UTC time, `findings` counts by severity."""

    name: str
    title: str
    owner: str
    visibility: str
    licence: str
    loaded: str
    rows: int
    rejected: int
    statements: int
    findings: Mapping[str, int]
    href: str


@dataclass(frozen=True)
class SourcesPage:
    """The sources that the viewer may see, and how many statements they make together."""

    sources: tuple[SourceRow, ...]
    statements: int

    def table(self) -> list[list[object]]:
        """The list as a table with a header."""
        names = ("name", "title", "owner", "visibility", "licence", "loaded", "rows", "rejected")
        rows: list[list[object]] = [[*names, "statements", "errors", "warnings", "notes"]]
        for source in self.sources:
            found = [source.findings.get(severity, 0) for severity in SEVERITIES]
            rows.append([*(getattr(source, n) for n in names), source.statements, *found])
        return rows


@dataclass(frozen=True, slots=True)
class Total:
    """A count of a delivery beside what its description expects of it, in words."""

    what: str
    count: int
    expected: str


@dataclass(frozen=True)
class SourcePage:
    """One source: its description, files, totals, and the findings of its last reading.

    `load` is the page of that reading, which `refused` it or not; `returns` is, for its owner, name
    of a file → where it is returned with the findings in it.
    """

    row: SourceRow
    description: str
    refresh: str
    graph: str
    files: tuple[Mapping[str, object], ...]
    rows: tuple[Total, ...]
    classes: tuple[Total, ...]
    findings: tuple[Mapping[str, object], ...]
    load: str
    refused: bool
    returns: Mapping[str, str]


def list_sources(reader: Reader) -> SourcesPage:
    """All sources that the viewer may see, by title."""
    rows = [
        _row(source) for source in reader.hub.generation.manifest.sources
        if reader.viewer.sees(source)
    ]  # fmt: skip
    rows.sort(key=lambda row: row.title.casefold())
    return SourcesPage(tuple(rows), sum(row.statements for row in rows))


def read_source(reader: Reader, name: str, administers: bool = False) -> SourcePage:
    """The page of a source, with its files for who may have them.

    Raises NotFound where the viewer may see none of that name.
    """
    source = reader.hub.generation.manifest.source(name)
    if source is None or not reader.viewer.sees(source):
        raise NotFound(f"There is no source “{name}”.", remedy="See /sources for all.")
    seen = set(reader.hub.graphs(reader.viewer))
    facts = reader.hub.generation.manifest.graphs
    said = (fact.iri for fact in facts if (fact.source, fact.kind) == (name, "said"))
    graph = next(iri for iri in said if iri in seen)
    classes = {
        shorten(row["class"].value): int(row["count"].value)
        for row in reader.select("graph-classes", graph=iri(graph))
    }
    reading = last_reading(reader.hub.settings.data, source.name)
    returned = may_have(reader.viewer, source, administers)
    here = find_sources(reader.hub.settings).get(name) if returned else None
    names = [str(file["name"]) for file in reading.files]
    names = [file for file in names if here and (here.folder / file).is_file()]
    return SourcePage(
        row=_row(source),
        description=source.description,
        refresh=source.refresh,
        graph=graph,
        files=source.files,
        rows=_totals(source.rows, source.expected.get("rows", {})),
        classes=_totals(classes, source.expected.get("classes", {})),
        findings=tuple(finding.as_dict() for finding in reading.findings),
        load=f"/loads/{reading.load}" if reading.load else "",
        refused=reading.status == "refused",
        returns={file: f"/sources/{quote(name)}/files/{quote(file)}" for file in names},
    )


def count_findings(findings: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How many findings there are of each severity, the loudest first."""
    severities = [finding["severity"] for finding in findings]
    return {one: severities.count(one) for one in SEVERITIES if one in severities}


def tabulate_findings(findings: Iterable[Mapping[str, Any]], *before: str) -> list[list[object]]:
    """Findings as a table with a header, `before` its first columns."""
    columns = (*before, *COLUMNS)
    return [[*columns], *([finding.get(name, "") for name in columns] for finding in findings)]


def _row(source: SourceFact) -> SourceRow:
    return SourceRow(
        **{name: getattr(source, name) for name in TOLD},
        rows=sum(source.rows.values()),
        statements=source.quads,
        findings=count_findings(source.findings),
        href=f"/sources/{quote(source.name)}",
    )


def _totals(counts: Mapping[str, int], expected: Mapping[str, str]) -> tuple[Total, ...]:
    whole = add_parts(counts)  # what is counted by sheet may be expected of the file
    return tuple(
        Total(what, whole[what], expected.get(what, ""))
        for what in sorted(counts.keys() | expected.keys())
    )
