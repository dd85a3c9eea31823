"""What a draft proposes, as plain facts: things, what is said of them, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from loaders.drafting.profile import MOST, Profile
from loaders.mapping.functions import FUNCTIONS
from loaders.mapping.model import Call, Constant, Expression, Kind

SURE, LIKELY, GUESS = "sure", "likely", "a guess"


@dataclass(frozen=True)
class Proposal:
    """One property of a thing: how it is made, of which columns, and the reason for it.

    ``confidence`` is ``sure`` (form and heading agree, or check digits), ``likely`` or ``a guess``.
    ``single`` properties may have one value only.
    """

    predicate: str
    expression: Expression
    columns: tuple[str, ...]
    reason: str
    confidence: str
    kind: Kind = Kind.LITERAL
    language: str = ""
    personal: bool = False
    single: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The proposal for programs, without how it is made."""
        return {
            "property": self.predicate,
            "columns": list(self.columns),
            "confidence": self.confidence,
            "reason": self.reason,
            "personal": self.personal,
        }


@dataclass
class Thing:
    """A kind of thing that each row tells of: its IRI, classes, and what is said of it.

    ``unique`` tells whether no two rows speak of the same one. ``todo`` are sentences for whoever
    edits the draft.
    """

    name: str
    classes: tuple[str, ...]
    subject: Expression
    key: tuple[str, ...]
    reason: str
    confidence: str
    unique: bool = True
    proposals: list[Proposal] = field(default_factory=list)
    todo: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The thing for programs."""
        return {
            "mapping": self.name,
            "classes": list(self.classes),
            "key": list(self.key),
            "confidence": self.confidence,
            "reason": self.reason,
            "properties": [proposal.as_dict() for proposal in self.proposals],
            "to do": self.todo,
        }


@dataclass
class TableDraft:
    """What is proposed for one table. ``left`` is column → why it is not mapped, ``tables`` are
    look-up tables with an empty text for what was not understood.
    """

    profile: Profile
    things: list[Thing] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    todo: list[str] = field(default_factory=list)

    @property
    def personal(self) -> tuple[str, ...]:
        """The columns that hold personal data, mapped or not."""
        mapped = [
            column
            for thing in self.things
            for proposal in thing.proposals
            if proposal.personal
            for column in proposal.columns
        ]
        held = [c.name for c in self.profile.columns if c.are("email", MOST)]
        return tuple(dict.fromkeys([*mapped, *held]))

    def as_dict(self) -> dict[str, Any]:
        """The draft of the table for programs."""
        profile = self.profile
        return {
            "part": profile.table.source.part,
            "read as": profile.table.stated,
            "rows": profile.rows,
            "rows that cannot be read": profile.bad_rows,
            "why the first cannot": profile.fault,
            "columns": [column.as_dict(profile.told_rows) for column in profile.columns],
            "things": [thing.as_dict() for thing in self.things],
            "not mapped": self.left,
            "personal data": list(self.personal),
            "to do": [*profile.table.remarks, *self.todo],
        }


def call(function: str, value: Expression, **arguments: str) -> Call:
    """A call of one of the mapping functions: ``call("split", Reference("a"), separator=";")``."""
    parameters = [(f"{FUNCTIONS}value", value)]
    parameters += [(FUNCTIONS + name, Constant(text)) for name, text in arguments.items() if text]
    return Call(FUNCTIONS + function, tuple(parameters))


def concat(*values: Expression) -> Call:
    """Several values written one behind the other."""
    return Call(f"{FUNCTIONS}concat", tuple((f"{FUNCTIONS}value", value) for value in values))


def show_columns(names: Iterable[str]) -> str:
    """Names of columns in a sentence."""
    return ", ".join(f"“{name}”" for name in names)


def fill_table(values: Iterable[str], found: Mapping[str, str]) -> dict[str, str]:
    """A look-up table for all values: what was found, else nothing; those found stand first."""
    return {v: found.get(v, "") for v in sorted(values, key=lambda v: (v not in found, v))}
