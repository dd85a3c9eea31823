"""RDF terms as the hub's own code sees them: plain, frozen, and safe to write into a query.

A `Term` knows no engine. It comes out of SPARQL results (`from_json`, `read_solutions`) and goes
into query text by `n3()`, which checks every part, so that no value can end a literal or an IRI
early. That is the only way in which the hub writes a value into a query.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from hub.vocabulary import NAMESPACES

Kind = Literal["iri", "literal", "bnode"]

XSD = NAMESPACES["xsd"]
_STRING = XSD + "string"
_LANG_STRING = NAMESPACES["rdf"] + "langString"

# IRIREF of SPARQL 1.1 (rule 139), made absolute; lone surrogates cannot be written as UTF-8,
# and RFC 3987 leaves out the specials, among them the replacement character.
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^<>\"{}|^`\\\x00-\x20\ud800-\udfff\ufff0-\uffff]*")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_BNODE = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_\-])?")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TO_ESCAPE = re.compile(r'["\\\n\r\t]')
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")  # what a spreadsheet keeps exactly
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_NUMERIC = {XSD + name for name in ("integer", "decimal", "double", "float", "int", "long")}


@dataclass(frozen=True, slots=True, order=True)
class Term:
    """An IRI, a literal or a blank node.

    Attributes:
        kind: `iri`, `literal` or `bnode`.
        value: the IRI, the lexical form, or the label without `_:`.
        language: the language tag of a literal; empty where it has none.
        datatype: the datatype IRI of a literal; empty for plain and for language-tagged strings.
    """

    kind: Kind
    value: str
    language: str = ""
    datatype: str = ""

    def n3(self) -> str:
        """The term as SPARQL and N-Triples write it, every part checked and escaped.

        Raises:
            ValueError: the IRI is relative or holds a forbidden character, the language tag or
                the blank node label is malformed, or a lone surrogate is in the text. The message
                shows the value.
        """
        if self.kind == "iri":
            return f"<{_matched(_IRI, self.value, 'an absolute IRI')}>"
        if self.kind == "bnode":
            return f"_:{_matched(_BNODE, self.value, 'a blank node label')}"
        if _SURROGATE.search(self.value):
            raise ValueError(f"{self.value!r} holds half a surrogate pair.")
        text = '"' + _TO_ESCAPE.sub(lambda m: _ESCAPES[m[0]], self.value) + '"'
        if self.language:
            return f"{text}@{_matched(_LANGUAGE, self.language, 'a language tag')}"
        if self.datatype and self.datatype != _STRING:
            return f"{text}^^<{_matched(_IRI, self.datatype, 'an absolute IRI')}>"
        return text

    def __str__(self) -> str:
        return self.value

    def as_json(self) -> dict[str, str]:
        """The term as an object of the SPARQL JSON results format; the mirror of `from_json`."""
        named = {"iri": "uri", "literal": "literal", "bnode": "bnode"}[self.kind]
        extra = {"xml:lang": self.language, "datatype": self.datatype}
        return {"type": named, "value": self.value} | {k: v for k, v in extra.items() if v}


def iri(value: str) -> Term:
    """An IRI, checked at once. Raises ValueError as `Term.n3` does."""
    return Term("iri", _matched(_IRI, value, "an absolute IRI"))


def literal(value: str | int | float | Decimal | bool, language: str = "") -> Term:
    """A literal of a Python value: text, integer, double, decimal or boolean."""
    if isinstance(value, bool):
        return Term("literal", str(value).lower(), datatype=XSD + "boolean")
    if isinstance(value, str):
        return Term("literal", value, language=language)
    name = {int: "integer", float: "double", Decimal: "decimal"}[type(value)]
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    return Term("literal", text, datatype=XSD + name)


def number_or_text(term: Term) -> str | int | float:
    """The value of a literal: a number where it is one that a spreadsheet keeps as it is."""
    if term.datatype in _NUMERIC:
        if _WHOLE.fullmatch(term.value):
            return int(term.value)
        if _NUMBER.fullmatch(term.value) and len(term.value) < 16:
            return float(term.value)
    return term.value


def from_json(term: Mapping[str, str]) -> Term:
    """A term from an object of the SPARQL 1.1 JSON results format.

    Raises:
        ValueError: the object is none of `uri`, `literal`, `typed-literal`, `bnode`, such as the
            quoted triples of SPARQL 1.2.
    """
    kind, value = term.get("type"), term.get("value")
    if isinstance(value, str) and "its:dir" not in term:
        if kind == "uri":
            return Term("iri", value)
        if kind == "bnode":
            return Term("bnode", value)
        if kind in ("literal", "typed-literal"):
            language, datatype = term.get("xml:lang", ""), term.get("datatype", "")
            if language or datatype in (_STRING, _LANG_STRING):
                datatype = ""
            return Term("literal", value, language, datatype)
    raise ValueError(f"{term!r} is not a term of SPARQL 1.1 results.")


def read_solutions(text: str | bytes) -> list[dict[str, Term]]:
    """The rows of a SPARQL JSON result; an unbound variable is absent from its row.

    Raises:
        ValueError: the text is not JSON (a cut answer is not), or not such a result.
    """
    try:
        rows = json.loads(text)["results"]["bindings"]
    except (KeyError, TypeError) as error:
        raise ValueError("This is not a SPARQL JSON result of a SELECT query.") from error
    return [{name: from_json(term) for name, term in row.items()} for row in rows]


def _matched(pattern: re.Pattern[str], value: str, what: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError(f"{value!r} is not {what}.")
    return value
