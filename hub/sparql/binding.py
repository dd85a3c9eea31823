"""Binding variables of a query to terms, so that they hold wherever the query speaks of them.

SPARQL evaluates groups from the inside out. A VALUES block at the start of the outermost group is
only joined with what the groups within it give: a sub-query that does not project the variable has
one of its own of that name, FILTER and BIND of an inner group find it unbound, and OPTIONAL, MINUS
and EXISTS in an inner group have any value of it. So the block is put at the start of the outermost
group, of the group of each sub-query in which the variable occurs, and of each other group in which
it stands. Where a group makes the variable itself (`BIND(… AS ?x)`) the block comes last, and
narrows it.

>>> from hub.sparql.scanner import scan
>>> from hub.terms import literal
>>> scan("ASK { { SELECT ?s { ?s ?p ?x } } }").text({"x": literal("a")})
'ASK { VALUES ?x { "a" }  { SELECT ?s { VALUES ?x { "a" }  ?s ?p ?x } } }'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hub.sparql.errors import QueryRefused
from hub.sparql.tokens import Token
from hub.terms import Term

Bindings = Mapping[str, Term | Sequence[Term]]
Edit = tuple[int, int, str]  # what to put in place of the text from … to …


@dataclass(eq=False)
class _Group:
    """A group in braces; for a query or sub-query, its WHERE group.

    Attributes:
        start, end: its inside, by offsets.
        query: whether it is that of a query.
        wraps: whether all that it holds is a sub-query, beside which nothing may stand.
        said: the variables that stand directly in it; for a query, anywhere in it.
        made: variables to which it gives a value itself.
        projected: for a query, the variables that its SELECT names, or `*`.
        reckoned: for a query, those that its SELECT or GROUP BY works out.
    """

    query: bool
    start: int = 0
    end: int = 0
    wraps: bool = False
    said: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)
    projected: set[str] = field(default_factory=set)
    reckoned: set[str] = field(default_factory=set)


@dataclass
class _Frame:
    """Where the reading is: in braces, or (`head`) in a query, around its WHERE group."""

    group: _Group
    head: bool = False
    depth: int = 0  # of parentheses


def bind(tokens: Sequence[Token], where: tuple[int, int] | None, bindings: Bindings) -> list[Edit]:
    """What to put into a query so that its variables are bound.

    A variable that is bound to several terms takes each of them in turn; bound to none, there are
    no solutions. `where` is the inside of the outermost group, by offsets.

    Raises:
        QueryRefused: a variable does not occur, or the query works it out; a term is malformed or
            a blank node; there are several for a sub-query that keeps the variable to itself; the
            query has no group to put them into.
    """
    if where is None:
        raise QueryRefused("This query has no WHERE group into which values could be bound.")
    groups = _read_groups(tokens, where)
    starts: dict[_Group, str] = {}
    ends: dict[_Group, str] = {}
    for name, given in bindings.items():
        terms = (given,) if isinstance(given, Term) else tuple(given)
        block = _write(name, terms)
        for group in _speaking(groups, name, len(terms)):
            blocks = ends if name in group.made else starts
            blocks[group] = blocks.get(group, "") + block
    edits = []
    for group in starts.keys() | ends.keys():
        before, after = starts.get(group, ""), ends.get(group, "")
        if group.wraps:
            before, after = before + " {", "} " + after
        edits += [(group.start, group.start, before), (group.end, group.end, after)]
    return edits


def _speaking(groups: Sequence[_Group], name: str, count: int) -> Iterator[_Group]:
    """The groups that need to be told what a variable is; the first of `groups` is the whole."""
    whole = groups[0]
    if name not in whole.said:
        raise QueryRefused(f"The query has no variable ?{name} to bind.")
    if name in whole.reckoned:
        raise QueryRefused(f"The query itself works out ?{name}, so it cannot be bound.")
    for group in groups:
        if name not in group.said or name in group.reckoned:
            continue
        hides = group.query and group is not whole and not group.projected & {name, "*"}
        if hides and count != 1:
            raise QueryRefused(
                f"A sub-query keeps ?{name} to itself, so it takes one value, not {count}."
            )
        yield group


def _write(name: str, terms: Iterable[Term]) -> str:
    written = []
    for term in terms:
        if term.kind == "bnode":
            raise QueryRefused(f"?{name} cannot be bound to a blank node.")
        try:
            written.append(term.n3())
        except ValueError as error:
            raise QueryRefused(f"?{name} cannot be bound: {error}") from error
    return f" VALUES ?{name} {{ {' '.join(written)} }} "


def _read_groups(tokens: Sequence[Token], where: tuple[int, int]) -> list[_Group]:
    """The groups of a query, the outermost first."""
    whole = _Group(query=True)
    groups, frames = [whole], [_Frame(whole, head=True)]
    following = [*tokens[1:], Token("", "", 0)]
    before = Token("", "", 0)
    for token, after in zip(tokens, following, strict=True):
        frame = frames[-1]
        if token.text == "{":
            opens = frame.head and not frame.depth and not frame.group.start
            template = opens and frame.group is whole and token.end != where[0]
            group = frame.group if opens and not template else _Group(query=False)
            group.start, group.wraps = token.end, after.word == "SELECT"
            frames.append(_Frame(group))
            if not opens:
                groups.append(group)
            if group.wraps:
                groups.append(_Group(query=True))
                frames.append(_Frame(groups[-1], head=True))
        elif token.text == "}":
            if frame.head:
                frames.pop()
            frames.pop().group.end = token.start
        elif token.text in ("(", ")"):
            frame.depth += 1 if token.text == "(" else -1
        elif token.kind == "variable":
            _note(token.text[1:], before.word == "AS", frames)
        elif token.text == "*" and frame.head and not frame.depth:
            frame.group.projected.add("*")
        before = token
    return groups


def _note(name: str, result: bool, frames: Sequence[_Frame]) -> None:
    """Note a variable where the reading is; whether it is the result of an expression."""
    frame = frames[-1]
    for outer in frames:
        if outer.head:
            outer.group.said.add(name)
    group = frame.group
    if frame.head:
        if result:
            group.reckoned.add(name)
        if not group.start and (result or not frame.depth):
            group.projected.add(name)
    else:
        group.said.add(name)
        if result:
            group.made.add(name)
