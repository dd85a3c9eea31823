"""The SPARQL protocol: every exchange of its tests, sent byte by byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rdflib import Graph

from tests.w3c.exchanges import Exchange, Story, read_stories
from tests.w3c.suite import RESULTS, read_results
from tests.web.conftest import Reply, Server

# Updates, which the hub refuses as every change that does not come with a load.
UPDATES = {
    "update_dataset_default_graph", "update_dataset_default_graphs", "update_dataset_named_graphs",
    "update_dataset_full", "update_post_form", "update_post_direct", "update_base_uri",
}  # fmt: skip


def send(server: Server, exchange: Exchange) -> Reply:
    path = exchange.path.replace("/sparql/", "/sparql", 1)
    headers = {"Accept": "*/*", **exchange.headers}
    body = exchange.body or None
    return server.ask(path, "*/*", method=exchange.method, body=body, headers=headers)


def passes(server: Server, exchange: Exchange) -> bool:
    reply = send(server, exchange)
    if not any(str(reply.status).startswith(s.rstrip("x")) for s in exchange.statuses):
        return False
    if reply.status >= 400:
        return reply.type == "application/problem+json" and bool(reply.json["detail"])
    if exchange.format == "RDF":
        Graph().parse(data=reply.body, format=reply.type)
    elif exchange.format:
        found = read_results(reply.body, RESULTS[reply.type])
        if isinstance(found, bool) != (exchange.format == "boolean"):
            return False
        return exchange.boolean is None or found is exchange.boolean
    return True


def run(server: Server, suite: Path) -> Iterator[tuple[Story, bool]]:
    for story in read_stories(suite / "protocol" / "manifest.ttl"):
        yield story, all(passes(server, exchange) for exchange in story.exchanges)


def test_the_protocol_is_kept(endpoint: Server, suite: Path) -> None:
    results = {story.name: passed for story, passed in run(endpoint, suite)}
    assert {name for name, passed in results.items() if not passed} == UPDATES
    assert len(results) == 34


def test_updates_are_refused_and_change_nothing(endpoint: Server, suite: Path) -> None:
    def count() -> bytes:
        query = "/sparql?query=SELECT%20(COUNT(*)%20AS%20?n)%20{?s%20?p%20?o}"
        return endpoint.ask(query, "text/csv").body

    before, refused = count(), 0
    for story in read_stories(suite / "protocol" / "manifest.ttl"):
        for exchange in story.exchanges:
            if exchange.changes:
                reply = send(endpoint, exchange)
                assert reply.status in (400, 415), (story.name, reply.text)
                refused += reply.json["status"] == reply.status
    assert count() == before
    assert refused == 12
