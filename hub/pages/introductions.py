"""Introductions and entry points as tables, and the map that goes with entry points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from hub.pages.evidence import Evidence
from hub.pages.parts import Link
from hub.pages.reader import Reader
from hub.pages.things import country_code
from hub.pages.world import Map, draw_map
from hub.paths.doors import ToldPoints
from hub.paths.introductions import Terms, find_entry_points
from hub.paths.words import ToldWay, ToldWays
from hub.terms import iri


@dataclass(frozen=True)
class EntryPointsPage:
    """The doors into a market, best first, and a map of the market and of who asks."""

    told: ToldPoints
    market: Link
    map: Map | None


def rank(reader: Reader, start: str, market: str, terms: Terms, limit: int) -> EntryPointsPage:
    """Entry points into `market` for `start`. Raises as `find_entry_points` does."""
    told = find_entry_points(reader.hub, start, market, terms, reader.viewer, limit)
    covered = reader.select("places-of", thing=[iri(told.market), iri(told.start)])
    evidence = Evidence(reader, {told.market, *(row["place"].value for row in covered)})
    lit = [
        (code, evidence.link(row["place"].value))
        for row in covered
        if (code := country_code(row["place"].value, reader.base))
    ]
    return EntryPointsPage(told, evidence.link(told.market), draw_map(lit))


def link_way(question: Mapping[str, Any], way: ToldWay) -> str:
    """The address of one way alone: the question as it was understood, and the identifier."""
    lists = ("avoid", "kinds", "require")
    asked = {name: question[name] for name in ("from", "to", "as_of", "hops", "k", "lens")}
    asked |= {name: ";".join(question[name]) for name in lists if question[name]}
    return f"/introductions?{urlencode(asked | {'way': way.key})}"


def tabulate_ways(told: ToldWays) -> Iterator[list[object]]:
    """One row per step and piece of evidence, with a header."""
    header = "way identifier score step from to strength evidence when sources"
    yield list(header.split())
    for number, way in enumerate(told.ways, 1):
        for at, step in enumerate(way.steps, 1):
            ends = [step.source_label, step.target_label, round(step.strength, 4)]
            for piece in step.evidence:
                cited = "; ".join(map(str, piece.citations))
                row: list[object] = [number, way.key, round(way.score, 5), at, *ends]
                yield [*row, piece.sentence, piece.when, cited]


def tabulate_points(told: ToldPoints) -> Iterator[list[object]]:
    """One row per entry point, best first, with a header."""
    yield ["rank", "entry_point", "iri", "opens_by", "score", "way"]
    for number, point in enumerate(told.entry_points, 1):
        kinds = ", ".join(dict.fromkeys(offer.kind for offer in point.offers))
        way = point.way.summary if point.way else ""
        yield [number, point.label, point.iri, kinds, round(point.score, 5), way]
