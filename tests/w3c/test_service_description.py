"""The service description: RDF at the endpoint, which names it, and keeps to the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator

from rdflib import RDF, Graph, Namespace, URIRef

from tests.conftest import shared
from tests.w3c.conftest import triples
from tests.web.conftest import Server

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
RDFS = Namespace("http://www.w3.org/2000/01/rdf-schema#")


def read_description(server: Server, accept: str = "text/turtle") -> Graph:
    reply = server.ask("/sparql", accept)
    assert reply.status == 200
    assert reply.type == accept
    return Graph().parse(data=reply.body, format=reply.type)


def run(server: Server) -> Iterator[tuple[str, bool]]:
    """The three tests of the suite, which are told in words."""
    found = read_description(server)
    yield "returns-rdf", len(found) > 0
    endpoints = set(found.objects(None, SD.endpoint))
    yield "has-endpoint-triple", endpoints == {URIRef(f"{server.url}/sparql")}
    yield "conforms-to-schema", not list(find_breaches(found))


def find_breaches(found: Graph) -> Iterator[str]:
    """Terms of the vocabulary that it does not have, and uses against their domains and ranges."""
    schema = Graph()
    schema.parse(
        data=triples(shared("data/vocab/w3c/sd.nq").read_bytes(), ".nq", str(SD)), format="nt"
    )
    known = {term for term in schema.subjects() if str(term).startswith(SD)}
    for subject, predicate, value in found:
        for term in (predicate, value):
            if str(term).startswith(SD) and term not in known:
                yield f"{term} is no term of the vocabulary"
        if predicate not in known:
            continue
        for node, place in ((subject, RDFS.domain), (value, RDFS.range)):
            for wanted in schema.objects(predicate, place):
                kinds = {*found.objects(node, RDF.type), *schema.objects(node, RDF.type)}
                above = {up for kind in kinds for up in schema.objects(kind, RDFS.subClassOf)}
                if str(wanted).startswith(SD) and kinds and wanted not in kinds | above:
                    yield f"{node} of {predicate} is no {wanted}"


def test_the_service_describes_itself(endpoint: Server) -> None:
    assert dict(run(endpoint)) == {
        "returns-rdf": True, "has-endpoint-triple": True, "conforms-to-schema": True,
    }  # fmt: skip


def test_every_syntax_says_the_same(endpoint: Server) -> None:
    turtle = set(read_description(endpoint))
    for accept in ("application/n-triples", "application/rdf+xml", "application/ld+json"):
        assert set(read_description(endpoint, accept)) == turtle
