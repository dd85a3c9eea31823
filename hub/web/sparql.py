"""The SPARQL endpoint: the query operation of the SPARQL 1.1 Protocol."""

from __future__ import annotations

from flask import Blueprint, Response, g, request

from hub.errors import Invalid
from hub.sparql.pool import Answer
from hub.web.channel import GONE
from hub.web.delivery import deliver, tell_limits
from hub.web.negotiation import GRAPH_FORMATS, MEDIA_TYPES, not_acceptable, spelt
from hub.web.operation import describe
from hub.web.problems import wants_page
from hub.web.protocol import NO_QUERY, Asked, read_query
from hub.web.request import the_hub, viewer
from hub.web.service import describe_service
from hub.web.witness import witness_query
from hub.web.workbench import FOR_PEOPLE, ROWS, show_answer, show_editor, show_spreadsheet

blueprint = Blueprint("sparql", __name__)

# What two kinds of answers have a format of: rows the first, graphs the second.
EITHER = {
    "json": "application/sparql-results+json, application/ld+json",
    "xml": "application/sparql-results+xml, application/rdf+xml",
}
ANSWERS = ("application/sparql-results+json", "application/sparql-results+xml")


@blueprint.route("/sparql", methods=["GET", "POST"])
@describe(
    *ROWS,
    *GRAPH_FORMATS,
    "html",
    # Clients send `output` and `results` beside `format`, so what is unknown is let pass.
    open_ended=True,
    query="A SPARQL 1.1 query: SELECT, ASK, CONSTRUCT or DESCRIBE.",
    timeout="Seconds after which the query is given up, where they are to be fewer than the limit.",
    also={
        "default-graph-uri": "Graph of the default graph; may be given several times.",
        "named-graph-uri": "Graph that GRAPH reaches; may be given several times.",
    },
)
def sparql() -> Response:
    """Answer a SPARQL query (SPARQL 1.1 Protocol) from the graphs that the caller may see.

    Without a query a browser gets a form, and a program the service description.
    """
    asked = read_query()
    if not asked.query:
        if wants_page():
            return show_editor()
        if asks_for_answers():
            raise Invalid("There is no query.", where="query", remedy=NO_QUERY)
        return describe_service()
    # Clients name a format several times over, in several spellings.
    named = [spelt(one) for one in asked.format.split(",") if one.strip()]
    offered = (*ROWS, *GRAPH_FORMATS)
    name = next((one for one in named if one in ("html", "srj", *offered)), "")
    if name == "html" or (not name and wants_page()):
        return show_answer(asked.query, lambda: run(asked, FOR_PEOPLE))
    if named and not name:
        raise not_acceptable(f"There is no format “{named[0][:60]}” here.", offered)
    accept = EITHER.get(name) or MEDIA_TYPES.get(name) or request.headers.get("Accept", "")
    if name == "xlsx" or (not name and MEDIA_TYPES["xlsx"] in request.accept_mimetypes.values()):
        return show_spreadsheet(lambda: run(asked, MEDIA_TYPES["srj"]))
    return deliver(accept, asked, lambda: run(asked, accept))


@blueprint.after_request
def tell(response: Response) -> Response:
    """The limits, with errors too."""
    response.headers.setdefault("Query-Limits", tell_limits(the_hub().pool.limits))
    return response


def asks_for_answers() -> bool:
    """Whether the caller takes answers of queries and no description of the service."""
    if request.args.get("format"):
        return spelt(request.args["format"]) in ("srj", *ROWS)
    accepted = request.accept_mimetypes
    described = any(accepted[MEDIA_TYPES[name]] for name in GRAPH_FORMATS)
    return not described and any(
        accepted[kind] for kind in (*ANSWERS, *(MEDIA_TYPES[name] for name in ROWS))
    )


def run(asked: Asked, accept: str) -> Answer:
    witness_query("SPARQL", asked.query, (*asked.default_graphs, *asked.named_graphs))
    return the_hub().query(
        asked.query,
        viewer(),
        default_graph=asked.default_graphs,
        named_graph=asked.named_graphs,
        timeout=asked.timeout,
        accept=accept,
        gone=request.environ.get(GONE),
        payer=g.meter.payer,
    )
