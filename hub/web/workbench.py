"""The workbench: where people write SPARQL and look at what comes back."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, current_app

from hub.errors import HubError, Invalid
from hub.pages.parts import as_json
from hub.pages.results import ResultTable, read_table, tabulate
from hub.pages.terms import read_vocabulary
from hub.sparql.errors import QueryTooLarge
from hub.sparql.pool import Answer
from hub.terms import Term, from_json
from hub.vocabulary import NAMESPACES
from hub.web.negotiation import GRAPH_FORMATS, json_response, render
from hub.web.operation import describe
from hub.web.request import reader, the_library
from hub.web.spreadsheet import xlsx_response

blueprint = Blueprint("workbench", __name__)

FOR_PEOPLE = "application/sparql-results+json, text/turtle"
ROWS = ("json", "xml", "csv", "tsv", "xlsx")
LARGEST_PAGE = 16 * 2**20  # bytes of an answer that are shown on a page
LARGEST_SHEET = 256 * 2**20  # bytes of an answer that are made a spreadsheet
EXAMPLES = ("source-totals", "markets")  # questions that the form offers to begin with
KEPT = 8  # vocabularies, of as many sets of graphs


def show_editor(
    query: str = "",
    *,
    table: ResultTable | None = None,
    text: str = "",
    problem: HubError | None = None,
    notice: str = "",
    seconds: float = 0.0,
) -> Response:
    """The form, with the answer under it where there is one, and how long that took."""
    examples = [the_library()[name] for name in EXAMPLES]
    line = getattr(problem, "line", 0)
    return render(
        "sparql/editor.html",
        problem.status if problem else 200,
        query=query or examples[0].text,
        examples=examples,
        table=table,
        text=text,
        problem=problem.as_dict() if problem else None,
        wrong=query.splitlines()[line - 1 : line] if line else [],
        notice=notice,
        seconds=seconds,
        formats=GRAPH_FORMATS if text else ROWS,
    )


def show_answer(query: str, run: Callable[[], Answer]) -> Response:
    """The answer as a table, yes or no, or Turtle, under the form."""
    since = time.monotonic()
    try:
        answer = run()
        body = read_up_to(answer, LARGEST_PAGE)
    except HubError as error:
        return show_editor(query, problem=error)
    seconds = time.monotonic() - since
    if body is None:
        notice = "The answer is too long for a page. Take it in one of the other formats."
        return show_editor(query, notice=notice)
    if not answer.media_type.startswith("application/sparql-results+json"):
        return show_editor(query, text=body or "# The graph is empty.", seconds=seconds)
    found = json.loads(body)
    if "boolean" in found:
        notice = "Yes." if found["boolean"] else "No."
        return show_editor(query, notice=notice, seconds=seconds)
    columns, rows = read_rows(found)
    return show_editor(query, table=read_table(reader(), columns, rows), seconds=seconds)


def show_spreadsheet(run: Callable[[], Answer]) -> Response:
    """The rows of an answer as XLSX: what is named by its name, and the IRI in the next column.

    Raises:
        QueryTooLarge: there is more than a spreadsheet takes.
        Invalid: the answer is yes or no, or a graph.
    """
    body = read_up_to(run(), LARGEST_SHEET)
    if body is None:
        raise QueryTooLarge(
            "The answer is too long for a spreadsheet.",
            remedy="Take it as CSV, or add LIMIT and OFFSET and fetch it in parts.",
        )
    found = json.loads(body)
    if "boolean" in found:
        raise Invalid("Yes or no makes no spreadsheet.", remedy="Take it as JSON.")
    columns, rows = read_rows(found)
    return xlsx_response(tabulate(reader(), columns, rows), "answer")


def read_up_to(answer: Answer, size: int) -> str | None:
    """The text of an answer; None where it has more bytes, and the query is ended then."""
    body = bytearray()
    with answer:
        for chunk in answer:
            body += chunk
            if len(body) > size:
                return None
    return body.decode("utf-8")


def read_rows(found: Mapping[str, Any]) -> tuple[list[str], list[list[Term | None]]]:
    """The columns and rows of a result in SPARQL's JSON."""
    columns: list[str] = found["head"]["vars"]
    return columns, [
        [from_json(row[name]) if name in row else None for name in columns]
        for row in found["results"]["bindings"]
    ]


@blueprint.get("/sparql/vocabulary")
@describe("json")
def vocabulary() -> Response:
    """What a query can be made of: prefixes, and the classes and properties in use."""
    asking = reader()
    mark = asking.hub.served.sight(asking.viewer).mark
    kept: dict[str, object] = current_app.extensions.setdefault("vocabulary", {})
    if mark not in kept:
        while len(kept) >= KEPT:
            kept.pop(next(iter(kept)))
        kept[mark] = as_json(read_vocabulary(asking))
    return json_response({"prefixes": NAMESPACES, "terms": kept[mark]})
