"""Small data that meets the published contract in full, and ways to break it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pyoxigraph as ox
from rdflib import XSD, Graph, Namespace
from rdflib.term import Literal, URIRef

from hub.store.terms import term_from
from hub.terms import Term

ONTOLOGY = Path(__file__).parents[2] / "ontology"
MC = Namespace("https://w3id.org/metacluster/ns#")
ORG = Namespace("http://www.w3.org/ns/org#")
SCHEMA = Namespace("https://schema.org/")
FOAF = Namespace("http://xmlns.com/foaf/0.1/")
PROV = Namespace("http://www.w3.org/ns/prov#")
ID = Namespace("https://w3id.org/metacluster/id/")

GOOD = """
@base <https://w3id.org/metacluster/id/> .
@prefix mc: <https://w3id.org/metacluster/ns#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix schema: <https://schema.org/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<document/d> a foaf:Document ; rdfs:label "A document"@en .
<place/xx-town> a mc:City ; rdfs:label "Town" ; mc:within <country/IT> ;
    mc:approachType <concept/approach/place-based> ;
    mc:offersSector <concept/sector/design> ; mc:matchesSector <concept/sector/food> .
<organisation/s.cluster> a mc:Cluster ; rdfs:label "The cluster" ; mc:city <place/xx-town> ;
    mc:country <country/IT> ; mc:activeIn <concept/sector/life-sciences> ;
    schema:foundingDate "2009"^^xsd:gYear ; foaf:homepage <https://cluster.example/> ;
    schema:email "office@cluster.example" ; mc:offersService <concept/service/missions> ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 1" ; mc:quote "The cluster"@en .
<organisation/s.company> a mc:SME ; rdfs:label "The company" ; schema:address "Street 1, Town" ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 2" .
<person/s.ann> a mc:Expert ; rdfs:label "Ann Example" ; mc:country <country/US> ;
    mc:speaks "pt" ; mc:knowsAbout <concept/topic/oncology> ; schema:telephone "+39 011 123 45" ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 3" .
<post/s.director> a org:Post ; rdfs:label "Director" ; org:postIn <organisation/s.cluster> ;
    mc:inRole <concept/role/director> .
<membership/s.company> a org:Membership ; org:member <organisation/s.company> ;
    org:organization <organisation/s.cluster> ; mc:inRole <concept/role/member> ;
    schema:startDate "2010-02"^^xsd:gYearMonth ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 4" .
<membership/s.ann> a mc:EndedMembership ; org:member <person/s.ann> ;
    org:organization <organisation/s.cluster> ; mc:post <post/s.director> ;
    mc:inRole <concept/role/director> ; schema:endDate "2012-02-29"^^xsd:date ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 5" .
<agreement/s.mou> a mc:Agreement ; rdfs:label "Memorandum" ; mc:signed "2013-05"^^xsd:gYearMonth ;
    mc:agreementKind <concept/agreement-kind/mou> ; mc:inMarket <market/CN> ;
    schema:validFrom "2013"^^xsd:gYear ; schema:validThrough "2016-12-31"^^xsd:date ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 6" .
<involvement/s.1> a mc:Involvement ; mc:involves <organisation/s.cluster> ;
    mc:involvedIn <agreement/s.mou> ; mc:inRole <concept/role/signatory> ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 7" .
<involvement/s.2> a mc:Involvement ; mc:unnamedParty "three partners"@en ; mc:partyCount 3 ;
    mc:involvedIn <agreement/s.mou> ; mc:inRole <concept/role/signatory> ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 8" .
<event/s.mission> a mc:Mission ; rdfs:label "Mission" ; schema:startDate "2013-05"^^xsd:gYearMonth ;
    mc:visited <place/xx-town> ; mc:inMarket <market/CN> ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 9" .
<involvement/s.3> a mc:Involvement ; mc:involves <person/s.ann> ; mc:involvedIn <event/s.mission> ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 10" .
<project/s.project> a mc:Project ; rdfs:label "Project" ; mc:programme "A programme" ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 11" .
<targeting/s.1> a mc:Targeting ; mc:targetedBy <organisation/s.cluster> ;
    mc:targetMarket <market/JP> ; mc:status <concept/status/started> ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 12" .
<opening/s.1> a mc:Opening ; mc:opener <post/s.director> ; mc:opensMarket <market/CN> ;
    mc:openingKind <concept/entry-point/representative> ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 13" .
<figure/s.1> a mc:Observation ; rdfs:label "18 to 50 months"@en ; mc:about <market/US> ;
    mc:measure <concept/measure/approval-time> ; mc:value 18.0 ; mc:upperValue 50 ;
    mc:unit "months" ; mc:date "2012"^^xsd:gYear ; mc:qualifier <concept/qualifier/about> ;
    prov:hadPrimarySource <document/d> ; mc:place "p. 14" .
<concept/service/missions> a skos:Concept ; skos:inScheme <concept/service> ;
    skos:prefLabel "missions"@en ; mc:answers <concept/need/contacts> .
<concept/need/contacts> a skos:Concept ; skos:inScheme <concept/need> ;
    skos:prefLabel "contacts"@en ; mc:neededBy <concept/company-size/sme> .
<concept/barrier/language> a skos:Concept ; skos:inScheme <concept/barrier> ;
    skos:prefLabel "language"@en .
<market/CN> mc:hasBarrier <concept/barrier/language> .
"""

# What may stand in the place of an object: wrong in kind, in form, in datatype, in class.
STRANGE = (
    Literal(""),
    Literal("   "),
    Literal("nonsense"),
    Literal("Unsinn", lang="de"),
    Literal("2013", datatype=XSD.gYear),
    Literal("2013-02-30", datatype=XSD.date),
    Literal("21.05.2013"),
    Literal("-4", datatype=XSD.decimal),
    Literal("0", datatype=XSD.integer),
    Literal("1,700", datatype=XSD.decimal),
    Literal("60", datatype=XSD.decimal),
    Literal("x" * 1001),
    Literal("mailto:ann@cluster.example"),
    ID["nothing/that-exists"],
    ID["country/XX"],
    ID["organisation/s.cluster"],
    ID["person/s.ann"],
    ID["market/CN"],
    ID["concept/role/member"],
    ID["concept/sector/food"],
    ID["document/d"],
)


def read_good() -> Graph:
    """The good data alone."""
    return Graph().parse(data=GOOD, format="turtle")


def read_ontology(*names: str) -> Graph:
    """The ontology's files of these names, or all of them."""
    graph = Graph()
    for path in sorted(ONTOLOGY.glob("*.ttl")):
        if not names or path.stem in names:
            graph.parse(path)
    return graph


def read_background() -> Graph:
    """What the shapes need to know: the terms, the lists, the markets, the countries they name."""
    without = ("shapes", "rules", "strength", "countries")
    graph = read_ontology(
        *(path.stem for path in ONTOLOGY.glob("*.ttl") if path.stem not in without)
    )
    named = {*graph.objects(), *read_good().objects()}
    for triple in read_ontology("countries"):
        if triple[0] in named:  # a fifth of them, so that pySHACL is quick
            graph.add(triple)
    return graph


def open_select(*graphs: Graph) -> Callable[[str], Iterable[Mapping[str, Term]]]:
    """A store in memory that holds the graphs as one, and answers SELECT queries over it."""
    store = ox.Store()
    for graph in graphs:
        store.extend(
            ox.Quad(*(_convert(term) for term in triple))  # type: ignore[arg-type]
            for triple in graph
        )

    def select(query: str) -> Iterable[Mapping[str, Term]]:
        solutions = store.query(query)
        assert isinstance(solutions, ox.QuerySolutions)
        names = [variable.value for variable in solutions.variables]
        for solution in solutions:
            row = zip(names, solution, strict=True)
            yield {name: term_from(term) for name, term in row if term is not None}

    return select


def _convert(term: object) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        datatype = ox.NamedNode(str(term.datatype)) if term.datatype else None
        return ox.Literal(str(term), datatype=datatype)
    return ox.BlankNode(str(term))
