"""What a load makes anew and what it keeps: together always what a load from scratch makes."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from hub.errors import HubError, Refused
from hub.publishing import derivation
from hub.publishing.derivation import Movement, Rule, derive, read_rules
from hub.publishing.loading import load
from hub.settings import Settings
from hub.store import quads
from hub.store.files import read_ends
from hub.store.generations import Generation, current, verify
from hub.store.quads import QuadStore
from hub.terms import Term
from hub.vocabulary import NAMESPACES, PUBLIC_UNION, RDF_TYPE
from tests.publishing.world import write_judgements

MAPPING = """\
prefixes:
  mc: https://w3id.org/metacluster/ns#
  rdfs: http://www.w3.org/2000/01/rdf-schema#
  org: http://www.w3.org/ns/org#
  schema: https://schema.org/
mappings:
  thing:
    sources: ['things.csv~csv']
    s: organisation/{name}.$(key)
    po:
      - [a, mc:$(kind)~iri]
      - [rdfs:label, $(label), en~lang]
      - [mc:within, organisation/{name}.$(whole)~iri]
  membership:
    sources: ['things.csv~csv']
    s: membership/{name}.$(key)-$(whole)
    po:
      - [a, org:Membership]
      - [org:member, organisation/{name}.$(key)~iri]
      - [org:organization, organisation/{other}.$(whole)~iri]
      - [schema:endDate, $(end), xsd:gYear]
"""
DESCRIPTION = """\
name = "{name}"
title = "{name}"
owner = "{name}"
visibility = "{level}"
licence = "CC0"
mapping = "mapping.yml"
files = ["things.csv"]
"""
KEYS = "abcd"
LOAD = re.compile(r"/load/[a-z]+\.\d+")


@dataclass(frozen=True)
class Row:
    kind: str
    label: str
    whole: str
    end: str

    def write(self, key: str) -> str:
        return f"{key},{self.kind},{self.label},{self.whole},{self.end}\n"


rows = st.builds(
    Row,
    kind=st.sampled_from(["Cluster", "MetaCluster", "SME", "Company", "Agency"]),
    label=st.sampled_from(["One", "Two", "Zwei", "三"]),
    whole=st.sampled_from(["", "a", "b"]),
    end=st.sampled_from(["", "2010", "2990"]),
)
tables = st.dictionaries(st.sampled_from(KEYS), rows, min_size=1)
states = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("open", "shared", "secret"), tables),
).filter(bool)
judged = st.sampled_from(
    [
        (),
        ("same,organisation/open.a,organisation/shared.a,me,2026-01-01,public,for a reason",),
        ("same,organisation/open.a,organisation/shared.a,me,2026-01-01,consortium,for a reason",),
        ("same,organisation/open.b,organisation/secret.b,me,2026-01-01,partner:biom,for a reason",),
    ]
)
LEVELS = {"open": "public", "shared": "consortium", "secret": 'partner"\npartner = "biom'}


def write(
    folder: Path, state: Mapping[str, Mapping[str, Row]], judgements: tuple[str, ...]
) -> Settings:
    for name in LEVELS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name, table in state.items():
        source = folder / name
        source.mkdir(parents=True)
        (source / "source.toml").write_text(DESCRIPTION.format(name=name, level=LEVELS[name]))
        other = "open" if name == "shared" else name
        (source / "mapping.yml").write_text(MAPPING.format(name=name, other=other))
        lines = "".join(row.write(key) for key, row in table.items())
        (source / "things.csv").write_text("key,kind,label,whole,end\n" + lines, encoding="utf-8")
    identity = write_judgements(folder, *judgements)
    folders = tuple(folder / name for name in state)
    return Settings(data=folder / "data", folders=folders, identity=(identity,))


def describe(generation: Generation) -> dict[str, object]:
    """All that a generation holds, but for when and by which load it came."""
    verify(generation)
    store = QuadStore(generation.store, read_only=True)
    graphs: dict[str, object] = {
        fact.iri: (fact.level, fact.partner, fact.kind, statements(store, fact.iri))
        for fact in generation.manifest.graphs
        if fact.kind not in {"provenance", "union", "ontology"}
    }
    store.close()
    with closing(sqlite3.connect(generation.search)) as index:
        for table in ("label", "kind"):
            columns = "text, language, rank" if table == "label" else "type"
            found = index.execute(
                f"SELECT one.iri, graph.iri, {columns} FROM {table} AS one "
                "JOIN graph ON graph.id = one.graph WHERE graph.iri NOT LIKE '%/provenance'"
            )
            graphs[table] = sorted(found)
        words = "SELECT label.iri FROM words JOIN label ON label.id = words.rowid WHERE words MATCH"
        graphs["words"] = [
            sorted(index.execute(f"{words} ?", (word,))) for word in ("one", "two", "zwei", "三")
        ]
        index.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    return graphs


def statements(store: QuadStore, graph: str) -> set[tuple[str, ...]]:
    assert graph != PUBLIC_UNION
    query = "SELECT ?s ?p ?o { ?s ?p ?o }"
    return {
        (LOAD.sub("/load/", row["s"].n3()), row["p"].n3(), row["o"].n3())
        for row in store.select(query, [graph])
    }


@given(st.lists(st.tuples(states, judged), min_size=2, max_size=4))
@settings(
    max_examples=5,  # each takes some ten seconds; raise it to search for more
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.filter_too_much],
)
def test_a_chain_of_loads_gives_what_a_load_from_scratch_gives(
    steps: list[tuple[dict[str, dict[str, Row]], tuple[str, ...]]],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        chain, scratch = Path(name) / "chain", Path(name) / "scratch"
        for folder in (chain, scratch):
            folder.mkdir()
        for state, judgements in steps:
            report = load(write(chain, state, judgements))
            assume(not report.refused)
        load(write(scratch, *steps[-1]))
        assert describe(current(chain / "data")) == describe(current(scratch / "data"))


@pytest.mark.parametrize("little", [0, 1 << 20])
def test_much_is_derived_as_little_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, little: int
) -> None:
    monkeypatch.setattr(quads, "LITTLE", little)
    monkeypatch.setattr(quads, "BLOCK", 100)
    rules = (Rule("all", "?x a <urn:B>", "?x a <urn:A>"),)
    lines = (f"<urn:{n}> <{RDF_TYPE}> <urn:A> <urn:g> .\n" for n in range(7))
    (tmp_path / "facts.nq").write_text("".join(lines))
    store = QuadStore(tmp_path / "store")
    store.add_file(tmp_path / "facts.nq", ["urn:g"], {PUBLIC_UNION: frozenset({"urn:g"})})
    place = (PUBLIC_UNION, ["urn:d", PUBLIC_UNION], tmp_path / "derived.nt")
    assert derive(store, rules, *place)
    assert store.count("urn:d") == 7
    assert store.count(PUBLIC_UNION) == 14
    assert not derive(store, rules, *place)


def test_the_object_of_a_statement_may_be_the_graph_that_says_it(tmp_path: Path) -> None:
    file, graphs = tmp_path / "facts.nq", ["urn:g", "urn:g/p"]
    file.write_text("".join(f"<urn:1> <urn:in> <{o}> <{g}> .\n" for o in graphs for g in graphs))
    store = QuadStore(tmp_path / "store")
    store.add_file(file, graphs, {PUBLIC_UNION: frozenset(graphs)})
    assert store.count(PUBLIC_UNION) == 2


@pytest.mark.parametrize(
    ("wrong", "told"), [("<urn:g>", "lacks what a graph says"), ("", "holds what no graph says")]
)
def test_a_union_that_is_not_what_its_graphs_say_is_damage(
    tmp_path: Path, wrong: str, told: str
) -> None:
    file, graphs = tmp_path / "facts.nq", frozenset({"urn:g", "urn:h"})
    file.write_text("".join(f"<urn:1> <urn:p> <urn:2> <{graph}> .\n" for graph in sorted(graphs)))
    store = QuadStore(tmp_path / "store")
    store.add_file(file, sorted(graphs), {PUBLIC_UNION: graphs})
    store.check_union(graphs, PUBLIC_UNION)
    file.write_text(f"<urn:3> <urn:p> <urn:4> {wrong} .\n")
    store.add_file(file, ["urn:g"], {})
    with pytest.raises(HubError, match=f"{told}: <urn:3> <urn:p> <urn:4>"):
        store.check_union(graphs, PUBLIC_UNION)


def test_what_came_and_went_again_is_repeated_by_nobody(tmp_path: Path) -> None:
    said, derived = tmp_path / "said.nq", tmp_path / "derived.nq"
    said.write_text(f"<urn:1> <{RDF_TYPE}> <urn:B> <urn:g> .\n")
    derived.write_text(f"<urn:1> <{RDF_TYPE}> <urn:B> <urn:d> .\n")
    store = QuadStore(tmp_path / "store")
    store.add_file(derived, ["urn:d"], {})
    assert store.remove_repeated("urn:d", said) == 0
    store.add_file(said, ["urn:g"], {})
    assert store.remove_repeated("urn:d", said) == 1
    assert store.count("urn:d") == 0


def test_what_moved_is_known_whole_or_said_to_be_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Things that are subjects and objects both count twice towards the limit, and once after."""
    gone, come = tmp_path / "gone.nq", tmp_path / "come.nq"
    pairs = [("a", "b"), ("b", "a"), ("c", "d")]
    gone.write_text("".join(f"<urn:{s}> <urn:p> <urn:{o}> <urn:g> .\n" for s, o in pairs))
    come.touch()
    assert read_ends(gone, 4) is None
    assert read_ends(gone, 6) == ({"urn:a", "urn:b", "urn:c"}, {"urn:a", "urn:b", "urn:d"})
    monkeypatch.setattr(derivation, "MOST_THINGS", 4)
    movement = Movement(everything=False)
    movement.note(gone, come)
    assert movement.many


@pytest.mark.parametrize(
    "body",
    [
        "$this ?p ?o",
        "$this a mc:SME . FILTER(?x > 1) mc:it ?p ?o",
        'BIND("; a" AS ?x) ?x rdfs:label ?y ; ?p ?z',
        "<urn:a> ?p 'x'",
        "$this !mc:country ?o",
        "$this a mc:SME ; ^!mc:country ?o",
    ],
)
def test_a_rule_that_reads_what_it_does_not_name_is_refused(tmp_path: Path, body: str) -> None:
    """Derivation after a change goes by names: such a rule would not be run when it should."""
    store, file = QuadStore(tmp_path / "store"), tmp_path / "rules.nq"
    sh, shape = NAMESPACES["sh"], "<urn:shape>"
    text = Term("literal", f"CONSTRUCT {{ $this a mc:Company }} WHERE {{ {body} }}").n3()
    file.write_text(
        f"{shape} <{sh}rule> <urn:rule> <urn:g> .\n"
        f"<urn:rule> <{RDF_TYPE}> <{sh}SPARQLRule> <urn:g> .\n"
        f"<urn:rule> <{sh}construct> {text} <urn:g> .\n"
    )
    store.add_file(file, ["urn:g"], {})
    with pytest.raises(Refused, match="place of a predicate") as refusal:
        read_rules(store, "urn:g")
    assert "urn:rule" in str(refusal.value)


def test_a_rule_that_the_engine_refuses_stops_the_derivation(tmp_path: Path) -> None:
    store, file = QuadStore(tmp_path / "store"), tmp_path / "said.nq"
    file.write_text(f"<urn:a> <{RDF_TYPE}> <urn:c> <urn:g> .\n")
    store.add_file(file, ["urn:g"], {})
    rules = [
        Rule("urn:good", "?s a <urn:d>", "?s a <urn:c>"),
        Rule("urn:bad", "?s a <urn:e>", "(("),
    ]
    with pytest.raises(Refused, match="not SPARQL") as refusal:
        derive(store, rules, "urn:g", ["urn:g"], tmp_path / "work")
    assert refusal.value.where == "urn:bad"
