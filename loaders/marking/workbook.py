"""A workbook with its findings in it: cells filled and commented, and a sheet that lists them.

The parts of the file are changed as XML, and only those that must be: what the partner's program
keeps beside the cells, and whatever no library knows, stays byte for byte. Everything added is
text, so that nothing of it is ever computed.

Reference: ECMA-376, Office Open XML, part 1 (spreadsheets) and part 4 (comments' shapes in VML).
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Sequence
from copy import deepcopy
from itertools import count
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
from loaders.reading.files import check_archive
from loaders.reading.sheet_survey import count_column, name_column
from loaders.reading.workbook import Workbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
DRAWING_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
BOX = (120, 320)  # height and width of what a comment is shown in, in pixels
# What a sheet has after the place of its comments' drawing, in the order of the standard.
AFTER_DRAWING = (
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems",
    "tableParts", "extLst",
)  # fmt: skip


def mark_cells(path: Path, findings: Sequence[Finding], out: Path) -> None:
    """Write the workbook to ``out`` with its findings. Raises Fault where it cannot be read."""
    check_archive(path)
    with refused_as(*UNMARKED), zipfile.ZipFile(path) as archive:
        package = _Package(archive)
        sheets = package.find_sheets()
        for name, cells in place_findings(Workbook(path), findings).items():
            if name in sheets:
                _mark_sheet(package, sheets[name], cells)
        _add_list(package, findings, list(sheets))
        write_parts(archive, package.trees, out)


class _Package:
    """The parts of an office document: those that were changed, and the others as they were."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.trees: dict[str, etree._Element] = {}
        book = self.relations("").find(f"*[@Type='{DOCUMENT}/officeDocument']")
        if book is None:
            raise ValueError("it says not which of its parts is the workbook")
        self.book = book.get("Target", "").lstrip("/")

    def part(self, name: str) -> etree._Element:
        """The root of a part, which is taken as changed. Raises KeyError where there is none."""
        if name not in self.trees:
            self.trees[name] = read_part(self.archive, name)
        return self.trees[name]

    def new_name(self, start: str, end: str) -> str:
        """A name that no part has."""
        taken = {*self.archive.namelist(), *self.trees}
        number = 1
        while f"{start}{number}{end}" in taken:
            number += 1
        return f"{start}{number}{end}"

    def add_part(self, name: str, root: etree._Element, content_type: str) -> None:
        """A new part with its content type."""
        self.trees[name] = root
        types = self.part("[Content_Types].xml")
        etree.SubElement(types, f"{{{TYPES}}}Override", PartName=f"/{name}",
                         ContentType=content_type)  # fmt: skip

    def relations(self, name: str) -> etree._Element:
        """The relations of a part, made where it has none."""
        folder, base = posixpath.split(name)
        path = posixpath.join(folder, "_rels", f"{base}.rels")
        if path not in self.trees and path not in self.archive.namelist():
            self.trees[path] = _make(PACKAGE, "Relationships")
        return self.part(path)

    def relate(self, name: str, kind: str, target: str) -> str:
        """Relate a part to another; gives the relation's identifier."""
        relations = self.relations(name)
        taken = {relation.get("Id") for relation in relations}
        number = 1
        while f"rIdHub{number}" in taken:
            number += 1
        values = {"Id": f"rIdHub{number}", "Type": f"{DOCUMENT}/{kind}", "Target": f"/{target}"}
        etree.SubElement(relations, f"{{{PACKAGE}}}Relationship", values)
        return values["Id"]

    def related(self, name: str, kind: str) -> str:
        """The part that a part is related to, or nothing."""
        found = self.relations(name).find(f"*[@Type='{DOCUMENT}/{kind}']")
        return "" if found is None else self.resolve(name, found.get("Target", ""))

    def resolve(self, name: str, target: str) -> str:
        joined = posixpath.join("/", posixpath.dirname(name), target)
        return posixpath.normpath(joined).lstrip("/")

    def find_sheets(self) -> dict[str, str]:
        """Name of a sheet → its part."""
        targets = {r.get("Id"): r.get("Target", "") for r in self.relations(self.book)}
        return {
            sheet.get("name", ""): self.resolve(self.book, targets[sheet.get(f"{{{DOCUMENT}}}id")])
            for sheet in self.part(self.book).iterfind(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet")
        }


def _make(namespace: str, name: str) -> etree._Element:
    return etree.fromstring(f'<{name} xmlns="{namespace}"/>')


def _mark_sheet(package: _Package, name: str, cells: dict[Cell, list[Finding]]) -> None:
    if not cells:
        return
    root = package.part(name)
    data = root.find(f"{{{MAIN}}}sheetData")
    if data is None:
        raise ValueError(f"{name} has no cells")
    styles = _Styles(package)
    rows = {int(row.get("r", "0")): row for row in data}
    if 0 in rows:
        raise ValueError(f"{name} does not number its rows")
    for (row, column), found in sorted(cells.items()):
        if row not in rows:
            rows[row] = etree.Element(f"{{{MAIN}}}row", r=str(row))
            data.insert(sum(number < row for number in rows if number != row), rows[row])
        cell = _find_cell(rows[row], row, column)
        style = styles.fill(int(cell.get("s", "0")), find_worst(found))
        cell.set("s", str(style))
    _comment(package, name, root, cells)


def _find_cell(row: etree._Element, number: int, column: int) -> etree._Element:
    """The cell of a row, made where it is not there."""
    place = 0
    for cell in row:
        here = count_column(cell.get("r", "").rstrip("0123456789"))
        if not 0 < here < 20_000:
            raise ValueError(f"a cell is called “{cell.get('r')}”")
        if here == column:
            return cell
        place += here < column
    made = etree.Element(f"{{{MAIN}}}c", r=f"{name_column(column)}{number}")
    row.insert(place, made)
    return made


class _Styles:
    """The styles of a workbook, with those of marked cells added as they are needed."""

    def __init__(self, package: _Package) -> None:
        self.root = package.part(package.related(package.book, "styles"))
        self.formats = self.root.find(f"{{{MAIN}}}cellXfs")
        self.fills = self.root.find(f"{{{MAIN}}}fills")
        self.made: dict[tuple[int, Severity], int] = {}
        self.colours: dict[Severity, int] = {}

    def fill(self, style: int, severity: Severity) -> int:
        """The number of a style like ``style``, filled with the colour of a severity."""
        if self.formats is None or self.fills is None:
            raise ValueError("the workbook has no styles")
        if (style, severity) not in self.made:
            if severity not in self.colours:
                fill = etree.SubElement(self.fills, f"{{{MAIN}}}fill")
                pattern = etree.SubElement(fill, f"{{{MAIN}}}patternFill", patternType="solid")
                etree.SubElement(pattern, f"{{{MAIN}}}fgColor", rgb=f"FF{COLOURS[severity]}")
                self.colours[severity] = len(self.fills) - 1
                self.fills.set("count", str(len(self.fills)))
            form = deepcopy(self.formats[style])
            form.set("fillId", str(self.colours[severity]))
            form.set("applyFill", "1")
            self.formats.append(form)
            self.formats.set("count", str(len(self.formats)))
            self.made[style, severity] = len(self.formats) - 1
        return self.made[style, severity]


def _comment(
    package: _Package, name: str, sheet: etree._Element, cells: dict[Cell, list[Finding]]
) -> None:
    """Comments at cells, beside those that the sheet has."""
    from openpyxl.comments import shape_writer as vml  # and all of openpyxl

    comments = package.related(name, "comments")
    if not comments:
        comments = package.new_name("xl/commentsHub", ".xml")
        root = _make(MAIN, "comments")
        etree.SubElement(root, f"{{{MAIN}}}authors")
        etree.SubElement(root, f"{{{MAIN}}}commentList")
        package.add_part(comments, root, COMMENTS_TYPE)
        package.relate(name, "comments", comments)
    drawing = package.related(name, "vmlDrawing")
    shapes = vml.ShapeWriter(())
    if not drawing:
        drawing = package.new_name("xl/drawings/vmlDrawingHub", ".vml")
        spaces = {"v": vml.vmlns, "o": vml.officens, "x": vml.excelns}
        root = etree.Element("xml", nsmap=spaces)
        shapes.add_comment_shapetype(root)
        package.add_part(drawing, root, DRAWING_TYPE)
        identifier = package.relate(name, "vmlDrawing", drawing)
        element = etree.Element(f"{{{MAIN}}}legacyDrawing", {f"{{{DOCUMENT}}}id": identifier})
        after = [n for n, one in enumerate(sheet) if etree.QName(one).localname in AFTER_DRAWING]
        sheet.insert(after[0] if after else len(sheet), element)
    authors = package.part(comments).find(f"{{{MAIN}}}authors")
    listed = package.part(comments).find(f"{{{MAIN}}}commentList")
    if authors is None or listed is None:
        raise ValueError(f"{comments} holds no comments")
    etree.SubElement(authors, f"{{{MAIN}}}author").text = "hub"
    present = {one.get("ref"): one for one in listed}
    boxes = package.part(drawing)
    taken = {box.get("id") for box in boxes}
    free = (number for number in count(1025 + len(boxes)) if f"_x0000_s{number}" not in taken)
    for (row, column), found in sorted(cells.items()):
        reference = f"{name_column(column)}{row}"
        said = say_findings(found, columns=False)[:LONGEST_COMMENT]
        if reference in present:
            text = present[reference].find(f"{{{MAIN}}}text")
            if text is not None:
                _add_text(text, f"\n{said}")
            continue
        comment = etree.SubElement(
            listed, f"{{{MAIN}}}comment", ref=reference, authorId=str(len(authors) - 1)
        )
        _add_text(etree.SubElement(comment, f"{{{MAIN}}}text"), said)
        shapes.add_comment_shape(boxes, next(free), reference, *BOX)


def _add_text(parent: etree._Element, text: str) -> None:
    if len(parent) and etree.QName(parent[0]).localname == "t":  # a plain text becomes a run
        run = etree.Element(f"{{{MAIN}}}r")
        run.append(parent[0])
        parent.insert(0, run)
    run = etree.SubElement(parent, f"{{{MAIN}}}r")
    element = etree.SubElement(run, f"{{{MAIN}}}t")
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    element.text = text


def _add_list(package: _Package, findings: Sequence[Finding], sheets: Sequence[str]) -> None:
    """A sheet at the end that lists all findings."""
    root = _make(MAIN, "worksheet")
    data = etree.SubElement(root, f"{{{MAIN}}}sheetData")
    for row in list_rows(findings):
        line = etree.SubElement(data, f"{{{MAIN}}}row")
        for value in row:
            if isinstance(value, int):
                cell = etree.SubElement(line, f"{{{MAIN}}}c")
                etree.SubElement(cell, f"{{{MAIN}}}v").text = str(value)
                continue
            cell = etree.SubElement(line, f"{{{MAIN}}}c", t="inlineStr")
            text = etree.SubElement(etree.SubElement(cell, f"{{{MAIN}}}is"), f"{{{MAIN}}}t")
            text.text = value
    name = package.new_name("xl/worksheets/findings", ".xml")
    package.add_part(name, root, SHEET_TYPE)
    listed = package.part(package.book).find(f"{{{MAIN}}}sheets")
    if listed is None:
        raise ValueError("the workbook has no sheets")
    highest = max(int(sheet.get("sheetId", "0")) for sheet in listed)
    etree.SubElement(
        listed,
        f"{{{MAIN}}}sheet",
        {
            "name": name_list(sheets),
            "sheetId": str(highest + 1),
            f"{{{DOCUMENT}}}id": package.relate(package.book, "worksheet", name),
        },
    )
