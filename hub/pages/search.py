"""The page of the search: things by their names, or all of a kind, in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten as shorten_text
from urllib.parse import urlencode

from hub.errors import NotFound
from hub.hub import describe_types
from hub.pages.parts import Link, Pager, page_of
from hub.pages.reader import Reader
from hub.search import Hit
from hub.terms import iri
from hub.vocabulary import expand, shorten

MOST = 500  # hits looked at; whoever has more needs better words
PAGE = 20
ABOUT = 140  # characters of a description beside a hit


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
    """One hit: the name that matched, its main name where that is another, what and where it is.

    `about` is the beginning of its description.
    """

    link: Link
    what: str
    matched: str
    score: float
    place: str = ""
    about: str = ""


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
        raise NotFound(f"There is no kind “{kind}”.", remedy=f"There are {', '.join(known)}.")
    index, graphs = reader.hub.served.index, reader.hub.graphs(reader.viewer)
    start = (number - 1) * PAGE
    if words:
        found = index.find(words, graphs, MOST)
        # Files, graphs and the like come after what people look for, unless they are called so.
        found.sort(key=lambda hit: kind_of(hit) == OTHER and hit.score < 100)
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
    told = read_lines(reader, [hit.iri for hit in hits])
    places = {place for place, _ in told.values() if place}
    things = reader.describe([*classes, *classes.values(), *places])
    listed = []
    for hit in hits:
        its = classes[hit.iri]
        thing = things.get(hit.iri)
        label = thing.label if thing and thing.label else hit.label
        link = Link(hit.iri, label, page_of(hit.iri, reader.base), kind_of(hit))
        matched = hit.label if hit.label != label else ""
        what = things[its].label if its in things else shorten(its)
        where, about = told.get(hit.iri, ("", ""))
        place = things[where].label if where in things else ""
        listed.append(Found(link, what, matched, hit.score, place, about))
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
        pager=Pager.at(number, pages, lambda other: address(words, kind, other)),
    )


def read_lines(reader: Reader, found: Sequence[str]) -> dict[str, tuple[str, str]]:
    """What helps to choose among things: IRI → IRI of the narrowest place, and what it is."""
    order = ("mc:city", "mc:region", "mc:country", "mc:within", "mc:marketPlace")
    rank = {expand(name): at for at, name in enumerate(order)}
    places: dict[str, tuple[int, str]] = {}
    texts: dict[str, str] = {}
    rows = reader.select("hit-lines", thing=[iri(one) for one in found]) if found else []
    for row in rows:
        thing, name, value = (row[part].value for part in ("thing", "property", "value"))
        if name in rank:
            places[thing] = min(places.get(thing, (9, "")), (rank[name], value))
        else:
            texts[thing] = min(texts.get(thing, value), value, key=lambda text: (len(text), text))
    return {
        thing: (
            places.get(thing, (9, ""))[1],
            shorten_text(texts.get(thing, ""), width=ABOUT, placeholder=" …"),
        )
        for thing in found
    }


def address(words: str, kind: str, number: int = 1) -> str:
    """Where a search is to be found again."""
    asked = {"q": words, "kind": kind, "page": str(number) if number > 1 else ""}
    return "/search?" + urlencode({name: value for name, value in asked.items() if value})


def kind_of(hit: Hit) -> str:
    """The first of `KINDS` that a hit belongs to."""
    return next((kind.name for kind in KINDS if kind.iri in hit.types), OTHER)
