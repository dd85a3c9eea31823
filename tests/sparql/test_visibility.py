"""What a caller may not see is as if it were not there.

Generated queries run through the pool over a store of all graphs, and through the engine over a
store that holds the caller's graphs and nothing else: the answers must be equal. A control takes
the guard out and must find differences.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sparql_stores import ABSENT, EX, PRIVATE, PUBLIC

from hub.sparql.pool import Pool
from hub.terms import read_solutions

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


@pytest.fixture(scope="module")
def alone() -> dict[str, ox.Store]:
    stores = {role: ox.Store() for role in ROLES}
    for role, graphs in ROLES.items():
        fill(stores[role], graphs)
    return stores


# Queries

VARIABLES = st.sampled_from(["?x", "?y", "?z"])
NODES = st.one_of(VARIABLES, VARIABLES, st.sampled_from(THINGS))
GRAPH_NAMES = st.sampled_from(["?g", *(f"<{graph}>" for graph in [*GRAPHS, ABSENT])])
PATHS = st.recursive(
    st.sampled_from(TIES),
    lambda path: st.one_of(
        st.tuples(path, st.sampled_from("*+?")).map(lambda p: f"({p[0]}){p[1]}"),
        st.tuples(path, st.sampled_from("/|"), path).map(lambda p: f"({''.join(p)})"),
        path.map(lambda p: f"(^{p})"),
    ),
    max_leaves=3,
)
VERBS = st.one_of(PATHS, st.sampled_from([f"!({TIES[0]})", "?p"]))
TRIPLES = st.tuples(NODES, VERBS, NODES).map(lambda t: " ".join(t) + " .")
GROUPS = st.recursive(
    TRIPLES,
    lambda group: st.one_of(
        st.tuples(group, group).map(" ".join),
        st.tuples(GRAPH_NAMES, group).map(lambda g: f"GRAPH {g[0]} {{ {g[1]} }}"),
        st.tuples(group, group).map(lambda g: f"{{ {g[0]} }} UNION {{ {g[1]} }}"),
        st.tuples(group, group).map(lambda g: f"{g[0]} OPTIONAL {{ {g[1]} }}"),
        st.tuples(group, group).map(lambda g: f"{g[0]} MINUS {{ {g[1]} }}"),
        st.tuples(group, st.sampled_from(["", "NOT "]), group).map(
            lambda g: f"{g[0]} FILTER {g[1]}EXISTS {{ {g[2]} }}"
        ),
        group.map(lambda g: f"{{ SELECT ?x (COUNT(*) AS ?n) {{ {g} }} GROUP BY ?x }}"),
        GRAPH_NAMES.map(lambda g: f"GRAPH {g} {{}}"),
        st.tuples(group, NODES).map(lambda g: f"VALUES ?x {{ {THINGS[3]} {THINGS[0]} }} {g[0]}"),
    ),
    max_leaves=4,
)
DATASETS = st.one_of(
    st.just(([], [])),
    st.tuples(
        st.lists(st.sampled_from([*GRAPHS, ABSENT]), max_size=2),
        st.lists(st.sampled_from([*GRAPHS, ABSENT]), max_size=2),
    ),
)


def ask_alone(
    store: ox.Store, text: str, graphs: Sequence[str], dataset: tuple[list[str], list[str]]
) -> bytes:
    """The answer of a store that holds only `graphs`; `dataset` as the specification has it."""
    default, named = dataset if any(dataset) else (graphs, graphs)
    present = [ox.NamedNode(name) for name in set(named) & set(graphs)]  # what `GRAPH ?g` tries
    merge = ox.Store()  # the default graph is a set, also of what two graphs state
    for quad in store:
        merge.add(quad)
        if quad.graph_name.value in default:
            merge.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    result = merge.query(text, default_graph=ox.DefaultGraph(), named_graphs=present)
    assert isinstance(result, ox.QuerySolutions)
    return bytes(result.serialize(format=ox.QueryResultsFormat.JSON) or b"")


def rows_of(answer: bytes) -> Counter[tuple[object, ...]]:
    return Counter(tuple(sorted(row.items())) for row in read_solutions(answer))


def clauses(dataset: tuple[list[str], list[str]]) -> str:
    default, named = dataset
    return "".join(f"FROM <{g}> " for g in default) + "".join(f"FROM NAMED <{g}> " for g in named)


@given(group=GROUPS, dataset=DATASETS, role=st.sampled_from(sorted(ROLES)))
@settings(max_examples=1500, deadline=None)
def test_answers_are_those_of_a_store_of_the_visible_graphs(
    pool: Pool, alone: dict[str, ox.Store], group: str, dataset: tuple[list[str], list[str]],
    role: str,
) -> None:  # fmt: skip
    plain, visible = f"SELECT * WHERE {{ {group} }}", ROLES[role]
    expected = rows_of(ask_alone(alone[role], plain, visible, dataset))
    by_clause = f"SELECT * {clauses(dataset)}WHERE {{ {group} }}"
    with pool.query(by_clause, graphs=visible, format="json") as answer:
        assert rows_of(answer.read()) == expected
    with pool.query(
        plain, graphs=visible, format="json", default_graph=dataset[0], named_graph=dataset[1]
    ) as answer:
        assert rows_of(answer.read()) == expected


def test_without_the_guard_differences_show(alone: dict[str, ox.Store]) -> None:
    """The control: were `named_graphs` left out, as is easily done, this would be seen."""
    text, visible = f"SELECT * {{ GRAPH ?g {{ ?x {TIES[0]} ?y }} }}", ROLES["public"]
    leaking = alone["all"].query(text, default_graph=[ox.NamedNode(g) for g in visible])
    assert isinstance(leaking, ox.QuerySolutions)
    leaked = bytes(leaking.serialize(format=ox.QueryResultsFormat.JSON) or b"")
    assert rows_of(leaked) != rows_of(ask_alone(alone["public"], text, visible, ([], [])))


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
    """The control: to whom it is visible, most of them show something."""
    shown = 0
    for text in BYPASSES:
        each = text.replace("GRAPH>", PRIVATE + ">").replace("THING", HIDDEN_THING)
        with pool.query(each, graphs=GRAPHS) as answer:
            all_ = answer.read()
        with pool.query(each, graphs=ROLES["public"]) as answer:
            shown += all_ != answer.read()
    assert shown >= len(BYPASSES) - 1
