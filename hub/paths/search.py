"""Shortest ways with at most so many steps: exact, two-sided, best first.

The cost of a way is the sum of its steps' costs, each above 0, and of the tolls of the parties
that it passes. A label (cost, steps) at a party is dropped only if another has neither more cost
nor more steps there, since a dearer way with fewer steps may be the one that still reaches the
target.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Collection, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, permutations
from math import inf

Neighbours = Callable[[int], Sequence[tuple[int, float]]]
Path = tuple[int, ...]


class Cut(Exception):
    """The time allowed is over; what was found so far stands."""


@dataclass
class Clock:
    """Time allowed for a search, looked at every few hundred labels."""

    seconds: float = inf
    _start: float = field(default_factory=time.monotonic)
    _ticks: int = 0

    def tick(self) -> None:
        """Raises Cut when the time is over."""
        self._ticks += 1
        if self._ticks % 256 == 0 and time.monotonic() - self._start > self.seconds:
            raise Cut


@dataclass(frozen=True)
class Walk:
    """The graph to be searched and the rules of walking it.

    Attributes:
        neighbours: parties next to a party with the cost (> 0) of the step.
        closed: parties that no way may lead through; they may be its ends.
        toll: extra cost (>= 0) of passing a party; None where none costs any.
    """

    neighbours: Neighbours
    closed: Container[int] = frozenset()
    toll: Callable[[int], float] | None = None
    clock: Clock = field(default_factory=Clock)

    def cost(self, path: Path) -> float:
        """Cost of a path, tolls included; inf where two parties are not neighbours."""
        steps = (dict(self.neighbours(a)).get(b, inf) for a, b in pairwise(path))
        return sum(steps) + (sum(map(self.toll, path[1:-1])) if self.toll else 0.0)


class _Label:
    __slots__ = ("cost", "dropped", "party", "previous", "steps")

    def __init__(self, cost: float, steps: int, party: int, previous: _Label | None) -> None:
        self.cost, self.steps, self.party, self.previous = cost, steps, party, previous
        self.dropped = False

    def __lt__(self, other: _Label) -> bool:
        return (self.cost, self.steps) < (other.cost, other.steps)

    def back(self) -> Iterator[int]:
        label: _Label | None = self
        while label:
            yield label.party
            label = label.previous


class _Side:
    """One half of the search: its labels by party and its queue."""

    def __init__(self, root: int) -> None:
        first = _Label(0.0, 0, root, None)
        self.labels: dict[int, list[_Label]] = {root: [first]}
        self.queue: list[tuple[float, _Label]] = [(0.0, first)]

    def top(self) -> float:
        while self.queue and self.queue[0][1].dropped:
            heapq.heappop(self.queue)
        return self.queue[0][0] if self.queue else inf

    def beats(self, cost: float, steps: int, party: int) -> bool:
        """Whether a label that is there already is as good."""
        for label in self.labels.get(party, ()):
            if label.cost <= cost and label.steps <= steps:
                return True
        return False

    def add(self, new: _Label) -> None:
        """Keep a label that is not beaten, and drop those that it beats."""
        here = self.labels.setdefault(new.party, [])
        for label in here:
            label.dropped |= label.cost >= new.cost and label.steps >= new.steps
        here[:] = [label for label in here if not label.dropped]
        here.append(new)
        heapq.heappush(self.queue, (new.cost, new))


def find_best(
    walk: Walk,
    start: int,
    target: int,
    steps: int,
    *,
    closed: Collection[int] = (),
    not_first: Collection[int] = (),
    limit: float = inf,
) -> Path | None:
    """The cheapest path from `start` to `target` of at most `steps` steps, or None.

    Args:
        limit: a path that costs as much is of no interest; what is known to exist cuts the search.
        closed: parties that may not be passed.
        not_first: parties that may not be the first one after `start`.

    Raises:
        Cut: the time of `walk.clock` is over.
    """
    # The cheapest path of any length is the answer if it is short enough, and far sooner found.
    free = _meet(walk, start, target, None, closed, not_first, limit)
    if free is None or len(free) <= steps + 1:
        return free
    return _meet(walk, start, target, steps, closed, not_first, limit)


def _meet(
    walk: Walk,
    start: int,
    target: int,
    steps: int | None,
    closed: Collection[int],
    not_first: Collection[int],
    limit: float,
) -> Path | None:
    """The cheapest path of at most `steps` steps, None being any number; see `find_best`."""
    one = 0 if steps is None else 1  # where steps are free, none is counted
    most = steps or 0
    # 1. Two searches grow towards each other; a forward label has paid the toll of its own party.
    sides = (_Side(start), _Side(target))
    best, found = limit, None
    toll = walk.toll
    while True:
        # 2. No way that is still unseen can cost less than both fronts together.
        tops = (sides[0].top(), sides[1].top())
        if tops[0] + tops[1] >= best or inf in tops:
            break
        turn = 0 if tops[0] <= tops[1] else 1
        own, other = sides[turn], sides[1 - turn]
        label = heapq.heappop(own.queue)[1]
        walk.clock.tick()
        if one and label.steps == most:
            continue
        here, made = label.cost, label.steps + one
        if toll and turn and label.party != target:
            here += toll(label.party)
        for party, cost in walk.neighbours(label.party):
            total = here + cost
            if total >= best or own.beats(total, made, party):
                continue
            if party != start and party != target:
                if party in walk.closed or party in closed:
                    continue
                if toll and not turn:
                    total += toll(party)
            if start in (label.party, party):
                first = party if label.party == start else label.party
                if first in not_first:
                    continue
            # 3. Where the two meet, a way is complete.
            new = _Label(total, made, party, label)
            for met in other.labels.get(party, ()):
                if made + met.steps <= most and total + met.cost < best:
                    best = total + met.cost
                    found = (new, met) if turn == 0 else (met, new)
            if total + tops[1 - turn] < best and not own.beats(total, made, party):
                own.add(new)
    if found is None:
        return None
    forward, backward = list(found[0].back()), list(found[1].back())
    return tuple(forward[::-1] + backward[1:])


def find_through(
    walk: Walk,
    start: int,
    target: int,
    steps: int,
    through: Collection[int],
    *,
    closed: Collection[int] = (),
    not_first: Collection[int] = (),
    limit: float = inf,
) -> Path | None:
    """The best path that passes all of `through`, joined from best legs that do not cross.

    Legs are chosen one after the other, in every order of the connectors and from both ends, and
    the cheapest whole is kept: with one leg it is exact, with more it may miss a cheaper path whose
    every leg is second best.
    """
    if not through:
        return find_best(
            walk, start, target, steps, closed=closed, not_first=not_first, limit=limit
        )
    best: Path | None = None
    for order in permutations(through):
        stops = (start, *order, target)
        for turns in (range(len(stops) - 1), range(len(stops) - 2, -1, -1)):
            legs: dict[int, Path] = {}
            left = steps
            for at in turns:
                taken = {party for leg in legs.values() for party in leg} | set(stops)
                spare = left - (len(stops) - 2 - len(legs))
                leg = find_best(
                    walk,
                    stops[at],
                    stops[at + 1],
                    spare,
                    closed=taken | set(closed),
                    not_first=not_first if at == 0 else (),
                )
                if leg is None:
                    break
                legs[at], left = leg, left - len(leg) + 1
            if len(legs) < len(stops) - 1:
                continue
            whole = (start, *(party for at in sorted(legs) for party in legs[at][1:]))
            if best is None or walk.cost(whole) < walk.cost(best):
                best = whole
    return best


def find_several(
    walk: Walk, start: int, target: int, steps: int, *, through: Collection[int] = (), toll: float
) -> Iterator[Path]:
    """Different paths: each is the cheapest when every connector named before costs `toll` more.

    With `toll` 0 these are the cheapest paths in order (Yen, "Finding the k shortest loopless
    paths in a network", 1971). Lazily, so that the caller says how many.
    """
    named: dict[int, float] = {}
    first_toll = walk.toll or (lambda party: 0.0)  # noqa: ARG005
    dear = replace(walk, toll=lambda party: first_toll(party) + named.get(party, 0.0))
    found: list[Path] = []
    while True:
        path = find_through(walk, start, target, steps, through)
        if path in found:
            path = _deviate(walk, found, target, steps, through)
        if path is None:
            return
        found.append(path)
        yield path
        walk = dear if toll else walk
        for party in path[1:-1]:
            named[party] = named.get(party, 0.0) + toll


def _deviate(
    walk: Walk, found: list[Path], target: int, steps: int, through: Collection[int]
) -> Path | None:
    """The cheapest path that leaves the `found` ones at one of their parties."""
    best, least = None, inf
    roots = {path[:at] for path in found for at in range(1, len(path))}
    for root in sorted(roots, key=lambda root: (-len(root), root)):
        onward = {path[len(root)] for path in found if path[: len(root)] == root}
        toll = walk.toll(root[-1]) if walk.toll and len(root) > 1 else 0.0
        spur = find_through(
            walk,
            root[-1],
            target,
            steps - len(root) + 1,
            [party for party in through if party not in root],
            closed=root[:-1],
            not_first=onward,
            limit=least - walk.cost(root) - toll,
        )
        if spur and (cost := walk.cost(root[:-1] + spur)) < least:
            best, least = root[:-1] + spur, cost
    return best


def reach(
    walk: Walk, start: int, steps: int, wanted: Collection[int] | None = None
) -> dict[int, Path]:
    """The cheapest path of at most `steps` steps to every party within reach, or those `wanted`.

    `start` is left out. The search ends as soon as all that are wanted are reached.
    """
    side = _Side(start)
    left = None if wanted is None else set(wanted) - {start}
    while side.top() < inf and left != set():
        label = heapq.heappop(side.queue)[1]
        walk.clock.tick()
        if left is not None:
            left.discard(label.party)
        if label.steps == steps or (label.party != start and label.party in walk.closed):
            continue
        here, made = label.cost, label.steps + 1
        if walk.toll and label.party != start:
            here += walk.toll(label.party)
        for party, cost in walk.neighbours(label.party):
            if not side.beats(here + cost, made, party):
                side.add(_Label(here + cost, made, party, label))
    found = side.labels.keys() if wanted is None else side.labels.keys() & set(wanted)
    return {
        party: tuple(min(side.labels[party], key=lambda label: label.cost).back())[::-1]
        for party in found - {start}
    }
