"""The named parts of which pages are composed. A page is a frozen dataclass of these.

What a page shows is also there as JSON: `as_json` turns any of these into plain data, so that no
page says more to a browser than to a program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote, urlencode

from hub.paths.facts import show_date


@dataclass(frozen=True, slots=True)
class Link:
    """A thing by its name. `href` is where its page is, relative to the server's root."""

    iri: str
    label: str
    href: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A value that is no thing: text in its language, a number, a date as precise as was said."""

    value: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """Who says it: the source, the document and place in it, and its words.

    `derived` marks what nobody said and the hub worked out; it then has no source.
    """

    source: Link | None = None
    document: Link | None = None
    place: str = ""
    quote: Text | None = None
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Detail:
    """A named circumstance of a fact: role, market, status."""

    label: str
    values: tuple[Link | Text, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing said: its value, when it held, in which circumstances, and who says so.

    `when` is in words (`since 2010`, `2009 – 2012`); `ended` marks what is over. `about` is the
    statement's own page where it has one, such as a membership.
    """

    value: Link | Text
    when: str = ""
    ended: bool = False
    details: tuple[Detail, ...] = ()
    citations: tuple[Citation, ...] = ()
    about: Link | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Facts under one heading. `total` counts all, also those on the next page (`more`)."""

    title: str
    facts: tuple[Fact, ...]
    total: int
    more: str = ""


@dataclass(frozen=True, slots=True)
class Pager:
    """Where a long list stands: page `number` of `pages`, and the neighbours' addresses."""

    number: int
    pages: int
    previous: str = ""
    following: str = ""

    @classmethod
    def at(cls, number: int, pages: int, address: Callable[[int], str]) -> Pager:
        """Page `number`, whose neighbours have an `address` where there are such pages."""
        before, after = number - 1, number + 1
        return cls(
            number,
            max(1, pages),
            address(before) if 1 <= before <= pages else "",
            address(after) if after <= pages else "",
        )


def page_of(iri: str, base: str) -> str:
    """The address of the page of a thing: `/id/<kind>/<key>` under the base, else `/resource`.

    A `%` of the IRI is escaped too, so that the server, which decodes once, gets the IRI back.
    """
    local = iri.removeprefix(base)
    if local != iri and "/" in local and not set(local) & set("?#"):
        return "/id/" + quote(local, safe="/:@!$&'()*+,;=~")
    return "/resource?" + urlencode({"iri": iri})


def as_json(part: object) -> object:
    """Any page or part as plain JSON data; what is empty is left out of objects."""
    if is_dataclass(part) and not isinstance(part, type):
        named = ((field.name, getattr(part, field.name)) for field in fields(part))
        return {name: as_json(value) for name, value in named if value not in (None, "", ())}
    if isinstance(part, Mapping):
        return {str(key): as_json(value) for key, value in part.items()}
    if isinstance(part, str | int | float | bool) or part is None:
        return part
    if isinstance(part, Decimal):
        return float(part)
    if isinstance(part, date | datetime | Path):
        return str(part)
    if isinstance(part, Iterable):
        return [as_json(value) for value in part]
    raise TypeError(f"{part!r} has no place in a page.")


def period(start: str, end: str) -> str:
    """When something held, in words; dates may be years. An end that is missing is not known."""
    first, last = (show_date(text) for text in (start, end))
    if first and last:
        return first if first == last else f"{first} – {last}"
    return f"since {first}" if first else f"until {last}" if last else ""


def safe_cells(rows: Iterable[Iterable[object]]) -> Iterator[list[str]]:
    """Rows for a spreadsheet, which takes a cell that begins with = + - @ for a formula.

    Such texts get an apostrophe in front; numbers stay numbers.
    """
    for row in rows:
        yield [_safe_cell(cell) for cell in row]


def _safe_cell(cell: object) -> str:
    text = "" if cell is None else str(cell)
    if not text.lstrip().startswith(("=", "+", "-", "@")) and not text.startswith(("\t", "\r")):
        return text
    try:
        float(text)
    except ValueError:
        return "'" + text
    return text
