"""Who introduced them: two who first met in a held-out project, all who had worked with both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations

import numpy as np

from hub.errors import Refused
from hub.paths.evaluation.collaborations import EPOCH, Collaborations, Tell

MOST_PARTNERS = 15
FEWEST_CANDIDATES = 5
ENDPOINTS_KEPT = 2 * MOST_PARTNERS  # the cases of a project share their ends


class History:
    """What was known on the day of the cut: the projects that had begun.

    Attributes:
        starts, sizes, ends: of each project; party, led, project: of each participation.
        projects: by party, how many; `own` lists them, party by party (bounds: `bounds`).
    """

    def __init__(self, all_: Collaborations, cut: int) -> None:
        count = int(np.searchsorted(all_.begins, cut))
        self.starts, self.ends = all_.starts[: count + 1], all_.ends[:count]
        self.begins = all_.begins[:count]
        self.sizes = np.diff(self.starts)
        self.party, self.led = all_.party[: self.starts[-1]], all_.led[: self.starts[-1]]
        self.project = np.repeat(np.arange(count), self.sizes)
        self.projects = np.bincount(self.party, minlength=all_.parties)
        self.own = self.project[np.argsort(self.party, kind="stable")]
        self.bounds = np.concatenate(([0], np.cumsum(self.projects)))

    def partners(self, party: int) -> np.ndarray:
        """The participations in all projects of `party`, as places in the arrays."""
        own = self.own[self.bounds[party] : self.bounds[party + 1]]
        return spread(self.starts[own], self.sizes[own])


@dataclass(frozen=True)
class Case:
    """Two parties who first met in a held-out project.

    Attributes:
        candidates: all who had worked with both; right: those of them who were in it.
    """

    project: int
    one: int
    other: int
    candidates: np.ndarray
    right: np.ndarray


def find_cases(
    all_: Collaborations, history: History, cut: int, until: int, tell: Tell
) -> list[Case]:
    """The cases of the projects that begin from `cut` to before `until`, days since 1970-01-01.

    Raises Refused: no project is known or held out, or there is no case.
    """
    first, last = np.searchsorted(all_.begins, [cut, until]).tolist()
    if first == 0 or last <= first:
        between = [date.fromordinal(EPOCH + int(day)) for day in all_.begins[[0, -1]]]
        raise Refused(
            f"No project of two organisations or more begins "
            f"{'before the cut' if first == 0 else 'in the time that is held out'}.",
            remedy=f"They begin between {between[0]} and {between[1]}: cut between.",
        )

    @lru_cache(maxsize=ENDPOINTS_KEPT)
    def acquaintances(party: int) -> np.ndarray:
        return np.unique(history.party[history.partners(party)])

    cases = []
    for project, one, other in _first_meetings(all_, first, last):
        tell("looking for who had worked with both", project - first, last - first)
        common = np.intersect1d(acquaintances(one), acquaintances(other), assume_unique=True)
        if len(common) >= FEWEST_CANDIDATES:
            right = np.isin(common, all_.party[all_.starts[project] : all_.starts[project + 1]])
            if right.any():
                cases.append(Case(project, one, other, common, right))
    if not cases:
        raise Refused(
            f"There is no case: no two first meet in a held-out project of at most {MOST_PARTNERS}"
            f" with {FEWEST_CANDIDATES} or more who had worked with both, one of them in it.",
            remedy="Cut later, so that more is known, or hold out a longer time.",
        )
    return cases


def _first_meetings(all_: Collaborations, first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Projects of few partners, and two of them who are in no earlier project together."""
    own: defaultdict[int, set[int]] = defaultdict(set)
    project = np.repeat(np.arange(len(all_.begins)), np.diff(all_.starts))
    for party, number in zip(all_.party.tolist(), project.tolist(), strict=True):
        own[party].add(number)
    for number in range(first, last):
        members = all_.party[all_.starts[number] : all_.starts[number + 1]].tolist()
        if len(members) <= MOST_PARTNERS:
            for one, other in combinations(members, 2):
                if min(own[one] & own[other]) == number:
                    yield number, one, other


def spread(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The numbers of all ranges that begin at `starts`, one range after the other."""
    ends = np.cumsum(lengths)
    places: np.ndarray = np.arange(lengths.sum()) + np.repeat(starts - ends + lengths, lengths)
    return places


def describe_cases(cases: Sequence[Case]) -> dict[str, float]:
    """How many there are, of how many projects, with how many candidates and right ones."""
    return {
        "cases": len(cases),
        "held-out projects": len({case.project for case in cases}),
        "candidates, median": float(np.median([len(case.candidates) for case in cases])),
        "right ones, mean": float(np.mean([case.right.sum() for case in cases])),
    }
