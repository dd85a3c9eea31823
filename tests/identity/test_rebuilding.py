"""Merging, unmerging and loading again leave no trace: the store is what building anew gives."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from hub.access import PUBLIC, Viewer
from hub.errors import NotFound, Refused
from hub.identity.decisions import all_judgements, decide, draft, read_record, take_back
from hub.publishing.loading import load
from hub.settings import Settings
from hub.store.generations import current, verify
from hub.store.quads import QuadStore
from tests.publishing.world import settings as settings_for
from tests.publishing.world import write_rows, write_source

CONSORTIUM, BIOM = Viewer("consortium"), Viewer("partner", "biom")
SOURCES = (("alpha", "public", ""), ("beta", "public", ""), ("gamma", "consortium", ""),
           ("delta", "partner", "biom"))  # fmt: skip
ROWS = {"x": "Acme", "y": "Zebra"}
THINGS = [f"organisation/{name}.{key}" for name, _, _ in SOURCES for key in ROWS]

judging = st.tuples(
    st.just("judge"),
    st.sampled_from(["same", "same", "different", "unsure"]),
    st.lists(st.sampled_from(THINGS), min_size=2, max_size=2, unique=True),
    st.sampled_from([PUBLIC, CONSORTIUM, BIOM]),
)
undoing = st.tuples(st.just("undo"), st.integers(0, 9))
loading = st.tuples(st.just("load"))
changing = st.tuples(st.just("change"), st.sampled_from(SOURCES), st.sampled_from("xy"))
steps = st.lists(
    judging | judging | judging | undoing | undoing | loading | changing, min_size=3, max_size=8
)


def build(folder: Path) -> Settings:
    """Four lists of the same two clusters, at three levels."""
    folders = [
        write_source(folder, name, ROWS, visibility=visibility, partner=partner)
        for name, visibility, partner in SOURCES
    ]
    return settings_for(folder, *folders)


def take_step(folder: Path, hub: Settings, step: tuple[object, ...]) -> None:
    match step:
        case ("judge", str(verdict), [str(left), str(right)], Viewer() as viewer):
            try:
                decide(hub, [draft(hub, verdict, left, right, "Anna", "why", viewer)], viewer)
            except Refused as refused:
                if "judged different" not in refused.message:
                    raise
        case ("undo", int(number)):
            with suppress(NotFound, Refused):  # there is none, or it is taken back already
                take_back(hub, str(number), "Bert", "a mistake")
        case ("change", (str(name), _, _), str(key)):
            source = folder / name
            rows = {"x": "Acme"} if key == "x" else ROWS
            write_rows(source, rows)
        case _:
            load(hub)


# Loads have numbers, which tell how often somebody loaded.
EVERYTHING = "SELECT ?s ?p ?o { ?s ?p ?o FILTER(!CONTAINS(STR(?s), '/load/')) }"


def describe(hub: Settings) -> dict[str, object]:
    """What is published, but for the numbers and times of loads."""
    generation = current(hub.data)
    verify(generation)
    store = QuadStore(generation.store, read_only=True)
    graphs: dict[str, object] = {}
    for graph in generation.manifest.graphs:
        graphs[graph.iri] = (graph.level, graph.partner, graph.count)
        if graph.kind in ("derived", "identity"):
            found = {tuple(sorted(r.items())) for r in store.select(EVERYTHING, [graph.iri])}
            graphs[graph.iri] = found
    store.close()
    views = {
        path.name: [line for line in path.read_text().splitlines() if "/load/" not in line
                    and "loadedAt" not in line]
        for path in sorted((generation.path / "view").glob("*.nq"))
    }  # fmt: skip
    levels = {viewer for _, viewer, _ in SOURCES} & set(generation.names())
    return {
        "graphs": graphs, "views": views, "names": {v: generation.names()[v] for v in levels},
        "identity": generation.manifest.identity,
    }  # fmt: skip


@bounds(
    max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)
@given(taken=steps)
def test_any_order_of_judging_undoing_and_loading_gives_what_building_anew_gives(
    tmp_path_factory: pytest.TempPathFactory, taken: list[tuple[object, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("lists")
    hub = build(folder)
    load(hub)
    for step in taken:
        take_step(folder, hub, step)
    load(hub)
    anew = replace(hub, data=folder / "anew")
    anew.data.mkdir()
    with (  # a copy of the file alone would lack what stands in its log
        closing(sqlite3.connect(hub.data / "hub.sqlite")) as old,
        closing(sqlite3.connect(anew.data / "hub.sqlite")) as new,
    ):
        old.backup(new)
    assert all_judgements(anew) == all_judgements(hub)
    load(anew)
    assert describe(hub) == describe(anew)


def test_what_is_merged_and_taken_apart_is_as_it_was_and_nothing_is_lost(tmp_path: Path) -> None:
    hub = build(tmp_path)
    load(hub)
    before = describe(hub)
    for left, right in (("alpha.x", "beta.x"), ("beta.x", "gamma.x"), ("alpha.y", "gamma.y")):
        ends = f"organisation/{left}", f"organisation/{right}"
        decide(hub, [draft(hub, "same", *ends, "Anna", "one name", CONSORTIUM)])
    report = load(hub)
    assert report.outcome == "published", "judgements alone publish a generation"
    merged = describe(hub)
    assert merged != before
    counts = {name: len(lines) for name, lines in before["views"].items()}  # type: ignore[attr-defined]
    for name, lines in merged["views"].items():  # type: ignore[attr-defined]
        source = name.partition("@")[0].removesuffix(".nq")
        assert len(lines) == counts[f"{source}.nq"], "no statement is lost, and none is added"
    assert load(hub).outcome == "unchanged"
    for entry in read_record(hub):
        take_back(hub, entry.judgement.reference, "Bert", "a trial")
    assert load(hub).outcome == "published"
    assert describe(hub) == before


def test_a_judgement_on_what_is_gone_is_kept_and_has_effect_again_when_it_comes_back(
    tmp_path: Path,
) -> None:
    hub = build(tmp_path)
    decide(
        hub, [draft(hub, "same", "organisation/alpha.x", "organisation/beta.x", "A", "b", PUBLIC)]
    )
    load(hub)
    merged = describe(hub)
    write_rows(tmp_path / "beta", {"y": "Zebra"})
    load(hub)
    names = json.loads((current(hub.data).path / "names.json").read_text())["public"]
    assert list(names) == [hub.base + "organisation/beta.x"], "it still leads to what it meant"
    write_rows(tmp_path / "beta", ROWS)
    load(hub)
    assert describe(hub) == merged
