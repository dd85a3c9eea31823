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
from pathlib import Path
from typing import Any

LedgerError = sqlite3.Error  # what `ledger` raises where the file is full, locked or damaged

SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('load', 'rollback')),
    generation INTEGER,
    outcome TEXT NOT NULL,
    details TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS token (
    id TEXT PRIMARY KEY,
    digest TEXT NOT NULL,
    name TEXT NOT NULL,
    level TEXT NOT NULL,
    partner TEXT,
    created TEXT NOT NULL,
    expires TEXT NOT NULL,
    revoked TEXT,
    may TEXT NOT NULL DEFAULT 'read',
    user TEXT NOT NULL DEFAULT '',
    used TEXT
);
CREATE TABLE IF NOT EXISTS user (
    name TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    level TEXT NOT NULL,
    partner TEXT,
    may TEXT NOT NULL,
    password TEXT NOT NULL,
    created TEXT NOT NULL,
    disabled TEXT,
    used TEXT
);
CREATE TABLE IF NOT EXISTS session (
    digest TEXT PRIMARY KEY,
    credential TEXT NOT NULL,
    expires TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS decision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('same', 'different', 'unsure', 'undo')),
    left_iri TEXT NOT NULL,
    right_iri TEXT NOT NULL,
    who TEXT NOT NULL,
    day TEXT NOT NULL,
    level TEXT NOT NULL,
    reason TEXT NOT NULL,
    undoes TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS introduction (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('asked', 'accepted', 'declined', 'met', 'result', 'withdrawn')),
    day TEXT NOT NULL,
    who TEXT NOT NULL,
    partner TEXT NOT NULL,
    start TEXT NOT NULL,
    target TEXT NOT NULL,
    connector TEXT NOT NULL,
    way TEXT NOT NULL,
    note TEXT NOT NULL,
    partners TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS erasure (
    hash TEXT PRIMARY KEY,
    words INTEGER NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    reason TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    account TEXT NOT NULL,
    credential TEXT NOT NULL,
    door TEXT NOT NULL,
    what TEXT NOT NULL,
    salt TEXT NOT NULL,
    seal TEXT NOT NULL,
    generation INTEGER NOT NULL,
    hash TEXT NOT NULL
);
"""

# What people keep of their own: questions (`hub.questions.keeping`) and how they fared.
SCHEMA += """
CREATE TABLE IF NOT EXISTS question (
    name TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    who TEXT NOT NULL,
    sight TEXT NOT NULL,
    audience TEXT NOT NULL,
    text TEXT NOT NULL,
    kept TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS remark (
    id INTEGER PRIMARY KEY,
    question TEXT NOT NULL REFERENCES question (name) ON DELETE CASCADE,
    who TEXT NOT NULL,
    at TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS trial (
    question TEXT NOT NULL REFERENCES question (name) ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    at TEXT NOT NULL,
    columns TEXT NOT NULL,
    rows INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (question, generation)
);
"""

# Columns that tables of earlier releases lack. Whoever held a token then could judge with it.
LATER = (
    "ALTER TABLE token ADD COLUMN may TEXT NOT NULL DEFAULT 'review'",
    "ALTER TABLE token ADD COLUMN user TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE token ADD COLUMN used TEXT",
)
# The ledgers: what stands in them stays, and is taken back by a new row.
LEDGERS = ("decision", "introduction", "audit")
SCHEMA += "".join(
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
    if not (data / "hub.sqlite").exists():
        return []
    with ledger(data) as connection:
        rows = connection.execute(
            "SELECT id, at, action, generation, outcome, details FROM event "
            "WHERE id < ? ORDER BY id DESC LIMIT ?",
            (before, limit),
        ).fetchall()
    return [
        Event(number, at, action, generation, outcome, json.loads(details))
        for number, at, action, generation, outcome, details in rows
    ]


def read_attempts(data: Path, limit: int = 200) -> dict[str, str]:
    """Source → what its latest load came to and when, such as `refused 2026-11-21T10:00:00Z`."""
    attempts: dict[str, str] = {}
    for event in read_events(data, limit):
        for source in event.details.get("sources", []):
            attempts.setdefault(source["name"], f"{source['status']} {event.at}")
    return attempts
