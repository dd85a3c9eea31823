"""Stores for tests of queries, and what is asked of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox

from hub.sparql.pool import Pool

EX = "http://example.org/"
PUBLIC, PRIVATE, ABSENT = EX + "graph/public", EX + "graph/private", EX + "graph/absent"

TRIG = """
    PREFIX : <http://example.org/>
    GRAPH <http://example.org/graph/public> {
        :biocat a :Cluster ; :label "Biocat"@en , "Biocat\\n\\"Catalunya\\""@ca ; :knows :biom .
        :biom a :Cluster ; :label "BioM" ; :founded 1997 ; :share 0.5 .
    }
    GRAPH <http://example.org/graph/private> {
        :biocat :knows :secret . :secret :label "hidden" ; :phone "+34 000" .
    }
"""


def build_store(path: Path, trig: str) -> Path:
    store = ox.Store(str(path))
    store.load(trig.encode(), ox.RdfFormat.TRIG)
    store.flush()
    return path


OpenPool = Callable[..., Pool]
ALL = "SELECT * { ?s ?p ?o }"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c < ?f && ?f < ?i) }"
HUNGRY = "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f"


def small_answer(pool: Pool) -> bool:
    with pool.query("ASK { ?s ?p ?o }", graphs=[PUBLIC], format="csv") as answer:
        return answer.read() == b"true"
