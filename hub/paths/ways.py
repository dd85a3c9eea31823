"""Ways from one party to another: several, different, each step weighed; or why there is none.

Facts only, in IRIs and figures; `hub.paths.words` makes sentences of them.
"""

from __future__ import annotations

import math
from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import chain, islice
from math import inf
from types import MappingProxyType
from typing import Any

import numpy as np

from hub.errors import Invalid
from hub.paths.atlas import LENSES, Atlas, Way
from hub.paths.circles import rank_connectors
from hub.paths.graph import TieGraph
from hub.paths.search import Clock, Cut, Path, find_several, reach
from hub.paths.strength import FIGURES, Adjustment
from hub.paths.ties import Sort

MOST_WAYS, MOST_HOPS, MOST_REQUIRED = 50, 8, 3
SECONDS = 10.0
MOST_BESIDE = 3
REPEAT = math.log(2)  # a connector named before counts half when the next way is looked for


@dataclass(frozen=True)
class Relaxed:
    """A rule of the question without which there would be a way of `steps` steps."""

    rule: str  # hops, as-of, kinds, avoid, require or all
    steps: int


@dataclass(frozen=True)
class Gap:
    """Why there is no way.

    Attributes:
        tied: whether start and target have any visible tie at all.
        reached: how many parties each side reaches within the steps allowed.
        rules: the rules each of which, alone, stands in the way; `all` where several do together.
        missing: the two parties that a new tie would have to join, and the steps the way would
            then have; the nearest to each end that introduce by office.
        near: the ways to those two, from the start and to the target; None at the ends themselves.
        beside: where nobody near introduces by office, whom start and target are best tied to.
    """

    tied: tuple[bool, bool]
    reached: tuple[int, int]
    rules: tuple[Relaxed, ...]
    missing: tuple[str, str, int]
    near: tuple[Way | None, Way | None]
    beside: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())


@dataclass(frozen=True)
class Asked:
    """The question, checked and completed; part of every answer."""

    start: str
    target: str
    as_of: date
    hops: int = 5
    k: int = 3
    kinds: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    lens: str = "surest"
    adjusted: tuple[Adjustment, ...] = ()

    def __post_init__(self) -> None:
        if self.start == self.target:
            raise Invalid("From and to are the same.", remedy="Name two different parties.")
        for value, most, what in (
            (self.hops, MOST_HOPS, "steps"),
            (self.k, MOST_WAYS, "ways"),
        ):
            if not 1 <= value <= most:
                raise Invalid(
                    f"{value} {what} cannot be asked for.", remedy=f"Ask for 1 to {most}."
                )
        if self.lens not in LENSES:
            raise Invalid(f"There is no lens “{self.lens}”.", remedy=f"{', '.join(LENSES)}.")
        if len(self.require) > MOST_REQUIRED:
            raise Invalid(
                "Too many connectors are required.", remedy=f"At most {MOST_REQUIRED} can be."
            )
        ends = {self.start, self.target}
        if both := (ends | set(self.require)) & set(self.avoid):
            raise Invalid("A party is both needed and to be avoided.", where=min(both))

    def as_dict(self) -> dict[str, Any]:
        """The question as JSON shows it, under the names of the parameters."""
        told = asdict(self) | {"as_of": self.as_of.isoformat()}
        del told["adjusted"]
        for name in FIGURES:
            told[name] = [f"{one.kind}={one.value}" for one in self.adjusted if one.figure == name]
        return {"from": told.pop("start"), "to": told.pop("target")} | told


@dataclass(frozen=True)
class Ways:
    """The answer: ways, best first; a gap where there are none; `cut` if the time was over.

    `adjusted` says which figures are not the hub's own.
    """

    asked: Asked
    ways: tuple[Way, ...] = ()
    gap: Gap | None = None
    cut: bool = False
    adjusted: str = ""


def find_ways(
    graph: TieGraph,
    start_iri: str,
    target_iri: str,
    *,
    graphs: Iterable[str],
    as_of: date,
    hops: int = 5,
    k: int = 3,
    kinds: Collection[str] = (),
    avoid: Collection[str] = (),
    require: Collection[str] = (),
    lens: str = "surest",
    load: Mapping[str, int] = MappingProxyType({}),
    seconds: float = SECONDS,
    explain: bool = True,
) -> Ways:
    """Up to `k` different ways over the ties that `graphs` state on `as_of`.

    Args:
        hops: most steps between parties.
        kinds: keys of kinds of evidence that may be used (narrower ones included); none means all.
        avoid: parties that no way may pass; require: parties that every way must pass.
        lens: `surest` ranks by score; `new-ground` makes connectors with many ties costlier, so
            that ways show up over those who are asked less often; `circles` puts those first who
            know both ends, in the order of `hub.paths.circles`.
        load: how often parties were asked for introductions lately; they are spared.
        seconds: after this the search is cut and says so.
        explain: whether to find out why, where there is no way.

    Raises:
        Invalid: start and target are the same, or an option is out of range or contradictory.
    """
    require = tuple(sorted(set(require) - {start_iri, target_iri}))
    asked = Asked(
        start_iri,
        target_iri,
        as_of,
        hops,
        k,
        tuple(sorted(set(kinds))),
        tuple(sorted(set(avoid))),
        require,
        lens,
        graph.adjusted,
    )
    seen = tuple(graphs)
    atlas = Atlas(
        graph.view(seen, as_of, kinds), frozenset(avoid), lens, Clock(seconds), load, offices=True
    )
    start, target = atlas.view.find(start_iri), atlas.view.find(target_iri)
    through = [atlas.view.find(iri) for iri in require]
    ways: list[Way] = []
    cut, adjusted = False, graph.table.tell(graph.adjusted)
    try:
        if start is not None and target is not None and None not in through:
            passed = [number for number in through if number is not None]
            known: list[Path] = []
            if lens == "circles" and hops > 1 and not passed:
                known = rank_connectors(atlas, start, target)[:k]
            paths = find_several(atlas.walk, start, target, hops, through=passed, toll=REPEAT)
            others = (path for path in paths if path not in known)
            tried = islice(
                chain(known, others), 3 * k + 6
            )  # so that detours cannot keep it busy for ever
            direct = (path for path in tried if not atlas.is_detour(path, passed))
            near, _ = atlas.view.terrain.neighbours(target)
            doors = sum(party not in atlas.closed for party in near.tolist())
            chosen, cut = _choose(direct, k, doors)
            ways.extend(map(atlas.way, chosen))
        if not ways and not cut and explain:
            gap = _find_gap(graph, seen, asked, atlas)
            return Ways(asked, gap=gap, adjusted=adjusted)
    except Cut:
        cut = True
    if lens == "surest":
        ways.sort(key=lambda way: -way.score * way.wear)
    return Ways(asked, tuple(ways), cut=cut, adjusted=adjusted)


def _choose(paths: Iterable[Path], k: int, doors: int) -> tuple[list[Path], bool]:
    """`k` of the paths: by different doors, the last before the target, as far as there are any.

    A path by a door that was named, which only adds connectors to the path there, comes last. Also
    whether the search for them was cut: what was found until then stands.
    """
    new: dict[int, Path] = {}
    other: list[Path] = []
    cut = False
    try:
        for path in paths:
            if path[-2] in new:
                other.append(path)
            else:
                new[path[-2]] = path
            if len(new) >= k or (len(new) >= doors and len(new) + len(other) >= k):
                break
    except Cut:
        cut = True
    longer = {path for path in other if set(path) > set(new[path[-2]])}
    other.sort(key=lambda path: path in longer)
    return [*new.values(), *other][:k], cut


def _find_office(atlas: Atlas, end: int, sort: Sort, steps: int) -> Path | None:
    """The way to an organisation of that sort: with the fewest steps, then the best score."""
    wanted = np.flatnonzero((atlas.view.sort == sort) & (atlas.walk.toll < inf)).tolist()
    paths = reach(atlas.walk, end, steps, dict.fromkeys(wanted, 0.0)).values()
    return max(paths, key=lambda path: (-len(path), atlas.score(path), path), default=None)


def _find_gap(graph: TieGraph, seen: tuple[str, ...], asked: Asked, atlas: Atlas) -> Gap:
    view = atlas.view
    ends = (view.find(asked.start), view.find(asked.target))
    # 1. Which rule, given up alone, opens a way? Where none does: do all together?
    given_up: dict[str, dict[str, Any]] = {
        "hops": {"hops": MOST_HOPS},
        "as-of": {"as_of": max(asked.as_of, graph.latest(seen))},
        "kinds": {"kinds": ()},
        "avoid": {"avoid": ()},
        "require": {"require": ()},
    }
    looser = {rule: replace(asked, **without) for rule, without in given_up.items()}
    looser["all"] = replace(asked, **dict(ChainMap(*given_up.values())))
    rules: list[Relaxed] = []
    for rule, question in looser.items():
        if question == asked or (rule == "all" and rules):
            continue
        other = Atlas(
            graph.view(seen, question.as_of, question.kinds),
            frozenset(question.avoid),
            clock=atlas.clock,
            offices=True,
        )
        one, two = other.view.find(asked.start), other.view.find(asked.target)
        through = [other.view.find(iri) for iri in question.require]
        if one is None or two is None or None in through:
            continue
        passed = [number for number in through if number is not None]
        found = next(
            find_several(other.walk, one, two, question.hops, through=passed, toll=0.0), None
        )
        if found:
            rules.append(Relaxed(rule, len(found) - 1))
    # 2. How far does each end reach, and who there introduces by office?
    near: list[Way | None] = []
    reached, bridge, steps = [], [], 1
    for end, iri in zip(ends, (asked.start, asked.target), strict=True):
        reached.append(view.terrain.count(atlas.walk, end, asked.hops) if end is not None else 0)
        path = None
        if end is not None and view.sort[end] != Sort.GATEWAY:
            path = _find_office(atlas, end, Sort.GATEWAY, (asked.hops - 1) // 2)
            if not path and view.sort[end] == Sort.PERSON:
                # Somebody's own house will do where it is all there is.
                path = _find_office(atlas, end, Sort.ORGANISATION, (asked.hops - 1) // 2)
        way = atlas.way(path) if path else None
        near.append(way)
        bridge.append(way.parties[-1] if way else iri)
        steps += len(way.steps) if way else 0
    beside: list[tuple[str, ...]] = []
    official = any(near) or any(e is not None and view.sort[e] == Sort.GATEWAY for e in ends)
    for end in ends:
        first = [] if end is None or official else view.terrain.neighbours(end)[0].tolist()
        open_ = [party for party in first if party not in atlas.closed]
        beside.append(tuple(graph.party[party] for party in open_[:MOST_BESIDE]))
    return Gap(
        (ends[0] is not None, ends[1] is not None),
        (reached[0], reached[1]),
        tuple(rules),
        (bridge[0], bridge[1], steps),
        (near[0], near[1]),
        (beside[0], beside[1]),
    )
