"""Spreadsheets (XLSX, XLS, ODS): the archive is checked before it is opened, cells become plain
text.

Hidden sheets, rows and columns are read like others, and reported. A merged cell's value is taken
for every row that it covers. A formula counts by the value last computed. calamine holds one sheet
in memory, which the bounds on archives and sheets keep bearable; ODS is streamed.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import python_calamine

from loaders.findings import Fault, show_error
from loaders.reading.files import check_archive
from loaders.reading.sheet_survey import Survey, name_column, survey_sheets
from loaders.reading.table import Row

ENDINGS = (".xlsx", ".xlsm", ".ods", ".xls")
MERGES_NOTED = 100
PROTECTED = ("workbook-protected", "the workbook has a password", "save it without")
UNREADABLE = ("workbook-broken", "the workbook cannot be read", "save it as XLSX or ODS again")
MERGED = "merged-cells"  # the rule by which a merged cell is told, its column by letters

Note = tuple[Fault, int | None]


class Workbook:
    """An open XLSX or XLS. Raises Fault when the file is damaged, protected or of another kind."""

    def __init__(self, path: Path) -> None:
        self._surveys: dict[str, Survey] = {}
        if path.suffix.lower() != ".xls":
            check_archive(path)
            self._surveys = survey_sheets(path)
        with _open_door():
            self._book = python_calamine.CalamineWorkbook.from_path(str(path))
        self.sheets: tuple[str, ...] = tuple(self._book.sheet_names)
        visible = python_calamine.SheetVisibleEnum.Visible
        self.hidden = frozenset(
            sheet.name for sheet in self._book.sheets_metadata if sheet.visible != visible
        )
        self.notes: list[Note] = []

    def read_rows(self, sheet: str) -> Iterator[Row]:
        """The rows of a sheet from its first, as texts; ``notes`` are whole when all are read."""
        survey = self._surveys.get(sheet, Survey())
        with _open_door():
            opened = self._book.get_sheet_by_name(sheet)
            rows, first = opened.iter_rows(), (opened.start or (0, 0))[1]
            merged = opened.merged_cell_ranges or []
        self.notes = [*note_hidden(survey.hidden_rows, survey.hidden_columns)]
        spans = sorted((top, bottom, left) for (top, left), (bottom, _) in merged if bottom > top)
        self.notes += note_merged((top + 1, bottom + 1, left + 1) for top, bottom, left in spans)
        begun: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for top, bottom, left in spans:
            begun[top].append((left - first, bottom))
        marked: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for (row, column), text in survey.marked.items():
            marked[row].append((column - 1 - first, text))
        covering: dict[int, tuple[int, str]] = {}
        for number, cells in enumerate(rows):
            values = [write_cell(cell) for cell in cells]
            for position, text in marked.get(number + 1, ()):
                if 0 <= position < len(values):
                    values[position] = text
            for column, (last, text) in list(covering.items()):
                if number > last:
                    del covering[column]
                else:
                    values[column] = values[column] or text
            for column, last in begun.get(number, ()):
                if 0 <= column < len(values):
                    covering[column] = (last, values[column])
            yield values


def choose_sheet(sheets: tuple[str, ...], hidden: frozenset[str], name: str) -> str:
    """The sheet asked for, or the first that is not hidden. Raises Fault when there is none."""
    if name and name not in sheets:
        message = f"the workbook has no sheet “{name}”; it has {', '.join(sheets)}"
        raise Fault("sheet-unknown", message, "correct the name of the sheet in the mapping")
    if not sheets:
        raise Fault("workbook-broken", "the workbook has no sheets", "save it as XLSX again")
    return name or next((sheet for sheet in sheets if sheet not in hidden), sheets[0])


def note_hidden(rows: list[int], columns: list[str]) -> Iterator[Note]:
    """What is said of hidden rows and columns."""
    remedy = "nothing, if they shall be taken; else delete them"
    for kind, found in (("rows", [*map(str, rows)]), ("columns", columns)):
        if found:
            shown = ", ".join(found[:20]) + (f" and {len(found) - 20} more" if found[20:] else "")
            message = f"hidden {kind} are read like others: {shown}"
            yield Fault(f"hidden-{kind}", message, remedy), None


def note_merged(ranges: Iterator[tuple[int, int, int]]) -> Iterator[Note]:
    """What is said of merged cells: (first row, last row, column), from 1."""
    for count, (first, last, column) in enumerate(ranges):
        if count == MERGES_NOTED:
            message = "more merged cells are taken like the ones listed"
            yield Fault(MERGED, message, "nothing, if that is meant"), None
            return
        message = f"a merged cell's value is taken for rows {first} to {last}"
        remedy = "nothing, if that is meant; else take the cells apart"
        yield Fault(MERGED, message, remedy, column=name_column(column)), first


@contextmanager
def _open_door() -> Iterator[None]:
    """What calamine says of a bad file, as a Fault; its panics are no Exception in Python."""
    try:
        yield
    except python_calamine.PasswordError as error:
        raise Fault(*PROTECTED) from error
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        rule, message, remedy = UNREADABLE
        raise Fault(rule, f"{message}: {show_error(error)}", remedy) from error


def write_cell(cell: object) -> str:
    """A cell as the person who typed it would write it: 12 and not 12.0, 2012-05-07 without
    midnight.
    """
    if isinstance(cell, str):
        return "" if cell.isspace() else cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        # Spreadsheets show fifteen digits; what is beyond them is how the machine counts.
        shown = float(f"{cell:.15g}")
        return str(int(shown)) if shown.is_integer() and abs(shown) < 1e21 else repr(shown)
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
