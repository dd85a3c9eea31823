"""Judgements: read, joined, contradicted, and never seen from below their level."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access import LEVELS, PUBLIC, Viewer
from hub.errors import Refused
from hub.identity import Judgement, find_chain, names_at, read_judgements

BASE = "https://w3id.org/metacluster/id/"
HEADER = "judgement,left,right,by,date,visibility,reason\n"
CONSORTIUM = Viewer("consortium")
BIOM = Viewer("partner", "biom")


def judgement(
    verdict: str, left: str, right: str, viewer: Viewer = PUBLIC, place: str = "file, line 2"
) -> Judgement:
    return Judgement(verdict, BASE + left, BASE + right, "staff", "2026-11-21", "because",
                     viewer, place)  # fmt: skip


def iri(text: str) -> str:
    return BASE + text


def seen(**levels: str) -> dict[str, Viewer]:
    at = {"public": PUBLIC, "consortium": CONSORTIUM, "biom": BIOM}
    return {iri(name): at[level] for name, level in levels.items()}


def write(folder: Path, text: str) -> Path:
    path = folder / "identity.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_judgements_are_read_with_their_place(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "same,organisation/a.x,organisation/b.x,me,2026-01-02,public,"
                 '"one name,\nin two lines"\n')  # fmt: skip
    (found,) = read_judgements([path], BASE)
    assert (found.left, found.right) == (iri("organisation/a.x"), iri("organisation/b.x"))
    assert found.viewer == PUBLIC
    assert found.reason == "one name,\nin two lines"
    assert found.place == "identity.csv, line 3"


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("maybe,a,b,me,2026,public,why", "“maybe” is no judgement"),
        ("same,a,a,me,2026,public,why", "against itself"),
        ("same,a,b,,2026,public,why", "who decided it"),
        ("same,a,b,me,2026,public,", "who decided it"),
        ("same,a,b,me,2026,secret,why", "no level of visibility"),
        ("same,a,b c,me,2026,public,why", "not an absolute IRI"),
        ("same,a,b,me,2026,partner:../x,why", "no partner's name"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line(tmp_path: Path, row: str, told: str) -> None:
    path = write(tmp_path, HEADER + "same,x,y,me,2026,public,why\n" + row + "\n")
    with pytest.raises(Refused, match=told) as error:
        read_judgements([path], BASE)
    assert error.value.where == "identity.csv, line 3"


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no column judgement"):
        read_judgements([write(tmp_path, "a,b\n1,2\n")], BASE)
    for sign, told in ((";", "commas between them, not semicolons."), ("\t", "not tabs.")):
        with pytest.raises(Refused) as error:
            read_judgements([write(tmp_path, HEADER.replace(",", sign))], BASE)
        assert error.value.remedy.endswith(told)
    with pytest.raises(Refused, match="cannot be read"):
        read_judgements([tmp_path / "missing.csv"], BASE)
    (tmp_path / "latin.csv").write_bytes(HEADER.encode() + b"same,a,b,me,2026,public,\xe9t\xe9\n")
    with pytest.raises(Refused, match="not CSV in UTF-8"):
        read_judgements([tmp_path / "latin.csv"], BASE)


def test_a_chain_of_sames_has_one_name() -> None:
    judged = [judgement("same", "b", "a"), judgement("same", "b", "c")]
    assert names_at(PUBLIC, judged, seen(a="public", b="public", c="public")) == {
        iri("b"): iri("a"), iri("c"): iri("a"),
    }  # fmt: skip


def test_what_no_source_mentions_gives_no_name() -> None:
    judged = [judgement("same", "a", "b"), judgement("same", "b", "c")]
    names = names_at(PUBLIC, judged, seen(b="public", c="public"))
    assert names == {iri("a"): iri("b"), iri("c"): iri("b")}
    assert names_at(PUBLIC, judged, {}) == {}


def test_a_contradiction_is_refused_with_its_chain() -> None:
    judged = [
        judgement("same", "a", "b", place="one, line 2"),
        judgement("same", "b", "c", place="two, line 5"),
        judgement("different", "c", "a", place="three, line 9"),
    ]
    with pytest.raises(Refused) as error:
        names_at(PUBLIC, judged, seen(a="public", b="public", c="public"))
    assert "one, line 2" in str(error.value)
    assert "two, line 5" in str(error.value)
    assert error.value.where == "three, line 9"


def test_a_judgement_of_a_higher_level_does_not_show_below() -> None:
    judged = [judgement("same", "a", "z", CONSORTIUM), judgement("same", "b", "a", BIOM)]
    levels = seen(a="consortium", b="public", z="public")
    assert names_at(PUBLIC, judged, levels) == {}
    assert names_at(CONSORTIUM, judged, levels) == {iri("a"): iri("z")}
    assert names_at(BIOM, judged, levels) == {iri("a"): iri("b"), iri("z"): iri("b")}


@st.composite
def judged_worlds(draw: st.DrawFn) -> tuple[list[Judgement], dict[str, Viewer]]:
    names = [f"n{number}" for number in range(8)]
    viewers = st.sampled_from([PUBLIC, CONSORTIUM, BIOM])
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names)).filter(lambda p: p[0] != p[1])
    judged = [
        judgement("same", left, right, draw(viewers))
        for left, right in draw(st.lists(pairs, max_size=12))
    ]
    return judged, {iri(name): draw(viewers) for name in names if draw(st.booleans())}


@given(judged_worlds(), st.randoms())
def test_names_are_flat_visible_and_independent_of_order(
    world: tuple[list[Judgement], dict[str, Viewer]], random: object
) -> None:
    judged, seen_from = world
    shuffled = list(judged)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    for viewer in (PUBLIC, CONSORTIUM, BIOM):
        names = names_at(viewer, judged, seen_from)
        assert names_at(viewer, shuffled, seen_from) == names
        assert not set(names.values()) & names.keys(), "a name is never replaced itself"
        for canonical in names.values():
            level = seen_from[canonical]
            assert LEVELS.index(level.level) <= LEVELS.index(viewer.level)


@given(judged_worlds())
def test_hidden_judgements_and_sources_change_nothing(
    world: tuple[list[Judgement], dict[str, Viewer]],
) -> None:
    judged, seen_from = world
    shown = [j for j in judged if j.viewer == PUBLIC]
    public = {name: viewer for name, viewer in seen_from.items() if viewer == PUBLIC}
    assert names_at(PUBLIC, judged, seen_from) == names_at(PUBLIC, shown, public)


@given(judged_worlds())
def test_one_name_exactly_where_a_chain_joins(
    world: tuple[list[Judgement], dict[str, Viewer]],
) -> None:
    judged, _ = world
    everywhere = {side: PUBLIC for j in judged for side in (j.left, j.right)}
    visible = [j for j in judged if j.viewer == PUBLIC]
    same: dict[str, list[Judgement]] = {}
    for j in visible:
        same.setdefault(j.left, []).append(j)
        same.setdefault(j.right, []).append(j)
    names = names_at(PUBLIC, judged, everywhere)
    for one in everywhere:
        for other in everywhere:
            joined = one == other or bool(find_chain(one, other, same))
            assert (names.get(one, one) == names.get(other, other)) == joined
