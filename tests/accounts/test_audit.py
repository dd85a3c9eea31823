"""The audit trail: what is written, that it holds, and that tampering shows where it begins."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from hub.access import Viewer
from hub.accounts.audit import check_trail, head, read_trail, record
from hub.accounts.caller import Caller
from hub.cli import commands
from hub.errors import HubError, Unavailable
from hub.publishing.loading import load
from hub.settings import read_settings
from tests.accounts.conftest import copy_world
from tests.web.conftest import BASE, Server

ANNA = Caller("user:anna", "Anna", Viewer("consortium"), credential="user:anna")
EMAIL = "https://schema.org/email"
PERSON = f"{BASE}person/contacts.anna"


def write(data: Path, number: int = 5) -> None:
    for place in range(number):
        record(data, ANNA, "page", f"{BASE}person/{place} “Països”", 1)


def tamper(data: Path, statement: str) -> None:
    """As somebody does who can write the file: the triggers do not hold him."""
    with closing(sqlite3.connect(data / "hub.sqlite")) as connection, connection:
        for event in ("UPDATE", "DELETE"):
            connection.execute(f"DROP TRIGGER audit_stays_{event}")
        connection.execute(statement)


def test_what_was_seen_is_kept_in_order(tmp_path: Path) -> None:
    write(tmp_path)
    trail = read_trail(tmp_path, 2)
    assert [entry.number for entry in trail] == [5, 4]
    assert (trail[0].account, trail[0].door) == ("user:anna", "page")
    assert [e.number for e in read_trail(tmp_path, before=3)] == [2, 1]
    assert [e.number for e in read_trail(tmp_path, about="person/3")] == [4]
    assert read_trail(tmp_path, account="user:bert") == []
    assert check_trail(tmp_path) == head(tmp_path)
    assert check_trail(tmp_path).count == 5


def test_nothing_of_it_can_be_changed_by_the_way(tmp_path: Path) -> None:
    write(tmp_path)
    for statement in ("UPDATE audit SET account = ''", "DELETE FROM audit"):
        with (
            closing(sqlite3.connect(tmp_path / "hub.sqlite")) as connection,
            pytest.raises(sqlite3.Error, match="stays"),
        ):
            connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "entry"),
    [
        ("UPDATE audit SET account = 'user:bert' WHERE id = 3", 3),
        ("UPDATE audit SET at = '2001-01-01T00:00:00Z' WHERE id = 1", 1),
        ("UPDATE audit SET what = what || ' ' WHERE id = 5", 5),
        ("UPDATE audit SET hash = upper(hash) WHERE id = 2", 2),
        ("DELETE FROM audit WHERE id = 4", 4),
        ("DELETE FROM audit WHERE id = 1", 1),
        ("UPDATE audit SET id = 9 WHERE id = 5", 5),
        ("INSERT INTO audit SELECT 6, at, account, credential, door, what, generation, salt, seal, "
         "hash FROM audit WHERE id = 5", 6),
    ],
)  # fmt: skip
def test_tampering_shows_at_the_entry_where_it_begins(
    tmp_path: Path, statement: str, entry: int
) -> None:
    write(tmp_path)
    tamper(tmp_path, statement)
    with pytest.raises(HubError, match=f"entry {entry}: it") as told:
        check_trail(tmp_path)
    assert "hub.sqlite" in told.value.where


def test_an_end_that_is_cut_off_or_written_anew_shows_by_a_head_that_was_kept(
    tmp_path: Path,
) -> None:
    write(tmp_path)
    kept = str(head(tmp_path))
    tamper(tmp_path, "DELETE FROM audit WHERE id > 3")
    with pytest.raises(HubError, match=r"cut off: .* entry 4 is the first"):
        check_trail(tmp_path)
    heads = (tmp_path / "audit.head").read_text()
    record(tmp_path, ANNA, "page", "something else", 1)
    record(tmp_path, ANNA, "page", "and else", 1)
    with pytest.raises(HubError, match="written anew: entry 4"):
        check_trail(tmp_path)
    assert (tmp_path / "audit.head").read_text().startswith(heads), "it only grows"
    (tmp_path / "audit.head").unlink()
    assert check_trail(tmp_path).count == 5, "by itself the rest is whole"
    with pytest.raises(HubError, match="written anew: entry 5"):
        check_trail(tmp_path, ["", kept])


def test_hub_verify_holds_the_trail_against_what_loads_noted(world: Path, tmp_path: Path) -> None:
    data, config = copy_world(world, tmp_path)
    write(data)
    (tmp_path / "sources/open/data.ttl").open("a").write("# a comment more\n")
    with (tmp_path / "sources/open/data.ttl").open("a") as file:
        file.write("<organisation/open.new> a mc:Company ; rdfs:label 'New' .\n")
    assert load(read_settings(data, config)).outcome == "published"
    verify = ["--data", str(data), "--config", str(config), "verify"]
    told = CliRunner().invoke(commands, verify)
    assert (told.exit_code, "5 entries" in told.output) == (0, True), told.output
    tamper(data, "DELETE FROM audit WHERE id = 5")
    with pytest.raises(HubError, match="cut off"):
        CliRunner().invoke(commands, verify, catch_exceptions=False)


def test_what_cannot_be_recorded_is_not_shown(
    site: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Path) -> Any:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("hub.accounts.audit.ledger", full)
    with pytest.raises(Unavailable, match="not shown"):
        record(site.data, ANNA, "page", "x", 1)


def sparql(query: str) -> str:
    return f"/sparql?query={quote(query)}"


GRAPH = "https://w3id.org/metacluster/graph/contacts"
SEEN = {
    "page": ("/id/person/contacts.anna", PERSON),
    "page as Turtle": ("/id/person/contacts.anna?format=turtle", PERSON),
    "page by IRI": (f"/resource?iri={quote(PERSON, safe='')}&format=json", PERSON),
    "introduction": ("/introductions?from=Concetta%20Contatti&to=Acme%20Works", PERSON),
    "by name": (sparql(f"SELECT ?e {{ ?s <{EMAIL}> ?e }}"), EMAIL),
    "by variable": (sparql("SELECT * { ?s ?p ?o } LIMIT 1"), "?p"),
    "as HTML": (sparql("PREFIX s: <https://schema.org/e> SELECT * { ?s s:mail ?o }"), "s:mail"),
    "as a sheet": (sparql("CONSTRUCT WHERE { ?s ?p ?o }") + "&format=turtle", "CONSTRUCT"),
    "DESCRIBE": (sparql(f"DESCRIBE <{PERSON}>"), PERSON),
    "graph": (f"/graph?graph={quote(GRAPH, safe='')}", GRAPH),
    "all graphs": ("/graph?default", "all graphs"),
    "file": ("/sources/contacts/files/data.ttl", GRAPH),
    "question": (
        f"/questions/contact-details?format=json&person={PERSON}",
        f"contact-details person={PERSON}",
    ),
}
UNSEEN = [
    "/", "/markets", "/id/organisation/contacts.lab", "/sources/contacts", "/search?q=Concetta",
    sparql("SELECT * { ?s a ?c }"), sparql("SELECT ?a ?b ?c { ?a <urn:x> ?b ; <urn:y> ?c }"),
    sparql("SELECT * FROM <https://w3id.org/metacluster/graph/open> { ?s ?p ?o }"),
    sparql("SELECT (COUNT(*) AS ?n) { ?s a ?c FILTER(?c != ?s && !bound(?x)) } GROUP BY ?c"),
    "/id/person/contacts.nobody", sparql("SELECT * { ?s ?p"),
]  # fmt: skip


@pytest.mark.parametrize("case", SEEN)
def test_each_door_is_recorded_for_a_member_and_not_for_the_public(site: Server, case: str) -> None:
    path, what = SEEN[case]
    before = head(site.data).count
    site.ask(path, "*/*")
    assert head(site.data).count == before, "the public sees nothing personal"
    for accept in ("*/*", "text/html"):
        reply = site.member(path, accept)
        if reply.status == 406:  # a graph is no page
            continue
        assert reply.status == 200, reply.text[:500]
        before += 1
        entry = read_trail(site.data, 1)[0]
        assert (entry.number, entry.generation) == (before, 1)
        assert what in entry.what
        assert entry.account.startswith("token:")


def test_what_holds_no_contact_data_is_not_recorded(site: Server, tokens: dict[str, str]) -> None:
    before = head(site.data)
    for path in UNSEEN:
        site.ask(path, "*/*", headers={"Authorization": f"Bearer {tokens['partner:biom']}"})
        assert head(site.data) == before, path


def test_the_trail_is_for_those_who_administer(site: Server, tokens: dict[str, str]) -> None:
    site.member("/id/person/contacts.anna")
    page = site.member("/audit")
    assert (page.status, PERSON in page.text) == (200, True)
    rows = site.member("/audit?about=person/contacts.anna", "application/json").json["entries"]
    assert rows
    assert all("person/contacts.anna" in row["what"] for row in rows)
    assert "credential" in site.member("/audit", "text/csv").text
    absent = site.ask("/audit", "application/json")
    for token in (None, tokens["consortium"], tokens["partner:biom"]):
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        reply = site.ask("/audit", "application/json", headers=sent)
        assert (reply.status, reply.body) == (404, absent.body)


def test_the_command_tells_and_exports_it(tmp_path: Path) -> None:
    write(tmp_path, 3)
    told = CliRunner().invoke(commands, ["--data", str(tmp_path), "audit", "--json"])
    assert [row["number"] for row in json.loads(told.output)] == [3, 2, 1]
    shown = CliRunner().invoke(commands, ["--data", str(tmp_path), "audit", "--about", "person/1"])
    assert "user:anna" in shown.output
    assert "person/0" not in shown.output
