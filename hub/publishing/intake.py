"""Taking in one source: from its folder to sorted N-Quads of what it says, or to findings.

What a source may write is confined to graphs of its own; beside what it says stands where each
statement comes from, down to the row, in a graph of provenance of the same visibility.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import uuid4

import hub
import loaders
from hub.erasure import Erasures, read_erasures
from hub.erasure.quads import Row, cleanse_quads
from hub.errors import HubError, Invalid
from hub.history import now
from hub.publishing.catalogue import describe_source
from hub.publishing.erasing import tell_erased
from hub.publishing.report import Progress
from hub.requests.evidence import find_folders
from hub.settings import Settings
from hub.store.files import Sorting, digest_file, sort_quads, write_merged, write_subjects
from hub.store.generations import Draft
from hub.store.manifest import SourceFact
from loaders.description import Location, Source, read_source
from loaders.findings import Finding, Severity, SourceRefused
from loaders.interpretation import Interpretation, LeftOut, interpret

STEP = 1 << 26  # bytes written between two looks at the disk
STATED = ("name", "title", "owner", "visibility", "licence", "description", "refresh")
SPARE = 1 << 30  # bytes that are left free in any case


@dataclass(frozen=True)
class Intake:
    """A source as it was taken in. `fact` is None where it was refused; `findings` says why.

    `source` is None where its description cannot be read, or it was not read again.
    """

    name: str
    fact: SourceFact | None
    findings: tuple[Finding, ...]
    said: Path | None = None
    source: Source | None = None

    @property
    def files(self) -> tuple[Mapping[str, Any], ...]:
        """The files that were read, also of a source that was refused: name, sha256, bytes."""
        if self.source is None:
            return ()
        if self.fact:
            return self.fact.files
        paths = {name: self.source.folder / name for name in self.source.files}
        return tuple(
            {"name": name, "sha256": digest_file(path), "bytes": path.stat().st_size}
            for name, path in paths.items()
            if path.is_file()
        )

    def move_into(self, draft: Draft) -> None:
        """Put what the source says into the draft in place of its last version."""
        if self.said and self.said.exists():
            self.said.replace(draft.said(self.name))
            # The old file is shared with the last generation, which is never written again.
            draft.subjects(self.name).unlink(missing_ok=True)
            write_subjects(draft.said(self.name), draft.subjects(self.name))

    def refuse(self, *findings: Finding) -> Intake:
        """The same, refused for what was found."""
        return replace(self, fact=None, said=None, findings=(*self.findings, *findings))

    def warn(self, *findings: Finding) -> Intake:
        """The same with more findings."""
        if not findings or not self.fact:
            return self
        found = (*self.findings, *findings)
        fact = replace(self.fact, findings=tuple(finding.as_dict() for finding in found))
        return replace(self, fact=fact, findings=found)


def find_sources(settings: Settings) -> dict[str, Location]:
    """Every configured source by its name. Raises Invalid where two have one name."""
    found: dict[str, Location] = {}
    known = (*settings.folders, *find_folders(settings))
    folders = (Location(folder.name, folder) for folder in known)
    for location in (*folders, *settings.entries):
        if location.name in found:
            raise Invalid(
                f"Two sources are called {location.name}.",
                where=f"{found[location.name].folder} and {location.folder}",
                remedy="Rename one of them.",
            )
        found[location.name] = location
    return dict(sorted(found.items()))


def take_in(
    settings: Settings,
    location: Location,
    known: SourceFact | None,
    draft: Draft,
    tell: Progress,
    load: int,
    contract: str,
) -> Intake:
    """Read, map and check a source. What was read before and has not changed is not read again.

    Nothing is raised for what is wrong with the source: it comes back as findings. `load` is the
    number of the load, `contract` a hash of what sources are held against.
    """
    try:
        source = read_source(location)
    except SourceRefused as refusal:
        return Intake(location.name, None, refusal.findings)
    fingerprint = print_source(source, settings, contract)
    if known and known.fingerprint == fingerprint:
        return Intake(location.name, known, ())
    return read_rows(settings, source, fingerprint, draft, tell, load, {})


def read_rows(
    settings: Settings,
    source: Source,
    fingerprint: str,
    draft: Draft,
    tell: Progress,
    load: int,
    left_out: LeftOut,
) -> Intake:
    """Read and map a source without the rows that are `left_out`."""
    name = source.name
    out = draft.work(f"{name}.said")
    erasures = read_erasures(settings.data)
    try:
        with Sorting(out.parent) as lines:
            result = interpret(
                source,
                base=settings.base,
                graph=settings.graph(name),
                out=cast(BinaryIO, SpareDisk(lines, out.parent)),
                progress=lambda stage, done: tell(f"{name}: {stage}", done, None),
                left_out=left_out,
            )
            told: Iterable[bytes] = lines.read()
            if erasures:
                told, rows = cleanse_lines(told, out.with_suffix(".raw"), erasures)
                found = tuple(tell_erased(name, result.findings, erasures, rows))
                result = replace(result, findings=found)
            fact = replace(state_source(source, result, fingerprint), load=load)
            about = (f"{line}\n".encode() for line in describe_source(settings, fact))
            said, quads = write_merged(told, about, out)
    except SourceRefused as refusal:
        findings = tuple(tell_erased(name, refusal.findings, erasures, ()))
        return Intake(name, None, findings, source=source)
    except (OSError, HubError) as error:
        out.unlink(missing_ok=True)
        finding = Finding(
            Severity.ERROR, name, rule="disk",
            message=f"what the source says could not be written: {error}",
            remedy="make room on the disk; see that the file is no bomb that unpacks without end",
        )  # fmt: skip
        return Intake(name, None, (finding,), source=source)
    return Intake(name, replace(fact, said=said, quads=quads), result.findings, out, source)


def cleanse_lines(
    lines: Iterable[bytes], path: Path, erasures: Erasures
) -> tuple[Iterator[bytes], list[Row]]:
    """Sorted lines without those who were erased, and the rows that spoke of them.

    `path` is where the lines are put meanwhile.
    """
    with path.open("wb") as file:
        file.writelines(lines)
    rows = cleanse_quads(path, erasures)
    if rows is not None:
        sort_quads(path)
    return iter(path.open("rb")), rows or []


class SpareDisk:
    """Takes what one source says, and leaves room on the disk for sorting it and for all others."""

    def __init__(self, file: Sorting, folder: Path) -> None:
        self._file, self._folder = file, folder
        self._written = self._judged = 0

    def write(self, data: bytes) -> int:
        """Write; raises OSError where the disk would not hold what is made of it."""
        self._written += len(data)
        if self._written - self._judged > STEP:
            self._judged = self._written
            if shutil.disk_usage(self._folder).free < 2 * self._written + SPARE:
                raise OSError(f"after {self._written >> 20:,} MB the disk is nearly full")
        return self._file.write(data)


def miss_rows(name: str, old: SourceFact, new: SourceFact) -> Iterator[Finding]:
    """A warning for each file or sheet of which a third or more of the rows are gone.

    And one where they are there, and a third of what was taken before is left out for errors.
    """
    gone = False
    for key, before in old.rows.items():
        now_read = new.rows.get(key, 0)
        if before - now_read >= max(before / 3, 2):
            file, _, sheet = key.partition("#")
            gone = True
            yield Finding(
                Severity.WARNING, name, file, sheet, rule="rows-gone",
                message=f"{before - now_read:,} of {before:,} rows are gone since the last load",
                remedy="send the whole list; state in the description how many rows are expected",
            )  # fmt: skip
    before, taken = (sum(fact.rows.values()) - fact.rejected for fact in (old, new))
    if not gone and before - taken >= max(before / 3, 2):
        message = f"{taken:,} rows were taken, and {before:,} at the last load"
        yield Finding(
            Severity.WARNING, name, rule="rows-gone", message=message, remedy="see the rows' errors"
        )


def state_source(source: Source, result: Interpretation, fingerprint: str) -> SourceFact:
    """The facts of a source that was read without being refused."""
    return SourceFact(
        **{name: getattr(source, name) for name in STATED},
        partner=source.partner or None,
        fingerprint=fingerprint,
        said="",
        loaded=now(),
        quads=result.quads,
        rejected=result.rejected,
        rows=dict(result.rows),
        expected={
            "rows": {key: str(total) for key, total in source.expected_rows.items()},
            "classes": {key: str(total) for key, total in source.expected_classes.items()},
        },
        files=tuple(
            {"name": file.name, "sha256": file.sha256, "bytes": file.bytes} for file in result.files
        ),
        findings=tuple(finding.as_dict() for finding in result.findings),
    )


def print_source(source: Source, settings: Settings, contract: str) -> str:
    """A hash of all that decides what a source says: files, mapping, base, contract, program.

    A file that is missing is left to the reader to complain of. An endpoint that does not tell
    whether its data changed has always changed.
    """
    parts: list[str] = [settings.base, contract, program_digest(), source.stated]
    paths = {name: source.folder / name for name in source.files}
    for name, path in {source.mapping: source.mapping_folder / source.mapping, **paths}.items():
        parts.append(f"{name} {digest_file(path) if name and path.is_file() else ''}")
    for name, endpoint in source.endpoints.items():
        from loaders.reading.endpoint import tell_state  # and all of HTTP

        parts.append(f"{name} {tell_state(endpoint) or uuid4()}")
    return sha256("\n".join(parts).encode()).hexdigest()


@cache
def program_digest() -> str:
    """A hash of the loaders' own code, so that a new release reads everything anew."""
    folder = Path(loaders.__file__).resolve().parent
    digests = [digest_file(path) for path in sorted(folder.rglob("*.py"))]
    return sha256("".join([hub.__version__, *digests]).encode()).hexdigest()
