"""Whether the ontology can be true: HermiT, a reasoner for OWL 2 DL, asked through owlready2.

It needs Java and takes seconds, so it belongs in tests and in `hub check --ontology`, never on the
way of a request. HermiT says that there is a contradiction, not where; `explain` looks for the
commonest ones: a thing of two kinds that exclude each other, a value that is not of its datatype.
"""

from __future__ import annotations

import io
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain, combinations
from pathlib import Path

import owlready2
from rdflib import OWL, RDF, RDFS, XSD, Graph
from rdflib.collection import Collection
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.term import Literal, Node, URIRef

from hub.errors import HubError, Unavailable
from hub.vocabulary import shorten

# Neither says anything about the world: shapes and rules say what to do with it.
NO_STATEMENTS = ("shapes.ttl", "rules.ttl")


def read_ontology(folder: Path) -> Graph:
    """The terms and lists of an ontology folder, without its shapes and rules, as one graph.

    Raises:
        HubError: a file is not Turtle; the message names it.
    """
    ontology = Graph()
    for path in sorted(folder.glob("*.ttl")):
        if path.name not in NO_STATEMENTS:
            try:
                ontology.parse(path, format="turtle")
            except (OSError, BadSyntax) as error:
                raise HubError(f"The file cannot be read: {error}", where=str(path)) from error
    return ontology


def find_contradictions(statements: Graph) -> tuple[str, ...]:
    """What makes the statements contradict themselves, in sentences; empty where nothing does.

    Args:
        statements: the ontology, with or without facts. Dates are not looked into: OWL 2 knows
            neither years nor days.

    Raises:
        Unavailable: there is no Java.
        HubError: the reasoner fails.
    """
    if not shutil.which(owlready2.JAVA_EXE):
        raise Unavailable(
            "The ontology cannot be checked: the reasoner needs Java, and there is none.",
            remedy="Install a Java runtime (Debian: default-jre-headless) and try again.",
        )
    world = owlready2.World()
    try:
        # owlready2 reads no Turtle.
        triples = io.BytesIO(statements.serialize(format="nt", encoding="utf-8"))
        world.get_ontology("https://w3id.org/metacluster/ns#").load(fileobj=triples)
        owlready2.sync_reasoner_hermit(world, debug=0, ignore_unsupported_datatypes=True)
        impossible = sorted(each.iri for each in world.inconsistent_classes() if each.iri)
    except owlready2.OwlReadyInconsistentOntologyError:
        unknown = "The statements contradict each other; the reasoner does not say where."
        return tuple(explain(statements)) or (unknown,)
    except owlready2.OwlReadyJavaError as error:
        raise HubError(f"The reasoner failed: {error}") from error
    finally:
        world.close()
    return tuple(
        f"Nothing can be a {shorten(iri)}: its definition contradicts itself."
        for iri in impossible
        if iri != str(OWL.Nothing)
    )


def explain(statements: Graph) -> Iterator[str]:
    """Things of two kinds that exclude each other, and values that are not of their datatype."""
    yield from _list_misfits(statements)
    classes = {each for pair in statements.subject_objects(RDFS.subClassOf) for each in pair}
    wider = {
        each: [kind for kind in statements.transitive_objects(each, RDFS.subClassOf) if kind]
        for each in classes
    }
    reasons: dict[Node, dict[Node, str]] = defaultdict(dict)
    for thing, kind, reason in chain(_list_types(statements), _list_uses(statements)):
        for each in wider.get(kind, [kind]):
            reasons[thing].setdefault(each, reason)
    exclusive = sorted(_list_exclusive(statements), key=str)
    for thing in sorted(reasons, key=str):
        for one, other in exclusive:
            if {one, other} <= reasons[thing].keys():
                name, a, b = (shorten(str(each)) for each in (thing, one, other))
                yield (
                    f"{name} cannot be both {a} ({reasons[thing][one]}) "
                    f"and {b} ({reasons[thing][other]})."
                )
                break


def _list_types(statements: Graph) -> Iterable[tuple[Node, Node, str]]:
    for thing, kind in statements.subject_objects(RDF.type):
        yield thing, kind, f"stated as {shorten(str(kind))}"


def _list_uses(statements: Graph) -> Iterable[tuple[Node, Node, str]]:
    """The kinds that follow from the domains and ranges of the properties in use."""
    for term, kind in statements.subject_objects(RDFS.domain):
        for thing in statements.subjects(term):
            yield thing, kind, f"since it has {shorten(str(term))}"
    for term, kind in statements.subject_objects(RDFS.range):
        for subject, thing in statements.subject_objects(term):
            if isinstance(thing, URIRef):
                yield thing, kind, f"as {shorten(str(term))} of {shorten(str(subject))}"


def _list_misfits(statements: Graph) -> Iterator[str]:
    for term, datatype in statements.subject_objects(RDFS.range):
        fitting = {datatype, XSD.integer} if datatype == XSD.decimal else {datatype}
        if not str(datatype).startswith(str(XSD)):
            continue
        for thing, value in statements.subject_objects(term):
            if not isinstance(value, Literal) or value.ill_typed or value.datatype not in fitting:
                yield (
                    f"{shorten(str(thing))} has the {shorten(str(term))} ‘{value}’, "
                    f"which is no {shorten(str(datatype))}."
                )


def _list_exclusive(statements: Graph) -> Iterator[tuple[Node, Node]]:
    yield from statements.subject_objects(OWL.disjointWith)
    for listed in statements.subjects(RDF.type, OWL.AllDisjointClasses):
        for members in statements.objects(listed, OWL.members):
            yield from combinations(Collection(statements, members), 2)
