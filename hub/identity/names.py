"""The names that follow from judgements: clusters of sames, level by level, and contradictions.

Lower levels come first, since they cannot know of higher ones:

    1. the sames of a level join what those of lower levels have joined already
    2. where a cluster then holds two things that are judged different, the sames of this level in
       it have no effect: a wrong merge is worse than one that is missing
    3. a `different` between what lower levels have joined has no effect either

A level that contradicts itself is refused: everybody who judged there could see it.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping

from hub.access import LEVELS, Viewer
from hub.errors import Refused
from hub.identity.judgements import Judgement

Same = Mapping[str, list[Judgement]]


class Standing:
    """The judgements that have an effect for a viewer: sames by IRI, differents; and the others."""

    def __init__(self, sames: Iterable[Judgement], different: Iterable[Judgement]) -> None:
        self.same = index_sames(sames)
        self.different = list(different)
        self.overruled: list[Judgement] = []
        self.clusters = Clusters(sames)

    def admit(self, new: Judgement, name: Callable[[str], str] = str) -> None:
        """Let `new` stand beside the others. `name` tells what an IRI is called.

        Raises Refused where it contradicts them, with the chain that shows it.
        """
        find = self.clusters.find
        against, chain = new, list[Judgement]()
        if new.verdict == "different" and find(new.left) == find(new.right):
            chain = find_chain(new.left, new.right, self.same)
        elif new.verdict == "same" and find(new.left) != find(new.right):
            ends = {find(new.left), find(new.right)}
            for against in self.different:
                if {find(against.left), find(against.right)} == ends:
                    turned = find(against.left) != find(new.left)
                    near, far = (new.right, new.left) if turned else (new.left, new.right)
                    chain = [*find_chain(against.left, near, self.same), new]
                    chain += find_chain(far, against.right, self.same)
                    break
        if chain:
            taken = [one for one in (against, *chain) if one is not new]
            undo = "; ".join(f"hub undo {one.reference} ({one.place})" for one in taken)
            raise Refused(
                tell_contradiction(against, chain, name),
                remedy=f"Take one of them back if it is wrong: {undo}.",
            )
        if new.verdict == "same":
            for end in (new.left, new.right):
                self.same[end].append(new)
            self.clusters.join(new.left, new.right)
        elif new.verdict == "different":
            self.different.append(new)


def settle(viewer: Viewer, judgements: Iterable[Judgement]) -> Standing:
    """What the judgements that `viewer` sees come to.

    Raises Refused where one level contradicts itself; the message shows the chain.
    """
    visible = [judgement for judgement in judgements if viewer.sees(judgement)]
    sames: list[Judgement] = []
    differents: list[Judgement] = []
    overruled: list[Judgement] = []
    for level in LEVELS:
        here = [judgement for judgement in visible if judgement.level == level]
        new = [judgement for judgement in here if judgement.verdict == "same"]
        own = index_sames(new)
        joined = Clusters(sames)
        for judgement in here:
            if judgement.verdict == "different":
                if chain := find_chain(judgement.left, judgement.right, own):
                    raise Refused(
                        tell_contradiction(judgement, chain),
                        where=judgement.place,
                        remedy="Take one of these judgements back.",
                    )
                idle = joined.find(judgement.left) == joined.find(judgement.right)
                (overruled if idle else differents).append(judgement)
        tried = Clusters((*sames, *new))
        broken = {
            tried.find(one.left)
            for one in differents
            if tried.find(one.left) == tried.find(one.right)
        }
        for judgement in new:
            (overruled if tried.find(judgement.left) in broken else sames).append(judgement)
    standing = Standing(sames, differents)
    standing.overruled = overruled
    return standing


def names_at(
    viewer: Viewer, judgements: Iterable[Judgement], seen_from: Mapping[str, Viewer]
) -> dict[str, str]:
    """Former IRI → canonical IRI, by the judgements that `viewer` sees.

    `seen_from` tells for each judged IRI the lowest level whose sources speak of it; an IRI that
    no source mentions is left out. The canonical IRI of a cluster is its member of the lowest
    level, and there the first in byte order, so that it depends on nothing that is hidden from
    who sees the member, and not on the order of the judgements.

    Raises Refused as `settle`.
    """
    standing = settle(viewer, judgements)
    clusters: dict[str, list[str]] = defaultdict(list)
    for iri in standing.same:
        clusters[standing.clusters.find(iri)].append(iri)
    names: dict[str, str] = {}
    for cluster in clusters.values():
        known = [iri for iri in cluster if iri in seen_from and viewer.sees(seen_from[iri])]
        if known:
            canonical = min(known, key=lambda i: (LEVELS.index(seen_from[i].level), i.encode()))
            names.update((iri, canonical) for iri in cluster if iri != canonical)
    return names


def tell_contradiction(
    different: Judgement, chain: Iterable[Judgement], name: Callable[[str], str] = str
) -> str:
    """What is judged different and yet joined by a chain of sames, in words."""
    told = "; ".join(
        f"{name(one.left)} = {name(one.right)} ({one.place or 'now'}, {one.by}: {one.reason})"
        for one in chain
    )
    return (
        f"{name(different.left)} and {name(different.right)} are judged different, and yet the "
        f"same through {told}. Different: {different.place or 'now'}, {different.by}: "
        f"{different.reason.rstrip('.')}."
    )


class Clusters:
    """What sames join, as a forest: `find` gives one IRI for all of a cluster."""

    def __init__(self, sames: Iterable[Judgement]) -> None:
        self._above: dict[str, str] = {}
        for one in sames:
            self.join(one.left, one.right)

    def join(self, left: str, right: str) -> None:
        self._above[self.find(left)] = self.find(right)

    def find(self, iri: str) -> str:
        above = self._above.setdefault(iri, iri)
        while above != self._above[above]:
            self._above[iri] = self._above[above]
            iri, above = above, self._above[above]
        return above


def index_sames(sames: Iterable[Judgement]) -> dict[str, list[Judgement]]:
    """Sames by each of their ends."""
    same: dict[str, list[Judgement]] = defaultdict(list)
    for judgement in sames:
        same[judgement.left].append(judgement)
        same[judgement.right].append(judgement)
    return same


def find_chain(start: str, goal: str, same: Same) -> list[Judgement]:
    """The shortest chain of sames from `start` to `goal`; empty where there is none."""
    before: dict[str, tuple[str, Judgement] | None] = {start: None}
    ahead = deque([start])
    while ahead and goal not in before:
        iri = ahead.popleft()
        for judgement in same.get(iri, ()):
            other = judgement.right if judgement.left == iri else judgement.left
            if other not in before:
                before[other] = (iri, judgement)
                ahead.append(other)
    chain: list[Judgement] = []
    step = before.get(goal)
    while step:
        chain.append(step[1])
        step = before[step[0]]
    return chain[::-1]
