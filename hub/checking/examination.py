"""Data held against the checks that shapes were compiled to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache

from hub.terms import Term

Select = Callable[[str], Iterable[Mapping[str, Term]]]

SUBCLASS = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
TYPE_PATH = f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>/{SUBCLASS}*"
# Stands in queries where the focus nodes may be listed; a remark to who reads them as they are.
ANY_FOCUS = "# any focus\n"
OF_CLASS = re.compile(rf"(\?\w+) {re.escape(TYPE_PATH)} <([^<>]*)>")
SINGLE = re.compile(r"<[^<>]*>")  # a path that is one predicate
AT_ONCE = 2  # checks that are asked about
MOST_SUSPECTS = 5_000  # that are sooner asked one by one


@dataclass(frozen=True, slots=True)
class Check:
    """One constraint of one shape.

    Attributes:
        shape: IRI of the shape, or of the named shape that holds it.
        path: the path as SPARQL writes it; empty for a constraint on the focus node itself.
        constraint: the constraint, such as `sh:minCount`.
        message: what is wrong, for the person who keeps the file.
        severity: `Violation`, `Warning` or `Info`.
        query: a SELECT of `?focus` and, where one value is at fault, `?value`.
        suspects: a SELECT, quicker and of less memory, of the focus nodes that alone may fail;
            empty where it is not known.
    """

    shape: str
    path: str
    constraint: str
    message: str
    severity: str
    query: str
    suspects: str = ""


@dataclass(frozen=True, slots=True)
class Violation:
    """One finding: `focus` does not meet `check`; `value` is what is at fault, if one value is."""

    check: Check
    focus: Term
    value: Term | None


class Examination:
    """Holds data against checks.

    Args:
        select: runs a query over the graphs to be checked and the ontology, as one graph, and gives
            its solutions. The classes of the ontology must be among them.
        among: the IRIs of the only focus nodes to look at; all are looked at if it is not given.
    """

    def __init__(self, select: Select, among: Iterable[str] | None = None) -> None:
        self.select = select
        self._chosen = ""
        self._occurs, self._list_suspects = cache(self._look_for), cache(self._look_for_suspects)
        self._names: set[str] | None = None
        if among is not None:
            self._chosen = list_values(f"<{iri}>" for iri in among)
            used = f"SELECT DISTINCT ?p {{ {self._chosen}?focus ?p ?o }}"
            self._names = {row["p"].value for row in select(used)}
        self._below: dict[str, set[str]] = {}
        for row in select(f"SELECT ?a ?b {{ ?a {SUBCLASS}+ ?b }}"):
            self._below.setdefault(row["b"].value, set()).add(row["a"].value)

    def find_all(
        self, checks: Iterable[Check], tell: Callable[[int], object] = bool
    ) -> Iterator[Violation]:
        """What does not meet some checks, in their order; `tell` hears how many are done."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for done, found in enumerate(pool.map(lambda check: list(self.find(check)), checks), 1):
                tell(done)
                yield from found

    def find(self, check: Check, most: int | None = None) -> Iterator[Violation]:
        """What does not meet a check, the first `most` if that is given."""
        if query := self._narrow(check):
            for row in self.select(query + (f" LIMIT {most}" if most else "")):
                yield Violation(check, row["focus"], row.get("value"))

    def count(self, check: Check) -> int:
        """How many do not meet a check."""
        if not (query := self._narrow(check)):
            return 0
        return int(next(iter(self.select(f"SELECT (COUNT(*) AS ?n) {{ {query} }}")))["n"].value)

    def _narrow(self, check: Check) -> str:
        """The query, of the suspects alone where they are few; empty where nothing can fail."""
        single = check.suspects and SINGLE.fullmatch(check.path)
        if single and self._names is not None and check.path[1:-1] not in self._names:
            return ""
        suspects = self._list_suspects(check.suspects) if check.suspects else None
        if suspects == []:
            return ""
        if suspects and len(suspects) <= MOST_SUSPECTS and all(s.kind != "bnode" for s in suspects):
            return self._spell(check.query, list_values(sorted({s.n3() for s in suspects})))
        return self._spell(check.query, self._chosen)

    def _look_for_suspects(self, query: str) -> list[Term]:
        """The focus nodes that a query finds, one more than are few at most."""
        rows = self.select(f"{self._spell(query, self._chosen)} LIMIT {MOST_SUSPECTS + 1}")
        return [row["focus"] for row in rows]

    def _look_for(self, pattern: str) -> bool:
        """Whether there is such a statement; to list what all statements name takes longer."""
        return any(True for _ in self.select(f"SELECT * {{ {pattern} }} LIMIT 1"))

    def _spell(self, query: str, focus: str) -> str:
        """A query of some focus nodes, with instances of a class by the classes that occur.

        That is ten times as quick.
        """

        def spell(found: re.Match[str]) -> str:
            names = sorted({found[2]} | self._below.get(found[2], set()))
            each = [f"{found[1]} a <{name}>" for name in names if self._occurs(f"?s a <{name}>")]
            return each[0] if len(each) == 1 else unite(each)

        return OF_CLASS.sub(spell, query).replace(ANY_FOCUS, focus)


def list_values(focus: Iterable[str]) -> str:
    return f"VALUES ?focus {{ {' '.join(focus)} }} "


def unite(patterns: Iterable[str]) -> str:
    return " UNION ".join(f"{{ {each} }}" for each in patterns) or "FILTER(false)"
