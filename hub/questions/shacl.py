"""Questions as RDF, so that other tools find, read and run them.

Each is a `sh:SPARQLSelectExecutable` of SHACL Advanced Features, with its parameters as
`sh:Parameter`; what SHACL has no word for is said in Dublin Core, DCAT and RDFS. The name of the
variable that a parameter binds is the last part of its `sh:path`, as SHACL has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.questions.library import Parameter, Question
from hub.terms import XSD, Term, iri, literal
from hub.vocabulary import NAMESPACES, expand

Triple = tuple[Term, Term, Term]

PREFIXES = NAMESPACES | {
    "sh": "http://www.w3.org/ns/shacl#",
    "dcat": "http://www.w3.org/ns/dcat#",
}
KINDS = ("sh:SPARQLSelectExecutable", "sh:SPARQLExecutable", "sh:Parameterizable")
DATATYPES = {"text": "string", "integer": "integer"}  # of the parameters that have one


def describe_questions(questions: Iterable[Question], address: str) -> str:
    """Some questions in N-Triples; `address` is that of their list, without a slash at its end."""
    triples = _describe_all(questions, address)
    return "".join(f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in triples)


def _describe_all(questions: Iterable[Question], address: str) -> Iterator[Triple]:
    for question in questions:
        about = f"{address}/{question.name}"
        for kind in KINDS:
            yield _say(about, "rdf:type", _term(kind))
        yield _say(about, "rdfs:label", literal(question.title, "en"))
        yield _say(about, "rdfs:comment", literal(question.description, "en"))
        yield _say(about, "sh:select", literal(question.text))
        for tag in question.tags:
            yield _say(about, "dcat:keyword", literal(tag, "en"))
        for order, parameter in enumerate(question.parameters):
            node = f"{about}#parameter-{parameter.name}"
            yield _say(about, "sh:parameter", iri(node))
            yield _say(node, "sh:path", iri(f"{about}#{parameter.name}"))
            yield _say(node, "sh:order", literal(order))
            yield from _describe(node, parameter)


def _describe(node: str, parameter: Parameter) -> Iterator[Triple]:
    yield _say(node, "rdf:type", _term("sh:Parameter"))
    yield _say(node, "sh:name", literal(parameter.label, "en"))
    yield _say(node, "sh:description", literal(parameter.description, "en"))
    yield _say(node, "sh:optional", literal(not parameter.required))
    if parameter.type in DATATYPES:
        yield _say(node, "sh:datatype", iri(XSD + DATATYPES[parameter.type]))
    elif parameter.type == "iri":
        yield _say(node, "sh:nodeKind", _term("sh:IRI"))
        if len(parameter.classes) == 1:
            yield _say(node, "sh:class", iri(expand(parameter.classes[0])))
    elif parameter.choices:
        # The members of the list have IRIs too: nothing here is a blank node.
        values = [parameter.bound(choice) for choice in parameter.choices]
        cells = [iri(f"{node}-{n}") for n in range(len(values))] + [_term("rdf:nil")]
        yield _say(node, "sh:in", cells[0])
        for cell, value, rest in zip(cells, values, cells[1:], strict=False):
            yield cell, _term("rdf:first"), value
            yield cell, _term("rdf:rest"), rest
    if parameter.example:
        yield _say(node, "skos:example", literal(parameter.example))


def _say(subject: str, name: str, value: Term) -> Triple:
    return iri(subject), _term(name), value


def _term(name: str) -> Term:
    prefix, _, local = name.partition(":")
    return iri(PREFIXES[prefix] + local)
