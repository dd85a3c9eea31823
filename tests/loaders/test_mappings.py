"""Mappings by folder: description, mapping, data, and the quads that must come of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from loaders.description import read_source
from loaders.mapping.compilation import compile_mapping
from loaders.mapping.model import (
    Constant,
    Kind,
    LogicalSource,
    Mapping,
    Reference,
    Statements,
    Template,
    TermMap,
    TriplesMap,
)
from loaders.mapping.program import Target
from tests.loaders.conftest import BASE, GRAPH, Build, Run, canonical

FOLDERS = sorted(path.parent for path in Path(__file__).parent.glob("mappings/*/source.toml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_folder(folder: Path, run: Run) -> None:
    result, quads = run(read_source(folder))
    assert canonical(quads) == canonical((folder / "expected.nq").read_bytes())
    assert [str(f) for f in result.findings if f.severity != "note"] == []


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_provenance_reaches_every_subject(folder: Path, run: Run) -> None:
    result, quads = run(read_source(folder), GRAPH)
    own: set[str] = set()
    traced: dict[str, set[str]] = {}
    rows: dict[str, set[str]] = {}
    for quad in parse(quads, format=RdfFormat.N_QUADS):
        if str(quad.graph_name) == f"<{GRAPH}>":
            own.add(str(quad.subject))
        elif quad.predicate.value.endswith("wasDerivedFrom"):
            traced.setdefault(str(quad.subject), set()).add(str(quad.object))
        else:
            rows.setdefault(str(quad.subject), set()).add(quad.predicate.value.split("#")[1])
    assert own == traced.keys()
    assert set().union(*traced.values()) == rows.keys()
    assert all(said - {"rowSheet"} == {"rowNumber", "rowOf"} for said in rows.values())
    assert len(rows) == sum(result.rows.values())
    assert "_:" not in quads.replace('"', "")


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"))
HOSTILE = st.one_of(
    TEXT, st.text(st.sampled_from("{}\"'\\\n\t$(v0)[];")), st.just('{__import__("os")}')
)


@given(constant=HOSTILE, value=HOSTILE, name=HOSTILE)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_nothing_that_a_mapping_says_becomes_code(constant: str, value: str, name: str) -> None:
    """Constants, names of columns and values come out as the texts they are, flat and nested."""
    iri = TermMap(Constant("https://example.org/p"), Kind.IRI)
    both = Template((constant, Reference(name)) if constant else (Reference(name),))
    objects = (TermMap(Constant(constant), Kind.LITERAL), TermMap(both, Kind.LITERAL))
    subject = TermMap(Template(("thing/", Reference(name))), Kind.IRI)
    for reader, wrap in (("csv", False), ("json", True)):
        source = LogicalSource("f", reader)
        triples_map = TriplesMap("m", source, subject, (Statements((iri,), objects),))
        row_map = compile_mapping(Mapping((triples_map,)), Target(BASE)).rows[0]
        if value in ("", ".", ".."):
            continue
        escaped = str(Literal(value))[1:-1]
        lines: list[str] = []
        values = ((value,),) if wrap else (value,)
        row_map.run(values, values if wrap else (escaped,), lines, [], [])
        quads = list(parse("".join(lines), format=RdfFormat.N_QUADS))
        assert {q.object for q in quads} == {Literal(constant), Literal(constant + value)}
        assert all(isinstance(q.subject, NamedNode) for q in quads)


def test_named_graphs_go_to_the_graph_of_the_source(build: Build, run: Run) -> None:
    mapping = """
mappings:
  m:
    sources: [['a.csv~csv']]
    s: thing/$(k)
    graphs: https://example.org/other-partner
    po: [[rdfs:label, $(k)]]
"""
    result, quads = run(build({"a.csv": "k\n1\n"}, mapping), GRAPH)
    assert "other-partner" not in quads
    assert "mapping-graphs" in {finding.rule for finding in result.findings}


def test_a_join_reaches_all_sources_of_a_mapping_and_tells_what_it_misses(
    build: Build, run: Run
) -> None:
    mapping = """
mappings:
  child:
    sources: [['c.csv~csv']]
    s: child/$(k)
    po:
      - p: mc:of
        o:
          mapping: parent
          condition: {function: equal, parameters: [[str1, $(p)], [str2, $(id)]]}
  parent:
    sources: [['a.csv~csv'], ['b.csv~csv']]
    s: parent/$(id)
    po: [[rdfs:label, $(id)]]
"""
    files = {"c.csv": "k,p\n1,x\n2,y\n3,z\n4,\n", "a.csv": "id\nx\n", "b.csv": "id\ny\n"}
    result, quads = run(build(files, mapping))
    assert quads.count("ns#of>") == 2
    missed = [(f.row, f.column, f.value) for f in result.findings if f.rule == "join-unmatched"]
    assert missed == [(4, "p", "z")]
    assert [f.row for f in result.findings if f.rule == "row-silent"] == [4, 5]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (",Beta,Paris,https://b.example", [("key-empty", 2, "No")]),
        (" ,,Paris,https://b.example", [("key-empty", 2, "No")]),
        (",Beta,,", [("key-empty", 2, "No")]),
        (",,Paris,", []),
        ("1,Beta,,", []),
    ],
)
def test_a_row_whose_key_is_empty_is_told_where_others_use_the_row(
    build: Build, run: Run, row: str, told: list[tuple[str, int, str]]
) -> None:
    mapping = """
mappings:
  firm:
    sources: [['a.csv~csv']]
    s: firm/$(No)
    po: [[rdfs:label, $(Name)], [mc:in, city/$(City)~iri], [foaf:homepage, $(Web)~iri]]
  city:
    sources: [['a.csv~csv']]
    s: city/$(City)
    po: [[rdfs:label, $(City)]]
"""
    files = {"a.csv": f"No,Name,City,Web\n{row}\n2,Alpha,Paris,https://a.example\n"}
    result, _ = run(build(files, mapping))
    found = [f for f in result.findings if f.severity == "warning"]
    assert [(f.rule, f.row, f.column) for f in found] == told
    assert all("nothing is taken of Name, Web" in f.message for f in found)
    assert all(str(f).endswith(" · key-empty") for f in found)


def test_a_row_that_fails_is_left_out_whole(build: Build, run: Run) -> None:
    mapping = """
mappings:
  first:
    sources: [['a.csv~csv']]
    s: thing/$(k)
    po: [[a, mc:Thing], [rdfs:label, $(name)]]
  second:
    sources: [['a.csv~csv']]
    s: founding/$(k)
    po: [[a, mc:Founding], [mc:year, $(year), xsd:gYear]]
"""
    table = "k,name,year\n1,One,1999\n2,Two,about 1999\n3,Three,2001\n"
    result, quads = run(build({"a.csv": table}, mapping), GRAPH)
    assert result.rejected == 1
    assert "thing/1>" in quads
    assert "thing/2>" not in quads
    assert "founding/2>" not in quads
    (error,) = [f for f in result.findings if f.severity == "error"]
    assert (error.file, error.row, error.column, error.value) == ("a.csv", 3, "year", "about 1999")
    assert error.rule == "datatype"


def test_several_subjects_share_what_is_said(build: Build, run: Run) -> None:
    mapping = """
mappings:
  thing:
    sources: [[a.csv~csv]]
    s: [thing/$(k), "other/$(k)"]
    po: [[rdfs:label, $(v)]]
"""
    result, quads = run(build({"a.csv": "k,v\n1,one\n2,two\n"}, mapping), GRAPH)
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    for kind in ("thing", "other"):
        assert f'<{BASE}{kind}/1> {label} "one" <{GRAPH}> .' in quads
    assert result.rows == {"a.csv": 2}
