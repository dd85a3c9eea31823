"""Loading small sources: published, unchanged, refused, withdrawn, judged, at each level."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.access import PUBLIC, Viewer
from hub.errors import HubError, NotFound, Refused
from hub.history import read_events
from hub.hub import Hub
from hub.publishing.loading import load
from hub.publishing.rolling import roll_back
from hub.settings import Settings
from hub.store.generations import Generation, current, current_number, verify
from hub.store.quads import QuadStore
from hub.vocabulary import NAMESPACES
from tests.publishing.world import settings, write_judgements, write_rows, write_source

LABELS = (
    "SELECT ?s ?o { ?s <http://www.w3.org/2000/01/rdf-schema#label> ?o ; a mc:Cluster }".replace(
        "mc:Cluster", "<https://w3id.org/metacluster/ns#Cluster>"
    )
)
PREFIXES = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in NAMESPACES.items())
ID = "https://w3id.org/metacluster/id/"


def clusters(configured: Settings, viewer: Viewer = PUBLIC) -> dict[str, set[str]]:
    """IRI (without the base) → labels of every cluster that `viewer` sees."""
    generation = current(configured.data)
    found: dict[str, set[str]] = {}
    for row in rows(generation, LABELS, viewer):
        found.setdefault(row["s"].removeprefix(ID), set()).add(row["o"])
    return found


def rows(generation: Generation, query: str, viewer: Viewer = PUBLIC) -> list[dict[str, str]]:
    store = QuadStore(generation.store, read_only=True)
    graphs = viewer.graphs(g for g in generation.manifest.graphs if g.kind != "union")
    return [{k: t.value for k, t in row.items()} for row in store.select(query, graphs)]


def test_a_load_publishes_and_the_second_changes_nothing(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "BioM"})
    configured = settings(tmp_path, source)
    first = load(configured)
    assert first.outcome == "published"
    assert [(s.name, s.status, s.rows) for s in first.sources] == [("alpha", "new", 2)]
    assert clusters(configured) == {
        "organisation/alpha.x": {"Biocat"},
        "organisation/alpha.y": {"BioM"},
    }
    second = load(configured)
    assert (second.outcome, second.generation) == ("unchanged", 1)
    assert [event.outcome for event in read_events(configured.data)] == ["unchanged", "published"]
    verify(current(configured.data))


def test_only_what_changed_is_changed(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "BioM"})
    other = write_source(tmp_path, "beta", {"z": "bioPmed"})
    configured = settings(tmp_path, source, other)
    load(configured)
    write_rows(source, {"x": "Biocat", "y": "BioM Biotech", "w": "Lyonbiopole"})
    report = load(configured)
    assert {s.name: s.status for s in report.sources} == {"alpha": "changed", "beta": "unchanged"}
    changed = report.sources[0]
    assert changed.added > changed.removed > 0
    assert clusters(configured)["organisation/alpha.y"] == {"BioM Biotech"}
    assert "organisation/alpha.w" in clusters(configured)
    verify(current(configured.data))


def test_a_published_generation_is_never_written_again(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "BioM"})
    configured = settings(tmp_path, source)
    load(configured)
    first = configured.data / "generations" / "000001"
    before = {p: p.read_bytes() for p in first.rglob("*") if p.is_file()}
    write_rows(source, {"x": "", "z": "Lyon"})
    load(configured)
    write_rows(source, {})
    load(configured)
    assert {p: p.read_bytes() for p in first.rglob("*") if p.is_file()} == before


def test_a_touched_file_with_the_same_content_changes_nothing(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    configured = settings(tmp_path, source)
    load(configured)
    (source / "clusters.csv").write_bytes(
        (source / "clusters.csv").read_bytes().replace(b"\n", b"\r\n")
    )
    assert load(configured).outcome == "unchanged"


@pytest.mark.parametrize(
    "broken", [b"", b"\xff\xfe\x00", b"key,label\nx,no country\n", b"PK\x03\x04 no text", None]
)
def test_a_broken_source_is_refused_and_its_old_version_and_the_others_stay(
    tmp_path: Path, broken: bytes | None
) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    other = write_source(tmp_path, "beta", {"z": "bioPmed"})
    configured = settings(tmp_path, source, other)
    load(configured)
    if broken is None:
        (source / "clusters.csv").unlink()
    else:
        (source / "clusters.csv").write_bytes(broken)
    write_rows(other, {"z": "bioPmed", "v": "Ephoran"})
    report = load(configured)
    assert report.outcome == "published"
    assert [s.name for s in report.refused] == ["alpha"]
    assert any(f.file == "clusters.csv" and f.remedy for f in report.refused[0].findings)
    assert clusters(configured).keys() == {
        "organisation/alpha.x", "organisation/beta.z", "organisation/beta.v",
    }  # fmt: skip


def test_a_source_below_its_totals_is_refused(tmp_path: Path) -> None:
    source = write_source(
        tmp_path, "alpha", {"x": "Biocat", "y": "BioM"}, expected="{ min = 2, max = 3 }"
    )
    configured = settings(tmp_path, source)
    load(configured)
    write_rows(source, {"x": "Biocat"})
    report = load(configured)
    assert (report.outcome, report.generation) == ("refused", 1)
    assert len(clusters(configured)) == 2


def test_all_refused_publishes_nothing(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {})
    report = load(settings(tmp_path, source))
    assert (report.outcome, report.generation) == ("refused", None)
    assert current_number(tmp_path / "data") is None


def test_a_preview_publishes_and_records_nothing(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    configured = settings(tmp_path, source)
    report = load(configured, dry_run=True)
    assert report.outcome == "previewed"
    assert report.sources[0].status == "new"
    assert current_number(configured.data) is None
    assert read_events(configured.data) == []


def test_a_source_that_is_configured_no_more_goes(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    other = write_source(tmp_path, "beta", {"z": "bioPmed"})
    load(settings(tmp_path, source, other))
    report = load(settings(tmp_path, source))
    assert {s.name: s.status for s in report.sources} == {"alpha": "unchanged", "beta": "withdrawn"}
    assert clusters(settings(tmp_path, source)).keys() == {"organisation/alpha.x"}
    assert load(settings(tmp_path, source)).outcome == "unchanged"


def test_naming_sources_leaves_the_others_alone(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    other = write_source(tmp_path, "beta", {"z": "bioPmed"})
    configured = settings(tmp_path, source, other)
    load(configured, ["alpha"])
    assert clusters(configured).keys() == {"organisation/alpha.x"}
    load(configured, ["beta"])
    assert clusters(configured).keys() == {"organisation/alpha.x", "organisation/beta.z"}
    with pytest.raises(NotFound, match="gamma"):
        load(configured, ["gamma"])


def test_judged_the_same_they_are_one_and_apart_again_without_a_trace(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    other = write_source(tmp_path, "beta", {"z": "BIOCAT, Catalonia"})
    apart = settings(tmp_path, source, other)
    load(apart)
    before = current(apart.data).manifest
    identity = write_judgements(
        tmp_path, "same,organisation/beta.z,organisation/alpha.x,me,2026-11-21,public,one address"
    )
    joined = settings(tmp_path, source, other, identity=identity)
    report = load(joined)
    assert report.outcome == "published"
    assert clusters(joined) == {"organisation/alpha.x": {"Biocat", "BIOCAT, Catalonia"}}
    replaced = rows(
        current(joined.data),
        "SELECT ?s ?o { ?s <http://purl.org/dc/terms/isReplacedBy> ?o }",
    )
    assert replaced == [{"s": ID + "organisation/beta.z", "o": ID + "organisation/alpha.x"}]
    load(apart)
    after = current(apart.data).manifest
    said = {g.iri: (g.count, g.sha256) for g in before.graphs}
    assert {g.iri: (g.count, g.sha256) for g in after.graphs} == said


def test_a_contradiction_stops_the_load(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "Biocat"})
    identity = write_judgements(
        tmp_path,
        "same,organisation/alpha.x,organisation/alpha.y,me,2026-11-21,public,one name",
        "different,organisation/alpha.x,organisation/alpha.y,you,2026-11-21,public,two cities",
    )
    with pytest.raises(Refused, match="judged different, and yet the same"):
        load(settings(tmp_path, source, identity=identity))
    assert current_number(tmp_path / "data") is None


def test_what_a_partner_says_and_judges_is_seen_by_the_partner_alone(tmp_path: Path) -> None:
    shared = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "BioM"})
    private = write_source(
        tmp_path, "beta", {"z": "Our name for it"}, visibility="partner", partner="biom"
    )
    identity = write_judgements(
        tmp_path,
        "same,organisation/beta.z,organisation/alpha.x,me,2026-11-21,partner:biom,we know",
    )
    alone = settings(tmp_path / "alone", shared)
    configured = settings(tmp_path, shared, private, identity=identity)
    load(alone)
    load(configured)
    for viewer in (PUBLIC, Viewer("consortium"), Viewer("partner", "other")):
        assert clusters(configured, viewer) == clusters(alone)
    assert clusters(configured, Viewer("partner", "biom"))["organisation/alpha.x"] == {
        "Biocat", "Our name for it",
    }  # fmt: skip
    times = "<https://w3id.org/metacluster/ns#loadedAt>, <http://www.w3.org/ns/prov#endedAtTime>"
    unlike = f"FILTER(?p NOT IN ({times}))"
    everything = f"SELECT ?g ?s ?p ?o {{ GRAPH ?g {{ ?s ?p ?o {unlike} }} }}"
    seen, expected = (
        {tuple(sorted(row.items())) for row in rows(current(s.data), everything)}
        for s in (configured, alone)
    )
    assert seen == expected


def test_rolled_back_and_loaded_again_the_change_comes_back(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    configured = settings(tmp_path, source)
    load(configured)
    write_rows(source, {"x": "Biocat", "y": "BioM"})
    load(configured)
    assert roll_back(configured.data, 1) == 2
    assert clusters(configured).keys() == {"organisation/alpha.x"}
    report = load(configured)
    assert (report.outcome, report.generation) == ("published", 3)
    assert len(clusters(configured)) == 2


def test_another_base_moves_everything(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    configured = Settings(
        data=tmp_path / "data", base="https://hub.example.org/id/", folders=(source,)
    )
    load(configured)
    found = rows(current(configured.data), LABELS)
    assert [row["s"] for row in found] == ["https://hub.example.org/id/organisation/alpha.x"]
    old = rows(
        current(configured.data),
        'SELECT ?s { ?s ?p ?o FILTER(CONTAINS(STR(?s), "w3id.org/metacluster/id/")) } LIMIT 1',
    )
    assert old == []
    with pytest.raises(Refused, match="Use another data folder"):
        load(settings(tmp_path, source))


def test_members_judge_public_things_one_and_the_public_sees_two(tmp_path: Path) -> None:
    one = write_source(tmp_path, "alpha", {"x": "Biocat"})
    other = write_source(tmp_path, "beta", {"y": "Biocat cluster"})
    third = write_source(tmp_path, "gamma", {"z": "BioM"}, visibility="consortium")
    judged = "same,organisation/alpha.x,organisation/beta.y,me,2026-01-01,consortium,I know both"
    configured = settings(tmp_path, one, other, third, identity=write_judgements(tmp_path, judged))
    load(configured)
    members = Viewer("consortium")
    with Hub(configured) as hub:
        two = "SELECT ?s ?g { GRAPH ?g { ?s a mc:Cluster } FILTER(!CONTAINS(STR(?s), 'gamma')) }"
        for viewer, things in ((PUBLIC, {"alpha.x", "beta.y"}), (members, {"alpha.x"})):
            found = hub.select(PREFIXES + two, viewer)
            assert {row["s"].value.rpartition("/")[2] for row in found} == things
            assert len({row["g"].value for row in found}) == 2
            labels = hub.select(
                PREFIXES + "SELECT ?l { ?s a org:Organization ; rdfs:label ?l }", viewer
            )
            assert len(labels) == (2 if viewer == PUBLIC else 3)
        owners = hub.select(
            PREFIXES + "SELECT DISTINCT ?o { GRAPH ?g { ?s a mc:Cluster } ?g mc:owner ?o }", members
        )
        assert {row["o"].value for row in owners} == {"alpha", "beta", "gamma"}
        sources = hub.select(PREFIXES + "SELECT ?g { ?g a mc:Source }", members)
        assert len(sources) == 3
    verify(current(configured.data))
    write_judgements(tmp_path)
    load(configured)
    verify(current(configured.data))
    assert not any(g.stands_for for g in current(configured.data).manifest.graphs)


def test_a_generation_of_another_release_is_made_anew(tmp_path: Path) -> None:
    configured = settings(tmp_path, write_source(tmp_path, "alpha", {"x": "Biocat"}))
    load(configured)
    manifest = current(configured.data).path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": ', '"format": 9'))
    with pytest.raises(HubError, match=r"format 9.*hub load"):
        current(configured.data)
    assert load(configured).outcome == "published"
    assert current(configured.data).number == 2
    assert clusters(configured).keys() == {"organisation/alpha.x"}
