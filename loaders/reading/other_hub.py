"""Another hub as a source: its public sources, what they say and where they have it from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from loaders.description import Endpoint
from loaders.findings import Fault, refused_as, show_error
from loaders.mapping.terms import write_literal
from loaders.reading.endpoint import Binding, fetch, read_pages
from loaders.reading.rdf import check_iri, parse_turtle
from loaders.reading.select_query import parse_select

VOID = "http://rdfs.org/ns/void#"
TERMS = "http://purl.org/dc/terms/"
LIST = "/.well-known/void"


@dataclass(frozen=True)
class HubSource:
    """A source of another hub: its graph, and the graph of its provenance if that is open."""

    name: str
    graph: str
    title: str
    owner: str
    licence: str
    provenance: str


def list_hub(hub: Endpoint) -> tuple[HubSource, ...]:
    """The sources that the other hub shows, by its VoID description, in the order of their names.

    Raises Fault when it is no hub, or one of those the description asks for is not there.
    """
    url = hub.url.rstrip("/") + LIST
    other = f"what stands at {LIST} is no description of a hub"
    wrong = ("hub-description", other, "correct the hub's address")
    with refused_as(*wrong, SyntaxError, ValueError):
        statements = parse_turtle(fetch(hub, url, "text/turtle").decode(), url)
    said: dict[str, dict[str, str]] = defaultdict(dict)
    graphs = set()
    for subject, predicate, value, _ in statements:
        if predicate.value == VOID + "subset":
            graphs.add(getattr(value, "value", ""))
        said[str(getattr(subject, "value", ""))][predicate.value] = str(getattr(value, "value", ""))
    sources = [
        HubSource(
            graph.rstrip("/").rpartition("/")[2], graph, about.get(TERMS + "title", ""),
            about[TERMS + "publisher"], about.get(TERMS + "rights", ""),
            f"{graph}/provenance" if f"{graph}/provenance" in graphs else "",
        )
        for graph in sorted(graphs) if TERMS + "publisher" in (about := said[graph])
    ]  # fmt: skip
    if not sources:
        raise Fault("hub-description", "the hub shows no sources", "correct the hub's address")
    missing = sorted(set(hub.sources) - {source.name for source in sources})
    if missing:
        there = ", ".join(source.name for source in sources)
        message = f"the hub shows no source “{missing[0]}”; it shows {there}"
        raise Fault("hub-source", message, "correct “sources” in the description")
    return tuple(s for s in sources if not hub.sources or s.name in hub.sources)


def read_graph(hub: Endpoint, graph: str) -> Iterator[tuple[str, str, str, str] | Fault]:
    """The statements of a graph of the other hub, as N-Triples terms and the end of a line;
    bad ones come as Faults."""
    endpoint = replace(hub, url=hub.url.rstrip("/") + "/sparql", key="s")
    select = parse_select(f"SELECT ?s ?p ?o WHERE {{ GRAPH <{check_iri(graph)}> {{ ?s ?p ?o }} }}")
    for page in read_pages(endpoint, select, ("s", "p", "o")):
        for row in page.rows:
            try:
                yield _write_iri(row, "s"), _write_iri(row, "p"), _write_term(row, "o"), " .\n"
            except (ValueError, KeyError) as error:
                shown = row.get("s", {}).get("value", "")
                message = f"a statement cannot be taken: {show_error(error)}"
                yield Fault("term", message, "tell the hub that sends it", value=shown)


def _write_iri(row: Binding, variable: str) -> str:
    if row[variable]["type"] != "uri":
        raise ValueError(f"its {variable} is a {row[variable]['type']}, not an IRI")
    return f"<{check_iri(row[variable]['value'])}>"


def _write_term(row: Binding, variable: str) -> str:
    term = row[variable]
    if term["type"] not in ("literal", "typed-literal"):
        return _write_iri(row, variable)
    tag, datatype = term.get("xml:lang", ""), term.get("datatype", "")
    return write_literal(term["value"], language=tag, datatype="" if tag else datatype)
