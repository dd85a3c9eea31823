"""What one caller may walk: the visible ties on one day, each with its strength.

Everything is computed from the visible graphs alone: participants, kinds, dates, documents.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np

from hub.paths.ages import YEAR, Ages, Standing, date_evidence, facts_of
from hub.paths.ground import Ground
from hub.paths.search import Terrain
from hub.paths.strength import CEILING, TieKind
from hub.paths.ties import NEVER, Field, Sort, Ties

_EPOCH = date(1970, 1, 1)
MOST_HALVES = 30.0  # what is older counts as if so old: it is next to nothing, and still a tie


@dataclass(frozen=True)
class Tie:
    """One piece of evidence between two parties, weighed.

    Attributes:
        decay: 2^(−age / half-life) of the side that is older or whose role counts less.
        role_weight: that side's role factor; role: its IRI, empty where it is not said.
        participants: all that are visible, and those counted without a name.
        last_known: the year in which it is last known to have held, None where undated.
        passage: fingerprint of the passage that tells it, 0 where none does.
        counts: false where stronger evidence from the same passage counts in its place.
    """

    evidence: str
    kind: TieKind
    strength: float
    age: float
    decay: float
    discount: float
    participants: int
    role: str
    role_weight: float
    standing: Standing
    last_known: int | None
    passage: int = 0
    counts: bool = True


@dataclass(frozen=True)
class Age:
    """How old evidence is, whoever took part; `held` is the last day it is known to have held."""

    begun: bool
    decay: float
    held: date | None
    lasts: bool


@dataclass(frozen=True)
class View:
    """The visible ties as a two-sided graph in compressed rows.

    Incidences are sorted by evidence, then party, each pair once: `party`, `evidence`, `quality`
    (decay × role) and `origin` (the row of `graph.incidences`) have one entry each; `rows` bounds
    those of an evidence. `kind`, `participants`, `base` and `passage` (0: independent of all other
    evidence), `stated` (whether it is visible at all) and the `ages` go by evidence, `sort` by
    party.
    """

    graph: Ties
    as_of: date
    ages: Ages
    stated: np.ndarray
    kind: np.ndarray
    passage: np.ndarray
    participants: np.ndarray
    base: np.ndarray
    sort: np.ndarray
    evidence: np.ndarray
    party: np.ndarray
    quality: np.ndarray
    origin: np.ndarray
    rows: np.ndarray

    @classmethod
    def make(cls, graph: Ties, seen: frozenset[int], as_of: date, kinds: frozenset[str]) -> View:
        """Weigh the ties that the graphs `seen` state; called by `TieGraph.view`."""
        table, size, today = graph.table, len(graph.evidence), (as_of - _EPOCH).days
        visible = np.zeros(max(1, len(graph.graph)), dtype=bool)
        visible[list(seen)] = True
        facts = graph.facts[visible[graph.facts[:, 1]]]

        # 1. The kind and age of each piece of evidence.
        kind = np.full(size, -1, dtype=np.int16)
        about, numbers, _ = facts_of(facts, Field.KIND)
        np.maximum.at(kind, about, numbers.astype(np.int16))  # narrower kinds stand further down
        kind[kind < 0] = table.kinds.index(table.kind("other"))
        ages = date_evidence(graph, visible, facts, kind, today)
        chosen_kinds = np.array([not kinds or row.key in kinds for row in table.kinds])[kind]

        # 2. Who took part, each party once, in its best role.
        _, of, graphs, _, since, _ = graph.incidences
        origin = np.flatnonzero(visible[graphs]).astype(np.int32)
        evidence = of[origin]
        stated = np.bincount(evidence, minlength=size) > 0
        since = since[origin]
        begun = np.where(since == NEVER, ages.exists[evidence], since <= today)
        begun &= chosen_kinds[evidence]
        origin, evidence = origin[begun], evidence[begun]
        party = graph.incidences[0][origin]
        quality = _weigh(graph, ages, kind, evidence, origin, today).quality
        chosen = _choose(evidence, party, quality)
        if chosen is not None:
            origin, evidence, party = origin[chosen], evidence[chosen], party[chosen]
            quality = quality[chosen]

        # 3. Discount for company; posts are seats, not company.
        sort = np.zeros(len(graph.party), dtype=np.int8)
        sorts = graph.parties[visible[graph.parties[:, 1]]]
        np.maximum.at(sort, sorts[:, 0], sorts[:, 2].astype(np.int8))
        participants = np.bincount(evidence[sort[party] != Sort.POST], minlength=size)
        about, counts, _ = facts_of(facts, Field.UNNAMED)
        np.add.at(participants, about, counts)
        base = np.array([row.base for row in table.kinds])[kind]
        exponent = np.array([row.discount for row in table.kinds])[kind]
        base *= (2 / np.maximum(2, participants)) ** exponent

        passage = np.full(size, np.iinfo(np.int32).max, dtype=np.int32)
        about, prints, _ = facts_of(facts, Field.PASSAGE)
        np.minimum.at(passage, about, prints)
        passage[passage == np.iinfo(np.int32).max] = 0
        rows = _bounds(evidence, size)
        return cls(
            graph, as_of, ages, stated, kind, passage, participants, base, sort, evidence, party,
            quality, origin, rows,
        )  # fmt: skip

    def __len__(self) -> int:
        """How many ties it holds: parts of parties in evidence."""
        return len(self.party)

    @cached_property
    def terrain(self) -> Terrain:
        """The ties ready to be walked."""
        key = self.party.astype(np.int64) << 32
        if self.passage.any():
            key |= self.passage[self.evidence]
        places = np.argsort(key, kind="stable").astype(np.int32)
        ground = Ground(
            _bounds(self.party, len(self.graph.party)),
            places,
            self.rows,
            self.evidence,
            self.party,
            self.quality,
            self.base,
            self.passage,
            CEILING,
            self.graph.table.hand_over,
        )
        return Terrain(ground)

    @cached_property
    def posts(self) -> frozenset[int]:
        """The parties that are posts."""
        return frozenset(np.flatnonzero(self.sort == Sort.POST).tolist())

    @cached_property
    def idle(self) -> frozenset[int]:
        """The posts in which nobody is known to have done anything; through these leads no way."""
        lasts = np.array([kind.lasts for kind in self.graph.table.kinds])
        at = np.flatnonzero(self.sort[self.party] == Sort.POST)
        busy = self.party[at][~lasts[self.kind[self.evidence[at]]]]
        return self.posts - frozenset(busy.tolist())

    @cached_property
    def renown(self) -> np.ndarray:
        """For each party, ln(1 + seats beside it in all evidence) / 2: what `new-ground` adds."""
        beside = np.diff(self.rows)[self.evidence] - 1
        return np.log1p(np.bincount(self.party, beside, len(self.graph.party))) / 2

    def strength(self, one: int, other: int) -> float:
        """Strength of all evidence between two neighbours together, to twelve places.

        The last places depend on the order in which evidence is numbered, which hidden graphs may
        change: they are not told.
        """
        near, cost = self.terrain.neighbours(one)
        return round(math.exp(-cost[near == other][0]) / self.graph.table.hand_over, 12)

    @cached_property
    def tied(self) -> np.ndarray:
        """Which parties have a visible tie to another."""
        company = np.diff(self.rows)[self.evidence] > 1
        return np.bincount(self.party[company], minlength=len(self.graph.party)) > 0

    def takers(self, evidence: Sequence[str]) -> dict[str, list[int]]:
        """The parties that take part in each piece of evidence that is visible."""
        found = zip(evidence, self.graph.evidence.find_all(evidence), strict=True)
        return {
            iri: self.party[self.rows[at] : self.rows[at + 1]].tolist()
            for iri, at in found
            if at is not None
        }

    def find(self, iri: str) -> int | None:
        """The number of a party that has a visible tie; hidden and absent are both None."""
        return self.find_all([iri])[0]

    def find_all(self, iris: Iterable[str]) -> list[int | None]:
        """The numbers of several parties, each as `find` gives it."""
        numbers = self.graph.party.find_all(iris)
        return [None if at is None or not self.tied[at] else at for at in numbers]

    def ties(self, one: int, other: int) -> list[Tie]:
        """The evidence between two parties, strongest first."""
        both = self.terrain.shared(one, other)
        ties = (self._tie(a if self.quality[a] <= self.quality[b] else b) for a, b in both)
        passages: set[int] = set()
        ranked = []
        for tie in sorted(ties, key=lambda tie: (-tie.strength, tie.evidence)):
            ranked.append(replace(tie, counts=tie.passage not in passages))
            passages |= {tie.passage} - {0}
        return sorted(ranked, key=lambda tie: not tie.counts)

    def presence(self, evidence_iri: str, party: int) -> Tie | None:
        """What ties a party to the evidence itself; None where it took no visible part."""
        number = self.graph.evidence.find(evidence_iri)
        if number is None:
            return None
        mine = range(self.rows[number], self.rows[number + 1])
        return next((self._tie(at) for at in mine if self.party[at] == party), None)

    def ages_of(self, evidence: Sequence[str]) -> dict[str, Age]:
        """The ages of evidence of any kind, also one not chosen; hidden and absent are left out."""
        found: dict[str, Age] = {}
        for iri, at in zip(evidence, self.graph.evidence.find_all(evidence), strict=True):
            if at is not None and self.stated[at]:
                held = int(self.ages.held[at])
                found[iri] = Age(
                    begun=bool(self.ages.exists[at]),
                    decay=float(2.0 ** -self.ages.halves[at]),
                    held=None if held == NEVER else _EPOCH + timedelta(days=held),
                    lasts=self.graph.table.kinds[self.kind[at]].lasts,
                )
        return found

    def _tie(self, at: int) -> Tie:
        graph, one = self.graph, [at]
        evidence, origin = self.evidence[one], self.origin[one]
        today = (self.as_of - _EPOCH).days
        weights = _weigh(graph, self.ages, self.kind, evidence, origin, today)
        number, role = int(evidence[0]), int(graph.incidences[3][origin[0]])
        kind = graph.table.kinds[self.kind[number]]
        halves, held = float(weights.halves[0]), int(weights.held[0])
        standing = Standing(weights.standing[0])
        older = standing == Standing.ENDED_SOMETIME
        return Tie(
            evidence=graph.evidence[number],
            kind=kind,
            strength=float(self.base[number] * self.quality[at]),
            age=(halves - older) * kind.half_life,
            decay=2.0 ** -min(halves, MOST_HALVES),
            discount=float(self.base[number]) / kind.base,
            participants=int(self.participants[number]),
            role=graph.role[role],
            role_weight=float(graph.role_weights[role]),
            standing=standing,
            last_known=None if held == NEVER else (_EPOCH + timedelta(days=held)).year,
            passage=int(self.passage[number]),
        )

    def takes_part(self, one: int, evidence: int) -> bool:
        """Whether a party takes part in a piece of evidence."""
        row = self.party[self.rows[evidence] : self.rows[evidence + 1]]
        at = int(np.searchsorted(row, one))
        return at < len(row) and bool(row[at] == one)


class _Weights(NamedTuple):
    """Of some incidences: age in half-lives, last day known, what that rests on, decay × role."""

    halves: np.ndarray
    held: np.ndarray
    standing: np.ndarray
    quality: np.ndarray


def _weigh(
    graph: Ties,
    ages: Ages,
    kind: np.ndarray,
    evidence: np.ndarray,
    origin: np.ndarray,
    today: int,
) -> _Weights:
    """Weigh incidences of `evidence` that stand in the rows `origin` of `graph.incidences`."""
    _, _, _, role, since, until = (column[origin] for column in graph.incidences)
    halves, held, standing = ages.halves[evidence], ages.held[evidence], ages.standing[evidence]
    # A party may have come late or left early.
    own = np.flatnonzero((since != NEVER) | (until != NEVER))
    if len(own):
        left = until[own] != NEVER
        held[own] = np.where(left, np.minimum(until[own], today), since[own])
        lives = np.array([row.half_life for row in graph.table.kinds])[kind[evidence[own]]]
        halves[own] = (today - held[own].astype(np.int64)) / YEAR / lives
        over = left & (until[own] < today)
        standing[own] = np.where(over, Standing.ENDED, Standing.DATED)
    decay = np.exp2(-np.minimum(halves, MOST_HALVES))
    return _Weights(halves, held, standing, decay * graph.role_weights[role])


def _choose(evidence: np.ndarray, party: np.ndarray, quality: np.ndarray) -> np.ndarray | None:
    """The order by evidence, then party, of the best of each pair; None where that is as it is."""
    key = evidence.astype(np.int64) << 32 | party
    if (np.diff(key) > 0).all():
        return None
    order = np.lexsort((quality, key))
    best = np.ones(len(order), dtype=bool)
    best[:-1] = np.diff(key[order]) > 0
    return order[best]


def _bounds(sorted_or_not: np.ndarray, size: int) -> np.ndarray:
    return np.concatenate(([0], np.cumsum(np.bincount(sorted_or_not, minlength=size))))
