"""Ways from within a query: `SERVICE ways:search`, with a request written as triples.

    PREFIX ways: <https://w3id.org/metacluster/ways#>
    SELECT ?rank ?step ?from ?to ?evidence WHERE {
      VALUES ?park { <…/organisation/park-1> <…/organisation/park-2> }
      SERVICE ways:search {
        [] ways:start <…/organisation/company> ; ways:end ?park ; ways:asOf 2014 ;
           ways:rank ?rank ; ways:step ?step ; ways:from ?from ; ways:to ?to ;
           ways:evidence ?evidence
      }
    }

`hub.paths.request` has every property. Rows are different in the variables named: without
`ways:evidence` and its like a row is a step, without `ways:step` and its like a way.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub.access import Viewer
from hub.errors import Invalid
from hub.paths.atlas import Way
from hub.paths.entrypoints import rank_entry_points
from hub.paths.introductions import find_load, open_ties, seen_by
from hub.paths.request import Row, read_request
from hub.paths.strength import round_strength
from hub.paths.ways import SECONDS, find_ways
from hub.sparql.constants import Table
from hub.sparql.errors import NOBODY, QueryTimeout
from hub.sparql.services import Block
from hub.sparql.workers import Gone
from hub.terms import XSD, Term, iri, literal

if TYPE_CHECKING:
    from hub.hub import Hub

MOST_ROWS = 50_000
_SOURCES = "SELECT DISTINCT ?evidence ?source { GRAPH ?source { ?evidence a ?kind } }"


@dataclass(frozen=True)
class _Found:
    """A way, its place in the answer, and for an entry point what it is."""

    rank: int
    way: Way
    more: Row


def answer_ways(hub: Hub, viewer: Viewer, block: Block, seconds: float, gone: Gone = None) -> Table:
    """The ways that a block asks for, over the ties that `viewer` sees.

    An end that nobody knows has no ways, and neither has one to itself.

    Raises:
        QueryRefused: the block is no such request, or asks for what is out of range.
        QueryTimeout: the search takes longer than `seconds` or than a search may.
        ServiceFailed: who asks is `gone`; looked at before each pair.
    """
    until = time.monotonic() + seconds
    request = read_request(block)
    day = request.day()
    rules: dict[str, Any] = {
        "as_of": day,
        "load": find_load(hub, viewer, day),
        "hops": request.number("hops", 5),
        "kinds": [request_kind.value for request_kind, _ in request.all("only")],
        "lens": request.text("lens", "surest"),
    }
    for name in ("avoid", "require"):
        rules[name] = [hub.canonical(one, viewer) for one in request.parties(name)]
    most, towards = request.number("most", 3), request.text("direction", "into")
    used = {
        "asOf": Term("literal", day.isoformat(), datatype=XSD + "date"),
        "hops": literal(rules["hops"]),
        "lens": literal(rules["lens"]),
        "direction": literal(towards),
        "most": literal(most),
    }
    rows: list[Row] = []
    for pair in request.pairs():
        if gone and gone():
            raise block.failure(NOBODY)
        rules["seconds"] = min(SECONDS, max(0.0, until - time.monotonic()))
        start = hub.canonical(pair["start"].value, viewer)
        try:
            if "market" in pair:
                market = hub.canonical(pair["market"].value, viewer)
                if towards not in ("into", "from"):
                    raise Invalid("ways:direction is 'into' the market, or 'from' it.")
                inward = {"inward": towards == "from"}
                found, cut = _find_doors(hub, viewer, start, market, most, rules | inward)
            else:
                end = hub.canonical(pair["end"].value, viewer)
                found, cut = _find_ways(hub, viewer, start, end, most, rules)
        except Invalid as error:
            raise block.refusal(error.message, error.remedy) from error
        if cut:
            raise QueryTimeout(
                "The search for ways took too long and was cut.",
                where=block.refusal("", "").where,
                remedy="Ask for fewer steps, ways or pairs.",
            )
        rows += [used | pair | row for one in found for row in _tell(one)]
    if "source" in request.objects:
        rows = list(_add_sources(hub, viewer, rows))
    table = request.choose(rows)
    if len(table.rows) > MOST_ROWS:
        message = f"The block gives more than {MOST_ROWS:,} rows."
        raise block.refusal(message, "Ask for fewer ways, or without the evidence.")
    return table


def _find_ways(
    hub: Hub, viewer: Viewer, start: str, end: str, most: int, rules: dict[str, Any]
) -> tuple[list[_Found], bool]:
    if start == end:
        return [], False
    ties = open_ties(hub.generation.ties)
    ways = find_ways(ties, start, end, graphs=hub.graphs(viewer), k=most, explain=False, **rules)
    return [_Found(number, way, {}) for number, way in enumerate(ways.ways, 1)], ways.cut


def _find_doors(
    hub: Hub, viewer: Viewer, start: str, market: str, most: int, rules: dict[str, Any]
) -> tuple[list[_Found], bool]:
    points = rank_entry_points(
        open_ties(hub.generation.ties),
        seen_by(hub, viewer),
        start,
        market,
        graphs=hub.graphs(viewer),
        limit=most,
        **rules,
    )
    found = [
        _Found(number, door.way, {"end": iri(door.iri), "offer": _number(door.offers[0].weight)})
        for number, door in enumerate(points.points, 1)
        if door.way
    ]
    return found, points.cut


def _tell(found: _Found) -> Iterator[Row]:
    """A way as rows: one for each piece of evidence of each step."""
    way = found.way
    whole = found.more | {
        "way": literal(way.key),
        "rank": literal(found.rank),
        "score": _number(way.score),
        "ask": iri(way.ask_first),
    }
    for number, step in enumerate(way.steps, 1):
        row = whole | {
            "step": literal(number),
            "from": iri(step.source),
            "to": iri(step.target),
            "strength": _number(step.strength),
        }
        if number < len(way.steps):
            row["connector"] = iri(step.target)
        for tie in step.ties:
            piece = {"evidence": iri(tie.evidence), "weight": _number(tie.strength)}
            piece["kind"] = literal(tie.kind.key)
            if tie.last_known is not None:
                piece["date"] = Term("literal", f"{tie.last_known:04}", datatype=XSD + "gYear")
            yield row | piece


def _number(value: float) -> Term:
    return literal(Decimal(repr(round_strength(value))).normalize())


def _add_sources(hub: Hub, viewer: Viewer, rows: list[Row]) -> Iterator[Row]:
    """Each row once for each source that states its evidence."""
    evidence = sorted({row["evidence"] for row in rows})
    stated: dict[Term, list[Row]] = {one: [] for one in evidence}
    for row in hub.select(_SOURCES, viewer, {"evidence": evidence}, ("said",)) if evidence else ():
        stated[row["evidence"]].append({"source": row["source"]})
    for row in rows:
        for source in stated[row["evidence"]] or [{}]:
            yield row | source
