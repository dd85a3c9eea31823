"""Loads: what each added, changed, removed and found, in the sources that the viewer may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from hub.errors import NotFound
from hub.history import Event, read_event
from hub.pages.parts import page_of
from hub.pages.reader import Reader
from hub.pages.sources import SEVERITIES, count_findings, tabulate_findings
from hub.publishing.returning import list_events

PAGE = 30
OUTCOME = ("name", "status", "rows", "rejected", "added", "removed")


@dataclass(frozen=True, slots=True)
class LoadedSource:
    """What became of one source in a load.

    `things` counts added, changed and removed; `findings` counts by severity.
    """

    name: str
    title: str
    status: str
    rows: int
    rejected: int
    added: int
    removed: int
    things: Mapping[str, int]
    findings: Mapping[str, int]
    level: str
    partner: str | None


@dataclass(frozen=True)
class LoadRow:
    """A load, or a rollback, with the sources that it touched. `at` is a UTC time."""

    number: int
    at: str
    action: str
    sources: tuple[LoadedSource, ...]
    href: str


@dataclass(frozen=True)
class LoadsPage:
    """The latest loads; `older` is where the ones before them are."""

    loads: tuple[LoadRow, ...]
    older: str = ""

    def table(self) -> list[list[object]]:
        """A line for each source of each load, with a header."""
        rows: list[list[object]] = [["load", "at", "action", *OUTCOME, *SEVERITIES]]
        for load in self.loads:
            for source in load.sources:
                found = [source.findings.get(severity, 0) for severity in SEVERITIES]
                values = [getattr(source, name) for name in OUTCOME]
                rows.append([load.number, load.at, load.action, *values, *found])
        return rows


@dataclass(frozen=True, slots=True)
class ChangedThing:
    """A thing that a load added, changed or removed; `href` is empty where it has no page now."""

    change: str
    iri: str
    kind: str
    label: str
    href: str
    came: Sequence[Mapping[str, str]]
    went: Sequence[Mapping[str, str]]
    more: int


@dataclass(frozen=True)
class SourceLoad:
    """One source in a load: kinds with how many were added, changed, removed; things; findings."""

    source: LoadedSource
    counts: Mapping[str, Mapping[str, int]]
    things: tuple[ChangedThing, ...]
    findings: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class LoadPage:
    """One load. `severity` is the only one shown, or empty."""

    load: LoadRow
    sources: tuple[SourceLoad, ...]
    severity: str = ""

    def table(self) -> list[list[object]]:
        """The findings of all sources, with a header."""
        found = (finding for one in self.sources for finding in one.findings)
        return tabulate_findings(found, "source")


def list_loads(reader: Reader, before: int = 0) -> LoadsPage:
    """The latest loads that touched something the viewer may see, below number `before`."""
    rows = (_row(reader, event) for event in list_events(reader.hub.settings.data, before))
    shown = list(islice((row for row in rows if row.sources), PAGE + 1))
    older = f"/loads?before={shown[PAGE - 1].number}" if len(shown) > PAGE else ""
    return LoadsPage(tuple(shown[:PAGE]), older)


def read_load(reader: Reader, number: int, severity: str = "") -> LoadPage:
    """The page of a load. Raises NotFound where it touched nothing that the viewer may see."""
    event = read_event(reader.hub.settings.data, number)
    row = _row(reader, event) if event else None
    if event is None or row is None or not row.sources:
        raise NotFound(f"There is no load {number}.", remedy="See /loads for all.")
    outcomes = {outcome["name"]: outcome for outcome in event.details.get("sources", [])}
    sources = (_tell(reader, source, outcomes[source.name], severity) for source in row.sources)
    return LoadPage(row, tuple(sources), severity)


def _row(reader: Reader, event: Event) -> LoadRow:
    sources = tuple(_list_visible(reader, event))
    return LoadRow(event.number, event.at, event.action, sources, f"/loads/{event.number}")


def _list_visible(reader: Reader, event: Event) -> Iterator[LoadedSource]:
    """The sources that a load touched, seen both as they were then and as they are now."""
    manifest = reader.hub.generation.manifest
    for outcome in event.details.get("sources", []):
        quiet = outcome["status"] == "unchanged" and not outcome["findings"]
        if quiet or not outcome["visibility"]:
            continue
        difference = outcome.get("difference") or {"counts": {}}
        things = {
            change: total
            for change in ("added", "changed", "removed")
            if (total := sum(n.get(change, 0) for n in difference["counts"].values()))
        }
        present = manifest.source(outcome["name"])
        source = LoadedSource(
            **{name: outcome[name] for name in OUTCOME},
            title=present.title if present else outcome["name"],
            things=things,
            findings=count_findings(outcome["findings"]),
            level=outcome["visibility"],
            partner=outcome.get("partner"),
        )
        known = source.level != "partner" or source.partner
        if known and all(reader.viewer.sees(one) for one in (source, present) if one):
            yield source


def _tell(
    reader: Reader, source: LoadedSource, outcome: Mapping[str, Any], severity: str
) -> SourceLoad:
    difference = outcome.get("difference") or {"counts": {}, "things": []}
    listed = difference["things"]
    standing = reader.describe(thing["iri"] for thing in listed)
    canonical = {t["iri"]: reader.hub.canonical(t["iri"], reader.viewer) for t in listed}
    standing |= reader.describe(set(canonical.values()) - standing.keys())
    things = tuple(
        ChangedThing(
            **thing,
            href=page_of(name, reader.base)
            if (name := canonical[thing["iri"]]) in standing
            else "",
        )
        for thing in listed
    )
    findings = tuple(f for f in outcome["findings"] if severity in ("", f["severity"]))
    return SourceLoad(source, difference["counts"], things, findings)
