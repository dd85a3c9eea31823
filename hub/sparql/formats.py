"""The formats of answers: names, media types, and the choice between them.

>>> negotiate("text/csv;q=0.5, application/sparql-results+json", graph=False).name
'json'
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from hub.errors import Invalid, NotAcceptable


@dataclass(frozen=True, slots=True)
class Format:
    """A serialisation.

    Attributes:
        name: the short name, also the file suffix, as in `hub query --format csv`.
        media_type: the registered media type.
        graph: whether it is for graphs (CONSTRUCT, DESCRIBE) or for rows (SELECT, ASK).
        also: other media types by which callers ask for it.
        text: whether the type needs `charset=utf-8` to be read rightly.
    """

    name: str
    media_type: str
    graph: bool
    also: tuple[str, ...] = ()
    text: bool = False

    @property
    def content_type(self) -> str:
        """The value for the header Content-Type."""
        return f"{self.media_type}; charset=utf-8" if self.text else self.media_type


# In order of preference: of what a caller accepts equally, the first is given.
FORMATS = (
    Format("json", "application/sparql-results+json", False, ("application/json",)),
    Format("xml", "application/sparql-results+xml", False, ("application/xml", "text/xml")),
    Format("csv", "text/csv", False, text=True),
    Format("tsv", "text/tab-separated-values", False, text=True),
    Format("ttl", "text/turtle", True, ("application/x-turtle", "text/plain"), text=True),
    Format("nt", "application/n-triples", True),
    Format("rdf", "application/rdf+xml", True, ("application/xml", "text/xml")),
    Format("jsonld", "application/ld+json", True, ("application/json",)),
)
# For all that there is, each statement with its graph, which no query gives.
DUMPS = {
    "nquads": Format("nq", "application/n-quads", graph=True),
    "trig": Format("trig", "application/trig", graph=True, text=True),
}
_SYNONYMS = {
    "turtle": "ttl", "ntriples": "nt", "rdfxml": "rdf", "json-ld": "jsonld", "srj": "json",
    "srx": "xml",
}  # fmt: skip


def named(name: str, *, graph: bool) -> Format:
    """The format of a short name or media type, for rows or for graphs.

    Raises:
        Invalid: there is none of that name, or it is for the other kind of answer.
    """
    name = _SYNONYMS.get(name.lower(), name.lower())
    found = [f for f in FORMATS if name in (f.name, f.media_type, *f.also)]
    for format_ in found:
        if format_.graph == graph:
            return format_
    kind = "a graph" if graph else "rows"
    names = ", ".join(f.name for f in FORMATS if f.graph == graph)
    message = f"{name} does not serialise {kind}." if found else f"There is no format “{name}”."
    raise Invalid(message, remedy=f"For {kind} choose one of {names}.")


@lru_cache(maxsize=256)
def negotiate(accept: str, *, graph: bool) -> Format:
    """The best format for a header Accept (RFC 9110, section 12.5.1); empty accepts all.

    The most specific range that matches a media type gives its quality; of the best, the range
    that names a type itself goes before wildcards, then our order of preference decides.

    Raises:
        NotAcceptable: every format for this kind of answer is excluded.
    """
    ranges = list(_read_accept(accept)) or [("*/*", 1.0)]
    best: tuple[float, int, int, Format] | None = None
    offered = [f for f in FORMATS if f.graph == graph]
    for rank, format_ in enumerate(offered):
        quality, specificity = _match(ranges, format_.media_type)
        if not (specificity == 2 and quality == 0):  # not excluded by its own name
            other = [_match(ranges, name) for name in format_.also]
            quality, specificity = max([(quality, specificity), *(m for m in other if m[1] == 2)])
        if quality and (best is None or (quality, specificity, -rank) > best[:3]):
            best = (quality, specificity, -rank, format_)
    if best is None:
        types = ", ".join(f.media_type for f in offered)
        raise NotAcceptable(f"None of “{accept}” can be given.", remedy=f"There is {types}.")
    return best[3]


def _match(ranges: Iterable[tuple[str, float]], media_type: str) -> tuple[float, int]:
    """Quality and specificity (0 `*/*`, 1 `type/*`, 2 exact) of the range that governs a type."""
    patterns = ("*/*", media_type.partition("/")[0] + "/*", media_type)
    found = [(patterns.index(name), quality) for name, quality in ranges if name in patterns]
    specificity, quality = max(found, default=(0, 0.0))
    return quality, specificity


def _read_accept(accept: str) -> Iterable[tuple[str, float]]:
    for part in accept.lower().split(","):
        media_range, *parameters = (piece.strip() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    quality = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    quality = 0.0
        if media_range:
            yield ("*/*" if media_range == "*" else media_range), quality
