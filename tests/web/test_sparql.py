"""/sparql as the SPARQL 1.1 Protocol wants it, and as people see it."""

from __future__ import annotations

import csv
import io
from urllib.parse import quote, urlencode

import pytest
import rdflib
from lxml import etree

from tests.web.conftest import BASE, Server

SELECT = "SELECT ?label WHERE { <https://w3id.org/metacluster/id/market/CN> rdfs:label ?label }"
PREFIX = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> "
QUERY = PREFIX + SELECT
ASK = "ASK { ?s ?p ?o }"
CONSTRUCT = f"CONSTRUCT WHERE {{ <{BASE}market/CN> ?p ?o }}"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GRAPH = "https://w3id.org/metacluster/graph/"


def get(query: str, **more: str) -> str:
    return "/sparql?" + urlencode({"query": query, **more})


def test_three_ways_of_sending_a_query_give_the_same_answer(server: Server) -> None:
    accept = "application/sparql-results+json"
    by_get = server.ask(get(QUERY), accept)
    body = urlencode({"query": QUERY}).encode()
    by_form = server.ask("/sparql", accept, method="POST", body=body, headers=FORM)
    raw = {"Content-Type": "application/sparql-query; charset=utf-8"}
    direct = server.ask("/sparql", accept, method="POST", body=QUERY.encode(), headers=raw)
    assert by_get.json == by_form.json == direct.json
    assert {r["label"]["value"] for r in by_get.json["results"]["bindings"]} >= {"China"}
    assert by_get.type == accept
    assert by_get.headers["access-control-allow-origin"] == "*"


def test_rows_come_in_four_formats(server: Server) -> None:
    assert server.ask(get(ASK), "application/sparql-results+json").json["boolean"] is True
    xml = server.ask(get(QUERY), "application/sparql-results+xml")
    assert etree.fromstring(xml.body).tag.endswith("sparql")
    rows = list(csv.reader(io.StringIO(server.ask(get(QUERY), "text/csv").text)))
    assert rows[0] == ["label"]
    assert ["China"] in rows
    tsv = server.ask(get(QUERY), "text/tab-separated-values").text
    assert tsv.startswith("?label\n")
    assert '"China"@en' in tsv
    assert server.ask(get(QUERY, format="csv"), "text/html").type == "text/csv"
    # The protocol's own CSV stays as the standard has it: nothing is put before a formula.
    formula = "SELECT ('=1+1' AS ?x) {}"
    assert "\n=1+1" in server.ask(get(formula), "text/csv").text.replace("\r", "")


@pytest.mark.parametrize(
    ("media_type", "syntax"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "xml"),
        ("application/ld+json", "json-ld"),
    ],
)
def test_graphs_come_in_four_syntaxes(server: Server, media_type: str, syntax: str) -> None:
    reply = server.ask(get(CONSTRUCT), media_type)
    assert reply.type == media_type
    graph = rdflib.Graph().parse(data=reply.body, format=syntax)
    assert set(graph.subjects()) == {rdflib.URIRef(f"{BASE}market/CN")}


def test_the_dataset_is_what_the_caller_sees_narrowed_by_what_he_asks(server: Server) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"

    def ask(query: str, *graphs: str, member: bool = False, kind: str = "default") -> int:
        asked = [("query", query), *((f"{kind}-graph-uri", graph) for graph in graphs)]
        path = "/sparql?" + urlencode(asked)
        accept = "application/sparql-results+json"
        reply = server.member(path, accept) if member else server.ask(path, accept)
        return int(reply.json["results"]["bindings"][0]["n"]["value"])

    one, two = ask(count, GRAPH + "hostile"), ask(count, GRAPH + "biocat-profile")
    assert one
    assert two
    assert ask(count, GRAPH + "hostile", GRAPH + "biocat-profile") <= one + two
    assert ask(count, GRAPH + "secret") == 0 < ask(count, GRAPH + "secret", member=True)
    named = "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    assert ask(named, GRAPH + "hostile", kind="named") == 1
    assert ask(named, GRAPH + "secret", kind="named") == 0
    assert ask(named) < ask(named, member=True)
    secret = f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH}secret> {{ ?s ?p ?o }}"
    assert ask(secret) == 0 < ask(secret, member=True)


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("SELECT * WHERE {", "line"),
        ("SELECT * WHERE { ?s ?p }", "line"),
        ("SELECT * { SERVICE <http://x/> { ?s ?p ?o } }", "SERVICE"),
        ("INSERT DATA { <a:a> <a:b> <a:c> }", ""),
        ("LOAD <http://x/>", ""),
        ("{" * 20_000, ""),
        ("nonsense", ""),
    ],
)
def test_a_bad_query_is_refused_with_its_place_while_the_server_lives(
    server: Server, query: str, word: str
) -> None:
    body = urlencode({"query": query}).encode()
    reply = server.ask("/sparql", "*/*", method="POST", body=body, headers=FORM)
    assert (reply.status, reply.type) == (400, "application/problem+json"), reply.text
    assert word in reply.text
    assert "Traceback" not in reply.text
    page = server.ask("/sparql", "text/html", method="POST", body=body, headers=FORM)
    assert page.status == 400
    assert "<textarea" in page.text
    assert server.ask(get(ASK), "application/sparql-results+json").json["boolean"] is True


def test_a_malformed_request_is_refused(server: Server) -> None:
    two = "/sparql?" + urlencode([("query", ASK), ("query", ASK)])
    assert server.ask(two, "*/*").status == 400
    assert server.ask("/sparql?query=", "*/*").status == 400
    assert server.ask("/sparql", "*/*", method="POST", body=b"", headers=FORM).status == 400
    update = urlencode({"update": "CLEAR ALL"}).encode()
    assert server.ask("/sparql", "*/*", method="POST", body=update, headers=FORM).status == 400
    wrong = {"Content-Type": "application/json"}
    assert server.ask("/sparql", "*/*", method="POST", body=b"{}", headers=wrong).status == 415
    raw = {"Content-Type": "application/sparql-query"}
    assert server.ask("/sparql", "*/*", method="POST", body=b"\xff", headers=raw).status == 400
    assert server.ask(get(QUERY), "image/png").status == 406
    assert server.ask(get(QUERY, format="docx"), "*/*").status == 406
    assert server.ask(get(QUERY, format="turtle"), "*/*").status in (400, 406)


RAW = "application/sparql-query"


@pytest.mark.parametrize(
    ("path", "kind", "body", "status", "word"),
    [
        ("/sparql", FORM["Content-Type"], b"query=INSERT+DATA+%7B%7D", 400, "INSERT"),
        ("/sparql", FORM["Content-Type"], b"query=ASK+%7B%7D&query=ASK+%7B%7D", 400, "2 queries"),
        (get(ASK), FORM["Content-Type"], b"query=ASK+%7B%7D", 400, "2 queries"),
        (get(ASK), RAW, ASK.encode(), 400, "2 queries"),
        ("/sparql?update=CLEAR+ALL", RAW, ASK.encode(), 400, "only answers queries"),
        ("/sparql", "application/sparql-update", b"CLEAR ALL", 400, "only answers queries"),
        ("/sparql", "text/plain", ASK.encode(), 415, "media type"),
        ("/sparql", "multipart/form-data; boundary=x", b"--x--", 415, "media type"),
        ("/sparql", f"{RAW}; charset=utf-16", ASK.encode("utf-16"), 400, "utf-16"),
        ("/sparql", f"{RAW}; charset=latin-1", ASK.encode(), 400, "latin-1"),
        ("/sparql", RAW, b"ASK { ?s ?p '\xe9' }", 400, "UTF-8"),
        ("/sparql", FORM["Content-Type"], b"query=ASK+%7B+%3Fs+%3Fp+%27%E9%27+%7D", 400, "UTF-8"),
        ("/sparql?query=ASK+%7B+%3Fs+%3Fp+%27%E9%27+%7D", "", None, 400, "UTF-8"),
        ("/sparql", RAW, b"SELECT * { ?s nowhere:p ?o }", 400, "nowhere:"),
        ("/sparql", RAW, b"SELECT * { ?s org:role ?o }", 400, "PREFIX org: <http"),
        ("/sparql", RAW, b"ASK {} #" + b"x" * 150_000, 400, "100,000"),
        ("/sparql", RAW, b"ASK {} #" + b"x" * 10_000_000, 413, "large"),
        ("/sparql?" + "a&" * 2_000, RAW, ASK.encode(), 400, "parameters"),
    ],
)
def test_bad_input_is_refused_in_words(
    server: Server, path: str, kind: str, body: bytes | None, status: int, word: str
) -> None:
    method = "GET" if body is None else "POST"
    headers = {"Content-Type": kind} if kind else {}
    reply = server.ask(path, "*/*", method=method, body=body, headers=headers)
    assert (reply.status, reply.type) == (status, "application/problem+json"), reply.text
    assert word in reply.json["detail"] + reply.json.get("remedy", "")
    assert server.ask(get(ASK), "*/*").json["boolean"] is True


def test_a_token_in_an_address_is_refused(server: Server) -> None:
    for path in (get(ASK, token=server.token), get(ASK, access_token="x"), get(f"#{server.token}")):
        reply = server.ask(path, "*/*")
        assert reply.status == 400
        assert "token" in reply.json["detail"]


@pytest.mark.parametrize(
    ("path", "where", "word"),
    [
        (get(ASK, **{"default-graph-uri": "not an iri"}), "default-graph-uri", "absolute"),
        (get(ASK, **{"named-graph-uri": "rel"}), "named-graph-uri", "absolute"),
        (get("ASK FROM <rel> { ?s ?p ?o }"), "line 1, column 10", "no graph"),
        (get("ASK FROM NAMED <http://x/a b> { ?s ?p ?o }"), "line 1", ""),
        (get(ASK, timeout="abc"), "timeout", "abc"),
        (get(ASK, timeout="0"), "timeout", "above 0"),
        (get("ASK { ?s ?p ?o "), "line 1, column 5", "closed"),
        (get("ASK { ?s - ?o }"), "line 1, column 10", "cannot stand"),
        ("/sparql", "query", "no query"),
    ],
)
def test_what_is_wrong_with_a_request_is_said_with_place_and_remedy(
    server: Server, path: str, where: str, word: str
) -> None:
    reply = server.ask(path, "application/sparql-results+json")
    assert (reply.status, reply.type) == (400, "application/problem+json"), reply.text
    assert where in reply.json["where"]
    assert word in reply.json["detail"]
    assert reply.json["remedy"]


def test_a_timeout_shortens_the_time_that_a_query_may_take(server: Server) -> None:
    long = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    reply = server.ask(get(long, timeout="0.2"), "application/sparql-results+json")
    assert (reply.status, reply.json["title"]) == (504, "Query took too long")
    assert server.ask(get(ASK, timeout="5"), "application/sparql-results+json").status == 200


def test_people_get_a_form_and_a_table_with_names(server: Server) -> None:
    form = server.ask("/sparql").text
    assert '<textarea id="query" name="query"' in form
    query = f"SELECT * {{ <{BASE}market/CN> a ?class }}"
    html = server.ask(get(query, format="html")).text
    assert ">market</a>" in html
    assert quote(query)[:20] in html
    assert "Yes." in server.ask(get(ASK)).text
    assert (
        "@prefix" in server.ask(get(CONSTRUCT)).text
        or "market/CN" in server.ask(get(CONSTRUCT)).text
    )


def test_without_a_query_programs_get_the_service_description(server: Server) -> None:
    reply = server.ask("/sparql", "text/turtle")
    graph = rdflib.Graph().parse(data=reply.body, format="turtle")
    service = rdflib.URIRef("http://www.w3.org/ns/sparql-service-description#Service")
    assert list(graph.subjects(rdflib.RDF.type, service))


def test_ways_are_found_from_within_a_query(server: Server) -> None:
    ends = (
        f"<{BASE}organisation/biopmed-members.ephoran-mis>",
        f"<{BASE}organisation/erai-offices.erai>",
    )
    query = (
        "PREFIX ways: <https://w3id.org/metacluster/ways#> SELECT DISTINCT ?way { "
        f"SERVICE ways:search {{ [] ways:start {ends[0]} ; ways:end {ends[1]} ; ways:way ?way }} }}"
    )
    reply = server.ask(get(query), "application/sparql-results+json")
    found = {row["way"]["value"] for row in reply.json["results"]["bindings"]}
    asked = urlencode({"from": ends[0][1:-1], "to": ends[1][1:-1]})
    told = server.ask(f"/introductions?{asked}", "application/json").json
    assert found == {way["key"] for way in told["ways"]} != set()
    assert "etag" not in reply.headers, "ways depend on the day"
    wrong = server.ask(get(query.replace("ways:way", "\nways:wai")), "application/json")
    assert (wrong.status, wrong.json["line"], wrong.json["column"]) == (400, 2, 1)


def test_the_longest_query_may_be_written_in_any_script(server: Server) -> None:
    """A form has nine bytes for each of its characters."""
    query = 'ASK { ?s ?p "%s" }'
    query %= "中" * (100_000 - len(query) + 2)
    body = urlencode({"query": query}).encode()
    assert (len(query), len(body) > 890_000) == (100_000, True)
    reply = server.ask("/sparql", "*/*", method="POST", body=body, headers=FORM)
    assert (reply.status, reply.json["boolean"]) == (200, False)
    body = urlencode({"query": query + " "}).encode()
    assert server.ask("/sparql", "*/*", method="POST", body=body, headers=FORM).status == 400
