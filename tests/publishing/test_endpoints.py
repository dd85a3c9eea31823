"""Endpoints and other hubs through a whole load: read when they changed, kept when they fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from hub.publishing.loading import load
from hub.settings import Settings
from hub.store.generations import current
from loaders.reading import endpoint as door
from tests.loaders.sparql_server import SparqlServer, make_store, serve

NAME = "https://example.org/name"
QUERY = f"SELECT ?c ?name WHERE {{ ?c <{NAME}> ?name }}"
MAPPING = f"""
sources:
  registry: {{access: registry, type: sparql, referenceFormulation: csv, query: "{QUERY}"}}
mappings:
  cluster:
    sources: registry
    s: $(c)~iri
    po:
      - [a, mc:Cluster]
      - [rdfs:label, $(name)]
      - [prov:hadPrimarySource, document/list~iri]
      - [mc:place, "$(c)"]
"""
DESCRIPTION = """
name = "registry"
title = "A registry"
owner = "Its keeper"
visibility = "public"
licence = "CC0"
mapping = "mapping.yml"
[endpoints.registry]
url = "{url}"
page = 2
"""


def describe(names: str) -> bytes:
    return "".join(f'<https://example.org/{n}> <{NAME}> "Cluster {n}" . ' for n in names).encode()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SparqlServer]:
    monkeypatch.setattr(door, "DELAYS", (0.0,))
    with serve({"/sparql": make_store(describe("abc"))}) as running:
        yield running


@pytest.fixture
def configured(tmp_path: Path, server: SparqlServer) -> Settings:
    folder = tmp_path / "registry"
    folder.mkdir()
    (folder / "source.toml").write_text(DESCRIPTION.format(url=server.url()), encoding="utf-8")
    (folder / "mapping.yml").write_text(MAPPING, encoding="utf-8")
    return Settings(data=tmp_path / "data", folders=(folder,), identity=())


def labels(configured: Settings) -> list[str]:
    said = (current(configured.data).path / "said").glob("registry.*")
    found = [
        str(quad.object)
        for path in said
        if path.suffix == ".nq"
        for quad in parse(path=str(path), format=RdfFormat.N_QUADS)
        if quad.predicate.value.endswith("#label") and "example.org/" in str(quad.subject)
    ]
    return sorted(found)


def tell_modified(server: SparqlServer, day: str) -> None:
    text = (
        f"<#d> <http://rdfs.org/ns/void#sparqlEndpoint> <{server.url()}> ; "
        f'<http://purl.org/dc/terms/modified> "{day}" .'
    )
    server.documents["/.well-known/void"] = (200, {}, text.encode())


def test_it_is_read_again_only_when_it_says_that_it_changed(
    configured: Settings, server: SparqlServer
) -> None:
    tell_modified(server, "2026-01-01")
    first = load(configured)
    assert [(s.status, s.rows, s.findings) for s in first.sources] == [("new", 3, ())]
    asked = len(server.asked)
    assert load(configured).outcome == "unchanged"
    assert server.asked[asked:] == ["GET /.well-known/void"]
    server.stores["/sparql"] = make_store(describe("abcd"))
    tell_modified(server, "2026-01-02")
    assert [(s.status, s.rows) for s in load(configured).sources] == [("changed", 4)]
    assert labels(configured) == [f'"Cluster {n}"' for n in "abcd"]


def test_where_it_says_nothing_it_is_read_and_compared(
    configured: Settings, server: SparqlServer
) -> None:
    load(configured)
    asked = len(server.asked)
    second = load(configured)
    assert len(server.asked) > asked + 3
    assert [(s.added, s.removed) for s in second.sources] == [(0, 0)]


def test_when_it_fails_what_it_said_before_stays(
    configured: Settings, server: SparqlServer
) -> None:
    load(configured)
    server.stores["/sparql"] = make_store(describe("xyz"))
    plain = server.answer
    server.answer = lambda path, query: (  # type: ignore[method-assign]
        (500, {}, b"down") if "OFFSET 2" in query else plain(path, query)
    )
    report = load(configured)
    assert [s.status for s in report.sources] == ["refused"]
    assert {f.rule for f in report.sources[0].findings} == {"endpoint-error"}
    assert labels(configured) == [f'"Cluster {n}"' for n in "abc"]
