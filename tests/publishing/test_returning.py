"""The findings of the last reading of a source, and its files with them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hub.errors import NotFound, Refused
from hub.publishing.loading import load
from hub.publishing.returning import last_reading, return_files
from hub.publishing.rolling import roll_back
from tests.publishing.world import settings, write_rows, write_source


def test_a_returned_file_loads_again_once_it_is_mended(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "", "z": "Lyon"})
    configured = settings(tmp_path, source)
    load(configured)
    marked, listed = return_files(configured, "alpha", tmp_path / "out")
    rows = list(csv.reader(marked.open(encoding="utf-8", newline="")))
    assert [row[:3] for row in rows[1:]] == [["x", "Biocat", "ES"], ["y", "", "ES"],
                                             ["z", "Lyon", "ES"]]  # fmt: skip
    assert rows[2][3].startswith("error, label: ")
    assert rows[1][3] == rows[3][3] == ""
    assert {r["row"] for r in csv.DictReader(listed.open(encoding="utf-8-sig"))} >= {"3"}
    mended = marked.read_text(encoding="utf-8").replace('y,""', "y,BioM")
    (source / "clusters.csv").write_text(mended, encoding="utf-8")
    report = load(configured)
    assert (report.outcome, report.sources[0].rejected) == ("published", 0)
    assert not [f for f in report.sources[0].findings if f.severity != "note"]


def test_the_last_reading_counts_also_where_it_was_refused(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "BioM"}, expected="{ min = 2 }")
    configured = settings(tmp_path, source)
    load(configured)
    good = (source / "clusters.csv").read_bytes()
    assert [f.severity for f in last_reading(configured.data, "alpha").findings] == ["note"]
    write_rows(source, {"x": "Biocat"})
    load(configured)
    reading = last_reading(configured.data, "alpha")
    assert (reading.load, reading.status) == (2, "refused")
    assert {f.rule for f in reading.findings if f.severity == "error"} == {"total-rows"}
    return_files(configured, "alpha", tmp_path / "out")
    (source / "clusters.csv").write_bytes(good)
    load(configured)
    assert (last_reading(configured.data, "alpha").load) == 1
    write_rows(source, {"x": ""})
    load(configured)
    assert last_reading(configured.data, "alpha").status == "refused"
    write_rows(source, {"x": "Biocat", "y": "BioM", "z": "New"})
    load(configured)
    roll_back(configured.data, 1)
    assert (last_reading(configured.data, "alpha").load) == 1


def test_findings_about_another_file_than_the_one_there_are_not_written(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    configured = settings(tmp_path, source)
    load(configured)
    write_rows(source, {"x": "Other"})
    with pytest.raises(Refused, match="not any more the one that load 1 read"):
        return_files(configured, "alpha", tmp_path / "out")
    with pytest.raises(NotFound, match="No load has read"):
        return_files(configured, "beta", tmp_path / "out")
    write_rows(source, {"x": "Biocat"})
    with pytest.raises(NotFound, match="no file “other”"):
        return_files(configured, "alpha", tmp_path / "out", "other")
