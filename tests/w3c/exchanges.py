"""HTTP exchanges as the suite's manifests describe them: the protocol, and the graph store."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_string
from pathlib import Path
from urllib.parse import unquote, urlsplit

from rdflib import Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

from tests.w3c.suite import MF

HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
UT = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")
LABEL = Namespace("http://www.w3.org/2000/01/rdf-schema#").label
STATUSES = {"Created": 201, "OK": 200, "NoContent": 204, "NotFound": 404}


@dataclass(frozen=True)
class Exchange:
    """A request and what is expected of its answer; `statuses` such as `2xx` or `404`."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    statuses: tuple[str, ...]
    format: str = ""
    boolean: bool | None = None
    graph: str = ""

    @property
    def changes(self) -> bool:
        """Whether it is an update."""
        update = self.headers.get("content-type", "").startswith("application/sparql-update")
        return update or self.body.startswith(b"update=")


@dataclass(frozen=True)
class Story:
    """A test: the exchanges that it is made of, and the graphs that are there before it."""

    name: str
    exchanges: tuple[Exchange, ...]
    graphs: Mapping[str, Path] = field(default_factory=dict)


def read_stories(manifest: Path) -> Iterator[Story]:
    graph = Graph().parse(manifest, format="turtle", publicID=manifest.as_uri())
    for entries in graph.objects(None, MF.entries):
        for test in Collection(graph, entries):
            action = graph.value(test, MF.action)
            requests = graph.value(action, HT.requests)
            assert requests is not None
            given = {
                str(graph.value(data, LABEL)): Path(str(graph.value(data, UT.graph))[7:])
                for data in graph.objects(test, UT.graphData)
            }
            told = tuple(_exchange(graph, one) for one in Collection(graph, requests))
            yield Story(str(test).rpartition("#")[2], told, given)


def _exchange(graph: Graph, request: Node) -> Exchange:
    response = graph.value(request, HT.resp)
    assert response is not None
    text, encoding = _body(graph, request)
    expected = graph.value(response, MF.expectedBoolean)
    names = [
        str(status).rpartition("#")[2] for status in graph.objects(response, MF.expectedStatus)
    ]
    return Exchange(
        str(graph.value(request, HT.methodName)),
        str(graph.value(request, HT.absolutePath)),
        _headers(graph, request),
        text.encode(encoding),
        tuple(name.removeprefix("StatusCode") if "xx" in name else str(STATUSES[name])
              for name in names),
        str(graph.value(response, MF.expectedFormat) or ""),
        None if expected is None else str(expected) == "true",
        _body(graph, response)[0],
    )  # fmt: skip


def _headers(graph: Graph, message: Node) -> dict[str, str]:
    listed = graph.value(message, HT.headers)
    return {
        str(graph.value(one, HT.fieldName)).lower(): str(graph.value(one, HT.fieldValue))
        for one in (Collection(graph, listed) if listed else ())
    }


def _body(graph: Graph, message: Node) -> tuple[str, str]:
    body = graph.value(message, HT.body)
    if body is None:
        return "", "utf-8"
    return str(graph.value(body, CNT.chars)), str(graph.value(body, CNT.characterEncoding))


# The graph store: what is read is there already, each reading in graphs of its own.


@dataclass(frozen=True)
class Reading:
    """A GET or HEAD of a graph store test, and all graphs as they are by then ("": the default)."""

    name: str
    exchange: Exchange
    path: str
    graphs: Mapping[str, Graph]


def read_states(folder: Path) -> Iterator[Reading]:
    """The readings of the graph store tests. What is written between them was written before."""
    for manifest in ("manifest-direct.ttl", "manifest-indirect.ttl"):
        for story in read_stories(folder / manifest):
            graphs: dict[str, Graph] = {}
            for number, exchange in enumerate(story.exchanges):
                if exchange.method in ("GET", "HEAD"):
                    name = f"{story.name}-{number}"
                    here = {_own(iri, name): graph for iri, graph in graphs.items()}
                    yield Reading(name, exchange, _own(exchange.path, name), here)
                else:
                    _write(graphs, exchange)


def _own(address: str, name: str) -> str:
    """An address or IRI of the suite's store as one of the hub's, for the reading `name` alone."""
    address = address.replace("%2Fgsp%2F", f"%2Fgraph%2F{name}%2F")
    address = re.sub(r"example/gsp/", f"example/graph/{name}/", address)
    return re.sub(r"^/gsp(/?)", lambda m: f"/graph/{name}/" if m[1] else "/graph", address)


def _write(graphs: dict[str, Graph], exchange: Exchange) -> None:
    iri = _named(exchange.path)
    if exchange.method == "DELETE":
        graphs.pop(iri, None)
        return
    if exchange.method == "PUT":
        graphs[iri] = Graph()
    goal = graphs.setdefault(iri, Graph())
    for text in _texts(exchange):
        goal.parse(data=text, format="turtle")


def _named(path: str) -> str:
    query = urlsplit(path).query
    if query.startswith("graph="):
        return unquote(query.removeprefix("graph="))
    return "" if query == "default" else f"http://www.example{path}"


def _texts(exchange: Exchange) -> list[str]:
    kind, text = exchange.headers["content-type"], exchange.body.decode()
    if not kind.startswith("multipart/"):
        return [text]
    parts = message_from_string(f"Content-Type: {kind}\n\n{text}").get_payload()
    return [str(part.get_payload()) for part in parts]  # type: ignore[union-attr]
