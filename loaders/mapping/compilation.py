"""Mappings become functions: one for each logical source, from a row's values to N-Quads lines.

Text is ten times faster than term objects. What a mapping says enters the generated code only as
values of its namespace or as quoted text, so that no mapping can say code.
"""

from __future__ import annotations

from loaders.findings import Fault
from loaders.mapping.columns import read_columns
from loaders.mapping.model import (
    Constant,
    Join,
    Kind,
    LogicalSource,
    Mapping,
    Reference,
    Statements,
    TermMap,
    TriplesMap,
    list_references,
)
from loaders.mapping.program import JoinIndex, Program, RowMap, Subjects, Target
from loaders.mapping.writer import CodeWriter, quote_text
from loaders.namespaces import RDF_TYPE

DEFAULT_GRAPHS = (
    Constant("http://www.w3.org/ns/r2rml#defaultGraph"),
    Constant("http://w3id.org/rml/defaultGraph"),
)
OWN_SHOWN = 5
KEYLESS = "key-empty"


def compile_mapping(mapping: Mapping, target: Target) -> Program:
    """Compile all triples maps; those over the same logical source share a function and a pass.

    Raises Fault for what the mapping says wrongly or the hub does not support.
    """
    return _Compiler(mapping, target).compile()


class _Compiler:
    def __init__(self, mapping: Mapping, target: Target) -> None:
        self.mapping, self.target = mapping, target
        self.joins: list[JoinIndex] = []

    def compile(self) -> Program:
        by_source: dict[LogicalSource, list[TriplesMap]] = {}
        for triples_map in self.mapping.maps:
            by_source.setdefault(triples_map.source, []).append(triples_map)
        rows = []
        for source, maps in by_source.items():
            writer = CodeWriter(source, self.target)
            for triples_map in maps:
                self._write_map(writer, triples_map)
                _tell_keyless(writer, triples_map, [m for m in maps if m is not triples_map])
            for name in self.target.columns(source.file) if writer.flat else ():
                writer.references.setdefault(name, len(writer.references))
            run, code = writer.build("v, q, out, subjects, typed")
            stated = _list_predicates(maps)
            references = tuple(writer.references)
            rows.append(RowMap(source, references, run, writer.refusals, code, stated))
        graphs = any(m.graphs or any(s.graphs for s in m.statements) for m in self.mapping.maps)
        return Program(tuple(rows), tuple(self.joins), bool(self.target.graph) and graphs)

    def _write_map(self, writer: CodeWriter, triples_map: TriplesMap) -> None:
        writer.base = triples_map.base or self.target.base
        _require_kinds(triples_map)
        with writer.block():
            subject = writer.write_term(triples_map.subject)
            writer.line(f'_s = f"{subject}"')
            writer.line("_n = len(out)")
            # Statements that need no guard beyond the subject's are written as one text.
            always: list[str] = []
            for statements in triples_map.statements:
                graphs = list(dict.fromkeys((*triples_map.graphs, *statements.graphs)))
                for predicate in statements.predicates:
                    for item in statements.objects:
                        for graph in graphs if graphs and not self.target.graph else [None]:
                            place = (triples_map, predicate, item, graph)
                            self._write_statement(writer, *place, always)
            if always:
                writer.line(f'out.append(f"{"".join(always)}")')
            writer.line("if len(out) > _n: subjects.append(_s)")

    def _write_statement(
        self,
        writer: CodeWriter,
        triples_map: TriplesMap,
        predicate: TermMap,
        item: TermMap | Join,
        graph: TermMap | None,
        always: list[str],
    ) -> None:
        with writer.block():
            depth = writer.depth
            verb = writer.write_term(predicate)
            if isinstance(item, Join):
                value = self._write_join(writer, triples_map, item)
            else:
                value = writer.write_term(item)
            end = f" <{quote_text(self.target.graph)}>" if self.target.graph else ""
            if graph and graph.expression not in DEFAULT_GRAPHS:
                end = " " + writer.write_term(graph)
            line = f"{{_s}} {verb} {value}{end} .\\n"
            if writer.depth == depth:
                always.append(line)
            else:
                writer.line(f'out.append(f"{line}")')
            if self.target.tracked and predicate.expression == Constant(RDF_TYPE):
                stated = item.expression if isinstance(item, TermMap) else None
                if not isinstance(stated, Constant) or stated.value in self.target.tracked:
                    writer.line(f'typed.append((f"{value}", _s))')

    def _write_join(self, writer: CodeWriter, child: TriplesMap, join: Join) -> str:
        parents = [other for other in self.mapping.maps if other.name == join.parent]
        if not parents:
            message = f"“{child.name}” joins “{join.parent}”, which is not there"
            raise Fault("mapping-join", message, "correct the name")
        here = [parent for parent in parents if parent.source == child.source]
        if not join.conditions and here:
            if len(here) > 1:
                message = f"“{child.name}” joins “{join.parent}”, which has several subjects"
                raise Fault("mapping-join", message, "write a mapping for each subject")
            return writer.write_term(here[0].subject)
        # Queries choose their rows themselves, so all of one may be meant for all of the other.
        if not join.conditions and not (child.source.query and parents[0].source.query):
            message = f"“{child.name}” joins “{join.parent}” of another source, with no condition"
            raise Fault("mapping-join", message, "add a condition")
        subjects: Subjects = {}
        for parent in parents:
            self.joins.append(self._compile_index(parent, child, join, subjects))
        index = writer.bind("j", self.joins[-1])
        keys = "".join(f"{writer.write_value(Reference(name))}, " for name, _ in join.conditions)
        found = writer.bind("o")
        writer.open(f"for {found} in {index}[({keys})]:")
        return f"{{{found}}}"

    def _compile_index(
        self, parent: TriplesMap, child: TriplesMap, join: Join, subjects: Subjects
    ) -> JoinIndex:
        writer = CodeWriter(parent.source, self.target)
        writer.base = parent.base or self.target.base
        subject = writer.write_term(parent.subject)
        keys = "".join(f"{writer.write_value(Reference(name))}, " for _, name in join.conditions)
        writer.line(f'_s = f"{subject}"')
        writer.line(f"if not refusals: index.setdefault(({keys}), {{}})[_s] = None")
        run, _ = writer.build("v, index")
        column = join.conditions[0][0] if join.conditions else ""
        place = (parent.source, tuple(writer.references), run, writer.refusals)
        return JoinIndex(*place, child.source, column, subjects)


def _tell_keyless(writer: CodeWriter, one: TriplesMap, others: list[TriplesMap]) -> None:
    """Say of a row that its key is empty, where columns that no other map reads have values."""
    keys = dict.fromkeys(list_references(one.subject.expression))
    known = {*keys, *read_columns(others)}
    known.update(name for m in others for name in list_references(m.subject.expression))
    own = [name for name in dict.fromkeys(read_columns([one])) if name not in known]
    filled = " or ".join(f"v{writer.references[name]}" for name in own)
    shown = ", ".join(own[:OWN_SHOWN]) + (", …" if own[OWN_SHOWN:] else "")
    message = f"the key of “{one.name}” is empty, and so nothing is taken of {shown}"
    for key in keys if own else ():
        fault = writer.bind("k", Fault(KEYLESS, message, "fill it in", column=key))
        empty = f"not v{writer.references[key]}"
        writer.line(f"if {empty} and ({filled}): refusals.remarks.append({fault})")


def _list_predicates(maps: list[TriplesMap]) -> tuple[str, ...]:
    """The predicates that some maps state; none where one is not the same in every row."""
    terms = [term.expression for m in maps for part in m.statements for term in part.predicates]
    constant = [term.value for term in terms if isinstance(term, Constant)]
    return tuple(sorted(set(constant))) if len(constant) == len(terms) else ()


def _require_kinds(triples_map: TriplesMap) -> None:
    """Subjects, predicates and graphs are no literals, and predicates and graphs not blank."""
    subject = triples_map.subject
    if subject.kind is Kind.LITERAL or subject.language or subject.datatype:
        message = f"the subject of “{triples_map.name}” is a literal"
        raise Fault("mapping-subject", message, "make it an IRI")
    parts: list[Statements] = list(triples_map.statements)
    named = [*triples_map.graphs, *(term for part in parts for term in part.graphs)]
    for term in (*named, *(term for part in parts for term in part.predicates)):
        if term.kind is not Kind.IRI:
            message = f"a graph or predicate of “{triples_map.name}” is no IRI"
            raise Fault("mapping-kind", message, "make it one")
