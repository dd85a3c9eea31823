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
    expand(name)
    for name in ["schema:email", "schema:telephone", "schema:faxNumber", "foaf:mbox", "foaf:phone"]
)
# What sources and their rows say word for word, and what in it reaches somebody: e-mail addresses,
# and telephone numbers that begin with +, 0, an area code in brackets or a word for telephones.
QUOTATIONS = frozenset(expand(name) for name in ("mc:quote", "mc:rowQuote"))
CONTACT = (
    r"[^\s@]@[^\s@]+\.\pL{2,}|\+[0-9][0-9\s()./-]{6,}|\b0[0-9]([.\s-]?[0-9]{2}){4}"
    r"|(\(\+?[0-9]{2,5}\)|\b0[0-9]{1,4}[\s-])\s?[0-9][0-9\s-]{4,}[0-9]"
    r"|(?i:tel|fax|phone|mobile|móvil|mobil|电话|手机)[^0-9+(]{0,9}[0-9+(][0-9\s()./-]{5,}"
)
