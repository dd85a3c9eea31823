"""Log-in at another server: what it opens, and that nothing forged does."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from flask.testing import FlaskClient

from hub.accounts.single_sign_on import read_sign_on
from hub.accounts.users import check_password, disable_user, list_users
from hub.errors import Forbidden, Invalid, Unauthorised
from hub.hub import Hub
from hub.settings import read_settings
from hub.web import create_app
from tests.accounts.conftest import copy_world
from tests.accounts.oidc_server import CLIENT, SECRET, OidcServer, serving_oidc

ANNA = {"sub": "anna-1", "name": "Anna Muster", "groups": ["members", "else"]}
LEVELS = {"members": "consortium", "biom-staff": "partner:biom", "biocat-staff": "partner:biocat"}


@pytest.fixture(scope="module")
def oidc() -> Iterator[OidcServer]:
    with serving_oidc() as server:
        yield server


@pytest.fixture
def anna(oidc: OidcServer) -> OidcServer:
    oidc.claims, oidc.wrong, oidc.issuer = dict(ANNA), {}, oidc.url
    oidc.signature, oidc.without_token = "RS256", False
    return oidc


@pytest.fixture(scope="module")
def hub(world: Path, tmp_path_factory: pytest.TempPathFactory, oidc: OidcServer) -> Iterator[Hub]:
    data, config = copy_world(world, tmp_path_factory.mktemp("signed-on"))
    table = {
        "issuer": oidc.url, "client": CLIENT, "secret_variable": "HUB_TEST_SIGN_ON",
        "name": "Cluster <log-in>", "levels": LEVELS, "rights": {"reviewers": "review"},
    }  # fmt: skip
    settings = replace(read_settings(data, config), single_sign_on=table)
    with Hub(settings, workers=1) as opened:
        yield opened


@pytest.fixture
def browser(hub: Hub, anna: OidcServer, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Somebody without a log-in yet; the hub knows nothing of the other server yet either."""
    assert anna
    monkeypatch.setenv("HUB_TEST_SIGN_ON", SECRET)
    return create_app(hub).test_client()


class Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def visit(address: str) -> str:
    """Where the other server sends the browser back to."""
    try:
        build_opener(Stay).open(address)
    except OSError as moved:
        return str(moved.headers["Location"])  # type: ignore[attr-defined]
    raise AssertionError("it does not send back")


def log_in(browser: FlaskClient):
    """The answer to coming back from the other server."""
    gone = browser.get("/log-in/away")
    assert gone.status_code == 302, gone.text
    back = urlsplit(visit(gone.location))
    return browser.get(f"{back.path}?{back.query}", headers={"Accept": "application/json"})


def name_of(browser: FlaskClient) -> str:
    page = browser.get("/markets", headers={"Accept": "text/html"}).text
    return page.partition("Logged in as ")[2].partition(".")[0]


def test_who_logs_in_there_is_known_here_at_the_level_of_the_claim(
    browser: FlaskClient, hub: Hub, anna: OidcServer
) -> None:
    page = browser.get("/log-in").text
    assert "Cluster &lt;log-in&gt;" in page
    assert log_in(browser).status_code == 303
    assert name_of(browser) == "Anna Muster"
    asked = anna.asked[-1]
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "openid email profile")
    (user,) = [u for u in list_users(hub.settings.data) if u.title == "Anna Muster"]
    assert (str(user.viewer), user.right) == ("consortium", "read")
    assert browser.get("/id/person/contacts.anna").status_code == 200
    # The next log-in brings what the claim says then, to the same account.
    anna.claims["groups"] = ["members", "biom-staff", "reviewers"]
    assert log_in(browser).location == "/identity"
    (user,) = [u for u in list_users(hub.settings.data) if u.title == "Anna Muster"]
    assert (str(user.viewer), user.right) == ("partner:biom", "review")
    with pytest.raises(Unauthorised):
        check_password(hub.settings.data, user.name, "")
    disable_user(hub.settings.data, user.name)
    assert name_of(browser) == "", "the session has ended"
    assert log_in(browser).status_code == 401
    hub_users = [u.name for u in list_users(hub.settings.data)]
    assert hub_users.count(user.name) == 1


def test_the_way_back_is_the_address_of_the_settings(
    hub: Hub, anna: OidcServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_TEST_SIGN_ON", SECRET)
    stated = replace(hub.settings, address="https://hub.example")
    monkeypatch.setattr(hub, "settings", stated)
    browser = create_app(hub).test_client()
    gone = browser.get("/log-in/away", headers={"Host": "evil.example"})
    back = urlsplit(visit(gone.location))
    assert (back.scheme, back.netloc) == ("https", "hub.example")
    asked = parse_qs(urlsplit(gone.location).query)
    assert asked["redirect_uri"] == ["https://hub.example/log-in/back"], anna.asked


FORGED = {
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "another client"},
    "another issuer": {"iss": "https://elsewhere.example"},
    "expired": {"exp": int(time.time()) - 3_600},
    "no subject": {"sub": None},
}


@pytest.mark.parametrize("case", [*FORGED, "none", "HS256", "other", "without"])
def test_forged_tokens_open_nothing(
    browser: FlaskClient, hub: Hub, anna: OidcServer, case: str
) -> None:
    before = list_users(hub.settings.data)
    anna.claims["sub"] = f"forged {case}"
    anna.wrong = FORGED.get(case, {})
    anna.without_token = case == "without"
    anna.signature = case if case in ("none", "HS256", "other") else "RS256"
    reply = log_in(browser)
    assert (reply.status_code, reply.json["title"]) == (401, "Not authorised"), reply.text
    assert list_users(hub.settings.data) == before
    assert name_of(browser) == ""


def test_a_state_that_is_not_this_browsers_opens_nothing(
    browser: FlaskClient, hub: Hub, anna: OidcServer
) -> None:
    other = create_app(hub).test_client()
    gone = urlsplit(visit(other.get("/log-in/away").location))
    stolen = browser.get(f"{gone.path}?{gone.query}", headers={"Accept": "application/json"})
    assert stolen.status_code == 401
    code = parse_qs(gone.query)["code"][0]
    assert anna.codes.get(code), "nobody has even asked for the token"
    for query in ("", "?code=x", "?state=x", "?error=access_denied&error_description=<b>"):
        reply = browser.get(f"/log-in/back{query}", headers={"Accept": "text/html"})
        assert reply.status_code == 401
        assert "<b>" not in reply.text


def test_a_code_is_good_once(browser: FlaskClient, anna: OidcServer) -> None:
    anna.claims["sub"] = "once"
    back = urlsplit(visit(browser.get("/log-in/away").location))
    assert browser.get(f"{back.path}?{back.query}").status_code == 303
    assert browser.get(f"{back.path}?{back.query}").status_code == 401


def test_who_has_no_group_is_told_so(browser: FlaskClient, anna: OidcServer) -> None:
    for groups in ([], ["else"], None, 7, ["biom-staff", "biocat-staff"]):
        anna.claims["groups"] = groups
        reply = log_in(browser)
        assert (reply.status_code, "opens" in reply.json["detail"]) == (403, True), groups


def test_a_server_that_calls_itself_another_is_not_asked(
    browser: FlaskClient, anna: OidcServer
) -> None:
    anna.issuer = "https://elsewhere.example"
    reply = browser.get("/log-in/away", headers={"Accept": "application/json"})
    assert (reply.status_code, "another one" in reply.json["detail"]) == (503, True)
    anna.issuer = anna.url
    assert browser.get("/log-in/away").status_code == 302


def test_a_server_that_is_away_is_told(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_TEST_SIGN_ON", SECRET)
    table = {**hub.settings.single_sign_on, "issuer": "http://127.0.0.1:9"}
    monkeypatch.setattr(hub, "settings", replace(hub.settings, single_sign_on=table))
    reply = create_app(hub).test_client().get("/log-in/away")
    assert (reply.status_code, reply.json["title"]) == (503, "Not available")


def test_without_the_secret_or_the_setting_there_is_none(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUB_TEST_SIGN_ON", raising=False)
    with pytest.raises(Invalid, match="HUB_TEST_SIGN_ON"):
        create_app(hub)
    monkeypatch.setattr(hub, "settings", replace(hub.settings, single_sign_on={}))
    plain = create_app(hub).test_client()
    assert "/log-in/away" not in plain.get("/log-in").text
    assert plain.get("/log-in/away").status_code == plain.get("/log-in/back").status_code == 404


GOOD = {"issuer": "https://a.example", "client": "c", "secret_variable": "S", "levels": LEVELS}


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://a.example"}, {"issuer": 1}, {"client": ""}, {"levels": {}},
        {"levels": {"members": "king"}}, {"levels": "members"}, {"rights": {"x": "rule"}},
        {"else": "x"}, {"secret_variable": ""}, {"claim": ""},
    ],
)  # fmt: skip
def test_settings_that_will_not_do_are_refused(change: dict[str, object]) -> None:
    assert read_sign_on(GOOD)
    with pytest.raises(Invalid):
        read_sign_on(GOOD | change)


def test_of_several_values_the_highest_opens() -> None:
    sign_on = read_sign_on(GOOD | {"rights": {"a": "review", "b": "administer"}})
    assert sign_on
    viewer, right = sign_on.open({"groups": ["members", "biom-staff", "a", "b"]})
    assert (str(viewer), right) == ("partner:biom", "administer")
    assert str(sign_on.open({"groups": "members"})[0]) == "consortium"
    with pytest.raises(Forbidden):
        sign_on.open({"roles": ["members"]})
