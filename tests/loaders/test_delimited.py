"""CSV and TSV as people send them: what is detected, what is kept, what is refused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.findings import Fault
from loaders.reading.delimited import Format, detect_format, read_rows
from loaders.reading.table import find_table
from tests.conftest import shared, unpack

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)


def read_table(path: Path, references: list[str] | None = None) -> list[dict[str, str]]:
    form = detect_format(path, set(references or ()))
    table = find_table(read_rows(path, form), references or ())
    return [dict(zip(table.columns, v, strict=True)) for _, v in table.select(table.columns)]  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("delimited") / "list.csv"


@given(
    rows=st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    ends=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_is_written_is_read(
    scratch: Path, rows: list[list[str]], delimiter: str, ends: str, encoding: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ends, quoting=csv.QUOTE_ALL)
    writer.writerows([["key", "name", "note"], *rows])
    scratch.write_bytes(text.getvalue().encode(encoding))
    form = Format(detect_format(scratch, {"key", "name", "note"}).encoding, delimiter, None)
    assert list(read_rows(scratch, form)) == [["key", "name", "note"], *rows]


@given(
    rows=st.lists(
        st.lists(st.text("abc,;|é 1", min_size=1, max_size=8), min_size=3, max_size=3),
        min_size=1,
        max_size=8,
    ),
    delimiter=st.sampled_from(",;\t|"),
)
def test_the_delimiter_is_found(scratch: Path, rows: list[list[str]], delimiter: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows([["key", "name", "note"], *rows])
    scratch.write_text(text.getvalue(), encoding="utf-8", newline="")
    assert detect_format(scratch, {"key", "note"}).delimiter == delimiter


def test_csv_spectrum_gives_its_expected_values(tmp_path: Path) -> None:
    unpack(shared("data/awkward/csv-spectrum.tar.gz"), tmp_path)
    lists = sorted((tmp_path / "csv-spectrum/csvs").glob("*.csv"))
    assert len(lists) == 12
    for path in lists:
        expected = json.loads((tmp_path / f"csv-spectrum/json/{path.stem}.json").read_bytes())
        if path.stem == "location_coordinates":
            # Its two files disagree on the telephone number; the CSV holds no more than this.
            assert [set(row) for row in read_table(path)] == [set(expected)]
        else:
            assert read_table(path) == expected, path.name


def test_encodings_are_told_by_the_evidence(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("name;city\nBiopôle;Genève\n".encode("windows-1252"))
    form = detect_format(path, {"name"})
    assert (form.encoding, form.delimiter, form.guessed) == ("windows-1252", ";", True)
    assert read_table(path) == [{"name": "Biopôle", "city": "Genève"}]
    path.write_bytes("name,city\nBiopôle,Gen".encode() + b"\xe8ve\n")
    with pytest.raises(Fault, match="damaged bytes, the first in line 2"):
        detect_format(path, {"name"})
    path.write_bytes("name,city\nBiopôle,Genè".encode()[:-1])
    with pytest.raises(Fault, match="in the middle of a character"):
        detect_format(path, {"name"})


def test_rows_that_cannot_be_taken_are_named_and_the_next_are_read(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text('a,b\n1,2\n3\n"x"y,4\n\n5,6,\n7,8,9\n10,11\n', encoding="utf-8")
    table = find_table(read_rows(path, Format("utf-8", ",", None)), ["a", "b"])
    outcome = [(n, v.rule if isinstance(v, Fault) else v) for n, v in table.select(["b"])]
    assert outcome == [
        (2, ("2",)), (3, "ragged-row"), (4, "quoting"), (6, ("6",)), (7, "ragged-row"),
        (8, ("11",)),
    ]  # fmt: skip


def test_headers_are_found_named_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Members 2013,,,\n,,,\nname,url,,url\nA,1,2,3\n", encoding="utf-8")
    table = find_table(read_rows(path, Format("utf-8", ",", None)), ["name"])
    assert table.header_row == 3
    assert table.columns == ("name", "url (1)", "(column 3)", "url (2)")
    assert table.doubled == ("url",)
    assert list(table.select(["url (2)", "(column 3)"])) == [(4, ("3", "2"))]


@pytest.mark.parametrize(
    ("rows", "columns", "read"),
    [
        ("1;Alpha;q\n2;Beta\n3;;", ("No", "Company", "(column 3)"), ["q", "", ""]),
        ("1;Alpha;\n2;Beta;;\n3;;", ("No", "Company"), ["Alpha", "Beta", ""]),
        ("1;Alpha;q;r\n2;;r", ("No", "Company", "(column 3)"), ["ragged-row", "r"]),
    ],
)
def test_a_last_column_without_a_name_is_read_like_one_in_the_middle(
    tmp_path: Path, rows: str, columns: tuple[str, ...], read: list[str]
) -> None:
    path = tmp_path / "list.csv"
    path.write_text(f"No;Company;\n{rows}\n", encoding="utf-8")
    table = find_table(read_rows(path, Format("utf-8", ";", None)), ["No"])
    assert (table.columns, table.nameless) == (columns, columns[2:])
    found = [v.rule if isinstance(v, Fault) else v[0] for _, v in table.select(columns[-1:])]
    assert found == read
    asked = find_table(read_rows(path, Format("utf-8", ";", None)), ["(column 3)"])
    assert (asked.columns[2:], asked.missing) == (("(column 3)",), ())


def test_a_file_that_ends_in_a_quote_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text('a,b\n1,"two\n3,4\n', encoding="utf-8")
    with pytest.raises(Fault, match="ends inside the quoted cell that opens at or after line 2"):
        list(read_rows(path, Format("utf-8", ",", None)))
