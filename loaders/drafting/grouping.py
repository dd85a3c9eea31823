"""Which columns of a table speak of which thing of a row, and whether the row ties two."""

from __future__ import annotations

from dataclasses import dataclass, field

from loaders.drafting.evidence import KINDS, Reading
from loaders.drafting.profile import Column
from loaders.drafting.vocabulary import Vocabulary

UNDERTAKINGS = ("project", "event", "agreement")
NAMING = ("rdfs:label", "full", "person", "family")
# Where a row ties two things, this is said of the tie, and the rest of one of the two.
OF_TIES = ("mc:inRole", "schema:startDate", "schema:endDate")
OF_PEOPLE = ("schema:email", "schema:telephone", "mc:speaks", "mc:knowsAbout")


@dataclass
class Group:
    """The columns that speak of one thing of a row; ``other`` for a second one of its kind."""

    kind: str
    other: bool = False
    columns: list[Column] = field(default_factory=list)


def group_columns(reading: Reading) -> list[Group]:
    """The things of a row, one or the two that it ties (``reading.tie``), and others: those with a
    name or key of their own, the rest with the main.
    """
    columns, evidence = reading.profile.columns, reading.evidence
    own: dict[tuple[str, bool], Group] = {}
    for column in columns:
        names = column.sense in ("rdfs:label", "key", "given", "family", "person")
        exact = column.heading.exact or column.identifies
        if column.thing and names and column.filled and exact:
            of = (column.thing, column.heading.other)
            own.setdefault(of, Group(*of))
    if any(map(_is_free_name, columns)):
        # “companies.csv” with a column “name” lists companies, whatever else its rows name.
        for kind in reading.spoken:
            own.setdefault((kind, False), Group(kind))
    weights = {kind: found.weight for kind, found in evidence.items() if found.weight}
    if not weights and not reading.tie:
        reading.todo.append("nothing in headings, values or names tells what its rows are")
        return []
    main = max(weights, key=lambda kind: weights[kind]) if weights else "organisation"
    own.setdefault((main, False), Group(main))
    kinds = {kind for kind, other in own if not other}
    undertaking = next((kind for kind in UNDERTAKINGS if kind in kinds), "")
    if reading.tie == "mc:Involvement" and not undertaking:
        undertaking = "project"
        own[undertaking, False] = Group(undertaking)
        reading.todo.append("what the parties take part in is taken for projects: a guess")
    if undertaking and kinds & {"organisation", "person"}:
        party = "organisation" if "organisation" in kinds else "person"
        reading.tie, pair = "mc:Involvement", [party, undertaking]
    elif reading.listed and main in ("organisation", "person"):
        reading.tie, pair = "org:Membership", ["person", "organisation"]
        reading.todo = [todo for todo in reading.todo if not todo.startswith("each row is taken")]
        pair = pair if "person" in kinds else pair[1:]
    elif reading.tie == "org:Membership" or {"organisation", "person"} <= kinds:
        pair = ["person", "organisation"]
        for kind in pair:
            own.setdefault((kind, False), Group(kind))
        if any(c.sense == "mc:inRole" and c.filled for c in columns) or reading.contacts:
            reading.tie = "org:Membership"
    else:
        reading.tie, pair = "", [main]
    groups = [own[kind, False] for kind in pair]
    groups += [group for (kind, other), group in own.items() if other and kind in pair]
    for column in columns:
        if group := _assign(reading, column, groups):
            group.columns.append(column)
    return groups


def _assign(reading: Reading, column: Column, groups: list[Group]) -> Group | None:
    heading, kind, sense = column.heading, column.thing, column.sense
    if not sense or (reading.tie and sense in OF_TIES):
        return None
    if heading.other:
        # What else stands in such a column is not of the thing that the row is about.
        return next((g for g in groups if g.other and kind in ("", g.kind)), None)
    groups = [group for group in groups if not group.other]
    if not kind and sense not in (*OF_PEOPLE, "full") and reading.besides:
        groups = [group for group in groups if group.kind != "person"] or groups
    if kind and (of := [group for group in groups if group.kind == kind]):
        return of[0]
    if len(groups) == 1:
        return groups[0] if not kind or sense not in ("rdfs:label", "key") else None
    if kind:
        return None
    if sense == "key":
        free = [g for g in groups if not _has_noun(reading, g, "key")]
        return free[-1] if len(free) == 1 else None
    first, second = groups
    if sense in ("rdfs:label", "full"):
        # A name without a noun belongs to the thing that has none with a noun.
        free = [
            g for g in groups
            if not (any(c.sense in NAMING for c in g.columns) or _has_noun(reading, g))
        ]  # fmt: skip
        person = first.kind == "person" and sense == "full"
        return free[0] if len(free) == 1 else first if person else None
    if sense == "type":
        return next((g for g in groups if tells_kind(reading.vocabulary, column, g.kind)), None)
    people = [g for g in groups if g.kind == "person"]
    if sense in OF_PEOPLE and people:
        return people[0]
    organisations = [g for g in groups if g.kind == "organisation"]
    if sense in reading.vocabulary.terms:
        taking = [*organisations, *groups]
        return next((g for g in taking if reading.vocabulary.takes(sense, KINDS[g.kind])), None)
    return organisations[0] if organisations else second


def tells_kind(vocabulary: Vocabulary, column: Column, kind: str) -> bool:
    """Whether some value of a column of kinds is a kind of such things."""
    return any(
        vocabulary.find_concept(value, ["agreement-kind"])
        if kind == "agreement"
        else (name := vocabulary.find_kind(value)) and vocabulary.is_a(name, KINDS[kind])
        for value in column.values or ()
    )


def _is_free_name(column: Column) -> bool:
    """Whether the column is a name or key, and does not say of what."""
    heading, naming = column.heading, column.sense in ("rdfs:label", "full", "key")
    free = heading.exact and naming and not (heading.noun or heading.other)
    return free and column.filled > 0 and not column.identifies


def _has_noun(reading: Reading, group: Group, sense: str = "rdfs:label") -> bool:
    """Whether some column is called the name, or the key, of this kind of thing."""
    return any(
        c.sense == sense and c.heading.exact and not c.heading.other and c.thing == group.kind
        for c in reading.profile.columns
    )
