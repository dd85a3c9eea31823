"""SERVICE to listed endpoints, over real HTTP: right by the standard, bounded, and nobody else."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.access import PUBLIC as ANYBODY
from hub.access import Viewer
from hub.settings import Service
from hub.sparql.errors import QueryRefused, QueryTimeout, ServiceFailed
from hub.sparql.federation import AT_ONCE, Federation
from hub.sparql.pool import Pool
from hub.terms import Term
from loaders.description import Endpoint
from tests.loaders.sparql_server import Answer, Handler, SparqlServer, make_store, serve
from tests.sparql.sparql_stores import EX, PUBLIC, build_store
from tests.w3c.conftest import suite as suite
from tests.w3c.suite import BASE, DEFAULT, Case, build, read_cases, rows_of, same_rows

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


# What it means: the same as if the endpoint's data were a graph of our own

triples = st.sampled_from(
    ["?s :p ?o . ", "?s :q ?v . ", "?o :p ?v . ", ":a :p ?v . ", "?v ?p ?s . ", "?x :q ?o . "]
)
filters = st.sampled_from(["", "FILTER(?v > 1) ", "FILTER(!BOUND(?o)) ", "FILTER(?s != :b) "])
values = st.sampled_from(
    ["", "VALUES ?s { :a :b :b } ", "VALUES (?s ?v) { (:a 1) (:b 3) (:b 9) } ",
     "VALUES (?s ?v) { (:a UNDEF) (UNDEF 3) } ", 'VALUES ?x { 1.0 "a"@en true } ']
)  # fmt: skip
shapes = st.sampled_from(
    ["{0} {1}", "{0} OPTIONAL {{ {1} }}", "{{ {0} }} UNION {{ {1} }}", "{0} MINUS {{ {1} }}",
     "{{ SELECT ?s ?v {{ {1} }} }} {0}", "{1} {0}", "{0} {{ {1} }}"]
)  # fmt: skip


@st.composite
def patterns(draw: st.DrawFn) -> str:
    one, other = draw(triples) + draw(filters), draw(triples)
    return draw(values) + draw(shapes).format(one, other)


@st.composite
def groups(draw: st.DrawFn) -> str:
    """A group with one SERVICE or two, in every place in which one may stand."""
    blocks = [
        f"SERVICE {draw(st.sampled_from(['', 'SILENT ']))}<{THERE}> {{ {draw(patterns())} }} "
        for _ in range(2)
    ]
    inner = draw(triples) + draw(values) + blocks[0]
    return (
        draw(values)
        + draw(shapes).format(draw(triples) + draw(values), inner)
        + (draw(st.sampled_from(["", blocks[1], f"OPTIONAL {{ {blocks[1]} }} "])) + draw(filters))
    )


@given(group=groups())
@example(
    "VALUES (?s ?v) { (:a 1) (:b 3) (:b 9) } ?s :p ?o . "
    f"SERVICE <{THERE}> {{ ?x :q ?o OPTIONAL {{ ?s :p ?o }} }} "
)
@settings(max_examples=150)
def test_a_service_is_joined_as_the_standard_has_it(
    pool: Pool, server: SparqlServer, group: str
) -> None:
    whole = ox.Store()
    whole.load(LOCAL.encode(), ox.RdfFormat.TURTLE)
    whole.load(REMOTE.encode(), ox.RdfFormat.TURTLE, to_graph=ox.NamedNode(THERE))
    text = PROLOGUE + f"SELECT * {{ {group} }}"
    plain = text.replace("SERVICE SILENT ", "GRAPH ").replace("SERVICE ", "GRAPH ")
    expected = whole.query(plain)
    assert isinstance(expected, ox.QuerySolutions)
    services = partial(listed(server.url()).ask, ANYBODY)
    with pool.query(text, graphs=[PUBLIC], services=services, format="json") as answer:
        found = ox.parse_query_results(answer.read(), ox.QueryResultsFormat.JSON)
    assert isinstance(found, ox.QuerySolutions)
    assert counted(found) == counted(expected)


def counted(solutions: ox.QuerySolutions) -> Counter[tuple[tuple[str, str], ...]]:
    return Counter(
        tuple(sorted((name, str(term)) for name, term in row.items())) for row in rows_of(solutions)
    )


_LATER = "the endpoint is found by a pattern, so it is not known before the query is evaluated"
_NESTED = "SERVICE inside SERVICE is refused: the hub would not know whom its endpoint asks"
KNOWN = {"service/service3": _NESTED, "service/service5": _LATER, "service/service6": _NESTED}


def test_w3c_federation(suite: Path, tmp_path: Path) -> None:
    failed, passed = {}, 0
    for number, case in enumerate(read_cases(suite / "service")):
        build(tmp_path / str(number), case)
        try:
            passed += evaluate(case, tmp_path / str(number))
        except QueryRefused as error:
            failed[case.name] = str(error)
    assert set(failed) == set(KNOWN)
    assert passed == 4


def evaluate(case: Case, store: Path) -> bool:
    stores = {
        f"/{number}": make_store(path.read_bytes()) for number, path in enumerate(case.remote)
    }
    with serve(stores) as running, Pool(store, size=1) as opened:
        services = [
            Service(iri, Endpoint(running.url(f"/{number}"), timeout=5))
            for number, iri in enumerate(case.remote.values())
        ]
        gone = Endpoint("http://127.0.0.1:1/", timeout=1)
        services.append(Service("http://invalid.endpoint.org/sparql", gone))
        asked = partial(Federation(services).ask, ANYBODY)
        text = f"BASE <{BASE}>\n{case.query.read_text(encoding='utf-8')}"
        with opened.query(text, graphs=[DEFAULT], services=asked, format="json") as answer:
            given = ox.parse_query_results(answer.read(), ox.QueryResultsFormat.JSON)
    assert case.result
    wanted = ox.parse_query_results(case.result.read_bytes(), ox.QueryResultsFormat.XML)
    assert isinstance(given, ox.QuerySolutions)
    assert isinstance(wanted, ox.QuerySolutions)
    return same_rows(rows_of(given), rows_of(wanted))


# What is sent


def test_only_the_block_is_sent_with_what_it_needs(ask: Ask, remote: SparqlServer) -> None:
    ask(
        "PREFIX x: <http://x/> SELECT * { ?s :p ?secret VALUES ?s { :a :a :z } VALUES ?other { 1 } "
        f"# what?\n SERVICE <{THERE}> {{ ?s :q ?v # a comment\n }} }}"
    )
    assert remote.asked == [
        f"PREFIX : <{EX}> SELECT * WHERE {{ VALUES (?s) {{ (<{EX}a>) (<{EX}z>) }} "
        "{ ?s :q ?v } } LIMIT 10001"
    ]


def test_what_the_caller_bound_goes_along(ask: Ask, remote: SparqlServer) -> None:
    rows = ask(f"SELECT * {{ {ASKED} }}", bindings={"s": Term("iri", EX + "b")})
    assert [row["v"].value for row in rows] == ["3"]
    assert f"VALUES (?s) {{ (<{EX}b>) }}" in remote.asked[0]


def test_relative_names_mean_there_what_they_mean_here(ask: Ask) -> None:
    text = f"SELECT * {{ SERVICE <{THERE}> {{ <b> <q> ?v }} }}"
    assert len(ask(f"BASE <{EX}> {text}")) == 1
    assert "is not an absolute IRI" in refuse(ask, text).message


def test_nobody_is_asked_for_a_query_that_is_none(ask: Ask, remote: SparqlServer) -> None:
    assert "cannot stand here" in refuse(ask, f"SELECT * {{ {ASKED} ?x ?y }}").message
    error = refuse(ask, f"SELECT ?s {{ ?s ?p SERVICE <{THERE}> {{ ?s :q ?v }} }}")
    assert error.message == "SERVICE cannot stand here."
    assert error.column == len(PROLOGUE) + 19
    assert remote.asked == []


@pytest.mark.parametrize(
    "body",
    ['?s :q "a\\u0022 } SERVICE <http://x> {"', "?s :q 'a\\u0027'", "?s <http://x/\\u003E> ?v"],
)
def test_escapes_that_others_read_otherwise_are_not_sent(
    ask: Ask, remote: SparqlServer, body: str
) -> None:
    assert "escape" in refuse(ask, f"SELECT * {{ SERVICE <{THERE}> {{ {body} }} }}").message
    assert remote.asked == []


def test_names_that_an_engine_may_take_for_service_are_sent_as_iris(
    ask: Ask, remote: SparqlServer
) -> None:
    ask(f"PREFIX SERVICE: <{EX}> SELECT * {{ SERVICE <{THERE}> {{ ?s SERVICE:q ?v }} }}")
    assert f"{{ ?s <{EX}q> ?v }}" in remote.asked[0]


# Whom it asks


def test_a_variable_takes_the_endpoints_that_are_stated(ask: Ask, remote: SparqlServer) -> None:
    member = Viewer("consortium")
    text = f"SELECT * {{ VALUES ?e {{ <{THERE}> <{MEMBERS}> }} SERVICE ?e {{ ?s :q 3 }} }}"
    rows = [(row["e"].value, row["s"].value) for row in ask(text, member)]
    assert sorted(rows) == [(e, EX + s) for e in (THERE, MEMBERS) for s in "ab"]
    assert not any("VALUES" in query for query in remote.asked)
    only = ask(f"SELECT * {{ VALUES ?e {{ <{THERE}> }} SERVICE ?e {{ ?s :q ?e }} }}", member)
    assert only == []


def test_endpoints_of_others_are_as_if_not_listed(ask: Ask, remote: SparqlServer) -> None:
    text = "SELECT * { SERVICE <%s> { ?s :q ?v } }"
    errors = [refuse(ask, text % iri) for iri in (MEMBERS, "urn:x-service:missing")]
    told = [str(e).replace(MEMBERS, "?").replace("urn:x-service:missing", "?") for e in errors]
    assert told[0] == told[1]
    assert THERE in told[0]
    assert refuse(ask, text % "http://x/", federation=Federation([])).remedy.endswith("none.")
    assert remote.asked == []
    assert len(ask(text % MEMBERS, Viewer("consortium"))) == 4


REFUSED = {
    f"FILTER EXISTS {{ {ASKED} }}": "inside EXISTS",
    f"FILTER(NOT EXISTS {{ ?s :p ?o . {{ {ASKED} }} }})": "inside EXISTS",
    f"GRAPH ?g {{ {ASKED} }}": "inside GRAPH",
    f"GRAPH :g {{ ?s ?p ?o OPTIONAL {{ {ASKED} }} }}": "inside GRAPH",
    f"LATERAL {{ {ASKED} }}": "inside LATERAL",
    f"SERVICE <{THERE}> {{ {ASKED} }}": "inside another SERVICE",
    "SERVICE ?e { ?s :q ?v }": "not known whom",
    f"SERVICE ?e {{ ?s :q ?v }} VALUES ?e {{ <{THERE}> }}": "not known whom",
    f"VALUES (?e ?s) {{ (<{THERE}> 1) (UNDEF 1) }} SERVICE ?e {{ ?s :q ?v }}": "not known whom",
    "VALUES ?e { 'x' } SERVICE ?e { ?s :q ?v }": "not known whom",
    "SERVICE SILENT { ?s :q ?v }": "needs the IRI",
    f"SERVICE <{THERE}> ?s :q ?v": "needs the IRI",
    "SERVICE 'x' { ?s :q ?v }": "needs the IRI",
    "SERVICE": "needs the IRI",
    "SERVICE SILENT <http://elsewhere/> {}": "not listed",
    f"{ASKED} " * 11: "more than 10 services",
}


@pytest.mark.parametrize("body", REFUSED)
def test_what_cannot_be_answered_is_refused_by_name(
    ask: Ask, remote: SparqlServer, body: str
) -> None:
    error = refuse(ask, f"SELECT * {{ {body} }}")
    assert REFUSED[body] in error.message
    assert (error.status, bool(error.remedy)) == (400, True)
    assert remote.asked == []


# What comes back


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
        for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 40:
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


def test_an_endpoint_is_asked_so_much_at_once_and_no_more(ask: Ask, remote: SparqlServer) -> None:
    remote.trouble = drip
    federation = listed(remote.url(), timeout=0.2)
    for _ in range(AT_ONCE):
        with pytest.raises(ServiceFailed, match="within"):
            ask(f"SELECT * {{ {ASKED} }}", federation=federation)
    with pytest.raises(ServiceFailed, match="questions already"):
        ask(f"SELECT * {{ {ASKED} }}", federation=federation)


def test_credentials_come_from_the_environment(
    ask: Ask, remote: SparqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str | None] = []
    remote.guard = lambda handler: shown.append(handler.headers.get("Authorization"))
    variable = "HUB_ENDPOINT_THERE"
    endpoint = Endpoint(remote.url(), timeout=5, token_variable=variable)
    federation = Federation([Service(THERE, endpoint)])
    with pytest.raises(ServiceFailed, match=f"{variable}’ is not set"):
        ask(f"SELECT * {{ {ASKED} }}", federation=federation)
    monkeypatch.setenv(variable, "s3cret")
    assert ask(f"SELECT * {{ {ASKED} }}", federation=federation)
    assert shown == ["Bearer s3cret"]
    remote.guard = lambda _handler: (403, {}, b"no s3cret here")
    assert "s3cret" not in str(refuse(ask, f"SELECT * {{ {ASKED} }}", federation=federation))
