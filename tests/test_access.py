"""Levels of visibility: who sees which graphs."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from hub.access import PUBLIC, Viewer, parse_viewer
from hub.errors import Invalid

CONSORTIUM, BIOM, BIOCAT = (
    Viewer("consortium"), Viewer("partner", "biom"), Viewer("partner", "biocat"),
)  # fmt: skip


@dataclass(frozen=True)
class Graph:
    iri: str
    level: str
    partner: str | None = None
    stands_for: tuple[str, ...] = ()


GRAPHS = (
    Graph("public", "public"),
    Graph("members", "consortium"),
    Graph("biom's", "partner", "biom"),
    Graph("biocat's", "partner", "biocat"),
)


def test_what_stands_for_a_graph_is_seen_at_its_own_level_alone() -> None:
    graphs = (
        *GRAPHS,
        Graph("public as members name it", "consortium", None, ("public",)),
        Graph("public as biom names it", "partner", "biom", ("public",)),
    )
    assert PUBLIC.graphs(graphs) == ("public",)
    assert CONSORTIUM.graphs(graphs) == ("members", "public as members name it")
    assert BIOM.graphs(graphs) == ("members", "biom's", "public as biom names it")
    # A partner that has nothing of its own sees what members see.
    stranger = Viewer("partner", "stranger")
    assert stranger.graphs(graphs) == CONSORTIUM.graphs(graphs)


def test_levels_nest_and_partners_do_not_see_each_other() -> None:
    assert PUBLIC.graphs(GRAPHS) == ("public",)
    assert CONSORTIUM.graphs(GRAPHS) == ("public", "members")
    assert BIOM.graphs(GRAPHS) == ("public", "members", "biom's")
    assert BIOCAT.graphs(GRAPHS) == ("public", "members", "biocat's")


@pytest.mark.parametrize("viewer", [PUBLIC, CONSORTIUM, BIOM])
def test_a_level_is_written_as_it_is_read(viewer: Viewer) -> None:
    assert parse_viewer(str(viewer)) == viewer


@pytest.mark.parametrize("text", ["", "king", "partner", "partner:", "public:x", "partner:A b"])
def test_other_levels_are_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_viewer(text)
