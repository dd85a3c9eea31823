"""Tokens, by which programs are known: shown once, kept as a hash, closed at once."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub.access import Viewer
from hub.accounts.caller import Caller
from hub.accounts.users import caller_of_user, find_user
from hub.errors import Invalid, NotFound, Unauthorised
from hub.history import ledger, now, read_rows

FIELDS = "id, name, level, partner, may, user, created, expires, revoked, used"
UNNOTED = 60  # seconds after a use in which another is not written down


@dataclass(frozen=True)
class Token:
    """A token as the operator sees it: never its secret.

    Attributes:
        user: the user for whom it acts, and with whom it ends; empty where it stands for itself.
        used: when it was last used, to the minute.
    """

    key: str
    name: str
    viewer: Viewer
    right: str
    user: str
    created: str
    expires: str
    revoked: str | None
    used: str | None


def create_token(
    data: Path, name: str, viewer: Viewer, days: int = 90, right: str = "read", user: str = ""
) -> str:
    """Make a token that opens `viewer`'s level for `days`; the secret is shown only here.

    Only a SHA-256 of the 256-bit random secret is kept, so the file opens nothing.

    Raises:
        Invalid: it would last no time or for ever, or open more than its user may.
        NotFound: there is no such user.
    """
    if not 1 <= days <= 3660:
        raise Invalid(f"A token cannot last {days} days.", remedy="Choose 1 to 3660.")
    stated = Caller(name=name, viewer=viewer, right=right)
    owner = find_user(data, user).caller if user else stated
    if not owner.includes(stated):
        raise Invalid(
            f"{user} sees {owner.viewer} and may {owner.right}; the token would open more.",
            remedy="Choose a lower level or right.",
        )
    key, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    row = (key, digest(secret), name, viewer.level, viewer.partner, right, user)
    with ledger(data) as connection:
        connection.execute(
            "INSERT INTO token (id, digest, name, level, partner, may, user, created, expires) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*row, now(), now(days * 86_400)),
        )
    return f"mch_{key}_{secret}"


def check_token(data: Path, text: str) -> Caller:
    """Who asks with this token. Raises Unauthorised, never saying which part was wrong."""
    match = re.fullmatch(r"mch_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", text)
    key, secret = (match[1], match[2]) if match else ("", "")
    rows = read_rows(data, "SELECT digest FROM token WHERE id = ?", (key,)) if key else []
    known = str(rows[0][0]) if rows else "0" * 64
    matches = hmac.compare_digest(known, digest(secret))
    caller = caller_of_token(data, key) if matches else None
    if caller is None:
        raise Unauthorised(
            "The token is unknown, expired or revoked.",
            remedy="Ask the operator of the hub for a new one (hub token create).",
        )
    return caller


def caller_of_token(data: Path, key: str) -> Caller | None:
    """Who asks with the token of that key; None where it, or its user, is closed."""
    query = f"SELECT {FIELDS} FROM token WHERE id = ? AND revoked IS NULL AND expires > ?"
    rows = read_rows(data, query, (key, now()))
    if not rows:
        return None
    token = _token(rows[0])
    account = f"token:{token.key}"
    caller = Caller(account, token.name, token.viewer, token.right, account)
    if token.user:
        owner = caller_of_user(data, token.user)
        if owner is None:
            return None
        caller = owner.lend(caller)
    if (token.used or "") < now(-UNNOTED):
        with ledger(data) as connection:
            connection.execute("UPDATE token SET used = ? WHERE id = ?", (now(), token.key))
    return caller


def list_tokens(data: Path) -> list[Token]:
    """All tokens, newest first, without their secrets."""
    rows = read_rows(data, f"SELECT {FIELDS} FROM token ORDER BY created DESC, id")
    return [_token(row) for row in rows]


def revoke_token(data: Path, key: str) -> None:
    """Close a token at once. Raises NotFound where there is none with that key."""
    with ledger(data) as connection:
        changed = connection.execute(
            "UPDATE token SET revoked = ? WHERE id = ? AND revoked IS NULL", (now(), key)
        ).rowcount
    if not changed:
        raise NotFound(f"There is no open token “{key}”.", remedy="See hub token list.")


def digest(secret: str) -> str:
    """The SHA-256 of a secret that is too long to be guessed, in hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _token(row: tuple[Any, ...]) -> Token:
    key, name, level, partner, *rest = row
    return Token(key, name, Viewer(level, partner), *rest)
