"""JSON and JSON Lines: records found by a JSONPath iterator, values by JSONPath references."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from loaders.findings import Fault, show_value
from loaders.reading import Record
from loaders.reading.files import open_file
from loaders.reading.json_stream import JsonStream, parse_json
from loaders.reading.jsonpath import Step, find_nodes, parse_path, spread_nodes
from loaders.refusals import STAND_IN, BadCells

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
        with open_file(self.path) as stream:
            records = JsonStream(stream, self.iterator)
            for number, record in enumerate(records, 1):
                yield self._read_record(number, record)
        if not records.reached:
            message = "the iterator of the mapping leads to nothing in this file"
            raise Fault("iterator-empty", message, "correct the iterator, or send the whole file")

    def _read_lines(self) -> Iterator[Record]:
        with open_file(self.path) as stream:
            number = 0
            while line := stream.readline(LONGEST_LINE + 1):
                number += 1
                if len(line) > LONGEST_LINE:
                    message = f"line {number} is longer than 16 MB"
                    raise Fault("line-size", message, "send one record a line")
                if not line.strip():
                    continue
                try:
                    tree = parse_json(line, number)
                except Fault as fault:
                    if not line.endswith(b"\n"):
                        message = f"the last line, {number}, is cut: {fault.message}"
                        raise Fault("file-cut", message, "send the whole file") from fault
                    yield number, fault
                    continue
                for record in spread_nodes(tree, self.iterator):
                    yield self._read_record(number, record)

    def _read_record(self, number: int, record: Any) -> Record:
        if isinstance(record, dict):
            self.members.update(record)
        values, faults = [], []
        for name, steps in self.references:
            try:
                values.append(self._read_values(record, name, steps))
            except Fault as fault:
                faults.append(fault)
                values.append((STAND_IN,))
        return number, BadCells(faults, tuple(values)) if faults else tuple(values)

    def _read_values(self, record: Any, name: str, steps: tuple[Step, ...]) -> tuple[str, ...]:
        values: list[str] = []
        for node in find_nodes(record, steps):
            self.found.add(name)
            for value in node if isinstance(node, list) else (node,):
                if isinstance(value, dict | list):
                    message = "there is an object or a list where a value is expected"
                    remedy, shown = "name the member in the mapping", show_value(value)[:200]
                    raise Fault("value-type", message, remedy, column=name, value=shown)
                if isinstance(value, bool):
                    values.append("true" if value else "false")
                elif value is not None and value.strip():
                    values.append(value)
        return tuple(values)
