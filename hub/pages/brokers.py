"""Brokers and gaps: the coverage of clusters and markets as a heat map, all of it as a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from hub.pages.parts import Pager
from hub.pages.reader import Reader
from hub.paths.brokerage.answer import Named, ToldMarket, ToldReport
from hub.paths.brokerage.question import CLUSTERS, MARKETS, find_brokers
from hub.paths.brokerage.report import Rules
from hub.paths.strength import show_strength

LEVELS = (0.01, 0.05, 0.15, 0.4)  # from which on a cell is one shade fuller


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of the heat map: its shade from 0 to 4, its figure, and that in words."""

    shade: int
    text: str
    title: str
    href: str


@dataclass(frozen=True)
class BrokersPage:
    """Who brokers, what is missing, and the heat map of coverage, a row for each cluster and a cell
    for each market; both its sides are paged."""

    told: ToldReport
    heat: tuple[tuple[Cell, ...], ...]
    markets: Pager
    clusters: Pager

    def table(self) -> Iterator[list[object]]:
        """Everything told as rows with a header."""
        told = self.told
        yield ["part", "market", "about", "iri", "figure", "words"]
        for broker in told.brokers:
            words = " ".join(broker.sentences)
            yield ["broker", told.scope, broker.label, broker.iri, broker.share, words]
        for market in told.markets:
            where = market.label
            yield ["market", where, where, market.iri, market.near, " ".join(market.sentences)]
            for one in market.narrows:
                yield ["single link", where, "", one.iri, one.members_lost, one.sentence]
            for new in market.proposals:
                about = f"{new.party.label} – {new.door.label}"
                kept = [new.party.iri, new.members, new.sentence]
                yield ["agreement to sign", where, about, *kept]
        for ending in told.endings:
            old, end = ending.agreement, ending.end.isoformat()
            yield ["agreement ending", "", old.label, old.iri, end, " ".join(ending.sentences)]
        for cluster, row in zip(told.clusters, told.coverage, strict=True):
            for market, strength in zip(told.markets, row, strict=True):
                yield ["coverage", market.label, cluster.label, cluster.iri, strength, ""]


def read_brokers(reader: Reader, market: str, rules: Rules, page: int, rows: int) -> BrokersPage:
    """Brokers and gaps as the reader may see them. Raises as `find_brokers`."""
    told = find_brokers(reader.hub, market, rules, reader.viewer, page, rows)
    asked = {
        "market": market,
        "as-of": rules.as_of.isoformat(),
        "hops": rules.hops,
        "above": rules.above,
        "page": page,
        "rows": rows,
    }
    return BrokersPage(
        told,
        draw_coverage(told),
        _pager(asked, "page", page, -(-told.found_markets // MARKETS)),
        _pager(asked, "rows", rows, -(-told.found_clusters // CLUSTERS)),
    )


def _pager(asked: dict[str, object], name: str, number: int, pages: int) -> Pager:
    def link(to: int) -> str:
        return "/brokers?" + urlencode({k: v for k, v in {**asked, name: to}.items() if v != ""})

    return Pager.at(number, pages, link)


def draw_coverage(told: ToldReport) -> tuple[tuple[Cell, ...], ...]:
    """The heat map of the best way of each cluster to each market."""
    return tuple(
        tuple(
            _draw(told, cluster, market, strength)
            for market, strength in zip(told.markets, row, strict=True)
        )
        for cluster, row in zip(told.clusters, told.coverage, strict=True)
    )


def _draw(told: ToldReport, cluster: Named, market: ToldMarket, strength: float | None) -> Cell:
    asked = {"from": cluster.iri, "market": market.iri, "as-of": told.as_of.isoformat()}
    least = LEVELS[0]
    text = "?" if strength is None else "–"
    if strength:
        text = show_strength(strength) if strength >= least else f"<{least}"
    return Cell(
        sum(strength >= level for level in LEVELS) if strength else 0,
        text,
        f"{cluster.label} – {market.label}: {_say(strength)}",
        "/entry-points?" + urlencode(asked),
    )


def _say(strength: float | None) -> str:
    if strength is None:
        return "not looked at, the time was over"
    if strength == 1:
        return "opens the market itself"
    return f"best way of strength {show_strength(strength)}" if strength else "no way"
