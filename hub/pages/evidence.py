"""Who says it: from statements and their graphs to facts with citations.

A graph is a source; each statement of it has the citation of the record that makes it
(`hub.citations`): the document it was found in, the place in it and its words.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

from hub.citations import Citations, Statement
from hub.pages.parts import Citation, Detail, Fact, Link, Text, page_of
from hub.pages.reader import Reader
from hub.paths.facts import show_date
from hub.terms import Term, iri
from hub.vocabulary import expand, shorten

CITING = frozenset(expand(n) for n in ("prov:hadPrimarySource", "mc:place", "mc:quote"))
DATES = {expand(f"xsd:{name}") for name in ("date", "gYearMonth", "gYear")}


def read_statements(reader: Reader, subjects: Sequence[str]) -> dict[str, list[Statement]]:
    """Everything that the viewer may see said of some things, by subject."""
    found: dict[str, list[Statement]] = defaultdict(list)
    terms = [iri(subject) for subject in subjects]
    for row in reader.select("statements", subject=terms):
        found[row["subject"].value].append(statement_of(row))
    return found


def statement_of(row: Mapping[str, Term]) -> Statement:
    """The statement in a row with ?graph ?subject ?property ?object."""
    graph, subject, name = (row[part].value for part in ("graph", "subject", "property"))
    return Statement(graph, subject, name, row["object"])


def best(value: Link | Text) -> str:
    """What a reader sees of a value."""
    return value.label if isinstance(value, Link) else value.value


class Evidence:
    """The labels and sources of everything that occurs on a page.

    Citations are there for the statements about things of which all is `said`, and about `others`.
    """

    def __init__(
        self,
        reader: Reader,
        occurring: Iterable[str],
        said: Mapping[str, Sequence[Statement]] | None = None,
        others: Iterable[str] = (),
    ) -> None:
        self._base = reader.base
        self._cited = Citations(reader.select, said or {}, others)
        self._things = reader.describe({*occurring, *self._cited.documents})
        manifest = reader.hub.generation.manifest
        self._graphs = {g.iri: g for g in manifest.graphs if reader.viewer.sees(g)}
        self._titles = {source.name: source.title for source in manifest.sources}

    def name(self, address: str) -> str:
        """The label of a thing; of what has none, such as a membership, its kind and key in words;
        of what stands elsewhere the IRI, shortened."""
        if self.labelled(address):
            return self._things[address].label
        if address.startswith(self._base):
            kind, _, key = address.removeprefix(self._base).partition("/")
            return f"{kind} {key.rpartition('.')[2].replace('-', ' ')}".strip()
        return shorten(address)

    def labelled(self, address: str) -> bool:
        """Whether a thing has a label of its own."""
        thing = self._things.get(address)
        return bool(thing and thing.label)

    def heading(self, name: str) -> str:
        """The label of a property; of one without, the words of its name (`alternateName`)."""
        label = self.name(name)
        _, colon, local = label.partition(":")
        if colon and label == shorten(name) != name:
            label = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", local).lower()
        return label[:1].upper() + label[1:]

    def link(self, address: str) -> Link:
        kind = address.removeprefix(self._base).partition("/")[0]
        inside = address.startswith(self._base)
        return Link(address, self.name(address), page_of(address, self._base), kind * inside)

    def value(self, term: Term) -> Link | Text:
        if term.kind == "iri" and (term.value in self._things or term.value.startswith(self._base)):
            return self.link(term.value)
        if term.datatype in DATES:
            return Text(show_date(term.value))
        return Text(term.value, term.language)

    def values(self, said: Iterable[Statement], name: str) -> tuple[Link | Text, ...]:
        """The values of one property, each once, in the order of their labels."""
        terms = dict.fromkeys(one.object for one in said if one.property == name)
        return tuple(sorted(map(self.value, terms), key=best))

    def text(self, said: Iterable[Statement], name: str) -> str:
        """The value of a property that has one at most; the smallest where sources differ."""
        return min((one.object.value for one in said if one.property == name), default="")

    def details(
        self,
        said: Sequence[Statement],
        wanted: Mapping[str, str],
        skip: tuple[Link | Text, ...] | None,
    ) -> tuple[Detail, ...]:
        """The circumstances of a tie. Of properties with one label the first that is there counts,
        so that a post is named and not, once more, the role that goes with it."""
        found: dict[str, Detail] = {}
        for name, label in wanted.items():
            values = self.values(said, name)
            if values and label not in found and values != skip:
                found[label] = Detail(label, values)
        return tuple(found.values())

    def is_derived(self, graph: str) -> bool:
        return graph in self._graphs and self._graphs[graph].kind == "derived"

    def source(self, graph: str) -> Link | None:
        """The source whose graph it is; None for what the hub itself adds, such as row numbers."""
        fact = self._graphs.get(graph)
        if fact is None or fact.kind != "said":
            return None
        name = fact.source
        return Link(graph, self._titles.get(name, name), f"/sources/{quote(name)}", "source")

    def facts(self, said: Iterable[Statement]) -> tuple[Fact, ...]:
        """One fact per value, however many sources say it."""
        saying: dict[Term, list[Statement]] = defaultdict(list)
        for one in said:
            saying[one.object].append(one)
        facts = [Fact(self.value(o), citations=self.citations(s)) for o, s in saying.items()]
        return tuple(sorted(facts, key=lambda fact: best(fact.value).casefold()))

    def citations(self, said: Iterable[Statement]) -> tuple[Citation, ...]:
        """What the sources give as evidence for some statements, each citation once.

        What nobody said is marked as derived; where somebody did, that it could be derived as well
        is not mentioned. The hub's own ontology needs no citation.
        """
        said = sorted(said, key=lambda one: one.graph)
        told = [one for one in said if self.source(one.graph) is not None]
        if not told:
            derived = any(self.is_derived(one.graph) for one in said)
            return (Citation(derived=True),) if derived else ()
        found = dict.fromkeys(cited for one in told for cited in self._cite(one))
        telling = {cited.source for cited in found if cited.document}
        return tuple(c for c in found if c.document or c.source not in telling)

    def _cite(self, one: Statement) -> tuple[Citation, ...]:
        source = self.source(one.graph)
        return tuple(
            Citation(
                source=source,
                document=self.link(cited.document.value) if cited.document else None,
                place=cited.place.value if cited.place else "",
                quote=Text(cited.quote.value, cited.quote.language) if cited.quote else None,
            )
            for cited in self._cited.of(one)
        ) or (Citation(source=source),)
