"""Our side and the far side: members and clusters here, the doors of markets there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from hub.paths.atlas import Atlas
from hub.paths.entrypoints import Offer, find_offers
from hub.paths.facts import PREFIXES, SelectVisible
from hub.paths.search import Path, reach
from hub.paths.ties import Sort
from hub.paths.view import View

MOST_MEMBERS = 20_000  # of whom the ways are told; of more, a sample
SEED = 1  # of every sample that is drawn here

_OURS = """SELECT DISTINCT ?party ?cluster WHERE {
  { ?party mc:belongsTo ?home . ?home a ?kind BIND (false AS ?cluster)
    VALUES ?kind { mc:MetaCluster mc:Cluster } }
  UNION { ?party a ?kind VALUES ?kind { mc:MetaCluster mc:Cluster } BIND (false AS ?cluster) }
  UNION { ?party a mc:Cluster BIND (true AS ?cluster) }
  UNION { ?membership org:member ?party ; org:organization ?home .
    ?home a mc:MetaCluster . ?party a org:Organization BIND (true AS ?cluster) }
}"""
_MARKETS = """SELECT ?market (COUNT(DISTINCT ?targeting) AS ?targeted) WHERE {
  ?market a mc:Market OPTIONAL { ?targeting mc:targetMarket ?market }
} GROUP BY ?market"""


@dataclass(frozen=True)
class Sides:
    """Who is at the two ends of the ways that count; parties are numbers of the view.

    Attributes:
        members: organisations that belong to a cluster or meta-cluster, and these themselves, as
            far as they have a visible tie, in the order of their IRIs; `of` says how many there
            are where only a sample of them is looked at.
        clusters: IRIs of the clusters and of the members of meta-clusters, tied or not.
        doors: market → parties that open it, IRIs in order; an occasion is no door that stays open,
            and in a market of one sector only who is known to work in it is one.
    """

    atlas: Atlas
    hops: int
    members: tuple[int, ...]
    of: int
    clusters: tuple[str, ...]
    doors: Mapping[str, tuple[int, ...]]

    @property
    def view(self) -> View:
        """The ties as they are seen."""
        return self.atlas.view

    def name(self, party: int) -> str:
        """The IRI of a party."""
        return self.view.graph.party[party]

    def all_doors(self) -> tuple[int, ...]:
        """The doors of all markets."""
        return tuple(dict.fromkeys(door for doors in self.doors.values() for door in doors))

    def find_ways(
        self, parties: Iterable[int], doors: Sequence[int], atlas: Atlas | None = None
    ) -> dict[int, Path | None]:
        """The best way from each party to one of the doors, which may be itself; None if none.

        One search from all doors at once: strengths are the same in both directions.

        Raises:
            Cut: it took too long.
        """
        wanted = dict.fromkeys(parties, 0.0)
        found = reach((atlas or self.atlas).walk, doors, self.hops, wanted) if doors else {}
        ways: dict[int, Path | None] = {
            party: tuple(reversed(found[party])) if party in found else None for party in wanted
        }
        return ways | {door: (door,) for door in doors if door in wanted}

    def find_reached(self, doors: Sequence[int], atlas: Atlas | None = None) -> set[int]:
        """The doors to which some member has a way. Raises Cut where it took too long."""
        wanted = dict.fromkeys(doors, 0.0)
        found = reach((atlas or self.atlas).walk, self.members, self.hops, wanted)
        return found.keys() | wanted.keys() & set(self.members)

    def score(self, path: Path | None) -> float:
        """The strength of a way: 1 at the door itself, 0 where there is none."""
        return 0.0 if path is None else self.atlas.score(path) if len(path) > 1 else 1.0


def read_sides(atlas: Atlas, select: SelectVisible, markets: Sequence[str], hops: int) -> Sides:
    """Both sides as the caller sees them on the day of the view."""
    view = atlas.view
    rows = select(PREFIXES + _OURS)
    ours = sorted({row["party"].value for row in rows})
    clusters = {row["party"].value for row in rows if row["cluster"].value == "true"}
    found = [number for number in view.find_all(ours) if number is not None]
    tied = [number for number in found if view.sort[number] < Sort.PERSON]
    members = tied if len(tied) <= MOST_MEMBERS else Random(SEED).sample(tied, MOST_MEMBERS)
    doors = {}
    for market in markets:
        offers, numbers = find_offers(atlas, select, market, inward=False)
        open_ = sorted(iri for iri, o in offers.items() if any(map(_stays, o)))
        doors[market] = tuple(at for iri in open_ if (at := numbers[iri]) is not None)
    return Sides(atlas, hops, tuple(members), len(tied), tuple(sorted(clusters)), doors)


def _stays(offer: Offer) -> bool:
    return not (offer.passed or offer.wider)


def list_markets(select: SelectVisible) -> list[str]:
    """All markets: those that most parties target first."""
    rows = select(PREFIXES + _MARKETS)
    rows.sort(key=lambda row: (-int(row["targeted"].value), row["market"].value))
    return [row["market"].value for row in rows]
