"""Log-ins that last: a cookie holds a random key, and the hub knows whose it is until it ends."""

from __future__ import annotations

import secrets
from pathlib import Path

from hub.accounts.caller import Caller
from hub.accounts.tokens import caller_of_token, digest
from hub.accounts.users import caller_of_user
from hub.history import ledger, now, read_rows

HOURS = 12  # that a log-in lasts


def open_session(data: Path, caller: Caller) -> str:
    """Begin a session of a caller, which ends with its credential; returns its secret key."""
    key = secrets.token_urlsafe(32)
    with ledger(data) as connection:
        connection.execute("DELETE FROM session WHERE expires <= ?", (now(),))
        row = (digest(key), caller.credential, now(HOURS * 3_600))
        connection.execute(
            "INSERT INTO session (digest, credential, expires) VALUES (?, ?, ?)", row
        )
    return key


def caller_of_session(data: Path, key: str) -> Caller | None:
    """Who asks in this session; None where it has ended, or its account is closed."""
    query = "SELECT credential FROM session WHERE digest = ? AND expires > ?"
    rows = read_rows(data, query, (digest(key), now()))
    if not rows:
        return None
    kind, _, name = str(rows[0][0]).partition(":")
    return caller_of_user(data, name) if kind == "user" else caller_of_token(data, name)


def close_session(data: Path, key: str) -> None:
    """End one session."""
    with ledger(data) as connection:
        connection.execute("DELETE FROM session WHERE digest = ?", (digest(key),))


def close_sessions(data: Path, user: str) -> int:
    """End all sessions of a user; returns how many there were."""
    with ledger(data) as connection:
        query = "DELETE FROM session WHERE credential = ?"
        return connection.execute(query, (f"user:{user}",)).rowcount


def cookie_key(data: Path) -> str:
    """The key that signs the cookies of this hub's pages; made at first need, kept in `hub.sqlite`.

    It opens nothing: a cookie holds the key of a session, which is looked up.
    """
    with ledger(data) as connection:
        made = ("session", secrets.token_urlsafe(32))
        connection.execute("INSERT OR IGNORE INTO secret (name, value) VALUES (?, ?)", made)
        rows = connection.execute("SELECT value FROM secret WHERE name = 'session'")
        return str(rows.fetchone()[0])
