"""What was found when a source was last read, and its files returned with that in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.access import Viewer
from hub.errors import NotFound, Refused
from hub.history import Event, read_events
from hub.publishing.intake import find_sources
from hub.settings import Settings
from hub.store.files import digest_file
from hub.store.generations import current, current_number
from hub.store.manifest import SourceFact
from loaders.description import Dialect, read_source
from loaders.findings import Finding, SourceRefused
from loaders.marking import mark_file, write_findings

EVENTS_A_STEP = 20


@dataclass(frozen=True)
class Reading:
    """What was found when a source was last read.

    Attributes:
        load: the number of the load that read it; at: when; status: what became of it.
        files: name, sha256 and bytes of each file, as it was then.
    """

    load: int
    at: str
    status: str
    findings: tuple[Finding, ...]
    files: tuple[Mapping[str, Any], ...]


def last_reading(data: Path, name: str) -> Reading:
    """The last reading of a source, also where it was refused then.

    A source that was not read again, or that was rolled back, stands as its generation has it.
    Raises NotFound where no load knows the source.
    """
    for event in list_events(data):
        outcome = find_outcome(event, name)
        if event.action == "rollback" and (outcome or not event.details.get("sources")):
            break
        if outcome and (outcome["status"] == "refused" or outcome.get("files")):
            found = tuple(map(Finding.from_dict, outcome["findings"]))
            files = tuple(outcome.get("files", ()))
            return Reading(event.number, event.at, outcome["status"], found, files)
        if outcome:
            break
    fact = None if current_number(data) is None else current(data).manifest.source(name)
    if fact is None:
        raise NotFound(f"No load has read a source “{name}”.", remedy="See hub sources.")
    found = tuple(map(Finding.from_dict, fact.findings))
    return Reading(fact.load, fact.loaded, "unchanged", found, fact.files)


def list_events(data: Path, before: int = 0) -> Iterator[Event]:
    """All events (below number `before`), newest first, read as far as they are asked for."""
    events = read_events(data, EVENTS_A_STEP, before or 2**62)
    while events:
        yield from events
        events = read_events(data, EVENTS_A_STEP, events[-1].number)


def find_outcome(event: Event, name: str) -> Mapping[str, Any] | None:
    """What became of a source in a load, as the history keeps it."""
    outcomes: list[dict[str, Any]] = event.details.get("sources", [])
    return next((outcome for outcome in outcomes if outcome["name"] == name), None)


def may_have(viewer: Viewer, source: SourceFact, administers: bool) -> bool:
    """Whether to return files to whoever looks so: the partner that sent them, and who administers.

    The owner of a source that is no single partner's is the partner whose short name is its name
    in lower case, with hyphens for what is neither letter nor digit: `biom` for BioM.
    """
    owner = source.partner or re.sub("[^a-z0-9]+", "-", source.owner.casefold()).strip("-")
    return viewer.sees(source) and (administers or viewer.partner == owner)


def return_files(settings: Settings, name: str, folder: Path, only: str = "") -> list[Path]:
    """Write the files of a source, with what was found in them, into `folder`.

    Beside them stands `NAME.findings.csv`, which lists all findings; with `only`, the name of a
    file, that file alone is written. Gives what was written, each file's marked version first.

    Raises:
        NotFound: there is no such source, or no such file of it.
        Refused: a file is not any more the one that was read.
    """
    reading = last_reading(settings.data, name)
    folders = find_sources(settings)
    if name not in folders:
        raise NotFound(f"The source “{name}” is configured no more.")
    dialects: Mapping[str, Dialect] = {}
    remote: Set[str] = frozenset()
    try:
        source = read_source(folders[name])
        dialects, remote = source.dialects, source.endpoints.keys()
    except SourceRefused:
        pass  # its files can be returned all the same
    # What an endpoint answered is no file that anybody could mend.
    files = [f for f in reading.files if only in ("", f["name"]) and f["name"] not in remote]
    if only and not files:
        raise NotFound(f"The source “{name}” has no file “{only}”.")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for file in files:
        path = folders[name].folder / file["name"]
        if not path.is_file() or digest_file(path) != file["sha256"]:
            raise Refused(
                f"The file is not any more the one that load {reading.load} read.",
                where=str(path),
                remedy="Load it again: what is found then is about the file as it is now.",
            )
        found = [finding for finding in reading.findings if finding.file == file["name"]]
        if any(finding.rule == "erased" for finding in found):
            continue  # the hub hands out nothing that names them, not even the partner's own file
        written += mark_file(path, found, folder, dialects.get(file["name"]))
    if not only:
        written.append(folder / f"{name}.findings.csv")
        write_findings(reading.findings, written[-1])
    return written
