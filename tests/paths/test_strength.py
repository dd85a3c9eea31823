"""Other figures for one question: read, held within bounds, and reckoned with before the search."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.paths.strength import FIGURES, Adjustment, StrengthTable, TieKind
from hub.paths.ways import find_ways

from .worlds import PUBLIC, TODAY, World, iri

TABLE = StrengthTable(
    tuple(TieKind(key, f"the {key}", 0.5, 4.0, 0.3, False, "why") for key in ("mou", "visit"))
)


@pytest.mark.parametrize("text", ["", "mou", "mou=", "mou=much", "mou=0,5", "mou=1_0", "=;"])
def test_what_is_no_figure_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="is no strength"):
        Adjustment.read("strength", text)


@given(st.sampled_from(sorted(FIGURES)), st.floats())
def test_a_figure_is_within_its_bounds_or_refused(figure: str, value: float) -> None:
    adjustment = Adjustment.read(figure, f"mou={value!r}")
    attribute, least, most, _ = FIGURES[figure]
    if not least <= value <= most:
        with pytest.raises(Invalid, match="cannot be reckoned with"):
            TABLE.compare([adjustment])
        return
    changed = TABLE.adjust(TABLE.compare([adjustment]))
    assert getattr(changed.kind("mou"), attribute) == value
    assert changed.kind("visit") == TABLE.kind("visit")


def test_a_kind_goes_by_its_key_or_label_once_and_own_figures_are_none() -> None:
    one, same = Adjustment.read("discount", "the-mou=1"), Adjustment.read("discount", "mou=1")
    assert TABLE.compare([one]) == TABLE.compare([same])
    with pytest.raises(Invalid, match="given twice"):
        TABLE.compare([one, same])
    assert not TABLE.compare([Adjustment.read("strength", "mou=0.5")])
    with pytest.raises(Invalid, match="no kind of evidence"):
        TABLE.compare([Adjustment.read("strength", "friend=0.5")])


def test_other_figures_choose_another_way(world: Callable[..., World]) -> None:
    made = world(
        public="""
        <a/1> a mc:Agreement ; mc:agreementKind <concept/agreement-kind/mou> ;
            mc:signed "2016-06"^^xsd:gYearMonth .
        <i/1> mc:involves <o/from> ; mc:involvedIn <a/1> .
        <i/2> mc:involves <o/by-mou> ; mc:involvedIn <a/1> .
        <e/1> a mc:Mission ; schema:startDate "2016-06"^^xsd:gYearMonth .
        <i/3> mc:involves <o/from> ; mc:involvedIn <e/1> .
        <i/4> mc:involves <o/by-mission> ; mc:involvedIn <e/1> .
        <p/1> a mc:Project .
        <i/5> mc:involves <o/by-mou> ; mc:involvedIn <p/1> .
        <i/6> mc:involves <o/by-mission> ; mc:involvedIn <p/1> .
        <i/7> mc:involves <o/to> ; mc:involvedIn <p/1> ."""
    )
    ends = iri("o/from"), iri("o/to")
    for text, through in (("mou=0.8", "o/by-mou"), ("mou=0.1", "o/by-mission")):
        graph = made.ties.weighed([Adjustment.read("strength", text)])
        ways = find_ways(graph, *ends, graphs=[PUBLIC], as_of=TODAY, k=1)
        assert ways.ways[0].parties[1] == iri(through)
        assert bool(ways.adjusted) == bool(graph.adjusted) == (text == "mou=0.1")
