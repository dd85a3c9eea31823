"""What comes back from endpoints that SERVICE asks, and what goes wrong with them."""

from __future__ import annotations

import json
import threading
import time
from functools import partial
from typing import Any

import pytest

from hub.access import PUBLIC as ANYBODY
from hub.settings import Service
from hub.sparql.errors import QueryTimeout, ServiceFailed
from hub.sparql.federation import AT_ONCE, Federation
from hub.sparql.pool import Pool
from hub.sparql.scanner import scan
from hub.sparql.services import find_blocks
from loaders.description import Endpoint
from tests.loaders.sparql_server import Answer, Handler, SparqlServer
from tests.sparql.federating import ASKED, PROLOGUE, THERE, Ask, listed, refuse
from tests.sparql.federating import ask as ask
from tests.sparql.federating import pool as pool
from tests.sparql.federating import remote as remote
from tests.sparql.federating import server as server
from tests.sparql.sparql_stores import PUBLIC


def answers(rows: list[dict[str, object]], names: tuple[str, ...] = ("s", "v")) -> Answer:
    return 200, {}, json.dumps({"head": {"vars": names}, "results": {"bindings": rows}}).encode()


def test_blank_nodes_become_names_that_are_nobody_elses(ask: Ask, remote: SparqlServer) -> None:
    node = {"type": "bnode", "value": "b0"}
    remote.trouble = lambda *_: answers([{"s": node, "v": node}, {"s": node}])
    first, second = ask(f"SELECT * {{ {ASKED} }}")
    assert first["s"] == first["v"] == second["s"]
    assert first["s"].value.startswith("urn:uuid:")
    assert "v" not in second
    assert ask(f"SELECT * {{ {ASKED} }}")[0]["s"] != first["s"]


def test_variables_that_were_not_asked_for_are_left_out(ask: Ask, remote: SparqlServer) -> None:
    value = {"type": "literal", "value": "1"}
    name = "x) { } } #"
    remote.trouble = lambda *_: answers([{"s": value, name: value, "o": value}], ("s", name, "o"))
    assert [set(row) for row in ask(f"SELECT * {{ {ASKED} }}")] == [{"s"}]


def drip(handler: Handler, _number: int, _answer: Answer) -> None:
    """Headers that never end, each of its bytes in time."""
    try:
        for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 600:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.1)
    except OSError:
        pass


LITERAL = {"type": "literal", "value": "x"}
TROUBLES: dict[str, Any] = {
    "500": lambda *_: (500, {}, b"no"),
    "403": lambda *_: (403, {}, b"not you"),
    "is larger": lambda *_: answers([{"s": LITERAL | {"value": "x" * 2_000_000}}]),
    "more than the 5 rows": lambda *_: answers([{"s": LITERAL}] * 6),
    "more than the 2 rows": lambda *_: (200, {"X-SPARQL-MaxRows": "2"},
                                        answers([{"s": LITERAL}] * 2)[2]),
    "broken": lambda *_: (200, {}, b'{"head": {"vars": ["s"]}, "results": {"bindings": [{'),
    "no JSON": lambda *_: (200, {}, b"<html>"),
    "sends on": lambda *_: (302, {"Location": "http://127.0.0.1:1/"}, b""),
    "sends on to .*/moved": lambda handler, *_: answers([]) if handler.path == "/moved" else (
        307, {"Location": "/moved"}, b""),
    "did not answer": drip,
    "no term: 'x' is not an absolute": lambda *_: answers([{"s": {"type": "uri", "value": "x"}}]),
    "is not a language": lambda *_: answers([{"s": LITERAL | {"xml:lang": "en> ."}}]),
    "surrogate": lambda *_: answers([{"s": LITERAL | {"value": "\ud800"}}]),
    "no term": lambda *_: answers([{"s": {"type": "triple", "value": "x"}}]),
    "expected string": lambda *_: answers([{"s": LITERAL | {"datatype": ["x"]}}]),
}  # fmt: skip


@pytest.mark.parametrize("says", TROUBLES)
def test_an_endpoint_that_fails_is_an_error_or_silence(
    ask: Ask, remote: SparqlServer, says: str
) -> None:
    remote.trouble = TROUBLES[says]
    timeout = 1 if TROUBLES[says] is drip else 30
    federation = listed(remote.url(), rows=5, bytes=1_000_000, timeout=timeout)
    started = time.monotonic()
    with pytest.raises(ServiceFailed, match=says) as caught:
        ask(f"SELECT * {{ ?s :p 1 {ASKED} }}", federation=federation)
    assert time.monotonic() - started < 5
    assert (caught.value.status, caught.value.line) == (502, 1)
    silent = ASKED.replace("SERVICE", "SERVICE SILENT")
    federation = listed(remote.url(), rows=5, bytes=1_000_000, timeout=1)
    assert [set(row) for row in ask(f"SELECT * {{ ?s :p 1 {silent} }}", federation=federation)] == [
        {"s"}
    ]


def test_an_endpoint_keeps_to_the_time_of_the_query(ask: Ask, remote: SparqlServer) -> None:
    remote.trouble = drip
    started = time.monotonic()
    with pytest.raises(ServiceFailed, match=r"within 0\.\d+ s"):
        ask(f"SELECT * {{ {ASKED} }}", timeout=0.9)
    with pytest.raises(QueryTimeout):
        ask(f"SELECT * {{ {ASKED.replace('SERVICE', 'SERVICE SILENT')} }}", timeout=0.9)
    assert time.monotonic() - started < 5


def test_an_endpoint_is_asked_so_much_at_once_and_no_more(remote: SparqlServer) -> None:
    remote.trouble = drip
    federation = listed(remote.url(), timeout=2)
    block = scan(f"{PROLOGUE}SELECT * {{ {ASKED} }}")
    said: list[str] = []

    def one() -> None:
        with pytest.raises(ServiceFailed) as caught:
            federation.ask(ANYBODY, find_blocks(block)[0], 2)
        said.append(caught.value.message)

    threads = [threading.Thread(target=one) for _ in range(AT_ONCE + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted("questions already" in words for words in said) == [False] * AT_ONCE + [True]


def test_a_server_that_drips_keeps_nothing_of_the_hub(ask: Ask, remote: SparqlServer) -> None:
    """The connection is cut, so that its thread ends and its place is free again."""
    remote.trouble = drip
    federation = listed(remote.url(), timeout=0.2)
    for _ in range(AT_ONCE + 2):
        with pytest.raises(ServiceFailed, match="within"):
            ask(f"SELECT * {{ {ASKED} }}", federation=federation)
        until = time.monotonic() + 20
        while asking() and time.monotonic() < until:
            time.sleep(0.02)
        assert not asking(), "by itself it would drip for a minute"


def asking() -> bool:
    return any(thread.name.endswith("(_run)") for thread in threading.enumerate())


def test_who_has_gone_is_waited_for_by_nobody(pool: Pool, remote: SparqlServer) -> None:
    """Neither while an endpoint is asked, nor in the queue for a worker."""
    remote.trouble = drip
    services = partial(listed(remote.url(), timeout=50).ask, ANYBODY, gone=lambda: True)
    with pytest.raises(QueryTimeout, match="gone away"):
        pool.query(f"{PROLOGUE}SELECT * {{ {ASKED} }}", graphs=[PUBLIC], services=services)
    digits = " ".join(f"VALUES ?{name} {{ 0 1 2 3 4 5 6 7 8 9 }}" for name in "abcdef")
    with (
        pool.query(f"SELECT * {{ {digits} }}", graphs=[PUBLIC]),  # holds the only worker
        pytest.raises(QueryTimeout, match="gone away"),
    ):
        pool.query("ASK {}", graphs=[PUBLIC], gone=lambda: True)


def test_silence_has_the_columns_that_an_answer_would_have(pool: Pool) -> None:
    services = partial(listed("http://127.0.0.1:1/", timeout=1).ask, ANYBODY)

    def columns(pattern: str) -> list[str]:
        text = f"{PROLOGUE}SELECT * {{ {pattern} }}"
        with pool.query(text, graphs=[PUBLIC], services=services, format="json") as answer:
            return list(json.loads(answer.read())["head"]["vars"])

    silent = (
        f"SERVICE SILENT <{THERE}> {{ ?s :q ?v FILTER(?out > 1) {{ SELECT ?w {{ ?w ?p 1 }} }} }}"
    )
    assert columns(f"?s :p ?o {silent}") == ["s", "o", "v", "w"]
    several = silent.replace(f"<{THERE}>", "?e")
    assert columns(f"VALUES ?e {{ <{THERE}> }} {several}") == ["e", "s", "v", "w"]


def test_credentials_come_from_the_environment(
    ask: Ask, remote: SparqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str | None] = []
    remote.guard = lambda handler: shown.append(handler.headers.get("Authorization"))
    variable = "HUB_ENDPOINT_THERE"
    endpoint = Endpoint(remote.url(), timeout=5, token_variable=variable)
    federation = Federation([Service(THERE, endpoint)])
    with pytest.raises(ServiceFailed, match=f"{variable}” is not set"):
        ask(f"SELECT * {{ {ASKED} }}", federation=federation)
    monkeypatch.setenv(variable, "s3cret")
    assert ask(f"SELECT * {{ {ASKED} }}", federation=federation)
    assert shown == ["Bearer s3cret"]
    remote.guard = lambda _handler: (403, {}, b"no s3cret here")
    assert "s3cret" not in str(refuse(ask, f"SELECT * {{ {ASKED} }}", federation=federation))
