"""Answers as spreadsheets (XLSX): numbers are numbers, and every text is text.

A text that begins with = is no formula here, since each cell says of what kind it is.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from flask import Response
from openpyxl import Workbook
from openpyxl.cell import Cell as CellOfSheet
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from hub.questions.answer import Cell
from hub.sparql.errors import QueryTooLarge
from hub.web.negotiation import MEDIA_TYPES

ROWS = 2**20  # of a sheet, its header among them
LONGEST = 32_767  # characters of a cell
CUT = " … (cut: a cell holds no more)"


def xlsx_response(rows: Iterable[Sequence[Cell]], name: str) -> Response:
    """A table with a header as an XLSX file to be kept as `name`.xlsx.

    Raises:
        QueryTooLarge: there are more rows than a sheet holds.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Answer")
    sheet.freeze_panes = "A2"
    for count, row in enumerate(rows):
        for index, words in enumerate(row[:26] if not count else ()):
            column = sheet.column_dimensions[chr(65 + index)]
            column.width = min(max(18, len(str(words)) + 2), 60)
        if count >= ROWS:
            raise QueryTooLarge(
                f"The answer has more rows than a spreadsheet holds ({ROWS - 1:,}).",
                remedy="Take it as CSV, or add LIMIT and OFFSET and fetch it in parts.",
            )
        sheet.append([_cell(sheet, value, bold=not count) for value in row])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.xlsx"
        book.save(path)
        body = path.read_bytes()
    kept = re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-") or "answer"
    headers = {"Content-Disposition": f'attachment; filename="{kept}.xlsx"'}
    return Response(body, headers=headers, mimetype=MEDIA_TYPES["xlsx"])


def _cell(sheet: WriteOnlyWorksheet, value: Cell, *, bold: bool = False) -> CellOfSheet:
    if isinstance(value, str):
        value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)
        if len(value) > LONGEST:
            value = value[: LONGEST - len(CUT)] + CUT
    cell = WriteOnlyCell(sheet, value)
    if isinstance(value, str):
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
