"""Drafts of requests for an introduction, in the reader's language, with the evidence in them.

The words stand in `phrases.toml`; names and titles stay as they are written.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from hub.errors import Invalid

JOIN = "\ue000"  # a space at which the word before it depends on what follows
GROUPED = 10_000  # numbers of more than four digits are grouped


@dataclass(frozen=True)
class Reason:
    """The best evidence of a step, as it was said.

    Attributes:
        kind: key of a kind of evidence; title: what the evidence is called, empty if nothing.
        begin, end: dates as precise as they were said (`2013`, `2013-05`), empty if they were not.
        stated: the year of the last document that states it, of what has no dates.
        lasts: a state, not something that happened once.
        sources: documents and the places in them.
    """

    one: str
    other: str
    kind: str
    title: str
    begin: str
    end: str
    lasts: bool
    stated: str
    participants: int
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Request:
    """What is asked of whom: to introduce `start` to `onward`, on the way to `target`.

    `first` is who is asked, `person` whether that is somebody, not an organisation.
    """

    start: str
    first: str
    person: bool
    onward: str
    target: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Draft:
    """A letter to be looked over, signed and sent."""

    language: str
    subject: str
    text: str


def list_languages() -> dict[str, str]:
    """The languages that drafts are written in: code → its own name."""
    return {code: words["name"] for code, words in _phrases()["languages"].items()}


def choose_language(wanted: Iterable[str]) -> str:
    """The first of the `wanted` tags (`ca`, `de-AT`, `fr_FR.UTF-8`) that drafts exist in; `en`."""
    known = list_languages()
    codes = (re.split(r"[-_.@]", tag.strip().lower())[0] for tag in wanted)
    return next((code for code in codes if code in known), "en")


def read_language(text: str) -> str:
    """A language that drafts are written in; an empty text stays empty. Raises Invalid else."""
    if text and text not in list_languages():
        raise Invalid(
            f"No drafts are written in “{text[:40]}”.",
            where="draft",
            remedy=f"Choose among: {', '.join(list_languages())}.",
        )
    return text


def write_draft(request: Request, language: str) -> Draft:
    """The request as a letter in one of `list_languages`."""
    words = _phrases()["languages"][language]
    names = {part: getattr(request, part) for part in ("start", "first", "onward", "target")}
    direct = request.first == request.target
    asked = [_fill(words, "direct" if direct else "ask", **names)]
    if request.onward != request.target and not direct:
        asked.append(_fill(words, "further", **names))
    text = "\n\n".join(
        (
            _fill(words, "person" if request.person else "organisation", **names),
            " ".join(asked),
            "\n".join((words["because"], *(_tell(words, language, r) for r in request.reasons))),
            words["close"],
            f"{words['regards']}\n{words['signature']}",
        )
    )
    return Draft(language, _fill(words, "subject", **names), text)


def _tell(words: Mapping[str, Any], language: str, reason: Reason) -> str:
    what = [_phrases()["kinds"][reason.kind][language]]
    if reason.title:
        what.append(_fill(words, "title", title=reason.title))
    if when := _tell_when(words, reason):
        what.append(when)
    if reason.participants > 2:
        count = f"{reason.participants:,}".replace(",", words["thousands"])
        count = count if reason.participants >= GROUPED else str(reason.participants)
        what.append(_fill(words, "participants", count=count))
    cited = f" ({'; '.join(reason.sources)})" if reason.sources else ""
    line = _fill(words, "tie", one=reason.one, other=reason.other, what=", ".join(what))
    return f"• {line}{cited}"


def _tell_when(words: Mapping[str, Any], reason: Reason) -> str:
    (begin, precise), (end, precise_end) = (_show(words, d) for d in (reason.begin, reason.end))
    if begin and end and begin != end:
        return f"{begin} – {end}"
    if begin and reason.lasts and not end:
        return _join(words, words["since"][precise], date=begin)
    if end and not begin:
        return _join(words, words["until"][precise_end], date=end)
    return begin or (_fill(words, "stated", date=reason.stated) if reason.stated else "")


def _show(words: Mapping[str, Any], said: str) -> tuple[str, int]:
    """A date in words, and how precise it is: 0 for a year, 1 for a month, 2 for a day."""
    match = re.match(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", said)
    if not match:
        return said, 0
    year, month, day = match.groups()
    if not month or not 1 <= int(month) <= 12:
        return year, 0
    named = words["months"].split()[int(month) - 1]
    if not day:
        return _fill(words, "month", month=named, year=year), 1
    number = words.get("first", "1") if day == "01" else str(int(day))
    return _fill(words, "day", day=number, month=named, year=year), 2


def _fill(words: Mapping[str, Any], phrase: str, **values: str) -> str:
    return _join(words, words[phrase], **values)


def _join(words: Mapping[str, Any], pattern: str, **values: str) -> str:
    """The phrase with the values in it, and its words joined as the language wants it."""
    text = pattern.replace("~", JOIN).format(**values)
    for before, after in words["joins"]:
        text = re.sub(before.replace("~", JOIN), after, text)
    return text.replace(JOIN, " ")


@cache
def _phrases() -> dict[str, Any]:
    text = files("hub.requests").joinpath("phrases.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
