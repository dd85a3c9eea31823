"""Spreadsheets (XLSX, XLS, ODS): the archive is checked before it is opened, cells become plain
text.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import python_calamine

from loaders.findings import Fault
from loaders.reading.files import CHUNK, check_archive
from loaders.reading.table import Row

ENDINGS = (".xlsx", ".xlsm", ".ods", ".xls")


CELL = re.compile(rb"""<(?:\w+:)?(?:c|row)\b[^<>]*?\sr\s*=\s*["']([A-Z]{0,3})(\d{1,8})["']""")
MOST_CELLS = 50_000_000


class Workbook:
    """An open workbook. Raises Fault when the file is damaged, protected or of another kind."""

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() != ".xls":
            check_archive(path)
            _check_extent(path)
        with _open_door():
            self._book = python_calamine.CalamineWorkbook.from_path(str(path))
        self.sheets: tuple[str, ...] = tuple(self._book.sheet_names)

    def choose_sheet(self, name: str) -> str:
        """The sheet asked for, or the first. Raises Fault when there is none of that name."""
        if name and name not in self.sheets:
            message = f"the workbook has no sheet ‘{name}’; it has {', '.join(self.sheets)}"
            raise Fault("sheet-unknown", message, "correct the name of the sheet in the mapping")
        if not self.sheets:
            raise Fault("workbook-broken", "the workbook has no sheets", "save it as XLSX again")
        return name or self.sheets[0]

    def read_rows(self, sheet: str) -> Iterator[Row]:
        """The rows of a sheet from its first, as texts; formulas by the values last computed."""
        with _open_door():
            rows = self._book.get_sheet_by_name(sheet).iter_rows()
        for row in rows:
            yield [_write_cell(cell) for cell in row]


@contextmanager
def _open_door() -> Iterator[None]:
    """What calamine says of a bad file, as a Fault; its panics are no Exception in Python."""
    try:
        yield
    except python_calamine.PasswordError as error:
        raise Fault(
            "workbook-protected", "the workbook has a password", "save it without"
        ) from error
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        message = f"the workbook cannot be read: {error}"
        raise Fault("workbook-broken", message, "save it as XLSX again") from error


def _check_extent(path: Path) -> None:
    """Raise Fault for a sheet with cells so far apart that the space between would fill the memory.

    calamine keeps a sheet as a full rectangle and ends the process when it finds no room for it.
    """
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            columns = rows = 1
            with archive.open(member) as stream:
                tail = b""
                while chunk := stream.read(CHUNK):
                    for letters, digits in CELL.findall(tail + chunk):
                        rows = max(rows, int(digits))
                        if letters:
                            columns = max(columns, _count_column(letters))
                    tail = chunk[-200:]
            if rows * columns > MOST_CELLS:
                message = f"a sheet is spread over {rows:,} rows and {columns:,} columns"
                raise Fault("sheet-size", message, "delete the cells far outside the list")


def _count_column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _write_cell(cell: object) -> str:
    """A cell as the person who typed it would write it: 12 and not 12.0, 2012-05-07 without
    midnight.
    """
    if isinstance(cell, str):
        return "" if cell.isspace() else cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        return cell.date().isoformat() if midnight else cell.isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return str(cell)
