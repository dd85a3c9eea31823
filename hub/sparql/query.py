"""A query that passed the scanner: what is known of it, and the text that the engine gets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Literal, NamedTuple
from urllib.parse import urljoin

from hub.sparql.binding import Bindings, bind
from hub.sparql.errors import QueryRefused
from hub.sparql.tokens import Source, Token, unescape
from hub.terms import Term

Form = Literal["SELECT", "CONSTRUCT", "ASK", "DESCRIBE"]


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs that a query or a request names; `None` where it names none of either kind."""

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.default or self.named)

    def within(self, graphs: Sequence[str], union: str) -> tuple[Sequence[str], Sequence[str]]:
        """The graphs of the default graph and of GRAPH: those of `graphs` that are wanted.

        Where these are all, `union`, if there is one, stands for them in the default graph.
        """
        if not self:
            return (union,) if union else graphs, graphs
        default = tuple(graph for graph in graphs if graph in self.default)
        whole = union and len(default) == len(graphs)
        return (union,) if whole else default, tuple(g for g in graphs if g in self.named)


class Span(NamedTuple):
    """Tokens from `first` to `last`, both included, and what the engine gets in their place.

    `short` is the same as far as syntax goes.
    """

    first: int
    last: int
    text: str
    short: str


@dataclass(frozen=True)
class Query:
    """A query that passed the scanner.

    Attributes:
        source: its text.
        tokens: its tokens without spaces and comments.
        first: the index of the token that says the form.
        form: SELECT, CONSTRUCT, ASK or DESCRIBE.
        words: the keywords that occur after it, in capitals.
        prefixes: the prefixes of its prologue, as written; relative ones resolved against `base`.
        dataset: what its FROM and FROM NAMED clauses name.
        patterns: how many triple patterns it has at most.
    """

    source: Source
    tokens: tuple[Token, ...]
    first: int
    form: Form
    words: Set[str]
    prefixes: Mapping[str, str]
    base: str
    dataset: Dataset
    patterns: int
    _edits: tuple[tuple[int, int, str], ...]  # FROM clauses out, doubtful names written out
    where: tuple[int, int] | None  # the inside of the WHERE group, where VALUES may stand
    _limit: Token | None
    _offset: Token | None
    _tail: int  # where a LIMIT can be put
    _spans: tuple[Span, ...] = ()

    @property
    def star(self) -> int:
        """Where in `text()` the star of a `SELECT *` stands; 0 where there is none."""
        if self.form != "SELECT":
            return 0
        following = self.tokens[self.first + 1 : self.first + 3]
        columns = [one for one in following if one.word not in ("DISTINCT", "REDUCED")]
        return columns[0].start if columns and columns[0].text == "*" else 0

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables in the order in which they occur."""
        return tuple(dict.fromkeys(t.text[1:] for t in self.tokens if t.kind == "variable"))

    def require_absolute(self) -> None:
        """Refuse a FROM that names no graph: valid SPARQL, but it would silently be no data."""
        for graph in (*self.dataset.default, *self.dataset.named):
            try:
                Term("iri", graph).n3()
            except ValueError as error:
                at = self.source.text.find(f"<{graph}>")
                place = self.source.place(at) if at >= 0 else ()
                message = f"FROM <{graph}> names no graph: that is not an absolute IRI."
                remedy = "Write it whole, or put BASE in front of the query."
                raise QueryRefused(message, *place, remedy=remedy) from error

    def resolve(self, token: Token) -> str:
        """The IRI of an IRI or prefixed name, as far as it can be made absolute."""
        return resolve(token, self.prefixes, self.base)

    def bound(self, bindings: Bindings | None) -> Query:
        """The same with `bindings` in it for good. Raises as `bind` does."""
        edits = bind(self.tokens, self.where, bindings) if bindings else []
        return replace(self, _edits=(*self._edits, *edits))

    @property
    def written(self) -> str:
        """The text for people: with what is bound in it, and its SERVICE blocks."""
        return _edited(self.source.text, self._edits)

    def put(self, spans: Iterable[Span]) -> Query:
        """The same with other text in place of some of its tokens."""
        return replace(self, _spans=tuple(spans))

    def passage(self, first: int, last: int) -> str:
        """The text of some of its tokens as the engine would get it, without comments."""
        tokens = self.tokens[first : last + 1]
        start, end = tokens[0].start, tokens[-1].end
        edits = [edit for edit in self._edits if start <= edit[0] and edit[1] <= end]
        gaps = [(one.end, two.start, " ") for one, two in pairwise(tokens) if two.start > one.end]
        text = _edited(self.source.text, [*edits, *gaps, (end, len(self.source.text), "")])
        return text[start:]

    def text(
        self,
        bindings: Bindings | None = None,
        rows: int | None = None,
        skip: int = 0,
    ) -> str:
        """The text for the engine: without FROM, with `bindings`, cut at `rows` after `skip`.

        `rows` and `skip` count within what the query itself would answer. Raises as `bind` does,
        and where there is a SERVICE in it.
        """
        if bindings:
            return self.bound(bindings).text(rows=rows, skip=skip)
        if "SERVICE" in self.words:
            for one in self._shown:
                if one.word == "SERVICE":
                    message = "SERVICE would ask another endpoint, which the hub does not do here."
                    self.source.refuse(message, one.start, "Ask that endpoint itself.")
        edits = [*self._edits, *(
            (self.tokens[span.first].start, self.tokens[span.last].end, span.text)
            for span in self._spans
        )]  # fmt: skip
        own = int(self._limit.text) if self._limit else None
        if rows is not None and (skip or own is None or own > rows):
            count = rows if own is None else max(0, min(rows, own - skip))
            first = skip + (int(self._offset.text) if self._offset else 0)
            for token, word, number in (
                (self._limit, "LIMIT", count),
                (self._offset, "OFFSET", first),
            ):
                if token:
                    edits.append((token.start, token.end, str(number)))
                else:
                    edits.append((self._tail, self._tail, f" {word} {number}"))
        return _edited(self.source.text, edits)

    @cached_property
    def _shown(self) -> tuple[Token, ...]:
        """The tokens, and one for each span in place of its own."""
        shown, done = list[Token](), 0
        for span in self._spans:
            block = Token("block", span.short, self.tokens[span.first].start)
            shown += [*self.tokens[done : span.first], block]
            done = span.last + 1
        return (*shown, *self.tokens[done:])

    def spread(self) -> str:
        """The tokens far apart, on one line where no string breaks it; see `locate`."""
        return "".join(token.text + _GAP for token in self._shown)

    def locate(self, line: int, column: int) -> Token | None:
        """The token at which the engine gave up on `spread()`; None where it was the end.

        The engine reports the furthest place that it looked at, which lies behind the mistake by
        the length of the longest keyword it tried. Between tokens that are farther apart than any
        keyword is long, that place still belongs to the mistaken token.
        """
        rest = self.spread().split("\n")
        offset = sum(len(text) + 1 for text in rest[: line - 1]) + column - 1
        for token in self._shown:
            offset -= len(token.text) + len(_GAP)
            if offset < 0:
                return token
        return None


_GAP = " " * 32


def resolve(token: Token, prefixes: Mapping[str, str], base: str) -> str:
    """The IRI of an IRI or prefixed name, as far as it can be made absolute."""
    if token.kind == "name":
        prefix, _, local = token.text.partition(":")
        return prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)
    iri = unescape(token.text[1:-1])
    if re.match(r"[A-Za-z][A-Za-z0-9+.\-]*:", iri):
        return iri
    return urljoin(base, iri)


def _edited(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """`text` with each span (start, end) replaced; an edit within a replaced span is dropped."""
    parts, done = [], 0
    for start, end, new in sorted(edits, key=lambda edit: edit[:2]):
        if start >= done:
            parts += [text[done:start], new]
            done = end
    return "".join([*parts, text[done:]])
