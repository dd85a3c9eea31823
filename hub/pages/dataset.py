"""The hub as a dataset: its VoID description, with the SPARQL service (SPARQL 1.1 SD) in it."""

from __future__ import annotations

from collections.abc import Iterator

from hub.pages.reader import Reader
from hub.pages.sources import list_sources
from hub.terms import Term, iri, literal
from hub.vocabulary import MC, NAMESPACES

PREFIXES = NAMESPACES | {
    "void": "http://rdfs.org/ns/void#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "formats": "http://www.w3.org/ns/formats/",
}
RESULTS = ("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV")
SYNTAXES = ("Turtle", "N-Triples", "RDF_XML", "JSON-LD")

Triple = tuple[Term, Term, Term]


def describe_dataset(reader: Reader, server: str) -> str:
    """The description in N-Triples, which is Turtle too; `server` is the root of the addresses."""
    return "".join(f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in _triples(reader, server))


def _term(name: str) -> Term:
    prefix, _, local = name.partition(":")
    return iri(PREFIXES[prefix] + local)


def _triples(reader: Reader, server: str) -> Iterator[Triple]:
    manifest = reader.hub.generation.manifest
    about, endpoint = f"{server}/.well-known/void", iri(f"{server}/sparql")
    whole, service = iri(f"{about}#dataset"), iri(f"{server}/sparql#service")

    def say(subject: Term, name: str, value: Term) -> Triple:
        return subject, _term(name), value

    yield say(iri(about), "rdf:type", _term("void:DatasetDescription"))
    yield say(iri(about), "dcterms:title", literal("Description of the metacluster hub", "en"))
    yield say(whole, "rdf:type", _term("void:Dataset"))
    yield say(whole, "dcterms:title", literal("metacluster hub", "en"))
    created = Term("literal", manifest.created, datatype=PREFIXES["xsd"] + "dateTime")
    yield say(whole, "dcterms:modified", created)
    yield say(whole, "void:sparqlEndpoint", endpoint)
    yield say(whole, "void:uriSpace", literal(manifest.base))
    yield say(whole, "void:vocabulary", iri(MC))
    yield say(service, "rdf:type", _term("sd:Service"))
    yield say(service, "sd:endpoint", endpoint)
    yield say(service, "sd:supportedLanguage", _term("sd:SPARQL11Query"))
    yield say(service, "sd:feature", _term("sd:UnionDefaultGraph"))
    for name in (*RESULTS, *SYNTAXES):
        yield say(service, "sd:resultFormat", _term(f"formats:{name}"))
    seen = set(reader.hub.graphs(reader.viewer))
    visible = [graph for graph in manifest.graphs if graph.iri in seen]
    yield say(whole, "void:triples", literal(sum(graph.count for graph in visible)))
    sources = {source.name: source for source in list_sources(reader).sources}
    for graph in visible:
        part = iri(graph.iri)
        yield say(whole, "void:subset", part)
        yield say(part, "rdf:type", _term("void:Dataset"))
        yield say(part, "void:triples", literal(graph.count))
        if graph.kind == "said" and graph.source in sources:
            source = sources[graph.source]
            yield say(part, "dcterms:title", literal(source.title))
            yield say(part, "dcterms:publisher", literal(source.owner))
            yield say(part, "dcterms:rights", literal(source.licence))
