"""What can be known about a SPARQL query from its tokens alone, without parsing it.

The engine cannot be told to leave `SERVICE` alone, ignores `FROM`, dies of deep nesting and plans
in cubic time. So every text is cut into tokens here first, as SPARQL 1.1 section 19 defines them
(and the tokens that SPARQL 1.2 adds). What passes has balanced brackets within bounds, only words
that SPARQL knows, and only declared prefixes; and no text for the engine is made of a query that
has a `SERVICE` left in it (`hub.sparql.services` puts rows in their place).

The engine's own parser is laxer than the grammar: it needs no space after a keyword (it reads
`trueSERVICE<x>{}` as two words) and, where a prefixed name does not fit, tries its beginning as a
keyword (`SERVICE:x` is then `SERVICE :x`). Hence unknown words are refused, and prefixed names in
which it could find `SERVICE` are written out as IRIs. `\\u` escapes in strings and IRIs stand for
their character and end nothing (SPARQL 1.2, and the engine); elsewhere they are decoded first
(SPARQL 1.1). What the worker receives is the text that was scanned, after decoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from hub.sparql.errors import QueryRefused
from hub.sparql.limits import Limits
from hub.sparql.mistakes import AGGREGATES, find_aggregate
from hub.sparql.query import Dataset, Form, Query, resolve
from hub.sparql.tokens import UPDATES, WORDS, Source, Token, cut
from hub.terms import Term
from hub.vocabulary import NAMESPACES

FORMS = frozenset(("SELECT", "CONSTRUCT", "ASK", "DESCRIBE"))
_CLOSERS = {"{": "}", "(": ")", "[": "]", "{|": "|}", "<<(": ")>>"}
_OPENED = frozenset(_CLOSERS.values())
_TERMS = frozenset(("iri", "name", "variable", "blank", "string", "number"))


def scan(text: str, limits: Limits = Limits()) -> Query:  # noqa: B008 (frozen)
    """Read the tokens of `text`, and refuse what the hub does not answer.

    Raises:
        QueryRefused: the text is too long, nests too deep, has too many patterns, is an update, has
            a token that is none, an unknown word, an undeclared prefix, or brackets that do not
            match. The message names the place.
    """
    if len(text) > limits.size:
        raise QueryRefused(
            f"The query has {len(text):,} characters; the limit is {limits.size:,}.",
            remedy="Shorten it, or ask in several queries.",
        )
    if half := re.search(r"[\ud800-\udfff]", text):
        Source(text).refuse("Half a surrogate pair is no character.", half.start())
    return _scan(text, limits)


@lru_cache(maxsize=512)
def _scan(text: str, limits: Limits) -> Query:
    source = Source(text)
    tokens = tuple(_bounded(source, limits.nesting))
    query = _Scan(source, tokens, limits).query()
    if not AGGREGATES.isdisjoint(query.words) and (mistake := find_aggregate(tokens)):
        source.refuse(mistake.message, mistake.token.start, mistake.remedy)
    return query


def _bounded(source: Source, nesting: int) -> Iterator[Token]:
    """The tokens, up to where brackets nest too deep, so that nothing is spent on the rest."""
    depth = 0
    for token in cut(source):
        if token.kind == "mark":
            depth += (token.text in _CLOSERS) - (token.text in _OPENED)
            if depth > nesting:
                message = f"Brackets nest deeper than {nesting}."
                source.refuse(message, token.start, "Make the query flatter.")
        yield token


class _Scan:
    """One pass over the tokens."""

    def __init__(self, source: Source, tokens: tuple[Token, ...], limits: Limits) -> None:
        self.source, self.tokens, self.limits = source, tokens, limits
        self.words: set[str] = set()
        self.prefixes: dict[str, str] = {}
        self.base = ""
        self.edits: list[tuple[int, int, str]] = []
        self.default: list[str] = []
        self.named: list[str] = []
        self.where: tuple[int, int] | None = None
        self.limit: Token | None = None
        self.offset: Token | None = None
        self.values: Token | None = None

    def query(self) -> Query:
        start = self._read_prologue()
        form = self._read_form(start)
        patterns = self._read_body(start, form)
        tail = self.values.start if self.values else self.tokens[-1].end
        return Query(
            self.source, self.tokens, start, form, self.words, self.prefixes, self.base,
            Dataset(tuple(self.default), tuple(self.named)), patterns, tuple(self.edits),
            self.where, self.limit, self.offset, tail,
        )  # fmt: skip

    def _read_prologue(self) -> int:
        """BASE, PREFIX and VERSION; the index of the first token after them."""
        at = 0
        while at < len(self.tokens):
            kinds = [t.kind for t in self.tokens[at + 1 : at + 3]]
            word = self.tokens[at].word
            if word == "BASE" and kinds[:1] == ["iri"]:
                self.base = self._resolve(self.tokens[at + 1])
                at += 2
            elif word == "PREFIX" and kinds == ["name", "iri"]:
                name = self.tokens[at + 1].text
                if not name.endswith(":") or name.count(":") > 1:
                    self.source.refuse(f"{name} is no prefix.", self.tokens[at + 1].start)
                self.prefixes[name[:-1]] = self._resolve(self.tokens[at + 2])
                at += 3
            elif word == "VERSION" and kinds[:1] == ["string"]:
                at += 2
            else:
                return at
        return at

    def _read_form(self, start: int) -> Form:
        if start == len(self.tokens):
            self.source.refuse("There is no query.", len(self.source.text))
        token = self.tokens[start]
        if token.word in UPDATES:
            self.source.refuse(
                f"{token.word} is an update; the hub answers queries only.", token.start,
                "Data change by loading sources.",
            )  # fmt: skip
        if token.word not in FORMS:
            message = f"{token.text} begins no query: SELECT, CONSTRUCT, ASK or DESCRIBE does."
            self.source.refuse(message, token.start)
        return token.word  # type: ignore[return-value]

    def _read_body(self, start: int, form: Form) -> int:
        """Check every token; find FROM, WHERE, LIMIT, OFFSET and VALUES at the outermost level."""
        open_: list[Token] = []
        template = form == "CONSTRUCT" and self._text(start + 1) == "{"
        short = form == "CONSTRUCT" and not template  # CONSTRUCT WHERE { triples only }
        groups = patterns = 0
        data = -1  # the depth at which a VALUES block lies: its rows are no patterns
        before = Token("", "", 0)
        for index in range(start, len(self.tokens)):
            token = self.tokens[index]
            kind, text = token.kind, token.text
            if kind == "word":
                word = self._check_word(token)
                self.words.add(word)
                if word == "VALUES" and data < 0:
                    data = len(open_)
            elif kind == "name":
                self._check_name(token)
            if text in _CLOSERS:
                groups += text == "{" and not open_
                open_.append(token)
            elif text in _OPENED:
                opened = self._close(open_, token)
                if not open_ and text == "}" and groups == (2 if template else 1) and not short:
                    self.where = self.where or (opened.end, token.start)
                if text == "}" and data == len(open_):
                    data = -1
            elif not open_ and kind == "word":
                self._read_modifier(index, word, groups)
            if data < 0:
                patterns += _weight(before, token, open_)
            before = token
        if open_:
            self.source.refuse(
                f"This {open_[-1].text} is not closed.",
                open_[-1].start,
                f"Put a {_CLOSERS[open_[-1].text]} where it ends.",
            )
        if patterns > self.limits.patterns:
            raise QueryRefused(
                f"The query has about {patterns:,} triple patterns; "
                f"the limit is {self.limits.patterns:,}.",
                remedy="Use VALUES for lists of things, or ask in several queries.",
            )
        return patterns

    def _check_word(self, token: Token) -> str:
        word = token.word
        if word not in WORDS or (word == "A" and token.text != "a"):
            self.source.refuse(f"{token.text} is no word of SPARQL 1.1.", token.start)
        if word in UPDATES:
            self.source.refuse(f"{word} cannot stand in a query.", token.start)
        return word

    def _check_name(self, token: Token) -> None:
        prefix = token.text.partition(":")[0]
        if prefix not in self.prefixes:
            known = NAMESPACES.get(prefix)
            remedy = f"Put PREFIX {prefix}: <{known or '…'}> in front of the query."
            self.source.refuse(f"The prefix {prefix}: is not declared.", token.start, remedy)
        if "service" in token.text.lower():
            iri = self._resolve(token)
            try:
                self.edits.append((token.start, token.end, Term("iri", iri).n3()))
            except ValueError:
                self.source.refuse(f"{token.text} makes no IRI: {iri}", token.start)

    def _close(self, open_: list[Token], token: Token) -> Token:
        if not open_:
            self.source.refuse(f"This {token.text} closes nothing.", token.start)
        opened = open_.pop()
        if _CLOSERS[opened.text] != token.text:
            line, column = self.source.place(opened.start)
            message = (
                f"{token.text} cannot close the {opened.text} of line {line}, column {column}."
            )
            self.source.refuse(message, token.start)
        return opened

    def _read_modifier(self, index: int, word: str, groups: int) -> None:
        token = self.tokens[index]
        following = self.tokens[index + 1] if index + 1 < len(self.tokens) else Token("", "", 0)
        if word == "FROM":
            named = following.word == "NAMED"
            graph = self.tokens[index + 2] if named and index + 2 < len(self.tokens) else following
            if graph.kind not in ("iri", "name"):
                self.source.refuse(f"{token.text} needs the IRI of a graph.", token.start)
            if graph.kind == "name":
                self._check_name(graph)
            (self.named if named else self.default).append(self._resolve(graph))
            self.edits.append((token.start, graph.end, " "))
        elif word in ("LIMIT", "OFFSET") and following.text.isdecimal():
            if len(following.text) > 18:
                self.source.refuse(f"This {word} is too large.", following.start)
            if word == "LIMIT":
                self.limit = following
            else:
                self.offset = following
        elif word == "VALUES" and groups:
            self.values = token

    def _text(self, index: int) -> str:
        return self.tokens[index].text if index < len(self.tokens) else ""

    def _resolve(self, token: Token) -> str:
        return resolve(token, self.prefixes, self.base)


def _weight(before: Token, token: Token, open_: Sequence[Token]) -> int:
    """How many triple patterns a token may begin: an upper bound that needs no grammar.

    A pattern begins after `{`, `[`, `.`, `;` and (outside expressions) `,`; each step of a
    path is one; an element of a list, which stands beside another without an operator, is two.
    """
    inside = open_[-1].text if open_ else ""
    if token.text in ("{", "[", ".", ";", "/", "^", "{|", "<<("):
        return 1
    if token.text == ",":
        return 0 if inside == "(" else 1
    if inside == "(" and before.kind in _TERMS and token.kind in _TERMS:
        return 2
    return 0
