"""Reviewing pairs over HTTP and in a browser: who may, what is recorded, what shows to whom."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from hub.access import Viewer
from hub.accounts.tokens import create_token, list_tokens, revoke_token
from hub.identity import all_judgements
from hub.identity.decisions import read_record
from hub.publishing.loading import load
from hub.settings import Settings, read_settings
from hub.store.generations import current_number
from tests.web.conftest import AT_WILL, BASE, DESCRIPTION, Reply, Server, serving

PREFIXES = """\
@prefix mc: <https://w3id.org/metacluster/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <https://w3id.org/metacluster/id/> .
"""
SOURCES = {
    "alpha": (
        "public",
        """
<organisation/alpha.acme> a mc:Company ; rdfs:label "Acme Robotics & Vision S.A." ;
    mc:country <country/ES> ; foaf:homepage <https://acme-robotics.example.org> .
<organisation/alpha.robots> a mc:Cluster ; rdfs:label "Robot Cluster of Catalonia" .
<membership/alpha.1> a org:Membership ; org:member <organisation/alpha.acme> ;
    org:organization <organisation/alpha.robots> .
<organisation/alpha.zebra> a mc:Company ; rdfs:label "Zebra Optical Instruments GmbH" ;
    mc:country <country/DE> .
""",
    ),
    "beta": (
        "public",
        """
<organisation/beta.acme> a mc:Company ; rdfs:label "Acme Robotics & Vision" ;
    mc:country <country/ES> .
<organisation/beta.park> a mc:SciencePark ; rdfs:label "Nanjing Park" ; mc:country <country/CN> .
<agreement/beta.1> a mc:Agreement ; rdfs:label "Memorandum" ; mc:inMarket <market/CN> ;
    mc:agreementKind <concept/agreement-kind/mou> ; mc:signed "2013"^^xsd:gYear .
<involvement/beta.1> a mc:Involvement ; mc:involves <organisation/beta.acme> ;
    mc:involvedIn <agreement/beta.1> .
<involvement/beta.2> a mc:Involvement ; mc:involves <organisation/beta.park> ;
    mc:involvedIn <agreement/beta.1> .
""",
    ),
    "gamma": (
        "consortium",
        """
<organisation/gamma.zebra> a mc:Company ; rdfs:label "Zebra Optical Instruments" ;
    mc:country <country/DE> .
""",
    ),
}
ACME = ("organisation/alpha.acme", "organisation/beta.acme")
ZEBRA = ("organisation/alpha.zebra", "organisation/gamma.zebra")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a hub of three lists that share two companies, one of them for members."""
    folder = tmp_path_factory.mktemp("lists")
    for name, (visibility, text) in SOURCES.items():
        source = folder / "lists" / name
        source.mkdir(parents=True)
        described = DESCRIPTION.format(visibility=visibility).replace('"hostile"', f'"{name}"')
        (source / "source.toml").write_text(described, encoding="utf-8")
        (source / "data.ttl").write_text(PREFIXES + text, encoding="utf-8")
    (folder / "hub.toml").write_text(f'sources = ["lists/*"]\n{AT_WILL}', encoding="utf-8")
    assert load(read_settings(folder / "data", folder / "hub.toml")).outcome == "published"
    return folder


@pytest.fixture
def lists(loaded: Path, tmp_path: Path) -> Iterator[Server]:
    """A server over a copy of it."""
    shutil.copytree(loaded, tmp_path, dirs_exist_ok=True)
    config, data = tmp_path / "hub.toml", tmp_path / "data"
    token = create_token(data, "Anna <b>", Viewer("consortium"), right="review")
    with serving(data, config) as url:
        yield Server(url, data, config, token)


class Browser:
    """Somebody who keeps cookies and sends forms, as a browser without JavaScript does."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.cookie = ""

    def get(self, path: str, accept: str = "text/html") -> Reply:
        return self._ask("GET", path, None, accept)

    def post(self, path: str, accept: str = "text/html", **fields: str) -> Reply:
        return self._ask("POST", path, urlencode(fields).encode(), accept)

    def log_in(self, token: str) -> Reply:
        return self.post("/log-in", token=token, csrf=self.mark("/log-in"))

    def mark(self, path: str = "/identity") -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        assert found
        return found[1]

    def judge(self, judgement: str, ends: tuple[str, str], **fields: str) -> Reply:
        left, right = (BASE + end for end in ends)
        given = {"left": left, "right": right, "judgement": judgement, **fields}
        return self.post("/identity", csrf=self.mark(), **given)

    def _ask(self, method: str, path: str, body: bytes | None, accept: str) -> Reply:
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        reply = self.server.ask(path, accept, method=method, body=body, headers=headers)
        if "set-cookie" in reply.headers:
            self.set = reply.headers["set-cookie"]
            self.cookie = self.set.partition(";")[0]
        return reply


@pytest.fixture
def anna(lists: Server) -> Browser:
    browser = Browser(lists)
    assert browser.log_in(lists.token).status == 303
    return browser


def settings_of(server: Server) -> Settings:
    return read_settings(server.data, server.config)


def test_for_the_public_there_is_no_such_page(lists: Server) -> None:
    absent = lists.ask("/no-such-page", "application/json")
    for method, path in (("GET", "/identity"), ("POST", "/identity"), ("POST", "/identity/undo")):
        reply = lists.ask(path, "application/json", method=method, body=b"")
        assert (reply.status, reply.body) == (404, absent.body)
    public = create_token(lists.data, "visitor", Viewer())
    reply = lists.ask("/identity", headers={"Authorization": f"Bearer {public}"})
    assert reply.status == 404
    assert "/identity" not in lists.ask("/").text


def test_the_log_in_keeps_the_token_where_no_script_and_no_other_site_gets_it(
    lists: Server,
) -> None:
    browser = Browser(lists)
    wrong = browser.log_in("mch_0000000000000000_" + "x" * 43)
    assert (wrong.status, "unknown, expired or revoked" in wrong.text) == (401, True)
    assert browser.get("/identity").status == 404
    assert browser.log_in(lists.token).status == 303
    assert {"HttpOnly", "SameSite=Lax"} <= {part.strip() for part in browser.set.split(";")}
    page = browser.get("/identity")
    assert page.status == 200
    assert "private" in page.headers["cache-control"]
    assert "Cookie" in page.headers["vary"]
    assert "Logged in as Anna &lt;b&gt;" in page.text
    assert browser.post("/log-out", csrf=browser.mark()).status == 303
    assert browser.get("/identity").status == 404


def test_a_cookie_that_was_tampered_with_opens_nothing(lists: Server, anna: Browser) -> None:
    assert anna.get("/identity").status == 200
    start, dot, rest = anna.cookie.rpartition(".")
    anna.cookie = start + dot + ("A" if rest[0] != "A" else "B") + rest[1:]
    assert anna.get("/identity").status == 404
    assert lists.ask("/identity", headers={"Cookie": "hub=eyJ0b2tlbiI6ICJ4In0.x.y"}).status == 404


def test_a_log_in_ends_with_its_token(lists: Server, anna: Browser) -> None:
    revoke_token(lists.data, list_tokens(lists.data)[0].key)
    assert anna.get("/identity").status == 404


def test_a_form_of_another_site_decides_nothing(lists: Server, anna: Browser) -> None:
    left, right = (BASE + end for end in ACME)
    for mark in ({}, {"csrf": ""}, {"csrf": "guessed"}):
        fields = {"left": left, "right": right, "judgement": "same", **mark}
        assert anna.post("/identity", **fields).status == 403
        assert anna.post("/identity/undo", number="1", **mark).status == 403
    stranger = Browser(lists)
    assert stranger.post("/log-in", token=lists.token).status == 403
    assert all_judgements(settings_of(lists)) == ()


def test_two_records_stand_side_by_side_with_reasons_and_sources(anna: Browser) -> None:
    page = anna.get("/identity", "application/json").json
    assert {page["left"]["iri"], page["right"]["iri"]} == {BASE + end for end in ACME}
    assert page["remaining"] == 2
    assert page["levels"] == ["public", "consortium"]
    assert "joins 2 and 2 parties" in page["told"], "what joins up the graph comes first"
    weights = [reason["weight"] for reason in page["evidence"]]
    assert min(weights) < 0 < max(weights)
    rows = {row["title"]: row for row in page["rows"]}
    assert rows["Country"]["mark"] == "same"
    assert rows["Name"]["mark"] == "differs"
    assert ("left" in rows["Takes part in"]) != ("right" in rows["Takes part in"])
    cited = [side[0]["fact"]["citations"][0]["source"]["label"]
             for side in (rows["Name"]["left"], rows["Name"]["right"])]  # fmt: skip
    assert len(set(cited)) == 1, "each cites its source, and the two are called alike"
    html = anna.get("/identity").text
    assert html.count('<svg class="bar"') == len(weights)
    assert "Acme Robotics &amp; Vision S.A." in html


def test_one_form_decides_and_goes_on_to_the_next(lists: Server, anna: Browser) -> None:
    generation = current_number(lists.data)
    shown = anna.get("/identity", "application/json").json["evidence"]
    reply = anna.judge("same", ACME)
    assert reply.status == 303
    (judgement,) = all_judgements(settings_of(lists))
    assert (judgement.verdict, judgement.by, str(judgement.viewer)) == (
        "same", "Anna <b>", "public",
    )  # fmt: skip
    assert judgement.reason == "; ".join(e["text"] for e in shown if e["weight"] > 0)
    page = anna.get(reply.headers["location"], "application/json").json
    assert {page["left"]["iri"], page["right"]["iri"]} == {BASE + end for end in ZEBRA}
    assert page["levels"] == ["consortium"], "one of them is known to members only"
    assert page["remaining"] == 1
    assert page["decided"][0]["effect"] == "stands"
    assert anna.judge("unsure", ZEBRA, because="ask Zebra").status == 303
    assert "Nothing is left to judge" in anna.get("/identity").text
    assert current_number(lists.data) == generation, "deciding publishes nothing"
    last = all_judgements(settings_of(lists))[-1]
    assert (last.reason, str(last.viewer)) == ("ask Zebra", "consortium")


def test_what_would_show_a_hidden_record_is_refused(lists: Server, anna: Browser) -> None:
    reply = anna.judge("same", ZEBRA, visible="public")
    assert reply.status == 422
    assert "rests on what consortium sees" in reply.text
    assert all_judgements(settings_of(lists)) == ()


def test_a_contradiction_is_told_in_names_and_an_undo_makes_way(
    lists: Server, anna: Browser
) -> None:
    anna.judge("different", ACME, because="two founders")
    reply = anna.judge("same", ACME, because="one address")
    assert reply.status == 422
    assert "“Acme Robotics &amp; Vision S.A.” (organisation/alpha.acme)" in reply.text
    assert "two founders" in reply.text
    assert anna.post("/identity/undo", csrf=anna.mark(), number="1").status == 303
    assert anna.judge("same", ACME, because="one address").status == 303
    record = read_record(settings_of(lists))
    assert [(e.judgement.verdict, bool(e.undo)) for e in record] == [
        ("different", True), ("same", False),
    ]  # fmt: skip
    assert anna.post("/identity/undo", csrf=anna.mark(), number="99").status == 404


def test_bad_input_is_refused_in_a_sentence(anna: Browser) -> None:
    for status, ends, judgement in (
        (422, ACME, "perhaps"),
        (422, (ACME[0], ACME[0]), "same"),
        (404, (ACME[0], "organisation/nobody"), "same"),
        (404, (ACME[0], "market/CN"), "same"),
        (404, (ACME[0], ""), "same"),
    ):
        reply = anna.judge(judgement, ends)
        assert (reply.status, "Traceback" in reply.text) == (status, False), ends
    assert anna.judge("same", ACME, visible="everybody").status == 400
    assert anna.judge("same", ACME, because="x" * 6000).status == 422
    assert anna.get("/identity?pair=nothing").status == 404
    assert anna.get("/identity?after=nothing").status == 200


def test_programs_decide_with_their_token(lists: Server) -> None:
    headers = {
        "Authorization": f"Bearer {lists.token}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    fields = {"left": BASE + ACME[0], "right": "Acme Robotics & Vision", "judgement": "same"}
    body = urlencode(fields).encode()
    reply = lists.ask("/identity", "application/json", method="POST", body=body, headers=headers)
    assert (reply.status, reply.json) == (200, {"number": [1]})


def test_what_was_judged_shows_to_those_who_may_see_it_once_it_is_published(
    lists: Server, anna: Browser
) -> None:
    anna.judge("same", ACME)
    anna.judge("same", ZEBRA)
    former, hidden = f"/id/{ACME[1]}", f"/id/{ZEBRA[1]}"
    assert lists.ask(former).status == 200
    assert load(settings_of(lists)).outcome == "published"
    moved = lists.ask(former)
    assert (moved.status, moved.headers["location"]) == (303, f"/id/{ACME[0]}")
    page = lists.ask(f"/id/{ACME[0]}?format=json", "application/json").json
    assert {group["title"] for group in page["groups"]} >= {"Belongs to", "Takes part in"}
    assert lists.ask(hidden).status == 404, "what the public may not see was never there"
    assert 'Zebra Optical Instruments"' not in json.dumps(
        lists.ask(f"/id/{ZEBRA[0]}?format=json", "application/json").json
    )
    assert anna.get(hidden).headers["location"] == f"/id/{ZEBRA[0]}"
    merged = anna.get(f"/id/{ZEBRA[0]}?format=json", "application/json").json
    assert merged["aliases"] == [BASE + ZEBRA[1]]
    assert anna.get("/identity", "application/json").json["remaining"] == 0
    way = lists.ask(
        "/introductions?from=Robot%20Cluster%20of%20Catalonia&to=Nanjing%20Park&format=json",
        "application/json",
    )
    assert way.status == 200
    assert "Acme Robotics" in way.text, "the two lists meet in the company"


@pytest.mark.browser
def test_one_key_decides(lists: Server, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.goto(lists.url + "/log-in")
    page.click("summary")
    page.fill("#token", lists.token)
    page.press("#token", "Enter")
    page.wait_for_url("**/identity")
    for width, scheme in ((360, "dark"), (1400, "light")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.focus("#because")
    page.keyboard.type("sudden")
    page.keyboard.press("Enter")
    assert page.input_value("#because") == "sudden\n", "in the field, keys write and decide nothing"
    page.fill("#because", "")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("n")
    page.wait_for_url("**/identity?after=*")
    page.keyboard.press("d")
    page.wait_for_selector(".decided li")
    page.keyboard.press("s")
    page.wait_for_selector("text=Nothing is left to judge")
    verdicts = {j.left.rpartition(".")[2]: j.verdict for j in all_judgements(settings_of(lists))}
    assert verdicts == {"zebra": "different", "acme": "same"}
    page.click(".decided button >> nth=0")
    page.wait_for_selector("text=taken back by")
    assert not told
    page.close()
