"""The suite unpacked, and one server over one generation that holds all of its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest

import hub
from hub.history import now
from hub.store.generations import Draft, GraphFact
from hub.store.manifest import Manifest
from hub.vocabulary import PUBLIC_UNION
from tests.conftest import shared, unpack
from tests.w3c.exchanges import read_states, read_stories
from tests.w3c.suite import EVALUATED, iri_of, read_cases
from tests.web.conftest import AT_WILL, Server, serving

# So that the graphs of the suite, which stand at http://www.example/gsp/, are at the hub's own.
CONFIG = f'base = "http://www.example/id/"\nsources = []\n{AT_WILL}'


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("w3c")
    unpack(shared("suites/w3c-rdf-tests.tar.gz"), folder, "/sparql/sparql11/")
    return folder / "rdf-tests" / "sparql" / "sparql11"


@pytest.fixture(scope="session")
def endpoint(suite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve_graphs(tmp_path_factory.mktemp("endpoint"), read_graphs(suite)) as server:
        yield server


def read_graphs(suite: Path) -> dict[str, bytes]:
    """Every graph of the suite's queries, protocol and graph store, in N-Triples, by its IRI."""
    files = {
        iri_of(file): file
        for folder in EVALUATED
        for case in read_cases(suite / folder)
        for file in (*case.default, *case.named)
    }
    for story in read_stories(suite / "protocol" / "manifest.ttl"):
        files |= story.graphs
    graphs = {iri: triples(file.read_bytes(), file.suffix, iri) for iri, file in files.items()}
    for reading in read_states(suite / "graph-store-protocol"):
        for iri, graph in reading.graphs.items():
            if iri:
                graphs[iri] = triples(graph.serialize(format="nt").encode(), ".nt", iri)
    return graphs


def triples(text: bytes, suffix: str, base: str) -> bytes:
    """A file of the suite in N-Triples, with names of blank nodes that no other file has."""
    format_ = ox.RdfFormat.from_extension(suffix[1:])
    assert format_
    quads = ox.parse(text, format_, base_iri=base, rename_blank_nodes=True)
    return ox.serialize((q.triple for q in quads), format=ox.RdfFormat.N_TRIPLES) or b""


@contextmanager
def serve_graphs(folder: Path, graphs: Mapping[str, bytes]) -> Iterator[Server]:
    """A server over a generation that holds these graphs, in N-Triples by IRI, for all to see."""
    data, config = folder / "data", folder / "hub.toml"
    config.write_text(CONFIG, encoding="utf-8")
    draft = Draft(data, None)
    # Past the hub's own loading, which is for data without blank nodes.
    engine = draft.store._store
    for iri, text in graphs.items():
        for triple in ox.parse(text, ox.RdfFormat.N_TRIPLES):
            for graph in (ox.NamedNode(iri), ox.DefaultGraph()):
                engine.add(ox.Quad(triple.subject, triple.predicate, triple.object, graph))
    draft.keep_names({"public": {}})
    facts = [GraphFact(iri, "public", None, "said") for iri in graphs]
    facts.append(GraphFact(PUBLIC_UNION, "public", None, "union"))
    about = (draft.number, now(), "http://www.example/id/", hub.__version__, "", "", ())
    draft.publish(Manifest(*about, tuple(facts)), keep=1)
    with serving(data, config) as url:
        yield Server(url, data, config, token="")
