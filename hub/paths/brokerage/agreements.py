"""Agreements: which to sign next, and what would close with those that are about to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from hub.paths.atlas import Atlas
from hub.paths.brokerage.brokers import keep_ties
from hub.paths.brokerage.sides import Sides
from hub.paths.evidence import parse_date
from hub.paths.facts import PREFIXES, SelectVisible
from hub.paths.search import Path, reach
from hub.paths.ties import EPOCH, Sort
from hub.paths.view import View

MOST_OURS = 40  # organisations of ours for which it is tried what their agreements would open
KIND = "agreement"  # the row of the table of strength by which a new agreement is reckoned

_ENDS = """SELECT DISTINCT ?agreement ?end WHERE {
  ?agreement a mc:Agreement
  OPTIONAL { VALUES ?property { schema:endDate schema:validThrough } ?agreement ?property ?end }
}"""

Ways = Mapping[int, Path | None]  # of each member the best way to a door


@dataclass(frozen=True)
class Proposal:
    """An agreement to sign: between whom, and the members that it would bring within reach.

    `others` are doors with which it would do the same.
    """

    party: int
    door: int
    others: tuple[int, ...]
    gained: tuple[int, ...]


def propose_agreements(
    sides: Sides, doors: Sequence[int], ways: Ways, above: float, most: int = 5
) -> list[Proposal]:
    """The agreements that bring most members within reach of a market, each after those before.

    One side is an organisation of ours that introduces by office (a cluster, network or agency; any
    member where there is none; of more than forty those with most contacts), the other a door that
    is an organisation, not ours, and not tied to it yet. A way s → a – d over a new tie of a and d
    is the best way s → a, a hand-over, and the tie: so one search from each a says what all
    agreements of a would open.

    Args:
        ways: the best way of each member now; within reach is who has one of strength `above`.

    Raises:
        Cut: the time is over.
    """
    view, table = sides.view, sides.view.graph.table
    fresh = table.kind(KIND).base
    far = {member for member, way in ways.items() if sides.score(way) < above}
    ours = [member for member in sides.members if view.sort[member] == Sort.GATEWAY]
    foreign = [
        door for door in doors if view.sort[door] < Sort.PERSON and not _is_ours(sides, door)
    ]
    opened: dict[int, set[int]] = {}
    free: dict[int, list[int]] = {}
    near = {one: view.terrain.neighbours(one)[0] for one in ours or sides.members}
    for one in sorted(near, key=lambda one: -len(near[one]))[:MOST_OURS]:
        tied = set(near[one].tolist())
        free[one] = [door for door in foreign if door not in tied]
        if not free[one] or fresh < above:
            continue
        wanted = dict.fromkeys(far - {one}, 0.0)
        found = reach(sides.atlas.walk, one, sides.hops - 1, wanted) if sides.hops > 1 else {}
        opened[one] = {
            member
            for member, path in found.items()
            if sides.score(path) * table.hand_over * fresh >= above
        } | ({one} & far)
    proposals: list[Proposal] = []
    while opened and len(proposals) < most:
        one = min(opened, key=lambda one: (-len(opened[one]), sides.name(one)))
        gained = opened.pop(one)
        if not gained:
            break
        door, *others = free[one]
        proposals.append(Proposal(one, door, tuple(others), tuple(sorted(gained, key=sides.name))))
        opened = {other: members - gained for other, members in opened.items()}
    return proposals


def _is_ours(sides: Sides, door: int) -> bool:
    """Whether a door is a member, or an office of one: nobody signs with oneself."""
    near = sides.view.terrain.neighbours(door)[0].tolist()
    return door in sides.members or any(
        tie.kind.key == "unit"
        for member in set(sides.members).intersection(near)
        for tie in sides.view.ties(member, door)
    )


@dataclass(frozen=True)
class Ends:
    """The ends of agreements: how many are known, of how many an end is said, who ends soon."""

    known: int
    dated: int
    soon: tuple[tuple[str, date], ...]


def find_ends(view: View, select: SelectVisible, last: date) -> Ends:
    """Agreements that have begun by the day of the view and end after it, until `last`."""
    ends: dict[str, date | None] = {}
    for row in select(PREFIXES + _ENDS):
        span = parse_date(row["end"].value) if "end" in row else None
        said = [date.fromordinal(EPOCH + span[1])] if span else []
        said += [end for end in [ends.get(row["agreement"].value)] if end]
        ends[row["agreement"].value] = max(said, default=None)
    begun = {iri for iri, age in view.ages_of(list(ends)).items() if age.begun}
    dated = [(end, iri) for iri, end in ends.items() if end and iri in begun]
    soon = tuple((iri, end) for end, iri in sorted(dated) if view.as_of < end <= last)
    return Ends(len(begun), len(dated), soon)


@dataclass(frozen=True)
class Closing:
    """What would close without an agreement: the members who then have no way to the market, those
    whose best way is weaker then, the doors to which nobody has a way any more."""

    agreement: str
    market: str
    lost: tuple[int, ...]
    weakened: tuple[int, ...]
    doors: tuple[int, ...]


def close_agreement(
    sides: Sides, market: str, ways: Ways, reached: set[int], agreement: str
) -> Closing:
    """What would close in one market if an agreement, taken away whole, were no more.

    Only members who have it on the best way can lose by that, and are searched for again.

    Args:
        ways: of each member now; reached: the doors to which some member has a way now.

    Raises:
        Cut: the time is over.
    """
    view = sides.view
    number = view.graph.evidence.find(agreement)
    number = -1 if number is None else number
    parties = set(view.takers([agreement]).get(agreement, ()))
    left = Atlas(keep_ties(view, view.evidence != number), clock=sides.atlas.clock)
    lost, weakened = [], []
    over = {
        member: path
        for member, path in ways.items()
        if path and any(parties.issuperset(step) for step in pairwise(path))
    }
    doors = sides.doors[market]
    others = sides.find_ways(over, doors, left) if over else {}
    for member, path in over.items():
        other = others[member]
        if other is None:
            lost.append(member)
        elif left.score(other) < sides.score(path) * (1 - 1e-9):
            weakened.append(member)
    closed = reached - sides.find_reached(doors, left)
    return Closing(agreement, market, tuple(lost), tuple(weakened), tuple(sorted(closed)))
