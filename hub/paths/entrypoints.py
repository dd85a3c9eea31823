"""Entry points: who opens a market for a company, and the best way to each.

An entry point is, in this order of trust: what a source says opens the market (`mc:Opening`), a
party to an agreement for the market that is not known to sit elsewhere, an expert who comes from
there, an organisation that sits there. Turned round, for a company of the market that looks for a
way in the other direction: the organisations that work on that market.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from hub.errors import Invalid
from hub.paths.atlas import Atlas, Way
from hub.paths.evidence import Sort, concept_key
from hub.paths.ledger import Citation, Ledger, SelectVisible, ToldStep, ToldWay, show_day
from hub.paths.search import Clock, Cut, reach
from hub.paths.strength import show_strength
from hub.paths.ties import TieGraph
from hub.paths.ways import MOST_HOPS, SECONDS
from hub.paths.words import tell_way
from hub.terms import Term
from hub.vocabulary import NAMESPACES

MOST_POINTS = 500
_PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in NAMESPACES.items())
_SITS = "mc:country|mc:region|mc:city|(org:postIn/(mc:country|mc:region|mc:city))"
_MARKETS = """SELECT DISTINCT ?m WHERE {
  { ?m skos:broader* ?market } UNION
  { ?market skos:broader ?m . ?m mc:marketPlace ?place . ?market mc:marketPlace ?place }
}"""
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
_LOCALS = f"""SELECT DISTINCT ?party WHERE {{
  ?m mc:marketPlace ?place . ?inner mc:within* ?place . ?party {_SITS} ?inner
}}"""
_SEEKERS = f"""SELECT DISTINCT ?party ?because WHERE {{
  {{ ?because mc:targetMarket ?m ; mc:targetedBy ?party }}
  UNION {{ ?because mc:inMarket ?m . ?node mc:involvedIn ?because ; mc:involves ?party }}
  ?m mc:marketPlace ?place .
  FILTER NOT EXISTS {{ ?party {_SITS} ?seat . ?seat mc:within* ?place }}
}}"""
_SECTORS = (
    "SELECT DISTINCT ?party WHERE { ?market mc:marketSector ?sector . ?party mc:activeIn ?sector }"
)


@dataclass(frozen=True)
class Offer:
    """What an entry point offers: the kind of door, its weight, and the record that says so."""

    kind: str
    weight: float
    because: str = ""


@dataclass(frozen=True)
class EntryPoint:
    """A door into the market.

    Attributes:
        score: weight of the best offer times the score of the way; 0 where no way is known.
        sector: whether it is known to work in the sector of the market.
    """

    iri: str
    offers: tuple[Offer, ...]
    sector: bool
    score: float
    way: Way | None

    def as_dict(self) -> dict[str, Any]:
        """The entry point as JSON shows it."""
        offers = [asdict(offer) for offer in self.offers]
        way = self.way.as_dict() if self.way else None
        return asdict(replace(self, way=None)) | {"offers": offers, "way": way}


@dataclass(frozen=True)
class EntryPoints:
    """The ranked doors, best first; those without a known way stand last."""

    start: str
    market: str
    as_of: date
    inward: bool
    points: tuple[EntryPoint, ...]
    found: int
    cut: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON shows it."""
        return {
            "from": self.start,
            "market": self.market,
            "as_of": self.as_of.isoformat(),
            "inward": self.inward,
            "found": self.found,
            "cut": self.cut,
            "points": [point.as_dict() for point in self.points],
        }


@dataclass(frozen=True)
class ToldOffer:
    """What an entry point offers, in words, and who says so."""

    kind: str
    because: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class ToldPoint:
    """An entry point in words."""

    iri: str
    label: str
    score: float
    offers: tuple[ToldOffer, ...]
    arithmetic: str
    way: ToldWay | None


@dataclass(frozen=True)
class ToldPoints:
    """The ranked entry points in words; `found` counts those beyond the limit too."""

    title: str
    start: str
    market: str
    entry_points: tuple[ToldPoint, ...]
    found: int
    cut: bool

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON shows it."""
        return asdict(self)


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
    inward: bool = False,
    seconds: float = SECONDS,
) -> EntryPoints:
    """The best doors into a market for `start_iri`, each with the surest way to it.

    Args:
        market_iri: an `mc:Market`; narrower markets count, and the broader one of the same place.
        limit: how many to give; `found` says how many there are.
        inward: the other direction: a company of that market looks for those who work on it.

    Raises:
        Invalid: an option is out of range.
    """
    for value, most, what in ((hops, MOST_HOPS, "steps"), (limit, MOST_POINTS, "entry points")):
        if not 1 <= value <= most:
            raise Invalid(f"{value} {what} cannot be asked for.", remedy=f"Ask for 1 to {most}.")
    atlas = Atlas(graph.view(graphs, as_of, kinds), frozenset(avoid), clock=Clock(seconds))
    view = atlas.view
    offers = _find_offers(atlas, select_visible, market_iri, inward)
    for iri in {start_iri, market_iri, *avoid}:
        offers.pop(iri, None)
    in_sector = {
        row["party"].value for row in select_visible(_PREFIXES + _SECTORS, market=_term(market_iri))
    }
    start = view.find(start_iri)
    # What opens a market may be an occasion: then the way leads to those who take part in it.
    numbers = {
        iri: view.takers(iri) if number is None else [number]
        for iri in offers
        for number in (view.find(iri),)
    }
    wanted = {number for several in numbers.values() for number in several}
    cut = False
    try:
        paths = reach(atlas.walk, start, hops, wanted) if start is not None else {}
    except Cut:
        paths, cut = {}, True
    points = []
    for iri, found in offers.items():
        best = max(offer.weight for offer in found)
        ways = [paths[number] for number in numbers[iri] if number in paths]
        path = max(ways, key=atlas.score, default=None)
        score = best * atlas.score(path) if path else 0.0
        points.append((-score, -best, iri, path))
    points.sort(key=lambda point: point[:3])
    chosen = tuple(
        EntryPoint(
            iri,
            tuple(sorted(offers[iri], key=lambda offer: -offer.weight)),
            iri in in_sector,
            -score,
            atlas.way(path) if path else None,
        )
        for score, _, iri, path in points[:limit]
    )
    return EntryPoints(start_iri, market_iri, as_of, inward, chosen, len(points), cut)


def _find_offers(
    atlas: Atlas, select: SelectVisible, market: str, inward: bool
) -> dict[str, list[Offer]]:
    """What each candidate offers, from the visible graphs alone."""
    rows = select(_PREFIXES + _MARKETS, market=_term(market))
    markets = sorted({row["m"].value for row in rows} | {market})
    terms = [_term(iri) for iri in markets]
    weights = atlas.view.graph.table.entries
    offers: dict[str, list[Offer]] = defaultdict(list)

    def offer(row: Mapping[str, Term], kind: str) -> None:
        because = row["because"].value if "because" in row else ""
        made = Offer(kind, weights.get(kind, 0.5), because)
        if made not in offers[row["party"].value]:
            offers[row["party"].value].append(made)

    if inward:
        for row in select(_PREFIXES + _SEEKERS, m=terms):
            offer(row, "targets-from")
        return offers
    for row in select(_PREFIXES + _OPENERS, m=terms):
        offer(row, concept_key(row["kind"].value).rpartition("/")[2])
    for row in select(_PREFIXES + _SIGNATORIES, m=terms):
        offer(row, "agreement-party")
    for row in select(_PREFIXES + _LOCALS, m=terms):
        # Places and posts sit in a country too: only who has a visible tie counts, and no post.
        number = atlas.view.find(row["party"].value)
        sort = None if number is None else atlas.view.sort[number]
        if sort not in (None, Sort.POST) and row["party"].value not in offers:
            offer(row, "from-there" if sort == Sort.PERSON else "located")
    return offers


def describe_entry_points(points: EntryPoints, select_visible: SelectVisible) -> ToldPoints:
    """Entry points in sentences, in their order; see `hub.paths.words.describe`."""
    ways = [point.way for point in points.points if point.way]
    concept = f"{points.market.partition('/market/')[0]}/concept/entry-point/"
    offers = {offer for point in points.points for offer in point.offers}
    others = {concept + offer.kind for offer in offers} | {offer.because for offer in offers}
    parties = [points.start, points.market, *(point.iri for point in points.points)]
    ledger = Ledger.read(ways, parties, select_visible, others - {""})
    name = ledger.name
    told = []
    for point in points.points:
        told_offers = tuple(
            ToldOffer(name(concept + offer.kind), offer.because, ledger.cite([offer.because]))
            for offer in point.offers
        )
        best = max(offer.weight for offer in point.offers)
        arithmetic = (
            f"{show_strength(point.score)} = {best:.2f} for what it opens × "
            f"{show_strength(point.way.score)} for the way"
            if point.way
            else f"no way from {name(points.start)} is known"
        )
        way = ledger.tell_way(point.way) if point.way else None
        told.append(
            ToldPoint(point.iri, name(point.iri), point.score, told_offers, arithmetic, way)
        )
    into = "from" if points.inward else "into"
    title = f"Entry points {into} {name(points.market)} for {name(points.start)}, "
    title += f"{show_day(points.as_of)}: {points.found or 'none known'}"
    return ToldPoints(title, points.start, points.market, tuple(told), points.found, points.cut)


def tell_entry_points(told: ToldPoints) -> str:
    """The answer as plain text, for a terminal."""
    parts = [told.title]
    steps: dict[ToldStep, int] = {}
    for number, point in enumerate(told.entry_points, 1):
        kinds = ", ".join(dict.fromkeys(offer.kind for offer in point.offers))
        parts.append(f"\n{number}. {point.label} ({kinds}): {point.arithmetic}")
        cited = dict.fromkeys(c for offer in point.offers for c in offer.citations)
        parts += [f"     {citation}" for citation in cited]
        if point.way:
            parts.append(f"   {tell_way(point.way, steps)}")
            steps |= {step: number for step in point.way.steps if step not in steps}
    if told.cut:
        parts.append("\nThe search took too long and was cut; ways may be missing.")
    return "\n".join(parts)


def _term(iri: str) -> Term:
    return Term("iri", iri)
