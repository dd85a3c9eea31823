"""Somebody asks to be erased: nothing that the hub keeps or serves knows them any more."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access import Viewer
from hub.accounts.audit import check_trail, record
from hub.accounts.caller import Caller
from hub.erasure.hashes import Erasures, list_erasures, read_erasures
from hub.errors import Invalid, NotFound
from hub.hub import Hub
from hub.identity.decisions import decide, draft
from hub.publishing.erasing import erase
from hub.publishing.loading import load
from hub.publishing.returning import last_reading, return_files
from hub.requests.ledger import record_request
from hub.settings import Settings
from hub.store.generations import kept_generations, verify

BASE = "https://w3id.org/metacluster/id/"
ADA, TWIN = (f"{BASE}person/people.{key}" for key in ("ada-lovelace", "countess-ada"))
MAPPING = """\
prefixes:
  mc: https://w3id.org/metacluster/ns#
  rdfs: http://www.w3.org/2000/01/rdf-schema#
  org: http://www.w3.org/ns/org#
  foaf: http://xmlns.com/foaf/0.1/
  dcterms: http://purl.org/dc/terms/
mappings:
  house:
    sources: ['people.csv~csv']
    s: organisation/people.$(house)
    po:
      - [a, mc:Company]
      - [rdfs:label, $(house)]
      - [mc:country, country/IT~iri]
  person:
    sources: ['people.csv~csv']
    s: person/people.$(key)
    po:
      - [a, foaf:Person]
      - [rdfs:label, $(name)]
      - [dcterms:description, $(note)]
  seat:
    sources: ['people.csv~csv']
    s: membership/people.$(key)
    po:
      - [a, org:Membership]
      - [org:member, person/people.$(key)~iri]
      - [org:organization, organisation/people.$(house)~iri]
      - [mc:quote, $(note)]
"""
DESCRIPTION = """name = "people"
title = "People"
owner = "Alba"
visibility = "public"
licence = "CC0"
mapping = "mapping.yml"
files = ["people.csv"]
"""
ROWS = """key,name,house,note
ada-lovelace,Ada Lovelace,Works,took part in building engines
countess-ada,Ada King,Mill,
bo-berg,Bo Berg,Works,"met ADA  LOVELACE once"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    source = tmp_path / "people"
    source.mkdir()
    for name, text in (
        ("mapping.yml", MAPPING), ("source.toml", DESCRIPTION), ("people.csv", ROWS)
    ):  # fmt: skip
        (source / name).write_text(text, encoding="utf-8")
    settings = Settings(data=tmp_path / "data", folders=(source,))
    judged = draft(settings, "same", ADA, TWIN, "Anna", "Ada Lovelace became a King", Viewer())
    decide(settings, [judged])
    parties = (ADA, f"{BASE}organisation/people.Mill", f"{BASE}organisation/people.Works")
    record_request(settings.data, Viewer("partner", "alba"), "Anna", parties, note="Ada Lovelace!")
    for door, what in (("page", ADA), ("SPARQL", "ASK { }")):
        record(settings.data, Caller(account="user:bert"), door, what, 1)
    assert not load(settings).refused
    (source / "people.csv").write_text(ROWS + "di-dorn,Di Dorn,Mill,\n", encoding="utf-8")
    assert not load(settings).refused
    assert len(kept_generations(settings.data)) == 2
    return settings


def traces(folder: Path) -> list[str]:
    """The files in which something of hers is left."""
    words = [b"lovelace", b"ada-lovelace", b"countess-ada", b"ada king", b"building engines"]
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and any(word in path.read_bytes().lower() for word in words):
            found.append(str(path.relative_to(folder)))
    return found


def test_nothing_that_is_kept_knows_them(settings: Settings) -> None:
    assert len(traces(settings.data)) > 5
    assert erase(settings, TWIN, "root", "Ada Lovelace asked for it") == 2
    report = load(settings)
    assert (report.outcome, len(kept_generations(settings.data))) == ("published", 1)
    assert traces(settings.data) == []
    with Hub(settings, workers=1) as hub:
        verify(hub.generation)
        trail = check_trail(settings.data, [hub.generation.manifest.audit])
        assert (trail.count, trail.cleansed) == (2, 1), "the chain holds without the name"
        for name in (ADA, TWIN, "Ada Lovelace"):
            with pytest.raises(NotFound):
                hub.find(name)
        assert hub.find("Bo Berg").label == "Bo Berg"
        assert {hub.find(name).label for name in ("Works", "Mill")} == {"Works", "Mill"}
        noted = f"<{BASE}person/people.bo-berg> <http://purl.org/dc/terms/description>"
        rows = hub.select(f"SELECT ?text {{ {noted} ?text }}")
        assert [row["text"].value for row in rows] == ["met [erased] once"]
    assert [row[1:] for row in list_erasures(settings.data)] == [("root", "[erased] asked for it")]


def test_their_rows_are_named_to_the_owner_and_nothing_of_them(
    settings: Settings, tmp_path: Path
) -> None:
    erase(settings, ADA, "root", "asked")
    load(settings)
    told = [finding for finding in last_reading(settings.data, "people").findings
            if finding.rule == "erased"]  # fmt: skip
    assert [(finding.file, finding.row) for finding in told] == [
        ("people.csv", 2),
        ("people.csv", 3),
    ]
    assert not any("ada" in str(finding).casefold() for finding in told)
    return_files(settings, "people", tmp_path / "returned")
    assert traces(tmp_path / "returned") == []


def test_a_later_load_does_not_bring_them_back(settings: Settings) -> None:
    erase(settings, ADA, "root", "asked")
    load(settings)
    file = settings.folders[0] / "people.csv"
    file.write_text(ROWS + "x-1,Xa Ma,Mill,wrote to Ada Lovelace\n", encoding="utf-8")
    assert load(settings).outcome == "published"
    assert traces(settings.data) == []
    assert load(settings).outcome == "unchanged"


def test_what_cannot_be_read_now_stays_without_them(settings: Settings) -> None:
    erase(settings, ADA, "root", "asked")
    (settings.folders[0] / "people.csv").unlink()
    assert load(settings).refused
    assert traces(settings.data) == []
    with Hub(settings, workers=1) as hub:
        assert hub.find("Bo Berg").label == "Bo Berg"


def test_only_people_can_be_erased_and_with_a_reason(settings: Settings) -> None:
    with pytest.raises(NotFound, match="No source speaks of a person"):
        erase(settings, f"{BASE}organisation/people.Works", "root", "asked")
    with pytest.raises(Invalid, match="not said why"):
        erase(settings, ADA, "root", " ")
    assert not read_erasures(settings.data)


def test_the_hashes_tell_nothing(settings: Settings) -> None:
    erase(settings, ADA, "root", "asked")
    with sqlite3.connect(settings.data / "hub.sqlite") as connection:
        rows = connection.execute("SELECT * FROM erasure").fetchall()
    assert rows
    assert not any("ada" in str(value).casefold() for row in rows for value in row)


names = st.from_regex(r"[A-ZÀ-Þ][a-zà-þ]{2,8} [A-Z][a-z]{2,8}", fullmatch=True)


@given(names, st.text(max_size=40), st.text(max_size=40))
def test_a_name_is_found_in_any_text_and_nothing_else_changes(
    name: str, before: str, after: str
) -> None:
    erasures = Erasures(b"key").naming([name])
    assert erasures.cleanse(f"{before} ({name.upper()}) {after}").count("[erased]") >= 1
    if name.split()[0].casefold() not in (before + after).casefold():
        assert erasures.cleanse(f"{before}|{after}") == f"{before}|{after}"
