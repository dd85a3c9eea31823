"""What is refused, by which rule, and at which place: a sentence each, never a traceback."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loaders.description import Dialect, Total, read_source
from loaders.findings import Finding, Severity, SourceRefused
from tests.loaders.conftest import GRAPH, Build, Run

MAPPING = """
mappings:
  thing:
    sources: [['a.csv~csv']]
    s: thing/$(k)
    po: [[rdfs:label, $(name)]]
"""
TABLE = "k,name\n1,One\n"


def refuse(
    build: Build, run: Run, files: dict[str, str | bytes], mapping: str = MAPPING, **fields: object
) -> Finding:
    """The first error that a source is refused with."""
    with pytest.raises(SourceRefused) as refused:
        run(build(files, mapping, **fields), GRAPH)
    errors = [f for f in refused.value.findings if f.severity is Severity.ERROR]
    assert errors[0].message
    assert str(errors[0]) in str(refused.value)
    return errors[0]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ("", "file-empty"),
        ("\n\n\n", "header-missing"),
        ("k,name\n", "nothing"),
        ("key,name\n1,One\n", "column-unknown"),
        ("k,name,k\n1,One,2\n", "column-unknown"),
        ('k,name\n1,"One\n', "file-cut"),
        ("k,name\n1\n2\n", "rows-all"),
        ("k\x00,name\n1,One\n", "nul-bytes"),
        ("%PDF-1.4", "file-kind"),
        ("<html><table></table></html>", "file-kind"),
    ],
)
def test_tables(content: str, rule: str, build: Build, run: Run) -> None:
    found = refuse(build, run, {"a.csv": content})
    if rule == "rows-all":
        assert (found.rule, found.row) == ("ragged-row", 2)
    else:
        assert found.rule == rule
    assert found.file == ("" if rule == "nothing" else "a.csv")


@pytest.mark.parametrize("before", [1, 100_000])
@pytest.mark.parametrize("other", [b"", b"\xff"])
def test_the_line_of_a_nul_byte_is_named(before: int, other: bytes, build: Build, run: Run) -> None:
    table = b"k,name\n" + other + b"1,One\n" * before + b"2,T\x00wo\n3,\x00\n"
    found = refuse(build, run, {"a.csv": table})
    assert f"NUL bytes, the first in line {before + 2}:" in found.message


def test_an_unknown_column_is_named_with_those_that_are_there(build: Build, run: Run) -> None:
    found = refuse(build, run, {"a.csv": "key,name\n1,One\n"})
    assert found.column == "k"
    assert "key, name" in found.message


def test_files_that_are_not_there_or_elsewhere(build: Build, run: Run, tmp_path: Path) -> None:
    (tmp_path.parent / "secret.csv").write_text(TABLE, encoding="utf-8")
    (tmp_path / "link.csv").symlink_to(tmp_path.parent / "secret.csv")
    (tmp_path / "folder.csv").mkdir()
    for name, rule in {
        "missing.csv": "file-missing", "../secret.csv": "file-outside", "link.csv": "file-outside",
        "/etc/hostname": "file-outside", "https://example.org/a.csv": "remote-file",
        "folder.csv": "file-type", "a\x00.csv": "file-unreadable",
    }.items():  # fmt: skip
        source = build({}, MAPPING.replace("a.csv", name.replace("\x00", "")))
        object.__setattr__(source, "files", (name,))
        with pytest.raises(SourceRefused) as refused:
            run(source, GRAPH)
        assert refused.value.findings[0].rule == rule, name


def test_a_mapping_reads_only_the_files_that_are_listed(build: Build, run: Run) -> None:
    found = refuse(build, run, {"a.csv": TABLE}, MAPPING.replace("a.csv", "mapping.yml"))
    assert (found.rule, found.file) == ("file-unlisted", "mapping.yml")


@pytest.mark.parametrize(
    ("mapping", "rule", "said"),
    [
        ("mappings: [", "mapping-syntax", "no YAML"),
        ("mappings: {a: 1}\nmappings: {}", "mapping-syntax", "twice"),
        ("a: &x [1]\nmappings: *x", "mapping-alias", "alias"),
        ("- 1", "mapping-yarrrml", "block of keys"),
        ("mappings: {}", "mapping-empty", "no “mappings”"),
        ("targets: {}\nmappings: {m: {s: x}}", "mapping-yarrrml", "“targets” is not supported"),
        (MAPPING.replace("~csv", "~sql"), "mapping-yarrrml", "“sql” is not supported"),
        (MAPPING.replace("$(name)]", "$(name"), "mapping-syntax", "no YAML"),
        (MAPPING.replace("$(name)", "'$(name'"), "mapping-yarrrml", "not closed"),
        (
            MAPPING.replace("$(name)", "$(name), english~lang"),
            "mapping-constant",
            "no language tag",
        ),
        (MAPPING.replace("$(name)", "x, xsd:gYear"), "mapping-constant", "no xsd:gYear"),
        (MAPPING.replace("rdfs:label", "a b"), "mapping-constant", "cannot be used"),
        (MAPPING.replace("$(name)", "{function: grel:toUpperCase}"), "function-unknown", "grel"),
        (MAPPING.replace("$(name)", "{function: mcf:split}"), "function-parameters", "nothing"),
        (MAPPING.replace("$(name)", "{mapping: other}"), "mapping-yarrrml", "no mapping “other”"),
        ("a: " + "[" * 5000, "mapping-syntax", ""),
    ],
)
def test_mappings(mapping: str, rule: str, said: str, build: Build, run: Run) -> None:
    found = refuse(build, run, {"a.csv": TABLE}, mapping)
    assert found.rule == rule
    assert said in found.message
    assert found.file == "mapping.yml"


RML = """@prefix rr: <http://www.w3.org/ns/r2rml#> .
@prefix rml: <http://semweb.mmlab.be/ns/rml#> .
@prefix ql: <http://semweb.mmlab.be/ns/ql#> .
<#m> rml:logicalSource [ rml:source "a.csv" ; rml:referenceFormulation ql:CSV ] ;
  rr:subjectMap [ rr:template "x/{k}" ] ;
  rr:predicateObjectMap [ rr:predicate <a:b> ; rr:objectMap [ rml:reference "name" ] ] .
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("@prefix", "@prefiks", "no Turtle"),
        ("rml:logicalSource", "rr:logicalTable", "“logicalTable” is not supported"),
        ("ql:CSV", "ql:RDB", "“RDB” is not supported"),
        ('rml:reference "name"', 'rr:column "name"', "“column” is not supported"),
        ('rml:reference "name"', 'rml:reference "name" ; rr:template "x"', "one of constant"),
        ("<#m>", "<#m> rr:subject <a:b> ;", "exactly one subject"),
        ("ql:CSV", 'ql:CSV ; rml:iterator "$"', "has no iterator"),
        ("<a:b> ;", "<a:b> ; rr:inverseExpression 'x' ;", "“inverseExpression” is not supported"),
    ],
)
def test_rml(old: str, new: str, said: str, build: Build, run: Run) -> None:
    assert said in refuse(build, run, {"a.csv": TABLE}, RML.replace(old, new)).message


def test_a_workbook_names_its_sheets(build: Build, run: Run) -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["k", "name"])  # type: ignore[union-attr]
    book.save(stream)
    mapping = MAPPING.replace("['a.csv~csv']", "['a.xlsx~xlsx', Members]")
    found = refuse(build, run, {"a.xlsx": stream.getvalue()}, mapping)
    assert found.rule == "sheet-unknown"
    assert "it has Sheet" in found.message


def test_a_sparse_workbook_is_refused_before_it_fills_the_memory(build: Build, run: Run) -> None:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for place in ("A1", "XFD1048576"):
        book.worksheets[0][place] = "k"
    book.save(stream)
    mapping = MAPPING.replace("a.csv~csv", "a.xlsx~xlsx")
    assert refuse(build, run, {"a.xlsx": stream.getvalue()}, mapping).rule == "sheet-size"


@pytest.mark.parametrize(
    ("cell", "rule", "column"),
    [
        ("about 1999", "datatype", "year"), ("1999-13", "datatype", "year"),
        ("x y", "iri", "url"), ("http://a b/", "iri", "url"), ("\x07", "control-character", "name"),
        ("..", "iri-value", "k"),
    ],
)  # fmt: skip
def test_bad_cells_cost_their_row_and_are_named(
    cell: str, rule: str, column: str, build: Build, run: Run
) -> None:
    mapping = MAPPING.replace(
        "po: [", "po: [[mc:y, $(year), xsd:gYear], [mc:u, $(url)~iri], "
    )  # fmt: skip
    good = {"k": "2", "name": "Two", "year": "2000", "url": "https://example.org/"}
    rows = [",".join((good | {column: cell}).values()), ",".join(good.values())]
    result, quads = run(build({"a.csv": "k,name,year,url\n" + "\n".join(rows)}, mapping), GRAPH)
    (error,) = [f for f in result.findings if f.severity is Severity.ERROR]
    shown = cell.replace("\x07", "\\x07")
    assert (error.rule, error.row, error.column, error.value) == (rule, 2, column, shown)
    assert error.remedy
    assert result.rejected == 1
    assert quads.count("/row/test/a.csv/3> <https://w3id.org/metacluster/ns#rowNumber>") == 1


def test_totals_that_are_missed_refuse_the_source(build: Build, run: Run) -> None:
    table = TABLE + "2,Two\n"
    found = refuse(build, run, {"a.csv": table}, expected_rows={"a.csv": Total(3, 3)})
    assert found.message == "2 rows were read, and exactly 3 expected"
    typed = MAPPING.replace("po: [", "po: [[a, mc:Cluster], ")
    found = refuse(
        build, run, {"a.csv": table}, typed, expected_classes={"mc:Cluster": Total(5, None)}
    )
    assert found.message == "2 things of class mc:Cluster came out, and at least 5 expected"


@pytest.mark.parametrize(
    ("file", "dialect", "said"),
    [
        ("a.csv", Dialect(header=(9, 9)), "nothing in row 9, which is stated as its header: its"
         " first row that is not blank is 1"),
        ("a.csv", Dialect(header=(2, 2)), "the columns are 1, One"),
        ("a.csv", Dialect(encoding="ascii"), "not written in ascii: .*by its bytes it is utf-8"),
        ("a.xlsx", Dialect(header=(40, 40)), "its first row that is not blank is 1"),
        ("a.xlsx", Dialect(encoding="utf-8"), "a workbook has sheets, and no encoding"),
        ("a.xlsx#Liste", Dialect(header=(1, 1)), "no sheet “Liste”; it has Sheet"),
    ],
)  # fmt: skip
def test_what_is_stated_of_a_file_that_has_it_not(
    file: str, dialect: Dialect, said: str, build: Build, run: Run
) -> None:
    sent = io.BytesIO()
    book = openpyxl.Workbook()
    for row in (["k", "name"], ["1", "One"]):
        book.worksheets[0].append(row)
    book.save(sent)
    name = file.partition("#")[0]
    table = sent.getvalue() if name == "a.xlsx" else TABLE.replace("One", "Óne").encode()
    if "columns" in said:
        table = TABLE.encode()
    found = refuse(build, run, {name: table}, MAPPING.replace("a.csv", name),
                   dialects={file: dialect})  # fmt: skip
    assert re.search(said, found.message)


def test_no_value_is_quoted_as_python_does(build: Build, run: Run) -> None:
    found = refuse(build, run, {"a.csv": TABLE}, MAPPING.replace(", $(name)", ""))
    assert found.value == '["rdfs:label"]'
    assert f": “{found.value}” (" in str(found)
    found = refuse(build, run, {"a.csv": "k,name\n1,\xffx\n".encode("latin-1")},
                   dialects={"a.csv": Dialect(encoding="utf-8")})  # fmt: skip
    assert "not written in utf-8: invalid start byte at byte 9" in found.message
    found = refuse(build, run, {"a.json": "[1"}, MAPPING.replace("a.csv~csv", "a.json~jsonpath"))
    assert "Expecting “]”" in found.message


def test_what_nobody_mapped_is_reported(build: Build, run: Run) -> None:
    source = build({"a.csv": "k,name,extra,note\n1,One,2,3\n", "b.csv": TABLE}, MAPPING,
                   ignored={"a.csv": frozenset({"note"})})  # fmt: skip
    result, _ = run(source, GRAPH)
    warnings = {(f.rule, f.file, f.column) for f in result.findings if f.severity == "warning"}
    assert warnings == {("column-unmapped", "a.csv", "extra"), ("file-unmapped", "b.csv", "")}


DESCRIPTION = """
name = "test-source"
title = "T"
owner = "O"
visibility = "public"
licence = "CC0"
files = ["a.csv"]
"""


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('name = "test-source"', "name = ", "description-syntax"),
        ('name = "test-source"', 'name = "Test Source"', "description-name"),
        ('name = "test-source"', 'name = "other"', "description-name"),
        ('owner = "O"', "", "description-missing"),
        ('owner = "O"', "owner = 3", "description-type"),
        ('"public"', '"secret"', "description-visibility"),
        ('"public"', '"partner"', "description-partner"),
        ('["a.csv"]', '"a.csv"', "description-type"),
        ('["a.csv"]', '["a.csv", "a.csv"]', "description-files"),
        ('licence = "CC0"', 'license = "CC0"', "description-unknown-key"),
        ("files", "[expected]\nrows = 3\nfiles", "description-type"),
        ("files", "[expected.rows]\na = -1\nfiles", "description-type"),
        ("files", "expected = 3\nfiles", "description-type"),
        ("files", "[expected.heads]\na = 3\nfiles", "description-expected"),
        ("files", "[expected.sums]\na = 3\nfiles", "description-type"),
        ("files", '[expected.sums.a]\nb = "3"\nfiles', "description-type"),
        ("files", "[codes]\na = 3\nfiles", "description-type"),
        ("files", "[codes.a]\nb = 3\nfiles", "description-type"),
        ("files", "dialects = {'b.csv' = {header = 2}}\nfiles", "description-dialects"),
        ("files", "dialects = {'a.csv' = {delimiter = '||'}}\nfiles", "description-type"),
        ("files", "dialects = {'a.csv' = {heading = '2'}}\nfiles", "description-type"),
    ],
)
def test_descriptions(old: str, new: str, rule: str, tmp_path: Path) -> None:
    folder = tmp_path / "test-source"
    folder.mkdir()
    (folder / "source.toml").write_text(DESCRIPTION, encoding="utf-8")
    assert read_source(folder).files == ("a.csv",)
    (folder / "source.toml").write_text(DESCRIPTION.replace(old, new), encoding="utf-8")
    with pytest.raises(SourceRefused) as refused:
        read_source(folder)
    assert rule in {finding.rule for finding in refused.value.findings}
    assert {finding.file for finding in refused.value.findings} == {"source.toml"}


def test_a_folder_without_description(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match=r"there is no source\.toml"):
        read_source(tmp_path)


@given(content=st.binary(max_size=200))
def test_any_bytes_as_description(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "source.toml").write_bytes(content)
    with pytest.raises(SourceRefused):
        read_source(folder)


def test_findings_show_what_would_move_a_terminal(build: Build, run: Run) -> None:
    mapping = MAPPING.replace("$(name)", "$(name), xsd:gYear")
    table = "k,name\n1,2000\n2,‮x\x9b31m\n"
    result, _ = run(build({"a.csv": table}, mapping), GRAPH)
    (error,) = [f for f in result.findings if f.severity is Severity.ERROR]
    assert error.value == "\\u202ex\\x9b31m"
    assert str(error).isprintable()


@pytest.mark.parametrize(
    ("file", "source", "content"),
    [
        ("a.csv", "'a.csv~csv'", "k,name\n1,Acme \u202emocE\n2,\u00c6ro\n3,\u200fx\n"),
        (
            "a.json", "'a.json~json', '$[*]'",
            '[{"k": 1, "name": ["x", "Acme \\u202emocE"]}, {"k": 2, "name": "\u00c6ro"},'
            ' {"k": 3, "name": "\u200fx"}]',
        ),
    ],
)  # fmt: skip
def test_marks_that_turn_the_direction_are_kept_and_told(
    file: str, source: str, content: str, build: Build, run: Run
) -> None:
    mapping = MAPPING.replace("'a.csv~csv'", source)
    result, quads = run(build({file: content}, mapping), GRAPH)
    first = 2 if file == "a.csv" else 1
    told = [f for f in result.findings if f.severity is Severity.WARNING]
    assert [(f.row, f.column, f.rule, f.value) for f in told] == [
        (first, "name", "direction-marks", "Acme \\u202emocE"),
        (first + 2, "name", "direction-marks", "\\u200fx"),
    ]
    assert "U+202E" in told[0].message
    assert '"Acme \u202emocE"' in quads
    assert result.rejected == 0
