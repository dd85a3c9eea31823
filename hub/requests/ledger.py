"""The ledger of introductions: who was asked for one, and what came of it, in `hub.sqlite`.

Rows are only added. The first of an introduction says that somebody was asked; those that follow
say that they accepted or declined, that the parties met, what came of it, or that it was a mistake.
Only partners keep it: an introduction is seen by the partner who recorded it and by those whom it
names, and is to all others as if it were not there. So that its name tells nobody how many there
are, it is drawn by lot.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.access import Viewer
from hub.errors import Forbidden, Invalid, NotFound, Refused
from hub.history import ledger, now, read_rows

if TYPE_CHECKING:
    from sqlite3 import Connection

# What may be said of an introduction, and what it may follow.
FOLLOWS = {
    "accepted": ("asked",),
    "declined": ("asked", "accepted"),
    "met": ("asked", "accepted"),
    "result": ("met",),
    "withdrawn": ("asked", "accepted", "declined", "met", "result"),
}
LATELY = 90  # days for which a request weighs on who was asked
LONGEST = 2_000  # characters of a note


@dataclass(frozen=True)
class Entry:
    """One row: what was said of an introduction, by whom, about which day."""

    key: str
    state: str
    day: str
    who: str
    partner: str
    start: str
    target: str
    connector: str
    way: str
    note: str
    partners: str
    at: str


COLUMNS = ", ".join(field.name for field in fields(Entry))
ROWS = f"SELECT {COLUMNS} FROM introduction ORDER BY id"


@dataclass(frozen=True)
class Introduction:
    """All that was said of one introduction, in order; the first row says who was asked."""

    entries: tuple[Entry, ...]

    @property
    def asked(self) -> Entry:
        """The row that says who was asked, for whom, to whom."""
        return self.entries[0]

    @property
    def state(self) -> str:
        """What was said last."""
        return self.entries[-1].state

    @property
    def next(self) -> tuple[str, ...]:
        """What may be said of it now."""
        return tuple(state for state, before in FOLLOWS.items() if self.state in before)

    @property
    def met(self) -> Entry | None:
        """The row that says that the parties met; None as long as they have not."""
        found = (entry for entry in self.entries if entry.state == "met")
        return None if self.state == "withdrawn" else next(found, None)


def record_request(
    data: Path,
    viewer: Viewer,
    who: str,
    parties: tuple[str, str, str],
    *,
    way: str = "",
    note: str = "",
    day: str = "",
    partners: Collection[str] = (),
) -> Introduction:
    """Record that somebody was asked for an introduction.

    Args:
        who: who says so.
        parties: IRIs of who is to be introduced, of to whom, and of who was asked for it.
        way: the identifier of the way that this follows, if any.
        day: when it was asked, as `2026-11-03`; today if empty.
        partners: those who see it beside the partner that `viewer` is.

    Raises:
        Forbidden: the viewer is no partner.
        Invalid: two parties are one, the day is none or to come, or the note is too long.
    """
    own = name_partner(viewer)
    if len({*parties}) < 3:
        raise Invalid("An introduction has three parties.", remedy="Name three different ones.")
    seen_by = " ".join(sorted({own, *partners}))
    entry = Entry(
        secrets.token_hex(4), "asked", read_day(day), who, own, *parties,
        way, read_note(note), seen_by, now(),
    )  # fmt: skip
    with ledger(data) as connection:
        write_row(connection, entry)
    return Introduction((entry,))


def follow_up(
    data: Path, viewer: Viewer, who: str, key: str, state: str, *, note: str = "", day: str = ""
) -> Introduction:
    """Record what came of an introduction.

    Raises:
        Forbidden: the viewer is no partner.
        NotFound: the viewer sees no such introduction.
        Refused: that cannot follow what was said of it last.
        Invalid: the day is none or to come, or the note is too long.
    """
    own = name_partner(viewer)
    with ledger(data) as connection:
        connection.execute("BEGIN IMMEDIATE")
        found = next(
            (one for one in gather(connection.execute(ROWS), own) if one.asked.key == key), None
        )
        if found is None:
            raise NotFound(f"There is no introduction “{key[:40]}”.", remedy="See hub ledger list.")
        if state not in found.next:
            raise Refused(
                f"“{state}” cannot follow “{found.state}”.",
                remedy=f"What can: {', '.join(found.next) or 'nothing'}.",
            )
        said = {"state": state, "day": read_day(day), "who": who, "partner": own}
        entry = replace(found.asked, **said, note=read_note(note), at=now())
        write_row(connection, entry)
        return Introduction((*found.entries, entry))


def read_introductions(data: Path, viewer: Viewer) -> list[Introduction]:
    """What `viewer` sees of the ledger, the latest request first."""
    found = gather(read_rows(data, ROWS), viewer.partner) if viewer.partner else ()
    return sorted(found, key=lambda one: one.asked.day)[::-1]


def count_requests(data: Path, viewer: Viewer, as_of: date) -> Counter[str]:
    """IRI → how often `viewer` sees that it was asked in the `LATELY` days up to `as_of`."""
    first, last = ((as_of - timedelta(days)).isoformat() for days in (LATELY, 0))
    return Counter(
        one.asked.connector
        for one in read_introductions(data, viewer)
        if first < one.asked.day <= last and one.state != "withdrawn"
    )


def gather(rows: Iterable[tuple[Any, ...]], partner: str) -> Iterator[Introduction]:
    """The introductions that a partner sees, in the order in which they were recorded."""
    found: dict[str, list[Entry]] = {}
    for entry in (Entry(*row) for row in rows):
        if partner in entry.partners.split():
            found.setdefault(entry.key, []).append(entry)
    return (Introduction(tuple(entries)) for entries in found.values())


def write_row(connection: Connection, entry: Entry) -> None:
    marks = COLUMNS.replace(", ", ", :")
    connection.execute(f"INSERT INTO introduction ({COLUMNS}) VALUES (:{marks})", vars(entry))


def name_partner(viewer: Viewer) -> str:
    """The partner that `viewer` is. Raises Forbidden where it is none."""
    if viewer.partner is None:
        raise Forbidden(
            "Only partners keep the ledger of introductions.",
            remedy="Use a token of your partner (hub token create … --for partner:NAME); on the "
            "command line, --as partner:NAME.",
        )
    return viewer.partner


def read_day(text: str) -> str:
    """A day up to today as ISO 8601, today if empty. Raises Invalid for anything else."""
    try:
        day = date.fromisoformat(text) if text else date.today()
    except ValueError:
        raise Invalid(f"“{text[:40]}” is no day.", remedy="Write it as 2026-11-03.") from None
    if day > date.today():
        raise Invalid(f"{day} is still to come.", remedy="Record what has happened.")
    return day.isoformat()


def read_note(text: str) -> str:
    if len(text) > LONGEST:
        raise Invalid(f"The note is longer than {LONGEST:,} characters.", remedy="Shorten it.")
    return text.strip()
