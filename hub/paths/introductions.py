"""The two questions as people put them, by names: who can introduce A to B; who opens market M.

Here names become things, and the open hub supplies the generation, the graphs that the viewer sees
and the words; the answers themselves are made in `ways` and `entrypoints`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.access import Viewer
from hub.errors import Invalid, NotFound
from hub.paths.doors import ToldPoints, describe_entry_points
from hub.paths.entrypoints import NEAREST_MARKET, rank_entry_points
from hub.paths.evidence import parse_date
from hub.paths.facts import SelectVisible
from hub.paths.graph import TieGraph
from hub.paths.strength import FIGURES, Adjustment
from hub.paths.ties import EPOCH
from hub.paths.ways import MOST_WAYS, Ways, find_ways
from hub.paths.words import ToldWays, describe
from hub.requests.ledger import count_requests
from hub.search import Hit
from hub.terms import Term
from hub.vocabulary import expand

if TYPE_CHECKING:
    from hub.hub import Hub

PARTIES = ("org:Organization", "foaf:Person", "org:Post")


@dataclass(frozen=True)
class Terms:
    """The rules of a question; names or IRIs in `avoid` and `require`.

    `way` is the identifier of the one way wanted; empty for the `k` best.
    """

    as_of: date
    hops: int = 5
    k: int = 3
    kinds: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    lens: str = "surest"
    way: str = ""
    adjusted: tuple[Adjustment, ...] = ()


def read_adjustments(texts: Mapping[str, Iterable[str]]) -> tuple[Adjustment, ...]:
    """Figures of the table that a question sets otherwise, by the names in `FIGURES`.

    Raises Invalid for what is no `kind=number`.
    """
    return tuple(Adjustment.read(name, text) for name in FIGURES for text in texts.get(name, ()))


def read_date(text: str) -> date:
    """A day from `2016-07-01`; a month or a year means its last day. Raises Invalid."""
    span = parse_date(text)
    if not span:
        raise Invalid(f"“{text}” is no date.", remedy="Write 2016, 2016-07 or 2016-07-01.")
    return date.fromordinal(EPOCH + span[1])


def is_market(hub: Hub, text: str, viewer: Viewer) -> bool:
    """Whether `text` means a market: then who opens it is the answer. Raises as `Hub.find` does."""
    found = find_market(hub, text, viewer, PARTIES)
    return not {expand("mc:Market"), expand("mc:Place")}.isdisjoint(found.types)


def find_market(hub: Hub, text: str, viewer: Viewer, others: Iterable[str] = ()) -> Hit:
    """What `text` means: a market or a thing of `others`; else a place, which may have no market.

    Raises as `Hub.find` does.
    """
    try:
        return hub.find(text, viewer, (*others, "mc:Market"))
    except NotFound as error:
        with suppress(NotFound):
            return hub.find(text, viewer, ("mc:Place",))
        raise error


def introduce_parties(hub: Hub, start: str, target: str, terms: Terms, viewer: Viewer) -> ToldWays:
    """Ways from one party to another in words.

    Raises as `Hub.find` and `find_ways` do, and NotFound where there is no such way as `terms.way`.
    """
    ends = [hub.find(name, viewer, PARTIES) for name in (start, target)]
    ties, rules = open_ties(hub.generation.ties), read_rules(hub, terms, viewer)
    for name in terms.avoid:
        one = hub.find(name, viewer, PARTIES)
        if one.iri in {*rules["require"], *(end.iri for end in ends)}:
            raise Invalid(
                f"{one.label} is both needed and to be avoided.",
                remedy="Avoid another, or do not ask for it.",
            )
    ties = ties.weighed(terms.adjusted)
    search = partial(find_ways, ties, ends[0].iri, ends[1].iri, **rules)
    ways = search(k=terms.k)
    if terms.way:
        # What came since may have pushed it down the list.
        ways = choose_way(ways, terms.way) or choose_way(search(k=MOST_WAYS), terms.way) or ways
        if ways.ways and ways.ways[0].key != terms.way:
            raise NotFound(
                f"The way “{terms.way[:40]}” is not among those found now.",
                remedy="What it rested on has gone, or others are better: ask for the ways anew.",
            )
    return describe(ways, seen_by(hub, viewer))


def read_rules(hub: Hub, terms: Terms, viewer: Viewer) -> dict[str, Any]:
    """The rules as `find_ways` and `rank_entry_points` take them. Raises as `Hub.find` does."""
    named = {"avoid": terms.avoid, "require": terms.require}
    return {
        "graphs": hub.graphs(viewer),
        "as_of": terms.as_of,
        "hops": terms.hops,
        "kinds": terms.kinds,
        "lens": terms.lens,
        "load": find_load(hub, viewer, terms.as_of),
    } | {rule: [hub.find(name, viewer, PARTIES).iri for name in named[rule]] for rule in named}


def find_load(hub: Hub, viewer: Viewer, as_of: date) -> dict[str, int]:
    """How often parties were asked for introductions lately, as far as `viewer` sees the ledger."""
    counted = count_requests(hub.settings.data, viewer, as_of)
    load: dict[str, int] = {}
    for iri, times in counted.items():
        now = hub.canonical(iri, viewer)
        load[now] = load.get(now, 0) + times
    return load


def choose_way(ways: Ways, key: str) -> Ways | None:
    """The answer with only the way of that identifier; None where it has none such."""
    chosen = tuple(way for way in ways.ways if way.key == key)
    return replace(ways, ways=chosen) if chosen else None


def find_entry_points(
    hub: Hub,
    start: str,
    market: str,
    terms: Terms,
    viewer: Viewer,
    limit: int = 10,
    *,
    inward: bool = False,
) -> ToldPoints:
    """Ranked entry points into a market in words; `inward`, for a company of the market, those out
    of it. Where a place has no market, who sits there counts, and what is missing is told.

    Raises as `Hub.find` and `rank_entry_points` do.
    """
    select, found = seen_by(hub, viewer), find_market(hub, market, viewer)
    points = rank_entry_points(
        open_ties(hub.generation.ties).weighed(terms.adjusted),
        select,
        hub.find(start, viewer, PARTIES).iri,
        found.iri,
        limit=limit,
        inward=inward,
        **read_rules(hub, terms, viewer),
    )
    told = describe_entry_points(points, select)
    if expand("mc:Market") in found.types:
        return told
    place, wider = found.label, "None around it is known either"
    for row in select(NEAREST_MARKET, market=Term("iri", found.iri)):
        if row["place"].value == found.iri:
            return told
        for near in hub.describe([row["m"].value], viewer).values():
            wider = f"The nearest around it is {near.label}"
    lead = f"No market is known in {place}. {wider}; all are at /markets and in hub ask markets."
    lack = f"What is missing: a source that records a market of {place}, and who opens it."
    return replace(told, gap=(lead, *told.gap, lack))


def seen_by(hub: Hub, viewer: Viewer) -> SelectVisible:
    """Queries as `viewer` may ask them."""

    def select(query: str, **bindings: Term | list[Term]) -> list[dict[str, Term]]:
        return hub.select(query, viewer, bindings)

    return select


@lru_cache(maxsize=4)
def open_ties(folder: Path) -> TieGraph:
    """The ties of a generation, opened once; a generation is never written again."""
    return TieGraph.open(folder)
