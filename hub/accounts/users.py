"""Users, who log in: their names, passwords and what they may.

Passwords are kept as Argon2id (RFC 9106) in the parameters of argon2-cffi, the first choice of
OWASP's cheat sheet: to try one costs 64 MB and some tens of milliseconds. Against scrypt of the
standard library speaks that it has no format of its own for the parameters, which have to grow with
the machines.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.access import Viewer
from hub.accounts.caller import Caller
from hub.errors import Invalid, NotFound, Refused, Unauthorised
from hub.history import ledger, now, read_rows

FIELDS = "name, title, level, partner, may, created, disabled, used"
SHORTEST, LONGEST = 12, 1_000  # characters of a password
SIGNED_ON = "sso-"  # begins the names of those who log in elsewhere (`single_sign_on`)
_hasher = PasswordHasher()
_at_once = threading.BoundedSemaphore(2)  # hashes that are computed at once, each in 64 MB


@dataclass(frozen=True)
class User:
    """A user as the operator sees it; `used` is the time of the latest log-in."""

    name: str
    title: str
    viewer: Viewer
    right: str
    created: str
    disabled: str | None
    used: str | None

    @property
    def caller(self) -> Caller:
        account = f"user:{self.name}"
        return Caller(account, self.title, self.viewer, self.right, account)


def add_user(
    data: Path, name: str, viewer: Viewer, *, title: str = "", right: str = "read", password: str
) -> User:
    """Add a user who logs in with a password.

    Raises:
        Invalid: the name or the password will not do.
        Refused: there is such a user already.
    """
    check_name(name)
    Caller(right=right)
    hashed = hash_password(password)
    with ledger(data) as connection:
        added = connection.execute(
            "INSERT OR IGNORE INTO user (name, title, level, partner, may, password, created) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (name, title or name, viewer.level, viewer.partner, right, hashed, now()),
        ).rowcount
    if not added:
        raise Refused(f"There is a user {name} already.", remedy="See hub user list.")
    return find_user(data, name)


def check_name(name: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._@-]{0,99}", name) or name.startswith(SIGNED_ON):
        raise Invalid(
            f"“{name[:40]}” is no user name.",
            remedy="Use a to z, digits, . _ @ and -; `sso-` is taken.",
        )
    return name


def hash_password(password: str) -> str:
    """The hash to keep. Raises Invalid where the password is too short, too long or one word."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(
            f"A password has {SHORTEST} to {LONGEST:,} characters, not {len(password):,}.",
            remedy="Take several words.",
        )
    if len(set(password)) < 5:
        raise Invalid("The password repeats a few characters.", remedy="Take several words.")
    with _at_once:
        return _hasher.hash(password)


def check_password(data: Path, name: str, password: str) -> Caller:
    """The caller, if the password is theirs and the account is open.

    Raises Unauthorised, never saying which part was wrong, nor by the time that it takes.
    """
    rows = read_rows(data, "SELECT password FROM user WHERE name = ? AND disabled IS NULL", (name,))
    known = rows[0][0] if rows and rows[0][0] else _nobody()
    try:
        with _at_once:
            _hasher.verify(known, password[: LONGEST + 1])
        if known == _nobody():
            raise VerificationError
    except (VerificationError, InvalidHashError) as error:
        raise Unauthorised(
            "The name or the password is wrong, or the account is closed.",
            remedy="Ask the operator of the hub for a new password (hub user password).",
        ) from error
    if _hasher.check_needs_rehash(known):
        set_password(data, name, password)
    with ledger(data) as connection:
        connection.execute("UPDATE user SET used = ? WHERE name = ?", (now(), name))
    return find_user(data, name).caller


@cache
def _nobody() -> str:
    """A hash of no password, tried where there is no such user."""
    return _hasher.hash("nobody has this password")


def set_password(data: Path, name: str, password: str) -> None:
    """Give a user another password; their log-ins end. Raises as `add_user`, and NotFound."""
    hashed = hash_password(password)
    _change(data, name, "password = ?", hashed)


def change_user(data: Path, name: str, viewer: Viewer, right: str) -> None:
    """Let a user see and do something else from now on. Raises Invalid, and NotFound."""
    Caller(right=right)
    _change(data, name, "level = ?, partner = ?, may = ?", viewer.level, viewer.partner, right)


def disable_user(data: Path, name: str) -> None:
    """Close an account at once, its log-ins and tokens with it. Raises NotFound."""
    _change(data, name, "disabled = ?", now())


def enable_user(data: Path, name: str) -> None:
    """Open an account again; its log-ins stay ended. Raises NotFound."""
    _change(data, name, "disabled = NULL")


def _change(data: Path, name: str, change: str, *values: object) -> None:
    with ledger(data) as connection:
        found = connection.execute(f"UPDATE user SET {change} WHERE name = ?", (*values, name))
        connection.execute("DELETE FROM session WHERE credential = ?", (f"user:{name}",))
    if not found.rowcount:
        raise NotFound(f"There is no user “{name}”.", remedy="See hub user list.")


def list_users(data: Path) -> list[User]:
    """All users by name."""
    return [_user(row) for row in read_rows(data, f"SELECT {FIELDS} FROM user ORDER BY name")]


def find_user(data: Path, name: str) -> User:
    """The user of that name. Raises NotFound."""
    rows = read_rows(data, f"SELECT {FIELDS} FROM user WHERE name = ?", (name,))
    if not rows:
        raise NotFound(f"There is no user “{name}”.", remedy="See hub user list.")
    return _user(rows[0])


def caller_of_user(data: Path, name: str) -> Caller | None:
    """Who asks as this user; None where there is none, or the account is closed."""
    query = f"SELECT {FIELDS} FROM user WHERE name = ? AND disabled IS NULL"
    rows = read_rows(data, query, (name,))
    return _user(rows[0]).caller if rows else None


def _user(row: tuple[object, ...]) -> User:
    name, title, level, partner, *rest = row
    return User(name, title, Viewer(level, partner), *rest)  # type: ignore[arg-type]
