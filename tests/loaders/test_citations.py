"""The citation of a record is that of its row, and statements that rows share are told apart."""

from __future__ import annotations

import pytest
from pyoxigraph import RdfFormat, parse

from tests.loaders.conftest import BASE, GRAPH, Build, Run

MAPPING = """\
prefixes: {mc: "https://w3id.org/metacluster/ns#", prov: "http://www.w3.org/ns/prov#"}
mappings:
  city:
    sources: [['cities.csv~csv']]
    s: place/$(city)
    po:
      - [mc:approachType, concept/approach/$(approach)~iri]
      - [prov:hadPrimarySource, document/study~iri]
      - [mc:place, $(place)]
      - [mc:quote, $(quote), en~lang]
  sector:
    sources: [['sectors.csv~csv']]
    s: place/$(city)
    po:
      - [mc:offersSector, concept/sector/$(sector)~iri]
      - [prov:hadPrimarySource, document/study~iri]
      - [mc:place, $(place)]
"""
CITIES = "city,approach,place,quote\npilsen,place-based,ch. 3,“so”\nlinz,industry,ch. 3,“thus”\n"
SECTORS = "city,sector,place\npilsen,design,table 1\npilsen,furniture,table 2\n"


@pytest.fixture
def said(build: Build, run: Run) -> set[tuple[str, str, str]]:
    source = build({"cities.csv": CITIES, "sectors.csv": SECTORS}, MAPPING)
    _, quads = run(source, GRAPH)
    return {
        (
            quad.subject.value.removeprefix(BASE),
            quad.predicate.value.rpartition("/")[2].rpartition("#")[2],
            quad.object.value.removeprefix(BASE),
        )
        for quad in parse(quads, format=RdfFormat.N_QUADS)
        if quad.graph_name.value == f"{GRAPH}/provenance"
    }


def test_a_row_carries_the_citation_of_its_record(said: set[tuple[str, str, str]]) -> None:
    row = "row/test/cities.csv/2"
    assert {(name, value) for subject, name, value in said if subject == row} >= {
        ("rowDocument", "document/study"),
        ("rowPlace", "ch. 3"),
        ("rowQuote", "“so”"),
    }
    assert not {name for _, name, _ in said} & {"hadPrimarySource", "place", "quote"}


def test_each_row_that_cites_otherwise_notes_what_it_states(
    said: set[tuple[str, str, str]],
) -> None:
    notes = {subject for subject, name, _ in said if name == "statedIn"}
    about = {
        (value, row)
        for note in notes
        for subject, name, value in said
        for other, link, row in said
        if subject == other == note and name == "object" and link == "statedIn"
    }
    assert about == {
        ("concept/sector/design", "row/test/sectors.csv/2"),
        ("concept/sector/furniture", "row/test/sectors.csv/3"),
    }
    assert {value for subject, name, value in said if subject in notes and name == "subject"} == {
        "place/pilsen"
    }


def test_a_table_says_what_its_rows_may_state(said: set[tuple[str, str, str]]) -> None:
    stated = {
        value.rpartition("#")[2]
        for subject, name, value in said
        if (subject, name) == ("row/test/sectors.csv", "states")
    }
    assert stated >= {"offersSector", "place"}
    assert "approachType" not in stated


def test_a_row_with_several_places_has_no_citation(build: Build, run: Run) -> None:
    mapping = MAPPING.partition("  sector:")[0].replace("csv~csv", "json~jsonpath")
    mapping = mapping.replace("jsonpath']", "jsonpath', '$[*]']").replace(
        "$(place)", "'$(places[*])'"
    )
    source = build(
        {"cities.json": '[{"city": "a", "approach": "b", "places": ["p", "q"], "quote": "c"}]'},
        mapping,
    )
    _, quads = run(source, GRAPH)
    assert "rowPlace" not in quads
    assert "rowQuote" not in quads
