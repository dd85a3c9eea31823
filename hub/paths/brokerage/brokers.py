"""How much runs over a party, and how free of each other its contacts are.

betweenness     the share of the shortest ways from our members to doors that pass it
                (Freeman, "A set of measures of centrality based on betweenness", 1977)
effective size  n − 2t / n: its n contacts, less those that t ties among them make redundant
constraint      Σ_j (p_ij + Σ_q p_iq · p_qj)², p_ij the share of i's ties that goes to j: near 0
                where the contacts know nothing of each other, near 1 where all is one circle
                (both of Burt, "Structural holes", 1992; p is weighed by the strength of ties)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from random import Random

import numpy as np

from hub.paths.brokerage.narrows import ShortWays
from hub.paths.brokerage.sides import SEED
from hub.paths.view import View

MOST_LINES = 40_000_000  # followed for betweenness: so many sources are drawn that it stays below
MOST_TOGETHER = 100  # participants beyond which evidence is passed over where contacts are counted


@dataclass(frozen=True)
class Betweenness:
    """Party → the share of shortest ways that pass it; from how many of the members they start."""

    shares: dict[int, float]
    sources: int
    of: int


def measure_betweenness(ways: ShortWays, most: int = MOST_LINES) -> Betweenness:
    """The share of the shortest ways from members to doors that each party between them is on.

    From each member steps are counted outwards, then the ways to doors gathered backwards (Brandes,
    "A faster algorithm for betweenness centrality", 2001), all lines between two rounds of steps at
    once. Where the graph is large, only ways from a sample of the members are followed.
    """
    nodes = list(ways.near)
    number = {node: at for at, node in enumerate(nodes)}
    lines = [[number[other] for other in ways.near[node]] for node in nodes]
    bounds = np.concatenate(([0], np.cumsum([len(line) for line in lines]))).astype(np.int64)
    near = np.fromiter(chain.from_iterable(lines), dtype=np.int64, count=int(bounds[-1]))
    doors = np.zeros(len(nodes), dtype=bool)
    doors[[number[door] for door in ways.doors]] = True
    sources: Sequence[int] = ways.members
    room = max(1, most // max(1, len(near)))
    if len(sources) > room:
        sources = Random(SEED).sample(sources, room)
    passed, pairs = np.zeros(len(nodes)), 0
    for start in (number[source] for source in sources):
        # 1. How many shortest ways lead to each node, round by round.
        ways_to = np.zeros(len(nodes))
        rounds: list[tuple[np.ndarray, np.ndarray]] = []
        steps = np.full(len(nodes), -1, dtype=np.int32)
        ways_to[start], steps[start], front = 1.0, 0, np.array([start])
        while len(front) and len(rounds) < 2 * ways.hops:
            spans = bounds[front + 1] - bounds[front]
            tails = np.repeat(front, spans)
            offsets = np.arange(len(tails)) - np.repeat(np.cumsum(spans) - spans, spans)
            heads = near[bounds[tails] + offsets]
            new = steps[heads] < 0
            steps[heads[new]] = len(rounds) + 1
            tails, heads = tails[new], heads[new]
            np.add.at(ways_to, heads, ways_to[tails])
            rounds.append((tails, heads))
            front = np.flatnonzero(steps == len(rounds))
        # 2. Which part of the ways to doors passes each node.
        onward = np.zeros(len(nodes))
        for tails, heads in reversed(rounds):
            part = ways_to[tails] / ways_to[heads] * (doors[heads] + onward[heads])
            np.add.at(onward, tails, part)
        pairs += int(np.count_nonzero(doors & (steps > 0)))
        onward[start] = 0.0
        passed += onward
    share = passed / max(1, pairs)
    shares = {node: float(share[at]) for at, node in enumerate(nodes) if node >= 0 and share[at]}
    return Betweenness(shares, len(sources), len(ways.members))


@dataclass(frozen=True)
class Circle:
    """The contacts of a party: how many, how many of them are not redundant, how bound it is."""

    contacts: int
    effective_size: float
    constraint: float


def measure_circle(view: View, party: int) -> Circle:
    """Burt's measures of a party of a view `leave_crowds` made; all 0 where it has no contact."""
    terrain, hand_over = view.terrain, view.graph.table.hand_over
    near, cost = terrain.neighbours(party)
    if not len(near):
        return Circle(0, 0.0, 0.0)
    order = np.argsort(near)
    near, strength = near[order], np.exp(-cost[order]) / hand_over
    share = strength / strength.sum()
    bound, ties = share.copy(), 0
    for other, part in zip(near.tolist(), share.tolist(), strict=True):
        theirs, their_cost = terrain.neighbours(other)
        weight = np.exp(-their_cost)
        place = np.minimum(np.searchsorted(near, theirs), len(near) - 1)
        shared = near[place] == theirs
        bound[place[shared]] += part * weight[shared] / weight.sum()
        ties += int(shared.sum())  # each tie from both its ends
    return Circle(len(near), len(near) - ties / len(near), float((bound**2).sum()))


def leave_crowds(view: View, most: int = MOST_TOGETHER) -> tuple[View, int]:
    """The view without evidence of more than `most` parties and without posts.

    Returns how much evidence was left out beside: who was in the same hall with thousands knows few
    of them, and to count all as contacts would take the square of their number.
    """
    crowds = np.flatnonzero(np.diff(view.rows) > most)
    posts = np.zeros(len(view.graph.party), dtype=bool)
    posts[list(view.posts)] = True
    return keep_ties(view, ~posts[view.party] & ~np.isin(view.evidence, crowds)), len(crowds)


def keep_ties(view: View, kept: np.ndarray) -> View:
    """The view with those of its ties alone for which `kept` is true."""
    evidence = view.evidence[kept]
    counts = np.bincount(evidence, minlength=len(view.rows) - 1)
    return replace(
        view,
        evidence=evidence,
        party=view.party[kept],
        quality=view.quality[kept],
        origin=view.origin[kept],
        rows=np.concatenate(([0], np.cumsum(counts))),
    )
