"""The hub's own address, which absolute addresses in answers begin with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Flask, request

from hub.errors import Invalid
from hub.settings import HOST, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


def set_up(app: Flask, settings: Settings) -> None:
    """Take the address from the settings; else from the request, where it can be one at all."""
    if settings.address:
        parts, inner = urlsplit(settings.address), app.wsgi_app

        def serve(environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
            environ |= {"HTTP_HOST": parts.netloc, "wsgi.url_scheme": parts.scheme}
            return inner(environ, start)

        app.wsgi_app = serve  # type: ignore[assignment, method-assign]
        return

    @app.before_request
    def check_host() -> None:
        if not re.fullmatch(HOST, request.environ.get("HTTP_HOST") or "localhost"):
            raise Invalid(
                "The Host header of the request is no host name.",
                where="Host",
                remedy="Send the name, and the port if any, at which you reach the hub.",
            )
