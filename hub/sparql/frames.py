"""What the pool and a worker say to each other, over the worker's stdin and stdout.

A frame is one byte for the kind, four for the length (big-endian), then the payload. In comes a
Request as JSON (`Q`). Out come, in this order, once `R` (ready: which guards are in force), then
for each request any number of `D` (a piece of the answer) and one of `Z` (its end: `1` if the
worker has grown and should be replaced) or `E` (a Failure, as JSON).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Literal

_HEADER = struct.Struct(">cI")


@dataclass(frozen=True, slots=True)
class Request:
    """A query to answer.

    Attributes:
        text: the query, already cut at `rows`; empty to dump the graphs named.
        default, named: the graphs of its dataset, in full.
        format: a name of `hub.sparql.formats`; empty to parse only.
        prefixes: for Turtle.
        rows, size: limits of the answer, solutions or statements (0: any number), and bytes.
        probe: the query for whatever comes after `rows`; empty where nothing can.
        base: what relative IRIs stand under, where the query does not say.
        star: where in `text` the star of a `SELECT *` stands; 0 where there is none.
        variables: those of the query in the order in which they occur, where there is a star.
    """

    text: str
    default: Sequence[str] = ()
    named: Sequence[str] = ()
    format: str = ""
    prefixes: Sequence[tuple[str, str]] = ()
    rows: int = 0
    size: int = 0
    probe: str = ""
    base: str = ""
    star: int = 0
    variables: Sequence[str] = ()

    def encode(self) -> bytes:
        return json.dumps([getattr(self, name) for name in self.__slots__]).encode()

    @classmethod
    def decode(cls, payload: bytes) -> Request:
        return cls(*json.loads(payload))


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no answer, or no more of it."""

    kind: Literal["syntax", "rows", "bytes", "memory", "store", "function", "engine"]
    message: str = ""

    def encode(self) -> bytes:
        return json.dumps([self.kind, self.message]).encode()

    @classmethod
    def decode(cls, payload: bytes) -> Failure:
        return cls(*json.loads(payload))


def write_frame(out: IO[bytes], kind: bytes, payload: bytes = b"", *, flush: bool = True) -> None:
    """Write a frame; without `flush` it may wait for the next one, to go with it."""
    out.write(_HEADER.pack(kind, len(payload)) + payload)
    if flush:
        out.flush()


def read_frame(source: IO[bytes]) -> tuple[bytes, bytes] | None:
    """The next frame's kind and payload; None where the other side has ended."""
    header = source.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    kind, length = _HEADER.unpack(header)
    payload = source.read(length)
    return (kind, payload) if len(payload) == length else None
