"""Namespaces of the hub, and the shortening of IRIs for people."""

from __future__ import annotations

from loaders.namespaces import MC as MC
from loaders.namespaces import NAMESPACES as NAMESPACES
from loaders.namespaces import RDF_TYPE as RDF_TYPE
from loaders.namespaces import expand as expand
from loaders.namespaces import shorten as shorten

RDFS_LABEL = NAMESPACES["rdfs"] + "label"
DEFAULT_BASE = "https://w3id.org/metacluster/id/"
# The name by which the hub calls the store's unnamed graph, which holds what the public sees.
PUBLIC_UNION = "urn:x-metacluster:public"
WAYS_SEARCH = NAMESPACES["ways"] + "search"  # what queries ask for ways by SERVICE
# What reaches a person.
PERSONAL = frozenset(
    expand(name) for name in ("schema:email", "schema:telephone", "foaf:mbox", "foaf:phone")
)
