"""Keys: by which columns a thing is told from others, held against every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from loaders.drafting.profile import MOST, MOST_ROWS, NEARLY, Cells, Column, Profile, read_cells
from loaders.drafting.proposals import TableDraft, call, concat, show_columns
from loaders.mapping.functions import write_slug
from loaders.mapping.model import Constant, Expression, Reference, Template

LONGEST_KEY = 200
MOST_TRIED = 40
WIDEST = 4


@dataclass(frozen=True)
class Key:
    """Columns that tell a thing; ``slugged`` when its one value is written as a slug."""

    columns: tuple[Column, ...]
    unique: bool
    slugged: bool = False
    todo: tuple[str, ...] = ()

    def write(self, start: str) -> Expression:
        """The IRI of the thing, behind ``kind/source.``; what is not slugged is percent-encoded.

        Several values are parted by a slash, which none of them can hold then.
        """
        references = [Reference(column.name) for column in self.columns]
        if self.slugged:
            return concat(Constant(start), call("slug", references[0]))
        parts: list[str | Reference] = [start, references[0]]
        for reference in references[1:]:
            parts += ["/", reference]
        return Template(tuple(parts))


def is_keyable(column: Column) -> bool:
    """Whether each cell holds one value that can stand in an IRI."""
    plain = not (column.separator or column.several or column.placeholders or column.forbidden)
    return plain and column.are("key") and column.longest <= LONGEST_KEY


def is_name_like(column: Column) -> bool:
    """Whether the column, of which the heading says nothing, holds a text that tells rows apart."""
    untold = is_keyable(column) and not (column.sense or column.kind())
    return untold and MOST * column.filled <= column.distinct > 1


class KeyFinder:
    """Finds keys for one table; reads it again where columns have to be held together."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile

    def find(
        self, keys: Sequence[Column], labels: Sequence[Column], others: Sequence[Column], *,
        alone: bool,
    ) -> Key | None:  # fmt: skip
        """The key of a thing: an identifier, else its name, else the name with other columns.

        A thing that stands ``alone`` in its row shall have a row of its own.
        """
        rows = self.profile.told_rows
        keys = [c for c in keys if is_keyable(c)]
        labels = [c for c in labels if is_keyable(c)]
        named = [*keys, *labels]
        full = [c for c in named if c.filled == rows]
        if unique := next((c for c in full if c.unique), None):
            return self._choose(unique)
        if not alone:
            best = full or sorted(named, key=lambda c: -c.filled)
            return self._choose(best[0]) if best else None
        if checked := next((c for c in full if c in keys and c.kind()), None):
            return self._choose(checked)
        if first := next((c for c in full if c in labels), None):
            rest = [c for c in others if c is not first and is_keyable(c) and c.filled == rows]
            return self.combine([first], rest)
        if full:
            return self._choose(full[0])
        if named:
            best = sorted(named, key=lambda c: (not c.unique, -c.filled))
            return self._choose(best[0])
        spare = [c for c in others if is_keyable(c) and c.filled == rows and c.unique]
        return self._choose(spare[0]) if spare else None

    def combine(self, columns: Sequence[Column], others: Sequence[Column]) -> Key:
        """These columns, with as few of the others as make them different in every row."""
        choices = [
            (*columns, *more)
            for width in range(0, WIDEST)
            for more in combinations(others, width)
        ][:MOST_TRIED]  # fmt: skip
        choices.append((*columns, *others[: WIDEST * 2]))
        unique = self._find_unique(choices)
        if unique:
            if len(unique) == 1:
                return self._choose(unique[0])
            todo: tuple[str, ...] = ()
            if len(unique) > len(columns):
                extra = show_columns(c.name for c in unique[len(columns) :])
                todo = (f"its key needs {extra} to be different in every row: is there a number?",)
            return Key(tuple(unique), True, todo=todo)
        todo = ("some rows are the same in all columns of its key, and become one thing",)
        return Key(tuple(dict.fromkeys(choices[-1])), False, todo=todo)

    def _choose(self, column: Column) -> Key:
        todo = []
        missing = self.profile.told_rows - column.filled
        if missing:
            todo.append(f"{missing} rows have no “{column.name}”, and make no such thing")
        slugged = not column.are("plain-key") and self._slugs_differ(column)
        return Key((column,), column.unique, slugged, tuple(todo))

    # Reading the table again.

    def _read(self, columns: Sequence[Column]) -> Iterator[Cells]:
        names = list(dict.fromkeys(c.name for c in columns))
        for _, cells, _ in islice(read_cells(self.profile.table, names), MOST_ROWS):
            if cells:
                yield cells

    def _find_unique(self, choices: Sequence[Sequence[Column]]) -> Sequence[Column] | None:
        """The first of the choices that is different in every row."""
        wanted = list({column.name: column for choice in choices for column in choice}.values())
        places = {column.name: place for place, column in enumerate(wanted)}
        seen: list[set[int] | None] = [set() for _ in choices]
        positions = [[places[c.name] for c in choice] for choice in choices]
        for cells in self._read(wanted):
            for number, marks in enumerate(seen):
                if marks is None:
                    continue
                mark = hash(tuple(cells[place] for place in positions[number]))
                if mark in marks:
                    seen[number] = None
                marks.add(mark)
        return next((c for c, marks in zip(choices, seen, strict=True) if marks is not None), None)

    def _slugs_differ(self, column: Column) -> bool:
        """Whether every value has a slug, and no two values the same."""
        if not column.are("slug"):
            return False
        slugs: dict[str, int] = {}
        for cells in self._read([column]):
            for value in cells[0]:
                slug = write_slug(value)
                if not slug or slugs.setdefault(slug, hash(value)) != hash(value):
                    return False
        return True

    def drop_conflicts(self, draft: TableDraft) -> None:
        """Leave out what can be said once only and differs between rows of the same thing."""
        columns = {column.name: column for column in self.profile.columns}
        for thing in draft.things:
            single = [p for p in thing.proposals if p.single]
            if thing.unique or not single:
                continue
            wanted = list(dict.fromkeys([*thing.key, *(c for p in single for c in p.columns)]))
            said: list[dict[int, int]] = [{} for _ in single]
            bad: list[set[int]] = [set() for _ in single]
            for cells in self._read([columns[name] for name in wanted]):
                row = dict(zip(wanted, cells, strict=True))
                key = hash(tuple(row[name] for name in thing.key))
                for number, proposal in enumerate(single):
                    value = tuple(row[name] for name in proposal.columns)
                    if any(value) and said[number].setdefault(key, hash(value)) != hash(value):
                        bad[number].add(key)
            for proposal, keys, found in zip(single, bad, said, strict=True):
                if len(keys) > (1 - NEARLY) * len(found):
                    thing.proposals.remove(proposal)
                    for name in proposal.columns:
                        draft.left[name] = (
                            "rows of the same thing give several, and it has only one"
                        )
                elif keys:
                    several = f"{len(keys)} of {len(found):,} have several {proposal.columns[0]}"
                    thing.todo.append(f"{several}, where there is one: a load leaves them out")
