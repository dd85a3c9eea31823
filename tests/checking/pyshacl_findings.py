"""pySHACL's report in the terms of `hub.checking.shapes`, to hold the two together."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from rdflib import SH, XSD, Graph
from rdflib.term import BNode, Literal, Node, URIRef

from hub.checking.examination import Violation
from hub.checking.shapes import write_path
from hub.terms import Term

Finding = tuple[str, str, str, str, str]


def read_findings(report: Graph, shapes: Graph) -> set[Finding]:
    """Each result: focus node, path, value at fault, severity, message."""
    found = set()
    for result in report.objects(None, SH.result):  # and not their sh:detail
        focus = report.value(result, SH.focusNode)
        component = report.value(result, SH.sourceConstraintComponent)
        path = _read_path(report, shapes, result)
        # A count is of all values, hasValue of none: neither has one value at fault.
        value = report.value(result, SH.value)
        found.add(
            (
                _show(focus),
                path,
                "" if component == SH.HasValueConstraintComponent else _show(value),
                str(report.value(result, SH.resultSeverity)).split("#")[-1],
                str(report.value(result, SH.resultMessage)),
            )
        )
    return found


def list_findings(violations: Iterable[Violation]) -> set[Finding]:
    """The same of ours."""
    return {
        (
            each.focus.value,
            each.check.path,
            "" if each.value is None else _show_term(each.value),
            each.check.severity,
            each.check.message,
        )
        for each in violations
    }


def _read_path(report: Graph, shapes: Graph, result: Node) -> str:
    path = report.value(result, SH.resultPath)
    if path is None:
        return ""
    if isinstance(path, BNode):  # a report copies a path without its parts' names
        path = shapes.value(report.value(result, SH.sourceShape), SH.path) or path
        return write_path(shapes if (path, None, None) in shapes else report, path)
    return write_path(shapes, path)


def _show(node: Node | None) -> str:
    if node is None:
        return ""
    if isinstance(node, Literal):
        datatype = str(node.datatype or "")
        return _show_term(Term("literal", str(node), node.language or "", datatype))
    assert isinstance(node, URIRef), node
    return str(node)


def _show_term(term: Term) -> str:
    if term.kind != "literal":
        return term.value
    text = term.value
    if term.datatype == str(XSD.decimal):  # Oxigraph writes 18.0 as 18
        with contextlib.suppress(InvalidOperation):
            text = str(Decimal(text).normalize())
    datatype = term.datatype.removesuffix("#string") if not term.language else ""
    return f"{text}@{term.language}^{datatype}"
