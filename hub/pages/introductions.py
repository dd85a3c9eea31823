"""The pages of introductions and of entry points: ways in words, each with its picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.pages.chain import Chain, draw_chain
from hub.pages.evidence import Evidence
from hub.pages.parts import Link, page_of
from hub.pages.reader import Reader
from hub.pages.things import country_code
from hub.pages.world import Map, draw_map
from hub.paths.doors import ToldPoint, ToldPoints
from hub.paths.introductions import Terms, find_entry_points, introduce_parties
from hub.paths.words import ToldWay, ToldWays
from hub.terms import iri


@dataclass(frozen=True)
class PicturedWay:
    """A way in words and as a picture."""

    way: ToldWay
    chain: Chain


@dataclass(frozen=True)
class IntroductionPage:
    """The ways between two parties, best first; where there is none, the nearest."""

    told: ToldWays
    ways: tuple[PicturedWay, ...]
    near: tuple[PicturedWay, ...]

    def table(self) -> Iterator[list[object]]:
        """One row per step and piece of evidence, with a header."""
        yield ["way", "score", "step", "from", "to", "strength", "evidence", "when", "sources"]
        for number, pictured in enumerate(self.ways, 1):
            for at, step in enumerate(pictured.way.steps, 1):
                ends = [step.source_label, step.target_label, round(step.strength, 4)]
                for told in step.evidence:
                    cited = "; ".join(map(str, told.citations))
                    row = [number, round(pictured.way.score, 5), at, *ends]
                    yield [*row, told.sentence, told.when, cited]


@dataclass(frozen=True)
class RankedPoint:
    """An entry point with its page and, where a way to it is known, the picture of the way."""

    point: ToldPoint
    link: Link
    way: PicturedWay | None


@dataclass(frozen=True)
class EntryPointsPage:
    """The doors into a market, best first, and a map of the market and of who asks."""

    told: ToldPoints
    points: tuple[RankedPoint, ...]
    market: Link
    map: Map | None

    def table(self) -> Iterator[list[object]]:
        """One row per entry point, best first, with a header."""
        yield ["rank", "entry_point", "iri", "opens_by", "score", "way"]
        for number, ranked in enumerate(self.points, 1):
            point = ranked.point
            kinds = ", ".join(dict.fromkeys(offer.kind for offer in point.offers))
            way = point.way.summary if point.way else ""
            yield [number, point.label, point.iri, kinds, round(point.score, 5), way]


def introduce(reader: Reader, start: str, target: str, terms: Terms) -> IntroductionPage:
    """Ways from `start` to `target` (names or IRIs). Raises as `introduce_parties` does."""
    told = introduce_parties(reader.hub, start, target, terms, reader.viewer)
    return IntroductionPage(
        told,
        tuple(_picture(way, reader.base) for way in told.ways),
        tuple(_picture(way, reader.base) for way in told.near),
    )


def rank(reader: Reader, start: str, market: str, terms: Terms, limit: int) -> EntryPointsPage:
    """Entry points into `market` for `start`. Raises as `find_entry_points` does."""
    told = find_entry_points(reader.hub, start, market, terms, reader.viewer, limit)
    points = tuple(
        RankedPoint(
            point,
            Link(point.iri, point.label, page_of(point.iri, reader.base)),
            _picture(point.way, reader.base) if point.way else None,
        )
        for point in told.entry_points
    )
    covered = reader.select("places-of", thing=[iri(told.market), iri(told.start)])
    evidence = Evidence(reader, {told.market, *(row["place"].value for row in covered)})
    lit = [
        (code, evidence.link(row["place"].value))
        for row in covered
        if (code := country_code(row["place"].value, reader.base))
    ]
    return EntryPointsPage(told, points, evidence.link(told.market), draw_map(lit))


def _picture(way: ToldWay, base: str) -> PicturedWay:
    return PicturedWay(way, draw_chain(way, base))
