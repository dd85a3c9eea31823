"""Sorted N-Quads, as a generation keeps them, to numbered terms and rows of numbers.

Here in plain Python, which small files are read by; large ones are read by `scanner`, which gives
the same rows and needs a compiler.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hub.vocabulary import expand

TYPE = f"<{expand('rdf:type')}>".encode()


class Wanted(NamedTuple):
    """What is read, in N-Triples: statements of the properties, and of types only the classes.

    Attributes:
        carrier: a property of what only carries what is said of others, and is no object: it gets
            no name, so that large files have far fewer.
    """

    properties: Sequence[bytes]
    classes: Collection[bytes]
    carrier: bytes = b""


class Part(NamedTuple):
    """Some statements, whose terms are numbered among themselves.

    Attributes:
        words: the terms by number, each as its number and length in bytes, of 32 bits each, and
            its bytes, filled up with 0; then one word 0.
        rows: place of the property, subject, object and graph; a column for each statement.
            Carriers are numbered −1, −2 and so on.
        table: what numbered the terms, where it can number more.
    """

    words: np.ndarray
    rows: np.ndarray
    table: Any = None

    def renumber(self, numbers: np.ndarray | None, carriers: int) -> np.ndarray:
        """The rows with other numbers of terms (None: with these), after so many carriers."""
        if numbers is None:
            return self.rows
        place, one, *others = self.rows
        subject = np.where(one < 0, one - carriers, numbers[np.maximum(one, 0)])
        return np.stack((place, subject, *(numbers[other] for other in others)))

    def save(self, path: Path) -> None:
        """Write the part."""
        with path.open("wb") as file:
            for array in self[:2]:
                np.save(file, array, allow_pickle=False)

    @classmethod
    def load(cls, path: Path) -> Part:
        """What `save` wrote."""
        with path.open("rb") as file:
            return cls(np.load(file), np.load(file))


class Terms(dict[bytes, int]):
    """Terms in N-Triples, numbered in order of first sight."""

    def __missing__(self, term: bytes) -> int:
        self[term] = number = len(self)
        return number

    def part(self, statements: Iterable[tuple[int, int, int, int]] = ()) -> Part:
        """The terms with statements of them."""
        words = [
            (number << 32 | len(text)).to_bytes(8, "little") + text + bytes(-len(text) % 8)
            for text, number in self.items()
        ]
        rows = np.array(list(statements), dtype=np.int32).reshape(-1, 4).T
        return Part(np.frombuffer(b"".join((*words, bytes(8))), dtype=np.uint64), rows)


def read(file: Path, wanted: Wanted) -> Part:
    """The wanted statements of canonical N-Quads."""
    terms, classes = Terms(), wanted.classes
    places: Mapping[bytes, int] = {name: at for at, name in enumerate(wanted.properties)}
    rows, carriers = [], 0
    tail, source, cut = b"?", 0, 0  # what lines have in common with the one before
    with file.open("rb") as lines:
        for subject, about in groupby(lines, lambda line: line.partition(b" ")[0]):
            said = []
            for line in about:
                _, name, rest = line.split(b" ", 2)
                place = places.get(name)
                if place is None:
                    continue
                if not rest.endswith(tail):
                    tail = rest[rest.rindex(b" ", 0, -3) :]
                    source, cut = terms[tail[1:-3]], -len(tail)
                value = rest[:cut]
                if name != TYPE or value in classes:
                    said.append((name, place, terms[value], source))
            if any(name == wanted.carrier for name, *_ in said):
                carriers += 1
                one = -carriers
            else:
                one = terms[subject] if said else 0
            rows += [(place, one, other, source) for _, place, other, source in said]
    return terms.part(rows)


@dataclass(frozen=True)
class Texts:
    """Terms as in `Part`, and at which word each begins."""

    words: np.ndarray
    starts: np.ndarray

    def __getitem__(self, number: int) -> bytes:
        at = self.starts[number]
        size = int(self.words[at]) & 0xFFFFFFFF
        return self.words[at + 1 : at + 1 + (size + 7) // 8].tobytes()[:size]


def unite(parts: Sequence[Part]) -> tuple[Texts, list[np.ndarray | None]]:
    """All terms of several parts, numbered anew; and the new numbers of the terms of each."""
    terms = Terms()
    numbers: list[np.ndarray | None] = [
        np.array([terms[text] for text in _texts(part)], np.int32) for part in parts
    ]
    lengths = np.array([0, *(1 + (len(text) + 7) // 8 for text in terms)])
    return Texts(terms.part().words, np.cumsum(lengths)[:-1]), numbers


def pack(texts: Texts, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What IRIs have between their brackets, one behind the other; each one's end and CRC-32."""
    inside = [texts[number][1:-1] for number in numbers.tolist()]
    sums = np.array([zlib.crc32(text) for text in inside], dtype=np.uint32)
    ends = np.cumsum([len(text) for text in inside], dtype=np.int64)
    return np.frombuffer(b"".join(inside), dtype=np.uint8), ends, sums


def _texts(part: Part) -> Iterator[bytes]:
    raw, at = part.words.tobytes(), 0
    while at < len(raw) - 8:
        end = at + 8 + int.from_bytes(raw[at : at + 4], "little")
        yield raw[at + 8 : end]
        at = end + -end % 8
