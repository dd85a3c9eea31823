"""Spreadsheets (XLSX, XLS, ODS): the archive is checked before it is opened, cells become plain
text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import python_calamine

from loaders.findings import Fault
from loaders.reading.files import check_archive
from loaders.reading.table import Row

ENDINGS = (".xlsx", ".xlsm", ".ods", ".xls")


class Workbook:
    """An open workbook. Raises Fault when the file is damaged, protected or of another kind."""

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() != ".xls":
            check_archive(path)
        try:
            self._book = python_calamine.CalamineWorkbook.from_path(str(path))
        except python_calamine.PasswordError as error:
            raise Fault(
                "workbook-protected", "the workbook is protected by a password", "save it without"
            ) from error
        except (python_calamine.CalamineError, OSError, ValueError) as error:
            raise Fault(
                "workbook-broken",
                f"the workbook cannot be opened: {error}",
                "save it as XLSX again",
            ) from error
        self.sheets: tuple[str, ...] = tuple(self._book.sheet_names)

    def choose_sheet(self, name: str) -> str:
        """The sheet asked for, or the first. Raises Fault when there is none of that name."""
        if name and name not in self.sheets:
            raise Fault(
                "sheet-unknown",
                f"the workbook has no sheet ‘{name}’; it has {', '.join(self.sheets)}",
                "correct the name of the sheet in the mapping",
            )
        if not self.sheets:
            raise Fault("workbook-broken", "the workbook has no sheets", "save it as XLSX again")
        return name or self.sheets[0]

    def read_rows(self, sheet: str) -> Iterator[Row]:
        """The rows of a sheet from its first, as texts; formulas by the values last computed."""
        try:
            for row in self._book.get_sheet_by_name(sheet).iter_rows():
                yield [_write_cell(cell) for cell in row]
        except (python_calamine.CalamineError, ValueError) as error:
            raise Fault(
                "workbook-broken", f"the sheet cannot be read: {error}", "save it as XLSX again"
            ) from error


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
