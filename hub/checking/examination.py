"""Data held against the checks that shapes were compiled to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from hub.terms import Term

Select = Callable[[str], Iterable[Mapping[str, Term]]]

SUBCLASS = "<http://www.w3.org/2000/01/rdf-schema#subClassOf>"
TYPE_PATH = f"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>/{SUBCLASS}*"
# Stands in queries where the focus nodes may be listed; a remark to who reads them as they are.
ANY_FOCUS = "# any focus\n"
OF_CLASS = re.compile(rf"(\?\w+) {re.escape(TYPE_PATH)} <([^<>]*)>")
# Constraints that a path without values meets, and paths that are a single predicate.
OF_VALUES = frozenset(
    f"sh:{name}"
    for name in (
        "nodeKind", "datatype", "class", "pattern", "in", "languageIn", "maxCount", "node",
        "minLength", "maxLength", "minInclusive", "maxInclusive", "minExclusive", "maxExclusive",
    )
)  # fmt: skip
SINGLE = re.compile(r"<[^<>]*>")


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
    """

    shape: str
    path: str
    constraint: str
    message: str
    severity: str
    query: str


@dataclass(frozen=True, slots=True)
class Violation:
    """One finding: `focus` does not meet `check`; `value` is what is at fault, if one value is."""

    check: Check
    focus: Term
    value: Term | None


def find_violations(checks: Iterable[Check], select: Select) -> Iterator[Violation]:
    """What does not meet the checks, in their order; see `Examination`."""
    examination = Examination(select)
    for check in checks:
        yield from examination.find(check)


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
        if among is not None:
            self._chosen = f"VALUES ?focus {{ {' '.join(f'<{iri}>' for iri in among)} }} "
        used = f"SELECT DISTINCT ?p {{ {self._chosen}?focus ?p ?o }}"
        self._names = {row["p"].value for row in select(used)}
        self._types = {row["c"].value for row in select("SELECT DISTINCT ?c { ?s a ?c }")}
        self._below: dict[str, set[str]] = {}
        for row in select(f"SELECT ?a ?b {{ ?a {SUBCLASS}+ ?b }}"):
            self._below.setdefault(row["b"].value, set()).add(row["a"].value)

    def find(self, check: Check, most: int | None = None) -> Iterator[Violation]:
        """What does not meet a check, the first `most` if that is given."""
        if self._is_idle(check):
            return
        for row in self.select(self._spell(check) + (f" LIMIT {most}" if most else "")):
            yield Violation(check, row["focus"], row.get("value"))

    def count(self, check: Check) -> int:
        """How many do not meet a check."""
        if self._is_idle(check):
            return 0
        rows = self.select(f"SELECT (COUNT(*) AS ?n) {{ {self._spell(check)} }}")
        return int(next(iter(rows))["n"].value)

    def _is_idle(self, check: Check) -> bool:
        """Whether no value is there that could be amiss."""
        of_value = check.constraint in OF_VALUES and SINGLE.fullmatch(check.path)
        return bool(of_value) and check.path[1:-1] not in self._names

    def _spell(self, check: Check) -> str:
        """The query, with instances of a class by the classes that occur: ten times as quick."""

        def spell(found: re.Match[str]) -> str:
            some = sorted(({found[2]} | self._below.get(found[2], set())) & self._types)
            each = [f"{found[1]} a <{name}>" for name in some]
            return each[0] if len(each) == 1 else unite(each)

        return OF_CLASS.sub(spell, check.query).replace(ANY_FOCUS, self._chosen)


def unite(patterns: Iterable[str]) -> str:
    return " UNION ".join(f"{{ {each} }}" for each in patterns) or "FILTER(false)"
