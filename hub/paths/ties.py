"""The ties as they lie in a generation: arrays and string tables, opened in place.

    incidences   party, evidence, graph, role, since, until     who took part
    facts        evidence, graph, field, low, high              what is said of the evidence
    documents    document, graph, low, high                     when a document was issued; high is
                                                                NEVER where it is only not older
    parties      party, graph, sort                             person, post or organisation

Days are counted from 1970-01-01. A date that is only a year or a month is the span of its days.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from hub.errors import Unavailable
from hub.paths.strength import Adjustment, StrengthTable, concept_key, read_saved

NEVER = np.iinfo(np.int32).min  # a date that is not said
EPOCH = date(1970, 1, 1).toordinal()  # day 0


class Field(IntEnum):
    """What a fact says of evidence; `low` and `high` are days but where noted."""

    KIND = 0  # low: position of the row in the table of strength
    BEGIN = 1
    END = 2
    ENDED = 3
    DOCUMENT = 4  # low: number of the document
    UNNAMED = 5  # low: how many participants are counted without being named
    PASSAGE = 6  # low: fingerprint of the passage of a document that tells it


class Sort(IntEnum):
    """What a party is; the higher wins where a party is said to be several."""

    ORGANISATION = 0
    GATEWAY = 1  # cluster, network, agency: introduces by office
    PERSON = 2
    POST = 3


class Names:
    """A table of strings: number to string, and string to number by a sorted table of checksums.

    Only the strings asked for are read, so that opening costs nothing.
    """

    def __init__(self, path: Path) -> None:
        self._bytes = _open(path.with_suffix(".text.npy"))
        self._ends = _open(path.with_suffix(".ends.npy"))
        self._sums, self._order = _open(path.with_suffix(".sums.npy"))

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> str:
        return self._raw(number).decode()

    def find(self, text: str) -> int | None:
        """The number of `text`, or None where it is not in the table."""
        return self.find_all([text])[0]

    def find_all(self, texts: Iterable[str]) -> list[int | None]:
        """The numbers of several texts."""
        wanted = [text.encode() for text in texts]
        sums = np.array([zlib.crc32(text) for text in wanted], dtype=np.uint32)
        found: list[int | None] = []
        for text, sum_, at in zip(wanted, sums, np.searchsorted(self._sums, sums), strict=True):
            number = None
            while at < len(self) and self._sums[at] == sum_:
                if self._raw(self._order[at]) == text:
                    number = int(self._order[at])
                    break
                at += 1
            found.append(number)
        return found

    def _raw(self, number: int) -> bytes:
        start = self._ends[number - 1] if number else 0
        return self._bytes[start : self._ends[number]].tobytes()

    @staticmethod
    def save(path: Path, text: np.ndarray, ends: np.ndarray, sums: np.ndarray) -> None:
        """Write strings, all different: their bytes, where each ends, and their CRC-32."""
        order = np.argsort(sums, kind="stable").astype(np.uint32)
        np.save(path.with_suffix(".text.npy"), text)
        np.save(path.with_suffix(".ends.npy"), ends)
        np.save(path.with_suffix(".sums.npy"), np.stack((sums[order], order)))


def save_arrays(folder: Path, **arrays: np.ndarray) -> None:
    """Write each array as `<name>.npy`."""
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)


def _open(path: Path) -> np.ndarray:
    array: np.ndarray
    try:
        array = np.load(path, mmap_mode="r").view(np.ndarray)  # a memmap is slow to slice
    except ValueError:  # an empty array cannot be mapped
        array = np.load(path)
    return array


@dataclass(frozen=True)
class Ties:
    """Parties, evidence and who said so; no array is ever written.

    `adjusted` is what `table` has otherwise than the generation.
    """

    table: StrengthTable
    party: Names
    evidence: Names
    graph: Names
    role: Names
    document: Names
    incidences: np.ndarray
    facts: np.ndarray
    documents: np.ndarray
    parties: np.ndarray
    adjusted: tuple[Adjustment, ...] = ()

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open what `build_ties` wrote. Raises Unavailable where it is missing or damaged."""
        try:
            return cls(
                read_saved(folder / "strength.json"),
                party=Names(folder / "party"),
                evidence=Names(folder / "evidence"),
                graph=Names(folder / "graph"),
                role=Names(folder / "role"),
                document=Names(folder / "document"),
                incidences=_open(folder / "incidences.npy"),
                facts=_open(folder / "facts.npy"),
                documents=_open(folder / "documents.npy"),
                parties=_open(folder / "parties.npy"),
            )
        except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
            raise Unavailable(
                f"The graph of ties cannot be read: {error}.",
                where=str(folder),
                remedy="Load the sources again (hub load), or roll back (hub rollback N).",
            ) from error

    def weighed(self, adjustments: Iterable[Adjustment]) -> Self:
        """The same ties, weighed with other figures. Raises as `StrengthTable.compare` does."""
        adjusted = self.table.compare(adjustments)
        if not adjusted:
            return self
        return replace(self, table=self.table.adjust(adjusted), adjusted=adjusted)

    def latest(self, graphs: Iterable[str]) -> date:
        """The last day on which anything that `graphs` state has begun or was stated."""
        seen = list(self.number_graphs(graphs))
        begun = self.facts[(self.facts[:, 2] == Field.BEGIN) & np.isin(self.facts[:, 1], seen), 3]
        stated = self.documents[np.isin(self.documents[:, 1], seen), 2]
        joined = self.incidences[4][np.isin(self.incidences[2], seen)]
        days = np.concatenate((begun, stated, joined))
        return date.fromordinal(EPOCH + max(int(days.max(initial=0)), 0))

    @cached_property
    def role_weights(self) -> np.ndarray:
        """The factor of each role."""
        factors = {concept_key(iri): factor for iri, factor in self.table.roles.items()}
        roles = (concept_key(self.role[number]) for number in range(len(self.role)))
        return np.array([factors.get(role, 1.0) for role in roles])

    def number_graphs(self, graphs: Iterable[str]) -> frozenset[int]:
        """The numbers of those graphs that state any tie."""
        return frozenset(n for n in map(self.graph.find, graphs) if n is not None)
