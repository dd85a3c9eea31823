"""Introductions and entry points as tables, and the pictures that go with them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from hub.hub import describe_types, say_class
from hub.pages.evidence import Evidence
from hub.pages.parts import Detail, Link, as_json
from hub.pages.picture import Picture, draw_ways
from hub.pages.reader import Reader
from hub.pages.things import country_code
from hub.pages.world import Map, Route, draw_map
from hub.paths.doors import ToldPoints
from hub.paths.introductions import Terms, find_entry_points
from hub.paths.strength import FIGURES
from hub.paths.words import ToldWay, ToldWays
from hub.terms import Term, iri
from hub.vocabulary import shorten

OFFERED = {
    "org:holds": "held by",
    "mc:offersService": "offers",
    "mc:knowsAbout": "knows about",
    "mc:activeIn": "works in",
    "mc:speaks": "speaks",
}


@dataclass(frozen=True)
class EntryPointsPage:
    """The doors into a market, best first, with a map of where they and who asks are.

    Attributes:
        kinds: what each door is in one word; offered: what each has to offer; by its IRI.
        picture: the ways to all that can be reached.
    """

    told: ToldPoints
    market: Link
    map: Map | None
    picture: Picture | None
    kinds: Mapping[str, str]
    offered: Mapping[str, tuple[Detail, ...]]

    def as_dict(self) -> dict[str, object]:
        """The answer as JSON shows it, each door with what it is and has."""
        told = self.told.as_dict()
        for door in told["entry_points"]:
            door["kind"] = self.kinds.get(door["iri"], "")
            door["offered"] = as_json(self.offered.get(door["iri"], ()))
        return told


def rank(
    reader: Reader, start: str, market: str, terms: Terms, limit: int, *, inward: bool = False
) -> EntryPointsPage:
    """Entry points into `market` for `start`, or out of it. Raises as `find_entry_points` does."""
    told = find_entry_points(reader.hub, start, market, terms, reader.viewer, limit, inward=inward)
    doors = {point.iri: point.label for point in told.entry_points}
    placed = reader.select("places-of", thing=list(map(iri, {told.market, told.start, *doors})))
    rows = reader.select("offered", thing=list(map(iri, doors))) if doors else []
    named = {row["place"].value for row in placed} | {row["what"].value for row in rows}
    evidence = Evidence(reader, {told.market, *doors, *named})
    offered: defaultdict[str, dict[str, dict[Link, None]]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: (row["property"].value, row["what"].value)):
        label = OFFERED[shorten(row["property"].value)]
        what = evidence.link(row["what"].value)
        offered[row["thing"].value].setdefault(label, {})[what] = None
    return EntryPointsPage(
        told,
        evidence.link(told.market),
        _map(placed, told, evidence, reader.base),
        draw_ways(point.way.steps for point in told.entry_points if point.way),
        {
            door: say_class(describe_types(hit.types))
            for door, hit in reader.describe(doors).items()
        },
        {
            door: tuple(
                Detail(label, tuple(said[label])) for label in OFFERED.values() if label in said
            )
            for door, said in offered.items()
        },
    )


def _map(
    placed: Sequence[Mapping[str, Term]], told: ToldPoints, evidence: Evidence, base: str
) -> Map | None:
    """The market, and the countries of who asks and of the doors, joined where a way leads."""
    codes: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in placed:
        if code := country_code(row["place"].value, base):
            codes[row["thing"].value][code] = row["place"].value
    inside = Counter(code for point in told.entry_points for code in codes[point.iri])
    lit: dict[str, Link] = {}
    for thing in (told.market, told.start, *(point.iri for point in told.entry_points)):
        for code, place in codes[thing].items():
            doors = inside[code]
            link = evidence.link(place)
            many = f": {doors} entry point{'s' * (doors > 1)}" if doors else ""
            lit[code] = replace(link, label=link.label + many)
    routes: dict[tuple[str, str], float] = {}
    for point in told.entry_points:
        for start in codes[told.start]:
            for end in codes[point.iri] if point.way else ():
                routes[start, end] = max(point.score, routes.get((start, end), 0.0))
    drawn = (Route(*ends, strength) for ends, strength in routes.items() if len(set(ends)) == 2)
    return draw_map(lit.items(), routes=drawn)


def link_way(question: Mapping[str, Any], way: ToldWay) -> str:
    """The address of one way alone: the question as it was understood, and the identifier."""
    lists = ("avoid", "kinds", "require", *FIGURES)
    asked = {name: question[name] for name in ("from", "to", "as_of", "hops", "k", "lens")}
    asked |= {name: ";".join(question[name]) for name in lists if question[name]}
    return f"/introductions?{urlencode(asked | {'way': way.key})}"


def tabulate_ways(told: ToldWays) -> Iterator[list[object]]:
    """One row per step and piece of evidence, with a header."""
    header = "way identifier score step from to strength evidence when sources"
    yield list(header.split())
    for number, way in enumerate(told.ways, 1):
        for at, step in enumerate(way.steps, 1):
            ends = [step.source_label, step.target_label, f"{step.strength:.4g}"]
            for piece in step.evidence:
                cited = "; ".join(map(str, piece.citations))
                row: list[object] = [number, way.key, f"{way.score:.4g}", at, *ends]
                yield [*row, piece.sentence, piece.when, cited]


def tabulate_points(told: ToldPoints) -> Iterator[list[object]]:
    """One row per entry point, best first, with a header."""
    yield ["rank", "entry_point", "iri", "opens_by", "last_known", "score", "way", "identifier"]
    for number, point in enumerate(told.entry_points, 1):
        kinds = ", ".join(dict.fromkeys(offer.kind for offer in point.offers))
        known = max(offer.known for offer in point.offers)
        way = [point.way.summary, point.way.key] if point.way else ["", ""]
        yield [number, point.label, point.iri, kinds, known, f"{point.score:.4g}", *way]
