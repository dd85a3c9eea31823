"""Markets: all of them, and the page of one, which is the page of a thing with its experts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hub.pages.evidence import Evidence, statement_of
from hub.pages.parts import Detail, Fact, Group, Link
from hub.pages.reader import Reader
from hub.pages.things import ThingPage, country_code, read_thing
from hub.pages.world import Map, draw_map
from hub.terms import iri

COUNTED = ("openings", "agreements", "events", "barriers", "targeting")


@dataclass(frozen=True, slots=True)
class MarketRow:
    """A market in the list: where it is, what it is part of, and what is known of it."""

    market: Link
    place: Link | None
    broader: Link | None
    openings: int
    agreements: int
    events: int
    barriers: int
    targeting: int


@dataclass(frozen=True)
class MarketsPage:
    """All markets: those that somebody targets, the ones with entry points first; then others."""

    markets: tuple[MarketRow, ...]
    map: Map | None

    def table(self) -> list[list[object]]:
        """The list as a table with a header."""
        rows: list[list[object]] = [["market", "iri", "place", "part_of", *COUNTED]]
        for row in self.markets:
            where = [one.label if one else "" for one in (row.place, row.broader)]
            counts = [getattr(row, name) for name in COUNTED]
            rows.append([row.market.label, row.market.iri, *where, *counts])
        return rows


def list_markets(reader: Reader) -> MarketsPage:
    """All markets that the viewer may see, with a map of them."""
    rows = reader.select("markets")
    named = {term.value for row in rows for term in row.values() if term.kind == "iri"}
    evidence = Evidence(reader, named)
    markets = []
    for row in rows:
        place, broader = (
            evidence.link(row[name].value) if name in row else None for name in ("place", "broader")
        )
        counts = [int(row[name].value) for name in COUNTED]
        markets.append(MarketRow(evidence.link(row["market"].value), place, broader, *counts))
    markets.sort(
        key=lambda m: (
            not m.targeting,
            -m.openings,
            -m.agreements - m.events,
            m.market.label.casefold(),
        )
    )
    lit: dict[str, Link] = {}
    for market in markets:
        code = country_code(market.place.iri, reader.base) if market.place else ""
        if code and (code not in lit or not market.broader):
            lit[code] = market.market
    return MarketsPage(tuple(markets), draw_map(lit.items(), "Each country leads to its market."))


def read_market(reader: Reader, address: str) -> ThingPage:
    """The page of a market: its groups, and the experts who know it. Raises as `read_thing`."""
    page = _add_wider_barriers(reader, read_thing(reader, address), address)
    rows = reader.select("market-experts", market=iri(address))
    if not rows:
        return page
    experts = sorted({row["expert"].value for row in rows})
    named = {*experts, *(row["through"].value for row in rows)}
    evidence = Evidence(reader, named, others=(row["subject"].value for row in rows))
    facts = []
    for expert in experts:
        own = [row for row in rows if row["expert"].value == expert]
        reasons = sorted({(row["reason"].value, row["through"].value) for row in own})
        details = tuple(
            Detail(reason, (evidence.link(through),) if reason != "opens the market" else ())
            for reason, through in reasons
        )
        cited = evidence.citations(map(statement_of, own))
        facts.append(Fact(evidence.link(expert), details=details, citations=cited))
    return _insert(page, "Experts", facts, "Entry points", 0)


def _add_wider_barriers(reader: Reader, page: ThingPage, address: str) -> ThingPage:
    """Under its own barriers those of the markets that contain it, each with that market."""
    rows = reader.select("wider-barriers", market=iri(address))
    if not rows:
        return page
    markets = {row["subject"].value for row in rows}
    barriers = {row["object"].value for row in rows}
    evidence = Evidence(reader, markets | barriers, others=markets)
    facts = []
    for barrier in sorted(barriers, key=lambda iri_: evidence.name(iri_).casefold()):
        own = [row for row in rows if row["object"].value == barrier]
        told = tuple(evidence.link(market) for market in sorted({r["subject"].value for r in own}))
        cited = evidence.citations(map(statement_of, own))
        facts.append(
            Fact(evidence.link(barrier), details=(Detail("told of", told),), citations=cited)
        )
    return _insert(page, "Barriers of wider markets", facts, "Barriers", len(page.groups))


def _insert(page: ThingPage, title: str, facts: list[Fact], after: str, place: int) -> ThingPage:
    """The page with one group more: after the one of a title, else at a place."""
    places = [at + 1 for at, group in enumerate(page.groups) if group.title == after] or [place]
    before, behind = page.groups[: places[0]], page.groups[places[0] :]
    return replace(page, groups=(*before, Group(title, tuple(facts), len(facts)), *behind))
