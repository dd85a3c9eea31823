"""What follows from what was said: axioms and rules of the ontology, as SPARQL, to a fixpoint.

Each level of visibility has a derived graph of its own, computed only from the graphs that
everybody at that level sees, and holding only what no lower level says already. A statement that
follows from a partner's private data alone is therefore nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from hub.errors import Refused
from hub.publishing.report import Progress, silent
from hub.store.files import read_ends, read_names
from hub.store.quads import QuadStore, Unions
from hub.vocabulary import NAMESPACES

PREFIXES = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in NAMESPACES.items())
MOST_STEPS = 5_000
MOST_THINGS = 20_000  # in statements that went, before all of their names are derived anew

AXIOMS = {
    # name: (what finds the axioms in the ontology, head and body of the rule made of each)
    "subclass": (
        "SELECT DISTINCT ?a ?b { ?a rdfs:subClassOf+ ?b FILTER(isIRI(?b) && ?a != ?b && "
        "?b NOT IN (owl:Thing, rdfs:Resource)) ?b a ?type FILTER NOT EXISTS { ?b a owl:Restriction "
        "} }",
        "?x a {b}",
        "?x a {a}",
    ),
    "subproperty": (
        "SELECT DISTINCT ?a ?b { ?a rdfs:subPropertyOf+ ?b FILTER(?a != ?b) }",
        "?x {b} ?y",
        "?x {a} ?y",
    ),
    "inverse": (
        "SELECT DISTINCT ?a ?b { { ?a owl:inverseOf ?b } UNION { ?b owl:inverseOf ?a } }",
        "?y {b} ?x",
        "?x {a} ?y FILTER(!isLiteral(?y))",
    ),
    "symmetry": (
        "SELECT DISTINCT ?a { ?a a owl:SymmetricProperty }",
        "?y {a} ?x",
        "?x {a} ?y FILTER(!isLiteral(?y))",
    ),
    "transitivity": (
        "SELECT DISTINCT ?a { ?a a owl:TransitiveProperty }",
        "?x {a} ?z",
        "?x {a} ?y . ?y {a} ?z FILTER(?x != ?z)",
    ),
}
LOCAL = ("subclass", "subproperty", "inverse", "symmetry")
CHAINS = (
    "SELECT ?a (COUNT(?before) AS ?place) ?step { ?a owl:propertyChainAxiom ?list . "
    "?list rdf:rest* ?before . ?before rdf:rest* ?node . ?node rdf:first ?step } "
    "GROUP BY ?a ?list ?node ?step ORDER BY ?a ?list ?place"
)
RULES = "SELECT ?rule ?text { ?shape sh:rule ?rule . ?rule a sh:SPARQLRule ; sh:construct ?text }"


TYPE = NAMESPACES["rdf"] + "type"
NAMED = re.compile(r"<([^<>\s]*)>|\b([a-z]+):([A-Za-z][\w-]*)|\s(a)\s")
OPEN_CLASS = re.compile(r"\sa\s+\?")
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
BRACKETS = re.compile(r"{[^{}()]*}|\([^{}()]*\)[*?+]?")
# A variable, or what is not a name, in the place of a predicate.
NAMELESS = re.compile(
    r"(?:^|[{}.)])\s*(?:[?$]\w+|<>|[a-z]*:[\w-]+)\s+(?:[?$]\w|[(^]*!)|;\s*(?:[?$]\w|[(^]*!)"
)
CONSTRUCT = re.compile(r"\s*CONSTRUCT\s*{([^{}]*)}\s*WHERE\s*{(.*)}\s*", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Rule:
    """One rule: `name` says where it comes from; where `body` holds, so does `head`.

    Both are in SPARQL, with the prefixes of the hub. `local` rules derive from a single statement,
    of the things that it is about.
    """

    name: str
    head: str
    body: str
    local: bool = False

    @cached_property
    def reads(self) -> frozenset[str]:
        """The predicates and classes that the body names; rdf:type where it asks for any class."""
        names = frozenset(list_names(self.body))
        return names if OPEN_CLASS.search(self.body) else names - {TYPE}

    @cached_property
    def writes(self) -> frozenset[str]:
        """The predicates and classes that the head names, rdf:type among them."""
        return frozenset(list_names(self.head))

    @cached_property
    def needs(self) -> frozenset[str]:
        """Names without which nothing follows: those that stand outside of all brackets."""
        plain, before = STRINGS.sub(" ", self.body), ""
        while plain != before:
            plain, before = BRACKETS.sub(" ", plain), plain
        steps = " ".join(word for word in plain.split() if not {"|", "*", "?"} & set(word))
        return frozenset(list_names(f" {steps} ")) - {TYPE}

    @cached_property
    def fickle(self) -> bool:
        """Whether new data, or the passing of time, can make a conclusion false."""
        return any(word in self.body for word in ("MINUS", "NOT EXISTS", "NOW()"))

    @cached_property
    def dated(self) -> bool:
        return "NOW()" in self.body

    @property
    def query(self) -> str:
        """A CONSTRUCT of what follows and is not said yet, by sets: one by one takes far longer."""
        adds = f"{{ {self.body} MINUS {{ {self.head} }} }}"
        return f"{PREFIXES}CONSTRUCT {{ {self.head} }} WHERE {adds}"


def read_rules(store: QuadStore, ontology: str) -> tuple[Rule, ...]:
    """The rules that the ontology's graph states: its axioms, and each sh:SPARQLRule.

    Raises Refused where a sh:SPARQLRule is no plain CONSTRUCT.
    """
    return tuple(list_rules(store, ontology))


def list_rules(store: QuadStore, ontology: str) -> Iterator[Rule]:
    for kind, (find, head, body) in AXIOMS.items():
        for row in store.select(PREFIXES + find, [ontology]):
            values = {name: f"<{term.value}>" for name, term in row.items()}
            name = f"{kind} {' '.join(values.values())}"
            yield Rule(name, head.format(**values), body.format(**values), kind in LOCAL)
    chains: dict[str, list[str]] = {}
    for row in store.select(PREFIXES + CHAINS, [ontology]):
        chains.setdefault(row["a"].value, []).append(row["step"].value)
    for whole, steps in chains.items():
        body = " . ".join(f"?x{i} <{step}> ?x{i + 1}" for i, step in enumerate(steps))
        yield Rule(f"chain {whole}", f"?x0 <{whole}> ?x{len(steps)}", body)
    for row in store.select(PREFIXES + RULES, [ontology]):
        found = CONSTRUCT.fullmatch(row["text"].value)
        if not found:
            raise Refused(
                "The rule is not a plain CONSTRUCT { … } WHERE { … }.",
                where=row["rule"].value,
                remedy="Mend ontology/rules.ttl.",
            )
        if NAMELESS.search(re.sub(r"<[^<>\s]*>", "<>", STRINGS.sub('""', found[2]))):
            # Derivation goes by the names that rules read: it would not be run when it should.
            raise Refused(
                "The rule has a variable, or a negation, in the place of a predicate.",
                where=row["rule"].value,
                remedy="Name the predicates in ontology/rules.ttl.",
            )
        yield Rule(row["rule"].value, found[1].strip().rstrip("."), found[2])


def list_names(text: str) -> Iterator[str]:
    """The IRIs that a part of a rule names, `a` among them."""
    for iri, prefix, local, kind in NAMED.findall(text):
        yield TYPE if kind else iri or NAMESPACES.get(prefix, prefix + ":") + local


@dataclass
class Movement:
    """What moved in the graphs that derivation reads: names are predicates, or classes of things.

    Attributes:
        everything: nothing that was derived before is to be trusted.
        came, went: the names in statements that came and that went.
        things: the IRIs in the statements that went, unless they are `many`.
    """

    everything: bool
    came: set[str] = field(default_factory=set)
    went: set[str] = field(default_factory=set)
    things: set[str] = field(default_factory=set)
    many: bool = False

    def note(self, gone: Path, come: Path) -> None:
        """Take in the statements of two files of N-Quads."""
        if self.everything:
            return
        self.came |= read_names(come)
        self.went |= read_names(gone)
        ends = read_ends(gone, MOST_THINGS)
        self.things.update(*(ends or ()))
        self.many = self.many or ends is None or len(self.things) > MOST_THINGS

    def spread(self, rules: Sequence[Rule]) -> set[str]:
        """The names of all that may be otherwise now, what follows from what moved among it."""
        return close(self.came | self.went, rules, lambda rule, names: rule.reads & names)


@dataclass(frozen=True)
class Stale:
    """The names of what is no longer known to follow: `wholly`, or of the things that moved."""

    wholly: frozenset[str]
    partly: frozenset[str]
    moving: frozenset[str]


def find_stale(rules: Sequence[Rule], movement: Movement, lowest: bool) -> Stale:
    """What of a level's derived statements has to be derived anew after a movement.

    At levels above the lowest, what moved may now follow below: there it is taken out wholly.
    """
    moving = movement.spread(rules)
    fickle = {
        name for r in rules if r.fickle and (r.dated or r.reads & moving) for name in r.writes
    }
    wholly = fickle if lowest else fickle | moving
    partly = set(movement.went)
    if movement.many:
        wholly, partly = wholly | partly, set()
    while True:
        found = close(wholly, rules, lambda rule, names: rule.reads & names)
        found |= {n for r in rules if not r.local and r.reads & partly for n in r.writes}
        near = close(partly, rules, lambda rule, names: rule.local and rule.reads & names)
        if found == wholly and near == partly:
            return Stale(frozenset(wholly - {TYPE}), frozenset(partly - {TYPE}), frozenset(moving))
        wholly, partly = found, near


def close(
    names: Iterable[str], rules: Sequence[Rule], fires: Callable[[Rule, set[str]], object]
) -> set[str]:
    """`names`, and those that rules write which fire on them, and so on."""
    found = set(names)
    while more := {n for rule in rules if fires(rule, found) for n in rule.writes} - found:
        found |= more
    return found


def renew(
    store: QuadStore,
    rules: Sequence[Rule],
    target: str,
    union: str,
    unions: Unions,
    movement: Movement,
    lowest: bool,
    work: Path,
    progress: Progress = silent,
) -> bool:
    """Bring the derived graph `target`, and the unions that have it, up to what `union` says now.

    `work` is a passing file. What is left depends on what is said alone, not on what was derived
    before. Returns whether anything changed.
    """
    concerned, removed = rules, 0
    if not movement.everything:  # else nothing is in the graph yet
        stale = find_stale(rules, movement, lowest)
        names = stale.wholly | stale.partly | movement.went
        concerned = [r for r in rules if r.dated or r.reads & stale.moving or r.writes & names]
        removed = store.remove_named(target, stale.wholly, None, unions)
        removed += store.remove_named(target, stale.partly, movement.things, unions)
    goals = [target, *(goal for goal, members in unions.items() if target in members)]
    return derive(store, rules, union, goals, work, concerned, progress) or bool(removed)


def derive(
    store: QuadStore,
    rules: Sequence[Rule],
    union: str,
    targets: Sequence[str],
    work: Path,
    first: Sequence[Rule] | None = None,
    progress: Progress = silent,
) -> bool:
    """Add to `targets` what `rules` give over `union`, which is one of them, to a fixpoint.

    `first` are the rules that may have something to add; all, if it is not given. What is added
    passes through the file `work`. Returns whether anything was added.
    Raises Refused where the rules do not come to an end, or the engine refuses one.
    """
    there: set[str] = set()

    def occurs(name: str) -> bool:
        ask = f"ASK {{ {{ ?s <{name}> ?o }} UNION {{ ?s a <{name}> }} }}"
        if name not in there and store.ask(ask, union):
            there.add(name)
        return name in there

    # A rule is run again only for what others, or itself, have written since it was run.
    run = dict.fromkeys((rule.name for rule in rules), 0)
    run.update(dict.fromkeys((rule.name for rule in (rules if first is None else first)), -1))
    written: dict[str, int] = {}
    for step in range(1, MOST_STEPS):
        due = [rule for rule in rules if is_due(rule, run[rule.name], written)]
        if not due:
            return bool(written)
        # What single statements give is gathered first: most need nothing of each other.
        batch = [rule for rule in due if rule.local] or list(choose_apart(due, run))
        run.update(dict.fromkeys((rule.name for rule in batch), step))
        ready = [rule for rule in batch if all(map(occurs, rule.needs))]
        with work.open("wb") as out:
            # One by one: the engine keeps in memory what a rule gives.
            for done, rule in enumerate(ready, 1):
                before = out.tell()
                conclude(store, union, rule, out)
                if out.tell() > before:
                    written.update(dict.fromkeys(rule.writes, step))
                progress(f"deriving what follows: {done} of {len(ready)} rules done", 0, None)
        store.add_triples(work, targets)
    raise Refused(f"The rules have not come to an end after {MOST_STEPS} steps.")


def choose_apart(due: Sequence[Rule], run: Mapping[str, int]) -> Iterator[Rule]:
    """The rules that need nothing of what others give that have not been run yet."""
    awaited: set[str] = set()
    for rule in due:
        if not rule.reads & awaited:
            yield rule
            if run[rule.name] < 0:
                awaited |= rule.writes


def conclude(store: QuadStore, union: str, rule: Rule, out: BinaryIO) -> None:
    """Write what a rule gives over `union`. Raises Refused where the engine refuses the rule."""
    try:
        store.construct(rule.query, union, out)
    except SyntaxError as error:
        raise Refused(
            f"The rule is not SPARQL: {error}.",
            where=rule.name,
            remedy="Mend ontology/rules.ttl.",
        ) from error


def is_due(rule: Rule, run: int, written: Mapping[str, int]) -> bool:
    """Whether a rule has to be run (again); what it wrote itself counts where it reads it."""
    return run < 0 or any(written.get(name, -1) >= run for name in rule.reads)
