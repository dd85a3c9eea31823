"""Which columns of a file a mapping makes the values of a property from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from glob import escape

from loaders.mapping.model import (
    Constant,
    Expression,
    Join,
    Mapping,
    Template,
    TriplesMap,
    list_references,
)


def list_columns(
    mapping: Mapping, file: str, sheet: str, subject: str, predicate: str
) -> tuple[str, ...]:
    """The columns of ``file`` that are read for ``predicate`` of ``subject`` (IRIs), in the
    mapping's order.

    Only maps count that can have made the subject; all, where it goes by a name that none makes.
    """
    maps = [m for m in mapping.maps if m.source.file == file]
    here = [m for m in maps if not sheet or m.source.part in ("", sheet)]
    making = [m for m in here if _makes(m.subject.expression, subject)]
    return tuple(dict.fromkeys(read_columns(making or here, predicate)))


def _makes(expression: Expression, iri: str) -> bool:
    """Whether an expression can give an IRI: values are encoded, and have no slashes then."""
    if isinstance(expression, Constant):
        return iri.endswith(expression.value)
    if not isinstance(expression, Template):
        return True
    parts = (escape(part) if isinstance(part, str) else "*" for part in expression.parts)
    shape = f"*{''.join(parts)}".split("/")
    return all(map(fnmatchcase, iri.split("/")[-len(shape) :], shape))


def read_columns(maps: Iterable[TriplesMap], predicate: str = "") -> Iterator[str]:
    """The columns that maps read for the values of a property, or of any; with repeats."""
    for statements in (part for one in maps for part in one.statements):
        if not predicate or any(p.expression == Constant(predicate) for p in statements.predicates):
            for item in statements.objects:
                if isinstance(item, Join):
                    yield from (child for child, _ in item.conditions)
                else:
                    yield from list_references(item.expression)
