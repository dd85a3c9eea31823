"""A compiled mapping: functions over rows, and the indexes of the rows that others join."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from loaders.mapping.functions import Tables
from loaders.mapping.model import LogicalSource
from loaders.refusals import Refusals

Typed = list[tuple[str, str]]
# From a row's values, and the same escaped, to lines, subjects, and (class, subject) of some.
MapRow = Callable[[Any, Any, list[str], list[str], Typed], None]
Subjects = dict[tuple[str, ...], dict[str, None]]
IndexRow = Callable[[Any, Subjects], None]


@dataclass(frozen=True)
class Target:
    """Where statements go. ``graph`` empty keeps the graphs of the mapping; else all go there.

    ``blank`` is the IRI that blank nodes are put under, empty keeps them blank. ``tracked`` are the
    classes whose subjects are handed back, ``columns`` gives what is read of a file in any case.
    """

    base: str
    graph: str = ""
    blank: str = ""
    tracked: frozenset[str] = frozenset()
    tables: Tables = field(default_factory=dict)
    columns: Callable[[str], tuple[str, ...]] = lambda _file: ()


@dataclass(frozen=True)
class RowMap:
    """One logical source and the function over its rows; ``code`` is for people who wonder.

    What the function refuses of a row stands in ``refusals`` after it, and the row is then void.

    ``predicates`` are those that its rows may state; empty where a column may name any.
    """

    source: LogicalSource
    references: tuple[str, ...]
    run: MapRow
    refusals: Refusals
    code: str
    predicates: tuple[str, ...] = ()


@dataclass(frozen=True)
class JoinIndex:
    """The subjects of a parent map by the values they are joined on.

    It is filled before rows are mapped; values of the child that it lacks are kept in ``unmatched``
    for whoever maps the row to report.
    """

    source: LogicalSource
    references: tuple[str, ...]
    run: IndexRow
    refusals: Refusals
    child: LogicalSource
    column: str
    subjects: Subjects
    unmatched: list[tuple[str, ...]] = field(default_factory=list)

    def __getitem__(self, key: tuple[str, ...]) -> Iterable[str]:
        found = self.subjects.get(key)
        if found is None:
            self.unmatched.append(key)
            return ()
        return found


@dataclass(frozen=True)
class Program:
    """A compiled mapping: what is done to the rows of each logical source."""

    rows: tuple[RowMap, ...]
    joins: tuple[JoinIndex, ...]
    drops_graphs: bool
