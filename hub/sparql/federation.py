"""Endpoints that the administrator listed, asked what stands in a SERVICE block.

An endpoint gets the block and what it needs to be read, as a SELECT of its own: the prefixes used,
the constants that go along, a LIMIT. Nothing of the hub's data is sent. What comes back is bounded
in time, bytes and rows, and is never shortened: too much is an error, as it is in the hub itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import replace
from threading import BoundedSemaphore, Thread
from uuid import uuid4

from hub.access import Viewer
from hub.settings import Service
from hub.sparql.constants import Table
from hub.sparql.errors import NOBODY, QueryTimeout
from hub.sparql.process import LOOK
from hub.sparql.services import Block
from hub.sparql.tokens import ESCAPE
from hub.terms import Term, from_json
from loaders.findings import Fault
from loaders.reading.endpoint import Binding, Line, Page, ask

AT_ONCE = 3  # questions to one endpoint; a slow one keeps only its own askers waiting


class Federation:
    """The listed endpoints, for any number of threads."""

    def __init__(self, services: Sequence[Service]) -> None:
        self._services = {service.iri: service for service in services}
        self._places = {service.iri: BoundedSemaphore(AT_ONCE) for service in services}

    def ask(
        self,
        viewer: Viewer,
        block: Block,
        seconds: float,
        gone: Callable[[], bool] | None = None,
    ) -> Table:
        """What the endpoint of a block answers, within the endpoint's limits and `seconds`.

        It is given up where whoever asks is `gone`.

        Blank nodes come as IRIs of their own (`urn:uuid:…`), since nothing else can be the same
        node in several rows.

        Raises:
            QueryRefused: the endpoint is not listed for `viewer`, or the block cannot be sent.
            ServiceFailed: it cannot be reached, sends on elsewhere, answers with an error, too
                late, too much or not in the format, or is asked too often at once.
        """
        service = self._services.get(block.endpoint)
        if not service or not viewer.sees(service):
            listed = [iri for iri, one in self._services.items() if viewer.sees(one)]
            raise block.refusal(
                f"SERVICE would ask <{block.endpoint}>, which is not listed here.",
                f"Ask that endpoint itself; listed are {', '.join(listed) or 'none'}.",
            )
        text = _write(block, service.rows + 1)
        limit = max(0.0, min(seconds, service.endpoint.timeout))
        if not self._places[service.iri].acquire(blocking=False):
            message = f"{service.iri} is being asked {AT_ONCE} questions already."
            raise block.failure(message, "Try again in 5 s.")
        # In a thread, since a server that drips its headers outlasts every timeout of a socket.
        answer, line = Future[Page](), Line()
        arguments = (service, text, limit, answer, line, self._places[service.iri])
        Thread(target=_run, args=arguments, daemon=True).start()
        try:
            page = _await(answer, limit, gone)
        except TimeoutError:
            message = f"{service.iri} did not answer within {limit:.3g} s."
            raise block.failure(message, "Ask it for less.") from None
        except Fault as fault:
            raise block.failure(f"{service.iri}: {fault.message}.") from fault
        finally:
            line.cut()
        if page.capped or len(page.rows) > service.rows:
            most = min(len(page.rows), service.rows)
            raise block.failure(
                f"{service.iri} has more than the {most:,} rows that it may give.",
                "Narrow the block, or put constant VALUES before it.",
            )
        return _read(block, page)


def _await(answer: Future[Page], seconds: float, gone: Callable[[], bool] | None) -> Page:
    """The answer, once it is there. Raises TimeoutError, and QueryTimeout where nobody waits."""
    until = time.monotonic() + seconds
    while not wait([answer], min(LOOK, max(until - time.monotonic(), 0))).done:
        if gone and gone():
            raise QueryTimeout(NOBODY)
        if time.monotonic() >= until:
            raise TimeoutError
    return answer.result()


def _run(
    service: Service,
    text: str,
    seconds: float,
    answer: Future[Page],
    line: Line,
    place: BoundedSemaphore,
) -> None:
    endpoint = replace(service.endpoint, timeout=seconds)
    try:
        answer.set_result(ask(endpoint, text, (), service.bytes, line))
    except BaseException as error:
        answer.set_exception(error)
    finally:
        place.release()


def _write(block: Block, rows: int) -> str:
    """The query for the endpoint."""
    query, used = block.query, dict[str, str]()
    for token in block.tokens:
        # Where SPARQL 1.1 reads them, they stand for syntax too; the hub has not looked at that.
        if token.kind in ("iri", "string") and ESCAPE.search(token.text):
            message = f"{token.text[:40]} goes to an endpoint and has a \\u escape in it."
            raise block.refusal(message, "Write the character itself.", token)
        if token.kind not in ("iri", "name"):
            continue
        try:
            whole = Term("iri", query.resolve(token)).n3()
            prefix = token.text.partition(":")[0]
            if token.kind == "name":
                used[prefix] = f"PREFIX {prefix}: {Term('iri', query.prefixes[prefix]).n3()}"
            elif whole != token.text:
                used["<"] = f"BASE {Term('iri', query.base).n3()}"
        except ValueError as error:
            message = f"{token.text[:40]} goes to an endpoint, and {error}"
            raise block.refusal(message, "Write it whole, or declare a BASE.", token) from error
    # Different rows of the block's own variables: more would come back more often than it is there.
    shared = [table.only(block.variables) for table in block.tables]
    known = [
        Table(table.variables, tuple(dict.fromkeys(table.rows))).n3()
        for table in shared
        if table.variables
    ]
    pattern = query.passage(block.opening, block.last)
    if known:
        pattern = f"{{ {' '.join(known)} {pattern} }}"
    return " ".join([*used.values(), f"SELECT * WHERE {pattern} LIMIT {rows}"])


def _read(block: Block, page: Page) -> Table:
    """The rows, of those variables that stand in the block."""
    names = tuple(name for name in page.variables if name in block.variables)
    fresh: dict[str, Term] = {}

    def read(row: Binding, name: str) -> Term | None:
        if name not in row:
            return None
        term = from_json(row[name])
        if term.kind == "bnode":
            term = fresh.setdefault(term.value, Term("iri", uuid4().urn))
        term.n3()
        return term

    try:
        rows = tuple(tuple(read(row, name) for name in names) for row in page.rows)
    except (ValueError, TypeError) as error:
        raise block.failure(f"{block.endpoint} answers with what is no term: {error}") from error
    return Table(names, rows)
