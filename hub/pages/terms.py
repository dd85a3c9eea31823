"""The ontology as a page: classes, properties and controlled lists, with what they mean."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from hub.pages.evidence import Evidence
from hub.pages.parts import Link
from hub.pages.reader import Reader
from hub.terms import Term
from hub.vocabulary import shorten

SECTIONS = (
    ("class", "Classes"),
    ("property", "Properties"),
    ("scheme", "Controlled lists"),
)


@dataclass(frozen=True, slots=True)
class TermEntry:
    """A class, a property or a list: its name, what it means, an example, what it goes with."""

    anchor: str
    name: str
    link: Link
    definition: str
    example: str
    broader: tuple[Link, ...]
    domain: tuple[Link, ...]
    range: tuple[Link, ...]
    members: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Terms of one sort."""

    title: str
    terms: tuple[TermEntry, ...]


@dataclass(frozen=True)
class OntologyPage:
    """All terms of the model."""

    namespace: str
    sections: tuple[Section, ...]


def read_ontology(reader: Reader, namespace: str) -> OntologyPage:
    """The terms that the hub's model defines or relies on."""
    found: dict[tuple[str, str], dict[str, set[Term]]] = defaultdict(lambda: defaultdict(set))
    named: set[str] = set()
    for row in reader.select("terms"):
        about = found[row["sort"].value, row["term"].value]
        named.add(row["term"].value)
        about[row["relation"].value].add(row["value"])
        if row["value"].kind == "iri":
            named.add(row["value"].value)
    for row in reader.select("scheme-members"):
        found["scheme", row["scheme"].value]["member"].add(row["concept"])
        named |= {row["scheme"].value, row["concept"].value}
    evidence = Evidence(reader, named)

    def entry(address: str, about: dict[str, set[Term]]) -> TermEntry:
        def links(relation: str) -> tuple[Link, ...]:
            every = [evidence.link(t.value) for t in about[relation] if t.kind == "iri"]
            return tuple(sorted(every, key=lambda link: link.label.casefold()))

        def text(relation: str) -> str:
            return min((t.value for t in about[relation]), default="")

        return TermEntry(
            anchor=shorten(address).replace(":", "-") if shorten(address) != address else "",
            name=shorten(address),
            link=evidence.link(address),
            definition=text("definition"),
            example=text("example"),
            broader=links("broader"),
            domain=links("domain"),
            range=links("range"),
            members=links("member"),
        )

    sections = []
    for sort, title in SECTIONS:
        entries = [entry(address, about) for (s, address), about in found.items() if s == sort]
        entries.sort(key=lambda e: (not e.name.startswith("mc:"), e.link.label.casefold()))
        sections.append(Section(title, tuple(entries)))
    return OntologyPage(namespace, tuple(sections))


@dataclass(frozen=True, slots=True)
class Word:
    """A class or property that a query can speak of: its name, `mc:Market`, and what it means."""

    name: str
    iri: str
    sort: str
    label: str


def read_vocabulary(reader: Reader) -> tuple[Word, ...]:
    """The classes and properties that the viewer's graphs use, by name."""
    rows = [(row["term"].value, row["sort"].value) for row in reader.select("vocabulary")]
    labels = reader.describe(term for term, _ in rows)
    words = (
        Word(shorten(term), term, sort, labels[term].label if term in labels else "")
        for term, sort in rows
    )
    return tuple(sorted(words, key=lambda word: (word.sort, word.name)))
