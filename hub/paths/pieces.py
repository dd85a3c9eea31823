"""Into which pieces the visible ties fall: from one piece to another no way leads, however long.

The pieces are the connected components of the graph party – evidence – party. Two parties of
different pieces of m and n parties that turn out to be one open m · n ways at a stroke.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from hub.paths.view import View


@dataclass(frozen=True)
class Place:
    """Where a party stands: the number of its piece, the parties in it, its own ties."""

    piece: int
    size: int
    ties: int


class Pieces:
    """The pieces of a view; asked by the IRI of a party."""

    def __init__(self, view: View) -> None:
        """Label the incidences by the least party that each can be reached from.

        Labels pass from parties to evidence and back until none changes, and each party takes the
        label of its label besides, so that long chains need few rounds.
        """
        self._names = view.graph.party
        count = len(self._names)
        evidence = np.zeros(len(view.stated), dtype=np.int64)
        piece = np.arange(count)
        while True:
            before = piece.copy()
            evidence.fill(count)
            np.minimum.at(evidence, view.evidence, piece[view.party])
            np.minimum.at(piece, view.party, evidence[view.evidence])
            piece = np.minimum(piece, piece[piece])
            if (piece == before).all():
                break
        self._piece = piece
        self._sizes = np.bincount(piece, minlength=count)
        self._ties = np.bincount(view.party, minlength=count)

    def find(self, iri: str) -> Place | None:
        """Where a party stands; None where nothing visible ties it to anybody."""
        number = self._names.find(iri)
        if number is None or not self._ties[number]:
            return None
        piece = int(self._piece[number])
        return Place(piece, int(self._sizes[piece]), int(self._ties[number]))
