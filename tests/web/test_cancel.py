"""Who goes away, or presses cancel, ends the query: its worker is free again at once."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.web.conftest import Server, serving

# It would take far longer than any limit.
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
JSON = "application/sparql-results+json"


@pytest.fixture(scope="module")
def narrow(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with one worker alone; its address."""
    config = tmp_path_factory.mktemp("narrow") / "hub.toml"
    config.write_text("workers = 1\n", encoding="utf-8")
    with serving(bundled, config) as url:
        yield url


def begin(url: str, accept: str) -> socket.socket:
    """A connection over which a query was sent that does not end by itself."""
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname or "", address.port or 0))
    line = f"GET /sparql?query={quote(ENDLESS)} HTTP/1.1"
    connection.sendall(f"{line}\r\nHost: hub\r\nAccept: {accept}\r\n\r\n".encode())
    time.sleep(0.7)  # it is at work by then
    return connection


def answer_time(url: str) -> float:
    """Seconds until the one worker, or the next, answers a query."""
    asked = Server(url, Path(), Path(), "")
    since = time.monotonic()
    reply = asked.ask(f"/sparql?query={quote('ASK { ?s a ?o }')}", JSON)
    assert reply.json["boolean"] is True
    return time.monotonic() - since


@pytest.mark.parametrize("accept", [JSON, "text/html"])  # the express lane, and the page
def test_the_worker_is_free_again_when_the_client_goes(narrow: str, accept: str) -> None:
    begin(narrow, accept).close()
    assert answer_time(narrow) < 8  # the query itself has a minute


def test_the_worker_is_kept_while_the_client_stays(narrow: str) -> None:
    with begin(narrow, JSON) as connection:
        connection.settimeout(1.5)
        with pytest.raises(TimeoutError):
            connection.recv(1)
    assert answer_time(narrow) < 8
