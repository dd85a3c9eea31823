"""Brokers and gaps: who is the only link, what hangs on whom, which agreement to sign next."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response

from hub.errors import HubError, Invalid
from hub.pages.brokers import read_brokers
from hub.pages.markets import list_markets
from hub.paths.brokerage.question import set_rules
from hub.paths.introductions import read_date
from hub.web.introductions import form, refuse
from hub.web.negotiation import choose_format, csv_response, json_response
from hub.web.operation import describe
from hub.web.request import number, reader, text
from hub.web.witness import witness_answer

blueprint = Blueprint("brokers", __name__)

FORMATS = ("html", "json", "csv")
TEMPLATE = "brokers/index.html"


@blueprint.get("/brokers")
@describe(
    *FORMATS,
    market="The one market to look at: name or IRI (all, twelve on a page).",
    hops="Most steps of a way, 1 to 8 (5).",
    months="Agreements that end within so many months are about to end, 0 to 120 (12).",
    above="The strength of a way from which on a market is within reach, 0 to 1 (0.1).",
    page="The page of the markets.",
    rows="The page of the clusters in the heat map.",
    also={
        "as-of": "The day as of which ties are judged: 2016, 2016-07 or 2016-07-01 (today).",
        "as_of": "The same as `as-of`.",
    },
)
def brokers() -> Response:
    """Who stands between our members and the doors of markets, and what is missing.

    Single points of failure, the coverage of clusters and markets, which agreement to sign next,
    and what would close with those that are about to end.
    """
    chosen = choose_format(FORMATS)
    markets = list_markets(reader()).markets if chosen == "html" else ()
    try:
        as_of = text("as-of") or text("as_of")
        rules = set_rules(
            read_date(as_of) if as_of else date.today(),
            number("hops", 5, 1, 8),
            number("months", 12, 0, 120),
            fraction("above", 0.1),
        )
        pages = number("page", 1, 1, 9_999), number("rows", 1, 1, 9_999)
        page = read_brokers(reader(), text("market"), rules, *pages)
        witness_answer("brokers", page.told.as_dict)
    except HubError as error:
        return form(TEMPLATE, refuse(error, chosen), markets=markets)
    if chosen == "json":
        return json_response(page.told.as_dict())
    if chosen == "csv":
        return csv_response(page.table())
    return form(TEMPLATE, page=page, markets=markets, offered=["json", "csv"])


def fraction(name: str, default: float) -> float:
    """A number from 0 to 1 of the query string. Raises Invalid where it is none."""
    value = text(name)
    try:
        found = float(value) if value else default
    except ValueError:
        found = -1.0
    if not 0 <= found <= 1:
        raise Invalid(
            f"{name} must be a number from 0 to 1, not “{value[:40]}”.",
            where=name,
            remedy="Give such a number, or leave it out.",
        )
    return found
