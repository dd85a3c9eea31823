"""Hidden and absent are the same bytes over HTTP.

The same requests go to a hub that holds everything and to hubs that were never given what the
caller may not see: answers must not differ in a byte of body, status or headers. And on one hub,
what is hidden and what nobody has ever heard of get the same answer, save for the name itself.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

import hub.history
from hub.access import parse_viewer
from hub.accounts.tokens import create_token
from hub.publishing.loading import load
from hub.settings import read_settings
from tests.accounts.conftest import LEVELS, write_world
from tests.web.conftest import BASE, Reply, Server, serving

# Of the moment, or of what this caller has asked before; nothing of what the hub holds.
MOMENTARY = {"date", "ratelimit", "set-cookie"}
GRAPH = "https://w3id.org/metacluster/graph/"
SECRETS = ("contatti", "priscilla", "@contacts", "@private", "123 45", "678 90")


@pytest.fixture(scope="module")
def hubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """A hub of everything, one of what members see, one of what is public; made in one moment."""

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
            return datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=tz)

    servers = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub.history, "datetime", Clock)
        for name, sources in SOURCES.items():
            folder = tmp_path_factory.mktemp(name)
            write_world(folder, sources)
            report = load(read_settings(folder / "data", folder / "hub.toml"))
            assert not report.refused
            servers[name] = folder
    opened = []
    for folder in servers.values():
        opened.append(serving(folder / "data", folder / "hub.toml"))
    urls = [each.__enter__() for each in opened]
    yield {
        name: Server(url, folder / "data", folder / "hub.toml", "")
        for (name, folder), url in zip(servers.items(), urls, strict=True)
    }
    for each in opened:
        each.__exit__(None, None, None)


SOURCES = {
    "everything": ("open", "contacts", "private"),
    "members": ("open", "contacts"),
    "public": ("open",),
}
# Who asks the hub of everything → which hub holds just what they see.
ALONE = {"public": "public", "consortium": "members", "partner:biocat": "members"}


def sparql(query: str) -> str:
    return f"/sparql?query={quote(query)}"


def thing(kind: str, key: str) -> list[str]:
    """Every door by which one may ask for a thing."""
    iri = f"{BASE}{kind}/{key}"
    return [
        f"/id/{kind}/{key}",
        f"/id/{kind}/{key}?format=json",
        f"/id/{kind}/{key}?format=turtle",
        f"/id/{kind}/{key}?format=csv",
        f"/resource?iri={quote(iri, safe='')}",
        f"/search?q={key.replace('.', '%20')}",
        f"/introductions?from=Acme%20Works&to={quote(iri, safe='')}",
        f"/introductions?from={quote(iri, safe='')}&to=Zebra%20Labs&format=json",
        f"/introductions?from=Acme%20Works&to=Zebra%20Labs&avoid={quote(iri, safe='')}",
        f"/introductions?from=Acme%20Works&to=Zebra%20Labs&require={quote(iri, safe='')}",
        f"/entry-points?from={quote(iri, safe='')}&market=China",
        sparql(f"DESCRIBE <{iri}>"),
        sparql(f"ASK {{ <{iri}> ?p ?o }}"),
        sparql(f"SELECT * {{ ?s ?p <{iri}> }}"),
        sparql(f"SELECT * {{ <{iri}> (<urn:a>|!<urn:b>)* ?o FILTER(?o != <{iri}>) }}"),
        sparql(f"SELECT (COUNT(*) AS ?n) {{ VALUES ?s {{ <{iri}> }} ?s ?p ?o }}"),
    ]


def source(name: str) -> list[str]:
    """Every door by which one may ask for a source, or its graph."""
    graph = f"{GRAPH}{name}"
    return [
        f"/sources/{name}",
        f"/sources/{name}?format=json",
        f"/sources/{name}/files/data.ttl",
        f"/resource?iri={quote(graph, safe='')}",
        sparql(f"SELECT * FROM <{graph}> {{ ?s ?p ?o }}"),
        sparql(f"SELECT * FROM NAMED <{graph}> {{ GRAPH ?g {{ ?s ?p ?o }} }}"),
        sparql(f"SELECT * {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"),
        sparql(f"ASK {{ GRAPH <{graph}> {{}} }}"),
        sparql("SELECT * { ?s ?p ?o } LIMIT 1") + f"&default-graph-uri={quote(graph, safe='')}",
        sparql("SELECT * { GRAPH ?g {} }") + f"&named-graph-uri={quote(graph, safe='')}",
        sparql(f"DESCRIBE <{graph}>"),
    ]


def named(name: str) -> list[str]:
    """Every door by which one may ask for something by its name."""
    text = quote(name)
    return [
        f"/search?q={text}",
        f"/search?q={text}&format=json",
        f"/search?q={text[:4]}&kind=person",
        f"/names?q={text[:5]}",
        f"/introductions?from=Acme%20Works&to={text}&format=json",
        f"/introductions?from={text}&to=Acme%20Works",
        f"/questions/contact-details?person={text}",
        sparql(f"SELECT * {{ ?s ?p ?o FILTER(CONTAINS(STR(?o), '{name}')) }}"),
    ]


WHOLE = [
    "/", "/?format=json", "/markets", "/markets?format=csv", "/sources", "/sources?format=json",
    "/loads", "/loads?format=json", "/loads/1", "/loads/2", "/questions", "/strengths", "/ontology",
    "/ontology?format=turtle", "/.well-known/void", "/openapi.json", "/healthz", "/sparql",
    "/search?q=Works", "/search?kind=person", "/search?kind=organisation&format=csv",
    "/search?q=anna", "/id/country/IT", "/id/country/IT?format=json", "/id/organisation/open.acme",
    "/id/organisation/open.zebra?format=turtle", "/id/organisation/open.acme?format=json",
    "/introductions?from=Acme%20Works&to=Zebra%20Labs",
    "/introductions?from=Acme%20Works&to=Zebra%20Labs&format=json",
    "/entry-points?from=Acme%20Works&market=China&format=json", "/identity", "/nowhere",
    "/questions/contact-details", "/introductions/ledger",
    *(
        sparql(query)
        for query in (
            "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
            "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
            "SELECT DISTINCT ?p { ?s ?p ?o } ORDER BY ?p",
            "SELECT DISTINCT ?c { ?s a ?c } ORDER BY ?c",
            "SELECT ?s ?e { ?s <https://schema.org/email>|<https://schema.org/telephone> ?e }",
            "SELECT * { ?s <http://www.w3.org/2002/07/owl#sameAs> ?o } ORDER BY ?s ?o",
            "SELECT * { ?s ?p ?o } ORDER BY",
            f"SELECT ?o {{ <{BASE}country/IT> (^!<urn:x>)* ?o }} ORDER BY ?o",
            "CONSTRUCT { ?s <urn:of> ?g } { GRAPH ?g { ?s a <http://xmlns.com/foaf/0.1/Person> } }",
        )
    ),
]  # fmt: skip
HIDDEN = [
    *thing("person", "contacts.anna"), *thing("organisation", "private.lab"),
    *source("contacts"), *source("private"),
    *named("Concetta Contatti"), *named("Priscilla Privat"),
]  # fmt: skip
REQUESTS = [*WHOLE, *HIDDEN]


def ask(server: Server, path: str, level: str, accept: str = "text/html") -> Reply:
    if level == "public":
        return server.ask(path, accept)
    token = TOKENS.setdefault((server.url, level), "") or create_token(
        server.data, level, parse_viewer(level), right="review"
    )
    TOKENS[server.url, level] = token
    return server.ask(path, accept, headers={"Authorization": f"Bearer {token}"})


TOKENS: dict[tuple[str, str], str] = {}


def bytes_of(reply: Reply, server: Server) -> tuple[int, dict[str, str], bytes]:
    """Everything that was sent, without what is of the moment, such as the marks of forms."""
    headers = {name: value for name, value in reply.headers.items() if name not in MOMENTARY}
    port = re.escape(server.url.rpartition(":")[2]).encode()
    body = re.sub(rb"127\.0\.0\.1:" + port, b"127.0.0.1:PORT", reply.body)
    body = re.sub(rb'name="csrf" value="[^"]+"', b"", body)
    body = re.sub(rb", in [0-9.]+ s</caption>", b"</caption>", body)  # how long the query took
    return reply.status, headers, body


@pytest.mark.parametrize("level", ALONE)
def test_answers_are_those_of_a_hub_that_never_had_what_is_hidden(
    hubs: dict[str, Server], level: str
) -> None:
    everything, alone = hubs["everything"], hubs[ALONE[level]]
    different = []
    for path in REQUESTS:
        for accept in ("text/html", "application/json"):
            shown = bytes_of(ask(everything, path, level, accept), everything)
            if shown != bytes_of(ask(alone, path, level, accept), alone):
                different.append((accept, path))
    assert different == []
    assert len(REQUESTS) >= 100


def test_the_requests_speak_of_what_is_there(hubs: dict[str, Server]) -> None:
    """The control: to the partner whose it is, most of them show what others are not shown."""
    server, shown = hubs["everything"], 0
    for path in HIDDEN:
        public = ask(server, path, "public", "application/json")
        told = [s for s in SECRETS if s in public.text.lower() and s not in path.lower()]
        assert told == [], path
        shown += ask(server, path, "partner:biom", "application/json").body != public.body
    assert shown >= len(HIDDEN) * 3 // 4, shown


# What is hidden, and what there is not: alike in length. (The search is left out, which finds what
# is written alike; to hold it against a hub without what is hidden says more.)
ABSENT = {
    "contacts": "contects", "private": "provate", "Concetta": "Concotta", "Contatti": "Contotti",
    "Priscilla": "Proscilla", "Privat": "Provat",
}  # fmt: skip
PAIRED = [
    *thing("person", "contacts.anna"), *thing("person", "private.anna"),
    *thing("organisation", "contacts.lab"), *thing("organisation", "private.lab"),
    *thing("organisation", "contacts.acme"), *thing("membership", "contacts.anna"),
    *source("contacts"), *source("private"),
    *named("Concetta Contatti"), *named("Priscilla Privat"),
]  # fmt: skip
PAIRS = [path for path in PAIRED if not path.startswith(("/search", "/names"))]


def swap(text: bytes, names: dict[str, str]) -> bytes:
    for name, other in names.items():
        text = text.replace(name.encode(), other.encode())
    return text


def test_what_is_hidden_and_what_is_not_there_get_the_same_answer(
    hubs: dict[str, Server],
) -> None:
    server, different = hubs["everything"], []
    back = {other: name for name, other in ABSENT.items()}
    for hidden in PAIRS:
        absent = swap(hidden.encode(), ABSENT).decode()
        assert absent != hidden
        for accept in ("text/html", "application/json"):
            replies = []
            for path in (hidden, absent):
                status, headers, body = bytes_of(server.ask(path, accept), server)
                headers.pop("etag", None)  # a hash of what was asked; see the test above
                replies.append((status, headers, swap(body, back)))
            if replies[0] != replies[1]:
                different.append((accept, hidden))
    assert different == []
    assert len(PAIRS) >= 100


def test_an_answer_that_was_kept_for_one_is_not_given_to_another(hubs: dict[str, Server]) -> None:
    """ETags and the answers kept by the server are of what the caller sees."""
    server = hubs["everything"]
    for path in (sparql("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"), *thing("person", "private.anna")):
        bodies = {}
        for level in (*LEVELS, *reversed(LEVELS)):
            reply = ask(server, path, level, "*/*")
            assert bodies.setdefault(level, reply.body) == reply.body
            tag = reply.headers.get("etag")
            if tag and level == "partner:biom":
                headers = {"If-None-Match": tag}
                for other in ("public", "consortium"):
                    token = TOKENS.get((server.url, other))
                    sent = headers | ({"Authorization": f"Bearer {token}"} if token else {})
                    assert server.ask(path, "*/*", headers=sent).status != 304, path
        assert len(set(bodies.values())) > 1
