"""JSONPath, the part that mappings use: members, indexes, wildcards and filters. Scripts, slices
and unions are refused.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from loaders.findings import Fault

STEP = re.compile(
    r"""\.\.(?P<deep>\*|[^.\[\]]+)
      | \.?\[\s*(?:
            '(?P<single>(?:[^'\\]|\\.)*)' | "(?P<double>(?:[^"\\]|\\.)*)"
            | (?P<index>-?\d+) | (?P<all>\*)
            | \?(?P<filter>(?:'(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | [^'"\[\]])+)
        )\s*\]
      | \.(?P<name>[^.\[\]]+)""",
    re.VERBOSE,
)
CONDITION = re.compile(
    r"""\s*(?P<no>!?)\s*@(?P<path>(?:\.[\w-]+)*)
        \s*(?:(?P<test>==|!=|<=|>=|<|>)\s*(?P<value>
            '(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | -?\d+(?:\.\d+)? | true | false | null
        ))?\s*(?P<join>&&|\|\||$)""",
    re.VERBOSE,
)
TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
UNREAD = "use members, [n], [*], .. and [?(@.member == 'value')] only"

Step = tuple[str, str | int]


@lru_cache(maxsize=1024)
def parse_path(path: str) -> tuple[Step, ...]:
    """The steps of a path: ``$.a[*].b``, ``a.b``, ``$['a b']``, ``$..c``.

    Raises Fault for anything else.
    """
    text = path.strip()
    if text.startswith(("$", "@")):
        text = text[1:]
    elif text and not text.startswith(("[", ".")):
        text = "." + text
    steps: list[Step] = []
    position = 0
    while position < len(text):
        match = STEP.match(text, position)
        if not match:
            message = f"“{path}” is no JSONPath that the hub reads, from “{text[position:]}”"
            raise Fault("jsonpath", message, UNREAD, value=path)
        group, value = match.lastgroup or "", match.group(match.lastgroup or 0)
        if group == "index":
            steps.append(("index", int(value)))
        elif group == "all" or (group == "name" and value.strip() == "*"):
            steps.append(("all", ""))
        elif group == "filter":
            parse_filter(value)
            steps.append(("filter", value))
        elif group == "deep":
            steps.append(("deep", value.strip()))
        else:
            quoted = group in ("single", "double")
            steps.append(("name", re.sub(r"\\(.)", r"\1", value) if quoted else value.strip()))
        position = match.end()
    return tuple(steps)


def find_nodes(node: Any, steps: tuple[Step, ...]) -> Iterator[Any]:
    """The nodes under ``node`` that the steps lead to, in the order of the document."""
    if not steps:
        yield node
        return
    (kind, key), rest = steps[0], steps[1:]
    if kind == "name":
        if isinstance(node, dict) and key in node:
            yield from find_nodes(node[key], rest)
    elif kind == "index":
        if isinstance(node, list) and -len(node) <= int(key) < len(node):
            yield from find_nodes(node[int(key)], rest)
    elif kind in ("all", "filter"):
        for child in _children(node):
            if kind == "all" or _passes(child, parse_filter(str(key))):
                yield from find_nodes(child, rest)
    else:
        waiting = [node]
        while waiting:
            current = waiting.pop()
            if key == "*":
                for child in _children(current):
                    yield from find_nodes(child, rest)
            elif isinstance(current, dict) and key in current:
                yield from find_nodes(current[key], rest)
            waiting.extend(reversed(_children(current)))


def spread_nodes(node: Any, steps: tuple[Step, ...]) -> Iterator[Any]:
    """The same as records: a list at the end of the steps stands for its items."""
    for found in find_nodes(node, steps):
        if isinstance(found, list):
            yield from found
        else:
            yield found


@dataclass(frozen=True)
class Condition:
    """That a path leads to a value, or (``test``) that this compares so with another."""

    path: tuple[Step, ...]
    negated: bool
    test: str
    value: str | Decimal | bool | None

    def holds(self, node: Any) -> bool:
        """Whether it is so of a node. A number and its text are the same, as in all of the file."""
        found = list(find_nodes(node, self.path))
        if not self.test:
            return bool(found) != self.negated
        if not found:
            return self.test == "!="
        value = found[0]
        try:
            if isinstance(self.value, Decimal) and isinstance(value, str):
                value = Decimal(value)
            return TESTS[self.test](value, self.value)
        except (TypeError, ArithmeticError, ValueError):
            return self.test == "!="  # they are of kinds that cannot be compared


@lru_cache(maxsize=256)
def parse_filter(text: str) -> tuple[tuple[Condition, ...], ...]:
    """The alternatives of a filter, each of conditions that hold together. Raises Fault."""
    plain = text.strip()
    while plain.startswith("(") and plain.endswith(")"):
        plain = plain[1:-1].strip()
    alternatives: list[tuple[Condition, ...]] = []
    together: list[Condition] = []
    position, joined = 0, "&&"
    while joined:
        match = CONDITION.match(plain, position)
        if not match or (match["no"] and match["test"]):
            message = f"the filter “{text}” is none that the hub reads, from “{plain[position:]}”"
            raise Fault("jsonpath", message, UNREAD, value=text)
        value, path = _read_literal(match["value"]), parse_path(match["path"])
        together.append(Condition(path, bool(match["no"]), match["test"] or "", value))
        position, joined = match.end(), match["join"]
        if joined != "&&":
            alternatives.append(tuple(together))
            together = []
    return tuple(alternatives)


def _read_literal(text: str | None) -> str | Decimal | bool | None:
    if not text or text == "null":
        return None
    if text[0] in "'\"":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text == "true" if text in ("true", "false") else Decimal(text)


def _passes(node: Any, alternatives: tuple[tuple[Condition, ...], ...]) -> bool:
    return any(all(condition.holds(node) for condition in each) for each in alternatives)


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []
