"""A request for ways as a query states it: triples about one thing, read from their tokens.

What is asked (`ASKED`) is a constant, or a variable that constant VALUES before the block in the
same group bind: several starts and ends are taken in turn. What is told (`TOLD`) is bound to the
variables named; a constant there chooses rows, as in any pattern.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import product

from hub.errors import Invalid
from hub.paths.introductions import read_date
from hub.sparql.constants import Table, read_term
from hub.sparql.errors import QueryRefused
from hub.sparql.services import Block
from hub.sparql.tokens import Token
from hub.terms import XSD, Term
from hub.vocabulary import NAMESPACES

MOST_PAIRS = 25  # of start and end, or start and market, in one block
ENDS = ("start", "end", "market")
ASKED = {
    "start": "who wants to be introduced",
    "end": "who is to be reached; with a market, the entry point that was found",
    "market": "instead of an end: the best entry points into it, one way to each",
    "direction": "with a market: into it, or from it, for who works on it abroad (into)",
    "most": "how many ways, or entry points (3)",
    "hops": "most steps between parties (5)",
    "asOf": "the day as of which ties are judged: a date, month or year (today)",
    "lens": "surest, new-ground for ways over those who are asked less often, or circles for who "
    "knows both ends (surest)",
    "avoid": "parties that no way may pass",
    "require": "parties that every way must pass",
    "only": "kinds of evidence that may be used (all)",
}
TOLD = {
    "way": "the identifier of the way, the same as on pages, in JSON and in CSV",
    "rank": "its place, from 1; with a market that of the entry point",
    "score": "its strength: the product of its steps and a hand-over for each connector",
    "offer": "with a market: how much of a door the entry point is; ranked by this × score",
    "ask": "whom to ask first",
    "step": "the number of the step, from 1",
    "from": "the party at which the step begins",
    "to": "the party at which it ends",
    "connector": "the same where it is not the end of the way, and so introduces",
    "strength": "that of the step",
    "evidence": "a piece of evidence of the step",
    "weight": "how much it counts alone",
    "kind": "its kind",
    "date": "the year in which it is last known to have held",
    "source": "the graph of a source that states it",
}

Row = dict[str, Term]
Object = tuple[Term | str, Token]  # a constant, or the name of a variable; where it stands


@dataclass(frozen=True)
class Request:
    """What a block asks for. Every method raises QueryRefused, with the place, for what cannot be.

    Attributes:
        objects: by property, what stands there.
    """

    block: Block
    objects: dict[str, list[Object]] = field(default_factory=dict)

    def all(self, name: str) -> list[tuple[Term, Token]]:
        """The constants of a property; VALUES may bind a variable there to one."""
        found = []
        for asked, token in self.objects.get(name, ()):
            terms = [asked] if isinstance(asked, Term) else self._bound(asked)
            if len(terms) > 1:
                raise self._refusal(name, f"takes one value, and {token.text} has several", token)
            found += [(term, token) for term in terms]
        return found

    def one(self, name: str) -> tuple[Term, Token] | None:
        """The constant of a property that has one, if it is given."""
        found = self.all(name)
        if len(found) > 1:
            raise self._refusal(name, f"takes one value, not {len(found)}", found[1][1])
        return found[0] if found else None

    def text(self, name: str, default: str) -> str:
        """The text at a property."""
        given = self.one(name)
        if given and given[0].kind != "literal":
            raise self._refusal(name, "takes a literal", given[1])
        return given[0].value if given else default

    def number(self, name: str, default: int) -> int:
        """The whole number at a property."""
        given = self.one(name)
        if given and (given[0].datatype != XSD + "integer" or len(given[0].value) > 9):
            raise self._refusal(name, "takes a whole number such as 5", given[1])
        return int(given[0].value) if given else default

    def day(self) -> date:
        """The day as of which ties are judged."""
        text = self.text("asOf", date.today().isoformat())
        try:
            return read_date(text)
        except Invalid as error:
            wanted = "takes a date such as 2016, 2016-07 or 2016-07-01"
            raise self._refusal("asOf", wanted, self.objects["asOf"][0][1]) from error

    def parties(self, name: str) -> list[str]:
        """The IRIs at a property."""
        return [self._party(name, term, token) for term, token in self.all(name)]

    def pairs(self) -> list[Row]:
        """Start and end, or start and market: every solution of the VALUES that bind them."""
        fixed, variables = dict[str, Term](), dict[str, str]()
        for name in ENDS:
            for asked, token in self.objects.get(name, ()):
                if name in fixed or name in variables:
                    raise self._refusal(name, "takes one value; VALUES may bind several", token)
                if isinstance(asked, Term):
                    fixed[name] = asked
                elif self._bound(asked):
                    variables[name] = asked
        for name in ("start", "market" if "market" in self.objects else "end"):
            if name not in fixed.keys() | variables.keys():
                at = self.objects[name][0][1] if name in self.objects else None
                wanted = "needs an IRI, or a variable that VALUES before it bind in the same group"
                raise self._refusal(name, wanted, at)
        pairs = [
            fixed | {name: solution[variable] for name, variable in variables.items()}
            for solution in self._solutions(set(variables.values()))
        ]
        for name, term in (item for pair in pairs for item in pair.items()):
            self._party(name, term, self.objects[name][0][1])
        return pairs

    def choose(self, rows: Iterable[Mapping[str, Term]]) -> Table:
        """The different rows of the variables asked for, where they are what constants say."""
        asked = [
            (name, one)
            for name, objects in self.objects.items()
            for one, _ in objects
            if name in TOLD or name in ENDS or (isinstance(one, str) and not self._bound(one))
        ]
        names = tuple(dict.fromkeys(one for _, one in asked if isinstance(one, str)))
        kept: dict[tuple[Term | None, ...], None] = {}
        for row in rows:
            solution: dict[str, Term | None] = {}
            terms = (
                solution.setdefault(one, row.get(name)) if isinstance(one, str) else one
                for name, one in asked
            )
            if all(term == row.get(name) for term, (name, _) in zip(terms, asked, strict=True)):
                kept[tuple(solution[name] for name in names)] = None
        return Table(names, tuple(kept))

    def _bound(self, variable: str) -> list[Term]:
        tables = self.block.tables
        return next((t.column(variable) for t in tables if variable in t.variables), [])

    def _solutions(self, names: set[str]) -> list[Row]:
        """What the tables bind these variables to, together; each solution once."""
        columns = [
            list(dict.fromkeys(tuple(zip(t.variables, row, strict=True)) for row in t.rows))
            for t in (table.only(names) for table in self.block.tables)
            if t.variables
        ]
        found: dict[tuple[tuple[str, Term], ...], None] = {}
        for choice in product(*columns):
            solution: Row = {}
            if all(solution.setdefault(v, t) == t for row in choice for v, t in row if t):
                found[tuple(sorted(solution.items()))] = None
            if len(found) > MOST_PAIRS:
                message = f"The block asks for more than {MOST_PAIRS} pairs of start and end."
                raise self.block.refusal(message, "Ask in several queries.")
        return [dict(solution) for solution in found]

    def _party(self, name: str, term: Term, token: Token) -> str:
        if term.kind != "iri":
            raise self._refusal(name, "takes the IRI of a thing", token)
        return term.value

    def _refusal(self, name: str, wanted: str, token: Token | None) -> QueryRefused:
        return self.block.refusal(f"ways:{name} {wanted}.", _REMEDY, token)


_REMEDY = "Write [] ways:start <…> ; ways:end <…> ; …"


def read_request(block: Block) -> Request:
    """The triples of a block.

    Raises:
        QueryRefused: they are not about one thing, or say what no way has; with the place.
    """
    request, subjects, at = Request(block), set[str](), block.opening + 1
    tokens = block.query.tokens

    def refusal(at: int, wanted: str) -> QueryRefused:
        message = f"{wanted} is expected here, not {tokens[at].text[:40]}."
        return block.refusal(message, _REMEDY, tokens[at])

    while at < block.last:
        token = tokens[at]
        subjects.add(token.text)
        if (token.text != "[" and token.kind not in ("variable", "blank")) or len(subjects) > 1:
            raise refusal(at, "One subject, [] or a variable,")
        at += 1 + (token.text == "[" and tokens[at + 1].text == "]")
        while tokens[at].text not in (".", "]") and at < block.last:
            at = _read_objects(request, at)
            while tokens[at].text == ";":
                at += 1
        while tokens[at].text in (".", "]") and at < block.last:
            at += 1
    return request


def _read_objects(request: Request, at: int) -> int:
    """A property and its objects, from a token on; the index of the token after them."""
    block, tokens = request.block, request.block.query.tokens
    verb = tokens[at]
    iri = block.query.resolve(verb) if verb.kind in ("iri", "name") else ""
    name = iri.removeprefix(NAMESPACES["ways"])
    if name == iri or name not in ASKED | TOLD:
        known = ", ".join(f"ways:{each}" for each in ASKED | TOLD)
        message = f"{verb.text[:40]} is nothing that ways are asked for, or tell."
        raise block.refusal(message, f"There is {known}.", verb)
    while True:
        token = tokens[at := at + 1]
        value: Term | str = token.text[1:]
        if token.kind == "variable":
            at += 1
        else:
            try:
                value, at = read_term(block.query, at)
            except ValueError:
                message = f"A variable or a constant is expected here, not {token.text[:40]}."
                raise block.refusal(message, _REMEDY, token) from None
        request.objects.setdefault(name, []).append((value, token))
        if tokens[at].text != ",":
            return at
