"""A bound variable is that term wherever the query speaks of it, as if the term stood there."""

from __future__ import annotations

import re
from collections import Counter
from itertools import count

import pyoxigraph as ox
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub.sparql.errors import QueryRefused
from hub.sparql.scanner import scan
from hub.terms import Term, iri

EX = "http://example.org/"
X = "\N{WHITE SQUARE}"  # where the variable, or the term itself, comes to stand
NEW = "\N{WHITE CIRCLE}"  # where a number comes to stand, another each time
THINGS = [EX + name for name in "abcd"]


@pytest.fixture(scope="module")
def store() -> ox.Store:
    """All triples of four things but every fifth, so that few patterns match all or nothing."""
    store = ox.Store()
    numbers = count()
    for s in THINGS:
        for p in THINGS[:2]:
            for o in THINGS:
                if next(numbers) % 5:
                    store.add(ox.Quad(*map(ox.NamedNode, (s, p, o))))
    return store


names = st.sampled_from([f"<{thing}>" for thing in THINGS] + ["?s", "?o", "?o", X, X])
verbs = st.sampled_from([f"<{thing}>" for thing in THINGS[:2]] + ["?p", X])
triples = st.builds("{} {} {} . ".format, names, verbs, names)
conditions = st.sampled_from([f"?o = {X}", f"?s != {X}", f"isIRI({X})", f"{X} IN (?s, ?p)"])


@st.composite
def groups(draw: st.DrawFn, depth: int = 2) -> str:
    """A group that always binds ?s, so that MINUS has something to compare."""
    parts = [f"?s <{EX}a> ?o . ", draw(triples)]
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=2)):
        inner = draw(groups(depth - 1)) if depth else f"{{ ?s <{EX}b> {X} }} "
        more = draw(triples) if depth else ""
        parts.append(
            {
                "filter": f"FILTER({draw(conditions)}) ",
                "bind": f"BIND(STR({X}) AS ?b{NEW}) ",
                "optional": f"OPTIONAL {inner}",
                "union": f"{inner} UNION {{ {more} FILTER({draw(conditions)}) }} ",
                "minus": f"MINUS {inner}",
                "exists": f"FILTER NOT EXISTS {inner}",
                "query": f"{{ SELECT ?s {inner} }} ",
                "distinct": f"{{ SELECT DISTINCT ?s ?o {{ {more} {inner} }} }} ",
                "counting": f"{{ SELECT ?s (COUNT(*) AS ?n{NEW}) {inner} GROUP BY ?s "
                f"HAVING(MAX({X}) != ?s) }} ",
            }[kind]
        )
    return "{ " + "".join(parts) + "} "


KINDS = [
    *("filter", "bind", "optional", "union", "minus"),
    *("exists", "query", "distinct", "counting"),
]


def rows(store: ox.Store, text: str) -> Counter[tuple[str, ...]]:
    found = store.query(text)
    assert isinstance(found, ox.QuerySolutions)
    return Counter(tuple(str(row[name]) for name in ("s", "o")) for row in found)


@given(group=groups(), thing=st.sampled_from(THINGS))
@settings(max_examples=400)
def test_binding_a_variable_is_putting_the_term_in_its_place(
    store: ox.Store, group: str, thing: str
) -> None:
    assume(X in group)
    numbers = count()
    query = f"SELECT ?s ?o {re.sub(NEW, lambda _: str(next(numbers)), group)}"
    bound = scan(query.replace(X, "?x")).text({"x": iri(thing)})
    assert rows(store, bound) == rows(store, query.replace(X, f"<{thing}>")), bound


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?n { { SELECT (COUNT(*) AS ?n) { ?s ?p ?x } } }",
        "SELECT ?s { { ?s ?p ?o FILTER(?o = ?x) } UNION { ?s ?p ?o FILTER(?s = ?x) } }",
        "SELECT ?s { { SELECT ?s { ?s ?p ?o FILTER(?o = ?x) } ORDER BY DESC(?s) LIMIT 1 } }",
        "SELECT ?b { ?s ?p ?o { BIND(?x AS ?b) } }",
        "SELECT ?s { ?s ?p ?o MINUS { ?s ?p ?other FILTER(?other = ?x) } }",
        "SELECT ?s { SELECT ?s { ?s ?p ?o FILTER(?o = ?x) } GROUP BY ?s }",
    ],
)
def test_one_block_at_the_start_of_the_query_would_not_do(store: ox.Store, query: str) -> None:
    """These are the queries for which the variable is not simply joined."""
    thing = iri(THINGS[0])
    plain = query.replace("?x", thing.n3())
    once = query.replace("{", f"{{ VALUES ?x {{ {thing.n3()} }} {{", 1) + "}"

    def answer(text: str) -> list[str]:
        return sorted(str(row) for row in store.query(text))  # type: ignore[union-attr]

    assert answer(scan(query).text({"x": thing})) == answer(plain) != answer(once)


def test_a_variable_that_the_query_makes_is_narrowed(store: ox.Store) -> None:
    query = "SELECT ?s ?o { ?s ?p ?z BIND(?z AS ?o) }"
    found = rows(store, scan(query).text({"o": iri(THINGS[1])}))
    assert found
    assert {row[1] for row in found} == {f"<{THINGS[1]}>"}


def test_what_is_constructed_is_left_as_it_is(store: ox.Store) -> None:
    query = "CONSTRUCT { ?x ?p ?o } WHERE { { ?x ?p ?o } UNION { ?o ?p ?x FILTER(?o != ?x) } }"
    found = store.query(scan(query).text({"x": iri(THINGS[0])}))
    assert {str(triple.subject) for triple in found} == {f"<{THINGS[0]}>"}  # type: ignore[union-attr]


def test_several_terms_are_taken_in_turn(store: ox.Store) -> None:
    terms = [iri(thing) for thing in THINGS[:2]]
    query = "SELECT ?s ?o { { SELECT ?s ?x { ?s ?p ?x } } ?s ?q ?o FILTER(?o = ?x) }"
    found = rows(store, scan(query).text({"x": terms}))
    apart = [rows(store, scan(query).text({"x": term})) for term in terms]
    assert found == apart[0] + apart[1] != Counter()
    assert rows(store, scan(query).text({"x": []})) == Counter()


@pytest.mark.parametrize(
    ("text", "value", "says"),
    [
        ("SELECT ?s { ?s ?p ?o }", [iri(EX)], r"no variable \?x"),
        ("CONSTRUCT WHERE { ?x ?p ?o }", [iri(EX)], "no WHERE group"),
        ("DESCRIBE ?x", [iri(EX)], "no WHERE group"),
        ("SELECT (1 AS ?x) { ?s ?p ?o }", [iri(EX)], r"works out \?x"),
        ("SELECT ?s { ?s ?p ?x }", [Term("bnode", "b")], "blank node"),
        ("SELECT ?s { ?s ?p ?x }", [Term("iri", "http://x/> } #")], "not an absolute IRI"),
        ("SELECT ?s { { SELECT ?s { ?s ?p ?x } } }", [iri(EX), iri(EX + "a")], "one value, not 2"),
    ],
)
def test_what_cannot_be_bound_is_refused(text: str, value: list[Term], says: str) -> None:
    with pytest.raises(QueryRefused, match=says):
        scan(text).text({"x": value})
