"""Everything about brokers and gaps of some markets, as facts: who, what, how much.

Several markets are looked at one by one; over whom most runs is told of their doors together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar

from hub.paths.atlas import Step
from hub.paths.brokerage.agreements import (
    Closing,
    Ends,
    Proposal,
    close_agreement,
    find_ends,
    propose_agreements,
)
from hub.paths.brokerage.brokers import (
    Betweenness,
    Circle,
    leave_crowds,
    measure_betweenness,
    measure_circle,
)
from hub.paths.brokerage.narrows import Narrow, ShortWays, find_narrows, find_short_ways
from hub.paths.brokerage.sides import Sides
from hub.paths.facts import SelectVisible
from hub.paths.search import Cut, Path

MOST_BROKERS, MOST_NARROWS, MOST_STEPS = 10, 12, 4

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Rules:
    """What is asked.

    Attributes:
        as_of: the day as of which ties are judged; hops: most steps of a way.
        above: the strength from which on a market is within reach.
        until: agreements that end until this day are about to end.
    """

    as_of: date
    until: date
    hops: int = 5
    above: float = 0.1


@dataclass(frozen=True)
class Broker:
    """A party between our members and the doors.

    Attributes:
        share: of the shortest ways from members to doors; circle: what its contacts are.
        narrow: what cannot be reached but over it, None where there are ways around.
        steps: the ties of best ways that show it, the most used first.
    """

    party: int
    share: float
    circle: Circle
    narrow: Narrow | None
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Reach:
    """How well members come into one market.

    Attributes:
        ways: the best way of each member that was looked at; near: those within reach.
        narrows: what many ways pass, parties and evidence, the dozen missed most.
    """

    market: str
    ways: Mapping[int, Path | None]
    near: tuple[int, ...]
    narrows: tuple[Narrow, ...]
    short: ShortWays
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True)
class Report:
    """The whole answer.

    Attributes:
        short: the ways to all doors together, from which `brokers` are told.
        crowds: how much evidence was left out where contacts are counted.
        coverage: (cluster, market) → strength of the best way, 0 where there is none, 1 where it is
            a door itself.
        closings: of agreements about to end, each by itself; those that close nothing left out.
        cut: the time was over; what is missing was not looked at.
    """

    sides: Sides
    rules: Rules
    short: ShortWays
    brokers: tuple[Broker, ...]
    between: Betweenness
    crowds: int
    reaches: tuple[Reach, ...]
    coverage: Mapping[tuple[str, str], float]
    ends: Ends
    closings: tuple[Closing, ...]
    cut: bool


class _Attempts:
    """Calls what may take too long, and remembers whether anything did; that gives None."""

    cut = False

    def __call__(self, function: Callable[..., Answer], *args: Any) -> Answer | None:
        try:
            return function(*args)
        except Cut:
            self.cut = True
            return None


def make_report(
    sides: Sides, select: SelectVisible, rules: Rules, clusters: Sequence[str]
) -> Report:
    """Brokers and gaps of the markets of `sides`; coverage of `clusters` alone."""
    view, attempt = sides.view, _Attempts()
    # 1. Market by market: who comes how near, what all of them pass, what would help.
    reaches: list[Reach] = []
    coverage: dict[tuple[str, str], float] = {}
    numbers = {
        number: cluster
        for cluster, number in zip(clusters, view.find_all(clusters), strict=True)
        if number is not None
    }
    for market, doors in sides.doors.items():
        attempt(sides.atlas.clock.check)
        if attempt.cut:
            break
        found = attempt(sides.find_ways, {**dict.fromkeys(sides.members), **numbers}, doors)
        ways = {member: found[member] for member in sides.members} if found and doors else {}
        if found is not None:
            coverage |= {(cluster, market): 0.0 for cluster in clusters}
            coverage |= {
                (cluster, market): sides.score(found[number]) for number, cluster in numbers.items()
            }
        near = tuple(one for one, way in ways.items() if sides.score(way) >= rules.above)
        short = find_short_ways(view, sides.members, doors, rules.hops)
        narrows = tuple(_rank(find_narrows(short), sides)[:MOST_NARROWS])
        proposals = attempt(propose_agreements, sides, doors, ways, rules.above) or ()
        reaches.append(Reach(market, ways, near, narrows, short, tuple(proposals)))

    # 2. Over whom most runs, to the doors of all these markets.
    if reaches and len(sides.doors) == 1:
        short, narrows = reaches[0].short, reaches[0].narrows
    else:
        short = find_short_ways(view, sides.members, sides.all_doors(), rules.hops)
        narrows = tuple(_rank(find_narrows(short), sides))
    between = measure_betweenness(short)
    lone, crowds = leave_crowds(view)
    brokers = [
        Broker(
            party,
            between.shares.get(party, 0.0),
            measure_circle(lone, party),
            narrow,
            tuple(_show(sides, party, [way for reach in reaches for way in reach.ways.values()])),
        )
        for party, narrow in _choose_brokers(between, narrows, sides)
    ]

    # 3. What would close with agreements that are about to end.
    ends = find_ends(view, select, rules.until)
    closings = []
    for reach in reaches if ends.soon and sides.members else ():
        reached = attempt(sides.find_reached, sides.doors[reach.market]) or set()
        for agreement, _ in ends.soon if reached else ():
            closings.append(
                attempt(close_agreement, sides, reach.market, reach.ways, reached, agreement)
            )
    closed = tuple(one for one in closings if one and (one.lost or one.weakened or one.doors))
    return Report(
        sides, rules, short, tuple(brokers), between, crowds, tuple(reaches), coverage, ends,
        closed, attempt.cut,
    )  # fmt: skip


def _rank(narrows: Iterable[Narrow], sides: Sides) -> list[Narrow]:
    """Those that most depend on first; of equals, a party before a piece of evidence.

    That a member hangs on what makes it one goes without saying, and is left out.
    """

    def key(narrow: Narrow) -> tuple[int, int, bool, str]:
        names = sides.view.graph
        name = names.evidence[-narrow.node - 1] if narrow.node < 0 else sides.name(narrow.node)
        return -len(narrow.members), -len(narrow.doors), narrow.node < 0, name

    telling = (n for n in narrows if n.node >= 0 or len(n.members) > 1 or n.doors)
    return sorted(telling, key=key)


def _choose_brokers(
    between: Betweenness, narrows: Sequence[Narrow], sides: Sides
) -> list[tuple[int, Narrow | None]]:
    """Over whom most runs: who cannot be gone around by most first, then by the share of ways."""
    size = len(sides.view.graph.party)
    passed: dict[int, Narrow | None] = {party: None for party in between.shares if party < size}
    passed |= {narrow.node: narrow for narrow in narrows if 0 <= narrow.node < size}

    def key(party: int) -> tuple[int, float, str]:
        narrow = passed[party]
        missed = len(narrow.members) if narrow else 0
        return -missed, -round(between.shares.get(party, 0.0), 9), sides.name(party)

    return [(party, passed[party]) for party in sorted(passed, key=key)[:MOST_BROKERS]]


def _show(sides: Sides, party: int, ways: Iterable[Path | None]) -> list[Step]:
    """The ties of a party that best ways run over, on either side of it, the most used first."""
    before, after = Counter[int](), Counter[int]()
    for path in ways:
        for one, other in pairwise(path or ()):
            if other == party:
                before[one] += 1
            elif one == party:
                after[other] += 1
    shown = []
    for used in (before, after):
        chosen = sorted(used, key=lambda other: (-used[other], sides.name(other)))
        shown += [sides.atlas.way((party, other)).steps[0] for other in chosen[: MOST_STEPS // 2]]
    return shown
