"""What a literal may say: characters, escapes, and the lexical forms of XML Schema's datatypes."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable

from loaders.namespaces import XSD

# What needs escaping in a literal, and what has no place in one at all.
ESCAPED = re.compile(r'["\\\n\r\t]')
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
ESCAPES = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})
ZONE = r"(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)?"
YEAR = r"-?(?:[1-9]\d{4,}|\d{4})"
TIME = r"(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?|24:00:00(?:\.0+)?)"
DECIMAL = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
LEXICAL: dict[str, re.Pattern[str]] = {
    XSD + name: re.compile(pattern, re.ASCII)
    for name, pattern in {
        **dict.fromkeys(("integer", "int", "long"), r"[+-]?\d+"),
        "nonNegativeInteger": r"\+?\d+|-0+",
        "positiveInteger": r"\+?0*[1-9]\d*",
        "decimal": DECIMAL,
        **dict.fromkeys(("double", "float"), rf"{DECIMAL}(?:[eE][+-]?\d+)?|[+-]?INF|NaN"),
        "boolean": r"true|false|1|0",
        "gYear": rf"{YEAR}{ZONE}",
        "gYearMonth": rf"{YEAR}-(?:0[1-9]|1[0-2]){ZONE}",
        "gMonthDay": rf"--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]){ZONE}",
        "gMonth": rf"--(?:0[1-9]|1[0-2]){ZONE}",
        "gDay": rf"---(?:0[1-9]|[12]\d|3[01]){ZONE}",
        "date": rf"{YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]){ZONE}",
        "time": rf"{TIME}{ZONE}",
        "dateTime": rf"{YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T{TIME}{ZONE}",
        "duration": r"-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?"
        r"(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?",
        "language": r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*",
    }.items()
}
DAY = re.compile(r"(-?\d{4,})-(\d\d)-(\d\d)", re.ASCII)


def check_text(value: str) -> str:
    """The value, when a literal may hold it. Raises ValueError for control characters and half
    characters.
    """
    if found := FORBIDDEN.search(value):
        raise ValueError(f"the value holds the control character U+{ord(found[0]):04X}")
    return value


def escape_text(value: str) -> str:
    """The value as it stands between the quotes of an N-Quads literal. Raises ValueError."""
    check_text(value)
    return value.translate(ESCAPES) if ESCAPED.search(value) else value


def check_lexical(datatype: str) -> Callable[[str], str]:
    """A function from a value to the same, trimmed and escaped, when it is one of the datatype.

    It raises ValueError otherwise. Datatypes that are not of XML Schema are taken as they are.
    """
    pattern = LEXICAL.get(datatype)
    name = datatype.removeprefix(XSD)

    def check(value: str) -> str:
        if pattern is None:
            return escape_text(value)
        value = value.strip()
        if not pattern.fullmatch(value):
            raise ValueError(f"the value is no xsd:{name}")
        if name in ("date", "dateTime") and (day := DAY.match(value)):
            year, month = abs(int(day[1])) % 400 + 400, int(day[2])
            if int(day[3]) > calendar.monthrange(year, month)[1]:
                raise ValueError("there is no such day in that month")
        return value

    return check
