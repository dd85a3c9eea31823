"""What people write becomes a term or an error: never a piece of the query."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.access import PUBLIC
from hub.errors import Ambiguous, Invalid, NotFound
from hub.hub import Hub
from hub.questions import Parameter, Question, ask, bind, read_library
from hub.questions.library import PARAMETER_TYPES, Column
from hub.settings import resource_folder
from hub.terms import Term, literal
from hub.vocabulary import NAMESPACES

LIBRARY = read_library(resource_folder("queries"))
XSD = NAMESPACES["xsd"]

# Text that would end a literal, an IRI, a VALUES block or the query, if it were ever pasted.
HOSTILE = (
    '"',
    "'",
    '"""',
    "\\",
    '\\"',
    '" } # ',
    '"} UNION { ?s ?p ?o } #',
    "> } SELECT * WHERE { ?s ?p ?o } #",
    "https://example.org/> ?p ?o . ?s ?p <",
    "} ; DROP ALL ; #",
    "SERVICE <http://127.0.0.1/> { ?s ?p ?o }",
    "UNDEF",
    "?s",
    "$words",
    "mc:City",
    "<https://example.org/>",
    "\\u0022 }",
    "\N{RIGHT-TO-LEFT OVERRIDE}x",
    "\x00",
    "\ud800",
    "line\nline\r\ttab",
    "a" * 5000,
    "%s {0} {words} $1 \\1",
)
texts = st.one_of(st.sampled_from(HOSTILE), st.text(), st.text().map(lambda t: f'"{t}"}}'))


def probe(kind: str) -> Question:
    """A question that gives back what its one parameter was bound to, and nothing else."""
    parameter = Parameter(
        name="x",
        type=kind,
        label="X",
        description="X.",
        required=True,
        classes=(),
        choices={"a": "mc:City", "b": "text"},
        example="a",
        default="",
    )
    columns = (Column("x", "any", "X", "X."),)
    return Question("probe", "?", "", "", (), "public", (parameter,), columns, "SELECT ?x WHERE {}")


@pytest.mark.parametrize("kind", PARAMETER_TYPES)
@given(text=texts)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_is_refused_or_comes_back_as_that_very_term(
    hub: Hub, kind: str, text: str
) -> None:
    question = probe(kind)
    try:
        answer = ask(hub, question, {"x": text}, PUBLIC)
    except (Invalid, NotFound, Ambiguous):
        return  # an error for the user; any other kind of error fails the test
    assert answer.rows == ((answer.bindings["x"],),)
    if kind == "text":
        assert answer.bindings["x"] == literal(text.strip())


@given(text=texts)
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_hostile_words_find_only_what_holds_them(hub: Hub, text: str) -> None:
    question = LIBRARY["quotes"]
    try:
        answer = ask(hub, question, {"words": text}, PUBLIC)
    except Invalid:
        return
    words = text.strip().lower()
    assert all(words in row[1].value.lower() for row in answer.rows if row[1])


@pytest.mark.parametrize(
    ("kind", "text", "term"),
    [
        ("text", " two words ", literal("two words")),
        ("integer", "-12", literal(-12)),
        ("date", "2013", Term("literal", "2013", datatype=XSD + "gYear")),
        ("date", "2013-05", Term("literal", "2013-05", datatype=XSD + "gYearMonth")),
        ("date", "2013-05-21", Term("literal", "2013-05-21", datatype=XSD + "date")),
        ("choice", "a", Term("iri", NAMESPACES["mc"] + "City")),
        ("choice", "b", literal("text")),
    ],
)
def test_value_gets_the_type_of_its_parameter(hub: Hub, kind: str, text: str, term: Term) -> None:
    assert bind(hub, probe(kind), {"x": text}, PUBLIC) == {"x": term}


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        ("integer", "twelve", "whole number"),
        ("integer", "1e3", "whole number"),
        ("integer", "١٢", "whole number"),
        ("date", "May 2013", "a date such as"),
        ("date", "2013-13", "a date such as"),
        ("date", "2013-02-30", "a date such as"),
        ("date", "٢٠١٣", "a date such as"),
        ("choice", "c", "one of a, b"),
        ("text", "x" * 3000, "at most 2,000 characters"),
    ],
)
def test_value_of_another_type_is_refused(hub: Hub, kind: str, text: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        bind(hub, probe(kind), {"x": text}, PUBLIC)


def test_missing_and_unknown_parameters_are_named(hub: Hub) -> None:
    question = LIBRARY["figures-about"]
    with pytest.raises(Invalid, match=r"needs about.*about=ERAI"):
        bind(hub, question, {"about": "  "}, PUBLIC)
    with pytest.raises(Invalid, match=r"no parameter “abuot”.*about, measure"):
        bind(hub, question, {"abuot": "ERAI"}, PUBLIC)


def test_blank_stays_free_and_default_is_bound(hub: Hub) -> None:
    assert bind(hub, LIBRARY["agreements-by-market"], {"market": ""}, PUBLIC) == {}
    assert bind(hub, LIBRARY["old-evidence"], {}, PUBLIC) == {"years": literal(10)}


def test_label_and_iri_mean_the_same(hub: Hub) -> None:
    question = LIBRARY["market-barriers"]
    china = Term("iri", hub.settings.base + "market/CN")
    for written in ("China", "china", china.value):
        assert bind(hub, question, {"market": written}, PUBLIC) == {"market": china}


def test_thing_of_another_class_or_unknown_is_refused(hub: Hub) -> None:
    question = LIBRARY["former-posts"]
    for written in ("ERAI", "Nobody of this name", hub.settings.base + "market/CN"):
        with pytest.raises(NotFound):
            bind(hub, question, {"person": written}, PUBLIC)


def test_ambiguous_label_lists_what_it_may_mean(hub: Hub) -> None:
    question = probe("iri")  # the country and the market bear the same name
    with pytest.raises(Ambiguous) as error:
        bind(hub, question, {"x": "Brazil"}, PUBLIC)
    assert {iri.rsplit("/", 2)[1] for iri, _, _ in error.value.candidates} >= {"market", "country"}
