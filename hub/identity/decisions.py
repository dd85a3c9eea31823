"""The ledger of decisions: judgements and their undoing, in `hub.sqlite`, where nothing is deleted.

An undo is a row of its own, which says which judgement it takes back, by whom and why. It names a
decision by its number, and what stands in a file of judgements by its key.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.access import LEVELS, Viewer, parse_viewer
from hub.erasure import read_erasures
from hub.erasure.hashes import NOBODY
from hub.errors import NotFound, Refused
from hub.history import ledger, now, read_rows
from hub.identity.judgements import COLUMNS, Judgement, judge, read_judgements
from hub.identity.names import Standing, settle
from hub.settings import Settings
from hub.store.files import present

if TYPE_CHECKING:
    from sqlite3 import Connection

ROWS = (
    "SELECT id, verdict, left_iri, right_iri, who, day, level, reason, undoes FROM decision "
    "ORDER BY id"
)
ADD = (
    "INSERT INTO decision (at, verdict, left_iri, right_iri, who, day, level, reason, undoes) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True)
class Undo:
    """That a judgement was taken back: by whom, when and why."""

    number: int
    by: str
    date: str
    reason: str


@dataclass(frozen=True)
class Entry:
    """A judgement that was made, and what took it back if anything did."""

    judgement: Judgement
    undo: Undo | None = None


def all_judgements(settings: Settings) -> tuple[Judgement, ...]:
    """The judgements that stand: of the files and of the ledger, less those taken back.

    Raises Refused as `read_judgements`.
    """
    return tuple(entry.judgement for entry in read_record(settings) if not entry.undo)


def read_record(settings: Settings) -> tuple[Entry, ...]:
    """Every judgement of the files and the ledger, in this order, those taken back among them."""
    filed = read_judgements(settings.identity, settings.base)
    entries = list_entries(filed, read_rows(settings.data, ROWS))
    erasures = read_erasures(settings.data)
    cleanse = erasures.cleanse
    return tuple(
        replace(entry, judgement=replace(entry.judgement, reason=cleanse(entry.judgement.reason)))
        for entry in entries
        if not erasures.holds(entry.judgement.left) and not erasures.holds(entry.judgement.right)
    )


def list_entries(filed: Sequence[Judgement], rows: Iterable[tuple[Any, ...]]) -> tuple[Entry, ...]:
    decided: list[Judgement] = []
    undone: dict[str, Undo] = {}
    for number, verdict, left, right, who, day, level, reason, undoes in rows:
        if NOBODY in (left, right):
            continue
        if verdict == "undo":
            undone[undoes] = Undo(number, who, day, reason)
        else:
            viewer, place = parse_viewer(level), f"decision {number}"
            decided.append(Judgement(verdict, left, right, who, day, reason, viewer, place, number))
    return tuple(Entry(one, undone.get(one.reference)) for one in (*filed, *decided))


def decide(
    settings: Settings,
    new: Iterable[Judgement],
    decider: Viewer | None = None,
    name: Callable[[str], str] = str,
    refused: list[Refused] | None = None,
) -> tuple[Judgement, ...]:
    """Add judgements to the ledger, all or none; returns those that did not stand there before.

    Each is held against what `decider` sees, since a contradiction with what is hidden from
    somebody may not show; without a decider, as for what a file brings, against its own level,
    since those of other levels may have been made without knowing of each other. `name` tells what
    an IRI is called.

    Raises Refused where one contradicts what stands or another of them, with the chain; where
    there is a list `refused`, that goes into it, and the others are added.
    """
    filed = read_judgements(settings.identity, settings.base)
    added: list[Judgement] = []
    with ledger(settings.data) as connection:
        connection.execute("BEGIN IMMEDIATE")
        standing = [
            e.judgement for e in list_entries(filed, connection.execute(ROWS)) if not e.undo
        ]
        said = {judgement.said for judgement in standing}
        views: dict[Viewer, Standing] = {}
        for judgement in sorted(new, key=lambda one: LEVELS.index(one.level)):
            if judgement.said in said:
                continue
            viewer = decider or judgement.viewer
            if viewer not in views:
                known = [j for j in (*standing, *added) if decider or j.viewer == viewer]
                views = {viewer: settle(viewer, known)}
            try:
                views[viewer].admit(judgement, name)
            except Refused as error:
                error.where = judgement.place
                if refused is None:
                    raise
                refused.append(error)
                continue
            number = write_row(connection, judgement)
            said.add(judgement.said)
            added.append(replace(judgement, place=f"decision {number}", number=number))
    return tuple(added)


def write_row(connection: Connection, one: Judgement, undoes: str = "") -> int:
    verdict = "undo" if undoes else one.verdict
    row = (now(), verdict, one.left, one.right, one.by, one.date, str(one.viewer), one.reason)
    return int(connection.execute(ADD, (*row, undoes)).lastrowid or 0)


def tell_effects(entries: Iterable[Entry], spoken_of: Collection[str]) -> Iterator[str]:
    """For each of `entries`, what has come of it, in words; `spoken_of` are the things that sources
    speak of now. What is said of others is kept, and has no effect until they come back."""
    listed = list(entries)
    standing = [entry.judgement for entry in listed if not entry.undo]
    overruled = {
        one.reference
        for viewer in {judgement.viewer for judgement in standing}
        for one in settle(viewer, standing).overruled
        if one.viewer == viewer
    }
    for entry in listed:
        one, undo = entry.judgement, entry.undo
        gone = [iri for iri in (one.left, one.right) if iri not in spoken_of]
        if undo:
            yield f"taken back by {undo.by} on {undo.date}: {undo.reason}"
        elif one.reference in overruled:
            yield "no effect: what lower levels see says otherwise"
        elif gone:
            yield f"no effect: no source speaks of {' or '.join(gone)}"
        else:
            yield "stands"


def find_present(folder: Path, iris: Iterable[str]) -> set[str]:
    """Those of `iris` that a source of the generation in `folder` speaks of by this name."""
    wanted = frozenset(iris)
    files = sorted((folder / "said").glob("*.subjects"))
    return {iri for file in files for iri in present(file, wanted)}


def take_back(
    settings: Settings, reference: str, by: str, reason: str, decider: Viewer | None = None
) -> Entry:
    """Undo the judgement with that number or key. Returns it with its undo.

    Raises:
        NotFound: there is none that `decider` sees.
        Refused: it is taken back already, or it is not said why.
    """
    filed = read_judgements(settings.identity, settings.base)
    with ledger(settings.data) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for entry in list_entries(filed, connection.execute(ROWS)):
            one = entry.judgement
            if one.reference != reference or (decider and not decider.sees(one)):
                continue
            if entry.undo:
                raise Refused(
                    f"{one.place} was taken back on {entry.undo.date} by {entry.undo.by}: "
                    f"{entry.undo.reason}",
                    remedy="To say it again, decide again (hub decide).",
                )
            undo = draft(settings, one.verdict, one.left, one.right, by, reason, one.viewer)
            number = write_row(connection, undo, reference)
            return Entry(one, Undo(number, undo.by, undo.date, undo.reason))
    raise NotFound(
        f"There is no judgement “{reference[:40]}”.", remedy="See hub decide --list for all."
    )


def draft(
    settings: Settings, verdict: str, left: str, right: str, by: str, reason: str, viewer: Viewer
) -> Judgement:
    """A judgement of today, not recorded yet. Raises Refused where it is none."""
    values = (verdict, left, right, by, now()[:10], str(viewer), reason)

    return judge(dict(zip(COLUMNS, values, strict=True)), settings.base, "")
