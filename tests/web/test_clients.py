"""The clients that analysts have, unchanged, against a real server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest
from rdflib import Graph, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import (
    CSV,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDF,
    RDFXML,
    TURTLE,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from tests.web.conftest import BASE, Server

LABELS = "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#> SELECT ?l { <%s> rdfs:label ?l }"
CHINA = LABELS % f"{BASE}market/CN"
SECRET = LABELS % f"{BASE}organisation/secret.lab"


def test_sparqlwrapper(server: Server) -> None:
    def ask(query: str, format_: str = JSON, **more: object) -> object:
        client = SPARQLWrapper(f"{server.url}/sparql", returnFormat=format_)
        client.setTimeout(60)
        client.setQuery(query)
        if "method" in more:
            client.setMethod(POST)
            client.setRequestMethod(more["method"])
        if "token" in more:
            client.addCustomHttpHeader("Authorization", f"Bearer {more['token']}")
        return client.queryAndConvert()

    found = ask(CHINA)
    assert {"China"} <= {row["l"]["value"] for row in found["results"]["bindings"]}  # type: ignore[index]
    for method in ("urlencoded", POSTDIRECTLY):
        assert ask(CHINA, method=method) == found
    assert "China" in ask(CHINA, XML).toxml()  # type: ignore[attr-defined]
    assert b"China" in ask(CHINA, CSV)  # type: ignore[operator]
    assert ask("ASK {}")["boolean"] is True  # type: ignore[index]
    graph = Graph().parse(data=ask(f"DESCRIBE <{BASE}market/CN>", TURTLE), format="turtle")  # type: ignore[arg-type]
    assert URIRef(f"{BASE}market/CN") in set(graph.subjects())
    assert not ask(SECRET)["results"]["bindings"]  # type: ignore[index]
    assert ask(SECRET, token=server.token)["results"]["bindings"]  # type: ignore[index]
    with pytest.raises(QueryBadFormed, match="line 1, column"):
        ask("SELECT * { ?s ?p }")


@pytest.mark.parametrize("method", ["GET", POST])
@pytest.mark.parametrize("format_", [XML, RDFXML, RDF, N3, TURTLE, JSONLD, JSON])
def test_sparqlwrapper_gets_a_graph_in_each_format_that_it_asks_for(
    server: Server, method: str, format_: str
) -> None:
    client = SPARQLWrapper(f"{server.url}/sparql", returnFormat=format_)
    client.setMethod(method)
    client.setQuery(f"CONSTRUCT WHERE {{ <{BASE}market/CN> ?p ?o }}")
    found = client.queryAndConvert()
    if isinstance(found, bytes):
        found = Graph().parse(data=found, format="turtle")
    assert isinstance(found, Graph)
    assert set(found.subjects()) == {URIRef(f"{BASE}market/CN")}


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_store(server: Server, method: str) -> None:
    store = SPARQLStore(f"{server.url}/sparql", method=method)
    china = URIRef(f"{BASE}market/CN")
    assert any(str(row.l) == "China" for row in store.query(CHINA))
    graph = Graph(store)
    assert (china, None, None) in graph
    named = Graph(store, URIRef("https://w3id.org/metacluster/graph/hostile"))
    assert len(named) > 0
    assert (china, None, None) not in named


def test_pandas(server: Server) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    address = f"{server.url}/sparql?" + urlencode({"query": CHINA, "format": "csv"})
    assert "China" in set(pandas.read_csv(address)["l"])
    everything = urlencode({"query": "SELECT ?s ?p ?o { ?s ?p ?o }", "format": "tsv"})
    frame = pandas.read_csv(f"{server.url}/sparql?{everything}", sep="\t", quoting=3)
    assert list(frame.columns) == ["?s", "?p", "?o"]
    assert len(frame) > 10_000
    options = {"Accept": "text/csv", "Authorization": f"Bearer {server.token}"}
    secret = f"{server.url}/sparql?" + urlencode({"query": SECRET})
    assert list(pandas.read_csv(secret, storage_options=options)["l"]) == ["Secret Laboratory"]


def test_curl(server: Server, tmp_path: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("there is no curl")

    def curl(*arguments: str) -> str:
        command = ["curl", "--silent", "--show-error", "--max-time", "60", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    sparql, asked = f"{server.url}/sparql", f"query={CHINA}"
    csv = curl("--fail", "-H", "Accept: text/csv", "-G", sparql, "--data-urlencode", asked)
    assert "China" in csv.splitlines()
    assert curl("--fail", "-H", "Accept: text/csv", sparql, "--data-urlencode", asked) == csv
    (tmp_path / "query.rq").write_text(CHINA)
    direct = ("-H", "Content-Type: application/sparql-query", "--data-binary")
    file = f"@{tmp_path / 'query.rq'}"
    assert curl("--fail", "-H", "Accept: text/csv", *direct, file, sparql) == csv
    assert curl("--compressed", "-H", "Accept: text/csv", *direct, file, sparql) == csv
    assert json.loads(curl(sparql, *direct, file))["head"]["vars"] == ["l"]
    refused = curl(sparql, *direct, "SELECT * {")
    assert "line 1" in json.loads(refused)["where"]
    assert "sd:Service" in curl("-H", "Accept: text/turtle", sparql)
    # What is cut is an error to curl as well: 18, a transfer that is not whole.
    endless = "query=SELECT ?a ?c ?d ?f { ?a ?b ?c . ?d ?e ?f }"
    command = ["curl", "-s", "-G", sparql, "--data-urlencode", endless, "-d", "timeout=2",
               "-H", "Accept: text/csv", "-o", os.devnull]  # fmt: skip
    assert subprocess.run(command, timeout=100).returncode == 18


def test_comunica(server: Server) -> None:
    folder = os.environ.get("HUB_TEST_COMUNICA", "")
    program = shutil.which("comunica-sparql", path=folder or None)
    if not program or not shutil.which("node"):
        pytest.skip("there is no Comunica: npm install -g @comunica/query-sparql, or its folder "
                    "node_modules/.bin in HUB_TEST_COMUNICA")  # fmt: skip

    def ask(query: str, *options: str) -> list[dict[str, str]]:
        command = [program, f"sparql@{server.url}/sparql", query, "-t", "application/json"]
        done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)  # type: ignore[no-any-return]

    starts = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=120)
    if "Comunica Engine" not in starts.stderr + starts.stdout:
        pytest.skip(f"this Comunica does not run on this node: {starts.stderr.strip()[-300:]}")
    assert any("China" in row["l"] for row in ask(CHINA))
    # Found out by itself: the service description says what is there.
    command = [program, f"{server.url}/sparql", CHINA, "-t", "text/csv"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert "China" in done.stdout, done.stderr


def test_a_python_process_that_knows_nothing_but_http(server: Server) -> None:
    """The standard library's urllib, which accepts anything and follows no conventions."""
    address = f"{server.url}/sparql?" + urlencode({"query": CHINA})
    program = f"import json, urllib.request as u; print(json.load(u.urlopen({address!r})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "China" in done.stdout, done.stderr
