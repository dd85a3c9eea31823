"""Shortest ways with at most so many steps, exact and best first; and several different ones.

The cost of a way is the sum of its steps' costs, each above 0, and of the tolls of the parties
that it passes. The loops stand in `kernel`; here is what is asked of them.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import permutations
from math import inf
from threading import Lock
from typing import Any

import numpy as np

from hub.paths import kernel
from hub.paths.ground import FAR, Desk, Ground, Known

Path = tuple[int, ...]
LOOKS = 100_000_000  # at incidences and neighbours in one search: a second or so
ANY = 1 << 40  # steps: as many as it takes, which is found sooner than at most so many
_SMALL = 200_000  # pairs of parties in the same evidence up to which it does not pay to compile
_CAPACITY = 1 << 24  # neighbours remembered


class Cut(Exception):
    """The search took too long and was cut; what was found so far stands."""


@dataclass
class Clock:
    """Time allowed for the searches of one question, from the first; looked at before each."""

    seconds: float = inf
    _end: float | None = None

    def check(self) -> None:
        """Raises Cut when the time is over."""
        if self._end is None:
            self._end = time.monotonic() + self.seconds
        if time.monotonic() >= self._end:
            raise Cut


class Terrain:
    """A two-sided graph ready to be walked by several threads, one at a time."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.size = len(ground.columns) - 1
        self._known = Known.make(self.size, min(_CAPACITY, 8 * len(ground.party)))
        self._desk = Desk.make(self.size, len(ground.base))
        self._lock = Lock()
        pairs = int((np.diff(ground.rows) ** 2).sum())
        self._kernel: Any = kernel
        if pairs > _SMALL:
            self._kernel = kernel.compiled()
            self._compile()

    def _compile(self) -> None:
        """Have everything compiled by calling it: that may take longer than a search may."""
        walk, end = Walk.over(self), self.size - 1
        find_best(walk, 0, end, 1)
        reach(walk, 0, 1, {end: 0.0})
        walk.cost((0, end))
        self.count(walk, 0, 1)
        self.neighbours(0)
        self.shared(0, end)

    def neighbours(self, one: int) -> tuple[np.ndarray, np.ndarray]:
        """The parties tied to `one`, and the cost of the step to each."""
        known = self._known
        with self._lock:
            if known.span[one, 0] < 0:
                self._kernel.expand(self.ground, known, one)
            first, last = known.span[one]
            return known.near[first:last].copy(), known.cost[first:last].copy()

    def shared(self, one: int, other: int) -> list[tuple[int, int]]:
        """The incidences of two parties in the same evidence."""
        with self._lock:
            pairs: list[tuple[int, int]] = self._kernel.shared(self.ground, self._desk, one, other)
        return pairs

    def count(self, walk: Walk, start: int, steps: int) -> int:
        """How many parties are at most `steps` steps away."""
        with self._lock:
            _, members, _ = self._kernel.circle(
                self.ground, self._desk, walk.toll, 0, start, steps, 1 << 62
            )
            self._desk.away[members, 0] = FAR
        return len(members) - 1

    def run(self, name: str, *rules: object) -> list[int]:
        """What the kernel finds. Raises Cut where it looked too long."""
        with self._lock:
            found: list[int]
            found, cut = getattr(self._kernel, name)(
                self.ground, self._known, self._desk, *rules, LOOKS
            )
        if cut:
            raise Cut
        return found


@dataclass(frozen=True)
class Walk:
    """A terrain and the rules of walking it in one question.

    Attributes:
        toll: extra cost (>= 0) of passing each party, inf where no way may lead through; such a
            party may still be an end.
    """

    terrain: Terrain
    toll: np.ndarray
    clock: Clock = field(default_factory=Clock)

    @classmethod
    def over(
        cls,
        terrain: Terrain,
        closed: Collection[int] = (),
        toll: np.ndarray | None = None,
        clock: Clock | None = None,
    ) -> Walk:
        """A walk that passes nobody who is `closed`."""
        tolls = np.zeros(terrain.size) if toll is None else toll.copy()
        tolls[list(closed)] = inf
        return cls(terrain, tolls, clock or Clock())

    @contextmanager
    def raised(self, tolls: Mapping[int, float]) -> Iterator[None]:
        """While it lasts, to pass these parties costs so much more."""
        parties = list(tolls)
        before = self.toll[parties]
        self.toll[parties] += list(tolls.values())
        try:
            yield
        finally:
            self.toll[parties] = before

    def cost(self, path: Path) -> float:
        """Cost of a path, tolls included; inf where two parties are not neighbours."""
        terrain, parties = self.terrain, np.array(path, dtype=np.int32)
        with terrain._lock:
            known = terrain._known
            return float(terrain._kernel.price(terrain.ground, known, self.toll, parties))


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
        Cut: it took too long.
    """
    walk.clock.check()
    if steps < 1:
        return None
    ends, shut = [start, target], list(closed)
    before = walk.toll[shut], walk.toll[ends]
    walk.toll[shut] = inf
    walk.toll[ends] = 0.0
    barred = np.array(list(not_first), dtype=np.int32)
    try:
        most = steps if steps < walk.terrain.size else 0
        path = walk.terrain.run("search", walk.toll, start, target, most, barred, limit)
    finally:
        walk.toll[ends], walk.toll[shut] = before[1], before[0]
    return tuple(path) or None


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
    found: dict[Path, float] = {}  # and what each costs by now
    raised: Counter[int] = Counter()  # how often each was named
    while True:
        path, limit = None, min(found.values(), default=inf)
        with walk.raised({party: toll * times for party, times in raised.items()}):
            if toll or not found:
                path = find_through(walk, start, target, steps, through, limit=limit)
            if found and (path is None or path in found):
                path = _deviate(walk, found, target, steps, through)
            if path is None:
                return
            found[path] = walk.cost(path)
        yield path
        raised.update(path[1:-1])
        for other in found:
            found[other] += toll * len({*other[1:-1]}.intersection(path[1:-1]))


def _deviate(
    walk: Walk, found: Collection[Path], target: int, steps: int, through: Collection[int]
) -> Path | None:
    """The cheapest path that leaves the `found` ones at one of their parties."""
    best, least = None, inf
    roots = {path[:at] for path in found for at in range(1, len(path))}
    for root in sorted(roots, key=lambda root: (-len(root), root)):
        onward = {path[len(root)] for path in found if path[: len(root)] == root}
        toll = float(walk.toll[root[-1]]) if len(root) > 1 else 0.0
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
    walk: Walk,
    start: int | Sequence[int],
    steps: int,
    prizes: Mapping[int, float],
    most: int | None = None,
) -> dict[int, Path]:
    """The cheapest path of at most `steps` steps to each party that has a prize, cheapest first.

    Args:
        start: where the paths begin; of several, each begins at the one that is best for it.
        prizes: what is added (>= 0) to the cost of a path to a party when they are compared.
        most: so many with the least cost and prize will do: more may be given, or fewer where
            there are no more. `start` is left out.
    """
    walk.clock.check()
    prize = np.full(walk.terrain.size, inf)
    prize[list(prizes)] = list(prizes.values())
    most = len(prizes) if most is None else most
    starts = np.unique(np.array(start, dtype=np.int64))
    found = walk.terrain.run("reach", walk.toll, starts, steps, prize, most)
    paths, path = {}, []
    for party in found:
        if party >= 0:
            path.append(party)
        else:
            paths[path[0]] = tuple(path[::-1])
            path = []
    return paths
