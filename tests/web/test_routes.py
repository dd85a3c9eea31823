"""Every route of /openapi.json, with good and with bad input, over real HTTP."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from hub.errors import Invalid, Unavailable
from hub.hub import Hub
from hub.settings import read_settings
from hub.web import create_app, serve_forever
from hub.web.negotiation import MEDIA_TYPES
from tests.web.conftest import BASE, Server

GOOD = {
    "/": "/",
    "/search": "/search?q=biocat",
    "/id/{kind}/{key}": "/id/market/CN",
    "/resource": f"/resource?iri={quote('http://elsewhere.example/thing?a=1&b=2', safe='')}",
    "/markets": "/markets",
    "/sources": "/sources",
    "/sources/{name}": "/sources/hostile",
    "/loads": "/loads",
    "/loads/{load}": "/loads/1",
    "/questions": "/questions",
    "/questions/{name}": "/questions/market-barriers?market=China",
    "/questions/trials": "/questions/trials",
    "/introductions": "/introductions?from=bioPmed&to=Zhangjiang%20Hi-Tech%20Park",
    "/entry-points": "/entry-points?from=Biocat&market=China",
    "/strengths": "/strengths",
    "/brokers": "/brokers?market=China&as-of=2014",
    "/sparql": "/sparql?query=" + quote("SELECT * { ?s ?p ?o } LIMIT 3"),
    "/names": "/names?q=biocat",
    "/sparql/vocabulary": "/sparql/vocabulary",
    "/graph": "/graph?default",
    "/graph/{name}": "/graph/hostile",
    "/dump": "/dump",
    "/ontology": "/ontology",
    "/.well-known/void": "/.well-known/void",
    "/openapi.json": "/openapi.json",
    "/healthz": "/healthz",
    "/metrics": "/metrics",
}
# See test_loads, test_identity, test_ledger, test_kept and accounts/test_audit.
FOR_MEMBERS = {
    "/sources/{name}/files/{file}", "/identity", "/identity/undo", "/introductions/ledger",
    "/audit", "/questions/new",
    *(f"/questions/{{name}}/{one}" for one in ("edit", "share", "right", "forget", "remarks")),
}  # fmt: skip
ENTRANCE = {"/log-in", "/password", "/log-out", "/log-in/away", "/log-in/back"}
GRAPHS = {"turtle", "ntriples", "rdfxml", "jsonld"}


@pytest.fixture(scope="module")
def paths(server: Server) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = server.ask("/openapi.json").json["paths"]
    return found


def test_openapi_describes_exactly_the_routes_that_there_are(server: Server, paths) -> None:
    with Hub(read_settings(server.data, server.config), workers=1) as hub:
        rules = {
            re.sub(r"<(?:path:)?(\w+)>", r"{\1}", rule.rule)
            for rule in create_app(hub).url_map.iter_rules()
            if rule.endpoint != "static"
        }
    own = {path for path in paths if re.fullmatch("/questions/[a-z0-9-]+", path)}  # test_questions
    own -= {*GOOD, *FOR_MEMBERS}
    assert set(paths) - own == rules == {*GOOD, *FOR_MEMBERS, *ENTRANCE}


def test_every_operation_says_what_it_does_and_names_its_formats(paths) -> None:
    for path, methods in paths.items():
        for described in methods.values():
            assert described["summary"], path
            assert described["responses"]["200"]["content"], path
            for parameter in described["parameters"]:
                assert parameter["description"], (path, parameter["name"])


@pytest.mark.parametrize("path", GOOD)
def test_every_format_that_is_promised_is_given(server: Server, paths, path: str) -> None:
    for media_type in paths[path]["get"]["responses"]["200"]["content"]:
        if path == "/sparql" and media_type in {MEDIA_TYPES[name] for name in GRAPHS}:
            continue  # the query of the example asks for rows; see test_sparql
        reply = server.ask(GOOD[path], media_type)
        promised = {media_type} | (
            {"application/sparql-results+json"} if path == "/sparql" else set()
        )
        assert (reply.status, reply.type in promised) == (200, True), (media_type, reply.text[:300])
        assert reply.body.strip()
        name = next(name for name, known in MEDIA_TYPES.items() if known == media_type)
        joined = "&" if "?" in GOOD[path] else "?"
        if len(paths[path]["get"]["responses"]["200"]["content"]) > 1:
            assert server.ask(f"{GOOD[path]}{joined}format={name}", "*/*").type in promised


@pytest.mark.parametrize("path", GOOD)
def test_head_answers_as_get_without_a_body(server: Server, path: str) -> None:
    got, head = server.ask(GOOD[path]), server.ask(GOOD[path], method="HEAD")
    assert (head.status, head.type, head.body) == (got.status, got.type, b"")


@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_other_methods_are_refused_with_those_that_are_allowed(
    server: Server, path: str, method: str
) -> None:
    if path in ("/sparql", "/names", "/questions/trials") and method == "POST":
        return
    reply = server.ask(GOOD[path], "application/json", method=method, body=b"x")
    assert (reply.status, reply.type) == (405, "application/problem+json")
    assert "GET" in reply.headers["allow"]
    assert "GET" in reply.json["remedy"]


@pytest.mark.parametrize("path", [path for path in GOOD if path != "/openapi.json"])
def test_an_unknown_format_is_refused_with_the_list_of_formats(server: Server, path: str) -> None:
    joined = "&" if "?" in GOOD[path] else "?"
    reply = server.ask(f"{GOOD[path]}{joined}format=docx", "application/json")
    if path in ("/healthz", "/names", "/metrics", "/sparql/vocabulary"):
        assert reply.status == 400  # it has one format, so no such parameter
        return
    assert reply.status == 406, reply.text
    assert "docx" in reply.json["detail"]
    assert re.search("json|turtle|trig", reply.json["remedy"])
    assert server.ask(GOOD[path], "application/msword").status == 406


@pytest.mark.parametrize("path", [path for path in GOOD if path != "/sparql"])
def test_an_unknown_parameter_is_refused(server: Server, path: str) -> None:
    joined = "&" if "?" in GOOD[path] else "?"
    reply = server.ask(f"{GOOD[path]}{joined}fromat=json", "application/json")
    assert (reply.status, "fromat" in reply.text) == (400, True)


@pytest.mark.parametrize(
    ("path", "status", "word"),
    [
        ("/nowhere", 404, "no such page"),
        ("/id/organisation/nothing", 404, "Nothing here"),
        ("/id/organisation/" + "x" * 3_000, 404, "Nothing here"),
        ("/id/organisation/a b", 404, "Nothing here"),
        ("/id/organisation/a<b>", 404, "Nothing here"),
        ("/resource", 400, "Which thing"),
        ("/resource?iri=not-an-iri", 400, "IRI"),
        ("/resource?iri=http://a%20b", 400, "IRI"),
        ("/resource?iri=http://x%3E%20%7D%20DROP", 400, "IRI"),
        ("/resource?iri=http://nobody.example/", 404, "Nothing here"),
        ("/search?q=a&q=b", 400, "2 times"),
        ("/search?q=" + "x" * 300, 400, "longer"),
        ("/search?q=%00", 400, "control"),
        ("/search?kind=dragon", 404, "dragon"),
        ("/search?q=biocat&page=0", 400, "page"),
        ("/search?q=biocat&page=-1", 400, "page"),
        ("/search?q=biocat&page=99", 404, "no page 99"),
        ("/sources/nothing", 404, "no source"),
        ("/sources/../secret", 404, ""),
        ("/questions/nothing", 404, "no question"),
        ("/questions/market-barriers?market=Atlantis", 404, "Atlantis"),
        ("/questions/market-barriers?nothing=1", 400, "no parameter"),
        ("/introductions?from=Atlantis&to=Biocat", 404, "Atlantis"),
        ("/introductions?from=Biocat&to=Biocat", 400, "same"),
        ("/introductions?from=Biocat&to=ERAI&hops=99", 400, "hops"),
        ("/introductions?from=Biocat&to=ERAI&lens=rosy", 400, "rosy"),
        ("/introductions?from=Biocat&to=ERAI&as-of=yesterday", 400, "yesterday"),
        ("/introductions?from=Biocat&to=ERAI&kinds=magic", 400, "magic"),
        ("/introductions?from=http://a%20b&to=ERAI", 400, ""),
        ("/entry-points?from=Biocat&market=Atlantis", 404, "Atlantis"),
        ("/entry-points?from=Biocat&market=Biocat", 404, ""),
        ("/entry-points?from=Biocat&market=China&limit=0", 400, "limit"),
        ("/?token=mch_x", 400, "token"),
        ("/sparql?access_token=mch_x", 400, "token"),
        ("/search?q=" + "x" * 20_000, 414, "too long"),
        ("/id/organisation/%ff%fe", 400, "IRI"),
        ("/static/nothing.css", 404, ""),
        ("/static/../application.py", 404, ""),
    ],
)
def test_bad_input_gets_a_sentence_and_the_right_status(
    server: Server, path: str, status: int, word: str
) -> None:
    problem = server.ask(path, "application/json")
    assert (problem.status, problem.type) == (status, "application/problem+json"), problem.text
    assert problem.json["status"] == status
    assert word in problem.json["detail"]
    page = server.ask(path, "text/html")
    assert (page.status, page.type) == (status, "text/html")
    for reply in (problem, page):
        assert "Traceback" not in reply.text
        assert ".py" not in reply.text.replace(path, "")


@pytest.mark.parametrize("path", ["/introductions?from=Biocat", "/entry-points?market=China"])
def test_half_a_question_is_a_form_for_people_and_an_error_for_programs(
    server: Server, path: str
) -> None:
    assert server.ask(path).status == 200
    reply = server.ask(path, "application/json")
    assert (reply.status, "missing" in reply.json["detail"]) == (400, True)


def test_a_body_that_is_too_large_is_refused(server: Server) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"query=" + b"x" * 1_100_000
    reply = server.ask("/sparql", "application/json", method="POST", body=body, headers=form)
    assert (reply.status, reply.json["title"]) == (413, "Too large")
    raw = {"Content-Type": "application/sparql-query"}
    reply = server.ask("/sparql", "application/json", method="POST", body=body, headers=raw)
    assert reply.status == 413
    # What is larger than the server itself takes in is refused by its announced length, the same.
    larger = {**form, "Content-Length": "50000000"}
    for accept, kind in (("*/*", "application/problem+json"), ("text/html", "text/html")):
        reply = server.ask("/sparql", accept, method="POST", body=b"query=", headers=larger)
        assert (reply.status, reply.type) == (413, kind)
        assert "1,048,576" in reply.text
    assert server.ask("/healthz").json["status"] == "ok"


def test_a_browser_gets_headers_that_allow_nothing_from_elsewhere(server: Server) -> None:
    reply = server.ask("/")
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "server" not in reply.headers or "waitress" not in reply.headers["server"].lower()
    links = re.findall(r'(?:src|href)="(?:https?:)?//[^"]+"', reply.text)
    assert not [link for link in links if not link.startswith("href")]
    assert "<script>" not in reply.text
    assert "style=" not in reply.text
    assert " on" + "click" not in reply.text


@pytest.mark.parametrize("header", ["Bearer x", "Bearer ", "Basic YTpi", "mch_1", "Bearer mch_0_1"])
def test_a_wrong_token_is_refused_and_not_taken_for_the_public(server: Server, header: str) -> None:
    reply = server.ask("/", "application/json", headers={"Authorization": header})
    assert (reply.status, reply.headers.get("www-authenticate")) == (401, "Bearer")


def test_a_machine_without_wishes_gets_problems_as_json_and_pages_as_html(server: Server) -> None:
    assert server.ask("/nowhere", "*/*").type == "application/problem+json"
    assert server.ask("/markets", "*/*").type == "text/html"
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert server.ask("/nowhere", browser).type == "text/html"
    assert server.ask("/sparql", browser).type == "text/html"


def test_ids_answer_for_things_under_the_base_only(server: Server) -> None:
    same = server.ask(f"/resource?iri={BASE}market/CN", "application/json")
    assert same.json["link"] == server.ask("/id/market/CN", "application/json").json["link"]


def test_an_address_that_is_taken_or_none_is_said_so(server: Server) -> None:
    with Hub(read_settings(server.data, server.config), workers=1) as hub:
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(Unavailable, match="Another program listens") as taken:
            serve_forever(hub, "127.0.0.1", port, 1, print)
        assert "--port" in taken.value.remedy
        for host in ("256.1.1.1", "192.0.2.1"):
            with pytest.raises(Invalid, match=re.escape(host)) as wrong:
                serve_forever(hub, host, 0, 1, print)
            assert wrong.value.remedy
