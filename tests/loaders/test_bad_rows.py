"""A row with something wrong is left out whole, and all that is wrong in it is told at once."""

from __future__ import annotations

import pytest

from loaders.findings import Severity
from tests.loaders.conftest import GRAPH, Build, Run

COUNTRIES = """
mappings:
  thing:
    sources: [['FILE']]
    s: thing/$(KEY)
    po:
      - [a, mc:Company]
      - p: mc:country
        o: [{function: mcf:countryCode, parameters: [[mcf:value, $(of)]]}]
      - p: mc:activeIn
        o: [{function: mcf:countryCode, parameters: [[mcf:value, $(in)]]}]
      - [schema:foundingDate, $(since), xsd:date]
      - p: mc:status
        o: [{function: mcf:slug, parameters: [[mcf:value, $(KEY)]]}]
"""
WRONG = {("in", "Elsewhere"), ("key", ".."), ("of", "Nowhere"), ("since", "soon")}


@pytest.mark.parametrize(
    ("file", "kind", "key", "content"),
    [
        ("a.csv", "csv", "key", "key,of,in,since\n..,Nowhere,Elsewhere,soon\n1,ES,IT,\n"),
        (
            "a.json", "json", "key",
            '[{"key": "..", "of": "Nowhere", "in": "Elsewhere", "since": "soon"},'
            ' {"key": 1, "of": "ES", "in": "IT", "since": null}]',
        ),
        (
            "a.xml", "xml", "@key",
            "<l><r key='..'><of>Nowhere</of><in>Elsewhere</in><since>soon</since></r>"
            "<r key='1'><of>ES</of><in>IT</in><since/></r></l>",
        ),
    ],
)  # fmt: skip
def test_all_that_is_wrong_in_a_row_is_told_at_once(
    file: str, kind: str, key: str, content: str, build: Build, run: Run
) -> None:
    iterator = {"csv": "", "json": "$[*]", "xml": "/l/r"}[kind]
    mapping = COUNTRIES.replace("'FILE'", f"'{file}~{kind}', '{iterator}'").replace("KEY", key)
    result, quads = run(build({file: content}, mapping), GRAPH)
    errors = [f for f in result.findings if f.severity is Severity.ERROR]
    assert {(f.column.strip("@"), f.value) for f in errors} == WRONG
    assert len({f.row for f in errors}) == result.rejected == 1
    assert "thing/1>" in quads
    assert "Nowhere" not in quads
    assert "\ufffe" not in quads


def test_cells_that_a_reader_refuses_hide_no_others(build: Build, run: Run) -> None:
    """An error of the spreadsheet, a list of lists, a control: what is beside them is told too."""
    mapping = COUNTRIES.replace("'FILE'", "'a.csv~csv'").replace("KEY", "key")
    table = "key,of,in,since\n#N/A,#REF!,Elsewhere,so\x01on\n1,ES,IT,\n"
    result, quads = run(build({"a.csv": table}, mapping), GRAPH)
    told = {(f.row, f.column, f.rule) for f in result.findings if f.severity is Severity.ERROR}
    assert told == {
        (2, "key", "cell-error"), (2, "of", "cell-error"), (2, "in", "function-countryCode"),
        (2, "since", "control-character"),
    }  # fmt: skip
    mapping = COUNTRIES.replace("'FILE'", "'a.json~json', '$[*]'").replace("KEY", "key")
    text = '[{"key": 1, "of": {"a": null}, "in": ["IT", "X9", "Y9"], "since": null}, {"key": 2}]'
    result, quads = run(build({"a.json": text}, mapping), GRAPH)
    told = {(f.row, f.column, f.value) for f in result.findings if f.severity is Severity.ERROR}
    assert told == {(1, "of", '{"a": null}'), (1, "in", "X9"), (1, "in", "Y9")}
    assert "thing/1>" not in quads
    assert "thing/2>" in quads


def test_no_more_than_twenty_faults_of_a_row_are_told(build: Build, run: Run) -> None:
    mapping = COUNTRIES.replace("'FILE'", "'a.json~json', '$[*]'").replace("KEY", "key")
    wrong = ", ".join(f'"X{n}"' for n in range(50))
    text = f'[{{"key": 1, "of": [{wrong}], "in": null, "since": null}}, {{"key": 2}}]'
    result, _ = run(build({"a.json": text}, mapping), GRAPH)
    assert len([f for f in result.findings if f.severity is Severity.ERROR]) == 20


def test_a_bad_row_joins_nothing(build: Build, run: Run) -> None:
    mapping = """
mappings:
  child:
    sources: [['a.csv~csv']]
    s: child/$(k)
    po:
      - p: mc:of
        o: [{mapping: parent, condition: {function: equal,
             parameters: [[str1, $(of)], [str2, $(k)]]}}]
      - [rdfs:label, $(k)]
  parent:
    sources: [['b.csv~csv']]
    s: parent/$(name)
    po: [[rdfs:label, $(k)]]
"""
    files: dict[str, str | bytes] = {"a.csv": "k,of\n1,x\n2,y\n", "b.csv": "k,name\nx,..\ny,b\n"}
    result, quads = run(build(files, mapping), GRAPH)
    assert "parent/b>" in quads
    assert "\ufffe" not in quads
    assert "%EF%BF%BE" not in quads
    assert [(f.row, f.rule) for f in result.findings if f.severity is Severity.WARNING] == [
        (2, "join-unmatched")
    ]
