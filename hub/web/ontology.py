"""The ontology, to be browsed."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response

from hub.pages.terms import read_ontology
from hub.vocabulary import MC
from hub.web.negotiation import GRAPH_FORMATS, MEDIA_TYPES, show
from hub.web.operation import describe
from hub.web.request import reader

blueprint = Blueprint("ontology", __name__)


@blueprint.get("/ontology")
@describe("html", "json", "csv", *GRAPH_FORMATS)
def ontology() -> Response:
    """The classes, properties and controlled lists of the model; as RDF, all that defines them."""
    page = read_ontology(reader(), MC)

    def table() -> list[list[object]]:
        rows: list[list[object]] = [["section", "name", "label", "definition", "example", "iri"]]
        for section in page.sections:
            for t in section.terms:
                about = [t.name, t.link.label, t.definition, t.example, t.link.iri]
                rows.append([section.title, *about])
        return rows

    others = {name: write_ontology(name) for name in GRAPH_FORMATS}
    return show(page, "ontology/terms.html", table=table, others=others)


def write_ontology(name: str) -> Callable[[], Response]:
    """The graph of the ontology in the format of that name."""

    def write() -> Response:
        asked = reader()
        found = asked.hub.query(
            asked.library.text("pages/ontology"),
            asked.viewer,
            default_graph=[asked.hub.settings.graph("ontology")],
            format=MEDIA_TYPES[name],
        )
        return Response(found, content_type=found.content_type)

    return write
