"""The page of the search: things by their names, or all of a kind, in pages."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from hub.errors import NotFound
from hub.hub import describe_types
from hub.pages.parts import Link, Pager, page_of
from hub.pages.reader import Reader
from hub.search import Hit
from hub.vocabulary import expand, shorten

MOST = 500  # hits looked at; whoever has more needs better words
PAGE = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing by which a search is narrowed; `iri` is its class."""

    name: str
    title: str
    iri: str


KINDS = tuple(
    Kind(name, title, expand(iri))
    for name, title, iri in (
        ("organisation", "Organisations", "org:Organization"),
        ("person", "People", "foaf:Person"),
        ("market", "Markets", "mc:Market"),
        ("agreement", "Agreements", "mc:Agreement"),
        ("event", "Events", "schema:Event"),
        ("project", "Projects", "mc:Project"),
        ("place", "Places", "mc:Place"),
        ("figure", "Figures", "mc:Observation"),
        ("post", "Posts", "org:Post"),
        ("opening", "Entry points", "mc:Opening"),
        ("document", "Documents", "foaf:Document"),
        ("concept", "Concepts", "skos:Concept"),
        ("other", "Other", "owl:Thing"),
    )
)
OTHER = KINDS[-1].name


@dataclass(frozen=True, slots=True)
class Facet:
    """A kind, how many of the hits are of it, and the search narrowed to it."""

    name: str
    title: str
    count: int
    href: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Found:
    """One hit: the name that matched, its main name where that is another, and what it is."""

    link: Link
    what: str
    matched: str
    score: float


@dataclass(frozen=True)
class SearchPage:
    """Hits for some words, or the things of a kind.

    `exact` is false where nothing holds the words and the hits are only spelt alike.
    """

    words: str
    kind: str
    total: int
    exact: bool
    facets: tuple[Facet, ...]
    hits: tuple[Found, ...]
    pager: Pager


def search(reader: Reader, words: str, kind: str, number: int) -> SearchPage:
    """Page `number` of what `words` find, or of all things of a kind where there are no words.

    Raises:
        NotFound: there is no such kind, or no such page.
    """
    known = [k.name for k in KINDS]
    if kind and kind not in known:
        raise NotFound(f"There is no kind {kind!r}.", remedy=f"There are {', '.join(known)}.")
    index, graphs = reader.hub.served.index, reader.hub.graphs(reader.viewer)
    start = (number - 1) * PAGE
    if words:
        found = index.find(words, graphs, MOST)
        kinds = [kind_of(hit) for hit in found]
        counts = {name: kinds.count(name) for name in known}
        chosen = [hit for hit, its in zip(found, kinds, strict=True) if kind in ("", its)]
        total, hits = len(chosen), chosen[start : start + PAGE]
    else:
        by_class = index.count([k.iri for k in KINDS], graphs)
        counts = {k.name: by_class.get(k.iri, 0) for k in KINDS}
        total = counts.get(kind, 0)
        of_kind = next((k.iri for k in KINDS if k.name == kind), "")
        hits = index.of_class(of_kind, graphs, PAGE, start) if of_kind else []
    pages = max(1, -(-total // PAGE))
    if number > pages:
        raise NotFound(f"There is no page {number} of these.", remedy=f"The last is {pages}.")
    classes = {hit.iri: expand(describe_types(hit.types)) for hit in hits}
    things = reader.describe([*classes, *classes.values()])
    listed = []
    for hit in hits:
        its = classes[hit.iri]
        thing = things.get(hit.iri)
        label = thing.label if thing and thing.label else hit.label
        link = Link(hit.iri, label, page_of(hit.iri, reader.base), kind_of(hit))
        matched = hit.label if hit.label != label else ""
        listed.append(
            Found(link, things[its].label if its in things else shorten(its), matched, hit.score)
        )
    return SearchPage(
        words=words,
        kind=kind,
        total=total,
        exact=not words or not hits or hits[0].score >= 90,
        facets=tuple(
            Facet(k.name, k.title, counts[k.name], address(words, k.name), k.name == kind)
            for k in KINDS
            if counts[k.name]
        ),
        hits=tuple(listed),
        pager=Pager(
            number,
            pages,
            address(words, kind, number - 1) if number > 1 else "",
            address(words, kind, number + 1) if number < pages else "",
        ),
    )


def address(words: str, kind: str, number: int = 1) -> str:
    """Where a search is to be found again."""
    asked = {"q": words, "kind": kind, "page": str(number) if number > 1 else ""}
    return "/search?" + urlencode({name: value for name, value in asked.items() if value})


def kind_of(hit: Hit) -> str:
    """The first of `KINDS` that a hit belongs to."""
    return next((kind.name for kind in KINDS if kind.iri in hit.types), OTHER)
