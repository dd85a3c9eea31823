"""Which columns of a file a mapping makes the values of a property from."""

from __future__ import annotations

from collections.abc import Iterator

from loaders.mapping.model import Constant, Join, Mapping, list_references


def list_columns(mapping: Mapping, file: str, predicate: str) -> tuple[str, ...]:
    """The columns of ``file`` that are read for ``predicate`` (an IRI), in the mapping's order."""
    return tuple(dict.fromkeys(_list_columns(mapping, file, predicate)))


def _list_columns(mapping: Mapping, file: str, predicate: str) -> Iterator[str]:
    for one in mapping.maps:
        for statements in one.statements if one.source.file == file else ():
            if any(p.expression == Constant(predicate) for p in statements.predicates):
                for item in statements.objects:
                    if isinstance(item, Join):
                        yield from (child for child, _ in item.conditions)
                    else:
                        yield from list_references(item.expression)
