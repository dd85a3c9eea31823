"""The sector to which a market is limited, and who is known to work in it or in others alone."""

from __future__ import annotations

from dataclasses import dataclass

from hub.paths.facts import PREFIXES, SelectVisible
from hub.terms import Term

_SECTORS = """SELECT DISTINCT ?sector ?near ?wider WHERE {
  ?market mc:marketSector ?sector
  { ?near skos:broader* ?sector } UNION { ?sector skos:broader* ?near }
  OPTIONAL { ?market skos:broader ?wider . ?wider mc:marketPlace ?p . ?market mc:marketPlace ?p }
}"""
_ACTIVE = """SELECT DISTINCT ?party ?sector ?own WHERE {
  { ?party mc:activeIn|mc:knowsAbout ?sector BIND (true AS ?own) }
  UNION { ?because mc:opener ?party ; mc:opensMarket/mc:marketSector ?sector }
  UNION { ?because mc:targetedBy ?party ; mc:targetMarket/mc:marketSector ?sector }
  UNION { ?node mc:involves ?party ; mc:involvedIn/mc:inMarket/mc:marketSector ?sector }
  ?sector skos:inScheme ?scheme
}"""


@dataclass(frozen=True)
class Sector:
    """The sector to which a market is limited.

    Attributes:
        wider: the market of the same place for every sector, empty where there is none.
        near: the sector, those within it and those it is part of.
    """

    iri: str
    wider: str
    near: frozenset[str]


def read_sector(select: SelectVisible, market: str) -> Sector | None:
    """The sector to which a market is limited, None where it is every sector's."""
    rows = list(select(PREFIXES + _SECTORS, market=Term("iri", market)))
    if not rows:
        return None
    wider = min((row["wider"].value for row in rows if "wider" in row), default="")
    near = frozenset(row["near"].value for row in rows)
    return Sector(rows[0]["sector"].value, wider, near)


def find_active(select: SelectVisible, sector: Sector) -> tuple[set[str], set[str]]:
    """Who is known to work in or around a sector, and who in other sectors alone."""
    scheme = Term("iri", sector.iri.rpartition("/")[0])
    rows = select(PREFIXES + _ACTIVE, scheme=scheme)
    inside = {row["party"].value for row in rows if row["sector"].value in sector.near}
    # Who once took part in something for a sector need not be of that sector alone.
    return inside, {row["party"].value for row in rows if "own" in row} - inside
