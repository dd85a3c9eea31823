"""The partner's file returned with its findings: marks are added, nothing else is touched."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl.comments import Comment

from loaders.description import Dialect
from loaders.findings import ADDED_COLUMN, READ_AS, Fault, Finding, Severity
from loaders.marking import mark_file
from loaders.marking.open_document import FO
from loaders.marking.sentences import make_harmless
from loaders.reading.open_document import CELLS, OFFICE, STYLE, TABLE, OpenDocument
from tests.conftest import shared
from tests.loaders.test_workbooks import cell, row, table, write_ods, write_rich_ods


def find(
    row: int | None, column: str = "", *, rule: str = "r", sheet: str = "", value: str = ""
) -> Finding:
    return Finding(
        Severity.ERROR, "s", "f", sheet, row, column, value, rule, "it is wrong", "mend it"
    )


CSV = 'name;"note; long"\r\nBiocat;"two\r\nlines"\r\n\r\nBioM;x\n"Lyon";y'


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252", "utf-16-be-bom"]
)
def test_a_delimited_file_gets_a_column_and_keeps_its_bytes(tmp_path: Path, encoding: str) -> None:
    content = CSV.replace("Biocat", "Bïocat")
    if encoding == "utf-16-be-bom":
        data = b"\xfe\xff" + content.encode("utf-16-be")
    else:
        data = content.encode(encoding)
    path = tmp_path / "list.csv"
    path.write_bytes(data)
    (out,) = mark_file(path, [find(2, "name", value='a"b'), find(5), find(None)], made(tmp_path))
    marked = out.read_bytes()
    plain = {"utf-16-be-bom": "utf-16", "utf-8-sig": "utf-8-sig"}.get(encoding, encoding)
    rows = list(csv.reader(io.StringIO(marked.decode(plain), newline=""), delimiter=";"))
    assert [row[:2] for row in rows] == list(
        csv.reader(io.StringIO(content, newline=""), delimiter=";")
    )
    assert rows[0][2].startswith(f"{ADDED_COLUMN}: error: it is wrong")
    assert rows[1][2] == "error, name: it is wrong: “a'b” (mend it)"
    assert rows[2] == []
    assert rows[3][2] == ""
    assert rows[4][2] == "error: it is wrong (mend it)"
    stripped = marked
    for number in (0, 1, 4):
        added = f';"{rows[number][2]}"'
        codec = {"utf-16": "utf-16-le", "utf-16-be-bom": "utf-16-be"}.get(
            encoding, encoding.removesuffix("-sig")
        )
        stripped = stripped.replace(added.encode(codec), b"", 1)
    assert stripped.replace("x;\n".encode(codec), "x\n".encode(codec)) == data


def made(folder: Path) -> Path:
    out = folder / "out"
    out.mkdir(exist_ok=True)
    return out


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(cells, cells), min_size=1, max_size=6),
    value=cells,
    row=st.integers(1, 6),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_whatever_the_cells_hold_they_stay(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str]],
    value: str,
    row: int,
    quoting: int,
) -> None:
    folder = tmp_path_factory.mktemp("m")
    text = io.StringIO(newline="")
    csv.writer(text, quoting=quoting).writerows([("one", "two"), *rows])
    path = folder / "f.csv"
    path.write_bytes(text.getvalue().encode())
    written = mark_file(path, [find(row, "one", value=value)], made(folder), Dialect("utf-8", ","))
    if written[0].suffix == ".csv" and written[0].name == "f.csv":
        marked = written[0].read_bytes().decode()
        after = list(csv.reader(io.StringIO(marked, newline="")))
        before = list(csv.reader(io.StringIO(text.getvalue(), newline="")))
        assert [r[:2] for r in after] == [r[:2] for r in before]
        assert all(not r[2].lstrip().startswith(("=", "+", "-", "@")) for r in after if len(r) > 2)
    else:
        assert (made(folder) / "f.csv").read_bytes() == path.read_bytes()


def write_book(path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Partners"
    sheet.append(["Name", "Country", "Total"])
    sheet.append(["Biocat", "Spain", "=1+1"])
    sheet.append(["BioM"])
    sheet["A2"].comment = Comment("our own remark", "partner")
    sheet["B2"].number_format = "@"
    sheet.merge_cells("D1:E1")
    other = book.create_sheet("Findings")
    other["A1"] = "a sheet of the partner's own"
    book.save(path)


def test_a_workbook_gets_marked_cells_and_a_sheet(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_book(path)
    findings = [
        find(1, rule=READ_AS, sheet="Partners"),
        find(2, "Name", sheet="Partners", value='=HYPERLINK("http://evil")'),
        find(3, "Country", sheet="Partners", value="\x1b[31m￾"),
        find(9, "Total", sheet="Partners"),
        find(None, "", sheet=""),
    ]
    (out,) = mark_file(path, findings, made(tmp_path))
    book = openpyxl.load_workbook(out)
    sheet = book["Partners"]
    said = {cell.coordinate: cell.comment.text for row in sheet for cell in row if cell.comment}
    assert said.keys() == {"A1", "A2", "B3", "C9"}
    assert said["A2"].startswith("our own remark")
    assert "it is wrong" in said["A2"]
    fills = {
        cell.coordinate: cell.fill.fgColor.rgb
        for row in sheet
        for cell in row
        if cell.fill.fill_type
    }
    assert fills == dict.fromkeys(said, "FFFFC7CE")
    assert [[c.value for c in row] for row in sheet.iter_rows(max_row=3, max_col=3)] == [
        ["Name", "Country", "Total"], ["Biocat", "Spain", "=1+1"], ["BioM", None, None],
    ]  # fmt: skip
    assert sheet["B2"].number_format == "@"
    assert [str(merged) for merged in sheet.merged_cells.ranges] == ["D1:E1"]
    assert book.sheetnames == ["Partners", "Findings", "Findings 2"]
    listed = book["Findings 2"]
    assert [cell.value for cell in listed[1]][:4] == ["severity", "source", "file", "sheet"]
    assert listed.max_row == 1 + len(findings)
    assert all(cell.data_type != "f" for row in listed for cell in row)
    assert listed["G3"].value == '\'=HYPERLINK("http://evil")'


def test_what_no_library_knows_stays_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    write_book(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/strange.bin", b"\x00\x01 of a program of the partner's")
    (out,) = mark_file(path, [find(2, "Name", sheet="Partners")], made(tmp_path))
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(out) as after:
        same = {n for n in before.namelist() if before.read(n) == after.read(n)}
        assert {"xl/strange.bin", "xl/worksheets/sheet2.xml", "xl/theme/theme1.xml"} <= same
        assert not after.testzip()


def test_a_real_workbook_is_marked(tmp_path: Path) -> None:
    path = shared("data/agreements/heidi_dataset.xlsx")
    before = openpyxl.load_workbook(path)
    name = before.sheetnames[0]
    column = str(before[name]["B1"].value).strip()
    (out,) = mark_file(path, [find(5, column, sheet=name), find(7, sheet=name)], made(tmp_path))
    after = openpyxl.load_workbook(out)
    assert after.sheetnames == [*before.sheetnames, "Findings"]
    assert {c.coordinate for r in after[name] for c in r if c.comment} >= {"B5", "A7"}
    assert [[c.value for c in r] for r in after[name]] == [
        [c.value for c in r] for r in before[name]
    ]


def read_marks(path: Path, sheet: str) -> dict[tuple[int, int], tuple[str, str]]:
    """Row and column → annotation and colour of the cells of an ODS that are marked."""
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        assert not archive.testzip()
        root = etree.fromstring(archive.read("content.xml"))
    styles = {
        style.get(STYLE + "name"): str(style[0].get(FO + "background-color"))
        for style in root.iter(STYLE + "style")
        if len(style)
    }
    [table] = [t for t in root.iter(TABLE + "table") if t.get(TABLE + "name") == sheet]
    found, row = {}, 0
    for line in table.iter(TABLE + "table-row"):
        row += int(line.get(TABLE + "number-rows-repeated", "1"))
        column = 0
        for one in line.iterchildren(*CELLS):
            column += int(one.get(TABLE + "number-columns-repeated", "1"))
            if (note := one.find(OFFICE + "annotation")) is not None:
                said = " / ".join("".join(map(str, p.itertext())) for p in note)
                found[row, column] = (said, styles[one.get(TABLE + "style-name")])
    return found


def test_an_open_document_gets_marked_cells_and_a_sheet(tmp_path: Path) -> None:
    path = tmp_path / "book.ods"
    path.write_bytes(write_rich_ods())
    findings = [
        find(1, rule=READ_AS, sheet="List"),
        find(2, "name", sheet="List", value='=HYPERLINK("http://evil")'),
        find(6, "value", sheet="List"),
        find(9, "name", sheet="List"),
        find(40, "value", sheet="List"),
        find(None, "", sheet="List"),
        find(1, "", sheet="Nowhere"),
        find(2, "C", rule="merged-cells", sheet="List"),
    ]
    (out,) = mark_file(path, findings, made(tmp_path))
    marks = read_marks(out, "List")
    assert marks.keys() == {(1, 1), (2, 2), (2, 3), (6, 3), (9, 2), (40, 3)}
    assert {colour for _, colour in marks.values()} == {"#FFC7CE"}
    assert "it is wrong" in marks[2, 2][0]
    before, after = OpenDocument(path), OpenDocument(out)
    assert after.sheets == (*before.sheets, "Findings")
    assert after.hidden == before.hidden
    assert list(after.read_rows("List")) == list(before.read_rows("List"))
    assert [(n.rule, n.message, row) for n, row in after.notes] == [
        (n.rule, n.message, row) for n, row in before.notes
    ]
    [header, *listed] = after.read_rows("Findings")
    assert not isinstance(header, Fault)
    assert header[:4] == ["severity", "source", "file", "sheet"]
    assert len(listed) == len(findings)
    assert '\'=HYPERLINK("http://evil")' in str(listed[1])
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out) as new:
        assert all(old.read(n) == new.read(n) for n in old.namelist() if n != "content.xml")
    (twice,) = mark_file(out, findings[1:2], made(out.parent))
    assert read_marks(twice, "List")[2, 2][0].count("it is wrong") == 2
    assert OpenDocument(twice).sheets[-1] == "Findings 2"


def test_styles_of_an_open_document_are_kept(tmp_path: Path) -> None:
    style = (
        '<style:style style:name="bold" style:family="table-cell" style:data-style-name="N1">'
        '<style:text-properties style:font-name="F"/></style:style>'
    )
    column = '<table:table-column table:default-cell-style-name="bold"/>'
    rows = [row(cell("k")), row(cell("a"), more='table:number-rows-repeated="9"')]
    path = tmp_path / "book.ods"
    path.write_bytes(write_ods(table("L", column, *rows), style))
    (out,) = mark_file(path, [find(4, "k", sheet="L"), find(5, "k", sheet="L")], made(tmp_path))
    assert read_marks(out, "L").keys() == {(4, 1), (5, 1)}
    with zipfile.ZipFile(out) as archive:
        root = etree.fromstring(archive.read("content.xml"))
    [_, made_style] = root.iter(STYLE + "style")
    assert made_style.get(STYLE + "data-style-name") == "N1"
    assert [child.tag for child in made_style] == [
        STYLE + "table-cell-properties", STYLE + "text-properties",
    ]  # fmt: skip
    assert sum(1 for _ in OpenDocument(out).read_rows("L")) == 10


@pytest.mark.parametrize("name", ["data.json", "data.xml", "data.ttl", "book.ods", "bad.xlsx"])
def test_beside_other_files_stands_a_list(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"anything")
    listed, copy = mark_file(path, [find(3, "a", value="=1+1")], made(tmp_path))
    assert copy.read_bytes() == b"anything"
    (row,) = csv.DictReader(listed.open(encoding="utf-8-sig"))
    assert (row["row"], row["column"], row["value"]) == ("3", "a", "'=1+1")


@pytest.mark.parametrize("text", ["=1", " +1", "-1", "@x", "\tx", "\r=x", "|x", "%0A=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert make_harmless(text)[0] not in "=+-@\t\r|% "
    assert make_harmless("plain") == "plain"
    assert make_harmless(None) == ""
