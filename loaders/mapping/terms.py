"""RDF terms as text: what may stand in an N-Quads line, and how a value gets there."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

from loaders.lexical import check_lexical, check_text, escape_text
from loaders.namespaces import XSD
from loaders.reading.rdf import check_iri as check_iri

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# Unreserved characters of RFC 3987, without its private ranges and without the marks that turn the
# direction of writing (section 4.1).
SAFE = (
    "A-Za-z0-9._~\u00a0-\u200d\u2010-\u2027\u202f-\u2065\u206a-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
    + "".join(f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 0xE))
    + "-"
)
UNSAFE = re.compile(f"[^{SAFE}]+")
LANGUAGE = re.compile(r"(?:[A-Za-z]{2,3}|[ix])(?:-[A-Za-z0-9]{1,8})*")


def encode_iri_part(value: str) -> str:
    """The value as a part of an IRI made by a template: all but unreserved characters
    percent-encoded (R2RML, 7.3). Raises ValueError for what would climb in a path, or no text.
    """
    check_text(value)
    if value in (".", ".."):
        raise ValueError("“.” and “..” cannot be part of an IRI")
    return UNSAFE.sub(lambda match: quote(match[0], safe=""), value)


def encode_label(value: str) -> str:
    """The value as the label of a blank node: letters and digits stay, others are written by
    number.
    """
    return "b" + re.sub(r"[^A-Za-z0-9]", lambda match: f"_{ord(match[0]):x}_", check_text(value))


def resolve_iri(base: str) -> Callable[[str], str]:
    """A function from a value to an absolute IRI: relative ones are put behind the base (R2RML,
    7.2).
    """

    def resolve(value: str) -> str:
        value = value.strip()
        return check_iri(value if SCHEME.match(value) else base + value)

    return resolve


def check_language(tag: str) -> str:
    """The tag, when it can be a language tag of BCP 47. Raises ValueError."""
    if not LANGUAGE.fullmatch(tag):
        raise ValueError(f"“{tag}” is no language tag: tags are like en, pt-BR")
    return tag


def write_literal(value: str, *, language: str = "", datatype: str = "") -> str:
    """A whole literal in canonical N-Quads. Raises ValueError."""
    if language:
        return f'"{escape_text(value)}"@{check_language(language)}'
    if datatype and datatype != XSD + "string":
        return f'"{check_lexical(datatype)(value)}"^^<{check_iri(datatype)}>'
    return f'"{escape_text(value)}"'
