"""The workbench: where people write SPARQL and look at what comes back."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Response

from hub.errors import HubError
from hub.pages.results import ResultTable, read_table
from hub.sparql.pool import Answer
from hub.terms import from_json
from hub.web.negotiation import render
from hub.web.request import reader, the_library

FOR_PEOPLE = "application/sparql-results+json, text/turtle"
ROWS = ("json", "xml", "csv", "tsv")
GRAPHS = ("turtle", "ntriples", "rdfxml", "jsonld")
LARGEST_PAGE = 16 * 2**20  # bytes of an answer that are shown on a page
EXAMPLES = ("source-totals", "markets")  # questions that the form offers to begin with


def show_editor(
    query: str = "",
    *,
    table: ResultTable | None = None,
    text: str = "",
    problem: HubError | None = None,
    notice: str = "",
) -> Response:
    """The form, with the answer under it where there is one."""
    examples = [the_library()[name] for name in EXAMPLES]
    return render(
        "sparql/editor.html",
        problem.status if problem else 200,
        query=query or examples[0].text,
        examples=examples,
        table=table,
        text=text,
        problem=problem.as_dict() if problem else None,
        notice=notice,
        formats=GRAPHS if text else ROWS,
    )


def show_answer(query: str, run: Callable[[], Answer]) -> Response:
    """The answer as a table, yes or no, or Turtle, under the form."""
    try:
        answer = run()
        body, size = [], 0
        for chunk in answer:
            body.append(chunk)
            size += len(chunk)
            if size > LARGEST_PAGE:
                notice = "The answer is too long for a page. Take it in one of the other formats."
                return show_editor(query, notice=notice)
    except HubError as error:
        return show_editor(query, problem=error)
    text = b"".join(body).decode("utf-8")
    if not answer.media_type.startswith("application/sparql-results+json"):
        return show_editor(query, text=text or "# The graph is empty.")
    found = json.loads(text)
    if "boolean" in found:
        return show_editor(query, notice="Yes." if found["boolean"] else "No.")
    columns = found["head"]["vars"]
    rows = [
        [from_json(row[name]) if name in row else None for name in columns]
        for row in found["results"]["bindings"]
    ]
    return show_editor(query, table=read_table(reader(), columns, rows))
