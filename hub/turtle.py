"""RDF from templates in Turtle: whatever stands for a variable is written as a checked term.

A text, a number or a truth value becomes a literal, a `Term` what it is; so no value can end a
literal or an IRI early, and nobody has to remember to escape it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template

from hub.terms import Term, iri, literal


def fill(package: str, template: str, prefixes: Mapping[str, str], **values: object) -> str:
    """The Turtle that a template of a package gives with some values.

    Templates may call `iri(text)`, `en(text)` for a text in English, and `typed(text, datatype)`.
    Raises ValueError for what is no IRI.
    """
    header = "".join(f"@prefix {name}: <{start}> .\n" for name, start in prefixes.items())
    return header + _read(package, template).render(values)


@cache
def _read(package: str, template: str) -> Template:
    environment = Environment(
        finalize=_write, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )  # nothing to do with HTML, so nothing is escaped as in HTML
    environment.globals |= {"iri": iri, "en": _say_in_english, "typed": _type}
    text = files(package).joinpath(template).read_text(encoding="utf-8")
    return environment.from_string(text)


def _write(value: Any) -> str:
    return (value if isinstance(value, Term) else literal(value)).n3()


def _say_in_english(text: str) -> Term:
    return literal(text, "en")


def _type(text: str, datatype: str) -> Term:
    return Term("literal", text, datatype=datatype)
