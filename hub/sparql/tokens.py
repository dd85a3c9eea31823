"""The tokens of SPARQL: cutting a text into them, and finding a place in the text again."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple, NoReturn
from urllib.parse import quote

from hub.sparql.errors import QueryRefused

# The tokens (SPARQL 1.1, rules 139 to 170).
_LETTER = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_INNER = rf"{_LETTER}_0-9\u00b7\u0300-\u036f\u203f-\u2040\-"
_UCHAR = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_ECHAR = rf"\\[tbnrf\"'\\]|{_UCHAR}"
_FORBIDDEN = "".join(map(chr, range(33))) + '"{}|^`\\'  # in IRIs
_IRI = rf"<(?:[^<>\"{{}}|^`\\\x00-\x20]|{_UCHAR})*+>"
_PLX = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
# Bounded, since what only begins like a prefix (`a.a.a.a`) is looked through at every word of it.
_PREFIX = rf"[{_LETTER}](?:[{_INNER}]|\.++(?=[{_INNER}])){{0,200}}+"
_LOCAL = rf"(?:[{_LETTER}_0-9:]|{_PLX})(?:[{_INNER}:]|{_PLX}|\.++(?=[{_INNER}:]|{_PLX}))*+"
_STRING = (
    rf'"""(?:"{{0,2}}(?:[^"\\]|{_ECHAR}))*+"""|'
    rf"'''(?:'{{0,2}}(?:[^'\\]|{_ECHAR}))*+'''|"
    rf'"(?!"")(?:[^"\\\n\r]|{_ECHAR})*+"|'
    rf"'(?!'')(?:[^'\\\n\r]|{_ECHAR})*+'"
)
_TOKEN = re.compile(
    rf"(?P<space>[ \t\r\n]+|\#[^\r\n]*)|(?P<iri>{_IRI})|(?P<string>{_STRING})"
    rf"|(?P<variable>[?$][{_LETTER}_0-9][{_LETTER}_0-9\u00b7\u0300-\u036f\u203f-\u2040]*+)"
    rf"|(?P<blank>_:[{_LETTER}_0-9](?:[{_INNER}]|\.++(?=[{_INNER}]))*+)"
    rf"|(?P<name>(?:{_PREFIX})?:(?:{_LOCAL})?)"
    r"|(?P<number>(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+\-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+)"
    r"|(?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*+(?:--[A-Za-z]+)?)"
    r"|(?P<word>[A-Za-z][A-Za-z0-9_]*+)"
    r"|(?P<broken><[A-Za-z][A-Za-z0-9+.\-]*://[^<>\r\n]*>)"
    rf"|(?P<mark><(?={_IRI})|\{{\||\|\}}|<<\(?|\)?>>|\^\^|&&|\|\||[!<>]=|[{{}}()\[\].,;=!<>+\-*/|^?~])"
)
_OUTSIDE = re.compile(rf"{_STRING}|{_IRI}|#[^\r\n]*|(?P<escape>{_UCHAR})")
ESCAPE = re.compile(_UCHAR)

# Every word of SPARQL 1.1 queries, and of 1.2 as far as the engine knows it.
_WORDS = """
    BASE PREFIX VERSION SELECT CONSTRUCT DESCRIBE ASK DISTINCT REDUCED AS FROM NAMED WHERE GROUP
    BY HAVING ORDER ASC DESC LIMIT OFFSET VALUES OPTIONAL GRAPH SERVICE SILENT BIND UNDEF MINUS
    UNION FILTER LATERAL A NOT IN EXISTS TRUE FALSE COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT
    SEPARATOR STR LANG LANGMATCHES LANGDIR HASLANG HASLANGDIR STRLANGDIR DATATYPE BOUND IRI URI
    BNODE RAND ABS CEIL FLOOR ROUND CONCAT STRLEN UCASE LCASE ENCODE_FOR_URI CONTAINS STRSTARTS
    STRENDS STRBEFORE STRAFTER YEAR MONTH DAY HOURS MINUTES SECONDS TIMEZONE TZ NOW UUID STRUUID
    MD5 SHA1 SHA256 SHA384 SHA512 COALESCE IF STRLANG STRDT SAMETERM ISIRI ISURI ISBLANK ISLITERAL
    ISNUMERIC REGEX SUBSTR REPLACE TRIPLE SUBJECT PREDICATE OBJECT ISTRIPLE ADJUST
"""
_UPDATES = "INSERT DELETE LOAD CLEAR CREATE DROP COPY MOVE ADD WITH"
WORDS = frozenset((_WORDS + _UPDATES).split())
UPDATES = frozenset(_UPDATES.split())


class Token(NamedTuple):
    """A token: its kind (a group name of the grammar above), its text, and its offset."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        """The keyword in capitals; empty for every other token."""
        return self.text.upper() if self.kind == "word" else ""


CORRECT = "Correct the query at this place."


class Source:
    """A query's text after decoding, with the way back to places in the text as it came."""

    def __init__(self, raw: str) -> None:
        self.raw = raw = raw.removeprefix("\ufeff")
        self.text = raw
        self._decoded: list[int] = [0]  # offsets in `text` from which on …
        self._raw: list[int] = [0]  # … these offsets of `raw` are meant
        if "\\" in raw:
            self.text = self._decode(raw)

    def _decode(self, raw: str) -> str:
        parts: list[str] = []
        length = done = 0
        for match in _OUTSIDE.finditer(raw):
            if match["escape"] is None:
                continue
            parts += [raw[done : match.start()], _character(match["escape"])]
            length += len(parts[-2]) + 1
            done = match.end()
            self._decoded.append(length)
            self._raw.append(done)
        return "".join([*parts, raw[done:]])

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset of the decoded text, in the text as it came."""
        index = bisect_right(self._decoded, offset) - 1
        offset = min(self._raw[index] + offset - self._decoded[index], len(self.raw))
        before = self.raw[:offset].replace("\r\n", " \n").replace("\r", "\n")
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1

    def refuse(self, message: str, offset: int, remedy: str = CORRECT) -> NoReturn:
        raise QueryRefused(message, *self.place(offset), remedy=remedy)


def cut(source: Source) -> Iterator[Token]:
    """The tokens of a text, without spaces and comments.

    Raises:
        QueryRefused: at the first character that begins no token.
    """
    text, at = source.text, 0
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if start > at:
            break
        at = end
        if match.lastgroup == "broken":
            wrong = next(n for n in range(start + 1, end) if text[n] in _FORBIDDEN)
            shown = "space" if text[wrong] == " " else f"“{text[wrong]}”"
            remedy = f"Leave it out, or write {quote(text[wrong])}."
            source.refuse(f"An IRI holds no {shown}.", wrong, remedy)
        if match.lastgroup != "space":
            yield Token(match.lastgroup or "", match[0], start)
    if at < len(text):
        if text[at] in "\"'":
            source.refuse("This string does not end, or has an unknown escape in it.", at)
        source.refuse(f"“{text[at]}” cannot stand here.", at)


def unescape(text: str) -> str:
    r"""`text` with its `\u` escapes decoded."""
    return ESCAPE.sub(lambda match: _character(match[0]), text)


def _character(escape: str) -> str:
    code = int(escape[2:], 16)
    # Half a surrogate pair is no character; the escape stays, and no token begins with it.
    return escape if 0xD800 <= code <= 0xDFFF or code > 0x10FFFF else chr(code)
