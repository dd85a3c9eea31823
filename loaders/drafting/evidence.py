"""Evidence of what the rows of a table are: headings, values, and the names of file and sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from loaders.drafting.columns import SINGLE
from loaders.drafting.identifiers import IDENTIFIERS, WORDS
from loaders.drafting.profile import MOST, Column, Profile
from loaders.drafting.vocabulary import Heading, Vocabulary, Words, split_words

# The kinds of things by the first part of their IRI, each under a class of the ontology.
KINDS = {
    "organisation": "org:Organization",
    "person": "foaf:Person",
    "project": "mc:Project",
    "event": "schema:Event",
    "agreement": "mc:Agreement",
}
# What has members: where a row names one and another organisation, it is the second thing.
BODIES = ("mc:Cluster", "mc:MetaCluster", "mc:Network", "mc:Association")
DOUBLED = re.compile(r" \([1-9]\d?\)$")
TIES = ("org:Membership", "mc:Involvement")
NAMED, FILED, IDENTIFIED, TYPED, IMPLIED, CHOSEN = 3, 2, 3, 2, 1, 100


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


class Reading:
    """What the headings of a table say, held against its values, and what speaks for which kind.

    ``evidence`` is by kind of thing. ``tie`` is the class of ties that the name of file or sheet
    speaks of, if any, and ``spoken`` are the kinds that it does. ``besides`` are names of people
    whom the row is not about: ``contacts``, and any where it has a name that is not said to be of
    what (``titled``). ``listed`` tells whether it lists an organisation as the member of another.
    """

    def __init__(
        self, profile: Profile, vocabulary: Vocabulary, spoken: Sequence[Words], chosen: str
    ) -> None:
        self.profile, self.vocabulary, self.chosen = profile, vocabulary, chosen
        self.evidence = {kind: Evidence() for kind in KINDS}
        self.tie = ""
        self.spoken: list[str] = []
        self.todo: list[str] = []
        self._weigh_names(spoken)
        for column in profile.columns:
            column.heading = self._read_column(column)
        self._find_company_names()
        for column in profile.columns:
            column.thing = self._find_thing(column)
        named = [c for c in profile.columns if c.filled and c.sense == "rdfs:label"]
        self.titled = any(c.heading.exact and not c.heading.noun for c in named)
        self.contacts = [c for c in profile.columns if c.filled and c.sense == "person"]
        self.besides = self.contacts + [c for c in named if self.titled and c.thing == "person"]
        self.listed = self._list_members()
        for column in profile.columns:
            if column.filled:
                self._weigh_column(column)
        person = self.evidence["person"]
        if person.weight == IMPLIED * len(person.reasons):
            # What has languages may be a legal form or a country as well.
            self.evidence["person"] = Evidence()

    def _read_column(self, column: Column) -> Heading:
        """The heading, corrected by what the values are."""
        # What is called twice is read as “name (1)” and “name (2)”.
        heading = self.vocabulary.read_heading(DOUBLED.sub("", column.name))
        kind, sense = column.kind(), heading.sense
        values = list(column.values or ())
        answers = 0 < len(values) < 3 and all(
            v.casefold() in self.vocabulary.answers for v in values
        )
        if answers and self.vocabulary.find_kind(column.name):
            return replace(heading, sense="type", language="")
        if sense in SINGLE and not any(column.are(f"date{o}", MOST) for o in ("", "-dmy", "-mdy")):
            # “Firma” is a company in German and Polish, and a signature in Spanish and Italian.
            noun, left = self.vocabulary.find_noun(split_words(column.name))
            if not left:
                return Heading(noun, "rdfs:label", exact=True)
        form = {"email": "schema:email", "country": "mc:country"}.get(kind)
        if kind == "country" and column.distinct < 5 and column.longest < 4:
            form = None  # a few short codes may be anything
        if column.identifies and sense not in self.vocabulary.terms:
            return replace(heading, sense="key", language="")
        places = ("mc:region", "mc:city") if kind == "country" else ()
        if form and sense in ("", "rdfs:label", "person", *places):
            return replace(heading, sense=form, exact=False, language="")
        if kind in ("web", "date", "number") and sense == "rdfs:label" and not heading.exact:
            return replace(heading, sense="", language="")
        return heading

    def _find_company_names(self) -> None:
        """Take names with legal forms for those of organisations, whatever heads them."""
        formed = [c for c in self.profile.columns if c.are("company", 0.5) and not c.heading.noun]
        named = any(c.sense == "rdfs:label" and c.heading.exact for c in self.profile.columns)
        untold = [] if named else [c for c in formed if not c.sense][:1]
        for column in untold or [c for c in formed if c.sense == "rdfs:label"]:
            heading = replace(column.heading, noun="org:Organization", sense="rdfs:label")
            column.heading = replace(heading, exact=True)

    def _list_members(self) -> bool:
        """Whether headings say who is a member of what. What has members is made the other thing
        of the row wherever it stands beside another organisation.
        """

        def named(column: Column) -> bool:
            naming = column.sense in ("rdfs:label", "key") and column.heading.exact
            return naming and column.filled > 0 and not column.identifies

        vocabulary, columns = self.vocabulary, [c for c in self.profile.columns if named(c)]
        members = [c for c in columns if split_words(c.name) in vocabulary.members]
        said = [c for c in columns if split_words(c.name) in vocabulary.bodies]
        bodies = said or [c for c in columns if self._is_body(c.heading.noun)]
        rest = [c for c in columns if c.thing == "organisation" and c not in bodies]
        if not bodies or not (members or rest):
            return False
        for column in members:
            column.heading = replace(column.heading, noun="org:Organization")
            column.thing = "organisation"
        of = {c.heading.noun for c in bodies}
        for column in self.profile.columns:
            if column in bodies or (not said and column.heading.noun in of):
                column.heading = replace(column.heading, other=True)
        return bool(said or members)

    def _is_body(self, noun: str) -> bool:
        return any(self.vocabulary.is_a(noun, body) for body in BODIES)

    def _find_thing(self, column: Column) -> str:
        if column.identifies:
            return "organisation"
        if column.sense in ("given", "family", "person"):
            return "person"
        return self.find_kind(column.heading.noun) if column.heading.noun else ""

    def find_kind(self, name: str) -> str:
        """The kind of thing that a class is of; empty for other classes."""
        return next((k for k, top in KINDS.items() if self.vocabulary.is_a(name, top)), "")

    def _weigh_names(self, spoken: Sequence[Words]) -> None:
        if self.chosen and (kind := self.find_kind(self.chosen)):
            self.evidence[kind].add(CHOSEN, "you said so", self.chosen)
        for words in spoken:
            name = self._find_spoken(words)
            reason = f"the file or sheet is called “{' '.join(words)}”"
            if name in TIES and not self.chosen:
                self.tie = self.tie or name
                self.todo.append(f"each row is taken for a tie ({name}): {reason}")
            elif name and name not in TIES:
                self.spoken.append(kind := self.find_kind(name))
                self.evidence[kind].add(FILED, reason, name)

    def _weigh_column(self, column: Column) -> None:
        heading, kind = column.heading, column.kind()
        if self.titled and column in self.besides:
            self.evidence["organisation"].add(IMPLIED, f"it has a name beside “{column.name}”")
            self.evidence["person"].add(0, f"“{column.name}” is the name of a person")
        elif heading.noun and heading.exact and heading.sense in ("rdfs:label", "key"):
            if of := self.find_kind(heading.noun):
                reason = f"the heading “{column.name}” speaks of it"
                named = "" if heading.other else heading.noun
                self.evidence[of].add(NAMED, reason, named)
        elif column.identifies and not heading.other:
            reason = f"“{column.name}” holds {WORDS[kind if kind in IDENTIFIERS else 'pic']}"
            self.evidence["organisation"].add(IDENTIFIED, reason)
        elif heading.sense in ("given", "family", "person", "full"):
            weight = FILED if heading.sense == "full" else NAMED
            self.evidence["person"].add(weight, f"“{column.name}” is the name of a person")
        elif heading.sense == "type":
            self._weigh_types(column)
        elif term := self.vocabulary.terms.get(heading.sense):
            for of, top in KINDS.items():
                if heading.exact and term.domains & {top}:
                    reason = f"the ontology says “{term.label}” of such things alone"
                    self.evidence[of].add(IMPLIED, f"{reason} (“{column.name}”)")

    def _weigh_types(self, column: Column) -> None:
        for value in list(column.values or ())[:100]:
            name = self.vocabulary.find_kind(value)
            if name and (of := self.find_kind(name)):
                self.evidence[of].add(TYPED, f"“{column.name}” holds “{value[:40]}”")
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
                    return name if self.find_kind(name) or name in TIES else ""
        return ""
