"""What the rows of a table tell of: one kind of thing, two that are tied, and places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from loaders.drafting.columns import ColumnReader
from loaders.drafting.identifiers import IDENTIFIERS, WORDS
from loaders.drafting.keys import KeyFinder, is_keyable
from loaders.drafting.places import add_places
from loaders.drafting.profile import Column, Profile
from loaders.drafting.proposals import (
    GUESS,
    LIKELY,
    SURE,
    Proposal,
    TableDraft,
    Thing,
    show_columns,
    template,
)
from loaders.drafting.vocabulary import Heading, Vocabulary, Words, split_words
from loaders.mapping.model import Kind, Reference

# The kinds of things by the first part of their IRI, each under a class of the ontology.
KINDS = {
    "organisation": "org:Organization",
    "person": "foaf:Person",
    "project": "mc:Project",
    "event": "schema:Event",
    "agreement": "mc:Agreement",
}
UNDERTAKINGS = ("project", "event", "agreement")
TIES = ("org:Membership", "mc:Involvement")
NAMED, FILED, IDENTIFIED, TYPED, IMPLIED, CHOSEN = 3, 2, 3, 2, 1, 100
# Where a row ties two things, this is said of the tie, and the rest of one of the two.
OF_TIES = ("mc:inRole", "schema:startDate", "schema:endDate")
VALID = {"schema:startDate": "schema:validFrom", "schema:endDate": "schema:validThrough"}
OF_PEOPLE = ("schema:email", "schema:telephone", "mc:speaks", "mc:knowsAbout")


@dataclass
class Evidence:
    """Reasons for a kind of thing, each with its weight, and the classes that were named."""

    weight: int = 0
    reasons: list[str] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)

    def add(self, weight: int, reason: str, named: str = "") -> None:
        self.weight += weight
        self.reasons.append(reason)
        if named:
            self.classes.append(named)


@dataclass
class Group:
    """The columns that speak of one thing of a row."""

    kind: str
    other: bool = False
    columns: list[Column] = field(default_factory=list)


class Drafter:
    """Drafts one table. ``chosen`` is the class of its rows where a person has said it.

    ``spoken`` are the words of file and sheet; ``prefix`` begins the keys of its things.
    """

    def __init__(
        self, profile: Profile, vocabulary: Vocabulary, spoken: Sequence[Words], prefix: str,
        chosen: str, taken: set[str],
    ) -> None:  # fmt: skip
        self.profile, self.vocabulary, self.spoken = profile, vocabulary, spoken
        self.prefix, self.chosen = prefix, chosen
        self.draft = TableDraft(profile)
        self.reader = ColumnReader(vocabulary, self.draft, taken)
        self.keys = KeyFinder(profile)
        self.headings = {c.name: self._read_column(c) for c in profile.columns}
        self.evidence = {kind: Evidence() for kind in KINDS}
        self.tie = ""

    def run(self) -> TableDraft:
        """1. what the rows are, 2. which columns speak of which thing, 3. keys, names, the rest."""
        self._weigh()
        groups = self._group()
        if not groups:
            return self.draft
        built = [(group, thing) for group in groups if (thing := self._build(group))]
        self.draft.things += [thing for _, thing in built]
        if self.tie:
            self._tie(built)
        for group, thing in built:
            self._fill(group, thing)
        if any(group.other for group, _ in built):
            self.draft.todo.append(
                "a row names two things of one kind: say how they are tied, by an org:Membership "
                "or an mc:Involvement, where the hub has such a tie"
            )
        self.keys.drop_conflicts(self.draft)
        self._leave_rest()
        return self.draft

    # 1. Evidence.

    def _read_column(self, column: Column) -> Heading:
        """The heading, corrected by what the values are."""
        heading = self.vocabulary.read_heading(column.name)
        kind, sense = column.kind(), heading.sense
        values = list(column.values or ())
        answers = 0 < len(values) < 3 and all(
            v.casefold() in self.vocabulary.answers for v in values
        )
        if answers and self.vocabulary.find_kind(column.name):
            return Heading(heading.noun, "type", heading.exact, heading.other)
        form = {"email": "schema:email", "country": "mc:country"}.get(kind)
        if kind == "country" and column.distinct < 5 and column.longest < 4:
            form = None  # a few short codes may be anything
        if self._identifies(column) and sense not in self.vocabulary.terms:
            return Heading(heading.noun, "key", heading.exact, heading.other)
        if form and (not sense or (sense == "rdfs:label" and kind != "country")):
            return Heading(heading.noun, form, False, heading.other)
        if kind in ("web", "date", "number") and sense == "rdfs:label" and not heading.exact:
            return Heading(heading.noun, "", False, heading.other)
        if form == "mc:country" and sense in ("rdfs:label", "mc:region", "mc:city"):
            return Heading(heading.noun, form, False, heading.other)
        return heading

    def _identifies(self, column: Column) -> bool:
        """Whether the column holds identifiers of organisations; PICs only where it says so."""
        called = "pic" in split_words(column.name)
        return column.kind() in IDENTIFIERS or (called and column.all_are("pic"))

    def _kind_of(self, name: str) -> str:
        return next((k for k, top in KINDS.items() if self.vocabulary.is_a(name, top)), "")

    def _weigh(self) -> None:
        if self.chosen and (kind := self._kind_of(self.chosen)):
            self.evidence[kind].add(CHOSEN, "you said so", self.chosen)
        for words in self.spoken:
            name = self._find_spoken(words)
            reason = f"the file or sheet is called ‘{' '.join(words)}’"
            if name in TIES and not self.chosen:
                self.tie = self.tie or name
                self.draft.todo.append(f"each row is taken for a tie ({name}): {reason}")
            elif name:
                self.evidence[self._kind_of(name)].add(FILED, reason, name)
        for column in self.profile.columns:
            heading, kind = self.headings[column.name], column.kind()
            if not column.filled:
                continue
            if heading.noun and heading.exact and heading.sense in ("rdfs:label", "key"):
                if of := self._kind_of(heading.noun):
                    reason = f"the heading ‘{column.name}’ speaks of it"
                    self.evidence[of].add(NAMED, reason, heading.noun)
            elif self._identifies(column) and not heading.other:
                reason = f"‘{column.name}’ holds {WORDS[kind if kind in IDENTIFIERS else 'pic']}"
                self.evidence["organisation"].add(IDENTIFIED, reason)
            elif heading.sense in ("given", "family", "person", "full"):
                weight = FILED if heading.sense == "full" else NAMED
                self.evidence["person"].add(weight, f"‘{column.name}’ is the name of a person")
            elif heading.sense == "type":
                self._weigh_types(column)
            elif term := self.vocabulary.terms.get(heading.sense):
                for of, top in KINDS.items():
                    if heading.exact and term.domains & {top}:
                        reason = f"the ontology says ‘{term.label}’ of such things alone"
                        self.evidence[of].add(IMPLIED, f"{reason} (‘{column.name}’)")

    def _weigh_types(self, column: Column) -> None:
        for value in list(column.values or ())[:100]:
            name = self.vocabulary.find_kind(value)
            if name and (of := self._kind_of(name)):
                self.evidence[of].add(TYPED, f"‘{column.name}’ holds ‘{value[:40]}’")
                return

    def _find_spoken(self, words: Words) -> str:
        """The class that a file's name speaks of: by its last word, or by one in the plural."""
        plain = [word for word in words if not any(c.isdigit() for c in word)]
        for end in range(len(plain), 0, -1):
            for length in (3, 2, 1):
                phrase = tuple(plain[max(end - length, 0) : end])
                name, left = self.vocabulary.find_noun(phrase)
                plural = phrase not in self.vocabulary.nouns or name in TIES
                if name and not left and (plural or end == len(plain)):
                    return name if self._kind_of(name) or name in TIES else ""
        return ""

    # 2. Groups.

    def _group(self) -> list[Group]:
        """The things of a row: those with a name or key of their own, the rest with the main."""
        own: dict[tuple[str, bool], Group] = {}
        for column in self.profile.columns:
            heading = self.headings[column.name]
            kind = self._kind_of(heading.noun) if heading.noun else ""
            if not kind and heading.sense in ("given", "family", "person"):
                kind = "person"
            if not kind and self._identifies(column):
                kind = "organisation"
            names = heading.sense in ("rdfs:label", "key", "given", "family", "person")
            if kind and names and column.filled and (heading.exact or self._identifies(column)):
                own.setdefault((kind, heading.other), Group(kind, heading.other))
        weights = {kind: found.weight for kind, found in self.evidence.items() if found.weight}
        if not weights and not self.tie:
            self.draft.todo.append("nothing in headings, values or names tells what its rows are")
            return []
        main = max(weights, key=lambda kind: weights[kind]) if weights else "organisation"
        own.setdefault((main, False), Group(main))
        kinds = {kind for kind, other in own if not other}
        if self.chosen:
            kinds = {main}
        undertaking = next((kind for kind in UNDERTAKINGS if kind in kinds), "")
        if self.tie == "mc:Involvement" and not undertaking and "project" in KINDS:
            undertaking = "project"
            own[undertaking, False] = Group(undertaking)
            self.draft.todo.append("what the parties take part in is taken for projects: a guess")
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
        for column in self.profile.columns:
            if group := self._assign(column, groups):
                group.columns.append(column)
        return groups

    def _assign(self, column: Column, groups: list[Group]) -> Group | None:
        heading = self.headings[column.name]
        if not heading.sense or (self.tie and heading.sense in OF_TIES):
            return None
        kind = self._kind_of(heading.noun) if heading.noun else ""
        if heading.sense in ("given", "family", "person"):
            kind = "person"
        if self._identifies(column):
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
        people = [g for g in groups if g.kind == "person"]
        if heading.sense in OF_PEOPLE and people:
            return people[0]
        organisations = [g for g in groups if g.kind == "organisation"]
        if heading.sense in self.vocabulary.terms:
            taking = [
                g for g in (*organisations, *groups)
                if self.vocabulary.takes(heading.sense, KINDS[g.kind])
            ]  # fmt: skip
            return taking[0] if taking else None
        return organisations[0] if organisations else second

    def _names(self, column: Column) -> bool:
        return self.headings[column.name].sense in ("rdfs:label", "full", "person", "family")

    def _has_noun(self, group: Group, sense: str = "rdfs:label") -> bool:
        """Whether some column is called the name, or the key, of this kind of thing."""
        return any(
            heading.sense == sense and heading.exact and not heading.other
            and (
                self._kind_of(heading.noun) == group.kind if heading.noun
                else group.kind == "organisation" and self._identifies(self.reader.columns[name])
            )
            for name, heading in self.headings.items()
        )  # fmt: skip

    # 3. Things.

    def _build(self, group: Group) -> Thing | None:
        """The thing with its key and its name; None when it can have none."""
        keys = [c for c in group.columns if self.headings[c.name].sense == "key"]
        keys.sort(key=lambda c: (not self.headings[c.name].exact, not self._identifies(c)))
        labels = [c for c in group.columns if self._can_name(c, group.kind)]
        labels.sort(key=lambda c: self.headings[c.name].language not in ("", "en"))
        alone = not self.tie and not group.other
        found = self.keys.find(keys, labels, group.columns, alone=alone)
        where = f"{'other ' if group.other else ''}{group.kind}"
        if not found:
            if not group.other:
                self.draft.todo.append(f"no column can be the key of the {where}: give it one")
            return None
        label, unnamed = self._find_label(group, labels, found.columns)
        if not label and (group.other or self._has_named_twin()):
            self.draft.todo.append(
                f"the {where} of ‘{found.columns[0].name}’ has no name in this file, and is not "
                "described: its name may be in another"
            )
            return None
        evidence = self.evidence[group.kind]
        classes = self._choose_classes(group, evidence)
        name = f"other-{group.kind}" if group.other else group.kind
        weighty = evidence.weight >= NAMED
        confidence = SURE if self.chosen else LIKELY if weighty else GUESS
        reason = "; ".join(list(dict.fromkeys(evidence.reasons))[:3]) or "it is tied by the row"
        thing = Thing(
            name,
            classes,
            found.write(f"{group.kind}/{self.prefix}"),
            tuple(c.name for c in found.columns),
            reason,
            confidence,
            found.unique,
            todo=list(found.todo),
        )
        keyed = show_columns(thing.key)
        if label:
            thing.proposals.append(label)
        else:
            value = template(*_join([Reference(c.name) for c in found.columns], " "))
            only = value.parts[0]
            name_by_key = only if len(value.parts) == 1 and isinstance(only, Reference) else value
            reason = "nothing names it in every row, so its key stands for its name"
            personal = group.kind == "person"
            thing.proposals.append(
                Proposal("rdfs:label", name_by_key, thing.key, reason, GUESS, personal=personal)
            )
            thing.todo.append(f"find its names: {unnamed or f'the file gives only {keyed}'}")
        return thing

    def _has_named_twin(self) -> bool:
        """Whether the row names another thing of the same kind."""
        return any(
            heading.other and heading.sense == "rdfs:label" and not self.tie
            for name, heading in self.headings.items()
            if self.reader.columns[name].filled
        )

    def _can_name(self, column: Column, kind: str) -> bool:
        heading = self.headings[column.name]
        named = heading.sense == "rdfs:label" and (heading.exact or kind == "agreement")
        person = kind == "person" and heading.sense in ("person", "full")
        return (named or person or heading.sense == "full") and not (
            self.reader.find_obstacle(column)
        )

    def _find_label(
        self, group: Group, labels: list[Column], key: Sequence[Column]
    ) -> tuple[Proposal | None, str]:
        """The name of the thing, filled wherever its key is; or why there is none."""
        why = ""
        personal = group.kind == "person"
        for column in labels:
            missing = self.profile.count_without(key, [column])
            if column.placeholders or missing is None or missing:
                why = why or f"‘{column.name}’ is empty in {missing or 'some'} rows that have a key"
                continue
            heading = self.headings[column.name]
            reason = f"the heading ‘{column.name}’ says so, and it is filled in every row"
            value = self.reader.read_value(column)
            columns = (column.name,)
            return Proposal(
                "rdfs:label", value, columns, reason, LIKELY, Kind.LITERAL,
                heading.language, personal,
            ), why  # fmt: skip
        parts = [
            next((c for c in group.columns if self.headings[c.name].sense == sense), None)
            for sense in ("given", "family")
        ]
        names = [c for c in parts if c and not self.reader.find_obstacle(c) and not c.separator]
        whole = len(names) == 2 and self.profile.count_without(key, names) == 0
        if personal and whole and not any(c.placeholders for c in names):
            given, family = names
            value = template(Reference(given.name), " ", Reference(family.name))
            named = (given.name, family.name)
            reason = "given name and family name, filled in every row"
            return Proposal("rdfs:label", value, named, reason, LIKELY, personal=True), why
        return None, why

    def _choose_classes(self, group: Group, evidence: Evidence) -> tuple[str, ...]:
        top = KINDS[group.kind]
        if group.kind == "agreement" and "mc:agreementKind" not in self._senses(group):
            # An agreement without a kind breaks the shapes; the file does not say one.
            top = "prov:Entity" if "mc:Agreement" in self.vocabulary.terms else top
            self.draft.todo.append(
                "make it an mc:Agreement and give it an mc:agreementKind: the file does not say "
                "which kind it is, and the hub takes no agreement without"
            )
            return (top,)
        named = list(dict.fromkeys(name for name in evidence.classes if name != KINDS[group.kind]))
        if group.other or len(named) != 1:
            if len(named) > 1:
                self.draft.todo.append(f"choose its class: it may be {', '.join(named)}")
            return (top,)
        types = [c for c in group.columns if self.headings[c.name].sense == "type"]
        if types and not self.chosen and any(self._names_class(c, group.kind) for c in types):
            return (top,)  # the column of kinds says it row by row
        return (top, named[0])

    def _names_class(self, column: Column, kind: str) -> bool:
        names = {self.vocabulary.find_kind(value) for value in column.values or ()}
        return any(name and self.vocabulary.is_a(name, KINDS[kind]) for name in names)

    def _senses(self, group: Group) -> set[str]:
        senses = {self.headings[c.name].sense for c in group.columns}
        typed = [c for c in group.columns if self.headings[c.name].sense == "type"]
        for column in typed:
            values = list(column.values or ())
            concepts = (self.vocabulary.find_concept(v, ["agreement-kind"]) for v in values)
            if values and all(concepts) and column.filled == self.profile.rows:
                senses.add("mc:agreementKind")
        return senses

    def _fill(self, group: Group, thing: Thing) -> None:
        """Everything else that is said of the thing."""
        used = {name for proposal in thing.proposals for name in proposal.columns}
        cities: list[Column] = []
        for column in sorted(group.columns, key=lambda c: not c.all_are("country")):
            heading = self.headings[column.name]
            sense = heading.sense
            if column.name in used or sense in ("given", "family"):
                continue
            if sense in ("rdfs:label", "full", "person"):
                sense = "skos:altLabel" if self._can_name(column, group.kind) else ""
            if sense in ("mc:city", "mc:region"):
                cities.append(column)
                continue
            if sense == "type":
                self._add_type(group, thing, column)
                continue
            if sense == "key" and self._identifies(column):
                sense = "schema:identifier"
            if group.kind == "agreement":
                sense = VALID.get(sense, sense)
            self._add(group, thing, column, sense)
        add_places(self.reader, self.draft, thing, cities, self.headings)

    def _add_type(self, group: Group, thing: Thing, column: Column) -> None:
        if group.kind == "agreement" and "mc:agreementKind" in self._senses(group):
            self._add(group, thing, column, "mc:agreementKind")
            return
        answer = self.reader.propose_class(column, KINDS[group.kind])
        if isinstance(answer, str):
            self.draft.left[column.name] = answer
        else:
            thing.proposals.append(answer)

    def _add(self, group: Group, thing: Thing, column: Column, sense: str) -> None:
        term = self.vocabulary.terms.get(sense)
        if not term:
            if sense == "schema:identifier" and column.name not in thing.key:
                self.draft.left[column.name] = (
                    f"it holds {WORDS.get(column.kind(), 'identifiers')}, for which the ontology "
                    "has no property"
                )
            return
        top = KINDS.get(group.kind, "")
        dated = sense in ("schema:startDate", "schema:endDate")
        signed = sense in ("mc:signed", "schema:validFrom", "schema:validThrough")
        if (
            not self.vocabulary.takes(sense, top)
            or (dated and group.kind not in ("project", "event"))
            or (signed and group.kind != "agreement")
            or (sense in ("mc:inRole", "mc:agreementKind") and group.kind != "agreement")
        ):
            self.draft.left[column.name] = (
                f"it looks like ‘{term.label}’ ({sense}), which is not said of {group.kind}s"
            )
            return
        once = sense in ("mc:country", "foaf:homepage")
        if once and any(p.predicate == sense for p in thing.proposals):
            self.draft.left[column.name] = "another column says this already"
            return
        answer = self.reader.propose(column, self.headings[column.name], sense)
        if isinstance(answer, str):
            self.draft.left[column.name] = answer
        elif answer.single and any(p.predicate == answer.predicate for p in thing.proposals):
            self.draft.left[column.name] = "another column says this already"
        else:
            thing.proposals.append(answer)

    def _tie(self, built: list[tuple[Group, Thing]]) -> None:
        """The tie of the two things of each row, with role and dates."""
        things = [thing for group, thing in built if not group.other]
        if len(things) != 2:
            self.draft.todo.append("the row ties two things, and only one of them could be told")
            return
        key = [column for thing in things for column in thing.key]
        extra = [
            column
            for sense in OF_TIES
            for column in self.profile.columns
            if self.headings[column.name].sense == sense and is_keyable(column)
            and column.filled == self.profile.rows - self.profile.bad_rows
        ]  # fmt: skip
        columns = [c for name in dict.fromkeys(key) for c in [self.reader.columns[name]]]
        found = self.keys.combine(columns, extra)
        kind = "membership" if self.tie == "org:Membership" else "involvement"
        ends = {
            "membership": ("org:member", "org:organization"),
            "involvement": ("mc:involves", "mc:involvedIn"),
        }[kind]
        tie = Thing(
            kind, (self.tie,), found.write(f"{kind}/{self.prefix}"),
            tuple(c.name for c in found.columns),
            f"each row names {things[0].name} and {things[1].name}", GUESS, found.unique,
            todo=["check that a row means this tie and no other", *found.todo],
        )  # fmt: skip
        for predicate, thing in zip(ends, things, strict=True):
            reason = f"the {thing.name} of the row"
            tie.proposals.append(
                Proposal(predicate, thing.subject, thing.key, reason, LIKELY, Kind.IRI)
            )
        for column in self.profile.columns:
            if self.headings[column.name].sense in OF_TIES:
                self._add_to_tie(tie, column)
        self.draft.things.append(tie)

    def _add_to_tie(self, tie: Thing, column: Column) -> None:
        heading = self.headings[column.name]
        answer = self.reader.propose(column, heading, heading.sense)
        if isinstance(answer, str):
            self.draft.left[column.name] = answer
            return
        same = [p for p in tie.proposals if p.predicate == answer.predicate]
        if answer.single and same:
            self.draft.left[column.name] = f"{show_columns(same[0].columns)} says this already"
        else:
            tie.proposals.append(answer)

    def _leave_rest(self) -> None:
        """Say of every other column why it is not mapped."""
        mapped = {
            name
            for thing in self.draft.things
            for names in (thing.key, *(p.columns for p in thing.proposals))
            for name in names
        }
        for column in self.profile.columns:
            if column.name in mapped:
                self.draft.left.pop(column.name, None)
                continue
            said = self.headings[column.name].sense
            why = "the ontology has no property that its heading or values speak of"
            if said == "key":
                why = "it is another number or code of the thing, and not its key"
            elif column.kind() == "web":
                why = "it holds web addresses, and nothing says that they are homepages"
            elif term := self.vocabulary.terms.get(said):
                why = f"it may be ‘{term.label}’ ({said}), but of what?"
            why = self.reader.find_obstacle(column) or why
            self.draft.left.setdefault(column.name, why)


def name_words(name: str) -> Words:
    """The words of a file's or sheet's name, without its endings."""
    return split_words(name.split(".")[0] if "." in name[1:] else name)


def _join(references: list[Reference], between: str) -> list[str | Reference]:
    parts: list[str | Reference] = []
    for reference in references:
        parts += [between, reference] if parts else [reference]
    return parts
