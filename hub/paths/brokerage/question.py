"""The question as people put it, by names: who brokers, what is missing, for a market or all."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import MAXYEAR, date
from typing import TYPE_CHECKING

from hub.access import Viewer
from hub.errors import Invalid, NotFound
from hub.paths.atlas import Atlas
from hub.paths.brokerage.answer import ToldReport
from hub.paths.brokerage.report import Rules, make_report
from hub.paths.brokerage.sides import list_markets, read_sides
from hub.paths.brokerage.telling import tell_report
from hub.paths.introductions import find_market, open_ties, seen_by
from hub.paths.search import Clock
from hub.paths.ways import MOST_HOPS

if TYPE_CHECKING:
    from hub.hub import Hub

MOST_MONTHS = 120
SECONDS = 10.0
MARKETS, CLUSTERS = 12, 20  # on a page


def set_rules(as_of: date, hops: int, months: int, above: float) -> Rules:
    """The rules of a question; agreements that end within so many months are about to end.

    Raises:
        Invalid: a figure is out of range.
    """
    for value, least, most, what in (
        (hops, 1, MOST_HOPS, "steps"),
        (months, 0, MOST_MONTHS, "months"),
        (above, 0.0, 1.0, "as a strength"),
    ):
        if not least <= value <= most:
            raise Invalid(
                f"{value} {what} cannot be asked for.", remedy=f"Ask for {least} to {most}."
            )
    year, month = divmod(as_of.year * 12 + as_of.month - 1 + months, 12)
    day = min(as_of.day, monthrange(min(year, MAXYEAR), month + 1)[1])
    return Rules(as_of, date(min(year, MAXYEAR), month + 1, day), hops, above)


def find_brokers(
    hub: Hub, market: str, rules: Rules, viewer: Viewer, page: int = 1, rows: int = 1
) -> ToldReport:
    """Brokers and gaps of one market (name or IRI; empty: of all, twelve on a page) in words.

    Args:
        page: of the markets; rows: the page of clusters in the coverage.

    Raises:
        NotFound, Ambiguous: as `Hub.find` does; NotFound for a page beyond the last.
    """
    select = seen_by(hub, viewer)
    markets = [find_market(hub, market, viewer).iri] if market else list_markets(select)
    view = open_ties(hub.generation.ties).view(hub.graphs(viewer), rules.as_of)
    chosen = _turn_to(page, markets, MARKETS, "markets")
    sides = read_sides(Atlas(view, clock=Clock(SECONDS)), select, chosen, rules.hops)
    clusters = _turn_to(rows, sides.clusters, CLUSTERS, "clusters")
    return tell_report(make_report(sides, select, rules, clusters), select, clusters, len(markets))


def _turn_to(page: int, listed: Sequence[str], most: int, what: str) -> Sequence[str]:
    pages = max(1, -(-len(listed) // most))
    if page > pages:
        raise NotFound(f"There is no page {page} of the {what}.", remedy=f"The last is {pages}.")
    return listed[(page - 1) * most : page * most]
