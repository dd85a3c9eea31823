"""Questions that people keep: private ones are absent, shared ones found, what broke is told."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from hub.access import Viewer
from hub.accounts.audit import read_trail
from hub.accounts.caller import Caller
from hub.accounts.tokens import create_token
from hub.cli import commands
from hub.errors import HubError, Invalid, NotFound
from hub.history import ledger
from hub.hub import Hub
from hub.questions import Parameter
from hub.questions.keeping import PRIVATE, Draft, all_kept, find_kept, forget, keep, remark, share
from hub.questions.trials import read_trials, try_out
from hub.settings import read_settings
from tests.web.conftest import Reply, Server

MC = "PREFIX mc: <https://w3id.org/metacluster/ns#>\n"
QUERY = MC + "SELECT ?agreement ?market WHERE { ?agreement mc:inMarket ?market }"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SENT = {
    "title": 'Which agreements are there, "by" market: 中国?',
    "description": "All that a source says is in a market. #+ why: {not: yaml}",
    "query": QUERY,
    "audience": "private",
    "type-market": "iri",
    "of-market": "mc:Market",
    "label-market": "Market",
    "example-market": "China",
    "required-market": "on",
}


def post(server: Server, path: str, token: str, **fields: str) -> Reply:
    headers = FORM | {"Authorization": f"Bearer {token}"}
    body = urlencode(fields).encode()
    return server.ask(path, "application/json", method="POST", body=body, headers=headers)


def get(server: Server, path: str, token: str, accept: str = "application/json") -> Reply:
    return server.ask(path, accept, headers={"Authorization": f"Bearer {token}"})


def test_a_private_question_is_absent_for_others_byte_for_byte(server: Server) -> None:
    reply = post(server, "/questions/new", server.token, **SENT)
    assert reply.status == 200, reply.text
    name = reply.json["name"]
    other = create_token(server.data, "colleague", Viewer("consortium"))
    mine = get(server, f"/questions/{name}?market=China", server.token)
    assert {row["market"]["label"] for row in mine.json["rows"]} == {"China"}
    absent = name[:-1] + ("0" if name[-1] != "0" else "1")
    for accept in ("application/json", "text/html", "text/turtle"):
        for path in ("/questions/NAME", "/questions/NAME?market=China", "/questions/NAME?x=1"):
            hidden, missing = (
                get(server, path.replace("NAME", one), other, accept) for one in (name, absent)
            )
            assert hidden.status == missing.status == 404
            assert hidden.body.replace(name.encode(), b"") == missing.body.replace(
                absent.encode(), b""
            )
    for action in ("share", "forget", "remarks"):
        hidden, missing = (
            post(server, f"/questions/{one}/{action}", other, audience="public", text="x")
            for one in (name, absent)
        )
        assert hidden.status == missing.status == 404
        assert hidden.text.replace(name, "") == missing.text.replace(absent, "")
    for path in ("/questions", "/questions/trials", "/openapi.json"):
        assert name in get(server, path, server.token).text
        assert name not in get(server, path, other).text
        assert name not in server.ask(path, "application/json").text
    assert name not in get(server, "/questions", other, "text/turtle").text


def test_a_question_is_shared_remarked_upon_and_forgotten(server: Server) -> None:
    name = post(server, "/questions/new", server.token, **SENT).json["name"]
    other = create_token(server.data, "Berta <b>", Viewer("consortium"))
    assert (
        post(server, f"/questions/{name}/share", server.token, audience="partner:x").status == 400
    )
    assert (
        post(server, f"/questions/{name}/share", server.token, audience="consortium").status == 200
    )
    assert name not in server.ask("/questions", "application/json").text
    assert post(server, f"/questions/{name}/share", other, audience="public").status == 403
    assert post(server, f"/questions/{name}/remarks", other, text="<i>Well</i>").status == 200
    page = get(server, f"/questions/{name}", server.token, "text/html").text
    assert "&lt;i&gt;Well&lt;/i&gt;" in page
    assert "Berta &lt;b&gt;" in page
    assert post(server, f"/questions/{name}/share", server.token, audience="public").status == 200
    public = server.ask(f"/questions/{name}").text
    assert "中国" in public
    assert "Berta" not in public  # names of members are for members
    assert not re.search(r"\bmember\b", public)  # so is called whose question it is
    assert post(server, f"/questions/{name}/forget", server.token).status == 200
    assert get(server, f"/questions/{name}", server.token).status == 404


def test_a_question_is_changed_by_who_keeps_it_and_by_nobody_else(server: Server) -> None:
    name = post(server, "/questions/new", server.token, **SENT).json["name"]
    other = create_token(server.data, "another", Viewer("consortium"))
    path, absent = f"/questions/{name}/edit", "/questions/absent-00000000/edit"
    hidden, missing = get(server, path, other), get(server, absent, other)
    assert hidden.status == missing.status == 404
    assert hidden.text.replace(name, "") == missing.text.replace("absent-00000000", "")
    assert post(server, path, other, **SENT).status == 404
    assert post(server, f"/questions/{name}/remarks", server.token, text="It stays").status == 200
    post(server, f"/questions/{name}/share", server.token, audience="consortium")
    assert get(server, path, other).status == post(server, path, other, **SENT).status == 403

    page = get(server, path, server.token, "text/html").text
    for shown in ("中国", "?agreement mc:inMarket", 'value="mc:Market"', 'value="China"'):
        assert shown in page
    assert "#+ " not in page.partition('id="query"')[2].partition("</textarea>")[0]
    assert re.search(r'name="required-market"[^>]* checked', page)
    assert re.search(r'<option value="consortium" selected', page)

    changed = SENT | {"title": "Changed", "query": QUERY + " LIMIT 1", "audience": "consortium"}
    assert post(server, path, server.token, **(changed | {"query": "ASK {}"})).status == 400
    assert post(server, path, server.token, **changed).json == {"name": name}
    page = get(server, f"/questions/{name}?market=China", other, "text/html").text
    assert "<h1>Changed</h1>" in page
    assert "It stays" in page
    assert "LIMIT 1" in page
    listed = get(server, "/questions", server.token).json
    assert [one["title"] for one in listed if one["name"] == name] == ["Changed"]
    assert post(server, f"/questions/{name}/forget", server.token).status == 200


def test_one_that_cannot_be_read_any_more_says_so_and_takes_nothing_else_down(
    server: Server,
) -> None:
    name = post(server, "/questions/new", server.token, **SENT).json["name"]
    with ledger(server.data) as connection:
        connection.execute("UPDATE question SET text = '#+ title: [' WHERE name = ?", (name,))
    for path in ("/questions", "/openapi.json", "/questions/trials"):
        assert name in get(server, path, server.token).text
        assert server.ask(path).status == 200
    assert "rdf" in get(server, "/questions", server.token, "text/turtle").text
    assert get(server, f"/questions/{name}", server.token).status == 400
    assert "cannot be read" in get(server, f"/questions/{name}", server.token, "text/html").text
    body = urlencode({}).encode()
    headers = FORM | {"Authorization": f"Bearer {server.token}"}
    tried = server.ask(
        "/questions/trials", "application/json", method="POST", body=body, headers=headers
    )
    assert [one["error"] for one in tried.json if one["name"] == name]
    assert post(server, f"/questions/{name}/edit", server.token, **SENT).status == 200
    assert get(server, f"/questions/{name}?market=China", server.token).status == 200
    assert post(server, f"/questions/{name}/forget", server.token).status == 200


def test_variables_have_any_name_that_sparql_gives_them(server: Server) -> None:
    query = MC + "SELECT ?inMarket ?_m ?país { ?inMarket mc:inMarket ?_m OPTIONAL { ?_m a ?país } }"
    fields = {"title": "Names", "description": "Names.", "query": query, "audience": "private"}
    fields |= {"type-_m": "iri", "of-_m": "mc:Market", "example-_m": "China"}
    name = post(server, "/questions/new", server.token, **fields).json["name"]
    answer = get(server, f"/questions/{name}?_m=China", server.token).json
    assert [column["name"] for column in answer["columns"]] == ["inMarket", "_m", "país"]
    assert {row["_m"]["label"] for row in answer["rows"]} == {"China"}
    assert post(server, f"/questions/{name}/forget", server.token).status == 200


def test_the_audit_trail_has_the_query_of_a_question_that_may_be_forgotten(server: Server) -> None:
    query = "SELECT ?mail { ?who <https://schema.org/email> ?mail }"
    fields = {"title": "Mail", "description": "Mail.", "query": query, "audience": "private"}
    name = post(server, "/questions/new", server.token, **fields).json["name"]
    assert get(server, f"/questions/{name}", server.token).json["rows"]
    assert post(server, f"/questions/{name}/forget", server.token).status == 200
    assert query in read_trail(server.data, about=name)[0].what


def test_who_sees_less_than_before_is_not_told_what_is_found_by_those_eyes(server: Server) -> None:
    name = post(server, "/questions/new", server.token, **SENT).json["name"]
    assert name in get(server, "/questions/trials", server.token).text
    with ledger(server.data) as connection:
        connection.execute("UPDATE question SET sight = 'partner:x' WHERE name = ?", (name,))
    assert name not in get(server, "/questions/trials", server.token).text
    assert name in get(server, "/questions", server.token).text
    assert post(server, f"/questions/{name}/forget", server.token).status == 200


def test_a_long_answer_stands_on_pages(server: Server) -> None:
    query = "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 1100"
    fields = {"title": "All", "description": "All.", "query": query, "audience": "private"}
    name = post(server, "/questions/new", server.token, **fields).json["name"]

    def rows(page: str) -> list[str]:
        found = get(server, f"/questions/{name}?{page}", server.token, "text/html").text
        return re.findall(r"<tr><td.*", found)

    pages = [rows(""), rows("page=2"), rows("page=3")]
    assert [len(page) for page in pages] == [500, 500, 100]
    assert len({row for page in pages for row in page}) == 1100
    assert rows("page=99") == pages[2]
    second = get(server, f"/questions/{name}?page=2", server.token, "text/html").text
    assert "501 to 1,000 shown" in second
    assert 'href="?page=3" rel="next"' in second
    assert (
        get(server, f"/questions/{name}?page=2&format=csv", server.token).text.count("\n") == 1101
    )
    assert get(server, f"/questions/{name}?page=x", server.token, "text/html").status == 400
    assert post(server, f"/questions/{name}/forget", server.token).status == 200


def test_the_form_names_the_variables_and_says_what_is_wrong(server: Server) -> None:
    page = get(server, "/questions/new?" + urlencode({"query": QUERY}), server.token, "text/html")
    assert re.findall(r'name="type-(\w+)"', page.text) == ["agreement", "market"]
    for change, says in [
        ({"query": "ASK { ?s ?p ?o }"}, "SELECT"),
        ({"query": "SELECT * {"}, "closed"),
        ({"title": " "}, "title"),
        ({"example-market": ""}, "example"),
        ({"example-market": "Atlantis"}, "Atlantis"),
        ({"type-market": "dragon"}, "dragon"),
    ]:
        reply = post(server, "/questions/new", server.token, **(SENT | change))
        assert 400 <= reply.status < 500
        assert says in reply.json["detail"]
    assert server.ask("/questions/new", "application/json").status == 403
    body = urlencode(SENT).encode()
    assert server.ask("/questions/new", "*/*", method="POST", body=body, headers=FORM).status == 403


@pytest.fixture
def hub(server: Server) -> Iterator[Hub]:
    with Hub(read_settings(server.data, server.config), workers=1) as opened:
        yield opened


ANNA = Caller("user:anna", "Anna", Viewer("partner", "biom"))


def test_what_broke_is_told(hub: Hub) -> None:
    data = hub.settings.data
    kept = keep(hub, ANNA, Draft("What is there?", "All.", "SELECT ?s { ?s a ?class }"))
    question = kept.question
    (trial,) = read_trials(data, [question])
    assert (trial.wrong, trial.rows > 0, trial.columns) == ("", True, ("s",))

    def change(text: str) -> str:
        with ledger(data) as connection:  # as if what was tried had been so on versions before
            connection.execute("UPDATE tried SET version = 'before ' || rowid")
        changed = type(question)(**{**vars(question), "text": text})
        try_out(hub, changed, kept.sight)
        return next(t.wrong for t in read_trials(data, [question]))

    assert change(question.text) == ""
    nothing = "SELECT ?s { ?s a <http://nowhere.example/> }"
    assert "is empty; it had the" in change(nothing)
    assert "columns changed" in change("SELECT ?s ?class { ?s a ?class }")
    assert "fails" in change("SELECT ?s { ?s a }")
    assert "empty" in change(nothing)  # it is not right because it fared no better before
    assert "has 1 of the" in change(question.text + " LIMIT 1")
    assert change(question.text) == ""
    forget(data, ANNA, question.name)


def test_what_broke_stays_told_over_loads_until_it_is_right(tmp_path: Path) -> None:
    folder, data, config = tmp_path / "things", tmp_path / "data", tmp_path / "hub.toml"
    folder.mkdir()
    (folder / "source.toml").write_text(
        'name = "things"\ntitle = "Things"\nowner = "Nobody"\nvisibility = "public"\n'
        'licence = "CC0"\nfiles = ["data.ttl"]\n'
    )
    config.write_text('sources = ["things"]\n')
    count = itertools.count()

    def publish(cities: int, towns: int) -> dict[str, str]:
        """What is wrong after a load of so many, by title."""
        lines = [f"<city/{n}> a <City> ." for n in range(cities)]
        lines += [f"<town/{n}> a <Town> ." for n in range(towns)]
        lines += [f"<load/{next(count)}> a <Load> ."]  # something changes each time
        text = "\n".join(["@base <http://x.example/> .", *lines])
        (folder / "data.ttl").write_text(text)
        command = ["--data", str(data), "--config", str(config), "load"]
        done = CliRunner().invoke(commands, command)
        assert done.exit_code == 0, done.output
        trials = read_trials(data, [one.question for one in all_kept(data)])
        for trial in trials:
            assert (f"question {trial.name}: {trial.wrong}" in done.stderr) == bool(trial.wrong)
        return {trial.title: trial.wrong for trial in trials if trial.wrong}

    assert publish(1, 40) == {}
    with Hub(read_settings(data, config), workers=1) as hub:
        for name in ("City", "Town"):
            keep(hub, ANNA, Draft(name, "All.", f"SELECT ?x {{ ?x a <http://x.example/{name}> }}"))
    for _ in range(2):
        wrong = publish(0, 2)
        assert "is empty; it had the 1 row of" in wrong["City"]
        assert "has 2 of the 40 rows of" in wrong["Town"]
    assert set(publish(1, 3)) == {"Town"}
    (kept,) = (one for one in all_kept(data) if one.question.title == "Town")
    with Hub(read_settings(data, config), workers=1) as hub:
        share(hub, ANNA, kept.question.name, kept.audience)
    assert [one.wrong for one in read_trials(data, [kept.question])] == [""]


def test_who_keeps_a_question_says_that_it_is_right_and_nobody_else(server: Server) -> None:
    name = post(server, "/questions/new", server.token, **SENT).json["name"]
    other = create_token(server.data, "colleague", Viewer("consortium"))

    def wrong() -> list[str]:
        trials = get(server, "/questions/trials", server.token).json
        return [one.get("wrong", "") for one in trials if one["name"] == name]

    with ledger(server.data) as connection:
        insert = "INSERT INTO tried SELECT question, 'x', at, columns, 1, '' FROM tried "
        connection.execute("UPDATE tried SET rows = 40 WHERE question = ?", (name,))
        connection.execute(insert + "WHERE question = ?", (name,))
    assert "1 of the 40 rows" in wrong()[0]
    assert post(server, f"/questions/{name}/right", other).status == 404
    assert wrong() != [""]
    assert "is right" in get(server, f"/questions/{name}", server.token, "text/html").text
    assert post(server, f"/questions/{name}/right", server.token).status == 200
    assert wrong() == [""]
    assert post(server, f"/questions/{name}/forget", server.token).status == 200


def test_sharing_ends_at_what_the_account_belongs_to(hub: Hub) -> None:
    data = hub.settings.data
    kept = keep(
        hub, ANNA, Draft("Whose?", "Ours.", "SELECT ?s { ?s a ?class }", ()), "partner:biom"
    )
    name = kept.question.name
    partner = Caller("user:ben", "Ben", Viewer("partner", "biom"))
    rival = Caller("user:eve", "Eve", Viewer("partner", "erai"))
    member = Caller("user:cia", "Cia", Viewer("consortium"))
    assert find_kept(data, partner, name) == kept
    for other in (rival, member, Caller()):
        with pytest.raises(NotFound):
            find_kept(data, other, name)
    with pytest.raises(Invalid, match="cannot share"):
        share(hub, ANNA, name, "partner:erai")
    share(hub, ANNA, name, PRIVATE)
    with pytest.raises(NotFound):
        remark(data, partner, name, "x")
    forget(data, ANNA, name)
    assert name not in {one.question.name for one in all_kept(data)}


def test_any_words_are_kept_as_they_are(hub: Hub) -> None:
    nasty = "a: b\n#+ why: 'x'\n- [}{ % & * ! | > \" \\ \u2028 中文"
    parameter = Parameter("o", "text", "l: [", "d #", True, (), {}, "e: '", "")
    query = "#+ title: x\nSELECT ?s { ?s ?p ?o FILTER(?o != 'x') }"
    kept = keep(hub, ANNA, Draft(nasty, nasty, query, (parameter,)))
    again = find_kept(hub.settings.data, ANNA, kept.question.name)
    assert again == kept
    assert again.question.title == " ".join(nasty.split())
    assert again.question.description == " ".join(nasty.split())
    assert again.question.parameters == (parameter,)
    forget(hub.settings.data, ANNA, kept.question.name)
    with pytest.raises(HubError):
        keep(hub, Caller(), Draft("t", "d", query))
