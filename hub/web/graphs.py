"""Whole graphs, by the Graph Store Protocol of SPARQL 1.1: what can be read of it."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from hub.errors import Invalid, NotFound
from hub.sparql.formats import DUMPS
from hub.sparql.pool import Answer
from hub.store.terms import check_iri
from hub.web.channel import GONE
from hub.web.delivery import deliver
from hub.web.negotiation import GRAPH_FORMATS, MEDIA_TYPES, choose_format
from hub.web.operation import describe
from hub.web.protocol import Asked
from hub.web.request import reader, text, the_hub, the_library, viewer
from hub.web.witness import witness_graph

blueprint = Blueprint("graphs", __name__)


@blueprint.get("/graph/<path:name>")
@describe(*GRAPH_FORMATS, path={"name": "What follows `graph/` in the IRI of the graph."})
def direct(name: str) -> Response:
    """The graph whose IRI ends like this address."""
    return answer(the_hub().settings.graph(name))


@blueprint.get("/graph")
@describe(
    *GRAPH_FORMATS,
    graph="IRI of a graph.",
    default="Given without a value: the union of all graphs that the caller sees.",
)
def indirect() -> Response:
    """A graph by its IRI, or the default graph."""
    default, name = "default" in request.args, text("graph")
    if default == bool(name):
        raise Invalid(
            "Which graph?",
            where="graph",
            remedy="Give either its IRI, /graph?graph=…, or /graph?default for all of them.",
        )
    return answer(check_iri(name) if name else "")


@blueprint.get("/dump")
@describe(*DUMPS)
def dump() -> Response:
    """All that the caller sees, each statement with its graph, as one file."""
    chosen, sight = DUMPS[choose_format(tuple(DUMPS))], reader().sight

    def ask() -> Answer:
        witness_graph("dump", "")
        gone = request.environ.get(GONE)
        return the_hub().pool.dump(sight.graphs, chosen, gone, g.meter.payer)

    response = deliver(chosen.media_type, Asked(""), ask)
    name = f'attachment; filename="hub-{sight.version}.{chosen.name}"'
    response.headers["Content-Disposition"] = name
    return response


def answer(iri: str) -> Response:
    """All that the graph holds; all that the caller sees where `iri` is empty."""
    if iri and iri not in reader().sight.graphs:
        raise NotFound(
            f"There is no graph {iri} here.", remedy="Those that there are: /.well-known/void."
        )
    accept = MEDIA_TYPES[choose_format(GRAPH_FORMATS)]
    asked = Asked(the_library().text("pages/graph"), (iri,) if iri else ())

    def ask() -> Answer:
        witness_graph("graph", iri)
        return the_hub().query(
            asked.query,
            viewer(),
            default_graph=asked.default_graphs,
            accept=accept,
            whole=True,
            gone=request.environ.get(GONE),
            payer=g.meter.payer,
        )

    return deliver(accept, asked, ask)
