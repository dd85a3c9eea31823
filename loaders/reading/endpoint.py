"""SPARQL endpoints: SPARQLWrapper's door. Asked page by page, each answer bounded in time and size.

An answer that fails is asked for again, what came before it is not. Nobody is asked but the servers
that the description names: no redirection to another is followed.
"""

from __future__ import annotations

import http.client
import socket
import time
import urllib.error
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit
from urllib.request import (
    AbstractHTTPHandler,
    BaseHandler,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
    build_opener,
)

from SPARQLWrapper import JSON, POST, URLENCODED, SPARQLWrapper

from loaders.description import Endpoint
from loaders.findings import Fault, show_error
from loaders.reading.credentials import Credentials
from loaders.reading.files import CHUNK
from loaders.reading.json_stream import parse_json
from loaders.reading.rdf import parse_turtle
from loaders.reading.select_query import SelectQuery

AGENT = "metacluster-hub (SPARQL source)"
DELAYS = (1.0, 2.0, 4.0, 8.0)  # seconds before an answer is asked for again
LONGEST_DELAY = 60.0
PASSING = (408, 425, 429, 500, 502, 503, 504)
LARGEST_ANSWER = 64 << 20
MOST_ROWS = 20_000_000
STATES = ("http://purl.org/dc/terms/modified", "http://www.w3.org/ns/dcat#version")
SERVED_AT = "http://rdfs.org/ns/void#sparqlEndpoint"
MOST = "X-SPARQL-MaxRows"  # of Virtuoso: how many rows its answers have at most
COUNT = "SELECT (COUNT(*) AS ?rows)"

DENIED = "check “user” and “password_variable” or “token_variable”, and who may ask there"

Binding = dict[str, dict[str, str]]
T = TypeVar("T")


@dataclass(frozen=True)
class Page:
    """One answer: the variables, and a row of bindings for each solution.

    ``capped``: the server says that it cuts answers at so many rows, and gave as many.
    """

    variables: tuple[str, ...]
    rows: tuple[Binding, ...]
    capped: bool = False


class _SameServer(HTTPRedirectHandler):
    """Follows a redirection within the server that was asked, with the query, and no other."""

    fixed = False  # then not even that

    def redirect_request(
        self, req: Request, _fp: Any, _code: int, _msg: str, _headers: Any, newurl: str
    ) -> Request:
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        upgraded = (old.scheme, new.scheme) == ("http", "https") and not (old.port or new.port)
        same = (new.scheme, new.port) == (old.scheme, old.port) or upgraded
        if self.fixed or not same or new.hostname != old.hostname:
            message = f"the endpoint sends on to {newurl[:200]}, which may not be asked"
            raise Fault("endpoint-redirect", message, "put the right address into the description")
        return Request(newurl, req.data, dict(req.headers), method=req.get_method())


class _SameAddress(_SameServer):
    fixed = True


class Line:
    """The connection that a question goes over; another thread may cut it, which ends the question.

    No timeout of a socket does: a server may send a byte at a time, each of them in time.
    """

    def __init__(self) -> None:
        self._connection: http.client.HTTPConnection | None = None
        self._cut = False

    def handlers(self) -> tuple[BaseHandler, BaseHandler]:
        """For `build_opener`."""
        line = self

        class Held(AbstractHTTPHandler):
            def do_open(self, http_class: Any, req: Request, **options: Any) -> Any:
                def connect(host: str, **named: Any) -> http.client.HTTPConnection:
                    if line._cut:
                        raise TimeoutError
                    line._connection = http_class(host, **named)
                    return line._connection

                return super().do_open(connect, req, **options)

        class Plain(Held, HTTPHandler):
            pass

        class Secure(Held, HTTPSHandler):
            pass

        return Plain(), Secure()

    def cut(self) -> None:
        """End what is under way. Safe to call at any time."""
        self._cut = True
        opened = self._connection.sock if self._connection else None
        if opened:
            with suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)


class _Client(SPARQLWrapper):
    opener: OpenerDirector
    seconds: float

    def _query(self) -> tuple[http.client.HTTPResponse, str]:
        """As SPARQLWrapper sends it, but over the opener that follows to nowhere."""
        return self.opener.open(self._createRequest(), timeout=self.seconds), self.returnFormat


def read_pages(
    endpoint: Endpoint, select: SelectQuery, order: Sequence[str], most: int = MOST_ROWS
) -> Iterator[Page]:
    """All pages of a query, the last one empty, in the order of the variables.

    Pages follow each other by OFFSET, or by the value of the endpoint's ``key``. The end is an
    empty page, since a short one may have been cut by the server.

    Raises Fault when the server fails for good, repeats itself, or never ends.
    """
    key = endpoint.key
    order = [key, *(v for v in order if v != key)] if key else order
    offset = done = 0
    start: tuple[str, str] | None = None
    last: tuple[Binding, ...] = ()
    while True:
        page = ask(endpoint, select.write_page(order, endpoint.page, offset, start))
        yield page
        if not page.rows:
            return
        if page.rows == last:
            message = "the endpoint gives the same rows again for the next page"
            remedy = "ask for SELECT DISTINCT, or set “key” or a larger “page” in the description"
            raise Fault("endpoint-paging", message, remedy)
        last, done = page.rows, done + len(page.rows)
        if done > most:
            message = f"the endpoint gives more than {most:,} rows"
            raise Fault("endpoint-endless", message, "ask for less by the query")
        offset += len(page.rows)
        if key:
            value = page.rows[-1].get(key, {}).get("value")
            if value is None:
                message = f"a row has no ?{key}, by which pages follow each other"
                raise Fault("endpoint-key", message, "choose a “key” that every row has")
            if start != (key, value):
                # Of the next page's rows, those of this value that are here already come first.
                offset = sum(row.get(key, {}).get("value") == value for row in page.rows)
                start = (key, value)


def count_rows(endpoint: Endpoint, select: SelectQuery) -> int | None:
    """How many rows the endpoint says a query has; None where it cannot tell."""
    text = f"{select.prologue}\n{COUNT}{select.dataset} WHERE {{ {{\n{select.select}\n}} }}"
    try:
        return int(ask(endpoint, text, delays=()).rows[0]["rows"]["value"])
    except (Fault, LookupError, ValueError):
        return None


def ask(
    endpoint: Endpoint,
    query: str,
    delays: Sequence[float] | None = None,
    largest: int = LARGEST_ANSWER,
    line: Line | None = None,
) -> Page:
    """The answer to one query, asked for again after each of the delays (seconds) if it fails.

    It goes over ``line``, where that is given, and to this address alone then. Raises Fault where
    it cannot be had, or is larger than ``largest`` bytes.
    """
    client = _Client(endpoint.url, agent=AGENT)
    client.setQuery(query)
    client.setMethod(POST)
    client.setRequestMethod(URLENCODED)
    client.setReturnFormat(JSON)
    client.setOnlyConneg(True)
    client.seconds = endpoint.timeout

    def attempt(opener: OpenerDirector) -> Page:
        client.opener = opener
        response = client.query().response
        page = _parse(_read(response, endpoint.timeout, largest))
        most = response.headers.get(MOST, "")
        return replace(page, capped=most.isdecimal() and len(page.rows) >= int(most))

    return _persist(endpoint, attempt, delays, line)


def fetch(
    endpoint: Endpoint, url: str, accept: str, delays: Sequence[float] | None = None
) -> bytes:
    """A document of the endpoint's server, by GET."""
    request = Request(url, headers={"Accept": accept, "User-Agent": AGENT})
    timeout = endpoint.timeout
    return _persist(endpoint, lambda o: _read(o.open(request, timeout=timeout), timeout), delays)


def tell_state(endpoint: Endpoint) -> str:
    """What the server says by which its data can be told from older ones; empty if nothing.

    That is the ETag and Last-Modified of the address ``changes``, or else dcterms:modified and
    dcat:version of the dataset that the server's ``/.well-known/void`` says is served here.
    """
    endpoint = replace(endpoint, timeout=min(endpoint.timeout, 20))
    try:
        if endpoint.changes:
            request = Request(endpoint.changes, method="HEAD", headers={"User-Agent": AGENT})
            opener = build_opener(_SameServer, *Credentials(endpoint).handlers())
            with opener.open(request, timeout=endpoint.timeout) as response:
                told = [response.headers.get(name, "") for name in ("ETag", "Last-Modified")]
            return " ".join(told).strip()
        url = urljoin(endpoint.url, "/.well-known/void")
        text = fetch(endpoint, url, "text/turtle", ()).decode()
        statements = parse_turtle(text, url)
    except (Fault, OSError, http.client.HTTPException, SyntaxError, ValueError):
        return ""
    served = {
        s for s, p, o, _ in statements
        if p.value == SERVED_AT and (endpoint.hub or getattr(o, "value", "") == endpoint.url)
    }  # fmt: skip
    told = [str(o) for s, p, o, _ in statements if s in served and p.value in STATES]
    return " ".join(sorted(told))


def _persist(
    endpoint: Endpoint,
    attempt: Callable[[OpenerDirector], T],
    delays: Sequence[float] | None,
    line: Line | None = None,
) -> T:
    """What an attempt gives, made again after each of the delays while it fails in passing."""
    credentials = Credentials(endpoint)
    held = line.handlers() if line else ()
    redirects = _SameAddress if line else _SameServer
    opener = build_opener(redirects, *held, *credentials.handlers())
    waits = list(DELAYS if delays is None else delays)
    while True:
        wait = 0.0
        try:
            return attempt(opener)
        except urllib.error.HTTPError as error:
            body = error.read(2000) or b""  # an empty text where a login failed on an older Python
            said = " ".join(body.decode("utf-8", "replace").split())
            message = f"the endpoint answered {error.code}: {said[:300] or error.reason}"
            denied = error.code in (401, 403)
            remedy = DENIED if denied else "try the query at the endpoint itself"
            rule = "endpoint-denied" if denied else "endpoint-error"
            fault = credentials.veil(Fault(rule, message, remedy))
            if error.code not in PASSING:
                raise fault from None
            told = error.headers.get("Retry-After", "")
            wait = min(float(told), LONGEST_DELAY) if told.isdecimal() else 0.0
        except (OSError, http.client.HTTPException) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            if isinstance(reason, TimeoutError):
                remedy = "set a longer “timeout” or a smaller “page” in the description"
                fault = Fault("endpoint-timeout", "the endpoint did not answer in time", remedy)
            else:
                message = f"the endpoint cannot be reached: {reason or type(reason).__name__}"
                remedy = "check its address; load again later"
                fault = Fault("endpoint-unreachable", message, remedy)
        except Fault as broken:
            fault = credentials.veil(broken)
            if broken.rule != "endpoint-answer":
                raise fault from None
        except ValueError:  # of urllib, which may show what it could not send
            message = "the endpoint asks for credentials in a way that is not known, or for others"
            raise Fault("endpoint-denied", message, DENIED) from None
        if not waits:
            raise fault
        time.sleep(max(wait, waits.pop(0)))


def _read(
    response: http.client.HTTPResponse, timeout: float, largest: int = LARGEST_ANSWER
) -> bytes:
    """The body of an answer; each of its pieces may take the timeout, and so may the whole."""
    deadline = time.monotonic() + timeout
    content = bytearray()
    with response:
        while chunk := response.read1(CHUNK):
            content += chunk
            if len(content) > largest:
                message = f"an answer of the endpoint is larger than {largest / 2**20:.3g} MB"
                raise Fault("endpoint-size", message, "set a smaller “page” in the description")
            if time.monotonic() > deadline:
                raise TimeoutError
    return bytes(content)


def _parse(content: bytes) -> Page:
    """SPARQL 1.1 Query Results JSON. A server that fails on its way leaves broken JSON."""
    try:
        answer = parse_json(content)
        variables = tuple(map(str, answer["head"]["vars"]))
        rows = tuple(answer["results"]["bindings"])
        for row in rows:
            for term in row.values():
                if not (isinstance(term["type"], str) and isinstance(term["value"], str)):
                    raise TypeError("a term is no text")
    except (Fault, LookupError, TypeError, AttributeError) as error:
        message = f"the endpoint's answer is broken, or no JSON of results: {show_error(error)}"
        shown = content[-200:].decode("utf-8", "replace")
        remedy = "load again; set a smaller “page” if it goes on"
        raise Fault("endpoint-answer", message, remedy, value=shown) from error
    return Page(variables, rows)
