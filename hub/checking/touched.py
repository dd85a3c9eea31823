"""Which things shapes may judge otherwise than before, where only some statements came and went."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from hub.checking.examination import Select
from hub.store.files import read_ends

STEPS_BACK = 2  # as far as the shapes look
MOST_TOUCHED = 5_000  # things that shapes are held against one by one


def find_touched(moved: Iterable[Path], graph: str, select: Select) -> set[str] | None:
    """The things of a graph that shapes may judge otherwise than before; None for all.

    These are what statements in the files `moved` are about, and what refers to that over two
    steps. `select` asks the graph as it is now.
    """
    subjects: set[str] = set()
    objects: set[str] = set()
    for path in moved:
        if (ends := read_ends(path, MOST_TOUCHED, graph)) is None:
            return None
        subjects |= ends[0]
        objects |= ends[1]
    touched, ahead = subjects | objects, subjects
    for _ in range(STEPS_BACK):
        if len(touched) >= MOST_TOUCHED:
            return None
        listed = " ".join(f"<{iri}>" for iri in ahead)
        back = f"SELECT DISTINCT ?s {{ VALUES ?o {{ {listed} }} ?s ?p ?o }}"
        ahead = {row["s"].value for row in select(back)} - touched
        touched |= ahead
    return touched
