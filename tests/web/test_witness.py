"""Contact data inside quotations is recorded like any other: by any door, for members alone."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from hub.accounts.audit import head, read_trail
from hub.vocabulary import CONTACT
from tests.web.conftest import BASE, Server

ROW = f"{BASE}row/seminar-contacts/contacts.csv/2"
GRAPH = "https://w3id.org/metacluster/graph/seminar-contacts/provenance"
PREFIX = "PREFIX mc: <https://w3id.org/metacluster/ns#> "


def sparql(query: str) -> str:
    return f"/sparql?query={quote(PREFIX + query)}"


SEEN = {
    "quotations": sparql("SELECT ?o { ?s mc:quote ?o }"),
    "rows": sparql("SELECT ?o { ?s mc:rowQuote ?o }"),
    "rows of the graph": sparql(f"SELECT ?o {{ GRAPH <{GRAPH}> {{ ?s mc:rowQuote ?o }} }}"),
    "graph": "/graph/seminar-contacts/provenance",
    "row": ROW.replace(BASE, "/id/"),
    "document": "/id/document/cluster-collaboration",
}
UNSEEN = (
    "/id/document/success-stories",
    "/id/row/seminar-contacts/contacts.csv/99",
    sparql("SELECT ?o { ?s mc:place ?o }"),
    sparql("SELECT ?o FROM <https://w3id.org/metacluster/graph/cebr-network> { ?s mc:quote ?o }"),
)


@pytest.mark.parametrize("case", SEEN)
def test_quoted_contact_data_is_recorded(server: Server, case: str) -> None:
    before = head(server.data).count
    public = server.ask(SEEN[case], "*/*")
    assert b"emily.wise@" not in public.body
    assert head(server.data).count == before
    reply = server.member(SEEN[case], "*/*")
    assert (reply.status, b"emily.wise@" in reply.body) == (200, True), reply.text[:300]
    assert head(server.data).count == before + 1
    assert re.search("emily-wise|uote|row/|provenance", read_trail(server.data, 1)[0].what)


def test_other_quotations_are_not(server: Server) -> None:
    before = head(server.data)
    for path in UNSEEN:
        server.member(path, "*/*")
        assert head(server.data) == before, path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write to anna.puig@cluster.example, please", True),
        ("联系 wang@cluster.中国", True),
        ("Emily Wise +46 73 101 1426", True),
        ("Tel.: 212-555-0199", True),
        ("Telèfon (0)93 310 33 30", True),
        ("电话：021-5080 1000", True),
        ("Bureau 01.42.68.53.00", True),
        ("(0049) 30 310078", True),
        ("around 500 companies, mainly SMEs, and 50 universities", False),
        ("from 01/02/2014 to 28.02.2015, 2012–2014", False),
        ("27 offices in 21 countries (2012) @ BioM", False),
        ("a budget of 1 200 000 euro and 0.5 million", False),
    ],
)
def test_what_reaches_somebody_is_told_from_other_numbers(
    server: Server, text: str, found: bool
) -> None:
    """By the engine that looks for it, whose expressions are not Python's."""
    pattern = CONTACT.replace("\\", "\\\\")
    reply = server.ask(sparql(f'ASK {{ FILTER(REGEX("{text}", "{pattern}")) }}'), "*/*")
    assert reply.json["boolean"] is found
