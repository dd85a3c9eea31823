"""YAML as mappings use it: every scalar is a text, nothing is shared, nothing is given twice."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from loaders.findings import Fault, refused_as

DEEPEST = 100
# The parser in C where PyYAML was built with it: ten times faster, the same events.
LOADER: type = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

Tree = str | list["Tree"] | dict[str, "Tree"]


def parse_yaml(text: str) -> Tree:
    """The document: texts (``no`` is a language, ``1.10`` a value), lists, and dictionaries.

    Raises Fault, with line and column, for broken syntax, a key given twice or that is no text, an
    alias, a second document, and nesting deeper than 100.
    """
    other = ("mapping-syntax", "the mapping is no YAML", "correct the place named")
    with refused_as(*other, yaml.YAMLError, ValueError):
        events = yaml.parse(text, Loader=LOADER)
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                tree = _build(event, events, 0)
                break
        else:
            return ""
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                raise _fault("syntax", "the mapping is more than one document", event)
    return tree


def _build(event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Tree:
    """The tree that begins with an event; the events it is made of are used up."""
    if depth > DEEPEST:
        raise _fault("syntax", "the mapping is nested too deep", event, "write it flat")
    if isinstance(event, yaml.ScalarEvent):
        return str(event.value)
    if isinstance(event, yaml.AliasEvent):
        raise _fault("alias", "the mapping uses an alias", event, "write the part out")
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(inner := next(events), yaml.SequenceEndEvent):
            items.append(_build(inner, events, depth + 1))
        return items
    entries: dict[str, Tree] = {}
    while not isinstance(inner := next(events), yaml.MappingEndEvent):
        key = _build(inner, events, depth + 1)
        if not isinstance(key, str):
            raise _fault("syntax", "the mapping has a key that is no text", inner)
        if key in entries:
            raise _fault("syntax", f"the key “{key}” is given twice", inner)
        entries[key] = _build(next(events), events, depth + 1)
    return entries


def _fault(
    rule: str, message: str, event: yaml.Event, remedy: str = "correct the place named"
) -> Fault:
    mark = event.start_mark
    place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
    return Fault(f"mapping-{rule}", f"{message}: {place}", remedy)
