"""Who reads or sends a byte at a time, as if once a minute, is not waited for. Time is scaled."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from hub.web.channel import AT_ONCE
from tests.web.conftest import AT_WILL, Server, serving

DIGITS = " ".join(f"VALUES ?{name} {{ 10 11 12 13 14 15 16 17 18 19 }}" for name in "abcdef")
LARGE = f"SELECT * {{ {DIGITS} }}"  # 19 MB
SMALL = f"{LARGE} LIMIT 20000"  # all of it waits in the server, of known length
ROUNDS, PAUSE = 32, 0.3  # bytes, and seconds between them: longer than the server waits below
LAST = b"\r\n0\r\n\r\n"  # chunk of a whole answer
DEAF = 4096  # bytes that the reader's system takes for it


@contextmanager
def configured(data: Path, folder: Path, lines: str) -> Iterator[Server]:
    """A server with one worker."""
    config = folder / "hub.toml"
    single = AT_WILL.replace("workers = 2", "workers = 1")
    config.write_text(f"{single}{lines}\n", encoding="utf-8")
    with serving(data, config) as url:
        yield Server(url, data, config, "")


@pytest.fixture(scope="module")
def hasty(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits a second, where others wait twenty."""
    with configured(bundled, tmp_path_factory.mktemp("hasty"), "patience = 1") as server:
        yield server


@pytest.fixture(scope="module")
def narrow(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with room for a large answer that nobody reads, but not for two."""
    folder = tmp_path_factory.mktemp("narrow")
    with configured(bundled, folder, "waiting_megabytes = 42") as server:
        yield server


def send(server: Server, query: str, source: str = "127.0.0.1") -> socket.socket:
    """A connection over which a query has been asked, and nothing of the answer was read."""
    opened = connect(server, source)
    line = f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: hub\r\nAccept: text/csv\r\n\r\n"
    opened.sendall(line.encode())
    return opened


def finish(opened: socket.socket) -> bytes:
    """All that comes, to the last chunk or until the connection is broken off."""
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**20)
    got = b""
    while not got.endswith(LAST) and (piece := receive(opened, 2**16)):
        got += piece
    opened.close()
    return got


def wait_for_the_worker(server: Server) -> None:
    """Ask what is answered at once, where nobody is waited for."""
    query = f"ASK {{ ?s <urn:x-test:{time.monotonic_ns()}> ?o }}"
    assert server.ask(f"/sparql?query={quote(query)}", "*/*").status == 200


def test_who_reads_slowly_holds_no_worker_and_loses_nothing(narrow: Server) -> None:
    with send(narrow, LARGE) as slow:
        wait_for_the_worker(narrow)
        got = finish(slow)
    assert got.endswith(LAST)
    assert got.count(b"19,19,19,19,19,19\r\n") == 1
    assert len(got) > 18 * 10**6


def test_what_waits_for_readers_is_bounded(narrow: Server) -> None:
    """There is always some room left: each has at most as much as is left for all."""
    with send(narrow, LARGE) as first:
        wait_for_the_worker(narrow)
        with send(narrow, LARGE, "127.0.0.2") as second:
            wait_for_the_worker(narrow)
            assert not finish(second).endswith(LAST)
        assert finish(first).endswith(LAST)


def test_one_address_has_only_so_many_answers_waiting(narrow: Server) -> None:
    slow = []
    for place in range(AT_ONCE + 2):
        slow.append(send(narrow, f"{LARGE} LIMIT {250_000 + place}"))
        wait_for_the_worker(narrow)
    assert finish(send(narrow, f"{LARGE} LIMIT 109999", "127.0.0.2")).endswith(LAST)
    ends = [finish(one).endswith(LAST) for one in slow]
    assert ends[0]
    assert ends.count(False) >= 2


def connect(server: Server, source: str = "127.0.0.1") -> socket.socket:
    address = urlsplit(server.url)
    opened = socket.socket()
    opened.bind((source, 0))
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DEAF)
    opened.settimeout(60)
    opened.connect((address.hostname, address.port))
    return opened


def test_who_goes_by_drops_is_not_waited_for(hasty: Server) -> None:
    large, small, sender = send(hasty, LARGE), send(hasty, SMALL), connect(hasty)
    sender.sendall(b"GET / HTTP/1.1\r\nHost: hub\r\nX-Long: ")
    got = {large: b"", small: b""}
    refused = False
    for _ in range(ROUNDS):
        time.sleep(PAUSE)
        for opened in got:
            got[opened] += receive(opened, 1)
        try:
            sender.sendall(b"x")
        except OSError:
            refused = True
    assert refused, "the request of a byte at a time was broken off"
    assert hasty.ask(f"/sparql?query={quote('ASK { ?s a ?o }')}", "*/*").status == 200
    for opened in got:
        while piece := receive(opened, 2**16):
            got[opened] += piece
        opened.close()
    assert not got[large].endswith(b"0\r\n\r\n"), "the last chunk is missing"
    head, _, body = got[small].partition(b"\r\n\r\n")
    length = re.search(rb"Content-Length: ([0-9]+)", head)
    assert length is None or len(body) < int(length[1])


def receive(opened: socket.socket, most: int) -> bytes:
    try:
        return opened.recv(most)
    except OSError:
        return b""


def test_who_takes_their_time_between_requests_is_served(hasty: Server) -> None:
    """The control."""
    with connect(hasty) as opened:
        for _ in range(2):
            opened.sendall(b"GET /healthz HTTP/1.1\r\nHost: hub\r\n\r\n")
            got = b""
            while b"}" not in got:
                got += opened.recv(2000)
            assert b" 200 " in got[:20]
            time.sleep(1.5)
