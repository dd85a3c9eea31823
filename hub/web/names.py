"""Names for who types: things that begin so, and what the things of an answer are called."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, request

from hub.errors import Invalid
from hub.hub import describe_types
from hub.pages.evidence import Evidence
from hub.pages.parts import Link, as_json
from hub.pages.reader import Reader
from hub.pages.things import country_code
from hub.pages.world import draw_map
from hub.terms import iri
from hub.vocabulary import expand
from hub.web.negotiation import json_response
from hub.web.operation import describe
from hub.web.request import reader, text

blueprint = Blueprint("names", __name__)

OFFERED = 12  # names at a time
MOST = 1_000  # things that are named in one request


@blueprint.get("/names")
@describe(
    "json",
    q="Beginnings of the words of a name.",
    also={"class": "Only things of these classes, such as mc:Market, separated by blanks."},
)
def offer() -> Response:
    """Things whose names begin so, the likeliest first; for fields that complete what one types."""
    asking = reader()
    wanted = [expand(name) for name in text("class").split()]
    index, graphs = asking.hub.served.index, asking.hub.graphs(asking.viewer)
    hits = index.find(text("q", 200), graphs, OFFERED, wanted)
    # What is found by another of its names is offered by its own.
    named = asking.describe(hit.iri for hit in hits)
    described = {hit.iri: describe_types(hit.types) for hit in hits}
    kinds = asking.describe(map(expand, described.values()))
    return json_response(
        [
            {
                "iri": hit.iri,
                "label": named[hit.iri].label or hit.label,
                "matched": hit.label,
                "what": getattr(kinds.get(expand(described[hit.iri])), "label", ""),
            }
            for hit in hits
        ]
    )


@blueprint.post("/names")
@describe(
    "json",
    iri="IRI of a thing; may be given many times.",
    map="Anything: also say in which countries the things are, and how those are drawn.",
)
def call() -> Response:
    """What things are called and where their pages are, by IRI; for tables of answers.

    Asked by POST since there are many.
    """
    iris = request.form.getlist("iri")
    if len(iris) > MOST:
        raise Invalid(f"At most {MOST:,} things are named at a time.", where="iri")
    asking = reader()
    evidence = Evidence(asking, iris)
    found: dict[str, object] = {"names": {name: as_json(evidence.link(name)) for name in iris}}
    if "map" in request.form:
        countries = read_countries(asking, [name for name in iris if evidence.labelled(name)])
        codes = {code: Link("", code, "") for code in sorted(set(countries.values()))}
        found |= {"countries": countries, "map": as_json(draw_map(codes.items()))}
    return json_response(found)


def read_countries(asking: Reader, things: Iterable[str]) -> dict[str, str]:
    """Thing → ISO 3166 code of its country, of those that have one on the map."""
    codes = {name: country_code(name, asking.base) for name in things}
    elsewhere = [iri(name) for name, code in codes.items() if not code]
    for row in asking.select("countries-of", thing=elsewhere) if elsewhere else ():
        codes[row["thing"].value] = country_code(row["country"].value, asking.base)
    return {name: code for name, code in codes.items() if code}
