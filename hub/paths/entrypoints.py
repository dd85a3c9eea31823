"""Entry points: who opens a market for a company, and the best way to each.

An entry point is, in this order of trust: what a source says opens the market (`mc:Opening`), a
party to an agreement for the market that is not known to sit elsewhere, an expert who comes from
there, an organisation that sits there. What says so ages like all evidence and counts from its own
day on; an event that is over is an occasion that has passed and stands last. In a market of one
sector, who is known to work in others alone is no door, and of whom no sector is known counts less.
Turned round, for a company of the market that looks for a way in the other direction: the
organisations elsewhere that work on that market.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from heapq import nsmallest
from itertools import chain
from math import inf, log
from types import MappingProxyType
from typing import Any

from hub.errors import Invalid
from hub.paths.atlas import Atlas, Way
from hub.paths.circles import rank_connectors
from hub.paths.facts import PREFIXES, SelectVisible
from hub.paths.graph import TieGraph
from hub.paths.search import Clock, Cut, Path, find_best, find_several, reach
from hub.paths.sectors import Sector, find_active, read_sector
from hub.paths.strength import concept_key
from hub.paths.ties import Sort
from hub.paths.ways import SECONDS, Asked, Ways, find_ways
from hub.terms import Term

MOST_POINTS = 500
_SITS = "mc:country|mc:region|mc:city|(org:postIn/(mc:country|mc:region|mc:city))"
_MARKETS = """SELECT DISTINCT ?m WHERE {
  { ?m skos:broader* ?market } UNION { ?m mc:marketPlace ?market } UNION
  { ?market skos:broader ?m . ?m mc:marketPlace ?place . ?market mc:marketPlace ?place }
}"""
# Of a place itself or else of those around it: the nearest has the most around itself.
NEAREST_MARKET = f"""{PREFIXES}SELECT ?m ?place (COUNT(?outer) AS ?around) WHERE {{
  ?market mc:within* ?place . ?m mc:marketPlace ?place OPTIONAL {{ ?place mc:within+ ?outer }}
}} GROUP BY ?m ?place ORDER BY DESC(?around) ?m LIMIT 1"""
_OPENERS = """SELECT DISTINCT ?party ?kind ?because WHERE {
  ?because mc:opensMarket ?m ; mc:opener ?party ; mc:openingKind ?kind
}"""
_SIGNATORIES = f"""SELECT DISTINCT ?party ?because WHERE {{
  ?because mc:inMarket ?m . ?node mc:involvedIn ?because ; mc:involves ?party .
  ?because a mc:Agreement . ?m mc:marketPlace ?place .
  FILTER NOT EXISTS {{
    ?party {_SITS} ?seat FILTER NOT EXISTS {{ ?seat mc:within* ?place }}
  }}
}}"""
# Twice as fast as `_SITS` and DISTINCT, where they are many; who is found twice counts once.
_LOCALS = """SELECT ?party WHERE {
  ?m mc:marketPlace? ?place . ?inner mc:within* ?place .
  { ?party mc:country|mc:region|mc:city ?inner }
  UNION { ?party org:postIn/(mc:country|mc:region|mc:city) ?inner }
}"""
_TARGETING = """SELECT DISTINCT ?party ?because ?status WHERE {
  ?because mc:targetMarket ?m ; mc:targetedBy ?party OPTIONAL { ?because mc:status ?status }
}"""
_SEEKERS = f"""SELECT DISTINCT ?party ?because WHERE {{
  {{ ?because mc:targetMarket ?m ; mc:targetedBy ?party }}
  UNION {{ ?because mc:inMarket ?m . ?node mc:involvedIn ?because ; mc:involves ?party }}
  ?m mc:marketPlace ?place .
  FILTER NOT EXISTS {{ ?party a foaf:Person }}
  FILTER NOT EXISTS {{ ?party {_SITS} ?seat . ?seat mc:within* ?place }}
}}"""


@dataclass(frozen=True)
class Offer:
    """What an entry point offers.

    Attributes:
        weight: that of its kind of door, times the decay of what says so, and less where `wider`.
        because: the record that says so; passed: the day on which an occasion was over.
        held: the last day on which it is known to have held, None where nothing is dated.
        wider: the market is of one sector, and nobody says in which the entry point works.
    """

    kind: str
    weight: float
    because: str = ""
    passed: date | None = None
    held: date | None = None
    wider: bool = False


@dataclass(frozen=True)
class EntryPoint:
    """A door into the market.

    Attributes:
        score: weight of the best offer times the score of the way; 0 where no way is known.
    """

    iri: str
    offers: tuple[Offer, ...]
    score: float
    way: Way | None

    @property
    def passed(self) -> bool:
        """Whether it is an occasion that is over, and no door."""
        return all(offer.passed for offer in self.offers)


@dataclass(frozen=True)
class Hope:
    """Who works on a market to which no way is known: the record, its status, the way to them."""

    iri: str
    because: str
    status: str
    way: Way | None


@dataclass(frozen=True)
class EntryPoints:
    """The ranked doors, best first; those without a known way, and what has passed, stand last.

    `hopes`: where no door can be reached, who works on the market, the nearest first; `lack`: why
    none of these can be reached either. `later`: whether a later day has a way to a door.
    `adjusted`: which figures are not the hub's own; `sector`: that to which the market is limited;
    `require`: what every way had to pass.
    """

    start: str
    market: str
    as_of: date
    inward: bool
    points: tuple[EntryPoint, ...]
    found: int
    cut: bool = False
    hopes: tuple[Hope, ...] = ()
    lack: Ways | None = None
    later: bool = False
    adjusted: str = ""
    sector: Sector | None = None
    require: tuple[str, ...] = ()


def rank_entry_points(
    graph: TieGraph,
    select_visible: SelectVisible,
    start_iri: str,
    market_iri: str,
    *,
    graphs: Iterable[str],
    as_of: date,
    hops: int = 5,
    limit: int = 20,
    kinds: Collection[str] = (),
    avoid: Collection[str] = (),
    require: Collection[str] = (),
    lens: str = "surest",
    inward: bool = False,
    load: Mapping[str, int] = MappingProxyType({}),
    seconds: float = SECONDS,
) -> EntryPoints:
    """The best doors into a market for `start_iri`, each with the surest way to it.

    Args:
        market_iri: an `mc:Market`; narrower markets count, and the broader one of the same place.
        limit: how many to give; `found` says how many there are.
        avoid, require, lens: for the way to each, as in `hub.paths.ways.find_ways`.
        inward: the other direction: a company of that market looks for those who work on it.

    Raises:
        Invalid: an option is out of range or contradictory.
    """
    if not 1 <= limit <= MOST_POINTS:
        message = f"{limit} entry points cannot be asked for."
        raise Invalid(message, remedy=f"Ask for 1 to {MOST_POINTS}.")
    require = tuple(sorted(set(require) - {start_iri}))
    Asked(start_iri, market_iri, as_of, hops, avoid=tuple(avoid), require=require, lens=lens)
    seen = tuple(graphs)
    view = graph.view(seen, as_of, kinds)
    atlas = Atlas(view, frozenset(avoid), lens, Clock(seconds), load)
    offers, numbers = find_offers(atlas, select_visible, market_iri, inward)
    for iri in {start_iri, market_iri, *avoid}:
        offers.pop(iri, None)
    start = view.find(start_iri)
    # What opens a market may be an occasion: then the way leads on through who took part in it.
    takers = view.takers([iri for iri in offers if numbers[iri] is None])
    ends: dict[str, Sequence[int]] = {}
    prizes: dict[int, float] = {}
    for iri, (best, *_) in offers.items():
        ends[iri] = takers.get(iri, ()) if (at := numbers[iri]) is None else (at,)
        for party in ends[iri]:
            prizes[party] = min(max(0.0, -log(best.weight or 1e-9)), prizes.get(party, inf))
    # An occasion counts less than who leads to it, so that no door is missed for it.
    most = limit + sum(map(len, takers.values()))
    paths: dict[int, Path] = {} if start is None or require else {start: (start,)}
    cut = False
    try:
        if start is not None and (require or lens == "circles"):
            for party in prizes:
                paths |= _pass(atlas, start, party, hops, require)
        elif start is not None:
            paths |= reach(atlas.walk, start, hops, prizes, most)
    except Cut:
        cut = True
    # Few are reached of many that might be; of the others, only those that are shown are looked at.
    points: list[tuple[EntryPoint, Path | None]] = []
    others = []
    for iri, found in offers.items():
        ways = [paths[party] for party in ends[iri] if party in paths]
        if not ways:
            others.append((all(offer.passed for offer in found), -found[0].weight, iri))
            continue
        occasion = iri if numbers[iri] is None else ""
        score, path = max((atlas.score_to(way, occasion), way) for way in ways)
        points.append((EntryPoint(iri, found, found[0].weight * score, None), path))
    points += [
        (EntryPoint(iri, offers[iri], 0.0, None), None) for _, _, iri in nsmallest(limit, others)
    ]
    points.sort(key=lambda pair: _rank(pair[0]))
    chosen = []
    for point, known in points[:limit]:
        lead = None
        if known:  # on through a party to an occasion, else to the door itself
            itself = numbers[point.iri] is not None
            lead = atlas.way(known) if itself else atlas.way_to_occasion(known, point.iri)
        chosen.append(replace(point, way=lead))
    hopes: tuple[Hope, ...] = ()
    later = False
    common: dict[str, Any] = {"graphs": seen, "hops": hops, "kinds": kinds, "avoid": avoid}
    common["seconds"] = seconds
    if not any(path and not point.passed for point, path in points) and not cut:
        if (last := graph.latest(seen)) > as_of:
            then = rank_entry_points(
                graph, select_visible, start_iri, market_iri, as_of=last, require=require,
                lens=lens, inward=inward, **common,
            )  # fmt: skip
            later = any(point.way and not point.passed for point in then.points)
        if not require:
            hopes = tuple(_find_hopes(atlas, select_visible, start, market_iri, hops))
    lack = None
    if hopes and not hopes[0].way and hopes[0].iri not in {start_iri, *avoid}:
        lack = find_ways(graph, start_iri, hopes[0].iri, as_of=as_of, **common)
    adjusted = graph.table.tell(graph.adjusted)
    return EntryPoints(
        start_iri, market_iri, as_of, inward, tuple(chosen), len(offers), cut, hopes, lack, later,
        adjusted, read_sector(select_visible, market_iri), require,
    )  # fmt: skip


def _rank(point: EntryPoint) -> tuple[bool, float, float, str]:
    return point.passed, -point.score, -point.offers[0].weight, point.iri


def _pass(
    atlas: Atlas, start: int, door: int, hops: int, require: Collection[str]
) -> dict[int, Path]:
    """The best way to a door through all that is required, or over those who know both ends."""
    through = [atlas.view.find(iri) for iri in require]
    passed = [number for number in through if number not in (None, door)]
    if None in through:
        return {}
    circles = [] if require or hops == 1 else rank_connectors(atlas, start, door)
    found = find_several(atlas.walk, start, door, hops, through=passed, toll=0.0)
    path = next(chain(circles, found), None)
    return {door: path} if path else {}


def _find_hopes(
    atlas: Atlas, select: SelectVisible, start: int | None, market: str, hops: int
) -> list[Hope]:
    """Who works on the market, and the best way there; those who can be reached first."""
    hopes = []
    rows = list(select(PREFIXES + _TARGETING, m=_markets(select, market)))
    ages = atlas.view.ages_of([row["because"].value for row in rows])
    for row in rows:
        age = ages.get(row["because"].value)
        number = atlas.view.find(row["party"].value)
        if age and not age.begun:
            continue
        both = start is not None and number is not None
        path = find_best(atlas.walk, start, number, hops) if both else None  # type: ignore[arg-type]
        status = row["status"].value if "status" in row else ""
        way = atlas.way(path) if path else None
        hopes.append(Hope(row["party"].value, row["because"].value, status, way))
    return sorted(hopes, key=lambda hope: (-(hope.way.score if hope.way else 0), hope.because))


def _markets(select: SelectVisible, market: str) -> list[Term]:
    """The market, narrower ones, and the broader one of the same place."""
    rows = select(PREFIXES + _MARKETS, market=Term("iri", market))
    return [Term("iri", iri) for iri in sorted({row["m"].value for row in rows} | {market})]


def find_offers(
    atlas: Atlas, select: SelectVisible, market: str, inward: bool
) -> tuple[dict[str, tuple[Offer, ...]], dict[str, int | None]]:
    """What each candidate offers, the best first, from the visible graphs alone; their numbers."""
    terms = _markets(select, market)
    weights, view = atlas.view.graph.table.entries, atlas.view
    offers: defaultdict[str, list[Offer]] = defaultdict(list)

    def read(query: str) -> list[Mapping[str, Term]]:
        return list(select(PREFIXES + query, m=terms))

    def offer(rows: Iterable[Mapping[str, Term]], kind: str = "") -> None:
        """Note what the parties of rows with the records that say so offer."""
        found = [
            (
                row["party"].value,
                row["because"].value,
                kind or concept_key(row["kind"].value).rpartition("/")[2],
            )
            for row in rows
        ]
        ages = view.ages_of([iri for party, because, _ in found for iri in (party, because)])
        for party, because, kind in found:
            weight, passed, held = weights.get(kind, 0.5), None, None
            # An occasion is as old as itself, anything else as old as the record that says so.
            occasion = ages.get(party)
            occasion = None if occasion and occasion.lasts else occasion
            if age := occasion or ages.get(because):
                if not age.begun:
                    continue
                weight, held = weight * age.decay, age.held
                passed = held if occasion and held and held < view.as_of else None
            made = Offer(kind, weight, because, passed, held)
            if made not in offers[party]:
                offers[party].append(made)

    if inward:
        offer(read(_SEEKERS), "targets-from")
    else:
        offer(read(_OPENERS))
        offer(read(_SIGNATORIES), "agreement-party")
    ranked = {
        party: tuple(sorted(found, key=lambda offer: -offer.weight))
        for party, found in offers.items()
    }
    numbers = dict(zip(ranked, view.find_all(ranked), strict=True))
    if not inward:
        # Places and posts sit in a country too: only who has a visible tie counts, and no post.
        kinds = dict.fromkeys(map(int, Sort), "located") | {int(Sort.PERSON): "from-there"}
        del kinds[int(Sort.POST)]
        # Sitting there has no age.
        seats = {sort: (Offer(kind, weights.get(kind, 0.5)),) for sort, kind in kinds.items()}
        sitting = [row["party"].value for row in read(_LOCALS) if row["party"].value not in ranked]
        for party, at in zip(sitting, view.find_all(sitting), strict=True):
            if at is not None and (found := seats.get(int(view.sort[at]))):
                ranked[party], numbers[party] = found, at
    if sector := read_sector(select, market):
        inside, outside = find_active(select, sector)
        for party in ranked.keys() & outside:
            del ranked[party]
        less = weights.get("wider-market", 0.5)
        for party in ranked.keys() - inside:
            ranked[party] = tuple(
                replace(offer, weight=offer.weight * less, wider=True) for offer in ranked[party]
            )
    return ranked, numbers
