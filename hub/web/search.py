"""Search."""

from __future__ import annotations

from flask import Blueprint, Response

from hub.pages.search import KINDS, search
from hub.web.negotiation import show
from hub.web.operation import describe
from hub.web.request import number, reader, text

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
@describe(
    "html",
    "json",
    "csv",
    q="Words of a name; the beginnings of words will do, and small typing errors.",
    kind="Only things of this kind: " + ", ".join(kind.name for kind in KINDS) + ".",
    page="Number of the page of hits, from 1.",
)
def find() -> Response:
    """Things by name, or all things of a kind."""
    page = search(reader(), text("q", 200), text("kind"), number("page", 1, 1, 100_000))

    def table() -> list[list[object]]:
        rows: list[list[object]] = [
            [hit.link.label, hit.link.kind, hit.what, hit.link.iri] for hit in page.hits
        ]
        return [["name", "kind", "what", "iri"], *rows]

    return show(page, "search/results.html", table=table)
