"""SERVICE to listed endpoints, over real HTTP: right by the standard, bounded, and nobody else."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.access import PUBLIC as ANYBODY
from hub.access import Viewer
from hub.settings import Service
from hub.sparql.errors import QueryRefused
from hub.sparql.federation import Federation
from hub.sparql.pool import Pool
from hub.terms import Term
from loaders.description import Endpoint
from tests.loaders.sparql_server import SparqlServer, make_store, serve
from tests.sparql.federating import (
    ASKED,
    LOCAL,
    MEMBERS,
    PROLOGUE,
    REMOTE,
    THERE,
    Ask,
    listed,
    refuse,
)
from tests.sparql.federating import ask as ask
from tests.sparql.federating import pool as pool
from tests.sparql.federating import remote as remote
from tests.sparql.federating import server as server
from tests.sparql.sparql_stores import EX, PUBLIC
from tests.w3c.conftest import suite as suite
from tests.w3c.suite import BASE, DEFAULT, Case, build, read_cases, rows_of, same_rows

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
