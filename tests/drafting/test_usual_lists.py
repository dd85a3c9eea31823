"""Lists as partners keep them: drafted as they are meant, or left to a person in so many words."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from collections.abc import Mapping

import pytest

from loaders.findings import Fault
from tests.drafting.conftest import Draft
from tests.drafting.test_proposals import statements

COMPANIES = "Company,Country\nAcme,FR\nOther,DE\n"


def pack(members: Mapping[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return packed.getvalue()


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
    with pytest.raises(Fault, match=r"2 files, .*‘a/x\.csv’, ‘b\.csv’") as refused:
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
