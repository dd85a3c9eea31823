"""Who stands around a party: inner loops over arrays, compiled for large graphs.

The graph is two-sided and stays so: the neighbours of a party are put together when it is first
passed, from all evidence it takes part in, and kept (`expand`). A project of 5,000 partners is
5,000 entries until somebody asks for the way through it.
"""

from __future__ import annotations

import numpy as np

from hub.paths.ground import FAR, Desk, Ground, Known


def expand(ground: Ground, known: Known, one: int) -> int:
    """Put together the neighbours of `one`, nearest first; returns the incidences looked at."""
    near, none, best = known.near, known.none, known.best
    if known.fill[0] + len(none) > len(near):
        known.span[:] = -1
        known.fill[0] = 0
    first = last = known.fill[0]
    at, stop, looks = ground.columns[one], ground.columns[one + 1], 0
    while at < stop:
        # 1. What one passage tells counts once, with its strongest piece.
        passage, until = ground.passage[ground.evidence[ground.places[at]]], at + 1
        while passage and until < stop:
            if ground.passage[ground.evidence[ground.places[until]]] != passage:
                break
            until += 1
        for turn in range(2):
            for i in range(at, until):
                place = ground.places[i]
                evidence, mine = ground.evidence[place], ground.quality[place]
                base = ground.base[evidence]
                for there in range(ground.rows[evidence], ground.rows[evidence + 1]):
                    other = ground.party[there]
                    looks += 1
                    if turn:
                        none[other] *= 1.0 - best[other]
                        best[other] = 0.0
                        continue
                    if other == one:
                        continue
                    p = base * min(mine, ground.quality[there])
                    if none[other] > 1.0:
                        none[other] = 1.0
                        near[last] = other
                        last += 1
                    if until - at == 1:
                        none[other] *= 1.0 - p
                    elif p > best[other]:
                        best[other] = p
            if until - at == 1:
                break
        none[one] = 2.0
        at = until
    # 2. Independent pieces combine as 1 − Π(1 − p).
    kept = first
    for i in range(first, last):
        other = near[i]
        if none[other] < 1.0:
            near[kept] = other
            strength = min(ground.ceiling, 1.0 - none[other])
            known.cost[kept] = -np.log(strength * ground.hand_over)
            kept += 1
        none[other] = 2.0
    order = np.argsort(known.cost[first:kept], kind="mergesort") + first
    near[first:kept], known.cost[first:kept] = near[order], known.cost[order]
    known.span[one, 0], known.span[one, 1], known.fill[0] = first, kept, kept
    known.least[one] = known.cost[first] if first < kept else np.inf
    return looks


def circle(
    ground: Ground, desk: Desk, toll: np.ndarray, side: int, one: int, steps: int, budget: int
) -> tuple[int, list[int], int]:
    """Who is how many steps away from `one`, up to `steps`, written to a side of the desk.

    Args:
        toll: inf for parties that none may pass.
        budget: stops before a round of steps in which more incidences would be looked at.

    Returns:
        How many steps were made, the parties in order, and the incidences looked at.
    """
    _, away, marks = desk
    members, seen = [one], [0] * 0
    away[one, side] = made = begin = looks = 0
    while made < steps:
        end, ahead = len(members), 0
        for i in range(begin, end):
            ahead += ground.columns[members[i] + 1] - ground.columns[members[i]]
        if looks + ahead > budget:
            break
        made += 1
        for i in range(begin, end):
            if i and toll[members[i]] == np.inf:
                continue
            for at in range(ground.columns[members[i]], ground.columns[members[i] + 1]):
                evidence = ground.evidence[ground.places[at]]
                if marks[evidence]:
                    continue
                marks[evidence] = 1
                seen.append(evidence)
                looks += ground.rows[evidence + 1] - ground.rows[evidence]
                for there in range(ground.rows[evidence], ground.rows[evidence + 1]):
                    other = ground.party[there]
                    if away[other, side] == FAR:
                        away[other, side] = made
                        members.append(other)
        begin = end
    for evidence in seen:
        marks[evidence] = 0
    return made, members, looks


def shared(ground: Ground, desk: Desk, one: int, other: int) -> list[tuple[int, int]]:
    """The incidences of two parties in the same evidence."""
    found = [(0, 0)] * 0
    for at in range(ground.columns[one], ground.columns[one + 1]):
        desk.marks[ground.evidence[ground.places[at]]] = 1
    for at in range(ground.columns[other], ground.columns[other + 1]):
        evidence = ground.evidence[ground.places[at]]
        if desk.marks[evidence]:
            place = ground.rows[evidence]
            while ground.party[place] != one:
                place += 1
            found.append((place, int(ground.places[at])))
    for at in range(ground.columns[one], ground.columns[one + 1]):
        desk.marks[ground.evidence[ground.places[at]]] = 0
    return found
