"""How high the right ones stand in a ranking, over many cases.

Candidates with the same score stand in random order, and a measure is its expected value over all
those orders: nobody gains by the order in which a file lists them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NEAREST = (1, 3, 5)


@dataclass(frozen=True)
class Measures:
    """By case: chance of a right one among the first 1, 3, 5; 1 / rank of the first right one;
    gain discounted by log2(1 + rank) of all right ones, over the best there can be.
    """

    hits: np.ndarray
    reciprocal: np.ndarray
    gain: np.ndarray

    def as_dict(self) -> dict[str, float]:
        """The means over all cases, by the names of the measures."""
        told = {f"Hit@{k}": hit for k, hit in zip(NEAREST, self.hits, strict=True)}
        told |= {"MRR": self.reciprocal, "nDCG": self.gain}
        return {name: float(values.mean()) for name, values in told.items()}


def measure(case: np.ndarray, right: np.ndarray, score: np.ndarray) -> Measures:
    """Measure one ranking; `case` ascends from 0, and each case has a `right` one."""
    # Sums of the same numbers in another order differ in the last digits: those are ties.
    score = score.astype(np.float32)
    order = np.lexsort((-score, case))
    case, right, score = case[order], right[order].astype(np.float64), score[order]
    starts = np.flatnonzero(np.diff(case, prepend=-1))
    groups = np.flatnonzero((np.diff(case, prepend=-1) != 0) | (np.diff(score, prepend=0) != 0))
    size = np.diff(groups, append=len(case))
    found = np.add.reduceat(right, groups)
    of = case[groups]
    before = groups - starts[of]
    # 1. The gain: within a tie each place is equally likely.
    ideal = np.cumsum(1 / np.log2(np.arange(2, np.bincount(case).max() + 2)))
    ideal = np.concatenate(([0.0], ideal))
    share = found / size * (ideal[before + size] - ideal[before])
    gain = np.bincount(of, share) / ideal[np.add.reduceat(right, starts).astype(int)]
    # 2. The first right one stands in the first tie that holds any; drawn without putting back.
    hits, reciprocal = np.zeros((len(NEAREST), len(starts))), np.zeros(len(starts))
    holding = np.flatnonzero(found)
    first = holding[np.unique(of[holding], return_index=True)[1]]
    left, right_ones, rank = size[first].astype(float), found[first], before[first] + 1
    still = np.ones(len(first))
    while still.any():
        chance = still * np.minimum(1, right_ones / np.maximum(left, 1))
        reciprocal += chance / rank
        hits += chance * (rank <= np.array(NEAREST)[:, None])
        still, left, rank = still - chance, left - 1, rank + 1
        still[still < 1e-12] = 0
    return Measures(hits, reciprocal, gain)


def compare(one: Measures, other: Measures, project: Sequence[int]) -> tuple[float, float]:
    """Difference of the MRR of two rankings and its standard error.

    Cases of one `project` (by case) resemble each other, so that only projects are independent.
    """
    difference = one.reciprocal - other.reciprocal
    sums = np.bincount(project, difference - difference.mean())
    return float(difference.mean()), float(np.sqrt(np.sum(sums**2)) / len(difference))
