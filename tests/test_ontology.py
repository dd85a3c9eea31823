"""The ontology: every term explained and asked for, in OWL 2 RL; rules derive what they say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pyshacl
import pytest
from rdflib import OWL, RDF, RDFS, SH, SKOS, XSD, Graph, Namespace
from rdflib.term import Literal, Node, URIRef

from hub.checking.examination import Examination
from hub.checking.shapes import read_checks
from hub.publishing.derivation import derive, read_rules
from hub.store.files import write_turtle_as_quads
from hub.store.quads import QuadStore
from hub.vocabulary import MC, PUBLIC_UNION, shorten

ROOT = Path(__file__).parents[1]
ONTOLOGY = ROOT / "ontology"
ID = "https://w3id.org/metacluster/id/"
ORG = Namespace("http://www.w3.org/ns/org#")
PROPERTIES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)

# What the ontology may use of OWL: all of it is in the RL profile, where it stands.
RL_TERMS = {
    *(OWL.Ontology, OWL.versionIRI, OWL.versionInfo, OWL.Class, *PROPERTIES),
    *(OWL.TransitiveProperty, OWL.SymmetricProperty, OWL.IrreflexiveProperty),
    OWL.inverseOf,
    *(OWL.disjointWith, OWL.AllDisjointClasses, OWL.members),
}


@cache
def ontology() -> Graph:
    graph = Graph()
    for path in sorted(ONTOLOGY.glob("*.ttl")):
        graph.parse(path, format="turtle")
    return graph


@cache
def asked() -> set[str]:
    """The terms that the questions of the library use."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "queries").glob("*.rq"))
    return {MC + term for text in texts for term in re.findall(r"(?<![\w:])mc:(\w+)", text)}


def own_terms() -> Iterator[URIRef]:
    for kind in (OWL.Class, *PROPERTIES):
        for term in ontology().subjects(RDF.type, kind):
            if isinstance(term, URIRef) and term.startswith(MC):
                yield term


@pytest.mark.parametrize("term", sorted(own_terms()), ids=shorten)
def test_a_term_is_explained_and_asked_for(term: URIRef) -> None:
    for property_ in (RDFS.label, SKOS.definition, SKOS.example):
        texts = [
            text
            for text in ontology().objects(term, property_)
            if isinstance(text, Literal) and text.language == "en"
        ]
        assert len(texts) == 1, shorten(str(property_))
    assert (term, RDFS.isDefinedBy, URIRef(MC)) in ontology()
    # The table of strengths is shown by a question, with the classes that its rows cover.
    assert str(term) in asked() or (None, URIRef(MC + "tieCovers"), term) in ontology(), (
        "no question needs it"
    )


def test_every_own_term_that_is_used_is_defined() -> None:
    defined = {*own_terms(), URIRef(MC)}
    used = {
        node
        for triple in ontology()
        for node in triple
        if isinstance(node, URIRef) and node.startswith(MC)
    }
    assert used == defined


def test_the_ontology_stays_in_the_rl_profile() -> None:
    used = {
        node
        for triple in ontology()
        for node in triple
        if isinstance(node, URIRef) and node.startswith(str(OWL))
    }
    assert used == RL_TERMS
    properties = {kind: set(ontology().subjects(RDF.type, kind)) for kind in PROPERTIES}
    assert not properties[OWL.ObjectProperty] & properties[OWL.DatatypeProperty]
    for term in properties[OWL.ObjectProperty]:
        for range_ in ontology().objects(term, RDFS.range):
            assert (range_, RDF.type, OWL.Class) in ontology(), shorten(str(term))
    for term in properties[OWL.DatatypeProperty]:
        for range_ in ontology().objects(term, RDFS.range):
            # Years, months and days are not in the datatype map of OWL 2: shapes check them.
            assert range_ in (XSD.decimal, XSD.integer, XSD.boolean, XSD.dateTime), shorten(
                str(term)
            )


def test_the_header_says_version_and_licence() -> None:
    header = URIRef(MC)
    assert (header, RDF.type, OWL.Ontology) in ontology()
    version = str(ontology().value(header, OWL.versionInfo))
    assert str(ontology().value(header, OWL.versionIRI)).endswith(f"/{version}")
    assert ontology().value(header, URIRef("http://purl.org/dc/terms/license"))


def test_the_ontology_names_no_organisation_and_no_person() -> None:
    agent = URIRef("http://xmlns.com/foaf/0.1/Agent")
    agents = set(ontology().transitive_subjects(RDFS.subClassOf, agent))
    assert not [
        str(thing) for thing, kind in ontology().subject_objects(RDF.type) if kind in agents
    ]


def test_concepts_are_in_the_list_that_their_iri_says() -> None:
    schemes = set(ontology().subjects(RDF.type, SKOS.ConceptScheme))
    for concept, scheme in ontology().subject_objects(SKOS.inScheme):
        assert scheme in schemes
        kind = str(scheme).rsplit("/", 1)[-1]
        assert str(concept).startswith((f"{ID}concept/{kind}/", f"{ID}{kind}/")), concept
        assert len(list(ontology().objects(concept, SKOS.prefLabel))) == 1, concept


def test_what_the_ontology_points_to_is_there() -> None:
    things = {
        node
        for triple in ontology()
        for node in triple
        if isinstance(node, URIRef) and node.startswith(ID)
    }
    described = set(ontology().subjects())
    assert {str(each) for each in things - described} == set()


def test_the_lists_meet_the_contract_themselves(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    checks = read_checks(ONTOLOGY / "shapes.ttl")
    found = Examination(lambda query: store.select(query, ["urn:ontology"])).find_all(checks)
    assert [(each.focus.value, each.check.message) for each in found] == []


# ---------------------------------------------------------------- rules

FACTS = """
@base <https://w3id.org/metacluster/id/> .
@prefix mc: <https://w3id.org/metacluster/ns#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix schema: <https://schema.org/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<place/it-town> a mc:City ; mc:within <place/it-region> .
<place/it-region> a mc:Region ; mc:within <country/IT> .
<o/company> a mc:SME ; mc:city <place/it-town> .
<o/cluster> a mc:Cluster ; mc:region <place/it-region> .
<o/meta> a mc:MetaCluster .
<o/network> a mc:Network .
<o/funder> a mc:PublicBody .
<o/agency> a mc:Agency ; mc:country <country/FR> .
<o/office> a mc:Office ; mc:country <country/CN> .
<o/park> a mc:SciencePark ; mc:country <country/CN> .
<o/games> a mc:Company ; schema:vatID "IT 0123.456-7890" ; mc:pic "999997930" ;
    schema:identifier "5493001KJTIIGC8Y1R12" , "12345678901234567890" , "999997931" ,
    "https://ror.org/01AN7Q238" , "ror.org/0banana" , "VAT: ES-A12345678" ;
    schema:sameAs <https://www.wikidata.org/wiki/Q42> .
<o/stranger> a mc:Company .
<p/ann> a foaf:Person .
<p/bob> a foaf:Person .
<p/eva> a mc:Expert .
<post/head> a org:Post ; org:postIn <o/cluster> .
<post/old> a org:Post ; org:postIn <o/cluster> .
<post/envoy> a org:Post ; org:postIn <o/cluster> .

<m/1> a org:Membership ; org:member <o/company> ; org:organization <o/cluster> .
<m/2> a org:Membership ; org:member <o/cluster> ; org:organization <o/meta> ;
    schema:startDate "2011"^^xsd:gYear .
<m/3> a org:Membership ; org:member <o/meta> ; org:organization <o/network> .
<m/4> a org:Membership ; org:member <o/funder> ; org:organization <o/cluster> ;
    mc:inRole <concept/role/funder> .
<m/5> a org:Membership ; org:member <o/office> ; org:organization <o/agency> ;
    mc:inRole <concept/role/unit> .
<m/6> a mc:EndedMembership ; org:member <p/ann> ; org:organization <o/cluster> ;
    mc:post <post/old> ; schema:startDate "2008"^^xsd:gYear .
<m/7> a org:Membership ; org:member <p/ann> ; org:organization <o/cluster> ; mc:post <post/head> .
<m/8> a org:Membership ; org:member <p/bob> ; org:organization <o/cluster> ;
    schema:endDate "2012-06"^^xsd:gYearMonth .
<m/9> a org:Membership ; org:member <p/bob> ; org:organization <o/agency> ;
    schema:endDate "9999"^^xsd:gYear .
<m/10> a mc:EndedMembership ; org:member <o/stranger> ; org:organization <o/network> .

<a/mou> a mc:Agreement ; mc:inMarket <market/CN> .
<i/1> a mc:Involvement ; mc:involves <o/cluster> ; mc:involvedIn <a/mou> .
<i/2> a mc:Involvement ; mc:involves <o/park> ; mc:involvedIn <a/mou> .
<a/open> a mc:Agreement ; mc:inMarket <market/BR> .
<i/3> a mc:Involvement ; mc:involves <o/agency> ; mc:involvedIn <a/open> .
<i/4> a mc:Involvement ; mc:unnamedParty "three partners" ; mc:involvedIn <a/open> .
<e/visit> a mc:ExpertVisit .
<i/5> a mc:Involvement ; mc:involves <p/eva> ; mc:involvedIn <e/visit> .
<i/6> a mc:Involvement ; mc:involves <o/company> ; mc:involvedIn <e/visit> .
<x/1> a mc:Opening ; mc:opener <p/eva> ; mc:opensMarket <market/CN-games> .
<x/2> a mc:Opening ; mc:opener <o/office> ; mc:opensMarket <market/CN> .
<x/3> a mc:Opening ; mc:opener <post/envoy> ; mc:opensMarket <market/JP> .
<x/4> a mc:Opening ; mc:opener <o/cluster> ; mc:opensMarket <market/europe> .
"""

# What must follow, and nothing else of these properties.
FOLLOWS = {
    "org:memberOf": {
        ("o/company", "o/cluster"),
        ("o/cluster", "o/meta"),
        ("o/meta", "o/network"),
        ("o/funder", "o/cluster"),
        ("o/office", "o/agency"),
        ("p/ann", "o/cluster"),
        ("p/bob", "o/agency"),
    },
    "mc:formerMemberOf": {("p/bob", "o/cluster"), ("o/stranger", "o/network")},
    "mc:belongsTo": {
        ("o/company", "o/cluster"),
        ("o/company", "o/meta"),
        ("o/company", "o/network"),
        ("o/cluster", "o/meta"),
        ("o/cluster", "o/network"),
        ("o/meta", "o/network"),
    },
    "org:holds": {("p/ann", "post/head")},
    "org:heldBy": {("post/head", "p/ann")},
    "mc:party": {
        ("a/mou", "o/cluster"),
        ("a/mou", "o/park"),
        ("a/open", "o/agency"),
        ("e/visit", "p/eva"),
        ("e/visit", "o/company"),
    },
    "mc:hasContactIn": {
        ("o/cluster", "market/CN"),  # the agreement
        ("o/cluster", "market/asia"),  # what China is a part of
        ("o/cluster", "market/JP"),  # the post of its envoy
        ("o/agency", "market/CN"),  # its office
        ("o/agency", "market/asia"),
        ("o/agency", "market/BR"),  # the agreement with somebody unnamed
        ("o/agency", "market/south-america"),
        ("o/agency", "market/latin-america"),
        ("o/company", "market/CN-games"),  # the expert who visited
        ("o/company", "market/CN"),
        ("o/company", "market/asia"),
        ("o/meta", "market/europe"),
        ("o/funder", "market/europe"),  # it is a member of the cluster that opens it
        ("o/park", "market/europe"),  # it has an agreement with the cluster that opens it
    },
    # As said, and with the scheme; a mere number, a mere word and 20 digits are of no scheme.
    "schema:identifier": {
        ("o/games", said)
        for said in (
            *("5493001KJTIIGC8Y1R12", "12345678901234567890", "999997931"),
            *("https://ror.org/01AN7Q238", "ror.org/0banana", "VAT: ES-A12345678"),
            *("vat:IT01234567890", "pic:999997930", "lei:5493001KJTIIGC8Y1R12"),
            *("ror:01an7q238", "vat:ESA12345678", "wikidata:Q42"),
        )
    },
    "skos:exactMatch": {
        ("o/games", "https://ror.org/01an7q238"),
        ("o/games", "http://www.wikidata.org/entity/Q42"),
    },
    "mc:country": {
        ("o/company", "country/IT"),
        ("o/cluster", "country/IT"),
        ("o/agency", "country/FR"),
        ("o/office", "country/CN"),
        ("o/park", "country/CN"),
    },
    "mc:region": {("o/company", "place/it-region"), ("o/cluster", "place/it-region")},
}


def open_store(folder: Path, facts: str = "") -> QuadStore:
    store = QuadStore(folder / "store")
    write_turtle_as_quads(
        sorted(ONTOLOGY.glob("*.ttl")), "urn:ontology", "urn:genid:", folder / "o.nq", base=ID
    )
    unions = {PUBLIC_UNION: frozenset({"urn:ontology", "urn:facts"})}
    store.add_file(folder / "o.nq", ["urn:ontology"], unions)
    (folder / "facts.ttl").write_text(facts, encoding="utf-8")
    write_turtle_as_quads(
        [folder / "facts.ttl"], "urn:facts", "urn:genid:", folder / "f.nq", base=ID
    )
    store.add_file(folder / "f.nq", ["urn:facts"], unions)
    return store


@pytest.fixture(scope="module")
def derived(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], set[tuple[str, str]]]:
    folder = tmp_path_factory.mktemp("rules")
    store = open_store(folder, FACTS)
    rules = read_rules(store, "urn:ontology")
    derive(store, rules, PUBLIC_UNION, ["urn:derived", PUBLIC_UNION], folder / "derived.nt")

    def read(property_: str) -> set[tuple[str, str]]:
        prefixes = f"PREFIX mc: <{MC}> PREFIX org: <{ORG}> PREFIX schema: <https://schema.org/> "
        prefixes += f"PREFIX skos: <{SKOS}>"
        query = f"{prefixes} SELECT ?s ?o {{ ?s {property_} ?o }}"
        rows = store.select(query, ["urn:facts", "urn:derived"])
        return {tuple(row[each].value.removeprefix(ID) for each in "so") for row in rows}  # type: ignore[misc]

    return read


@pytest.mark.parametrize("property_", FOLLOWS)
def test_the_rules_derive_what_they_say(
    property_: str, derived: Callable[[str], set[tuple[str, str]]]
) -> None:
    assert derived(property_) == FOLLOWS[property_]


def test_a_shacl_engine_derives_the_same() -> None:
    """pySHACL binds $this to each target; run as it stands, a rule gives the same."""
    rules = Graph().parse(ONTOLOGY / "rules.ttl") + Graph().parse(ONTOLOGY / "metacluster.ttl")
    facts = Graph().parse(data=FACTS, format="turtle") + ontology()
    for thing, kind in list(facts.subject_objects(RDF.type)):
        for wider in ontology().transitive_objects(kind, RDFS.subClassOf):
            facts.add((thing, RDF.type, wider))  # type: ignore[arg-type]
    before, plain = set(facts), facts + Graph()
    pyshacl.validate(facts, shacl_graph=rules, advanced=True, inplace=True, iterate_rules=True)
    by_engine = {each for each in set(facts) - before if not _is_structure(each)}
    size = 0
    while size < len(plain):
        size = len(plain)
        for text in _list_constructs(rules):
            for triple in list(plain.query(text)):
                plain.add(triple)  # type: ignore[arg-type]
    by_hand = {each for each in set(plain) - before if not _is_structure(each)}
    assert by_engine == by_hand
    assert len(by_hand) > 20


def _is_structure(triple: tuple[Node, Node, Node]) -> bool:
    return not all(isinstance(node, URIRef) and not node.startswith(str(SH)) for node in triple)


def _list_constructs(rules: Graph) -> Iterator[str]:
    prefixes = f"PREFIX mc: <{MC}> PREFIX org: <{ORG}> PREFIX schema: <https://schema.org/> "
    for text in sorted(rules.objects(None, SH.construct)):
        yield prefixes + str(text)
