"""The functions that a mapping may call: a fixed list; none reaches files, network or Python.

All are named in ``https://w3id.org/metacluster/function#`` (``mcf:``) and take ``mcf:value``. An
empty value gives no result; one that cannot be understood fails its row, with a finding.

- ``trim``, ``lower``, ``upper``: the text without needless space, in small or capital letters
- ``slug``: small Latin letters and digits joined by hyphens, “São Paulo” → ``sao-paulo``
- ``concat``: all of several ``value``, one behind the other
- ``split``, with ``separator`` (else ``;``): the parts, trimmed, without empty ones
- ``countryCode``: ISO 3166-1 alpha-2 of a code (also the EU's ``EL``, ``UK``) or of a name in
  English, Catalan, Chinese, French, German, Italian, Portuguese or Spanish, as pycountry has them;
  Kosovo is ``XK``, as the EU has it
- ``languageCode``: ISO 639-1 (else 639-3) of a code or an English name
- ``webAddress``: an address without a scheme gets one, ``www.example.org`` →
  ``http://www.example.org``
- ``date``, with ``order`` ``dmy``, ``mdy`` or ``ymd`` where it is open: a year, month or day in
  the form of XML Schema, and typed so
- ``lookup``, with ``table``: what ``[tables.NAME]`` of the description has for the value
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache

from loaders.words import WORDS

FUNCTIONS = "https://w3id.org/metacluster/function#"
Tables = Mapping[str, Mapping[str, str]]
Function = Callable[[Mapping[str, Sequence[str]], Tables], tuple[str, ...]]

LETTERS = str.maketrans(WORDS["letters"])
COUNTRIES = {name: code for code, names in WORDS["countries"].items() for name in names}
YEAR_FIRST = (
    re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?)(?:[T ][\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)?)?"),
    re.compile(r"(\d{4})[./](\d\d?)(?:[./](\d\d?))?"),
)
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24}", re.IGNORECASE)
MONTHS = [names.split() for names in WORDS["months"]]


def write_slug(value: str) -> str:
    text = re.sub(r"[^a-z0-9]+", "-", fold_text(value)).strip("-")
    if not text and value.strip():
        # A name in another script keeps its own letters; IRIs may hold them.
        text = re.sub(r"[\W_]+", "-", value.casefold()).strip("-")
    if not text and value.strip():
        raise ValueError("nothing of the value can stand in an IRI")
    return text


def write_name(value: str, longest: int) -> str:
    """A plain name for a thing of the drafter's: the Latin letters and digits, with hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold_text(value)).strip("-")[:longest].strip("-")


def look_up(arguments: Mapping[str, Sequence[str]], tables: Tables) -> tuple[str, ...]:
    name, value = arguments["table"][0], arguments["value"][0].strip()
    if name not in tables:
        raise ValueError(f"the description has no table “{name}”")
    if value not in tables[name]:
        raise ValueError(f"the table “{name}” has nothing for the value")
    return (tables[name][value],) if tables[name][value] else ()


def find_country(value: str) -> str:
    value = " ".join(value.split())
    code = COUNTRIES.get(value.casefold()) or _countries().get(fold_text(value))
    if value and not code:
        raise ValueError("the value is no country that ISO 3166-1 or the EU knows, by code or name")
    return code or ""


def find_language(value: str) -> str:
    import pycountry  # to import it takes a while, and few mappings need it

    try:
        language = pycountry.languages.lookup(value.strip()) if value.strip() else None
    except LookupError:
        message = "the value is no language that ISO 639 knows, by code or English name"
        raise ValueError(message) from None
    return (getattr(language, "alpha_2", "") or language.alpha_3) if language else ""


def write_web_address(value: str) -> str:
    value = value.strip()
    if not value or value.lower().startswith(("http://", "https://")):
        return value
    if not DOMAIN.fullmatch(re.split(r"[/:?#]", value)[0]):
        raise ValueError("the value is no web address")
    return f"http://{value}"


def read_date(value: str, order: str = "") -> str:
    if order not in ("", "dmy", "mdy", "ymd"):
        raise ValueError(f"the order of a date is dmy, mdy or ymd, not “{order}”")
    text = unicodedata.normalize("NFKC", value.strip())
    if not text:
        return ""
    for pattern in YEAR_FIRST:
        if match := pattern.fullmatch(text):
            return _write_date(match[1], match[2], match[3])
    if match := re.fullmatch(r"(\d\d?)[./-](\d{4})", text):
        return _write_date(match[2], match[1], None)
    if match := re.fullmatch(r"(\d\d?)([./-])(\d\d?)\2(\d{4})", text):
        first, dot, second, year = match[1], match[2], match[3], match[4]
        if not order and dot != "." and int(first) <= 12 and int(second) <= 12 and first != second:
            raise ValueError("the date can be read in two ways; give mcf:order dmy or mdy")
        months_first = order == "mdy" or (not order and dot != "." and int(second) > 12)
        return _write_date(
            year, first if months_first else second, second if months_first else first
        )
    words = [w for w in re.split(r"[\s,.]+", fold_text(text)) if w and w not in WORDS["of_dates"]]
    numbers = [
        w for w in (re.sub(r"(?<=\d)(?:st|nd|rd|th|er)$", "", w) for w in words) if w.isdigit()
    ]
    months = [m for w in words if not w[0].isdigit() and (m := _find_month(w))]
    years = [n for n in numbers if len(n) == 4]
    days = [n for n in numbers if len(n) <= 2]
    if len(months) == len(years) == 1 and len(days) <= 1 and len(words) == 2 + len(days):
        return _write_date(years[0], str(months[0]), days[0] if days else None)
    raise ValueError("the value is no date in a usual order")


def _find_month(word: str) -> int | None:
    """The month that a name or its beginning of three letters or more stands for, where it is only
    one.
    """
    found = {n for n, names in enumerate(MONTHS, 1) if any(name.startswith(word) for name in names)}
    return found.pop() if len(found) == 1 and len(word) > 2 else None


def _write_date(year: str, month: str | None, day: str | None) -> str:
    import calendar

    if month is None:
        return year
    if not 1 <= int(month) <= 12:
        raise ValueError("there is no such month")
    if day is None:
        return f"{year}-{int(month):02}"
    if not 1 <= int(day) <= calendar.monthrange(max(int(year), 1), int(month))[1]:
        raise ValueError("there is no such day in that month")
    return f"{year}-{int(month):02}-{int(day):02}"


def fold_text(value: str) -> str:
    """Small letters without accents: “Łódź” → ``lodz``."""
    plain = unicodedata.normalize("NFKD", value.casefold().translate(LETTERS))
    return "".join(c for c in plain if not unicodedata.combining(c))


@cache
def _countries() -> dict[str, str]:
    """Codes by what countries are called, in English first, then in the languages of partners."""
    import gettext

    import pycountry

    names: dict[str, str] = {}
    for country in pycountry.countries:
        for key in ("alpha_2", "alpha_3", "name", "official_name", "common_name"):
            if name := getattr(country, key, ""):
                names[fold_text(name)] = country.alpha_2
                names.setdefault(fold_text(name.partition(",")[0]), country.alpha_2)
    for ambiguous in ("korea", "congo", "virgin islands"):
        names.pop(ambiguous, None)
    translated: dict[str, set[str]] = {}
    for language in WORDS["spoken"]:
        known = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language])
        for country in pycountry.countries:
            for key in ("name", "official_name", "common_name"):
                if name := getattr(country, key, ""):
                    told = translated.setdefault(fold_text(known.gettext(name)), set())
                    told.add(country.alpha_2)
    # What means two countries in two languages is no country.
    return {name: min(codes) for name, codes in translated.items() if len(codes) == 1} | names


def _of_value(function: Callable[..., str], *options: str) -> Function:
    """A function of one text, and of others where they are given, as one that mappings call."""

    def call(arguments: Mapping[str, Sequence[str]], _: Tables) -> tuple[str, ...]:
        more = (arguments[option][0] for option in options if option in arguments)
        result = function(arguments["value"][0], *more)
        return (result,) if result else ()

    return call


def split_list(arguments: Mapping[str, Sequence[str]], _: Tables) -> tuple[str, ...]:
    separator = arguments.get("separator", (";",))[0]
    return tuple(part.strip() for part in arguments["value"][0].split(separator) if part.strip())


LIBRARY: dict[str, Function] = {
    "trim": _of_value(lambda value: " ".join(value.split())),
    "lower": _of_value(str.lower),
    "upper": _of_value(str.upper),
    "concat": lambda arguments, _: tuple(filter(None, ["".join(arguments["value"])])),
    "split": split_list,
    "slug": _of_value(write_slug),
    "lookup": look_up,
    "countryCode": _of_value(find_country),
    "languageCode": _of_value(find_language),
    "webAddress": _of_value(write_web_address),
    "date": _of_value(read_date, "order"),
}
# By name: the parameters that a function needs, and those that it may have.
PARAMETERS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    name: (frozenset({"value", "table"} if name == "lookup" else {"value"}),
           frozenset({"split": {"separator"}, "date": {"order"}}.get(name, set())))
    for name in LIBRARY
}  # fmt: skip
