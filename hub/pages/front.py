"""The front page: what is in the hub, for the eyes of whoever looks."""

from __future__ import annotations

from dataclasses import dataclass

from hub.pages.evidence import Evidence
from hub.pages.markets import MarketRow, list_markets
from hub.pages.parts import Link
from hub.pages.reader import Reader
from hub.pages.search import KINDS, address
from hub.pages.sources import SourceRow, list_sources
from hub.pages.world import Map
from hub.vocabulary import expand

SHOWN = ("organisation", "person", "agreement", "event", "market", "figure")
LEVELS = (
    ("mc:Cluster", "Clusters", "Of a region: companies, research and those who support them."),
    ("mc:MetaCluster", "Meta-clusters", "Several clusters that go to foreign markets as one."),
    ("mc:Network", "Networks", "Pan-European, where clusters share methods and contacts."),
)
FEW = 12


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are of a kind, and where they are listed."""

    title: str
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class Level:
    """One of the three levels: what it is, how many there are, and some of them."""

    title: str
    meaning: str
    total: int
    members: tuple[Link, ...]


@dataclass(frozen=True)
class FrontPage:
    """What is in the hub: counts, levels, markets, the latest loads."""

    counts: tuple[Count, ...]
    levels: tuple[Level, ...]
    markets: tuple[MarketRow, ...]
    loads: tuple[SourceRow, ...]
    statements: int
    version: str
    changed: str
    map: Map | None


def read_front(reader: Reader) -> FrontPage:
    """The front page as the viewer may see it."""
    index, graphs = reader.hub.served.index, reader.hub.graphs(reader.viewer)
    counted = index.count([kind.iri for kind in KINDS], graphs)
    rows = reader.select("levels")
    evidence = Evidence(reader, (row["thing"].value for row in rows))
    levels = []
    for name, title, meaning in LEVELS:
        members = [
            evidence.link(r["thing"].value) for r in rows if r["class"].value == expand(name)
        ]
        members.sort(key=lambda link: link.label.casefold())
        levels.append(Level(title, meaning, len(members), tuple(members[:FEW])))
    markets = list_markets(reader)
    sources = list_sources(reader)
    return FrontPage(
        counts=tuple(
            Count(kind.title, counted[kind.iri], address("", kind.name))
            for kind in KINDS
            if kind.name in SHOWN and kind.iri in counted
        ),
        levels=tuple(levels),
        markets=markets.markets,
        loads=tuple(sorted(sources.sources, key=lambda s: s.loaded, reverse=True)[:5]),
        statements=sources.statements,
        version=reader.sight.version,
        changed=reader.sight.changed,
        map=markets.map,
    )
