"""Connectors who know both ends are ranked as the evaluation ranks them, and the lens shows it."""

from __future__ import annotations

import csv
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from hub.paths.atlas import Atlas
from hub.paths.circles import score_connectors
from hub.paths.evaluation.cases import Case, History
from hub.paths.evaluation.collaborations import EPOCH, read_collaborations
from hub.paths.evaluation.ranking import connect, weigh_candidates
from hub.paths.strength import CEILING
from hub.paths.ways import find_ways

from .worlds import PUBLIC, World, iri

CUT = date(2018, 1, 1)
PARTIES = 8
PROJECTS = st.lists(
    st.tuples(
        st.integers(2008, 2016),
        st.integers(0, 3),
        st.frozensets(st.integers(0, PARTIES - 1), min_size=2, max_size=5),
    ),
    min_size=2,
    max_size=8,
)
Projects = list[tuple[int, int, frozenset[int]]]


def build(folder: Path, projects: Projects) -> World:
    lines = []
    for number, (begin, years, parties) in enumerate(projects):
        lines.append(
            f'<project/{number}> a mc:Project ; schema:startDate "{begin}-01-01"^^xsd:date ; '
            f'schema:endDate "{begin + years}-12-31"^^xsd:date .'
        )
        lines += [
            f"<i/{number}-{party}> mc:involves <o/p{party}> ; mc:involvedIn <project/{number}> ."
            for party in parties
        ]
    return World(folder, public="\n".join(lines))


@given(PROJECTS)
@example([(2014, 3, frozenset({0, 1}))] * 5 + [(2008, 0, frozenset({0, 1, 2}))])
@settings(max_examples=40, deadline=None)
def test_the_scores_are_those_of_the_evaluation(projects: Projects) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = build(folder, projects)
        with (folder / "table.csv").open("w", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(("rcn", "pic", "start_date", "end_date"))
            for number, (begin, years, parties) in enumerate(projects):
                for party in parties:
                    rows.writerow(
                        (f"{number}", f"p{party}", f"{begin}-01-01", f"{begin + years}-12-31")
                    )
        everything = read_collaborations(folder / "table.csv", lambda *_: None)
    atlas = Atlas(world.ties.view([PUBLIC], CUT))
    named = sorted({f"p{party}" for *_, parties in projects for party in parties})
    ends = [atlas.view.find(iri(f"o/{one}")) for one in named[:2]]
    assert None not in ends
    terrain, hand_over = atlas.view.terrain, world.ties.table.hand_over
    costs = [terrain.neighbours(one)[1] for one in range(terrain.size)]
    # What is next to certain is told as CEILING, which the evaluation does without.
    assume(all((np.exp(-cost) / hand_over < CEILING - 1e-9).all() for cost in costs))
    scores = score_connectors(atlas, *ends)  # type: ignore[arg-type]
    assert set(scores).isdisjoint(ends)
    candidates = [at for at, one in enumerate(named) if atlas.view.find(iri(f"o/{one}")) in scores]
    assert len(candidates) == len(scores)
    if not scores:
        return
    cut, kind = CUT.toordinal() - EPOCH, world.ties.table.kind("project")
    case = Case(0, 0, 1, np.array(candidates), np.ones(len(candidates), dtype=bool))
    weighed = weigh_candidates(
        everything, History(everything, cut), [case], cut, kind, lambda *_: None
    )
    expected = connect(weighed, led=0, compatriot=1)
    ours = [scores[atlas.view.find(iri(f"o/{named[at]}")) or 0][0] for at in candidates]
    assert ours == pytest.approx(list(expected), abs=1e-12)


def test_the_lens_asks_whoever_moves_in_circles_that_know_both(tmp_path: Path) -> None:
    """p2 has the strongest ties; p3 has met p4 and p5, whom both ends know."""
    world = build(
        tmp_path,
        [
            (2016, 1, frozenset({0, 2})), (2016, 1, frozenset({1, 2})),
            (2013, 1, frozenset({0, 3, 4})), (2013, 1, frozenset({1, 3, 5})),
            (2016, 1, frozenset({0, 5})), (2016, 1, frozenset({1, 4})),
            (2015, 1, frozenset({3, 4, 5})),
        ],
    )  # fmt: skip
    first = {}
    for lens in ("surest", "circles"):
        ways = find_ways(
            world.ties, iri("o/p0"), iri("o/p1"), graphs=[PUBLIC], as_of=CUT, k=2, lens=lens
        ).ways
        assert len({way.key for way in ways}) == 2
        first[lens] = ways[0].parties[1]
    assert first["surest"] == iri("o/p2")
    assert first["circles"] != iri("o/p2")
