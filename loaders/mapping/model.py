"""What a mapping says, whichever language it was written in."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Names
from dataclasses import dataclass, replace
from enum import StrEnum

from loaders.reading.files import find_format
from loaders.reading.workbook import ENDINGS as WORKBOOKS

ESCAPABLE = tuple("\\{}()$")


@dataclass(frozen=True)
class Constant:
    """A value that is the same in every row."""

    value: str


@dataclass(frozen=True)
class Reference:
    """The value of a column, a JSONPath or an XPath."""

    name: str


@dataclass(frozen=True)
class Template:
    """Texts and references in turn, written one after the other."""

    parts: tuple[str | Reference, ...]


@dataclass(frozen=True)
class Call:
    """A function of ``loaders.mapping.functions`` with its arguments by parameter name."""

    function: str
    arguments: tuple[tuple[str, Expression], ...]


Expression = Constant | Reference | Template | Call


class Kind(StrEnum):
    """What kind of term an expression makes."""

    IRI = "iri"
    LITERAL = "literal"
    BLANK = "blank"


@dataclass(frozen=True)
class TermMap:
    """Makes terms. ``language`` and ``datatype`` are for literals, and exclude each other."""

    expression: Expression
    kind: Kind
    language: Expression | None = None
    datatype: Expression | None = None


@dataclass(frozen=True)
class Join:
    """The subjects of another triples map: of the same row, or where child values equal parent
    values.
    """

    parent: str
    conditions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Statements:
    """Every predicate with every object, in every graph; no graph is the default graph."""

    predicates: tuple[TermMap, ...]
    objects: tuple[TermMap | Join, ...]
    graphs: tuple[TermMap, ...] = ()


@dataclass(frozen=True)
class LogicalSource:
    """Where rows come from: a file, how it is read (``csv``, ``json``, ``xml``), and where in it.

    ``part`` is the iterator of JSON and XML, and the sheet of a workbook. With ``query``, a SPARQL
    SELECT, ``file`` is the name or address of an endpoint.
    """

    file: str
    reader: str
    part: str = ""
    query: str = ""


def make_source(file: str, reader: str, part: str, query: str = "") -> LogicalSource:
    """A logical source. Raises ValueError for a part that such a source cannot have."""
    if query and reader == "xml":
        raise ValueError("the answer of an endpoint is read as CSV or JSON, not as XML")
    if reader == "csv" and part and not query and find_format(file) not in WORKBOOKS:
        raise ValueError("a delimited file has no iterator")
    return LogicalSource(file, reader, part, query)


@dataclass(frozen=True)
class TriplesMap:
    """Rows of a source become one subject each, with statements about it."""

    name: str
    source: LogicalSource
    subject: TermMap
    statements: tuple[Statements, ...]
    graphs: tuple[TermMap, ...] = ()
    base: str = ""


@dataclass(frozen=True)
class Mapping:
    """All triples maps of one mapping, and what deserves a warning."""

    maps: tuple[TriplesMap, ...]
    remarks: tuple[str, ...] = ()

    def rename(self, names: Names[str, str]) -> Mapping:
        """The same with endpoints by their names instead of their addresses."""
        maps = [
            replace(m, source=replace(m.source, file=names.get(m.source.file, m.source.file)))
            if m.source.query
            else m
            for m in self.maps
        ]
        return replace(self, maps=tuple(maps))


def list_references(expression: Expression | None) -> Iterator[str]:
    """The names of the references in an expression, in order, with repeats."""
    if isinstance(expression, Reference):
        yield expression.name
    elif isinstance(expression, Template):
        yield from (part.name for part in expression.parts if isinstance(part, Reference))
    elif isinstance(expression, Call):
        for _, argument in expression.arguments:
            yield from list_references(argument)


def parse_template(text: str, opening: str, closing: str) -> Constant | Template:
    """A template: ``{name}`` in RML, ``$(name)`` in YARRRML; a backslash escapes.

    Brackets inside a name may be balanced instead of escaped. Raises ValueError when one is not
    closed.
    """
    parts: list[str | Reference] = []
    literal, position, bracket = "", 0, opening[-1]
    while position < len(text):
        if text[position] == "\\" and text[position + 1 : position + 2] in ESCAPABLE:
            literal += text[position + 1]
            position += 2
        elif text.startswith(opening, position):
            name, depth, position = "", 1, position + len(opening)
            while depth:
                if position >= len(text):
                    raise ValueError(f"“{opening}” is not closed in “{text}”")
                character = text[position]
                if character == "\\" and position + 1 < len(text):
                    position += 1
                    name += text[position]
                else:
                    depth += (character == bracket) - (character == closing)
                    name += character if depth else ""
                position += 1
            if not name.strip():
                raise ValueError(f"a reference without a name in “{text}”")
            parts += [literal, Reference(name.strip())] if literal else [Reference(name.strip())]
            literal = ""
        else:
            literal += text[position]
            position += 1
    if not parts:
        return Constant(literal)
    return Template((*parts, literal) if literal else tuple(parts))
