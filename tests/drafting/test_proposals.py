"""What is proposed for columns, and what is not: nothing that the file does not say."""

from __future__ import annotations

import io
import json
import tomllib
from pathlib import Path

import openpyxl
import pytest

from hub.publishing.loading import load
from hub.settings import Settings
from loaders.description import read_source
from loaders.drafting.identifiers import is_ror, is_vat
from loaders.drafting.vocabulary import Heading, Vocabulary, read_vocabulary
from loaders.findings import Fault, Severity
from loaders.interpretation import interpret
from tests.conftest import ROOT
from tests.drafting.conftest import BASE, GRAPH, Draft


def statements(folder: Path) -> set[str]:
    """The statements of a drafted folder, the base and graph left out."""
    out = io.BytesIO()
    interpret(read_source(folder), base=BASE, graph=GRAPH, out=out)
    lines = out.getvalue().decode().splitlines()
    said = (line.removesuffix(f" <{GRAPH}> .") for line in lines if "/provenance> ." not in line)
    return {line.replace(BASE, "") for line in said}


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Company Name", Heading("mc:Company", "rdfs:label", True)),
        ("Nom de l'entreprise", Heading("mc:Company", "rdfs:label", True)),
        ("ragione sociale", Heading("org:Organization", "rdfs:label", True)),
        ("Stadt", Heading("", "mc:city", True)),
        ("Ciudad", Heading("", "mc:city", True)),
        ("VILLE", Heading("", "mc:city", True)),
        ("城市", Heading("", "mc:city", True)),
        ("公司名称", Heading("mc:Company", "rdfs:label", True)),
        ("shortName", Heading("", "skos:altLabel", True)),
        ("organizationURL", Heading("org:Organization", "foaf:homepage", True)),
        ("name_fr", Heading("", "rdfs:label", True, language="fr")),
        ("Name of org in Related ID", Heading("org:Organization", "rdfs:label", True, True)),
        ("Current URL", Heading("", "", False)),
        ("names[*].value", Heading("", "rdfs:label", True)),
        ("Clinical Trials", Heading()),
        ("founded", Heading("", "schema:foundingDate", True)),
        ("OFFICENAME", Heading("mc:Office", "rdfs:label", True)),
    ],
)
def test_headings_are_read_in_many_languages(
    heading: str, expected: Heading, vocabulary: Vocabulary
) -> None:
    assert vocabulary.read_heading(heading) == expected


def test_terms_that_the_ontology_lacks_are_not_proposed(tmp_path: Path) -> None:
    for path in (ROOT / "ontology").glob("*.ttl"):
        text = path.read_text(encoding="utf-8")
        (tmp_path / path.name).write_text(text.replace("mc:city ", "mc:town "), encoding="utf-8")
    assert read_vocabulary(tmp_path).read_heading("city").sense == ""


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("https://ror.org/02rnb8t27", True),
        ("02rnb8t27", True),
        ("https://ror.org/02rnb8t28", False),
        ("https://ror.org/02rnb8u27", False),
    ],
)
def test_check_digits_of_ror(value: str, right: bool) -> None:
    assert is_ror(value) is right


@pytest.mark.parametrize(
    ("value", "right"),
    [("DE180864238", True), ("DE180864239", False), ("PL5250011266", True), ("XX1", False)],
)
def test_check_digits_of_vat_numbers(value: str, right: bool) -> None:
    assert is_vat(value) is right


@pytest.mark.parametrize(
    ("heading", "values", "predicate"),
    [
        ("tax code", ("DE180864238", "PL5250011266"), "https://schema.org/vatID"),
        ("number", ("5493001KJTIIGC8Y1R12", "213800WSGIIZCXF1P572"), "https://schema.org/leiCode"),
        ("PIC", ("999997930", "999984059"), "https://w3id.org/metacluster/ns#pic"),
        ("code", ("02rnb8t27", "03yrm5c26"), "https://schema.org/identifier"),
    ],
)
def test_numbers_told_by_their_form_are_said_by_the_property_of_their_register(
    heading: str, values: tuple[str, str], predicate: str, draft: Draft
) -> None:
    made = draft("companies.csv", f"name,{heading}\nAcme,{values[0]}\nOther,{values[1]}\n")
    lines = (line.split(" ", 2) for line in statements(made.folder))
    assert {v for _, p, v in lines if p == f"<{predicate}>"} == {f'"{value}"' for value in values}


COMPANIES = """Firma;Stadt;Land;Webseite;Gegründet;Umsatz
Müller & Söhne GmbH;Köln;Deutschland;https://mueller.example.org;1987;12,5
Ex S.p.A.;Torino;Italy;https://ex.example.org/x;2001-05-03;3
Ακμή;Αθήνα;EL;;;
"""


def test_a_list_of_companies(draft: Draft) -> None:
    made = draft("liste.csv", COMPANIES.replace("Deutschland", "Germany"))
    said = statements(made.folder)
    company = "<organisation/liste.muller-sohne-gmbh>"
    mc = "https://w3id.org/metacluster/ns#"
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    assert f'{company} {label} "Müller & Söhne GmbH"' in said
    assert f"{company} <{mc}city> <place/de-koln>" in said
    assert f'<place/gr-αθήνα> {label} "Αθήνα"' in said
    assert f"<place/gr-αθήνα> <{mc}within> <country/GR>" in said
    founded = "<https://schema.org/foundingDate>"
    typed = "^^<http://www.w3.org/2001/XMLSchema#gYear>"
    assert f'{company} {founded} "1987"{typed}' in said
    assert "Umsatz" in made.tables[0].left
    assert not made.personal


def test_a_country_that_is_not_understood_is_left_to_a_table(draft: Draft) -> None:
    rows = "".join(f"Firm {n},{c}\n" for n, c in enumerate(["IT", "FR", "Spain", "UK", "Narnia"]))
    made = draft("companies.csv", f"name,country\n{rows}")
    tables = tomllib.loads((made.folder / "source.toml").read_text("utf-8"))["tables"]
    assert tables["country"] == {
        "IT": "IT", "FR": "FR", "Spain": "ES", "UK": "GB", "Narnia": "",
    }  # fmt: skip
    assert sum("country/" in line for line in statements(made.folder)) == 4
    source, out = read_source(made.folder), io.BytesIO()
    findings = interpret(source, base=BASE, graph=GRAPH, out=out).findings
    told = [(f.file, f.row, f.column, f.value) for f in findings if f.rule == "lookup-empty"]
    assert told == [("companies.csv", 6, "country", "Narnia")]


def test_names_without_a_country_make_no_city(draft: Draft) -> None:
    made = draft("companies.csv", "name,city\nA1,Paris\nB1,London\n")
    assert "no column its country" in made.tables[0].left["city"]
    assert not any("place/" in line for line in statements(made.folder))


def test_a_code_of_no_country_is_left_out_and_those_of_the_eu_are_taken(draft: Draft) -> None:
    rows = "".join(f"Firm {n},{c}\n" for n, c in enumerate(["IT", "FR", "EL", "UK", "XK", "XX"]))
    made = draft("companies.csv", f"name,country\n{rows}")
    codes = made.tables[0].tables["country"]
    assert [codes[c] for c in ("EL", "UK", "XK", "XX")] == ["GR", "GB", "XK", ""]


def test_an_agreement_of_unknown_kind_is_not_tied(draft: Draft) -> None:
    made = draft("list.csv", "agreement,company\nDeal One,Acme\nDeal Two,Other\n")
    assert {thing.name for thing in made.tables[0].things} == {"organisation", "agreement"}
    assert any("mc:Involvement" in todo for todo in made.tables[0].todo)


def test_an_agreement_of_a_known_kind_is_one(draft: Draft) -> None:
    made = draft(
        "agreements.csv",
        "title,type,signed,company\nDeal One,joint venture,2013-05,Acme\n"
        "Deal Two,licence,2014,Other\n",
    )
    said = statements(made.folder)
    assert any(line.endswith("<concept/agreement-kind/joint-venture>") for line in said)
    assert {thing.name for thing in made.tables[0].things} == {
        "organisation", "agreement", "involvement",
    }  # fmt: skip


def test_personal_data_are_told_and_kept_from_the_public(draft: Draft) -> None:
    made = draft(
        "contacts.csv",
        "Company,Contact person,E-Mail,Phone\n"
        "Ex SpA,Ada Rossi,ada@ex.example.org,+39 011 123456\n"
        "Why SA,Bo Lund,bo@why.example.org,+46 8 1234567\n",
    )
    assert set(made.personal) == {"Contact person", "E-Mail", "Phone"}
    source = read_source(made.folder)
    assert source.visibility == "consortium"
    text = (made.folder / "source.toml").read_text("utf-8")
    assert "do not make it public" in text
    names = {thing.name for thing in made.tables[0].things}
    assert names == {"person", "organisation", "contact"}
    person = "<person/contacts.ada-rossi>"
    assert f'{person} <https://schema.org/email> "ada@ex.example.org"' in statements(made.folder)


def test_dates_that_can_be_read_in_two_ways_are_left(draft: Draft) -> None:
    made = draft("companies.csv", "name,founded\nA1,05/06/2019\nB1,07/08/2020\n")
    assert "two ways" in made.tables[0].left["founded"]


def test_dates_that_one_value_settles_are_taken(draft: Draft) -> None:
    made = draft("companies.csv", "name,founded\nA1,05/06/2019\nB1,27/08/2020\n")
    typed = "^^<http://www.w3.org/2001/XMLSchema#date>"
    said = statements(made.folder)
    assert any(line.endswith(f'"2019-06-05"{typed}') for line in said)


def test_what_stands_for_nothing_is_no_date(draft: Draft) -> None:
    made = draft("companies.csv", "name,founded\nA1,NA\nB1,2020\nC1,NA\n")
    dates = [line for line in statements(made.folder) if "foundingDate" in line]
    assert len(dates) == 1


def test_a_name_that_occurs_twice_is_no_key_alone(draft: Draft) -> None:
    made = draft("companies.csv", "name,city\nAcme,Paris\nAcme,Lyon\nOther,Lyon\n")
    assert made.tables[0].things[0].key == ("name", "city")
    organisations = {line.split()[0] for line in statements(made.folder)}
    assert len(organisations) == 3


def test_a_name_that_some_rows_lack_is_no_reason_for_numbers_as_names(
    draft: Draft, tmp_path: Path
) -> None:
    made = draft("companies.csv", "id,name\n1,Acme\n2,\n3,Other\n")
    assert any("1 rows have no “name”" in todo for todo in made.tables[0].things[0].todo)
    (source,) = load(Settings(data=tmp_path / "data", folders=(made.folder,))).sources
    errors = [f for f in source.findings if f.severity is Severity.ERROR]
    assert [f.row for f in errors] == [3]
    assert source.rejected == 1


def test_things_without_a_name_get_none_but_their_key(draft: Draft) -> None:
    made = draft("companies.csv", "id,name\n1,Acme\n2,\n3,\n")
    thing = made.tables[0].things[0]
    assert any("find its names" in todo for todo in thing.todo)
    labels = {line for line in statements(made.folder) if "schema#label" in line}
    assert len(labels) == 3


def test_lists_in_cells_become_several(draft: Draft) -> None:
    made = draft(
        "companies.csv",
        "name,aliases,type\nAcme,A; B,company|hospital\nOther,C;D;E,company\nThird,,hospital|x\n",
    )
    said = statements(made.folder)
    assert sum("altLabel" in line for line in said) == 5
    assert sum(line.endswith("ns#Hospital>") for line in said) == 2


def test_every_sheet_is_drafted(tmp_path: Path, draft: Draft) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Companies"  # type: ignore[union-attr]
    book.active.append(["id", "name"])  # type: ignore[union-attr]
    book.active.append([1, "Acme"])  # type: ignore[union-attr]
    people = book.create_sheet("People")
    people.append(["id", "name"])
    people.append([1, "Ada Rossi"])
    book.create_sheet("Empty")
    book.save(tmp_path / "made.xlsx")
    made = draft("book.xlsx", (tmp_path / "made.xlsx").read_bytes())
    said = statements(made.folder)
    assert {line.split()[0] for line in said} == {"<organisation/book.1.1>", "<person/book.2.1>"}


def test_records_in_a_tree_are_found(draft: Draft) -> None:
    tree = {
        "meta": {"made": "2020"},
        "data": {
            "companies": [
                {"name": "Acme", "site": {"city": "Oslo", "country": "NO"}},
                {"name": "Other (UK)", "tags": ["a", "b"], "a b": 1},
            ]
        },
    }
    made = draft("companies.json", json.dumps(tree))
    assert made.rows == 2
    assert any("place/no-oslo" in line for line in statements(made.folder))


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("x.csv", "a,b\n1,2\n", "drafting-nothing"),
        ("companies.csv", "name,city\n", "drafting-rows"),
        ("companies.csv", "\n\n", "header-missing"),
        ("companies.csv", "", "file-empty"),
        ("companies.pdf", "%PDF-1.4", "drafting-format"),
        ("companies.ttl", "<a> <b> <c> .", "drafting-rdf"),
        ("companies.json", "[1, 2, 3]", "drafting-records"),
        ("companies.json", "{", "json-syntax"),
        ("companies.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "doctype"),
        ("companies.xml", "<a><b>", "xml-syntax"),
        ("companies.xlsx", "not a workbook", "archive-broken"),
        ("com~panies.csv", "name\nA\n", "drafting-name"),
        # Countries and legal forms have languages, and are no persons for that.
        ("codes.csv", "Code,Name,Languages\nX1,Alpha,de\nX2,Beta,fr\n", "drafting-nothing"),
    ],
)
def test_what_cannot_be_drafted_is_refused(
    name: str, content: str, rule: str, draft: Draft, tmp_path: Path
) -> None:
    with pytest.raises(Fault) as refused:
        draft(name, content)
    assert refused.value.rule == rule
    assert not list((tmp_path / "drafts").glob("*"))


def test_what_a_person_says_of_the_rows_counts(draft: Draft) -> None:
    made = draft("list.csv", "id,name\n1,Acme\n2,Other\n", chosen="mc:Hospital")
    assert made.tables[0].things[0].classes == ("org:Organization", "mc:Hospital")
    with pytest.raises(Fault, match="cannot be drafted"):
        draft("list2.csv", "id,name\n1,Acme\n", chosen="mc:City")


def test_a_folder_that_is_there_is_not_touched(draft: Draft) -> None:
    draft("companies.csv", "name\nAcme\n")
    with pytest.raises(FileExistsError):
        draft("companies.csv", "name\nOther\n")


def test_a_title_above_the_table_is_no_heading(draft: Draft) -> None:
    rows = "".join(f"{n},Firm {n},ES\n" for n in range(1, 8))
    made = draft("companies.csv", f"Members of the cluster 2024\n\nid,name,country\n{rows}")
    (table,) = made.tables
    assert [column.name for column in table.profile.columns] == ["id", "name", "country"]
    assert (made.rows, made.rejected) == (7, 0)


def test_a_few_bad_addresses_do_not_keep_the_good_ones_out(draft: Draft, tmp_path: Path) -> None:
    bad = {3: "ask for Anna", 7: "anna(at)example.org"}
    rows = "".join(f"Firm {n},{bad.get(n, f'a{n}@example.org')}\n" for n in range(40))
    made = draft("companies.csv", f"Company,E-mail\n{rows}")
    (proposal,) = (p for p in made.tables[0].things[0].proposals if p.predicate == "schema:email")
    assert "38 of 40 are e-mail addresses, and “ask for Anna” is none" in proposal.reason
    assert (proposal.confidence, proposal.personal) == ("likely", True)
    (source,) = load(Settings(data=tmp_path / "data", folders=(made.folder,))).sources
    errors = [f for f in source.findings if f.severity is Severity.ERROR]
    assert {(f.row, f.value) for f in errors} == {(n + 2, value) for n, value in bad.items()}
    assert source.rejected == len(bad)


def test_a_column_with_many_bad_addresses_is_left(draft: Draft) -> None:
    rows = "".join(f"Firm {n},{'none' if n % 4 else ''}a{n}@x.org\n" for n in range(8))
    rows += "".join(f"Other {n},call {n}\n" for n in range(3))
    made = draft("companies.csv", f"Company,E-mail\n{rows}")
    assert "8 of 11 are e-mail addresses, and “call 0” is none" in made.tables[0].left["E-mail"]


@pytest.mark.parametrize(
    ("heading", "good", "bad", "predicate"),
    [
        ("Website", "www.a{n}.example.org", "on request", "foaf:homepage"),
        ("Founded", "1{n}.02.2001", "about 1990", "schema:foundingDate"),
    ],
)
def test_one_bad_cell_costs_its_row_and_not_the_column(
    heading: str, good: str, bad: str, predicate: str, draft: Draft
) -> None:
    values = [good.format(n=n) for n in range(10)] + [bad]
    rows = "".join(f"Firm {n},{value}\n" for n, value in enumerate(values))
    made = draft("companies.csv", f"Company,{heading}\n{rows}")
    (proposal,) = (p for p in made.tables[0].things[0].proposals if p.predicate == predicate)
    assert f"10 of 11 are {'dates' if 'F' in heading else 'web'}" in proposal.reason
    assert [(f.row, f.value) for f in made.findings if f.severity is Severity.ERROR] == [(12, bad)]
    assert made.rejected == 1


def test_one_contradiction_costs_its_rows_and_not_the_column(draft: Draft) -> None:
    rows = "".join(f"P{n},Firm {n},2001,20{n}\n" for n in range(10, 32))
    made = draft(
        "memberships.csv",
        f"Person ID,Company,Start date,End date\n{rows}P12,Firm 12,2001,2019\nP9,F9,2001,\n",
    )
    tie = next(thing for thing in made.tables[0].things if thing.name == "membership")
    assert "schema:endDate" in {p.predicate for p in tie.proposals}
    assert any("1 of 22 have several End date" in todo for todo in tie.todo)


def test_a_broken_line_costs_itself_and_is_named(draft: Draft) -> None:
    made = draft("companies.jsonl", '{"name": "Acme"}\n{"name": "Other"}\n{"name": "C\n')
    profile = made.tables[0].profile
    assert (profile.rows, profile.bad_rows, made.rejected) == (3, 1, 1)
    assert profile.fault.startswith("row 3: the JSON is broken at line 3, column 12")


def test_a_formula_that_was_never_computed_is_named_and_costs_no_other_cell(draft: Draft) -> None:
    book, sent = openpyxl.Workbook(), io.BytesIO()
    for row in (["Company", "Staff"], ["Acme", "=1+1"], ["Other", 3]):
        book.active.append(row)  # type: ignore[union-attr]
    book.save(sent)
    profile = draft("companies.xlsx", sent.getvalue()).tables[0].profile
    assert [column.filled for column in profile.columns] == [2, 1]
    assert profile.fault == "row 2, column Staff: the formula was never computed"
