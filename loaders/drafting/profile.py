"""The profile of a table: what each column holds, told from every row of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from loaders.drafting.identifiers import IDENTIFIERS, RECOGNISERS, WORDS
from loaders.drafting.tables import Table
from loaders.drafting.vocabulary import Heading, split_words
from loaders.findings import Fault
from loaders.lexical import FORBIDDEN
from loaders.refusals import STAND_IN, BadCells

Cells = tuple[tuple[str, ...], ...]
MOST_ROWS = 1_000_000
LOOKED_AT_FIRST = 2000
MOST_DISTINCT = 200_000
MOST_LISTED = 300
MOST_PATTERNS = 20_000
TRIED = 100
LONGEST_PART = 80
MOST = 0.8
# What a load finds wrong in a row costs the row: so many may be, before it costs the column.
NEARLY = 0.9
RARE = 100


@dataclass(eq=False)
class Column:
    """What a column holds. Counts of ``fits`` are of different values, or of parts of lists.

    ``separator`` parts the lists in its cells. ``distinct`` is a lower bound where
    ``all_distinct_counted`` is False. ``values`` lists the different values while they are few.
    ``placeholders`` are texts that stand for nothing, as NA. ``heading`` is what its heading says,
    and ``thing`` the kind of thing it is a name or number of, once that is read.
    """

    name: str
    position: int
    separator: str = ""
    filled: int = 0
    repeated: int = 0
    several: int = 0
    tested: int = 0
    longest: int = 0
    untidy: bool = False
    forbidden: bool = False
    all_distinct_counted: bool = True
    examples: list[str] = field(default_factory=list)
    values: Counter[str] | None = field(default_factory=Counter)
    placeholders: Counter[str] = field(default_factory=Counter)
    fits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RECOGNISERS, 0))
    misfits: dict[str, str] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set, repr=False)
    heading: Heading = field(default_factory=Heading)
    thing: str = ""

    @property
    def sense(self) -> str:
        """What the column says of its thing: a property, or a kind of column."""
        return self.heading.sense

    @property
    def identifies(self) -> bool:
        """Whether it holds identifiers of organisations; PICs only where the heading says so."""
        called = "pic" in split_words(self.name)
        return self.kind() in IDENTIFIERS or (called and self.are("pic"))

    @property
    def distinct(self) -> int:
        return len(self.seen)

    @property
    def unique(self) -> bool:
        """Whether no value occurs twice, and no cell holds several."""
        return self.filled > 0 and not self.repeated and not self.several

    def are(self, kind: str, least: float = 1.0) -> bool:
        """Whether all of the different values, or at least such a part of them, are of a kind."""
        return self.tested > 0 and self.fits.get(kind, 0) >= least * self.tested

    def kind(self) -> str:
        """The first kind that all, else most, of its values are of; empty for free text."""
        for least in (1.0, MOST):
            for kind in WORDS:
                # Codes of languages are many, PICs have no check digit, and any number may be a
                # telephone's: without a heading that says so, they are not told by their form.
                if kind not in ("language", "pic", "phone") and self.are(kind, least):
                    return kind
        return ""

    def as_dict(self, rows: int) -> dict[str, Any]:
        """The column in plain values; ``rows`` is the number of rows of its table."""
        kind = self.kind()
        return {
            "column": self.name,
            "holds": WORDS.get(kind, "text" if self.filled else "nothing"),
            "all of them": self.are(kind) if kind else True,
            "filled": self.filled,
            "empty": rows - self.filled,
            "different": self.distinct,
            "unique": self.unique,
            "lists parted by": self.separator,
            "stand-ins for nothing": dict(self.placeholders),
            "examples": self.examples,
        }


@dataclass
class Profile:
    """A table with its columns profiled.

    ``bad_rows`` have something that cannot be read, the first for ``fault``; of those that are
    ``unread`` nothing can.
    """

    table: Table
    columns: tuple[Column, ...]
    rows: int = 0
    bad_rows: int = 0
    unread: int = 0
    fault: str = ""
    whole: bool = True
    patterns: Counter[int] = field(default_factory=Counter)
    patterns_counted: bool = True

    @property
    def told_rows(self) -> int:
        """The rows that columns were told from."""
        return self.rows - self.unread

    def count_without(self, there: Sequence[Column], missing: Sequence[Column]) -> int | None:
        """The rows in which all of some columns are filled, and one of others is not.

        None when the table has too many patterns of emptiness to tell.
        """
        if not self.patterns_counted:
            full = all(column.filled == self.told_rows for column in missing)
            return 0 if full else None
        wanted = sum(1 << column.position for column in there)
        all_missing = sum(1 << column.position for column in missing)
        return sum(
            count
            for pattern, count in self.patterns.items()
            if pattern & wanted == wanted and pattern & all_missing != all_missing
        )


def profile_table(
    table: Table, empty: frozenset[str], doubtful: frozenset[str] = frozenset()
) -> Profile:
    """Read a table and tell what its columns hold.

    ``empty`` are words that stand for nothing; those of them that are ``doubtful`` may be acronyms
    or codes as well, and count as values where they are rare.

    Raises Fault where the file cannot be read, or has no rows that can be.
    """
    columns = tuple(Column(name, position) for position, name in enumerate(table.columns))
    profile = Profile(table, columns)
    records = read_cells(table, table.columns)
    first = list(islice(records, LOOKED_AT_FIRST))
    for column in columns:
        column.separator = _find_separator(
            [value for _, cells, _ in first if cells for value in cells[column.position]]
        )
    for row, cells, fault in chain(first, records):
        profile.rows += 1
        if profile.rows > MOST_ROWS:
            profile.rows -= 1
            profile.whole = False
            break
        if fault:
            profile.bad_rows += 1
            where = f"row {row}, column {fault.column}" if fault.column else f"row {row}"
            profile.fault = profile.fault or f"{where}: {fault.message}"
        if not cells:
            profile.unread += 1
            continue
        pattern = 0
        for column, values in zip(columns, cells, strict=True):
            if values:
                pattern |= 1 << column.position
                _add_values(column, values, empty)
        profile.patterns[pattern] += 1
        if len(profile.patterns) > MOST_PATTERNS:
            profile.patterns_counted = False
            profile.patterns.clear()
    if profile.rows == profile.bad_rows:
        message = "the table has no rows below its header"
        if profile.fault:
            message = f"no row of the table can be read; {profile.fault}"
        raise Fault("drafting-rows", message, "send the list with its rows, and what is in them")
    _judge_placeholders(columns, doubtful)
    return profile


def _judge_placeholders(columns: Sequence[Column], doubtful: frozenset[str]) -> None:
    """Take for values what is too rare to stand for nothing, and Namibia for a country."""
    for column in columns:
        for text, count in list(column.placeholders.items()):
            namibia = text == "NA" and column.are("country", MOST) and column.longest == 2
            elsewhere = any(text in other.placeholders for other in columns if other is not column)
            rare = count < 2 or count * RARE < column.filled
            rare = rare and not column.kind()
            if text.casefold() in doubtful and (rare or (namibia and not elsewhere)):
                del column.placeholders[text]
                _test_value(column, text)


def read_cells(
    table: Table, references: Sequence[str]
) -> Iterator[tuple[int, Cells, Fault | None]]:
    """Each row with its values by column, blank and bad ones left out, and what is bad of it."""
    for row, found in table.read(references):
        fault = found if isinstance(found, Fault) else None
        values = found.values if isinstance(found, BadCells) else found
        cells = () if isinstance(values, Fault) else values
        listed = ((cell,) if isinstance(cell, str) else cell for cell in cells)
        stood_in = STAND_IN if fault else ""
        kept = (tuple(v for v in cell if v != stood_in and _holds(v)) for cell in listed)
        yield row, tuple(kept), fault


def _holds(value: str) -> bool:
    """Whether a cell holds anything: as a load sees it, for which some blanks are forbidden."""
    return bool(value) and (not value.isspace() or bool(FORBIDDEN.search(value)))


def _find_separator(values: Sequence[str]) -> str:
    """What parts the lists in cells: a semicolon or a bar in one of ten, with short parts."""
    for separator in (";", "|"):
        lists = [value for value in values if separator in value.strip(separator + " ")]
        parts = [part for value in lists for part in value.split(separator)]
        if len(lists) * 10 >= len(values) > 0 and parts:
            mean = sum(map(len, parts)) / len(parts)
            if mean <= LONGEST_PART:
                return separator
    return ""


def _add_values(column: Column, values: tuple[str, ...], empty: frozenset[str]) -> None:
    column.filled += 1
    column.several += len(values) > 1
    for value in values:
        column.longest = max(column.longest, len(value))
        mark = hash(value)
        known = mark in column.seen
        if known:
            column.repeated += 1
        elif column.all_distinct_counted or not column.repeated:
            column.seen.add(mark)
            column.all_distinct_counted = len(column.seen) < MOST_DISTINCT
        _list_value(column, value)
        stands_for_nothing = value.strip().casefold() in empty
        if stands_for_nothing:
            column.placeholders[value.strip()] += 1
        if known or stands_for_nothing:
            continue
        column.forbidden = column.forbidden or bool(FORBIDDEN.search(value))
        column.untidy = column.untidy or value != " ".join(value.split())
        if len(column.examples) < 3:
            column.examples.append(value)
        parts = value.split(column.separator) if column.separator else (value,)
        for part in parts:
            if part := part.strip():
                _test_value(column, part)


def _list_value(column: Column, value: str) -> None:
    if column.values is not None:
        for part in value.split(column.separator) if column.separator else (value,):
            if part.strip():
                column.values[part.strip()] += 1
        if len(column.values) > MOST_LISTED:
            column.values = None


def _test_value(column: Column, value: str) -> None:
    column.tested += 1
    for kind, count in list(column.fits.items()):
        if RECOGNISERS[kind](value):
            column.fits[kind] = count + 1
        else:
            column.misfits.setdefault(kind, value)
            # What holds of hardly any of the first hundred is not tried on the rest.
            if column.tested > TRIED and count < column.tested / 2:
                del column.fits[kind]
