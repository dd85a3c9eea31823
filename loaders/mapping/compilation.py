"""Mappings become functions: for each logical source one generated Python function that takes a
row's values and appends N-Quads lines. Text is ten times faster than term objects.

The generated code is made of f-strings over local names; what a mapping says enters it only as
constants in its namespace or as escaped text, so that no mapping can say code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as Dict
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from loaders.findings import Fault
from loaders.lexical import XSD, check_lexical, escape_text
from loaders.mapping import functions
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
    list_references,
)
from loaders.mapping.terms import (
    RDF_TYPE,
    SCHEME,
    check_language,
    encode_iri_part,
    encode_label,
    resolve_iri,
    write_literal,
)
from loaders.reading.rdf import check_iri

LARGEST_CACHE = 50_000
DEFAULT_GRAPHS = ("http://www.w3.org/ns/r2rml#defaultGraph", "http://w3id.org/rml/defaultGraph")
Typed = list[tuple[str, str]]
MapRow = Callable[[Any, Any, list[str], list[str], Typed], None]
IndexRow = Callable[[Any, dict[tuple[str, ...], list[str]]], None]


@dataclass(frozen=True)
class Target:
    """Where statements go. ``graph`` empty keeps the graphs of the mapping; else all go there.

    ``blank`` is the IRI that blank nodes are put under, empty keeps them blank. ``tracked`` are the
    classes whose subjects are handed back.
    """

    base: str
    graph: str = ""
    blank: str = ""
    tracked: frozenset[str] = frozenset()
    tables: functions.Tables = field(default_factory=dict)


@dataclass(frozen=True)
class RowMap:
    """One logical source with the function over its rows: ``run(values, escaped, lines, subjects,
    typed)``.
    """

    source: LogicalSource
    references: tuple[str, ...]
    run: MapRow
    code: str


@dataclass
class JoinIndex:
    """The subjects of a parent map by the values they are joined on; filled before rows are
    mapped.
    """

    source: LogicalSource
    references: tuple[str, ...]
    run: IndexRow
    child: LogicalSource
    column: str
    subjects: dict[tuple[str, ...], list[str]] = field(default_factory=dict)
    unmatched: list[tuple[str, ...]] = field(default_factory=list)

    def __getitem__(self, key: tuple[str, ...]) -> Iterable[str]:
        found = self.subjects.get(key)
        if found is None:
            self.unmatched.append(key)
            return ()
        return found


@dataclass(frozen=True)
class Program:
    """A compiled mapping."""

    rows: tuple[RowMap, ...]
    joins: tuple[JoinIndex, ...]
    drops_graphs: bool


def compile_mapping(mapping: Mapping, target: Target) -> Program:
    """Compile all triples maps; those over the same logical source share one function and one pass.

    Raises Fault for what the mapping says wrongly or the hub does not support.
    """
    by_name: dict[str, TriplesMap] = {}
    for triples_map in mapping.maps:
        by_name.setdefault(triples_map.name, triples_map)
    grouped: dict[LogicalSource, list[TriplesMap]] = {}
    for triples_map in mapping.maps:
        grouped.setdefault(triples_map.source, []).append(triples_map)
    joins: list[JoinIndex] = []
    rows = []
    for source, maps in grouped.items():
        writer = _Writer(source, target, by_name, joins)
        for triples_map in maps:
            writer.write_map(triples_map)
        rows.append(writer.finish())
    stated = any(m.graphs or any(s.graphs for s in m.statements) for m in mapping.maps)
    return Program(tuple(rows), tuple(joins), bool(target.graph) and stated)


class Cache(dict[str, str]):
    """Remembers what a function made of a value; a refused value gets its column."""

    def __init__(self, function: Callable[[str], str], column: str, rule: str, remedy: str) -> None:
        super().__init__()
        self.function, self.column, self.rule, self.remedy = function, column, rule, remedy

    def __missing__(self, value: str) -> str:
        if len(self) >= LARGEST_CACHE:
            self.clear()
        try:
            result = self[value] = self.function(value)
        except ValueError as error:
            raise Fault(
                self.rule, str(error), self.remedy, column=self.column, value=value
            ) from error
        return result


class CallCache(dict[tuple[str, ...], tuple[str, ...]]):
    """As Cache, for a function of several arguments with any number of results."""

    def __init__(
        self, name: str, parameters: tuple[str, ...], column: str, tables: functions.Tables
    ) -> None:
        super().__init__()
        self.name, self.parameters, self.column, self.tables = name, parameters, column, tables

    def __missing__(self, values: tuple[str, ...]) -> tuple[str, ...]:
        if len(self) >= LARGEST_CACHE:
            self.clear()
        arguments: dict[str, list[str]] = {}
        for parameter, value in zip(self.parameters, values, strict=True):
            arguments.setdefault(parameter, []).append(value)
        try:
            result = self[values] = functions.LIBRARY[self.name](arguments, self.tables)
        except ValueError as error:
            raise Fault(
                f"function-{self.name}",
                str(error),
                "correct the value, or the mapping",
                column=self.column,
                value=arguments["value"][0],
            ) from error
        return result


def _list_names(prefix: str, count: int) -> str:
    return "".join(f"{prefix}{i}, " for i in range(count))


def _quote(text: str) -> str:
    """Text as it stands in a generated f-string that is written between double quotes."""
    plain = text.encode("unicode_escape").decode("ascii")
    return plain.replace('"', '\\"').replace("{", "{{").replace("}", "}}")


class _Writer:
    """Writes the function of one logical source. Fragments are pieces of f-strings."""

    def __init__(
        self,
        source: LogicalSource,
        target: Target,
        maps: Dict[str, TriplesMap],
        joins: list[JoinIndex],
    ) -> None:
        self.source, self.target, self.maps, self.joins = source, target, maps, joins
        self.flat = source.reader == "csv"
        self.references: dict[str, int] = {}
        self.names: dict[str, Any] = {}
        self.lines: list[str] = []
        self.depth = 1
        self.sure: set[int] = set()
        self.base = target.base
        self.counter = 0

    # 1. The frame.

    def finish(self) -> RowMap:
        count = len(self.references)
        unpack = ""
        if count and self.flat:
            unpack = f" {_list_names('v', count)} = v\n {_list_names('q', count)} = q\n"
        elif count:
            unpack = f" {_list_names('v', count)} = v\n"
        code = f"def run(v, q, out, subjects, typed):\n{unpack}" + "\n".join(
            [*self.lines, " return"]
        )
        return RowMap(self.source, tuple(self.references), self._build(code), code)

    def _build(self, code: str) -> Any:
        exec(compile(code, "<mapping>", "exec"), self.names)
        return self.names["run"]

    def _line(self, text: str) -> None:
        self.lines.append(" " * self.depth + text)

    @contextmanager
    def _block(self) -> Iterator[None]:
        depth, sure = self.depth, set(self.sure)
        yield
        self.depth, self.sure = depth, sure

    def _name(self, prefix: str, value: Any) -> str:
        self.counter += 1
        name = f"{prefix}{self.counter}"
        self.names[name] = value
        return name

    def _open(self, statement: str) -> None:
        self._line(statement)
        self.depth += 1

    # 2. Triples maps.

    def write_map(self, triples_map: TriplesMap) -> None:
        self.base = triples_map.base or self.target.base
        if (
            triples_map.subject.language
            or triples_map.subject.datatype
            or triples_map.subject.kind is Kind.LITERAL
        ):
            raise Fault(
                "mapping-subject",
                f"the subject of ‘{triples_map.name}’ is a literal",
                "make it an IRI",
            )
        with self._block():
            subject = self._write_term(triples_map.subject)
            self._line(f'_s = f"{subject}"')
            self._line("_n = len(out)")
            always: list[str] = []
            for statements in triples_map.statements:
                self._write_statements(triples_map, statements, always)
            if always:
                self._line(f'out.append(f"{"".join(always)}")')
            self._line("if len(out) > _n: subjects.append(_s)")

    def _write_statements(
        self, triples_map: TriplesMap, statements: Statements, always: list[str]
    ) -> None:
        graphs: list[TermMap | None] = list(
            dict.fromkeys((*triples_map.graphs, *statements.graphs))
        )
        for graph in graphs:
            if graph and graph.kind is not Kind.IRI:
                raise Fault(
                    "mapping-graph", f"a graph of ‘{triples_map.name}’ is no IRI", "make it one"
                )
        if self.target.graph or not graphs:
            graphs = [None]
        for predicate in statements.predicates:
            if predicate.kind is not Kind.IRI:
                raise Fault(
                    "mapping-predicate",
                    f"a predicate of ‘{triples_map.name}’ is no IRI",
                    "make it one",
                )
            for item in statements.objects:
                for graph in graphs:
                    self._write_statement(triples_map, predicate, item, graph, always)

    def _write_statement(
        self,
        triples_map: TriplesMap,
        predicate: TermMap,
        item: TermMap | Join,
        graph: TermMap | None,
        always: list[str],
    ) -> None:
        with self._block():
            depth = self.depth
            verb = self._write_term(predicate)
            if isinstance(item, Join):
                value = self._write_join(triples_map, item)
            else:
                value = self._write_term(item)
            end = f" <{_quote(self.target.graph)}>" if self.target.graph else ""
            if graph and not (
                isinstance(graph.expression, Constant) and graph.expression.value in DEFAULT_GRAPHS
            ):
                end = " " + self._write_term(graph)
            line = f"{{_s}} {verb} {value}{end} .\\n"
            if self.depth == depth:
                always.append(line)
            else:
                self._line(f'out.append(f"{line}")')
            if self.target.tracked and predicate.expression == Constant(RDF_TYPE):
                stated = item.expression if isinstance(item, TermMap) else None
                if not isinstance(stated, Constant) or stated.value in self.target.tracked:
                    self._line(f'typed.append((f"{value}", _s))')

    def _write_join(self, child: TriplesMap, join: Join) -> str:
        parent = self.maps.get(join.parent)
        if parent is None:
            raise Fault(
                "mapping-join",
                f"‘{child.name}’ joins ‘{join.parent}’, which is not there",
                "correct the name",
            )
        if not join.conditions:
            if parent.source != child.source:
                raise Fault(
                    "mapping-join",
                    f"‘{child.name}’ joins ‘{parent.name}’ of another source without a condition",
                    "add a condition",
                )
            return self._write_term(parent.subject)
        index = _compile_index(parent, child, join, self.target, self.maps)
        self.joins.append(index)
        keys = ", ".join(self._write_value(Reference(name)) for name, _ in join.conditions)
        self.counter += 1
        name = f"_o{self.counter}"
        self._open(f"for {name} in {self._name('join', index)}[({keys},)]:")
        return f"{{{name}}}"

    # 3. Terms: each writes the guards it needs and gives the fragment that stands inside them.

    def _write_term(self, term: TermMap) -> str:
        expression = term.expression
        if term.kind is Kind.BLANK:
            return self._write_blank(expression)
        if term.kind is Kind.IRI:
            return self._write_iri(expression)
        return self._write_literal(term)

    def _write_iri(self, expression: Expression) -> str:
        if isinstance(expression, Constant):
            return _quote(f"<{_check(resolve_iri(self.base), expression.value)}>")
        if isinstance(expression, Template):
            first = expression.parts[0]
            relative = not (isinstance(first, str) and SCHEME.match(first))
            start = self.base if relative else ""
            sample = start + "".join(p if isinstance(p, str) else "0" for p in expression.parts)
            _check(check_iri, sample)
            column = next(list_references(expression))
            body = self._write_parts(
                expression,
                "IRI",
                lambda name: self._cache(
                    encode_iri_part, name, "iri-value", "give a value that can stand in an IRI"
                ),
            )
            constant = start + (first if isinstance(first, str) else "")
            if constant.count("/") < 3 and not constant.startswith(
                ("urn:", "tag:", "info:", "mailto:", "tel:")
            ):
                # A value in the authority can break the IRI, whatever is percent-encoded.
                cache = self._cache(check_iri, column, "iri", "give a value that makes an IRI")
                name = self._local(f'f"{_quote(start)}{body}"')
                return f"<{{{cache}[{name}]}}>"
            return f"<{_quote(start)}{body}>"
        value = self._write_value(expression)
        column = next(list_references(expression), "")
        cache = self._cache(
            resolve_iri(self.base),
            column,
            "iri",
            "percent-encode spaces and brackets, or give a whole IRI",
        )
        return f"<{{{cache}[{value}]}}>"

    def _write_blank(self, expression: Expression) -> str:
        encode = encode_iri_part if self.target.blank else encode_label
        start, end = (f"<{self.target.blank}", ">") if self.target.blank else ("_:", "")
        if isinstance(expression, Constant):
            return _quote(start + _check(encode, expression.value) + end)
        value = self._write_text(expression)
        cache = self._cache(
            encode,
            next(list_references(expression), ""),
            "iri-value",
            "give a value that can stand in a name",
        )
        return f"{_quote(start)}{{{cache}[{value}]}}{end}"

    def _write_literal(self, term: TermMap) -> str:
        expression = term.expression
        language, datatype = term.language, term.datatype
        if language and datatype:
            raise Fault(
                "mapping-literal", "a literal has a language or a datatype, not both", "remove one"
            )
        if isinstance(language, Constant):
            _check(check_language, language.value)
        if isinstance(datatype, Constant):
            _check(check_iri, datatype.value)
        fixed = all(part is None or isinstance(part, Constant) for part in (language, datatype))
        tag = language.value if isinstance(language, Constant) else ""
        kind = datatype.value if isinstance(datatype, Constant) else ""
        column = next(list_references(expression), "")
        if isinstance(expression, Constant) and fixed:
            return _quote(
                _check(lambda v: write_literal(v, language=tag, datatype=kind), expression.value)
            )
        if not fixed:
            return self._write_open_literal(term, column)
        suffix = (
            f"@{tag}" if tag else f"^^<{_quote(kind)}>" if kind and kind != XSD + "string" else ""
        )
        dated = isinstance(expression, Call) and expression.function == functions.FUNCTIONS + "date"
        if dated and not suffix:
            cache = self._cache(_write_dated, column, "datatype", "correct the date")
            return f"{{{cache}[{self._write_value(expression)}]}}"
        if suffix and not tag:
            name = kind.removeprefix(XSD)
            cache = self._cache(
                check_lexical(kind),
                column,
                "datatype",
                f"write it as an xsd:{name}, or change the mapping",
            )
            return f'\\"{{{cache}[{self._write_text(expression)}]}}\\"{suffix}'
        if isinstance(expression, Call):
            cache = self._cache(escape_text, column, "text", "remove the character")
            return f'\\"{{{cache}[{self._write_value(expression)}]}}\\"{suffix}'
        return f'\\"{self._write_parts(expression, "text", None)}\\"{suffix}'

    def _write_open_literal(self, term: TermMap, column: str) -> str:
        """A literal whose language or datatype comes from the row too."""
        value = self._write_text(term.expression)
        qualifier = term.language or term.datatype
        assert qualifier is not None
        other = self._write_text(qualifier)
        make = self._name("make", _make_literal(bool(term.language), self.base, column))
        return f"{{{make}({value}, {other})}}"

    # 4. Values.

    def _write_parts(
        self, expression: Expression, _purpose: str, cache: Callable[[str], str] | None
    ) -> str:
        """The fragment of a reference or template, each value through a cache, or escaped for a
        literal.
        """
        parts = (expression,) if isinstance(expression, Reference | Constant) else expression.parts  # type: ignore[union-attr]
        fragment = ""
        for part in parts:
            if isinstance(part, Constant):
                fragment += _quote(escape_text(part.value))
            elif isinstance(part, str):
                fragment += _quote(part if cache else escape_text(part))
            else:
                value = self._write_value(part)
                if cache:
                    fragment += f"{{{cache(part.name)}[{value}]}}"
                elif self.flat:
                    fragment += f"{{q{value[1:]}}}"
                else:
                    escaping = self._cache(escape_text, part.name, "text", "remove the character")
                    fragment += f"{{{escaping}[{value}]}}"
        return fragment

    def _write_text(self, expression: Expression) -> str:
        """A name or constant for the plain text of an expression."""
        if isinstance(expression, Template):
            body = "".join(
                _quote(p) if isinstance(p, str) else f"{{{self._write_value(p)}}}"
                for p in expression.parts
            )
            return self._local(f'f"{body}"')
        return self._write_value(expression)

    def _write_value(self, expression: Expression) -> str:
        """The name of the raw value of an expression, behind the guards that make it one that is
        there.
        """
        if isinstance(expression, Constant):
            return self._name("k", expression.value)
        if isinstance(expression, Template):
            return self._write_text(expression)
        if isinstance(expression, Call):
            return self._write_call(expression)
        position = self.references.setdefault(expression.name, len(self.references))
        if not self.flat:
            self.counter += 1
            self._open(f"for x{self.counter} in v{position}:")
            return f"x{self.counter}"
        if position not in self.sure:
            self._open(f"if v{position}:")
            self.sure.add(position)
        return f"v{position}"

    def _write_call(self, call: Call) -> str:
        name = call.function.removeprefix(functions.FUNCTIONS)
        if name not in functions.LIBRARY or name == call.function:
            raise Fault(
                "function-unknown",
                f"the function <{call.function}> is not one that mappings may call",
                f"use {', '.join(sorted(functions.LIBRARY))} of <{functions.FUNCTIONS}>",
            )
        needed, allowed = functions.PARAMETERS[name]
        parameters = tuple(p.removeprefix(functions.FUNCTIONS) for p, _ in call.arguments)
        if not needed <= set(parameters) <= needed | allowed or (
            name != "concat" and len(set(parameters)) < len(parameters)
        ):
            raise Fault(
                "function-parameters",
                f"mcf:{name} takes {', '.join(sorted(needed | allowed))}, not"
                f" {', '.join(parameters) or 'nothing'}",
                "correct its parameters",
            )
        values = [self._write_text(argument) for _, argument in call.arguments]
        cache = self._name(
            "f", CallCache(name, parameters, next(list_references(call), ""), self.target.tables)
        )
        self.counter += 1
        self._open(f"for y{self.counter} in {cache}[({', '.join(values)},)]:")
        return f"y{self.counter}"

    def _local(self, value: str) -> str:
        self.counter += 1
        self._line(f"t{self.counter} = {value}")
        return f"t{self.counter}"

    def _cache(self, function: Callable[[str], str], column: str, rule: str, remedy: str) -> str:
        return self._name("c", Cache(function, column, rule, remedy))


def _compile_index(
    parent: TriplesMap, child: TriplesMap, join: Join, target: Target, maps: Dict[str, TriplesMap]
) -> JoinIndex:
    writer = _Writer(parent.source, target, maps, [])
    writer.base = parent.base or target.base
    subject = writer._write_term(parent.subject)
    keys = ", ".join(writer._write_value(Reference(name)) for _, name in join.conditions)
    writer._line(f"_k = ({keys},)")
    writer._line(f'_s = f"{subject}"')
    writer._line("_l = index.setdefault(_k, [])")
    writer._line("if _s not in _l: _l.append(_s)")
    count = len(writer.references)
    code = f"def run(v, index):\n {', '.join(f'v{i}' for i in range(count))}, = v\n" + "\n".join(
        writer.lines
    )
    return JoinIndex(
        parent.source,
        tuple(writer.references),
        writer._build(code),
        child.source,
        join.conditions[0][0],
    )


def _check(function: Callable[[str], str], value: str) -> str:
    try:
        return function(value)
    except ValueError as error:
        raise Fault(
            "mapping-constant",
            f"a constant of the mapping cannot be used: {error}",
            "correct it in the mapping",
            value=value,
        ) from error


def _write_dated(value: str) -> str:
    kind = ("gYear", "gYearMonth", "date")[value.count("-", 1)]
    return write_literal(value, datatype=XSD + kind)


def _make_literal(tagged: bool, base: str, column: str) -> Callable[[str, str], str]:
    resolve = resolve_iri(base)

    def make(value: str, other: str) -> str:
        try:
            if tagged:
                return write_literal(value, language=check_language(other))
            return write_literal(value, datatype=resolve(other))
        except ValueError as error:
            raise Fault(
                "literal",
                str(error),
                "correct the value",
                column=column,
                value=f"{value} / {other}",
            ) from error

    return make
