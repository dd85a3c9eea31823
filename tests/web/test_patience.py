"""Who reads or sends a byte at a time, as if once a minute, is not waited for. Time is scaled."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.web.conftest import AT_WILL, Server, serving

DIGITS = " ".join(f"VALUES ?{name} {{ 0 1 2 3 4 5 6 7 8 9 }}" for name in "abcdef")
LARGE = f"SELECT * {{ {DIGITS} }}"  # 11 MB: a worker is at work until it has been read
SMALL = f"{LARGE} LIMIT 20000"  # all of it waits in the server, of known length
ROUNDS, PAUSE = 32, 0.3  # bytes, and seconds between them: longer than the server waits below
DEAF = 4096  # bytes that the reader's system takes for it


@pytest.fixture(scope="module")
def hasty(bundled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with one worker that waits a second, where others wait twenty."""
    config = tmp_path_factory.mktemp("hasty") / "hub.toml"
    config.write_text(f"{AT_WILL}patience = 1\nworkers = 1\n", encoding="utf-8")
    with serving(bundled, config) as url:
        yield Server(url, bundled, config, "")


def connect(server: Server) -> socket.socket:
    address = urlsplit(server.url)
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, DEAF)
    opened.settimeout(60)
    opened.connect((address.hostname, address.port))
    return opened


def test_who_goes_by_drops_is_not_waited_for(hasty: Server) -> None:
    large, small, sender = (connect(hasty) for _ in range(3))
    for opened, query in ((large, LARGE), (small, SMALL)):
        line = f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: hub\r\nAccept: text/csv\r\n\r\n"
        opened.sendall(line.encode())
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
