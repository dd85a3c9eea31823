"""`hub map` as a process: what it tells, and that what it writes is loaded by `hub load`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HUB = Path(sys.executable).parent / "hub"
LIST = "Company,City,Country,E-Mail\nAcme,Lyon,France,a@acme.example.org\nOther,Köln,DE,\n"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [HUB, *words], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


def test_what_is_drafted_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    done = run(tmp_path, "map", "list.csv", "--out", "partners", "--name", "acme-list")
    assert done.returncode == 0, done.stderr
    assert "personal data (E-Mail)" in done.stdout
    assert "key of organisation" in done.stdout
    (tmp_path / "hub.toml").write_text('sources = ["partners/*"]\n', encoding="utf-8")
    done = run(tmp_path, "load", "acme-list", "--json")
    assert done.returncode == 0, done.stdout
    loaded = json.loads(done.stdout)
    assert loaded["outcome"] == "published"
    assert loaded["sources"][0]["rejected"] == 0
    query = 'SELECT ?m { ?o rdfs:label "Acme" ; <https://schema.org/email> ?m }'
    text = f"PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> {query}"
    (tmp_path / "q.rq").write_text(text, encoding="utf-8")
    assert "acme.example.org" not in run(tmp_path, "query", "q.rq").stdout
    assert "acme.example.org" in run(tmp_path, "query", "q.rq", "--as", "consortium").stdout


def test_the_first_source_of_a_folder_is_drafted_and_its_findings_are_told(tmp_path: Path) -> None:
    rows = "".join(f"Firm {n},Lyon,{'Atlantis' if n == 3 else 'FR'}\n" for n in range(12))
    (tmp_path / "list.csv").write_text(f"Company,City,Country\n{rows}", encoding="utf-8")
    # As the README has it, before there is anything in the folder that it names.
    (tmp_path / "hub.toml").write_text('sources = ["partners/*"]\n', encoding="utf-8")
    done = run(tmp_path, "map", "list.csv", "--out", "partners")
    assert done.returncode == 0, done.stderr
    assert run(tmp_path, "load").returncode == 0
    told = run(tmp_path, "findings", "list").stdout.splitlines()
    kinds = [line.split(":")[0] for line in told]
    assert set(kinds) == {"warning", "note"}
    assert kinds == sorted(kinds, reverse=True)
    for kind in ("warning", "note"):
        of = [line for line in told if line.startswith(kind)]
        numbers = [int(n) for line in of for n in re.findall(r", row (\d+)", line)]
        assert numbers == sorted(numbers)
    notes = run(tmp_path, "findings", "list", "--severity", "note").stdout
    assert notes.splitlines() == [line for line in told if line.startswith("note")]
    nothing = run(tmp_path, "findings", "list", "--severity", "error")
    assert (nothing.returncode, nothing.stdout) == (
        0,
        "Load 1, which read list last, found no errors.\n",
    )


def test_the_draft_as_json(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    told = json.loads(run(tmp_path, "map", "list.csv", "--json").stdout)
    assert told["name"] == "list"
    table = told["tables"][0]
    assert [column["column"] for column in table["columns"]] == LIST.split("\n")[0].split(",")
    properties = {p["property"]: p for p in table["things"][0]["properties"]}
    assert properties["mc:country"]["confidence"] == "sure"
    assert all(p["reason"] for p in properties.values())
    assert properties["schema:email"]["personal"]


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["nothing.csv"], 1, "is not there"),
        (["."], 1, "is not a file"),
        (["list.csv", "--name", "Bad Name"], 2, "no name of a source"),
        (["list.csv", "--class", "mc:City"], 2, "cannot be drafted"),
        (["list.csv", "--out", "list.csv"], 2, "is a file"),
        (["list.csv", "--out", "full", "--name", "there"], 1, "is there already"),
        (["vague.csv"], 1, "Nothing sensible can be proposed"),
        (["vague.csv", "--class", "mc:Company"], 1, "Head the columns"),
        (["page.csv"], 1, "web page"),
    ],
)
def test_bad_input_is_told_in_a_sentence(
    tmp_path: Path, words: list[str], status: int, told: str
) -> None:
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    (tmp_path / "vague.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    (tmp_path / "page.csv").write_text("<!DOCTYPE html><html></html>", encoding="utf-8")
    (tmp_path / "full" / "there").mkdir(parents=True)
    done = run(tmp_path, "map", *words)
    assert (done.returncode, told in done.stderr) == (status, True), done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "full", "list.csv", "page.csv", "vague.csv",
    ]  # fmt: skip
    assert not list((tmp_path / "full" / "there").iterdir())
