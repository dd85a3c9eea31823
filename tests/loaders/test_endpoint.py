"""SPARQL endpoints as sources, over real HTTP: good ones, and ones that fail in every way."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from loaders.description import Endpoint, Source, read_source
from loaders.findings import Fault, SourceRefused
from loaders.reading import endpoint as door
from loaders.reading.endpoint import read_pages, tell_state
from loaders.reading.select_query import parse_select
from tests.loaders.conftest import BASE, GRAPH, Build, Run
from tests.loaders.sparql_server import Answer, Handler, SparqlServer, keep_rows, make_store, serve

ROWS = 57
DATA = "@prefix ex: <https://example.org/ns#> .\n" + "".join(
    f'<https://example.org/o/{n}> a ex:Organisation ; ex:name "Größe {n:02}"@de ; '
    f'ex:country "{"FR" if n % 2 else "DE"}" .\n'
    for n in range(ROWS)
)
QUERY = """PREFIX ex: <https://example.org/ns#>
SELECT ?o ?name ?country WHERE { ?o a ex:Organisation ; ex:name ?name ; ex:country ?country }"""
MAPPING = """
sources:
  registry: {access: registry, type: sparql, queryFormulation: sparql11,
             referenceFormulation: csv, query: "%s"}
mappings:
  organisation:
    sources: registry
    s: $(o)~iri
    po:
      - [a, org:Organization]
      - [rdfs:label, $(name), de~lang]
      - [mc:country, country/$(country)~iri]
"""


pytestmark = pytest.mark.usefixtures("loopback")


@pytest.fixture
def server() -> Iterator[SparqlServer]:
    with serve({"/sparql": make_store(DATA)}) as running:
        yield running


@pytest.fixture
def describe(build: Build, server: SparqlServer) -> Callable[..., Source]:
    """A source whose only location is the server: ``describe(query, page=…)``."""

    def make(query: str = QUERY, mapping: str = MAPPING, **fields: Any) -> Source:
        stated = {"url": server.url(), "page": 10, "timeout": 5} | fields
        text = mapping.replace("%s", query.replace('"', '\\"').replace("\n", " "))
        return build({}, text, endpoints={"registry": Endpoint(**stated)})

    return make


def refuse(run: Run, source: Source) -> SourceRefused:
    with pytest.raises(SourceRefused) as refused:
        run(source, GRAPH)
    assert all(f.remedy for f in refused.value.findings)
    return refused.value


def pages(server: SparqlServer) -> list[str]:
    return [query for query in server.asked if " OFFSET " in query]


@pytest.mark.parametrize("key", ["", "o", "country"])
@pytest.mark.parametrize("page", [1, 10, 57, 1000])
def test_pages_give_what_one_answer_gives(
    page: int, key: str, describe: Callable[..., Source], run: Run, server: SparqlServer
) -> None:
    result, quads = run(describe(page=page, key=key), GRAPH)
    assert result.rows == {"registry": ROWS}
    assert result.rejected == 0
    assert quads.count(" <http://www.w3.org/2000/01/rdf-schema#label> ") == ROWS
    assert f"<{BASE}country/FR> <{GRAPH}> ." in quads
    assert "row/test/registry/57> " in quads
    assert len(pages(server)) == -(-ROWS // page) + 1
    (fact,) = result.files
    assert (fact.name, len(fact.sha256)) == ("registry", 64)
    again, same = run(describe(page=7), GRAPH)
    assert sorted(same.splitlines()) == sorted(quads.splitlines()) or key
    assert again.files == result.files or key


def test_json_paths_and_joins_ask_once(
    describe: Callable[..., Source], run: Run, server: SparqlServer
) -> None:
    mapping = """
sources:
  all: {access: URL, type: sparql, referenceFormulation: jsonpath,
        iterator: '$.results.bindings[*]', query: "%s"}
mappings:
  organisation:
    sources: all
    s: $(o.value)~iri
    po:
      - [rdfs:label, $(name.value)]
      - [mc:language, "$(name['xml:lang'])"]
      - p: mc:samePlace
        o: {mapping: place, condition: {function: equal, parameters: [
          [str1, $(country.value), s], [str2, $(country.value), o]]}}
  place: {sources: all, s: place/$(country.value), po: [[a, mc:Place]]}
""".replace("URL", server.url())
    _, quads = run(describe(mapping=mapping, page=100), GRAPH)
    assert quads.count("#samePlace> ") == ROWS
    assert quads.count('#language> "de"') == ROWS
    assert len(pages(server)) == 2


def test_queries_of_their_own_order_limit_and_groups(
    describe: Callable[..., Source], run: Run
) -> None:
    query = (
        "PREFIX ex: <https://example.org/ns#> SELECT ?country (SAMPLE(?x) AS ?o) "
        '("# no comment }" AS ?name) { ?x ex:country ?country } GROUP BY ?country '
        "HAVING (COUNT(*) > 1) ORDER BY DESC(?country) LIMIT 1"
    )
    result, quads = run(describe(query), GRAPH)
    assert result.rows == {"registry": 1}
    assert f"<{BASE}country/FR>" in quads


def test_a_server_that_cuts_its_answers_is_read_to_the_end(
    describe: Callable[..., Source], run: Run, server: SparqlServer
) -> None:
    def cut(_: Handler, __: int, answer: Answer) -> Answer:
        status, headers, body = keep_rows(answer, 7)
        return status, headers | {"X-SPARQL-MaxRows": "7"}, body

    server.trouble = cut
    result, _ = run(describe(), GRAPH)
    assert result.rows == {"registry": ROWS}
    assert {f.rule for f in result.findings} == {"endpoint-page"}


def test_a_server_that_hides_the_rest_is_refused(
    describe: Callable[..., Source], run: Run, server: SparqlServer
) -> None:
    server.trouble = lambda _, n, answer: answer if n < 3 else keep_rows(answer, 0)
    assert "counts 57 rows, and gave 20" in str(refuse(run, describe()))


def test_where_nothing_is_counted_that_is_said(
    describe: Callable[..., Source], run: Run, server: SparqlServer
) -> None:
    plain = server.answer
    server.answer = lambda path, query: (  # type: ignore[method-assign]
        (500, {}, b"too much") if "COUNT(*)" in query else plain(path, query)
    )
    result, _ = run(describe(), GRAPH)
    assert {f.rule for f in result.findings} == {"endpoint-uncounted"}


BROKEN: Answer = (200, {}, b'{"head": {"vars": ["o"]}, "results": {"bindings": [\n// timeout')


@pytest.mark.parametrize(
    "failure", [(500, {}, b"down"), (503, {"Retry-After": "0"}, b""), (429, {}, b""), BROKEN]
)
def test_only_the_page_that_failed_is_asked_again(
    failure: Answer, describe: Callable[..., Source], run: Run, server: SparqlServer
) -> None:
    server.trouble = lambda _, n, answer: failure if n in (3, 4) else answer
    result, quads = run(describe(), GRAPH)
    assert quads.count("#label> ") == result.rows["registry"] == ROWS
    offsets = [query.rsplit(" ", 1)[1] for query in pages(server)]
    assert offsets == ["0", "10", "20", "20", "20", "30", "40", "50", "57"]


@pytest.mark.parametrize(
    ("failure", "rule", "times"),
    [
        ((500, {}, b"always"), "endpoint-error", 3),
        ((400, {}, b"no such prefix"), "endpoint-error", 1),
        ((401, {}, b"who are you"), "endpoint-denied", 1),
        (BROKEN, "endpoint-answer", 3),
        ((200, {}, b"<html>Sign in</html>"), "endpoint-answer", 3),
        ((200, {}, b"[]"), "endpoint-answer", 3),
        ((200, {}, b'{"head": {}, "boolean": true}'), "endpoint-answer", 3),
        ((200, {}, b"\xff\xfe"), "endpoint-answer", 3),
        ((200, {}, b"[" * 100_000), "endpoint-answer", 3),
        ((302, {"Location": "http://127.0.0.1:9/x"}, b""), "endpoint-redirect", 1),
        ((307, {"Location": "http://example.org/x"}, b""), "endpoint-redirect", 1),
        ((302, {"Location": "file:///etc/hostname"}, b""), "endpoint-error", 1),
        ((302, {"Location": "/sparql"}, b""), "endpoint-error", 5),
    ],
)
def test_failures_that_last_refuse_the_source(
    failure: Answer, rule: str, times: int, describe: Callable[..., Source], run: Run,
    server: SparqlServer,
) -> None:  # fmt: skip
    server.trouble = lambda _, n, answer: failure if n > 1 else answer
    refused = refuse(run, describe())
    assert {f.rule for f in refused.findings} == {rule}
    assert {f.file for f in refused.findings} == {"registry"}
    assert len(pages(server)) == 1 + times


def test_a_server_that_moved_on_itself_is_followed_with_the_query(
    describe: Callable[..., Source], run: Run, server: SparqlServer
) -> None:
    server.stores["/moved"] = server.stores["/sparql"]
    server.trouble = lambda handler, _, answer: (
        (308, {"Location": "/moved"}, b"") if handler.path == "/sparql" else answer
    )
    assert run(describe(), GRAPH)[0].rows == {"registry": ROWS}


def test_a_server_that_is_slow_or_drips_is_given_up(
    describe: Callable[..., Source], run: Run, server: SparqlServer
) -> None:
    def drip(handler: Handler, number: int, _: Answer) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            for _n in range(40):
                if number % 2:
                    handler.wfile.write(b" ")
                    handler.wfile.flush()
                time.sleep(0.1)
        except OSError:
            pass

    server.trouble = drip
    begun = time.monotonic()
    refused = refuse(run, describe(timeout=1))
    assert {f.rule for f in refused.findings} == {"endpoint-timeout"}
    assert time.monotonic() - begun < 12


def test_an_answer_without_end_is_cut_off(
    describe: Callable[..., Source], run: Run, server: SparqlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "LARGEST_ANSWER", 4 << 20)

    def flood(handler: Handler, _: int, __: Answer) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b" " * (1 << 20))
        except OSError:
            pass

    server.trouble = flood
    assert {f.rule for f in refuse(run, describe()).findings} == {"endpoint-size"}


def test_pages_without_end(server: SparqlServer) -> None:
    endpoint = Endpoint(server.url(), page=10)
    server.trouble = lambda _, __, answer: keep_rows(answer, 10)
    plain = server.answer
    server.answer = lambda path, query: plain(  # type: ignore[method-assign]
        path, query.rpartition(" OFFSET ")[0] + " OFFSET 0"
    )
    with pytest.raises(Fault, match="same rows again"):
        list(read_pages(endpoint, parse_select(QUERY), ("o",)))

    def invent(_: Handler, number: int, __: Answer) -> Answer:
        rows = [{"o": {"type": "uri", "value": f"https://example.org/{number}/{i}"}} for i in "ab"]
        tree = {"head": {"vars": ["o"]}, "results": {"bindings": rows}}
        return 200, {}, json.dumps(tree).encode()

    server.trouble = invent
    with pytest.raises(Fault, match="more than 30 rows"):
        list(read_pages(endpoint, parse_select(QUERY), ("o",), most=30))


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("ASK { ?o ?name ?country }", "query-form"),
        ("CONSTRUCT WHERE { ?o ?name ?country }", "query-form"),
        ("SELECT ?o ?name ?country { SERVICE <http://example.org/> { ?o ?name ?country } }",
         "query-service"),
        ("SELECT ?o ?name ?country { \\\\u0053ERVICE <http://x.org/> { ?o ?name ?country } }",
         "query-syntax"),
        ("SELECT ?o ?name ?country { ?o ?name ?country ", "query-syntax"),
        ("SELECT ?o ?name ?country { } } DROP ALL { ", "endpoint-error"),
        ("DROP ALL", "query-syntax"),
        ("SELECT ?o ?name WHERE { ?o ?p ?name }", "column-unknown"),
        ("SELECT (BNODE() AS ?o) ?name ?country { ?a ?name ?country }", "blank-node"),
        ("SELECT ?o ?name ?country { ?o ?name ?country FILTER( }", "query-syntax"),
    ],
)  # fmt: skip
def test_queries_that_cannot_be_asked(
    query: str, rule: str, describe: Callable[..., Source], run: Run, server: SparqlServer
) -> None:
    assert {f.rule for f in refuse(run, describe(query)).findings} == {rule}
    assert "DROP" not in "".join(server.asked) or rule == "endpoint-error"


def test_nobody_is_asked_whom_the_description_does_not_name(
    describe: Callable[..., Source], run: Run, server: SparqlServer
) -> None:
    mapping = MAPPING.replace("access: registry", f"access: {server.url('/other')}")
    refused = refuse(run, describe(mapping=mapping))
    assert {f.rule for f in refused.findings} == {"endpoint-unlisted"}
    assert server.asked == []


def test_a_server_that_is_not_there(describe: Callable[..., Source], run: Run) -> None:
    refused = refuse(run, describe(url="http://127.0.0.1:9/sparql"))
    assert {f.rule for f in refused.findings} == {"endpoint-unreachable"}


def test_hostile_values_stay_values(
    describe: Callable[..., Source], run: Run, server: SparqlServer
) -> None:
    names = ['" . <a:b> <a:c> "', "../../x y<>{}", "\\", "a\nb", "=HYPERLINK(1)", "\u202e"]
    triples = "".join(
        f"<https://example.org/o/{n}> a <https://example.org/ns#Organisation> ; "
        f'<https://example.org/ns#name> {json.dumps(name)} ; '
        f"<https://example.org/ns#country> {json.dumps(name)} .\n"
        for n, name in enumerate(names)
    )  # fmt: skip
    server.stores["/sparql"] = make_store(triples)
    result, quads = run(describe(), GRAPH)
    assert quads.count("#label> ") == len(names)
    assert result.rejected == 0
    assert f"<{BASE}country/..%2F..%2Fx%20y%3C%3E%7B%7D>" in quads


def test_whether_the_data_changed_is_asked_of_the_server(server: SparqlServer) -> None:
    endpoint = Endpoint(server.url())
    assert tell_state(endpoint) == ""
    void = (
        "@prefix void: <http://rdfs.org/ns/void#> . @prefix dcterms: <http://purl.org/dc/terms/> ."
        f'<#d> void:sparqlEndpoint <{server.url()}> ; dcterms:modified "2026-01-01" .'
        f'<#e> void:sparqlEndpoint <{server.url("/other")}> ; dcterms:modified "2026-02-02" .'
    )
    server.documents["/.well-known/void"] = (200, {}, void.encode())
    assert tell_state(endpoint) == '"2026-01-01"'
    server.documents["/dump"] = (200, {"ETag": '"abc"'}, b"")
    assert tell_state(replace(endpoint, changes=server.url("/dump"))) == '"abc"'
    server.documents["/.well-known/void"] = (200, {}, b"\xff no turtle")
    assert tell_state(endpoint) == ""
    assert tell_state(Endpoint("http://127.0.0.1:9/sparql")) == ""


def test_the_description_says_who_may_be_asked(tmp_path: Any) -> None:
    folder = tmp_path / "remote"
    folder.mkdir()
    text = """
name = "remote"
title = "T"
owner = "O"
visibility = "public"
licence = "L"
mapping = "mapping.yml"
[endpoints.registry]
url = "https://example.org/sparql?x=1"
page = 100
[hubs.partner-hub]
url = "http://hub.example.org:8000"
sources = ["a"]
"""
    (folder / "source.toml").write_text(text, encoding="utf-8")
    source = read_source(folder)
    assert source.endpoints["registry"].page == 100
    assert source.endpoints["partner-hub"] == Endpoint(
        "http://hub.example.org:8000", hub=True, sources=("a",)
    )
    for old, new, said in [
        ("https://example.org/sparql?x=1", "ftp://example.org/", "no address"),
        ("https://example.org/sparql?x=1", "https://me:secret@example.org/", "no address"),
        ("https://example.org/sparql?x=1", "file:///etc/passwd", "no address"),
        ("page = 100", "page = 0", "asks for 1 to 100,000 rows"),
        ("page = 100", 'page = "100"', "unknown or of another type"),
        ("page = 100", "pages = 100", "unknown or of another type"),
        ("[endpoints.registry]", "[endpoints.'a/../b']", "plain name"),
    ]:
        (folder / "source.toml").write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(SourceRefused, match=said):
            read_source(folder)
