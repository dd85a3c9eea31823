"""A query as it came over HTTP: the ways in which the SPARQL 1.1 Protocol lets it be sent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from hub.errors import Invalid
from hub.store.terms import check_iri

QUERY, UPDATE = "application/sparql-query", "application/sparql-update"
FORM = "application/x-www-form-urlencoded"
ONLY_QUERIES = "This endpoint only answers queries."
NO_QUERY = "Send one as `query`, such as /sparql?query=ASK%20{}."
MOST_PARAMETERS = 1_000

Values = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """A query, its dataset, and how it is to be answered; an empty query where none was sent."""

    query: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    timeout: float | None = None
    format: str = ""


def read_query() -> Asked:
    """What the request asks: by GET, by POST as a form, or by POST as the query itself.

    The graphs of the dataset may stand in the address with each of them.

    Raises:
        Invalid: there are several queries, none where one must be, an update, text that is not
            UTF-8, or a parameter that cannot be.
        UnsupportedMediaType: the body is neither a form nor a query.
    """
    values = _read_pairs(request.query_string, "the address")
    if request.method == "POST":
        values += _read_body()
    queries = _all(values, "query")
    if _all(values, "update"):
        raise Invalid(ONLY_QUERIES, where="update", remedy="Data change by loading sources.")
    if len(queries) > 1:
        raise Invalid(
            f"There are {len(queries)} queries.",
            where="query",
            remedy="Send one, either in the address or in the body.",
        )
    if not "".join(queries).strip() and (request.method == "POST" or queries):
        raise Invalid("There is no query.", where="query", remedy=NO_QUERY)
    return Asked(
        "".join(queries),
        _read_graphs(values, "default-graph-uri"),
        _read_graphs(values, "named-graph-uri"),
        _read_timeout(_all(values, "timeout")),
        ",".join(_all(values, "format")),
    )


def _read_body() -> list[tuple[str, str]]:
    if request.mimetype == UPDATE:
        raise Invalid(ONLY_QUERIES, where="body", remedy="Data change by loading sources.")
    if request.mimetype not in (FORM, QUERY):
        raise UnsupportedMediaType()
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8", "us-ascii"):
        raise Invalid(
            f"The body is declared as {charset[:40]}; SPARQL is read as UTF-8 only.",
            where="Content-Type",
            remedy="Send UTF-8.",
        )
    body = request.get_data()
    if request.mimetype == FORM:
        return _read_pairs(body, "the form")
    return [("query", _decode(body, "the query"))]


def _read_pairs(text: bytes, where: str) -> list[tuple[str, str]]:
    """The parameters of an address or a form, in order."""
    try:
        return parse_qsl(
            _decode(text, where),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except UnicodeDecodeError as error:
        raise Invalid(
            f"What is percent-encoded in {where} is not UTF-8.", remedy="Encode it as UTF-8."
        ) from error
    except ValueError as error:
        raise Invalid(f"There are more than {MOST_PARAMETERS:,} parameters.") from error


def _decode(text: bytes, where: str) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(
            f"{where[0].upper()}{where[1:]} is not UTF-8.",
            where=f"byte {error.start + 1}",
            remedy="Send UTF-8.",
        ) from error


def _all(values: Values, name: str) -> list[str]:
    return [value for key, value in values if key == name]


def _read_graphs(values: Values, name: str) -> tuple[str, ...]:
    graphs = _all(values, name)
    for graph in graphs:
        try:
            check_iri(graph)
        except Invalid as error:
            raise Invalid(error.message, where=name, remedy=error.remedy) from error
    return tuple(graphs)


def _read_timeout(given: Sequence[str]) -> float | None:
    """The seconds that the caller gives the query; None where he leaves them to the hub."""
    if not given:
        return None
    seconds = float(given[0]) if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", given[0]) else 0.0
    if len(given) > 1 or not seconds:
        raise Invalid(
            f"timeout must be a number of seconds above 0, not “{', '.join(given)[:40]}”.",
            where="timeout",
            remedy="Give one such as 5 or 0.5, or leave it out.",
        )
    return seconds
