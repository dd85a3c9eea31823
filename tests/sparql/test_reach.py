"""Whether a query can tell of a property: held against what it tells once that is taken away."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pyoxigraph as ox
import pytest

from hub.sparql.limits import Limits
from hub.sparql.reach import reaches
from hub.sparql.scanner import scan
from hub.vocabulary import PERSONAL
from tests.sparql.sparql_stores import EX
from tests.sparql.test_noninterference import QUADS, Generator, lines

NAME = f"{EX}name"


def ask(store: ox.Store, text: str) -> list[bytes]:
    found = store.query(text, use_default_graph_as_union=True)
    if isinstance(found, ox.QueryBoolean):
        return [str(bool(found)).encode()]
    graph = isinstance(found, ox.QueryTriples)
    form = ox.RdfFormat.N_TRIPLES if graph else ox.QueryResultsFormat.TSV
    return lines(bytes(found.serialize(format=form) or b""), graph=graph)


def test_what_tells_of_a_property_is_said_to_reach_it() -> None:
    """Statements of the property are taken away: where the answer changes, it must be."""
    whole, without = ox.Store(), ox.Store()
    whole.extend(QUADS)
    without.extend(quad for quad in QUADS if quad.predicate.value != NAME)
    generator, unseen, changed = Generator(Random(3)), [], 0
    for _ in range(4_000):
        asked = generator.query()
        if ask(whole, asked.plain) != ask(without, asked.plain):
            changed += 1
            if not reaches(scan(asked.plain, Limits()), {NAME}):
                unseen.append(asked.plain)
    assert unseen == []
    assert changed > 500


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * { ?s <http://example.org/name> ?o }", True),
        ("PREFIX e: <http://example.org/> SELECT * { ?s e:name ?o }", True),
        ("PREFIX e: <http://example.org/na> SELECT * { ?s e:me ?o }", True),
        ("BASE <http://example.org/x> SELECT * { ?s <name> ?o }", True),
        (r"SELECT * { ?s <http://example.org/n\u0061me> ?o }", True),
        ("SELECT * { ?s ?p ?o }", True),
        ("SELECT * { [] ?p [] }", True),
        ("SELECT * { [ ?p 1 ] }", True),
        ("SELECT * { ?s a ?c ; ?p true }", True),
        ("SELECT * { ?s !a ?o }", True),
        ("SELECT * { ?s !(a|^a) ?o }", True),
        ("SELECT * { ?s (a)* ?o }", True),
        ("SELECT * { ?s <http://example.org/in>? ?o }", True),
        ("SELECT (EXISTS { ?s ?p ?o } AS ?x) {}", True),
        ("ASK { VALUES ?p { <http://example.org/name> } ?s ?p ?o }", True),
        ("DESCRIBE <http://example.org/a>", True),
        ("SELECT ?a ?b ?c { ?a a ?b , ?c }", False),
        ("SELECT ?a { VALUES (?a ?b ?c) { (1 2 3) } ?a a ?b . ?b a ?c }", False),
        ("SELECT ?a { ?a a ?b FILTER(?a * 2 = ?b && !bound(?b)) } GROUP BY ?a ?b ?c", False),
        ("SELECT (COUNT(*) AS ?n) { ?a a ?b } ORDER BY ?a ?b ?c LIMIT 1", False),
        ("SELECT * { ?s <http://example.org/names> ?o , ?p . ?o a+ ?p }", False),
    ],
)
def test_reach(text: str, expected: bool) -> None:
    assert reaches(scan(text, Limits()), {NAME}) == expected


def test_most_questions_of_the_library_reach_nobody() -> None:
    """What is recorded without need would bury what is."""
    folder = Path(__file__).parents[2] / "queries"
    reached = {
        path.stem
        for path in folder.glob("*.rq")
        if reaches(scan(path.read_text(encoding="utf-8"), Limits()), PERSONAL)
    }
    assert "contact-details" in reached
    assert len(reached) < len(list(folder.glob("*.rq"))) / 2, reached
