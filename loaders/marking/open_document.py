"""An OpenDocument spreadsheet with its findings in it: cells filled and commented, and a sheet.

As in other workbooks only what must be is changed, and all that is added is text.

Reference: OASIS, Open Document Format for Office Applications, part 3 (9 tables, 14.1 annotations).
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from copy import deepcopy
from pathlib import Path

from lxml import etree

from loaders.findings import Finding, Severity, refused_as
from loaders.marking.cells import (
    COLOURS,
    LONGEST_COMMENT,
    UNMARKED,
    Cell,
    list_rows,
    name_list,
    place_findings,
    read_part,
    write_parts,
)
from loaders.marking.sentences import find_worst, say_findings
from loaders.reading.open_document import (
    CELLS,
    CONTENT,
    OASIS,
    OFFICE,
    STYLE,
    TABLE,
    TEXT,
    OpenDocument,
)

FO = f"{OASIS}xsl-fo-compatible:1.0}}"
ROW, COLUMN = TABLE + "table-row", TABLE + "table-column"
REPEATED = {
    ROW: TABLE + "number-rows-repeated",
    **dict.fromkeys((COLUMN, *CELLS), TABLE + "number-columns-repeated"),
}


def mark_document(path: Path, findings: Sequence[Finding], out: Path) -> None:
    """Write the document to ``out`` with its findings. Raises Fault where it cannot be read."""
    book = OpenDocument(path)
    with refused_as(*UNMARKED), zipfile.ZipFile(path) as archive:
        root = read_part(archive, CONTENT)
        tables = root.findall(f"{OFFICE}body/{OFFICE}spreadsheet/{TABLE}table")
        named = {table.get(TABLE + "name"): table for table in tables}
        styles = _Styles(root)
        for sheet, cells in place_findings(book, findings).items():
            _mark_table(named[sheet], cells, styles)
        tables[-1].addnext(_write_list(findings, name_list(book.sheets)))
        write_parts(archive, {CONTENT: root}, out)


def _mark_table(table: etree._Element, cells: dict[Cell, list[Finding]], styles: _Styles) -> None:
    columns = _cut(table, table.iter(COLUMN), {column for _, column in cells}, make=False)
    rows = _cut(table, table.iter(ROW), {row for row, _ in cells})
    for number, row in rows.items():
        found = {column: found for (at, column), found in cells.items() if at == number}
        for column, cell in _cut(row, row.iterchildren(*CELLS), set(found)).items():
            behind = [cell.get(TABLE + "style-name")]
            behind += [e.get(TABLE + "default-cell-style-name") for e in (row, columns.get(column))
                       if e is not None]  # fmt: skip
            style = next(filter(None, behind), "Default")
            cell.set(TABLE + "style-name", styles.fill(style, find_worst(found[column])))
            note = cell.find(OFFICE + "annotation")
            if note is None:
                note = etree.Element(OFFICE + "annotation")
                cell.insert(0, note)
            said = say_findings(found[column], columns=False)[:LONGEST_COMMENT]
            etree.SubElement(note, TEXT + "p").text = said


def _cut(
    parent: etree._Element, elements: Iterable[etree._Element], wanted: set[int], make: bool = True
) -> dict[int, etree._Element]:
    """Position → element, each cut out of what is repeated; those behind the end are made."""
    found: dict[int, etree._Element] = {}
    position = 0
    for element in list(elements):
        name = REPEATED[str(element.tag)]
        end = position + int(element.get(name, "1"))
        for number in sorted(n for n in wanted if position < n <= end):
            if number > position + 1:
                before = deepcopy(element)
                before.set(name, str(number - 1 - position))
                element.addprevious(before)
            found[number] = deepcopy(element)
            found[number].attrib.pop(name, "")
            element.addprevious(found[number])
            position = number
        if position == end:
            element.getparent().remove(element)  # type: ignore[union-attr]
        elif end - position < int(element.get(name, "1")):
            element.set(name, str(end - position))
        position = end
    for number in sorted(wanted - found.keys()) if make else ():
        tag = ROW if parent.tag == TABLE + "table" else CELLS[0]
        if number > position + 1:
            gap = etree.SubElement(parent, tag, {REPEATED[tag]: str(number - 1 - position)})
            if tag == ROW:
                etree.SubElement(gap, CELLS[0])
        found[number] = etree.SubElement(parent, tag)
        position = number
    return found


class _Styles:
    """The styles of a document, with those of marked cells added as they are needed."""

    def __init__(self, root: etree._Element) -> None:
        automatic = root.find(OFFICE + "automatic-styles")
        if automatic is None:
            automatic = etree.Element(OFFICE + "automatic-styles")
            body = root.find(OFFICE + "body")
            root.insert(len(root) if body is None else root.index(body), automatic)
        self.automatic = automatic
        self.known = {style.get(STYLE + "name"): style for style in automatic}

    def fill(self, name: str, severity: Severity) -> str:
        """The name of a style like ``name``, filled with the colour of a severity."""
        made = f"{name}-{severity}-hub"
        if made not in self.known:
            if (known := self.known.get(name)) is not None:
                style = deepcopy(known)
            else:
                style = etree.Element(STYLE + "style", {STYLE + "family": "table-cell"})
                style.set(STYLE + "parent-style-name", name)
            style.set(STYLE + "name", made)
            kind = STYLE + "table-cell-properties"
            properties = style.find(kind)
            if properties is None:
                properties = etree.Element(kind)
                style.insert(0, properties)
            properties.set(FO + "background-color", f"#{COLOURS[severity]}")
            self.automatic.append(style)
            self.known[made] = style
        return made


def _write_list(findings: Sequence[Finding], name: str) -> etree._Element:
    table = etree.Element(TABLE + "table", {TABLE + "name": name})
    rows = list(list_rows(findings))
    etree.SubElement(table, COLUMN, {REPEATED[COLUMN]: str(len(rows[0]))})
    for row in rows:
        line = etree.SubElement(table, ROW)
        for value in row:
            kind = "float" if isinstance(value, int) else "string"
            cell = etree.SubElement(line, CELLS[0], {OFFICE + "value-type": kind})
            if isinstance(value, int):
                cell.set(OFFICE + "value", str(value))
            etree.SubElement(cell, TEXT + "p").text = str(value)
    return table
