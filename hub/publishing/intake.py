"""Taking in one source: from its folder to sorted N-Quads of what it says, or to findings.

What a source may write is confined to graphs of its own; beside what it says stands where each
statement comes from, down to the row, in a graph of provenance of the same visibility.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import IO

import hub
import loaders
from hub.checking.shapes import Violation
from hub.errors import Invalid
from hub.history import now
from hub.publishing.catalogue import describe_source
from hub.settings import Settings
from hub.store.generations import Draft, SourceFact
from hub.store.quads import count_lines, digest_file, sort_quads, write_subjects
from hub.vocabulary import shorten
from loaders.description import DESCRIPTION, Source, read_source
from loaders.findings import Finding, Severity, SourceRefused
from loaders.interpretation import Interpretation, interpret

Told = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Intake:
    """A source as it was taken in. `fact` is None where it was refused; `findings` says why."""

    name: str
    fact: SourceFact | None
    findings: tuple[Finding, ...]
    said: Path | None = None

    def move_into(self, draft: Draft) -> None:
        """Put what the source says into the draft in place of its last version."""
        if self.said and self.said.exists():
            self.said.replace(draft.said(self.name))
            write_subjects(draft.said(self.name), draft.subjects(self.name))

    def finding(self, violation: Violation, rows: Sequence[tuple[str, int]]) -> Finding:
        """A violation of the shapes as a finding at the first of the rows that it comes from."""
        file, row = rows[0] if rows else ("", None)
        more = f" Also in rows {', '.join(str(n) for _, n in rows[1:6])}." if rows[1:] else ""
        return Finding(
            severity=SEVERITIES[violation.check.severity],
            source=self.name,
            file=file,
            sheet="",
            row=row,
            column=violation.check.path.strip("<>"),
            value=violation.value.value if violation.value else violation.focus.value,
            rule=f"{shorten(violation.check.shape)} {violation.check.constraint}",
            message=f"{violation.focus.value}: {violation.check.message}",
            remedy=f"Mend the row, or the mapping.{more}",
        )


SEVERITIES = {
    "Violation": Severity.ERROR,
    "Warning": Severity.WARNING,
    "Info": Severity.NOTE,
}


def find_sources(settings: Settings) -> dict[str, Path]:
    """Name → folder of every configured source. Raises Invalid where two have one name."""
    found: dict[str, Path] = {}
    for folder in settings.folders:
        if folder.name in found:
            raise Invalid(
                f"Two sources are called {folder.name}.",
                where=f"{found[folder.name]} and {folder}",
                remedy="Rename one of the folders.",
            )
        found[folder.name] = folder
    return dict(sorted(found.items()))


def take_in(
    settings: Settings, folder: Path, known: SourceFact | None, draft: Draft, progress: Told
) -> Intake:
    """Read, map and check a source. What was read before and has not changed is not read again.

    Nothing is raised for what is wrong with the source: it comes back as findings.
    """
    name = folder.name
    try:
        source = read_source(folder)
        fingerprint = print_source(source, settings)
        if known and known.fingerprint == fingerprint:
            return Intake(name, known, ())
        out = draft.work(f"{name}.said")
        with out.open("wb") as file:
            result = interpret(
                source,
                base=settings.base,
                graph=settings.graph(name),
                out=file,
                progress=lambda stage, done: progress(f"{name}: {stage}", done, None),
            )
    except SourceRefused as refusal:
        return Intake(name, None, refusal.findings)
    sort_quads(out)
    fact = state_source(source, result, fingerprint, digest_file(out))
    with out.open("ab") as file:
        add_description(file, settings, fact)
    sort_quads(out)
    return Intake(name, replace(fact, quads=count_lines(out)), result.findings, out)


def add_description(file: IO[bytes], settings: Settings, fact: SourceFact) -> None:
    for line in describe_source(settings, fact):
        file.write(line.encode() + b"\n")


def state_source(source: Source, result: Interpretation, fingerprint: str, said: str) -> SourceFact:
    """The facts of a source that was read without being refused."""
    return SourceFact(
        name=source.name,
        title=source.title,
        owner=source.owner,
        visibility=source.visibility,
        partner=source.partner or None,
        licence=source.licence,
        description=source.description,
        refresh=source.refresh,
        fingerprint=fingerprint,
        said=said,
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


def print_source(source: Source, settings: Settings) -> str:
    """A hash of everything that decides what a source says: files, mapping, base, the program.

    A file that is missing is left to the reader to complain of.
    """
    parts: list[str] = [settings.base, program_digest()]
    for name in (DESCRIPTION, source.mapping, *source.files):
        path = source.folder / name
        parts.append(f"{name} {digest_file(path) if name and path.is_file() else ''}")
    return sha256("\n".join(parts).encode()).hexdigest()


@cache
def program_digest() -> str:
    """A hash of the loaders' own code, so that a new release reads everything anew."""
    folder = Path(loaders.__file__).resolve().parent
    digests = [digest_file(path) for path in sorted(folder.rglob("*.py"))]
    return sha256("".join([hub.__version__, *digests]).encode()).hexdigest()
