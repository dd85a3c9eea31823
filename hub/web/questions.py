"""The library of questions, and the asking of one."""

from __future__ import annotations

from flask import Blueprint, Response, request

from hub.errors import HubError
from hub.pages.parts import as_json
from hub.questions import Answer, Question, ask
from hub.web.negotiation import choose_format, csv_response, json_response, render
from hub.web.operation import describe
from hub.web.problems import wants_page
from hub.web.request import text, the_hub, the_library, viewer

blueprint = Blueprint("questions", __name__)


@blueprint.get("/questions")
@describe("html", "json")
def questions() -> Response:
    """The questions that the hub answers, by subject."""
    library = the_library()
    if choose_format(("html", "json")) == "json":
        return json_response([summary(question) for question in library])
    return render("questions/index.html", tags=library.tags(), total=len(library.questions))


@blueprint.get("/questions/<name>")
@describe("html", "json", "csv", path={"name": "Name of the question."}, open_ended=True)
def question(name: str) -> Response:
    """The answer to a question; its parameters are those of the question."""
    asked = the_library()[name]
    chosen = choose_format(("html", "json", "csv"))
    values = {key: text(key) for key in request.args if key != "format"}
    complete = all(values.get(p.name) or not p.required for p in asked.parameters)
    if chosen != "html":
        answer = ask(the_hub(), asked, values, viewer())
        if chosen == "json":
            return json_response(answer.as_dict())
        return csv_response(answer.as_table())
    problem: dict[str, object] = {}
    answered: Answer | None = None
    if complete:
        try:
            answered = ask(the_hub(), asked, values, viewer())
        except HubError as error:
            if error.status >= 500 or not wants_page():
                raise
            problem = error.as_dict()
    return render(
        "questions/question.html",
        int(str(problem.get("status", 200))),
        question=asked,
        values=values,
        answer=answered,
        problem=problem,
        offered=["json", "csv"] if answered else [],
    )


def summary(question: Question) -> object:
    """A question without its query, for a list."""
    told = ("name", "title", "description", "tags", "audience", "parameters")
    shown = {name: getattr(question, name) for name in told}
    return as_json(shown | {"href": f"/questions/{question.name}"})
