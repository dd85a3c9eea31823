"""Tables, of whatever file: find the header, name the columns, hand on the cells that are asked
for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from operator import itemgetter

from loaders.findings import Fault
from loaders.reading import Records
from loaders.reading.sheet_survey import ERRORS
from loaders.refusals import STAND_IN, BadCells

SEARCHED_FOR_HEADER = 20

Row = list[str] | Fault


@dataclass
class Table:
    """A table with its header found.

    ``columns`` are the names by which a mapping reaches the columns: the header's, and for names
    that occur more than once ``name (1)``, ``name (2)``, for empty ones ``(column 3)``.
    """

    columns: tuple[str, ...]
    header_row: int
    rows: Iterator[Row]
    doubled: tuple[str, ...] = ()
    nameless: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def select(self, references: Sequence[str]) -> Records:
        """The records after the header; rows that are blank are passed over but counted."""
        positions = [self.columns.index(name) for name in references]
        width = len(self.columns)
        pick = _pick_cells(positions)
        for number, row in enumerate(self.rows, self.header_row + 1):
            if isinstance(row, Fault):
                yield number, row
            elif any(row):
                cells = row if len(row) == width else row[:width] + ["" for _ in row[width:] if _]
                if len(cells) == width:
                    values = pick(cells)
                    if ERRORS.keys().isdisjoint(values):
                        yield number, values
                    else:
                        yield number, _refuse_errors(values, references)
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


def _pick_cells(positions: Sequence[int]) -> Callable[[list[str]], tuple[str, ...]]:
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda row: tuple(row[position] for position in positions)


def find_table(rows: Iterable[Row], references: Iterable[str]) -> Table:
    """Find the header among the first 20 rows: the first that has all references, else the first
    not blank. Without references a title above the table, one cell alone, is passed over.

    Raises Fault when there is no header at all.
    """
    rows = iter(rows)
    wanted = set(references)
    first = list(islice(rows, SEARCHED_FOR_HEADER))
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
        table.missing = tuple(sorted(wanted.difference(table.columns)))
        found = found or table
        if not table.missing:
            found = table
            break
    if found is None:
        message = "the table has no header: its first rows are blank"
        raise Fault("header-missing", message, "put the names of the columns into the first row")
    found.rows = chain(first[found.header_row :], rows)
    return found


def _name_columns(header: Sequence[str], number: int) -> Table:
    names = [cell.strip() for cell in header]
    while len(names) > 1 and not names[-1]:
        names.pop()
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
