"""OpenDocument spreadsheets (ODS), streamed: rows as texts, and what is hidden or merged."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from lxml import etree

from loaders.findings import Fault, refused_as
from loaders.reading.files import check_archive
from loaders.reading.sheet_survey import ERRORS, MOST_CELLS, UNCOMPUTED, name_column
from loaders.reading.table import Row
from loaders.reading.workbook import (
    PROTECTED,
    UNREADABLE,
    Note,
    Workbook,
    note_hidden,
    note_merged,
    write_cell,
)
from loaders.reading.xml_records import check_xml, walk_xml

CONTENT = "content.xml"
OASIS = "{urn:oasis:names:tc:opendocument:xmlns:"
TABLE, OFFICE, TEXT = f"{OASIS}table:1.0}}", f"{OASIS}office:1.0}}", f"{OASIS}text:1.0}}"
STYLE = f"{OASIS}style:1.0}}"
VALUE_TYPES = (
    OFFICE + "value-type",
    "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type",
)
CELLS = (TABLE + "table-cell", TABLE + "covered-table-cell")
MOST_ROWS, MOST_COLUMNS = 1 << 20, 1 << 14


class OpenDocument:
    """An open ODS. Raises Fault when the file is damaged, protected or of another kind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        check_archive(path)
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            manifest = "META-INF/manifest.xml"
            if manifest in names and b"encryption-data" in archive.read(manifest):
                raise Fault(*PROTECTED)
            if CONTENT not in names:
                message = "the file is no spreadsheet: it has no content"
                raise Fault("workbook-broken", message, "save it as ODS or XLSX again")
            with archive.open(CONTENT) as stream:
                check_xml(cast(BinaryIO, stream))
        unseen, sheets, hidden = set(), [], []
        for event, element in self._walk():
            if event == "end" and element.tag == STYLE + "style":
                properties = element.find(STYLE + "table-properties")
                if properties is not None and properties.get(TABLE + "display") == "false":
                    unseen.add(element.get(STYLE + "name"))
            elif event == "start" and element.tag == TABLE + "table":
                sheets.append(str(element.get(TABLE + "name", "")))
                if element.get(TABLE + "style-name") in unseen:
                    hidden.append(sheets[-1])
            elif event == "end" and element.tag == TABLE + "table-row":
                element.clear()
        self.sheets, self.hidden = tuple(sheets), frozenset(hidden)
        self.notes: list[Note] = []

    def read_rows(self, sheet: str) -> Iterator[Row]:
        """The rows of a sheet from its first, as texts; ``notes`` are whole when all are read."""
        hidden_rows: list[int] = []
        hidden_columns: list[str] = []
        merged: list[tuple[int, int, int]] = []
        covering: dict[int, tuple[int, str]] = {}
        inside, number, blank, done, column, width = False, 0, 0, 0, 0, 0
        for event, element in self._walk():
            if element.tag == TABLE + "table" and event == "start":
                inside = element.get(TABLE + "name") == sheet
            elif not inside or event == "start":
                continue
            elif element.tag == TABLE + "table":
                break
            elif element.tag == TABLE + "table-column":
                times = _count(element, "number-columns-repeated", MOST_COLUMNS)
                if _is_hidden(element):
                    shown = range(column + 1, column + 1 + min(times, 100))
                    hidden_columns += map(name_column, shown)
                column += times
            elif element.tag == TABLE + "table-row":
                times = _count(element, "number-rows-repeated", MOST_ROWS)
                cells = list(_read_cells(element, number + 1, covering, merged))
                if _is_hidden(element):
                    hidden_rows += range(number + 1, number + 1 + min(times, 100))
                number += times
                element.clear()
                if not any(cells):
                    blank += times
                    continue
                done += (times + blank) * len(cells)
                if done > MOST_CELLS or number > MOST_ROWS:
                    message = f"the sheet “{sheet}” repeats rows to more than {MOST_CELLS:,} cells"
                    raise Fault("sheet-size", message, "delete the cells far outside the list")
                for _ in range(blank):
                    yield []
                width = max(width, len(cells))
                for _ in range(times):
                    yield cells + [""] * (width - len(cells))
                blank = 0
        self.notes = [*note_hidden(hidden_rows, hidden_columns), *note_merged(iter(merged))]

    def _walk(self) -> Iterator[tuple[str, etree._Element]]:
        broken = refused_as(*UNREADABLE, etree.XMLSyntaxError)
        with broken, zipfile.ZipFile(self.path) as archive, archive.open(CONTENT) as stream:
            yield from walk_xml(stream)


def open_workbook(path: Path) -> Workbook | OpenDocument:
    """The reader of a spreadsheet, by its ending."""
    return OpenDocument(path) if path.suffix.lower() == ".ods" else Workbook(path)


def _read_cells(
    row: etree._Element, number: int, covering: dict[int, tuple[int, str]],
    merged: list[tuple[int, int, int]],
) -> Iterator[str]:  # fmt: skip
    """The values of a row up to the last that is there; ``covering`` are merged cells from above:
    by column their last row and value.
    """
    blank = position = 0
    for cell in row.iterchildren(*CELLS):
        times = _count(cell, "number-columns-repeated", MOST_COLUMNS)
        value = _read_value(cell)
        spanned = _count(cell, "number-rows-spanned", MOST_ROWS)
        if spanned > 1 and cell.tag == CELLS[0]:
            merged.append((number, number + spanned - 1, position + 1))
            covering[position] = (number + spanned - 1, value)
        elif cell.tag == CELLS[1] and position in covering:
            last, above = covering[position]
            value = above if number <= last else value
        position += times
        if position > MOST_COLUMNS:
            message = f"row {number} has more than {MOST_COLUMNS:,} columns"
            raise Fault("sheet-size", message, "delete the cells far outside the list")
        if not value:
            blank += times
            continue
        yield from [""] * blank
        yield from [value] * times
        blank = 0


def _read_value(cell: etree._Element) -> str:
    kinds = [cell.get(name, "") for name in VALUE_TYPES]
    if "error" in kinds:
        shown = _read_text(cell)
        return shown if shown in ERRORS else "#ERROR!"
    kind = kinds[0]
    if kind in ("float", "percentage", "currency"):
        try:
            return write_cell(float(cell.get(OFFICE + "value", "")))
        except ValueError:
            return _read_text(cell)
    if kind == "date":
        return str(cell.get(OFFICE + "date-value", "")).removesuffix("T00:00:00")
    if kind == "boolean":
        return str(cell.get(OFFICE + "boolean-value", ""))
    text = _read_text(cell)
    if text in ERRORS and cell.get(TABLE + "formula"):
        return text
    if not kind and not text and cell.get(TABLE + "formula"):
        return UNCOMPUTED
    return "" if text.isspace() else text


def _read_text(cell: etree._Element) -> str:
    """The paragraphs of a cell; its comments are no paragraphs of it."""
    return "\n".join("".join(_read_runs(part)) for part in cell.iterchildren(TEXT + "p"))


def _read_runs(part: etree._Element) -> Iterator[str]:
    yield part.text or ""
    for child in part:
        if child.tag == TEXT + "s":
            yield " " * _count_attribute(child.get(TEXT + "c"), 1000)
        elif child.tag in (TEXT + "line-break", TEXT + "tab"):
            yield "\n" if child.tag == TEXT + "line-break" else "\t"
        elif child.tag != OFFICE + "annotation":
            yield from _read_runs(child)
        yield child.tail or ""


def _count(element: etree._Element, name: str, most: int) -> int:
    return _count_attribute(element.get(TABLE + name), most)


def _count_attribute(value: str | None, most: int) -> int:
    """A number of repetitions, 1 where none is stated."""
    return min(max(int(value), 1), most) if value and value.isdecimal() else 1


def _is_hidden(element: etree._Element) -> bool:
    return element.get(TABLE + "visibility") in ("collapse", "filter")
