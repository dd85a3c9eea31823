"""Introductions, and the entry points into a market."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response, request

from hub.errors import HubError, Invalid, NotAcceptable, Unauthorised
from hub.pages.introductions import link_way, rank, tabulate_points, tabulate_ways
from hub.pages.markets import list_markets
from hub.pages.picture import draw_ways
from hub.pages.strengths import list_strengths
from hub.paths.introductions import (
    Terms,
    introduce_parties,
    is_market,
    read_adjustments,
    read_date,
)
from hub.paths.strength import FIGURES
from hub.requests.drafts import choose_language, list_languages, read_language, write_draft
from hub.web.negotiation import choose_format, csv_response, json_response, render, show
from hub.web.operation import describe
from hub.web.request import number, reader, text, the_hub, viewer
from hub.web.witness import witness_answer

blueprint = Blueprint("introductions", __name__)

LENSES = {
    "surest": "the surest",
    "new-ground": "over new ground",
    "circles": "whose circles know both",
}
DIRECTIONS = ("into", "from")
FORMATS = ("html", "json", "csv")
RULES = {
    "hops": "Most steps between parties, 1 to 8 (5).",
    "as-of": "The day as of which ties are judged: 2016, 2016-07 or 2016-07-01 (today).",
    "as_of": "The same as `as-of`.",
    "avoid": "Names or IRIs of parties that no way may pass, separated by semicolons.",
    "require": "Names or IRIs of parties that every way must pass, separated by semicolons.",
    "lens": "`surest`; `new-ground`: over those asked less often; `circles`: first those who know "
    "both ends, and move in circles that do.",
    "kinds": "Kinds of evidence that may be used, separated by semicolons (all).",
    **{
        name: f"Other figures than the hub's own (see /strengths): kind={what}, and so on after "
        "semicolons."
        for name, (_, _, _, what) in FIGURES.items()
    },
}


@blueprint.get("/introductions")
@describe(
    *FORMATS,
    ways="How many ways, 1 to 20 (3).",
    k="The same as `ways`.",
    way="The identifier of the one way wanted, as every form of the answer gives it.",
    draft="Language of drafts of requests: en, fr, de, it, es or ca (as the browser accepts).",
    also=RULES
    | {
        "from": "Who wants to be introduced: name or IRI.",
        "to": "Who is to be reached: name or IRI. A market gives the entry points into it.",
    },
)
def introductions() -> Response:
    """Who can introduce one party to another, through whom, on what evidence."""
    chosen = choose_format(FORMATS)
    start, target = text("from"), text("to")
    if chosen == "html" and not (start and target):
        return form("introductions/introductions.html")
    try:
        demand(start=start, to=target)
        if is_market(the_hub(), target, viewer()):
            return rank_points(start, target, chosen)
        language = read_language(text("draft"))
        told = introduce_parties(the_hub(), start, target, read_terms(), viewer())
    except HubError as error:
        return form("introductions/introductions.html", refuse(error, chosen))
    witness_answer("introduction", told.as_dict)
    if chosen == "html":
        page, picture = (
            "introductions/introductions.html",
            draw_ways((way.steps for way in told.ways), meeting=True),
        )
        language = language or choose_language(request.accept_languages.values())
        answer = form(
            page, told=told, picture=picture, link_way=link_way, language=language,
            offered=["json", "csv"],
        )  # fmt: skip
        answer.vary.add("Accept-Language")
        return answer
    if chosen == "json":
        return json_response(told.as_dict(language))
    return csv_response(tabulate_ways(told))


@blueprint.get("/entry-points")
@describe(
    *FORMATS,
    market="The market: name or IRI.",
    limit="How many entry points, 1 to 100 (10).",
    direction="`into` the market (default), or `from` it: for who is there and seeks a way out.",
    also=RULES | {"from": "Who wants to enter the market: name or IRI."},
)
def entry_points() -> Response:
    """Who opens a market, ranked by how well one can reach them."""
    chosen = choose_format(FORMATS)
    return rank_points(text("from"), text("market"), chosen)


@blueprint.get("/strengths")
@describe("html", "json", "csv")
def strengths() -> Response:
    """By what figures the strength of a tie is reckoned, and why."""
    page = list_strengths(the_hub())
    return show(page, "introductions/strengths.html", table=page.table)


def rank_points(start: str, market: str, chosen: str) -> Response:
    """The entry points into a market in the format chosen, or the form that asks for them."""
    template = "introductions/entry_points.html"
    markets = list_markets(reader()).markets if chosen == "html" else ()
    if chosen == "html" and not (start and market):
        return form(template, markets=markets)
    try:
        demand(start=start, market=market)
        limit, inward = number("limit", 10, 1, 100), read_direction() == "from"
        page = rank(reader(), start, market, read_terms(), limit, inward=inward)
        witness_answer("entry points", page.told.as_dict)
    except HubError as error:
        return form(template, refuse(error, chosen), markets=markets)
    if chosen == "html":
        return form(template, page=page, markets=markets, offered=["json", "csv"])
    if chosen == "json":
        return json_response(page.as_dict())
    return csv_response(tabulate_points(page.told))


def read_direction() -> str:
    """`into` a market, or `from` it. Raises Invalid for anything else."""
    direction = text("direction") or DIRECTIONS[0]
    if direction not in DIRECTIONS:
        raise Invalid(
            f"There is no direction “{direction[:40]}”.",
            where="direction",
            remedy=f"Choose among: {', '.join(DIRECTIONS)}.",
        )
    return direction


def demand(**values: str) -> None:
    """Raises Invalid naming the first of the parameters that is not given."""
    for name, value in values.items():
        if not value:
            named = "from" if name == "start" else name
            raise Invalid(f"{named} is missing.", where=named, remedy="Give a name or an IRI.")


def read_terms() -> Terms:
    """The rules of the question as the form gives them. Raises Invalid for what is malformed."""
    as_of = text("as-of") or text("as_of")
    return Terms(
        as_of=read_date(as_of) if as_of else date.today(),
        hops=number("hops", 5, 1, 8),
        k=number("k" if text("k") else "ways", 3, 1, 20),
        kinds=names("kinds"),
        avoid=names("avoid"),
        require=names("require"),
        lens=text("lens") or "surest",
        way=text("way"),
        adjusted=read_adjustments({name: names(name) for name in FIGURES}),
    )


def names(parameter: str) -> tuple[str, ...]:
    """The parts of a list separated by semicolons."""
    return tuple(part.strip() for part in text(parameter).split(";") if part.strip())


def refuse(error: HubError, chosen: str) -> HubError:
    """What stands beside the form, for people to mend; anything else is an answer of its own."""
    if chosen != "html" or error.status >= 500 or isinstance(error, Unauthorised | NotAcceptable):
        raise error
    return error


def form(template: str, error: HubError | None = None, **context: object) -> Response:
    """The form with what was asked, and under it the answer or what is wrong with the question."""
    problem = error.as_dict() if error else None
    context |= {"write_draft": write_draft, "languages": list_languages()}
    status = error.status if error else 200
    return render(template, status, asked=request.args, lenses=LENSES, problem=problem, **context)
