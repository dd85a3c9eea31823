"""The graph store protocol: what is read between the writes of its tests, once these are done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

from tests.w3c.conftest import serve_graphs
from tests.w3c.exchanges import Reading, read_states
from tests.web.conftest import Server

# Its graph has the name that a POST gives it, and there is no POST.
KNOWN = {"post_get_new_graph-1"}


def passes(server: Server, reading: Reading) -> bool:
    exchange = reading.exchange
    reply = server.ask(reading.path, "*/*", method=exchange.method, headers=exchange.headers)
    if str(reply.status) not in exchange.statuses:
        return False
    if exchange.method == "HEAD" or reply.status == 404:
        return exchange.method == "GET" or not reply.body
    given = Graph().parse(data=reply.body, format="turtle")
    wanted = Graph().parse(data=exchange.graph, format="turtle")
    return reply.headers["content-type"] == "text/turtle; charset=utf-8" and isomorphic(
        given, wanted
    )


def run(server: Server, suite: Path) -> Iterator[tuple[str, bool]]:
    for reading in read_states(suite / "graph-store-protocol"):
        if "" not in reading.graphs:
            yield reading.name, passes(server, reading)


def test_graphs_are_read_by_name(endpoint: Server, suite: Path) -> None:
    results = dict(run(endpoint, suite))
    assert {name for name, passed in results.items() if not passed} == KNOWN
    assert len(results) == 17


def test_the_default_graph_is_read(suite: Path, tmp_path: Path) -> None:
    (reading,) = (r for r in read_states(suite / "graph-store-protocol") if "" in r.graphs)
    graph = {"http://x.example/graph": reading.graphs[""].serialize(format="nt").encode()}
    with serve_graphs(tmp_path, graph) as server:
        assert passes(server, reading)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_writes_are_refused_with_what_to_do(endpoint: Server, method: str) -> None:
    turtle = {"Content-Type": "text/turtle"}
    reply = endpoint.ask("/graph/x", "*/*", method=method, body=b"<a:a> <a:a> 1 .", headers=turtle)
    assert reply.status == 405
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS"
    assert "loading" in reply.json["remedy"]
