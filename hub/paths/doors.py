"""Entry points in sentences: what each door offers, who says so, and the way to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from hub.paths.entrypoints import EntryPoints
from hub.paths.facts import Citation, Facts, SelectVisible, show_day
from hub.paths.sentences import Sentences, ToldStep, ToldWay
from hub.paths.strength import round_strength, show_strength
from hub.paths.words import describe, tell_way


@dataclass(frozen=True)
class ToldOffer:
    """What an entry point offers, in words, when it was last known to, and who says so."""

    kind: str
    known: str
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
    as_of: date
    entry_points: tuple[ToldPoint, ...]
    found: int
    cut: bool
    gap: tuple[str, ...] = ()
    adjusted: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON shows it, under the names of the parameters."""
        told = asdict(self)
        return {"from": told.pop("start")} | told | {"as_of": self.as_of.isoformat()}


def describe_entry_points(points: EntryPoints, select_visible: SelectVisible) -> ToldPoints:
    """Entry points in sentences, in their order; see `hub.paths.words.describe`."""
    ways = [point.way for point in points.points if point.way]
    concept = f"{points.market.rsplit('/', 2)[0]}/concept/entry-point/"
    offers = {offer for point in points.points for offer in point.offers}
    others = {concept + offer.kind for offer in offers} | {offer.because for offer in offers}
    ways += [hope.way for hope in points.hopes if hope.way]
    others |= {iri for hope in points.hopes for iri in (hope.iri, hope.because, hope.status)}
    parties = [
        points.start,
        points.market,
        *points.require,
        *(point.iri for point in points.points),
    ]
    if sector := points.sector:
        others |= {sector.iri, sector.wider}
    facts = Facts.read(ways, parties, select_visible, others - {""})
    name, tell = facts.name, Sentences(facts, points.as_of).tell_way
    unknown = ""
    if sector:
        place = f"for {name(sector.wider)}" if sector.wider else "for the place"
        unknown = f" {place}; for {name(sector.iri)} nothing is known, so it counts less"
    told = []
    for point in points.points:
        told_offers = tuple(
            ToldOffer(
                name(concept + offer.kind)
                + (unknown if offer.wider else "")
                + (f", an occasion that passed in {offer.passed:%B %Y}" if offer.passed else ""),
                str(offer.held.year) if offer.held else "",
                offer.because,
                facts.cite([offer.because]),
            )
            for offer in point.offers
        )
        best = max(offer.weight for offer in point.offers)
        arithmetic = (
            f"{show_strength(point.score)} = {show_strength(best)} for what it opens × "
            f"{show_strength(point.way.score)} for the way"
            if point.way
            else f"no way from {name(points.start)} is known"
        )
        way = tell(point.way) if point.way else None
        told.append(
            ToldPoint(
                point.iri,
                name(point.iri),
                round_strength(point.score),
                told_offers,
                arithmetic,
                way,
            )
        )
    into = "from" if points.inward else "into"
    title = f"Entry points {into} {name(points.market)} for {name(points.start)}, "
    title += f"{show_day(points.as_of)}: {points.found or 'none known'}"
    gap = tuple(dict.fromkeys(_tell_hopes(points, facts)))
    gap += describe(points.lack, select_visible).gap if points.lack else ()
    return ToldPoints(
        title,
        points.start,
        points.market,
        points.as_of,
        tuple(told),
        points.found,
        points.cut,
        gap,
        points.adjusted,
    )


def _tell_hopes(points: EntryPoints, facts: Facts) -> Iterable[str]:
    """Where no door can be reached: what is known all the same, and which tie is missing."""
    if points.cut or any(point.way and not point.passed for point in points.points):
        return
    name = facts.name
    start, market = name(points.start), name(points.market)
    if not points.points:
        yield f"Nobody is known who opens {market}, sits there or has an agreement about it."
    elif points.require:
        yield f"No entry point is reached through {' and '.join(map(name, points.require))}."
    if points.later:
        day = show_day(points.as_of).removeprefix("on ")
        yield f"On a later day there is a way to a door: the evidence comes after {day}."
    if points.require:
        return
    if not points.hopes:
        yield f"Nobody is known to work on {market}."
    for hope in points.hopes:
        status = f" ({name(hope.status)})" if hope.status else ""
        cited = "; ".join(map(str, facts.cite([hope.because])))
        yield f"{name(hope.iri)} works on {market}{status}{f': {cited}' if cited else '.'}"
    nearest = points.hopes[0] if points.hopes else None
    if nearest and nearest.way:
        chain = " → ".join(map(name, nearest.way.parties))
        strength = show_strength(nearest.way.score)
        yield f"The nearest that {start} can reach: {chain} (strength {strength})."
    if points.lack:
        return
    near = name(nearest.iri) if nearest and nearest.way else start
    far = " or ".join(name(point.iri) for point in points.points[:3] if not point.passed)
    yield f"What is missing: a tie between {near} and {far or f'anybody in {market}'}."


def tell_entry_points(told: ToldPoints) -> str:
    """The answer as plain text, for a terminal."""
    parts = [told.title, *([told.adjusted] if told.adjusted else []), *told.gap]
    steps: dict[ToldStep, int] = {}
    for number, point in enumerate(told.entry_points, 1):
        kinds = "; ".join(dict.fromkeys(map(_show_offer, point.offers)))
        parts.append(f"\n{number}. {point.label} ({kinds}): {point.arithmetic}")
        cited = dict.fromkeys(c for offer in point.offers for c in offer.citations)
        parts += [f"     {citation}" for citation in cited]
        if point.way:
            parts.append(f"   {tell_way(point.way, steps)}")
            steps |= {step: number for step in point.way.steps if step not in steps}
    if told.cut:
        parts.append("\nThe search took too long and was cut; ways may be missing.")
    return "\n".join(parts)


def _show_offer(offer: ToldOffer) -> str:
    return f"{offer.kind}, last known {offer.known}" if offer.known else f"{offer.kind}, not dated"
