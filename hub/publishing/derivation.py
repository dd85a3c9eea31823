"""What follows from what was said: axioms and rules of the ontology, as SPARQL, to a fixpoint.

Each level of visibility has a derived graph of its own, computed only from the graphs that
everybody at that level sees, and holding only what no lower level says already. A statement that
follows from a partner's private data alone is therefore nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub.errors import Refused
from hub.store.quads import QuadStore
from hub.vocabulary import NAMESPACES, PUBLIC_UNION

PREFIXES = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in NAMESPACES.items())
MOST_ROUNDS = 50

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
CHAINS = (
    "SELECT ?a (COUNT(?before) AS ?place) ?step { ?a owl:propertyChainAxiom ?list . "
    "?list rdf:rest* ?before . ?before rdf:rest* ?node . ?node rdf:first ?step } "
    "GROUP BY ?a ?list ?node ?step ORDER BY ?a ?list ?place"
)
RULES = "SELECT ?rule ?text { ?shape sh:rule ?rule . ?rule a sh:SPARQLRule ; sh:construct ?text }"


TYPE = NAMESPACES["rdf"] + "type"
NAMED = re.compile(r"<([^<>\s]*)>|\b([a-z]+):([A-Za-z][\w-]*)|\s(a)\s")
CONSTRUCT = re.compile(r"\s*CONSTRUCT\s*{([^{}]*)}\s*WHERE\s*{(.*)}\s*", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True)
class Rule:
    """One rule: `name` says where it comes from; where `body` holds, so does `head`.

    Both are in SPARQL, with the prefixes of the hub. `reads` and `writes` are the IRIs of the
    predicates and classes that they name; a rule is run again when another has written what it
    reads.
    """

    name: str
    head: str
    body: str

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(list_names(self.body))

    @property
    def writes(self) -> frozenset[str]:
        return frozenset(list_names(self.head))

    def is_open(self) -> str:
        """An ASK whether the rule has something to add."""
        return f"{PREFIXES}ASK {{ {self.body} FILTER NOT EXISTS {{ {self.head} }} }}"

    def insert(self, union: str, targets: Sequence[str]) -> str:
        """An update that adds to `targets` what follows from `union` and is not in it yet."""
        heads = " ".join(
            self.head + " ." if goal == PUBLIC_UNION else f"GRAPH <{goal}> {{ {self.head} }}"
            for goal in targets
        )
        using = "" if union == PUBLIC_UNION else f"USING <{union}>"
        return (
            f"{PREFIXES}INSERT {{ {heads} }} {using} "
            f"WHERE {{ {self.body} FILTER NOT EXISTS {{ {self.head} }} }}"
        )


def read_rules(store: QuadStore, ontology: str) -> tuple[Rule, ...]:
    """The rules that the ontology's graph states: its axioms, and each sh:SPARQLRule.

    Raises Refused where a sh:SPARQLRule is no plain CONSTRUCT.
    """
    return tuple(list_rules(store, ontology))


def list_rules(store: QuadStore, ontology: str) -> Iterator[Rule]:
    for kind, (find, head, body) in AXIOMS.items():
        for row in store.select(PREFIXES + find, [ontology]):
            values = {name: f"<{term.value}>" for name, term in row.items()}
            yield Rule(
                f"{kind} {' '.join(values.values())}", head.format(**values), body.format(**values)
            )
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
        yield Rule(row["rule"].value, found[1].strip().rstrip("."), found[2])


def list_names(text: str) -> Iterator[str]:
    """The IRIs that a part of a rule names, `a` among them."""
    for iri, prefix, local, kind in NAMED.findall(text):
        yield TYPE if kind else iri or NAMESPACES.get(prefix, prefix + ":") + local


def derive(store: QuadStore, rules: Sequence[Rule], union: str, targets: Sequence[str]) -> None:
    """Add to `targets` what `rules` give over `union`, which is one of them, to a fixpoint.

    Raises Refused where the rules do not come to an end, or the engine refuses one.
    """
    waiting = rules
    for _ in range(MOST_ROUNDS):
        come: set[str] = set()
        for rule in waiting:
            try:
                if store.ask(rule.is_open(), union):
                    store.update(rule.insert(union, targets))
                    come |= rule.writes
            except SyntaxError as error:
                raise Refused(
                    f"The rule is not SPARQL: {error}.",
                    where=rule.name,
                    remedy="Mend ontology/rules.ttl.",
                ) from error
        come.discard(TYPE)
        waiting = [rule for rule in rules if rule.reads & come]
        if not waiting:
            return
    raise Refused(f"The rules have not come to an end after {MOST_ROUNDS} rounds.")
