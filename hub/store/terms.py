"""The engine's terms and the hub's: one into the other."""

from __future__ import annotations

from typing import Any

import pyoxigraph as ox

from hub.errors import Invalid
from hub.terms import Term
from hub.vocabulary import PUBLIC_UNION, RDF_TYPE

RDF_TYPE_NODE = ox.NamedNode(RDF_TYPE)
STRING = "http://www.w3.org/2001/XMLSchema#string"


def graph_from(iri: str) -> ox.NamedNode | ox.DefaultGraph:
    """The graph that the hub calls `iri`."""
    return ox.DefaultGraph() if iri == PUBLIC_UNION else ox.NamedNode(iri)


def named(graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph) -> str:
    """What the hub calls a graph; the mirror of `graph_from`."""
    return graph.value if isinstance(graph, ox.NamedNode) else PUBLIC_UNION


def name_of(quad: ox.Quad) -> Any:
    """The predicate of a statement, or the class that it gives its subject."""
    return quad.object if quad.predicate == RDF_TYPE_NODE else quad.predicate


def term_from(value: ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple) -> Term:
    """An Oxigraph term as a `hub.terms.Term`."""
    if isinstance(value, ox.NamedNode):
        return Term("iri", value.value)
    if isinstance(value, ox.Literal):
        datatype = value.datatype.value
        plain = value.language or datatype == STRING
        return Term("literal", value.value, value.language or "", "" if plain else datatype)
    if isinstance(value, ox.BlankNode):
        return Term("bnode", value.value)
    raise TypeError(f"no term of the hub: {value!r}")


def check_iri(text: str) -> str:
    """`text` where it is an absolute IRI; raises Invalid otherwise."""
    try:
        Term("iri", text).n3()
    except ValueError as error:
        raise Invalid(
            f"“{text}” is not an absolute IRI.",
            remedy="Write it whole, as https://example.org/name; percent-encode blanks and <>.",
        ) from error
    return text
