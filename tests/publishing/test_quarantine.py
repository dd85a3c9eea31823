"""Rows that break the shapes are left out whole, named and counted; totals refuse a source."""

from __future__ import annotations

import shutil
from pathlib import Path

import openpyxl
import pytest

from hub.access import PUBLIC, Viewer
from hub.hub import Hub
from hub.identity.decisions import decide, draft
from hub.pages.reader import Reader
from hub.pages.sources import Total, read_source
from hub.publishing.loading import load
from hub.publishing.report import SourceOutcome
from hub.questions import read_library
from hub.settings import Settings, resource_folder
from hub.store.generations import current, verify
from loaders.marking import mark_file
from tests.publishing.test_loading import clusters, rows
from tests.publishing.test_provenance import ID
from tests.publishing.world import settings, write_rows, write_source

MEMBERS = """\
  member:
    sources: ['members.csv~csv']
    s: membership/{name}.$(id)
    po:
      - [a, org:Membership]
      - [org:member, organisation/{name}.$(member)~iri]
      - [org:organization, organisation/{name}.$(key)~iri]
      - [prov:hadPrimarySource, document/list~iri]
      - [mc:place, row $(id)]
"""
OFFICES = """\
  office:
    sources: [['list.xlsx~xlsx', 商会]]
    s: organisation/alpha.$(key)/office
    po:
      - [a, mc:Cluster]
      - [rdfs:label, $(office), en~lang]
      - [mc:country, country/$(country)~iri]
      - [prov:hadPrimarySource, document/list~iri]
"""


def load_one(configured: Settings, name: str = "alpha") -> SourceOutcome:
    report = load(configured)
    return next(source for source in report.sources if source.name == name)


def test_a_row_that_breaks_a_shape_is_left_out_whole(tmp_path: Path) -> None:
    good = write_source(tmp_path, "beta", {"z": "bioPmed"})
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "", "w": "BioM"})
    configured = settings(tmp_path, source, good)
    outcome = load_one(configured)
    assert (outcome.status, outcome.rows, outcome.rejected) == ("new", 3, 1)
    (finding,) = [f for f in outcome.findings if f.severity == "error"]
    assert (finding.file, finding.row, finding.column) == ("clusters.csv", 3, "label")
    assert "organisation/alpha.y" in finding.message
    assert "left out" in finding.remedy
    assert clusters(configured).keys() == {
        "organisation/alpha.x", "organisation/alpha.w", "organisation/beta.z",
    }  # fmt: skip
    generation = current(configured.data)
    verify(generation)
    left = rows(generation, 'SELECT ?s { ?s ?p ?o FILTER(CONTAINS(STR(?s), "alpha.y")) }')
    assert left == []
    fact = generation.manifest.source("alpha")
    assert fact is not None
    assert (fact.rejected, [f["row"] for f in fact.findings if f["severity"] == "error"]) == (
        1,
        [3],
    )
    assert load(configured).outcome == "unchanged"


def test_the_totals_are_judged_without_the_rows_left_out(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "BioM"})
    described = (source / "source.toml").read_text(encoding="utf-8")
    (source / "source.toml").write_text(
        described + 'classes = { "mc:Cluster" = { min = 2 } }\n', encoding="utf-8"
    )
    configured = settings(tmp_path, source)
    assert load_one(configured).status == "new"
    write_rows(source, {"x": "Biocat", "y": ""})
    outcome = load_one(configured)
    assert outcome.status == "refused"
    assert {f.rule for f in outcome.findings if f.severity == "error"} > {"total-classes"}
    assert any(f.row == 3 for f in outcome.findings)
    assert len(clusters(configured)) == 2
    assert current(configured.data).number == 1


def test_where_no_row_is_good_the_source_is_refused(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "", "y": ""})
    report = load(settings(tmp_path, source))
    assert (report.outcome, report.generation) == ("refused", None)
    assert {f.row for f in report.sources[0].findings if f.row and f.severity == "error"} == {2, 3}


def test_rows_that_lean_on_one_left_out_go_too(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "", "z": "BioM"})
    mapping = (source / "mapping.yml").read_text(encoding="utf-8")
    (source / "mapping.yml").write_text(mapping + MEMBERS.format(name="alpha"), encoding="utf-8")
    described = (source / "source.toml").read_text(encoding="utf-8")
    (source / "source.toml").write_text(
        described.replace('["clusters.csv"]', '["clusters.csv", "members.csv"]'), encoding="utf-8"
    )
    (source / "members.csv").write_text("id,member,key\n1,x,z\n2,y,z\n", encoding="utf-8")
    configured = settings(tmp_path, source)
    outcome = load_one(configured)
    assert outcome.status == "new"
    places = {(f.file, f.row) for f in outcome.findings if f.severity == "error"}
    assert places == {("clusters.csv", 3), ("members.csv", 3)}
    assert outcome.rejected == 2
    verify(current(configured.data))
    dangling = rows(
        current(configured.data),
        "SELECT ?m { ?m <http://www.w3.org/ns/org#member> ?o FILTER NOT EXISTS { ?o a ?type } }",
    )
    assert dangling == []


def test_statements_that_come_of_no_row_refuse_the_source(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    described = (source / "source.toml").read_text(encoding="utf-8")
    (source / "source.toml").write_text(
        described.replace('["clusters.csv"]', '["clusters.csv", "more.ttl"]'), encoding="utf-8"
    )
    (source / "more.ttl").write_text(
        "<organisation/alpha.t> a <https://w3id.org/metacluster/ns#Cluster> .\n", encoding="utf-8"
    )
    outcome = load_one(settings(tmp_path, source))
    assert outcome.status == "refused"
    assert any("alpha.t" in f.message for f in outcome.findings)


def test_only_a_bad_row_came_so_nothing_is_published_and_the_finding_is_there(
    tmp_path: Path,
) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "BioM"})
    configured = settings(tmp_path, source)
    load(configured)
    write_rows(source, {"x": "Biocat", "y": "BioM", "w": ""})
    report = load(configured)
    assert (report.outcome, report.generation) == ("unchanged", 1)
    assert (report.sources[0].status, report.sources[0].rejected) == ("unchanged", 1)
    assert [f.row for f in report.sources[0].findings if f.severity == "error"] == [4]
    verify(current(configured.data))


def test_a_third_of_the_rows_gone_is_a_warning(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {f"k{n}": f"Cluster {n}" for n in range(9)})
    configured = settings(tmp_path, source)
    load(configured)
    write_rows(source, {f"k{n}": f"Cluster {n}" for n in range(7)})
    assert not [f for f in load_one(configured).findings if f.rule == "rows-gone"]
    write_rows(source, {f"k{n}": f"Cluster {n}" for n in range(4)})
    outcome = load_one(configured)
    assert outcome.status == "changed"
    (finding,) = [f for f in outcome.findings if f.rule == "rows-gone"]
    assert (finding.severity, finding.file) == ("warning", "clusters.csv")
    assert "3 of 7 rows" in finding.message


def spoil(names: dict[str, str], count: int) -> dict[str, str]:
    """The same rows, the first `count` of them without a name."""
    return {key: "" if at < count else name for at, (key, name) in enumerate(names.items())}


@pytest.mark.parametrize(
    ("spoilt", "least", "rule"),
    [(5, 0, "rows-most"), (9, 0, "rows-most"), (9, 1, ""), (4, 7, "total-rows"), (4, 6, "")],
)
def test_where_too_many_rows_are_left_out_the_last_good_version_stays(
    tmp_path: Path, spoilt: int, least: int, rule: str
) -> None:
    names = {f"k{n}": f"Cluster {n}" for n in range(10 if spoilt != 5 else 9)}
    source = write_source(tmp_path, "alpha", names)
    described = (source / "source.toml").read_text(encoding="utf-8").partition("[expected]")[0]
    expected = f'[expected.rows]\n"clusters.csv" = {{ min = {least} }}\n' if least else ""
    (source / "source.toml").write_text(described + expected, encoding="utf-8")
    configured = settings(tmp_path, source)
    assert load_one(configured).status == "new"
    write_rows(source, spoil(names, spoilt))
    outcome = load_one(configured)
    told = {f.rule for f in outcome.findings if not f.row}
    if rule:
        assert (outcome.status, rule in told) == ("refused", True)
        assert len(clusters(configured)) == len(names)
    else:
        assert (outcome.status, "rows-gone" in told) == ("changed", True)
        assert len(clusters(configured)) == len(names) - spoilt


@pytest.mark.parametrize("language", [", en~lang", ""])
def test_rows_of_one_key_that_differ_in_names_are_told(tmp_path: Path, language: str) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "BioM"})
    mapping = source / "mapping.yml"
    mapping.write_text(mapping.read_text().replace(", en~lang", language))
    with (source / "clusters.csv").open("a") as file:
        file.write("x,Biocat Foundation,ES\nx,Biocat,ES\n")
    outcome = load_one(settings(tmp_path, source))
    assert (outcome.status, outcome.rejected) == ("new", 0)
    (found,) = [f for f in outcome.findings if "two names" in f.message]
    assert (found.severity, found.file, found.row, found.column, found.value) == (
        "warning", "clusters.csv", 2, "label", "Biocat | Biocat Foundation",
    )  # fmt: skip
    assert "also rows 4, 5" in found.remedy


def test_what_shapes_find_is_told_of_the_sheet_and_the_column_of_its_own_mapping(
    tmp_path: Path,
) -> None:
    source = write_source(tmp_path, "alpha", {})
    for name in ("source.toml", "mapping.yml"):
        text = (source / name).read_text(encoding="utf-8")
        text = text.replace("'clusters.csv~csv'", "['list.xlsx~xlsx', 商会]")
        (source / name).write_text(text.replace("clusters.csv", "list.xlsx"), encoding="utf-8")
    with (source / "mapping.yml").open("a", encoding="utf-8") as file:
        file.write(OFFICES)
    book = openpyxl.Workbook()
    sheets = (book.active, book.create_sheet("商会"))
    for sheet, key in zip(sheets, "ab", strict=True):
        for row in (
            ("key", "label", "country", "office"),
            (key, "Biocat", "ES", "Roma"),
            (key, "Biocat", "ES", "Milano"),
        ):
            sheet.append(row)
    book.save(source / "list.xlsx")
    configured = settings(tmp_path, source)
    outcome = load_one(configured)
    (found,) = [f for f in outcome.findings if "two names" in f.message]
    assert (found.sheet, found.row, found.column) == ("商会", 2, "office")
    (marked,) = mark_file(source / "list.xlsx", outcome.findings, tmp_path)
    others, chosen, _ = openpyxl.load_workbook(marked).worksheets
    assert "two names" in str(chosen["D2"].comment)
    assert not any(cell.comment for row in others.iter_rows() for cell in row)
    for name in ("statement-sources", "rows-of-statements"):
        question = (resource_folder("queries") / f"{name}.rq").read_text(encoding="utf-8")
        about = question.replace("?thing", f"<{ID}organisation/alpha.b>")
        told = {(row.get("sheet"), row.get("row")) for row in rows(current(configured.data), about)}
        assert {("商会", "2"), ("商会", "3")} <= told
    with Hub(configured, workers=1) as opened:
        library = read_library(resource_folder("queries"), configured.base)
        page = read_source(Reader(opened, PUBLIC, library), "alpha")
    assert Total("list.xlsx", 2, "at least 1") in page.rows


def test_records_that_were_judged_to_be_one_may_have_two_names(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "Biocat Foundation"})
    configured = settings(tmp_path, source)
    ends = ("organisation/alpha.x", "organisation/alpha.y")
    decide(configured, [draft(configured, "same", *ends, "Anna", "one house", Viewer())])
    assert not [f for f in load_one(configured).findings if f.severity == "warning"]
    assert len(clusters(configured)) == 1


def test_a_new_shape_is_held_against_sources_that_have_not_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ontology = tmp_path / "ontology"
    shutil.copytree(resource_folder("ontology"), ontology)
    monkeypatch.setattr("hub.publishing.loading.resource_folder", lambda _name: ontology)
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "BioM"})
    configured = settings(tmp_path, source)
    assert load_one(configured).rejected == 0
    with (ontology / "shapes.ttl").open("a", encoding="utf-8") as file:
        file.write(
            "\nshape:Catalan a sh:NodeShape ; sh:targetClass mc:Cluster ; "
            'sh:property [ sh:path rdfs:label ; sh:pattern "cat" ] .\n'
        )
    outcome = load_one(configured)
    assert (outcome.status, outcome.rejected) == ("changed", 1)
    assert clusters(configured).keys() == {"organisation/alpha.x"}
    assert load(configured).outcome == "unchanged"


def test_what_is_good_to_know_of_each_thing_is_one_note(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "BioM", "z": "bioPmed"})
    mapping = (source / "mapping.yml").read_text(encoding="utf-8").splitlines(keepends=True)
    cites = ("hadPrimarySource", "mc:place")
    kept = "".join(line for line in mapping if not any(name in line for name in cites))
    (source / "mapping.yml").write_text(kept, encoding="utf-8")
    outcome = load_one(settings(tmp_path, source))
    (note,) = [f for f in outcome.findings if f.rule.endswith("shape/Cited sh:minCount")]
    assert note.message.startswith("3 things: ")
    assert note.row is None


def test_a_source_that_would_fill_the_disk_is_refused_and_the_others_are_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = write_source(tmp_path, "alpha", {f"k{n}": f"Cluster {n}" for n in range(9_000)})
    small = write_source(tmp_path, "beta", {"z": "bioPmed"})
    monkeypatch.setattr("hub.publishing.intake.STEP", 1 << 20)
    monkeypatch.setattr("hub.publishing.intake.SPARE", 1 << 60)
    configured = settings(tmp_path, large, small)
    report = load(configured)
    (refused,) = report.refused
    assert (refused.name, refused.findings[0].rule) == ("alpha", "disk")
    assert "nearly full" in refused.findings[0].message
    assert clusters(configured).keys() == {"organisation/beta.z"}
