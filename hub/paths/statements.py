"""The statements that ties are made of, as columns of numbers: read from files, and joined.

A generation keeps what each source says as sorted N-Quads; reading those lines is far faster than
asking the store. What is not in files (what is derived, what is judged the same) is asked of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
        size: of arrays with a place for each number of a term, and at their ends of a carrier.
        rows: as in `Part`, of each.
        way: `quads`, or the compiled `scanner` where there is much to do.
    """

    texts: Texts
    size: int
    none: int
    rows: Sequence[np.ndarray]
    way: ModuleType
    _places: Mapping[str, int]
    _classes: Mapping[str, int]
    _found: dict[str, np.ndarray] = field(default_factory=dict)

    def of(self, *properties: str) -> np.ndarray:
        """Subjects, objects and graphs of the statements of some properties: three rows."""
        for name in properties:
            if name not in self._found:
                place = self._places[name]
                found = [rows[1:, rows[0] == place] for rows in self.rows]
                self._found[name] = np.concatenate(found, axis=1)
        found = [self._found[name] for name in properties]
        return np.concatenate(found, axis=1) if len(found) > 1 else found[0]

    def typed(self, *classes: str) -> np.ndarray:
        """The statements that something is of one of some classes."""
        said = self.of(expand("rdf:type"))
        return said[:, np.isin(said[1], [self._classes[name] for name in classes])]

    def value(self, number: int) -> str:
        """An IRI, or what stands in the quotes of a literal."""
        text = self.texts[number]
        return (text[1:-1] if text[:1] == b"<" else text[1 : text.rindex(b'"')]).decode()


def read_statements(
    properties: Collection[str],
    classes: Collection[str],
    carrier: str,
    files: Iterable[Path],
    select: Select,
    folder: Path,
    kept: Path | None,
) -> Statements:
    """Read the statements of some properties.

    Args:
        properties: IRIs; the others are passed over.
        classes: IRIs; that something is of another class is passed over.
        carrier: the property of what only carries what is said of others, and is no object.
        files: canonical N-Quads; what each says is written into `folder`.
        select: asks for what is in no file.
        kept: the folder of before; files whose content stands in it are not read again.
    """
    names, kinds = sorted(set(properties)), sorted(set(classes))
    terms = ([f"<{iri}>".encode() for iri in iris] for iris in (names, kinds, [carrier]))
    wanted = Wanted(next(terms), next(terms), *next(terms))
    sizes = {file: file.stat().st_size for file in files}
    way: ModuleType = quads
    if sum(sizes.values()) >= _LARGE:
        from hub.paths import scanner as way
    parts, saving = [], []
    asked = repr(wanted).encode()
    with ThreadPoolExecutor(1) as pool:
        for file in sorted(sizes, key=lambda file: (-sizes[file], file)):
            digest = pool.submit(_digest, file, asked)
            if kept and (old := kept / digest.result()).exists():
                parts.append(Part.load(old))
                (folder / old.name).hardlink_to(old)
            else:
                parts.append(way.read(file, wanted))
                saving.append(pool.submit(parts[-1].save, folder / digest.result()))
        vocabulary = Terms((text, number) for number, text in enumerate((b"", *wanted.classes)))
        named = vocabulary.part((-1, number, 0, 0) for number in vocabulary.values())
        parts += [_ask(wanted, select), named]
        texts, numbers = way.unite(parts)
        rows: list[np.ndarray] = []
        carriers = 0
        for part, own in zip(parts, numbers, strict=True):
            rows.append(part.renumber(own, carriers))
            carriers = -min(-carriers, int(rows[-1][1].min(initial=0)))
        for each in saving:
            each.result()
    places = {name: place for place, name in enumerate(names)}
    none, *known = rows[-1][1].tolist()
    numbered = dict(zip(kinds, known, strict=True))
    return Statements(texts, len(texts.starts) + carriers, none, rows, way, places, numbered)


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


Keys = np.ndarray | tuple[np.ndarray, np.ndarray]


def match(left: Keys, right: Keys, *, outer: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Where `left` and `right` have the same key, which is two numbers one above the other.

    Every pair of equal keys is given; with `outer`, those of `left` without any come with -1.
    """
    wanted, keys = (first.astype(np.int64) << 32 | second for first, second in (left, right))
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    begins = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
    distinct, bounds = np.append(keys[begins], -1), np.append(begins, len(keys))
    at = np.searchsorted(distinct[:-1], wanted)
    counts = np.where(distinct[at] == wanted, np.diff(bounds, append=0)[at], 0)
    given = np.maximum(counts, 1) if outer else counts
    columns = np.repeat(np.arange(len(wanted)), given)
    within = np.arange(len(columns)) - np.repeat(np.cumsum(given) - given, given)
    found = np.append(order, -1)[
        np.where(counts[columns] > 0, bounds[at[columns]] + within, len(order))
    ]
    return columns, found
