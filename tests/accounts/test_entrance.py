"""Logging in by name and password: the cookie, the mark of forms, how often one may try."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from hub.access import Viewer
from hub.accounts.audit import read_trail
from hub.accounts.tokens import create_token
from hub.accounts.users import add_user, check_password, find_user
from hub.cli import commands
from hub.errors import Invalid, Unauthorised
from hub.hub import Hub
from hub.settings import read_settings
from hub.web import create_app
from hub.web.budget import ATTEMPTS_OF_ADDRESS, ATTEMPTS_OF_NAME
from tests.accounts.conftest import copy_world

PASSWORD = "four words and one"


@pytest.fixture(scope="module")
def hub(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    data, config = copy_world(world, tmp_path_factory.mktemp("entrance"))
    add_user(data, "anna", Viewer("consortium"), title="Anna", right="review", password=PASSWORD)
    with Hub(read_settings(data, config), workers=1) as opened:
        yield opened


@pytest.fixture
def app(hub: Hub) -> Flask:
    """An application whose budgets are whole."""
    return create_app(hub)


def send(client: FlaskClient, path: str = "/log-in", **fields: str) -> TestResponse:
    if "csrf" not in fields:
        found = re.search(r'name="csrf" value="([^"]+)"', client.get("/log-in").text)
        assert found
        fields["csrf"] = found[1]
    return client.post(path, data=fields, headers={"Accept": "text/html"})


def is_in(client: FlaskClient) -> bool:
    return "Logged in as Anna" in client.get("/markets", headers={"Accept": "text/html"}).text


def test_a_user_logs_in_sees_more_and_logs_out(app: Flask) -> None:
    client = app.test_client()
    hidden = client.get("/id/person/contacts.anna")
    answer = send(client, name="anna", password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/identity")
    assert is_in(client)
    assert (hidden.status_code, client.get("/id/person/contacts.anna").status_code) == (404, 200)
    cookie = client.get_cookie("hub")
    assert cookie
    kept = cookie.value
    mark = re.search(r'name="csrf" value="([^"]+)"', client.get("/markets").text)
    assert mark
    assert send(client, "/log-out", csrf=mark[1]).status_code == 303
    assert not is_in(client)
    client.set_cookie("hub", kept)  # a cookie that somebody kept opens nothing any more
    assert not is_in(client)


def test_the_cookie_is_for_no_script_and_over_tls_for_tls_alone(app: Flask) -> None:
    for base, secure in (("http://localhost", False), ("https://localhost", True)):
        page = app.test_client().get("/log-in", base_url=base)
        parts = {part.strip() for part in page.headers["Set-Cookie"].split(";")}
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= parts
        assert ("Secure" in parts) == secure
        assert PASSWORD not in page.headers["Set-Cookie"]


def test_a_form_of_another_site_logs_nobody_in_or_out(app: Flask) -> None:
    client = app.test_client()
    for csrf in ("", "x", "ü"):
        assert send(client, name="anna", password=PASSWORD, csrf=csrf).status_code == 403
    send(client, name="anna", password=PASSWORD)
    assert send(client, "/log-out", csrf="x").status_code == 403
    assert is_in(client)


def test_it_is_not_told_what_was_wrong(app: Flask) -> None:
    client = app.test_client()
    pages = set()
    for name, password in (("anna", "x"), ("bert", PASSWORD), ("<b>", "x"), ("", "")):
        answer = send(client, name=name, password=password)
        assert answer.status_code == 401
        assert "<b>" not in answer.text
        text = answer.text.replace('value="anna"', "").replace('value="bert"', "")
        pages.add(re.sub(r'value="[^"]*"', "", text))
    assert len(pages) == 1


def test_a_new_session_begins_with_the_log_in(app: Flask) -> None:
    """A mark that was there before is not kept, so that nobody can have planted it."""
    client = app.test_client()
    before = re.search(r'name="csrf" value="([^"]+)"', client.get("/log-in").text)
    assert before
    send(client, name="anna", password=PASSWORD, csrf=before[1])
    assert send(client, "/log-out", csrf=before[1]).status_code == 403


def test_log_ins_are_tried_so_often_from_an_address_and_so_often_on_a_name(app: Flask) -> None:
    client = app.test_client()
    for number in range(ATTEMPTS_OF_ADDRESS):
        answer = send(client, token=f"mch_{number}")
        assert answer.status_code == 401
    stopped = send(client, name="anna", password=PASSWORD)
    assert (stopped.status_code, "attempts" in stopped.text) == (429, True)
    assert int(stopped.headers["Retry-After"]) > 0
    budget = app.extensions["budgets"].attempts_on_name
    budget.spend("anna", ATTEMPTS_OF_NAME)
    other = app.test_client()
    other.environ_base["REMOTE_ADDR"] = "192.0.2.9"
    assert send(other, name="anna", password=PASSWORD).status_code == 429
    assert send(other, name="bert", password=PASSWORD).status_code == 401


@pytest.mark.parametrize("address", ["/?q=TOKEN", "/search?q=TOKEN", "/sparql?query=TOKEN",
                                     "/id/organisation/TOKEN", "/?access_token=1"])  # fmt: skip
def test_a_token_in_an_address_is_refused(app: Flask, hub: Hub, address: str) -> None:
    token = create_token(hub.settings.data, "x", Viewer("consortium"))
    client = app.test_client()
    for sent in ({}, {"Authorization": f"Bearer {token}"}):
        reply = client.get(address.replace("TOKEN", token), headers=sent)
        assert (reply.status_code, "may not stand in an address" in reply.text) == (400, True)
        assert token not in reply.text


def test_users_change_their_own_password(app: Flask, hub: Hub) -> None:
    data, other = hub.settings.data, "seven new words for Dora"
    add_user(data, "dora", Viewer("consortium"), title="Anna too", password=PASSWORD)
    here, elsewhere, nobody = (app.test_client() for _ in range(3))
    for client in (here, elsewhere):
        send(client, name="dora", password=PASSWORD)
        assert is_in(client)
    assert "/password" in here.get("/markets").text
    mark = re.search(r'name="csrf" value="([^"]+)"', here.get("/password").text)
    assert mark

    def change(client: FlaskClient = here, csrf: str = mark[1], **fields: str) -> TestResponse:
        sent = {"old": PASSWORD, "new": other, "again": other} | fields
        return send(client, "/password", csrf=csrf, **sent)

    for wrong, status in (
        ({"old": "not that one at all"}, 401), ({"again": PASSWORD}, 400), ({"csrf": "x"}, 403),
        ({"new": "short", "again": "short"}, 400), ({"new": "", "again": ""}, 400),
    ):  # fmt: skip
        assert change(**wrong).status_code == status
        assert other not in change(**wrong).text
    assert change(nobody, csrf="").status_code == nobody.get("/password").status_code == 403
    with pytest.raises(Unauthorised):
        check_password(data, "dora", other)
    assert "is changed" in change().text
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert check_password(data, "dora", other).account == "user:dora"
    with pytest.raises(Unauthorised):
        check_password(data, "dora", PASSWORD)
    entry = read_trail(data, 1)[0]
    assert (entry.account, entry.door, entry.what) == (
        "user:dora", "account", "changed the password",
    )  # fmt: skip


def run(data: Path, *words: str, sent: str = "") -> str:
    told = CliRunner().invoke(commands, ["--data", str(data), *words], sent, catch_exceptions=False)
    return told.output


def test_the_commands_of_users(tmp_path: Path) -> None:
    run(tmp_path, "user", "add", "bert", "--for", "partner:biom", "--may", "review",
        "--title", "Bert [b]", sent=PASSWORD + "\n")  # fmt: skip
    assert find_user(tmp_path, "bert").right == "review"
    assert "Bert [b]" in run(tmp_path, "user", "list")
    run(tmp_path, "user", "password", "bert", sent="other words altogether\n")
    run(tmp_path, "user", "change", "bert", "--for", "consortium")
    assert (str(find_user(tmp_path, "bert").viewer), find_user(tmp_path, "bert").right) == (
        "consortium", "read",
    )  # fmt: skip
    assert "0 log-ins" in run(tmp_path, "user", "log-out", "bert")
    run(tmp_path, "user", "disable", "bert")
    assert find_user(tmp_path, "bert").disabled
    run(tmp_path, "user", "enable", "bert")
    assert not find_user(tmp_path, "bert").disabled
    with pytest.raises(Invalid):
        run(tmp_path, "user", "password", "bert", sent="\n")
    token = run(tmp_path, "token", "create", "script", "--for", "consortium", "--user", "bert")
    assert token.startswith("mch_")
    assert '"user": "bert"' in run(tmp_path, "token", "list", "--json")
