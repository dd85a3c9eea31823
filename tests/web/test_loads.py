"""Pages of loads, and files returned with their findings, each to whom the source is visible."""

from __future__ import annotations

import csv
import io
import re

from hub.access import Viewer
from hub.accounts.tokens import create_token
from tests.web.conftest import Server

HIDDEN = re.compile(r"(?i)secret\.lab|secret laboratory|\bsecret\b(?! \w)")


def test_a_load_shows_only_the_sources_that_are_seen(server: Server) -> None:
    for path in ("/loads", "/loads/1"):
        public, member = server.ask(path), server.member(path)
        assert (public.status, member.status) == (200, 200)
        for form in ("?format=json", "?format=csv", ""):
            assert not HIDDEN.search(server.ask(path + form).text)
        assert HIDDEN.search(server.member(path + "?format=json").text)
    assert server.ask("/loads/999").status == 404
    assert server.ask("/loads/0x1").status == 404
    assert server.ask("/loads/1?severity=loud").status == 400
    assert server.ask("/loads?before=x").status == 400


def test_a_load_tells_what_came(server: Server) -> None:
    page = server.member("/loads/1", "application/json").json
    (secret,) = [one for one in page["sources"] if one["source"]["name"] == "secret"]
    assert secret["source"]["status"] == "new"
    assert secret["counts"] == {"organisation": {"added": 1}}
    (thing,) = secret["things"]
    assert (thing["label"], thing["change"]) == ("Secret Laboratory", "added")
    assert server.member(thing["href"]).status == 200
    (hostile,) = [one for one in page["sources"] if one["source"]["name"] == "hostile"]
    assert hostile["counts"]["other"] == {"added": 1}
    assert "<script>alert" not in server.ask("/loads/1").text


def test_findings_are_filtered_by_severity_and_name_their_rules(server: Server) -> None:
    whole, page = server.ask("/loads/1?format=csv").text, server.ask("/loads/1").text
    rows = list(csv.DictReader(io.StringIO(whole)))
    assert rows
    assert {row["rule"] for row in rows} <= set(re.findall(r'mono">([^<]+)<', page))
    for severity in ("error", "warning", "note"):
        some = server.ask(f"/loads/1?format=csv&severity={severity}").text
        found = list(csv.DictReader(io.StringIO(some)))
        assert found == [row for row in rows if row["severity"] == severity]


def test_a_file_is_returned_to_its_owner_alone(server: Server) -> None:
    assert server.ask("/sources/secret/files/data.ttl").status == 404
    assert server.ask("/sources/hostile/files/data.ttl").status == 404
    hidden = server.ask("/sources/secret/files/data.ttl", "application/json").json["detail"]
    absent = server.ask("/sources/nothing/files/data.ttl", "application/json").json["detail"]
    assert hidden.replace("secret", "nothing") == absent
    own, others = (
        {"Authorization": f"Bearer {create_token(server.data, name, Viewer('partner', name))}"}
        for name in ("nobody", "biocat")
    )
    everything = create_token(server.data, "operator", Viewer("consortium"), right="administer")
    operator = {"Authorization": f"Bearer {everything}"}
    assert server.member("/sources/hostile/files/data.ttl").status == 404
    assert server.ask("/sources/hostile/files/data.ttl", headers=others).status == 404
    assert server.ask("/sources/hostile/files/data.ttl", headers=operator).status == 200
    reply = server.ask("/sources/hostile/files/data.ttl", headers=own)
    assert (reply.status, reply.type) == (200, "text/csv")
    assert "data.ttl.findings.csv" in reply.headers["content-disposition"]
    for path in ("../secret/data.ttl", "source.toml", "%2e%2e/%2e%2e/hub.toml"):
        assert server.ask(f"/sources/hostile/files/{path}", headers=own).status == 404
    page = "/sources/biocat-profile"
    listed = server.ask(page, "application/json", headers=others).json["returns"]
    assert listed
    for href in listed.values():
        marked = server.ask(href, headers=others)
        assert marked.status == 200
        assert marked.body
    assert server.ask(page, "application/json", headers=operator).json["returns"] == listed
    assert server.member(page, "application/json").json["returns"] == {}
    assert server.ask(page, "application/json").json["returns"] == {}
