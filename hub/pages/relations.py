"""How the ties of the model read on a page.

A membership, an involvement, a targeting, an opening or a figure is a thing of its own in the data,
so that it can have dates, a role and a source. On the page of an organisation nobody wants to read
of such a thing, but of what stands at its other end. `READINGS` says for each property that leads
from such a thing to the page's subject: under which heading it goes, and where the other end is.
The tables stand in `relations.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from hub.vocabulary import expand


@dataclass(frozen=True, slots=True)
class Reading:
    """How a tie reads from one of its ends.

    Attributes:
        title: the heading on the page of this end.
        ends: properties that lead on to what the fact is about, the first that is there.
        details: properties shown beside it, each with its label; without one, only the value.
    """

    title: str
    ends: tuple[str, ...]
    details: Mapping[str, str]


def expand_all(text: str) -> tuple[str, ...]:
    """The IRIs of shortened names, separated by blanks."""
    return tuple(expand(name) for name in text.split())


def _expand_keys(table: Mapping[str, Any]) -> dict[str, Any]:
    return {expand(name): value for name, value in table.items()}


_TABLES = tomllib.loads(files("hub.pages").joinpath("relations.toml").read_text("utf-8"))
READINGS = {
    name: Reading(
        entry["title"], expand_all(entry.get("ends", "")), _expand_keys(entry.get("details", {}))
    )
    for name, entry in _expand_keys(_TABLES["readings"]).items()
}
FORWARD: dict[str, str] = _expand_keys(_TABLES["forward"])
INVERSE: dict[str, str] = _expand_keys(_TABLES["inverse"])
IN_MARKET_KINDS: dict[str, str] = _TABLES["market"]
HIDDEN, FIRST, COVERED = (
    expand_all(_TABLES["properties"][name]) for name in ("hidden", "first", "covered")
)
# The order of the groups on a page; others follow.
_TITLES = [reading.title for reading in READINGS.values() if reading.title != "Identity"]
ORDER = list(
    dict.fromkeys((*_TITLES, *IN_MARKET_KINDS.values(), *FORWARD.values(), *INVERSE.values()))
)
