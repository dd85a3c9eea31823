"""What values are, by their form and their check digits: each recogniser holds one value."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

import pycountry
from stdnum import get_cc_module, isni, lei

from loaders.lexical import FORBIDDEN
from loaders.mapping.conversion import write_dated
from loaders.mapping.functions import (
    DOMAIN,
    find_country,
    fold_text,
    read_date,
    write_slug,
    write_web_address,
)
from loaders.mapping.terms import UNSAFE, check_iri
from loaders.words import WORDS as KNOWN

# The first three as ontology/shapes.ttl wants them, so that what is drafted passes the shapes.
EMAIL = re.compile(r"[^@\s:]+@[^@\s]+\.[A-Za-z]{2,}")
PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{3,30}", re.ASCII)
WEB = re.compile(r"https?://[^/]+\.")
ROR = re.compile(r"(?:(?:https?://)?(?:www\.)?ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6})([0-9]{2})")
PIC = re.compile(r"[89][0-9]{8}")
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
YEAR = re.compile(r"(?:1[0-9]|20)[0-9]{2}")
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
CODE = re.compile(r"[A-Z]{2,3}")
LEGAL_FORMS = tuple(
    f" {form}" if form.isascii() else fold_text(form)
    for forms in KNOWN["legal"].values() for form in forms
)  # fmt: skip


def is_phone(value: str) -> bool:
    return bool(PHONE.fullmatch(value)) and sum(c.isdigit() for c in value) >= 6


def is_company_name(value: str) -> bool:
    """Whether a legal form ends it: “Müller & Söhne GmbH”, “Ex S.p.A.”."""
    return fold_text(value).replace(".", "").rstrip().endswith(LEGAL_FORMS)


def is_web_address(value: str) -> bool:
    return bool(WEB.match(value) and _attempt(check_iri)(value))


def is_domain(value: str) -> bool:
    return bool(DOMAIN.fullmatch(value)) and not value.replace(".", "").isdigit()


def is_ror(value: str) -> bool:
    """Nine characters with a checksum of ISO 7064 (MOD 97-10) over Crockford's base 32."""
    found = ROR.fullmatch(value)
    if not found:
        return False
    number = 0
    for character in found[1]:
        number = number * 32 + CROCKFORD.index(character)
    return 98 - number * 100 % 97 == int(found[2])


def is_vat(value: str) -> bool:
    """With the country's code before it; the rules and check digits are those of python-stdnum."""
    code = {"EL": "GR", "XI": "GB"}.get(value[:2], value[:2])
    module = _find_vat(code.lower()) if CODE.fullmatch(code) else None
    return bool(module and (module.is_valid(value) or module.is_valid(value[2:])))


@lru_cache(maxsize=512)
def _find_vat(code: str):  # type: ignore[no-untyped-def]  # a module of python-stdnum
    return get_cc_module(code, "vat")


def _attempt(function: Callable[[str], str]) -> Callable[[str], str]:
    """The function, with nothing for values that it refuses."""

    def attempt(value: str) -> str:
        try:
            return function(value)
        except ValueError:
            return ""

    return attempt


def _can_be_key(value: str) -> bool:
    """Whether ``encode_iri_part`` takes the value."""
    return value not in (".", "..") and not FORBIDDEN.search(value)


@cache
def _languages() -> frozenset[str]:
    """What ``mcf:languageCode`` takes, in small letters: to try it on every text is slow."""
    fields = ("alpha_2", "alpha_3", "name")
    found = (getattr(language, name, "") for language in pycountry.languages for name in fields)
    return frozenset(text.lower() for text in found if text)


know_country = _attempt(find_country)
# In the order in which a column is told by them: the test, and what values that pass are called.
KINDS: dict[str, tuple[Callable[[str], object], str]] = {
    "ror": (is_ror, "ROR identifiers with right check digits"),
    "lei": (lambda value: len(value) == 20 and lei.is_valid(value),
            "LEI codes with right check digits"),
    "isni": (isni.is_valid, "ISNI numbers with right check digits"),
    "vat": (is_vat, "VAT numbers that pass their country's check"),
    "pic": (PIC.fullmatch, "numbers of nine digits, as the EU's participant codes (PIC)"),
    "email": (EMAIL.fullmatch, "e-mail addresses"),
    "web": (is_web_address, "web addresses"),
    "domain": (is_domain, "internet domains"),
    "site": (lambda value: is_web_address(_attempt(write_web_address)(value)), "web addresses"),
    "country": (know_country, "countries"),
    "language": (lambda value: value.lower() in _languages(), "languages"),
    "year": (YEAR.fullmatch, "years"),
    "date": (_attempt(lambda value: write_dated(read_date(value))), "dates"),
    "date-dmy": (_attempt(lambda value: write_dated(read_date(value, "dmy"))),
                 "dates, the day first"),
    "date-mdy": (_attempt(lambda value: write_dated(read_date(value, "mdy"))),
                 "dates, the month first"),
    "phone": (is_phone, "telephone numbers"),
    "number": (NUMBER.fullmatch, "numbers"),
    "slug": (_attempt(write_slug), ""),
    "company": (is_company_name, ""),
    "plain-key": (lambda value: _can_be_key(value) and not UNSAFE.search(value), ""),
    "key": (_can_be_key, ""),
}  # fmt: skip
RECOGNISERS = {kind: test for kind, (test, _) in KINDS.items()}
WORDS = {kind: words for kind, (_, words) in KINDS.items() if words}
IDENTIFIERS = ("ror", "lei", "isni", "vat", "pic")
