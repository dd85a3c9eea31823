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
- ``date``, with ``order`` ``dmy``, ``mdy`` or ``ymd`` where it is open: a year, month or day in
  the form of XML Schema, and typed so
- ``lookup``, with ``table``: what ``[tables.NAME]`` of the description has for the value
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache

FUNCTIONS = "https://w3id.org/metacluster/function#"
Tables = Mapping[str, Mapping[str, str]]
Function = Callable[[Mapping[str, Sequence[str]], Tables], tuple[str, ...]]

LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
# What partners write and ISO 3166 does not list; EL, UK and XK are the EU's own codes.
COUNTRIES = {
    name: code
    for code, names in {
        "GR": "el", "GB": "uk|great britain|england|scotland|wales|northern ireland",
        "US": "usa|u.s.|u.s.a.|united states of america",
        "KR": "south korea|korea|republic of korea|韩国|韓國",
        "KP": "north korea", "RU": "russia", "TR": "turkey", "CZ": "czech republic",
        "NL": "the netherlands|holland", "MK": "macedonia", "CI": "ivory coast", "CV": "cape verde",
        "SZ": "swaziland", "BN": "brunei", "AE": "uae", "PS": "palestine", "VA": "vatican",
        "XK": "xk|kosovo", "HK": "hong kong sar", "MO": "macau", "MM": "burma", "LA": "laos",
    }.items()
    for name in names.split("|")
}  # fmt: skip
# Beside English: Catalan, Chinese, French, German, Italian, Portuguese and Spanish.
SPOKEN = ("ca", "zh_CN", "zh_TW", "fr", "de", "it", "pt", "es")
# Months in the languages of the hub's partners (en fr de es it ca pt), without accents.
MONTHS = (
    "january janvier januar enero gennaio gener janeiro",
    "february fevrier februar febrero febbraio febrer fevereiro",
    "march mars marz marzo marc marco",
    "april avril abril aprile",
    "may mai mayo maggio maig maio",
    "june juin juni junio giugno juny junho",
    "july juillet juli julio luglio juliol julho",
    "august aout agosto agost",
    "september septembre septiembre settembre setembre setembro",
    "october octobre oktober octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december decembre dezember diciembre dicembre desembre dezembro",
)


def trim(arguments: Mapping[str, Sequence[str]], _: Tables) -> tuple[str, ...]:
    return _keep(" ".join(arguments["value"][0].split()))


def lower(arguments: Mapping[str, Sequence[str]], _: Tables) -> tuple[str, ...]:
    return _keep(arguments["value"][0].lower())


def upper(arguments: Mapping[str, Sequence[str]], _: Tables) -> tuple[str, ...]:
    return _keep(arguments["value"][0].upper())


def concat(arguments: Mapping[str, Sequence[str]], _: Tables) -> tuple[str, ...]:
    return _keep("".join(arguments["value"]))


def split(arguments: Mapping[str, Sequence[str]], _: Tables) -> tuple[str, ...]:
    separator = arguments.get("separator", (";",))[0]
    return tuple(part.strip() for part in arguments["value"][0].split(separator) if part.strip())


def slug(arguments: Mapping[str, Sequence[str]], _: Tables) -> tuple[str, ...]:
    value = arguments["value"][0]
    text = re.sub(r"[^a-z0-9]+", "-", fold_text(value)).strip("-")
    if not text and value.strip():
        # A name in another script keeps its own letters; IRIs may hold them.
        text = re.sub(r"[\W_]+", "-", value.casefold()).strip("-")
    if not text and value.strip():
        raise ValueError("nothing of the value can stand in an IRI")
    return _keep(text)


def lookup(arguments: Mapping[str, Sequence[str]], tables: Tables) -> tuple[str, ...]:
    name, value = arguments["table"][0], arguments["value"][0].strip()
    if name not in tables:
        raise ValueError(f"the description has no table “{name}”")
    if value not in tables[name]:
        raise ValueError(f"the table “{name}” has nothing for the value")
    return _keep(tables[name][value])


def country_code(arguments: Mapping[str, Sequence[str]], _: Tables) -> tuple[str, ...]:
    value = " ".join(arguments["value"][0].split())
    if not value:
        return ()
    code = COUNTRIES.get(value.casefold()) or _countries().get(fold_text(value))
    if not code:
        raise ValueError("the value is no country that ISO 3166-1 or the EU knows, by code or name")
    return (code,)


def language_code(arguments: Mapping[str, Sequence[str]], _: Tables) -> tuple[str, ...]:
    value = arguments["value"][0].strip()
    if not value:
        return ()
    import pycountry  # to import it takes a while, and few mappings need it

    try:
        language = pycountry.languages.lookup(value)
    except LookupError:
        raise ValueError(
            "the value is no language that ISO 639 knows, by code or English name"
        ) from None
    return (getattr(language, "alpha_2", "") or language.alpha_3,)


def date(arguments: Mapping[str, Sequence[str]], _: Tables) -> tuple[str, ...]:
    text = arguments["value"][0].strip()
    order = arguments.get("order", ("",))[0]
    if order not in ("", "dmy", "mdy", "ymd"):
        raise ValueError(f"the order of a date is dmy, mdy or ymd, not “{order}”")
    return (_read_date(text, order),) if text else ()


LIBRARY: dict[str, Function] = {
    "trim": trim, "lower": lower, "upper": upper, "concat": concat, "split": split, "slug": slug,
    "lookup": lookup, "countryCode": country_code, "languageCode": language_code, "date": date,
}  # fmt: skip
PARAMETERS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    name: (frozenset({"value", "table"} if name == "lookup" else {"value"}),
           frozenset({"split": {"separator"}, "date": {"order"}}.get(name, set())))
    for name in LIBRARY
}  # fmt: skip


def fold_text(value: str) -> str:
    """Small letters without accents: “Łódź” → ``lodz``."""
    plain = unicodedata.normalize("NFKD", value.casefold().translate(LETTERS))
    return "".join(c for c in plain if not unicodedata.combining(c))


def _keep(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


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
    for language in SPOKEN:
        known = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[language])
        for country in pycountry.countries:
            for key in ("name", "official_name", "common_name"):
                if name := getattr(country, key, ""):
                    told = translated.setdefault(fold_text(known.gettext(name)), set())
                    told.add(country.alpha_2)
    # What means two countries in two languages is no country.
    return {name: min(codes) for name, codes in translated.items() if len(codes) == 1} | names


def _read_date(text: str, order: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    if match := re.fullmatch(
        r"(\d{4})(?:-(\d\d?)(?:-(\d\d?)(?:[T ][\d:.]+(?:Z|[+-]\d\d:\d\d)?)?)?)?", text
    ):
        return _write_date(match[1], match[2], match[3])
    if match := re.fullmatch(r"(\d{4})[./](\d\d?)(?:[./](\d\d?))?", text):
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
    words = [
        w
        for w in re.split(r"[\s,.]+", fold_text(text))
        if w and w not in ("de", "di", "del", "d'", "of", "the")
    ]
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
    found = {
        n
        for n, names in enumerate(MONTHS, 1)
        if any(name.startswith(word) for name in names.split())
    }
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
