"""The list of countries is that of ISO 3166-1 and Kosovo, and current."""

from __future__ import annotations

import pycountry
from rdflib import RDF, RDFS, Graph
from rdflib.term import Literal

from tests.checking.contract_examples import ID, MC
from tests.checking.countries import FILE, LANGUAGES, write_countries


def test_the_committed_file_is_what_the_generator_writes() -> None:
    assert FILE.read_text(encoding="utf-8") == write_countries(), (
        "ontology/countries.ttl is not current: run python -m tests.checking.countries"
    )


def test_every_country_has_a_name_in_every_language() -> None:
    graph = Graph().parse(FILE)
    countries = set(graph.subjects(RDF.type, MC.Country))
    codes = {"XK", *(each.alpha_2 for each in pycountry.countries)}
    assert countries == {ID[f"country/{code}"] for code in codes}
    for country in countries:
        languages = sorted(str(label.language) for label in graph.objects(country, RDFS.label))
        assert languages == sorted(LANGUAGES), country


def test_the_usual_name_is_the_label() -> None:
    graph = Graph().parse(FILE)
    labels = set(graph.objects(ID["country/KR"], RDFS.label))
    assert Literal("South Korea", lang="en") in labels
    assert Literal("Südkorea", lang="de") in labels
