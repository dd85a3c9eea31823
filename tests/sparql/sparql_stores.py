"""Stores for tests of queries."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox

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
