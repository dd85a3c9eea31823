"""What a caller may not see is as if it were not there: by hand what others try by chance.

See `test_noninterference` for generated queries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pyoxigraph as ox
import pytest

from hub.sparql.pool import Pool
from tests.sparql.sparql_stores import ABSENT, EX, PRIVATE, PUBLIC

CONSORTIUM = EX + "graph/consortium"
GRAPHS = [PUBLIC, CONSORTIUM, PRIVATE]
ROLES = {"nobody": [], "public": [PUBLIC], "consortium": [PUBLIC, CONSORTIUM], "all": GRAPHS}
THINGS = [f"<{EX}{name}>" for name in "abcdef"]
TIES = [f"<{EX}{name}>" for name in ("knows", "in", "name")]

# Every thing and every tie lies in every graph somewhere, and something in each graph alone.
QUADS = [
    *((s, TIES[0], o, PUBLIC) for s, o in ((0, "b"), (1, "c"))),
    *((s, TIES[0], o, CONSORTIUM) for s, o in ((1, "c"), (2, "d"))),
    *((s, TIES[0], o, PRIVATE) for s, o in ((3, "e"), (4, "a"), (0, "b"))),
    *((s, TIES[1], o, graph) for s, o, graph in ((0, "f", PUBLIC), (3, "f", PRIVATE))),
    *((s, TIES[2], None, GRAPHS[s % 3]) for s in range(5)),
]


def fill(store: ox.Store, graphs: Sequence[str]) -> None:
    for subject, tie, thing, graph in QUADS:
        if graph in graphs:
            other = ox.NamedNode(EX + thing) if thing else ox.Literal(f"name {subject}")
            store.add(
                ox.Quad(ox.NamedNode(THINGS[subject][1:-1]), ox.NamedNode(tie[1:-1]), other,
                        ox.NamedNode(graph))
            )  # fmt: skip


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    path = tmp_path_factory.mktemp("graphs") / "store"
    store = ox.Store(str(path))
    fill(store, GRAPHS)
    store.flush()
    del store
    with Pool(path, size=1) as opened:
        yield opened


HIDDEN_THING, ABSENT_THING = f"<{EX}e>", f"<{EX}q>"
BYPASSES = [
    "SELECT * FROM <GRAPH> { ?s ?p ?o }",
    "SELECT * FROM NAMED <GRAPH> { GRAPH ?g { ?s ?p ?o } }",
    "SELECT * { GRAPH <GRAPH> { ?s ?p ?o } }",
    "SELECT * { GRAPH <GRAPH> {} }",
    "ASK { GRAPH <GRAPH> { THING <http://example.org/knows>* ?o } }",
    "SELECT * { VALUES ?g { <GRAPH> } GRAPH ?g { ?s ?p ?o } }",
    "SELECT ?n { { SELECT (COUNT(*) AS ?n) { GRAPH <GRAPH> { ?s ?p ?o } } } }",
    "SELECT * { ?s ?p ?o FILTER NOT EXISTS { GRAPH <GRAPH> {} } }",
    "DESCRIBE <GRAPH>",
    "DESCRIBE THING",
    "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <GRAPH> { ?s ?p ?o } }",
    "CONSTRUCT FROM <GRAPH> WHERE { ?s ?p ?o }",
    "SELECT ?o { THING <http://example.org/knows>* ?o FILTER(?o != THING) }",
    "SELECT ?s { ?s <http://example.org/knows>+ THING }",
    "SELECT ?s { ?s (<http://example.org/knows>|!<http://example.org/none>)+ THING }",
    "ASK { THING ?p ?o }",
    "SELECT * FROM <GRAPH> FROM NAMED <GRAPH> { GRAPH ?g { ?s ?p ?o } } ORDER BY ?s LIMIT 1",
    "SELECT * FROM <GRAPH> FROM NAMED <http://example.org/graph/public> { ?s ?p ?o }",
    "SELECT * FROM NAMED <GRAPH> { ?s ?p ?o }",
    "SELECT * FROM NAMED <GRAPH> { GRAPH <GRAPH> { ?s ?p ?o } }",
    "BASE <http://example.org/graph/> SELECT * { GRAPH <GRAPH> { ?s ?p ?o } }",
    "SELECT DISTINCT ?g { GRAPH ?g {} } ORDER BY ?g",
    "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT (COUNT(DISTINCT ?s) AS ?n) { { ?s ?p ?o } UNION { GRAPH <GRAPH> { ?s ?p ?o } } }",
    "SELECT * { VALUES (?g ?s) { (<GRAPH> UNDEF) } GRAPH ?g { ?s ?p ?o } }",
    "SELECT * { BIND(<GRAPH> AS ?g) GRAPH ?g { ?s ?p ?o } }",
    "SELECT * { GRAPH ?g { ?s ?p ?o } FILTER(?g = <GRAPH>) }",
    "SELECT * { GRAPH ?g { ?s ?p ?o } FILTER(CONTAINS(STR(?g), 'private')) }",
    "SELECT * { GRAPH ?g { THING ?p ?o } }",
    "SELECT * { GRAPH ?g { ?s ?p THING } }",
    "SELECT * { GRAPH ?g { GRAPH <GRAPH> { ?s ?p ?o } } }",
    "SELECT * { OPTIONAL { GRAPH <GRAPH> { ?s ?p ?o } } }",
    "SELECT * { ?s ?p ?o MINUS { GRAPH <GRAPH> { ?s ?p ?o } } }",
    "SELECT * { ?s ?p ?o FILTER EXISTS { GRAPH <GRAPH> { ?s ?q ?r } } }",
    "SELECT * { ?s ?p ?o FILTER NOT EXISTS { GRAPH <GRAPH> { ?s ?q ?r } } }",
    "SELECT ?x { BIND(EXISTS { GRAPH <GRAPH> { ?s ?p ?o } } AS ?x) }",
    "SELECT ?x { BIND(IF(EXISTS { THING ?p ?o }, 1, 2) AS ?x) }",
    "SELECT ?s { ?s ?p ?o } ORDER BY (EXISTS { GRAPH <GRAPH> { ?s ?q ?r } }) ?s",
    "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s "
    "HAVING (EXISTS { GRAPH <GRAPH> { ?s ?q ?r } })",
    "SELECT ?o { ?s (<http://example.org/knows>|^<http://example.org/in>)* ?o FILTER(?o = THING) }",
    "SELECT ?o { GRAPH ?g { THING (<http://example.org/knows>?) ?o } FILTER(?o != THING) }",
    "SELECT ?s { ?s !(<http://example.org/none>) THING }",
    "SELECT ?s { ?s ^!(<http://example.org/none>) THING }",
    "ASK { THING (<http://example.org/knows>/<http://example.org/knows>) ?o }",
    "ASK { ?s <http://example.org/knows>+ ?s }",
    "SELECT (MAX(?o) AS ?m) (MIN(STR(?s)) AS ?l) { GRAPH <GRAPH> { ?s ?p ?o } }",
    "SELECT (GROUP_CONCAT(STR(?o)) AS ?all) { GRAPH <GRAPH> { ?s ?p ?o } }",
    "SELECT (SAMPLE(?s) AS ?one) { GRAPH <GRAPH> { ?s ?p ?o } }",
    "DESCRIBE ?s { GRAPH <GRAPH> { ?s ?p ?o } }",
    "DESCRIBE ?s FROM <GRAPH> { ?s ?p ?o }",
    "DESCRIBE THING FROM <GRAPH>",
    "CONSTRUCT { <http://example.org/x> ?p ?o } { THING ?p ?o }",
    "CONSTRUCT WHERE { THING ?p ?o }",
    "SELECT * { { SELECT * { GRAPH <GRAPH> { ?s ?p ?o } } } }",
    "SELECT * { { SELECT ?g { GRAPH ?g {} } } GRAPH ?g { ?s ?p ?o } }",
    "SELECT * { { GRAPH <GRAPH> { ?s ?p ?o } } UNION { ?s ?p ?o } } LIMIT 1",
    "SELECT * { GRAPH <GRAPH> { ?s ?p ?o } } OFFSET 1",
    "SELECT (STRLEN(GROUP_CONCAT(STR(?g))) AS ?n) { GRAPH ?g {} }",
    "SELECT * { GRAPH <GRAPH> { ?s ?p ?o FILTER(1/0) } }",
    "SELECT ?x { BIND(COALESCE(?unbound, EXISTS { GRAPH <GRAPH> {} }) AS ?x) }",
]


@pytest.mark.parametrize("text", BYPASSES)
def test_hidden_and_absent_are_the_same_bytes(pool: Pool, text: str) -> None:
    hidden = text.replace("GRAPH>", PRIVATE + ">").replace("THING", HIDDEN_THING)
    absent = text.replace("GRAPH>", ABSENT + ">").replace("THING", ABSENT_THING)
    answers = []
    for each in (hidden, absent):
        with pool.query(each, graphs=ROLES["public"]) as answer:
            answers.append(answer.read())
    assert answers[0] == answers[1]
    assert PRIVATE.encode() not in b"".join(answers)


def test_what_two_graphs_state_is_stated_once(pool: Pool) -> None:
    count = f"SELECT (COUNT(*) AS ?n) {{ ?x {TIES[0]} ?y }}"
    assert pool.select(count, graphs=ROLES["consortium"])[0]["n"].value == "3"
    graph = f"SELECT (COUNT(*) AS ?n) {{ GRAPH ?g {{ ?x {TIES[0]} ?y }} }}"
    assert pool.select(graph, graphs=ROLES["consortium"])[0]["n"].value == "4"
    assert pool.select(count, graphs=GRAPHS)[0]["n"].value == "5"


def test_a_published_union_answers_for_all_but_not_for_a_part(pool: Pool) -> None:
    """Any graph will do as the union here: what is seen is that it was asked."""
    count, graphs = f"SELECT (COUNT(*) AS ?n) {{ ?x {TIES[2]} ?y }}", ROLES["consortium"]
    assert pool.select(count, graphs=graphs, union=PRIVATE)[0]["n"].value == "1"
    part = count.replace("{ ?x", f"FROM <{PUBLIC}> {{ ?x")
    assert pool.select(part, graphs=graphs, union=PRIVATE)[0]["n"].value == "2"
    named = f"SELECT DISTINCT ?g {{ GRAPH ?g {{ ?x {TIES[2]} ?y }} }} ORDER BY ?g"
    found = pool.select(named, graphs=graphs, union=PRIVATE)
    assert [str(row["g"]) for row in found] == sorted(graphs)


def test_hidden_graphs_are_not_counted(pool: Pool) -> None:
    for role, graphs in ROLES.items():
        rows = pool.select("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
                           graphs=graphs)  # fmt: skip
        expected = Counter(graph for *_, graph in QUADS if graph in graphs)
        assert {str(row["g"]): int(row["n"].value) for row in rows} == expected, role


def test_the_bypasses_speak_of_what_is_there(pool: Pool) -> None:
    """The control: to whom it is visible, they show something, save a few that never do."""
    shown = 0
    for text in BYPASSES:
        each = text.replace("GRAPH>", PRIVATE + ">").replace("THING", HIDDEN_THING)
        with pool.query(each, graphs=GRAPHS) as answer:
            all_ = answer.read()
        with pool.query(each, graphs=ROLES["public"]) as answer:
            shown += all_ != answer.read()
    assert shown >= len(BYPASSES) - 3
