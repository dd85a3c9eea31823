"""The pages of things: what stands on them, who sees it, and that nothing on them is executed."""

from __future__ import annotations

import csv
import io
import re
from urllib.parse import quote, urlencode

import pytest
import rdflib

from tests.web.conftest import BASE, CROWD, Server

MEMBER = "organisation/biocat-profile.biocat"


def find(server: Server, name: str, kind: str = "organisation") -> str:
    """The address of the page of the thing with exactly that name."""
    hits = server.ask(f"/search?q={quote(name)}&kind={kind}", "application/json").json["hits"]
    return str(next(hit["link"]["href"] for hit in hits if hit["link"]["label"] == name))


def facts(page: dict, title: str) -> list[dict]:
    return [
        fact
        for group in (*page.get("groups", []), *page.get("profile", []))
        if group["title"] == title
        for fact in group["facts"]
    ]


def test_an_organisation_shows_facts_with_source_document_place_and_quote(server: Server) -> None:
    address = find(server, "bioPmed")
    page = server.ask(address, "application/json").json
    assert page["link"]["label"] == "bioPmed"
    assert "cluster" in [kind["label"] for kind in page["kinds"]]
    country = facts(page, "Country")
    assert [fact["value"]["label"] for fact in country] == ["Italy"]
    taken = facts(page, "Takes part in")
    signed = [fact for fact in taken if "Zhangjiang" in fact["value"]["label"]]
    cited = signed[0]["citations"][0]
    assert signed[0]["when"] == "May 2013"
    assert cited["document"]["iri"].startswith(f"{BASE}document/")
    assert cited["place"]
    assert cited["quote"]["value"]
    assert cited["source"]["href"]
    html = server.ask(address).text
    for text in ("May 2013", cited["source"]["label"]):
        assert text in html
    assert page["map"]["shapes"][0]["code"] == "IT"


def test_each_fact_cites_the_record_that_says_it(server: Server) -> None:
    page = server.ask(find(server, "bioPmed"), "application/json").json
    (founded,) = facts(page, "Founded")
    assert {
        (cited["document"]["iri"].rpartition("/")[2], cited["place"])
        for cited in founded["citations"]
    } == {("handbook", "Partner profiles, ‘bioPmed’")}
    pilsen = server.ask("/id/place/cz-pilsen", "application/json").json
    (approach,) = facts(pilsen, "Approach")
    offered = facts(pilsen, "Offers sector")
    told = pilsen["description"][0]["citations"]
    places = [
        {cited["place"] for cited in citations}
        for citations in (approach["citations"], *(fact["citations"] for fact in offered))
    ]
    assert all(places)
    assert not places[0] & set().union(*places[1:])
    assert {cited["place"] for cited in told} == places[0]
    assert all("; " not in cited["place"] for cited in (*told, *approach["citations"]))


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/id/place/at-linz", "Sit here"),
        ("/id/country/ES", "Sit here"),
        ("/id/market/CN", "Experts"),
    ],
)
def test_what_points_to_a_thing_is_cited_too(server: Server, address: str, title: str) -> None:
    told = facts(server.ask(address, "application/json").json, title)
    assert told
    for fact in told:
        for cited in fact["citations"]:
            assert cited["document"]["label"]
            assert cited["place"]
            assert cited["quote"]["value"]


def test_the_other_end_of_every_tie_leads_back(server: Server) -> None:
    page = server.ask(find(server, "bioPmed"), "application/json").json
    for title, back in (("Belongs to", "Members"), ("Members", "Belongs to")):
        for fact in facts(page, title):
            other = server.ask(fact["value"]["href"], "application/json").json
            ends = [end["value"].get("iri") for end in facts(other, back)]
            assert page["link"]["iri"] in ends, (title, fact["value"]["label"])


def test_a_market_has_its_entry_points_experts_agreements_missions_and_barriers(
    server: Server,
) -> None:
    page = server.ask("/id/market/CN", "application/json").json
    titles = [group["title"] for group in page["groups"]]
    wanted = ["Entry points", "Experts", "Targeted by", "Agreements", "Missions and other events"]
    assert [title for title in titles if title in wanted] == wanted
    assert "Barriers" in titles
    assert "Figures" in titles
    openers = {fact["value"]["label"] for fact in facts(page, "Entry points")}
    assert "Zhangjiang Hi-Tech Park" in openers
    assert page["map"]["shapes"][0]["code"] == "CN"


@pytest.mark.parametrize("name", ["turtle", "ntriples", "rdfxml", "jsonld"])
def test_a_thing_is_there_as_a_graph_in_four_syntaxes(server: Server, name: str) -> None:
    syntax = {"turtle": "turtle", "ntriples": "nt", "rdfxml": "xml", "jsonld": "json-ld"}[name]
    reply = server.ask(f"/id/market/CN?format={name}")
    graph = rdflib.Graph().parse(data=reply.body, format=syntax)
    market = rdflib.URIRef(f"{BASE}market/CN")
    opens = rdflib.URIRef("https://w3id.org/metacluster/ns#opensMarket")
    assert (market, None, None) in graph
    assert (None, opens, market) in graph
    other = rdflib.Graph().parse(data=server.ask("/id/market/CN", "text/turtle").body)
    assert set(graph) == set(other)


def test_an_iri_of_a_single_source_leads_to_the_page_of_the_thing(server: Server) -> None:
    page = server.ask(find(server, "Biocat"), "application/json").json
    for alias in page["aliases"]:
        reply = server.ask(alias.removeprefix("https://w3id.org/metacluster"))
        assert (reply.status, reply.headers["location"]) == (303, page["link"]["href"])


def test_text_of_a_source_is_shown_and_never_executed(server: Server) -> None:
    address = "/id/organisation/hostile.script"
    html = server.ask(address).text
    assert "&lt;script&gt;alert" in html
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "{{ 7 * 7 }}" in html
    assert "<b>1</b>" not in html
    assert 'href="javascript:' not in html
    assert server.ask(address, "application/json").json["link"]["label"].startswith("<script>")
    found = server.ask("/search?q=" + quote("<script>alert('x')"))
    assert "<script>alert" not in found.text
    assert found.status == 200
    assert "<b>names" not in server.ask("/sources").text
    problem = server.ask("/id/organisation/<script>alert(1)<")
    assert "<script>alert" not in problem.text


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("hostile.arabic", "شركة الاختبار"),
        ("hostile.chinese", "上海张江高科技园区开发股份有限公司"),
        ("hostile.tèst", "Països Catalans, S.L."),
        ("hostile.long", "Wort" * 300),
    ],
)
def test_names_of_every_script_and_length_have_pages(server: Server, key: str, label: str) -> None:
    html = server.ask(f"/id/organisation/{key}").text
    assert f'<h1 dir="auto">{label}</h1>' in html
    hits = server.ask(f"/search?q={quote(label[:40])}", "application/json").json["hits"]
    assert label in [hit["link"]["label"] for hit in hits]


def test_tables_are_safe_for_spreadsheets(server: Server) -> None:
    reply = server.ask("/search?q=HYPERLINK&format=csv")
    rows = list(csv.reader(io.StringIO(reply.text)))
    assert rows[1][0] == '\'=HYPERLINK("http://evil")'
    facts_of = server.ask("/id/market/CN?format=csv")
    header, *rows = csv.reader(io.StringIO(facts_of.text))
    assert header[0] == "group"
    assert len(rows) > 20


def test_a_long_list_is_folded_and_paged_to_its_end(server: Server) -> None:
    page = server.ask("/id/country/AD", "application/json").json
    group = next(g for g in page["groups"] if "Crowd" in g["facts"][0]["value"]["label"])
    assert group["total"] > CROWD - 1
    seen = {fact["value"]["iri"] for fact in group["facts"]}
    more = group["more"]
    while more:
        (stretch,) = server.ask(more, "application/json").json["groups"]
        new = {fact["value"]["iri"] for fact in stretch["facts"]}
        assert new
        assert not new & seen
        seen |= new
        more = stretch.get("more", "")
    assert len(seen) == group["total"]
    assert len(server.ask("/id/country/AD").body) < 400_000


def test_what_the_public_may_not_see_is_as_if_it_were_not_there(server: Server) -> None:
    address = "/id/organisation/secret.lab"
    assert server.member(address).status == 200
    hidden, absent = server.ask(address), server.ask(address.replace("lab", "bal"))
    assert hidden.status == absent.status == 404
    assert hidden.text.replace("secret.lab", "") == absent.text.replace("secret.bal", "")
    for path in ("/sources", "/", "/id/country/AD", "/.well-known/void", "/search?q=laborator"):
        assert "secret" not in server.ask(path, "*/*").text.lower(), path
    assert server.ask("/sources/secret").status == 404
    assert "Secret Laboratory" in server.member("/search?q=secret").text
    country = server.ask("/id/country/AD", "application/json").json
    members = server.member("/id/country/AD", "application/json").json
    counts = [
        next(g["total"] for g in page["groups"] if g["title"] == "Sit here")
        for page in (country, members)
    ]
    assert counts[1] == counts[0] + 1
    assert "private" in server.member("/").headers["cache-control"]


def test_search_forgives_typing_errors_and_narrows_by_kind(server: Server) -> None:
    page = server.ask("/search?q=Zhangjang%20HiTech", "application/json").json
    assert page["exact"] is False
    assert "Zhangjiang Hi-Tech Park" in [hit["link"]["label"] for hit in page["hits"]]
    page = server.ask("/search?q=china", "application/json").json
    kinds = {facet["name"]: facet["count"] for facet in page["facets"]}
    assert kinds["market"] >= 1
    assert sum(kinds.values()) == page["total"]
    narrowed = server.ask("/search?q=china&kind=market", "application/json").json
    assert {hit["link"]["kind"] for hit in narrowed["hits"]} == {"market"}
    assert {hit["what"] for hit in narrowed["hits"]} == {"market"}


def test_hits_say_what_and_where_they_are_and_files_come_last(server: Server) -> None:
    hits = server.ask("/search?q=bio", "application/json").json["hits"]
    kinds = [hit["link"]["kind"] for hit in hits]
    assert "other" not in kinds[:10]
    biocat = next(hit for hit in hits if hit["link"]["label"] == "Biocat")
    assert (biocat["what"], biocat["place"]) == ("cluster", "Barcelona")
    assert biocat["about"] in server.ask("/search?q=bio").text
    last = server.ask("/search?q=biom.xlsx", "application/json").json["hits"]
    assert last[0]["link"]["label"] == "biom.xlsx"


def test_markets_that_somebody_targets_come_first(server: Server) -> None:
    markets = server.ask("/markets", "application/json").json["markets"]
    targeted = [row["targeting"] > 0 for row in markets]
    assert targeted == sorted(targeted, reverse=True)
    assert {True, False} == set(targeted)
    html = server.ask("/markets").text
    assert html.index("Targeted") < html.index("Named, and targeted by nobody yet")


@pytest.mark.parametrize("name", ["turtle", "json-ld", "nt", "rdf"])
def test_the_ontology_is_there_as_a_graph(server: Server, name: str) -> None:
    syntax = {"rdf": "xml"}.get(name, name)
    graph = rdflib.Graph().parse(data=server.ask(f"/ontology?format={name}").body, format=syntax)
    opening = rdflib.URIRef("https://w3id.org/metacluster/ns#Opening")
    assert (opening, rdflib.RDF.type, rdflib.OWL.Class) in graph
    assert len(graph) > 1_000


def test_browsing_a_kind_reaches_its_last_page(server: Server) -> None:
    page = server.ask("/search?kind=agreement", "application/json").json
    names = [hit["link"]["label"] for hit in page["hits"]]
    assert names == sorted(names, key=str.casefold)
    assert len(names) == page["total"]
    crowd = server.ask("/search?kind=organisation", "application/json").json
    last = server.ask(f"/search?kind=organisation&page={crowd['pager']['pages']}")
    assert last.status == 200
    assert "Next" not in last.text


def test_the_front_page_says_what_is_in_the_hub(server: Server) -> None:
    page = server.ask("/", "application/json").json
    counts = {one["title"]: one for one in page["counts"]}
    listed = server.ask(counts["Agreements"]["href"], "application/json").json
    assert listed["total"] == counts["Agreements"]["count"] > 0
    assert [level["title"] for level in page["levels"]] == ["Clusters", "Meta-clusters", "Networks"]
    assert all(level["members"] for level in page["levels"])
    html = server.ask("/").text
    assert re.search(r'<form[^>]+action="/introductions"', html)
    assert "China" in html


def test_a_source_shows_its_totals_beside_what_was_expected(server: Server) -> None:
    sources = server.ask("/sources", "application/json").json["sources"]
    row = next(row for row in sources if row["name"] == "biocat-profile")
    page = server.ask(row["href"], "application/json").json
    assert page["row"]["licence"]
    assert page["row"]["loaded"]
    assert all(total["expected"].startswith("exactly") for total in page["rows"])
    assert all(len(file["sha256"]) == 64 for file in page["files"])
    found = server.ask("/sources/hostile?format=csv").text
    assert found.startswith("severity,")
    assert found.count("\n") == 2
    assert "things: It cites no document" in found  # what is said of thousands is said once


def test_every_class_and_property_of_the_ontology_has_an_entry(server: Server) -> None:
    page = server.ask("/ontology", "application/json").json
    names = {term["name"]: term for section in page["sections"] for term in section["terms"]}
    assert names["mc:Opening"]["definition"]
    assert names["mc:Opening"]["example"]
    assert {"mc:opensMarket", "org:Membership", "mc:quote"} <= names.keys()
    html = server.ask("/ontology").text
    assert 'id="mc-Opening"' in html


def test_void_counts_what_the_caller_sees(server: Server) -> None:
    triples = rdflib.URIRef("http://rdfs.org/ns/void#triples")
    subset = rdflib.URIRef("http://rdfs.org/ns/void#subset")
    counted = f"/sparql?{urlencode({'query': 'SELECT (COUNT(*) AS ?n) { ?s ?p ?o }'})}"
    counts = []
    for ask in (server.ask, server.member):
        reply = ask("/.well-known/void", "*/*")
        graph = rdflib.Graph().parse(data=reply.body, format="turtle")
        (whole,) = set(graph.subjects(subset))
        parts = [int(graph.value(part, triples)) for part in graph.objects(whole, subset)]
        counts.append(int(graph.value(whole, triples)))
        assert int(ask(counted, "text/csv").text.split()[1]) == counts[-1]
        assert sum(parts) > counts[-1], "some statements stand in the graphs of several sources"
    assert counts[0] < counts[1]


def test_a_question_shows_its_form_its_answer_and_its_query(server: Server) -> None:
    html = server.ask("/questions/market-barriers?market=China").text
    assert 'name="market" value="China"' in html
    assert "#+ title" in html
    data = server.ask("/questions/market-barriers?market=China", "application/json").json
    barrier = data["rows"][0]["barrier"]
    assert barrier["label"] in html
    assert 'value="Atlantis"' in server.ask("/questions/market-barriers?market=Atlantis").text
