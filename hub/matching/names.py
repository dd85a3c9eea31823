"""Names made comparable: folded, in Latin letters, without legal form, as words that count.

>>> Name.read("Müller & Söhne GmbH").core
('muller', 'sohne')
>>> Name.read("Fraunhofer IPA").numbers, Name.read("Université Paris VI").numbers
(frozenset(), frozenset({'6'}))
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import pairwise, product

import pycountry
from anyascii import anyascii

from loaders.words import WORDS

# A longer name is compared by its beginning: it is a description, or an attack.
LONGEST = 300
# A word that may be an acronym: short, and written in capitals wherever it was told from a word.
ACRONYM = range(1, 9)

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
KANA = "\u3040-\u30ff\u31f0-\u31ff"
# Letters that are not heard, which transliteration would write as apostrophes.
SOFT = str.maketrans("", "", "ьъЬЪ")
# Scripts without blanks between words, or where words hang together: compared letter by letter.
IDEOGRAPHS = re.compile(f"[{HAN}{KANA}\uac00-\ud7a3]")
DOTTED = re.compile(r"\b(?:[a-z]\.\s?){2,}")
WORD = re.compile(r"[a-z0-9]+")
CAPITALS = re.compile(r"\b[A-Z]{2,8}\b")
UMLAUT = re.compile(r"([aou])e|(?<=a)a")
IN_BRACKETS = re.compile(r"\s*[(（]([^()（）]*)[)）]\s*$")
SETTING_APART = re.compile(r"\s+[-–—/|=:;]+\s*|[/|=:;]\s+|\s*[()（）\[\]]\s*")
ROMAN = {
    tens + ones: str(number)
    for number, (tens, ones) in enumerate(
        product(("", "x"), ("", "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"))
    )
    if number > 1
}
BEFORE = frozenset({"ooo", "oao", "zao", "pao", "ao", "pt", "sarl", "sas"})
NUMERALS = str.maketrans("一二三四五六七八九", "123456789")


@dataclass(frozen=True, slots=True)
class Name:
    """One name, ready to be compared.

    Attributes:
        text: as it was given, at most `LONGEST` characters.
        key: folded, all words in order, with the legal form.
        joined: the words that count, without blanks, and spelt alike with ä, ae or a; in Latin
            letters, so that 張江, 张江 and Zhangjiang meet.
        ideographic: whether it is in a script without blanks (Han, kana, hangul).
        core: the words that count, in order; pairs of letters in scripts without blanks.
        legal: the legal form, in the spelling of `words.toml`; empty where there is none.
        numbers: numbers among the words, Arabic or Roman.
        initials: what may be its acronyms: first letters of three words at least, as they are
            written, with function words or without, or as they are understood.
        acronym: the name itself where it may be an acronym, folded; else empty.
        short: of a name of two words, one of them in capitals, these and the other: "TU München".
        spelt: what `short` may be for this name: initials of all its words but the first, or but
            the last, and this one word.
        country: the code of a country that stands in brackets behind the name, else empty.
        parts: what brackets, dashes, strokes and the like set apart in the name, itself names of
            two words at least: "Imagerie et Vision Artificielle - EA 7535".
    """

    text: str
    key: str
    joined: str
    ideographic: bool
    core: tuple[str, ...]
    legal: str
    numbers: frozenset[str]
    initials: frozenset[str]
    acronym: str
    country: str
    short: tuple[str, str] | None = None
    spelt: frozenset[tuple[str, str]] = frozenset()
    parts: tuple[Name, ...] = ()

    @classmethod
    def read(cls, text: str, *, person: bool = False) -> Name | None:
        """Returns nothing where no letter or digit is in the text; persons have no legal form."""
        text = " ".join(text[: 2 * LONGEST].split())[:LONGEST]
        country, bare = "", text
        if (bracket := IN_BRACKETS.search(text)) and bracket.start():
            country = find_country(bracket[1])
            bare = text[: bracket.start()] if country else text
        name = _read_script(text, bare, country, person)
        segments = [] if person else [part for part in SETTING_APART.split(bare) if part]
        if not name or len(segments) < 2:
            return name
        parts = (_read_script(segment, segment, "", False) for segment in segments[:8])
        return replace(name, parts=tuple(part for part in parts if part and len(part.core) > 1))


def _read_script(text: str, bare: str, country: str, person: bool) -> Name | None:
    """Read a name by the script that is left when an ideographic legal form is taken off."""
    if not IDEOGRAPHS.search(bare):
        return _read_words(text, bare, country, person, "")
    letters, legal = "".join(unicodedata.normalize("NFKC", bare).split()), ""
    for form, sense in _vocabulary().ideographic_forms.items():
        rest = letters.removeprefix(form).removesuffix(form)
        if not person and rest not in ("", letters):
            letters, legal, bare = rest, legal or sense, bare.replace(form, " ")
    if not IDEOGRAPHS.search(letters):
        return _read_words(text, bare, country, person, legal)
    return _read_ideographs(text, letters, country, legal)


def _read_ideographs(text: str, bare: str, country: str, legal: str) -> Name | None:
    letters = "".join(letter for letter in bare.casefold() if letter.isalnum())
    if not letters:
        return None
    pairs = tuple(a + b for a, b in pairwise(letters)) or (letters,)
    # 第一病院 and 第二病院 differ in a number.
    numbers = frozenset(re.findall(r"[0-9]+|(?<=第)[1-9]", letters.translate(NUMERALS)))
    joined = anyascii(letters).casefold()
    return Name(text, letters, joined, True, pairs, legal, numbers, frozenset(), "", country)


def _read_words(text: str, bare: str, country: str, person: bool, legal: str) -> Name | None:
    known = _vocabulary()
    folded = anyascii(unicodedata.normalize("NFC", bare).translate(SOFT)).casefold()
    folded = DOTTED.sub(lambda dotted: re.sub(r"[.\s]", "", dotted[0]) + " ", folded)
    folded = folded.replace("'", " ").replace("`", "")
    words = WORD.findall(folded)
    if not words:
        return None
    rest, written = (words, "") if person else _split_legal_form(words)
    legal = legal or written
    if person:
        core = tuple(word for word in rest if len(word) == 1 or word not in known.stop)
    else:
        core = tuple(known.senses.get(word, word) for word in rest if word not in known.stop)
    core = core or tuple(rest)
    core = core[:1] + tuple(ROMAN.get(word, word) for word in core[1:])
    numbers = frozenset(word.lstrip("0") or "0" for word in core if word.isdigit())
    plain = [word for word in rest if word not in known.stop]
    initials, spelt, short = set(), set(), None
    if len(core) > 2:
        initials = {_join_initials(words) for words in (core, plain, rest)}
        spelt = {(_join_initials(w[1:]), core[0]) for w in (core, plain) if w}
        spelt |= {(_join_initials(w[:-1]), core[-1]) for w in (core, plain) if w}
    elif len(core) == 2 and not bare.isupper():
        capitals = {word.casefold() for word in CAPITALS.findall(anyascii(bare))}
        if len(capitals & set(core)) == 1:
            short = core if core[0] in capitals else core[::-1]
    acronym = core[0] if len(core) == 1 and len(core[0]) in ACRONYM else ""
    if 2 * sum(letter.isupper() for letter in bare) < len(bare):
        acronym = ""
    key = " ".join([*rest, legal] if legal else rest)
    joined = UMLAUT.sub(r"\1", "".join(core))
    return Name(
        text, key, joined, False, core, legal, numbers, frozenset(initials), acronym, country,
        short, frozenset(spelt),
    )  # fmt: skip


def _join_initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words)


def _split_legal_form(words: list[str]) -> tuple[list[str], str]:
    """What is left of the words without the legal forms at their end or start; and the last form.

    A name that is nothing but a form keeps it.
    """
    forms, found = _vocabulary().forms, ""
    for _ in range(3):
        for size in range(min(5, len(words) - 1), 0, -1):
            if form := forms.get(tuple(words[-size:])):
                words, found = words[:-size], found or form
                break
            # Abbreviated, only these stand before a name: "A S Watson" is of no form.
            first = words[0] in BEFORE if size == 1 else len(words[0]) > 3
            if first and (form := forms.get(tuple(words[:size]))):
                words, found = words[size:], found or form
                break
        else:
            break
    return words, found


@dataclass(frozen=True)
class Vocabulary:
    stop: frozenset[str]
    forms: dict[tuple[str, ...], str]
    ideographic_forms: dict[str, str]
    senses: dict[str, str]
    kinds: frozenset[str]
    places: dict[str, str]


@cache
def _vocabulary() -> Vocabulary:
    table = tomllib.loads(files("hub.matching").joinpath("words.toml").read_text("utf-8"))
    forms = {form: name for name, written in WORDS["legal"].items() for form in written}
    groups = {**table["place"], **table["kind"], **table["same"]}
    return Vocabulary(
        frozenset(table["stop"].split()),
        {tuple(form.split()): name for form, name in forms.items() if form.isascii()},
        {form: forms[form] for form in sorted(forms, key=len)[::-1] if not form.isascii()},
        {word: sense for sense, words in groups.items() for word in words.split()},
        frozenset(table["kind"]),
        {word: place for place, words in table["place"].items() for word in words.split()},
    )


def fold_place(text: str) -> str:
    """A city's name without accents and capitals, in English where it is a well-known one."""
    folded = " ".join(anyascii(text[:200]).casefold().split())
    return " ".join(_vocabulary().places.get(word, word) for word in folded.split())


def names_kind(word: str) -> bool:
    """Whether a core word names a kind of organisation: hospital, faculty, holding."""
    return word in _vocabulary().kinds


@cache
def _countries() -> dict[str, str]:
    found = {}
    for country in pycountry.countries:
        for field in ("name", "common_name", "official_name"):
            if name := getattr(country, field, ""):
                found[anyascii(name).casefold()] = country.alpha_2
    return found | {"south korea": "KR", "russia": "RU", "turkey": "TR", "usa": "US", "uk": "GB"}


def find_country(text: str) -> str:
    """The ISO 3166-1 alpha-2 code of a country's English name; empty where it is none."""
    return _countries().get(anyascii(text).casefold().strip(), "")
