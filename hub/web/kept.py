"""Keeping questions of one's own: the form, sharing, remarks, and how they fare after loads."""

from __future__ import annotations

from flask import Blueprint, Response, request

from hub.accounts.caller import Caller
from hub.errors import HubError, Invalid
from hub.pages.parts import as_json
from hub.questions.keeping import (
    PRIVATE,
    Draft,
    Kept,
    all_kept,
    audiences,
    find_own,
    forget,
    keep,
    remark,
    require_account,
    share,
)
from hub.questions.library import PARAMETER_TYPES, Parameter, strip_metadata
from hub.questions.trials import Trial, read_trials, try_out
from hub.sparql.scanner import scan
from hub.web.entrance import check_mark
from hub.web.negotiation import asks_for_json, done, render, show
from hub.web.operation import describe
from hub.web.request import caller, reader, text, the_hub

blueprint = Blueprint("kept", __name__)

NAME = {"name": "Name of the question."}
OF_PAGES = {"format", "page"}  # what the pages of questions take themselves
SENT = {
    "title": "The question, as somebody would ask it.",
    "description": "What comes back, and how it is found.",
    "query": "A SELECT query.",
    "audience": "private, consortium, public or partner:NAME.",
    "type-VARIABLE": "That the variable may be asked for, and its type: iri, text, date, …",
    "label-VARIABLE": "What the field is called.",
    "example-VARIABLE": "A value with which there is an answer.",
    "of-VARIABLE": "The classes of an iri, or the choices, separated by blanks or commas.",
    "required-VARIABLE": "Anything: the value must be given.",
}


def seen_questions() -> list[Kept]:
    """The kept questions that whoever asks may know of."""
    return [one for one in all_kept(the_hub().settings.data) if one.is_seen_by(caller())]


def seen_trials() -> list[Trial]:
    """How those fared, what is wrong first.

    Who sees less than when they kept a question is not told what it finds by those eyes.
    """
    seen = caller().viewer.sees
    questions = [one.question for one in seen_questions() if seen(one.sight)]
    found = read_trials(the_hub().settings.data, questions)
    return sorted(found, key=lambda trial: (not trial.wrong, trial.title.casefold()))


@blueprint.get("/questions/new")
@describe("html", query="The query that is to be kept.")
def begin() -> Response:
    """The form in which an account keeps a query as a question: its words, and its parameters."""
    account()
    return show_form(text("query", 20_000))


@blueprint.post("/questions/new")
@describe("html", "json", also=SENT)
def add() -> Response:
    """Keep a question; it is answered with its examples first."""
    return keep_sent()


@blueprint.get("/questions/<name>/edit")
@describe("html", path=NAME)
def begin_again(name: str) -> Response:
    """The form with a question of one's own in it."""
    kept = find_own(the_hub().settings.data, account(), name)
    question = kept.question
    sent = {
        "title": question.title, "description": question.description, "audience": kept.audience,
    }  # fmt: skip
    for one in question.parameters:
        listed = " ".join(one.classes or one.choices)
        parts = {"type": one.type, "label": one.label, "example": one.example, "of": listed}
        sent |= {f"{part}-{one.name}": value for part, value in parts.items()}
        sent |= {f"required-{one.name}": "on"} if one.required else {}
    return show_form(strip_metadata(question.text), sent)


@blueprint.post("/questions/<name>/edit")
@describe("html", "json", path=NAME, also=SENT)
def change(name: str) -> Response:
    """Put another question in the place of one's own; its address and the remarks on it stay."""
    return keep_sent(name)


def keep_sent(name: str = "") -> Response:
    """Keep what was sent, under this name where there is one; the form again if it cannot be."""
    who = account()
    check_mark()
    sent = {key: value.strip() for key, value in request.form.items()}
    query = sent.get("query", "")
    try:
        parameters = tuple(read_parameters(query, sent))
        draft = Draft(sent.get("title", ""), sent.get("description", ""), query, parameters)
        kept = keep(the_hub(), who, draft, sent.get("audience", PRIVATE), name)
    except HubError as error:
        if asks_for_json():
            raise
        return show_form(query, sent, error)
    return done(f"/questions/{kept.question.name}", {"name": kept.question.name})


def read_parameters(query: str, sent: dict[str, str]) -> list[Parameter]:
    """The variables of the query for which the form names a type. Raises Invalid where one lacks
    what its type needs."""
    found = []
    for name in variables(query):
        kind = sent.get(f"type-{name}", "")
        if not kind:
            continue
        if kind not in PARAMETER_TYPES:
            raise Invalid(f"There is no type “{kind}”.", where=name)
        listed = [one for one in sent.get(f"of-{name}", "").replace(",", " ").split() if one]
        if kind == "choice" and not listed:
            raise Invalid("A choice needs something to choose from.", where=name)
        label = sent.get(f"label-{name}") or name
        parameter = Parameter(
            name=name,
            type=kind,
            label=label,
            description=f"{label}.",
            required=f"required-{name}" in sent,
            classes=tuple(listed) if kind == "iri" else (),
            choices={one: one for one in listed} if kind == "choice" else {},
            example=sent.get(f"example-{name}", ""),
            default="",
        )
        if parameter.required and not parameter.example:
            raise Invalid("What must be given needs an example.", where=name)
        found.append(parameter)
    return found


def variables(query: str) -> list[str]:
    """The variables of a query that can be parameters, in the order in which they occur."""
    try:
        names = scan(query).variables if query.strip() else ()
    except HubError:
        return []
    return [name for name in names if name not in OF_PAGES]


@blueprint.post("/questions/<name>/share")
@describe("html", "json", path=NAME, audience="private, consortium, public or partner:NAME.")
def share_question(name: str) -> Response:
    """Share a question of one's own with a level, or with nobody."""
    who = account()
    check_mark()
    share(the_hub(), who, name, request.form.get("audience", PRIVATE))
    return done(f"/questions/{name}", {"name": name})


@blueprint.post("/questions/<name>/right")
@describe("html", "json", path=NAME)
def take_for_right(name: str) -> Response:
    """Take what a question of one's own finds now for right: its trials begin anew."""
    who = account()
    check_mark()
    share(the_hub(), who, name, find_own(the_hub().settings.data, who, name).audience)
    return done("/questions/trials", {"name": name})


@blueprint.post("/questions/<name>/forget")
@describe("html", "json", path=NAME)
def forget_question(name: str) -> Response:
    """Keep a question of one's own no longer."""
    who = account()
    check_mark()
    forget(the_hub().settings.data, who, name)
    return done("/questions", {"forgotten": name})


@blueprint.post("/questions/<name>/remarks")
@describe("html", "json", path=NAME, text="What there is to say.")
def add_remark(name: str) -> Response:
    """Say something of a question; whoever sees the question reads it."""
    who = account()
    check_mark()
    remark(the_hub().settings.data, who, name, request.form.get("text", "").strip())
    return done(f"/questions/{name}#remarks", {"name": name})


@blueprint.get("/questions/trials")
@describe("html", "json")
def trials() -> Response:
    """How the kept questions fared when they were last tried; what broke is first."""
    return show(seen_trials(), "questions/trials.html", sight=reader().sight)


@blueprint.post("/questions/trials")
@describe("html", "json")
def try_now() -> Response:
    """Try the kept questions on what is served now."""
    account()
    check_mark()
    for kept in seen_questions():
        try_out(the_hub(), kept.question, kept.sight)
    return done("/questions/trials", as_json(seen_trials()))


def account() -> Caller:
    """Who asks, where it is an account. Raises Forbidden for the public."""
    require_account(found := caller())
    return found


def show_form(
    query: str, sent: dict[str, str] | None = None, error: HubError | None = None
) -> Response:
    """The form, as it was sent where something was wrong with it."""
    return render(
        "questions/new.html",
        error.status if error else 200,
        query=query,
        sent=sent or {},
        variables=variables(query),
        types=PARAMETER_TYPES,
        audiences=audiences(caller()),
        again=request.endpoint in ("kept.begin_again", "kept.change"),
        problem=error.as_dict() if error else {},
    )
