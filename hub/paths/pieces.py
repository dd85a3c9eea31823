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
        import networkx as nx  # takes a while, which commands that need no pieces are spared

        self._names = view.graph.party
        ties = np.bincount(view.party, minlength=len(self._names))
        graph = nx.Graph()
        graph.add_edges_from(zip(view.party.tolist(), (~view.evidence).tolist(), strict=True))
        self._places: dict[int, Place] = {}
        for number, piece in enumerate(nx.connected_components(graph)):
            parties = [
                node for node in piece if node >= 0
            ]  # evidence is numbered downwards from −1
            for party in parties:
                self._places[party] = Place(number, len(parties), int(ties[party]))

    def find(self, iri: str) -> Place | None:
        """Where a party stands; None where nothing visible ties it to anybody."""
        number = self._names.find(iri)
        return None if number is None else self._places.get(number)
