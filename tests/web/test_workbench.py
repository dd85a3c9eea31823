"""The workbench in a real browser: from the keyboard, with pictures, and a cancel that holds."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from tests.web.conftest import AT_WILL, BASE, Server, serving
from tests.web.test_cancel import ENDLESS

MC = "PREFIX mc: <https://w3id.org/metacluster/ns#> "
BY_MARKET = MC + "SELECT ?market (COUNT(*) AS ?n) { ?x mc:inMarket ?market } GROUP BY ?market"
TIES = MC + "SELECT ?member ?whole { ?member mc:belongsTo ?whole }"
MANY = "SELECT ?n { " + " ".join(
    f"VALUES ?{name} {{ {' '.join(map(str, range(10)))} }}" for name in "abcde"
)
MANY += " BIND(?a * 10000 + ?b * 1000 + ?c * 100 + ?d * 10 + ?e AS ?n) } ORDER BY ?n"

pytestmark = pytest.mark.browser


@pytest.fixture
def page(server: Server, browser: Any) -> Iterator[Any]:
    """The workbench with its editor ready; it has said nothing on the console by the end."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    told: list[str] = []
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(server.url + "/sparql")
    page.wait_for_selector(".editor[data-ready]")
    yield page
    context.close()
    assert not told


def write(page: Any, query: str) -> None:
    page.locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(query)


def ask(page: Any, query: str) -> str:
    """Runs a query from the keyboard; what the status line says of it."""
    write(page, query)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#status >> text=/ in |not answered/")
    return str(page.inner_text("#status"))


def test_a_query_is_run_from_the_keyboard_and_things_have_their_names(page: Any) -> None:
    assert "rows in" in ask(page, BY_MARKET)
    link = page.locator("#answer tbody a", has_text="China").first
    assert link.get_attribute("href") == "/id/market/CN"
    assert "query=" in page.url  # the address is the permalink
    page.locator(".cm-content").click()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "run"
    page.locator(".cm-content").click()
    page.keyboard.press("Tab")  # no trap either way
    assert page.evaluate("document.activeElement.id") == "run"


def test_many_rows_are_turned_page_by_page(page: Any) -> None:
    assert "100,000 rows" in ask(page, MANY)
    assert page.locator("#answer tbody tr").count() == 100
    page.click("text=Next →")
    page.wait_for_selector("text=Page 2 of 1,000")
    assert page.inner_text("#answer tbody tr td") == "100"


def test_of_an_answer_that_is_cut_there_are_the_rows_that_came_and_why(
    server: Server, browser: Any, tmp_path: Path
) -> None:
    config = tmp_path / "hub.toml"
    config.write_text(f"query_rows = 3000\n{AT_WILL}", encoding="utf-8")
    with serving(server.data, config) as url, browser.new_page() as page:
        page.goto(url + "/sparql")
        page.wait_for_selector(".editor[data-ready]")
        # Between rows stands what also stands in every text, and each row has a text that ends so.
        texts = 'BIND("\\"},{\\"" AS ?x) BIND("},{" AS ?y)'
        for query, of in ("SELECT * { ?a ?b ?c }", 3), (f"SELECT * {{ ?a ?b ?c {texts} }}", 5):
            status = ask(page, query)
            told = re.fullmatch(r"The first ([\d,]+) rows in .+; there are more\.", status)
            assert told, status
            assert 1_000 < int(told[1].replace(",", "")) <= 3_000
            assert page.locator("#answer tbody tr").count() == 100
            assert page.locator("#answer thead th").count() == of
            alarm = page.inner_text("#answer [role=alert]")
            assert "more rows than the limit of 3,000. Add LIMIT" in alarm
            assert "ry again" not in alarm + status


def test_an_error_is_marked_where_it_is(page: Any) -> None:
    ask(page, "SELECT *\nWHERE { ?s - ?o }")
    assert "Line 2, column 12" in page.inner_text("#answer [role=alert]")
    assert page.locator(".cm-line").nth(1).locator(".cm-lintRange-error").inner_text() == "-"


@pytest.mark.parametrize(
    ("query", "name", "shape", "least"),
    [
        (BY_MARKET, "chart", "rect.mark", 4),
        (BY_MARKET, "map", ".lit", 2),
        (TIES, "graph", "line.edge", 5),
        (f"CONSTRUCT WHERE {{ <{BASE}market/CN> ?p ?o }}", "graph", "line.edge", 2),
    ],
)
def test_an_answer_is_drawn_where_its_columns_allow(
    page: Any, query: str, name: str, shape: str, least: int
) -> None:
    ask(page, query)
    page.click(f"text=Show as {name}")
    page.wait_for_selector(f"figure svg {shape}", state="attached")
    assert page.locator(f"figure svg {shape}").count() >= least
    assert page.locator("#answer table tbody tr").count() >= least  # beside the table
    assert f"&picture={name}" in page.url
    page.reload()
    page.wait_for_selector(f"figure svg {shape}", state="attached")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_map_shows_the_number_of_each_place_where_there_is_one(page: Any) -> None:
    table = 'VALUES (?c ?n) { ("CN" 7) ("IT" 5) } BIND(IRI(CONCAT("%scountry/", ?c)) AS ?country)'
    ask(page, f"SELECT ?country ?n {{ {table % BASE} }}")
    page.click("text=Show as map")
    page.wait_for_selector("figure figcaption >> text=n by country: China 7, Italy 5")
    page.select_option("label:has-text('Shaded by') select", "")
    page.wait_for_selector("figure figcaption >> text=Rows by country: China 1, Italy 1")


def test_the_names_of_a_graph_do_not_stand_upon_each_other(page: Any) -> None:
    ask(page, "SELECT ?a ?b { ?a <http://www.w3.org/ns/org#memberOf> ?b }")
    page.click("text=Show as graph")
    page.wait_for_selector("figure svg line.edge", state="attached")
    places = page.eval_on_selector_all(
        "figure svg a text", "all => all.map(one => [one.getAttribute('x'), one.getAttribute('y')])"
    )
    points = [(float(x), float(y)) for x, y in places]
    near = [
        (one, other)
        for at, one in enumerate(points)
        for other in points[at + 1 :]
        if abs(one[0] - other[0]) < 60 and abs(one[1] - other[1]) < 8
    ]
    assert len(points) > 30
    assert len(near) <= len(points) / 20


def test_pictures_are_offered_only_where_there_is_something_to_draw(page: Any) -> None:
    ask(page, 'SELECT ?a ?b { VALUES (?a ?b) { ("x" "y") ("z" "w") } }')
    assert page.locator("text=Show as").count() == 0


def test_terms_prefixes_and_names_are_completed_from_what_is_visible(page: Any) -> None:
    write(page, "SELECT * { ?x a mc:Mark")
    page.keyboard.type("e")
    page.wait_for_selector(".cm-tooltip-autocomplete li >> text=mc:Market")
    page.wait_for_timeout(200)  # at once, Enter is taken for what was being typed
    page.keyboard.press("Enter")
    text = page.evaluate("document.getElementById('query').value")
    assert text == "PREFIX mc: <https://w3id.org/metacluster/ns#>\nSELECT * { ?x a mc:Market"
    page.keyboard.type(" . ?x ?p bioca")
    page.wait_for_selector(".cm-tooltip-autocomplete li >> text=Biocat")


@pytest.mark.parametrize("rest", ["", ": <http://old.example/>"])
def test_a_declaration_is_completed_whole(page: Any, rest: str) -> None:
    write(page, f"PREFIX {rest}\nSELECT * {{ ?s ?p ?o }}")
    page.keyboard.press("Control+Home")
    page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.type("sko")
    page.wait_for_selector(".cm-tooltip-autocomplete li >> text=skos:")
    assert page.locator(".cm-tooltip-autocomplete li").count() == 1
    page.wait_for_timeout(200)  # at once, Enter is taken for what was being typed
    page.keyboard.press("Enter")
    text = page.evaluate("document.getElementById('query').value")
    assert text.splitlines() == [
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>", "SELECT * { ?s ?p ?o }"
    ]  # fmt: skip


def test_the_vocabulary_is_that_of_the_visible_graphs(server: Server) -> None:
    told = server.ask("/sparql/vocabulary", "application/json").json
    names = {term["name"] for term in told["terms"]}
    assert {"mc:Market", "mc:inMarket", "rdf:type"} <= names
    assert told["prefixes"]["mc"] == "https://w3id.org/metacluster/ns#"
    assert "schema:telephone" not in names  # only members see contacts
    members = server.member("/sparql/vocabulary").json["terms"]
    assert "schema:telephone" in {term["name"] for term in members}


def test_cancel_ends_the_query_at_the_hub(page: Any, server: Server) -> None:
    write(page, ENDLESS)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#cancel:visible")
    time.sleep(0.5)
    page.click("#cancel")
    page.wait_for_selector("#status >> text=Cancelled")
    assert page.evaluate("document.activeElement.id") == "run"
    since = time.monotonic()
    assert server.ask("/sparql?query=" + quote("ASK { ?s a ?o }"), "*/*").status == 200
    assert time.monotonic() - since < 8


def test_earlier_queries_are_kept_in_the_browser_until_they_are_forgotten(page: Any) -> None:
    ask(page, "ASK { ?s a ?o }")
    page.reload()
    page.wait_for_selector(".editor[data-ready]")
    page.click("text=Earlier queries")
    page.click("#history li button")
    assert page.evaluate("document.getElementById('query').value") == "ASK { ?s a ?o }"
    page.click("text=Forget them")
    assert not page.locator("#history").is_visible()


def test_answers_are_taken_away_as_files(page: Any) -> None:
    ask(page, BY_MARKET)
    for name in ("XLSX", "JSON", "CSV", "XML"):
        with page.expect_download() as download:
            page.click(f"#takeaway >> text=/^{name}$/")
        assert download.value.suggested_filename == f"answer.{name.lower()}"
    ask(page, "CONSTRUCT WHERE { ?s ?p ?o }")
    with page.expect_download() as download:
        page.click("#takeaway >> text=Turtle")
    assert download.value.suggested_filename == "answer.ttl"


def test_without_javascript_there_are_a_text_area_and_a_table(server: Server, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.url + "/sparql?" + urlencode({"format": "html", "query": BY_MARKET}))
    assert page.locator("#query").is_visible()
    assert page.locator("#answer tbody tr").count() > 3
    page.goto(server.url + "/sparql?" + urlencode({"format": "html", "query": "ASK { ?s - ?o }"}))
    assert page.inner_text(".wrong").splitlines()[1].index("↑") == len("1  ASK { ?s ")
    context.close()
