"""Who sees what: a viewer is a level of visibility, and a level is a set of graphs.

Levels nest: everybody sees `public`; members see `consortium` too; a partner sees, besides, what
only that partner handed in. Every answer of the hub is computed from the viewer's graphs alone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from hub.errors import Invalid, NotFound, Unauthorised
from hub.history import ledger, now

LEVELS = ("public", "consortium", "partner")


class Visible(Protocol):
    """What is needed to know of something to say who sees it."""

    @property
    def level(self) -> str: ...
    @property
    def partner(self) -> str | None: ...


class Graph(Visible, Protocol):
    """A graph; its own level sees it in place of the graphs that it stands for."""

    @property
    def iri(self) -> str: ...
    @property
    def stands_for(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Viewer:
    """A level of visibility; `partner` is the slug of the partner at level `partner`."""

    level: str = "public"
    partner: str | None = None

    def __post_init__(self) -> None:
        if self.level not in LEVELS or (self.level == "partner") != bool(self.partner):
            raise Invalid(
                f"There is no level of visibility {self}.",
                remedy="Use public, consortium or partner:NAME.",
            )

    def sees(self, one: Visible) -> bool:
        """Whether this viewer may see `one`."""
        if one.level == "partner":
            return self.level == "partner" and self.partner == one.partner
        return LEVELS.index(one.level) <= LEVELS.index(self.level)

    def graphs(self, graphs: Iterable[Graph]) -> tuple[str, ...]:
        """The IRIs of those of `graphs` that this viewer sees, in their order.

        What stands for others is seen, and hides them, at its own level alone. A level that has no
        graphs is the one below it.
        """
        seen = [graph for graph in graphs if self.sees(graph)]
        highest = max((LEVELS.index(graph.level) for graph in seen), default=0)
        own = {graph.iri for graph in seen if LEVELS.index(graph.level) == highest}
        hidden = {iri for graph in seen if graph.iri in own for iri in graph.stands_for}
        return tuple(
            g.iri for g in seen if g.iri not in hidden and (g.iri in own or not g.stands_for)
        )

    def __str__(self) -> str:
        return f"partner:{self.partner}" if self.partner else self.level


PUBLIC = Viewer()


def parse_viewer(text: str) -> Viewer:
    """`public`, `consortium` or `partner:NAME`. Raises Invalid for anything else."""
    level, _, partner = text.partition(":")
    if partner and not re.fullmatch(r"[a-z0-9][a-z0-9-]*", partner):
        raise Invalid(f"{partner!r} is no partner's name.", remedy="Use lower case, digits, -.")
    return Viewer(level, partner or None)


@dataclass(frozen=True)
class Token:
    """A token as the operator sees it: never its secret."""

    key: str
    name: str
    viewer: Viewer
    created: str
    expires: str
    revoked: str | None


def create_token(data: Path, name: str, viewer: Viewer, days: int = 90) -> str:
    """Make a token that opens `viewer`'s level for `days`; the secret is shown only here.

    Only a SHA-256 of the 256-bit random secret is kept, so the file opens nothing.
    """
    if not 1 <= days <= 3660:
        raise Invalid(f"A token cannot last {days} days.", remedy="Choose 1 to 3660.")
    key, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    expires = (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with ledger(data) as connection:
        connection.execute(
            "INSERT INTO token (id, digest, name, level, partner, created, expires) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (key, digest(secret), name, viewer.level, viewer.partner, now(), expires),
        )
    return f"mch_{key}_{secret}"


def check_token(data: Path, token: str) -> Token:
    """The token, if it opens anything now. Raises Unauthorised; never says which part was wrong."""
    match = re.fullmatch(r"mch_([0-9a-f]{16})_([A-Za-z0-9_-]{43})", token)
    row = None
    if match and (data / "hub.sqlite").exists():
        with ledger(data) as connection:
            row = connection.execute(
                "SELECT digest, id, name, level, partner, created, expires, revoked "
                "FROM token WHERE id = ?",
                (match[1],),
            ).fetchone()
    known = row[0] if row else "0" * 64
    matches = hmac.compare_digest(known, digest(match[2] if match else ""))
    if not row or not matches or row[7] or row[6] <= now():
        raise Unauthorised(
            "The token is unknown, expired or revoked.",
            remedy="Ask the operator of the hub for a new one (hub token create).",
        )
    return Token(row[1], row[2], Viewer(row[3], row[4]), *row[5:])


def session_key(data: Path) -> str:
    """The key that signs the cookies of this hub's pages; made at first need, kept in `hub.sqlite`.

    It opens nothing: a cookie holds the token itself, which is checked as any other.
    """
    with ledger(data) as connection:
        made = ("session", secrets.token_urlsafe(32))
        connection.execute("INSERT OR IGNORE INTO secret (name, value) VALUES (?, ?)", made)
        rows = connection.execute("SELECT value FROM secret WHERE name = 'session'")
        return str(rows.fetchone()[0])


def list_tokens(data: Path) -> list[Token]:
    """All tokens, newest first, without their secrets."""
    if not (data / "hub.sqlite").exists():
        return []
    with ledger(data) as connection:
        rows = connection.execute(
            "SELECT id, name, level, partner, created, expires, revoked FROM token "
            "ORDER BY created DESC, id"
        ).fetchall()
    return [Token(row[0], row[1], Viewer(row[2], row[3]), *row[4:]) for row in rows]


def revoke_token(data: Path, key: str) -> None:
    """Close a token at once. Raises NotFound where there is none with that key."""
    with ledger(data) as connection:
        changed = connection.execute(
            "UPDATE token SET revoked = ? WHERE id = ? AND revoked IS NULL", (now(), key)
        ).rowcount
    if not changed:
        raise NotFound(f"There is no open token {key!r}.", remedy="See hub token list.")


def digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
