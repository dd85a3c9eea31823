"""The front page."""

from __future__ import annotations

from flask import Blueprint, Response

from hub.pages.front import read_front
from hub.web.negotiation import show
from hub.web.operation import describe
from hub.web.request import reader

blueprint = Blueprint("front", __name__)


@blueprint.get("/")
@describe("html", "json")
def front() -> Response:
    """What is in the hub: counts, levels, markets and the latest loads."""
    return show(read_front(reader()), "front/index.html")
