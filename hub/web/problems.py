"""Errors as answers: a page for people, a problem document (RFC 9457) for programs."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError, MethodNotAllowed

from hub.errors import HubError, TooMany, Unauthorised
from hub.web.negotiation import MEDIA_TYPES, json_response

PROBLEM = "application/problem+json"

_SENTENCES = {
    400: (
        "Malformed request",
        "The request cannot be understood.",
        "Send it as HTTP/1.1; /openapi.json says what each address takes.",
    ),
    404: ("Not found", "There is no such page.", "Start from / or search at /search."),
    405: (
        "Method not allowed",
        "This address does not take that method.",
        "Allowed: {allowed}. Data change by loading sources.",
    ),
    413: (
        "Too large",
        "The body of the request is too large.",
        "At most {limit:,} bytes are read; ask in several queries.",
    ),
    414: ("Address too long", "The address is too long.", "Send the query by POST."),
    415: (
        "Media type not supported",
        "The body has a media type that is not read here.",
        "Send a form (application/x-www-form-urlencoded) with `query`, or the query itself as "
        "application/sparql-query.",
    ),
    431: ("Headers too large", "The headers of the request are too large.", "Send fewer."),
    500: (
        "Something went wrong",
        "The hub failed to answer; it is not your fault.",
        "Try again; if it stays so, tell the operator the time and the address.",
    ),
}


def wants_page() -> bool:
    """Whether the caller reads HTML rather than JSON.

    Browsers name text/html; whoever takes anything (`*/*`) is taken for a program.
    """
    asked = request.args.get("format", "")
    if asked in MEDIA_TYPES:
        return asked == "html"
    accepted = request.accept_mimetypes
    html, data = accepted["text/html"], accepted["application/json"]
    return "text/html" in set(accepted.values()) and html >= data


def answer_problem(problem: dict[str, object], headers: dict[str, str] | None = None) -> Response:
    """A problem document, or the page that says the same."""
    status = int(str(problem["status"]))
    if wants_page():
        response = Response(render_template("problem.html", problem=problem), status)
    else:
        response = json_response(problem, status, PROBLEM)
    response.headers.update(headers or {})
    return response


def handle_hub_error(error: HubError) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, Unauthorised) else {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.wait)
    elif error.status in (503, 504):
        headers["Retry-After"] = "5"
    return answer_problem(error.as_dict(), headers)


def handle_http_error(error: HTTPException) -> Response:
    """What the server itself refuses; redirects pass unchanged."""
    status = error.code or 500
    if status < 400:
        return current_app.make_response(error.get_response())
    title, detail, remedy = _SENTENCES.get(status, (error.name, error.description or "", ""))
    methods = (error.valid_methods or ()) if isinstance(error, MethodNotAllowed) else ()
    allowed = ", ".join(sorted(methods))
    problem: dict[str, object] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
    }
    if remedy:
        problem["remedy"] = remedy.format(allowed=allowed, limit=request.max_content_length or 0)
    return answer_problem(problem, {"Allow": allowed} if allowed else None)


def handle_failure(error: Exception) -> Response:
    """What nobody foresaw: logged with everything, answered with nothing of it."""
    logging.getLogger("hub.web").error("%s %s", request.method, request.path, exc_info=error)
    return handle_http_error(InternalServerError())


def register_handlers(app: Flask) -> None:
    app.register_error_handler(HubError, handle_hub_error)
    app.register_error_handler(HTTPException, handle_http_error)
    app.register_error_handler(Exception, handle_failure)
