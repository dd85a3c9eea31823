"""A SPARQL server on loopback: real HTTP over pyoxigraph, that can be made to fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Store

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class SparqlServer:
    """What it serves by path, what it was asked, and ``trouble``: given the number of the request
    and the answer that is right, the one that is sent, or None where the handler was used up.
    ``guard`` gives the answer to those who are not let in.
    """

    stores: dict[str, Store]
    port: int = 0
    asked: list[str] = field(default_factory=list)
    documents: dict[str, Answer] = field(default_factory=dict)
    trouble: Callable[[Handler, int, Answer], Answer | None] = lambda _h, _n, answer: answer
    guard: Callable[[Handler], Answer | None] = lambda _h: None

    def url(self, path: str = "/sparql") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def answer(self, path: str, query: str) -> Answer:
        try:
            solutions = self.stores[path].query(query)
        except (SyntaxError, ValueError) as error:
            return 400, {}, str(error).encode()
        assert isinstance(solutions, QuerySolutions)
        body = solutions.serialize(format=QueryResultsFormat.JSON)
        assert body is not None
        return 200, {"Content-Type": "application/sparql-results+json"}, body


class Handler(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        sparql: SparqlServer = self.server.sparql
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            self.send((415, {}, b"form-encoded only"))
            return
        if refused := sparql.guard(self):
            self.send(refused)
            return
        query = parse_qs(content)["query"][0]
        sparql.asked.append(query)
        count = "COUNT(*) AS ?rows" in query
        answer = sparql.answer(self.path, query)
        # Trouble begins with the rows; the count that goes before is answered well.
        number = sum("COUNT(*) AS ?rows" not in q for q in sparql.asked)
        given = answer if count else sparql.trouble(self, number, answer)
        if given is not None:
            self.send(given)

    def do_GET(self) -> None:
        self.server.sparql.asked.append(f"{self.command} {self.path}")
        document = self.server.sparql.documents.get(self.path, (404, {}, b"nothing here"))
        self.send(self.server.sparql.guard(self) or document)

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def send(self, answer: Answer) -> None:
        status, headers, body = answer
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)
        except OSError:
            pass  # whoever asked has gone

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve(stores: dict[str, Store]) -> Iterator[SparqlServer]:
    """A server on a free port of loopback while the block runs."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        sparql = SparqlServer(stores, http.server_address[1])
        http.sparql = sparql  # type: ignore[attr-defined]
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield sparql
        finally:
            http.shutdown()
            thread.join()


def make_store(turtle: str | bytes) -> Store:
    store = Store()
    store.load(turtle, format=RdfFormat.TURTLE, base_iri="http://example.com/base/")
    return store


def keep_rows(answer: Answer, count: int) -> Answer:
    """The answer with only its first rows."""
    tree = json.loads(answer[2])
    tree["results"]["bindings"] = tree["results"]["bindings"][:count]
    return answer[0], answer[1], json.dumps(tree).encode()
