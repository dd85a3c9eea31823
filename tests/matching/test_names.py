"""Names as they are compared: folded, transliterated, without legal form."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.matching import names, subjects
from hub.matching.names import LONGEST, Name, find_country, fold_place
from hub.matching.subjects import find_owner, read_address


def read(text: str) -> Name:
    name = Name.read(text)
    assert name
    return name


def test_the_examples_in_the_documentation_hold() -> None:
    for module in (names, subjects):
        assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("text", "core", "legal"),
    [
        ("Müller & Söhne GmbH", ("muller", "sohne"), "gmbh"),
        ("Telecom Italia S.p.A.", ("telecom", "italia"), "spa"),
        ("AVL List GmbH & Co. KG", ("avl", "list"), "kg"),
        ("OOO Gazprom Neft", ("gazprom", "neft"), "ooo"),
        ("Bayer Aktiengesellschaft", ("bayer",), "ag"),
        ("Natura Cosméticos Ltda.", ("natura", "cosmeticos"), "lda"),
        ("Московский институт", ("moscow", "institute"), ""),
        ("L'Oréal", ("oreal",), ""),
        ("Société anonyme Danone", ("danone",), "sa"),
        ("A S Watson", ("watson",), ""),
        ("Общество с ограниченной ответственностью Ромашка", ("romashka",), "ooo"),
        ("GmbH", ("gmbh",), ""),
        ("株式会社日立製作所", ("日立", "立製", "製作", "作所"), "kabushiki"),
        ("The", ("the",), ""),
    ],
)
def test_words_that_count(text: str, core: tuple[str, ...], legal: str) -> None:
    assert (read(text).core, read(text).legal) == (core, legal)


def test_a_number_is_one_in_either_script() -> None:
    assert read("Université Paris VI").core == read("University of Paris 6").core
    assert read("Université Paris VI").numbers == {"6"}
    assert read("第一病院").numbers != read("第二病院").numbers
    assert read("VI Consulting").numbers == frozenset(), "a first word is no numeral"


def test_spellings_meet() -> None:
    assert read("Universität München").joined == read("UNIVERSITAET MUENCHEN").joined
    assert read("張江高科技園區").joined == read("张江高科技园区").joined
    assert read("Agro ParisTech").joined == read("AgroParisTech").joined
    assert fold_place("Köln") == fold_place("Cologne")


def test_a_country_in_brackets_is_no_part_of_the_name() -> None:
    name = read("Otis (United States)")
    assert (name.core, name.country) == (("otis",), "US")
    assert read("Otis (Elevators)").country == ""
    assert find_country("Deutschlandia") == ""


def test_acronyms_are_told_from_words() -> None:
    assert (
        read("European Molecular Biology Laboratory").initials == {read("EMBL").acronym} == {"embl"}
    )
    assert read("Kardigan").acronym == ""


def test_a_person_has_no_legal_form_and_keeps_initials() -> None:
    name = Name.read("Ng, A. Co", person=True)
    assert name
    assert (name.core, name.legal) == (("ng", "a", "co"), "")


@pytest.mark.parametrize("text", ["", " ", "…", "()", "\x00", "\u200b", "—"])
def test_what_has_no_letter_is_no_name(text: str) -> None:
    assert Name.read(text) is None


@given(st.text(max_size=2000), st.booleans())
def test_any_text_can_be_read(text: str, person: bool) -> None:
    name = Name.read(text, person=person)
    if name:
        assert len(name.text) <= LONGEST
        assert name.core
        assert all(name.core)
        again = Name.read(name.text, person=person)
        assert again
        assert again.core == name.core


@given(st.text(max_size=300))
def test_any_address_can_be_read(text: str) -> None:
    address = read_address(text)
    assert address is None or "." in address[0]


def test_hosts_and_their_owners() -> None:
    assert read_address("HTTP://WWW.Biocat.cat/en/home.html") == ("biocat.cat", "")
    assert read_address("biocat.cat/labs") == ("biocat.cat", "labs")
    assert read_address("https://www.facebook.com/biocat") is None
    assert read_address("http://[broken") is None
    assert find_owner("cs.uni-x.ac.uk") == "uni-x.ac.uk"
    assert find_owner("imet.usmd.edu") == "usmd.edu"
