"""YARRRML (https://rml.io/yarrrml/spec/) into the model. What is not understood is refused by
name.
"""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import replace
from typing import Any

from loaders.findings import Fault, show_value
from loaders.mapping.functions import FUNCTIONS
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
    Template,
    TermMap,
    TriplesMap,
    make_source,
    parse_template,
)
from loaders.mapping.terms import SCHEME
from loaders.mapping.yaml_text import parse_yaml
from loaders.namespaces import NAMESPACES, RDF_TYPE

PREFIXES = {**NAMESPACES, "mcf": FUNCTIONS}
READERS = {
    **dict.fromkeys(("csv", "tsv", "xlsx", "xls", "ods", "excel"), "csv"),
    **dict.fromkeys(("jsonpath", "json"), "json"), **dict.fromkeys(("xpath", "xml"), "xml"),
}  # fmt: skip
KINDS = {"iri": Kind.IRI, "literal": Kind.LITERAL, "blank": Kind.BLANK, "blanknode": Kind.BLANK}
DEEPEST = 40
SPECIFICATION = "see the YARRRML specification"
# Schemes of IRIs that are written in full.
WHOLE = ("http", "https", "urn", "mailto", "tel", "tag", "doi", "info", "ftp")
# The several spellings that the specification allows of one key.
KEYS = {
    spelling: key
    for key, spellings in {
        "s": "subjects subject", "po": "predicateobjects predicateobject",
        "p": "predicates predicate", "o": "objects object", "sources": "source",
        "graphs": "graph", "function": "f fn",
        "parameters": "pms parameter", "value": "v", "parameter": "pm", "mappings": "mapping m",
        "prefixes": "pre", "language": "lang",
    }.items()
    for spelling in spellings.split()
}  # fmt: skip


def read_yarrrml(text: str) -> Mapping:
    """The mapping that a YARRRML document says. Raises Fault, naming the place in the document."""
    return _Reader().read_document(parse_yaml(text))


def _list(value: object) -> list[Any]:
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


class _Reader:
    """``where`` is the place in the document that is being read, for what is said of it."""

    def __init__(self) -> None:
        self.prefixes = dict(PREFIXES)
        self.sources: dict[str, LogicalSource] = {}
        self.base, self.where = "", "the document"
        self.remarks: list[str] = []
        self.names: set[str] = set()

    def read_document(self, document: object) -> Mapping:
        known = {"prefixes", "base", "sources", "mappings", "authors", "author", "version"}
        entries = self._keys(document, known)
        for prefix, iri in self._dict(entries.get("prefixes") or {}).items():
            self.prefixes[prefix] = self._text(iri)
        self.base = self._text(entries.get("base", ""))
        for name, value in self._dict(entries.get("sources") or {}).items():
            self.where = f"source {name}"
            self.sources[name] = self._read_source(value)
        self.where = "mappings"
        mappings = self._dict(entries.get("mappings") or {})
        if not mappings:
            remedy = "add one for each kind of thing"
            raise Fault("mapping-empty", "the mapping has no “mappings”", remedy)
        self.names = set(mappings)
        maps = tuple(m for name, value in mappings.items() for m in self._read_map(name, value))
        return Mapping(maps, tuple(self.remarks))

    # Taking what stands there, and refusing what is not understood.

    def _fault(self, message: str, remedy: str = SPECIFICATION, value: object = "") -> Fault:
        said = f"{message} ({self.where})"
        shown = show_value(value)[:200]
        return Fault("mapping-yarrrml", said, remedy, column=self.where, value=shown)

    def _dict(self, value: object) -> Dict[str, Any]:
        if not isinstance(value, dict):
            raise self._fault("a block of keys and values is expected here", value=value)
        return value

    def _text(self, value: object) -> str:
        if not isinstance(value, str):
            raise self._fault("a single text is expected here", value=value)
        return value

    def _keys(self, value: object, known: set[str]) -> Dict[str, Any]:
        entries = {}
        for key, entry in self._dict(value).items():
            name = key if key in known else KEYS.get(key, key)
            if name not in known:
                remedy = f"use only {', '.join(sorted(known))}"
                raise self._fault(f"“{key}” is not supported here", remedy)
            if name in entries:
                raise self._fault(f"“{name}” is given twice", "give it once")
            entries[name] = entry
        return entries

    # The parts of a mapping.

    def _read_source(self, value: object) -> LogicalSource:
        query = ""
        if isinstance(value, dict):
            known = {"access", "referenceFormulation", "iterator", "sheet", "query"}
            entries = self._keys(value, known | {"type", "queryFormulation"})
            stated = {key: self._text(entry) for key, entry in entries.items()}
            access, query = stated.get("access", ""), stated.get("query", "")
            formulation = stated.get("referenceFormulation", "csv" if query else "")
            part = stated.get("iterator", "") or stated.get("sheet", "")
            language = stated.get("queryFormulation", "sparql")
            if query and (stated.get("type", "sparql"), language[:6]) != ("sparql", "sparql"):
                message = "a source with a query is a SPARQL endpoint"
                raise self._fault(message, "write type: sparql", value)
        else:
            items = [self._text(item) for item in _list(value)]
            if not 1 <= len(items) <= 2:
                message = "a source is [file~formulation] or [file~formulation, iterator]"
                raise self._fault(message, value=value)
            access, _, formulation = items[0].rpartition("~")
            part = items[1] if len(items) == 2 else ""
        reader = READERS.get(formulation.lower())
        if not access or not reader:
            message = f"the formulation “{formulation}” is not supported"
            raise self._fault(message, f"use one of {', '.join(sorted(READERS))}", value)
        try:
            return make_source(access, reader, part, query)
        except ValueError as error:
            raise self._fault(str(error), "remove it", value) from error

    def _read_map(self, name: str, value: object) -> list[TriplesMap]:
        self.where = place = f"mapping {name}"
        entries = self._keys(value, {"sources", "s", "po", "graphs"})
        stated = entries.get("sources", [])
        if isinstance(stated, list) and stated and isinstance(stated[0], str) and "~" in stated[0]:
            stated = [stated]
        sources = []
        for item in _list(stated):
            if isinstance(item, str) and item not in self.sources:
                raise self._fault(f"there is no source “{item}”", "add it under “sources”")
            sources.append(self.sources[item] if isinstance(item, str) else self._read_source(item))
        subjects = [self._read_term(item, Kind.IRI) for item in _list(entries.get("s"))]
        if not sources or not subjects:
            raise self._fault("a mapping needs a source and a subject", "add “sources” and “s”")
        statements = []
        for number, item in enumerate(_list(entries.get("po")), 1):
            self.where = f"{place}, po {number}"
            statements.append(self._read_statements(item))
        self.where = place
        graphs = tuple(self._read_iri(item) for item in _list(entries.get("graphs")))
        return [
            TriplesMap(name, source, subject, tuple(statements), graphs, self.base)
            for source in sources
            for subject in subjects
        ]

    def _read_iri(self, value: object) -> TermMap:
        return TermMap(Constant(RDF_TYPE), Kind.IRI) if value == "a" else self._read_term(value)

    def _read_statements(self, value: object) -> Statements:
        graphs: list[Any] = []
        if isinstance(value, list):
            if not 2 <= len(value) <= 3:
                message = "predicate and object are [p, o] or [p, o, language or datatype]"
                raise self._fault(message, value=value)
            predicates, objects = _list(value[0]), _list(value[1])
            if len(value) == 3:
                objects = [[item, value[2]] for item in objects]
        else:
            entries = self._keys(value, {"p", "o", "graphs"})
            predicates, objects, graphs = (_list(entries.get(key)) for key in ("p", "o", "graphs"))
        if not predicates or not objects:
            raise self._fault("a predicate and an object are needed", "add them")
        verbs = tuple(map(self._read_iri, predicates))
        typed = any(verb.expression == Constant(RDF_TYPE) for verb in verbs)
        kind = Kind.IRI if typed else Kind.LITERAL
        things = tuple(self._read_object(item, kind) for item in objects)
        return Statements(verbs, things, tuple(map(self._read_iri, graphs)))

    def _read_object(self, value: object, kind: Kind) -> TermMap | Join:
        if isinstance(value, dict) and ("mapping" in value or "mappings" in value):
            return self._read_join(value)
        items = value if isinstance(value, list) else [value]
        if not 1 <= len(items) <= 2:
            message = "an object is [value] or [value, language or datatype]"
            raise self._fault(message, value=value)
        term = self._read_term(items[0], kind)
        return self._qualify(term, self._text(items[1])) if len(items) == 2 else term

    def _read_join(self, value: dict[str, Any]) -> Join:
        entries = self._keys(value, {"mappings", "condition"})
        parents = _list(entries["mappings"])
        if len(parents) != 1 or parents[0] not in self.names:
            message = f"there is no mapping “{', '.join(map(str, parents))}” to join with"
            raise self._fault(message, "name one mapping")
        conditions = tuple(map(self._read_condition, _list(entries.get("condition"))))
        return Join(parents[0], conditions)

    def _read_condition(self, value: object) -> tuple[str, str]:
        """The columns of child and parent that are equal."""
        test = self._keys(value, {"function", "parameters"})
        name = self._text(test.get("function", "")).rpartition(":")[2]
        if name not in ("equal", "stringEqual") and not name.endswith("/equal"):
            message = f"the condition “{test.get('function')}” is not supported"
            raise self._fault(message, "join by “equal”")
        sides: dict[str, str] = {}
        for position, parameter in enumerate(_list(test.get("parameters"))):
            named = isinstance(parameter, dict)
            items = list(parameter.values()) if named else _list(parameter)
            expression = self._expression(self._text(items[1] if len(items) > 1 else ""))
            side = items[2] if len(items) > 2 else "so"[position % 2]
            if not isinstance(expression, Reference):
                raise self._fault("a join compares two references", "write $(column)", parameter)
            sides["child" if side in ("s", "subject") else "parent"] = expression.name
        if len(sides) != 2:
            message = "a join compares a column of each side"
            raise self._fault(message, "give str1 with s and str2 with o")
        return sides["child"], sides["parent"]

    def _read_term(self, value: object, kind: Kind = Kind.IRI) -> TermMap:
        if not isinstance(value, dict):
            return self._read_text(self._text(value), kind)
        known = {"value", "type", "datatype", "language", "function", "parameters"}
        entries = self._keys(value, known)
        if stated := entries.get("type"):
            if stated not in KINDS:
                message = f"there is no type of term “{stated}”"
                raise self._fault(message, "use iri, literal or blank")
            kind = KINDS[stated]
        if "function" not in entries:
            term = self._read_text(self._text(entries.get("value", "")), kind)
        elif "value" in entries:
            raise self._fault("“value” and “function” exclude each other", "give one")
        else:
            term = TermMap(self._read_call(entries, 0), kind)
        for key, suffix in (("language", "~lang"), ("datatype", "")):
            if key in entries:
                term = self._qualify(term, self._text(entries[key]) + suffix)
        return term

    def _read_text(self, text: str, kind: Kind) -> TermMap:
        if text.endswith("~iri"):
            text, kind = text[:-4], Kind.IRI
        elif text.endswith("~literal"):
            text, kind = text[:-8], Kind.LITERAL
        elif text.startswith("_:") and kind is Kind.IRI:
            text, kind = text[2:], Kind.BLANK
        if not text:
            raise self._fault("a value is missing", "write $(column) or a constant")
        expression = self._expression(text)
        if kind is Kind.IRI:
            return TermMap(self._expand(expression), kind)
        prefix, colon, local = text.partition(":")
        prefixed = isinstance(expression, Constant) and colon and prefix in self.prefixes
        if prefixed and " " not in local:
            said = f"“{text}” is taken as a text ({self.where})"
            self.remarks.append(f"{said}; if an IRI is meant, write {text}~iri")
        return TermMap(expression, kind)

    def _qualify(self, term: TermMap, text: str) -> TermMap:
        if term.kind is not Kind.LITERAL:
            message = "only literals have a language or datatype"
            raise self._fault(message, "remove ~iri, or the third part", text)
        if text.endswith("~lang"):
            return replace(term, language=self._expression(text[:-5]))
        return replace(term, datatype=self._expand(self._expression(text)))

    def _expression(self, text: str) -> Expression:
        try:
            expression = parse_template(text, "$(", ")")
        except ValueError as error:
            raise self._fault(str(error), "close the bracket", text) from error
        if isinstance(expression, Template) and isinstance(only := expression.parts[0], Reference):
            return only if len(expression.parts) == 1 else expression
        return expression

    def _expand(self, expression: Expression) -> Expression:
        """Put the namespace for the prefix that a constant or template begins with."""
        if isinstance(expression, Constant):
            return Constant(self._expand_start(expression.value))
        if isinstance(expression, Template) and isinstance(expression.parts[0], str):
            return Template((self._expand_start(expression.parts[0]), *expression.parts[1:]))
        return expression

    def _expand_start(self, text: str) -> str:
        prefix, colon, local = text.partition(":")
        if colon and prefix in self.prefixes and not local.startswith("//"):
            return self.prefixes[prefix] + local
        if text.startswith("<") and text.endswith(">"):
            return text[1:-1]
        if SCHEME.match(text) and prefix not in WHOLE:
            said = f"“{prefix}:” is no declared prefix; “{text}” is taken as a whole IRI"
            self.remarks.append(said)
        return text

    def _read_call(self, entries: Dict[str, Any], depth: int) -> Call:
        if depth > DEEPEST:
            raise self._fault("functions are nested too deep", "write them flat")
        name = self._expand_start(self._text(entries.get("function", "")))
        arguments = []
        for parameter in _list(entries.get("parameters")):
            if isinstance(parameter, dict):
                items = self._keys(parameter, {"parameter", "value", "type"})
                key, value = items.get("parameter", ""), items.get("value", "")
            elif isinstance(parameter, list) and len(parameter) == 2:
                key, value = parameter
            else:
                raise self._fault("a parameter is [name, value]", value=parameter)
            argument: Expression
            if isinstance(value, dict):
                inner = self._keys(value, {"function", "parameters"})
                argument = self._read_call(inner, depth + 1)
            else:
                argument = self._expression(self._text(value))
            arguments.append((self._expand_start(self._text(key)), argument))
        return Call(name, tuple(arguments))
