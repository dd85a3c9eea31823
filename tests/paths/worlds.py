"""Small worlds in the hub's model: TriG text becomes a graph of ties, as a load would build it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from hub.paths.evidence import build_ties
from hub.paths.graph import TieGraph
from hub.terms import Term
from hub.vocabulary import NAMESPACES

ONTOLOGY = Path(__file__).parents[2] / "ontology"
BASE = "https://w3id.org/metacluster/id/"
PUBLIC = "https://example.org/graph/public"
HIDDEN = "https://example.org/graph/hidden"
TODAY = date(2016, 7, 1)
PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in NAMESPACES.items())


class World:
    """A store that holds `turtle` by graph, the ontology's table, and the ties built from both."""

    def __init__(self, folder: Path, **graphs: str) -> None:
        self.store = ox.Store()
        for name, turtle in graphs.items():
            self.store.load(
                (f"BASE <{BASE}>\n{PREFIXES}" + turtle).encode(),
                format=ox.RdfFormat.TURTLE,
                to_graph=ox.NamedNode(f"https://example.org/graph/{name}"),
            )
        table = ox.NamedNode("https://example.org/graph/ontology")
        for file in ("strength.ttl", "schemes.ttl"):
            text = (ONTOLOGY / file).read_bytes()
            self.store.load(text, format=ox.RdfFormat.TURTLE, base_iri=BASE, to_graph=table)
        folder.mkdir(parents=True, exist_ok=True)
        lines = self.store.dump(format=ox.RdfFormat.N_QUADS).splitlines(keepends=True)
        (folder / "said.nq").write_bytes(b"".join(sorted(lines)))
        build_ties([folder / "said.nq"], lambda query: self.select(query, [table.value]), folder)
        self.ties = TieGraph.open(folder)

    def select(self, query: str, graphs: Any = None, **bindings: Any) -> Iterator[dict[str, Term]]:
        """Solutions over `graphs` (all by default), with variables bound as the hub binds them."""
        if bindings:
            head, brace, tail = query.partition("{")
            values = "".join(
                f" VALUES ?{name} {{ {' '.join(t.n3() for t in listed(terms))} }}"
                for name, terms in bindings.items()
            )
            query = head + brace + values + tail
        named: Any = (
            [ox.NamedNode(g) for g in graphs] if graphs else list(self.store.named_graphs())
        )
        found: Any = self.store.query(query, default_graph=named, named_graphs=named)
        names = [variable.value for variable in found.variables]
        for row in found:
            pairs = zip(names, row, strict=True)
            yield {name: term_from(value) for name, value in pairs if value is not None}

    def seeing(self, *graphs: str) -> Callable[..., list[dict[str, Term]]]:
        """What a caller with those graphs may ask; the ontology is always seen."""
        seen = [*graphs, "https://example.org/graph/ontology"]
        return lambda query, **bindings: list(self.select(query, seen, **bindings))


def listed(terms: Any) -> list[Term]:
    return [terms] if isinstance(terms, Term) else list(terms)


def term_from(value: Any) -> Term:
    if isinstance(value, ox.NamedNode):
        return Term("iri", value.value)
    return Term("literal", value.value, value.language or "", value.datatype.value)


def iri(path: str) -> str:
    """The IRI of a thing from its path under the base."""
    return BASE + path
