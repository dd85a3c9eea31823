"""Mistakes of meaning, each at its token; the engine sees them where the group ends, if at all.

What is found here is always a mistake; not every mistake is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from hub.sparql.tokens import CORRECT, Token

AGGREGATES = frozenset(("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"))
_OPEN, _CLOSE = frozenset("({["), frozenset(")}]")
_AFTER_GROUP = frozenset(("HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"))
_NONE = Token("", "", 0)


class Mistake(NamedTuple):
    """What is wrong, at which token, and what to do."""

    token: Token
    message: str
    remedy: str = CORRECT


@dataclass
class _Group:
    """What stands in a bracket, so far.

    Attributes:
        start, end: the indices of its brackets; word: the word before it.
        bound: the variables that its patterns bind.
        select: the index of its SELECT, -1 where it has none; body: the group of that.
    """

    text: str = "{"
    start: int = 0
    word: str = ""
    bound: set[str] = field(default_factory=set)
    select: int = -1
    body: _Group | None = None
    end: int = 0

    @property
    def binds(self) -> bool:
        """Whether variables in it are patterns' and no expression's."""
        return self.text != "(" or self.word == "VALUES"


def find_aggregate(tokens: Sequence[Token]) -> Mistake | None:
    """An aggregate in FILTER or BIND, which the engine may let pass, to find nothing."""
    inside, before, last = [False], _NONE, _NONE
    for token in tokens:
        if token.word in AGGREGATES and (inside[-1] or last.word == "FILTER"):
            remedy = "Put it into HAVING, or into the SELECT of a group of its own."
            return Mistake(token, f"{token.word} cannot stand in FILTER or BIND.", remedy)
        if token.text in _OPEN:
            within = "FILTER" in (before.word, last.word) or last.word == "BIND"
            inside.append(token.text == "(" and (inside[-1] or within))
        elif token.text in _CLOSE:
            inside.pop()
        before, last = last, token
    return None


def find_mistake(tokens: Sequence[Token]) -> Mistake | None:
    """The first mistake in the tokens of a query that the engine refused."""
    return min(_find_mistakes(tokens), key=lambda one: one.token.start, default=None)


def _find_mistakes(tokens: Sequence[Token]) -> Iterator[Mistake]:
    open_ = [_Group()]
    for at, token in enumerate((*tokens, Token("mark", "}", 0))):
        last, group = tokens[at - 1] if at else _NONE, open_[-1]
        if token.text in _OPEN:
            open_.append(_Group(token.text, at, last.word))
        elif token.text in _CLOSE:
            group.end = at
            del open_[-1]
            outer = open_[-1] if open_ else _Group()
            if group.body:
                yield from _find_in_select(tokens, group, group.body)
            elif outer.select >= 0 and token.text == "}":
                outer.body = outer.body or group
            elif group.binds and group.word not in ("MINUS", "EXISTS"):
                outer.bound |= group.bound
        elif token.word == "SELECT":
            group.select = at
        elif token.kind == "variable" and group.binds:
            group.bound.add(token.text)
        elif token.kind == "variable" and (last.word, group.word) == ("AS", "BIND"):
            if token.text in open_[-2].bound:
                message = f"{token.text} has a value already; BIND cannot give it another."
                yield Mistake(token, message, "Choose another name after AS.")
            open_[-2].bound.add(token.text)


def _find_in_select(tokens: Sequence[Token], group: _Group, body: _Group) -> Iterator[Mistake]:
    clause, tail = tokens[group.select + 1 : body.start], tokens[body.end + 1 : group.end]
    words = [token.word for token in tail]
    first = words.index("GROUP") if "GROUP" in words else len(tail)
    last = next((n for n in range(first, len(tail)) if words[n] in _AFTER_GROUP), len(tail))
    given, named = {token.text for token in tail[first:last]}, set[str]()
    grouped = first < last or any(token.word in AGGREGATES for token in (*clause, *tail))
    depth = aggregate = 0  # how deep one stands, and the aggregate in which one stands
    for before, token in zip((_NONE, *clause), clause, strict=False):
        name = token.text
        if name in _OPEN:
            depth += 1
            aggregate = aggregate or depth * (before.word in AGGREGATES or name == "{")
        elif name in _CLOSE:
            aggregate *= aggregate != depth
            depth -= 1
        elif name == "*" and grouped and not depth:
            message = "SELECT * gives no groups."
            yield Mistake(token, message, "Name what GROUP BY names, and (COUNT(*) AS ?name).")
        elif token.kind == "variable":
            made = before.word == "AS"
            if made and not grouped and name in body.bound:  # of a group the engine takes it
                message = f"{name} has a value already; SELECT cannot give it another."
                yield Mistake(token, message, "Choose another name after AS.")
            elif name in named and (made or not depth):
                yield Mistake(token, f"{name} stands twice in SELECT.", "Leave one out.")
            elif grouped and not (made or aggregate or name in given | named):
                message = f"{name} stands in SELECT, but neither in GROUP BY nor in an aggregate."
                remedy = f"Add it to GROUP BY, or write (SAMPLE({name}) AS ?name)."
                yield Mistake(token, message, remedy)
            if made or not depth:
                named.add(name)
