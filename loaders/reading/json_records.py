"""JSON and JSON Lines: records found by a JSONPath iterator, values by JSONPath references."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from loaders.findings import Fault
from loaders.reading import Record
from loaders.reading.files import open_file, read_whole
from loaders.reading.jsonpath import Step, find_nodes, parse_path

LINES = (".jsonl", ".ndjson")
LONGEST_LINE = 16 << 20


class JsonRecords:
    """The records of one iterator over a JSON file.

    While it is iterated it learns ``members``, the names at the top of the records, and ``found``,
    the references that some record had, even with null.
    """

    def __init__(
        self, path: Path, iterator: str, references: Sequence[str], *, lines: bool
    ) -> None:
        self.path, self.lines = path, lines
        self.iterator = parse_path(iterator or "$")
        self.references = [(name, parse_path(name)) for name in references]
        self.members: set[str] = set()
        self.found: set[str] = set()

    def __iter__(self) -> Iterator[Record]:
        if self.lines:
            yield from self._read_lines()
            return
        tree = parse_json(read_whole(self.path))
        number = 0
        for number, record in enumerate(self._split(tree, self.iterator), 1):
            yield self._read_record(number, record)
        if not number and not self._leads_somewhere(tree):
            message = "the iterator of the mapping leads to nothing in this file"
            raise Fault("iterator-empty", message, "correct the iterator, or send the whole file")

    def _split(self, tree: Any, steps: tuple[Step, ...]) -> Iterator[Any]:
        """The records; an iterator that ends at a list means the items of the list."""
        for node in find_nodes(tree, steps):
            if isinstance(node, list):
                yield from node
            else:
                yield node

    def _leads_somewhere(self, tree: Any) -> bool:
        steps = self.iterator
        while steps and steps[-1][0] == "all":
            steps = steps[:-1]
        return any(True for _ in find_nodes(tree, steps))

    def _read_lines(self) -> Iterator[Record]:
        with open_file(self.path) as stream:
            number = 0
            while line := stream.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) > LONGEST_LINE:
                    raise Fault(
                        "line-size", f"line {number} is longer than 16 MB", "send one record a line"
                    )
                if not line.strip():
                    continue
                try:
                    tree = parse_json(line)
                except Fault as fault:
                    if not line.endswith(b"\n"):
                        message = f"the last line, {number}, is cut: {fault.message}"
                        raise Fault("file-cut", message, "send the whole file") from fault
                    yield number, fault
                    continue
                for record in self._split(tree, self.iterator):
                    yield self._read_record(number, record)

    def _read_record(self, number: int, record: Any) -> Record:
        if isinstance(record, dict):
            self.members.update(record)
        try:
            return number, tuple(
                self._read_values(record, name, steps) for name, steps in self.references
            )
        except Fault as fault:
            return number, fault

    def _read_values(self, record: Any, name: str, steps: tuple[Step, ...]) -> tuple[str, ...]:
        values: list[str] = []
        for node in find_nodes(record, steps):
            self.found.add(name)
            for value in node if isinstance(node, list) else (node,):
                if isinstance(value, dict | list):
                    raise Fault(
                        "value-type",
                        "there is an object or a list where a value is expected",
                        "name the member in the mapping",
                        column=name,
                        value=json.dumps(value, ensure_ascii=False)[:200],
                    )
                if isinstance(value, bool):
                    values.append("true" if value else "false")
                elif value is not None and value.strip():
                    values.append(value)
        return tuple(values)


def parse_json(content: bytes) -> Any:
    """A JSON document with its numbers as they are written, as texts.

    Raises Fault for broken syntax, a member given twice, NaN, and nesting deeper than the parser
    goes.
    """
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=_build_object,
            parse_int=str,
            parse_float=str,
            parse_constant=_refuse_constant,
        )
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8: {error.reason} at byte {error.start}"
        raise Fault("encoding", message, "save it as UTF-8") from error
    except json.JSONDecodeError as error:
        message = f"the JSON is broken at line {error.lineno}, column {error.colno}: {error.msg}"
        raise Fault("json-syntax", message, "send the whole file, written by a program") from error
    except RecursionError as error:
        raise Fault("nesting", "the JSON is nested too deep", "send flat records") from error


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = f"an object has the member ‘{twice}’ twice"
        raise Fault("json-duplicate", message, "give it once, or as a list", column=twice)
    return built


def _refuse_constant(name: str) -> NoReturn:
    raise Fault("json-syntax", f"‘{name}’ is no JSON", "write null")
