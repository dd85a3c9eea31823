"""How long the contract takes on many organisations: compiled to SPARQL, and by pySHACL.

    python tests/benchmarks/bench_shapes.py [ORGANISATIONS]

The organisations are made up, one in ten is broken. Both must find the same; the ratio is to be at
most a third.
"""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import pyshacl
from rdflib import RDF, RDFS, XSD, Graph
from rdflib.term import Literal

sys.path.insert(0, str(Path(__file__).parents[2]))

from hub.checking.examination import Examination
from hub.checking.shapes import compile_shapes
from tests.checking.contract_examples import (
    FOAF,
    ID,
    MC,
    ORG,
    PROV,
    SCHEMA,
    open_select,
    read_background,
    read_good,
    read_ontology,
)
from tests.checking.pyshacl_findings import read_findings


def make_organisations(number: int, seed: int = 1) -> Graph:
    """`number` organisations of 11 statements, each a member of a cluster; one in ten is broken."""
    chance = random.Random(seed)
    graph = read_good()
    for n in range(number):
        it, tie = ID[f"organisation/b.{n}"], ID[f"membership/b.{n}"]
        graph.add((it, RDF.type, MC[chance.choice(["SME", "Company", "Hospital", "University"])]))
        graph.add((it, RDFS.label, Literal(f"Organisation {n}")))
        graph.add((it, MC.city, ID["place/xx-town"]))
        graph.add((it, MC.country, ID[f"country/{chance.choice(['IT', 'DE', 'AT', 'US'])}"]))
        graph.add((it, MC.activeIn, ID["concept/sector/life-sciences"]))
        graph.add((it, SCHEMA.foundingDate, Literal(f"{1990 + n % 30}", datatype=XSD.gYear)))
        graph.add((it, FOAF.homepage, ID[f"../www/{n}.example"]))
        graph.add((tie, RDF.type, ORG.Membership))
        graph.add((tie, ORG.member, it))
        graph.add((tie, ORG.organization, ID["organisation/s.cluster"]))
        for record in (it, tie):
            graph.add((record, PROV.hadPrimarySource, ID["document/d"]))
            graph.add((record, MC.place, Literal(f"row {n}")))
        if chance.random() < 0.1:
            _break(graph, it, chance.randrange(4))
    return graph


def _break(graph: Graph, it: object, how: int) -> None:
    if how == 0:
        graph.remove((it, RDFS.label, None))
    elif how == 1:
        graph.set((it, MC.country, ID["country/EL"]))
    elif how == 2:
        graph.set((it, SCHEMA.foundingDate, Literal("about 1990")))
    else:
        graph.remove((it, MC.place, None))


def main(number: int) -> None:
    data, shapes, background = (
        make_organisations(number),
        read_ontology("shapes"),
        read_background(),
    )
    select = open_select(data, background)
    started = time.perf_counter()
    found = list(Examination(select).find_all(compile_shapes(shapes)))
    ours = time.perf_counter() - started
    everything = data + background
    started = time.perf_counter()
    _, report, _ = pyshacl.validate(everything, shacl_graph=shapes, advanced=False)
    theirs = time.perf_counter() - started
    same = len(found) == len(read_findings(report, shapes))
    print(f"{number} organisations, {len(everything)} statements, {len(found)} findings")
    print(f"compiled {ours:.2f} s, pySHACL {theirs:.2f} s, ratio {ours / theirs:.3f}, same: {same}")
    if not same or ours > theirs / 3:
        sys.exit("The findings differ, or the ratio is above a third.")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
