"""The express lane: what programs of the public ask by GET, without what pages need.

It takes the plain case alone (one query, no other parameter, no log-in, no condition) and leaves
all else to the application behind it, which gives the same answers. Small answers are kept, by what
the public sees: after a load that changes that they are not found any more, and age out. What is
kept the server's own thread sends at once: to hand it to another takes several times as long.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from flask import Flask, g
from waitress.parser import HTTPRequestParser
from werkzeug.wsgi import ClosingIterator

from hub.access import PUBLIC
from hub.accounts.budgets import name_address
from hub.errors import HubError
from hub.hub import Hub, Served
from hub.web.application import TOKEN
from hub.web.budget import Budgets, Meter
from hub.web.channel import GONE
from hub.web.delivery import BARE, SHARED, Pieces, pack, repeats, tag_of
from hub.web.metrics import Metrics
from hub.web.problems import handle_hub_error
from hub.web.protocol import Asked
from hub.web.shelf import Shelf

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

ROOM = 64 * 2**20  # bytes of answers that are kept
OVERHEAD = 2_000  # bytes of headers and keys beside the body of an answer
LONGEST = 12 * 1024  # characters of a query string
ROUTE, SENTENCE = "/sparql", "query="
UNUSUAL = ("HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH")

Reply = tuple[list[tuple[str, str]], Pieces]
Key = tuple[str, str, str, bool]


class Lane:
    """A WSGI application that answers the plain case itself and hands on all else to `app`."""

    def __init__(self, app: Flask, hub: Hub) -> None:
        self.app, self.hub, self.shelf = app, hub, Shelf[Reply](ROOM)
        self.budgets: Budgets = app.extensions["budgets"]
        self.metrics: Metrics = app.extensions["metrics"]

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        if not is_plain(environ):
            return self.app(environ, start)
        served = self.hub.served
        key = _key(served, environ)
        reply = self.shelf.get(key)
        query = "" if reply else _decode(environ)
        if not reply and not query.strip():
            return self.app(environ, start)
        payer, began = name_address(environ.get("REMOTE_ADDR", "")), time.monotonic()
        meter = Meter(self.budgets, payer)
        try:
            self.budgets.pay(payer)
            headers, body = reply or self._ask(query, served, key, environ.get(GONE), meter)
        except HubError as error:
            with self.app.request_context(environ):
                g.meter, g.began = meter, began
                return self.app.process_response(handle_hub_error(error))(environ, start)

        def end() -> None:
            meter.charge()
            self.metrics.count("GET", ROUTE, 200, time.monotonic() - began)

        start("200 OK", [*headers, *self.budgets.tell(payer)])
        if not isinstance(body, tuple):
            return ClosingIterator(body, end)
        end()
        return body

    def has(self, request: HTTPRequestParser) -> bool:
        """Whether the answer to a request, as the server reads it, is kept and so costs no time."""
        served = self.hub.settled  # to go over to another generation takes time
        environ = {f"HTTP_{name}": value for name, value in request.headers.items()}
        environ |= {"PATH_INFO": request.path, "QUERY_STRING": request.query}
        environ["REQUEST_METHOD"] = request.command
        return served is not None and is_plain(environ) and _key(served, environ) in self.shelf

    def _ask(
        self, query: str, served: Served, key: Key, gone: Callable[[], bool] | None, meter: Meter
    ) -> Reply:
        """The answer from a worker. Raises HubError where there is none."""
        mark, text, accepted, gzipped = key
        answer = self.hub.query(query, PUBLIC, accept=accepted, gone=gone, payer=meter.payer)
        tag = tag_of(mark, accepted, Asked(query)) if repeats(answer, served) else ""
        headers, body = pack(answer, tag, meter, gzipped=gzipped)
        reply = [*headers, *SHARED, *BARE], body
        if tag and isinstance(body, tuple):
            self.shelf.put(key, reply, len(body[0]) + len(text) + len(accepted) + OVERHEAD)
        return reply


def _key(served: Served, environ: Mapping[str, Any]) -> Key:
    """What an answer depends on: what the public sees, the query (still encoded), its form."""
    gzipped = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
    text = environ["QUERY_STRING"][len(SENTENCE) :]
    return served.sight(PUBLIC).mark, text, environ.get("HTTP_ACCEPT", ""), gzipped


def _decode(environ: Mapping[str, Any]) -> str:
    """The query of a plain request; empty where it is not UTF-8."""
    try:
        return unquote_plus(environ["QUERY_STRING"][len(SENTENCE) :], errors="strict")
    except UnicodeDecodeError:
        return ""


def is_plain(environ: Mapping[str, Any]) -> bool:
    """Whether a request asks a query, and for nothing else in particular."""
    text, accepted = environ["QUERY_STRING"], environ.get("HTTP_ACCEPT", "")
    return (
        environ["PATH_INFO"] == ROUTE
        and environ["REQUEST_METHOD"] == "GET"
        and text.startswith(SENTENCE)
        and "&" not in text
        and text.isascii()
        and not TOKEN.search(text)
        and len(text) <= LONGEST
        and "html" not in accepted
        and "spreadsheetml" not in accepted
        and "q=" not in environ.get("HTTP_ACCEPT_ENCODING", "")
        and not any(name in environ for name in UNUSUAL)
    )
