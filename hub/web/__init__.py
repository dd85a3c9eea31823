"""The hub in the browser: Flask, server-rendered, without anything fetched from elsewhere."""

from hub.web.application import create_app
from hub.web.server import serve_forever

__all__ = ["create_app", "serve_forever"]
