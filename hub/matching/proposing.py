"""From records to proposals: prepare, find candidates, compare, weigh, hold rivals against, band.

A pair's score is its findings' sum. Where a record has several candidates in one source, at most
one of them is right as a rule, so the odds of the others count against each: with odds o and rivals
of odds r, the probability is o / (1 + o + Σ r). A record with two equal candidates is thereby never
decided without a person.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from hub.matching.candidates import Index
from hub.matching.comparison import Finding, compare
from hub.matching.persons import compare_persons
from hub.matching.records import Proposal, Record
from hub.matching.subjects import Frequencies, Subject, prepare
from hub.matching.weights import read_weights

Progress = Callable[[int, int], None]
# Pairs less likely than this are not spoken of at all.
LEAST = 0.01
# Rivals that take less from the log-odds than this are none.
SLIGHT = 0.05


def propose(
    records: Sequence[Record],
    others: Sequence[Record] | None = None,
    *,
    progress: Progress | None = None,
) -> Iterator[Proposal]:
    """Pairs that may be one thing: within `records`, or between `records` and `others`.

    Each pair comes once, `left` from `records`; the likeliest first of each left record. `progress`
    is told how many records have been looked up, of how many.
    """
    for kind in ("organisation", "person"):
        mine = [prepare(record) for record in records if record.kind == kind]
        theirs = mine if others is None else [prepare(r) for r in others if r.kind == kind]
        if mine and theirs:
            yield from Comparison(mine, theirs, kind == "person").propose(progress)


class Comparison:
    """Two sides of one kind, or one side with itself, on the way to proposals."""

    def __init__(self, left: Sequence[Subject], right: Sequence[Subject], persons: bool) -> None:
        self.left, self.right = left, right
        self.frequencies = Frequencies(left if left is right else [*left, *right])
        self.index = Index(right, self.frequencies)
        self.compare = compare_persons if persons else compare

    def find_pairs(self, progress: Progress | None = None) -> Iterator[tuple[int, int]]:
        """Numbers of a left and a right subject; within one side, the lower number left."""
        done: set[tuple[int, int]] = set()
        for number, subject in enumerate(self.left):
            if progress and not number % 500:
                progress(number, len(self.left))
            for other in sorted(self.index.find(subject)):
                pair = number, other
                if self.left is self.right:
                    pair = min(pair), max(pair)
                    if pair in done:
                        continue
                    done.add(pair)
                if self.left[pair[0]].record.iri != self.right[pair[1]].record.iri:
                    yield pair

    def find_out(self, pair: tuple[int, int]) -> list[Finding]:
        return self.compare(self.left[pair[0]], self.right[pair[1]], self.frequencies)

    def propose(self, progress: Progress | None) -> Iterator[Proposal]:
        weights = read_weights()
        scores: dict[tuple[int, int], float] = {}
        for pair in self.find_pairs(progress):
            score = weights.score(self.find_out(pair))
            if weights.find_probability(score) >= LEAST:
                scores[pair] = score
        rivals = Rivals(self, scores)
        chosen = []
        for pair, score in scores.items():
            against = rivals.weigh(pair)
            probability = weights.find_probability(score - against)
            if probability >= LEAST:
                chosen.append((pair[0], -probability, pair[1], against))
        for left, negative, right, against in sorted(chosen):
            findings = self.find_out((left, right))
            if against:
                findings.append(Finding("rivals", against, rivals.name((left, right))))
            yield Proposal(
                self.left[left].record.iri,
                self.right[right].record.iri,
                -negative,
                weights.choose_band(-negative, findings),
                weights.explain(findings),
            )


class Rivals:
    """For each record the odds of its candidates, by the source of the candidate."""

    def __init__(self, comparison: Comparison, scores: dict[tuple[int, int], float]) -> None:
        self.comparison = comparison
        self.groups: dict[tuple[int, int, str], dict[int, float]] = defaultdict(dict)
        for pair, score in scores.items():
            odds = math.exp(min(score, 700.0))
            for group, other in self._groups(pair):
                self.groups[group][other] = odds

    def _groups(self, pair: tuple[int, int]) -> Iterator[tuple[tuple[int, int, str], int]]:
        """The two contests a pair stands in: for its left record, and for its right one."""
        left, right = pair
        one_side = self.comparison.left is self.comparison.right
        yield (0, left, self.comparison.right[right].record.source), right
        yield (0 if one_side else 1, right, self.comparison.left[left].record.source), left

    def weigh(self, pair: tuple[int, int]) -> float:
        """What the rivals of a pair take from its log-odds; nothing where it is slight."""
        odds = sum(
            sum(self.groups[group].values()) - self.groups[group][other]
            for group, other in self._groups(pair)
        )
        against = math.log1p(max(odds, 0.0))
        return against if against >= SLIGHT else 0.0

    def name(self, pair: tuple[int, int]) -> tuple[str]:
        """The strongest rival by its first name."""
        comparison = self.comparison
        sides = (comparison.right, comparison.left)
        rivals = [
            (odds, sides[side][rival])
            for side, (group, other) in enumerate(self._groups(pair))
            for rival, odds in self.groups[group].items()
            if rival != other
        ]
        strongest = max(rivals, key=lambda rival: rival[0])[1].record
        return (f"‘{(strongest.names or (strongest.iri,))[0]}’",)
