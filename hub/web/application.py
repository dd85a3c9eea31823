"""The application: settings, headers, blueprints."""

from __future__ import annotations

import hashlib
import re
from importlib import import_module
from importlib.resources import files

from flask import Flask, request, url_for
from werkzeug.exceptions import RequestURITooLarge

from hub import __version__
from hub.errors import Invalid
from hub.hub import Hub
from hub.pages.candidates import Candidates
from hub.pages.parts import page_of
from hub.paths.facts import show_date
from hub.paths.strength import show_strength
from hub.questions import read_library
from hub.settings import resource_folder
from hub.web import address, budget, delivery, entrance, metrics, single_sign_on
from hub.web.operation import refuse_unknown_parameters
from hub.web.problems import register_handlers

BLUEPRINTS = (
    "front", "search", "things", "markets", "sources", "loads", "questions", "introductions",
    "ledger", "brokers", "sparql", "graphs", "workbench", "names", "ontology", "service",
    "entrance", "password", "single_sign_on", "identity", "audit", "kept",
)  # fmt: skip
ASSETS = (
    *("hub.css", "hub.js", "world.svg"),
    *("workbench.js", "completion.js", "results.js", "pictures.js", "codemirror.js"),
)
LONGEST_ADDRESS = 16 * 1024  # characters, query string included
LARGEST_BODY = 2**20  # bytes: the longest query that is let through, each character in nine of them
SECRETS = {"token", "access_token", "authorization", "bearer"}
TOKEN = re.compile("mch_[0-9a-f]{16}_")


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
    delivery.set_up(app)
    metrics.set_up(app)
    address.set_up(app, hub.settings)
    budget.set_up(app, hub.settings)
    entrance.set_up(app)
    single_sign_on.set_up(app, hub.settings)
    for name in BLUEPRINTS:
        app.register_blueprint(import_module(f"hub.web.{name}").blueprint)

    @app.before_request
    def check_request() -> None:
        if len(request.full_path) > LONGEST_ADDRESS:
            raise RequestURITooLarge()
        named = SECRETS & {name.lower() for name in request.args}
        if named or TOKEN.search(request.full_path):
            raise Invalid(
                "A token may not stand in an address: addresses are logged and shared.",
                where=", ".join(sorted(named)),
                remedy="Send it as `Authorization: Bearer TOKEN`, and have this one revoked.",
            )
        refuse_unknown_parameters(app)

    marks = {name: _mark(name) for name in ASSETS}

    def asset(name: str) -> str:
        """The address of a static file, which changes when its content does."""
        return url_for("static", filename=name, v=marks[name])

    app.jinja_env.globals.update(asset=asset, version=__version__)
    app.jinja_env.globals.update(page_of=lambda iri: page_of(iri, hub.settings.base))
    app.jinja_env.filters.update(say_date=show_date, strength=show_strength)
    return app


def _mark(name: str) -> str:
    content = files("hub.web").joinpath("static", name).read_bytes()
    return hashlib.sha256(content).hexdigest()[:10]
