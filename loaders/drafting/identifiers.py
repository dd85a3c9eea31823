"""What values are, by their form and their check digits: each recogniser holds one value."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

import pycountry
from stdnum import get_cc_module, isni, lei

from loaders.lexical import FORBIDDEN
from loaders.mapping.conversion import write_dated
from loaders.mapping.functions import LIBRARY
from loaders.mapping.terms import UNSAFE, check_iri

# The first three as ontology/shapes.ttl wants them, so that what is drafted passes the shapes.
EMAIL = re.compile(r"[^@\s:]+@[^@\s]+\.[A-Za-z]{2,}")
PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{3,30}", re.ASCII)
WEB = re.compile(r"https?://[^/]+\.")
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}", re.IGNORECASE)
ROR = re.compile(r"(?:(?:https?://)?(?:www\.)?ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6})([0-9]{2})")
PIC = re.compile(r"[89][0-9]{8}")
CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
YEAR = re.compile(r"(?:1[0-9]|20)[0-9]{2}")
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
CODE = re.compile(r"[A-Z]{2,3}")


def is_email(value: str) -> bool:
    return bool(EMAIL.fullmatch(value))


def is_phone(value: str) -> bool:
    return bool(PHONE.fullmatch(value)) and sum(c.isdigit() for c in value) >= 6


def is_web_address(value: str) -> bool:
    if not WEB.match(value):
        return False
    try:
        return bool(check_iri(value))
    except ValueError:
        return False


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


def is_date(order: str) -> Callable[[str], bool]:
    """Whether ``mcf:date`` reads the value, in an order."""

    def check(value: str) -> bool:
        try:
            results = LIBRARY["date"]({"value": [value], "order": [order]}, {})
            return all(write_dated(result) for result in results)
        except ValueError:
            return False

    return check


def _takes(function: str) -> Callable[[str], bool]:
    def check(value: str) -> bool:
        try:
            return bool(LIBRARY[function]({"value": [value]}, {}))
        except ValueError:
            return False

    return check


def _can_be_key(value: str) -> bool:
    """Whether ``encode_iri_part`` takes the value."""
    return value not in (".", "..") and not FORBIDDEN.search(value)


def _is_key(value: str) -> bool:
    """Whether it leaves the value as it is."""
    return _can_be_key(value) and not UNSAFE.search(value)


def find_country(value: str) -> str:
    """The code of ISO 3166-1 that ``mcf:countryCode`` gives for the value, or nothing.

    Codes that the standard leaves to users, as XK, are none: the ontology has no such country.
    """
    try:
        code = "".join(LIBRARY["countryCode"]({"value": [value]}, {}))
    except ValueError:
        return ""
    return code if pycountry.countries.get(alpha_2=code) else ""


def is_country(value: str) -> bool:
    return bool(find_country(value))


@cache
def _languages() -> frozenset[str]:
    """What ``mcf:languageCode`` takes, in small letters: to try it on every text is slow."""
    fields = ("alpha_2", "alpha_3", "name")
    found = (getattr(language, name, "") for language in pycountry.languages for name in fields)
    return frozenset(text.lower() for text in found if text)


def is_language(value: str) -> bool:
    return value.lower() in _languages()


is_slug = _takes("slug")

# In the order in which a column is told by them.
RECOGNISERS: dict[str, Callable[[str], bool]] = {
    "ror": is_ror,
    "lei": lambda value: len(value) == 20 and lei.is_valid(value),
    "isni": isni.is_valid,
    "vat": is_vat,
    "pic": lambda value: bool(PIC.fullmatch(value)),
    "email": is_email,
    "web": is_web_address,
    "domain": is_domain,
    "country": is_country,
    "language": is_language,
    "year": lambda value: bool(YEAR.fullmatch(value)),
    "date": is_date(""),
    "date-dmy": is_date("dmy"),
    "date-mdy": is_date("mdy"),
    "phone": is_phone,
    "number": lambda value: bool(NUMBER.fullmatch(value)),
    "slug": is_slug,
    "plain-key": _is_key,
    "key": _can_be_key,
}
WORDS = {
    "ror": "ROR identifiers with right check digits",
    "lei": "LEI codes with right check digits",
    "isni": "ISNI numbers with right check digits",
    "vat": "VAT numbers that pass their country's check",
    "pic": "numbers of nine digits, as the EU's participant codes (PIC)",
    "email": "e-mail addresses",
    "web": "web addresses",
    "domain": "internet domains",
    "country": "countries",
    "language": "languages",
    "year": "years",
    "date": "dates",
    "date-dmy": "dates, the day first",
    "date-mdy": "dates, the month first",
    "phone": "telephone numbers",
    "number": "numbers",
}
IDENTIFIERS = ("ror", "lei", "isni", "vat", "pic")
