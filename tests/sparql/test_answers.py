"""What a pool of real workers answers, in every format, and how it refuses what is no query."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.compare import isomorphic

from hub.sparql.errors import QueryRefused
from hub.sparql.mistakes import find_mistake
from hub.sparql.pool import Pool
from hub.sparql.scanner import scan
from hub.terms import iri, literal
from hub.vocabulary import RDF_TYPE
from tests.sparql.sparql_stores import (
    EX,
    PRIVATE,
    PUBLIC,
    OpenPool,
    small_answer,
)


def test_rows_come_as_terms(pool: Pool) -> None:
    text = f"SELECT ?p ?o ?none {{ <{EX}biom> ?p ?o }} ORDER BY ?p"
    rows = pool.select(text, graphs=[PUBLIC, PRIVATE])
    assert [str(row["p"]).removeprefix(EX) for row in rows[:3]] == ["founded", "label", "share"]
    assert [row["o"] for row in rows[:3]] == [
        literal(1997),
        literal("BioM"),
        literal(Decimal("0.5")),
    ]
    assert rows[3] == {"p": iri(RDF_TYPE), "o": iri(EX + "Cluster")}


def test_bindings_narrow_a_variable_that_is_not_projected(pool: Pool) -> None:
    text = "SELECT ?label { ?s <http://example.org/label> ?label }"
    one = pool.select(text, graphs=[PUBLIC], bindings={"s": iri(EX + "biom")})
    assert [str(row["label"]) for row in one] == ["BioM"]
    assert pool.select(text, graphs=[PUBLIC], bindings={"s": []}) == []


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_every_format_of_rows_holds_the_same(pool: Pool, name: str) -> None:
    text = "SELECT ?s ?o { ?s <http://example.org/label> ?o } ORDER BY ?o"
    with pool.query(text, graphs=[PUBLIC], format=name) as answer:
        body = answer.read()
    if name == "csv":
        assert list(csv.reader(io.StringIO(body.decode(), newline="")))[1][0] == EX + "biom"
        return
    rows = ox.parse_query_results(body, ox.QueryResultsFormat.from_media_type(answer.media_type))
    assert isinstance(rows, ox.QuerySolutions)
    assert [row["o"].value for row in rows] == ["BioM", "Biocat", 'Biocat\n"Catalunya"']


@pytest.mark.parametrize("name", ["json", "xml", "csv", "tsv"])
def test_every_format_says_yes_and_no(pool: Pool, name: str) -> None:
    for text, expected in (("ASK {}", b"true"), ("ASK { ?s ?p 'none' }", b"false")):
        with pool.query(text, graphs=[PUBLIC], format=name) as answer:
            assert expected in answer.read()


@pytest.mark.parametrize(
    ("name", "parser"), [("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld")]
)
def test_every_format_of_graphs_holds_the_same(pool: Pool, name: str, parser: str) -> None:
    text = "PREFIX x: <http://example.org/> CONSTRUCT WHERE { ?s ?p ?o }"
    with pool.query(text, graphs=[PUBLIC], format=name) as answer:
        body = answer.read()
    rows = pool.select("SELECT * { ?s ?p ?o }", graphs=[PUBLIC])
    lines = (f"{row['s'].n3()} {row['p'].n3()} {row['o'].n3()} ." for row in rows)
    expected = Graph().parse(data="\n".join(lines), format="nt")
    assert len(expected) == 8
    assert isomorphic(Graph().parse(data=body, format=parser), expected)
    if name == "ttl":
        assert b"x:biom" in body


def test_an_answer_names_its_type(pool: Pool) -> None:
    with pool.query("ASK {}", graphs=[], accept="text/csv") as answer:
        assert answer.content_type == "text/csv; charset=utf-8"


def test_many_threads_get_their_own_answers(open_pool: OpenPool) -> None:
    pool = open_pool(size=2, wait=30)

    def ask(number: int) -> bool:
        thing = iri(f"{EX}thing/{number}")
        rows = pool.select("SELECT ?o { ?s ?p ?o }", graphs=[PUBLIC], bindings={"s": thing})
        return [str(row["o"]) for row in rows] == [f"value {number}"]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(400)))


# Refusals of the engine


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("SELECT * {\n  ?s ?p\n}", (3, 1), "} cannot stand here"),
        ("SELECT * { ?s ?p <x> }", (1, 18), "not an absolute IRI"),
        ("SELECT ?x (COUNT(*) AS ?n) { ?x ?y ?z }", (1, 8), "?x stands in SELECT, but neither"),
        ("SELECT ?x (MAX(?z) AS ?m) ?y { ?x ?y ?z } GROUP BY ?x", (1, 27), "?y stands in SELECT"),
        ("SELECT (STR(?x) AS ?t) {\n ?x ?y ?z } GROUP BY ?y", (1, 13), "?x stands in SELECT"),
        (
            "SELECT * { ?s a ?o {\nSELECT ?x (MAX(?z) AS ?m) { ?x ?y ?z } GROUP BY ?y } }",
            (2, 8),
            "?x stands in SELECT",
        ),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", (1, 8), "SELECT * gives no groups"),
        ("SELECT * {\n BIND(1 AS ?x) .\n BIND(2 AS ?x)\n ?s ?p ?o }", (3, 12), "?x has a value"),
        ("SELECT * { OPTIONAL { ?x ?p ?o } BIND(2 AS ?x) }", (1, 44), "?x has a value"),
        ("SELECT * { VALUES (?x) { (1) } BIND(2 AS ?x) }", (1, 42), "?x has a value"),
        ("SELECT (1 AS ?s) {\n ?s ?p ?o }", (1, 14), "?s has a value"),
        ("SELECT (1 AS ?x)\n (2 AS ?x) { ?s ?p ?o }", (2, 8), "?x stands twice"),
        ("SELECT * { ?s ?p ?o } LIMIT", (1, 28), "ends too early"),
        ("ASK {} # one\nASK {}", (2, 1), "ASK cannot stand here"),
        ("SELECT * { ?s \\u003Fp ?o FILTER STRLEN(?o, 1) }", (1, 42), ", cannot stand here"),
    ],
)
def test_syntax_errors_name_their_place(
    pool: Pool, text: str, place: tuple[int, int], says: str
) -> None:
    with pytest.raises(QueryRefused, match=r".+") as caught:
        pool.query(text, graphs=[PUBLIC])
    assert says in caught.value.message
    assert (caught.value.line, caught.value.column) == place
    assert caught.value.as_dict()["line"] == place[0]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { { BIND(1 AS ?x) } UNION { BIND(2 AS ?x) } }",
        "SELECT * { ?s ?p ?o MINUS { ?x ?p ?o } BIND(1 AS ?x) }",
        "SELECT * { ?s ?p ?o FILTER(BOUND(?o)) FILTER NOT EXISTS { ?x ?p ?o } BIND(1 AS ?x) }",
        "SELECT (COUNT(*) AS ?n) (STR(?s) AS ?t) { ?s ?p ?o } GROUP BY ?s",
        "SELECT ?t (GROUP_CONCAT(DISTINCT ?o; SEPARATOR=', ') AS ?n) { ?s ?p ?o } "
        "GROUP BY (STR(?s) AS ?t) HAVING (COUNT(*) > 0) VALUES ?p { 1 }",
        "SELECT * { ?s ?p ?o FILTER EXISTS { SELECT (COUNT(?x) AS ?n) { ?x ?p ?o } } }",
        "SELECT ?s (COUNT(?o) AS ?p) { ?s ?p ?o } GROUP BY ?s",
    ],
)
def test_what_is_no_mistake_is_answered(pool: Pool, text: str) -> None:
    assert pool.query(text, graphs=[PUBLIC]).read()
    assert find_mistake(scan(text).tokens) is None


def test_unknown_functions_are_refused(pool: Pool) -> None:
    with pytest.raises(QueryRefused, match="custom function"):
        pool.select("SELECT (<http://x/f>(1) AS ?x) { ?s ?p ?o }", graphs=[PUBLIC])
    assert small_answer(pool)


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("SELECT * { ?s a ?o }", ["s", "o"]),
        ("PREFIX e: <http://example.org/> # *\nselect distinct * { ?z e:label ?a }", ["z", "a"]),
        ("SELECT * { $s ?p ?o FILTER EXISTS { ?s ?hid ?o } MINUS { ?s ?m 4 } }", ["s", "p", "o"]),
        ("SELECT * { { SELECT ?z (COUNT(*) AS ?a) { ?z ?p ?o } GROUP BY ?z } }", ["z", "a"]),
        ("SELECT * { ?b a ?a } VALUES ?c { 1 }", ["b", "a", "c"]),
        ("SELECT REDUCED * { ?ab ?p ?a }", ["ab", "p", "a"]),
        ("SELECT ?o ?s { ?s a ?o { SELECT * { ?s ?p ?o } } }", ["o", "s"]),
        ("SELECT * {}", []),
    ],
)
@pytest.mark.parametrize("name", ["json", "tsv"])
def test_a_star_gives_the_columns_in_the_order_in_which_they_occur(
    pool: Pool, text: str, columns: list[str], name: str
) -> None:
    with pool.query(text, graphs=[PUBLIC], format=name) as answer:
        found = ox.parse_query_results(
            answer.read(), ox.QueryResultsFormat.from_media_type(answer.media_type)
        )
    assert isinstance(found, ox.QuerySolutions)
    assert [variable.value for variable in found.variables] == columns


@pytest.mark.parametrize("text", ["SELECT", "SELECT *", "SELECT DISTINCT", "SELECT * { ?s ?p }"])
def test_a_star_of_no_query_is_refused_at_its_place(pool: Pool, text: str) -> None:
    with pytest.raises(QueryRefused, match="line 1, column"):
        pool.query(text, graphs=[PUBLIC])
