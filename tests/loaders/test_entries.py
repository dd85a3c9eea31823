"""Sources that are described in hub.toml itself, through whole loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import Invalid
from hub.publishing.loading import load
from hub.publishing.returning import return_files
from hub.settings import Settings, read_settings
from tests.publishing.world import CLUSTERS, write_source

HUB = """
sources = []
[[source]]
name = "parks"
title = "Parks"
owner = "A partner"
visibility = "consortium"
licence = "CC0"
location = "{location}"
mapping = "mappings/parks.yml"
[source.expected.rows]
"clusters.csv" = {{ min = 1 }}
"""


@pytest.fixture
def configure(tmp_path: Path) -> Settings:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "mappings" / "parks.yml").write_text(CLUSTERS.format(name="parks"))
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "clusters.csv").write_text("key,label,country\na,Biocat,ES\nb,,ES\n")
    return write(tmp_path)


def write(folder: Path, location: str = "lists/clusters.csv", more: str = "") -> Settings:
    (folder / "hub.toml").write_text(HUB.format(location=location) + more, encoding="utf-8")
    return read_settings(folder / "data", folder / "hub.toml")


def test_a_file_is_loaded_where_it_lies(configure: Settings, tmp_path: Path) -> None:
    assert configure.folders == ()
    [outcome] = load(configure).sources
    assert (outcome.name, outcome.status, outcome.visibility) == ("parks", "new", "consortium")
    assert outcome.rows == 2
    assert load(configure).outcome == "unchanged"
    assert load(write(tmp_path, more='"other.csv" = 1\n')).sources[0].status == "refused"
    assert load(write(tmp_path)).outcome == "unchanged"
    (tmp_path / "mappings" / "parks.yml").write_text(CLUSTERS.format(name="other"))
    assert load(configure).sources[0].status == "changed"
    marked, listed = return_files(configure, "parks", tmp_path / "back")
    assert (marked.name, listed.name) == ("clusters.csv", "parks.findings.csv")


def test_a_folder_with_its_files(configure: Settings, tmp_path: Path) -> None:
    text = HUB.format(location="lists").replace(
        "[source.exp", 'files = ["clusters.csv"]\n[source.exp'
    )
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
    settings = read_settings(configure.data, tmp_path / "hub.toml")
    assert [s.status for s in load(settings).sources] == ["new"]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ('owner = "A partner"', "", "description-missing"),
        ('title = "Parks"', "title = 7", "description-type"),
        (
            'visibility = "consortium"',
            'visibility = "partner"\npartner = "Alpha"',
            "description-partner",
        ),
        ("mappings/parks.yml", "../parks.yml", "file-outside"),
        ("lists/clusters.csv", "lists/nothing.csv", "file-missing"),
        ('name = "parks"', 'name = "../parks"', "description-name"),
        ("lists/clusters.csv", "lists", "description-files"),
        ('licence = "CC0"', 'licence = "CC0"\nlicense = "CC0"', "description-unknown-key"),
    ],
)
def test_what_is_wrong_with_an_entry_refuses_that_source(
    configure: Settings, tmp_path: Path, old: str, new: str, rule: str
) -> None:
    text = (tmp_path / "hub.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "hub.toml").write_text(text.replace(old, new), encoding="utf-8")
    [outcome] = load(read_settings(configure.data, tmp_path / "hub.toml")).sources
    assert outcome.status == "refused"
    assert rule in {f.rule for f in outcome.findings}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "parks"', ""),
        ('name = "parks"', "name = 7"),
        ("location =", "folder ="),
        ("[[source]]", "[source]"),
    ],
)
def test_an_entry_without_name_or_place_is_wrong_usage(
    configure: Settings, tmp_path: Path, old: str, new: str
) -> None:
    text = (tmp_path / "hub.toml").read_text("utf-8").replace(old, new)
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match="source"):
        read_settings(configure.data, tmp_path / "hub.toml")


def test_a_name_is_given_once(configure: Settings, tmp_path: Path) -> None:
    source = write_source(tmp_path, "parks", {"x": "X"})
    assert source.name == "parks"
    text = (tmp_path / "hub.toml").read_text("utf-8").replace("[]", '["parks"]')
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Invalid, match="Two sources are called parks"):
        load(read_settings(configure.data, tmp_path / "hub.toml"))
