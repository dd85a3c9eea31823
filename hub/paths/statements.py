"""The statements that ties are made of, as columns of numbers: read from files, and joined.

A generation keeps what each source says as sorted N-Quads; reading those lines is some ten times
faster than asking the store. What is not in files (what is derived, what is judged the same) is
asked of it.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from hashlib import file_digest, sha256
from pathlib import Path

import numpy as np

from hub.terms import Term
from hub.vocabulary import expand

Select = Callable[[str], Iterable[Mapping[str, Term]]]


_TYPE = f"<{expand('rdf:type')}>".encode()


class Terms(dict[bytes, int]):
    """Terms in N-Triples, numbered in order of first sight."""

    def __missing__(self, term: bytes) -> int:
        self[term] = number = len(self)
        return number

    def number(self, iri: str) -> int:
        """The number of an IRI."""
        return self[f"<{iri}>".encode()]


class Statements:
    """Subjects, objects and graphs of the statements of some properties.

    Args:
        properties: IRIs; the others are passed over.
        classes: IRIs; that something is of another class is passed over.
    """

    def __init__(self, properties: Collection[str], classes: Collection[str]) -> None:
        self.terms = Terms()
        self._classes = {f"<{iri}>".encode() for iri in classes}
        self._columns = {f"<{iri}>".encode(): array("i") for iri in properties}

    def read(self, files: Iterable[Path], folder: Path, kept: Path | None) -> None:
        """Read canonical N-Quads; what each file says is written into `folder`.

        A file that was read before is not read again where what it says stands in `kept`.
        """
        asked = repr((sorted(self._columns), sorted(self._classes))).encode()
        # The largest first: the numbers that it gives its terms are those of all.
        for file in sorted(files, key=lambda file: (-file.stat().st_size, file)):
            with file.open("rb") as lines:
                digest = file_digest(lines, lambda: sha256(asked)).hexdigest()
            part = folder / f"said-{digest}.npz"
            if kept and (kept / part.name).exists():
                part.hardlink_to(kept / part.name)
                with np.load(part) as said:
                    terms = said["texts"].tobytes().split(b"\n")[:-1]
                    self._take(terms, {name: said[name.decode()] for name in self._columns})
            else:
                terms, columns = self._read_lines(file)
                texts = np.frombuffer(b"".join([text + b"\n" for text in terms]), dtype=np.uint8)
                arrays = {name.decode(): column for name, column in columns.items()}
                np.savez(part, allow_pickle=False, texts=texts, **arrays)
                self._take(terms, columns)

    def _take(self, terms: Collection[bytes], columns: Mapping[bytes, np.ndarray]) -> None:
        """Add statements whose terms are numbered among themselves."""
        if not self.terms and isinstance(terms, Terms):
            self.terms = terms
            numbers = np.arange(len(terms), dtype=np.int32)
        else:
            numbers = np.array([self.terms[text] for text in terms], dtype=np.int32)
        for name, column in self._columns.items():
            column.frombytes(numbers[columns[name]].tobytes())

    def _read_lines(self, file: Path) -> tuple[Terms, dict[bytes, np.ndarray]]:
        """The statements of a file, and their terms, numbered among themselves."""
        terms, classes = Terms(), self._classes
        columns = {name: array("i") for name in self._columns}
        types = columns.get(_TYPE)
        last, tail = b"", b"?"  # what lines have in common with the one before
        one = source = cut = 0
        with file.open("rb") as lines:
            for line in lines:
                subject, name, rest = line.split(b" ", 2)
                column = columns.get(name)
                if column is None:
                    continue
                if not rest.endswith(tail):
                    graph = rest.rsplit(b" ", 2)[1]
                    tail, source = b" " + graph + b" .\n", -1
                    cut = -len(tail)
                value = rest[:cut]
                if column is types and value not in classes:
                    continue
                if subject != last:
                    last, one = subject, terms[subject]
                other = terms[value]
                if source < 0:
                    source = terms[tail[1:-3]]
                column.extend((one, other, source))
        return terms, {name: np.array(column, np.int32) for name, column in columns.items()}

    def ask(self, select: Select) -> None:
        """Read what is in the graphs that `select` sees."""
        for name, column in self._columns.items():
            among = ""
            if name == _TYPE:
                among = f"VALUES ?o {{ {b' '.join(sorted(self._classes)).decode()} }} "
            query = f"SELECT ?s ?o ?g WHERE {{ {among}GRAPH ?g {{ ?s {name.decode()} ?o }} }}"
            for row in select(query):
                column.extend(self.terms[row[part].n3().encode()] for part in "sog")

    def of(self, *properties: str) -> np.ndarray:
        """Subject, object and graph of the statements of some properties, one in each row."""
        columns = [self._columns[f"<{iri}>".encode()] for iri in properties]
        rows = [np.frombuffer(column, dtype=np.int32).reshape(-1, 3) for column in columns]
        return np.concatenate(rows) if len(rows) > 1 else rows[0]

    def texts(self) -> Sequence[bytes]:
        """The terms by number."""
        return list(self.terms)


def match(
    left: np.ndarray, right: np.ndarray, *, outer: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of `left` and `right` that have the same key; keys are rows of two numbers.

    Every pair of equal keys is given; with `outer`, rows of `left` without any come with -1.
    """
    keys = [side[:, 0].astype(np.int64) << 32 | side[:, 1] for side in (left, right)]
    order = np.argsort(keys[1], kind="stable")
    first = np.searchsorted(keys[1][order], keys[0])
    counts = np.searchsorted(keys[1][order], keys[0], side="right") - first
    given = np.maximum(counts, 1) if outer else counts
    rows = np.repeat(np.arange(len(left)), given)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(given) - given, given)
    found = np.append(order, -1)[np.where(counts[rows] > 0, first[rows] + within, len(order))]
    return rows, found
