"""Who reads what: an open hub, a viewer, and the queries that pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hub.access import Viewer
from hub.hub import Hub, Sight
from hub.questions import Library
from hub.search import Hit
from hub.terms import Term

# Of which kinds of graphs some queries speak; see `Hub.select`.
KINDS = {
    "citations": ("provenance",),
    "stated": ("provenance",),
    "own-citations": ("said",),
    "records": ("said", "derived"),
}


@dataclass(frozen=True)
class Reader:
    """Everything that a page is read with. All it returns is what `viewer` may see."""

    hub: Hub
    viewer: Viewer
    library: Library

    @property
    def base(self) -> str:
        return self.hub.settings.base

    @property
    def sight(self) -> Sight:
        """What the viewer sees: graphs, version, date of the last change."""
        return self.hub.served.sight(self.viewer)

    def select(self, name: str, **bindings: Term | Sequence[Term]) -> list[dict[str, Term]]:
        """The rows of `queries/pages/<name>.rq` with its variables bound."""
        text = self.library.text(f"pages/{name}")
        return self.hub.select(text, self.viewer, bindings, KINDS.get(name, ()))

    def describe(self, iris: Iterable[str]) -> dict[str, Hit]:
        """What the things with these IRIs are called, and what they are."""
        return self.hub.describe(sorted(set(iris)), self.viewer)
