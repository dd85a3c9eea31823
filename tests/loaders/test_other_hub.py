"""Another hub as a source: a real one, serving the bundled sources from a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.store.generations import current
from loaders.description import Endpoint
from loaders.findings import SourceRefused
from loaders.reading import endpoint as door
from loaders.reading.endpoint import tell_state
from tests.loaders.conftest import BASE, GRAPH, Build, Run
from tests.loaders.sparql_server import make_store, serve

pytestmark = pytest.mark.usefixtures("loopback")
PROV = "<http://www.w3.org/ns/prov#wasDerivedFrom>"


@pytest.fixture(scope="module")
def other(bundled: Path) -> Iterator[str]:
    """The address of a hub."""
    command = [sys.executable, "-c", "from hub.cli import main; main()"]
    command += ["--data", str(bundled), "serve", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert line.startswith("Serving http://"), line
        yield line.split()[1].rstrip("/")
    finally:
        process.terminate()
        process.wait(20)


def test_its_open_sources_come_with_their_provenance(
    other: str, bundled: Path, build: Build, run: Run
) -> None:
    source = build({}, endpoints={"friends": Endpoint(other, hub=True, page=3000)})
    result, quads = run(source, GRAPH)
    facts = {(g.source, g.kind): g for g in current(bundled).manifest.graphs if g.source}
    open_ones = {s for (s, kind), g in facts.items() if g.level == "public" and kind == "said"}
    assert open_ones < {s for s, _ in facts}, "some sources are not for everybody"
    assert result.rows == {f"friends#{s}": facts[s, "said"].count for s in sorted(open_ones)}
    assert result.rejected == 0
    lines = set(quads.splitlines())
    said = {line for line in lines if line.endswith(f" <{GRAPH}> .")}
    # Two of its sources may say the same: in the graph of this one it stands once.
    assert len(said) <= sum(result.rows.values())
    assert len(said) > 0.9 * sum(result.rows.values())
    kept = [line for line in lines if line.endswith(f" <{GRAPH}/provenance> .")]
    assert sum(PROV in line and "/row/erai-offices/erai.xml/" in line for line in kept) > 10
    assert sum(f"{PROV} <{BASE}file/test/friends>" in line for line in kept) == len(open_ones)
    assert "contacts" not in " ".join(result.rows)
    assert "schema.org/email" not in quads


def test_only_what_is_asked_for_and_only_when_it_changed(
    other: str, build: Build, run: Run
) -> None:
    hub = Endpoint(other + "/", hub=True, sources=("erai-offices",))
    result, _ = run(build({}, endpoints={"friends": hub}), GRAPH)
    assert list(result.rows) == ["friends#erai-offices"]
    state = tell_state(hub)
    assert "T" in state
    assert tell_state(hub) == state


def test_what_is_no_hub(other: str, build: Build, run: Run, monkeypatch: Any) -> None:
    monkeypatch.setattr(door, "DELAYS", ())
    for endpoint, rule in (
        (Endpoint(other + "/nowhere", hub=True), "endpoint-error"),
        (Endpoint(other, hub=True, sources=("contacts",)), "hub-source"),
        (Endpoint("http://127.0.0.1:9", hub=True), "endpoint-unreachable"),
    ):
        with pytest.raises(SourceRefused) as refused:
            run(build({}, endpoints={"friends": endpoint}), GRAPH)
        assert {f.rule for f in refused.value.findings} == {rule}


@pytest.mark.parametrize(
    ("void", "rule"),
    [
        (b"\xff\x00", "hub-description"),
        (b"", "hub-description"),
        (b"<html/>", "hub-description"),
        (b"@prefix v: <http://rdfs.org/ns/void#> . <#d> v:subset <https://e.org/g> .",
         "hub-description"),
        (b"@prefix v: <http://rdfs.org/ns/void#> . @prefix d: <http://purl.org/dc/terms/> . "
         b'<#d> v:subset <https://e.org/g> . <https://e.org/g> d:publisher "P" .', "hub-empty"),
    ],
)  # fmt: skip
def test_descriptions_that_are_none(void: bytes, rule: str, build: Build, run: Run) -> None:
    with serve({"/sparql": make_store("")}) as server:
        server.documents["/.well-known/void"] = (200, {}, void)
        source = build({}, endpoints={"friends": Endpoint(server.url("/"), hub=True)})
        with pytest.raises(SourceRefused) as refused:
            run(source, GRAPH)
    assert rule in {f.rule for f in refused.value.findings}
