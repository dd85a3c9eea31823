"""The list of markets; the page of each is the page of a thing (`hub.web.things`)."""

from __future__ import annotations

from flask import Blueprint, Response

from hub.pages.markets import list_markets
from hub.web.negotiation import show
from hub.web.operation import describe
from hub.web.request import reader

blueprint = Blueprint("markets", __name__)


@blueprint.get("/markets")
@describe("html", "json", "csv")
def markets() -> Response:
    """All markets, with what is known of each."""
    page = list_markets(reader())
    return show(page, "markets/index.html", table=page.table)
