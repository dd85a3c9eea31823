"""What follows from what was said: axioms and rules of the ontology, as SPARQL, to a fixpoint.

Each level of visibility has a derived graph of its own, computed only from the graphs that
everybody at that level sees, and holding only what no lower level says already. A statement that
follows from a partner's private data alone is therefore nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

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


TYPE = NAMESPACES["rdf"] + "type"
NAMED = re.compile(r"<([^<>\s]*)>|\b([a-z]+):([A-Za-z][\w-]*)|\s(a)\s")


@dataclass(frozen=True)
class Rule:
    """One rule: `name` says where it comes from, `construct` is a SPARQL CONSTRUCT.

    `reads` holds the IRIs of the predicates and classes that it looks at; it is run again when
    statements with one of them have come.
    """

    name: str
    construct: str
    reads: frozenset[str]


def read_rules(store: QuadStore, ontology: str) -> tuple[Rule, ...]:
    """The rules that the ontology's graph states, each axiom and sh:SPARQLRule as a CONSTRUCT.

    A rule names its predicates: none of them is a variable.
    """
    return tuple(list_rules(store, ontology))


def list_rules(store: QuadStore, ontology: str) -> Iterator[Rule]:
    for kind, (find, rule) in AXIOMS.items():
        for row in store.select(PREFIXES + find, [ontology]):
            values = {name: term.value for name, term in row.items()}
            name = f"{kind} {' '.join(values.values())}"
            yield Rule(name, rule.format(**values), frozenset([values["a"]]))
    chains: dict[str, list[str]] = {}
    for row in store.select(PREFIXES + CHAINS, [ontology]):
        chains.setdefault(row["a"].value, []).append(row["step"].value)
    for whole, steps in chains.items():
        pattern = " . ".join(f"?x{i} <{step}> ?x{i + 1}" for i, step in enumerate(steps))
        text = f"CONSTRUCT {{ ?x0 <{whole}> ?x{len(steps)} }} WHERE {{ {pattern} }}"
        yield Rule(f"chain {whole}", text, frozenset(steps))
    for row in store.select(PREFIXES + RULES, [ontology]):
        text = row["text"].value
        yield Rule(row["rule"].value, PREFIXES + text, frozenset(list_names(text)))


def list_names(text: str) -> Iterator[str]:
    """The IRIs that a rule's text names, `a` among them."""
    for iri, prefix, local, kind in NAMED.findall(text):
        yield TYPE if kind else iri or NAMESPACES.get(prefix, prefix + ":") + local


def derive(
    store: QuadStore, rules: Sequence[Rule], graphs: Sequence[str], target: str, work: Path
) -> int:
    """Fill the graph `target` with what `rules` give over `graphs`; returns the statements added.

    Works in a store of its own at `work`, which holds only what the rules look at. Raises Refused
    where the rules do not come to an end, or a rule is no CONSTRUCT.
    """
    predicates = {TYPE} | {iri for rule in rules for iri in rule.reads}
    space = store.gather(work, sorted(predicates), graphs)
    total = 0
    waiting = rules
    for _ in range(MOST_ROUNDS):
        come: set[str] = set()
        for rule in waiting:
            try:
                made = space.infer(rule.construct)
            except SyntaxError as error:
                raise Refused(
                    f"The rule is not a SPARQL CONSTRUCT: {error}.",
                    where=rule.name,
                    remedy="Mend ontology/rules.ttl.",
                ) from error
            store.add_triples(made, target)
            total += len(made)
            for triple in made:
                come.add(triple.predicate.value)
                if triple.predicate.value == TYPE:
                    come.add(triple.object.value)  # type: ignore[union-attr]
        if not come:
            return total
        waiting = [rule for rule in rules if rule.reads & come]
    raise Refused(f"The rules have not come to an end after {MOST_ROUNDS} rounds.")
