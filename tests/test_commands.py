"""Every command as a process, with good and bad input: sentences and statuses, no tracebacks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import pytest

from hub.cli import commands
from hub.store.generations import current_number

HUB = Path(sys.executable).parent / "hub"
MC = "PREFIX mc: <https://w3id.org/metacluster/ns#> "
ENTITIES = MC + "SELECT DISTINCT ?c { ?c a mc:Cluster }"


def run(
    data: Path, *words: str, text: str | bytes = b"", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run `hub` on a data folder; fails where it shows a traceback."""
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
    done = subprocess.run(
        [HUB, "--data", data, *words],
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        check=False,
        timeout=120,
        cwd=data.parent,
        env={**surroundings, **(env or {})},
    )
    assert b"Traceback" not in done.stderr + done.stdout
    return done


def ok(data: Path, *words: str, text: str = "") -> str:
    done = run(data, *words, text=text)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture
def own(bundled: Path, tmp_path: Path) -> Path:
    """A copy of the loaded data folder that a test may write to."""
    return Path(shutil.copytree(bundled, tmp_path / "data"))


def test_every_command_is_in_the_readme_and_has_help(bundled: Path) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    context = click.Context(commands)
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        assert command
        assert f"hub {name}" in readme, f"the README does not tell of {name}"
        assert command.help
        assert name in ok(bundled, "--help")
        assert "Usage" in ok(bundled, name, "--help")


def test_loading_again_changes_nothing_and_says_so(own: Path) -> None:
    assert "Nothing has changed; generation 1 is served as before." in ok(own, "load")
    assert json.loads(ok(own, "load", "--json"))["outcome"] == "unchanged"
    events = json.loads(ok(own, "history", "--json"))
    assert events["served"] == 1
    assert [event["outcome"] for event in events["events"]] == [
        "unchanged", "unchanged", "published",
    ]  # fmt: skip


def test_a_load_shows_each_source_and_its_progress(tmp_path: Path) -> None:
    done = run(tmp_path / "data", "load", "erai-offices")
    assert done.returncode == 0
    assert b"reading erai-offices" in done.stderr
    assert b"Published generation 1" in done.stdout
    assert b"ERAI" in done.stdout


def test_sources_tell_who_sent_what(bundled: Path) -> None:
    listed = {source["name"]: source for source in json.loads(ok(bundled, "sources", "--json"))}
    assert len(listed) >= 10
    assert listed["erai-offices"]["owner"] == "ERAI"
    assert listed["seminar-contacts"]["seen_by"] == "consortium"
    assert all(source["loaded"] for source in listed.values())


def test_going_back_and_forth(own: Path, tmp_path: Path) -> None:
    config = tmp_path / "hub.toml"
    folder = Path(__file__).parent.parent / "loaders" / "bundled" / "documents"
    config.write_text(f'sources = ["{folder}"]\n', encoding="utf-8")
    assert "withdrawn" in ok(own, "--config", str(config), "load")
    assert run(own, "introduce", "ERAI", "Biocat").returncode == 1
    assert "instead of 2" in ok(own, "rollback", "1")
    assert "served already" in ok(own, "rollback", "1")
    assert "→" in ok(own, "introduce", "ERAI", "Biocat")
    assert "Generation 1 is whole" in ok(own, "verify")
    assert json.loads(ok(own, "verify", "--json"))["generation"] == 1
    assert run(own, "rollback", "99").returncode == 1


def test_brokers_in_words_and_as_json(bundled: Path) -> None:
    asked = ["brokers", "China", "--as-of", "2014"]
    text = ok(bundled, *asked)
    told = json.loads(ok(bundled, *asked, "--json"))
    assert told["brokers"][0]["sentences"][0] in text
    assert told["as_of"] == "2014-12-31"
    assert [row["label"] for row in told["markets"]] == ["China"]
    assert json.loads(ok(bundled, *asked, "--as", "consortium", "--json"))["markets"]


@pytest.mark.parametrize(
    ("format_", "starts"),
    [("csv", "c\r\n"), ("tsv", "?c\n"), ("json", '{"head"'), ("xml", "<?xml")],
)
def test_queries_in_every_format(bundled: Path, format_: str, starts: str) -> None:
    assert ok(bundled, "query", "-", "--format", format_, text=ENTITIES).startswith(starts)


@pytest.mark.parametrize("format_", ["ttl", "nt", "rdf", "jsonld"])
def test_graphs_in_every_format(bundled: Path, format_: str) -> None:
    text = MC + "CONSTRUCT { ?c a mc:Cluster } WHERE { ?c a mc:Cluster }"
    assert "Cluster" in ok(bundled, "query", "-", "--format", format_, text=text)


def test_the_public_sees_no_personal_contact(bundled: Path) -> None:
    mail = "<https://schema.org/email>"
    text = f"SELECT ?mail {{ {{ ?x {mail} ?mail }} UNION {{ GRAPH ?g {{ ?x {mail} ?mail }} }} }}"
    assert ok(bundled, "query", "-", text=text).split() == ["mail"]
    members = ok(bundled, "query", "-", "--as", "consortium", text=text)
    assert "@" in members
    assert ok(bundled, "query", "-", "--as", "partner:biom", text=text) == members


BAD = {
    "an unknown command": (["lod"], 2, "No such command"),
    "an unknown option": (["load", "--fast"], 2, "No such option"),
    "an unknown source": (["load", "nobody"], 1, "no source nobody"),
    "an unknown format": (["query", "-", "--format", "doc"], 2, "no format “doc”"),
    "a format for graphs": (["query", "-", "--format", "ttl"], 2, "choose one of"),
    "an unknown level": (["query", "-", "--as", "king"], 2, "no level of visibility"),
    "a level without partner": (["query", "-", "--as", "partner"], 2, "no level of visibility"),
    "a missing file": (["query", "nothing.rq"], 2, "cannot be read"),
    "an unknown question": (["ask", "market-barrier"], 1, "Did you mean market-barriers"),
    "a parameter that is none": (["ask", "market-barriers", "BR"], 2, "no value for a param"),
    "an unknown parameter": (["ask", "market-barriers", "marked=BR"], 2, "no parameter “marked”"),
    "a parameter twice": (["ask", "sources", "a=1", "a=2"], 2, "given twice"),
    "an unknown name": (["introduce", "BioM", "Biokat"], 1, "Did you mean “Biocat”"),
    "a malformed IRI": (["introduce", "BioM", "https://a b"], 2, "not an absolute IRI"),
    "an IRI of nothing": (["introduce", "BioM", "https://example.org/x"], 1, "nothing with"),
    "the wrong kind of thing": (["entry-points", "BioM", "Biocat"], 1, "not a market"),
    "from and to the same": (["introduce", "BioM", "biom"], 2, "From and to are the same"),
    "an unknown lens": (["introduce", "BioM", "ERAI", "--lens", "red"], 2, "no lens"),
    "brokers of no such day": (["brokers", "--as-of", "soon"], 2, "is no date"),
    "brokers of no market": (["brokers", "Biocat"], 1, "not a market"),
    "a strength that is none": (["brokers", "China", "--above", "7"], 2, "7.0 as a strength"),
    "no date": (["introduce", "BioM", "ERAI", "--as-of", "soon"], 2, "is no date"),
    "too many steps": (["introduce", "BioM", "ERAI", "--hops", "999"], 2, "999 steps"),
    "an unknown language": (["introduce", "ERAI", "BioM", "--draft", "xx"], 2, "No drafts are"),
    "an unknown way": (["introduce", "ERAI", "BioM", "--way", "0"], 1, "not among those found"),
    "a strength of no kind": (
        ["introduce", "BioM", "ERAI", "--strength", "friend=0.5"], 2, "no kind of evidence “friend”"
    ),
    "no strength": (["introduce", "BioM", "ERAI", "--strength", "mou"], 2, "is no strength"),
    "a half-life of nothing": (
        ["entry-points", "BioM", "China", "--half-life", "mou=0"], 2, "cannot be reckoned with"
    ),
    "no ways": (["introduce", "BioM", "ERAI", "-k", "0"], 2, "0 ways"),
    "an unknown market": (["entry-points", "BioM", "Atlantis"], 1, "nothing called “Atlantis”"),
    "an unknown generation": (["rollback", "99"], 1, "no generation 99"),
    "a generation that is no number": (["rollback", "last"], 2, "not a valid integer"),
    "a token for nobody": (["token", "create", "x", "--for", "all"], 2, "no level"),
    "a token for ever": (["token", "create", "x", "--for", "consortium", "--days=0"], 2, "0 days"),
    "an unknown token": (["token", "revoke", "x"], 1, "no open token"),
    "a port that is none": (["serve", "--port", "99999"], 2, "not in the range"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_told_in_a_sentence(bundled: Path, case: str) -> None:
    words, status, told = BAD[case]
    done = run(bundled, *words, text=ENTITIES)
    assert (done.returncode, told in done.stderr.decode()) == (status, True), done.stderr.decode()
    assert current_number(bundled) == 1


def test_bad_queries_are_told_with_their_place(bundled: Path) -> None:
    for text, told in (
        ("SELECT * WHERE { ?s ?p }", "line 1"),
        ("INSERT DATA { <a:a> <a:b> <a:c> }", "line 1, column 1"),
        ("SELECT * {\n SERVICE <http://127.0.0.1:9> { ?s ?p ?o } }", "line 2, column 2"),
        ("", "There is no query"),
        ("SELECT * {" + "{" * 20_000 + "}" * 20_000 + "}", "nest"),
    ):
        done = run(bundled, "query", "-", text=text)
        assert done.returncode == 1, text[:60]
        assert told in done.stderr.decode(), (text[:60], done.stderr.decode())
    done = run(bundled, "query", "-", text=b"SELECT \xff")
    assert done.returncode == 2
    assert b"not UTF-8 at byte 7" in done.stderr


def test_ways_are_found_by_query_and_by_question(bundled: Path) -> None:
    ends = ("start=Ephoran-MIS", "end=Zhangjiang Hi-Tech Park", "day=2014", "most=2")
    rows = json.loads(ok(bundled, "ask", "ways", *ends, "--json"))["rows"]
    told = ok(bundled, "introduce", "Ephoran-MIS", "Zhangjiang Hi-Tech Park", "--as-of", "2014",
              "--ways", "2", "--json")  # fmt: skip
    keys = {way["key"] for way in json.loads(told)["ways"]}
    assert {row["way"]["value"] for row in rows} == keys
    start, end = rows[0]["from"]["value"], rows[-1]["to"]["value"]
    text = (
        "PREFIX ways: <https://w3id.org/metacluster/ways#> SELECT DISTINCT ?way { SERVICE "
        f"ways:search {{ [] ways:start <{start}> ; ways:end <{end}> ; ways:asOf 2014 ; "
        "ways:most 2 ; ways:way ?way } }"
    )
    assert set(ok(bundled, "query", "-", text=text).split()[1:]) == keys


def test_a_query_that_runs_away_is_ended(bundled: Path) -> None:
    text = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a != ?l) }"
    done = run(bundled, "query", "-", "--timeout", "1", text=text)
    assert done.returncode == 1
    assert b"time limit of 1 s" in done.stderr


def test_an_ambiguous_name_lists_its_bearers(tmp_path: Path) -> None:
    source = tmp_path / "twins"
    source.mkdir()
    (source / "source.toml").write_text(
        'name = "twins"\ntitle = "Twins"\nowner = "x"\nvisibility = "public"\nlicence = "CC0"\n'
        'files = ["twins.ttl"]\n'
    )
    cluster = (
        "<organisation/twins.{0}> a mc:Cluster ; rdfs:label 'Twin' ; mc:place 'here' ; "
        "prov:hadPrimarySource <document/x> .\n"
    )
    (source / "twins.ttl").write_text(
        "@prefix mc: <https://w3id.org/metacluster/ns#> .\n"
        "@prefix prov: <http://www.w3.org/ns/prov#> .\n"
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        + cluster.format("a") + cluster.format("b")
    )  # fmt: skip
    (tmp_path / "hub.toml").write_text('sources = ["twins"]\n')
    data = tmp_path / "data"
    assert ok(data, "load")
    done = run(data, "introduce", "Twin", "Twin", "--json")
    assert done.returncode == 2
    problem = json.loads(done.stderr)
    assert [c["iri"].rpartition(".")[2] for c in problem["candidates"]] == ["a", "b"]


def test_nothing_loaded_is_said_so(tmp_path: Path) -> None:
    for words in (["introduce", "a", "b"], ["query", "-"], ["verify"], ["serve"]):
        done = run(tmp_path / "data", *words, text=ENTITIES)
        assert done.returncode == 1
        assert b"Load the sources: hub load" in done.stderr
    assert "17 sources are configured" in ok(tmp_path / "data", "init")
    assert len(json.loads(ok(tmp_path / "data", "init", "--json"))["sources"]) == 17


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("sources = [", "cannot be read"),
        ("colour = 1", "Unknown setting “colour”"),
        ('keep = "many"', "wrong type"),
        ("keep = 0", "at least 1"),
        ('base = "ftp://x/"', "not an http(s) IRI"),
        ('base = "https://x/<b>/"', "not an http(s) IRI"),
        ('sources = ["nowhere/*"]', "matches no source"),
    ],
)
def test_wrong_settings_are_told_with_their_file(tmp_path: Path, toml: str, told: str) -> None:
    (tmp_path / "hub.toml").write_text(toml)
    done = run(tmp_path / "data", "load")
    assert done.returncode == 2
    assert told in done.stderr.decode()
    assert "hub.toml" in done.stderr.decode()


def test_a_folder_that_is_no_source_is_refused_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text('sources = ["empty"]\n')
    (tmp_path / "empty").mkdir()
    done = run(tmp_path / "data", "load")
    assert done.returncode == 1
    assert b"source.toml" in done.stderr
    assert b"Nothing was published" in done.stdout


def test_the_settings_of_the_readme_work(tmp_path: Path) -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    example = readme.partition("(see `hub/settings.py` for every key):\n\n")[2].partition("\n\n")[0]
    (tmp_path / "hub.toml").write_text(example.replace('"bundled", ', ""), encoding="utf-8")
    partner = tmp_path / "partners" / "erai-offices"
    shutil.copytree(Path(__file__).parent.parent / "loaders/bundled/erai-offices", partner)
    header = "judgement,left,right,by,date,visibility,reason\n"
    (tmp_path / "judgements.csv").write_text(header)
    assert "Published generation 1" in ok(tmp_path / "data", "load")


def test_a_refused_source_is_remembered(own: Path, tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text('sources = ["erai-offices"]\n')
    (tmp_path / "erai-offices").mkdir()
    done = run(own, "load", "erai-offices")
    assert b"Refused; what they said before stays: erai-offices" in done.stderr
    (listed,) = (s for s in json.loads(ok(own, "sources", "--json")) if s["name"] == "erai-offices")
    assert listed["last_attempt"].startswith("refused ")
    assert listed["statements"] > 0


def test_output_into_a_closed_pipe_ends_quietly(bundled: Path) -> None:
    text = "SELECT * { ?s ?p ?o }"
    with subprocess.Popen(
        [HUB, "--data", bundled, "query", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(text.encode())
        process.stdin.close()
        process.stdout.read(10)
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
