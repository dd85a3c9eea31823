"""What the rows of a table tell of: things with keys and names, the tie of two, and places."""

from __future__ import annotations

from collections.abc import Sequence

from loaders.drafting.columns import Answer, ColumnReader
from loaders.drafting.evidence import KINDS, NAMED, Evidence, Reading
from loaders.drafting.grouping import OF_TIES, Group, group_columns, tells_kind
from loaders.drafting.identifiers import WORDS
from loaders.drafting.keys import KeyFinder, is_keyable, is_name_like
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
)
from loaders.drafting.vocabulary import Vocabulary, Words
from loaders.mapping.model import Constant, Kind, Reference, Template

VALID = {"schema:startDate": "schema:validFrom", "schema:endDate": "schema:validThrough"}
UNKINDED = "prov:Entity"
ONCE = ("mc:country", "foaf:homepage")  # beside what has dates
# Registers that have a property of their own; a bare number under another is of no register.
REGISTERS = {"vat": "schema:vatID", "lei": "schema:leiCode", "pic": "mc:pic"}
# What a tie is called, and the properties that lead to the two things.
TIES = {
    "org:Membership": ("membership", "org:member", "org:organization"),
    "contact": ("contact", "org:member", "org:organization"),
    "mc:Involvement": ("involvement", "mc:involves", "mc:involvedIn"),
}


UNTOLD = (
    "a row names a person and an organisation, and not how they are tied: write an org:Membership "
    "with its role, where the hub has such a tie"
)


class Drafter:
    """Drafts one table. ``chosen`` is the class of its rows where a person has said it.

    ``spoken`` are the words of file and sheet; ``prefix`` begins the keys of its things.
    """

    def __init__(
        self, profile: Profile, vocabulary: Vocabulary, spoken: Sequence[Words], prefix: str,
        chosen: str, taken: set[str],
    ) -> None:  # fmt: skip
        self.profile, self.vocabulary = profile, vocabulary
        self.prefix, self.chosen = prefix, chosen
        reading = Reading(profile, vocabulary, spoken, chosen)
        self.groups, self.tie = group_columns(reading), reading.tie
        self.listed = reading.listed and bool(self.tie)
        self.evidence, self.contacts = reading.evidence, set(reading.contacts)
        self.draft = TableDraft(profile, todo=reading.todo)
        self.reader = ColumnReader(vocabulary, self.draft, taken)
        self.keys = KeyFinder(profile)

    def run(self) -> TableDraft:
        """1. things with keys and names, 2. their tie, 3. all else, 4. why the rest is left."""
        if not self.groups:
            return self.draft
        built = [(group, thing) for group in self.groups if (thing := self._build(group))]
        self.draft.things += [thing for _, thing in built]
        things = [thing for group, thing in built if not group.other]
        contact = any(not self.contacts.isdisjoint(group.columns) for group, _ in built)
        if self.listed:
            others = [thing for group, thing in built if group.other]
            self._tie([t for t in things if t.name == "organisation"] + others)
        if self.tie and (not self.listed or (len(things) == 2 and contact)):
            self._tie(things, contact=contact and self.tie == "org:Membership")
        elif len(things) == 2:
            self.draft.todo.append(UNTOLD)
        for group, thing in built:
            self._fill(group, thing)
        if not self.listed and any(group.other for group, _ in built):
            self.draft.todo.append(
                "a row names two things of one kind: say how they are tied, by an org:Membership "
                "or an mc:Involvement, where the hub has such a tie"
            )
        self.keys.drop_conflicts(self.draft)
        self._leave_rest()
        return self.draft

    def _build(self, group: Group) -> Thing | None:
        """The thing with its key and its name; None when it can have none."""
        keys = [c for c in group.columns if c.sense == "key"]
        keys.sort(key=lambda c: (not c.heading.exact, not c.identifies))
        labels = [c for c in group.columns if self._can_name(c, group.kind)]
        labels.sort(key=lambda c: c.heading.language not in ("", "en"))
        alone = not self.tie and not group.other
        found = self.keys.find(keys, labels, group.columns, alone=alone)
        if not found:
            if not group.other:
                self.draft.todo.append(f"no column can be the key of the {group.kind}: give it one")
            return None
        unnamed: list[str] = []
        label = self._find_label(group, labels, found.columns, unnamed)
        if not label and (group.other or self._has_named_twin()):
            where = f"{'other ' if group.other else ''}{group.kind}"
            self.draft.todo.append(
                f"the {where} of “{found.columns[0].name}” has no name in this file, and is not "
                "described: its name may be in another"
            )
            return None
        evidence = self.evidence[group.kind]
        thing = Thing(
            f"other-{group.kind}" if group.other else group.kind,
            self._choose_classes(group, evidence),
            found.write(f"{group.kind}/{self.prefix}"),
            tuple(c.name for c in found.columns),
            "; ".join(list(dict.fromkeys(evidence.reasons))[:3]) or "it is tied by the row",
            SURE if self.chosen else LIKELY if evidence.weight >= NAMED else GUESS,
            found.unique,
            todo=[*found.todo, *unnamed],
        )
        if not label:
            references = [Reference(name) for name in thing.key]
            spaced = [part for reference in references for part in (" ", reference)][1:]
            value = Template(tuple(spaced)) if len(spaced) > 1 else references[0]
            reason = "nothing names it in every row, so its key stands for its name"
            personal = group.kind == "person"
            label = Proposal("rdfs:label", value, thing.key, reason, GUESS, personal=personal)
            thing.todo.append(f"find its names: the file gives only {show_columns(thing.key)}")
        thing.proposals.append(label)
        return thing

    def _has_named_twin(self) -> bool:
        """Whether the row names another thing of the same kind."""
        return any(
            c.heading.other and c.sense == "rdfs:label" and c.filled and not self.tie
            for c in self.profile.columns
        )

    def _can_name(self, column: Column, kind: str) -> bool:
        heading = column.heading
        named = heading.sense == "rdfs:label" and (heading.exact or kind == "agreement")
        person = kind == "person" and heading.sense in ("person", "full")
        return (named or person or heading.sense == "full") and not (
            self.reader.find_obstacle(column)
        )

    def _find_label(
        self, group: Group, labels: list[Column], key: Sequence[Column], todo: list[str]
    ) -> Proposal | None:
        """The name of the thing, filled in most rows that have its key; what it lacks is to do."""
        personal = group.kind == "person"
        names = [
            next((c for c in group.columns if c.sense == sense), None)
            for sense in ("given", "family")
        ]
        parts = [c for c in names if c and not (c.separator or c.placeholders)]
        parts = [c for c in parts if not self.reader.find_obstacle(c)]
        whole = 0 in [self.profile.count_without(key, [column]) for column in labels]
        joined = personal and len(parts) == 2 and self.profile.count_without(key, parts) == 0
        if joined and not whole:
            named = tuple(c.name for c in parts)
            spaced = Template((Reference(named[0]), " ", Reference(named[1])))
            reason = "given name and family name, filled in every row"
            return Proposal("rdfs:label", spaced, named, reason, LIKELY, personal=True)
        texts = [] if self.tie or group.other else filter(is_name_like, self.profile.columns)
        for columns, says, confidence in (
            (labels, "the heading says so", LIKELY),
            (texts, "no heading speaks of a name, and this text differs from row to row", GUESS),
        ):
            lacks = [
                (self.profile.count_without(key, [c]), c) for c in columns if not c.placeholders
            ]
            known = [(missing, c) for missing, c in lacks if missing is not None]
            missing, column = min(known, key=lambda pair: pair[0], default=(0, None))
            if not column or 2 * missing > self.profile.told_rows:
                continue
            if missing:
                todo.append(f"{missing} rows have no “{column.name}”: a load leaves them out")
            value, language = self.reader.read_value(column), column.heading.language
            return Proposal(
                "rdfs:label", value, (column.name,), f"{says} (“{column.name}”)", confidence,
                language=language, personal=personal,
            )  # fmt: skip
        return None

    def _choose_classes(self, group: Group, evidence: Evidence) -> tuple[str, ...]:
        top = KINDS[group.kind]
        if group.kind == "agreement" and "mc:agreementKind" not in self._senses(group):
            # An agreement without a kind breaks the shapes; the file does not say one.
            self.draft.todo.append(
                "make it an mc:Agreement and give it an mc:agreementKind: the file does not say "
                "which kind it is, and the hub takes no agreement without"
            )
            return (UNKINDED,)
        named = list(dict.fromkeys(name for name in evidence.classes if name != KINDS[group.kind]))
        if group.other:
            named = [*{c.heading.noun for c in group.columns if c.heading.noun} - {top}]
        if len(named) != 1 or not self.vocabulary.is_a(named[0], top):
            if len(named) > 1:
                self.draft.todo.append(f"choose its class: it may be {', '.join(named)}")
            return (top,)
        types = [c for c in group.columns if c.sense == "type"]
        if (
            types
            and not self.chosen
            and any(tells_kind(self.vocabulary, c, group.kind) for c in types)
        ):
            return (top,)  # the column of kinds says it row by row
        return (top, named[0])

    def _senses(self, group: Group) -> set[str]:
        senses = {c.sense for c in group.columns}
        typed = [c for c in group.columns if c.sense == "type"]
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
        for column in sorted(group.columns, key=lambda c: not c.are("country")):
            sense = column.sense
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
            if sense == "key" and column.identifies:
                kind = "pic" if column.are("pic") else column.kind()
                sense = REGISTERS.get(kind, "schema:identifier")
            if group.kind == "agreement":
                sense = VALID.get(sense, sense)
            self._add(group, thing, column, sense)
        add_places(self.reader, thing, cities)

    def _add_type(self, group: Group, thing: Thing, column: Column) -> None:
        if group.kind == "agreement" and "mc:agreementKind" in self._senses(group):
            self._add(group, thing, column, "mc:agreementKind")
            return
        self._take(thing, column, self.reader.propose_class(column, KINDS[group.kind]))

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
            or (sense == "mc:agreementKind" and group.kind != "agreement")
        ):
            self.draft.left[column.name] = (
                f"it looks like “{term.label}” ({sense}), which is not said of {group.kind}s"
            )
            return
        self._offer(thing, column, sense)

    def _offer(self, thing: Thing, column: Column, sense: str) -> None:
        """Propose a property of the thing, unless it is said once and another column says it."""
        once = [p for p in thing.proposals if p.predicate == sense and (p.single or sense in ONCE)]
        told = f"{show_columns(once[0].columns)} says this already" if once else ""
        self._take(thing, column, told or self.reader.propose(column, sense))

    def _take(self, thing: Thing, column: Column, answer: Answer) -> None:
        if isinstance(answer, str):
            self.draft.left[column.name] = answer
        else:
            thing.proposals.append(answer)

    def _tie(self, things: list[Thing], *, contact: bool = False) -> None:
        """The tie of the two things of each row, with role and dates; those of a list of members
        are not of whom to turn to.
        """
        if len(things) != 2:
            self.draft.todo.append("the row ties two things, and only one of them could be told")
            return
        if any(UNKINDED in thing.classes for thing in things):
            todo = "tie the parties to the agreement, once it is one, by an mc:Involvement each"
            self.draft.todo.append(todo)
            return
        key = [column for thing in things for column in thing.key]
        senses = OF_TIES[:1] if contact else OF_TIES[1:] if self.listed else OF_TIES
        extra = [
            column
            for sense in senses
            for column in self.profile.columns
            if column.sense == sense and is_keyable(column)
            and column.filled == self.profile.told_rows
        ]  # fmt: skip
        columns = [c for name in dict.fromkeys(key) for c in [self.reader.columns[name]]]
        found = self.keys.combine(columns, extra)
        kind, *ends = TIES["contact" if contact else self.tie]
        start = "membership/contact." if contact else f"{kind}/"
        tie = Thing(
            kind, ("org:Membership" if contact else self.tie,), found.write(start + self.prefix),
            tuple(c.name for c in found.columns),
            f"each row names {things[0].name} and {things[1].name}", GUESS, found.unique,
            todo=["check that a row means this tie and no other", *found.todo],
        )  # fmt: skip
        if contact:
            role = self.vocabulary.find_concept("contact point", ["role"])
            reason = "the heading says that one turns to this person"
            value = Constant(role)
            tie.proposals.append(
                Proposal("mc:inRole", value, things[0].key, reason, LIKELY, Kind.IRI)
            )
        for predicate, thing in zip(ends, things, strict=True):
            reason = f"the {thing.name} of the row"
            tie.proposals.append(
                Proposal(predicate, thing.subject, thing.key, reason, LIKELY, Kind.IRI)
            )
        for column in self.profile.columns:
            if column.sense in senses:
                self._offer(tie, column, column.sense)
        self.draft.things.append(tie)

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
            said = column.sense
            why = "neither its heading nor its values tell which property it is"
            if said == "key":
                why = "it is another number or code of the thing, and not its key"
            elif column.kind() == "web":
                why = "it holds web addresses, and nothing says that they are homepages"
            elif term := self.vocabulary.terms.get(said):
                why = f"it may be “{term.label}” ({said}), but of what?"
            why = self.reader.find_obstacle(column) or why
            self.draft.left.setdefault(column.name, why)
