"""The library over HTTP: forms, formats, what machines are told of it, and pickers of names."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import quote, urlencode

import openpyxl
import pytest
import rdflib
from lxml import html

from hub.questions import Question, read_library
from hub.settings import resource_folder
from hub.sparql.scanner import scan
from tests.web.conftest import BASE, Reply, Server

LIBRARY = read_library(resource_folder("queries"))
SH = rdflib.Namespace("http://www.w3.org/ns/shacl#")
ASKED = "/questions/market-barriers?market=China"


def address(question: Question, **more: str) -> str:
    return f"/questions/{question.name}?" + urlencode(question.examples | more)


def test_an_answer_is_the_same_as_page_json_csv_and_spreadsheet(server: Server) -> None:
    rows = server.ask(ASKED, "application/json").json["rows"]
    lines = list(csv.reader(io.StringIO(server.ask(f"{ASKED}&format=csv").text)))
    reply = server.ask(f"{ASKED}&format=xlsx")
    assert "market-barriers.xlsx" in reply.headers["content-disposition"]
    sheet = openpyxl.load_workbook(io.BytesIO(reply.body)).active
    assert sheet
    cells = [["" if c is None else str(c) for c in row] for row in sheet.values]
    assert cells == lines
    assert len(rows) == len(lines) - 1 > 5
    page = html.fromstring(server.ask(ASKED).text)
    assert len(page.xpath("//tbody/tr")) == len(rows)


@pytest.mark.parametrize("name", sorted(LIBRARY.questions))
def test_each_question_is_a_page_that_shows_what_was_asked(server: Server, name: str) -> None:
    reply = server.ask(address(LIBRARY[name]), "text/html")
    assert reply.status == 200, reply.text
    (shown,) = html.fromstring(reply.text).xpath("//pre[contains(., 'SELECT')]")
    assert scan(shown.text_content()).form == "SELECT"


def test_a_spreadsheet_holds_numbers_as_numbers_and_formulas_as_text(server: Server) -> None:
    body = server.ask("/questions/tie-strengths?format=xlsx").body
    sheet = openpyxl.load_workbook(io.BytesIO(body)).active
    assert sheet
    header, *rows = sheet.values
    bases = [row[header.index("value")] for row in rows]
    assert all(isinstance(value, int | float) for value in bases)
    asked = f"/questions/said-about?{urlencode({'thing': BASE + 'organisation/hostile.formula'})}"
    sheet = openpyxl.load_workbook(io.BytesIO(server.ask(f"{asked}&format=xlsx").body)).active
    assert sheet
    found = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert found
    assert {cell.data_type for cell in found} == {"s"}


def test_the_fields_of_a_form_are_those_of_its_parameters(server: Server) -> None:
    page = html.fromstring(server.ask("/questions/entry-points").text)
    (market,) = page.xpath("//input[@name='market']")
    assert market.get("required") is not None
    offered = page.xpath(f"//datalist[@id='{market.get('list')}']/option/@value")
    assert {"China", "Brazil"} <= set(offered)
    (since,) = html.fromstring(server.ask("/questions/calendar").text).xpath("//*[@name='since']")
    assert "[0-9]{4}" in since.get("pattern")
    page = html.fromstring(server.ask("/questions/organisations").text)
    assert "science park" in page.xpath("//select[@name='kind']/option/text()")


def test_a_field_does_not_offer_what_is_hidden(server: Server) -> None:
    asked = "/names?" + urlencode({"q": "secret lab", "class": "mc:Company"})
    hidden, absent = server.ask(asked), server.ask(asked.replace("secret+lab", "zzzzzz+qqq"))
    assert hidden.json == absent.json == []
    assert [one["label"] for one in server.member(asked).json] == ["Secret Laboratory"]


def test_a_picker_offers_things_of_its_classes_alone(server: Server) -> None:
    found = server.ask("/names?q=brazil&class=mc:Country").json
    assert [(one["iri"], one["label"]) for one in found] == [(BASE + "country/BR", "Brazil")]
    assert {one["what"] for one in server.ask("/names?q=brazil").json} >= {"market", "country"}
    # Names that many things have do not crowd out the few that are wanted.
    assert server.ask("/names?q=c&class=mc:Country").json
    assert server.ask("/names?q=").json == []


def test_names_of_an_answer_and_where_they_are(server: Server) -> None:
    iris = [BASE + "market/BR", BASE + "place/cn-shanghai", "http://elsewhere.example/nothing"]
    secret = BASE + "organisation/secret.lab"
    body = urlencode([("iri", i) for i in (*iris, secret)] + [("map", "1")]).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    told = server.ask("/names", "application/json", method="POST", body=body, headers=form).json
    assert told["names"][iris[0]]["label"] == "Brazil"
    assert told["names"][iris[0]]["href"] == "/id/market/BR"
    assert told["countries"] == {iris[0]: "BR", iris[1]: "CN"}
    assert {shape["code"] for shape in told["map"]["shapes"]} == {"BR", "CN"}
    assert "Secret" not in told["names"][secret]["label"]


def test_an_ambiguous_name_leads_to_the_same_question_with_each_meaning(server: Server) -> None:
    page = server.ask("/questions/said-about?thing=Twin+Works")
    assert page.status == 409
    links = html.fromstring(page.text).xpath("//main//a[contains(@href, 'twin')]/@href")
    twins = [f"?thing={quote(BASE + 'organisation/hostile.twin-')}{n}" for n in (1, 2)]
    assert sorted(link for link in links if link.startswith("?")) == twins
    assert server.ask("/questions/said-about" + twins[0]).status == 200


def test_the_query_is_shown_with_the_values_in_it(server: Server) -> None:
    (link,) = html.fromstring(server.ask(ASKED).text).xpath("//a[contains(., 'workbench')]/@href")
    assert quote(f"VALUES ?market {{ <{BASE}market/CN> }}") in link
    assert server.ask(link).status == 200


def test_openapi_has_an_entry_for_each_question_with_its_types(server: Server) -> None:
    paths: dict[str, Any] = server.ask("/openapi.json").json["paths"]
    for question in LIBRARY:
        described = paths[f"/questions/{question.name}"]["get"]
        assert described["summary"] == question.title
        given = {p["name"]: p for p in described["parameters"] if p["name"] != "format"}
        assert list(given) == [p.name for p in question.parameters]
        for parameter in question.parameters:
            schema = given[parameter.name]["schema"]
            assert given[parameter.name]["required"] == parameter.required
            assert ("enum" in schema) == (parameter.type == "choice")
            assert ("pattern" in schema) == (parameter.type == "date")


@pytest.mark.parametrize(
    ("media_type", "syntax"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "xml"),
        ("application/ld+json", "json-ld"),
    ],
)
def test_questions_are_executables_of_shacl(server: Server, media_type: str, syntax: str) -> None:
    reply = server.ask("/questions", media_type)
    assert reply.type == media_type
    graph = rdflib.Graph().parse(data=reply.body, format=syntax)
    assert len(set(graph.subjects(rdflib.RDF.type, SH.SPARQLExecutable))) == len(LIBRARY.questions)
    one = rdflib.URIRef(f"{server.url}/questions/organisations")
    assert (one, rdflib.RDF.type, SH.SPARQLSelectExecutable) in graph
    assert str(graph.value(one, SH.select)) == LIBRARY["organisations"].text
    parameters = {
        str(graph.value(p, SH.path)).rpartition("#")[2]: p for p in graph[one : SH.parameter]
    }
    assert set(parameters) == {p.name for p in LIBRARY["organisations"].parameters}
    kinds = graph.value(parameters["kind"], SH["in"])
    values = list(rdflib.collection.Collection(graph, kinds))  # type: ignore[arg-type]
    assert rdflib.URIRef("https://w3id.org/metacluster/ns#SciencePark") in values
    assert not [node for triple in graph for node in triple if isinstance(node, rdflib.BNode)]


def titles(reply: Reply) -> list[str]:
    return [
        link.text_content() for link in html.fromstring(reply.text).xpath("//main//li/a[strong]")
    ]


def test_the_list_has_every_question_once_and_is_filtered_without_scripts(server: Server) -> None:
    every = titles(server.ask("/questions"))
    assert sorted(every) == sorted(one.title for one in LIBRARY)
    found = titles(server.ask("/questions?q=BARRIÈRS%20market"))
    assert "market-barriers" in {one.name for one in LIBRARY if one.title in found}
    assert 0 < len(found) < len(every)
    on = titles(server.ask("/questions?tag=cities"))
    assert sorted(on) == sorted(one.title for one in LIBRARY.tags()["cities"])
    both = server.ask("/questions?tag=cities&q=people", "application/json").json
    assert {one["title"] for one in both} < set(on)
    nothing = server.ask("/questions?q=%3Cscript%3E")
    assert titles(nothing) == []
    assert "&lt;script&gt;" in nothing.text
