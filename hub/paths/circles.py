"""Connectors who know both ends, in the order that `hub evaluate` holds against what happened.

    evidence(X, C) = −ln(1 − strength of the step between X and C)
    known(X, M)    = strength(X, M) / √(1 + pieces of evidence of M)
    circle(C)      = Σ over the evidence of C: mean of known(A, M) · mean of known(B, M), each
                     over the other parties M
    score(C)       = √(evidence(A, C) · evidence(B, C)) · circle(C)

This is `hub.paths.evaluation.ranking` without what coordinated projects and compatriots add there,
since other evidence has no coordinator and ties know no countries.
"""

from __future__ import annotations

import numpy as np

from hub.paths.atlas import Atlas
from hub.paths.search import Path


def rank_connectors(atlas: Atlas, start: int, target: int) -> list[Path]:
    """The ways of two steps from `start` to `target`, best connector first; of equals the surest.

    Those over who only stands in the same room as both are left out. A direct tie comes before all.
    """
    scored = score_connectors(atlas, start, target)
    ranked = sorted(scored, key=lambda party: (*(-part for part in scored[party]), party))
    ways: list[Path] = [(start, party, target) for party in ranked]
    ways = [way for way in ways if not atlas.is_detour(way, ())]
    tied = target in atlas.view.terrain.neighbours(start)[0]
    return [(start, target), *ways] if tied else ways


def score_connectors(atlas: Atlas, start: int, target: int) -> dict[int, tuple[float, float]]:
    """Score, and its first factor alone, of all who may be passed and are tied to both."""
    view, size = atlas.view, len(atlas.view.graph.party)
    evidence, known = np.zeros((2, size)), np.zeros((2, size))
    fame = np.sqrt(1 + np.bincount(view.party, minlength=size))
    for side, one in enumerate((start, target)):
        near, cost = view.terrain.neighbours(one)
        strength = np.exp(-cost) / view.graph.table.hand_over
        evidence[side, near] = -np.log1p(-strength)
        known[side, near] = strength / fame[near]
    ground, company = view.terrain.ground, np.diff(view.rows)
    met = np.stack([np.bincount(view.evidence, own[view.party], len(company)) for own in known])
    scores = {}
    for party in np.flatnonzero(evidence.all(axis=0) & np.isfinite(atlas.walk.toll)).tolist():
        pieces = view.evidence[ground.places[ground.columns[party] : ground.columns[party + 1]]]
        pieces = pieces[company[pieces] > 1]
        others = np.maximum(met[:, pieces] - known[:, [party]], 0) / (company[pieces] - 1)
        both = float(np.sqrt(evidence[:, party].prod()))
        scores[party] = both * float(others.prod(axis=0).sum()), both
    return scores
