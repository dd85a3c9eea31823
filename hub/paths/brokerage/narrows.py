"""What all short ways between two sides pass: single points of failure.

The graph stays two-sided, party – evidence – party, so that a project of 5,000 partners is 5,000
lines. It holds every way of at most so many steps from one of our members to a door; whoever
separates the two in it is passed by all of these ways, and so is whatever evidence does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hub.paths.view import View

MOST_TIES = 100_000  # in the graph of short ways; where there are more, ways must be shorter

Near = Mapping[int, Sequence[int]]


@dataclass(frozen=True)
class ShortWays:
    """The ties on short ways, as a graph: party n is node n, evidence n is node −n − 1.

    A post is an end and no connector: it has a node of its own, in `posts`, beside each evidence.

    Attributes:
        hops: the most steps of the ways that are in it: fewer than asked for, down to none, where
            the graph would be too large.
        members, doors: nodes of the ends that are in it.
    """

    hops: int
    near: Near
    members: tuple[int, ...]
    doors: tuple[int, ...]
    posts: Mapping[int, int]

    def party(self, node: int) -> int:
        """The party that a node stands for."""
        return self.posts.get(node, node)


def find_short_ways(
    view: View, members: Sequence[int], doors: Sequence[int], hops: int, most: int = MOST_TIES
) -> ShortWays:
    """The graph of all ways of at most `hops` steps between two sides."""
    posts = np.zeros(len(view.graph.party), dtype=bool)
    posts[list(view.posts)] = True
    ends = posts.copy()
    ends[list(doors)] = False
    sides = [_count_steps(view, side, posts, hops) for side in (members, doors)]
    while True:
        nearest = [_nearest(view, steps, hops) for steps in sides]
        kept = (nearest[0] + nearest[1] + 1 <= hops)[view.evidence] & ~ends[view.party]
        kept &= (sides[0] + sides[1])[view.party] <= hops
        if np.count_nonzero(kept) <= most:
            break
        hops -= 1  # with 0 nothing is kept
    near: defaultdict[int, list[int]] = defaultdict(list)
    copies: dict[int, int] = {}
    rows = np.flatnonzero(kept)
    pairs = zip(rows.tolist(), view.party[rows].tolist(), view.evidence[rows].tolist(), strict=True)
    for at, party, evidence in pairs:
        node = party
        if posts[party]:
            node = len(posts) + at
            copies[node] = party
        near[node].append(-evidence - 1)
        near[-evidence - 1].append(node)
    wanted = set(doors)
    found = (node for node in near if node >= 0 and copies.get(node, node) in wanted)
    return ShortWays(
        hops, near, tuple(member for member in members if member in near), tuple(found), copies
    )


def _count_steps(view: View, ends: Sequence[int], posts: np.ndarray, most: int) -> np.ndarray:
    """How many steps each party is from the nearest of some ends, `most` + 1 where it is more."""
    steps = np.full(len(posts), most + 1)
    steps[list(ends)] = 0
    front = steps == 0
    for step in range(1, most + 1):
        passed = np.zeros(len(view.rows) - 1, dtype=bool)
        passed[view.evidence[front[view.party]]] = True
        reached = np.zeros(len(posts), dtype=bool)
        reached[view.party[passed[view.evidence]]] = True
        reached &= steps > most
        steps[reached] = step
        front = reached & ~posts
    return steps


def _nearest(view: View, steps: np.ndarray, hops: int) -> np.ndarray:
    """The least number of steps of the parties in each piece of evidence."""
    nearest = np.full(len(view.rows) - 1, hops + 1)
    np.minimum.at(nearest, view.evidence, steps[view.party])
    return nearest


@dataclass(frozen=True)
class Narrow:
    """A party, or evidence, that all short ways of some members pass, or all to some doors."""

    node: int
    members: tuple[int, ...]
    doors: tuple[int, ...]


def find_narrows(ways: ShortWays) -> list[Narrow]:
    """Who and what is passed by all short ways of some members, or to some doors."""
    root = max(ways.near, default=0) + 1
    from_doors = separate(ways.near, root, ways.doors)
    from_members = separate(ways.near, root, ways.members)
    members = set(ways.members)
    copies: defaultdict[int, set[int]] = defaultdict(set)
    for door in ways.doors:
        copies[ways.party(door)].add(door)
    narrows = []
    for node in sorted(from_doors.keys() | from_members.keys()):
        lost = set(from_members.get(node, ()))
        narrow = Narrow(
            node,
            tuple(sorted(members.intersection(from_doors.get(node, ())))),
            tuple(sorted(door for door, all_ in copies.items() if all_ <= lost)),
        )
        if narrow.members or narrow.doors:
            narrows.append(narrow)
    return narrows


def separate(near: Near, root: int, ends: Collection[int]) -> dict[int, list[int]]:
    """Node → the nodes that cannot be reached from any of `ends` without passing it.

    A depth-first search from `root`, a node joined to all ends: a node cuts off the subtree of a
    child from which no edge leads back above it (Hopcroft and Tarjan, "Algorithm 447", 1973).
    """
    order, low, lost = {root: 0}, {root: 0}, defaultdict[int, list[int]](list)
    trail: list[int] = [root]
    stack: list[tuple[int, int, Iterator[int]]] = [(root, root, iter(sorted(ends)))]
    known = set(ends)
    while stack:
        node, parent, onward = stack[-1]
        for other in onward:
            if other not in order:
                order[other] = low[other] = len(trail)
                trail.append(other)
                stack.append((other, node, iter(near.get(other, ()))))
                break
            if other != parent:
                low[node] = min(low[node], order[other])
        else:
            stack.pop()
            if node in known:
                low[node] = 0  # the edge to the root
            if parent != root and low[node] >= order[parent]:
                lost[parent] += trail[order[node] :]
            low[parent] = min(low[parent], low[node])
    return dict(lost)
