"""The published contract (SHACL Core) as SPARQL: one SELECT for each constraint.

The same findings as pySHACL, several times faster, and on the store itself. A shape becomes
boolean expressions over a variable, so that `sh:or`, `sh:xone`, `sh:not` and `sh:node` may nest
what they like. What is not compiled is refused by name, never passed over.

Reference: W3C, Shapes Constraint Language (SHACL), 2017, sections 2 to 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, count
from pathlib import Path

from rdflib import RDF, SH, Graph
from rdflib.collection import Collection
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.term import BNode, Literal, Node, URIRef

from hub.checking.datatypes import LEXICAL_FORMS
from hub.checking.examination import ANY_FOCUS, TYPE_PATH, Check, unite
from hub.errors import Invalid
from hub.terms import Term
from hub.vocabulary import DEFAULT_BASE, shorten

# Whether something exists is asked of all at once, by sets: one by one takes ten times as long.
EXISTS = re.compile(r"(!?)\(?EXISTS {((?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*)}\)?")
NODE_KINDS: dict[Node, str] = {
    SH.IRI: "isIRI({v})",
    SH.Literal: "isLiteral({v})",
    SH.BlankNode: "isBlank({v})",
    SH.BlankNodeOrIRI: "(isBlank({v}) || isIRI({v}))",
    SH.BlankNodeOrLiteral: "(isBlank({v}) || isLiteral({v}))",
    SH.IRIOrLiteral: "(isIRI({v}) || isLiteral({v}))",
}
COMPARISONS: dict[Node, str] = {
    SH.minInclusive: ">=",
    SH.maxInclusive: "<=",
    SH.minExclusive: ">",
    SH.maxExclusive: "<",
    SH.lessThan: "<",
    SH.lessThanOrEquals: "<=",
}
TARGETS: tuple[Node, ...] = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
SAYS_NOTHING = {
    *TARGETS,
    *(SH.path, SH.message, SH.severity, SH.deactivated, SH.flags, SH.qualifiedValueShape),
    *(SH.name, SH.description, SH.order, SH.group, SH.defaultValue),
}
MOST_COUNTED = 4
MANY = (SH.maxCount, SH.qualifiedMaxCount, SH.uniqueLang)  # what only several values can break
YES = Literal(True)


class ShapeRefused(Invalid):
    """A shape is malformed, or uses a feature of SHACL that is not compiled."""


def read_checks(path: Path, base: str = DEFAULT_BASE) -> tuple[Check, ...]:
    """The checks of a Turtle file of shapes.

    Args:
        path: the file; its lists of concepts stand under the default base.
        base: the base under which the things of this hub stand.

    Raises:
        ShapeRefused: the file is no Turtle, or `compile_shapes` refuses it.
    """
    try:
        text = path.read_text(encoding="utf-8").replace(DEFAULT_BASE, base)
        return compile_shapes(Graph().parse(data=text, format="turtle"))
    except (OSError, BadSyntax) as error:
        raise ShapeRefused(f"The shapes cannot be read: {error}", where=str(path)) from error


def compile_shapes(shapes: Graph) -> tuple[Check, ...]:
    """Every constraint of the shapes that have targets, as a query.

    Raises:
        ShapeRefused: a feature is used that is not compiled, or a shape is malformed.
    """
    compiler = _Compiler(shapes)
    targeted = {shape for target in TARGETS for shape in shapes.subjects(target, None)}
    return tuple(check for shape in sorted(targeted, key=str) for check in compiler.compile(shape))


class _Compiler:
    """Turns shapes into expressions. `_open` holds the shapes being compiled, to find cycles."""

    def __init__(self, shapes: Graph) -> None:
        self.shapes = shapes
        self._numbers = count(1)
        self._open: list[Node] = []

    # ------------------------------------------------------------ shapes with targets

    def compile(self, shape: Node) -> Iterator[Check]:
        if self._is_deactivated(shape):
            return
        targets = unite(self._list_targets(shape))
        yield from self._check(shape, shape, targets)
        for part in self._list_parts(shape):
            if not self._is_deactivated(part):
                yield from self._check(part, shape, targets)

    def _list_targets(self, shape: Node) -> Iterator[str]:
        for target in TARGETS:
            for value in sorted(self.shapes.objects(shape, target), key=str):
                term = _write(value)
                patterns: dict[Node, str] = {
                    SH.targetClass: f"?focus {TYPE_PATH} {term}",
                    SH.targetNode: f"VALUES ?focus {{ {term} }}",
                    SH.targetSubjectsOf: f"?focus {term} ?any",
                    SH.targetObjectsOf: f"?any {term} ?focus",
                }
                yield patterns[target]

    def _check(self, shape: Node, named: Node, targets: str) -> Iterator[Check]:
        path = self._find_path(shape)
        owner = shape if isinstance(shape, URIRef) else named
        for constraint, fails, of_value in self._list_failures(shape, path, "?focus", "?value"):
            suspects, query = _write_query(targets, path, fails, of_value)
            if constraint in MANY and fails != "false":
                given = self.shapes.value(shape, constraint)
                most = 1 if given == YES else _read_number(given, self._name(shape))
                suspects = _write_count(path, most, "*")
                if constraint != SH.qualifiedMaxCount:
                    by_language = constraint == SH.uniqueLang
                    exact = _write_count(path, most, "DISTINCT ?value", by_language=by_language)
                    query = f"SELECT DISTINCT ?focus WHERE {{ {{ {exact} }} {ANY_FOCUS}{targets} }}"
            yield Check(
                shape=str(owner),
                path=path,
                constraint=shorten(str(constraint)),
                message=self._find_message(shape, constraint, path),
                severity=str(self.shapes.value(shape, SH.severity) or SH.Violation).split("#")[-1],
                query=query,
                suspects=suspects,
            )

    def _find_message(self, shape: Node, constraint: Node, path: str) -> str:
        texts = [m for m in self.shapes.objects(shape, SH.message) if isinstance(m, Literal)]
        for text in sorted(texts, key=lambda text: (text.language != "en", str(text))):
            return str(text)
        return f"{path or 'The node'} does not meet {shorten(str(constraint))}."

    # ------------------------------------------------------------ expressions

    def _list_failures(
        self, shape: Node, path: str, focus: str, value: str
    ) -> Iterator[tuple[Node, str, bool]]:
        """Each constraint, when it fails, and whether it fails for one value or for the focus."""
        where = self._name(shape)
        if path and (shape, SH.property, None) in self.shapes:
            raise ShapeRefused("sh:property inside a property shape is not compiled.", where=where)
        for constraint, given in sorted(self.shapes.predicate_objects(shape), key=str):
            if not str(constraint).startswith(str(SH)) or constraint in SAYS_NOTHING:
                continue
            if constraint == SH.property:
                continue
            if constraint in (SH.minCount, SH.maxCount, SH.qualifiedMaxCount):
                if not path:
                    raise ShapeRefused("A count needs a path.", where=where)
                which = self.shapes.value(shape, SH.qualifiedValueShape)
                which = which if constraint == SH.qualifiedMaxCount else None
                yield constraint, self._count(constraint, given, path, focus, where, which), False
            elif constraint == SH.uniqueLang:
                one, other = self._name_variable(), self._name_variable()
                same = f'LANG({one}) != "" && LCASE(LANG({one})) = LCASE(LANG({other}))'
                found = f"{focus} {path} {one} , {other} FILTER({same} && {one} != {other})"
                yield constraint, f"EXISTS {{ {found} }}" if given == YES else "false", False
            elif constraint == SH.hasValue:
                term = _write(given)
                found = (
                    f"EXISTS {{ {focus} {path} {term} }}" if path else f"sameTerm({focus}, {term})"
                )
                yield constraint, f"!({found})", not path
            elif constraint in (SH.lessThan, SH.lessThanOrEquals, SH.disjoint):
                if not path:
                    raise ShapeRefused(f"{shorten(str(constraint))} needs a path.", where=where)
                yield constraint, self._compare(constraint, given, focus, value), True
            else:
                yield constraint, self._fail_value(shape, constraint, given, value), True

    def _count(
        self,
        constraint: Node,
        given: Node,
        path: str,
        focus: str,
        where: str,
        which: Node | None = None,
    ) -> str:
        """When there are too few or too many values, of those that conform to `which`."""
        number = _read_number(given, where)
        least = number if constraint == SH.minCount else number + 1
        if least > MOST_COUNTED:
            raise ShapeRefused(f"Counts above {MOST_COUNTED} are not compiled.", where=where)
        values = [self._name_variable() for _ in range(least)]
        found = " ".join(f"{focus} {path} {each} ." for each in values)
        for one, other in combinations(values, 2):
            found += f" FILTER(!sameTerm({one}, {other}))"
        if which is not None:
            found += "".join(f" FILTER(!({self._fail(which, each)}))" for each in values)
        exists = f"EXISTS {{ {found} }}" if values else "true"
        return f"!({exists})" if constraint == SH.minCount else exists

    def _compare(self, constraint: Node, other: Node, focus: str, value: str) -> str:
        if constraint == SH.disjoint:
            return f"EXISTS {{ {focus} {_write(other)} {value} }}"
        limit = self._name_variable()
        meets = f"COALESCE({value} {COMPARISONS[constraint]} {limit}, false)"
        return f"EXISTS {{ {focus} {_write(other)} {limit} . FILTER(!{meets}) }}"

    def _fail_value(self, shape: Node, constraint: Node, given: Node, value: str) -> str:
        """When one value fails a constraint that looks at nothing but this value."""
        where = self._name(shape)
        if constraint in (SH["or"], SH["and"], SH.xone):
            fails = [self._fail(each, value) for each in Collection(self.shapes, given)]
            if constraint == SH.xone:
                return "!(" + " || ".join(_only(fails, each) for each in fails) + ")"
            return "(" + (" && " if constraint == SH["or"] else " || ").join(fails) + ")"
        if constraint == SH["not"]:
            return f"!({self._fail(given, value)})"
        if constraint == SH.node:
            return self._fail(given, value)
        if constraint == SH["class"]:
            return f"!EXISTS {{ {value} {TYPE_PATH} {_write(given)} }}"
        if constraint == SH["in"]:
            same = [f"sameTerm({value}, {_write(e)})" for e in Collection(self.shapes, given)]
            return f"!({' || '.join(same) or 'false'})"
        return f"!({self._meet_literal(shape, constraint, given, value, where)})"

    def _meet_literal(
        self, shape: Node, constraint: Node, given: Node, value: str, where: str
    ) -> str:
        # Each is guarded so that no error of SPARQL turns a failure into silence.
        if constraint == SH.nodeKind and given in NODE_KINDS:
            return NODE_KINDS[given].format(v=value)
        if constraint == SH.datatype:
            if str(given) not in LEXICAL_FORMS:
                raise ShapeRefused(
                    f"The datatype {shorten(str(given))} is not compiled.", where=where
                )
            form = _write(Literal(LEXICAL_FORMS[str(given)]))
            has_type = f"isLiteral({value}) && datatype({value}) = {_write(given)}"
            return has_type + (f' && REGEX(STR({value}), {form}, "s")' if form != '""' else "")
        if constraint == SH.pattern:
            flags = Literal(str(self.shapes.value(shape, SH.flags) or ""))
            return f"!isBlank({value}) && REGEX(STR({value}), {_write(given)}, {_write(flags)})"
        if constraint in (SH.minLength, SH.maxLength):
            operator = ">=" if constraint == SH.minLength else "<="
            length = _read_number(given, where)
            return f"!isBlank({value}) && STRLEN(STR({value})) {operator} {length}"
        if constraint in COMPARISONS:
            return f"COALESCE({value} {COMPARISONS[constraint]} {_write(given)}, false)"
        raise ShapeRefused(
            f"{shorten(str(constraint))} is not compiled.",
            where=where,
            remedy="Use another feature of SHACL Core, or teach it to hub.checking.shapes.",
        )

    def _fail(self, shape: Node, value: str) -> str:
        """When `value` does not conform to `shape`, a node shape or a property shape."""
        if shape in self._open:
            raise ShapeRefused(
                "A shape that refers to itself is not compiled.", where=self._name(shape)
            )
        if self._is_deactivated(shape):
            return "false"
        self._open.append(shape)
        path = self._find_path(shape)
        reached = self._name_variable() if path else value
        fails = []
        for _, failure, of_value in self._list_failures(shape, path, value, reached):
            inside = f"EXISTS {{ {value} {path} {reached} . FILTER({failure}) }}"
            fails.append(inside if path and of_value else failure)
        fails += [self._fail(part, value) for part in self._list_parts(shape)]
        self._open.pop()
        return fails[0] if len(fails) == 1 else "(" + (" || ".join(fails) or "false") + ")"

    # ------------------------------------------------------------ reading

    def _is_deactivated(self, shape: Node) -> bool:
        return self.shapes.value(shape, SH.deactivated) == YES

    def _list_parts(self, shape: Node) -> list[Node]:
        """The property shapes of a shape, in an order that is the same in every run."""
        parts = self.shapes.objects(shape, SH.property)
        return sorted(
            parts,
            key=lambda part: (self._find_path(part), str(self.shapes.value(part, SH.message))),
        )

    def _name_variable(self) -> str:
        return f"?v{next(self._numbers)}"

    def _name(self, shape: Node) -> str:
        """The shape's IRI, or that of the shape that holds it."""
        node: Node | None = shape
        while isinstance(node, BNode):
            node = next(self.shapes.subjects(None, node), None)
        return str(node or shape)

    def _find_path(self, shape: Node) -> str:
        path = self.shapes.value(shape, SH.path)
        return "" if path is None else write_path(self.shapes, path)


def write_path(shapes: Graph, path: Node) -> str:
    """A SHACL path as SPARQL writes it (SHACL 2.3.1). Raises ShapeRefused where it is none."""
    if isinstance(path, URIRef):
        return _write(path)
    if (path, RDF.first, None) in shapes:
        return "(" + "/".join(write_path(shapes, e) for e in Collection(shapes, path)) + ")"
    for kind, given in shapes.predicate_objects(path):
        if kind == SH.alternativePath:
            return "(" + "|".join(write_path(shapes, e) for e in Collection(shapes, given)) + ")"
        if kind == SH.inversePath:
            return f"^{write_path(shapes, given)}"
        if kind == SH.oneOrMorePath:
            return f"({write_path(shapes, given)})+"
        if kind in (SH.zeroOrMorePath, SH.zeroOrOnePath):
            # SPARQL's does not reach a node that no statement is about; SHACL's does.
            raise ShapeRefused(f"{shorten(str(kind))} is not compiled.")
    raise ShapeRefused(f"{path} is no path of SHACL.")


def _write_query(targets: str, path: str, fails: str, of_value: bool) -> tuple[str, str]:
    """SELECTs of what fails, be it a target or not, and of what fails and is one.

    Of ?focus and, where one value is at fault, ?value. The first is empty where targets come first.
    """
    found = EXISTS.fullmatch(fails)
    targets = ANY_FOCUS + targets
    select, focus = ("?focus ?value", "") if of_value else ("?focus", ANY_FOCUS)
    amiss = f"MINUS {{ {focus}{found[2]} }}" if found and found[1] else f"FILTER({fails})"
    if of_value and path:
        inside = f"?focus {path} ?value . {amiss}"
    elif not of_value and found and not found[1]:
        inside = found[2]
    else:
        targets += " BIND(?focus AS ?value)" if of_value else ""
        return "", f"SELECT DISTINCT {select} WHERE {{ {targets} {amiss} }}"
    inside = f"SELECT DISTINCT {select} WHERE {{ {ANY_FOCUS}{inside} }}"
    return inside, f"SELECT DISTINCT {select} WHERE {{ {{ {inside} }} {targets} }}"


def _write_count(path: str, most: int, counted: str, *, by_language: bool = False) -> str:
    """A SELECT of what has more than `most` values, or so many in one language."""
    which = ' FILTER(LANG(?value) != "")' if by_language else ""
    group = " (LCASE(LANG(?value)) AS ?language)" if by_language else ""
    inside = f"{{ {ANY_FOCUS}?focus {path} ?value{which} }} GROUP BY ?focus{group}"
    return f"SELECT ?focus WHERE {inside} HAVING(COUNT({counted}) > {most})"


def _only(fails: list[str], chosen: str) -> str:
    """When `chosen` alone does not fail."""
    parts = [f"!{chosen}"] + [other for other in fails if other is not chosen]
    return "(" + " && ".join(parts) + ")"


def _read_number(given: Node | None, where: str) -> int:
    if isinstance(given, Literal) and isinstance(given.value, int) and given.value >= 0:
        return given.value
    raise ShapeRefused(f"{given} is to be a whole number.", where=where)


def _write(node: Node) -> str:
    if isinstance(node, Literal):
        term = Term("literal", str(node), node.language or "", str(node.datatype or ""))
    elif isinstance(node, URIRef):
        term = Term("iri", str(node))
    else:
        raise ShapeRefused(f"A blank node cannot stand in a query: {node}.")
    try:
        return term.n3()
    except ValueError as error:
        raise ShapeRefused(f"A value of the shapes is malformed: {error}") from error
