"""Who was erased, as keyed hashes of IRIs and names: what they were cannot be read from them.

The key stands in `hub.sqlite` as well: who has that file can try a name that they know, and cannot
list those that were erased.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from hub.history import ledger, now, read_rows
from hub.vocabulary import NAMESPACES, expand, shorten

ERASED = "[erased]"
# What makes a record one about the person: the record goes with them.
ABOUT = frozenset(
    map(expand, ("org:member", "mc:involves", "mc:opener", "mc:targetedBy", "mc:about"))
) | {NAMESPACES["rdf"] + name for name in ("subject", "object")}
ABOUT_SHORT = frozenset(map(shorten, ABOUT))
NOBODY = "urn:x-metacluster:erased"
WORD = re.compile(r"[^\W_]+")
SHORTEST = 4  # letters; a shorter name would be found in half of all texts


@dataclass(frozen=True)
class Erasures:
    """What was erased, by hash; `lengths` are how many words the names have."""

    key: bytes = b""
    hashes: frozenset[str] = frozenset()
    lengths: tuple[int, ...] = ()
    _known: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    def __bool__(self) -> bool:
        return bool(self.hashes)

    @property
    def digest(self) -> str:
        """A hash of all; empty where nobody was erased."""
        whole = "\n".join(sorted(self.hashes))
        return blake2b(whole.encode(), digest_size=16).hexdigest() if self.hashes else ""

    def holds(self, iri: str) -> bool:
        """Whether the IRI is of somebody who was erased."""
        if not self.hashes:
            return False
        if iri not in self._known:
            if len(self._known) > 1_000_000:
                self._known.clear()
            self._known[iri] = _hash(self.key, iri) in self.hashes
        return self._known[iri]

    def naming(self, names: Iterable[str]) -> Erasures:
        """The same with more names."""
        split = [_words(name) for name in names]
        new = {_hash(self.key, " ".join(words)) for words in split if words}
        lengths = {*self.lengths, *(len(words) for words in split if words)}
        return Erasures(self.key, self.hashes | new, tuple(sorted(lengths)))

    def cleanse(self, text: str) -> str:
        """The text with `[erased]` in place of names that were erased."""
        found = list(WORD.finditer(text)) if self.lengths else []
        folded = [match[0].casefold() for match in found]
        spans = [
            (found[at].start(), found[at + length - 1].end())
            for length in self.lengths
            for at in range(len(found) - length + 1)
            if self.holds(" ".join(folded[at : at + length]))
        ]
        for start, end in sorted(spans, reverse=True):
            text = text[:start] + ERASED + text[end:]
        return text


def read_erasures(data: Path) -> Erasures:
    """What was erased so far."""
    rows = read_rows(data, "SELECT hash, words FROM erasure")
    if not rows:
        return Erasures()
    ((key,),) = read_rows(data, "SELECT value FROM secret WHERE name = 'erasure'")
    hashes = frozenset(row[0] for row in rows)
    return Erasures(bytes.fromhex(key), hashes, tuple(sorted({row[1] for row in rows} - {0})))


def record_erasure(
    data: Path, iris: Iterable[str], names: Iterable[str], who: str, reason: str
) -> None:
    """Remember, as hashes, that a person known by these IRIs and names was erased."""
    with ledger(data) as connection:
        made = ("erasure", secrets.token_hex(32))
        connection.execute("INSERT OR IGNORE INTO secret (name, value) VALUES (?, ?)", made)
        key = connection.execute("SELECT value FROM secret WHERE name = 'erasure'").fetchone()[0]
        told = [(iri, 0) for iri in iris]
        told += [(" ".join(words), len(words)) for words in map(_words, names) if words]
        rows = [(_hash(bytes.fromhex(key), text), n, now(), who, reason) for text, n in told]
        connection.executemany(
            "INSERT OR IGNORE INTO erasure (hash, words, at, who, reason) VALUES (?, ?, ?, ?, ?)",
            rows,
        )


def list_erasures(data: Path) -> list[tuple[str, str, str]]:
    """When, by whom and why somebody was erased, newest first; not who."""
    rows = read_rows(data, "SELECT DISTINCT at, who, reason FROM erasure ORDER BY at DESC")
    return [(at, who, reason) for at, who, reason in rows]


def cleanse_database(data: Path, iris: Iterable[str], names: Iterable[str]) -> None:
    """Take IRIs and names out of every text of `hub.sqlite`: ledgers, history, whatever is kept.

    The one change that rows of the ledgers suffer: what was asked to be forgotten is nobody's then.
    """
    iris = sorted(iris, key=len, reverse=True)
    slugs = {re.split(r"[/.#]", iri)[-1] for iri in iris}
    erasures = Erasures(secrets.token_bytes(32)).naming([*names, *(s for s in slugs if "-" in s)])

    @lru_cache(maxsize=10_000)
    def cleanse(text: str) -> str:
        for iri in iris:
            text = text.replace(iri, NOBODY)
        return erasures.cleanse(text)

    with ledger(data) as connection:
        triggers = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall()
        for (name,) in triggers:  # made again by whoever opens the file next
            connection.execute(f'DROP TRIGGER "{name}"')
        known = {*iris, *map(shorten, iris)}
        connection.create_function("without", 1, lambda text: forget_things(text, known))
        connection.execute("UPDATE event SET details = without(details)")
        connection.create_function("cleansed", 1, cleanse)
        for table, column in list(_texts(connection)):
            # What stands in the audit trail is sealed with a salt, by which a name could be tried.
            unsealed = ", salt = ''" if table == "audit" else ""
            connection.execute(
                f'UPDATE "{table}" SET "{column}" = cleansed("{column}"){unsealed} '
                f'WHERE cleansed("{column}") <> "{column}"'
            )
        connection.commit()
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def forget_things(details: str, known: Set[str]) -> str:
    """What a load changed, as JSON, without those things that are, or tell of, what is `known`.

    A record of somebody says much of them in which their name does not stand.
    """

    def keep(found: dict[str, object]) -> dict[str, object]:
        for name, value in found.items():
            if isinstance(value, list):
                found[name] = [one for one in value if not (isinstance(one, dict) and tells(one))]
        return found

    def tells(one: dict[str, object]) -> bool:
        statements = (*one.get("came", ()), *one.get("went", ()))  # type: ignore[misc]
        return one.get("iri") in known or any(
            told["property"] in ABOUT_SHORT and told["value"] in known for told in statements
        )

    return json.dumps(json.loads(details, object_hook=keep), ensure_ascii=False)


def _texts(connection: object) -> Iterator[tuple[str, str]]:
    """The columns of text, keys and secrets aside."""
    execute = connection.execute  # type: ignore[attr-defined]
    tables = execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        if table in {"secret", "token", "session", "user", "erasure"} or table.startswith("sqlite"):
            continue
        for _, column, kind, _, _, key in execute(f'PRAGMA table_info("{table}")').fetchall():
            if kind == "TEXT" and not key and (table != "audit" or column == "what"):
                yield table, column


def _words(name: str) -> list[str]:
    words = [word.casefold() for word in WORD.findall(name)]
    return words if sum(map(len, words)) >= SHORTEST else []


def _hash(key: bytes, text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), key=key[:64], digest_size=16).hexdigest()
