"""What a query states itself: terms, and tables of them (VALUES), read from its tokens."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hub.sparql.query import Query
from hub.terms import XSD, Term

_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


@dataclass(frozen=True)
class Table:
    """Solutions: the names of variables, and in each row a term for each, None where unbound."""

    variables: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]

    def n3(self) -> str:
        """The table as a VALUES block. Raises ValueError as `Term.n3` does."""
        names = " ".join(f"?{name}" for name in self.variables)
        rows = (" ".join(term.n3() if term else "UNDEF" for term in row) for row in self.rows)
        return f"VALUES ({names}) {{ {' '.join(f'({row})' for row in rows)} }}"

    def column(self, name: str) -> list[Term]:
        """The different terms of a variable, in their order."""
        at = self.variables.index(name)
        return list(dict.fromkeys(term for row in self.rows if (term := row[at])))

    def only(self, names: Collection[str]) -> Table:
        """Some of its variables, in the rows of all."""
        at = [place for place, name in enumerate(self.variables) if name in names]
        rows = tuple(tuple(row[place] for place in at) for row in self.rows)
        return Table(tuple(self.variables[place] for place in at), rows)

    def where(self, name: str, term: Term) -> Table:
        """The different rows in which a variable is that term, without it; all if it is another."""
        if name not in self.variables:
            return self
        at = self.variables.index(name)
        rows = ((*row[:at], *row[at + 1 :]) for row in self.rows if row[at] == term)
        return Table((*self.variables[:at], *self.variables[at + 1 :]), tuple(dict.fromkeys(rows)))


def read_term(query: Query, at: int) -> tuple[Term, int]:
    """The constant that begins at a token, and the index of the token after it.

    Raises:
        ValueError: there is none.
    """
    token = query.tokens[at]
    if token.kind in ("iri", "name"):
        return Term("iri", query.resolve(token)), at + 1
    if token.kind == "number":
        return _read_number(token.text), at + 1
    if token.text in ("+", "-"):
        number, after = read_term(query, at + 1)
        if query.tokens[at + 1].kind == "number":
            return Term("literal", token.text + number.value, datatype=number.datatype), after
    if token.word in ("TRUE", "FALSE"):
        return Term("literal", token.text.lower(), datatype=XSD + "boolean"), at + 1
    if token.kind == "string":
        following = query.tokens[at + 1]
        if following.kind == "language":
            return Term("literal", _read_string(token.text), following.text[1:]), at + 2
        if following.text == "^^":
            datatype = query.resolve(query.tokens[at + 2])
            return Term("literal", _read_string(token.text), datatype=datatype), at + 3
        return Term("literal", _read_string(token.text)), at + 1
    raise ValueError(f"{token.text} is no constant.")


def read_table(query: Query, at: int) -> tuple[Table, int]:
    """The table of the word VALUES at a token, and the index of the token after it.

    Raises:
        ValueError, IndexError: it is none; the engine will say more.
    """
    names: list[str] = []
    one = query.tokens[at + 1].kind == "variable"
    at = at + 1 if one else _skip(query, at + 1, "(")
    while query.tokens[at].kind == "variable":
        names.append(query.tokens[at].text[1:])
        at += 1
    at = _skip(query, at if one else _skip(query, at, ")"), "{")
    rows: list[Sequence[Term | None]] = []
    while query.tokens[at].text != "}":
        row: list[Term | None] = []
        at = at if one else _skip(query, at, "(")
        for _ in names:
            if query.tokens[at].word == "UNDEF":
                row.append(None)
                at += 1
            else:
                term, at = read_term(query, at)
                row.append(term)
        at = at if one else _skip(query, at, ")")
        rows.append(row)
    return Table(tuple(names), tuple(map(tuple, rows))), at + 1


def _skip(query: Query, at: int, mark: str) -> int:
    if query.tokens[at].text != mark:
        raise ValueError(f"{mark} is missing.")
    return at + 1


def _read_number(text: str) -> Term:
    name = "double" if "e" in text.lower() else "decimal" if "." in text else "integer"
    return Term("literal", text, datatype=XSD + name)


def _read_string(text: str) -> str:
    marks = 3 if text[:3] in ('"""', "'''") and len(text) > 5 else 1
    return _ESCAPE.sub(_read_escape, text[marks:-marks])


def _read_escape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _ESCAPED.get(match[3], match[3])
