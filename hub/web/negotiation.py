"""Which format an answer takes: `?format=` first, then the Accept header, then the page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Response, current_app, redirect, render_template, request

from hub.errors import NotAcceptable
from hub.pages.parts import as_json, safe_cells
from hub.sparql.formats import DUMPS
from hub.sparql.pool import Answer

MEDIA_TYPES = {
    "html": "text/html",
    "json": "application/json",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "xml": "application/sparql-results+xml",
    "srj": "application/sparql-results+json",
    "turtle": "text/turtle",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml",
    "ntriples": "application/n-triples",
    **{name: one.media_type for name, one in DUMPS.items()},
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "text": "text/plain",
    "file": "application/octet-stream",
}
GRAPH_FORMATS = ("turtle", "jsonld", "rdfxml", "ntriples")
# What people write for the same: file endings and the names that other tools use.
_SPELLINGS = {
    "ttl": "turtle", "nt": "ntriples", "n-triples": "ntriples", "json-ld": "jsonld",
    "rdf": "rdfxml", "rdf/xml": "rdfxml", "rdf-xml": "rdfxml", "rdf+xml": "rdfxml",
    "n3": "turtle", "xhtml": "html", "srx": "xml",
}  # fmt: skip

Table = Iterable[Iterable[object]]


def choose_format(offered: Sequence[str]) -> str:
    """The one of `offered` (names of `MEDIA_TYPES`) that the caller wants; the first if no matter.

    Raises:
        NotAcceptable: none of them; the message lists them.
    """
    asked = spelt(request.args.get("format", ""))
    if asked:
        if asked in offered:
            return asked
        raise not_acceptable(f"There is no format “{asked[:60]}” here.", offered)
    if not request.accept_mimetypes:
        return offered[0]
    best = request.accept_mimetypes.best_match([MEDIA_TYPES[name] for name in offered])
    if best is None:
        raise not_acceptable("None of the accepted formats can be given here.", offered)
    return next(name for name in offered if MEDIA_TYPES[name] == best)


def spelt(asked: str) -> str:
    """The name of a format as it is used here, of a name, a file ending or a media type."""
    asked = asked.strip().lower().replace(" ", "+")  # as a + reads that is not encoded
    named = {media_type: name for name, media_type in MEDIA_TYPES.items()}
    return _SPELLINGS.get(asked) or named.get(asked, asked)


def not_acceptable(message: str, offered: Sequence[str]) -> NotAcceptable:
    return NotAcceptable(message, remedy=f"There are: {', '.join(offered)}.")


def show(
    page: object,
    template: str,
    *,
    table: Callable[[], Table] | None = None,
    graph: Callable[[str], Answer] | None = None,
    **context: Any,
) -> Response:
    """A page as the caller wants it: HTML, the same as JSON, a table as CSV, or as a graph.

    `graph` answers in the media type that it is given.
    """
    offered = ["html", "json", *(["csv"] if table else []), *(GRAPH_FORMATS if graph else [])]
    chosen = choose_format(offered)
    if graph and chosen in GRAPH_FORMATS:
        answer = graph(MEDIA_TYPES[chosen])
        return Response(answer, content_type=answer.content_type)
    if chosen == "json":
        return json_response(as_json(page))
    if chosen == "csv" and table:
        return csv_response(table())
    return render(template, page=page, offered=offered[1:], **context)


def render(template: str, status: int = 200, **context: object) -> Response:
    """A page as HTML."""
    return Response(render_template(template, **context), status, mimetype="text/html")


def json_response(
    data: object, status: int = 200, media_type: str = "application/json"
) -> Response:
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return Response(text + "\n", status, mimetype=media_type)


def asks_for_json() -> bool:
    """Whether a form was sent by a program, which is told what was done."""
    return request.headers.get("Accept", "") == "application/json"


def done(address: str, told: object) -> Response:
    """What a form did, as JSON for programs; for people the page to go on from."""
    if asks_for_json():
        return json_response(told)
    return current_app.make_response(redirect(address, 303))


def csv_response(table: Table) -> Response:
    """A table for a spreadsheet: cells that it would take for formulas are made harmless."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(safe_cells(table))
    return Response(text.getvalue(), content_type="text/csv; charset=utf-8; header=present")
