"""Terms as text, held against pyoxigraph, which reads what the loaders write."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from loaders.lexical import XSD, check_lexical, escape_text
from loaders.mapping.functions import LIBRARY
from loaders.mapping.model import Constant, Reference, Template, parse_template
from loaders.mapping.terms import encode_iri_part, encode_label, resolve_iri, write_literal

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"))
WITH_BREAKS = st.text(
    st.one_of(st.characters(exclude_categories=("Cs", "Cc")), st.sampled_from('\n\r\t"\\'))
)


@given(WITH_BREAKS.filter(lambda t: not {"\ufffe", "\uffff"} & set(t)))
def test_literals_are_read_back_as_they_were(value: str) -> None:
    line = f"<a:a> <a:b> {write_literal(value, language='en')} .\n"
    (quad,) = parse(line.encode(), format=RdfFormat.N_QUADS)
    assert quad.object == Literal(value, language="en")


@given(st.text(st.sampled_from("ab\"\\\n\r'é€😀")))
def test_literals_are_written_as_pyoxigraph_writes_them(value: str) -> None:
    assert write_literal(value) == str(Literal(value))


@given(TEXT.filter(lambda t: t not in ("", ".", "..")))
def test_iri_parts_are_valid_and_come_back(value: str) -> None:
    part = encode_iri_part(value)
    assert NamedNode(f"https://example.org/{part}").value.endswith(part)
    assert unquote(part) == value
    assert not set(part) & set("/?#[]@!$&'()*+,;=:<>\"{}|\\^` ")


@given(TEXT, TEXT)
def test_labels_of_blank_nodes_are_valid_and_differ(one: str, other: str) -> None:
    line = f"_:{encode_label(one)} <a:b> _:{encode_label(other)} .\n"
    (quad,) = parse(line.encode(), format=RdfFormat.N_QUADS)
    assert (quad.subject == quad.object) == (one == other)


@pytest.mark.parametrize("value", [".", "..", "a\x00b", "\ud800"])
def test_iri_parts_that_would_climb_or_break_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"cannot|control"):
        encode_iri_part(value)


@given(st.text())
def test_resolved_iris_are_valid_or_refused(value: str) -> None:
    try:
        iri = resolve_iri("https://example.org/id/")(value)
    except ValueError:
        return
    list(parse(f"<a:a> <a:b> <{iri}> .\n".encode(), format=RdfFormat.N_QUADS))


@pytest.mark.parametrize(
    ("datatype", "good", "bad"),
    [
        ("gYear", ["2012", " 1999 ", "-0044", "2012Z"], ["12", "02012", "2012-01", "ca 2012"]),
        ("gYearMonth", ["2012-09"], ["2012-13", "2012-9", "2012"]),
        ("date", ["2012-02-29", "2012-12-31Z"], ["2013-02-29", "2012-04-31", "31.12.2012"]),
        ("dateTime", ["2012-01-01T10:00:00.5+02:00"], ["2012-01-01", "2012-01-01T25:00:00"]),
        ("integer", ["12", "-0", "+7"], ["1.0", "1e3", "1,000", "", "١٢x"]),
        ("decimal", ["1", "1.50", ".5", "5."], ["1e3", "1,5", "NaN"]),
        ("double", ["1e3", "INF", "NaN", "1.0E-3"], ["inf", "1e", "0x1"]),
        ("boolean", ["true", "0"], ["yes", "TRUE"]),
    ],
)  # fmt: skip
def test_lexical_forms(datatype: str, good: list[str], bad: list[str]) -> None:
    check = check_lexical(XSD + datatype)
    for value in good:
        assert check(value) == value.strip()
    for value in bad:
        with pytest.raises(ValueError, match=r"value is no|no such day"):
            check(value)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("slug", "São Paulo – Ribeirão", "sao-paulo-ribeirao"),
        ("slug", "Łódź & Großköln", "lodz-grosskoln"),
        ("slug", "上海 张江", "上海-张江"),
        ("countryCode", "EL", "GR"),
        ("countryCode", "UK", "GB"),
        ("countryCode", "fr", "FR"),
        ("countryCode", "DEU", "DE"),
        ("countryCode", "Korea, Republic of", "KR"),
        ("countryCode", "South Korea", "KR"),
        ("countryCode", "Türkiye", "TR"),
        ("countryCode", "Côte d'Ivoire", "CI"),
        ("countryCode", "Bolivia", "BO"),
        ("languageCode", "Catalan", "ca"),
        ("languageCode", "fra", "fr"),
        ("trim", "  a \n b ", "a b"),
        ("upper", "biocat", "BIOCAT"),
        ("date", "2012", "2012"),
        ("date", "September 2012", "2012-09"),
        ("date", "Sept. 2012", "2012-09"),
        ("date", "12 May 2012", "2012-05-12"),
        ("date", "May 12th, 2012", "2012-05-12"),
        ("date", "1er mars 2013", "2013-03-01"),
        ("date", "7. März 2014", "2014-03-07"),
        ("date", "12 de setembre de 2012", "2012-09-12"),
        ("date", "30.10.1947", "1947-10-30"),
        ("date", "25/12/2012", "2012-12-25"),
        ("date", "12/25/2012", "2012-12-25"),
        ("date", "05/2012", "2012-05"),
        ("date", "2012-05-07T10:00:00Z", "2012-05-07"),
    ],
)
def test_functions(name: str, value: str, expected: str) -> None:
    assert LIBRARY[name]({"value": [value]}, {}) == (expected,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("countryCode", "Atlantis"), ("countryCode", "Korea or so"), ("languageCode", "Klingonish"),
        ("date", "05/07/2012"), ("date", "31.02.2012"), ("date", "soon"), ("date", "2012-13"),
        ("date", "Marburg 2012"), ("slug", "!!!"),
    ],
)  # fmt: skip
def test_functions_refuse_what_they_do_not_understand(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        LIBRARY[name]({"value": [value]}, {})


def test_the_order_of_a_date_can_be_stated() -> None:
    assert LIBRARY["date"]({"value": ["05/07/2012"], "order": ["mdy"]}, {}) == ("2012-05-07",)
    assert LIBRARY["date"]({"value": ["05/07/2012"], "order": ["dmy"]}, {}) == ("2012-07-05",)


def test_templates() -> None:
    assert parse_template("a{b}c", "{", "}") == Template(("a", Reference("b"), "c"))
    assert parse_template("\\{a\\}", "{", "}") == Constant("{a}")
    assert parse_template("$(url (2))", "$(", ")") == Template((Reference("url (2)"),))
    assert parse_template("\\$(a)", "$(", ")") == Constant("$(a)")
    with pytest.raises(ValueError, match="not closed"):
        parse_template("a$(b", "$(", ")")


@given(st.text(alphabet="ab{}$()\\ "))
def test_templates_end_in_an_expression_or_a_sentence(text: str) -> None:
    for opening, closing in (("{", "}"), ("$(", ")")):
        try:
            assert parse_template(text, opening, closing)
        except ValueError as error:
            assert "“" in str(error)  # noqa: PT017 - either outcome is right


def test_escaping_refuses_control_characters() -> None:
    with pytest.raises(ValueError, match=r"U\+0000"):
        escape_text("a\x00")
