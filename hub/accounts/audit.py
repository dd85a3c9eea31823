"""The trail of who saw personal data: rows that only grow, each chained to the one before it.

The hash of a row is over the hash before it and all that the row says, so that a row that was
changed, taken out or put in shows. Of what was seen it is over a salted seal alone: so who asks to
be erased can be, salt and all, and the chain still holds. The number of each row and its hash are
added to a file beside, `audit.head`, and those of the last stand in the manifest of each
generation, so that an end that was cut off shows. Against somebody who may rewrite the whole data
folder helps only a head that is kept elsewhere, or a file system that lets the file only grow.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from hub.accounts.caller import Caller
from hub.errors import HubError, Unavailable
from hub.history import LedgerError, ledger, now, read_rows

FIELDS = "id, at, account, credential, door, what, generation, salt, seal, hash"
HEADS = "audit.head"  # the file beside hub.sqlite to which each entry's head is added
BEGINNING = "0" * 64
LONGEST = 4_000  # characters of what was seen


@dataclass(frozen=True)
class Entry:
    """One answer with personal data in it.

    Attributes:
        account, credential: who saw it, and by what they were known (`hub.accounts.caller`).
        door: page, SPARQL, question, introduction, entry points or file.
        what: the things (IRIs), the query or the source that was asked for.
        salt, seal: SHA-256 over both; the salt is empty where `hub erase` took names out of `what`.
        hash: SHA-256 over the hash of the entry before and all the rest of this one.
    """

    number: int
    at: str
    account: str
    credential: str
    door: str
    what: str
    generation: int
    salt: str
    seal: str
    hash: str

    def follows(self, previous: str) -> bool:
        """Whether this is what was written after the entry with the hash `previous`."""
        sealed = not self.salt or self.seal == _seal(self.salt, self.what)
        row = (self.number, self.at, self.account, self.credential, self.door, self.seal)
        return sealed and self.hash == _hash(previous, (*row, self.generation))


@dataclass(frozen=True)
class Head:
    """How far the trail goes: its number of entries, and the hash of the last.

    `cleansed` of the entries that were gone through had names taken out by `hub erase`.
    """

    count: int = 0
    hash: str = BEGINNING
    cleansed: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.count}:{self.hash}"


def record(data: Path, caller: Caller, door: str, what: str, generation: int) -> None:
    """Write down that `caller` is about to see personal data.

    Raises Unavailable where it cannot be written: then it must not be shown.
    """
    try:
        with ledger(data) as connection:
            connection.execute("BEGIN IMMEDIATE")
            last = connection.execute("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
            number, previous = last.fetchone() or (0, BEGINNING)
            told = what if len(what) <= LONGEST else f"{what[: LONGEST - 1]}…"
            who = (number + 1, now(), caller.account, caller.credential, door)
            seal = _seal(salt := secrets.token_hex(16), told)
            made = Head(number + 1, _hash(previous, (*who, seal, generation)))
            connection.execute(
                f"INSERT INTO audit ({FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*who, told, generation, salt, seal, made.hash),
            )
        with (data / HEADS).open("a", encoding="utf-8") as file:
            file.write(f"{made}\n")
    except (LedgerError, OSError) as error:
        raise Unavailable(
            "That personal data are seen cannot be recorded now, so they are not shown.",
            remedy="Try again; if it stays so, tell the operator.",
        ) from error


def read_trail(
    data: Path, limit: int = 100, before: int = 2**62, account: str = "", about: str = ""
) -> list[Entry]:
    """The latest entries with numbers below `before`, newest first.

    Args:
        account: only those of this account.
        about: only those that have this in what was seen.
    """
    rows = read_rows(
        data,
        f"SELECT {FIELDS} FROM audit WHERE id < ? AND (? = '' OR account = ?) "
        "AND instr(what, ?) ORDER BY id DESC LIMIT ?",
        (before, account, account, about, limit),
    )
    return [Entry(*row) for row in rows]


def head(data: Path) -> Head:
    """How far the trail goes now, by its last entry."""
    rows = read_rows(data, "SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
    return Head(*rows[0]) if rows else Head()


def check_trail(data: Path, anchors: Iterable[str] = ()) -> Head:
    """Go through the whole trail; `anchors` are heads that it had (`COUNT:HASH`).

    Raises HubError naming the first entry that is not what was written.
    """
    remedy = "Somebody has changed hub.sqlite: hold it against a backup."
    noted = (data / HEADS).read_text("utf-8", "replace") if (data / HEADS).exists() else ""
    known = defaultdict[int, set[str]](set)
    for count, digest in re.findall(r"^(\d+):([0-9a-f]{64})$", "\n".join([noted, *anchors]), re.M):
        known[int(count)].add(digest)
    place, last = str(data / "hub.sqlite"), Head()
    while rows := read_trail_upwards(data, last.count):
        for entry in rows:
            if entry.number != last.count + 1 or not entry.follows(last.hash):
                what = "is missing" if entry.number != last.count + 1 else "was changed"
                raise HubError(
                    f"The audit trail breaks at entry {last.count + 1}: it {what}.",
                    where=place, remedy=remedy,
                )  # fmt: skip
            last = Head(entry.number, entry.hash, last.cleansed + (not entry.salt))
            if known.get(last.count, set()) - {last.hash}:
                raise HubError(
                    f"The audit trail was written anew: entry {last.count} is another one than "
                    "when it was last noted.", where=place, remedy=remedy,
                )  # fmt: skip
    longest = max(known, default=0)
    if longest > last.count:
        raise HubError(
            f"The end of the audit trail is cut off: it has {last.count:,} entries, and had "
            f"{longest:,}; entry {last.count + 1} is the first that is missing.",
            where=place, remedy=remedy,
        )  # fmt: skip
    return last


def read_trail_upwards(data: Path, after: int, limit: int = 10_000) -> list[Entry]:
    """Entries with numbers above `after`, in their order."""
    query = f"SELECT {FIELDS} FROM audit WHERE id > ? ORDER BY id LIMIT ?"
    return [Entry(*row) for row in read_rows(data, query, (after, limit))]


def _seal(salt: str, what: str) -> str:
    return hashlib.sha256(f"{salt} {what}".encode()).hexdigest()


def _hash(previous: str, row: Collection[object]) -> str:
    said = json.dumps([previous, *row], ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()
