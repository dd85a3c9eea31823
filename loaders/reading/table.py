"""Tables, of whatever file: find the header, name the columns, hand on the cells that are asked
for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import itemgetter

from loaders.findings import Fault
from loaders.reading import Records
from loaders.reading.sheet_survey import ERRORS
from loaders.refusals import STAND_IN, BadCells
from loaders.words import WORDS

SEARCHED_FOR_HEADER = 20
MOST_HEADER_ROWS = 4
TOTALS = frozenset(WORDS["totals"])
NUMBER = re.compile(r"[-+]?[0-9][0-9.,' \u00a0]*\s?[%€$£]?")
NO_WORDS = re.compile(r"[0-9@]|://")

Row = list[str] | Fault
END = Fault("end", "the table ends")
TOTAL = "the last row looks like totals, and was left out"
KEPT = "delete it; to keep it as a record, put it above another row"


@dataclass
class Table:
    """A table with its header found.

    ``columns`` are the names by which a mapping reaches the columns: the header's, and for names
    that occur more than once ``name (1)``, ``name (2)``, for empty ones ``(column 3)``; ``City``
    under ``Address``, in the row above, is ``Address / City``. After the last name only those
    count that are asked for, or not empty in the first rows. ``header_row`` is the last row of the
    header, ``first_row`` the first where there are several.
    """

    columns: tuple[str, ...]
    header_row: int
    first_row: int = field(default=0, kw_only=True)
    rows: Iterator[Row]
    doubled: tuple[str, ...] = ()
    nameless: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Where the header is, in words."""
        if self.first_row in (0, self.header_row):
            return f"header in row {self.header_row}"
        return f"header in rows {self.first_row} to {self.header_row}, joined"

    @property
    def named(self) -> int:
        """How many columns there are up to the last that has a name of its own."""
        nameless = set(self.nameless)
        return max(n for n, name in enumerate(self.columns, 1) if name not in nameless)

    def select(self, references: Sequence[str]) -> Records:
        """The records after the header; rows that are blank are passed over but counted.

        A last row that looks like totals comes as a Fault.
        """
        positions = [self.columns.index(name) for name in references]
        width, named = len(self.columns), self.named
        pick = _pick_cells(positions)
        held: tuple[int, list[str]] | None = None  # until it is known whether it is the last
        for number, row in enumerate(chain(self.rows, (END,)), self.header_row + 1):
            if not (isinstance(row, Fault) or any(row)):
                continue
            if held:
                values = pick(held[1])
                if row is END and is_total(held[1]):
                    value = " | ".join(filter(None, held[1]))
                    yield held[0], Fault("row-total", TOTAL, KEPT, value=value)
                elif ERRORS.keys().isdisjoint(values):
                    yield held[0], values
                else:
                    yield held[0], _refuse_errors(values, references)
                held = None
            if row is END:
                return
            if isinstance(row, Fault):
                yield number, row
                continue
            cells = row if len(row) == width else row[:width] + ["" for _ in row[width:] if _]
            if named <= len(cells) < width:
                cells += [""] * (width - len(cells))
            if len(cells) == width:
                held = number, cells
            else:
                message = f"the row has {len(row)} cells where the header has {width}"
                remedy = "quote cells that hold the delimiter or line breaks"
                value = " | ".join(row)
                yield number, Fault("ragged-row", message, remedy, value=value)


def _refuse_errors(values: Sequence[str], references: Sequence[str]) -> BadCells:
    """What is said of a row with cells that hold an error of the spreadsheet as their value."""
    remedy = "mend the formula, or write the value, and save the list in its program"
    faults = [
        Fault("cell-error", ERRORS[value], remedy, column=column, value=value)
        for value, column in zip(values, references, strict=True)
        if value in ERRORS
    ]
    return BadCells(faults, tuple(STAND_IN if v in ERRORS else v for v in values))


def is_total(cells: Sequence[str]) -> bool:
    """Whether a row begins with a word for a total, and has no more beside it than numbers."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    word = filled[0].casefold().rstrip(" :") if filled else ""
    return word in TOTALS and all(NUMBER.fullmatch(cell) for cell in filled[1:])


def _pick_cells(positions: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda row: tuple(row[position] for position in positions)


def find_table(
    rows: Iterable[Row], references: Iterable[str], stated: tuple[int, int] = (0, 0)
) -> Table:
    """Find the header among the first 20 rows: the first that has all references, alone or with
    those below it, else the first not blank. Without references a title above the table, one cell
    alone, is passed over, and a header grouped by the row above it is joined with that.

    Where the first and last row of the header are ``stated``, nothing is searched for. Raises Fault
    when there is no header at all.
    """
    rows = iter(rows)
    wanted = set(references)
    first = list(islice(rows, max(SEARCHED_FOR_HEADER, stated[1])))
    found = _join_rows(first, *stated) if stated[1] else _search(first, wanted)
    if found is None:
        message = "the table has no header: its first rows are blank"
        remedy = "put the names of the columns into the first row"
        if stated[1]:
            filled = [n for n, r in enumerate(first, 1) if not isinstance(r, Fault) and any(r)]
            there = f"its first row that is not blank is {filled[0]}" if filled else "it is empty"
            message = f"the table has nothing in row {stated[1]}, which is stated as its header: "
            message, remedy = message + there, "correct “header” in the description"
        raise Fault("header-missing", message, remedy)
    below = (row for row in first[found.header_row :] if not isinstance(row, Fault))
    used = max((n for row in below for n, cell in enumerate(row, 1) if cell.strip()), default=0)
    asked = (n for n, name in enumerate(found.columns, 1) if name in wanted)
    width = max(found.named, used, *asked)
    after = set(found.columns[width:])
    found.columns = found.columns[:width]
    found.nameless = tuple(name for name in found.nameless if name not in after)
    found.missing = tuple(sorted(wanted.difference(found.columns)))
    found.rows = chain(first[found.header_row :], rows)
    return found


def _search(first: list[Row], wanted: set[str]) -> Table | None:
    widest = max((sum(map(bool, row)) for row in first if not isinstance(row, Fault)), default=0)
    found: Table | None = None
    for number, row in enumerate(first, 1):
        if isinstance(row, Fault):
            if found is None:
                raise row
            continue
        filled = sum(bool(cell.strip()) for cell in row)
        if not filled or (not wanted and filled == 1 < widest):
            continue
        table = _name_columns(row, number)
        found = found or table
        if wanted <= {*table.columns}:
            if not wanted and _is_grouped(first, number):
                return _join_rows(first, number, number + 1)
            return table
    for number in range(1, len(first) + 1):
        for last in range(number + 1, min(number + MOST_HEADER_ROWS, len(first) + 1)):
            joined = _join_rows(first, number, last)
            if joined and wanted <= {*joined.columns}:
                return joined
    return found


def _is_grouped(first: list[Row], number: int) -> bool:
    """Whether the row groups the columns that the next one names: it has gaps which that fills,
    with words alone, where cells below hold numbers, dates or addresses.
    """
    top, *below = (row for row in first[number - 1 :] if not isinstance(row, Fault))
    if len(below) < 2 or len(below[0]) < len(top):
        return False
    names, rows = below[0], below[1:]
    upper = [*top, *("" for _ in names[len(top) :])]
    gaps = [n for n, cell in enumerate(upper) if not cell.strip() and names[n].strip()]
    whole = all(a.strip() or b.strip() for a, b in zip(upper, names, strict=True))
    plain = not any(NO_WORDS.search(cell) for cell in (*top, *names))
    other = any(NO_WORDS.search(cell) for row in rows for cell in row)
    distinct = len(set(names)) > 1
    return bool(gaps) and whole and plain and other and distinct


def _join_rows(first: list[Row], start: int, last: int) -> Table | None:
    """The header of several rows: what groups columns stands over all that it has no other for."""
    header = [[] if isinstance(row, Fault) else row for row in first[start - 1 : last]]
    if len(header) <= last - start:
        return None
    if not any(any(cell.strip() for cell in row) for row in header):
        return None
    width = max(map(len, header))
    parts: list[list[str]] = [[] for _ in range(width)]
    for level, row in enumerate(header):
        over = ""
        for column in range(width):
            cell = row[column].strip() if column < len(row) else ""
            lower = any(len(r) > column and r[column].strip() for r in header[level + 1 :])
            over = cell or (over if lower else "")
            if over and over not in parts[column]:
                parts[column].append(over)
    table = _name_columns([" / ".join(part) for part in parts], last)
    table.first_row = start
    return table


def _name_columns(header: Sequence[str], number: int) -> Table:
    names = [cell.strip() for cell in header]
    counts = Counter(names)
    seen: Counter[str] = Counter()
    columns = []
    for position, name in enumerate(names, 1):
        seen[name] += 1
        if not name:
            columns.append(f"(column {position})")
        else:
            columns.append(f"{name} ({seen[name]})" if counts[name] > 1 else name)
    return Table(
        columns=tuple(columns),
        header_row=number,
        rows=iter(()),
        doubled=tuple(name for name, count in counts.items() if name and count > 1),
        nameless=tuple(c for c, name in zip(columns, names, strict=True) if not name),
    )
