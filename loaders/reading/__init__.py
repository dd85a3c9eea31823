"""Readers: each turns one kind of file into records, and says of every bad one where it is.

A record is ``(number, values)``: ``values`` holds, in the order of the references asked for, one
text each for tables (empty for an empty cell) and a tuple of texts each for JSON and XML; or it is
a ``Fault`` where that one record cannot be taken. A ``Fault`` that is raised stops the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from loaders.findings import Fault

Values = tuple[str, ...] | tuple[tuple[str, ...], ...]
Record = tuple[int, Values | Fault]
Records = Iterator[Record]
