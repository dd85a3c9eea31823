"""After a change, shapes are held against what it touches: that finds all that is amiss since."""

from __future__ import annotations

from collections.abc import Iterator, Set
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.checking import touched
from hub.checking.examination import Check, Examination
from hub.checking.shapes import read_checks
from hub.checking.touched import find_touched
from hub.settings import resource_folder
from hub.store.files import write_turtle_as_quads
from hub.store.quads import QuadStore
from hub.vocabulary import DEFAULT_BASE, expand

GRAPH, ONTOLOGY = "urn:said", "urn:ontology"
THINGS = [f"<urn:{name}>" for name in "abcde"]
# A mission with a company in it: two steps from the country to what the shapes look at.
WORLD = {
    ("<urn:a>", "rdf:type", "mc:Involvement"),
    ("<urn:a>", "mc:involves", "<urn:b>"),
    ("<urn:a>", "mc:involvedIn", "<urn:c>"),
    ("<urn:b>", "rdf:type", "mc:SME"),
    ("<urn:b>", "mc:country", "<urn:d>"),
    ("<urn:c>", "rdf:type", "mc:Agreement"),
    ("<urn:c>", "mc:inMarket", "<urn:e>"),
    ("<urn:d>", "rdf:type", "mc:Country"),
    ("<urn:e>", "rdf:type", "mc:Market"),
}
CLASSES, PROPERTIES = (
    sorted({o if p == "rdf:type" else p for _, p, o in WORLD if (p == "rdf:type") == typed})
    for typed in (True, False)
)
others = st.one_of(
    st.tuples(st.sampled_from(THINGS), st.just("rdf:type"), st.sampled_from(CLASSES)),
    st.tuples(
        st.sampled_from(THINGS), st.sampled_from(PROPERTIES), st.sampled_from([*THINGS, '"x"'])
    ),
)
flips = st.sets(st.one_of(st.sampled_from(sorted(WORLD)), others), min_size=1, max_size=4)
Statements = Set[tuple[str, str, str]]


@pytest.fixture(scope="module")
def checks() -> list[Check]:
    found = read_checks(resource_folder("ontology") / "shapes.ttl")
    return [check for check in found if check.severity == "Violation"]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuadStore]:
    folder = tmp_path_factory.mktemp("touched")
    files = sorted(resource_folder("ontology").glob("*.ttl"))
    write_turtle_as_quads(files, ONTOLOGY, "urn:node:", folder / "o.nq", DEFAULT_BASE)
    store = QuadStore(folder / "store")
    store.add_file(folder / "o.nq", [ONTOLOGY], {})
    yield store
    store.close()


def write(path: Path, said: Statements) -> Path:
    def term(text: str) -> str:
        return text if text[0] in '<"' else f"<{expand(text)}>"

    path.write_text("".join(f"{' '.join(map(term, s))} <{GRAPH}> .\n" for s in sorted(said)))
    return path


def find_amiss(
    store: QuadStore, checks: list[Check], among: set[str] | None = None
) -> set[tuple[str, ...]]:
    examination = Examination(partial(store.select, graphs=[GRAPH, ONTOLOGY]), among)
    return {
        (v.check.query, v.focus.n3(), v.value.n3() if v.value else "")
        for v in examination.find_all(checks)
    }


@given(before=flips, change=flips)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_what_is_amiss_since_a_change_is_among_what_it_touched(
    before: Statements,
    change: Statements,
    store: QuadStore,
    checks: list[Check],
    tmp_path: Path,
) -> None:
    before = WORLD ^ before
    old, nothing = write(tmp_path / "old.nq", before), write(tmp_path / "nothing.nq", set())
    moved = (
        write(tmp_path / "gone.nq", before & change),
        write(tmp_path / "come.nq", change - before),
    )
    store.change(nothing, old, [GRAPH], {})
    try:
        amiss = find_amiss(store, checks)
        store.change(*moved, [GRAPH], {})
        things = find_touched(moved, GRAPH, partial(store.select, graphs=[GRAPH]))
        assert things is not None
        assert find_amiss(store, checks) - amiss <= find_amiss(store, checks, things)
    finally:
        store.remove_graph(GRAPH)


def test_where_much_moved_all_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = [write(tmp_path / "come.nq", {(a, "mc:within", "<urn:x>") for a in THINGS})]
    monkeypatch.setattr(touched, "MOST_TOUCHED", 3)
    assert find_touched(moved, GRAPH, lambda _: []) is None
