"""What one caller may walk: the visible ties on one day, each with its strength.

Everything is computed from the visible graphs alone: participants, kinds, dates, documents.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from hub.paths.ages import YEAR, Ages, Standing, date_evidence, facts_of
from hub.paths.evidence import NEVER, Field, Sort, concept_key
from hub.paths.strength import CEILING, TieKind

if TYPE_CHECKING:
    from hub.paths.ties import TieGraph

_EPOCH = date(1970, 1, 1)
_KEPT_NEIGHBOURS = 200_000


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

    Incidences are sorted by evidence, then party, each pair once: `party`, `quality` (decay ×
    role), `halves` (age in half-lives), `held` (day last known), `standing`, `weight` and `role`
    have one entry each; `rows` bounds those of an evidence; `places` lists, party by party (bounds:
    `columns`), the incidences. `kind`, `participants`, `base` and `passage` (0: independent of all
    other evidence), `stated` (whether it is visible at all) and the `ages` go by evidence, `sort`
    by party.
    """

    graph: TieGraph
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
    halves: np.ndarray
    held: np.ndarray
    standing: np.ndarray
    weight: np.ndarray
    role: np.ndarray
    rows: np.ndarray
    places: np.ndarray
    columns: np.ndarray
    _near: dict[int, list[tuple[int, float]]] = field(default_factory=dict, repr=False)

    @classmethod
    def make(
        cls, graph: TieGraph, seen: frozenset[int], as_of: date, kinds: frozenset[str]
    ) -> View:
        """Weigh the ties that the graphs `seen` state; called by `TieGraph.view`."""
        table, size, today = graph.table, len(graph.evidence), (as_of - _EPOCH).days
        visible = np.zeros(max(1, len(graph.graph)), dtype=bool)
        visible[list(seen)] = True
        same_party, same_evidence = _merge(graph, visible)
        facts = graph.facts[visible[graph.facts[:, 1]]]
        facts[:, 0] = same_evidence[facts[:, 0]]

        # 1. The kind and age of each piece of evidence.
        kind = np.full(size, table.kinds.index(table.kind("other")))
        known = np.full(size, -1)
        about, numbers, _ = facts_of(facts, Field.KIND)
        np.maximum.at(known, about, numbers)  # narrower kinds stand further down the table
        kind = np.where(known >= 0, known, kind)
        ages = date_evidence(graph, visible, facts, kind, today)
        chosen_kinds = np.ones(size, dtype=bool)
        if kinds:
            chosen_kinds = np.array([row.key in kinds for row in table.kinds])[kind]

        # 2. Who took part, each party once, in its best role.
        rows = graph.incidences[visible[graph.incidences[:, 2]]]
        rows[:, 0], rows[:, 1] = same_party[rows[:, 0]], same_evidence[rows[:, 1]]
        since, of = rows[:, 4], rows[:, 1]
        stated = np.bincount(of, minlength=size) > 0
        begun = np.where(since == NEVER, ages.exists[of], since <= today)
        rows = rows[begun & chosen_kinds[of]]
        half_life = np.array([row.half_life for row in table.kinds])[kind]
        left = rows[:, 5] != NEVER  # a party may have come late or left early
        own = np.where(left, np.minimum(rows[:, 5], today), rows[:, 4])
        own_halves = (today - own.astype(np.int64)) / YEAR / half_life[rows[:, 1]]
        dated = own != NEVER
        halves = np.where(dated, own_halves, ages.halves[rows[:, 1]])
        held = np.where(dated, own, ages.held[rows[:, 1]])
        own_standing = np.where(left & (rows[:, 5] < today), Standing.ENDED, Standing.DATED)
        standing = np.where(dated, own_standing, ages.standing[rows[:, 1]])
        factors = {concept_key(iri): factor for iri, factor in table.roles.items()}
        by_role = np.array(
            [factors.get(concept_key(graph.role[n]), 1.0) for n in range(len(graph.role))] or [1.0]
        )
        weight = by_role[rows[:, 3]]
        quality = np.exp2(-halves) * weight
        order = np.lexsort((quality, rows[:, 0], rows[:, 1]))
        best = np.ones(len(rows), dtype=bool)
        best[:-1] = (rows[order[1:], :2] != rows[order[:-1], :2]).any(axis=1)
        chosen = order[best]
        rows, quality, halves = rows[chosen], quality[chosen], halves[chosen]
        weight, held, standing = weight[chosen], held[chosen], standing[chosen]

        # 3. Discount for company; posts are seats, not company.
        sort = np.zeros(len(graph.party), dtype=np.int8)
        sorts = graph.parties[visible[graph.parties[:, 1]]]
        np.maximum.at(sort, same_party[sorts[:, 0]], sorts[:, 2].astype(np.int8))
        people = rows[sort[rows[:, 0]] != Sort.POST]
        participants = np.bincount(people[:, 1], minlength=size)
        about, counts, _ = facts_of(facts, Field.UNNAMED)
        np.add.at(participants, about, counts)
        base = np.array([row.base for row in table.kinds])[kind]
        exponent = np.array([row.discount for row in table.kinds])[kind]
        base = base * (2 / np.maximum(2, participants)) ** exponent

        passage = np.full(size, np.iinfo(np.int32).max)
        about, prints, _ = facts_of(facts, Field.PASSAGE)
        np.minimum.at(passage, about, prints)
        passage[passage == np.iinfo(np.int32).max] = 0

        party = rows[:, 0]
        return cls(
            graph,
            as_of,
            ages,
            stated,
            kind,
            passage,
            participants,
            base,
            sort,
            rows[:, 1],
            party,
            quality,
            halves,
            held,
            standing,
            weight,
            rows[:, 3],
            _bounds(rows[:, 1], size),
            np.argsort(party, kind="stable"),
            _bounds(party, len(graph.party)),
        )

    @cached_property
    def posts(self) -> frozenset[int]:
        """The parties that are posts."""
        return frozenset(np.flatnonzero(self.sort == Sort.POST).tolist())

    def strength(self, one: int, other: int) -> float:
        """Strength of all evidence between two neighbours together."""
        return math.exp(-dict(self.neighbours(one))[other]) / self.graph.table.hand_over

    def takers(self, evidence_iri: str) -> list[int]:
        """The parties that take part in a piece of evidence; none where it is not visible."""
        at = self.graph.evidence.find(evidence_iri)
        return [] if at is None else self.party[self.rows[at] : self.rows[at + 1]].tolist()

    def find(self, iri: str) -> int | None:
        """The number of a party that has a visible tie; hidden and absent are both None."""
        number = self.graph.party.find(iri)
        if number is None or not self.neighbours(number):
            return None
        return number

    def neighbours(self, party: int) -> list[tuple[int, float]]:
        """Parties tied to `party`, each with −ln(strength of all evidence together · hand-over)."""
        near = self._near.get(party)
        if near is None:
            missing: dict[int, float] = {}
            told: dict[tuple[int, int], float] = {}  # the best of one passage
            for at in self._places(party):
                evidence = int(self.evidence[at])
                base, quality = float(self.base[evidence]), float(self.quality[at])
                passage = int(self.passage[evidence])
                start, stop = int(self.rows[evidence]), int(self.rows[evidence + 1])
                others = self.party[start:stop].tolist()
                for other, theirs in zip(others, self.quality[start:stop].tolist(), strict=True):
                    if other != party:
                        p = base * (quality if quality < theirs else theirs)
                        if passage:
                            told[other, passage] = max(p, told.get((other, passage), 0.0))
                        else:
                            missing[other] = missing.get(other, 1.0) * (1.0 - p)
            for (other, _), p in told.items():
                missing[other] = missing.get(other, 1.0) * (1.0 - p)
            hand_over = self.graph.table.hand_over
            near = [
                (other, -math.log(min(CEILING, 1 - none) * hand_over))
                for other, none in missing.items()
                if none < 1
            ]
            if len(self._near) >= _KEPT_NEIGHBOURS:
                self._near.clear()
            self._near[party] = near
        return near

    def ties(self, one: int, other: int) -> list[Tie]:
        """The evidence between two parties, strongest first."""
        mine = {int(self.evidence[at]): at for at in self._places(one)}
        both = [
            (mine[e], at) for at in self._places(other) if (e := int(self.evidence[at])) in mine
        ]
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
        mine = (at for at in self._places(party) if int(self.evidence[at]) == number)
        return next((self._tie(at) for at in mine), None)

    def age_of(self, evidence_iri: str) -> Age | None:
        """The age of evidence of any kind, also one not chosen; hidden and absent are both None."""
        at = self.graph.evidence.find(evidence_iri)
        if at is None or not self.stated[at]:
            return None
        held = int(self.ages.held[at])
        return Age(
            begun=bool(self.ages.exists[at]),
            decay=float(2.0 ** -self.ages.halves[at]),
            held=None if held == NEVER else _EPOCH + timedelta(days=held),
            lasts=self.graph.table.kinds[self.kind[at]].lasts,
        )

    def _tie(self, at: int) -> Tie:
        evidence = int(self.evidence[at])
        kind = self.graph.table.kinds[self.kind[evidence]]
        halves, held = float(self.halves[at]), int(self.held[at])
        standing = Standing(self.standing[at])
        older = standing == Standing.ENDED_SOMETIME
        return Tie(
            evidence=self.graph.evidence[evidence],
            kind=kind,
            strength=float(self.base[evidence] * self.quality[at]),
            age=(halves - older) * kind.half_life,
            decay=2.0**-halves,
            discount=float(self.base[evidence]) / kind.base,
            participants=int(self.participants[evidence]),
            role=self.graph.role[int(self.role[at])],
            role_weight=float(self.weight[at]),
            standing=standing,
            last_known=None if held == NEVER else (_EPOCH + timedelta(days=held)).year,
            passage=int(self.passage[evidence]),
        )

    def evidence_of(self, party: int) -> frozenset[int]:
        """The numbers of the evidence in which a party takes part."""
        return frozenset(self.evidence[self._places(party)].tolist())

    def _places(self, party: int) -> list[int]:
        places: list[int] = self.places[self.columns[party] : self.columns[party + 1]].tolist()
        return places


def _merge(graph: TieGraph, visible: np.ndarray) -> list[np.ndarray]:
    """Which party, and which evidence, each one is to those who see the `visible` graphs."""
    merged = []
    for number, names in enumerate((graph.party, graph.evidence)):
        same = np.arange(len(names))
        rows = graph.aliases[(graph.aliases[:, 0] == number) & visible[graph.aliases[:, 3]]]
        same[rows[:, 1]] = rows[:, 2]
        merged.append(same[same])
    return merged


def _bounds(sorted_or_not: np.ndarray, size: int) -> np.ndarray:
    return np.concatenate(([0], np.cumsum(np.bincount(sorted_or_not, minlength=size))))
