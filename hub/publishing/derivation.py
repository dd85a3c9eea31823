"""What follows from what was said: axioms and rules of the ontology, as SPARQL, to a fixpoint.

Each level of visibility has a derived graph of its own, computed only from the graphs that
everybody at that level sees, and holding only what no lower level says already. A statement that
follows from a partner's private data alone is therefore nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub.errors import Refused
from hub.store.quads import QuadStore
from hub.vocabulary import NAMESPACES

PREFIXES = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in NAMESPACES.items())
MOST_ROUNDS = 50

AXIOMS = {
    # name: (query that finds pairs or triples in the ontology, the rule made of each)
    "subclass": (
        "SELECT DISTINCT ?a ?b { ?a rdfs:subClassOf+ ?b FILTER(isIRI(?b) && ?a != ?b && "
        "?b NOT IN (owl:Thing, rdfs:Resource)) ?b a ?type FILTER NOT EXISTS { ?b a owl:Restriction "
        "} }",
        "CONSTRUCT {{ ?x a <{b}> }} WHERE {{ ?x a <{a}> }}",
    ),
    "subproperty": (
        "SELECT DISTINCT ?a ?b { ?a rdfs:subPropertyOf+ ?b FILTER(?a != ?b) }",
        "CONSTRUCT {{ ?x <{b}> ?y }} WHERE {{ ?x <{a}> ?y }}",
    ),
    "inverse": (
        "SELECT DISTINCT ?a ?b { { ?a owl:inverseOf ?b } UNION { ?b owl:inverseOf ?a } }",
        "CONSTRUCT {{ ?y <{b}> ?x }} WHERE {{ ?x <{a}> ?y FILTER(!isLiteral(?y)) }}",
    ),
    "symmetry": (
        "SELECT DISTINCT ?a { ?a a owl:SymmetricProperty }",
        "CONSTRUCT {{ ?y <{a}> ?x }} WHERE {{ ?x <{a}> ?y FILTER(!isLiteral(?y)) }}",
    ),
    "transitivity": (
        "SELECT DISTINCT ?a { ?a a owl:TransitiveProperty }",
        "CONSTRUCT {{ ?x <{a}> ?z }} WHERE {{ ?x <{a}> ?y . ?y <{a}> ?z FILTER(?x != ?z) }}",
    ),
}
CHAINS = (
    "SELECT ?a (COUNT(?before) AS ?place) ?step { ?a owl:propertyChainAxiom ?list . "
    "?list rdf:rest* ?before . ?before rdf:rest* ?node . ?node rdf:first ?step } "
    "GROUP BY ?a ?list ?node ?step ORDER BY ?a ?list ?place"
)
RULES = "SELECT ?rule ?text { ?shape sh:rule ?rule . ?rule a sh:SPARQLRule ; sh:construct ?text }"
DERIVING = ("subclass", "subproperty", "inverse", "symmetry", "transitivity")


@dataclass(frozen=True)
class Rule:
    """One rule: `name` says where it comes from, `construct` is a SPARQL CONSTRUCT."""

    name: str
    construct: str


def read_rules(store: QuadStore, ontology: str) -> tuple[Rule, ...]:
    """The rules that the ontology's graph states, each axiom and sh:SPARQLRule as a CONSTRUCT."""
    return tuple(list_rules(store, ontology))


def list_rules(store: QuadStore, ontology: str) -> Iterator[Rule]:
    for kind in DERIVING:
        find, rule = AXIOMS[kind]
        for row in store.select(PREFIXES + find, [ontology]):
            values = {name: term.value for name, term in row.items()}
            yield Rule(f"{kind} {' '.join(values.values())}", rule.format(**values))
    chains: dict[str, list[str]] = {}
    for row in store.select(PREFIXES + CHAINS, [ontology]):
        chains.setdefault(row["a"].value, []).append(row["step"].value)
    for whole, steps in chains.items():
        pattern = " . ".join(f"?x{i} <{step}> ?x{i + 1}" for i, step in enumerate(steps))
        yield Rule(
            f"chain {whole}", f"CONSTRUCT {{ ?x0 <{whole}> ?x{len(steps)} }} WHERE {{ {pattern} }}"
        )
    for row in store.select(PREFIXES + RULES, [ontology]):
        yield Rule(row["rule"].value, PREFIXES + row["text"].value)


def derive(store: QuadStore, rules: Sequence[Rule], graphs: Sequence[str], target: str) -> int:
    """Fill the graph `target` with what `rules` give over `graphs`; returns the statements added.

    Raises Refused where the rules do not come to an end, or a rule is no CONSTRUCT.
    """
    total = 0
    waiting: Sequence[Rule] = rules
    for _ in range(MOST_ROUNDS):
        fired = 0
        for rule in waiting:
            try:
                fired += store.infer(rule.construct, graphs, target)
            except (SyntaxError, AssertionError) as error:
                raise Refused(
                    f"The rule is not a SPARQL CONSTRUCT: {error}.",
                    where=rule.name,
                    remedy="Mend ontology/rules.ttl.",
                ) from error
        total += fired
        if not fired:
            return total
    raise Refused(f"The rules have not come to an end after {MOST_ROUNDS} rounds.")
