"""The inner loops of the search, over arrays: compiled for large graphs, plain for small ones.

Ways have at most so many steps. A cheapest way of any length may be too long, so a label at a party
is (cost, steps), and is dropped only for another with neither more cost nor more steps
(Joksch, "The shortest route problem with constraints", 1966). Two searches grow towards each
other and stop when no unseen way can be cheaper than the best one met. What cannot reach the other
end in the steps that are left is not looked at: around each end, as far as that is cheap, it is
known how many steps everybody is away.

Functions here use numbers, arrays, tuples and heapq only, and call only each other.
"""

from __future__ import annotations

from functools import cache
from heapq import heappop, heappush
from typing import Any

import numpy as np

from hub.paths.compiling import compile_all
from hub.paths.ground import FAR, Desk, Ground, Known
from hub.paths.neighbours import circle, expand, shared

_ROOM = 2_048  # labels for which there is room at first
_NEAR = 1_000  # incidences looked at around an end to learn how many steps away parties are


def twice(array: np.ndarray, value: float) -> np.ndarray:
    """The array with as much again of a value."""
    return np.concatenate((array, np.full(len(array), value, array.dtype)))


def push(
    keys: np.ndarray, items: np.ndarray, sizes: np.ndarray, side: int, key: float, item: int
) -> None:
    """Put an item into the heap of a side."""
    at = sizes[side]
    while at and keys[side, at - 1 >> 1] > key:
        above = at - 1 >> 1
        keys[side, at], items[side, at], at = keys[side, above], items[side, above], above
    keys[side, at], items[side, at] = key, item
    sizes[side] += 1


def pop(keys: np.ndarray, items: np.ndarray, sizes: np.ndarray, side: int) -> None:
    """Take the least from the heap of a side."""
    sizes[side] -= 1
    at, size = 0, sizes[side]
    key = keys[side, size]
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and keys[side, below + 1] < keys[side, below]:
            below += 1
        if keys[side, below] >= key:
            break
        keys[side, at], items[side, at], at = keys[side, below], items[side, below], below
    keys[side, at], items[side, at] = key, items[side, size]


def search(
    ground: Ground,
    known: Known,
    desk: Desk,
    toll: np.ndarray,
    start: int,
    target: int,
    steps: int,
    barred: np.ndarray,
    limit: float,
    budget: int,
) -> tuple[list[int], bool]:
    """The cheapest path from `start` to `target` of at most `steps` steps.

    Args:
        steps: 0 for any number; then none is counted.
        toll: extra cost (>= 0) of passing each party, inf where none may; 0 at the ends.
        barred: parties that may not be the first one after `start`.
        limit: a path that costs as much is of no interest.
        budget: most incidences and neighbours looked at.

    Returns:
        The path, empty where there is none; whether the search was cut.
    """
    # 1. Around each end, who is how many steps away.
    wide, counted = steps + 1, 1 if steps else 0
    state, away, _ = desk
    radius, members, looks = circle(ground, desk, toll, 0, start, steps // 2, _NEAR)
    across, others, more = circle(ground, desk, toll, 1, target, steps - radius, _NEAR)
    looks += more
    if not counted:
        radius = across = -1
    # 2. A label is a cost and a number of steps; of each party and side, `least` holds the least
    #    cost with at most so many steps, and `by` the label that has it.
    labels, count = np.empty((_ROOM, 3), np.int32), 2  # party, label before, steps made
    labels[0], labels[1] = (start, -1, 0), (target, -1, 0)
    rows = max(_ROOM, 4 * wide) // wide
    least, by, owned = np.full(rows * wide, np.inf), np.full(rows * wide, -1, np.int32), 2
    least[: 2 * wide], by[:wide], by[wide : 2 * wide] = 0.0, 0, 1
    state[start, 0], state[target, 1] = 0, 1
    keys, items = np.zeros((2, _ROOM)), np.zeros((2, _ROOM), np.int32)  # a heap on each side
    items[1, 0], sizes = 1, np.ones(2, np.int64)
    found, ahead, behind = limit, -1, -1
    floor = -np.log(ground.ceiling * ground.hand_over)  # no step costs less
    while sizes[0] and sizes[1]:
        # 3. No way that is still unseen can cost less than both fronts and a step between them.
        if keys[0, 0] + keys[1, 0] + floor >= found or looks > budget:
            break
        # The side that is smaller, and has the smaller next step, moves: one may wait for the other
        # before it walks into a crowd.
        one, other = labels[items[0, 0], 0], labels[items[1, 0], 0]
        ours = sizes[0] + known.span[one, 1] - known.span[one, 0]
        theirs = sizes[1] + known.span[other, 1] - known.span[other, 0]
        side = 0 if ours <= theirs else 1
        reach = across if side == 0 else radius
        front = keys[1 - side, 0]
        cost, label = keys[side, 0], items[side, 0]
        pop(keys, items, sizes, side)
        one, made = labels[label, 0], labels[label, 2] + counted
        if made > steps or by[state[one, side] * wide + labels[label, 2]] != label:
            continue
        if known.span[one, 0] < 0:
            looks += expand(ground, known, one)
        first, last = known.span[one]
        looks += last - first
        if side:
            cost += toll[one]
        left = steps - made
        for i in range(first, last):
            # Who is settled on the other side has looked at this tie, so that what costs as much as
            # both fronts together is no better; nor are those who follow, being further.
            total = cost + known.cost[i]
            if total + front >= found:
                break
            other = known.near[i]
            if left <= reach and away[other, 1 - side] > left:
                continue
            here, there = state[other, side] * wide, state[other, 1 - side] * wide
            if here >= 0 and least[here + made] <= total:
                continue
            if toll[other] > 0.0:
                if toll[other] == np.inf:
                    continue
                if not side:
                    total += toll[other]
                    if here >= 0 and least[here + made] <= total:
                        continue
            tail, head = (one, other) if side == 0 else (other, one)
            if len(barred) and tail == start and (barred == head).any():
                continue
            # 4. Where the two meet, a way is complete.
            if there >= 0 and total + least[there + left] < found:
                found = total + least[there + left]
                ahead, behind = count, by[there + left]
                if side:
                    ahead, behind = behind, ahead
            elif total + front + max(floor, known.least[other]) >= found:
                continue  # it has at least one step to go to whom the other side comes to later
            if here < 0:
                if owned * wide == len(least):
                    least, by = twice(least, np.inf), twice(by, -1)
                here = owned * wide
                state[other, side] = owned
                owned += 1
            for at in range(here + made, here + wide):
                if least[at] <= total:
                    break
                least[at] = total
                by[at] = count
            if count == len(labels):
                labels = np.concatenate((labels, labels))
                keys = np.concatenate((keys, keys), axis=1)
                items = np.concatenate((items, items), axis=1)
            push(keys, items, sizes, side, total, count)
            labels[count, 0], labels[count, 1], labels[count, 2] = other, label, made
            count += 1
    # 5. Leave the desk as it was found.
    for one in labels[:count, 0]:
        state[one, :] = -1
    for one in members:
        away[one, 0] = FAR
    for one in others:
        away[one, 1] = FAR
    path = [0] * 0
    while ahead >= 0:
        path.append(int(labels[ahead, 0]))
        ahead = labels[ahead, 1]
    path.reverse()
    if behind >= 0:
        behind = labels[behind, 1]
    while behind >= 0:
        path.append(int(labels[behind, 0]))
        behind = labels[behind, 1]
    return path, looks > budget


def reach(
    ground: Ground,
    known: Known,
    desk: Desk,
    toll: np.ndarray,
    starts: np.ndarray,
    steps: int,
    prize: np.ndarray,
    most: int,
    budget: int,
) -> tuple[list[int], bool]:
    """The cheapest paths of at most `steps` steps from any of `starts` to those that are wanted.

    Args:
        prize: what is added (>= 0) to the cost of the path to each party when they are compared;
            inf for those that are not wanted.
        most: ends when that many are found and no other can be cheaper with its prize.

    Returns:
        The paths in the order of cost, each from its end back to a start, then -1; whether
        the search was cut. Starts are left out.
    """
    wide, state = steps + 1, desk.state
    parties, backs, mades, by = [0] * 0, [0] * 0, [0] * 0, [0] * 0  # of numbers, says this
    least, queue = [0.0] * 0, [(0.0, 0)] * 0
    for start in starts:
        label = len(parties)
        state[start, 0], state[start, 1] = label, 0
        parties.append(start)
        backs.append(-1)
        mades.append(0)
        for _ in range(wide):
            least.append(0.0)
            by.append(label)
        queue.append((0.0, label))
    paths, top, looks, lowest, left = [0] * 0, [0.0] * 0, 0, np.inf, 0
    for party in range(len(prize)):
        if prize[party] < np.inf and state[party, 1] < 0:
            left += 1
            lowest = min(lowest, prize[party])
    while queue and left and looks <= budget:
        cost, label = heappop(queue)
        if len(top) == most and -top[0] <= cost + lowest:
            break
        one, made = parties[label], mades[label] + 1
        here = state[one, 0] * wide
        if by[here + made - 1] != label:
            continue
        if prize[one] < np.inf and state[one, 1] < 0:
            state[one, 1] = 0
            at = label
            while at >= 0:
                paths.append(parties[at])
                at = backs[at]
            paths.append(-1)
            left -= 1
            heappush(top, -cost - prize[one])
            if len(top) > most:
                heappop(top)
        if made > steps or (backs[label] >= 0 and toll[one] == np.inf):
            continue
        if known.span[one, 0] < 0:
            looks += expand(ground, known, one)
        begin, end = known.span[one]
        looks += end - begin
        if backs[label] >= 0:
            cost += toll[one]
        for i in range(begin, end):
            other, total = known.near[i], cost + known.cost[i]
            if len(top) == most and -top[0] <= total + lowest:
                break
            here = state[other, 0] * wide
            if here < 0:
                here = len(least)
                state[other, 0] = here // wide
                for _ in range(wide):
                    least.append(np.inf)
                    by.append(-1)
            elif least[here + made] <= total:
                continue
            for at in range(here + made, here + wide):
                if least[at] <= total:
                    break
                least[at] = total
                by[at] = len(parties)
            heappush(queue, (total, len(parties)))
            parties.append(other)
            backs.append(label)
            mades.append(made)
    for one in parties:
        state[one, 0] = state[one, 1] = -1
    return paths, looks > budget


def price(ground: Ground, known: Known, toll: np.ndarray, path: np.ndarray) -> float:
    """What a path costs, with the tolls between its ends; inf where it has no tie for a step."""
    total = 0.0
    for i in range(1, len(path)):
        one, other, step = path[i - 1], path[i], np.inf
        total += toll[one] if i > 1 else 0.0
        if known.span[one, 0] < 0 <= known.span[other, 0]:
            one, other = other, one  # who has a crowd about them may never have been looked at
        if known.span[one, 0] < 0:
            expand(ground, known, one)
        for at in range(known.span[one, 0], known.span[one, 1]):
            if known.near[at] == other:
                step = known.cost[at]
        total += step
    return total


@cache
def compiled() -> Any:
    """This module's functions, compiled."""
    return compile_all(expand, circle, twice, push, pop, search, reach, price, shared)
