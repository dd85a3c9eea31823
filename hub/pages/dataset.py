"""The hub as a dataset: VoID with statistics, DCAT, and the SPARQL service (SPARQL 1.1 SD).

All of it from the viewer's graphs alone. Addresses are under the server that was asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from hub.errors import Unavailable
from hub.pages.reader import Reader
from hub.pages.sources import list_sources
from hub.sparql.errors import QueryTimeout, QueryTooLarge
from hub.sparql.formats import FORMATS
from hub.sparql.limits import Limits
from hub.store.manifest import GraphFact
from hub.terms import Term, iri, literal
from hub.vocabulary import MC, NAMESPACES

PREFIXES = NAMESPACES | {
    "void": "http://rdfs.org/ns/void#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "formats": "http://www.w3.org/ns/formats/",
}
RESULTS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
SYNTAXES = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD")
MEDIA = "https://www.iana.org/assignments/media-types/"
LIMITS = {
    "seconds": "Seconds of work for one query",
    "rows": "Rows of one answer; one with more is an error, never a shorter one",
    "bytes": "Bytes of one answer",
    "memory": "Bytes of memory for one query",
    "size": "Characters of one query",
    "patterns": "Triple patterns of one query, about",
}
KEPT = 8  # sets of statistics

Triple = tuple[Term, Term, Term]


@dataclass(frozen=True)
class Statistics:
    """What VoID counts; empty where a count takes more than a query may."""

    totals: dict[str, int]
    classes: dict[str, int]
    properties: dict[str, int]


def describe_dataset(reader: Reader, server: str) -> str:
    """The description in N-Triples, which is Turtle too; `server` is the root of the addresses."""
    return "".join(f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in _Description(reader, server))


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


def _term(name: str) -> Term:
    prefix, _, local = name.partition(":")
    return iri(PREFIXES[prefix] + local)


class _Description:
    """The statements, part by part."""

    def __init__(self, reader: Reader, server: str) -> None:
        self.reader, self.server = reader, server
        self.manifest = reader.hub.generation.manifest
        self.about = f"{server}/.well-known/void"
        self.whole, self.service = iri(f"{self.about}#dataset"), iri(f"{server}/sparql#service")
        self.sight = reader.hub.served.sight(reader.viewer)
        seen = set(self.sight.graphs)
        self.graphs = [graph for graph in self.manifest.graphs if graph.iri in seen]
        self.sources = {source.name: source for source in list_sources(reader).sources}
        self.statistics = count_dataset(reader, self.sight.mark)

    def __iter__(self) -> Iterator[Triple]:
        yield from self._catalogue()
        yield from self._dataset()
        for graph in self.graphs:
            yield from self._part(graph)
        yield from self._service()

    def _say(self, subject: Term, **said: str | int | Term) -> Iterator[Triple]:
        """Statements about a subject, such as `dcterms_title="…"`."""
        for name, value in said.items():
            term = value if isinstance(value, Term) else literal(value)
            yield subject, _term(name.replace("_", ":", 1)), term

    def _catalogue(self) -> Iterator[Triple]:
        about, catalogue = iri(self.about), iri(f"{self.about}#catalogue")
        yield from self._say(
            about, rdf_type=_term("void:DatasetDescription"), foaf_primaryTopic=self.whole,
            dcterms_title=literal("Description of the metacluster hub", "en"),
        )  # fmt: skip
        yield from self._say(
            catalogue, rdf_type=_term("dcat:Catalog"), dcat_dataset=self.whole,
            dcterms_title=literal("What the metacluster hub offers", "en"),
            dcat_service=self.service,
        )  # fmt: skip

    def _dataset(self) -> Iterator[Triple]:
        whole, created = self.whole, self.manifest.created
        endpoint = iri(f"{self.server}/sparql")
        for kind in ("void:Dataset", "dcat:Dataset", "sd:Dataset"):
            yield from self._say(whole, rdf_type=_term(kind))
        yield from self._say(
            whole,
            dcterms_title=literal("metacluster hub", "en"),
            dcterms_modified=Term("literal", created, datatype=PREFIXES["xsd"] + "dateTime"),
            void_sparqlEndpoint=endpoint, void_uriSpace=self.manifest.base, void_vocabulary=iri(MC),
            sd_defaultGraph=iri(f"{self.about}#default"),
        )  # fmt: skip
        totals = self.statistics.totals
        count = totals.get("triples", sum(graph.count for graph in self.graphs))
        default = iri(f"{self.about}#default")
        yield from self._say(default, rdf_type=_term("sd:Graph"), void_triples=count)
        yield from self._say(whole, void_triples=count)
        if totals:
            yield from self._say(
                whole,
                void_distinctSubjects=totals["subjects"], void_distinctObjects=totals["objects"],
                void_classes=len(self.statistics.classes),
                void_properties=len(self.statistics.properties),
            )  # fmt: skip
        for kind, counts, unit in (
            ("class", self.statistics.classes, "entities"),
            ("property", self.statistics.properties, "triples"),
        ):
            for number, (name, found) in enumerate(counts.items()):
                part = iri(f"{self.about}#{kind}-{number}")
                yield whole, _term(f"void:{kind}Partition"), part
                yield part, _term(f"void:{kind}"), iri(name)
                yield part, _term(f"void:{unit}"), literal(found)
        yield from self._distributions(whole, f"{self.server}/graph?default", self.about)

    def _distributions(self, dataset: Term, address: str, name: str) -> Iterator[Triple]:
        """Where a dataset is to be had, in each syntax."""
        yield from self._say(dataset, void_dataDump=iri(address))
        for format_ in FORMATS:
            if not format_.graph:
                continue
            place = iri(f"{name}#as-{format_.name}")
            yield from self._say(dataset, dcat_distribution=place)
            yield from self._say(
                place, rdf_type=_term("dcat:Distribution"), dcat_accessURL=iri(address),
                dcat_downloadURL=iri(f"{address}&format={format_.name}"),
                dcat_mediaType=iri(MEDIA + format_.media_type), dcat_accessService=self.service,
            )  # fmt: skip

    def _part(self, graph: GraphFact) -> Iterator[Triple]:
        part, named = iri(graph.iri), iri(f"{graph.iri}#named")
        yield from self._say(self.whole, void_subset=part, sd_namedGraph=named)
        yield from self._say(named, rdf_type=_term("sd:NamedGraph"), sd_name=part, sd_graph=part)
        for kind in ("void:Dataset", "sd:Graph"):
            yield from self._say(part, rdf_type=_term(kind))
        yield from self._say(part, void_triples=graph.count)
        source = self.sources.get(graph.source)
        if graph.kind == "said" and source:
            yield from self._say(
                part, rdf_type=_term("dcat:Dataset"), dcterms_title=source.title,
                dcterms_publisher=source.owner, dcterms_rights=source.licence,
            )  # fmt: skip
            address = f"{self.server}/graph?graph={quote(graph.iri, safe='')}"
            yield from self._distributions(part, address, graph.iri)
            yield from self._say(iri(f"{self.about}#catalogue"), dcat_dataset=part)

    def _service(self) -> Iterator[Triple]:
        service, endpoint = self.service, iri(f"{self.server}/sparql")
        for kind in ("sd:Service", "dcat:DataService"):
            yield from self._say(service, rdf_type=_term(kind))
        yield from self._say(
            service, sd_endpoint=endpoint, dcat_endpointURL=endpoint, dcat_servesDataset=self.whole,
            dcat_endpointDescription=iri(f"{self.server}/openapi.json"),
            dcterms_title=literal("SPARQL endpoint of the metacluster hub", "en"),
            sd_supportedLanguage=_term("sd:SPARQL11Query"),
            sd_feature=_term("sd:UnionDefaultGraph"),
            sd_defaultDataset=self.whole, sd_availableGraphs=iri(f"{self.about}#graphs"),
        )  # fmt: skip
        if any(map(self.reader.viewer.sees, self.reader.hub.settings.services)):
            yield from self._say(service, sd_feature=_term("sd:BasicFederatedQuery"))
        graphs = iri(f"{self.about}#graphs")
        yield from self._say(graphs, rdf_type=_term("sd:GraphCollection"))
        for graph in self.graphs:
            yield from self._say(graphs, sd_namedGraph=iri(f"{graph.iri}#named"))
        for name in (*RESULTS, *SYNTAXES):
            yield from self._say(service, sd_resultFormat=_term(f"formats:{name}"))
        yield from self._limits(self.reader.hub.pool.limits)

    def _limits(self, limits: Limits) -> Iterator[Triple]:
        for name, words in LIMITS.items():
            limit = iri(f"{self.server}/sparql#limit-{name}")
            yield from self._say(self.service, schema_additionalProperty=limit)
            yield from self._say(
                limit, rdf_type=_term("schema:PropertyValue"), schema_propertyID=name,
                schema_name=literal(words, "en"), schema_value=getattr(limits, name),
            )  # fmt: skip
