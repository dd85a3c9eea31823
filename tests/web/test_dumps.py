"""All that one sees as one file: each statement with its graph, and nothing of what is hidden."""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox
import pytest

from tests.web.conftest import Server

COUNTED = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
SYNTAXES = {"nquads": ox.RdfFormat.N_QUADS, "trig": ox.RdfFormat.TRIG}


@pytest.mark.parametrize("name", SYNTAXES)
@pytest.mark.parametrize("level", ["public", "member"])
def test_a_dump_holds_every_visible_graph_and_no_other(
    server: Server, name: str, level: str
) -> None:
    ask = server.ask if level == "public" else server.member
    reply = ask(f"/dump?format={name}", "*/*")
    assert (reply.status, reply.type) == (200, SYNTAXES[name].media_type)
    found = Counter(quad.graph_name.value for quad in ox.parse(reply.body, SYNTAXES[name]))
    rows = ask(f"/sparql?query={COUNTED}&format=json", "*/*").json["results"]["bindings"]
    assert found == {row["g"]["value"]: int(row["n"]["value"]) for row in rows}
    assert (b"Secret Laboratory" in reply.body) == (level == "member")
    assert b"Twin Works" in reply.body
    tag = reply.headers["etag"]
    assert server.ask(f"/dump?format={name}", headers={"If-None-Match": tag}).status == (
        304 if level == "public" else 200
    )


def test_the_accept_header_chooses_too(server: Server) -> None:
    assert server.ask("/dump", "application/trig").type == "application/trig"
    assert server.ask("/dump", "*/*").type == "application/n-quads"
    assert server.ask("/dump", "text/turtle").status == 406


def test_dumps_are_found_from_the_description_and_from_the_page(server: Server) -> None:
    void = server.ask("/.well-known/void?format=ntriples", "*/*").text
    dumps = {line.split()[2].strip("<>") for line in void.splitlines() if "void#dataDump>" in line}
    named = {tuple(parse_qs(urlsplit(one).query).get("format", [])) for one in dumps}
    assert {("nquads",), ("trig",)} <= named
    page = server.ask("/sources").text
    for name in SYNTAXES:
        assert f'href="/dump?format={name}"' in page
        assert f"{server.url}/dump?format={name}" in dumps
