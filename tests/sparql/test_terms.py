"""Terms: what is written into a query is read back by the engine as the same term."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hub.store.files import parse_facts
from hub.terms import Term, from_json, iri, literal, read_solutions

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LITERALS = st.one_of(
    TEXT.map(literal),
    st.builds(literal, TEXT, st.sampled_from(["en", "de-AT", "zh-Hant"])),
    st.builds(Term, st.just("literal"), TEXT, st.just(""), st.just("http://example.org/type")),
    st.integers().map(literal),
    st.booleans().map(literal),
)


def engine_reads(text: str) -> Term:
    rows = ox.Store().query(f"SELECT * {{ VALUES ?x {{ {text} }} }}")
    return read_solutions(rows.serialize(format=ox.QueryResultsFormat.JSON))[0]["x"]


@given(LITERALS)
@example(literal('" } SERVICE <http://x> {'))
@example(literal("\\u0022\\"))
def test_literals_survive_the_way_into_a_query(term: Term) -> None:
    read = engine_reads(term.n3())
    assert (read.value, read.language.lower()) == (term.value, term.language.lower())
    assert read.datatype == term.datatype


@given(LITERALS)
def test_literals_survive_n_triples_and_json(term: Term) -> None:
    ((predicate, parsed),) = parse_facts(f"<http://x/s> <http://x/p> {term.n3()} .\n".encode())
    assert (predicate, parsed.value, parsed.datatype) == ("http://x/p", term.value, term.datatype)
    assert parsed.language.lower() == term.language.lower()
    assert from_json(term.as_json()) == term


@pytest.mark.parametrize(
    "value",
    ["relative", "http://x/>", "http://x/ y", "http://x/\u0000", 'http://x/"', "http://x/\\u003e",
     "http://x/{", "", ":", "http://x/\ud800", "http://x/\n"],
)  # fmt: skip
def test_what_is_no_iri_is_not_written(value: str) -> None:
    with pytest.raises(ValueError, match="absolute IRI"):
        iri(value)
    with pytest.raises(ValueError, match="absolute IRI"):
        Term("literal", "x", datatype=value or "x").n3()


@pytest.mark.parametrize("tag", ["en us", 'en"', "toolonglanguagetag", "en-", "-", "é"])
def test_what_is_no_language_is_not_written(tag: str) -> None:
    with pytest.raises(ValueError, match="language tag"):
        literal("x", tag).n3()


@pytest.mark.parametrize("label", ["a b", "a.", "", "x> <y", "-a"])
def test_what_is_no_label_is_not_written(label: str) -> None:
    with pytest.raises(ValueError, match="blank node"):
        Term("bnode", label).n3()


def test_half_a_surrogate_pair_is_not_written() -> None:
    with pytest.raises(ValueError, match="surrogate"):
        literal("\ud800").n3()


@pytest.mark.parametrize("text", ["", "{}", '{"results":', '{"boolean":true}', "[]"])
def test_what_is_no_result_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_solutions(text)


def test_terms_of_other_kinds_are_an_error() -> None:
    with pytest.raises(ValueError, match="triple"):
        from_json({"type": "triple", "value": "x"})
