"""RML into the model, from both vocabularies: that on R2RML (``rr:``, ``semweb.mmlab.be/ns/rml#``)
and ``http://w3id.org/rml/``. Their terms differ in the namespace, seldom in the name; both are
read by name.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from loaders.findings import Fault, refused_as, show_value
from loaders.mapping.model import (
    Call,
    Constant,
    Expression,
    Join,
    Kind,
    LogicalSource,
    Mapping,
    Reference,
    Statements,
    TermMap,
    TriplesMap,
    make_source,
    parse_template,
)
from loaders.namespaces import NAMESPACES, RDF_TYPE
from loaders.reading.rdf import BlankNode, Literal, NamedNode, Statement, Term, parse_turtle

VOCABULARIES = (
    "http://www.w3.org/ns/r2rml#",
    "http://semweb.mmlab.be/ns/rml#",
    "http://semweb.mmlab.be/ns/ql#",
    "http://semweb.mmlab.be/ns/fnml#",
    "http://w3id.org/rml/",
    "https://w3id.org/rml/",
    "https://w3id.org/function/ontology#",
    "http://www.w3.org/ns/sparql-service-description#",
)
EXECUTES = "https://w3id.org/function/ontology#executes"
READERS = {"CSV": "csv", "JSONPath": "json", "XPath": "xml"}
KINDS = {
    "IRI": Kind.IRI, "URI": Kind.IRI, "UnsafeIRI": Kind.IRI, "Literal": Kind.LITERAL,
    "BlankNode": Kind.BLANK,
}  # fmt: skip
# What is short for a map: of a constant, and in conditions of a reference.
SHORT = {
    **dict.fromkeys(("subject", "predicate", "object", "graph", "language", "datatype",
                     "inputValue"), "constant"),
    **dict.fromkeys(("child", "parent"), "reference"),
}  # fmt: skip
VALUE = {"constant", "reference", "template", "functionValue", "functionExecution"}
TERM = VALUE | {"termType", "languageMap", "datatypeMap"}
REMARKS = {"a", NAMESPACES["rdfs"] + "label", NAMESPACES["rdfs"] + "comment"}
DEEPEST = 40


Entries = dict[str, list[Term]]


def read_rml(text: str, base: str) -> Mapping:
    """The mapping that an RML document in Turtle says. Raises Fault."""
    other = ("mapping-syntax", "the mapping is no Turtle", "correct the place named")
    with refused_as(*other, SyntaxError, ValueError):
        statements = parse_turtle(text, base)
    return _Reader(statements).read_maps()


def _name(predicate: str) -> str:
    for namespace in VOCABULARIES:
        if predicate.startswith(namespace) and "/" not in predicate[len(namespace) :]:
            return predicate[len(namespace) :]
    return predicate


class _Reader:
    """``where`` is the triples map that is being read, for what is said of it."""

    def __init__(self, statements: list[Statement]) -> None:
        self.graph: dict[Term, Entries] = defaultdict(lambda: defaultdict(list))
        self.remarks: list[str] = []
        self.where = "the mapping"
        for subject, predicate, value, _ in statements:
            name = "a" if predicate.value == RDF_TYPE else _name(predicate.value)
            self.graph[subject][name].append(value)
        for entries in list(self.graph.values()):
            for name in entries.keys() & SHORT.keys():
                for value in entries.pop(name):
                    # The test cases put maps of graphs behind the short name as well.
                    node = value if name == "graph" and value in self.graph else BlankNode()
                    if node is not value:
                        self.graph[node][SHORT[name]].append(value)
                    entries[f"{name}Map"].append(node)

    def read_maps(self) -> Mapping:
        sources = {"logicalSource", "logicalTable"}
        maps = [node for node, entries in self.graph.items() if sources & entries.keys()]
        if not maps:
            message = "the mapping has no triples map with a logical source"
            raise Fault("mapping-empty", message, "add one")
        return Mapping(tuple(self._read_map(node) for node in maps), tuple(self.remarks))

    # Taking what a node says, and refusing what is not understood.

    def _fault(self, message: str, remedy: str, value: object = "") -> Fault:
        return Fault(
            "mapping-rml", f"{message} ({self.where})", remedy, value=show_value(value)[:200]
        )

    def _entries(self, node: Term | None, known: set[str]) -> Entries:
        entries = self.graph.get(node, {}) if node is not None else {}
        for name in entries.keys() - known - REMARKS:
            message = f"“{name}” is not supported here"
            raise self._fault(message, f"use only {', '.join(sorted(known))}")
        return dict(entries)

    def _one(self, entries: Entries, name: str) -> Term | None:
        values = entries.get(name, [])
        if len(values) > 1:
            raise self._fault(f"“{name}” is given {len(values)} times", "give it once")
        return values[0] if values else None

    def _text(self, entries: Entries, name: str) -> str:
        value = self._one(entries, name)
        if isinstance(value, BlankNode):
            raise self._fault(f"“{name}” is not a text", "write it in quotes")
        return value.value if value else ""

    # The parts of a mapping.

    def _read_map(self, node: Term) -> TriplesMap:
        self.where = f"triples map {node}"
        known = {"logicalSource", "subjectMap", "predicateObjectMap", "baseIRI"}
        entries = self._entries(node, known)
        if len(entries.get("subjectMap", [])) != 1:
            raise self._fault("a triples map has exactly one subject map", "add rr:subjectMap")
        subject_node, more = self._one(entries, "subjectMap"), {"class", "graphMap"}
        said = self._entries(subject_node, TERM | more)
        subject = self._read_term(subject_node, Kind.IRI, more)
        if subject.kind is Kind.LITERAL:
            self.remarks.append(f"a subject is no literal; it is made an IRI ({self.where})")
            subject = replace(subject, kind=Kind.IRI)
        statements = [self._read_statements(item) for item in entries.get("predicateObjectMap", [])]
        if classes := tuple(map(self._constant, said.get("class", []))):
            typed = TermMap(Constant(RDF_TYPE), Kind.IRI)
            statements.insert(0, Statements((typed,), classes))
        source = self._read_source(self._one(entries, "logicalSource"))
        graphs, base = self._read_graphs(said), self._text(entries, "baseIRI")
        return TriplesMap(str(node), source, subject, tuple(statements), graphs, base)

    def _read_source(self, node: Term | None) -> LogicalSource:
        entries = self._entries(node, {"source", "referenceFormulation", "iterator", "query"})
        place = self._one(entries, "source")
        query, part = self._text(entries, "query"), self._text(entries, "iterator")
        asked = place is not None and "endpoint" in self.graph.get(place, {})
        if asked:
            service = self._entries(place, {"endpoint", "supportedLanguage", "resultFormat"})
            file = self._text(service, "endpoint")
        elif isinstance(place, Literal):
            file = place.value
        elif place is not None and place in self.graph:
            stated = self._entries(place, {"path", "root"})
            root = self._text(stated, "root")
            if root and _name(root) not in ("MappingDirectory", "CurrentWorkingDirectory"):
                message = "a source is read from the source's folder only"
                raise self._fault(message, "remove rml:root", root)
            file = self._text(stated, "path")
        else:
            message = "a source must be a file of the source's folder"
            raise self._fault(message, 'write rml:source "file"', place or "")
        if asked != bool(query):
            message = "“query” is for endpoints, and each endpoint needs one"
            raise self._fault(message, "use an iterator for files")
        formulation = _name(self._text(entries, "referenceFormulation"))
        if formulation not in READERS:
            message = f"the reference formulation “{formulation}” is not supported"
            raise self._fault(message, f"use one of {', '.join(READERS)}")
        try:
            return make_source(file, READERS[formulation], part, query)
        except ValueError as error:
            raise self._fault(str(error), "remove it", part) from error

    def _read_graphs(self, entries: Entries) -> tuple[TermMap, ...]:
        return tuple(self._read_term(node, Kind.IRI) for node in entries.get("graphMap", []))

    def _read_statements(self, node: Term) -> Statements:
        entries = self._entries(node, {"predicateMap", "objectMap", "graphMap"})
        predicates = tuple(self._read_term(p, Kind.IRI) for p in entries.get("predicateMap", []))
        objects = tuple(map(self._read_object, entries.get("objectMap", [])))
        if not predicates or not objects:
            raise self._fault("a predicate-object map needs a predicate and an object", "add them")
        return Statements(predicates, objects, self._read_graphs(entries))

    def _read_object(self, node: Term) -> TermMap | Join:
        if "parentTriplesMap" not in self.graph.get(node, {}):
            return self._read_term(node, None)
        entries = self._entries(node, {"parentTriplesMap", "joinCondition"})
        conditions = tuple(map(self._read_condition, entries.get("joinCondition", [])))
        return Join(str(self._one(entries, "parentTriplesMap")), conditions)

    def _read_condition(self, node: Term) -> tuple[str, str]:
        """The columns of child and parent that are equal."""
        sides = self._entries(node, {"childMap", "parentMap"})
        child, parent = (
            self._text(self._entries(self._one(sides, f"{side}Map"), {"reference"}), "reference")
            for side in ("child", "parent")
        )
        if not (child and parent):
            raise self._fault("a join compares two references", "give rr:child and rr:parent")
        return child, parent

    def _constant(self, value: Term) -> TermMap:
        if isinstance(value, BlankNode):
            raise self._fault("a constant cannot be a blank node", "give it an IRI")
        if isinstance(value, NamedNode):
            return TermMap(Constant(value.value), Kind.IRI)
        if value.language:
            return TermMap(Constant(value.value), Kind.LITERAL, Constant(value.language))
        datatype = Constant(value.datatype.value)
        return TermMap(Constant(value.value), Kind.LITERAL, None, datatype)

    def _read_term(
        self, node: Term | None, kind: Kind | None, more: frozenset[str] | set[str] = frozenset()
    ) -> TermMap:
        """A term map; without a kind it is an object's, which is an IRI only by template or when
        stated.
        """
        entries = self._entries(node, TERM | more)
        if constant := self._one(entries, "constant"):
            if entries.keys() & {"reference", "template"}:
                message = "a term map has a constant, a reference or a template"
                raise self._fault(message, "give one")
            return self._constant(constant)
        expression = self._read_expression(entries, 0)
        language = self._read_qualifier(entries, "language")
        datatype = self._read_qualifier(entries, "datatype")
        stated = _name(self._text(entries, "termType"))
        if stated and stated not in KINDS:
            message = f"the term type “{stated}” is not supported"
            raise self._fault(message, f"use one of {', '.join(KINDS)}")
        if stated:
            kind = KINDS[stated]
        elif kind is None:
            plain = isinstance(expression, Reference | Call) or language or datatype
            kind = Kind.LITERAL if plain else Kind.IRI
        return TermMap(expression, kind, language, datatype)

    def _read_qualifier(self, entries: Entries, name: str) -> Expression | None:
        node = self._one(entries, f"{name}Map")
        value = self._read_value(node, VALUE, 0) if node is not None else None
        text = value.value if name == "language" and isinstance(value, Constant) else "en"
        if not 2 <= len(text.partition("-")[0]) <= 3:
            raise self._fault(f"“{text}” is no language tag", "tags are like en, pt-BR", text)
        return value

    def _read_value(self, node: Term | None, known: set[str], depth: int) -> Expression:
        """The expression of a term map of which only the value counts."""
        entries = self._entries(node, known)
        constant = self._one(entries, "constant")
        if isinstance(constant, NamedNode | Literal):
            return Constant(constant.value)
        return self._read_expression(entries, depth)

    def _read_expression(self, entries: Entries, depth: int) -> Expression:
        reference, template = self._text(entries, "reference"), self._text(entries, "template")
        calls = [*entries.get("functionValue", []), *entries.get("functionExecution", [])]
        if bool(reference) + bool(template) + len(calls) != 1 or depth > DEEPEST:
            message = "a term map has one of constant, reference, template, function"
            raise self._fault(message, "give exactly one")
        if reference:
            return Reference(reference)
        if calls:
            return self._read_call(calls[0], depth + 1)
        try:
            return parse_template(template, "{", "}")
        except ValueError as error:
            remedy = "close the bracket, or write \\\\{ for a plain one"
            raise self._fault(str(error), remedy, template) from error

    def _read_call(self, node: Term, depth: int) -> Call:
        entries = self._entries(node, {"function", "input", "predicateObjectMap"})
        function, arguments = self._text(entries, "function"), []
        for item in entries.get("input", []):
            pair = self._entries(item, {"parameter", "inputValueMap"})
            value = self._one(pair, "inputValueMap")
            arguments.append((self._text(pair, "parameter"), self._read_value(value, TERM, depth)))
        for item in entries.get("predicateObjectMap", []):
            pair = self._entries(item, {"predicateMap", "objectMap"})
            key = self._text(self._entries(self._one(pair, "predicateMap"), TERM), "constant")
            arguments.append((key, self._read_value(self._one(pair, "objectMap"), TERM, depth)))
        for key, argument in arguments:
            if key == EXECUTES and isinstance(argument, Constant):
                function = argument.value
        return Call(function, tuple(pair for pair in arguments if pair[0] != EXECUTES))
