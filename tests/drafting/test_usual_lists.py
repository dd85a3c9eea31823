"""Lists as partners keep them: drafted as they are meant, or left to a person in so many words."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Mapping
from contextlib import suppress

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from hub.cli import keeping
from loaders.description import read_source
from loaders.drafting.identifiers import know_country
from loaders.findings import Fault, SourceRefused
from loaders.reading.table import Row, find_table
from tests.drafting.conftest import Draft
from tests.drafting.test_proposals import statements

COMPANIES = "Company,Country\nAcme,FR\nOther,DE\n"


def pack(members: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return packed.getvalue()


def make_book(rows: list[list[str | int]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append([cell or None for cell in row])
        if len(row) > 1 and row[1] == "":
            sheet.merge_cells(start_row=sheet.max_row, end_row=sheet.max_row, end_column=2,
                              start_column=1)  # fmt: skip
    sent = io.BytesIO()
    book.save(sent)
    return sent.getvalue()


def test_a_heading_without_end_is_passed_over_and_said(draft: Draft) -> None:
    records = [{"Company": "Acme", "name" + "x" * 300_000: "1"}, {"Company": "Other"}]
    table = draft("list.json", json.dumps(records)).tables[0]
    assert table.profile.table.columns == ("Company",)
    assert "300,004 characters" in table.profile.table.remarks[0]


@pytest.mark.parametrize(
    ("ending", "text"),
    [("csv", COMPANIES), ("jsonl", '{"Company": "Acme"}\n{"Company": "Other"}\n')],
)
def test_the_one_file_of_an_archive_is_drafted(ending: str, text: str, draft: Draft) -> None:
    made = draft("one.zip", pack({f"a/list.{ending}": text}))
    assert (made.rows, made.rejected) == (2, 0)
    assert draft(f"two.{ending}.gz", gzip.compress(text.encode())).rows == 2


def test_several_files_of_an_archive_are_named(draft: Draft) -> None:
    with pytest.raises(Fault, match=r"2 files, .*“a/x\.csv”, “b\.csv”") as refused:
        draft("two.zip", pack({"a/x.csv": COMPANIES, "b.csv": COMPANIES}))
    assert "unpack" in refused.value.remedy


ORG, MC = "http://www.w3.org/ns/org#", "https://w3id.org/metacluster/ns#"


@pytest.mark.parametrize(
    ("member", "since", "contact"),
    [
        ("Member", "Since", "Contact person"),
        ("Socio", "Desde", "Persona de contacto"),
        ("Mitglied", "Seit", "Ansprechpartner"),
        ("Membre", "Depuis", "Contact"),
        ("Miembro", "Alta", "Contacto"),
        ("Soci", "Soci des de", "Persona de contacte"),
    ],
)
def test_a_list_of_members_with_contacts(
    member: str, since: str, contact: str, draft: Draft
) -> None:
    rows = "".join(f"BioX,Firm {n},2020,Anna B{n},a{n}@x.org,+34 93 31{n}\n" for n in range(3))
    said = statements(
        draft("list.csv", f"Cluster,{member},{since},{contact},E-mail,Phone\n{rows}").folder
    )
    company, person = "<organisation/list.firm-0>", "<person/list.anna-b0>"
    members = {line.split()[0]: line.split()[2] for line in said if f"<{ORG}member>" in line}
    bodies = {line.split()[0]: line.split()[2] for line in said if f"<{ORG}organization>" in line}
    ties = {(members[tie], bodies[tie]): tie for tie in members}
    belongs, turns = ties[company, "<organisation/list.BioX>"], ties[person, company]
    assert len(ties) == 6
    typed = "^^<http://www.w3.org/2001/XMLSchema#gYear>"
    assert f'{belongs} <https://schema.org/startDate> "2020"{typed}' in said
    assert f"{turns} <{MC}inRole> <concept/role/contact-point>" in said
    assert not any(line.startswith(f"{turns} <https://schema.org/") for line in said)
    assert f'{person} <https://schema.org/email> "a0@x.org"' in said
    assert f'{person} <https://schema.org/telephone> "+34 93 310"' in said


def test_a_chinese_list_in_its_own_encoding(draft: Draft) -> None:
    rows = "".join(f"张江公司{n},中国,上海,2013-05-0{n}\n" for n in range(1, 9))
    sent = f"公司名称,国家,城市,成立时间\n{rows}".encode("gb18030")
    with pytest.raises(Fault, match="not UTF-8; it may be") as refused:
        draft("gbk.csv", sent)
    assert "--encoding" in refused.value.remedy
    with pytest.raises(Fault, match="“rot13” is no encoding of text"):
        draft("gbk.csv", sent, encoding="rot13")
    made = draft("gbk.csv", sent, encoding="gb18030")
    said = statements(made.folder)
    company = "<organisation/gbk.张江公司1>"
    assert f"{company} <{MC}country> <country/CN>" in said
    assert f"{company} <{MC}city> <place/cn-上海>" in said
    assert read_source(made.folder).dialects["gbk.csv"].encoding == "gb18030"


def test_damaged_utf8_is_called_so(draft: Draft) -> None:
    sent = "Société,Pays\nÉlan,FR\nÀ côté,FR\n".encode().replace("Élan".encode(), b"\xc3lan")
    with pytest.raises(Fault, match="UTF-8 but for damaged bytes, the first in line 2"):
        draft("list.csv", sent)


@pytest.mark.parametrize(
    ("name", "code"),
    [("中国", "CN"), ("Deutschland", "DE"), ("États-Unis", "US"), ("Regne Unit", "GB")],
)
def test_countries_in_the_languages_of_partners(name: str, code: str) -> None:
    assert know_country(name) == code


@pytest.mark.parametrize("name", ["Korea, ?", "Corea", "Guinee-", "Narnia"])
def test_what_may_be_two_countries_is_none(name: str) -> None:
    assert know_country(name) == ""


def test_a_person_beside_an_organisation_is_not_its_member(draft: Draft) -> None:
    made = draft("list.csv", "First name,Last name,Company\nAnna,Bo,Acme\nJo,Li,Other\n")
    assert f"<{ORG}member>" not in " ".join(statements(made.folder))
    assert any("how they are tied" in todo for todo in made.tables[0].todo)


def test_what_headings_do_not_tie_is_left_to_do(draft: Draft) -> None:
    made = draft("list.csv", "Cluster,Company,Country\nBioX,Acme,FR\nBioX,Other,DE\n")
    names = {t.name: t.proposals[0].columns for t in made.tables[0].things if "mc:" not in t.name}
    assert names["organisation"] == ("Company",)
    assert names["other-organisation"] == ("Cluster",)
    assert any("how they are tied" in todo for todo in made.tables[0].todo)


GROUPED: list[list[str | int]] = [
    ["List of members"], ["Company", "", "Contact", ""], ["Name", "Country", "E-mail", "Staff"],
    *[list[str | int]((f"Firm {n}", "ES", f"a{n}@x.org", n)) for n in range(4)],
]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_header_of_two_rows_is_joined_and_said(kind: str, draft: Draft) -> None:
    lines = (",".join(map(str, [*row, "", "", ""][:4])) for row in GROUPED)
    made = draft(f"list.{kind}", "\n".join(lines) if kind == "csv" else make_book(GROUPED))
    assert made.tables[0].profile.table.columns == (
        "Company / Name", "Company / Country", "Contact / E-mail", "Contact / Staff",
    )  # fmt: skip
    assert any("header in rows 2 to 3, joined" in finding.message for finding in made.findings)
    part = {"csv": "list.csv", "xlsx": "list.xlsx#Sheet"}[kind]
    assert read_source(made.folder).dialects[part].header == (2, 3)
    assert (made.rows, made.rejected) == (4, 0)


@given(st.lists(st.lists(st.text("aB1@ ", max_size=3), min_size=1, max_size=5), max_size=8))
def test_whatever_the_first_rows_are_each_column_has_a_name_of_its_own(rows: list[Row]) -> None:
    with suppress(Fault):
        table = find_table(rows, ())
        assert len(table.columns) > 0
        joined = find_table(rows, table.columns)
        assert not joined.missing


def test_a_mapping_that_names_joined_columns_finds_their_header() -> None:
    rows: list[Row] = [["Company", ""], ["Name", "City"], ["Acme", "Lyon"]]
    assert find_table(rows, ["Company / City"]).header_row == 2
    assert find_table(rows, [], (2, 2)).columns == ("Name", "City")


@pytest.mark.parametrize("stated", ["-1", "[3, 2]", "[1, 40]", "true", '"x"'])
def test_a_header_that_cannot_be_is_refused(stated: str, draft: Draft) -> None:
    folder = draft("list.csv", COMPANIES).folder
    with (folder / "source.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[dialects."list.csv"]\nheader = {stated}\n')
    with pytest.raises(SourceRefused, match="header"):
        read_source(folder)


def test_what_a_row_cannot_be_read_for_is_said(draft: Draft) -> None:
    rows: list[list[str | int]] = [["Name", "Country"], ['=CONCATENATE("A","b")', "ES"]]
    with pytest.raises(Fault, match="row 2, column Name: the formula was never computed"):
        draft("list.xlsx", make_book(rows))


@pytest.mark.parametrize(
    ("row", "said"),
    [("TOTAL,,8", True), ("Summe:,,", True), ("合计,,1.234", True), ("Total,FR,8", False)],
)
def test_a_last_row_of_totals_is_left_out_and_told_with_its_place(
    row: str, said: bool, draft: Draft
) -> None:
    made = draft("list.csv", f"Company,Country,Staff\nAcme,FR,3\nOther,DE,5\n{row}\n")
    assert [f.row for f in made.findings if f.rule == "row-total"] == [4] * said
    assert (made.rows, made.rejected) == (3, said)


def test_how_far_a_long_load_is_is_told_in_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(keeping, "SILENT_SECONDS", 0)
    with keeping.progress_bar() as tell:
        tell("reading big", 0, 1)
        tell("big: big.csv", 120_000, None)
    told = ["[1/1] reading big", "big: big.csv, 120,000 rows …"]
    assert capsys.readouterr().err.splitlines() == told


def test_of_two_columns_of_one_name_the_first_names(draft: Draft) -> None:
    table = draft("companies.csv", "id,name,name\n1,Acme,ACME\n2,Other,OTHER\n").tables[0]
    said = {p.predicate: p.columns for p in table.things[0].proposals}
    assert said["rdfs:label"] == ("name (1)",)
    assert said["skos:altLabel"] == ("name (2)",)


@pytest.mark.parametrize(
    ("heading", "sense"),
    [
        ("Dénomination sociale", "rdfs:label"),
        ("Ends", "schema:endDate"),
        ("Since", "schema:startDate"),
    ],
)
def test_headings_that_a_stranger_missed(heading: str, sense: str, draft: Draft) -> None:
    table = draft("companies.csv", f"name,{heading}\nAcme,2020\nOther,2021\n").tables[0]
    assert {c.name: c.sense for c in table.profile.columns}[heading] == sense
