"""The ontology, to be browsed."""

from __future__ import annotations

from flask import Blueprint, Response

from hub.pages.terms import read_ontology
from hub.vocabulary import MC
from hub.web.negotiation import show
from hub.web.operation import describe
from hub.web.request import reader

blueprint = Blueprint("ontology", __name__)


@blueprint.get("/ontology")
@describe("html", "json", "csv")
def ontology() -> Response:
    """The classes, properties and controlled lists of the model."""
    page = read_ontology(reader(), MC)

    def table() -> list[list[object]]:
        rows: list[list[object]] = [["section", "name", "label", "definition", "example", "iri"]]
        for section in page.sections:
            for t in section.terms:
                about = [t.name, t.link.label, t.definition, t.example, t.link.iri]
                rows.append([section.title, *about])
        return rows

    return show(page, "ontology/terms.html", table=table)
