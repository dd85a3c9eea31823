"""The SPARQL endpoint: SPARQL 1.1 Protocol, query operation; and a form for people."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import UnsupportedMediaType

from hub.errors import Invalid
from hub.sparql.pool import Answer
from hub.store.terms import check_iri
from hub.web.negotiation import MEDIA_TYPES, not_acceptable, spelt
from hub.web.operation import describe
from hub.web.problems import wants_page
from hub.web.request import the_hub, viewer
from hub.web.service import describe_service
from hub.web.workbench import FOR_PEOPLE, show_answer, show_editor

blueprint = Blueprint("sparql", __name__)

ROWS = ("json", "xml", "csv", "tsv")
GRAPHS = ("turtle", "ntriples", "rdfxml", "jsonld")
ANSWERS = ("application/sparql-results+json", "application/sparql-results+xml")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
UPDATE = "application/sparql-update"
NO_QUERY = "Send one as `query`, such as /sparql?query=ASK%20{}."


@dataclass(frozen=True)
class Asked:
    """A query and its dataset as the protocol gives them."""

    query: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    timeout: float | None = None


@blueprint.route("/sparql", methods=["GET", "POST"])
@describe(
    *ROWS,
    *GRAPHS,
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
    if asked is None:
        if wants_page():
            return show_editor()
        if asks_for_answers():
            raise Invalid("There is no query.", where="query", remedy=NO_QUERY)
        return describe_service()
    format_name = spelt(request.values.get("format", ""))
    if format_name == "html" or (not format_name and wants_page()):
        return show_answer(asked.query, lambda: run(asked, FOR_PEOPLE))
    if format_name and format_name not in (*ROWS, *GRAPHS):
        raise not_acceptable(f"There is no format {format_name[:60]!r} here.", (*ROWS, *GRAPHS))
    accept = MEDIA_TYPES.get(format_name) or request.headers.get("Accept", "")
    if format_name == "json":
        accept = "application/sparql-results+json, application/ld+json"
    answer = run(asked, accept)
    return Response(answer, content_type=answer.content_type)


def read_query() -> Asked | None:
    """The query of the request in any of the protocol's three ways; None where there is none.

    Raises:
        Invalid: there are several queries, or one that is not UTF-8, or an update.
    """
    values = request.args if request.method == "GET" else request.form
    queries = values.getlist("query")
    if request.method == "POST":
        if request.mimetype == "application/sparql-query":
            try:
                queries, values = [request.get_data().decode("utf-8")], request.args
            except UnicodeDecodeError as error:
                raise Invalid("The query is not UTF-8.", where=f"byte {error.start}") from error
        elif request.mimetype not in (*FORMS, UPDATE):
            raise UnsupportedMediaType()
    if values.get("update") or request.mimetype == UPDATE:
        raise Invalid("This endpoint only answers queries.", remedy="Load sources to change.")
    if len(queries) > 1:
        raise Invalid("There is more than one query.", where="query", remedy="Send one.")
    if not queries or not queries[0].strip():
        if request.method == "POST" or "query" in values:
            raise Invalid("There is no query.", where="query", remedy=NO_QUERY)
        return None
    return Asked(
        queries[0],
        read_graphs(values, "default-graph-uri"),
        read_graphs(values, "named-graph-uri"),
        read_timeout(values),
    )


def read_graphs(values: MultiDict[str, str], name: str) -> tuple[str, ...]:
    """The graphs that a parameter names. Raises Invalid for what is no absolute IRI."""
    graphs = values.getlist(name)
    for graph in graphs:
        try:
            check_iri(graph)
        except Invalid as error:
            raise Invalid(error.message, where=name, remedy=error.remedy) from error
    return tuple(graphs)


def read_timeout(values: MultiDict[str, str]) -> float | None:
    """The seconds that the caller gives the query; None where he leaves them to the hub."""
    given = values.getlist("timeout")
    if not given:
        return None
    seconds = float(given[0]) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", given[0]) else 0.0
    if len(given) > 1 or not seconds:
        raise Invalid(
            f"timeout must be a number of seconds above 0, not {', '.join(given)[:40]!r}.",
            where="timeout",
            remedy="Give one such as 5 or 0.5, or leave it out.",
        )
    return seconds


def asks_for_answers() -> bool:
    """Whether the caller takes answers of queries and no description of the service."""
    if request.args.get("format"):
        return spelt(request.args["format"]) in ROWS
    accepted = request.accept_mimetypes
    described = any(accepted[MEDIA_TYPES[name]] for name in ("turtle", "ntriples"))
    return not described and any(
        accepted[kind] for kind in (*ANSWERS, *(MEDIA_TYPES[name] for name in ROWS))
    )


def run(asked: Asked, accept: str) -> Answer:
    return the_hub().query(
        asked.query,
        viewer(),
        default_graph=asked.default_graphs,
        named_graph=asked.named_graphs,
        timeout=asked.timeout,
        accept=accept,
    )
