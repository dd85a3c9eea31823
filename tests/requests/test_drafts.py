"""Drafts of requests: every language whole, elisions before names and dates, nothing guessed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.requests import drafts
from hub.requests.drafts import (
    Reason,
    Request,
    choose_language,
    list_languages,
    read_language,
    write_draft,
)

ROOT = Path(__file__).parents[2]
PHRASES = tomllib.loads(Path(drafts.__file__).with_name("phrases.toml").read_text("utf-8"))
TABLE = (ROOT / "ontology" / "strength.ttl").read_text("utf-8")
KINDS = re.findall(r'^tie:([\w-]+) a mc:TieKind .*?skos:prefLabel "([^"]+)"@en', TABLE, re.M)


def reason(**said: object) -> Reason:
    values: dict[str, object] = {
        "one": "Alba", "other": "Bora", "kind": "mou", "title": "", "begin": "", "end": "",
        "lasts": False, "stated": "", "participants": 2, "sources": (),
    }  # fmt: skip
    return Reason(**{**values, **said})  # type: ignore[arg-type]


def request(*reasons: Reason, **said: str) -> Request:
    names = {"start": "Ephoran", "first": "Ada Lovelace", "onward": "Biocat", "target": "Park"}
    return Request(**{**names, **said}, person=True, reasons=reasons)


def when(language: str, **said: object) -> str:
    """What the draft says of the date."""
    text = write_draft(request(reason(**said)), language).text
    label = PHRASES["kinds"]["mou"][language]
    return next(line for line in text.splitlines() if label in line).split(label, 1)[1].strip(", ")


def test_every_language_says_everything() -> None:
    words = PHRASES["languages"]
    assert set(words) == {"en", "fr", "de", "it", "es", "ca"}
    for code in words:
        assert set(words[code]) - {"first"} == set(words["en"]), code
        assert len(words[code]["months"].split()) == 12


def test_every_kind_of_evidence_has_a_name_in_every_language() -> None:
    assert len(KINDS) > 20
    assert set(PHRASES["kinds"]) == {key for key, _ in KINDS}
    for key, label in KINDS:
        assert PHRASES["kinds"][key]["en"] == label
        assert set(PHRASES["kinds"][key]) == set(list_languages()), key


@pytest.mark.parametrize("language", list_languages())
def test_the_evidence_its_date_and_its_source_stand_in_the_draft(language: str) -> None:
    said = reason(title="Accord {0}", begin="2013-05", participants=5, sources=("Book, ch. 4",))
    draft = write_draft(request(said), language)
    month = PHRASES["languages"][language]["months"].split()[4]
    for part in ("Ephoran", "Biocat", "Park", "Alba", "Bora", "Accord {0}", month, "2013", "5 ",
                 "Book, ch. 4", PHRASES["kinds"]["mou"][language]):  # fmt: skip
        assert part in draft.text, part
    assert "Ephoran" in draft.subject
    assert "~" not in draft.text


@pytest.mark.parametrize(
    ("language", "name", "found"),
    [
        ("fr", "Ephoran", "au nom d’Ephoran"),
        ("fr", "Étoile", "au nom d’Étoile"),
        ("fr", "Hôpital Nord", "au nom d’Hôpital Nord"),
        ("fr", "Heidelberg", "au nom de Heidelberg"),
        ("fr", "Ypsomed", "au nom d’Ypsomed"),
        ("fr", "Yale", "au nom de Yale"),
        ("fr", "北京", "au nom de 北京"),
        ("ca", "Ephoran", "en nom d’Ephoran"),
        ("ca", "Hospital Clínic", "en nom d’Hospital Clínic"),
        ("ca", "Biocat", "en nom de Biocat"),
        ("de", "Ephoran", "im Namen von Ephoran"),
    ],
)
def test_words_before_names_are_joined_as_the_language_wants(
    language: str, name: str, found: str
) -> None:
    assert f"{found}" in write_draft(request(start=name), language).text


def test_the_italian_preposition_before_an_a() -> None:
    assert "presentare Ephoran ad Alba?" in write_draft(request(onward="Alba"), "it").text
    assert "presentare Ephoran a Biocat?" in write_draft(request(), "it").text


@pytest.mark.parametrize(
    ("language", "said", "found"),
    [
        ("en", {"begin": "2013-05-03"}, "3 May 2013"),
        ("fr", {"begin": "2013-05-01"}, "1er mai 2013"),
        ("fr", {"begin": "2013-05-03", "lasts": True}, "depuis le 3 mai 2013"),
        ("fr", {"end": "2013"}, "jusqu’en 2013"),
        ("de", {"begin": "2013-05-03", "lasts": True}, "seit dem 3. Mai 2013"),
        ("de", {"begin": "2013", "lasts": True}, "seit 2013"),
        ("it", {"begin": "2013-05-08", "lasts": True}, "dall’8 maggio 2013"),
        ("it", {"begin": "2013-05-01", "lasts": True}, "dal 1º maggio 2013"),
        ("it", {"begin": "2013-04", "lasts": True}, "da aprile 2013"),
        ("it", {"end": "2013-04"}, "fino ad aprile 2013"),
        ("it", {"end": "2013-04-11"}, "fino all’11 aprile 2013"),
        ("es", {"begin": "2013-05-03"}, "3 de mayo de 2013"),
        ("es", {"begin": "2013-05-03", "lasts": True}, "desde el 3 de mayo de 2013"),
        ("ca", {"begin": "2013-04-03"}, "3 d’abril de 2013"),
        ("ca", {"begin": "2013-05-03"}, "3 de maig de 2013"),
        ("ca", {"begin": "2013-04", "lasts": True}, "des d’abril de 2013"),
        ("ca", {"begin": "2013-05-11", "lasts": True}, "des de l’11 de maig de 2013"),
        ("ca", {"end": "2013-05-01"}, "fins a l’1 de maig de 2013"),
        ("de", {"begin": "2012", "end": "2013"}, "2012 – 2013"),
        ("en", {"stated": "2013"}, "as stated in 2013"),
        ("en", {"begin": "2013-13"}, "2013"),
        ("de", {"participants": 12_000}, "12.000 Beteiligte"),
        ("en", {"participants": 12_000}, "12,000 participants"),
        ("es", {"participants": 1200}, "1200 participantes"),
    ],
)
def test_dates_and_numbers_are_written_as_the_language_does(
    language: str, said: dict[str, object], found: str
) -> None:
    assert when(language, **said) == found


def test_nobody_s_gender_is_guessed() -> None:
    for code in list_languages():
        text = write_draft(request(), code).text
        assert not re.search(r"\b(Mr|Ms|Herr|Frau|Monsieur|Madame|Signor|Estimad|Benvolgu)", text)


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (["ca"], "ca"), (["de-AT", "fr"], "de"), (["zh", "es-ES"], "es"), (["zh"], "en"),
        (["", "fr_FR.UTF-8"], "fr"), (["C.UTF-8"], "en"), ([], "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_reader_s(wanted: list[str], chosen: str) -> None:
    assert choose_language(wanted) == chosen


def test_a_language_that_is_asked_for_and_not_there_is_refused() -> None:
    with pytest.raises(Invalid, match="No drafts are written in “xx”"):
        read_language("xx")


names = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ue000"))


@given(names, names, st.sampled_from(sorted(list_languages())))
def test_names_are_never_touched(start: str, target: str, language: str) -> None:
    text = write_draft(request(start=start, target=target), language).text
    assert start in text
    assert target in text
