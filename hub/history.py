"""`hub.sqlite`: what was loaded and rolled back when, who may ask, and the ledgers.

Only the operator's commands, accounts (`hub.accounts`) and who adds to a ledger
(`hub.identity.decisions`, `hub.requests.ledger`) write here; what reads the hub's knowledge does
not.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

LedgerError = sqlite3.Error  # what `ledger` raises where the file is full, locked or damaged

# Columns that tables of earlier releases lack. Whoever held a token then could judge with it.
LATER = (
    "ALTER TABLE token ADD COLUMN may TEXT NOT NULL DEFAULT 'review'",
    "ALTER TABLE token ADD COLUMN user TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE token ADD COLUMN used TEXT",
)
# The ledgers: what stands in them stays, and is taken back by a new row.
LEDGERS = ("decision", "introduction", "audit")
SCHEMA = files("hub").joinpath("history.sql").read_text(encoding="utf-8") + "".join(
    f"CREATE TRIGGER IF NOT EXISTS {table}_stays_{event} BEFORE {event} ON {table} "
    f"BEGIN SELECT RAISE(ABORT, 'what stands in a ledger stays; take it back by a new row'); END;"
    for table in LEDGERS
    for event in ("UPDATE", "DELETE")
)


@dataclass(frozen=True)
class Event:
    """A load or a rollback: `outcome` is published, unchanged, refused or rolled back."""

    number: int
    at: str
    action: str
    generation: int | None
    outcome: str
    details: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        return dict(vars(self))


def now(after: float = 0) -> str:
    """The time, `after` so many seconds, as ISO 8601 in UTC, to the second."""
    return (datetime.now(UTC) + timedelta(seconds=after)).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def ledger(data: Path) -> Iterator[sqlite3.Connection]:
    """Open `hub.sqlite` of the data folder, made where missing; commits on leaving unhurt."""
    data.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(data / "hub.sqlite", timeout=30)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.executescript(SCHEMA)
        known = {row[1] for row in connection.execute("PRAGMA table_info(token)")}
        for statement in LATER:
            if statement.split()[5] not in known:
                connection.execute(statement)
        with connection:
            yield connection


class _Kept(threading.local):
    """The connection that a thread reads by, and the file that it was opened on."""

    file: tuple[Path, int] | None = None
    connection: sqlite3.Connection


_kept = _Kept()


def read_rows(data: Path, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
    """Rows of `hub.sqlite` as it is now; none where there is no such file.

    For what every request asks: the thread's connection stays open, which is seventy times quicker
    than `ledger`, until another file stands in its place.
    """
    path = data / "hub.sqlite"
    try:
        file = (path, os.stat(path).st_ino)
    except FileNotFoundError:
        return []
    if _kept.file != file:
        with ledger(data):  # tables of an earlier release are brought up to date
            pass
        _kept.connection, _kept.file = sqlite3.connect(path, timeout=30), file
    return _kept.connection.execute(query, values).fetchall()


def record_event(
    data: Path, action: str, generation: int | None, outcome: str, details: dict[str, Any]
) -> int:
    """Write one event; returns its number."""
    with ledger(data) as connection:
        cursor = connection.execute(
            "INSERT INTO event (at, action, generation, outcome, details) VALUES (?, ?, ?, ?, ?)",
            (now(), action, generation, outcome, json.dumps(details, ensure_ascii=False)),
        )
        return int(cursor.lastrowid or 0)


def next_number(data: Path) -> int:
    """The number that the next event gets; true as long as the data folder is held for writing."""
    latest = read_events(data, 1)
    return latest[0].number + 1 if latest else 1


def read_event(data: Path, number: int) -> Event | None:
    """The event of that number, or None."""
    found = read_events(data, 1, before=number + 1)
    return found[0] if found and found[0].number == number else None


def read_events(data: Path, limit: int = 50, before: int = 2**62) -> list[Event]:
    """The latest events with numbers below `before`, newest first."""
    query = (
        "SELECT id, at, action, generation, outcome, details FROM event "
        "WHERE id < ? ORDER BY id DESC LIMIT ?"
    )
    return [
        Event(number, at, action, generation, outcome, json.loads(details))
        for number, at, action, generation, outcome, details in read_rows(
            data, query, (before, limit)
        )
    ]


def read_attempts(data: Path, limit: int = 200) -> dict[str, str]:
    """Source → what its latest load came to and when, such as `refused 2026-11-21T10:00:00Z`."""
    attempts: dict[str, str] = {}
    for event in read_events(data, limit):
        for source in event.details.get("sources", []):
            attempts.setdefault(source["name"], f"{source['status']} {event.at}")
    return attempts
