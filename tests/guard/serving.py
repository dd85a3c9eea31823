"""A hub with low limits in a process of its own, a canary, and endpoints that send on to it."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.guard.attacks import REDIRECTS, TURNCOAT, Attempt

LIMIT = 1  # second of a query


@dataclass
class Canary:
    """A listener on loopback that notes whoever comes."""

    address: str
    visits: list[bytes] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Canary]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        canary = Canary(f"http://127.0.0.1:{server.getsockname()[1]}/")

        def listen() -> None:
            while True:
                try:
                    visitor, _ = server.accept()
                except OSError:
                    return
                with visitor:
                    canary.visits.append(visitor.recv(100))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield canary
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@contextmanager
def sending_on(address: str) -> Iterator[str]:
    """A server whose paths are statuses, each with `address` as the place to go; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(int(self.path[1:]))
            self.send_header("Location", address)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@dataclass(frozen=True)
class Served:
    """A hub's server process."""

    url: str
    process: subprocess.Popen[str]

    def send(self, attempt: Attempt) -> tuple[int, float]:
        """The status of the answer, and the seconds until its last byte; 0 where it was cut."""
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        started, status = time.monotonic(), 0
        try:
            method = "POST" if attempt.body else "GET"
            connection.request(method, attempt.path, attempt.body, attempt.headers)
            answer = connection.getresponse()
            while answer.read(2**16):
                pass
            status = answer.status
        except (http.client.HTTPException, ConnectionError):
            pass
        finally:
            connection.close()
        return status, time.monotonic() - started


@contextmanager
def serving(data: Path, folder: Path, canary: Canary) -> Iterator[Served]:
    """A server over a data folder in which something is published."""
    with sending_on(canary.address) as turncoat:
        lines = [
            f"query_seconds = {LIMIT}", "query_megabytes = 128", "query_rows = 20000",
            "requests_per_minute = 1000000", "seconds_per_minute = 1000000",
        ]  # fmt: skip
        for status in REDIRECTS:
            lines += [f"[services.t{status}]", f'url = "{turncoat}/{status}"',
                      f'iri = "{TURNCOAT}-{status}"', "timeout = 1"]  # fmt: skip
        lines += ["[services.canary]", f'url = "{canary.address}"', 'iri = "urn:x-service:canary"']
        config = folder / "hub.toml"
        config.write_text("\n".join(lines))
        command = [sys.executable, "-c", "from hub.cli import main; main()", "--data", str(data)]
        command += ["--config", str(config), "serve", "--port", "0"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout
            yield Served(process.stdout.readline().split()[1].rstrip("/"), process)
        finally:
            process.terminate()
            process.wait(20)
