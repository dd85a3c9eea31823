"""JSONPath, the part that mappings use: members, indexes and wildcards. Filters and scripts are
refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from loaders.findings import Fault

STEP = re.compile(
    r"""\.\.(?P<deep>\*|[^.\[\]]+)
      | \.?\[\s*(?:
            '(?P<single>(?:[^'\\]|\\.)*)' | "(?P<double>(?:[^"\\]|\\.)*)"
            | (?P<index>-?\d+) | (?P<all>\*)
        )\s*\]
      | \.(?P<name>[^.\[\]]+)""",
    re.VERBOSE,
)
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
            message = f"‘{path}’ is no JSONPath that the hub reads, from ‘{text[position:]}’"
            raise Fault("jsonpath", message, "use members, [n], [*] and .. only", value=path)
        group, value = match.lastgroup or "", match.group(match.lastgroup or 0)
        if group == "index":
            steps.append(("index", int(value)))
        elif group == "all" or (group == "name" and value.strip() == "*"):
            steps.append(("all", ""))
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
    elif kind == "all":
        for child in _children(node):
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


def _children(node: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []
