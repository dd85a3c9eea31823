"""Spreadsheets with what people do in them: merged and hidden cells, formulas, errors, dates."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import python_calamine
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900

from loaders.findings import Fault, Severity, SourceRefused
from loaders.reading.open_document import OpenDocument, open_workbook
from loaders.reading.sheet_survey import count_column, name_column
from tests.loaders.conftest import GRAPH, Build, Run

NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "style")
)
MAPPING = """
mappings:
  thing:
    sources: [['{file}~xlsx'{sheet}]]
    s: thing/$(key)
    po: [[rdfs:label, $(name)], [mc:value, $(value)]]
"""


def write_ods(tables: str, styles: str = "", doctype: str = "") -> bytes:
    """An ODS of the tables; only what a reader needs."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<office:document-content {NAMESPACES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return stream.getvalue()


def cell(text: str = "", more: str = "") -> str:
    kind = ' office:value-type="string"' if text and "value-type" not in more else ""
    body = f"<text:p>{text}</text:p>" if text else ""
    return f"<table:table-cell{kind} {more}>{body}</table:table-cell>"


def row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def table(name: str, *rows: str, more: str = "") -> str:
    return f'<table:table table:name="{name}" {more}>{"".join(rows)}</table:table>'


HEADER = row(cell("key"), cell("name"), cell("value"))
COVERED = "<table:covered-table-cell/>"


def write_rich_ods() -> bytes:
    return write_ods(
        table("Notes", row(cell("nothing")), more='table:style-name="unseen"')
        + table(
            "List",
            '<table:table-column table:number-columns-repeated="2"/>'
            '<table:table-column table:visibility="collapse"/>',
            "<table:table-header-rows>" + HEADER + "</table:table-header-rows>",
            row(cell("a"), cell("north", 'table:number-rows-spanned="3"'),
                cell("12", 'office:value-type="float" office:value="12"')),
            row(cell("b"), COVERED, cell("7.5.2012", 'office:value-type="date" '
                                         'office:date-value="2012-05-07"')),
            row(cell("c"), COVERED, cell("ja", 'office:value-type="boolean" '
                                         'office:boolean-value="true"'),
                more='table:visibility="filter"'),
            row(cell(), more='table:number-rows-repeated="3"'),
            row(cell("d"), cell("one<text:s text:c=\"2\"/>two</text:p><text:p>three<text:line-break"
                                "/>four<text:span>!</text:span>"),
                cell("0.5", 'office:value-type="percentage" office:value="0.5"')),
            row(cell("e"), cell("#REF!", 'table:formula="of:=[.#REF!]"'), cell("x")),
            row(cell("f"), cell("f"), cell("", 'table:formula="of:=1+1"')),
            row(cell(more='table:number-columns-repeated="16384"'),
                more='table:number-rows-repeated="1048560"'),
        ),
        '<style:style style:name="unseen" style:family="table">'
        '<style:table-properties table:display="false"/></style:style>',
    )  # fmt: skip


def write_rich_xlsx(uncomputed: bool = True) -> bytes:
    book = openpyxl.Workbook()
    notes = book.worksheets[0]
    notes.title = "Notes"
    notes.sheet_state = "hidden"
    notes["A1"] = "nothing"
    sheet = book.create_sheet("List")
    rows: list[tuple[Any, ...]] = [
        ("key", "name", "value"), ("a", "north", 12), ("b", None, dt.date(2012, 5, 7)),
        ("c", None, True), (), (), (), ("d", "one  two\nthree\nfour!", 0.5), ("e", "#REF!", "x"),
        ("f", "f", "=1+1" if uncomputed else 2),
    ]  # fmt: skip
    for values in rows:
        sheet.append(values)
    sheet.merge_cells("B2:B4")
    sheet["B9"].data_type = "e"
    sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["C"].hidden = True
    book.active = 1
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("file", "write"), [("list.ods", write_rich_ods), ("list.xlsx", write_rich_xlsx)]
)
def test_what_people_do_in_spreadsheets(
    file: str, write: Callable[[], bytes], build: Build, run: Run
) -> None:
    result, quads = run(build({file: write()}, MAPPING.format(file=file, sheet="")), GRAPH)
    assert result.rows == {f"{file}#List": 6}, "hidden sheets are not the first"
    assert quads.count('"north"') == 3, "a merged cell's value is of every row"
    for key, value in {"a": "12", "b": "2012-05-07", "c": "true", "d": "0.5"}.items():
        assert f'/thing/{key}> <https://w3id.org/metacluster/ns#value> "{value}" ' in quads
    assert '"one  two\\nthree\\nfour!"' in quads
    found = {(f.severity, f.rule, f.row, f.column, f.value) for f in result.findings}
    assert (Severity.ERROR, "cell-error", 9, "name", "#REF!") in found
    assert (Severity.ERROR, "cell-error", 10, "value", "#UNCOMPUTED!") in found
    assert (Severity.NOTE, "merged-cells", 2, "B", "") in found
    said = {f.rule: f.message for f in result.findings}
    assert said["hidden-rows"].endswith(": 4")
    assert said["hidden-columns"].endswith(": C")
    assert result.rejected == 2


@pytest.mark.parametrize(
    ("file", "write"), [("list.ods", write_rich_ods), ("list.xlsx", write_rich_xlsx)]
)
def test_sheets_by_name(file: str, write: Callable[[], bytes], build: Build, run: Run) -> None:
    source = build({file: write()}, MAPPING.format(file=file, sheet=", Liste"))
    with pytest.raises(SourceRefused, match="no sheet “Liste”; it has Notes, List"):
        run(source, GRAPH)
    mapping = MAPPING.format(file=file, sheet=", Notes").split("po:")[0].replace("key", "nothing")
    source = build({file: write()}, mapping + "po: [[a, mc:X]]\n")
    with pytest.raises(SourceRefused) as refused:
        run(source, GRAPH)
    assert {"hidden-sheet", "nothing"} <= {f.rule for f in refused.value.findings}


def test_a_value_that_was_computed_is_taken(build: Build, run: Run) -> None:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(write_rich_xlsx())) as old,
        zipfile.ZipFile(stream, "w") as new,
    ):
        for name in old.namelist():
            text = old.read(name).replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>")
            new.writestr(name, text.replace(b"<f>1+1</f><v/>", b"<f>1+1</f><v>2</v>"))
    mapping = MAPPING.format(file="l.xlsx", sheet=", List")
    result, quads = run(build({"l.xlsx": stream.getvalue()}, mapping), GRAPH)
    assert '/thing/f> <https://w3id.org/metacluster/ns#value> "2" ' in quads
    assert result.rejected == 1


def test_calamine_reads_the_same_values(tmp_path: Path) -> None:
    path = tmp_path / "list.ods"
    path.write_bytes(write_rich_ods())
    ours = [list(cells) for cells in OpenDocument(path).read_rows("List")]
    theirs = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name("List")
    rows = theirs.to_python()
    assert ["".join(r[:1]) for r in ours] == [r[0] for r in rows]
    assert ours[1][2] == str(int(rows[1][2]))  # type: ignore[arg-type]
    assert ours[2][2] == str(rows[2][2])


def test_cells_begin_anywhere(build: Build, run: Run) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row_number, values in enumerate((("key", "name", "value"), ("a", "b", "#N/A")), 4):
        for column, value in enumerate(values, 3):
            sheet.cell(row_number, column, value)
    sheet["E6"], sheet["C6"] = "v", "k"
    sheet.merge_cells("D5:D6")
    stream = io.BytesIO()
    book.save(stream)
    mapping = MAPPING.format(file="l.xlsx", sheet="")
    result, quads = run(build({"l.xlsx": stream.getvalue()}, mapping), GRAPH)
    assert {(f.row, f.value) for f in result.findings if f.severity is Severity.ERROR} == {
        (5, "#N/A")
    }
    assert '/thing/k> <http://www.w3.org/2000/01/rdf-schema#label> "b"' in quads


HUGE = 'table:number-columns-repeated="16384"'
ROWS = "table:number-rows-repeated"
BOMB = '<!DOCTYPE x [<!ENTITY a "aa">]>'


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (write_ods(table("L", HEADER, row(cell("x", HUGE), more=f"{ROWS}='9999'"))),
         "sheet-size"),
        (write_ods(table("L", HEADER, row(*[cell("x", HUGE)] * 2))), "sheet-size"),
        (write_ods(table("L", HEADER), doctype=BOMB), "doctype"),
        (write_ods(""), "workbook-broken"),
        (write_ods("<table:table"), "xml-syntax"),
        (write_ods("<a>" * 5000 + "</a>" * 5000), "nesting"),
        (b"PK\x03\x04 cut", "archive-broken"),
    ],
    ids=["rows and columns", "columns", "DOCTYPE", "no sheet", "cut XML", "deep", "no archive"],
)  # fmt: skip
def test_hostile_open_documents(content: bytes, rule: str, build: Build, run: Run) -> None:
    source = build({"l.ods": content}, MAPPING.format(file="l.ods", sheet=""))
    with pytest.raises(SourceRefused) as refused:
        run(source, GRAPH)
    assert rule in {f.rule for f in refused.value.findings}


def test_columns_by_letters() -> None:
    names = [name_column(n) for n in range(1, 17_000)]
    assert names[:3] == ["A", "B", "C"]
    assert names[25:28] == ["Z", "AA", "AB"]
    assert names[16_383] == "XFD"
    assert [count_column(name) for name in names] == list(range(1, 17_000))


def test_a_locked_workbook(tmp_path: Path) -> None:
    path = tmp_path / "l.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
        archive.writestr("content.xml", b"\x00\x01")
    with pytest.raises(Fault, match="password"):
        open_workbook(path)


@pytest.mark.parametrize("epoch", [CALENDAR_WINDOWS_1900, CALENDAR_MAC_1904])
def test_dates_are_those_that_were_typed_whatever_day_they_count_from(
    epoch: dt.datetime, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    book.epoch = epoch
    sheet = book.worksheets[0]
    typed = {
        dt.date(1999, 12, 31): "1999-12-31",
        dt.date(2024, 2, 29): "2024-02-29",
        dt.datetime(2012, 5, 7, 13, 45, 30): "2012-05-07T13:45:30",
        dt.datetime(2012, 5, 7): "2012-05-07",
        dt.time(13, 45): "13:45:00",
    }
    for value in typed:
        sheet.append([value])
    path = tmp_path / "dates.xlsx"
    book.save(path)
    [*rows] = open_workbook(path).read_rows("Sheet")
    assert [cells[0] for cells in rows if not isinstance(cells, Fault)] == list(typed.values())


def test_numbers_are_those_that_were_typed(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    typed = {
        0.1 + 0.2: "0.3",
        1e15: "1" + 15 * "0",
        12.0: "12",
        -0.5: "-0.5",
        1234567.891: "1234567.891",
    }
    formats = ["0.00", "General", "0 €", "0 %", "#,##0"]
    for number, form in zip(typed, formats, strict=True):
        sheet.append([number])
        sheet.cell(sheet.max_row, 1).number_format = form
    path = tmp_path / "numbers.xlsx"
    book.save(path)
    [*rows] = open_workbook(path).read_rows("Sheet")
    assert [cells[0] for cells in rows if not isinstance(cells, Fault)] == list(typed.values())


def test_cells_merged_side_by_side_count_for_the_first_alone(build: Build, run: Run) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for values in (("key", "name", "value"), ("a", "both", None), ("b", "n", "v")):
        sheet.append(values)
    sheet.merge_cells("B2:C2")
    stream = io.BytesIO()
    book.save(stream)
    side = row(cell("a"), cell("both", 'table:number-columns-spanned="2"'), COVERED)
    ods = write_ods(table("L", HEADER, side, row(cell("b"), cell("n"), cell("v"))))
    for file, content in (("l.xlsx", stream.getvalue()), ("l.ods", ods)):
        result, quads = run(build({file: content}, MAPPING.format(file=file, sheet="")), GRAPH)
        assert quads.count('"both"') == 1
        assert result.rejected == 0
