"""The library of questions, and the asking of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request

from hub.errors import HubError
from hub.pages.parts import Pager, as_json
from hub.pages.questions import read_fields
from hub.questions import Answer, Parameter, Question, ask
from hub.questions.keeping import audiences, remarks
from hub.questions.library import strip_metadata
from hub.questions.shacl import PREFIXES, describe_questions
from hub.search import fold
from hub.store.syntax import rewrite
from hub.web.kept import OF_PAGES, seen_questions, seen_trials
from hub.web.negotiation import (
    GRAPH_FORMATS,
    MEDIA_TYPES,
    choose_format,
    csv_response,
    json_response,
    render,
)
from hub.web.operation import FORMAT, describe
from hub.web.problems import wants_page
from hub.web.request import caller, number, reader, text, the_hub, the_library, viewer
from hub.web.spreadsheet import xlsx_response
from hub.web.witness import witness_query

blueprint = Blueprint("questions", __name__)

ANSWERS = ("html", "json", "csv", "xlsx")
SHOWN = 500  # rows on a page
KEPT = 50  # questions that people keep, on the page of all
DATE = "^[0-9]{4}(-[0-9]{2}){0,2}$"


@blueprint.get("/questions")
@describe(
    "html",
    "json",
    *GRAPH_FORMATS,
    q="Words that must stand in the question, its description or its subjects.",
    tag="Only questions on this subject.",
)
def questions() -> Response:
    """The questions that the hub answers, by subject; as RDF, each as an executable of SHACL."""
    library, words, tag = the_library(), text("q", 200), text("tag", 100)
    shown = [one for one in library if is_about(one, words, tag)]
    kept = [one for one in seen_questions() if is_about(one.question, words, tag)]
    known = [*shown, *(one.question for one in kept)]
    chosen = choose_format(("html", "json", *GRAPH_FORMATS))
    if chosen == "json":
        return json_response([summary(question) for question in known])
    if chosen in GRAPH_FORMATS:
        triples = describe_questions(known, request.base_url)
        media_type = MEDIA_TYPES[chosen]
        return Response(rewrite(triples, media_type, PREFIXES), mimetype=media_type)
    subjects: dict[str, list[Question]] = {}
    for one in shown:
        subjects.setdefault(tag or one.tags[0], []).append(one)
    return render(
        "questions/index.html",
        tags=library.tags(),
        subjects=dict(sorted(subjects.items())),
        total=len(library.questions),
        found=len(known),
        kept=kept[:KEPT],
        more=len(kept[KEPT:]),
        words=words,
        tag=tag,
        trials={trial.name: trial for trial in seen_trials()},
        offered=["json", *GRAPH_FORMATS],
    )


def is_about(question: Question, words: str, tag: str) -> bool:
    """Whether all the words stand in what is said of a question, and the tag is one of its own."""
    said = fold(" ".join([question.title, question.description, *question.tags]))
    return all(word in said for word in fold(words).split()) and tag in (*question.tags, "")


@blueprint.get("/questions/<name>")
@describe(*ANSWERS, path={"name": "Name of the question."}, open_ended=True)
def question(name: str) -> Response:
    """The answer to a question; its parameters are those of the question."""
    kept = next((one for one in seen_questions() if one.question.name == name), None)
    asked = kept.question if kept else the_library()[name]
    chosen = choose_format(ANSWERS)
    values = {key: text(key) for key in request.args if key not in OF_PAGES}
    if chosen != "html":
        answer = put(asked, values)
        if chosen == "json":
            return json_response(answer.as_dict())
        if chosen == "xlsx":
            return xlsx_response(answer.table(), asked.name)
        return csv_response(answer.table())
    problem: dict[str, object] = {}
    answered: Answer | None = None
    if all(values.get(p.name) or not p.required for p in asked.parameters):
        try:
            answered = put(asked, values)
        except HubError as error:
            if error.status >= 500 or not wants_page():
                raise
            problem = error.as_dict()
    pages = -(-len(answered.rows) // SHOWN) if answered else 0
    page = min(number("page", 1, 1, 10**6), max(1, pages))
    return render(
        "questions/question.html",
        int(str(problem.get("status", 200))),
        question=asked,
        fields=list(read_fields(reader(), asked, values)),
        values=values,
        answer=answered,
        problem=problem,
        kept=kept,
        audiences=audiences(caller()),
        first=(page - 1) * SHOWN,
        last=page * SHOWN,
        pager=Pager.at(page, pages, lambda other: f"?{urlencode({**values, 'page': other})}"),
        remarks=remarks(the_hub().settings.data, name) if kept else [],
        offered=list(ANSWERS[1:]) if answered else [],
    )


def summary(question: Question) -> object:
    """A question without its query, for a list."""
    told = ("name", "title", "description", "tags", "audience", "parameters")
    shown = {name: getattr(question, name) for name in told}
    return as_json(shown | {"href": f"/questions/{question.name}"})


def describe_paths(questions: Iterable[Question]) -> dict[str, object]:
    """Each question as a path of OpenAPI of its own, with the types of its parameters."""
    return {f"/questions/{one.name}": {"get": _operation(one)} for one in questions}


def _operation(question: Question) -> dict[str, object]:
    formats = {"type": "string", "enum": list(ANSWERS)}
    return {
        "operationId": f"questions.{question.name}",
        "summary": question.title,
        "description": question.description,
        "tags": list(question.tags),
        "parameters": [
            *map(_parameter, question.parameters),
            {"name": "format", "in": "query", "description": FORMAT, "schema": formats},
        ],
        "responses": {
            "200": {
                "description": "; ".join(f"{c.name}: {c.description}" for c in question.columns),
                "content": {MEDIA_TYPES[name]: {} for name in ANSWERS},
            },
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }


def _parameter(parameter: Parameter) -> dict[str, object]:
    schema: dict[str, object] = {"type": "string"}
    if parameter.type == "integer":
        schema["type"] = "integer"
    elif parameter.type == "date":
        schema["pattern"] = DATE
    elif parameter.type == "choice":
        schema["enum"] = list(parameter.choices)
    if parameter.default:
        schema["default"] = parameter.default
    kinds = f" The name or IRI of a {', '.join(parameter.classes) or 'thing'}."
    return {
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "description": parameter.description + kinds * (parameter.type == "iri"),
        "schema": schema,
        **({"example": parameter.example} if parameter.example else {}),
    }


def put(asked: Question, values: Mapping[str, str]) -> Answer:
    """The answer to a question as the caller may see it. Raises as `ask` does."""
    answer = ask(the_hub(), asked, values, viewer(), g.meter.payer)
    given = [f"{name}={value}" for name, value in values.items() if value]
    # What somebody keeps may be another tomorrow, or forgotten: the trail has the query itself.
    query = () if asked.name in the_library().questions else (strip_metadata(asked.text),)
    witness_query("question", asked.text, told=" ".join([asked.name, *given, *query]))
    return answer
