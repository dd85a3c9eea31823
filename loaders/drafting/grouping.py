"""Which columns of a table speak of which thing of a row, and whether the row ties two."""

from __future__ import annotations

from dataclasses import dataclass, field

from loaders.drafting.evidence import KINDS, Reading
from loaders.drafting.profile import Column

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


class Grouping:
    """The groups of a table's columns: one, or the two that each row ties, and others.

    ``tie`` is the class of the tie, empty where there is none.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading, self.tie = reading, reading.tie
        self.todo: list[str] = []
        self.groups = self._group()

    def _group(self) -> list[Group]:
        """The things of a row: those with a name or key of their own, the rest with the main."""
        own: dict[tuple[str, bool], Group] = {}
        for column in self.reading.profile.columns:
            heading = self.reading.headings[column.name]
            kind = self.reading.find_kind(heading.noun) if heading.noun else ""
            if not kind and heading.sense in ("given", "family", "person"):
                kind = "person"
            if not kind and self.reading.identifies(column):
                kind = "organisation"
            names = heading.sense in ("rdfs:label", "key", "given", "family", "person")
            exact = heading.exact or self.reading.identifies(column)
            if kind and names and column.filled and exact:
                own.setdefault((kind, heading.other), Group(kind, heading.other))
        if self._has_free_name():
            # “companies.csv” with a column “name” lists companies, whatever else its rows name.
            for kind in self.reading.spoken:
                own.setdefault((kind, False), Group(kind))
        evidence = self.reading.evidence
        weights = {kind: found.weight for kind, found in evidence.items() if found.weight}
        if not weights and not self.tie:
            self.todo.append("nothing in headings, values or names tells what its rows are")
            return []
        main = max(weights, key=lambda kind: weights[kind]) if weights else "organisation"
        own.setdefault((main, False), Group(main))
        kinds = {kind for kind, other in own if not other}
        if self.reading.chosen:
            kinds = {main}
        undertaking = next((kind for kind in UNDERTAKINGS if kind in kinds), "")
        if self.tie == "mc:Involvement" and not undertaking:
            undertaking = "project"
            own[undertaking, False] = Group(undertaking)
            self.todo.append("what the parties take part in is taken for projects: a guess")
        if undertaking and kinds & {"organisation", "person"}:
            self.tie = "mc:Involvement"
            party = "organisation" if "organisation" in kinds else "person"
            pair = [party, undertaking]
        elif self.tie == "org:Membership" or {"organisation", "person"} <= kinds:
            self.tie = "org:Membership"
            own.setdefault(("organisation", False), Group("organisation"))
            own.setdefault(("person", False), Group("person"))
            pair = ["person", "organisation"]
        else:
            self.tie, pair = "", [main]
        groups = [own[kind, False] for kind in pair]
        groups += [group for (kind, other), group in own.items() if other and kind in pair]
        for column in self.reading.profile.columns:
            if group := self._assign(column, groups):
                group.columns.append(column)
        return groups

    def _assign(self, column: Column, groups: list[Group]) -> Group | None:
        heading = self.reading.headings[column.name]
        if not heading.sense or (self.tie and heading.sense in OF_TIES):
            return None
        kind = self.reading.find_kind(heading.noun) if heading.noun else ""
        if heading.sense in ("given", "family", "person"):
            kind = "person"
        if self.reading.identifies(column):
            kind = "organisation"
        if heading.other:
            # What else stands in such a column is not of the thing that the row is about.
            same = [g for g in groups if g.other and (not kind or g.kind == kind)]
            return same[0] if same else None
        groups = [group for group in groups if not group.other]
        if kind and (of := [group for group in groups if group.kind == kind]):
            return of[0]
        if len(groups) == 1:
            return groups[0] if not kind or heading.sense not in ("rdfs:label", "key") else None
        first, second = groups
        if kind:
            return None
        if heading.sense == "key":
            free = [g for g in groups if not self._has_noun(g, "key")]
            return free[-1] if len(free) == 1 else None
        if heading.sense in ("rdfs:label", "full"):
            # A name without a noun belongs to the thing that has none with a noun.
            with_names = [g for g in groups if any(self._names(c) for c in g.columns)]
            with_names += [g for g in groups if self._has_noun(g)]
            free = [g for g in groups if g not in with_names]
            person = first.kind == "person" and heading.sense == "full"
            return free[0] if len(free) == 1 else first if person else None
        if heading.sense == "type":
            return next((g for g in groups if self._sorts(column, g.kind)), None)
        people = [g for g in groups if g.kind == "person"]
        if heading.sense in OF_PEOPLE and people:
            return people[0]
        organisations = [g for g in groups if g.kind == "organisation"]
        if heading.sense in self.reading.vocabulary.terms:
            taking = [
                g for g in (*organisations, *groups)
                if self.reading.vocabulary.takes(heading.sense, KINDS[g.kind])
            ]  # fmt: skip
            return taking[0] if taking else None
        return organisations[0] if organisations else second

    def _sorts(self, column: Column, kind: str) -> bool:
        """Whether some value of a column of kinds is a kind of such things."""
        vocabulary = self.reading.vocabulary
        return any(
            vocabulary.find_concept(value, ["agreement-kind"])
            if kind == "agreement"
            else (name := vocabulary.find_kind(value)) and vocabulary.is_a(name, KINDS[kind])
            for value in column.values or ()
        )

    def _has_free_name(self) -> bool:
        """Whether some column is a name or key, and does not say of what."""
        return any(
            heading.exact
            and heading.sense in ("rdfs:label", "full", "key")
            and not (heading.noun or heading.other)
            and self.reading.columns[name].filled > 0
            and not self.reading.identifies(self.reading.columns[name])
            for name, heading in self.reading.headings.items()
        )

    def _names(self, column: Column) -> bool:
        return self.reading.sense(column) in NAMING

    def _has_noun(self, group: Group, sense: str = "rdfs:label") -> bool:
        """Whether some column is called the name, or the key, of this kind of thing."""
        for name, heading in self.reading.headings.items():
            if heading.sense == sense and heading.exact and not heading.other:
                kind = self.reading.find_kind(heading.noun) if heading.noun else ""
                if not heading.noun and self.reading.identifies(self.reading.columns[name]):
                    kind = "organisation"
                if kind == group.kind:
                    return True
        return False
