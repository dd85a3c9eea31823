"""What a load did, for people, programs and the history: source by source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from hub.publishing.difference import Difference
from hub.store.manifest import SourceFact
from loaders.findings import Finding


class Progress(Protocol):
    """What is told while a load is under way; `total` is None where it is not known."""

    def __call__(self, stage: str, done: int, total: int | None) -> None: ...


def silent(stage: str, done: int, total: int | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class SourceOutcome:
    """What became of one source in a load.

    Attributes:
        status: new, changed, unchanged, refused, withdrawn (no longer configured) or restored
            (rolled back alone).
        rows, rejected: rows read, and rows left out for an error in them.
        quads: statements the source now says; added and removed against the last generation.
        files: those that were read, with their hashes; none where nothing was read again.
        difference: the things that came, changed and went; None where none did.
    """

    name: str
    owner: str
    visibility: str
    partner: str | None
    status: str
    rows: int = 0
    rejected: int = 0
    quads: int = 0
    added: int = 0
    removed: int = 0
    findings: tuple[Finding, ...] = ()
    files: tuple[Mapping[str, Any], ...] = ()
    difference: Difference | None = None

    @classmethod
    def of(cls, fact: SourceFact, status: str, **others: Any) -> Self:
        """What became of a source that stands, or stood, as `fact` says."""
        counts = {"rows": sum(fact.rows.values()), "rejected": fact.rejected, "quads": fact.quads}
        place = (fact.name, fact.owner, fact.visibility, fact.partner)
        return cls(*place, status, **counts | others)

    def as_dict(self) -> dict[str, Any]:
        return {
            **vars(self),
            "findings": [finding.as_dict() for finding in self.findings],
            "difference": self.difference.as_dict() if self.difference else None,
        }


@dataclass(frozen=True)
class LoadReport:
    """What a load did: `outcome` is published, unchanged, refused, previewed or rolled back."""

    outcome: str
    generation: int | None
    sources: tuple[SourceOutcome, ...]
    statements: int
    derived: int
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def refused(self) -> tuple[SourceOutcome, ...]:
        """The sources that were refused."""
        return tuple(source for source in self.sources if source.status == "refused")

    def as_dict(self) -> dict[str, Any]:
        return {**vars(self), "sources": [source.as_dict() for source in self.sources]}
