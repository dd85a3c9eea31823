"""Lists of companies with whom to turn to, as they are headed where partners are at home."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.publishing.loading import load
from hub.settings import Settings
from loaders.drafting.draft import SourceDraft
from tests.drafting.conftest import Draft
from tests.drafting.test_proposals import statements

MC, SCHEMA = "https://w3id.org/metacluster/ns#", "https://schema.org/"
LABEL, ORG = "<http://www.w3.org/2000/01/rdf-schema#label>", "http://www.w3.org/ns/org#"
# Number, name, place, country, web site, founded, contact, address; the country as it is written.
HEADINGS = {
    "de": ("Mitglieds-Nr.;Firma;Sitz;Land;Internetseite;Gründungsjahr;Ansprechpartner/in;E-Mail",
           "Spanien"),
    "fr": ("N° adhérent;Raison sociale;Commune;Pays;Site internet;Date de création;"
           "Personne à contacter;Courriel", "Espagne"),
    "it": ("N. socio;Ragione sociale;Località;Nazione;Sito web;Anno di costituzione;Referente;"
           "Posta elettronica", "Spagna"),
    "ca": ("Núm. soci;Raó social;Població;País;Lloc web;Any de fundació;Persona de contacte;"
           "Correu electrònic", "Espanya"),
    "es": ("N.º de socio;Razón social;Población;País;Página web;Año de constitución;"
           "Persona de contacto;Correo electrónico", "España"),
    "pl": ("Nr członka;Nazwa firmy;Miejscowość;Kraj;Strona internetowa;Rok założenia;"
           "Osoba do kontaktu;Adres e-mail", "Hiszpania"),
    "pt": ("N.º de associado;Denominação social;Localidade;País;Sítio na Internet;"
           "Ano de fundação;Pessoa de contacto;Correio eletrónico", "Espanha"),
}  # fmt: skip


def write_list(language: str) -> str:
    headings, country = HEADINGS[language]
    rows = (
        f"{1000 + n};Mostra {n};Ciutat {n};{country};www.m{n}.example.org;19{80 + n};"
        f"Nom Cognom{n};m{n}@example.org"
        for n in range(4)
    )
    return "\n".join((headings, *rows))


@pytest.mark.parametrize("language", HEADINGS)
def test_a_list_of_companies_with_contacts(language: str, draft: Draft) -> None:
    made = draft("list.csv", write_list(language))
    said = statements(made.folder)
    company, person = "<organisation/list.1002>", "<person/list.nom-cognom2>"
    assert f'{company} {LABEL} "Mostra 2"' in said
    assert f"{company} <{MC}city> <place/es-ciutat-2>" in said
    assert f"{company} <{MC}country> <country/ES>" in said
    assert f"{company} <http://xmlns.com/foaf/0.1/homepage> <http://www.m2.example.org>" in said
    assert any(line.startswith(f'{company} <{SCHEMA}foundingDate> "1982"') for line in said)
    assert f'{person} {LABEL} "Nom Cognom2"' in said
    assert f'{person} <{SCHEMA}email> "m2@example.org"' in said
    tie = "<membership/contact.list.Nom%20Cognom2/1002>"
    assert f"{tie} <{MC}inRole> <concept/role/contact-point>" in said
    assert f"{tie} <{ORG}organization> {company}" in said
    assert f"{tie} <{ORG}member> {person}" in said
    assert made.tables[0].left == {}


def test_what_is_drafted_in_any_language_loads_whole(draft: Draft, tmp_path: Path) -> None:
    made = [draft(f"list-{language}.csv", write_list(language)) for language in HEADINGS]
    settings = Settings(data=tmp_path / "data", folders=tuple(one.folder for one in made))
    loaded = load(settings).sources
    assert {(source.name, source.rejected) for source in loaded} == {
        (f"list-{language}", 0) for language in HEADINGS
    }


def describe(made: SourceDraft) -> dict[str, tuple[str, ...]]:
    """The column that names each thing of the first table."""
    return {t.name: t.proposals[0].columns for t in made.tables[0].things}


def test_a_word_of_two_languages_is_read_by_its_values(draft: Draft) -> None:
    companies = draft("a.csv", "Nr.;Firma;Land\n1;Uno;DE\n2;Due;DE\n")
    assert describe(companies) == {"organisation": ("Firma",)}
    signed = draft("accordi.csv", "Titolo;Firma;Paese\nUno;01.02.2013;IT\nDue;13.02.2014;IT\n")
    (thing,) = signed.tables[0].things
    assert "mc:signed" in {p.predicate for p in thing.proposals}


@pytest.mark.parametrize("chosen", ["", "mc:Company"])
def test_legal_forms_tell_the_names_of_organisations(chosen: str, draft: Draft) -> None:
    names = ("Uno GmbH", "Due S.p.A.", "Trzy Sp. z o.o.", "Quatre SL", "Cinq")
    rows = "".join(f"{n};{name};2013-02-0{n}\n" for n, name in enumerate(names, 1))
    made = draft("list.csv", f"No;Betreff;Stand\n{rows}", chosen=chosen)
    assert describe(made) == {"organisation": ("Betreff",)}


def test_a_text_names_a_thing_before_its_number_does(draft: Draft) -> None:
    made = draft("x.csv", "No;Wie es heisst\n1;Uno\n2;Due\n", chosen="mc:Company")
    assert describe(made) == {"organisation": ("Wie es heisst",)}
    assert made.tables[0].things[0].proposals[0].confidence == "a guess"


def test_people_inside_a_record_are_not_what_it_is_about(draft: Draft) -> None:
    records = ",".join(
        f'{{"id": {n}, "name": "{name}", "country": "{country}",'
        f' "people": [{{"name": "Nom {n}"}}]}}'
        for n, (name, country) in enumerate([("Uno", "FR"), ("Due", "EL"), ("", "ZZ")])
    )
    made = draft("members.json", f'{{"members": [{records}]}}')
    said = statements(made.folder)
    assert f'<organisation/members.1> {LABEL} "Due"' in said
    assert f"<organisation/members.1> <{MC}country> <country/GR>" in said
    assert describe(made)["person"] == ("people[*].name",)
