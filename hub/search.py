"""Finding things by name: an SQLite full-text index in the generation.

Built from the labels of every graph when a generation is made; read with the graphs of the viewer,
so that a name which stands only in a hidden graph is not found, counted or suggested.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path

from hub.store.files import find_lines, parse_facts, present, read_statements
from hub.store.quads import QuadStore
from hub.vocabulary import NAMESPACES, RDF_TYPE, expand

LABELS = ("rdfs:label", "skos:prefLabel", "skos:altLabel", "foaf:name", "schema:name")
RANKS = {expand(name): rank for rank, name in enumerate(LABELS)}
LABEL = 6  # columns of a label besides its number
ROWS = {"label": "?,?,?,?,?,?,?", "kind": "?,?,?"}
ROWS_A_STEP = 10_000
SAME_LABEL = "iri = ? AND text = ? AND folded = ? AND language = ? AND rank = ? AND graph = ?"
ABOVE = f"SELECT ?a ?b {{ ?a <{NAMESPACES['rdfs']}subClassOf>+ ?b FILTER(isIRI(?b)) }}"
SCHEMA = """
CREATE TABLE graph (id INTEGER PRIMARY KEY, iri TEXT UNIQUE);
CREATE TABLE label (
    id INTEGER PRIMARY KEY, iri TEXT, text TEXT, folded TEXT, language TEXT, rank INTEGER,
    graph INTEGER
);
CREATE TABLE kind (iri TEXT, type TEXT, graph INTEGER);
CREATE TABLE above (type TEXT, class TEXT, PRIMARY KEY (type, class)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (
    folded, content = 'label', content_rowid = 'id', tokenize = 'unicode61', prefix = '2 3'
);
"""


INDICES = """
CREATE INDEX label_iri ON label (iri);
CREATE INDEX label_folded ON label (folded);
CREATE INDEX kind_iri ON kind (iri);
CREATE INDEX kind_type ON kind (type);
CREATE INDEX above_class ON above (class);
"""


# What a connection reads, under the names of the whole tables: what stands in graphs that are seen.
SEEN = """
CREATE TEMP TABLE seen (id INTEGER PRIMARY KEY);
CREATE TEMP VIEW label AS SELECT * FROM main.label WHERE graph IN (SELECT id FROM temp.seen);
CREATE TEMP VIEW kind AS SELECT * FROM main.kind WHERE graph IN (SELECT id FROM temp.seen);
"""


@dataclass(frozen=True)
class Hit:
    """Something found: its IRI, the name that matched, its classes, and how well (0 to 100)."""

    iri: str
    label: str
    language: str
    types: tuple[str, ...]
    score: float

    def as_dict(self) -> dict[str, object]:
        return dict(vars(self))


def fold(text: str) -> str:
    """`text` for comparison: no accents, no case, single blanks. "São  Paulo" → "sao paulo"."""
    if text.isascii():
        return " ".join(text.lower().split())
    marks = unicodedata.normalize("NFKD", text)
    plain = "".join(c for c in marks if not unicodedata.combining(c))
    return " ".join(plain.casefold().split())


def choose_name(names: Iterable[tuple[int, str, str]]) -> tuple[str, str]:
    """The main name of a thing, and its language: two empty texts where it has no name.

    `names` are all statements of one: the place of the property in `LABELS`, language, text.
    Labels come before other names, English ones before those without a language and these before
    others; among them the one that is stated most often.
    """
    found: dict[tuple[str, str], list[int]] = {}
    for rank, language, text in names:
        found.setdefault((text, language), []).append(rank)

    def order(name: tuple[str, str]) -> tuple[object, ...]:
        (text, language), ranks = name, found[name]
        foreign = not language.lower().startswith("en")
        return min(ranks) > 1, foreign, language != "", -len(ranks), min(ranks), text, language

    return min(found, key=order, default=("", ""))


def name_records(files: Iterable[Path], iris: Iterable[str]) -> dict[str, str]:
    """IRI → its main name in `said` files alone, whatever the names of what it was judged to be.

    The IRIs that have none there are left out.
    """
    found: dict[str, list[tuple[int, str, str]]] = {}
    wanted = frozenset(iris)
    for file in files:
        for iri in present(file.with_suffix(".subjects"), wanted):
            lines = b"".join(find_lines(file, f"<{iri}> ".encode()))
            named = ((RANKS[p], value) for p, value in parse_facts(lines) if p in RANKS)
            found.setdefault(iri, []).extend((r, v.language, v.value) for r, v in named)
    return {iri: choose_name(names)[0] for iri, names in found.items() if names}


def build_index(
    store: QuadStore, ontology: str, graphs: Sequence[str], files: Iterable[Path], path: Path
) -> None:
    """Write the index of all labels and classes in `files` of quads.

    `graphs` are all graphs that may occur; the classes above a class are those that the graph
    `ontology` states.
    """
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as index, index:
        index.executescript(SCHEMA)
        ids = number_graphs(index, graphs)
        rows = (row for file in files for row in read_rows(file, ids))
        label, kind = (f"INSERT INTO {name} VALUES ({marks})" for name, marks in ROWS.items())
        while some := list(islice(rows, ROWS_A_STEP)):
            index.executemany(label, ((None, *row) for row in some if len(row) == LABEL))
            index.executemany(kind, (row for row in some if len(row) != LABEL))
        index.executemany(
            "INSERT OR IGNORE INTO above VALUES (?, ?)",
            ((row["a"].value, row["b"].value) for row in store.select(ABOVE, [ontology])),
        )
        index.execute("INSERT OR IGNORE INTO above SELECT DISTINCT type, type FROM kind")
        index.executescript(INDICES)
        index.execute("INSERT INTO words (words) VALUES ('rebuild')")


def renew_index(
    old: Path, path: Path, graphs: Sequence[str], moves: Mapping[str, Iterable[tuple[Path, Path]]]
) -> None:
    """Write an older index with the statements that went and came since, as files of quads."""
    path.unlink(missing_ok=True)
    shutil.copyfile(old, path)
    with closing(sqlite3.connect(path)) as index, index:
        ids = number_graphs(index, graphs)
        for gone, come in (move for some in moves.values() for move in some):
            for row in read_rows(gone, ids):
                if len(row) == LABEL:
                    found = index.execute(f"SELECT id, folded FROM label WHERE {SAME_LABEL}", row)
                    number, folded = found.fetchone()
                    forget = "INSERT INTO words (words, rowid, folded) VALUES ('delete', ?, ?)"
                    index.execute(forget, (number, folded))
                    index.execute("DELETE FROM label WHERE id = ?", (number,))
                else:
                    index.execute("DELETE FROM kind WHERE iri = ? AND type = ? AND graph = ?", row)
            for row in read_rows(come, ids):
                if len(row) == LABEL:
                    added = index.execute("INSERT INTO label VALUES (NULL, ?,?,?,?,?,?)", row)
                    learn = "INSERT INTO words (rowid, folded) VALUES (?, ?)"
                    index.execute(learn, (added.lastrowid, row[2]))
                else:
                    index.execute("INSERT INTO kind VALUES (?, ?, ?)", row)
                    index.execute("INSERT OR IGNORE INTO above VALUES (?, ?)", (row[1], row[1]))


def number_graphs(index: sqlite3.Connection, graphs: Iterable[str]) -> dict[str, int]:
    """Graph → its number in the index; those that it has not get one."""
    index.executemany("INSERT OR IGNORE INTO graph (iri) VALUES (?)", ((g,) for g in graphs))
    return dict(index.execute("SELECT iri, id FROM graph"))


def read_rows(file: Path, ids: Mapping[str, int]) -> Iterator[tuple[str | int, ...]]:
    """What a file of quads has for the index: rows of labels, and of classes, which are shorter."""
    for graph, iri, predicate, value in read_statements(file, {*RANKS, RDF_TYPE}):
        if predicate == RDF_TYPE:
            yield iri, value.value, ids[graph]
        elif value.kind == "literal":
            text = value.value
            yield iri, text, fold(text), value.language, RANKS[predicate], ids[graph]


class Index:
    """The index of one generation, for the eyes of one set of graphs at a time. Thread safe."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _open(self, graphs: Iterable[str]) -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{self._path}?mode=ro&immutable=1", uri=True)
        connection.executescript(SEEN)
        connection.executemany(
            "INSERT OR IGNORE INTO seen SELECT id FROM graph WHERE iri = ?",
            ((graph,) for graph in graphs),
        )
        return connection

    def named(self, text: str, graphs: Iterable[str]) -> list[Hit]:
        """Everything whose name is `text`, accents and case aside; main names before others."""
        with closing(self._open(graphs)) as index:
            rows = index.execute(
                "SELECT iri, text, language, 100.0 FROM label WHERE folded = ? ORDER BY rank, iri",
                (fold(text),),
            )
            return self._hits(index, rows)

    def find(
        self, text: str, graphs: Iterable[str], limit: int = 50, classes: Sequence[str] = ()
    ) -> list[Hit]:
        """Things whose names hold words that begin with those of `text`; else those most alike.

        Names equal to the text come first, then shorter ones. `limit` counts things; of `classes`
        (full IRIs), where there are any, they have one.
        """
        words = re.findall(r"\w+", fold(text))[:16]
        if not words:
            return []
        match = " ".join(f'"{word}"*' for word in words)
        with closing(self._open(graphs)) as index:
            rows = index.execute(
                "SELECT label.iri, label.text, label.language, label.folded = ? AS equal "
                "FROM words JOIN label ON label.id = words.rowid "
                f"WHERE words MATCH ? {_of(classes)}"
                "ORDER BY equal DESC, label.rank > 1, LENGTH(label.folded), label.iri LIMIT ?",
                (fold(text), match, *classes, limit * 8),
            ).fetchall()
            scored = [(iri, name, lang, 100.0 if same else 90.0) for iri, name, lang, same in rows]
            if not scored:
                scored = self._alike(index, text, limit, classes)
            return self._hits(index, scored)[:limit]

    def look_up(self, iris: Iterable[str], graphs: Iterable[str]) -> dict[str, Hit]:
        """IRI → its main name and classes, for those of `iris` that have a name or a class."""
        with closing(self._open(graphs)) as index:
            index.execute("CREATE TEMP TABLE wanted (iri TEXT PRIMARY KEY)")
            index.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", ((iri,) for iri in iris))
            rows = index.execute(
                "SELECT wanted.iri, rank, language, text FROM temp.wanted "
                "LEFT JOIN label ON label.iri = wanted.iri ORDER BY wanted.iri"
            )
            named = (
                (iri, *choose_name(row[1:] for row in found if row[3] is not None), 100.0)
                for iri, found in groupby(rows, itemgetter(0))
            )
            hits = self._hits(index, named)
        return {hit.iri: hit for hit in hits if hit.label or hit.types}

    def count(self, types: Sequence[str], graphs: Iterable[str]) -> dict[str, int]:
        """Class → how many things are of it, for those of `types` (full IRIs) that have any."""
        marks = ", ".join("?" * len(types))
        with closing(self._open(graphs)) as index:
            rows = index.execute(
                "SELECT class, COUNT(DISTINCT iri) FROM above JOIN kind ON kind.type = above.type "
                f"WHERE class IN ({marks}) GROUP BY class",
                types,
            )
            return {str(name): int(number) for name, number in rows}

    def of_class(
        self, type_: str, graphs: Iterable[str], limit: int = 50, offset: int = 0
    ) -> list[Hit]:
        """The things of a class that have a name, in the order of their main names."""
        with closing(self._open(graphs)) as index:
            rows = index.execute(
                "SELECT iri, text, language, 100.0, "
                "MIN((rank > 1) * 100 + (language NOT LIKE 'en%') * 10 + rank) FROM label "
                "WHERE iri IN (SELECT iri FROM kind "
                "WHERE type IN (SELECT type FROM above WHERE class = ?)) "
                "GROUP BY iri ORDER BY folded, iri LIMIT ? OFFSET ?",
                (type_, limit, offset),
            )
            return self._hits(index, [row[:4] for row in rows])

    def _alike(
        self, index: sqlite3.Connection, text: str, limit: int, classes: Sequence[str]
    ) -> list[tuple[str, str, str, float]]:
        from rapidfuzz import fuzz, process  # loads, which build the index, have no use for it

        names = index.execute(
            f"SELECT iri, text, language, folded FROM label WHERE true {_of(classes)}", classes
        ).fetchall()
        best = process.extract(
            fold(text),
            [name[3] for name in names],
            scorer=fuzz.WRatio,
            limit=limit,
            score_cutoff=70,
        )
        return [(*names[place][:3], round(score * 0.89, 1)) for _, score, place in best]

    def _hits(
        self, index: sqlite3.Connection, rows: Iterable[tuple[str, str, str, float]]
    ) -> list[Hit]:
        hits: dict[str, Hit] = {}
        for iri, text, language, score in rows:
            if iri not in hits:
                types = index.execute(
                    "SELECT DISTINCT class FROM kind JOIN above ON above.type = kind.type "
                    "WHERE iri = ? ORDER BY class",
                    (iri,),
                )
                hits[iri] = Hit(iri, text, language, tuple(row[0] for row in types), score)
        return list(hits.values())


def _of(classes: Sequence[str]) -> str:
    """The condition that a labelled thing has one of some classes; none where there are none."""
    if not classes:
        return ""
    marks = ", ".join("?" * len(classes))
    types = f"SELECT type FROM above WHERE class IN ({marks})"
    return f"AND label.iri IN (SELECT iri FROM kind WHERE type IN ({types})) "
