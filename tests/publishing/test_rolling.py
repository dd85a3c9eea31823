"""One source goes back; what was loaded of the others since stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hub.errors import NotFound
from hub.history import read_events
from hub.publishing.loading import load
from hub.publishing.rolling import restore_sources
from hub.settings import Settings
from hub.store.generations import current, verify
from tests.publishing.test_loading import clusters, rows
from tests.publishing.world import settings, write_rows, write_source

EVERYTHING = (
    "SELECT ?g ?s ?p ?o { GRAPH ?g { ?s ?p ?o FILTER(?p NOT IN ("
    "<https://w3id.org/metacluster/ns#loadedAt>, <http://www.w3.org/ns/prov#endedAtTime>)) } }"
)
ROWS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["One", "Two"]), min_size=1)


def see(configured: Settings) -> set[tuple[tuple[str, str], ...]]:
    generation = current(configured.data)
    verify(generation)
    return {tuple(sorted(row.items())) for row in rows(generation, EVERYTHING)}


@hypothesis_settings(max_examples=5, deadline=None)
@given(first=ROWS, second=ROWS, other=ROWS, later=ROWS)
def test_rolled_back_alone_it_is_as_if_it_had_not_been_loaded(
    tmp_path_factory: pytest.TempPathFactory,
    first: dict[str, str],
    second: dict[str, str],
    other: dict[str, str],
    later: dict[str, str],
) -> None:
    folder = tmp_path_factory.mktemp("r")
    source, beside = write_source(folder, "alpha", first), write_source(folder, "beta", other)
    configured = settings(folder, source, beside)
    load(configured)
    shutil.copytree(configured.data, folder / "without" / "data")
    without = settings(folder / "without", source, beside)
    write_rows(source, second)
    load(configured, ["alpha"])
    write_rows(beside, later)
    load(configured, ["beta"])
    restore_sources(configured, 1, ["alpha"])
    # The same, had the second version of alpha never come; then beta was load 2 and not 3.
    write_rows(source, first)
    load(without)
    told = {
        tuple((name, value.replace("beta.3", "beta.2").replace("Load 3", "Load 2"))
              for name, value in row)
        for row in see(configured)
    }  # fmt: skip
    assert told == see(without)


def test_it_is_told_kept_and_can_be_undone(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    configured = settings(tmp_path, source)
    load(configured)
    write_rows(source, {"x": "Biocat", "y": "BioM"})
    load(configured)
    report = restore_sources(configured, 1, ["alpha"])
    assert (report.outcome, report.generation) == ("rolled back", 3)
    (outcome,) = report.sources
    assert outcome.status == "restored"
    assert outcome.difference is not None
    assert outcome.difference.counts == {"organisation": {"removed": 1}}
    assert read_events(configured.data)[0].outcome == "rolled back"
    assert clusters(configured).keys() == {"organisation/alpha.x"}
    assert restore_sources(configured, 1, ["alpha"]).outcome == "unchanged"
    restore_sources(configured, 2, ["alpha"])
    assert len(clusters(configured)) == 2


def test_a_source_that_was_not_there_goes(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    other = write_source(tmp_path, "beta", {"z": "bioPmed"})
    configured = settings(tmp_path, source, other)
    load(configured, ["alpha"])
    load(configured, ["beta"])
    report = restore_sources(configured, 1, ["beta"])
    assert [s.status for s in report.sources] == ["withdrawn"]
    assert clusters(configured).keys() == {"organisation/alpha.x"}
    verify(current(configured.data))


def test_a_generation_that_is_gone_is_named(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    configured = Settings(data=tmp_path / "data", folders=(source,), keep=1)
    load(configured)
    write_rows(source, {"y": "BioM"})
    load(configured)
    with pytest.raises(NotFound, match=r"no generation 1.*Kept are: 2"):
        restore_sources(configured, 1, ["alpha"])
    with pytest.raises(NotFound, match="no source gamma"):
        restore_sources(configured, 2, ["gamma"])
