"""The query language, its syntax and its result formats, each test by HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from tests.w3c.suite import BASE, EVALUATED, Case, holds, iri_of, read_cases
from tests.web.conftest import Server

# What does not pass, each with its reason. All are the engine's own (pyoxigraph 0.5).
_LANGUAGE = "GROUP_CONCAT of strings of one language keeps the language, as SPARQL 1.2 has it"
_ZERO = "a path of no length does not match a term that no visible triple holds"
_NUMBER = "a double is kept as a number and written in canonical form"
KNOWN = {
    "aggregates/agg-groupconcat-04": _LANGUAGE,
    "aggregates/agg-groupconcat-06": _LANGUAGE,
    "aggregates/agg-empty-group-count-graph": "a count in GRAPH ?g is not taken graph by graph",
    "bindings/graph": "GRAPH ?g around VALUES alone does not run over the graphs",
    "csv-tsv-res/csv03": _NUMBER,
    "csv-tsv-res/tsv03": _NUMBER,
    "functions/bnode01": "BNODE(text) gives the same blank node in every row",
    "negation/graph-minus": "MINUS in GRAPH ?g compares the graph too",
    "property-path/zero_or_more_set_start": _ZERO,
    "property-path/zero_or_more_set_end": _ZERO,
    "property-path/zero_or_one_set_start": _ZERO,
    "property-path/zero_or_one_set_end": _ZERO,
}
EXTENSION = {"syntax-query/test_4"}  # valid, and refused: it calls a function that nobody has
TYPES = {
    ".srx": "application/sparql-results+xml", ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
}  # fmt: skip
ABSENT = "urn:absent"


def ask(server: Server, case: Case) -> tuple[int, str, bytes]:
    """Status, media type and body of the answer to the query of a case over its data."""
    text = case.query.read_text(encoding="utf-8")
    asked = [("query", f"BASE <{BASE}{case.query.parent.name}/>\n{text}")]
    if "FROM" not in text:
        asked += [("default-graph-uri", iri_of(file)) for file in case.default]
        asked += [("named-graph-uri", iri_of(file)) for file in case.named]
        asked += [] if case.default else [("default-graph-uri", ABSENT)]
    rows = TYPES.get(case.result.suffix if case.result else "", "application/sparql-results+json")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode(asked).encode()
    accept = f"{rows}, text/turtle"
    reply = server.ask("/sparql", accept, method="POST", body=body, headers=form)
    return reply.status, reply.type, reply.body


def run(server: Server, suite: Path, folders: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Each test of some folders, and whether it passes."""
    for folder in folders:
        for case in read_cases(suite / folder):
            status, media_type, body = ask(server, case)
            if case.kind == "evaluation":
                yield case.name, status == 200 and holds(case, media_type, body)
            else:
                yield case.name, status == (200 if case.kind == "positive" else 400)


def test_queries_are_answered_as_the_standard_has_it(endpoint: Server, suite: Path) -> None:
    results = dict(run(endpoint, suite, EVALUATED))
    failed = {name for name, passed in results.items() if not passed}
    assert failed == set(KNOWN)
    assert len(results) > 200


def test_syntax_is_accepted_and_refused_as_the_standard_has_it(
    endpoint: Server, suite: Path
) -> None:
    results = dict(run(endpoint, suite, ("syntax-query",)))
    assert {name for name, passed in results.items() if not passed} == EXTENSION
    assert len(results) == 94
