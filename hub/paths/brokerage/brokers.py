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
from random import Random

import numpy as np

from hub.paths.brokerage.narrows import ShortWays
from hub.paths.brokerage.sides import SEED
from hub.paths.view import View

MOST_LINES = 1_500_000  # followed for betweenness: so many sources are drawn that it stays below
MOST_TOGETHER = 100  # participants beyond which evidence is passed over where contacts are counted


@dataclass(frozen=True)
class Betweenness:
    """Party → the share of shortest ways that pass it; from how many of the members they start."""

    shares: dict[int, float]
    sources: int
    of: int


def measure_betweenness(ways: ShortWays, most: int = MOST_LINES) -> Betweenness:
    """The share of the shortest ways from members to doors that each party between them is on.

    Where the graph is large, only ways from a sample of the members are followed.
    """
    import networkx as nx  # takes a while, which other commands are spared

    graph = nx.Graph()
    graph.add_edges_from(
        (node, other) for node, others in ways.near.items() if node >= 0 for other in others
    )
    sources: Sequence[int] = ways.members
    room = max(1, most // max(1, graph.number_of_edges()))
    if len(sources) > room:
        sources = Random(SEED).sample(sources, room)
    passed = nx.betweenness_centrality_subset(graph, sources, ways.doors)
    starts, doors = set(sources), set(ways.doors)
    pairs = sum(
        len(starts & piece) * len(doors & piece) - len(starts & doors & piece)
        for piece in nx.connected_components(graph)
    )
    # networkx halves what it counts in an undirected graph, as if both ends were sources.
    shares = {node: 2 * n / pairs for node, n in passed.items() if n and node >= 0} if pairs else {}
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
