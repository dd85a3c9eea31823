"""SERVICE in a query: who is asked answers first, and the rows stand in its place as VALUES.

A worker has no network, so the front asks, block by block, before a worker sees the query. That is
right by SPARQL's own semantics, which evaluates from the inside out: what a block gives does not
depend on what stands around it, and is joined with it. It does in EXISTS, LATERAL and GRAPH, which
put values into what they hold; there SERVICE is refused, as it is inside another SERVICE.

What is known around a block helps to ask for less: constant VALUES that stand before it in the same
group (and what the caller bound) go along, which changes no answer, since they are joined with it
anyway. `SERVICE ?variable` is answered where such VALUES say which endpoints are meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from hub.sparql.binding import Bindings
from hub.sparql.constants import Table, read_table
from hub.sparql.errors import QueryRefused, ServiceFailed
from hub.sparql.query import Query, Span
from hub.sparql.tokens import Token
from hub.terms import Term

MOST_ASKED = 10  # by one query: the endpoints of all its blocks together
UNIT = Table((), ((),))  # one solution that binds nothing
_OPENING, _CLOSING = ("{", "(", "[", "{|", "<<("), ("}", ")", "]", "|}", ")>>")


@dataclass(frozen=True)
class Block:
    """A SERVICE block.

    Attributes:
        query: where it stands.
        first, opening, last: which of the query's tokens are SERVICE, `{` and `}`.
        silent: whether a failure counts as one solution that binds nothing.
        tables: constant VALUES with which its solutions are joined in any case.
        endpoints: whom it asks, by IRI; `variable` takes each in turn, if they are not stated.
    """

    query: Query
    first: int
    opening: int
    last: int
    silent: bool = False
    tables: tuple[Table, ...] = ()
    endpoints: tuple[Term, ...] = ()
    variable: str = ""

    @property
    def tokens(self) -> tuple[Token, ...]:
        """What stands between its braces."""
        return self.query.tokens[self.opening + 1 : self.last]

    @property
    def variables(self) -> frozenset[str]:
        """The variables that occur between its braces."""
        return frozenset(token.text[1:] for token in self.tokens if token.kind == "variable")

    @property
    def endpoint(self) -> str:
        """The IRI of whom it asks, once that is one."""
        return self.endpoints[0].value

    def refusal(self, message: str, remedy: str, token: Token | None = None) -> QueryRefused:
        """The error that it asks for what cannot be; at one of its tokens, or at its beginning."""
        at = token or self.query.tokens[self.first]
        return QueryRefused(message, *self.query.source.place(at.start), remedy=remedy)

    def failure(self, message: str, remedy: str = "") -> ServiceFailed:
        """The error that whom it asks gives no answer."""
        at = self.query.tokens[self.first]
        return ServiceFailed(message, *self.query.source.place(at.start), remedy=remedy)

    def each(self) -> Iterator[Block]:
        """The same for each of the endpoints, by itself."""
        for one in self.endpoints:
            tables = (t.where(self.variable, one) for t in self.tables)
            yield replace(self, endpoints=(one,), tables=tuple(tables))

    def text(self) -> str:
        """A query for no row of it, which tells its variables."""
        prologue = self.query.passage(0, self.query.first - 1) if self.query.first else ""
        pattern = self.query.passage(self.opening, self.last)
        return f"{prologue} SELECT * WHERE {pattern} LIMIT 0"

    def span(self, table: Table = UNIT) -> Span:
        """What stands in its place: its solutions."""
        outline = Table(table.variables, ()).n3()
        return Span(self.first, self.last, table.n3(), outline)


def answer_block(
    block: Block, ask: Callable[[Block], Table], silence: Callable[[Block], Table]
) -> Table:
    """The solutions of a block: of all its endpoints, each with the endpoint beside it.

    `ask` answers a block of one endpoint. Where it raises ServiceFailed and the block is SILENT,
    that is the solution of `silence`, which binds nothing.
    """
    answers = []
    for one in block.each():
        try:
            answers.append((one.endpoints[0], ask(one)))
        except ServiceFailed:
            if not block.silent:
                raise
            answers.append((one.endpoints[0], silence(block)))
    if not block.variable:
        return answers[0][1]
    names = {v: None for _, table in answers for v in table.variables if v != block.variable}
    rows = []
    for endpoint, table in answers:
        for row in table.rows:
            solution = dict(zip(table.variables, row, strict=True))
            if (solution.get(block.variable) or endpoint) == endpoint:
                rows.append((endpoint, *map(solution.get, names)))
    return Table((block.variable, *names), tuple(rows))


@dataclass
class _Frame:
    """An open bracket: the word before it, and the constants known within."""

    word: str = ""
    tables: list[Table] = field(default_factory=list)


def find_blocks(query: Query, bindings: Bindings | None = None) -> list[Block]:
    """Every SERVICE block of a query, in their order; `bindings` are known to hold.

    Raises:
        QueryRefused: one is none, stands where it cannot be answered, or does not say whom it asks;
            or they ask too many.
    """
    blocks = list(_find(query, bindings or {}))
    if sum(len(block.endpoints) for block in blocks) > MOST_ASKED:
        message = f"The query asks more than {MOST_ASKED} services."
        raise blocks[-1].refusal(message, "Ask in several queries.")
    return blocks


def _find(query: Query, bindings: Bindings) -> Iterator[Block]:
    tokens, frames, at = query.tokens, [_Frame()], 0
    while at < len(tokens):
        token = tokens[at]
        if token.word == "SERVICE":
            block = _read_block(query, at, frames)
            yield block
            at = block.last
        elif token.text in _OPENING:
            frames.append(_Frame(_word_before(tokens, at)))
            if query.where and token.end == query.where[0]:
                frames[-1].tables += _tables(bindings)
        elif token.text in _CLOSING:
            frames.pop()
        elif token.word == "VALUES" and len(frames) > 1:
            try:
                table, after = read_table(query, at)
            except (ValueError, IndexError):
                pass  # the engine has the better words for it
            else:
                if all(None not in row for row in table.rows):
                    frames[-1].tables.append(table)
                at = after - 1
        at += 1


def _tables(bindings: Bindings) -> Iterable[Table]:
    for name, given in bindings.items():
        terms = (given,) if isinstance(given, Term) else given
        yield Table((name,), tuple((term,) for term in terms))


def _word_before(tokens: tuple[Token, ...], at: int) -> str:
    """The word to which a bracket belongs; that of GRAPH stands before the graph."""
    words = ["", "", *(token.word for token in tokens[max(0, at - 2) : at])]
    return words[-2] if words[-2] == "GRAPH" else words[-1]


def _read_block(query: Query, first: int, frames: list[_Frame]) -> Block:
    """The block that begins at a token; within `frames`, the innermost last."""
    tokens = query.tokens
    silent = tokens[first + 1].word == "SILENT" if first + 1 < len(tokens) else False
    opening = first + 2 + silent
    block = Block(query, first, opening, opening, silent, tuple(frames[-1].tables))
    named = tokens[opening - 1 : opening + 1]
    kinds = [token.kind for token in named]
    if kinds not in (["iri", "mark"], ["name", "mark"], ["variable", "mark"]) or (
        named[1].text != "{"
    ):
        raise block.refusal(
            "SERVICE needs the IRI of an endpoint, or a variable, and a group in braces.",
            "Write SERVICE <https://…> { … }.",
        )
    depth, last = 1, opening
    while depth:
        last += 1
        depth += {"{": 1, "}": -1}.get(tokens[last].text, 0)
    block = replace(block, last=last)
    within = [f.word for f in frames if f.word in ("EXISTS", "LATERAL", "GRAPH")]
    inner = next((token for token in block.tokens if token.word == "SERVICE"), None)
    if within or inner:
        message = f"SERVICE cannot be answered inside {[*within, 'another SERVICE'][0]}."
        raise block.refusal(message, "Put it beside that, into the same group.", inner)
    if kinds[0] != "variable":
        return replace(block, endpoints=(Term("iri", query.resolve(named[0])),))
    variable = named[0].text[1:]
    known = [table.column(variable) for table in block.tables if variable in table.variables]
    if not known or any(term.kind != "iri" for term in known[0]):
        raise block.refusal(
            f"It is not known whom SERVICE ?{variable} asks.",
            f"Put VALUES ?{variable} {{ <https://…> }} before it, into the same group.",
            named[0],
        )
    return replace(block, endpoints=tuple(known[0]), variable=variable)
