"""Levels of visibility and tokens: what opens, what does not, and what is kept of a secret."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access import (
    PUBLIC,
    Viewer,
    check_token,
    create_token,
    list_tokens,
    parse_viewer,
    revoke_token,
)
from hub.errors import Invalid, NotFound, Unauthorised
from hub.history import ledger

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


def test_a_token_opens_its_level_until_it_is_revoked(tmp_path: Path) -> None:
    token = create_token(tmp_path, "Anna", BIOM)
    assert check_token(tmp_path, token).viewer == BIOM
    (listed,) = list_tokens(tmp_path)
    assert (listed.name, listed.viewer, listed.revoked) == ("Anna", BIOM, None)
    revoke_token(tmp_path, listed.key)
    with pytest.raises(Unauthorised):
        check_token(tmp_path, token)
    with pytest.raises(NotFound):
        revoke_token(tmp_path, listed.key)


def test_an_expired_token_opens_nothing(tmp_path: Path) -> None:
    token = create_token(tmp_path, "Anna", CONSORTIUM)
    with ledger(tmp_path) as connection:
        connection.execute("UPDATE token SET expires = '2001-01-01T00:00:00Z'")
    with pytest.raises(Unauthorised):
        check_token(tmp_path, token)


def test_no_secret_is_kept(tmp_path: Path) -> None:
    secret = create_token(tmp_path, "Anna", CONSORTIUM).rpartition("_")[2]
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert secret.encode() not in files


@given(st.text())
def test_what_is_no_token_opens_nothing_and_makes_no_file(text: str) -> None:
    with pytest.raises(Unauthorised):
        check_token(Path("no such folder"), text)
    assert not Path("no such folder").exists()


def test_a_token_with_one_letter_changed_opens_nothing(tmp_path: Path) -> None:
    token = create_token(tmp_path, "Anna", CONSORTIUM)
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        with pytest.raises(Unauthorised):
            check_token(tmp_path, token[:place] + other + token[place + 1 :])
