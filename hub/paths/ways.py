"""Ways from one party to another: several, different, each step weighed; or why there is none.

Facts only, in IRIs and figures; `hub.paths.words` makes sentences of them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import islice, pairwise
from typing import Any

from hub.errors import Invalid
from hub.paths.evidence import Sort
from hub.paths.search import Clock, Cut, Path, Walk, find_several, reach
from hub.paths.strength import show_age, show_strength
from hub.paths.ties import TieGraph
from hub.paths.view import Standing, Tie, View

MOST_WAYS, MOST_HOPS, MOST_REQUIRED = 50, 8, 3
SECONDS = 10.0
LENSES = ("surest", "new-ground")
_REPEAT = math.log(2)  # a connector named before counts half when the next way is looked for


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
        if len(self.ties) == 1:
            return explain(self.ties[0])
        parts = " × ".join(f"(1 − {show_strength(tie.strength)})" for tie in self.ties[:5])
        more = f" × {len(self.ties) - 5} more" if len(self.ties) > 5 else ""
        return f"{show_strength(self.strength)} = 1 − {parts}{more}"

    @property
    def age(self) -> float:
        """Age in years of the freshest evidence."""
        return min(tie.age for tie in self.ties)

    def as_dict(self) -> dict[str, Any]:
        """The step as JSON shows it."""
        return {
            "from": self.source,
            "to": self.target,
            "strength": round(self.strength, 4),
            "arithmetic": self.arithmetic,
            "evidence": [
                {
                    "iri": tie.evidence,
                    "kind": tie.kind.key,
                    "strength": round(tie.strength, 4),
                    "age_years": round(tie.age, 1),
                    "last_known": tie.last_known,
                    "standing": tie.standing.name.lower().replace("_", "-"),
                    "participants": tie.participants,
                    "arithmetic": explain(tie),
                }
                for tie in self.ties
            ],
        }


@dataclass(frozen=True)
class Way:
    """A chain of steps.

    Attributes:
        score: product of the steps' strengths and a hand-over for each connector.
        ask: from the first connector, where that is an organisation, to the person of it that the
            evidence ties to it best; None where no person is known or needed.
    """

    parties: tuple[str, ...]
    steps: tuple[Step, ...]
    score: float
    hand_over: float
    ask: Step | None

    @property
    def ask_first(self) -> str:
        """The person or organisation to turn to first."""
        return self.ask.target if self.ask else self.parties[1]

    @property
    def key(self) -> str:
        """The same for the same chain of parties, on a page, in CSV, JSON and SPARQL."""
        return hashlib.sha256("\n".join(self.parties).encode()).hexdigest()[:12]

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
        return f"{show_strength(self.score)} = {' × '.join(factors)}"

    def as_dict(self) -> dict[str, Any]:
        """The way as JSON shows it."""
        return {
            "key": self.key,
            "parties": list(self.parties),
            "score": round(self.score, 5),
            "arithmetic": self.arithmetic,
            "age_years": round(self.age, 1),
            "ask_first": self.ask_first,
            "weakest": self.steps.index(self.weakest) + 1,
            "steps": [step.as_dict() for step in self.steps],
        }


@dataclass(frozen=True)
class Relaxed:
    """A rule of the question without which there would be a way of `steps` steps."""

    rule: str  # hops, as-of, kinds, avoid or require
    steps: int


@dataclass(frozen=True)
class Gap:
    """Why there is no way.

    Attributes:
        tied: whether start and target have any visible tie at all.
        reached: how many parties each side reaches within the steps allowed.
        rules: the rules each of which, alone, stands in the way.
        missing: the two parties that a new tie would have to join, and the steps the way would
            then have; the nearest to each end that introduce by office.
        near: the ways to those two, from the start and to the target; None at the ends themselves.
    """

    tied: tuple[bool, bool]
    reached: tuple[int, int]
    rules: tuple[Relaxed, ...]
    missing: tuple[str, str, int]
    near: tuple[Way | None, Way | None]

    def as_dict(self) -> dict[str, Any]:
        """The gap as JSON shows it."""
        return {
            "tied": list(self.tied),
            "reached": list(self.reached),
            "rules": [asdict(rule) for rule in self.rules],
            "missing_tie": {
                "between": list(self.missing[:2]),
                "steps_then": self.missing[2],
            },
            "near": [way.as_dict() if way else None for way in self.near],
        }


@dataclass(frozen=True)
class Asked:
    """The question, checked and completed; part of every answer."""

    start: str
    target: str
    as_of: date
    hops: int = 5
    k: int = 3
    kinds: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    lens: str = "surest"

    def __post_init__(self) -> None:
        if self.start == self.target:
            raise Invalid("From and to are the same.", remedy="Name two different parties.")
        for value, most, what in (
            (self.hops, MOST_HOPS, "steps"),
            (self.k, MOST_WAYS, "ways"),
        ):
            if not 1 <= value <= most:
                raise Invalid(
                    f"{value} {what} cannot be asked for.", remedy=f"Ask for 1 to {most}."
                )
        if self.lens not in LENSES:
            raise Invalid(f"There is no lens {self.lens!r}.", remedy="surest or new-ground.")
        if len(self.require) > MOST_REQUIRED:
            raise Invalid(
                "Too many connectors are required.", remedy=f"At most {MOST_REQUIRED} can be."
            )
        ends = {self.start, self.target}
        if both := (ends | set(self.require)) & set(self.avoid):
            raise Invalid("A party is both needed and to be avoided.", where=min(both))

    def as_dict(self) -> dict[str, Any]:
        """The question as JSON shows it."""
        return asdict(self) | {"as_of": self.as_of.isoformat()}


@dataclass(frozen=True)
class Ways:
    """The answer: ways, best first; a gap where there are none; `cut` if the time was over."""

    asked: Asked
    ways: tuple[Way, ...] = ()
    gap: Gap | None = None
    cut: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The answer as JSON shows it."""
        return {
            "question": self.asked.as_dict(),
            "ways": [way.as_dict() for way in self.ways],
            "gap": self.gap.as_dict() if self.gap else None,
            "cut": self.cut,
        }


def find_ways(
    graph: TieGraph,
    start_iri: str,
    target_iri: str,
    *,
    graphs: Iterable[str],
    as_of: date,
    hops: int = 5,
    k: int = 3,
    kinds: Collection[str] = (),
    avoid: Collection[str] = (),
    require: Collection[str] = (),
    lens: str = "surest",
    seconds: float = SECONDS,
) -> Ways:
    """Up to `k` different ways over the ties that `graphs` state on `as_of`.

    Args:
        hops: most steps between parties.
        kinds: keys of kinds of evidence that may be used (narrower ones included); none means all.
        avoid: parties that no way may pass; require: parties that every way must pass.
        lens: `surest` ranks by score; `new-ground` makes connectors with many ties costlier, so
            that ways show up over those who are asked less often.
        seconds: after this the search is cut and says so.

    Raises:
        Invalid: start and target are the same, or an option is out of range or contradictory.
    """
    require = tuple(sorted(set(require) - {start_iri, target_iri}))
    asked = Asked(
        start_iri,
        target_iri,
        as_of,
        hops,
        k,
        tuple(sorted(set(kinds))),
        tuple(sorted(set(avoid))),
        require,
        lens,
    )
    seen = tuple(graphs)
    atlas = Atlas(graph.view(seen, as_of, kinds), frozenset(avoid), lens, Clock(seconds))
    start, target = atlas.view.find(start_iri), atlas.view.find(target_iri)
    through = [atlas.view.find(iri) for iri in require]
    ways: list[Way] = []
    cut = False
    try:
        if start is not None and target is not None and None not in through:
            passed = [number for number in through if number is not None]
            paths = find_several(atlas.walk, start, target, hops, through=passed, toll=_REPEAT)
            tried = islice(paths, 3 * k + 6)  # so that detours cannot keep it busy for ever
            direct = (path for path in tried if not atlas.is_detour(path, passed))
            ways.extend(atlas.way(path) for path in islice(direct, k))
        if not ways:
            return Ways(asked, gap=_find_gap(graph, seen, asked, atlas))
    except Cut:
        cut = True
    if lens == "surest":
        ways.sort(key=lambda way: -way.score)
    return Ways(asked, tuple(ways), cut=cut)


@dataclass(frozen=True)
class Atlas:
    """A view with the rules of one question: the numbers that `search` walks, and the way back."""

    view: View
    avoid: frozenset[str] = frozenset()
    lens: str = "surest"
    clock: Clock = field(default_factory=Clock)

    @cached_property
    def walk(self) -> Walk:
        """The view for the search; posts are ends, never connectors."""
        view = self.view
        avoided = (view.graph.party.find(iri) for iri in self.avoid)
        closed = view.posts | {number for number in avoided if number is not None}

        def renown(party: int) -> float:
            return math.log(1 + len(view.neighbours(party))) / 2

        toll = renown if self.lens == "new-ground" else None
        return Walk(view.neighbours, closed, toll, self.clock)

    def way(self, path: Path) -> Way:
        """The path with its evidence."""
        names = tuple(self.view.graph.party[party] for party in path)
        steps = tuple(self._step(one, other) for one, other in pairwise(path))
        hand_over = self.view.graph.table.hand_over
        return Way(names, steps, self.score(path), hand_over, self._ask_first(path))

    def score(self, path: Path) -> float:
        """Product of the steps' strengths and a hand-over for each connector."""
        hand_over = self.view.graph.table.hand_over
        strengths = (self.view.strength(one, other) for one, other in pairwise(path))
        return math.prod(strengths) * math.pow(hand_over, len(path) - 2)

    def is_detour(self, path: Path, through: Collection[int]) -> bool:
        """Whether the path passes somebody who only stands in the same room as both neighbours.

        Parties of one agreement all know each other: passing a request along among them, on the
        strength of that agreement alone, is no other way.
        """
        return any(
            passed not in through
            and self.view.evidence_of(one) >= self._shared(passed, other)
            and self.view.evidence_of(other) >= self._shared(one, passed)
            for one, passed, other in zip(path, path[1:], path[2:], strict=False)
        )

    def _shared(self, one: int, other: int) -> frozenset[int]:
        return self.view.evidence_of(one) & self.view.evidence_of(other)

    def _step(self, one: int, other: int) -> Step:
        names, ties = self.view.graph.party, tuple(self.view.ties(one, other))
        return Step(names[one], names[other], self.view.strength(one, other), ties)

    def _ask_first(self, path: Path) -> Step | None:
        view, first = self.view, path[1]
        names = view.graph.party
        if len(path) == 2 or view.sort[first] == Sort.PERSON:
            return None
        people = [
            (cost, party)
            for party, cost in view.neighbours(first)
            if view.sort[party] == Sort.PERSON
            and party not in path
            and names[party] not in self.avoid
            and any(tie.kind.lasts for tie in view.ties(first, party))
            and all(tie.standing != Standing.ENDED for tie in view.ties(first, party))
        ]
        return self._step(first, min(people)[1]) if people else None


def _find_gap(graph: TieGraph, seen: tuple[str, ...], asked: Asked, atlas: Atlas) -> Gap:
    view = atlas.view
    ends = (view.find(asked.start), view.find(asked.target))
    # 1. Which rule, given up alone, opens a way?
    looser = {
        "hops": replace(asked, hops=MOST_HOPS),
        "as-of": replace(asked, as_of=max(asked.as_of, graph.latest(seen))),
        "kinds": replace(asked, kinds=()),
        "avoid": replace(asked, avoid=()),
        "require": replace(asked, require=()),
    }
    rules = []
    for rule, question in looser.items():
        if question == asked:
            continue
        other = Atlas(
            graph.view(seen, question.as_of, question.kinds),
            frozenset(question.avoid),
            clock=atlas.clock,
        )
        one, two = other.view.find(asked.start), other.view.find(asked.target)
        through = [other.view.find(iri) for iri in question.require]
        if one is None or two is None or None in through:
            continue
        passed = [number for number in through if number is not None]
        found = next(
            find_several(other.walk, one, two, question.hops, through=passed, toll=0.0), None
        )
        if found:
            rules.append(Relaxed(rule, len(found) - 1))
    # 2. How far does each end reach, and who there introduces by office?
    near: list[Way | None] = []
    reached, bridge, steps = [], [], 1
    for end, iri in zip(ends, (asked.start, asked.target), strict=True):
        others = reach(atlas.walk, end, (asked.hops - 1) // 2) if end is not None else {}
        reached.append(len(reach(atlas.walk, end, asked.hops)) if end is not None else 0)
        person = end is not None and view.sort[end] == Sort.PERSON
        alone = not any(view.sort[party] == Sort.GATEWAY for party in others)
        # Somebody's own house will do where it is all there is.
        wanted = Sort.ORGANISATION if person and alone else Sort.GATEWAY
        offices = [
            (-len(path), atlas.score(path), path)
            for party, path in others.items()
            if view.sort[party] == wanted and party not in atlas.walk.closed
        ]
        own_office = end is not None and view.sort[end] == wanted
        way = atlas.way(max(offices)[2]) if offices and not own_office else None
        near.append(way)
        bridge.append(way.parties[-1] if way else iri)
        steps += len(way.steps) if way else 0
    return Gap(
        (ends[0] is not None, ends[1] is not None),
        (reached[0], reached[1]),
        tuple(rules),
        (bridge[0], bridge[1], steps),
        (near[0], near[1]),
    )


def explain(tie: Tie) -> str:
    """The arithmetic of one piece of evidence, readable and checkable."""
    kind, age = tie.kind, show_age(tie.age)
    factors = [f"{kind.base:.2f} {kind.label}"]
    decay = {
        Standing.DATED: f"for {age}",
        Standing.IN_FORCE: "in force",
        Standing.ENDED: f"for {age} since it ended",
        Standing.STATED: f"for {age} since a document last stated it",
        Standing.MENTIONED: f"for {age} since the latest date in the document that states it",
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
    return f"{show_strength(tie.strength)} = {' × '.join(factors)}"


def count(number: int, noun: str, nouns: str = "") -> str:
    """`1 way`, `3 ways`."""
    return f"{number} {noun if number == 1 else nouns or noun + 's'}"
