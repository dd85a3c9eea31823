"""Which pairs come first, which are judged already; the pieces of the graph against networkx."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hub.access import PUBLIC, Viewer
from hub.identity import Judgement
from hub.matching import Evidence, Record
from hub.pages.candidates import Pair, levels_for, open_pairs
from hub.paths.pieces import Pieces, Place
from hub.paths.view import View

CONSORTIUM, BIOM = Viewer("consortium"), Viewer("partner", "biom")
WEIGHED = (
    Evidence("one name", 2.0), Evidence("two countries", -1.0), Evidence("a remark", 0.0),
    Evidence("every pair", -3.0, start=True),
)  # fmt: skip


def pair(left: str, right: str, probability: float = 0.5, *places: Place | None) -> Pair:
    ends = Record(left, "organisation", (left,)), Record(right, "organisation", (right,))
    both = (places[0], places[1]) if places else (None, None)
    return Pair(*ends, ((), ()), probability, "ask", WEIGHED, both)


def judged(verdict: str, left: str, right: str, viewer: Viewer = PUBLIC) -> Judgement:
    return Judgement(verdict, left, right, "me", "", "why", viewer, "here")


class Names(list[str]):
    def find(self, text: str) -> int | None:
        return self.index(text) if text in self else None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 6)), max_size=25, unique=True))
def test_pieces_are_the_connected_components(incidences: list[tuple[int, int]]) -> None:
    """networkx is the reference; parties are p0 to p9, evidence e0 to e6."""
    names = Names(f"p{number}" for number in range(10))
    view = SimpleNamespace(
        graph=SimpleNamespace(party=names),
        stated=np.zeros(7, dtype=bool),
        party=np.array([party for party, _ in incidences], dtype=np.int64),
        evidence=np.array([evidence for _, evidence in incidences], dtype=np.int64),
    )
    pieces = Pieces(cast(View, view))
    reference = nx.Graph([(f"p{party}", f"e{evidence}") for party, evidence in incidences])
    parts = [{n for n in part if n[0] == "p"} for part in nx.connected_components(reference)]
    for name in names:
        place = pieces.find(name)
        part = next((part for part in parts if name in part), None)
        assert (place is None) == (part is None)
        if place and part:
            assert (place.size, place.ties) == (len(part), reference.degree[name])
            for other in names:
                there = pieces.find(other)
                assert (there is not None and there.piece == place.piece) == (other in part)
    assert pieces.find("nobody") is None


def test_what_joins_the_graph_comes_before_what_has_ties_and_that_before_the_rest() -> None:
    joining = pair("a", "b", 0.5, Place(0, 20, 3), Place(1, 10, 3))
    tied = pair("c", "d", 0.5, Place(0, 20, 3), Place(0, 20, 3))
    loose = pair("e", "f", 0.9, Place(0, 20, 3), None)
    assert joining.opens == 200
    assert joining.worth > tied.worth > loose.worth == 0
    assert replace(joining, probability=0.01).worth < tied.worth, "unlikely pairs wait"
    assert "joins 20 and 10 parties" in joining.told
    assert "Both have ties" in tied.told
    assert "no ties yet" in loose.told


def test_a_pair_is_called_the_same_whichever_side_it_is_seen_from() -> None:
    assert pair("a", "b").key == pair("b", "a").key != pair("a", "c").key


def test_the_reason_of_a_verdict_is_what_speaks_for_it() -> None:
    assert pair("a", "b").because("same") == "one name"
    assert pair("a", "b").because("different") == "two countries"
    assert pair("a", "b").because("unsure") == "one name; two countries; a remark"
    assert "nothing" in replace(pair("a", "b"), evidence=()).because("same")


def test_what_is_judged_directly_or_through_others_is_not_asked_again() -> None:
    pairs = [pair("a", "b"), pair("a", "c"), pair("b", "d"), pair("x", "y")]

    def left(*judgements: Judgement, viewer: Viewer = PUBLIC) -> list[str]:
        found = open_pairs(pairs, judgements, viewer)
        return [one.left.iri + one.right.iri for one in found]

    assert left() == ["ab", "ac", "bd", "xy"]
    assert left(judged("same", "a", "b"), judged("same", "b", "c")) == ["bd", "xy"]
    assert left(judged("same", "a", "b"), judged("different", "a", "d")) == ["ac", "xy"]
    assert left(judged("unsure", "y", "x")) == ["ab", "ac", "bd"]
    hidden = judged("same", "a", "b", BIOM)
    assert left(hidden) == left(hidden, viewer=CONSORTIUM) == ["ab", "ac", "bd", "xy"]
    assert left(hidden, viewer=BIOM) == ["ac", "bd", "xy"]


def test_levels_go_upwards_to_the_viewers_own() -> None:
    assert levels_for(PUBLIC) == [PUBLIC]
    assert levels_for(CONSORTIUM) == [PUBLIC, CONSORTIUM]
    assert levels_for(BIOM) == [PUBLIC, CONSORTIUM, BIOM]
