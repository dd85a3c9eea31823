"""The open hub: the generation that is served, its workers, its index of names, its ties.

The doors and the answers ask here. Nothing here writes. Each call looks whether CURRENT names
another generation and goes over to it, so that a load is seen without a restart.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Self

from hub.access import PUBLIC, Viewer
from hub.errors import Ambiguous, NotFound
from hub.search import Hit, Index, name_records
from hub.settings import Settings
from hub.sparql.constants import Table
from hub.sparql.federation import Federation
from hub.sparql.pool import Answer, Limits, Pool
from hub.sparql.services import Block
from hub.sparql.workers import Gone
from hub.store.generations import Generation, current_number, current_stamp, open_generation
from hub.store.generations import current as current_generation
from hub.store.terms import check_iri
from hub.terms import Term, iri, literal
from hub.vocabulary import CONTACT, NAMESPACES, PERSONAL, QUOTATIONS, expand, shorten


@dataclass(frozen=True)
class Sight:
    """What a viewer sees: graphs, and the graph that holds their union (empty: there is none).

    Attributes:
        mark: a digest of all that they hold: what is the same to two viewers has the same mark.
        changed: when they last changed, UTC. Loads of what others see change neither.
    """

    graphs: tuple[str, ...]
    union: str
    mark: str
    changed: str

    @property
    def version(self) -> str:
        """What the viewer may call the state of the hub: the beginning of the mark."""
        return self.mark[:12]


@dataclass(frozen=True)
class Personal:
    """What a viewer sees of people's contact data.

    Attributes:
        graphs: those that hold it.
        people: who has some, and what is told in words that hold some.
        properties: those that tell of it.
        texts: the addresses, numbers and quotations themselves, each with one that it is said of.
    """

    graphs: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()
    texts: Mapping[str, str] = field(default_factory=dict)


_PERSONAL = f"""
SELECT ?g ?who ?p ?value {{
  GRAPH ?g {{ ?who ?p ?value }}
  FILTER(?p IN ({", ".join(iri(name).n3() for name in sorted(PERSONAL))})
         || REGEX(STR(?value), {literal(CONTACT).n3()}))
}}"""


class Served:
    """One generation as it is served: the generation, its index and what is opened of it once."""

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.index = Index(generation.search)
        self._sights: dict[Viewer, Sight] = {}
        self.personal: dict[Viewer, Personal] = {}

    def sight(self, viewer: Viewer) -> Sight:
        """What `viewer` sees of this generation."""
        if viewer not in self._sights:
            facts = self.generation.manifest.graphs
            seen = viewer.graphs(fact for fact in facts if fact.kind != "union")
            unions = {
                Viewer(fact.level, fact.partner).graphs(f for f in facts if f.kind != "union"): fact
                for fact in facts
                if fact.kind == "union"
            }
            content = sorted((f.iri, f.count, f.sha256) for f in facts if f.iri in set(seen))
            mark = hashlib.sha256(repr(content).encode()).hexdigest()
            created = self.generation.manifest.created
            changed = max((f.changed or created for f in facts if f.iri in set(seen)), default="")
            union = unions[seen].iri if seen in unions else ""
            self._sights[viewer] = Sight(seen, union, mark, changed)
        return self._sights[viewer]

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        return self.generation.names()

    @cached_property
    def formers(self) -> dict[str, dict[str, list[str]]]:
        """Level → canonical IRI → those that it stands for."""
        found: dict[str, dict[str, list[str]]] = {level: {} for level in self.names}
        for level, names in self.names.items():
            for former, canonical in names.items():
                found[level].setdefault(canonical, []).append(former)
        return found


class Hub:
    """A hub over a data folder. Thread safe; close it, or use it as a context manager.

    `services` are those that the hub answers itself where a query asks them by SERVICE: by their
    IRI, what answers a block for a viewer within so many seconds, or until who asks is gone.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        workers: int | None = None,
        services: Mapping[str, Callable[[Hub, Viewer, Block, float, Gone], Table]] | None = None,
    ) -> None:
        self.settings = settings
        self._services = dict(services or {})
        self._federation = Federation(settings.services)
        self._lock = threading.Lock()
        self._stamp = current_stamp(settings.data)
        self._served = Served(current_generation(settings.data))
        limits = Limits(
            seconds=settings.query_seconds,
            stall=settings.patience,
            memory=settings.query_megabytes * 2**20,
            rows=settings.query_rows,
        )
        size = workers or settings.workers
        store = self._served.generation.store
        self.pool = Pool(store, size=size, limits=limits, base=settings.base)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers."""
        self.pool.close()

    @property
    def served(self) -> Served:
        """What is served now; goes over to the generation that CURRENT names."""
        stamp = current_stamp(self.settings.data)
        if stamp == self._stamp:
            return self._served
        with self._lock:
            number = current_number(self.settings.data)
            if number is not None and number != self._served.generation.number:
                served = Served(open_generation(self.settings.data, number))
                self.pool.switch(served.generation.store)
                self._served = served
            self._stamp = stamp
            return self._served

    @property
    def settled(self) -> Served | None:
        """What is served, without going over to anything else; None where CURRENT names another."""
        return self._served if current_stamp(self.settings.data) == self._stamp else None

    @property
    def generation(self) -> Generation:
        """The generation that is served."""
        return self.served.generation

    def graphs(self, viewer: Viewer) -> tuple[str, ...]:
        """The graphs that `viewer` sees in the generation that is served."""
        return self.served.sight(viewer).graphs

    def select(
        self,
        query: str,
        viewer: Viewer = PUBLIC,
        bindings: Mapping[str, Term | Sequence[Term]] | None = None,
        kinds: Collection[str] = (),
        payer: str = "",
    ) -> list[dict[str, Term]]:
        """Solutions of a query of the hub's own (text), with variables bound as terms.

        With `kinds` (of `GraphFact`), GRAPH reaches only graphs of these kinds, which is quicker:
        the engine looks into each graph by turns. The default graph stays what the viewer sees.
        `payer` is for a query that somebody else wrote (`Pool.query`).
        """
        served = self.served
        sight = served.sight(viewer)
        graphs = sight.graphs
        if kinds and sight.union:
            facts = served.generation.manifest.graphs
            graphs = viewer.graphs(fact for fact in facts if fact.kind in kinds)
        return self.pool.select(
            query,
            graphs=graphs,
            union=sight.union,
            bindings=bindings,
            services=partial(self._serve, viewer),
            payer=payer,
        )

    def query(self, text: str, viewer: Viewer, **options: Any) -> Answer:
        """Answer a query that somebody wrote; `options` and errors are those of `Pool.query`."""
        sight = self.served.sight(viewer)
        services = partial(self._serve, viewer, gone=options.get("gone"))
        return self.pool.query(
            text, graphs=sight.graphs, union=sight.union, services=services, **options
        )

    def _serve(
        self,
        viewer: Viewer,
        block: Block,
        seconds: float,
        gone: Gone = None,
    ) -> Table:
        """The solutions of a SERVICE block, from the hub itself or from a listed endpoint."""
        own = self._services.get(block.endpoint)
        if own:
            return own(self, viewer, block, seconds, gone)
        return self._federation.ask(viewer, block, seconds, gone)

    def personal(self, viewer: Viewer) -> Personal:
        """What `viewer` sees of contact data, in the graphs of sources that are not public."""
        served = self.served
        if viewer not in served.personal:
            facts = served.generation.manifest.graphs
            public = {s.name for s in served.generation.manifest.sources if PUBLIC.sees(s)}
            kinds = ("said", "provenance")
            private = {f.iri for f in facts if f.kind in kinds and f.source not in public}
            said = [graph for graph in served.sight(viewer).graphs if graph in private]
            named = [iri(name) for name in sorted(PERSONAL | QUOTATIONS)]
            options = {"graphs": said, "named_graph": said, "bindings": {"p": named}}
            rows = self.pool.select(_PERSONAL, **options) if said else []
            graphs, people, properties = (
                frozenset(row[name].value for row in rows) for name in ("g", "who", "p")
            )
            said_of = sorted(((row["value"].value, row["who"].value) for row in rows), reverse=True)
            served.personal[viewer] = Personal(graphs, people, properties, dict(said_of))
        return served.personal[viewer]

    def canonical(self, iri: str, viewer: Viewer) -> str:
        """The IRI under which `viewer` sees what `iri` means; `iri` itself where nothing else."""
        return self.served.names.get(str(viewer), self.served.names.get("public", {})).get(iri, iri)

    def members(self, iri: str, viewer: Viewer) -> tuple[str, ...]:
        """Every IRI by which what `viewer` sees as `iri` is or was known, the canonical first."""
        canonical = self.canonical(iri, viewer)
        level = str(viewer) if str(viewer) in self.served.names else "public"
        return (canonical, *self.served.formers.get(level, {}).get(canonical, ()))

    def describe(self, iris: Iterable[str], viewer: Viewer) -> dict[str, Hit]:
        """IRI → main name and classes, for those of `iris` that `viewer` sees by one or other."""
        return self.served.index.look_up(iris, self.graphs(viewer))

    def name_records(self, iris: Iterable[str], viewer: Viewer) -> dict[str, str]:
        """IRI → what the sources that `viewer` sees call it themselves, where they do."""
        generation = self.generation
        names = [source.name for source in generation.manifest.sources if viewer.sees(source)]
        return name_records([generation.path / "said" / f"{name}.nq" for name in names], iris)

    def find(self, text: str, viewer: Viewer = PUBLIC, classes: Sequence[str] = ()) -> Hit:
        """The one thing that `text`, an IRI or a name, means to `viewer`.

        Args:
            text: an absolute IRI, `prefix:name`, a path under the base as things are shown by, or a
                name (accents and case do not matter).
            classes: full or short IRIs of classes, one of which the thing must have; any if empty.

        Raises:
            Ambiguous: several things have this name; the error lists them.
            NotFound: nothing visible has it; the error names the most alike.
            Invalid: the text looks like an IRI and is none.
        """
        text = text.strip()
        wanted = {expand(name) for name in classes}
        iri = self.iri_in(text, viewer)
        if iri:
            canonical = self.canonical(iri, viewer)
            found = self.describe([canonical], viewer).get(canonical)
            if not found:
                raise NotFound(f"There is nothing with the IRI {iri} here.")
            if wanted and not wanted & set(found.types):
                raise _refuse_kind(found.label or iri, found.types, classes)
            return found
        graphs = self.graphs(viewer)
        index = self.served.index
        called = index.named(text, graphs)
        hits = [h for h in called if not wanted or wanted & set(h.types)]
        if len(hits) > 1:
            listed = [(h.iri, h.label, describe_types(h.types)) for h in hits]
            raise Ambiguous(f"Several things are called “{text}”:", listed)
        if called and not hits:
            raise _refuse_kind(called[0].label, called[0].types, classes)
        if not hits:
            alike = index.find(text, graphs, 5, tuple(wanted))
            names = ", ".join(dict.fromkeys(f"“{h.label}”" for h in alike))
            raise NotFound(
                f"There is nothing called “{text}” here.",
                remedy=f"Did you mean {names}?" if names else "Try the search.",
            )
        return self.describe([hits[0].iri], viewer).get(hits[0].iri, hits[0])

    def iri_in(self, text: str, viewer: Viewer) -> str:
        """The IRI that `text` is meant as, or an empty text where it is a name."""
        text = text.strip()
        if "://" in text or text.startswith("urn:"):
            return check_iri(text)
        prefix, colon, local = text.partition(":")
        if colon and prefix in NAMESPACES and local and " " not in local:
            return expand(text)
        keyed = self.settings.base + text
        known = "/" in text and self.describe([self.canonical(keyed, viewer)], viewer)
        return keyed if known else ""


GENERIC = {"org:Organization", "foaf:Agent", "prov:Entity", "mc:Company", "skos:Concept"}
KINDS = {"org:Organization": "organisation", "foaf:Person": "person", "org:Post": "post"}


def _refuse_kind(label: str, types: Sequence[str], wanted: Sequence[str]) -> NotFound:
    """`China is a market, not an organisation, person or post.`"""

    def article(noun: str) -> str:
        return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"

    *first, last = map(say_class, wanted)
    others = f"{', '.join(first)} or {last}" if first else last
    message = f"{label} is {article(say_class(describe_types(types)))}, not {article(others)}."
    occasion = "mc:Market" in wanted and expand("schema:Event") in types
    remedy = "Ask for the entry points into its market, where the way to it stands: /entry-points."
    return NotFound(message, remedy=remedy if occasion else "")


def say_class(name: str) -> str:
    """A class in words: `science park`."""
    local = shorten(name).rpartition(":")[2]
    spaced = "".join(f" {c.lower()}" if c.isupper() else c for c in local).strip()
    return KINDS.get(shorten(name), spaced)


def describe_types(types: Iterable[str]) -> str:
    """The most telling of several classes, shortened."""
    short = [shorten(name) for name in types]
    telling = [name for name in short if name.startswith("mc:") and name not in GENERIC]
    return (telling or short or ["thing"])[0]
