"""The application: settings, headers, blueprints."""

from __future__ import annotations

import hashlib
from importlib import import_module
from importlib.resources import files

from flask import Flask, Response, request, session, url_for
from werkzeug.exceptions import RequestURITooLarge

from hub import __version__
from hub.errors import Invalid
from hub.hub import Hub
from hub.pages.candidates import Candidates
from hub.pages.parts import page_of, say_date
from hub.paths.strength import show_strength
from hub.questions import read_library
from hub.settings import resource_folder
from hub.web.entrance import set_up
from hub.web.operation import refuse_unknown_parameters
from hub.web.problems import register_handlers

BLUEPRINTS = (
    "front", "search", "things", "markets", "sources", "loads", "questions", "introductions",
    "sparql", "names", "ontology", "service", "entrance", "identity",
)  # fmt: skip
LONGEST_ADDRESS = 16 * 1024  # characters, query string included
LARGEST_BODY = 256 * 1024  # bytes; far above the longest query that the scanner lets through
SECRETS = {"token", "access_token", "authorization", "bearer"}

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def create_app(hub: Hub) -> Flask:
    """The WSGI application that serves one hub. Run it under waitress or granian."""
    app = Flask("hub.web")
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=50,
        SEND_FILE_MAX_AGE_DEFAULT=7 * 86_400,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.extensions["hub"] = hub
    app.extensions["library"] = read_library(resource_folder("queries"), hub.settings.base)
    app.extensions["candidates"] = Candidates()
    register_handlers(app)
    set_up(app)
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(f"hub.web.{name}").blueprint)

    @app.before_request
    def check_request() -> None:
        if len(request.full_path) > LONGEST_ADDRESS:
            raise RequestURITooLarge()
        for name in SECRETS & {name.lower() for name in request.args}:
            raise Invalid(
                f"A token may not stand in an address ({name}): addresses are logged and shared.",
                remedy="Send it as `Authorization: Bearer TOKEN`, and have this one revoked.",
            )
        refuse_unknown_parameters(app)

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.vary.update(["Accept", "Authorization"])
            known = "Authorization" in request.headers or "key" in session
            private = "private, " if known else ""
            response.headers.setdefault("Cache-Control", f"{private}no-cache")
            response.headers.setdefault("Access-Control-Allow-Origin", "*")
        return response

    marks = {name: _mark(name) for name in ("hub.css", "hub.js", "world.svg")}

    def asset(name: str) -> str:
        """The address of a static file, which changes when its content does."""
        return url_for("static", filename=name, v=marks[name])

    app.jinja_env.globals.update(asset=asset, version=__version__)
    app.jinja_env.globals.update(page_of=lambda iri: page_of(iri, hub.settings.base))
    app.jinja_env.filters.update(say_date=say_date, strength=show_strength)
    return app


def _mark(name: str) -> str:
    content = files("hub.web").joinpath("static", name).read_bytes()
    return hashlib.sha256(content).hexdigest()[:10]
