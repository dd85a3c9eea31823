"""The statements that ties are made of, as columns of numbers: read from files, and joined.

A generation keeps what each source says as sorted N-Quads; reading those lines is far faster than
asking the store. What is not in files (what is derived, what is judged the same) is asked of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import file_digest, sha256
from pathlib import Path
from types import ModuleType

import numpy as np

from hub.paths import quads
from hub.paths.quads import TYPE, Part, Terms, Texts, Wanted
from hub.terms import Term
from hub.vocabulary import expand

Select = Callable[[str], Iterable[Mapping[str, Term]]]

_LARGE = 1 << 28  # bytes of files; below, the compiler is not worth waiting for


@dataclass(frozen=True)
class Statements:
    """Subjects, objects and graphs of the statements of some properties.

    Attributes:
        texts: the terms by number; `none` is that of the empty one.
        rows: as in `Part`.
        way: `quads`, or the compiled `scanner` where there is much to do.
    """

    texts: Texts
    none: int
    rows: np.ndarray
    way: ModuleType
    _places: Mapping[str, int]
    _classes: Mapping[str, int]
    _found: dict[str, np.ndarray] = field(default_factory=dict)

    def of(self, *properties: str) -> np.ndarray:
        """Subject, object and graph of the statements of some properties, one in each row."""
        for name in properties:
            if name not in self._found:
                self._found[name] = self.rows[1:, self.rows[0] == self._places[name]].T
        rows = [self._found[name] for name in properties]
        return np.concatenate(rows) if len(rows) > 1 else rows[0]

    def typed(self, *classes: str) -> np.ndarray:
        """The statements that something is of one of some classes."""
        rows = self.of(expand("rdf:type"))
        return rows[np.isin(rows[:, 1], [self._classes[name] for name in classes])]


def read_statements(
    properties: Collection[str],
    classes: Collection[str],
    files: Iterable[Path],
    select: Select,
    folder: Path,
    kept: Path | None,
) -> Statements:
    """Read the statements of some properties.

    Args:
        properties: IRIs; the others are passed over.
        classes: IRIs; that something is of another class is passed over.
        files: canonical N-Quads; what each says is written into `folder`.
        select: asks for what is in no file.
        kept: the folder of before; files whose content stands in it are not read again.
    """
    names, kinds = sorted(set(properties)), sorted(set(classes))
    wanted = Wanted(*([f"<{iri}>".encode() for iri in iris] for iris in (names, kinds)))
    sizes = {file: file.stat().st_size for file in files}
    way: ModuleType = quads
    if sum(sizes.values()) >= _LARGE:
        from hub.paths import scanner as way
    parts = []
    asked = repr(wanted).encode()
    with ThreadPoolExecutor(1) as pool:
        for file in sorted(sizes, key=lambda file: (-sizes[file], file)):
            digest = pool.submit(_digest, file, asked)
            if kept and (old := kept / digest.result()).exists():
                parts.append(Part.load(old))
                (folder / old.name).hardlink_to(old)
            else:
                parts.append(way.read(file, wanted))
                parts[-1].save(folder / digest.result())
    vocabulary = Terms((text, number) for number, text in enumerate((b"", *wanted.classes)))
    parts += [_ask(wanted, select), vocabulary.part()]
    texts, numbers = way.unite(parts)
    rows = [
        np.concatenate((part.rows[:1], own[part.rows[1:]]))
        for part, own in zip(parts, numbers, strict=True)
    ]
    places = {name: place for place, name in enumerate(names)}
    none, *known = numbers[-1].tolist()
    numbered = dict(zip(kinds, known, strict=True))
    return Statements(texts, none, np.concatenate(rows, axis=1), way, places, numbered)


def _digest(file: Path, asked: bytes) -> str:
    """The name under which is kept what a file says."""
    with file.open("rb") as lines:
        return f"said-{file_digest(lines, lambda: sha256(asked)).hexdigest()}"


def _ask(wanted: Wanted, select: Select) -> Part:
    terms = Terms()

    def rows() -> Iterator[tuple[int, int, int, int]]:
        for place, name in enumerate(wanted.properties):
            among = ""
            if name == TYPE:
                among = f"VALUES ?o {{ {b' '.join(wanted.classes).decode()} }} "
            query = f"SELECT ?s ?o ?g WHERE {{ {among}GRAPH ?g {{ ?s {name.decode()} ?o }} }}"
            for row in select(query):
                one, other, graph = (terms[row[part].n3().encode()] for part in "sog")
                yield place, one, other, graph

    return terms.part(list(rows()))


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
