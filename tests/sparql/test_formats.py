"""The choice of a format, by RFC 9110 section 12.5.1 and by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid, NotAcceptable
from hub.sparql.formats import FORMATS, named, negotiate


@pytest.mark.parametrize(
    ("accept", "graph", "name"),
    [
        ("", False, "json"),
        ("", True, "ttl"),
        ("*/*", False, "json"),
        ("text/csv", False, "csv"),
        ("text/*", False, "csv"),
        ("text/*;q=0.5, text/tab-separated-values", False, "tsv"),
        ("application/json", False, "json"),
        ("application/json", True, "jsonld"),
        ("application/xml;q=0.9, text/csv;q=0.2", False, "xml"),
        ("text/csv;q=0, */*", False, "json"),
        ("application/sparql-results+json;q=0, application/json;q=0, */*", False, "xml"),
        ("application/sparql-results+json;q=0, */*;q=0.1", False, "xml"),
        ("TEXT/CSV ; Q=1 , application/sparql-results+json;q=0.999", False, "csv"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False, "xml"),
        ("application/rdf+xml, text/turtle;q=0.9", True, "rdf"),
        ("application/n-triples", True, "nt"),
        ("application/ld+json; profile=expanded", True, "jsonld"),
        ("text/csv;q=abc, text/tab-separated-values;q=0.1", False, "tsv"),
        (",, ;q=1,text/csv", False, "csv"),
        # The head that Java's URLConnection, and so Jena of old, sends.
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", False, "json"),
    ],
)
def test_the_best_accepted_format_is_chosen(accept: str, graph: bool, name: str) -> None:
    assert negotiate(accept, graph=graph).name == name


@pytest.mark.parametrize("accept", ["text/html", "*/*;q=0", "text/turtle", "image/*"])
def test_what_cannot_be_given_is_not_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="text/csv"):
        negotiate(accept, graph=False)


@given(st.text(), st.booleans())
def test_no_header_breaks_it(accept: str, graph: bool) -> None:
    try:
        chosen = negotiate(accept, graph=graph)
    except NotAcceptable:
        return
    assert chosen.graph == graph


def test_every_format_is_found_by_name_and_media_type() -> None:
    for each in FORMATS:
        for name in (each.name, each.media_type, each.name.upper()):
            assert named(name, graph=each.graph) is each


def test_a_format_of_the_other_kind_names_the_choice() -> None:
    with pytest.raises(Invalid, match="ttl, nt, rdf, jsonld"):
        named("csv", graph=True)
    with pytest.raises(Invalid, match="no format “xlsx”"):
        named("xlsx", graph=False)
