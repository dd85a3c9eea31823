"""YARRRML (https://rml.io/yarrrml/spec/) into the model. What is not understood is refused by
name.
"""

from __future__ import annotations

from collections.abc import Mapping as Dict
from pathlib import PurePosixPath
from typing import Any

from loaders.findings import Fault
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
    parse_template,
)
from loaders.mapping.terms import SCHEME
from loaders.mapping.yaml_text import parse_yaml
from loaders.namespaces import NAMESPACES, RDF_TYPE
from loaders.reading.workbook import ENDINGS as WORKBOOKS

PREFIXES = {**NAMESPACES, "mcf": FUNCTIONS}
READERS = {
    "csv": "csv",
    "tsv": "csv",
    "xlsx": "csv",
    "xls": "csv",
    "ods": "csv",
    "excel": "csv",
    "jsonpath": "json",
    "json": "json",
    "xpath": "xml",
    "xml": "xml",
}
KINDS = {"iri": Kind.IRI, "literal": Kind.LITERAL, "blank": Kind.BLANK, "blanknode": Kind.BLANK}
DEEPEST = 40
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
    def __init__(self) -> None:
        self.prefixes = dict(PREFIXES)
        self.sources: dict[str, LogicalSource] = {}
        self.base = ""
        self.remarks: list[str] = []
        self.names: set[str] = set()

    def read_document(self, document: object) -> Mapping:
        entries = self._keys(
            document,
            {"prefixes", "base", "sources", "mappings", "authors", "author", "version"},
            "the document",
        )
        for prefix, iri in self._dict(entries.get("prefixes") or {}, "prefixes").items():
            self.prefixes[str(prefix)] = self._text(iri, f"prefix {prefix}")
        self.base = self._text(entries.get("base", ""), "base")
        for name, value in self._dict(entries.get("sources") or {}, "sources").items():
            self.sources[name] = self._read_source(value, f"source {name}")
        mappings = self._dict(entries.get("mappings") or {}, "mappings")
        if not mappings:
            raise Fault(
                "mapping-empty", "the mapping has no ‘mappings’", "add one for each kind of thing"
            )
        self.names = set(mappings)
        maps = tuple(m for name, value in mappings.items() for m in self._read_map(name, value))
        return Mapping(maps, tuple(self.remarks))

    def _fault(
        self,
        message: str,
        where: str,
        remedy: str = "see the YARRRML specification",
        value: object = "",
    ) -> Fault:
        return Fault(
            "mapping-yarrrml", f"{message} ({where})", remedy, column=where, value=str(value)[:200]
        )

    def _dict(self, value: object, where: str) -> Dict[str, Any]:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise self._fault("a block of keys and values is expected here", where, value=value)
        return value

    def _text(self, value: object, where: str) -> str:
        if not isinstance(value, str):
            raise self._fault("a single text is expected here", where, value=value)
        return value

    def _keys(self, value: object, known: set[str], where: str) -> Dict[str, Any]:
        entries = {}
        for key, entry in self._dict(value, where).items():
            name = key if key in known else KEYS.get(key, key)
            if name not in known:
                raise self._fault(
                    f"‘{key}’ is not supported here", where, f"use only {', '.join(sorted(known))}"
                )
            if name in entries:
                raise self._fault(f"‘{name}’ is given twice", where, "give it once")
            entries[name] = entry
        return entries

    def _read_source(self, value: object, where: str) -> LogicalSource:
        if isinstance(value, dict):
            known = {"access", "referenceFormulation", "iterator", "sheet", "query"}
            entries = self._keys(value, known | {"type", "queryFormulation"}, where)
            if "query" in entries:
                return self._read_query(entries, where)
            access, formulation = entries.get("access", ""), entries.get("referenceFormulation", "")
            part = entries.get("iterator", "") or entries.get("sheet", "")
        else:
            items = _list(value)
            if not 1 <= len(items) <= 2:
                message = "a source is [file~formulation] or [file~formulation, iterator]"
                raise self._fault(message, where, value=value)
            access, _, formulation = self._text(items[0], where).rpartition("~")
            part = items[1] if len(items) == 2 else ""
        reader = READERS.get(self._text(formulation, where).lower())
        if not access or not reader:
            message = f"the formulation ‘{formulation}’ is not supported"
            raise self._fault(message, where, f"use one of {', '.join(sorted(READERS))}", value)
        file = self._text(access, where)
        if reader == "csv" and part and PurePosixPath(file).suffix.lower() not in WORKBOOKS:
            raise self._fault("a delimited file has no iterator", where, "remove it", part)
        return LogicalSource(file, reader, self._text(part, where))

    def _read_query(self, entries: Dict[str, Any], where: str) -> LogicalSource:
        """A SPARQL endpoint: access, query, and json or csv by which its answer is referred to."""
        get = {key: self._text(value, where) for key, value in entries.items()}
        kind, language = get.get("type", "sparql"), get.get("queryFormulation", "sparql11")
        reader = READERS.get(get.get("referenceFormulation", "csv").lower())
        if kind != "sparql" or not language.startswith("sparql") or reader not in ("csv", "json"):
            message = "a source with a query is a SPARQL endpoint, read as csv or jsonpath"
            raise self._fault(message, where, "write type: sparql", f"{kind} {language} {reader}")
        return LogicalSource(get.get("access", ""), reader, get.get("iterator", ""), get["query"])

    def _read_map(self, name: str, value: object) -> list[TriplesMap]:
        where = f"mapping {name}"
        entries = self._keys(value, {"sources", "s", "po", "graphs"}, where)
        stated = entries.get("sources", [])
        if isinstance(stated, list) and stated and isinstance(stated[0], str) and "~" in stated[0]:
            stated = [stated]
        sources = []
        for item in _list(stated):
            if isinstance(item, str) and item not in self.sources:
                raise self._fault(f"there is no source ‘{item}’", where, "add it under ‘sources’")
            sources.append(
                self.sources[item] if isinstance(item, str) else self._read_source(item, where)
            )
        subjects = _list(entries.get("s"))
        if not sources or not subjects:
            raise self._fault(
                "a mapping needs a source and a subject", where, "add ‘sources’ and ‘s’"
            )
        statements = tuple(
            self._read_statements(item, f"{where}, po {n}")
            for n, item in enumerate(_list(entries.get("po")), 1)
        )
        graphs = tuple(self._read_iri(item, where) for item in _list(entries.get("graphs")))
        return [
            TriplesMap(name, source, subject, statements, graphs, self.base)
            for source in sources
            for subject in [self._read_term(s, f"{where}, subject", Kind.IRI) for s in subjects]
        ]

    def _read_iri(self, value: object, where: str) -> TermMap:
        if isinstance(value, str) and value == "a":
            return TermMap(Constant(RDF_TYPE), Kind.IRI)
        return self._read_term(value, where, Kind.IRI)

    def _read_statements(self, value: object, where: str) -> Statements:
        if isinstance(value, list):
            if not 2 <= len(value) <= 3:
                message = "predicate and object are [p, o] or [p, o, language or datatype]"
                raise self._fault(message, where, value=value)
            predicates, objects = value[0], _list(value[1])
            if len(value) == 3:
                objects = [[item, value[2]] for item in objects]
            graphs: object = None
        else:
            entries = self._keys(value, {"p", "o", "graphs"}, where)
            predicates, graphs = entries.get("p"), entries.get("graphs")
            stated = entries.get("o")
            # `objects: [value, xsd:integer]` is one object with its datatype only when nested in a
            # list.
            objects = _list(stated)
        predicate_maps = tuple(self._read_iri(item, where) for item in _list(predicates))
        if not predicate_maps or not objects:
            raise self._fault("a predicate and an object are needed", where, "add them")
        typed = any(p.expression == Constant(RDF_TYPE) for p in predicate_maps)
        return Statements(
            predicate_maps,
            tuple(
                self._read_object(item, where, Kind.IRI if typed else Kind.LITERAL)
                for item in objects
            ),
            tuple(self._read_iri(item, where) for item in _list(graphs)),
        )

    def _read_object(self, value: object, where: str, kind: Kind) -> TermMap | Join:
        if isinstance(value, dict) and ("mapping" in value or "mappings" in value):
            return self._read_join(value, where)
        if isinstance(value, list):
            if not 1 <= len(value) <= 2:
                raise self._fault(
                    "an object is [value] or [value, language or datatype]", where, value=value
                )
            term = self._read_term(value[0], where, kind)
            return (
                self._qualify(term, self._text(value[1], where), where) if len(value) == 2 else term
            )
        return self._read_term(value, where, kind)

    def _read_join(self, value: dict[str, Any], where: str) -> Join:
        entries = self._keys(value, {"mappings", "condition"}, where)
        parents = _list(entries["mappings"])
        if len(parents) != 1 or parents[0] not in self.names:
            message = f"there is no mapping ‘{', '.join(map(str, parents))}’ to join with"
            raise self._fault(message, where, "name one mapping")
        conditions = []
        for condition in _list(entries.get("condition")):
            test = self._keys(condition, {"function", "parameters"}, where)
            name = self._text(test.get("function", ""), where).rpartition(":")[2]
            if name not in ("equal", "stringEqual") and not name.endswith("/equal"):
                message = f"the condition ‘{test.get('function')}’ is not supported"
                raise self._fault(message, where, "join by ‘equal’")
            sides: dict[str, str] = {}
            for position, parameter in enumerate(_list(test.get("parameters"))):
                items = (
                    _list(parameter)
                    if not isinstance(parameter, dict)
                    else list(parameter.values())
                )
                expression = self._expression(
                    self._text(items[1] if len(items) > 1 else "", where), where
                )
                side = items[2] if len(items) > 2 else "so"[position % 2]
                if not isinstance(expression, Reference):
                    raise self._fault(
                        "a join compares two references", where, "write $(column)", parameter
                    )
                sides["child" if side in ("s", "subject") else "parent"] = expression.name
            if len(sides) != 2:
                message = "a join compares a column of each side"
                raise self._fault(message, where, "give str1 with s and str2 with o")
            conditions.append((sides["child"], sides["parent"]))
        return Join(parents[0], tuple(conditions))

    def _read_term(self, value: object, where: str, kind: Kind) -> TermMap:
        if isinstance(value, dict):
            entries = self._keys(
                value,
                {"value", "type", "datatype", "language", "function", "parameters", "graphs"}
                - {"graphs"},
                where,
            )
            stated = entries.get("type", "")
            if stated and stated not in KINDS:
                raise self._fault(
                    f"there is no type of term ‘{stated}’", where, "use iri, literal or blank"
                )
            kind = KINDS[stated] if stated else kind
            if "function" in entries:
                if "value" in entries:
                    raise self._fault(
                        "‘value’ and ‘function’ exclude each other", where, "give one"
                    )
                term = TermMap(self._read_call(entries, where, 0), kind)
            else:
                term = self._read_text(self._text(entries.get("value", ""), where), where, kind)
            for key, suffix in (("language", "~lang"), ("datatype", "")):
                if key in entries:
                    term = self._qualify(term, self._text(entries[key], where) + suffix, where)
            return term
        return self._read_text(self._text(value, where), where, kind)

    def _read_text(self, text: str, where: str, kind: Kind) -> TermMap:
        if text.endswith("~iri"):
            text, kind = text[:-4], Kind.IRI
        elif text.endswith("~literal"):
            text, kind = text[:-8], Kind.LITERAL
        elif text.startswith("_:") and kind is Kind.IRI:
            text, kind = text[2:], Kind.BLANK
        if not text:
            raise self._fault("a value is missing", where, "write $(column) or a constant")
        expression = self._expression(text, where)
        if kind is Kind.IRI:
            expression = self._expand(expression)
        elif (
            isinstance(expression, Constant)
            and text.partition(":")[0] in self.prefixes
            and ":" in text
            and " " not in text
        ):
            self.remarks.append(
                f"‘{text}’ is taken as a text ({where}); if an IRI is meant, write {text}~iri"
            )
        return TermMap(expression, kind)

    def _qualify(self, term: TermMap, text: str, where: str) -> TermMap:
        if term.kind is not Kind.LITERAL:
            message = "only literals have a language or datatype"
            raise self._fault(message, where, "remove ~iri, or the third part", text)
        if text.endswith("~lang"):
            return TermMap(
                term.expression, term.kind, self._expression(text[:-5], where), term.datatype
            )
        return TermMap(
            term.expression, term.kind, term.language, self._expand(self._expression(text, where))
        )

    def _expression(self, text: str, where: str) -> Expression:
        try:
            expression = parse_template(text, "$(", ")", where)
        except ValueError as error:
            raise self._fault(str(error), where, "close the bracket", text) from error
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
        if (
            colon
            and SCHEME.match(text)
            and prefix not in ("http", "https", "urn", "mailto", "tel", "tag", "doi", "info", "ftp")
        ):
            self.remarks.append(
                f"‘{prefix}:’ is no declared prefix; ‘{text}’ is taken as a whole IRI"
            )
        return text

    def _read_call(self, entries: Dict[str, Any], where: str, depth: int) -> Call:
        if depth > DEEPEST:
            raise self._fault("functions are nested too deep", where, "write them flat")
        name = self._expand_start(self._text(entries.get("function", ""), where))
        arguments = []
        for parameter in _list(entries.get("parameters")):
            if isinstance(parameter, dict):
                items = self._keys(parameter, {"parameter", "value", "type"}, where)
                key, value = items.get("parameter", ""), items.get("value", "")
            elif isinstance(parameter, list) and len(parameter) == 2:
                key, value = parameter
            else:
                raise self._fault("a parameter is [name, value]", where, value=parameter)
            if isinstance(value, dict):
                inner = self._keys(value, {"function", "parameters"}, where)
                argument: Expression = self._read_call(inner, where, depth + 1)
            else:
                argument = self._expression(self._text(value, where), where)
            arguments.append((self._expand_start(self._text(key, where)), argument))
        return Call(name, tuple(arguments))
