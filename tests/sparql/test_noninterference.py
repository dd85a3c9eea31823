"""Every answer is that of a store which holds the caller's graphs and nothing else.

10,000 generated queries are answered for four roles by the code of the pool and of the worker over
a store of all graphs, and by the bare engine over a store of each role's own. Controls take one
guard out at a time, and must find differences.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pyoxigraph as ox
import pytest

from hub.sparql.frames import Request, read_frame, write_frame
from hub.sparql.limits import Limits
from hub.sparql.pool import Pool
from hub.sparql.query import Dataset
from hub.sparql.worker import Engine, answer
from tests.sparql.sparql_stores import ABSENT, EX, PRIVATE, PUBLIC

QUERIES, CONTROL = 10_000, 400
CONSORTIUM, OTHER = EX + "graph/consortium", EX + "graph/other"
GRAPHS = (PUBLIC, CONSORTIUM, PRIVATE, OTHER)  # the last two belong to one partner each
ROLES = {
    "public": (PUBLIC,),
    "consortium": (PUBLIC, CONSORTIUM),
    "partner": (PUBLIC, CONSORTIUM, PRIVATE),
    "other": (PUBLIC, CONSORTIUM, OTHER),
}
THINGS = [f"<{EX}{name}>" for name in "abcdefgh"]
TIES = [f"<{EX}{name}>" for name in ("knows", "in", "name")]


def quads() -> Iterator[ox.Quad]:
    """Things that several graphs speak of, and in each graph some that no other does."""
    random = Random(7)
    for place, graph in enumerate(GRAPHS):
        name = ox.NamedNode(graph)
        known = [*THINGS[:4], THINGS[4 + place]]
        for _ in range(7):
            s, o = (ox.NamedNode(random.choice(known)[1:-1]) for _ in "so")
            tie = ox.NamedNode(random.choice(TIES[:2])[1:-1])
            yield ox.Quad(s, tie, o, name)
        only = ox.NamedNode(known[-1][1:-1])
        yield ox.Quad(only, ox.NamedNode(TIES[0][1:-1]), ox.NamedNode(THINGS[0][1:-1]), name)
        for thing in known[place:]:
            subject = ox.NamedNode(thing[1:-1])
            yield ox.Quad(subject, ox.NamedNode(TIES[2][1:-1]), ox.Literal(place), name)


QUADS = tuple(quads())


def union_of(role: str) -> str:
    return f"{EX}union/{role}"


@dataclass(frozen=True)
class Asked:
    """A generated query: what stands before and after its FROM clauses, and what those name."""

    head: str
    body: str
    default: tuple[str, ...]
    named: tuple[str, ...]

    @property
    def plain(self) -> str:
        return f"{self.head} {self.body}"

    @property
    def text(self) -> str:
        clauses = [f"FROM <{g}>" for g in self.default] + [f"FROM NAMED <{g}>" for g in self.named]
        return " ".join((self.head, *clauses, self.body))


class Generator:
    """Makes queries of all forms, a few operators deep."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def one(self, *choices: Any) -> Any:
        return self.random.choice(choices)

    def node(self) -> str:
        return str(self.one("?x", "?x", "?y", "?y", "?z", self.random.choice(THINGS)))

    def graph(self) -> str:
        return str(self.one("?g", "?g", "?h", *(f"<{g}>" for g in (*GRAPHS, ABSENT))))

    def path(self, depth: int = 2) -> str:
        if depth == 0 or self.random.random() < 0.4:
            return str(self.one(*TIES, *TIES, f"!({TIES[0]})", f"!(^{TIES[1]}|{TIES[2]})"))
        inner = self.path(depth - 1)
        return str(
            self.one(
                f"({inner})*", f"({inner})+", f"({inner})?", f"(^{inner})",
                f"({inner}/{self.path(depth - 1)})", f"({inner}|{self.path(depth - 1)})",
            )
        )  # fmt: skip

    def triple(self) -> str:
        verb = self.path() if self.random.random() < 0.6 else self.one("?p", *TIES)
        return f"{self.node()} {verb} {self.node()} ."

    def group(self, depth: int = 3) -> str:
        if depth == 0 or self.random.random() < 0.2:
            return self.triple()
        left, right = self.group(depth - 1), self.group(depth - 1)
        make = self.random.randrange(15)
        if make == 0:
            return f"{left} {right}"
        if make in (1, 2, 3):
            return f"GRAPH {self.graph()} {{ {left} }}"
        if make == 4:
            return f"{{ {left} }} UNION {{ {right} }}"
        if make == 5:
            return f"{left} OPTIONAL {{ {right} }}"
        if make == 6:
            return f"{left} MINUS {{ {right} }}"
        if make in (7, 8):
            return f"{left} FILTER {self.one('', 'NOT ')}EXISTS {{ {right} }}"
        if make == 9:
            count = self.one("COUNT(*)", "COUNT(DISTINCT ?y)", "MAX(STR(?y))", "SUM(?z)")
            return f"{{ SELECT ?x ({count} AS ?n{depth}) {{ {left} }} GROUP BY ?x }}"
        if make == 10:
            return f"{{ SELECT DISTINCT ?x ?g {{ {left} }} }}"
        if make == 11:
            return f"GRAPH {self.graph()} {{}} {left}"
        if make == 12:
            values = " ".join(self.random.sample(THINGS, 2))
            return f"VALUES ?{self.one('x', 'y')} {{ {values} }} {left}"
        if make == 13:
            values = " ".join(f"<{g}>" for g in self.random.sample([*GRAPHS, ABSENT], 3))
            return f"VALUES ?g {{ {values} }} {left}"
        condition = self.one("isIRI(?x)", "?x != ?y", "BOUND(?g)", "STR(?x) < STR(?y)")
        return f"{left} FILTER({condition})"

    def query(self) -> Asked:
        """A query, two in five with a dataset of its own."""
        group, form = f"{{ {self.group()} }}", self.random.randrange(12)
        head, body = "SELECT *", f"WHERE {group}"
        if form == 0:
            head = "ASK"
        elif form == 1:
            head = "SELECT (COUNT(*) AS ?n)"
        elif form == 2:
            head = "SELECT (COUNT(DISTINCT ?g) AS ?n) (MIN(STR(?x)) AS ?least)"
        elif form == 3:
            head, body = "SELECT ?x (COUNT(*) AS ?n)", f"{body} GROUP BY ?x HAVING (COUNT(*) > 1)"
        elif form == 4:
            head = "CONSTRUCT { ?x <http://example.org/seen> ?y . ?y ?p ?x }"
        elif form == 5:
            head = f"DESCRIBE {self.random.choice(THINGS)}"
            body = "" if self.random.random() < 0.5 else body
        elif form == 6:
            head = "DESCRIBE ?x"
        elif form == 7:
            head = "SELECT DISTINCT ?g ?x"
        dataset: tuple[tuple[str, ...], ...] = ((), ())
        if self.random.random() < 0.4:
            names = (*GRAPHS, ABSENT)
            dataset = tuple(
                tuple(self.random.sample(names, self.random.randrange(4))) for _ in range(2)
            )
        return Asked(head, body, *dataset)


class Inline(Pool):
    """The pool with the code of the worker in its own process, so that it is quick."""

    def __init__(self, engine: Engine) -> None:
        self.limits, self.engine, self.frames = Limits(), engine, io.BytesIO()
        self.base = "https://example.org/"

    def _take(self, gone: object = None, payer: str = "") -> Any:  # noqa: ARG002
        return self

    def send(self, request: Request) -> None:
        self.frames = io.BytesIO()
        answer(self.engine, Request.decode(request.encode()), self.frames)
        write_frame(self.frames, b"Z", b"0")
        self.frames.seek(0)

    def receive(self) -> tuple[bytes, bytes]:
        frame = read_frame(self.frames)
        assert frame
        return frame

    def watch(self, *_: object) -> None: ...
    def give_back(self, *_: object, **__: object) -> None: ...


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All graphs, and for each role the union of those that it sees, as the hub publishes it."""
    path = tmp_path_factory.mktemp("everything") / "store"
    opened = ox.Store(str(path))
    opened.extend(QUADS)
    for role, graphs in ROLES.items():
        union = ox.NamedNode(union_of(role))
        opened.extend(
            ox.Quad(q.subject, q.predicate, q.object, union)
            for q in QUADS
            if q.graph_name.value in graphs
        )
    opened.flush()
    return path


@cache
def store_alone(role: str, default: frozenset[str]) -> ox.Store:
    """What the role sees, with the merge of the graphs `default` as the default graph."""
    alone = ox.Store()
    for quad in QUADS:
        if quad.graph_name.value in ROLES[role]:
            alone.add(quad)
            if quad.graph_name.value in default:
                alone.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    return alone


def ask_alone(asked: Asked, role: str) -> list[bytes]:
    """The lines of the answer of a store that holds the role's graphs and nothing else."""
    seen = ROLES[role]
    default, named = asked.default, asked.named
    if not (default or named):
        default = named = seen
    present = [ox.NamedNode(name) for name in seen if name in named]
    result = store_alone(role, frozenset(default) & frozenset(seen)).query(
        asked.plain, default_graph=ox.DefaultGraph(), named_graphs=present
    )
    form: Any = ox.RdfFormat.N_TRIPLES
    if not isinstance(result, ox.QueryTriples):
        form = ox.QueryResultsFormat.TSV if isinstance(result, ox.QuerySolutions) else None
        form = form or ox.QueryResultsFormat.JSON
    return lines(bytes(result.serialize(format=form) or b""), graph=form == ox.RdfFormat.N_TRIPLES)


def ask_hub(pool: Pool, asked: Asked, role: str, *, by_clause: bool, union: bool) -> list[bytes]:
    """The lines of the hub's answer, the dataset given in the query or beside it."""
    graph = asked.head.startswith(("CONSTRUCT", "DESCRIBE"))
    found = pool.query(
        asked.text if by_clause else asked.plain,
        graphs=ROLES[role],
        union=union_of(role) if union else "",
        default_graph=() if by_clause else asked.default,
        named_graph=() if by_clause else asked.named,
        format="nt" if graph else "json" if asked.head == "ASK" else "tsv",
    )
    return lines(found.read(), graph=graph)


def lines(answer: bytes, *, graph: bool) -> list[bytes]:
    """The lines in alphabetical order, and so their columns: of `*` the engine has its own."""
    if graph:
        return sorted(set(answer.splitlines()))
    rows = [line.split(b"\t") for line in answer.splitlines()]
    order = sorted(range(len(rows[0])), key=rows[0].__getitem__)
    return sorted(b"\t".join(row[place] for place in order) for row in rows)


def differences(pool: Pool, number: int) -> Iterator[tuple[str, Asked]]:
    """Those of the first `number` queries that a role gets another answer to than it should."""
    generator = Generator(Random(20261121))
    for place in range(number):
        asked = generator.query()
        for role in ROLES:
            by_clause, union = place % 2 == 0, place % 3 > 0
            expected = ask_alone(asked, role)
            if ask_hub(pool, asked, role, by_clause=by_clause, union=union) != expected:
                yield role, asked


def test_answers_are_those_of_a_store_of_the_visible_graphs(store: Path) -> None:
    different = [(role, asked.text) for role, asked in differences(Inline(Engine(store)), QUERIES)]
    assert different == []


class WithoutNamed(Engine):
    """The first guard out: the engine is not told which graphs GRAPH may reach."""

    def query(self, request: Request, text: str) -> Any:
        default: Any = [ox.NamedNode(graph) for graph in request.default]
        if len(default) > 1:
            return super().query(request, text)
        return self.store.query(text, default_graph=default)


class WithoutDefault(Engine):
    """The second guard out: the default graph is the union of everything."""

    def query(self, request: Request, text: str) -> Any:
        named: Any = [ox.NamedNode(graph) for graph in request.named]
        return self.store.query(text, use_default_graph_as_union=True, named_graphs=named)


@pytest.mark.parametrize("engine", [WithoutNamed, WithoutDefault])
def test_without_one_guard_differences_show(store: Path, engine: type[Engine]) -> None:
    assert sum(1 for _ in differences(Inline(engine(store)), CONTROL)) > 100


def test_where_from_is_not_intersected_differences_show(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def obey(wanted: Dataset, graphs: Any, _: str) -> Any:
        return (wanted.default or graphs, wanted.named or graphs)

    monkeypatch.setattr(Dataset, "within", obey)
    assert sum(1 for _ in differences(Inline(Engine(store)), CONTROL)) > 100


def test_the_generator_covers_the_language() -> None:
    generator = Generator(Random(20261121))
    words: Counter[str] = Counter()
    for _ in range(2_000):
        text = generator.query().text
        words.update(w for w in COVERED if w in text)
    assert {word for word in COVERED if words[word] < 20} == set()


COVERED = (
    "ASK", "CONSTRUCT", "DESCRIBE", "SELECT *", "FROM <", "FROM NAMED <", "GRAPH ?g", "GRAPH <",
    "{}", "UNION", "OPTIONAL", "MINUS", "NOT EXISTS", "FILTER EXISTS", "VALUES ?g", "COUNT(*)",
    "COUNT(DISTINCT", "GROUP BY", "HAVING", "SELECT DISTINCT", ")*", ")+", ")?", "(^", "!(", "?p",
)  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_processes_answer_as_the_code_does(store: Path, role: str) -> None:
    """A few of the same through real workers."""
    generator = Generator(Random(1))
    with Pool(store, size=1) as pool:
        for place in range(60):
            asked = generator.query()
            found = ask_hub(pool, asked, role, by_clause=place % 2 == 0, union=place % 3 > 0)
            assert found == ask_alone(asked, role), asked.text
