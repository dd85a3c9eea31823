"""The ontology, to be browsed."""

from __future__ import annotations

from flask import Blueprint, Response

from hub.pages.terms import read_ontology
from hub.sparql.pool import Answer
from hub.vocabulary import MC
from hub.web.negotiation import GRAPH_FORMATS, show
from hub.web.operation import describe
from hub.web.request import reader

blueprint = Blueprint("ontology", __name__)


@blueprint.get("/ontology")
@describe("html", "json", "csv", *GRAPH_FORMATS)
def ontology() -> Response:
    """The classes, properties and controlled lists of the model; as RDF, all that defines them."""
    asking = reader()
    page = read_ontology(asking, MC)

    def table() -> list[list[object]]:
        rows: list[list[object]] = [["section", "name", "label", "definition", "example", "iri"]]
        for section in page.sections:
            for t in section.terms:
                about = [t.name, t.link.label, t.definition, t.example, t.link.iri]
                rows.append([section.title, *about])
        return rows

    def graph(media_type: str) -> Answer:
        only = [asking.hub.settings.graph("ontology")]
        text = asking.library.text("pages/ontology")
        return asking.hub.query(text, asking.viewer, default_graph=only, format=media_type)

    return show(page, "ontology/terms.html", table=table, graph=graph)
