"""The sources and the page of each."""

from __future__ import annotations

from flask import Blueprint, Response

from hub.pages.sources import list_sources, read_source, tabulate_findings
from hub.web.negotiation import show
from hub.web.operation import describe
from hub.web.request import caller, reader

blueprint = Blueprint("sources", __name__)


@blueprint.get("/sources")
@describe("html", "json", "csv")
def sources() -> Response:
    """The sources: owners, licences, last loads, totals, findings."""
    page = list_sources(reader())
    return show(page, "sources/index.html", table=page.table)


@blueprint.get("/sources/<name>")
@describe("html", "json", "csv", path={"name": "Name of the source."})
def source(name: str) -> Response:
    """One source: its files, its totals beside what was expected, and its findings."""
    page = read_source(reader(), name, caller().may("administer"))
    return show(page, "sources/source.html", table=lambda: tabulate_findings(page.findings))
