"""One thing, many names: judgements of sameness, and the canonical IRIs that follow from them.

Sources stay as they were said. A judgement says that two IRIs mean the same thing, or different
things, or that nobody can tell, by whom, when and why; it is visible at a level, like a source.
At each level the judgements visible there join IRIs into clusters, and the view of the data writes
each cluster under one of its IRIs. A judgement of a higher level never changes a lower one.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from hub.access import LEVELS, Viewer, parse_viewer
from hub.errors import HubError, Refused
from hub.store.quads import check_iri

COLUMNS = ("judgement", "left", "right", "by", "date", "visibility", "reason")
VERDICTS = ("same", "different", "unsure")


@dataclass(frozen=True)
class Judgement:
    """What somebody decided of two IRIs.

    Attributes:
        verdict: same, different or unsure.
        left, right: absolute IRIs as the sources mint them, never rewritten ones.
        by, date, reason: who decided, when, and on what evidence.
        viewer: from which level of visibility on the judgement is known.
        place: file and line where it stands.
    """

    verdict: str
    left: str
    right: str
    by: str
    date: str
    reason: str
    viewer: Viewer
    place: str

    @property
    def level(self) -> str:
        return self.viewer.level

    @property
    def partner(self) -> str | None:
        return self.viewer.partner

    @property
    def iri(self) -> str:
        """A stable key of what is judged and how, whoever judged it where."""
        text = "\n".join((self.verdict, *sorted((self.left, self.right)), str(self.viewer)))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_judgements(paths: Iterable[Path], base: str) -> tuple[Judgement, ...]:
    """Read files of judgements: CSV with the columns `COLUMNS`; others are for the reader's eye.

    IRIs may be relative to `base`. Raises Refused naming file, line and value where a file cannot
    be read or a row is wrong; a missing file is a wrong setting and refused too.
    """
    found: list[Judgement] = []
    for path in paths:
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                found += read_rows(file, path.name, base)
        except OSError as error:
            raise Refused(
                "The file of judgements cannot be read.", where=str(path), remedy=str(error)
            ) from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise Refused(
                f"This is not CSV in UTF-8: {error}.", where=str(path), remedy="Save it as such."
            ) from error
    return tuple(found)


def read_rows(file: Iterable[str], name: str, base: str) -> Iterator[Judgement]:
    rows = csv.DictReader(file, strict=True)
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise Refused(
            f"The file of judgements has no column {', '.join(missing)}.",
            where=name,
            remedy=f"It needs {', '.join(COLUMNS)}.",
        )
    for row in rows:
        place = f"{name}, line {rows.line_num}"
        values = {column: (row[column] or "").strip() for column in COLUMNS}
        try:
            if values["judgement"] not in VERDICTS:
                raise Refused(f"{values['judgement']!r} is no judgement: {', '.join(VERDICTS)}.")
            if not values["by"] or not values["reason"]:
                raise Refused("A judgement needs who decided it and why.")
            left, right = (check_iri(urljoin(base, values[side])) for side in ("left", "right"))
            if left == right:
                raise Refused(f"A thing cannot be judged against itself: {left}.")
            viewer = parse_viewer(values["visibility"])
        except HubError as error:
            raise Refused(
                error.message, where=place, remedy=error.remedy or "Mend the row."
            ) from error
        yield Judgement(
            values["judgement"], left, right, values["by"], values["date"], values["reason"],
            viewer, place,
        )  # fmt: skip


def names_at(
    viewer: Viewer, judgements: Iterable[Judgement], seen_from: Mapping[str, Viewer]
) -> dict[str, str]:
    """Former IRI → canonical IRI, by the judgements that `viewer` sees.

    `seen_from` tells for each judged IRI the lowest level whose sources speak of it; an IRI that
    no source mentions is left out. The canonical IRI of a cluster is its member of the lowest
    level, and there the first in byte order, so that it depends on nothing that is hidden from
    who sees the member, and not on the order of the judgements.

    Raises Refused where IRIs judged different are joined by a chain of sames; the message shows
    the chain.
    """
    visible = [judgement for judgement in judgements if viewer.sees(judgement)]
    same: dict[str, list[Judgement]] = defaultdict(list)
    for judgement in visible:
        if judgement.verdict == "same":
            same[judgement.left].append(judgement)
            same[judgement.right].append(judgement)
    for judgement in visible:
        if judgement.verdict == "different":
            chain = find_chain(judgement.left, judgement.right, same)
            if chain:
                listed = "; ".join(f"{c.left} = {c.right} ({c.place}: {c.reason})" for c in chain)
                raise Refused(
                    f"{judgement.left} and {judgement.right} are judged different, and yet the "
                    f"same through {listed}.",
                    where=judgement.place,
                    remedy="Take one of these judgements back.",
                )
    names: dict[str, str] = {}
    done: set[str] = set()
    for start in sorted(same):
        if start in done:
            continue
        cluster = reach(start, same)
        done |= cluster
        known = [iri for iri in cluster if iri in seen_from and viewer.sees(Seen(seen_from[iri]))]
        if known:
            canonical = min(known, key=lambda i: (LEVELS.index(seen_from[i].level), i.encode()))
            names.update((iri, canonical) for iri in cluster if iri != canonical)
    return names


@dataclass(frozen=True)
class Seen:
    """A level as something that a viewer sees or not (`hub.access.Visible`)."""

    viewer: Viewer

    @property
    def iri(self) -> str:
        return str(self.viewer)

    @property
    def level(self) -> str:
        return self.viewer.level

    @property
    def partner(self) -> str | None:
        return self.viewer.partner


def reach(start: str, same: Mapping[str, list[Judgement]]) -> set[str]:
    """All IRIs that chains of sames join to `start`, itself among them."""
    cluster, ahead = {start}, [start]
    while ahead:
        for judgement in same.get(ahead.pop(), ()):
            for iri in (judgement.left, judgement.right):
                if iri not in cluster:
                    cluster.add(iri)
                    ahead.append(iri)
    return cluster


def find_chain(start: str, goal: str, same: Mapping[str, list[Judgement]]) -> list[Judgement]:
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
