"""What each route takes and gives, said once, beside the view that does it.

The `/openapi.json` of the hub is made of this, and the parameters named here are the only ones a
route takes: a misspelt one is refused instead of being silently ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Flask, request

from hub import __version__
from hub.errors import Invalid
from hub.web.negotiation import MEDIA_TYPES

View = TypeVar("View", bound=Callable[..., Any])

FORMAT = "Format of the answer; else the Accept header decides."


@dataclass(frozen=True)
class Operation:
    """A route in words: its query parameters and the names of its formats.

    `open_ended` routes take any parameter: `/sparql`, as its protocol says, and the questions,
    which check their own.
    """

    formats: tuple[str, ...]
    parameters: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    open_ended: bool = False


def describe(
    *formats: str,
    path: Mapping[str, str] | None = None,
    open_ended: bool = False,
    also: Mapping[str, str] | None = None,
    **parameters: str,
) -> Callable[[View], View]:
    """Says what a view takes and gives; its docstring says what it does.

    `also` are parameters whose names are no identifiers of Python.
    """

    def attach(view: View) -> View:
        view.operation = Operation(formats, {**parameters, **(also or {})}, path or {}, open_ended)  # type: ignore[attr-defined]
        return view

    return attach


def operation_of(app: Flask, endpoint: str) -> Operation | None:
    operation = getattr(app.view_functions.get(endpoint), "operation", None)
    return operation if isinstance(operation, Operation) else None


def refuse_unknown_parameters(app: Flask) -> None:
    """Raises Invalid when the query string has a parameter that the route does not take."""
    operation = operation_of(app, request.endpoint or "")
    if operation is None or operation.open_ended:
        return
    known = {*operation.parameters, *(["format"] if len(operation.formats) > 1 else [])}
    for name in request.args:
        if name not in known:
            takes = f"It takes {', '.join(sorted(known))}." if known else "It takes none."
            raise Invalid(f"{request.path} has no parameter “{name[:60]}”.", remedy=takes)


def openapi(app: Flask, server: str) -> dict[str, Any]:
    """The OpenAPI 3.1 description of every route of the application."""
    paths: dict[str, dict[str, object]] = {}
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        operation = operation_of(app, rule.endpoint)
        if operation is None:
            continue
        path = rule.rule.replace("<path:", "<").replace("<", "{").replace(">", "}")
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        for method in methods:
            view = app.view_functions[rule.endpoint]
            paths.setdefault(path, {})[method.lower()] = _describe(
                view, operation, rule.endpoint, method
            )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "metacluster hub",
            "version": __version__,
            "description": "Clusters, their foreign markets, and who can introduce whom. "
            "Errors are problem documents (RFC 9457).",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server}],
        "security": [{}, {"token": []}],
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {
                "Problem": {
                    "description": "What went wrong, where, and what to do.",
                    "content": {"application/problem+json": {"schema": {"type": "object"}}},
                }
            },
        },
        "paths": paths,
    }


def _describe(
    view: Callable[..., object], operation: Operation, endpoint: str, method: str
) -> dict[str, object]:
    summary, _, description = (view.__doc__ or "").strip().partition("\n")
    parameters: list[dict[str, object]] = [
        {"name": name, "in": "path", "required": True, "description": words, "schema": STRING}
        for name, words in operation.path.items()
    ]
    if method == "GET":
        parameters += [
            {"name": name, "in": "query", "description": words, "schema": STRING}
            for name, words in operation.parameters.items()
        ]
        if len(operation.formats) > 1:
            schema = {"type": "string", "enum": list(operation.formats)}
            parameters.append(
                {"name": "format", "in": "query", "description": FORMAT, "schema": schema}
            )
    content: dict[str, object] = {MEDIA_TYPES[name]: {} for name in operation.formats}
    found: dict[str, object] = {
        "operationId": f"{endpoint}.{method.lower()}",
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": "The answer.", "content": content},
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }
    if description.strip():
        found["description"] = " ".join(description.split())
    if method == "POST":
        form = {"type": "object", "properties": dict.fromkeys(operation.parameters, STRING)}
        content = {"application/x-www-form-urlencoded": {"schema": form}}
        if operation.open_ended:
            content["application/sparql-query"] = {"schema": STRING}
        found["requestBody"] = {"content": content}
    return found


STRING = {"type": "string"}
