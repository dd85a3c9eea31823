"""A view with the rules of one question, and the ways found in it: steps, evidence, arithmetic."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from hub.paths.ages import Standing
from hub.paths.search import Clock, Path, Walk
from hub.paths.strength import CEILING, show_age, show_strength
from hub.paths.ties import Sort
from hub.paths.view import Tie, View

ASKED_LATELY = "asked-lately"  # the row of the table of strengths that says what requests cost
STRONG, FAIR = 0.4, 0.1  # scores from which on a way is called so
LENSES = ("surest", "new-ground", "circles")


@dataclass(frozen=True)
class Step:
    """Two parties and all visible evidence between them, strongest first."""

    source: str
    target: str
    strength: float
    ties: tuple[Tie, ...]

    @property
    def arithmetic(self) -> str:
        """How the strength comes about, readable: `0.62 = 0.80 memorandum × 0.78 for 3 years`.

        Of several pieces it shows how they combine; each has its own arithmetic.
        """
        ties = [tie for tie in self.ties if tie.counts]
        told = len(self.ties) - len(ties)
        again = f" ({told} more, of passages that are counted already)" if told else ""
        if len(ties) == 1:
            return explain(ties[0]) + again
        parts = " × ".join(f"(1 − {show_strength(tie.strength)})" for tie in ties[:5])
        more = f" × {len(ties) - 5} more" if len(ties) > 5 else ""
        return f"{show_strength(self.strength)} = 1 − {parts}{more}{again}"

    @property
    def fresh(self) -> float:
        """The strength that the same evidence would have had when it was new."""
        new = (min(CEILING, tie.strength / tie.decay) for tie in self.ties if tie.counts)
        return min(CEILING, 1 - math.prod(1 - strength for strength in new))

    @property
    def age(self) -> float:
        """Age in years of the freshest evidence."""
        return min(tie.age for tie in self.ties)


@dataclass(frozen=True)
class Way:
    """A chain of steps.

    Attributes:
        score: product of the steps' strengths and a hand-over for each connector.
        person: whether who is asked first is somebody, not an organisation.
        asked: the connectors, and who is asked first, that were asked lately, and how often.
        wear: factor of all that, by which the way is ranked lower; the score is without it.
        ask: from the first connector, where that is an organisation, to the person of it that the
            evidence ties to it best; None where no person is known or needed.
    """

    parties: tuple[str, ...]
    steps: tuple[Step, ...]
    score: float
    hand_over: float
    ask: Step | None
    person: bool = False
    asked: tuple[tuple[str, int], ...] = ()
    wear: float = 1.0

    @property
    def ask_first(self) -> str:
        """The person or organisation to turn to first."""
        return self.ask.target if self.ask else self.parties[1]

    @property
    def key(self) -> str:
        """The same for the same chain of parties, on a page, in CSV, JSON and SPARQL."""
        return identify_way(self.parties)

    @property
    def weakest(self) -> Step:
        """The step most likely to fail."""
        return min(self.steps, key=lambda step: step.strength)

    @property
    def age(self) -> float:
        """Years since the least recently confirmed step was last known to hold."""
        return max(step.age for step in self.steps)

    @property
    def arithmetic(self) -> str:
        """The score as a product that can be checked with a pencil."""
        factors = [show_strength(step.strength) for step in self.steps]
        connectors = len(self.steps) - 1
        if connectors:
            power = f"^{connectors}" if connectors > 1 else ""
            factors.append(f"{self.hand_over:g}{power} for {count(connectors, 'connector')}")
        if len(factors) == 1:
            return factors[0]
        return f"{show_strength(self.score)} = {' × '.join(factors)}"

    @property
    def verdict(self) -> str:
        """The score in words; where it is weak, what takes most of it: `weak, mostly for its age`.

        What takes most is judged by logarithms, in which a product is a sum.
        """
        if self.score >= FAIR:
            return "strong" if self.score >= STRONG else "fair"
        whole = _cost(self.score)
        if 2 * sum(_cost(step.strength) - _cost(step.fresh) for step in self.steps) >= whole:
            return "weak, mostly for its age"
        if 2 * _cost(self.weakest.strength) >= whole:
            return "weak, mostly for its weakest step"
        return "weak, for all its steps together"


@dataclass(frozen=True)
class Atlas:
    """A view with the rules of one question: the numbers that `search` walks, and the way back."""

    view: View
    avoid: frozenset[str] = frozenset()
    lens: str = "surest"
    clock: Clock = field(default_factory=Clock)
    load: Mapping[str, int] = field(default_factory=dict)
    offices: bool = False

    @cached_property
    def walk(self) -> Walk:
        """The view for the search."""
        view = self.view
        toll = view.renown if self.lens == "new-ground" else None
        walk = Walk.over(view.terrain, self.closed, toll, self.clock)
        for number, times in zip(view.find_all(self.load), self.load.values(), strict=True):
            if number is not None:
                walk.toll[number] -= times * math.log(self._wear)
        return walk

    @property
    def _wear(self) -> float:
        """The factor of one request."""
        return self.view.graph.table.entries.get(ASKED_LATELY, 1.0)

    @cached_property
    def closed(self) -> frozenset[int]:
        """The parties that no way may pass."""
        avoided = (self.view.graph.party.find(iri) for iri in self.avoid)
        posts = self.view.idle if self.offices else self.view.posts
        return posts | {number for number in avoided if number is not None}

    def misses_office(self, path: Path) -> bool:
        """Whether the path leads through a post otherwise than from its house to what was done in
        it: those who hold a post one after the other need not know each other."""
        for one, post, other in zip(path, path[1:], path[2:], strict=False):
            if post in self.view.posts:
                sides = [self.view.ties(post, end) for end in (one, other)]
                seat = [any(tie.kind.key == "seat" for tie in ties) for ties in sides]
                done = [all(not tie.kind.lasts for tie in ties) for ties in sides]
                if not (seat[0] and done[1]) and not (seat[1] and done[0]):
                    return True
        return False

    def way(self, path: Path) -> Way:
        """The path with its evidence."""
        names = tuple(self.view.graph.party[party] for party in path)
        steps = tuple(self._step(one, other) for one, other in pairwise(path))
        hand_over = self.view.graph.table.hand_over
        ask = self._ask_first(path)
        connectors = dict.fromkeys((*names[1:-1], *([ask.target] if ask else [])))
        asked = tuple((iri, self.load[iri]) for iri in connectors if self.load.get(iri))
        wear = math.pow(self._wear, sum(times for _, times in asked)) if asked else 1.0
        person = ask is not None or bool(self.view.sort[path[1]] == Sort.PERSON)
        return Way(names, steps, self.score(path), hand_over, ask, person, asked, wear)

    def way_to_occasion(self, path: Path, occasion: str) -> Way | None:
        """The path, and as its last step the part that its end took in `occasion`.

        A path of one party is no step; None where that party took no visible part.
        """
        tie = self.view.presence(occasion, path[-1])
        if tie is None:
            return None
        names, hand_over = self.view.graph.party, self.view.graph.table.hand_over
        last = Step(names[path[-1]], occasion, tie.strength, (tie,))
        if len(path) == 1:
            return Way((last.source, occasion), (last,), last.strength, hand_over, None)
        way, score = self.way(path), self.score_to(path, occasion)
        return Way((*way.parties, occasion), (*way.steps, last), score, hand_over, way.ask)

    def score(self, path: Path) -> float:
        """Product of the steps' strengths and a hand-over for each connector."""
        hand_over = self.view.graph.table.hand_over
        strengths = (self.view.strength(one, other) for one, other in pairwise(path))
        return math.prod(strengths) * math.pow(hand_over, len(path) - 2)

    def score_to(self, path: Path, occasion: str = "") -> float:
        """The score of the path, and of the step to an `occasion` in which its end took part."""
        if not occasion:
            return self.score(path) if len(path) > 1 else 0.0
        tie = self.view.presence(occasion, path[-1])
        if tie is None or len(path) == 1:
            return tie.strength if tie else 0.0
        return self.score(path) * self.view.graph.table.hand_over * tie.strength

    def is_detour(self, path: Path, through: Collection[int]) -> bool:
        """Whether the path passes somebody who only stands in the same room as both neighbours.

        Parties of one agreement all know each other: passing a request along among them, on the
        strength of that agreement alone, is no other way.
        """
        return self.misses_office(path) or any(
            passed not in through
            and self._in_all(one, passed, other)
            and self._in_all(other, one, passed)
            for one, passed, other in zip(path, path[1:], path[2:], strict=False)
        )

    def _in_all(self, third: int, one: int, other: int) -> bool:
        """Whether a third party takes part in all evidence of two others."""
        shared = self.view.terrain.shared(one, other)
        return all(self.view.takes_part(third, int(self.view.evidence[at])) for at, _ in shared)

    def _step(self, one: int, other: int) -> Step:
        names, ties = self.view.graph.party, tuple(self.view.ties(one, other))
        return Step(names[one], names[other], self.view.strength(one, other), ties)

    def _ask_first(self, path: Path) -> Step | None:
        view, first = self.view, path[1]
        names = view.graph.party
        if len(path) == 2 or view.sort[first] == Sort.PERSON:
            return None
        near, cost = view.terrain.neighbours(first)
        of = view.sort[near] == Sort.PERSON
        for _, party in sorted(zip(cost[of].tolist(), near[of].tolist(), strict=True)):
            ties = view.ties(first, party)
            if (
                party not in path
                and names[party] not in self.avoid
                and any(tie.kind.lasts for tie in ties)
                and all(tie.standing != Standing.ENDED for tie in ties)
            ):
                return self._step(first, party)
        return None


def identify_way(parties: Iterable[str]) -> str:
    """The identifier of the way along `parties` (canonical IRIs): 12 hexadecimal digits.

    A step rests on all evidence between its two parties that the caller sees, so that the parties
    alone say which way is meant: it keeps its name when evidence comes, ages, or is hidden.
    """
    return hashlib.sha256("\n".join(parties).encode()).hexdigest()[:12]


def _cost(strength: float) -> float:
    return -math.log(max(strength, 1e-300))


def explain(tie: Tie) -> str:
    """The arithmetic of one piece of evidence, readable and checkable."""
    kind, age = tie.kind, show_age(tie.age)
    factors = [f"{kind.base:.2f} {kind.label}"]
    decay = {
        Standing.DATED: f"for {age}",
        Standing.IN_FORCE: "in force",
        Standing.ENDED: f"for {age} since it ended",
        Standing.STATED: f"for {age} since a document last stated it",
        Standing.MENTIONED: f"for {age} since a document of {tie.last_known} or later stated it",
        Standing.UNDATED: "undated, counted as one half-life old",
        Standing.ENDED_SOMETIME: "ended at an unknown time, counted one half-life older",
    }[tie.standing]
    if tie.decay < 0.995 or tie.standing == Standing.UNDATED:
        factors.append(f"{show_strength(tie.decay)} {decay}")
    if tie.discount < 0.995:
        factors.append(f"{tie.discount:.2f} for {tie.participants} participants")
    if tie.role_weight != 1:
        role = tie.role.rpartition("/")[2].replace("-", " ")
        factors.append(f"{tie.role_weight:.2f} as {role}")
    again = "" if tie.counts else ", told in the same passage as what counts, so not counted again"
    return f"{show_strength(tie.strength)} = {' × '.join(factors)}{again}"


def count(number: int, noun: str, nouns: str = "") -> str:
    """`1 way`, `3 ways`."""
    return f"{number} {noun if number == 1 else nouns or noun + 's'}"
