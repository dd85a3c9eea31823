"""What must hold for ways in any world, however it is changed."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.paths.ways import find_ways

from .worlds import PUBLIC, TODAY, World, iri

PARTIES = 6
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["schema:Event", "mc:Mission", "mc:Project", "mc:Agreement"]),
        st.integers(2000, 2015),
        st.frozensets(st.integers(0, PARTIES - 1), min_size=2, max_size=4),
    ),
    min_size=1,
    max_size=7,
)
Events = list[tuple[str, int, frozenset[int]]]


def write(events: Events, prefix: str = "o/x") -> str:
    lines = []
    for number, (kind, year, parties) in enumerate(events):
        date_of = "mc:signed" if kind == "mc:Agreement" else "schema:startDate"
        lines.append(f'<{prefix}-e{number}> a {kind} ; {date_of} "{year}"^^xsd:gYear .')
        lines += [
            f"<{prefix}-i{number}-{party}> mc:involves <{prefix}{party}> ; "
            f"mc:involvedIn <{prefix}-e{number}> ."
            for party in sorted(parties)
        ]
    return "\n".join(lines)


def best_score(events: Events, prefix: str = "o/x", hidden: Events | None = None) -> float:
    with tempfile.TemporaryDirectory() as folder:
        graphs = {"public": write(events, prefix)}
        if hidden:
            graphs["hidden"] = write(hidden, prefix + "h").replace(f"<{prefix}h", f"<{prefix}")
        world = World(Path(folder), **graphs)
        ends = (iri(f"{prefix}0"), iri(f"{prefix}1"))
        ways = find_ways(world.ties, *ends, graphs=[PUBLIC], as_of=TODAY, k=1).ways
        return ways[0].score if ways else 0.0


@given(EVENTS, st.integers(0, 6), st.integers(0, 15))
@settings(max_examples=40, deadline=None)
def test_newer_evidence_never_weakens(events: Events, which: int, years: int) -> None:
    kind, year, parties = events[which % len(events)]
    newer = list(events)
    newer[which % len(events)] = (kind, min(2016, year + years), parties)
    assert best_score(newer) >= best_score(events) * (1 - 1e-9)


@given(EVENTS)
@settings(max_examples=30, deadline=None)
def test_without_the_evidence_of_the_weakest_step_the_best_way_is_weaker(events: Events) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), public=write(events))
        ends = (iri("o/x0"), iri("o/x1"))
        ways = find_ways(world.ties, *ends, graphs=[PUBLIC], as_of=TODAY, k=1).ways
    if not ways:
        return
    cited = {int(tie.evidence.rpartition("-e")[2]) for tie in ways[0].weakest.ties}
    fewer = [event for number, event in enumerate(events) if number not in cited]
    assert best_score(fewer) < ways[0].score


@given(st.integers(2000, 2014), st.integers(1, 20), st.integers(1, 20))
@settings(max_examples=25, deadline=None)
def test_what_is_over_ages_from_its_end_on(end: int, sooner: int, later: int) -> None:
    over = f"""<m/1> a org:Membership ; org:member <o/x0> ; org:organization <o/x1> ;
        schema:startDate "1999"^^xsd:gYear ; schema:endDate "{end}-12-31"^^xsd:date ."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder), public=over)
        then, soon, late = (
            find_ways(world.ties, iri("o/x0"), iri("o/x1"), graphs=[PUBLIC], as_of=day, k=1).ways[0]
            for day in (
                date(end, 12, 31),
                date(end + sooner, 7, 1),
                date(end + sooner + later, 7, 1),
            )
        )
    assert then.score == pytest.approx(world.ties.table.kind("membership").base)
    assert then.score > soon.score > late.score > 0


@given(EVENTS)
@settings(max_examples=30, deadline=None)
def test_new_names_change_no_score(events: Events) -> None:
    assert best_score(events, "z/renamed") == pytest.approx(best_score(events))


@given(EVENTS, EVENTS)
@settings(max_examples=30, deadline=None)
def test_hidden_graphs_change_nothing(events: Events, hidden: Events) -> None:
    assert best_score(events, hidden=hidden) == best_score(events)
