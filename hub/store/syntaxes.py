"""Triples that the hub itself makes, in the syntaxes of RDF."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from hub.terms import Term
from hub.vocabulary import NAMESPACES

Triple = tuple[Term, Term, Term]


def serialise(
    triples: Iterable[Triple], media_type: str, prefixes: Mapping[str, str] = NAMESPACES
) -> bytes:
    """Triples as text of a media type: Turtle, N-Triples, RDF/XML, JSON-LD.

    Raises:
        ValueError: there is no such syntax, or a term is malformed.
    """
    syntax = ox.RdfFormat.from_media_type(media_type)
    if syntax is None:
        raise ValueError(f"{media_type} is no syntax of RDF.")
    text = "".join(f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in triples)
    named = syntax in (ox.RdfFormat.TURTLE, ox.RdfFormat.RDF_XML)
    written = ox.serialize(
        (quad.triple for quad in ox.parse(text, ox.RdfFormat.N_TRIPLES)),
        format=syntax,
        prefixes=dict(prefixes) if named else None,
    )
    return written or b""
