"""What an XLSX says of cells beside their values: where they are, hidden, wrong or not computed.

calamine gives the values alone, an error as an empty cell; so the sheets are looked through once as
text, piece by piece, before they are read.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from lxml import etree

from loaders.findings import Fault
from loaders.reading.files import CHUNK

MOST_CELLS = 50_000_000
LONGEST_ROW = 64 << 20
CELL = re.compile(rb"""\sr\s*=\s*["']([A-Z]{0,3})(\d{1,8})["']""")
HIDDEN = re.compile(
    rb"""<(?:\w+:)?(row|col)\b(?=[^<>]*\shidden\s*=\s*["'](?:1|true)["'])([^<>]*)>"""
)
WRONG = re.compile(
    rb"""<(?:\w+:)?c\b(?=[^<>]*\st\s*=\s*["']e["'])([^<>]*)>.*?<(?:\w+:)?v>([^<]*)<""", re.DOTALL
)
FORMULA = re.compile(
    rb"""<(?:\w+:)?c\b([^<>]*)>\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>[^<]*</(?:\w+:)?f>)\s*"""
    rb"""(<(?:\w+:)?v\s*/>|<(?:\w+:)?v\s*></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)
# Most sheets have none, and are not looked through for what is around them.
ERROR_TYPE = re.compile(rb"""t\s*=\s*["']e["']""")
NUMBER = re.compile(rb"""\s(r|min|max)\s*=\s*["']([A-Z]{0,3})(\d{1,8})["']""")
EMPTY_TEXT = re.compile(rb"""\st\s*=\s*["']str["']""")
UNCOMPUTED = "#UNCOMPUTED!"
# What stands in a cell instead of a value, and what is to be said of it.
ERRORS = {
    "#REF!": "the formula refers to cells that are gone",
    "#N/A": "the formula found no value",
    "#NAME?": "the formula has a name that the program did not know",
    "#VALUE!": "the formula was given values of the wrong type",
    "#DIV/0!": "the formula divides by zero",
    "#NUM!": "the formula has no result",
    "#NULL!": "the formula refers to no cell",
    "#SPILL!": "the formula found no room",
    "#ERROR!": "the formula is wrong",
    UNCOMPUTED: "the formula was never computed",
}


@dataclass
class Survey:
    """Of one sheet. Rows and columns count from 1; ``marked`` are the cells whose value is one of
    ``ERRORS``.
    """

    rows: int = 1
    columns: int = 1
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[str] = field(default_factory=list)
    marked: dict[tuple[int, int], str] = field(default_factory=dict)

    def look_through(self, text: bytes) -> None:
        """Take in whole rows."""
        found_cells = CELL.findall(text)
        for digits in {digits for _, digits in found_cells}:
            self.rows = max(self.rows, int(digits))
        for letters in {letters for letters, _ in found_cells}:
            self.columns = max(self.columns, count_column(letters))
        for kind, attributes in HIDDEN.findall(text) if b"hidden" in text else ():
            found = {name: int(digits) for name, _, digits in NUMBER.findall(attributes)}
            if kind == b"row" and b"r" in found:
                self.hidden_rows.append(found[b"r"])
            elif b"min" in found and b"max" in found:
                # Columns behind the list are often hidden all at once, up to the last possible.
                last = min(found[b"max"], found[b"min"] + 100)
                self.hidden_columns += map(name_column, range(found[b"min"], last + 1))
        for attributes, value in WRONG.findall(text) if ERROR_TYPE.search(text) else ():
            text_of_error = value.decode("utf-8", "replace").strip()
            self._mark(attributes, text_of_error if text_of_error in ERRORS else "#ERROR!")
        for attributes, empty in FORMULA.findall(text) if b"<f" in text or b":f" in text else ():
            if not (empty and EMPTY_TEXT.search(attributes)):
                self._mark(attributes, UNCOMPUTED)

    def _mark(self, attributes: bytes, value: str) -> None:
        for name, letters, digits in NUMBER.findall(attributes):
            if name == b"r" and letters:
                self.marked.setdefault((int(digits), count_column(letters)), value)


def survey_sheets(path: Path) -> dict[str, Survey]:
    """The surveys of a workbook's sheets by their names.

    Raises Fault for a sheet with cells so far apart that the space between would fill the memory:
    calamine keeps a sheet as a full rectangle, and ends the process when it finds no room for it.
    """
    with zipfile.ZipFile(path) as archive:
        names = _find_sheets(archive)
        surveys = {}
        for member in archive.namelist():
            survey = Survey()
            with archive.open(member) as stream:
                _survey_member(stream, survey)
            if survey.rows * survey.columns > MOST_CELLS:
                message = (
                    f"a sheet is spread over {survey.rows:,} rows and {survey.columns:,} columns"
                )
                raise Fault("sheet-size", message, "delete the cells far outside the list")
            if member in names:
                surveys[names[member]] = survey
    return surveys


def count_column(letters: bytes | str) -> int:
    """The number of a column by its letters: A is 1."""
    number = 0
    for letter in letters if isinstance(letters, bytes) else letters.encode():
        number = number * 26 + letter - 64
    return number


def name_column(number: int) -> str:
    """The letters of a column by its number: 1 is A."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _survey_member(stream: IO[bytes], survey: Survey) -> None:
    rest = b""
    while chunk := stream.read(CHUNK):
        text = rest + chunk
        end = text.rfind(b"row>") + 4
        if end < 4 and len(text) < LONGEST_ROW:
            rest = text
            continue
        end = end if end >= 4 else len(text)
        survey.look_through(text[:end])
        rest = text[end:]
    survey.look_through(rest)


def _find_sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """The names of the sheets by the members of the archive that hold them."""
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    folder = PurePosixPath("xl")
    try:
        book = etree.fromstring(archive.read("xl/workbook.xml"), parser)
        links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser)
    except (KeyError, etree.XMLSyntaxError):
        return {}
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    sheets = {}
    for sheet in book.iter("{*}sheet"):
        keys = [value for name, value in sheet.attrib.items() if str(name).endswith("}id")]
        target = str(targets.get(keys[0], "")) if keys else ""
        member = target.lstrip("/") if target.startswith("/") else str(folder / target)
        sheets[member] = str(sheet.get("name", ""))
    return sheets
