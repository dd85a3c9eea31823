"""What the caller may read about the things in some ways, and the sentences made of it.

Everything is fetched through `select_visible`, which answers from the caller's graphs alone; the
sentences only join labels and dates that stand in the data.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hub.paths.ages import Standing
from hub.paths.atlas import Step, Way, count, explain
from hub.paths.strength import show_age, show_strength
from hub.paths.view import Tie
from hub.search import LABELS, choose_name
from hub.terms import Term
from hub.vocabulary import NAMESPACES

SelectVisible = Callable[..., Iterable[Mapping[str, Term]]]

STALE = 3.0  # years after which one should ask before relying on a step
MOST_CITED = 4  # pieces of evidence told per step; the others are counted
PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in NAMESPACES.items())
_NODES = (
    PREFIXES + "SELECT DISTINCT ?evidence ?node ?party WHERE { "
    "GRAPH ?g { ?node mc:involvedIn ?evidence ; mc:involves ?party } }"
)
_FACTS = (
    PREFIXES + "SELECT DISTINCT ?g ?iri ?property ?value WHERE { "
    f"VALUES ?property {{ {' '.join(LABELS)} dcterms:description mc:country mc:city mc:inRole "
    "org:member org:organization mc:post org:postIn mc:agreementKind mc:signed schema:startDate "
    "schema:endDate schema:validFrom schema:validThrough prov:hadPrimarySource mc:place mc:quote "
    "mc:owner mc:involves dcterms:issued dcterms:date schema:datePublished } "
    "GRAPH ?g { ?iri ?property ?value } }"
)
_BEGIN = ("mc:signed", "schema:startDate", "schema:validFrom")
_END = ("schema:endDate", "schema:validThrough")


@dataclass(frozen=True)
class Source:
    """A source of the hub: its graph, title and owner, empty where the data does not say."""

    graph: str
    title: str
    owner: str

    def __str__(self) -> str:
        title = f"‘{self.title}’" if self.title else ""
        return " of ".join(part for part in (title, self.owner) if part)


@dataclass(frozen=True)
class Citation:
    """Where a sentence comes from: a place in a document, and the sources that cite it.

    Empty texts where the data does not say.
    """

    document_iri: str
    document: str
    place: str
    quote: str
    sources: tuple[Source, ...]

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.document, self.place) if part)
        said = f"“{self.quote}”" if self.quote else ""
        cited = ": ".join(part for part in (where, said) if part)
        by = "; ".join(map(str, self.sources))
        return f"{cited} (from {by})" if cited and by else cited or by


@dataclass(frozen=True)
class Told:
    """One piece of evidence in words; `when` is empty where no date is said."""

    iri: str
    sentence: str
    when: str
    arithmetic: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class ToldStep:
    """A step in words. `more` counts the evidence beyond what is told."""

    source: str
    target: str
    source_label: str
    target_label: str
    strength: float
    arithmetic: str
    evidence: tuple[Told, ...]
    more: int


@dataclass(frozen=True)
class ToldWay:
    """A way in words: its chain, what to do first, where it may fail, how old it is."""

    key: str
    summary: str
    score: float
    arithmetic: str
    steps: tuple[ToldStep, ...]
    ask: str
    ask_iri: str
    weakest: str
    freshness: str


@dataclass(frozen=True)
class Ledger:
    """What the caller may read about the things in some ways, and the sentences made of it.

    Attributes:
        labels: IRI → name, no two parties alike.
        facts: IRI → property → (graph, value) in the order of the graphs.
        nodes: (evidence, party) → involvements that tie them.
    """

    labels: Mapping[str, str]
    facts: Mapping[str, Mapping[str, Sequence[tuple[str, Term]]]]
    nodes: Mapping[tuple[str, str], Sequence[str]]

    @classmethod
    def read(
        cls,
        ways: Sequence[Way],
        named: Iterable[str],
        select: SelectVisible,
        others: Iterable[str] = (),
    ) -> Ledger:
        """Fetch what is needed for `ways`, the parties `named` and other things, in few queries."""
        steps = [step for way in ways for step in (*way.steps, *([way.ask] if way.ask else []))]
        evidence = {tie.evidence for step in steps for tie in step.ties[:MOST_CITED]}
        parties = {iri for step in steps for iri in (step.source, step.target)} | set(named)
        nodes = defaultdict(list)
        if evidence:
            for row in select(_NODES, evidence=_terms(evidence), party=_terms(parties)):
                nodes[row["evidence"].value, row["party"].value].append(row["node"].value)
        facts: dict[str, dict[str, list[tuple[str, Term]]]] = {}
        wanted = evidence | parties | set(others)
        wanted |= {node for found in nodes.values() for node in found}
        for _ in range(3):  # things; then what they point to; then the sources of all that
            wanted -= facts.keys()
            if not wanted:
                break
            facts |= {iri: defaultdict(list) for iri in wanted}
            for row in select(_FACTS, iri=_terms(wanted)):
                known = facts[row["iri"].value][_short(row["property"].value)]
                known.append((row["g"].value, row["value"]))
            found = [pair for about in facts.values() for pairs in about.values() for pair in pairs]
            wanted = {term.value for _, term in found if term.kind == "iri"}
            wanted |= {graph for graph, _ in found}
        for about in facts.values():
            for values in about.values():
                values.sort()
        labels = {iri: _label(about) for iri, about in facts.items()}
        return cls(_tell_apart(labels, parties, facts), facts, nodes)

    def name(self, iri: str) -> str:
        """The label of a thing; the end of its IRI where it has none."""
        return self.labels.get(iri) or _tail(iri)

    def values(self, iri: str, *properties: str) -> list[tuple[str, Term]]:
        """All (graph, value) of the properties."""
        about = self.facts.get(iri, {})
        return [pair for name in properties for pair in about.get(name, ())]

    def value(self, iri: str, *properties: str) -> str:
        """One value of the first of the properties that has any; empty where none has."""
        return next((term.value for _, term in self.values(iri, *properties)), "")

    # ------------------------------------------------------------------ ways and steps

    def tell_way(self, way: Way) -> ToldWay:
        """A way in words."""
        chain = " → ".join(self.name(iri) for iri in way.parties)
        weakest = way.weakest
        known = [step.ties[0].last_known for step in way.steps]
        undated = sum(all(tie.last_known is None for tie in step.ties) for step in way.steps)
        oldest = max(way.steps, key=lambda step: step.age)
        freshest = min(oldest.ties, key=lambda tie: tie.age)
        freshness = []
        if any(known) and freshest.last_known:
            known_by = (
                f"stated in a document of {freshest.last_known} or later, up to"
                if freshest.standing == Standing.MENTIONED
                else f"last known to hold in {freshest.last_known},"
            )
            freshness.append(
                f"The oldest step, {self.name(oldest.source)} – {self.name(oldest.target)}, was "
                f"{known_by} {show_age(oldest.age)} before"
                f"{': find out first whether it still does' if oldest.age > STALE else ''}."
                if oldest.age > 0.1
                else "Every step is known to hold now."
            )
        if undated:
            freshness.append(f"{count(undated, 'step carries', 'steps carry')} no date at all.")
        return ToldWay(
            way.key,
            chain,
            way.score,
            way.arithmetic,
            tuple(self.tell_step(step) for step in way.steps),
            self._tell_ask(way),
            way.ask_first,
            f"Weakest: {self.name(weakest.source)} – {self.name(weakest.target)}, "
            f"{show_strength(weakest.strength)}, by {weakest.ties[0].kind.label}.",
            " ".join(freshness),
        )

    def _tell_ask(self, way: Way) -> str:
        first = self.name(way.ask_first)
        if len(way.parties) == 2:
            if way.steps[0].ties[0].evidence == way.parties[1]:
                return f"{self.name(way.parties[0])} took part in it: look who was met there."
            return f"{first} is tied to {self.name(way.parties[0])} directly: turn there."
        if way.steps[-1].ties[0].evidence == way.parties[-1]:
            guest, occasion = map(self.name, way.parties[-2:])
            return f"First ask {first} who met whom: {guest} took part in ‘{occasion}’."
        onward = self.name(way.parties[2])
        if len(way.parties) > 3:
            onward += f", and on to {self.name(way.parties[-1])}"
        if not way.ask:
            return f"First ask {first} for an introduction to {onward}."
        who = self.tell(way.ask.ties[0], way.ask).sentence.rstrip(".")
        return f"First ask {first} ({who}) for an introduction to {onward}."

    def tell_step(self, step: Step) -> ToldStep:
        """A step in words, with the strongest pieces of evidence."""
        return ToldStep(
            step.source,
            step.target,
            self.name(step.source),
            self.name(step.target),
            step.strength,
            step.arithmetic,
            tuple(self.tell(tie, step) for tie in step.ties[:MOST_CITED]),
            max(0, len(step.ties) - MOST_CITED),
        )

    # ------------------------------------------------------------------ one piece of evidence

    def tell(self, tie: Tie, step: Step) -> Told:
        """One piece of evidence in words, with who says so."""
        when = self._when(tie)
        ends = (step.source, step.target)
        if self.values(tie.evidence, "org:member"):
            sentence = self._tell_membership(tie, when)
        elif self.values(tie.evidence, "org:postIn"):
            sentence = f"{self.name(self.value(tie.evidence, 'org:postIn'))} has the post "
            sentence += f"‘{self.name(tie.evidence)}’."
        else:
            sentence = self._tell_involvement(tie, ends, when)
        nodes = [tie.evidence]
        nodes += [node for party in ends for node in self.nodes.get((tie.evidence, party), ())]
        return Told(tie.evidence, sentence, when, explain(tie), self.cite(nodes))

    def _tell_membership(self, tie: Tie, when: str) -> str:
        iri, kind = tie.evidence, tie.kind.key
        member = self.name(self.value(iri, "org:member"))
        organisation = self.name(self.value(iri, "org:organization"))
        role = self.name(self.value(iri, "mc:post") or self.value(iri, "mc:inRole"))
        role = role.removesuffix(f" of {organisation}")
        over = tie.standing in (Standing.ENDED, Standing.ENDED_SOMETIME)
        verb = "was" if over else "is"
        tail = f", {when}" if when else ""
        if kind == "unit":
            counts = "counted" if over else "counts"
            return f"{organisation} {counts} {member} among its units{tail}."
        if kind == "employment":
            works = "worked" if over else "works"
            return f"{member} {works} for {organisation} as {role}{tail}."
        if kind in ("membership", "board") and not self.values(iri, "mc:post"):
            role = f"{'an' if role[:1] in 'aeiou' else 'a'} {role}" if role else "a member"
        return f"{member} {verb} {role} of {organisation}{tail}."

    def _tell_involvement(self, tie: Tie, ends: tuple[str, str], when: str) -> str:
        one, other = (self.name(iri) + self._role(tie.evidence, iri) for iri in ends)
        kind = self.name(self.value(tie.evidence, "mc:agreementKind")) or tie.kind.label
        title = self.labels.get(tie.evidence, "")
        called = f"‘{title}’ ({kind}{f', {when}' if when else ''})"
        called = called if title else f"a {kind}{f' ({when})' if when else ''}"
        family = {tie.kind.key, tie.kind.broader}
        if tie.evidence == ends[1]:
            return f"{one} took part in {called}."
        others = tie.participants - 2
        company = f", with {count(others, 'other party', 'other parties')}" if others > 0 else ""
        if family & {"agreement", "partnership"}:
            return f"{one} and {other} are parties to {called}{company}."
        if "project" in family:
            return f"{one} and {other} worked together in {called}{company}."
        if "event" in family:
            return f"{one} and {other} took part in {called}{company}."
        return f"{one} and {other} were both involved in {called}{company}."

    def _role(self, evidence: str, party: str) -> str:
        nodes = self.nodes.get((evidence, party), ())
        roles = dict.fromkeys(
            self.name(term.value) for node in nodes for _, term in self.values(node, "mc:inRole")
        )
        return f" ({', '.join(roles)})" if roles and set(roles) - {"signatory"} else ""

    def _when(self, tie: Tie) -> str:
        begin = _show_date(self.value(tie.evidence, *_BEGIN))
        end = _show_date(self.value(tie.evidence, *_END))
        if tie.kind.lasts and begin and not end:
            return f"since {begin}" if tie.standing != Standing.ENDED_SOMETIME else f"from {begin}"
        if begin and end and begin != end:
            return f"{begin} to {end}"
        return begin or (f"until {end}" if end else "")

    def cite(self, nodes: Iterable[str]) -> tuple[Citation, ...]:
        """Who says what stands at `nodes`, and where."""
        found: dict[tuple[str, str, str], list[Source]] = defaultdict(list)
        for node in nodes:
            cited = self.values(node, "prov:hadPrimarySource", "mc:quote")
            for graph in dict.fromkeys(graph for graph, _ in cited):
                document, place, quote = (
                    next((t.value for g, t in self.values(node, name) if g == graph), "")
                    for name in ("prov:hadPrimarySource", "mc:place", "mc:quote")
                )
                title = self.labels.get(graph, "") or _tail(graph)
                source = Source(graph, title, self.value(graph, "mc:owner"))
                if source not in found[document, place, quote]:
                    found[document, place, quote].append(source)
        return tuple(
            Citation(iri, self.name(iri) if iri else "", place, quote, tuple(sources))
            for (iri, place, quote), sources in found.items()
        )


def _label(about: Mapping[str, Sequence[tuple[str, Term]]]) -> str:
    """The name by which all surfaces call a thing."""
    said = ((rank, term) for rank, name in enumerate(LABELS) for _, term in about.get(name, ()))
    return choose_name((r, term.language, term.value) for r, term in said)[0]


def _tell_apart(
    labels: Mapping[str, str],
    parties: Iterable[str],
    facts: Mapping[str, Mapping[str, Sequence[tuple[str, Term]]]],
) -> dict[str, str]:
    """Labels in which parties of the same name carry what tells them apart."""
    apart = dict(labels)
    alike = defaultdict(list)
    for iri in parties:
        if labels.get(iri):
            alike[labels[iri].casefold()].append(iri)
    for group in alike.values():
        if len(group) < 2:
            continue
        marks = {}
        for iri in group:
            places = [t.value for n in ("mc:city", "mc:country") for _, t in facts[iri].get(n, ())]
            said = [t.value for _, t in facts[iri].get("dcterms:description", ())]
            marks[iri] = next(
                (mark for mark in [*(labels.get(p, "") for p in places), *said] if mark), ""
            )[:60]
        for iri, mark in marks.items():
            if not mark or list(marks.values()).count(mark) > 1:
                mark = _tail(iri)
            apart[iri] = f"{labels[iri]} ({mark})"
    return apart


def _show_date(text: str) -> str:
    match = re.match(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text)
    if not match:
        return text
    year, month, day = match.groups()
    named = month_name[int(month)] if month and 1 <= int(month) <= 12 else ""
    return " ".join(part for part in (str(int(day)) if day else "", named, year) if part)


def show_day(day: date) -> str:
    """`on 1 July 2016`."""
    return f"on {_show_date(day.isoformat())}"


def _short(iri: str) -> str:
    for prefix, namespace in NAMESPACES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri[len(namespace) :]}"
    return iri


def _tail(iri: str) -> str:
    return re.split(r"[/#]", iri.rstrip("/#"))[-1].rpartition(".")[2].replace("-", " ")


def _terms(iris: Iterable[str]) -> list[Term]:
    return [Term("iri", iri) for iri in sorted(iris)]
