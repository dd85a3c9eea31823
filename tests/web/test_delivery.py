"""How answers travel: conditions, compression, other sites, slow readers, and what is cut."""

from __future__ import annotations

import gzip
import http.client
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO
from urllib.parse import quote_plus, urlencode, urlsplit

import pytest

from tests.web.conftest import Reply, Server

JSON = "application/sparql-results+json"
LABELS = "SELECT ?s ?l { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?l } ORDER BY ?s LIMIT 200"
ENDLESS = "SELECT ?a ?c ?d ?f { ?a ?b ?c . ?d ?e ?f }"
HIDDEN = "https://w3id.org/metacluster/graph/secret"


def at(query: str, **more: str) -> str:
    return "/sparql?" + urlencode({"query": query, **more})


def member(server: Server, path: str, **headers: str) -> Reply:
    return server.ask(path, JSON, headers={"Authorization": f"Bearer {server.token}", **headers})


def test_what_a_caller_holds_is_not_sent_again(server: Server) -> None:
    for path in (at(LABELS), at(LABELS, timeout="20")):  # through the express lane and beside it
        first = server.ask(path, JSON)
        mark = first.headers["etag"]
        assert mark.startswith('W/"')
        again = server.ask(path, JSON, headers={"If-None-Match": f'"other", {mark}'})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", mark)
        assert server.ask(path, JSON, headers={"If-None-Match": '"other"'}).body == first.body
        assert server.ask(path, "text/csv").headers["etag"] != mark
        assert server.ask(path, JSON, method="HEAD").headers["etag"] == mark
    moment = server.ask(at("SELECT (NOW() AS ?now) {}"), JSON)
    assert "etag" not in moment.headers
    assert "etag" not in server.ask(at("SELECT (STRUUID() AS ?x) {}"), JSON).headers


def test_conditions_count_only_where_there_is_an_answer(server: Server) -> None:
    star = {"If-None-Match": "*"}
    assert server.ask(at("BAD"), JSON, headers=star).status == 400
    assert server.ask(at(LABELS + " OFFSET 1"), JSON, headers=star).status == 304
    for given, status in (('"nope"', 412), ("*", 200)):
        assert server.ask(at(LABELS), JSON, headers={"If-Match": given}).status == status


def test_what_was_cut_is_never_said_to_be_unchanged(server: Server) -> None:
    def ask(query: str, **headers: str) -> tuple[int, str]:
        address = urlsplit(server.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        connection.request("GET", query, headers={"Accept": "text/csv", **headers})
        reply = connection.getresponse()
        with suppress(http.client.IncompleteRead):
            read_all(reply)
        connection.close()
        return reply.status, reply.headers["ETag"]

    for path, again in ((at(ENDLESS, timeout="1"), 200), (at("SELECT * { ?s ?p ?o }"), 304)):
        status, mark = ask(path)
        assert status == 200
        assert ask(path, **{"If-None-Match": mark})[0] == again


@pytest.mark.parametrize("name", ["srj", JSON, quote_plus(JSON), "json", "SRX", "xml"])
def test_formats_have_several_names(server: Server, name: str) -> None:
    reply = server.ask(f"{at('ASK {}')}&format={name}", "*/*")
    kind = "xml" if "x" in name.lower() else "json"
    assert (reply.status, reply.type) == (200, f"application/sparql-results+{kind}")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (at("nonsense"), 400),
        (at("nonsense", timeout="1"), 400),
        (at("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }", timeout="0.3"), 504),
    ],
)
def test_limits_are_told_with_errors_too(server: Server, path: str, status: int) -> None:
    reply = server.ask(path, JSON)
    assert (reply.status, reply.headers["query-limits"].split(",")[0]) == (status, "seconds=30")


def test_no_cache_can_mix_callers(server: Server) -> None:
    path = at(f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{HIDDEN}> {{ ?s ?p ?o }} }}")
    seen, public = member(server, path), server.ask(path, JSON)
    assert seen.json != public.json
    assert seen.headers["etag"] != public.headers["etag"]
    for reply in (seen, public):
        varies = {name.strip().lower() for name in reply.headers["vary"].split(",")}
        assert varies >= {"accept", "accept-encoding", "authorization", "cookie"}
    assert "private" in seen.headers["cache-control"]
    assert "no-cache" in public.headers["cache-control"]
    # In either order, and with the other's mark in hand.
    for _ in range(2):
        assert server.ask(path, JSON).json == public.json
        assert member(server, path).json == seen.json
    assert server.ask(path, JSON, headers={"If-None-Match": seen.headers["etag"]}).status == 200
    held = {"If-None-Match": public.headers["etag"]}
    assert member(server, path, **held).status == 200


@pytest.mark.parametrize("accept", [JSON, "text/csv", "text/html"])
def test_answers_are_compressed_for_who_takes_it(server: Server, accept: str) -> None:
    path = "/ontology" if accept == "text/html" else at(LABELS)
    plain = server.ask(path, accept)
    packed = server.ask(path, accept, headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) * 2 < len(plain.body)
    assert int(packed.headers["content-length"]) == len(packed.body)
    for refusing in ("identity", "gzip;q=0", ""):
        reply = server.ask(path, accept, headers={"Accept-Encoding": refusing})
        assert "content-encoding" not in reply.headers
        assert reply.body == plain.body


def test_a_long_answer_is_streamed_and_compressed_on_its_way(server: Server) -> None:
    path = at("SELECT * { ?s ?p ?o }")
    plain = server.ask(path, "text/csv")
    assert plain.headers["transfer-encoding"] == "chunked"
    packed = server.ask(path, "text/csv", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.body) == plain.body


def test_pages_of_other_sites_may_ask(server: Server) -> None:
    wanted = {
        "Origin": "https://elsewhere.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    reply = server.ask("/sparql", "*/*", method="OPTIONS", headers=wanted)
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == "*"
    assert {"GET", "HEAD", "POST"} <= {
        name.strip() for name in reply.headers["access-control-allow-methods"].split(",")
    }
    allowed = reply.headers["access-control-allow-headers"].lower()
    assert "authorization" in allowed
    assert "content-type" in allowed
    assert int(reply.headers["access-control-max-age"])
    # `*` and no credentials: a browser never adds the cookie of a log-in.
    assert "access-control-allow-credentials" not in reply.headers
    for one in (server.ask(at(LABELS), JSON), server.ask(at("nonsense"), JSON)):
        assert one.headers["access-control-allow-origin"] == "*"
        assert "ETag" in one.headers["access-control-expose-headers"]


def test_limits_are_told_with_every_answer(server: Server) -> None:
    told = server.ask(at(LABELS), JSON).headers["query-limits"]
    limits = dict(pair.strip().split("=") for pair in told.split(","))
    assert limits["seconds"] == "30"
    assert limits["rows"] == "1000000"
    assert int(limits["memory"]) == 2**30


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_cut_answer_is_no_whole_one(server: Server, coding: str) -> None:
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    headers = {"Accept": "text/csv", "Accept-Encoding": coding}
    connection.request("GET", at(ENDLESS, timeout="2"), headers=headers)
    reply = connection.getresponse()
    assert reply.status == 200
    with pytest.raises(http.client.IncompleteRead) as caught:
        read_all(reply)
    connection.close()
    if coding == "identity":
        assert b"This answer is cut" in caught.value.partial[-400:]


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_page_is_told_why_an_answer_is_cut(server: Server, coding: str) -> None:
    headers = {"Prefer": "told-cut", "Accept-Encoding": coding}
    reply = server.ask(at(ENDLESS, timeout="0.5"), "text/csv", headers=headers)
    body = gzip.decompress(reply.body) if coding == "gzip" else reply.body
    rows, told = body.split(b"\n\n*** ")
    assert rows.startswith(b"a,c,d,f")
    assert b"time limit of 0.5 s. Narrow the query" in told
    assert told.endswith(b"***\n")


def test_a_cut_answer_is_a_broken_connection_without_chunks(server: Server) -> None:
    with raw(server, at(ENDLESS, timeout="2"), version="1.0") as opened:
        file = opened.makefile("rb")
        with pytest.raises(ConnectionResetError):
            read_all(file)


def read_all(file: IO[bytes] | http.client.HTTPResponse) -> None:
    while file.read(2**16):
        pass


@contextmanager
def raw(server: Server, path: str, version: str = "1.1") -> Iterator[socket.socket]:
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as opened:
        request = f"GET {path} HTTP/{version}\r\nHost: x\r\nAccept: text/csv\r\n\r\n"
        opened.sendall(request.encode())
        yield opened


def test_readers_that_leave_or_sleep_hold_no_worker(server: Server) -> None:
    endless = at(ENDLESS, timeout="25")
    for _ in range(4):  # more than there are workers
        with raw(server, endless) as opened:
            opened.recv(100)
    started = time.monotonic()
    assert server.ask(at(LABELS, timeout="20"), JSON).status == 200
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("order", ["kkk", "kfk", "fkf", "kxk"])
def test_requests_sent_at_once_are_answered_in_their_order(server: Server, order: str) -> None:
    """Those whose answer is kept (k) by the thread that reads, fresh (f) and bad (x) by others."""
    asked = {"k": "ASK {}", "x": "ASK {"}
    server.ask(at(asked["k"]), JSON)
    texts = [asked.get(one, f"ASK {{}} # {order} {place}") for place, one in enumerate(order)]
    lines = [f"GET {at(text)} HTTP/1.1\r\nHost: x\r\nAccept: {JSON}\r\n\r\n" for text in texts]
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as opened:
        opened.sendall("".join(lines).encode())
        file = opened.makefile("rb")
        for one in order:
            assert int(file.readline().split()[1]) == (400 if one == "x" else 200)
            body = file.read(int(http.client.parse_headers(file)["Content-Length"]))
            assert (b'"boolean":true' in body) == (one != "x")
