"""What machines ask first: descriptions of the data and of the routes, and whether all is well."""

from __future__ import annotations

import time

from flask import Blueprint, Response, current_app, request

from hub.hub import Hub
from hub.pages.dataset import PREFIXES, describe_dataset
from hub.store.syntax import rewrite
from hub.web.delivery import tell_limits
from hub.web.kept import seen_questions
from hub.web.metrics import MEDIA_TYPE, the_metrics
from hub.web.negotiation import GRAPH_FORMATS, MEDIA_TYPES, choose_format, json_response
from hub.web.operation import describe, openapi
from hub.web.questions import describe_paths
from hub.web.request import reader, the_hub, the_library

blueprint = Blueprint("service", __name__)

RECENT = 1.0  # seconds since a worker answered, after which it is asked again


def describe_service() -> Response:
    """The dataset and its SPARQL service."""
    media_type = MEDIA_TYPES[choose_format(GRAPH_FORMATS)]
    text = describe_dataset(reader(), request.host_url.rstrip("/"))
    response = Response(rewrite(text, media_type, PREFIXES), mimetype=media_type)
    response.add_etag(weak=True)
    response.headers["Query-Limits"] = tell_limits(the_hub().pool.limits)
    return current_app.make_response(response.make_conditional(request))


@blueprint.get("/.well-known/void")
@describe(*GRAPH_FORMATS)
def void() -> Response:
    """What the hub holds (VoID, DCAT), and how to query it (SPARQL service description)."""
    return describe_service()


@blueprint.get("/openapi.json")
@describe("json")
def describe_routes() -> Response:
    """The routes of the hub (OpenAPI 3.1)."""
    described = openapi(current_app, request.host_url.rstrip("/"))
    kept = (one.question for one in seen_questions())
    described["paths"] |= describe_paths([*the_library(), *kept])
    return json_response(described)


@blueprint.get("/healthz")
@describe("json")
def health() -> Response:
    """Whether the hub answers: the version that the caller sees, and a query answered by a worker.

    A query that was answered in the last second will do. Where all workers are at work it is
    `busy`: they answer others, and who asks here does not wait.
    """
    hub = the_hub()
    sight = reader().sight
    told = {"status": _status(hub), "version": sight.version, "changed": sight.changed}
    return json_response(told)


def _status(hub: Hub) -> str:
    if not hub.pool.prompt:
        return "busy"
    recent = time.monotonic() - hub.pool.answered < RECENT
    return "ok" if recent or reader().select("alive") else "empty"


@blueprint.get("/metrics")
@describe("text")
def metrics() -> Response:
    """How the server fares, for Prometheus: requests, times, workers, the age of what is served."""
    told = the_metrics().tell(the_hub().pool, reader().sight.changed)
    return Response(told, content_type=MEDIA_TYPE)
