"""The hub as a dataset: VoID with statistics, DCAT, and the SPARQL service (SPARQL 1.1 SD).

All of it from the viewer's graphs alone. Addresses are under the server that was asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from hub.errors import Unavailable
from hub.pages.reader import Reader
from hub.pages.sources import list_sources
from hub.sparql.errors import QueryTimeout, QueryTooLarge
from hub.sparql.formats import DUMPS, FORMATS
from hub.terms import XSD
from hub.turtle import fill
from hub.vocabulary import MC, NAMESPACES

PREFIXES = NAMESPACES | {
    "void": "http://rdfs.org/ns/void#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "formats": "http://www.w3.org/ns/formats/",
}
LIMITS = {
    "seconds": "Seconds of work for one query",
    "rows": "Rows of one answer; one with more is an error, never a shorter one",
    "bytes": "Bytes of one answer",
    "memory": "Bytes of memory for one query",
    "size": "Characters of one query",
    "patterns": "Triple patterns of one query, about",
}
KEPT = 8  # sets of statistics


@dataclass(frozen=True)
class Statistics:
    """What VoID counts; empty where a count takes more than a query may."""

    totals: dict[str, int]
    classes: dict[str, int]
    properties: dict[str, int]


def describe_dataset(reader: Reader, server: str) -> str:
    """The description in Turtle; `server` is the root of the addresses."""
    hub, sight = reader.hub, reader.sight
    manifest, seen = hub.generation.manifest, set(sight.graphs)
    graphs = [graph for graph in manifest.graphs if graph.iri in seen]
    statistics = count_dataset(reader, sight.mark)
    sources = {source.name: source for source in list_sources(reader).sources}
    about = f"{server}/.well-known/void"
    # Where all, and what each source says, is to be had, and as what it is described.
    dumps = [(f"{server}/graph?default", about, f"{about}#dataset")]
    dumps += [
        (f"{server}/graph?graph={quote(graph.iri, safe='')}", graph.iri, graph.iri)
        for graph in graphs
        if graph.kind == "said" and graph.source in sources
    ]
    return fill(
        "hub.pages",
        "dataset.ttl",
        PREFIXES,
        server=server,
        manifest=manifest,
        sight=sight,
        graphs=graphs,
        sources=sources,
        dumps=dumps,
        statistics=statistics,
        triples=statistics.totals.get("triples", sum(graph.count for graph in graphs)),
        formats=FORMATS,
        whole_formats=DUMPS,
        federated=any(map(reader.viewer.sees, hub.settings.services)),
        limits=hub.pool.limits,
        told=LIMITS,
        vocabulary=MC,
        xsd=XSD,
    )


_counted: dict[str, Statistics] = {}  # by the mark of what was counted (`Sight.mark`)


def count_dataset(reader: Reader, mark: str) -> Statistics:
    """The statistics of what the reader sees, which `mark` marks; kept for the next who asks."""
    if mark not in _counted:
        if len(_counted) >= KEPT:
            _counted.clear()
        _counted[mark] = _count(reader)
    return _counted[mark]


def _count(reader: Reader) -> Statistics:

    def count(name: str, key: str) -> dict[str, int]:
        try:
            rows = reader.select(name)
        except (QueryTimeout, QueryTooLarge, Unavailable):
            return {}
        return {row[key].value: int(row["count"].value) for row in rows}

    try:
        (row,) = reader.select("dataset-totals")
        totals = {name: int(term.value) for name, term in row.items()}
    except (QueryTimeout, QueryTooLarge, Unavailable):
        totals = {}
    return Statistics(
        totals, count("dataset-classes", "class"), count("dataset-properties", "property")
    )
