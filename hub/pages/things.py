"""The page of a thing: what is said of it and of its ties, grouped, dated, each with its source.

Three look-ups make a page: what points to the thing, what is said of it and of its ties, and the
labels of everything that occurs. All see only the viewer's graphs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from hub.citations import Statement
from hub.errors import NotFound
from hub.hub import GENERIC
from hub.pages.evidence import CITING, Evidence, best, read_statements
from hub.pages.parts import Fact, Group, Link, Text, page_of, period
from hub.pages.reader import Reader
from hub.pages.relations import (
    COVERED,
    FIRST,
    FORWARD,
    HIDDEN,
    IN_MARKET_KINDS,
    INVERSE,
    ORDER,
    READINGS,
    Reading,
    expand_all,
)
from hub.pages.world import Map, draw_map
from hub.terms import Term, iri, literal
from hub.vocabulary import RDF_TYPE, expand, shorten

CUT = 2_000  # rows of queries/pages/mentions.rq
LISTED = 100  # rows of queries/pages/mention-list.rq, less the one that shows there are more


@dataclass(frozen=True)
class ThingPage:
    """Everything about one thing that the viewer may see.

    Attributes:
        kinds: its classes, as said by the sources.
        also: its other names; `description`: what it is, in a sentence or more.
        profile: facts about it alone, one group per property.
        groups: its ties and what points to it.
        sources: the sources that speak of it.
        aliases: IRIs under which single sources know it.
    """

    link: Link
    kinds: tuple[Link, ...]
    also: tuple[Text, ...]
    description: tuple[Fact, ...]
    profile: tuple[Group, ...]
    groups: tuple[Group, ...]
    sources: tuple[Link, ...]
    aliases: tuple[str, ...] = ()
    map: Map | None = None


def read_thing(reader: Reader, address: str) -> ThingPage:
    """The page of the thing with the IRI `address`.

    Raises:
        Invalid: the IRI is malformed.
        NotFound: nothing that the viewer may see says or mentions it.
    """
    thing = iri(address)
    mentions = reader.select("mentions", object=thing)
    counts: dict[str, int] = {}
    if len(mentions) == CUT:
        mentions, counts = _read_long(reader, thing)
    else:
        mentions, counts = _shorten(mentions)
    ties = {row["subject"].value for row in mentions if row["property"].value in READINGS}
    statements = read_statements(reader, [address, *sorted(ties)])
    if not statements.get(address) and not mentions:
        raise NotFound(
            f"Nothing here is called <{address}>.", remedy="Search for it by its name at /search."
        )
    return _Composition(reader, address, statements, mentions, counts).page()


def read_list(reader: Reader, address: str, name: str, after: str) -> ThingPage:
    """One stretch of what points to a thing through the property `name`, beginning after an IRI."""
    thing, link = iri(address), iri(name)
    rows = reader.select("mention-list", object=thing, property=link, after=literal(after))
    if not rows:
        raise NotFound(f"Nothing more points to <{address}> in that way.", where=shorten(name))
    ties = {row["subject"].value for row in rows[:LISTED]} if name in READINGS else set()
    statements = read_statements(reader, [address, *sorted(ties)])
    counted = reader.select("mention-counts", object=thing)
    counts = {row["property"].value: int(row["count"].value) for row in counted}
    # On the last stretch nothing follows, however many came before.
    total = {name: counts[name]} if len(rows) > LISTED else {}
    return _Composition(reader, address, statements, rows[:LISTED], total).page()


def _read_long(reader: Reader, thing: Term) -> tuple[list[dict[str, Term]], dict[str, int]]:
    """What points to a thing to which very much does: the first of each property, and how many."""
    counted = reader.select("mention-counts", object=thing)
    counts = {row["property"].value: int(row["count"].value) for row in counted}
    rows: list[dict[str, Term]] = []
    for name in counts:
        rows += reader.select("mention-list", object=thing, property=iri(name), after=literal(""))[
            :LISTED
        ]
    return rows, counts


def _shorten(
    mentions: Sequence[dict[str, Term]],
) -> tuple[list[dict[str, Term]], dict[str, int]]:
    """The same of what is all at hand; only properties of which not all is kept are counted."""
    subjects: dict[str, set[str]] = defaultdict(set)
    for row in mentions:
        subjects[row["property"].value].add(row["subject"].value)
    counts = {name: len(found) for name, found in subjects.items() if len(found) > LISTED}
    kept = {name: set(sorted(subjects[name])[:LISTED]) for name in counts}
    return [
        row
        for row in mentions
        if row["subject"].value in kept.get(row["property"].value, {row["subject"].value})
    ], counts


class _Composition:
    """A page in the making: the rows of the look-ups, and the labels of all that occurs in them."""

    def __init__(
        self,
        reader: Reader,
        address: str,
        statements: Mapping[str, Sequence[Statement]],
        mentions: Iterable[Mapping[str, Term]],
        counts: Mapping[str, int],
    ) -> None:
        self.address, self.statements, self.counts = address, statements, counts
        self.incoming: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for row in mentions:
            graphs = self.incoming[row["property"].value][row["subject"].value]
            graphs.add(row["graph"].value)
        occurring = {address}
        for said in statements.values():
            for one in said:
                occurring.add(one.property)
                if one.object.kind == "iri":
                    occurring.add(one.object.value)
        for name, subjects in self.incoming.items():
            occurring |= {name, *subjects}
        mentioning = (
            s for name, subjects in self.incoming.items() if name not in UNTOLD for s in subjects
        )
        self.evidence = Evidence(reader, occurring, statements, mentioning)
        self.dates = read_dates(reader, occurring)
        self.base = reader.base

    def page(self) -> ThingPage:
        own = self.statements.get(self.address, ())
        said = self._by_property(own)
        evidence = self.evidence
        kinds = self._kinds(own)
        called = [o.object for o in own if o.property in LABELS and o.object.kind == "literal"]
        link = evidence.link(self.address)
        if not self.evidence.labelled(self.address) and kinds:
            link = Link(link.iri, self._spoken(kinds), link.href, link.kind)
        also = dict.fromkeys(name for name in called if name.value != link.label)
        groups = merge([*self._ties(), *self._said(said), *self._mentioned()])
        groups.sort(key=lambda g: ORDER.index(g.title) if g.title in ORDER else len(ORDER))
        sources = dict.fromkeys(
            source for one in own if (source := evidence.source(one.graph)) is not None
        )
        return ThingPage(
            link=link,
            kinds=kinds,
            also=tuple(Text(name.value, name.language) for name in also),
            description=tuple(
                fact for name in DESCRIPTIONS for fact in evidence.facts(said.get(name, ()))
            ),
            profile=self._profile(said),
            groups=tuple(groups),
            sources=tuple(sources),
            aliases=tuple(sorted(self.incoming.get(REPLACED_BY, ()))),
            map=self._map(own),
        )

    def _by_property(self, said: Iterable[Statement]) -> dict[str, list[Statement]]:
        found: dict[str, list[Statement]] = defaultdict(list)
        for one in said:
            found[one.property].append(one)
        return found

    def _kinds(self, own: Sequence[Statement]) -> tuple[Link, ...]:
        """The classes that sources name; those that the hub derived only if there are no others."""
        typed = [one for one in own if one.property == RDF_TYPE]
        told = [one for one in typed if not self.evidence.is_derived(one.graph)] or typed
        names = sorted({one.object.value for one in told})
        telling = [name for name in names if shorten(name) not in GENERIC] or names
        return tuple(self.evidence.link(name) for name in telling)

    def _spoken(self, kinds: Sequence[Link]) -> str:
        """A name for what has none, such as a membership: its two ends, else its kind."""
        own = self.statements[self.address]
        ends = [
            best(self.evidence.value(one.object))
            for name in READINGS
            for one in own
            if one.property == name
        ]
        return " – ".join(list(dict.fromkeys(ends))[:2]) if ends else kinds[0].label

    def _profile(self, said: Mapping[str, Sequence[Statement]]) -> tuple[Group, ...]:
        """What stands in short at the side, in the order of `FIRST`."""
        groups = [self._forward(name, said[name]) for name in FIRST if name in said]
        if self.address.startswith(f"{self.base}event/") and END not in said:
            # An event of which one date is known was then, and has not gone on since.
            since = self.evidence.heading(START)
            groups = [replace(g, title="When") if g.title == since else g for g in groups]
        return tuple(groups)

    def _said(self, said: Mapping[str, Sequence[Statement]]) -> list[Group]:
        """What else is said of the thing itself."""
        names = sorted(said.keys() - HIDDEN - set(FIRST), key=self.evidence.name)
        told = {name: [one for one in said[name] if not self._covered(one)] for name in names}
        return [self._forward(name, told[name]) for name in names if told[name]]

    def _forward(self, name: str, said: Iterable[Statement]) -> Group:
        facts = self.evidence.facts(said)
        return Group(FORWARD.get(name) or self.evidence.heading(name), facts, len(facts))

    def _covered(self, one: Statement) -> bool:
        """Whether another part of the page says better what the hub worked out here."""
        return one.property in COVERED and self.evidence.is_derived(one.graph)

    def _ties(self) -> list[Group]:
        """The groups of memberships, involvements and the like, in the order of `READINGS`."""
        groups = []
        for name, reading in READINGS.items():
            subjects = self.incoming.get(name)
            if not subjects:
                continue
            facts = [self._tie(subject, reading) for subject in sorted(subjects)]
            facts.sort(key=lambda fact: (fact.ended, best(fact.value).casefold()))
            groups.append(self._group(reading.title, name, facts, sorted(subjects)))
        return groups

    def _tie(self, subject: str, reading: Reading) -> Fact:
        said = self.statements.get(subject, ())
        evidence = self.evidence
        others = next(
            (found for end in reading.ends if (found := evidence.values(said, end))), None
        )
        about = evidence.link(subject)
        start, end, when = (evidence.text(said, name) for name in (START, END, ON))
        types = {one.object.value for one in said if one.property == RDF_TYPE}
        return Fact(
            value=others[0] if others else about,
            when=period(start, end) or period(when, when) or self._date_of(others),
            ended=expand("mc:EndedMembership") in types,
            details=evidence.details(said, reading.details, skip=others),
            citations=evidence.citations(one for one in said if one.property not in CITING),
            about=about if others else None,
        )

    def _date_of(self, others: Sequence[Link | Text] | None) -> str:
        """When the event, agreement or project at the other end of a tie was."""
        first = others[0] if others else None
        return self.dates.get(first.iri, "") if isinstance(first, Link) else ""

    def _mentioned(self) -> list[Group]:
        """The groups of what points to the thing without a tie between them."""
        groups = []
        for name, subjects in self.incoming.items():
            if name in READINGS or name in UNTOLD:
                continue
            told = {
                subject: graphs
                for subject, graphs in subjects.items()
                if subject != self.address
                and not all(self._covered(Statement(g, subject, name, NOTHING)) for g in graphs)
            }
            facts = [self._mention(subject, name, graphs) for subject, graphs in told.items()]
            facts.sort(key=lambda fact: best(fact.value).casefold())
            title = INVERSE.get(name) or f"{self.evidence.heading(name)} of"
            if facts and name == IN_MARKET and name not in self.counts:
                groups += by_kind(facts)
            elif facts:
                groups.append(self._group(title, name, facts, sorted(told)))
        return groups

    def _mention(self, subject: str, name: str, graphs: Iterable[str]) -> Fact:
        link, thing = self.evidence.link(subject), iri(self.address)
        said = (Statement(graph, subject, name, thing) for graph in graphs)
        cited = self.evidence.citations(said)
        return Fact(link, when=self.dates.get(subject, ""), citations=cited)

    def _group(self, title: str, name: str, facts: list[Fact], subjects: list[str]) -> Group:
        total = self.counts.get(name, len(facts))
        more = ""
        if total > len(facts) and subjects:
            query = {"list": name, "after": subjects[-1]}
            address = page_of(self.address, self.base)
            more = f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
        return Group(title, tuple(facts), total, more)

    def _map(self, own: Sequence[Statement]) -> Map | None:
        """The countries that the thing is in, leads to or covers; the thing itself if it is one."""
        places = [self.address, *(o.object.value for o in own if o.property in PLACED)]
        lit = [
            (code, self.evidence.link(f"{self.base}country/{code}"))
            for place in places
            if (code := country_code(place, self.base))
        ]
        return draw_map(lit)


def merge(groups: Iterable[Group]) -> list[Group]:
    """Groups of one title as one, and facts that say the same as one with all their sources."""
    found: dict[str, Group] = {}
    for group in groups:
        before = found.get(group.title)
        facts: dict[object, Fact] = {}
        for fact in (*(before.facts if before else ()), *group.facts):
            same = (fact.value, fact.when, fact.ended, fact.details)
            known = facts.get(same) or next(
                (f for f in facts.values() if f.value == fact.value and is_derived(fact)), None
            )
            if known is None:
                facts[same] = fact
            elif not is_derived(fact):
                cited = dict.fromkeys((*known.citations, *fact.citations))
                kept = tuple(c for c in cited if not c.derived)
                facts[same] = replace(known, citations=kept)
        counted = (
            group.total - len(group.facts) + (before.total - len(before.facts) if before else 0)
        )
        more = group.more or (before.more if before else "")
        found[group.title] = Group(group.title, tuple(facts.values()), counted + len(facts), more)
    return list(found.values())


def by_kind(facts: Sequence[Fact]) -> list[Group]:
    """What has to do with a market: agreements, events and projects apart."""
    kinds = [fact.value.kind if isinstance(fact.value, Link) else "" for fact in facts]
    groups = []
    for kind, title in IN_MARKET_KINDS.items():
        chosen = tuple(f for f, its in zip(facts, kinds, strict=True) if its == kind)
        if chosen:
            groups.append(Group(title, chosen, len(chosen)))
    return groups


def is_derived(fact: Fact) -> bool:
    """Whether nobody but the hub says it."""
    return bool(fact.citations) and all(citation.derived for citation in fact.citations)


def read_dates(reader: Reader, things: Iterable[str]) -> dict[str, str]:
    """When those of some things that are events, agreements or projects were, in words."""
    dated = sorted(t for t in things if t.removeprefix(reader.base).partition("/")[0] in DATED)
    if not dated:
        return {}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in reader.select("dates-of", thing=[iri(thing) for thing in dated]):
        known = found[row["thing"].value]
        which, day = row["which"].value, row["date"].value
        known[which] = min(known.get(which, day), day)
    told = {}
    for thing, days in found.items():
        start = days.get("start", "")
        # An event or agreement with one date has that date; a project goes on.
        goes_on = thing.startswith(f"{reader.base}project/")
        told[thing] = period(start, days.get("end", "" if goes_on else start))
    return told


NOTHING = Term("literal", "")
DATED = {"event", "agreement", "project"}
IN_MARKET, REPLACED_BY = expand("mc:inMarket"), expand("dcterms:isReplacedBy")
# What the hub itself notes of a thing, and no page tells as a fact.
UNTOLD = expand_all("dcterms:isReplacedBy mc:rowDocument rdf:subject rdf:predicate rdf:object")
LABELS = expand_all("rdfs:label skos:prefLabel skos:altLabel foaf:name")
START, END, ON = expand_all("schema:startDate schema:endDate mc:date")
DESCRIPTIONS = expand_all("dcterms:description skos:definition")
PLACED = expand_all("mc:country mc:region mc:city mc:within mc:visited mc:marketPlace")


def country_code(place: str, base: str) -> str:
    """The ISO 3166 code in the IRI of a country (`country/CN`) or place (`place/cn-shanghai`)."""
    kind, _, key = place.removeprefix(base).partition("/")
    if kind == "country" and len(key) == 2:
        return key
    return key[:2].upper() if kind == "place" and key[2:3] == "-" else ""
