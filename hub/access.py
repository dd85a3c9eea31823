"""Who sees what: a viewer is a level of visibility, and a level is a set of graphs.

Levels nest: everybody sees `public`; members see `consortium` too; a partner sees, besides, what
only that partner handed in. Every answer of the hub is computed from the viewer's graphs alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from hub.errors import Invalid
from loaders.description import PARTNER

LEVELS = ("public", "consortium", "partner")


class Visible(Protocol):
    """What is needed to know of something to say who sees it."""

    @property
    def level(self) -> str: ...
    @property
    def partner(self) -> str | None: ...


class Graph(Visible, Protocol):
    """A graph; its own level sees it in place of the graphs that it stands for."""

    @property
    def iri(self) -> str: ...
    @property
    def stands_for(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Viewer:
    """A level of visibility; `partner` is the slug of the partner at level `partner`."""

    level: str = "public"
    partner: str | None = None

    def __post_init__(self) -> None:
        if self.level not in LEVELS or (self.level == "partner") != bool(self.partner):
            raise Invalid(
                f"There is no level of visibility {self}.",
                remedy="Use public, consortium or partner:NAME.",
            )

    def sees(self, one: Visible) -> bool:
        """Whether this viewer may see `one`."""
        if one.level == "partner":
            return self.level == "partner" and self.partner == one.partner
        return LEVELS.index(one.level) <= LEVELS.index(self.level)

    def graphs(self, graphs: Iterable[Graph]) -> tuple[str, ...]:
        """The IRIs of those of `graphs` that this viewer sees, in their order.

        What stands for others is seen, and hides them, at its own level alone. A level that has no
        graphs is the one below it.
        """
        seen = [graph for graph in graphs if self.sees(graph)]
        highest = max((LEVELS.index(graph.level) for graph in seen), default=0)
        own = {graph.iri for graph in seen if LEVELS.index(graph.level) == highest}
        hidden = {iri for graph in seen if graph.iri in own for iri in graph.stands_for}
        return tuple(
            g.iri for g in seen if g.iri not in hidden and (g.iri in own or not g.stands_for)
        )

    def __str__(self) -> str:
        return f"partner:{self.partner}" if self.partner else self.level


PUBLIC = Viewer()


def parse_viewer(text: str) -> Viewer:
    """`public`, `consortium` or `partner:NAME`. Raises Invalid for anything else."""
    level, _, partner = text.partition(":")
    if partner and not PARTNER.fullmatch(partner):
        raise Invalid(f"“{partner}” is no partner's name.", remedy="Use lower case, digits, -.")
    return Viewer(level, partner or None)
