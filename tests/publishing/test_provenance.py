"""From any fact to source, file with hash and size, row, load, time and licence, in PROV-O."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hub.access import Viewer
from hub.publishing.loading import load
from hub.settings import resource_folder
from hub.store.generations import current
from tests.publishing.test_loading import rows
from tests.publishing.world import settings, write_rows, write_source

PREFIXES = """
PREFIX mc: <https://w3id.org/metacluster/ns#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX dcterms: <http://purl.org/dc/terms/>
"""
CHAIN = """
    ?thing prov:wasDerivedFrom ?record .
    OPTIONAL { ?record mc:rowOf ?whole ; mc:rowNumber ?row }
    BIND(COALESCE(?whole, ?record) AS ?file)
    ?file mc:fileOf ?source ; mc:sha256 ?hash ; mc:bytes ?size .
    ?source prov:wasGeneratedBy ?load ; dcterms:rights ?licence .
    ?load a prov:Activity ; prov:used ?file ; prov:endedAtTime ?time .
"""
ID = "https://w3id.org/metacluster/id/"


def test_every_statement_of_every_source_leads_back(bundled: Path) -> None:
    generation = current(bundled)
    said = "?source a mc:Source . GRAPH ?source { ?thing ?property ?value }"
    lost = f"{PREFIXES} SELECT DISTINCT ?thing {{ {said} MINUS {{ {CHAIN} }} }} LIMIT 3"
    assert rows(generation, lost, Viewer("consortium")) == []


def test_the_question_gives_the_whole_chain(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "BioM"})
    configured = settings(tmp_path, source)
    load(configured)
    question = (resource_folder("queries") / "statement-sources.rq").read_text(encoding="utf-8")
    about = question.replace("?thing", f"<{ID}organisation/alpha.y>")
    found = [row for row in rows(current(configured.data), about) if "load" in row]
    (row,) = found
    file = source / "clusters.csv"
    assert row["source"] == "https://w3id.org/metacluster/graph/alpha"
    assert (row["file"], row["row"]) == ("clusters.csv", "3")
    assert row["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert row["bytes"] == str(file.stat().st_size)
    assert row["load"] == f"{ID}load/alpha.1"
    assert (row["licence"], row["loaded"][-1]) == ("CC0", "Z")
    write_rows(source, {"x": "Biocat", "w": "New", "y": "BioM"})
    load(configured)
    (row,) = [row for row in rows(current(configured.data), about) if "load" in row]
    assert (row["row"], row["load"]) == ("4", f"{ID}load/alpha.2")
    assert row["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
