"""The loads and the page of each; the files of a source, returned with their findings."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, Response

from hub.errors import Invalid, NotFound
from hub.pages.loads import list_loads, read_load
from hub.pages.sources import SEVERITIES
from hub.publishing.returning import may_have, return_files
from hub.web.negotiation import show
from hub.web.operation import describe
from hub.web.request import caller, number, reader, text
from hub.web.witness import witness_graph

blueprint = Blueprint("loads", __name__)
SEVERITY = "Only findings of this severity: error, warning or note."


def severity() -> str:
    """The severity that was asked for, or none. Raises Invalid for another."""
    asked = text("severity")
    if asked and asked not in SEVERITIES:
        raise Invalid(
            f"There is no severity “{asked[:40]}”.", remedy=f"Use {', '.join(SEVERITIES)}."
        )
    return asked


@blueprint.get("/loads")
@describe("html", "json", "csv", before="Only loads before this number.")
def loads() -> Response:
    """The latest loads: what became of each source."""
    page = list_loads(reader(), number("before", 0, 0, 10**9 - 1))
    return show(page, "loads/index.html", table=page.table)


@blueprint.get("/loads/<load>")
@describe("html", "json", "csv", path={"load": "Number of the load."}, severity=SEVERITY)
def load(load: str) -> Response:
    """One load: the things it added, changed and removed, and its findings."""
    if not (load.isascii() and load.isdigit() and len(load) < 10):
        raise NotFound(f"There is no load “{load[:40]}”.", remedy="See /loads for all.")
    page = read_load(reader(), int(load), severity())
    return show(page, "loads/load.html", table=page.table)


@blueprint.get("/sources/<name>/files/<path:file>")
@describe("file", path={"name": "Name of the source.", "file": "Name of a file that was loaded."})
def file(name: str, file: str) -> Response:
    """A source's own file with the findings in it, for the partner who sent it (with a token).

    A file may hold more than what the hub says of it to others; administrators get what they see.
    """
    asking = reader()
    source = asking.hub.generation.manifest.source(name)
    if source is None or not may_have(asking.viewer, source, caller().may("administer")):
        raise NotFound(f"There is no file “{file}” of a source “{name}” for you.")
    witness_graph(f"file {file}", asking.hub.settings.graph(name))
    with TemporaryDirectory() as folder:
        marked = return_files(asking.hub.settings, name, Path(folder), file)[0]
        kind = mimetypes.guess_type(marked.name)[0] or "application/octet-stream"
        response = Response(marked.read_bytes(), content_type=kind)
        response.headers.set("Content-Disposition", "attachment", filename=marked.name)
    return response
