"""A JSON document, read piece by piece: the records of a list are built one after the other.

Python's own decoder builds each value; here is only found where values begin. So memory grows with
the largest record, and not with the file.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NoReturn

from loaders.findings import Fault, show_error
from loaders.reading.files import CHUNK, LARGEST_IN_MEMORY
from loaders.reading.jsonpath import Step, find_nodes, spread_nodes

SPACE = re.compile(r"[ \t\n\r]*")
# How near to the end of a piece an error may be only because the piece ends there.
CUT = 16


class _InValue(Fault):
    """What is wrong inside a value, told by the decoder, which does not know its place."""


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    built = dict(pairs)
    if len(built) < len(pairs):
        names = [name for name, _ in pairs]
        raise _refuse_double(next(name for name in names if names.count(name) > 1))
    return built


def _refuse_double(name: str) -> Fault:
    message = f"an object has the member “{name}” twice"
    return _InValue("json-duplicate", message, "give it once, or as a list", column=name)


def _refuse_constant(name: str) -> NoReturn:
    raise _InValue("json-syntax", f"“{name}” is no JSON", "write null")


def _refuse_depth() -> Fault:
    return _InValue("nesting", "the JSON is nested too deep", "send flat records")


DECODER = json.JSONDecoder(
    object_pairs_hook=_build_object,
    parse_int=str,
    parse_float=str,
    parse_constant=_refuse_constant,
)


def parse_json(content: bytes, line: int = 1) -> Any:
    """A JSON document, from a line of its file on, with its numbers as they are written, as texts.

    Raises Fault for broken syntax, a member given twice, NaN, and nesting deeper than the parser
    goes.
    """
    try:
        return DECODER.decode(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _refuse_encoding(error, 0) from error
    except json.JSONDecodeError as error:
        raise _refuse_syntax(error.msg, line + error.lineno - 1, error.colno) from error
    except RecursionError as error:
        raise _refuse_depth() from error


def _refuse_syntax(message: str, line: int, column: int) -> Fault:
    message = f"the JSON is broken at line {line}, column {column}: {show_error(message)}"
    return Fault("json-syntax", message, "send the whole file, written by a program")


def _refuse_encoding(error: UnicodeDecodeError, before: int) -> Fault:
    message = f"the file is not UTF-8: {error.reason} at byte {before + error.start}"
    return Fault("encoding", message, "save it as UTF-8")


class JsonStream:
    """The records that a path leads to; a list at its end stands for its items.

    ``reached`` tells, when all are read, whether the path led anywhere, its last wildcards and
    filters aside. Raises Fault as ``parse_json``, and for a record that is larger than 512 MB.
    """

    def __init__(self, stream: BinaryIO, steps: tuple[Step, ...]) -> None:
        self.stream, self.steps = stream, steps
        self.reached = False
        self.text, self.at, self.bytes = "", 0, 0
        self.line, self.column = 1, 1
        self.decoder = codecs.getincrementaldecoder("utf-8-sig")()

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._find(self.steps)
        except RecursionError as error:
            raise self._place(_refuse_depth()) from error
        except _InValue as fault:
            raise self._place(fault) from fault
        if self._peek():
            raise self._broken("Extra data", self.at)

    def _find(self, steps: tuple[Step, ...]) -> Iterator[Any]:
        opening, kind = self._peek(), steps[0][0] if steps else ""
        if opening == "{" and kind == "name":
            for name in self._members():
                if name == steps[0][1]:
                    yield from self._find(steps[1:])
                else:
                    self._skip()
        elif opening == "[" and kind in ("", "all", "filter"):
            self.reached = self.reached or all(kind in ("all", "filter") for kind, _ in steps)
            for _ in self._items():
                if steps:
                    yield from self._spread([self._value()], steps)
                else:
                    yield self._value()
        else:
            yield from self._spread(self._value(), steps)

    def _spread(self, tree: Any, steps: tuple[Step, ...]) -> Iterator[Any]:
        if not self.reached:
            known = steps
            while known and known[-1][0] in ("all", "filter"):
                known = known[:-1]
            self.reached = any(True for _ in find_nodes(tree, known))
        yield from spread_nodes(tree, steps)

    # The document, piece by piece.

    def _fill(self) -> bool:
        """Let go what is done with, and read on, more for a long value; False at the end."""
        done = self.text[: self.at]
        if lines := done.count("\n"):
            self.line, self.column = self.line + lines, len(done) - done.rfind("\n")
        else:
            self.column += len(done)
        self.text, self.at = self.text[self.at :], 0
        if len(self.text) > LARGEST_IN_MEMORY:
            message = "the JSON holds more than 512 MB in one record"
            raise Fault("file-size", message, "send a list of records, or JSON Lines")
        piece = self.stream.read(max(CHUNK, len(self.text)))
        try:
            self.text += self.decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise _refuse_encoding(error, self.bytes) from error
        self.bytes += len(piece)
        return bool(piece)

    def _peek(self) -> str:
        """The next character that is no space; nothing at the end."""
        while True:
            found = SPACE.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._fill():
                return ""

    def _take(self, character: str) -> None:
        if self._peek() != character:
            raise self._broken(f"Expecting '{character}'", self.at)
        self.at += 1

    def _value(self) -> Any:
        self._peek()
        while True:
            try:
                tree, end = DECODER.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                near = error.pos >= len(self.text) - CUT or error.msg.startswith("Unterminated")
                place = error.pos - self.at
                if not (near and self._fill()):
                    raise self._broken(error.msg, self.at + place) from error
                continue
            # A number that ends where the piece ends may go on, and is read again.
            length = end - self.at
            if end + CUT < len(self.text) or not self._fill():
                self.at += length
                return tree

    def _skip(self) -> None:
        """Pass over a value, which may be larger than the memory."""
        opening = self._peek()
        try:
            _, end = DECODER.raw_decode(self.text, self.at)
            if end + CUT < len(self.text):
                self.at = end
                return
        except json.JSONDecodeError:
            pass  # it does not end in this piece, or is wrong: that is found inside
        if opening == "{":
            for _ in self._members():
                self._skip()
        elif opening == "[":
            for _ in self._items():
                self._skip()
        else:
            self._value()

    def _members(self) -> Iterator[str]:
        """The names of an object, each before its value, which is to be taken then."""
        self._take("{")
        seen: set[str] = set()
        if self._peek() == "}":
            self.at += 1
            return
        while True:
            if self._peek() != '"':
                raise self._broken("Expecting property name enclosed in double quotes", self.at)
            name = self._value()
            if name in seen:
                raise _refuse_double(name)
            seen.add(name)
            self._take(":")
            yield name
            if self._peek() != ",":
                self._take("}")
                return
            self.at += 1

    def _items(self) -> Iterator[None]:
        """Before each item of a list, which is to be taken then."""
        self._take("[")
        if self._peek() == "]":
            self.at += 1
            return
        while True:
            yield
            if self._peek() != ",":
                self._take("]")
                return
            self.at += 1

    def _broken(self, message: str, at: int) -> Fault:
        return _refuse_syntax(message, *self._locate(at))

    def _place(self, fault: Fault) -> Fault:
        """The fault with the place where what it is of begins."""
        line, column = self._locate(self.at)
        message = f"{fault.message}, at or after line {line}, column {column}"
        return Fault(fault.rule, message, fault.remedy, column=fault.column)

    def _locate(self, at: int) -> tuple[int, int]:
        """Line and column, from 1, of a place in the text that is held."""
        before = self.text[:at]
        lines = before.count("\n")
        column = len(before) - before.rfind("\n") if lines else self.column + at
        return self.line + lines, column
