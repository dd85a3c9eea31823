"""What machines ask first: descriptions of the data and of the routes, and whether all is well."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from hub.pages.dataset import describe_dataset
from hub.web.metrics import MEDIA_TYPE, the_metrics
from hub.web.negotiation import MEDIA_TYPES, choose_format, json_response
from hub.web.operation import describe, openapi
from hub.web.questions import describe_paths
from hub.web.request import reader, the_hub, the_library

blueprint = Blueprint("service", __name__)


def describe_service() -> Response:
    """The dataset and its SPARQL service in Turtle (or, which is the same text, N-Triples)."""
    chosen = choose_format(("turtle", "ntriples"))
    text = describe_dataset(reader(), request.host_url.rstrip("/"))
    return Response(text, mimetype=MEDIA_TYPES[chosen])


@blueprint.get("/.well-known/void")
@describe("turtle", "ntriples")
def void() -> Response:
    """What the hub holds, as VoID, and how to query it, as a SPARQL service description."""
    return describe_service()


@blueprint.get("/openapi.json")
@describe("json")
def describe_routes() -> Response:
    """The routes of the hub (OpenAPI 3.1)."""
    described = openapi(current_app, request.host_url.rstrip("/"))
    described["paths"] |= describe_paths(the_library())
    return json_response(described)


@blueprint.get("/healthz")
@describe("json")
def health() -> Response:
    """Whether the hub answers: the generation that it serves, and a query answered by a worker."""
    rows = reader().select("alive")
    return json_response(
        {"status": "ok" if rows else "empty", "generation": the_hub().generation.number}
    )


@blueprint.get("/metrics")
@describe("text")
def metrics() -> Response:
    """How the server fares, for Prometheus: requests, times, workers, the age of what is served."""
    return Response(the_metrics().tell(the_hub()), content_type=MEDIA_TYPE)
