"""The namespaces that mappings, descriptions and pages call by prefix."""

from __future__ import annotations

NAMESPACES: dict[str, str] = {
    "mc": "https://w3id.org/metacluster/ns#",
    "org": "http://www.w3.org/ns/org#",
    "schema": "https://schema.org/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prov": "http://www.w3.org/ns/prov#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "sh": "http://www.w3.org/ns/shacl#",
    "ways": "https://w3id.org/metacluster/ways#",
}
MC = NAMESPACES["mc"]
XSD = NAMESPACES["xsd"]
RDF_TYPE = NAMESPACES["rdf"] + "type"


def expand(name: str) -> str:
    """`mc:Cluster` as a full IRI; a text without a known prefix comes back unchanged."""
    prefix, colon, local = name.partition(":")
    if colon and not local.startswith("//") and prefix in NAMESPACES:
        return NAMESPACES[prefix] + local
    return name


def shorten(iri: str) -> str:
    """A full IRI as `prefix:local` where a known namespace holds it, else unchanged."""
    for prefix, namespace in NAMESPACES.items():
        local = iri[len(namespace) :]
        if iri.startswith(namespace) and local and not set(local) & set("/#?"):
            return f"{prefix}:{local}"
    return iri
