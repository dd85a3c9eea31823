"""Ways in sentences, each with its evidence, date, source and strength.

The sentences only join names and dates that stand in the data.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from hub.paths.ages import Standing
from hub.paths.atlas import Step, Way, count, explain
from hub.paths.facts import MOST_CITED, Citation, Facts, show_date, show_day
from hub.paths.strength import round_strength, show_age, show_strength
from hub.paths.view import Tie
from hub.requests.drafts import Reason, Request
from hub.requests.ledger import LATELY

STALE = 3.0  # years after which one should ask before relying on a step
_BEGIN = ("mc:signed", "schema:startDate", "schema:validFrom")
_END = ("schema:endDate", "schema:validThrough")


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
    """A step in words. `age` is that of its freshest evidence, in years; `more` counts the evidence
    beyond what is told."""

    source: str
    target: str
    source_label: str
    target_label: str
    strength: float
    age: float
    arithmetic: str
    evidence: tuple[Told, ...]
    more: int


@dataclass(frozen=True)
class ToldHolder:
    """Who holds or held a post of a way; dates as they are said, empty where they are not.

    `known`: the last year in which it is known; `today`: whether nothing says that it is over.
    """

    post: str
    iri: str
    label: str
    begin: str
    end: str
    known: str
    today: bool


@dataclass(frozen=True)
class ToldWay:
    """A way in words: its chain, what to do first, where it may fail, how old it is."""

    key: str
    summary: str
    score: float
    verdict: str
    arithmetic: str
    steps: tuple[ToldStep, ...]
    ask: str
    ask_iri: str
    ask_label: str
    weakest: str
    freshness: str
    request: Request | None
    holders: tuple[ToldHolder, ...]


@dataclass(frozen=True)
class Sentences:
    """The sentences that some facts make."""

    facts: Facts
    as_of: date = field(default_factory=date.today)

    def name(self, iri: str) -> str:
        """The label of a thing."""
        return self.facts.name(iri)

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
            round_strength(way.score),
            way.verdict,
            way.arithmetic,
            tuple(self.tell_step(step) for step in way.steps),
            " ".join((self._tell_ask(way), *self._tell_posts(way), *self._tell_load(way))),
            way.ask_first,
            self.name(way.ask_first),
            f"Weakest: {self.name(weakest.source)} – {self.name(weakest.target)}, "
            f"{show_strength(weakest.strength)}, by {weakest.ties[0].kind.label}.",
            " ".join(freshness),
            self._make_request(way),
            tuple(self._list_holders(way)),
        )

    def _make_request(self, way: Way) -> Request | None:
        """What to ask for first, for a draft; None where the way ends at an occasion."""
        if self._ends_at_occasion(way):
            return None
        onward = way.parties[2] if len(way.parties) > 2 else way.parties[1]
        steps = [way.steps[0], *([way.ask] if way.ask else []), *way.steps[1:]]
        start, first, target = way.parties[0], way.ask_first, way.parties[-1]
        named = [self.name(iri) for iri in (start, first, onward, target)]
        reasons = tuple(map(self._give_reason, steps))
        return Request(named[0], named[1], way.person, named[2], named[3], reasons)

    def _give_reason(self, step: Step) -> Reason:
        tie = step.ties[0]
        value = self.facts.value
        post = value(tie.evidence, "mc:post")
        title = self.facts.labels.get(tie.evidence) or (self.name(post) if post else "")
        cited = (c for c in self.tell(tie, step).citations if c.document)
        places = dict.fromkeys(", ".join(filter(None, (c.document, c.place))) for c in cited)
        return Reason(
            self.name(step.source),
            self.name(step.target),
            tie.kind.key,
            title,
            value(tie.evidence, *_BEGIN),
            value(tie.evidence, *_END),
            tie.kind.lasts,
            str(tie.last_known or "")[:4],
            tie.participants,
            tuple(places)[:2],
        )

    def _ends_at_occasion(self, way: Way) -> bool:
        """Whether the last step is the part that somebody took in something, and no post's seat."""
        end = way.parties[-1]
        return way.steps[-1].ties[0].evidence == end and not self.facts.values(end, "org:postIn")

    def _tell_posts(self, way: Way) -> Iterator[str]:
        for iri in way.parties[1:]:
            if iri in self.facts.holders:
                yield f"{self.name(iri)} is {self._tell_holders(iri)}."

    def _list_holders(self, way: Way) -> Iterator[ToldHolder]:
        for post in way.parties:
            for one in self.facts.holders.get(post, ()):
                label, today = self.name(one.iri), one.holds(self.as_of)
                yield ToldHolder(post, one.iri, label, one.begin, one.end, one.known, today)

    def _tell_load(self, way: Way) -> Iterator[str]:
        for iri, times in way.asked:
            asked = count(times, "time") if times > 1 else "once"
            yield f"{self.name(iri)} was asked {asked} in the last {LATELY} days."
        if way.asked:
            times = sum(times for _, times in way.asked)
            power = f"^{times}" if times > 1 else ""
            wear = show_strength(math.pow(way.wear, 1 / times))
            yield f"So the way is ranked as if its strength were {wear}{power} of what it is."

    def _tell_ask(self, way: Way) -> str:
        first = self.name(way.ask_first)
        if len(way.parties) == 2:
            if self._ends_at_occasion(way):
                return f"{self.name(way.parties[0])} took part in it: look who was met there."
            return f"{first} is tied to {self.name(way.parties[0])} directly: turn there."
        if self._ends_at_occasion(way):
            guest, occasion = map(self.name, way.parties[-2:])
            return f"First ask {first} who met whom: {guest} took part in ‘{occasion}’."
        onward = self.name(way.parties[2])
        if len(way.parties) > 3:
            onward += f", and on to {self.name(way.parties[-1])}"
        who = f"{first} ({self.name(way.parties[1])})" if way.ask else first
        because = self.tell(way.steps[1].ties[0], way.steps[1]).sentence.rstrip(".")
        known = f" {self.tell(way.ask.ties[0], way.ask).sentence}" if way.ask else ""
        return (
            f"First ask {who} to introduce {self.name(way.parties[0])} to {onward}, "
            f"because {because}.{known}"
        )

    def tell_step(self, step: Step) -> ToldStep:
        """A step in words, with the strongest pieces of evidence."""
        return ToldStep(
            step.source,
            step.target,
            self.name(step.source),
            self.name(step.target),
            round_strength(step.strength),
            round(step.age, 2),
            step.arithmetic,
            tuple(self.tell(tie, step) for tie in step.ties[:MOST_CITED]),
            max(0, len(step.ties) - MOST_CITED),
        )

    def tell(self, tie: Tie, step: Step) -> Told:
        """One piece of evidence in words, with who says so."""
        when = self._when(tie)
        ends = (step.source, step.target)
        if self.facts.values(tie.evidence, "org:member"):
            sentence = self._tell_membership(tie, when)
        elif self.facts.values(tie.evidence, "org:postIn"):
            house = self.name(self.facts.value(tie.evidence, "org:postIn"))
            post = self.name(tie.evidence).removesuffix(f" of {house}")
            held = self._tell_holders(tie.evidence)
            sentence = f"{house} has the post ‘{post}’{f', {held}' if held else ''}."
        else:
            sentence = self._tell_involvement(tie, ends, when)
        nodes = [tie.evidence]
        nodes += [
            node for party in ends for node in self.facts.nodes.get((tie.evidence, party), ())
        ]
        return Told(tie.evidence, sentence, when, explain(tie), self.facts.cite(nodes))

    def _tell_membership(self, tie: Tie, when: str) -> str:
        iri, kind = tie.evidence, tie.kind.key
        member = self.name(self.facts.value(iri, "org:member"))
        organisation = self.name(self.facts.value(iri, "org:organization"))
        role = self.name(self.facts.value(iri, "mc:post") or self.facts.value(iri, "mc:inRole"))
        role = role.removesuffix(f" of {organisation}")
        over = tie.standing in (Standing.ENDED, Standing.ENDED_SOMETIME)
        verb = "was" if over else "is"
        tail = f", {when}" if when else ""
        if kind == "unit":
            counts = "counted" if over else "counts"
            return f"{organisation} {counts} {member} among its units{tail}."
        if kind == "employment":
            works = "worked" if over else "works"
            says = not self.facts.value(iri, "mc:post", "mc:inRole").endswith("/role/employee")
            return f"{member} {works} for {organisation}{f' as {role}' if says else ''}{tail}."
        if kind in ("membership", "board") and not self.facts.values(iri, "mc:post"):
            role = f"{'an' if role[:1] in 'aeiou' else 'a'} {role}" if role else "a member"
        return f"{member} {verb} {role} of {organisation}{tail}."

    def _tell_involvement(self, tie: Tie, ends: tuple[str, str], when: str) -> str:
        one, other = (self._present(tie.evidence, iri) for iri in ends)
        kind = self.name(self.facts.value(tie.evidence, "mc:agreementKind")) or tie.kind.label
        title = self.facts.labels.get(tie.evidence, "")
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

    def _present(self, evidence: str, party: str) -> str:
        """A party by its name, its role, and where it is a post, by who held it then."""
        if party not in self.facts.holders:
            return self.name(party) + self._role(evidence, party)
        return f"{self.name(party)} ({self._tell_holders(party, evidence)})"

    def _tell_holders(self, post: str, evidence: str = "") -> str:
        """`then held by Ada, today by Bo`."""
        held = self.facts.holders.get(post, ())
        there = [h.iri for h in held if self.facts.nodes.get((evidence, h.iri))]
        today = [holder for holder in held if holder.holds(self.as_of)]
        known = max((holder.known for holder in today), default="")
        # What was last heard of years ago is told with its year, and not as if it were so now.
        old = today and int(known or 0) < self.as_of.year - STALE
        day = "today" if self.as_of == date.today() else show_day(self.as_of)
        day = day if not old else f"as of {known}" if known else "at a time that is not known"
        named = dict.fromkeys(holder.iri for holder in today)
        now = " and ".join(map(self.name, named)) or "nobody that is known"
        if not there:
            return f"held by {now} {f'({day})' if old else day}" if held else ""
        then = " and ".join(map(self.name, dict.fromkeys(there)))
        return (
            f"held by {then} then and {day}"
            if there == list(named)
            else f"then held by {then}, {day} by {now}"
        )

    def _role(self, evidence: str, party: str) -> str:
        nodes = self.facts.nodes.get((evidence, party), ())
        roles = dict.fromkeys(
            self.name(term.value)
            for node in nodes
            for _, term in self.facts.values(node, "mc:inRole")
        )
        return f" ({', '.join(roles)})" if roles and set(roles) - {"signatory"} else ""

    def _when(self, tie: Tie) -> str:
        begin = show_date(self.facts.value(tie.evidence, *_BEGIN))
        end = show_date(self.facts.value(tie.evidence, *_END))
        if tie.kind.lasts and begin and not end:
            return f"since {begin}" if tie.standing != Standing.ENDED_SOMETIME else f"from {begin}"
        if begin and end and begin != end:
            return f"{begin} to {end}"
        return begin or (f"until {end}" if end else "")
