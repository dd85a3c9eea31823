"""The manifest of a generation: what it holds, graph by graph, and what it was made from."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hub.access import Viewer
from hub.errors import HubError

FORMAT = 2


@dataclass(frozen=True)
class GraphFact:
    """A graph of a generation.

    Attributes:
        level: public, consortium or partner (then of `partner`).
        kind: said, provenance, derived, identity or ontology; or union: a copy of all others that
            this level sees, which answers for the default graph and is itself never seen.
        source: the source whose graph it is; empty for the hub's own.
        stands_for: the graphs in place of which this level sees it, since a judgement of this level
            gives other names to things in them.
        count: statements; sha256: of the file in `view/` that the graph was loaded from, else of
            the store's dump of it.
        changed: since when it holds what it holds, UTC; empty where an earlier release made it.
    """

    iri: str
    level: str
    partner: str | None
    kind: str
    source: str = ""
    count: int = 0
    sha256: str = ""
    stands_for: tuple[str, ...] = ()
    changed: str = ""

    @property
    def view(self) -> str:
        """The name, in `view/`, of the file of what the source says in this graph's names."""
        return name_view(self.source, Viewer(self.level, self.partner) if self.stands_for else None)


@dataclass(frozen=True)
class SourceFact:
    """A source as it stands in a generation; `load` is the number of the load that brought it."""

    name: str
    title: str
    owner: str
    visibility: str
    partner: str | None
    licence: str
    description: str
    refresh: str
    fingerprint: str
    said: str
    loaded: str
    quads: int
    rejected: int
    rows: Mapping[str, int]
    expected: Mapping[str, Any]
    files: tuple[Mapping[str, Any], ...]
    findings: tuple[Mapping[str, Any], ...]
    load: int = 0

    @property
    def level(self) -> str:
        """The visibility, under the name that `hub.access.Visible` asks for."""
        return self.visibility


@dataclass(frozen=True)
class Manifest:
    """What a generation holds and what it was made from.

    `audit` is the head that the audit trail had when it was made (`hub.accounts.audit`).
    """

    number: int
    created: str
    base: str
    software: str
    ontology: str
    identity: str
    sources: tuple[SourceFact, ...] = ()
    graphs: tuple[GraphFact, ...] = ()
    erased: str = ""
    format: int = FORMAT
    audit: str = ""

    def source(self, name: str) -> SourceFact | None:
        """The source of that name, or None."""
        return next((source for source in self.sources if source.name == name), None)

    def write(self, path: Path) -> None:
        """Write as JSON and bring it to the disk."""
        with path.open("w", encoding="utf-8") as file:
            json.dump(asdict(self), file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())


class Outdated(HubError):
    """A generation that another release of the hub made."""


def read_manifest(path: Path) -> Manifest:
    """Read a manifest; raises HubError where it is missing, damaged or of another format."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise Outdated(
                f"The generation has format {values['format']}, this hub reads {FORMAT}.",
                where=str(path),
                remedy="Load the sources again: hub load. Judgements and tokens stay.",
            )
        values["graphs"] = tuple(
            GraphFact(**{**graph, "stands_for": tuple(graph["stands_for"])})
            for graph in values["graphs"]
        )
        values["sources"] = tuple(
            SourceFact(
                **{**fact, "files": tuple(fact["files"]), "findings": tuple(fact["findings"])}
            )
            for fact in values["sources"]
        )
        return Manifest(**values)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HubError(
            f"The manifest cannot be read: {error}.",
            where=str(path),
            remedy="Roll back to another generation (hub rollback N), or load again.",
        ) from error


def name_view(source: str, level: Viewer | None) -> str:
    return f"{source}@{level}.nq".replace(":", "-") if level else f"{source}.nq"
