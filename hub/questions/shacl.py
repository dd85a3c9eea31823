"""Questions as RDF, so that other tools find, read and run them.

Each is a `sh:SPARQLSelectExecutable` of SHACL Advanced Features, with its parameters as
`sh:Parameter`; what SHACL has no word for is said in Dublin Core, DCAT and RDFS. The name of the
variable that a parameter binds is the last part of its `sh:path`, as SHACL has it.
"""

from __future__ import annotations

from collections.abc import Iterable

from hub.questions.library import Question
from hub.terms import XSD
from hub.turtle import fill
from hub.vocabulary import NAMESPACES, expand

PREFIXES = NAMESPACES | {
    "sh": "http://www.w3.org/ns/shacl#",
    "dcat": "http://www.w3.org/ns/dcat#",
}


def describe_questions(questions: Iterable[Question], address: str) -> str:
    """Some questions in Turtle; `address` is that of their list, without a slash at its end."""
    values = {"questions": questions, "address": address, "xsd": XSD, "expand": expand}
    return fill("hub.questions", "shacl.ttl", PREFIXES, **values)
