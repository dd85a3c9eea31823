"""The scanner against the grammar, the engine's own parser, and those who would fool it."""

from __future__ import annotations

import contextlib
import re
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hub.sparql.errors import QueryRefused
from hub.sparql.limits import Limits
from hub.sparql.mistakes import find_mistake
from hub.sparql.query import Dataset
from hub.sparql.scanner import scan
from hub.sparql.tokens import Source, Token, cut
from hub.terms import iri, literal

SUITE = Path(__file__).parents[3] / "shared" / "suites" / "w3c-rdf-tests.tar.gz"
SOMEWHERE = "<http://127.0.0.1:1/>"  # the engine refuses this port, by an OSError, when asked

# Pieces that are hard to tell apart, to be put together in any order.
PIECES = [
    "SELECT * ", "{", "}", "(", ")", "[", "]", "?s ?p ?o", ".", ";", ",", "a", "<", ">", "<=",
    "<http://x/a#b>", "'", '"', "'''", '"""', "'SERVICE <http://x> {}'", "\\", "\\'", "\\u0022",
    "\\u0053ERVICE", "#", "\n", "\r", " ", "SERVICE", "sErViCe", "SILENT", SOMEWHERE, "s:", "s:x",
    ":", ":x", "SERVICE:", "SERVICE:x", "xSERVICE:", "s:SERVICE", "bad:SERVICE", "true", "false",
    "1", "1.", "1e", "?x", "@en", "_:b", "FILTER(", "EXISTS", "OPTIONAL", "GRAPH ?g", "UNION", "{}",
    "VALUES ?v {", "BIND(1 AS ?z)", "||", "&&", "!", "^", "/", "*", "\u00b7", "é", "%41", "\\-",
]  # fmt: skip
PROLOGUE = (
    f"PREFIX s: {SOMEWHERE} PREFIX : {SOMEWHERE} PREFIX SERVICE: <http://x/> "
    "PREFIX xSERVICE: <http://x/> PREFIX trueSERVICE: <http://x:1> PREFIX bad: <http://x:1> "
)


@pytest.fixture(scope="module")
def store() -> ox.Store:
    store = ox.Store()
    node = ox.NamedNode("http://x/a")
    store.add(ox.Quad(node, node, node))
    return store


def refusal(text: str, limits: Limits = Limits()) -> QueryRefused:  # noqa: B008
    with pytest.raises(QueryRefused) as caught:
        scan(text, limits).text()
    return caught.value


def reaches_out(store: ox.Store, text: str) -> bool:
    try:
        result = store.query(text)
        if not isinstance(result, ox.QueryBoolean):
            list(result)
    except OSError as error:
        return "port" in str(error)
    except (SyntaxError, RuntimeError, ValueError):
        pass
    return False


# Tokens


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_between_tokens_are_only_spaces_and_comments(text: str) -> None:
    source = Source(text)
    try:
        tokens = list(cut(source))
    except QueryRefused:
        return
    at = 0
    for token in (*tokens, Token("", "", len(source.text))):
        assert re.fullmatch(r"([ \t\r\n]|#[^\r\n]*+)*", source.text[at : token.start])
        assert source.text[token.start : token.end] == token.text
        at = token.end


@given(st.text(max_size=40))
def test_a_literal_is_one_token_and_no_keyword(value: str) -> None:
    if any("\ud800" <= character <= "\udfff" for character in value):
        return
    query = scan(f"SELECT * {{ ?s ?p {literal(value + ' SERVICE <http://x> {').n3()} }}")
    assert [token.kind for token in query.tokens].count("string") == 1


@given(st.text(), st.integers(0, 30))
def test_places_are_those_of_the_text_as_it_came(text: str, lines: int) -> None:
    before = "\n" * lines + "SELECT \\u002A { ?\\u0073 ?p "
    error = refusal(f"{before}SERVICE ?x {{}} }} # {text!r}")
    assert (error.line, error.column) == (lines + 1, len(before) - lines + 1)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_counts_once(end: str) -> None:
    error = refusal(f"SELECT *{end}{{ ?s ?p ?o .{end}  SERVICE ?x {{}}}}")
    assert (error.line, error.column) == (3, 3)


# What is refused


@pytest.mark.parametrize(
    "body",
    [
        f"SERVICE {SOMEWHERE} {{}}",
        f"sErViCe SILENT {SOMEWHERE} {{}}",
        f"SERVICE#comment\n{SOMEWHERE}{{}}",
        f"\\u0053ERVICE {SOMEWHERE} {{}}",
        f"\\U00000053ERVICE {SOMEWHERE} {{}}",
        f"SERVICESILENT{SOMEWHERE}{{}}",
        f"?s ?p trueSERVICE{SOMEWHERE}{{}}",
        f"?s ?p 1SERVICE{SOMEWHERE}{{}}",
        f"?s ?p 1.SERVICE{SOMEWHERE}{{}}",
        f"?s ?p 'x'SERVICE{SOMEWHERE}{{}}",
        f"?s ?p ?o OPTIONAL{{SERVICE{SOMEWHERE}{{}}}}",
        f"FILTER(1<2)SERVICE{SOMEWHERE}{{}}FILTER(2>1)",
        f"{{SELECT * {{SERVICE ?x {{}}}}}} VALUES ?x {{{SOMEWHERE}}}",
        f"FILTER EXISTS {{SERVICE {SOMEWHERE} {{}}}}",
        "SERVICE:x {}",
        "LOAD <http://x>",
    ],
)
def test_service_is_refused_however_it_is_spelt(body: str) -> None:
    assert refusal(f"PREFIX : {SOMEWHERE} SELECT * {{ {body} }}").status == 400


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p 'SERVICE <http://x> {}' }",
        'SELECT * { ?s ?p """\n"SERVICE" """ }',
        "SELECT * { ?s ?p ?o # SERVICE <http://x> {}\n}",
        "SELECT * { ?SERVICE ?p <http://x/SERVICE#LOAD> }",
        "PREFIX schema: <https://schema.org/> SELECT * { ?s a schema:Service }",
        "PREFIX service: <https://schema.org/> SELECT * { ?s a service:x }",
        "SELECT * { ?s ?p _:SERVICE . ?s ?p 'x'@service }",
        "SELECT * { ?s ?p 'it\\'s a SERVICE <x> {}' }",
    ],
)
def test_service_elsewhere_is_no_service(text: str, store: ox.Store) -> None:
    store.query(scan(text).text())


@given(st.lists(st.sampled_from(PIECES), max_size=14))
@settings(max_examples=1500, deadline=None)
@example(["SERVICE:", "{}"])
@example(["?s ?p ", "bad:SERVICE", SOMEWHERE, "{}"])
@example(["?s ?p ", "true", "SERVICE:x", "{}"])
def test_what_passes_never_reaches_out(store: ox.Store, pieces: list[str]) -> None:
    text = PROLOGUE + "SELECT * {" + "".join(pieces) + "}"
    try:
        text = scan(text).text()
    except QueryRefused:
        return
    assert not reaches_out(store, text)


def test_the_engine_does_reach_out_where_the_scanner_refuses(store: ox.Store) -> None:
    """The control of the test above: the tricks work on an engine without the scanner."""
    for body in (f"SERVICE {SOMEWHERE} {{}}", "SERVICE: {}", f"SERVICE#x\n{SOMEWHERE}{{}}"):
        assert reaches_out(store, f"{PROLOGUE} SELECT * {{ {body} }}")


@pytest.mark.parametrize(
    "word", ["INSERT DATA {}", "DELETE WHERE {}", "LOAD <http://x>", "CLEAR ALL", "DROP ALL",
             "CREATE GRAPH <http://x>", "ADD DEFAULT TO <http://x>", "with <http://x> delete {}"],
)  # fmt: skip
def test_updates_are_refused_by_name(word: str) -> None:
    error = refusal(f"PREFIX x: <http://x/>\n{word}")
    assert "update" in error.message
    assert (error.line, error.column) == (2, 1)


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("", (1, 1), "no query"),
        ("# only\n", (2, 1), "no query"),
        ("SELEC * {}", (1, 1), "begins no query"),
        ("SELECT * WERE {}", (1, 10), "no word"),
        ("SELECT * {\n ?s foaf:name ?o }", (2, 5), "foaf: is not declared"),
        ("SELECT * { ?s ?p 'open }", (1, 18), "does not end"),
        ("SELECT * { ?s ?p ?o", (1, 10), "not closed"),
        ("SELECT * { (?s } )", (1, 16), "cannot close the ( of line 1, column 12"),
        ("SELECT * { } }", (1, 14), "closes nothing"),
        ("SELECT * { ?s § ?o }", (1, 15), "cannot stand"),
        ("SELECT * { ?s ?p '\ud800' }", (1, 19), "surrogate"),
        ("SELECT * {} LIMIT " + "9" * 5000, (1, 19), "too large"),
        ("SELECT * {\n ?s ?p <http://exa mple/> }", (2, 19), "An IRI holds no space"),
        ("PREFIX e: <http://x/{y}#>\nASK {}", (1, 21), "An IRI holds no “{”"),
        ("SELECT * {\n ?s ?p ?o\n FILTER(STR(?o) && SUM(?o) > 1) }", (3, 20), "SUM cannot stand"),
        ("SELECT ?s { ?s ?p ?o FILTER COUNT(?o) } GROUP BY ?s", (1, 29), "COUNT cannot stand"),
        ("SELECT ?s { ?s ?p ?o BIND(COUNT(?o) AS ?n) } GROUP BY ?s", (1, 27), "COUNT cannot"),
    ],
)
def test_mistakes_are_named_with_their_place(text: str, place: tuple[int, int], says: str) -> None:
    error = refusal(text)
    assert says in error.message
    assert (error.line, error.column) == place


def test_an_undeclared_prefix_that_is_known_is_offered() -> None:
    assert "PREFIX foaf: <http://xmlns.com/foaf/0.1/>" in refusal("ASK { ?s foaf:x 1 }").remedy


# Bounds

NESTS = {
    "groups": ("{", "}"),
    "parentheses": ("FILTER(" + "(" * 0, ")"),
    "expressions": ("(", ")"),
    "lists": ("?s ?p (", ")"),
    "blank nodes": ("[ ?p ", "]"),
    "optionals": ("OPTIONAL {", "}"),
    "sub-queries": ("{ SELECT * ", "}"),
    "exists": ("FILTER EXISTS {", "}"),
}


@pytest.mark.parametrize("shape", NESTS)
@pytest.mark.parametrize("depth", [101, 1_000, 20_000])
def test_deep_nesting_is_refused_at_once(shape: str, depth: int) -> None:
    opening, closing = NESTS[shape]
    text = "SELECT * {" + opening * depth + closing * depth + "}"
    started = time.perf_counter()
    error = refusal(text, Limits(size=1_000_000))
    assert "nest" in error.message
    assert time.perf_counter() - started < 10


def test_patterns_are_bounded_in_every_spelling() -> None:
    spellings = ["?s ?p ?o . ", "; ?p ?o ", ", ?o ", "[ ?p ?o ] ", "/ ?p ", "{ ?s ?p ?o } "]
    for spelling in spellings:
        assert "triple patterns" in refusal("ASK { ?s ?p ?o " + spelling * 400 + "}").message
    assert "triple patterns" in refusal("ASK { ?s ?p (" + " 1" * 400 + ") }").message
    wide = " ".join(f"<http://x/{n}>" for n in range(1000))
    assert scan(f"ASK {{ VALUES ?x {{ {wide} }} ?x ?p ?o }}").patterns < 5
    several = ", ".join(str(n) for n in range(1000))
    assert scan(f"ASK {{ ?x ?p ?o FILTER(?o IN ({several})) }}").patterns < 5


@pytest.mark.parametrize(
    "text",
    ["a." * 50_000, "a:" + "." * 90_000, "<" * 99_000, '"' * 99_000, "'''\\u0041" * 9_000,
     "ASK {" + "!" * 90_000, "\\u0041" * 16_000, "<a" * 45_000, "a-" * 49_000, "@a-" * 30_000],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    started = time.perf_counter()
    refusal(text)
    assert time.perf_counter() - started < 10


def test_length_is_bounded() -> None:
    assert "100,000" in refusal("ASK {} #" + "x" * 100_000).message


# What it finds


@pytest.mark.parametrize(
    ("text", "default", "named"),
    [
        ("SELECT * FROM <http://x/a> FROM NAMED <http://x/b> { ?s ?p ?o }", ["a"], ["b"]),
        ("PREFIX x: <http://x/> ASK FROM x:a FROM x:b\n{ ?s ?p ?o }", ["a", "b"], []),
        ("BASE <http://x/y> SELECT * FROM <a> FROM NAMED#c\n<b> WHERE {}", ["a"], ["b"]),
        ("BASE <http://x/y> PREFIX p: <./> DESCRIBE <z> FROM p:a", ["a"], []),
        ("SELECT * from<http://x/\\u0061>{}", ["a"], []),
        ("CONSTRUCT { ?s ?p ?o } FROM <http://x/a> WHERE { ?s ?p ?o }", ["a"], []),
        ("CONSTRUCT FROM <http://x/a> WHERE { ?s ?p ?o }", ["a"], []),
        ("SELECT (EXISTS { ?s ?p 'FROM <http://x/q>' } AS ?e) FROM <http://x/a> {}", ["a"], []),
        ("PREFIX services: <http://x/> SELECT * FROM services:a {}", ["a"], []),
        ("SELECT * { ?s ?p 'FROM <http://x/a>' }", [], []),
    ],
)
def test_the_dataset_is_found_and_taken_out(
    store: ox.Store, text: str, default: list[str], named: list[str]
) -> None:
    query = scan(text)
    expected = Dataset(
        tuple("http://x/" + name for name in default), tuple("http://x/" + name for name in named)
    )
    assert query.dataset == expected
    words = {token.word for token in scan(query.text()).tokens}
    assert "FROM" not in words
    store.query(query.text())


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?x { ?x ?p ?o }",
        "SELECT (COUNT(*) AS ?n) WHERE { ?x ?p ?o } GROUP BY ?x ORDER BY ?x",
        "SELECT (EXISTS { ?x ?p 1 } AS ?e) { ?x ?p ?o }",
        "ASK{?x ?p ?o}",
        "CONSTRUCT { ?x ?p ?o } WHERE { ?x ?p ?o }",
        "DESCRIBE ?x { ?x ?p ?o }",
        "SELECT * { SELECT ?x { ?x ?p ?o } LIMIT 1 }",
    ],
)
def test_values_are_bound_in_the_where_clause(store: ox.Store, text: str) -> None:
    for terms in (iri("http://x/a"), [iri("http://x/a"), literal('"} #')], []):
        store.query(scan(text).text({"x": terms}))
    nothing = store.query(scan("ASK { ?x ?p ?o }").text({"x": iri("http://x/none")}))
    something = store.query(scan("ASK { ?x ?p ?o }").text({"x": iri("http://x/a")}))
    assert (bool(nothing), bool(something)) == (False, True)


@given(
    own=st.one_of(st.none(), st.integers(0, 12)),
    offset=st.one_of(st.none(), st.integers(0, 12)),
    first=st.booleans(),
    values=st.booleans(),
    rows=st.integers(0, 8),
    skip=st.integers(0, 8),
)
def test_rows_are_cut_within_the_querys_own_limit(
    own: int | None, offset: int | None, first: bool, values: bool, rows: int, skip: int
) -> None:
    clauses = [f"LIMIT {own}"] * (own is not None) + [f"OFFSET {offset}"] * (offset is not None)
    text = (
        f"SELECT ?n {{ VALUES ?n {{ {' '.join(map(str, range(10)))} }} }} ORDER BY ?n "
        + " ".join(clauses if first else clauses[::-1])
        + " VALUES ?z { 1 }" * values
        + " # end"
    )
    store = ox.Store()
    whole = [row["n"].value for row in store.query(text)]
    some = [row["n"].value for row in store.query(scan(text).text(rows=rows, skip=skip))]
    if rows:  # with no rows wanted and a smaller limit of its own, the query stays as it is
        assert some == whole[skip : skip + rows]


# The W3C's own


def w3c_queries() -> Iterator[tuple[str, str]]:
    with tarfile.open(SUITE) as suite:
        for member in suite:
            if member.name.endswith(".rq") and "/sparql12/" not in member.name:
                content = suite.extractfile(member)
                assert content
                yield member.name, content.read().decode()


@pytest.mark.skipif(not SUITE.exists(), reason="the W3C's suite is not on this machine")
def test_no_valid_query_of_the_w3c_is_refused(store: ox.Store) -> None:
    seen = 0
    for name, text in w3c_queries():
        try:
            store.query(text, base_iri="http://x/")
        except SyntaxError:
            continue  # the suite's bad queries; what the engine refuses need not pass
        except (OSError, RuntimeError):
            pass
        seen += 1
        if "/service/" in name or "/syntax-fed/" in name:
            assert "SERVICE" in refusal(text).message
            continue
        assert find_mistake(scan(text).tokens) is None
        with contextlib.suppress(RuntimeError):  # an extension function
            store.query(scan(text).text(rows=5), base_iri="http://x/")
    assert seen > 600
