"""RDF from one syntax into another."""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph as ox


def rewrite(turtle: str, media_type: str, prefixes: Mapping[str, str]) -> bytes:
    """Turtle in the syntax of a media type, with `prefixes` where that has them.

    Raises:
        ValueError: the engine writes no such syntax.
    """
    syntax = ox.RdfFormat.from_media_type(media_type)
    if syntax is None:
        raise ValueError(f"There is no RDF syntax {media_type!r}.")
    parsed = ox.parse(turtle.encode(), ox.RdfFormat.TURTLE)
    return ox.serialize(parsed, format=syntax, prefixes=dict(prefixes)) or b""
