"""A listed endpoint over real HTTP, and a pool whose queries may ask it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from hub.access import PUBLIC as ANYBODY
from hub.access import Viewer
from hub.settings import Service
from hub.sparql.errors import QueryRefused
from hub.sparql.federation import Federation
from hub.sparql.pool import Pool
from hub.terms import Term
from loaders.description import Endpoint
from tests.loaders.sparql_server import SparqlServer, make_store, serve
from tests.sparql.sparql_stores import EX, PUBLIC, build_store

THERE = "urn:there"
MEMBERS = "urn:x-service:members"
LOCAL = f"<{EX}a> <{EX}p> 1, 2 . <{EX}b> <{EX}p> 3 . <{EX}c> <{EX}p> <{EX}a> ; <{EX}q> 9 ."
REMOTE = f"<{EX}a> <{EX}q> 1, 3 . <{EX}b> <{EX}q> 3 . <{EX}d> <{EX}q> <{EX}c> . <{EX}c> <{EX}p> 5 ."
PROLOGUE = f"PREFIX : <{EX}> "
ASKED = f"SERVICE <{THERE}> {{ ?s :q ?v }}"

Ask = Callable[..., list[dict[str, Term]]]


@pytest.fixture(scope="module")
def server() -> Iterator[SparqlServer]:
    with serve({"/sparql": make_store(REMOTE)}) as running:
        yield running


@pytest.fixture
def remote(server: SparqlServer) -> Iterator[SparqlServer]:
    """The server, which does as it ought to until a test says otherwise."""
    server.asked.clear()
    yield server
    server.trouble = lambda _handler, _number, answer: answer
    server.guard = lambda _handler: None


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    trig = f"GRAPH <{PUBLIC}> {{ {LOCAL} }}"
    with Pool(build_store(tmp_path_factory.mktemp("here") / "store", trig), size=1) as opened:
        yield opened


def listed(url: str, **limits: Any) -> Federation:
    endpoint = Endpoint(url, timeout=limits.pop("timeout", 5))
    members = Service(MEMBERS, endpoint, "consortium")
    return Federation([Service(THERE, endpoint, **limits), members])


@pytest.fixture
def ask(pool: Pool, remote: SparqlServer) -> Ask:
    """Asks a query whose SERVICE blocks may go to the server."""

    def answer(
        text: str, viewer: Viewer = ANYBODY, federation: Federation | None = None, **options: Any
    ) -> list[dict[str, Term]]:
        services = partial((federation or listed(remote.url())).ask, viewer)
        return pool.select(PROLOGUE + text, graphs=[PUBLIC], services=services, **options)

    return answer


def refuse(ask: Ask, text: str, **options: Any) -> QueryRefused:
    with pytest.raises(QueryRefused) as caught:
        ask(text, **options)
    assert caught.value.line == 1
    assert caught.value.column
    return caught.value
