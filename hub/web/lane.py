"""The express lane: what programs of the public ask by GET, without what pages need.

It takes the plain case alone (one query, no other parameter, no log-in, no condition) and leaves
all else to the application behind it, which gives the same answers. Small answers are kept, by what
the public sees: after a load that changes that they are not found any more, and age out.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from flask import Flask, g
from werkzeug.wsgi import ClosingIterator

from hub.access import PUBLIC
from hub.accounts.budgets import name_address
from hub.errors import HubError
from hub.hub import Hub
from hub.web.application import TOKEN
from hub.web.budget import Budgets
from hub.web.channel import GONE
from hub.web.delivery import BARE, SHARED, Pieces, pack, repeats, tag_of
from hub.web.metrics import Metrics
from hub.web.problems import handle_hub_error
from hub.web.protocol import Asked

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

ROOM = 64 * 2**20  # bytes of answers that are kept
OVERHEAD = 2_000  # bytes of headers and keys beside the body of an answer
LONGEST = 12 * 1024  # characters of a query string
ROUTE, SENTENCE = "/sparql", "query="
UNUSUAL = ("HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_IF_NONE_MATCH")

Reply = tuple[list[tuple[str, str]], Pieces]


class Shelf:
    """Replies by key, the least asked for given up first where there is no more room."""

    def __init__(self, room: int = ROOM) -> None:
        self.room, self.taken = room, 0
        self._replies: OrderedDict[object, tuple[Reply, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object) -> Reply | None:
        with self._lock:
            if key not in self._replies:
                return None
            self._replies.move_to_end(key)
            return self._replies[key][0]

    def put(self, key: object, reply: Reply, size: int) -> None:
        """Keep a reply that takes `size` bytes; one that is there already stays."""
        with self._lock:
            if key in self._replies:
                return
            self._replies[key] = reply, size
            self.taken += size
            while self.taken > self.room:
                self.taken -= self._replies.popitem(last=False)[1][1]


class Lane:
    """A WSGI application that answers the plain case itself and hands on all else to `app`."""

    def __init__(self, app: Flask, hub: Hub) -> None:
        self.app, self.hub, self.shelf = app, hub, Shelf()
        self.budgets: Budgets = app.extensions["budgets"]
        self.metrics: Metrics = app.extensions["metrics"]

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        query = read_plain(environ)
        if query is None:
            return self.app(environ, start)
        payer, began = name_address(environ.get("REMOTE_ADDR", "")), time.monotonic()
        try:
            self.budgets.pay(payer)
            headers, body = self._reply(query, environ)
        except HubError as error:
            with self.app.request_context(environ):
                g.payer, g.began = payer, began
                return self.app.process_response(handle_hub_error(error))(environ, start)

        def end() -> None:
            seconds = time.monotonic() - began
            self.budgets.seconds.spend(payer, seconds)
            self.metrics.count("GET", ROUTE, 200, seconds)

        start("200 OK", [*headers, *self.budgets.tell(payer)])
        if not isinstance(body, tuple):
            return ClosingIterator(body, end)
        end()
        return body

    def _reply(self, query: str, environ: dict[str, Any]) -> Reply:
        """The answer, kept or made. Raises HubError where there is none."""
        accepted = environ.get("HTTP_ACCEPT", "")
        gzipped = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
        served = self.hub.served
        mark = served.sight(PUBLIC).mark
        key = (mark, query, accepted, gzipped)
        reply = self.shelf.get(key)
        if reply is None:
            answer = self.hub.query(query, PUBLIC, accept=accepted, gone=environ.get(GONE))
            tag = tag_of(mark, accepted, Asked(query)) if repeats(answer, served) else ""
            headers, body = pack(answer, tag, gzipped=gzipped)
            reply = [*headers, *SHARED, *BARE], body
            if tag and isinstance(body, tuple):
                size = len(body[0]) + len(query) + len(accepted) + OVERHEAD
                self.shelf.put(key, reply, size)
        return reply


def read_plain(environ: dict[str, Any]) -> str | None:
    """The query of a request that asks for nothing else in particular; None for any other."""
    text = environ["QUERY_STRING"]
    accepted = environ.get("HTTP_ACCEPT", "")
    encodings = environ.get("HTTP_ACCEPT_ENCODING", "")
    if (
        environ["PATH_INFO"] != ROUTE
        or environ["REQUEST_METHOD"] != "GET"
        or not text.startswith(SENTENCE)
        or "&" in text
        or TOKEN.search(text)
        or len(text) > LONGEST
        or not text.isascii()
        or "html" in accepted
        or "spreadsheetml" in accepted
        or "q=" in encodings
        or any(name in environ for name in UNUSUAL)
    ):
        return None
    try:
        query = unquote_plus(text[len(SENTENCE) :], errors="strict")
    except UnicodeDecodeError:
        return None
    return query if query.strip() else None
