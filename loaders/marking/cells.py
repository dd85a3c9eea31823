"""Which cells of a workbook findings are about, and how the sheet that lists them reads."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from itertools import islice
from pathlib import Path

from lxml import etree

from loaders.findings import READ_AS, Fault, Finding, Severity
from loaders.marking.sentences import make_harmless
from loaders.reading.open_document import OpenDocument
from loaders.reading.sheet_survey import count_column
from loaders.reading.table import find_table
from loaders.reading.workbook import MERGED, Workbook

LARGEST_PART = 96 << 20
LONGEST_COMMENT = 8_000
# What is raised while a workbook is marked, where it is not as its kind says.
UNMARKED = (
    "workbook-broken", "the workbook cannot be marked", "save it again with its program",
    etree.XMLSyntaxError, KeyError, IndexError, ValueError, zipfile.BadZipFile,
)  # fmt: skip
COLOURS = {Severity.ERROR: "FFC7CE", Severity.WARNING: "FFEB9C", Severity.NOTE: "DDEBF7"}
Cell = tuple[int, int]  # row and column, from 1


def place_findings(
    book: Workbook | OpenDocument, findings: Sequence[Finding]
) -> dict[str, dict[Cell, list[Finding]]]:
    """Sheet → cell → what was found there: in the row's first cell where no column is known, in the
    first sheet where none is named.
    """
    by_sheet: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_sheet[finding.sheet or book.sheets[0]].append(finding)
    return {
        sheet: _place(book, sheet, found)
        for sheet, found in by_sheet.items()
        if sheet in book.sheets
    }


def _place(
    book: Workbook | OpenDocument, sheet: str, found: Sequence[Finding]
) -> dict[Cell, list[Finding]]:
    header = next((f.row for f in found if f.rule == READ_AS and f.row), 1)
    said = next((f.message for f in found if f.rule == READ_AS), "")
    rows = re.search(r"header in rows (\d+) to", said)
    try:
        stated = (int(rows[1]) if rows else header, header)
        asked = {finding.column for finding in found}
        table = find_table(islice(book.read_rows(sheet), header), asked, stated)
        columns = {name: n for n, name in enumerate(table.columns, 1)}
    except Fault:
        columns = {}
    cells: dict[Cell, list[Finding]] = defaultdict(list)
    for finding in found:
        if finding.rule != READ_AS:
            # What is said of merged cells names columns by letters.
            letters = finding.column.isascii() and finding.column.isalpha()
            lettered = count_column(finding.column) if finding.rule == MERGED and letters else 1
            column = columns.get(finding.column, lettered)
            cells[(finding.row or header, column)].append(finding)
    return dict(sorted(cells.items()))


def read_part(archive: zipfile.ZipFile, name: str) -> etree._Element:
    """The root of a part that is XML. Raises KeyError where there is none, ValueError for others
    than can be marked.
    """
    if archive.getinfo(name).file_size > LARGEST_PART:
        raise ValueError(f"{name} is too large to be marked")
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(archive.read(name), parser)
    if root.getroottree().docinfo.internalDTD is not None:
        raise ValueError(f"{name} declares entities")
    return root


def write_parts(archive: zipfile.ZipFile, trees: Mapping[str, etree._Element], out: Path) -> None:
    """Write the archive with these parts changed, in the order of the old ones, new ones last."""
    texts: dict[str, bytes] = {
        name: etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        for name, root in trees.items()
    }
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in archive.infolist():
            target.writestr(info, texts.pop(info.filename, b"") or archive.read(info))
        for name, text in texts.items():
            target.writestr(name, text)


def list_rows(findings: Iterable[Finding]) -> Iterator[list[int | str]]:
    """The rows of a list of findings, its header first; no text is a formula."""
    yield [field.name for field in fields(Finding)]
    for finding in findings:
        values = finding.as_dict().values()
        yield [v if isinstance(v, int) else make_harmless(v) for v in values]


def name_list(sheets: Sequence[str]) -> str:
    """A name for that sheet which no other has."""
    title, number = "Findings", 1
    while title.lower() in {sheet.lower() for sheet in sheets}:
        number += 1
        title = f"Findings {number}"
    return title
