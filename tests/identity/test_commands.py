"""hub match, decide and undo as processes: what they find, record, refuse and publish."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.publishing.world import write_source
from tests.test_commands import ok, run

BASE = "https://w3id.org/metacluster/id/organisation/"
ROWS = {"x": "Zebra Optical Instruments Cluster", "y": "Quantum Photonics Network of Catalonia"}
OTHER = {"x": "Zebra Optical Instruments Cluster", "y": "Rotterdam Harbour Logistics"}
MEMBERS = {"x": "Quantum Photonics Network of Catalonia"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a hub of two public lists and one for members, loaded."""
    folder = tmp_path_factory.mktemp("hub")
    write_source(folder / "lists", "alpha", ROWS)
    write_source(folder / "lists", "beta", OTHER)
    write_source(folder / "lists", "gamma", MEMBERS, visibility="consortium")
    (folder / "hub.toml").write_text('sources = ["lists/*"]\n', encoding="utf-8")
    ok(folder / "data", "load")
    return folder


@pytest.fixture
def lists(loaded: Path, tmp_path: Path) -> Path:
    """The data folder of a copy that a test may write to."""
    shutil.copytree(loaded, tmp_path, dirs_exist_ok=True)
    return tmp_path / "data"


def wrong(data: Path, status: int, *words: str) -> str:
    done = run(data, *words)
    assert done.returncode == status, done.stderr.decode()
    return done.stderr.decode()


def test_match_finds_accepts_and_publishes(lists: Path) -> None:
    (pair,) = json.loads(ok(lists, "match", "--json"))
    assert {pair["left"], pair["right"]} == {BASE + "alpha.x", BASE + "beta.x"}
    assert pair["evidence"]
    assert len(json.loads(ok(lists, "match", "--json", "--as", "consortium"))) == 2
    told = ok(lists, "match", "--as", "consortium", "--source", "gamma")
    assert "Quantum Photonics" in told
    assert "Zebra" not in told
    for hidden in ("gamma-ray", "gamma"):
        assert "Known are: alpha, beta." in wrong(lists, 2, "match", "--source", hidden)
    assert "--limit" in wrong(lists, 2, "match", "--limit", "-1")
    done = run(lists, "match", "--accept", "--publish")
    if pair["band"] == "same":  # the matcher says how sure it is; here, what is done then
        assert b"1 pairs are judged the same by the matcher" in done.stdout
        assert b"Published generation 2" in done.stderr
        assert "There is nothing to judge" in ok(lists, "match")
    else:
        assert b"0 pairs" in done.stdout


def test_decide_undo_and_the_list_of_both(lists: Path) -> None:
    x, y = BASE + "alpha.x", BASE + "beta.x"
    said = ok(lists, "decide", x, y, "same", "--because", "one address", "--by", "Anna")
    assert said == "Decision 1, seen by public: same.\n"
    told = wrong(lists, 1, "decide", y, x, "different", "--because", "two founders")
    assert "“Zebra Optical Instruments Cluster” (organisation/beta.x)" in told
    assert "decision 1, Anna: one address" in told
    assert "hub undo 1" in told
    told = wrong(lists, 1, "decide", x, y, "same", "--because", "one address", "--by", "Anna")
    assert "judged already" in told
    ok(lists, "decide", "Rotterdam Harbour Logistics", x, "unsure", "--because", "who knows")
    done = run(lists, "undo", "1", "--because", "two founders", "--by", "Bert", "--publish")
    assert b"Published generation 2" in done.stderr, "what is unsure is published too"
    listed = json.loads(ok(lists, "decide", "--list", "--json"))
    assert [(row["verdict"], row["effect"].partition(" on ")[0]) for row in listed] == [
        ("same", "taken back by Bert"), ("unsure", "stands"),
    ]  # fmt: skip
    assert "Bert" in ok(lists, "decide", "--list")
    assert "no judgement" in wrong(lists, 1, "undo", "7", "--because", "why not")


def test_a_judgement_shows_no_record_to_who_may_not_see_it(lists: Path) -> None:
    ends = (BASE + "alpha.y", BASE + "gamma.x")
    assert "nothing with the IRI" in wrong(lists, 1, "decide", *ends, "same", "--because", "why")
    because = ("same", "--because", "one name", "--as", "consortium")
    told = wrong(lists, 1, "decide", *ends, *because, "--visible", "public")
    assert "rests on what consortium sees" in told
    assert "seen by consortium" in ok(lists, "decide", *ends, *because, "--publish")
    assert json.loads(ok(lists, "decide", "--list", "--json")) == []
    assert len(json.loads(ok(lists, "decide", "--list", "--json", "--as", "consortium"))) == 1
    out = lists.parent / "out.csv"
    assert ok(lists, "decide", "--export", str(out)).startswith("0 judgements")
    assert "gamma" not in out.read_text(encoding="utf-8")
    assert ok(lists, "decide", "--export", str(out), "--as", "consortium").startswith("1 judg")
    query = f"SELECT ?l {{ <{ends[0]}> <http://www.w3.org/2000/01/rdf-schema#label> ?l }}"
    assert ok(lists, "query", "-", text=query).count("Quantum") == 1
    former = run(lists, "query", "-", "--as", "consortium", text=query.replace(*ends))
    assert f"<{ends[1]}> was judged to be <{ends[0]}>".encode() in former.stderr
    answer = ok(lists, "ask", "names-of-organisations", f"organisation={ends[1]}",
                "--as", "consortium", "--json")  # fmt: skip
    assert isinstance(json.loads(answer)["rows"], list), "a former IRI is as good as the new one"
    assert "nothing with the IRI" in wrong(
        lists, 1, "ask", "names-of-organisations", f"organisation={ends[1]}"
    )


def test_each_end_keeps_the_name_that_its_own_source_gives_it(lists: Path, tmp_path: Path) -> None:
    ends = (BASE + "alpha.x", BASE + "beta.y")
    ok(lists, "decide", *ends, "same", "--because", "one address", "--publish")
    hidden = (BASE + "alpha.x", BASE + "gamma.x")
    because = ("same", "--because", "one owner", "--as", "consortium", "--publish")
    ok(lists, "decide", *hidden, *because)
    zebra, harbour = "Zebra Optical Instruments Cluster", "Rotterdam Harbour Logistics"
    (row,) = json.loads(ok(lists, "decide", "--list", "--json"))
    assert (row["left_label"], row["right_label"]) == (zebra, harbour)
    listed = ok(lists, "decide", "--list", "--as", "consortium")
    assert all(f"{n} (organisation/" in listed for n in (zebra, harbour, MEMBERS["x"]))
    told = wrong(lists, 1, "decide", *ends, "different", "--because", "two founders")
    assert f"“{harbour}” (organisation/beta.y)" in told
    out = tmp_path / "out.csv"
    ok(lists, "decide", "--export", str(out))
    assert f"alpha.x,{zebra},organisation/beta.y,{harbour}," in out.read_text(encoding="utf-8")
    for level, names in (
        ("public", {(zebra, harbour)}),
        ("consortium", {(zebra, harbour), (zebra, MEMBERS["x"])}),
    ):
        answer = json.loads(ok(lists, "ask", "judgements", "--json", "--as", level))
        rows = [(row["one_name"]["value"], row["other_name"]["value"]) for row in answer["rows"]]
        assert set(rows) == names, level
    file = lists.parent / "lists" / "alpha" / "clusters.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(zebra, "Zebra Two"), encoding="utf-8")
    ok(lists, "load")
    assert "Zebra Two" in ok(lists, "ask", "judgements"), "the name follows its source"


def test_a_load_tells_which_judgements_it_took_in(lists: Path) -> None:
    first = (BASE + "alpha.x", BASE + "beta.x", "same", "--because", "one address")
    ok(lists, "decide", *first)
    ok(lists, "decide", BASE + "alpha.y", BASE + "beta.y", "different", "--because", "two towns")
    told = ok(lists, "load", "--dry-run")
    assert "2 judgements came.\n" in told
    assert json.loads(ok(lists, "load", "--json"))["notes"] == ["2 judgements came."]
    assert json.loads(ok(lists, "load", "--json"))["notes"] == []
    ok(lists, "undo", "1", "--because", "two founders")
    shutil.rmtree(lists.parent / "lists" / "beta")
    notes = json.loads(ok(lists, "load", "--json"))["notes"]
    gone = f"1 judgement without effect: decision 2: no source speaks of {BASE}beta.y."
    assert notes == ["1 judgement was taken back.", gone]
    table = json.loads(ok(lists, "history", "--json"))["events"]
    assert [event["details"]["notes"] for event in table[:3]] == [notes, [], ["2 judgements came."]]
    assert "2 judgements came." in ok(lists, "history")
    assert gone in ok(lists, "history", str(table[0]["number"]))


def test_judgements_go_out_and_come_in_as_a_file(lists: Path, tmp_path: Path) -> None:
    ok(lists, "decide", BASE + "alpha.x", BASE + "beta.x", "same", "--because", "=1+1 ‘quoted’")
    file = tmp_path / "judgements.csv"
    assert ok(lists, "decide", "--export", str(file)).startswith("1 judgements stand in ")
    text = file.read_text(encoding="utf-8")
    assert "organisation/alpha.x,Zebra Optical Instruments Cluster" in text
    assert ",'=1+1" in text, "no spreadsheet takes a reason for a formula"
    other = tmp_path / "elsewhere" / "data"
    other.parent.mkdir()
    assert ok(other, "decide", "--import", str(file)).startswith("1 judgements were added")
    assert ok(other, "decide", "--import", str(file)).startswith("0 judgements were added")
    file.write_text(text + "same,organisation/alpha.x,,,,me,2026-13-01,public,why\n", "utf-8")
    told = wrong(other, 1, "decide", "--import", str(file))
    assert "judgements.csv, line 3: “2026-13-01” is no date" in told
    file.write_text(text + "same,person/x,,organisation/x,,me,2026-11-21,public,why\n", "utf-8")
    told = wrong(other, 1, "decide", "--import", str(file))
    assert "judgements.csv, line 3: A person and an organisation are never the same" in told


def test_wrong_usage_is_told(lists: Path) -> None:
    for words, told in (
        ((), "Give LEFT, RIGHT and VERDICT"),
        (("a", "b", "same"), "Say why"),
        (("a",), "Which two"),
        (("a", "b", "same", "--because", " "), "Say why"),
        (("a", "b", "perhaps"), "perhaps"),
    ):
        assert told in wrong(lists, 2, "decide", *words)
