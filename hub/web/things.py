"""The pages of things: `/id/<kind>/<key>` under the hub's base, `/resource?iri=` for all others."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

from flask import Blueprint, Response, current_app, redirect, request

from hub.errors import Invalid
from hub.pages.evidence import best
from hub.pages.markets import read_market
from hub.pages.parts import Citation, Link, as_json, page_of
from hub.pages.things import ThingPage, read_list, read_thing
from hub.sparql.pool import Answer
from hub.store.terms import check_iri
from hub.terms import iri
from hub.web.negotiation import GRAPH_FORMATS, show
from hub.web.operation import describe
from hub.web.request import reader, text, the_hub
from hub.web.witness import witness_answer

blueprint = Blueprint("things", __name__)

LIST = "Only what points to the thing through this property (an IRI), a stretch at a time."
AFTER = "With `list`: begin after this IRI."


@blueprint.get("/id/<kind>/<path:key>")
@describe(
    "html",
    "json",
    "csv",
    *GRAPH_FORMATS,
    path={"kind": "Kind of the thing, such as organisation.", "key": "Its key."},
    list=LIST,
    after=AFTER,
)
def thing(kind: str, key: str) -> Response:
    """Everything that is said of a thing, each fact with its source."""
    # What no IRI may hold came percent-encoded and was decoded on its way; all else stands.
    local = "".join(quote(c) if c in ' <>"{}|^`\\' else c for c in f"{kind}/{key}")
    return answer(the_hub().settings.base + local)


@blueprint.get("/resource")
@describe("html", "json", "csv", *GRAPH_FORMATS, iri="IRI of the thing.", list=LIST, after=AFTER)
def resource() -> Response:
    """The same for a thing whose IRI stands elsewhere."""
    address = text("iri")
    if not address:
        raise Invalid("Which thing?", where="iri", remedy="Give its IRI: /resource?iri=…")
    return answer(address)


def answer(address: str) -> Response:
    """The page of the thing at `address`, which is malformed, unknown, renamed or there."""
    check_iri(address)
    asking = reader()
    canonical = asking.hub.canonical(address, asking.viewer)
    if canonical != address:
        return moved(canonical)
    name = text("list")
    if name:
        page = read_list(asking, address, check_iri(name), text("after"))
    elif address.startswith(asking.base + "market/"):
        page = read_market(asking, address)
    else:
        page = read_thing(asking, address)
    witness_answer("page", lambda: as_json(page), [address])

    def graph(media_type: str) -> Answer:
        text, thing = asking.library.text("pages/thing-description"), {"thing": iri(address)}
        return asking.hub.query(text, asking.viewer, bindings=thing, format=media_type)

    table = partial(rows_of, page)
    return show(page, "things/thing.html", table=table, graph=graph, stretch=bool(name))


def moved(canonical: str) -> Response:
    """To the page of the IRI under which the viewer sees the same thing."""
    target = page_of(canonical, the_hub().settings.base)
    query = request.query_string.decode("ascii", "replace")
    if request.endpoint == "things.thing" and query:
        target += ("&" if "?" in target else "?") + query
    return current_app.make_response(redirect(target, 303))


def rows_of(page: ThingPage) -> Iterator[list[object]]:
    """The facts of a page as a table: one row per fact and citation."""
    yield ["group", "value", "iri", "when", "details", "source", "document", "place", "quote"]
    for group in (*page.profile, *page.groups):
        for fact in group.facts:
            address = fact.value.iri if isinstance(fact.value, Link) else ""
            details = (" ".join([d.label, *map(best, d.values)]).strip() for d in fact.details)
            row = [group.title, best(fact.value), address, fact.when, "; ".join(details)]
            for cited in fact.citations or (Citation(),):
                yield [
                    *row,
                    "derived" if cited.derived else cited.source.label if cited.source else "",
                    cited.document.label if cited.document else "",
                    cited.place,
                    cited.quote.value if cited.quote else "",
                ]
