"""What the caller may read about the things in some ways: names, facts, and who says so where.

Everything is fetched through `select_visible`, which answers from the caller's graphs alone.
"""

from __future__ import annotations

import re
from calendar import month_name
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from hub.citations import Citations, Cited, Statement
from hub.paths.atlas import Way
from hub.search import LABELS, choose_name
from hub.settings import resource_folder
from hub.terms import Term
from hub.vocabulary import NAMESPACES, expand, shorten

SelectVisible = Callable[..., list[dict[str, Term]]]

MOST_CITED = 4  # pieces of evidence told per step; the others are counted
PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in NAMESPACES.items())
_NODES = (
    PREFIXES + "SELECT DISTINCT ?evidence ?node ?party WHERE { "
    "GRAPH ?g { ?node mc:involvedIn ?evidence ; mc:involves ?party } }"
)
_HOLDERS = (
    PREFIXES + "SELECT DISTINCT ?post ?holder ?begin ?end ?over ?stated WHERE { "
    "?membership mc:post ?post ; org:member ?holder "
    "OPTIONAL { ?membership schema:startDate ?begin } "
    "OPTIONAL { ?membership schema:endDate ?end } "
    "OPTIONAL { ?membership prov:hadPrimarySource/"
    "(dcterms:issued|dcterms:date|schema:datePublished) ?stated } "
    "OPTIONAL { ?membership a ?over FILTER (?over = mc:EndedMembership) } } ORDER BY ?begin ?holder"
)
_FACTS = (
    PREFIXES + "SELECT DISTINCT ?g ?iri ?property ?value WHERE { "
    f"VALUES ?property {{ {' '.join(LABELS)} dcterms:description mc:country mc:city mc:inRole "
    "org:member org:organization mc:post org:postIn mc:agreementKind mc:signed schema:startDate "
    "schema:endDate schema:validFrom schema:validThrough prov:hadPrimarySource mc:place mc:quote "
    "mc:owner mc:involves dcterms:issued dcterms:date schema:datePublished } "
    "GRAPH ?g { ?iri ?property ?value } }"
)


@dataclass(frozen=True)
class Source:
    """A source of the hub: its graph, title and owner, empty where the data does not say."""

    graph: str
    title: str
    owner: str

    def __str__(self) -> str:
        title = f"‘{self.title}’" if self.title else ""
        return " of ".join(part for part in (title, self.owner) if part)


@dataclass(frozen=True)
class Citation:
    """Where a sentence comes from: a place in a document, and the sources that cite it.

    Empty texts where the data does not say.
    """

    document_iri: str
    document: str
    place: str
    quote: str
    sources: tuple[Source, ...]

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.document, self.place) if part)
        said = f"“{self.quote}”" if self.quote else ""
        cited = ": ".join(part for part in (where, said) if part)
        by = "; ".join(map(str, self.sources))
        return f"{cited} (from {by})" if cited and by else cited or by


@dataclass(frozen=True)
class Holder:
    """Who holds or held a post; dates as they are said, empty where they are not.

    `stated`: the latest date of a document that says so.
    """

    iri: str
    begin: str
    end: str
    over: bool
    stated: str = ""

    @property
    def known(self) -> str:
        """The last year in which it is known to have been so; empty where nothing is dated."""
        return max(self.begin, self.stated, self.end)[:4]

    def holds(self, day: date) -> bool:
        """Whether nothing says that the post was not held on that day, or not yet, or no more."""
        on = day.isoformat()
        ended = bool(self.end) and self.end < on[: len(self.end)]
        return not ended and not (self.over and not self.end) and self.begin <= on


@dataclass(frozen=True)
class Facts:
    """What the caller may read about the things in some ways.

    Attributes:
        labels: IRI → name, no two parties alike.
        facts: IRI → property → (graph, value) in the order of the graphs.
        nodes: (evidence, party) → involvements that tie them.
        holders: post → who holds or held it.
        citations: what is cited for the statements about evidence, and about `others`.
    """

    labels: Mapping[str, str]
    facts: Mapping[str, Mapping[str, Sequence[tuple[str, Term]]]]
    nodes: Mapping[tuple[str, str], Sequence[str]]
    holders: Mapping[str, Sequence[Holder]]
    citations: Citations

    @classmethod
    def read(
        cls,
        ways: Sequence[Way],
        named: Iterable[str],
        select: SelectVisible,
        others: Iterable[str] = (),
    ) -> Facts:
        """Fetch what is needed for `ways`, the parties `named` and other things, in few queries."""
        steps = [step for way in ways for step in (*way.steps, *([way.ask] if way.ask else []))]
        evidence = {tie.evidence for step in steps for tie in step.ties[:MOST_CITED]}
        parties = {iri for step in steps for iri in (step.source, step.target)} | set(named)
        said: dict[tuple[str, Holder], str] = {}
        for row in select(_HOLDERS, post=_terms(parties)) if parties else ():
            begin, end, at = (row[n].value if n in row else "" for n in ("begin", "end", "stated"))
            held = row["post"].value, Holder(row["holder"].value, begin, end, "over" in row)
            said[held] = max(at, said.get(held, ""))
        holders: dict[str, list[Holder]] = defaultdict(list)
        for (post, holder), stated in said.items():
            holders[post].append(replace(holder, stated=stated))
        people = {holder.iri for both in holders.values() for holder in both}
        nodes = defaultdict(list)
        if evidence:
            for row in select(_NODES, evidence=_terms(evidence), party=_terms(parties | people)):
                nodes[row["evidence"].value, row["party"].value].append(row["node"].value)
        facts: dict[str, dict[str, list[tuple[str, Term]]]] = {}
        wanted = evidence | parties | people | set(others)
        wanted |= {node for found in nodes.values() for node in found}
        citations = Citations(_by_name(select), {}, wanted - (parties - evidence))
        wanted |= citations.documents
        for _ in range(3):  # things; then what they point to; then the sources of all that
            wanted -= facts.keys()
            if not wanted:
                break
            facts |= {iri: defaultdict(list) for iri in wanted}
            for row in select(_FACTS, iri=_terms(wanted)):
                known = facts[row["iri"].value][shorten(row["property"].value)]
                known.append((row["g"].value, row["value"]))
            found = [pair for about in facts.values() for pairs in about.values() for pair in pairs]
            wanted = {term.value for _, term in found if term.kind == "iri"}
            wanted |= {graph for graph, _ in found}
        for about in facts.values():
            for values in about.values():
                values.sort()
        labels = {iri: _label(about) for iri, about in facts.items()}
        labels = _tell_apart(_name_posts(labels, parties, facts), parties, facts)
        return cls(labels, facts, nodes, holders, citations)

    def name(self, iri: str) -> str:
        """The label of a thing; the end of its IRI where it has none."""
        return self.labels.get(iri) or _tail(iri)

    def values(self, iri: str, *properties: str) -> list[tuple[str, Term]]:
        """All (graph, value) of the properties."""
        about = self.facts.get(iri, {})
        return [pair for name in properties for pair in about.get(name, ())]

    def value(self, iri: str, *properties: str) -> str:
        """One value of the first of the properties that has any; empty where none has."""
        return next((term.value for _, term in self.values(iri, *properties)), "")

    def cite(self, nodes: Iterable[str]) -> tuple[Citation, ...]:
        """Who says what stands at `nodes`, and where: the record that makes each statement."""
        found: dict[tuple[str, str, str], dict[Source, None]] = defaultdict(dict)
        for node in nodes:
            for name, pairs in self.facts.get(node, {}).items():
                for graph, value in pairs:
                    stated = Statement(graph, node, expand(name), value)
                    for cited in self.citations.of(stated) or (Cited(),):
                        document, place, quote = (
                            part.value if part else ""
                            for part in (cited.document, cited.place, cited.quote)
                        )
                        found[document, place, quote][self.source(graph)] = None
        return tuple(
            Citation(iri, self.name(iri) if iri else "", place, quote, tuple(sources))
            for (iri, place, quote), sources in found.items()
        )

    def source(self, graph: str) -> Source:
        """The source whose graph it is."""
        return Source(graph, self.name(graph), self.value(graph, "mc:owner"))


def _by_name(select: SelectVisible) -> Callable[..., list[dict[str, Term]]]:
    """Answers the queries of `queries/pages` by name."""

    def ask(name: str, **bindings: Sequence[Term]) -> list[dict[str, Term]]:
        return select(_page_query(name), **bindings)

    return ask


@cache
def _page_query(name: str) -> str:
    path = resource_folder("queries") / "pages" / f"{name}.rq"
    return path.read_text(encoding="utf-8")


def _label(about: Mapping[str, Sequence[tuple[str, Term]]]) -> str:
    """The name by which all surfaces call a thing."""
    said = ((rank, term) for rank, name in enumerate(LABELS) for _, term in about.get(name, ()))
    return choose_name((r, term.language, term.value) for r, term in said)[0]


def _name_posts(
    labels: Mapping[str, str],
    parties: Iterable[str],
    facts: Mapping[str, Mapping[str, Sequence[tuple[str, Term]]]],
) -> dict[str, str]:
    """Labels in which posts carry the name of their house, once: `Director of BioM`."""
    named = dict(labels)
    for iri in parties:
        for _, house in facts[iri].get("org:postIn", ())[:1]:
            of = labels.get(house.value) or _tail(house.value)
            if not re.search(rf"(?<!\w){re.escape(of)}(?!\w)", labels.get(iri, "")):
                named[iri] = f"{labels.get(iri, '')} of {of}"
    return named


def _tell_apart(
    labels: Mapping[str, str],
    parties: Iterable[str],
    facts: Mapping[str, Mapping[str, Sequence[tuple[str, Term]]]],
) -> dict[str, str]:
    """Labels in which parties of the same name carry what tells them apart."""
    apart = dict(labels)
    alike = defaultdict(list)
    for iri in parties:
        if labels.get(iri):
            alike[labels[iri].casefold()].append(iri)
    for group in alike.values():
        if len(group) < 2:
            continue
        marks = {}
        for iri in group:
            places = [t.value for n in ("mc:city", "mc:country") for _, t in facts[iri].get(n, ())]
            said = [t.value for _, t in facts[iri].get("dcterms:description", ())]
            marks[iri] = next(
                (mark for mark in [*(labels.get(p, "") for p in places), *said] if mark), ""
            )[:60]
        for iri, mark in marks.items():
            if not mark or list(marks.values()).count(mark) > 1:
                mark = _tail(iri)
            apart[iri] = f"{labels[iri]} ({mark})"
    return apart


def show_date(text: str) -> str:
    """`July 2016` of `2016-07`, as precise as it is said."""
    match = re.match(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text)
    if not match:
        return text
    year, month, day = match.groups()
    if month and not 1 <= int(month) <= 12:
        return text
    named = month_name[int(month)] if month else ""
    return " ".join(part for part in (str(int(day)) if day else "", named, year) if part)


def show_day(day: date) -> str:
    """`on 1 July 2016`."""
    return f"on {show_date(day.isoformat())}"


def _tail(iri: str) -> str:
    return re.split(r"[/#]", iri.rstrip("/#"))[-1].rpartition(".")[2].replace("-", " ")


def _terms(iris: Iterable[str]) -> list[Term]:
    return [Term("iri", iri) for iri in sorted(iris)]
