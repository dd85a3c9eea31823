"""Orders of those who could introduce two parties: the hub's own, and what it is held against.

    evidence(X, C) = Σ −ln(1 − strength) of what X and C did together; what C coordinated counts
                     twice. It adds up where strengths combine: 1 − Π(1 − p) = 1 − e^(−evidence).
    known(X, M)    = (1 − e^(−evidence)) / √(1 + projects of M)
    circle(C)      = Σ over the projects of C: mean of known(A, M) · mean of known(B, M), each
                     over the other partners M
    score(C)       = √(evidence(A, C) · evidence(B, C)) · circle(C) · 1.5 if C is a compatriot

Aloud: the best connector has done much with both, leads what it does, moves in circles that know
both, and is at home in the country of one of them.

The form and its figures were chosen on projects held out in 2016 and in 2017 alone. `TRIALS` can
be measured; looked at on the same two years and left out, since what they gained was within the
error: random walks, topics by matrix factorisation, likeness of the partners' partners, shares of
the budget, kinds of organisation, projects about to end, candidates who know each other, and a
boosted ranker over all of these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hub.paths.evaluation.cases import ENDPOINTS_KEPT, Case, History, spread
from hub.paths.evaluation.collaborations import Collaborations, Tell
from hub.paths.strength import CEILING, TieKind

COMPATRIOT = 1.5
YEAR = 365.25


@dataclass(frozen=True)
class Candidates:
    """All candidates of all cases, one entry each, case by case; pairs have a row for each end.

    Attributes:
        case, right: the number of the case; whether it is a right answer.
        joint, evidence, led: (2, candidates): projects with each end, their evidence, and the part
            of it that the candidate coordinated.
        circle: as above. compatriot: of the same country as one of the two ends.
        projects: before the cut; recent: those begun in its last year.
    """

    case: np.ndarray
    right: np.ndarray
    joint: np.ndarray
    evidence: np.ndarray
    led: np.ndarray
    circle: np.ndarray
    compatriot: np.ndarray
    projects: np.ndarray
    recent: np.ndarray


def weigh_candidates(
    all_: Collaborations, history: History, cases: Sequence[Case], cut: int, kind: TieKind,
    tell: Tell,
) -> Candidates:  # fmt: skip
    """What speaks for each candidate, by the row of the table of strength for joint projects.

    A project is as old as its end, or where none is said as its beginning, as everywhere in the
    hub: while it runs its evidence is fresh.
    """
    size = all_.parties
    age = (cut - np.minimum(history.ends, cut)) / YEAR
    strength = kind.base * 2 ** (-age / kind.half_life) * (2 / history.sizes) ** kind.discount
    weight = -np.log1p(-np.minimum(strength, CEILING))
    fame = np.sqrt(1 + history.projects)  # of those who are in much, few know everybody in it

    @lru_cache(maxsize=ENDPOINTS_KEPT)
    def weigh(party: int) -> tuple[np.ndarray, ...]:
        at = history.partners(party)
        who, weights = history.party[at], weight[history.project[at]]
        joint, evidence = np.bincount(who, minlength=size), np.bincount(who, weights, size)
        known = (1 - np.exp(-evidence)) / fame
        known[party] = 0
        near = np.add.reduceat(known[history.party], history.starts[:-1])
        led = np.bincount(who, weights * history.led[at], size)
        return joint, evidence, led, known, near

    pairs: list[np.ndarray] = []
    circles: list[np.ndarray] = []
    for number, case in enumerate(cases):
        tell("weighing who had worked with both", number, len(cases))
        lengths = history.projects[case.candidates]
        project = history.own[spread(history.bounds[case.candidates], lengths)]
        of = np.repeat(np.arange(len(lengths)), lengths)
        circle = np.ones(len(project))
        ends = [weigh(case.one), weigh(case.other)]
        for *_, known, near in ends:
            others = near[project] - known[case.candidates][of]  # who is no circle of its own
            circle *= np.maximum(others, 0) / (history.sizes[project] - 1)
        circles.append(np.bincount(of, circle, len(lengths)))
        pairs.append(np.stack([[column[case.candidates] for column in end[:3]] for end in ends]))
    party = np.concatenate([case.candidates for case in cases])
    lengths = np.array([len(case.candidates) for case in cases])
    homes = all_.country[[[case.one for case in cases], [case.other for case in cases]]]
    home = all_.country[party]
    recent = np.bincount(history.party, (history.begins >= cut - YEAR)[history.project], size)
    joint, evidence, led = np.concatenate(pairs, axis=2).swapaxes(0, 1)
    return Candidates(
        case=np.repeat(np.arange(len(cases)), lengths),
        right=np.concatenate([case.right for case in cases]),
        joint=joint,
        evidence=evidence,
        led=led,
        circle=np.concatenate(circles),
        compatriot=(home >= 0) & (home == np.repeat(homes, lengths, axis=1)).any(axis=0),
        projects=history.projects[party],
        recent=recent[party],
    )


def connect(
    c: Candidates, *, led: float = 1, circle: bool = True, compatriot: float = COMPATRIOT
) -> np.ndarray:
    """The hub's score; `led` is what evidence counts more for being coordinated."""
    both: np.ndarray = np.sqrt((c.evidence + led * c.led).prod(axis=0))
    score: np.ndarray = both * np.where(c.compatriot, compatriot, 1)
    return score * c.circle if circle else score


Ranking = Callable[[Candidates], np.ndarray]
HUB = "the hub"
RANKINGS: dict[str, Ranking] = {
    HUB: connect,
    "the lens circles": lambda c: connect(c, led=0, compatriot=1),  # `hub.paths.circles`
    "product of joint projects": lambda c: c.joint.prod(axis=0),
    "surest way: strength · strength": lambda c: (1 - np.exp(-c.evidence)).prod(axis=0),
    "most popular": lambda c: c.projects,
    "random": lambda c: np.zeros(len(c.case)),
}

# What was tried: parts alone, the formula without one of them, and what else might have helped.
TRIALS: dict[str, Ranking] = {
    "evidence · evidence alone": lambda c: c.evidence.prod(axis=0),
    "weaker evidence alone": lambda c: c.evidence.min(axis=0),
    "circle alone": lambda c: c.circle,
    "hub without circle": lambda c: connect(c, circle=False),
    "hub without compatriots": lambda c: connect(c, compatriot=1),
    "hub without who coordinated": lambda c: connect(c, led=0),
    "hub, compatriots doubled": lambda c: connect(c, compatriot=2),
    "hub, coordinated trebled": lambda c: connect(c, led=2),
    "hub · number of projects": lambda c: connect(c) * np.log1p(c.projects),
    "hub · projects of the last year": lambda c: connect(c) * np.log1p(c.recent),
}
