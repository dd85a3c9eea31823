"""Budgets over HTTP: who pays, what is told, and the numbers of /metrics."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.access import Viewer
from hub.accounts.tokens import create_token
from tests.accounts.conftest import SOURCES, copy_world
from tests.web.conftest import Server, serving

QUOTA = 12


@pytest.fixture
def poor(world: Path, tmp_path: Path) -> Iterator[Server]:
    """A server with small budgets, behind a proxy on this machine."""
    data, config = copy_world(world, tmp_path)
    config.write_text(
        f"{SOURCES}requests_per_minute = {QUOTA}\nseconds_per_minute = 1\n"
        'proxy = "127.0.0.1"\nquery_seconds = 5\n'
    )
    token = create_token(data, "member", Viewer("consortium"))
    with serving(data, config) as url:
        yield Server(url, data, config, token)


def left(headers: object, name: str) -> int:
    found = re.search(rf'"{name}";r=(\d+);t=\d+', str(headers))
    assert found, headers
    return int(found[1])


def test_a_caller_who_asks_too_much_is_told_when_to_come_back(poor: Server) -> None:
    def ask(path: str, address: str = "192.0.2.1", **headers: str):
        sent = {"X-Forwarded-For": address, **headers}
        return poor.ask(path, "application/json", headers=sent)

    first = ask("/markets")
    assert first.headers["ratelimit-policy"] == (
        f'"requests";q={QUOTA};w=60, "seconds";q=1;w=60;qu="seconds"'
    )
    assert left(first.headers["ratelimit"], "requests") == QUOTA - 1
    # What is refused counts as well: unknown pages, malformed questions, forged tokens.
    for path, status in (("/nowhere", 404), ("/resource", 400), ("/?token=x", 400)):
        assert ask(path).status == status
    forged = ask("/markets", Authorization="Bearer mch_x")
    assert (forged.status, left(forged.headers["ratelimit"], "requests")) == (401, QUOTA - 5)
    for _ in range(3 * QUOTA):
        last = ask("/nowhere")
    assert (last.status, last.type) == (429, "application/problem+json")
    assert last.json["violated-policies"] == ["requests"]
    assert 1 <= int(last.headers["retry-after"]) <= 60
    assert last.headers["retry-after"] in last.json["remedy"]
    assert "too many" in poor.ask("/", headers={"X-Forwarded-For": "192.0.2.1"}).text.lower()
    plain = "/sparql?query=ASK%20%7B%7D"  # which takes the express lane
    assert ask(plain).status == 429
    assert left(ask(plain, "192.0.2.4").headers["ratelimit"], "requests") == QUOTA - 1
    # Others, and who has an account, have budgets of their own, wherever they ask from.
    assert ask("/nowhere", "192.0.2.2").status == 404
    member = ask("/nowhere", Authorization=f"Bearer {poor.token}")
    assert left(member.headers["ratelimit"], "requests") == QUOTA - 1
    again = ask("/nowhere", "192.0.2.3", Authorization=f"Bearer {poor.token}")
    assert left(again.headers["ratelimit"], "requests") == QUOTA - 2
    # One line is one caller, whichever of its addresses it takes; nobody believes a longer list.
    assert left(ask("/nowhere", "2001:db8::1").headers["ratelimit"], "requests") == QUOTA - 1
    assert left(ask("/nowhere", "2001:db8::2").headers["ratelimit"], "requests") == QUOTA - 2
    assert ask("/nowhere", "203.0.113.9, 192.0.2.1").status == 429
    # What watches the server, and what pages are made of, is free.
    for path in ("/healthz", "/metrics", "/static/hub.css"):
        free = poor.ask(path, headers={"X-Forwarded-For": "192.0.2.1"})
        assert (free.status, "ratelimit" in free.headers) == (200, False)


def test_time_is_a_budget_too(poor: Server) -> None:
    slow = (
        "/sparql?query=SELECT (COUNT(*) AS ?n) "
        "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(STR(?c) = STR(?f)) }&timeout=2"
    )
    answered = poor.ask(slow, "application/json")
    assert answered.status == 504, answered.text
    reply = poor.ask("/markets", "application/json")
    assert (reply.status, reply.json["violated-policies"]) == (429, ["seconds"])
    assert int(reply.headers["retry-after"]) > 30


def test_metrics_count_and_name_nobody(site: Server) -> None:
    site.member("/id/organisation/contacts.lab")
    site.ask("/id/organisation/there-is-no-such-thing")
    site.ask("/nowhere/at/all", method="BREW")
    reply = site.ask("/metrics", "*/*")
    assert (reply.status, reply.type) == (200, "text/plain")
    for line in reply.text.splitlines():
        number = r"-?\d+(\.\d+)?"
        assert re.fullmatch(
            rf'# (HELP|TYPE) \w+ .+|\w+(\{{\w+="[^"\n]*"(,\w+="[^"\n]*")*\}})? {number}', line
        ), line
    thing = 'method="GET",route="/id/<kind>/<path:key>",status='
    assert re.search(rf'hub_requests_total{{{re.escape(thing)}"200"}} [1-9]', reply.text)
    assert re.search(rf'hub_requests_total{{{re.escape(thing)}"404"}} [1-9]', reply.text)
    assert 'method="other",route="none"' in reply.text
    assert re.search(r'hub_workers{state="idle"} [12]', reply.text)
    assert "hub_data_age_seconds " in reply.text
    for personal in ("lab", "nowhere", "member", "127.0.0.1", site.token):
        assert personal not in reply.text
    buckets = re.findall(r'bucket{route="/nowhere.*', reply.text)
    assert buckets == []
