"""Reviewing what may be one thing: two records side by side, one key decides, the next comes.

Only for staff; for the public there is no such page. What is decided goes into the ledger of
decisions, and into the graph when it is published.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import NotFound

from hub.access import PUBLIC, parse_viewer
from hub.accounts.caller import Caller
from hub.errors import Invalid
from hub.identity import all_judgements
from hub.identity.decisions import decide, draft, take_back
from hub.pages.candidates import Candidates, choose_level, compare_two, open_pairs
from hub.pages.identity import (
    Name,
    ReviewPage,
    choose_pair,
    find_ends,
    read_review,
    tell_reason,
    tell_record,
)
from hub.pages.reader import Reader
from hub.web.entrance import check_mark
from hub.web.negotiation import done, show
from hub.web.operation import describe
from hub.web.request import caller, reader, text

blueprint = Blueprint("identity", __name__)

PATIENCE = 8.0  # seconds that a page waits for the pairs of a new generation
LATEST = 8  # decisions listed
UNDONE = "taken back on the page of review"


def staff() -> tuple[Reader, Caller]:
    """Who decides.

    Raises:
        NotFound: the public asks: there is no such page for it.
        Forbidden: the account may read alone.
    """
    found = caller()
    if found.viewer == PUBLIC:
        raise NotFound()
    found.require("review")
    return reader(), found


def candidates() -> Candidates:
    """The pairs of every viewer, kept between requests."""
    return cast(Candidates, current_app.extensions["candidates"])


@blueprint.get("/identity")
@describe(
    "html",
    "json",
    after="Key of a pair: show the next one to judge.",
    pair="Key of a pair: show this one, judged or not.",
)
def review() -> Response:
    """Two records that may be one thing, with all that speaks for and against; for staff.

    The pairs whose judgement would join up the graph of ties come first.
    """
    asking, _ = staff()
    pairs = candidates().pairs(asking, PATIENCE)
    decided = tuple(tell_record(asking, LATEST))
    if pairs is None:
        answer = show(ReviewPage(waiting=True, decided=decided), "identity/review.html")
        answer.headers["Refresh"] = "5"
        return answer
    still = list(open_pairs(pairs, all_judgements(asking.hub.settings), asking.viewer))
    pair = choose_pair(pairs, still, text("after"), text("pair"))
    page = read_review(asking, pair, len(still)) if pair else ReviewPage()
    return show(replace(page, decided=decided), "identity/review.html")


@blueprint.post("/identity")
@describe(
    "html",
    "json",
    left="IRI or name of the one.",
    right="IRI or name of the other.",
    judgement="same, different or unsure.",
    because="Why; without it, the evidence that the page shows is recorded.",
    visible="Who sees the judgement; without it, the lowest level that sees what it rests on.",
)
def judge() -> Response:
    """Record a judgement, and go on to the next pair; for staff."""
    asking, who = staff()
    check_mark()
    sent = {name: field(name) for name in ("left", "right", "judgement", "because", "visible")}
    ends = find_ends(asking, sent["left"], sent["right"], sent["judgement"])
    alone = compare_two(asking, *ends)
    shown = candidates().pairs(asking, PATIENCE) or ()
    pair = next((one for one in shown if alone and one.key == alone.key), alone)
    wanted = parse_viewer(sent["visible"]) if sent["visible"] else None
    level = choose_level(asking, *ends, wanted)
    reason = sent["because"]
    if pair and not reason:
        reason = tell_reason(asking, pair, sent["judgement"], level)
    settings = asking.hub.settings
    new = draft(settings, sent["judgement"], *ends, who.name, reason, level)
    added = decide(settings, [new], who.viewer, Name(asking, ends))
    after = f"?{urlencode({'after': pair.key})}" if pair else ""
    return done(f"/identity{after}", {"number": [one.number for one in added]})


@blueprint.post("/identity/undo")
@describe("html", "json", number="Number of the decision.", because="Why it is taken back.")
def undo() -> Response:
    """Take a judgement back, by a row of its own; for staff."""
    asking, who = staff()
    check_mark()
    settings = asking.hub.settings
    entry = take_back(settings, field("number"), who.name, field("because") or UNDONE, who.viewer)
    return done("/identity", {"undoes": entry.judgement.reference})


def field(name: str) -> str:
    """A field of the form, stripped. Raises Invalid where it is given twice."""
    values = request.form.getlist(name)
    if len(values) > 1:
        raise Invalid(f"“{name}” is given {len(values)} times.", remedy="Give it once.")
    return values[0].strip() if values else ""
