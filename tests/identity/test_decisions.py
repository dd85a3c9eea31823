"""The ledger of decisions: only added to, taken back, contradicted, exported and read again."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.access import PUBLIC, Viewer
from hub.errors import NotFound, Refused
from hub.history import ledger
from hub.identity.decisions import all_judgements, decide, draft, read_record, take_back
from hub.identity.judgements import Judgement, judge, read_judgements, read_rows, write_judgements
from hub.identity.names import Clusters, settle
from hub.settings import Settings

BASE = "https://w3id.org/metacluster/id/"
CONSORTIUM, BIOM = Viewer("consortium"), Viewer("partner", "biom")
HEADER = "judgement,left,right,by,date,visibility,reason\n"


@pytest.fixture
def ruled(tmp_path: Path) -> Settings:
    """A hub whose file of judgements says that a and b are the same."""
    path = tmp_path / "identity.csv"
    path.write_text(HEADER + "same,a,b,editors,2026-01-02,public,one address\n", encoding="utf-8")
    return Settings(data=tmp_path / "data", identity=(path,))


def say(
    ruled: Settings, verdict: str, left: str, right: str, viewer: Viewer = PUBLIC,
    decider: Viewer | None = None,
) -> Judgement:  # fmt: skip
    new = draft(ruled, verdict, left, right, "Anna", f"{left} {right}", viewer)
    return decide(ruled, [new], decider, name)[0]


def name(iri: str) -> str:
    return f"“{iri.removeprefix(BASE).upper()}”"


def test_decisions_join_those_of_the_files(ruled: Settings) -> None:
    assert say(ruled, "same", "b", "c").place == "decision 1"
    found = [(j.verdict, j.left, j.right, j.place) for j in all_judgements(ruled)]
    assert found == [
        ("same", BASE + "a", BASE + "b", "identity.csv, line 2"),
        ("same", BASE + "b", BASE + "c", "decision 1"),
    ]


def test_a_contradiction_is_refused_when_it_is_decided_with_its_chain_in_names(
    ruled: Settings,
) -> None:
    say(ruled, "same", "b", "c")
    with pytest.raises(Refused) as refused:
        say(ruled, "different", "c", "a")
    assert "“C” and “A” are judged different, and yet the same" in refused.value.message
    assert "“B” = “C” (decision 1, Anna: b c)" in refused.value.message
    assert "“A” = “B” (identity.csv, line 2, editors: one address)" in refused.value.message
    assert "hub undo 1 (decision 1)" in refused.value.remedy
    say(ruled, "different", "c", "d")
    with pytest.raises(Refused) as refused:
        say(ruled, "same", "d", "a")
    assert "“C” and “D” are judged different" in refused.value.message
    assert "Different: decision 2, Anna: c d" in refused.value.message
    assert "“D” = “A”" in refused.value.message
    assert len(all_judgements(ruled)) == 3
    settle(PUBLIC, all_judgements(ruled))


def test_of_several_judgements_all_or_none_are_kept(ruled: Settings) -> None:
    new = [
        draft(ruled, verdict, left, right, "Anna", "because", PUBLIC)
        for verdict, left, right in (
            ("same", "c", "d"),
            ("same", "d", "e"),
            ("different", "c", "e"),
        )
    ]
    with pytest.raises(Refused, match="judged different"):
        decide(ruled, new)
    assert len(all_judgements(ruled)) == 1
    assert len(decide(ruled, new[:2])) == 2
    assert decide(ruled, new[:2]) == (), "what stands already is not said twice"


def test_an_undo_is_a_row_that_says_what_it_takes_back_by_whom_and_why(ruled: Settings) -> None:
    say(ruled, "same", "b", "c")
    entry = take_back(ruled, "1", "Bert", "two companies")
    assert entry.undo
    assert (entry.undo.number, entry.undo.by, entry.undo.reason) == (2, "Bert", "two companies")
    assert [j.right for j in all_judgements(ruled)] == [BASE + "b"]
    record = read_record(ruled)
    assert [bool(e.undo) for e in record] == [False, True]
    with pytest.raises(Refused, match=r"taken back on .* by Bert: two companies"):
        take_back(ruled, "1", "Bert", "again")
    with pytest.raises(Refused, match="needs who decided it and why"):
        take_back(ruled, record[0].judgement.reference, "Bert", " ")
    say(ruled, "different", "b", "c")


def test_what_stands_in_a_file_is_taken_back_by_its_key(ruled: Settings) -> None:
    key = read_record(ruled)[0].judgement.reference
    assert len(key) == 16
    take_back(ruled, key, "Bert", "the address is a law firm's")
    assert all_judgements(ruled) == ()
    assert say(ruled, "same", "a", "b").number == 2, "it may be decided again"
    assert len(all_judgements(ruled)) == 1


def test_nothing_is_deleted_or_rewritten(ruled: Settings) -> None:
    say(ruled, "same", "b", "c")
    for change in ("DELETE FROM decision", "UPDATE decision SET verdict = 'different'"):
        with pytest.raises(sqlite3.IntegrityError, match="stays"), ledger(ruled.data) as opened:
            opened.execute(change)
    assert len(all_judgements(ruled)) == 2


def test_what_is_hidden_from_somebody_is_no_contradiction_for_them(ruled: Settings) -> None:
    say(ruled, "different", "b", "c", BIOM)
    with pytest.raises(NotFound):
        take_back(ruled, "1", "Anna", "seen from elsewhere", CONSORTIUM)
    say(ruled, "same", "b", "c", PUBLIC, CONSORTIUM)
    with pytest.raises(Refused, match="judged different"):
        say(ruled, "different", "a", "c", BIOM, BIOM)
    standing = settle(BIOM, all_judgements(ruled))
    assert [j.number for j in standing.overruled] == [1], "the lower level cannot know"
    assert not standing.different


def test_a_same_of_a_higher_level_yields_to_a_difference_below(ruled: Settings) -> None:
    say(ruled, "same", "b", "c", BIOM)
    say(ruled, "same", "x", "y", BIOM)
    say(ruled, "different", "a", "c", PUBLIC, PUBLIC)
    standing = settle(BIOM, all_judgements(ruled))
    assert [j.number for j in standing.overruled] == [1]
    assert len(standing.different) == 1
    assert standing.clusters.find(BASE + "x") == standing.clusters.find(BASE + "y")


text = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cs"], exclude_characters="\x7f")
    | st.sampled_from("\n\t=+-@',\"\u202e"),
    min_size=1, max_size=60,
).map(str.strip).filter(bool)  # fmt: skip
names = st.text("abc./-é%20?#", min_size=1, max_size=8).map(lambda t: f"organisation/{t}x")
elsewhere = names.map(lambda t: f"http://elsewhere.example/{t}")


@st.composite
def judgements(draw: st.DrawFn) -> Judgement:
    ends = draw(st.lists(names | elsewhere, min_size=2, max_size=2, unique=True))
    values = {
        "judgement": draw(st.sampled_from(["same", "different", "unsure"])),
        "left": ends[0], "right": ends[1],
        "by": draw(text), "reason": draw(text),
        "date": draw(st.sampled_from(["", "2026", "2026-11", "2026-11-21"])),
        "visibility": draw(st.sampled_from(["public", "consortium", "partner:biom"])),
    }  # fmt: skip
    try:
        return judge(values, BASE, "somewhere")
    except Refused:  # two ways to write one IRI
        return judge({**values, "left": "one", "right": "other"}, BASE, "somewhere")


@given(st.lists(judgements(), max_size=6), text)
def test_what_is_exported_is_read_back_as_it_was(said: list[Judgement], label: str) -> None:
    file = io.StringIO(newline="")
    write_judgements(said, BASE, {one.left: label for one in said}, file)
    read = list(read_rows(io.StringIO(file.getvalue(), newline=""), "export.csv", BASE))
    assert [r.said for r in read] == [s.said for s in said]
    assert [(r.left, r.right) for r in read] == [(s.left, s.right) for s in said]


@settings(max_examples=12, deadline=None)
@given(said=st.lists(judgements(), max_size=8))
def test_import_of_an_export_gives_the_same_judgements(
    tmp_path_factory: pytest.TempPathFactory, said: list[Judgement]
) -> None:
    folder = tmp_path_factory.mktemp("ledgers")
    one, other = Settings(data=folder / "one"), Settings(data=folder / "other")
    for judgement in said:
        try:
            decide(one, [judgement])
        except Refused as refused:
            assert "judged different" in refused.message  # noqa: PT017
    exported = folder / "export.csv"
    with exported.open("w", encoding="utf-8", newline="") as file:
        write_judgements(all_judgements(one), BASE, {}, file)
    decide(other, read_judgements([exported], BASE))
    assert {j.said for j in all_judgements(other)} == {j.said for j in all_judgements(one)}
    assert decide(one, read_judgements([exported], BASE)) == ()


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=10))
def test_clusters_are_those_of_the_chains(pairs: list[tuple[int, int]]) -> None:
    clusters = Clusters([])
    groups = [{n} for n in range(8)]
    for left, right in pairs:
        clusters.join(str(left), str(right))
        joined = groups[left] | groups[right]
        for n in joined:
            groups[n] = joined
    for left in range(8):
        for right in range(8):
            together = clusters.find(str(left)) == clusters.find(str(right))
            assert together == (right in groups[left])


def test_a_file_edited_by_hand_and_broken_is_refused_with_line_and_value(tmp_path: Path) -> None:
    for row, told in (
        ("same,a,b,me,21.11.2026,public,why", "“21.11.2026” is no date"),
        ("same,a,b,me,2026-11-21,public,why,and more", "more cells than columns"),
        ("same,a,b,me,2026-11-21,public", "needs who decided it and why"),
        (f"same,a,b,me,2026,public,{'x' * 6000}", "longer than 5,000"),
        ("same,a,b,me,2026,public,bell\x07", "control characters"),
        ("Same,a,b,me,2026,public,why", "“Same” is no judgement"),
    ):
        path = tmp_path / "edited.csv"
        path.write_text(HEADER + row + "\n", encoding="utf-8")
        with pytest.raises(Refused, match=told) as refused:
            read_judgements([path], BASE)
        assert refused.value.where == "edited.csv, line 2"
