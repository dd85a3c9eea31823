"""RML into the model, from both vocabularies: that on R2RML (``rr:``, ``semweb.mmlab.be/ns/rml#``)
and ``http://w3id.org/rml/``. Their terms differ in the namespace, seldom in the name; both are
read by name.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import PurePosixPath

from loaders.findings import Fault
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
    parse_template,
)
from loaders.namespaces import RDF_TYPE
from loaders.reading.rdf import BlankNode, Literal, NamedNode, Statement, Term, parse_turtle
from loaders.reading.workbook import ENDINGS as WORKBOOKS

NAMESPACES = (
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
    "IRI": Kind.IRI,
    "URI": Kind.IRI,
    "UnsafeIRI": Kind.IRI,
    "Literal": Kind.LITERAL,
    "BlankNode": Kind.BLANK,
}
TERM = frozenset(
    {
        "constant",
        "reference",
        "template",
        "functionValue",
        "functionExecution",
        "termType",
        "language",
        "languageMap",
        "datatype",
        "datatypeMap",
    }
)
DEEPEST = 40


def read_rml(text: str, base: str) -> Mapping:
    """The mapping that an RML document in Turtle says. Raises Fault."""
    try:
        statements = parse_turtle(text, base)
    except (SyntaxError, ValueError) as error:
        raise Fault(
            "mapping-syntax", f"the mapping is no Turtle: {error}", "correct the place named"
        ) from error
    return _Reader(statements).read_maps()


def _name(predicate: str) -> str:
    for namespace in NAMESPACES:
        if predicate.startswith(namespace) and "/" not in predicate[len(namespace) :]:
            return predicate[len(namespace) :]
    return predicate


class _Reader:
    def __init__(self, statements: list[Statement]) -> None:
        self.graph: dict[Term, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        self.remarks: list[str] = []
        self.where = "the mapping"
        for subject, predicate, value, _ in statements:
            name = "a" if predicate.value == RDF_TYPE else _name(predicate.value)
            self.graph[subject][name].append(value)

    def read_maps(self) -> Mapping:
        maps = [
            node
            for node, entries in self.graph.items()
            if "logicalSource" in entries or "logicalTable" in entries
        ]
        if not maps:
            raise Fault(
                "mapping-empty", "the mapping has no triples map with a logical source", "add one"
            )
        return Mapping(tuple(self._read_map(node) for node in maps), tuple(self.remarks))

    # Taking what a node says, and refusing what is not understood.

    def _fault(
        self, message: str, remedy: str = "see https://rml.io/specs/rml", value: object = ""
    ) -> Fault:
        return Fault("mapping-rml", f"{message} ({self.where})", remedy, value=str(value)[:200])

    def _entries(self, node: Term, known: set[str] | frozenset[str]) -> dict[str, list[Term]]:
        entries = self.graph.get(node, {})
        ignored = {
            "a",
            "http://www.w3.org/2000/01/rdf-schema#label",
            "http://www.w3.org/2000/01/rdf-schema#comment",
        }
        for name in entries:
            if name not in known and name not in ignored:
                raise self._fault(
                    f"‘{name}’ is not supported here", f"use only {', '.join(sorted(known))}"
                )
        return dict(entries)

    def _one(self, entries: dict[str, list[Term]], name: str) -> Term | None:
        values = entries.get(name, [])
        if len(values) > 1:
            raise self._fault(f"‘{name}’ is given {len(values)} times", "give it once")
        return values[0] if values else None

    def _text(self, entries: dict[str, list[Term]], name: str) -> str:
        value = self._one(entries, name)
        if isinstance(value, BlankNode):
            raise self._fault(f"‘{name}’ is not a text", "write it in quotes")
        return value.value if value else ""

    # The parts of a mapping.

    def _read_map(self, node: Term) -> TriplesMap:
        self.where = f"triples map {node}"
        entries = self._entries(
            node, {"logicalSource", "subjectMap", "subject", "predicateObjectMap", "baseIRI"}
        )
        subject_node, shortcut = self._one(entries, "subjectMap"), self._one(entries, "subject")
        more = {"class", "graph", "graphMap"}
        if (subject_node is None) == (shortcut is None):
            raise self._fault("a triples map has exactly one subject map", "add rr:subjectMap")
        graphs: tuple[TermMap, ...] = ()
        classes: list[Term] = []
        if subject_node is None:
            subject = self._constant(shortcut or BlankNode())
        else:
            subject_entries = self._entries(subject_node, TERM | more)
            classes, graphs = subject_entries.get("class", []), self._read_graphs(subject_entries)
            subject = self._read_term(subject_node, Kind.IRI, more)
        if subject.kind is Kind.LITERAL:
            self.remarks.append(f"a subject is no literal; it is made an IRI ({self.where})")
            subject = replace(subject, kind=Kind.IRI)
        statements = [self._read_statements(item) for item in entries.get("predicateObjectMap", [])]
        if classes:
            typed = TermMap(Constant(RDF_TYPE), Kind.IRI)
            statements.insert(0, Statements((typed,), tuple(self._constant(c) for c in classes)))
        source = self._read_source(self._one(entries, "logicalSource"))
        return TriplesMap(
            str(node), source, subject, tuple(statements), graphs, self._text(entries, "baseIRI")
        )

    def _read_source(self, node: Term | None) -> LogicalSource:
        known = {"source", "referenceFormulation", "iterator", "query"}
        entries = self._entries(node, known) if node is not None else {}
        file_node = self._one(entries, "source")
        if isinstance(file_node, Literal):
            file = file_node.value
        elif file_node is not None and "endpoint" in self.graph.get(file_node, {}):
            return self._read_query(file_node, entries)
        elif file_node is not None and file_node in self.graph:
            place = self._entries(file_node, {"path", "root"})
            root = self._text(place, "root")
            if root and _name(root) not in ("MappingDirectory", "CurrentWorkingDirectory"):
                raise self._fault(
                    "a source is read from the source's folder only", "remove rml:root", root
                )
            file = self._text(place, "path")
        else:
            message = "a source must be a file of the source's folder"
            raise self._fault(message, 'write rml:source "file"', file_node or "")
        if "query" in entries:
            raise self._fault("‘query’ is not supported for files", "use an iterator")
        formulation = _name(self._text(entries, "referenceFormulation"))
        if formulation not in READERS:
            message = f"the reference formulation ‘{formulation}’ is not supported"
            raise self._fault(message, f"use one of {', '.join(READERS)}")
        reader, part = READERS[formulation], self._text(entries, "iterator")
        if reader == "csv" and part and PurePosixPath(file).suffix.lower() not in WORKBOOKS:
            raise self._fault("a delimited file has no iterator", "remove it", part)
        return LogicalSource(file, reader, part)

    def _read_query(self, node: Term, entries: dict[str, list[Term]]) -> LogicalSource:
        """A SPARQL endpoint, whose answer is referred to as JSON or by the names of variables."""
        service = self._entries(node, {"endpoint", "supportedLanguage", "resultFormat"})
        formulation, query = (
            self._text(entries, name) for name in ("referenceFormulation", "query")
        )
        reader = READERS.get(_name(formulation))
        if reader not in ("csv", "json") or not query:
            message = "an endpoint needs rml:query, and ql:JSONPath or ql:CSV"
            raise self._fault(message, "give both", formulation)
        iterator = self._text(entries, "iterator")
        return LogicalSource(self._text(service, "endpoint"), reader, iterator, query)

    def _read_graphs(self, entries: dict[str, list[Term]]) -> tuple[TermMap, ...]:
        graphs = []
        for item in entries.get("graph", []):
            # The test cases put maps behind the shortcut as well.
            graphs.append(
                self._read_term(item, Kind.IRI) if item in self.graph else self._constant(item)
            )
        return (*graphs, *(self._read_term(item, Kind.IRI) for item in entries.get("graphMap", [])))

    def _read_statements(self, node: Term) -> Statements:
        entries = self._entries(
            node, {"predicate", "predicateMap", "object", "objectMap", "graph", "graphMap"}
        )
        predicates = [self._constant(p) for p in entries.get("predicate", [])]
        predicates += [self._read_term(p, Kind.IRI) for p in entries.get("predicateMap", [])]
        objects: list[TermMap | Join] = [self._constant(o) for o in entries.get("object", [])]
        objects += [self._read_object(o) for o in entries.get("objectMap", [])]
        if not predicates or not objects:
            raise self._fault("a predicate-object map needs a predicate and an object", "add them")
        return Statements(tuple(predicates), tuple(objects), self._read_graphs(entries))

    def _read_object(self, node: Term) -> TermMap | Join:
        if "parentTriplesMap" not in self.graph.get(node, {}):
            return self._read_term(node, None)
        entries = self._entries(node, {"parentTriplesMap", "joinCondition"})
        conditions = []
        for item in entries.get("joinCondition", []):
            sides = self._entries(item, {"child", "parent", "childMap", "parentMap"})
            child, parent = (
                self._text(sides, side) or self._map_reference(self._one(sides, f"{side}Map"))
                for side in ("child", "parent")
            )
            conditions.append((child, parent))
        return Join(str(self._one(entries, "parentTriplesMap")), tuple(conditions))

    def _map_reference(self, node: Term | None) -> str:
        expression = (
            self._read_expression(node, self._entries(node, {"reference"}), 0)
            if node is not None
            else None
        )
        if not isinstance(expression, Reference):
            raise self._fault("a join compares two references", "give rr:child and rr:parent")
        return expression.name

    def _constant(self, value: Term) -> TermMap:
        if isinstance(value, BlankNode):
            raise self._fault("a constant cannot be a blank node", "give it an IRI")
        if isinstance(value, NamedNode):
            return TermMap(Constant(value.value), Kind.IRI)
        language = Constant(value.language) if value.language else None
        return TermMap(
            Constant(value.value),
            Kind.LITERAL,
            language,
            None if language else Constant(value.datatype.value),
        )

    def _read_term(self, node: Term, kind: Kind | None, more: set[str] | None = None) -> TermMap:
        """A term map; without a kind it is an object's, which is an IRI only by template or when
        stated.
        """
        entries = self._entries(node, TERM | (more or set()))
        if constant := self._one(entries, "constant"):
            if entries.keys() & {"reference", "template"}:
                raise self._fault(
                    "a term map has a constant, a reference or a template", "give one"
                )
            return self._constant(constant)
        expression = self._read_expression(node, entries, 0)
        language = self._read_qualifier(entries, "language")
        datatype = self._read_qualifier(entries, "datatype")
        stated = _name(self._text(entries, "termType"))
        if stated and stated not in KINDS:
            raise self._fault(
                f"the term type ‘{stated}’ is not supported", f"use one of {', '.join(KINDS)}"
            )
        if stated:
            kind = KINDS[stated]
        elif kind is None:
            plain = isinstance(expression, Reference | Call) or language or datatype
            kind = Kind.LITERAL if plain else Kind.IRI
        return TermMap(expression, kind, language, datatype)

    def _read_qualifier(self, entries: dict[str, list[Term]], name: str) -> Expression | None:
        node = self._one(entries, f"{name}Map")
        if node is not None:
            inner = self._entries(
                node, {"constant", "reference", "template", "functionValue", "functionExecution"}
            )
            constant = self._one(inner, "constant")
            if isinstance(constant, NamedNode | Literal):
                return Constant(constant.value)
            return self._read_expression(node, inner, 0)
        text = self._text(entries, name)
        if name == "language" and text and not 2 <= len(text.partition("-")[0]) <= 3:
            raise self._fault(f"‘{text}’ is no language tag", "tags are like en, pt-BR", text)
        return Constant(text) if text else None

    def _read_expression(
        self, node: Term, entries: dict[str, list[Term]], depth: int
    ) -> Expression:
        reference, template = self._text(entries, "reference"), self._text(entries, "template")
        calls = [*entries.get("functionValue", []), *entries.get("functionExecution", [])]
        if bool(reference) + bool(template) + len(calls) != 1 or depth > DEEPEST:
            message = "a term map has one of constant, reference, template, function"
            raise self._fault(message, "give exactly one", node)
        if reference:
            return Reference(reference)
        if template:
            try:
                return parse_template(template, "{", "}", self.where)
            except ValueError as error:
                raise self._fault(
                    str(error), "close the bracket, or write \\\\{ for a plain one", template
                ) from error
        return self._read_call(calls[0], depth + 1)

    def _read_call(self, node: Term, depth: int) -> Call:
        entries = self._entries(node, {"function", "input", "predicateObjectMap"})
        function, arguments = self._text(entries, "function"), []
        for item in entries.get("input", []):
            pair = self._entries(item, {"parameter", "inputValue", "inputValueMap"})
            arguments.append(
                (
                    self._text(pair, "parameter"),
                    self._argument(pair, "inputValueMap", "inputValue", depth),
                )
            )
        for item in entries.get("predicateObjectMap", []):
            pair = self._entries(item, {"predicate", "predicateMap", "object", "objectMap"})
            key = self._text(pair, "predicate")
            if predicate_map := self._one(pair, "predicateMap"):
                key = self._text(self._entries(predicate_map, TERM), "constant")
            if key == EXECUTES:
                constant = self._argument(pair, "objectMap", "object", depth)
                function = constant.value if isinstance(constant, Constant) else ""
            else:
                arguments.append((key, self._argument(pair, "objectMap", "object", depth)))
        return Call(function, tuple(arguments))

    def _argument(
        self, pair: dict[str, list[Term]], map_name: str, shortcut: str, depth: int
    ) -> Expression:
        node = self._one(pair, map_name)
        if node is None:
            return Constant(self._text(pair, shortcut))
        entries = self._entries(node, TERM)
        constant = self._one(entries, "constant")
        if isinstance(constant, NamedNode | Literal):
            return Constant(constant.value)
        return self._read_expression(node, entries, depth)
