"""The ledger of introductions, for staff of partners; for all others there is no such page."""

from __future__ import annotations

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from hub.accounts.caller import Caller
from hub.pages.ledger import ask, read_ledger, tabulate_ledger
from hub.requests.ledger import follow_up
from hub.web.entrance import check_mark
from hub.web.identity import field
from hub.web.negotiation import done, show
from hub.web.operation import describe
from hub.web.request import caller, the_hub

blueprint = Blueprint("ledger", __name__)


def partner() -> Caller:
    """Who keeps the ledger. Raises NotFound for others, as for any page that is not there."""
    found = caller()
    if found.viewer.partner is None:
        raise NotFound()
    return found


@blueprint.get("/introductions/ledger")
@describe("html", "json", "csv")
def ledger() -> Response:
    """The introductions that were asked for, and what came of them; for staff of partners."""
    page = read_ledger(the_hub(), partner().viewer)
    return show(page, "introductions/ledger.html", table=lambda: tabulate_ledger(page))


@blueprint.post("/introductions/ledger")
@describe(
    "html",
    "json",
    introduction="Name of the introduction of which something came; else a new one is recorded.",
    state="What came of it: accepted, declined, met, result or withdrawn.",
    to="Who is to be reached: name or IRI.",
    through="Who was asked to introduce them: name or IRI.",
    way="The identifier of the way that this follows.",
    note="What else there is to say.",
    day="When, as 2026-11-03; today, if it is not said.",
    also={"from": "Who wants to be introduced: name or IRI."},
)
def add() -> Response:
    """Record that somebody was asked for an introduction, or what came of it; for staff."""
    who = partner()
    who.require("review")
    check_mark()
    said = {name: field(name) for name in ("note", "day")}
    if key := field("introduction"):
        data = the_hub().settings.data
        made = follow_up(data, who.viewer, who.name, key, field("state"), **said)
    else:
        names = (field("from"), field("to"), field("through"))
        made = ask(the_hub(), who.viewer, who.name, names, way=field("way"), **said)
    told = {"introduction": made.asked.key, "state": made.state}
    return done("/introductions/ledger", told)
