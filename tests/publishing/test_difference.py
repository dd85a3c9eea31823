"""What a load adds, changes and takes away, against what two versions of a source really say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from hub.history import read_event
from hub.publishing.difference import SHOWN, Version, compare_versions
from hub.publishing.loading import load
from hub.store.files import find_lines, write_subjects
from tests.publishing.world import settings, write_rows, write_source

BASE = "https://example.org/id/"
GRAPH = "https://example.org/graph/s"
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
COUNTS = st.dictionaries(
    st.tuples(st.sampled_from(["organisation", "person"]), st.text("ab.>!~é", min_size=1)),
    st.sets(st.sampled_from(["one", "two", "three"]), min_size=1),
    max_size=8,
)

Said = dict[tuple[str, str], set[str]]


def write_version(folder: Path, name: str, said: Said) -> Version:
    lines = set()
    for (kind, key), labels in said.items():
        iri = f"<{BASE}{kind}/{key.replace('>', '%3E')}>"
        lines |= {f'{iri} <{LABEL}> "{label}" <{GRAPH}> .\n' for label in labels}
        # The row moves with every version, and is no change of the thing.
        lines.add(
            f"{iri} <http://www.w3.org/ns/prov#wasDerivedFrom> "
            f"<{BASE}row/s/f/{name}> <{GRAPH}/provenance> .\n"
        )
    version = Version(folder / f"{name}.nq", folder / f"{name}.subjects")
    version.said.write_bytes(b"".join(sorted(line.encode() for line in lines)))
    write_subjects(version.said, version.subjects)
    return version


@hypothesis_settings(max_examples=120, deadline=None)
@given(before=COUNTS, after=COUNTS)
def test_the_walk_agrees_with_sets(
    tmp_path_factory: pytest.TempPathFactory, before: Said, after: Said
) -> None:
    folder = tmp_path_factory.mktemp("d")
    old, new = (write_version(folder, n, said) for n, said in (("old", before), ("new", after)))
    expected: dict[str, Counter[str]] = {}
    for thing in before.keys() | after.keys():
        said = before.get(thing), after.get(thing)
        if said[0] != said[1]:
            change = "added" if not said[0] else "removed" if not said[1] else "changed"
            expected.setdefault(thing[0], Counter())[change] += 1
    found = compare_versions(old, new, BASE, GRAPH, folder)
    assert (found.counts if found else {}) == expected
    for thing in found.things if found else ():
        kind, _, key = thing.iri.removeprefix(BASE).partition("/")
        place = (kind, key.replace("%3E", ">"))
        came = {statement.value for statement in thing.came}
        went = {statement.value for statement in thing.went}
        assert came == after.get(place, set()) - before.get(place, set())
        assert went == before.get(place, set()) - after.get(place, set())
        assert thing.label in after.get(place, before.get(place, set()))


@given(st.lists(st.binary(max_size=4).map(lambda b: b.replace(b"\n", b"")), max_size=12), st.data())
def test_lines_are_found_by_halving(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("l") / "lines"
    lines = sorted(line + b" x\n" for line in lines)
    path.write_bytes(b"".join(lines))
    start = data.draw(st.sampled_from(lines) if lines else st.just(b"a "))[:-2]
    assert list(find_lines(path, start)) == [line for line in lines if line.startswith(start)]


def test_a_preview_tells_things_and_statements(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat", "y": "BioM", "z": "Lyon"})
    configured = settings(tmp_path, source)
    load(configured)
    write_rows(source, {"w": "New", "x": "Biocat", "y": "BioM Biotech"})
    report = load(configured, dry_run=True)
    difference = report.sources[0].difference
    assert difference is not None
    assert difference.counts == {"organisation": {"added": 1, "changed": 1, "removed": 1}}
    by_change = {thing.change: thing for thing in difference.things}
    assert by_change["added"].label == "New"
    assert by_change["removed"].label == "Lyon"
    changed = by_change["changed"]
    assert (changed.label, changed.iri[-7:]) == ("BioM Biotech", "alpha.y")
    assert [(s.property, s.value) for s in changed.went] == [("rdfs:label", "BioM @en")]
    assert [(s.property, s.value) for s in changed.came] == [("rdfs:label", "BioM Biotech @en")]


def test_long_lists_are_counted_and_cut(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {f"k{n:03}": f"Cluster {n}" for n in range(200)})
    difference = load(settings(tmp_path, source), dry_run=True).sources[0].difference
    assert difference is not None
    assert difference.totals == {"added": 200}
    assert len(difference.things) == SHOWN


def test_what_goes_with_a_withdrawn_source_is_told_and_kept(tmp_path: Path) -> None:
    source = write_source(tmp_path, "alpha", {"x": "Biocat"})
    other = write_source(tmp_path, "beta", {"z": "bioPmed"})
    load(settings(tmp_path, source, other))
    load(settings(tmp_path, source))
    event = read_event(tmp_path / "data", 2)
    assert event is not None
    gone = next(s for s in event.details["sources"] if s["name"] == "beta")
    assert gone["difference"]["counts"] == {"organisation": {"removed": 1}}
    assert gone["difference"]["things"][0]["label"] == "bioPmed"
