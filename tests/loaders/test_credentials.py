"""Endpoints that ask who asks: passwords and tokens of the environment, and who is shown them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.request import parse_http_list, parse_keqv_list

import pytest
from pyoxigraph import NamedNode

from loaders.description import Endpoint, read_source
from loaders.findings import SourceRefused
from loaders.reading.endpoint import tell_state
from tests.loaders.conftest import GRAPH, Build, Run
from tests.loaders.sparql_server import Answer, Handler, SparqlServer, make_store, serve
from tests.loaders.test_endpoint import DATA, MAPPING, QUERY, ROWS

pytestmark = pytest.mark.usefixtures("loopback")
SECRET = "s3cret ünd lang"
VARIABLE = "HUB_ENDPOINT_REGISTRY"
Guard = Callable[[Handler], Answer | None]


def let_in(header: str) -> Guard:
    """Let in whoever shows this header; who does not is told all that he showed."""

    def guard(handler: Handler) -> Answer | None:
        shown = handler.headers.get("Authorization", "")
        if shown == header:
            return None
        return 401, {"WWW-Authenticate": 'Basic realm="x"'}, f"{shown} {SECRET}".encode()

    return guard


def ask_for_digest(user: str, password: str) -> Guard:
    """RFC 2617: MD5 with the quality of protection auth."""

    def digest(*parts: str) -> str:
        return hashlib.md5(":".join(parts).encode()).hexdigest()

    def guard(handler: Handler) -> Answer | None:
        shown = handler.headers.get("Authorization", "")
        assert not shown.startswith("Basic"), "the password is not to be sent"
        if shown.startswith("Digest "):
            said = parse_keqv_list(parse_http_list(shown.removeprefix("Digest ")))
            ways = digest(handler.command, handler.path)
            middle = [said[name] for name in ("nonce", "nc", "cnonce", "qop")]
            if said["response"] == digest(digest(user, "x", password), *middle, ways):
                return None
        asked = 'Digest realm="x", qop="auth", nonce="abc", algorithm=MD5'
        return 401, {"WWW-Authenticate": asked}, b"who are you?"

    return guard


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def server() -> Iterator[SparqlServer]:
    with serve({"/sparql": make_store(DATA)}) as running:
        yield running


@pytest.fixture
def registry(server: SparqlServer, monkeypatch: pytest.MonkeyPatch) -> Endpoint:
    monkeypatch.setenv(VARIABLE, SECRET)
    stated = {"user": "anna", "password_variable": VARIABLE}
    return Endpoint(server.url(), page=20, timeout=5, **stated)  # type: ignore[arg-type]


def load(build: Build, run: Run, endpoint: Endpoint) -> tuple[int, str]:
    text = MAPPING.replace("%s", QUERY.replace("\n", " "))
    result, quads = run(build({}, text, endpoints={"registry": endpoint}), GRAPH)
    return result.rows["registry"], f"{result} {quads}"


def test_a_password_opens(build: Build, run: Run, registry: Endpoint, server: SparqlServer) -> None:
    server.guard = let_in(basic("anna", SECRET))
    rows, said = load(build, run, registry)
    assert rows == ROWS
    assert SECRET not in said
    assert basic("anna", SECRET).split()[1] not in said


def test_a_digest_opens_without_sending_the_password(
    build: Build, run: Run, registry: Endpoint, server: SparqlServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv(VARIABLE, "s3cret")
    server.guard = ask_for_digest("anna", "s3cret")
    assert load(build, run, replace(registry, digest=True))[0] == ROWS
    server.guard = ask_for_digest("anna", "another")
    with pytest.raises(SourceRefused) as refused:
        load(build, run, replace(registry, digest=True))
    assert {f.rule for f in refused.value.findings} == {"endpoint-denied"}


def test_a_digest_of_a_kind_that_is_not_known(
    build: Build, run: Run, registry: Endpoint, server: SparqlServer
) -> None:
    asked = 'Digest realm="x", qop="auth", nonce="abc", algorithm=SHA-512-256'
    server.guard = lambda _: (401, {"WWW-Authenticate": asked}, b"")
    with pytest.raises(SourceRefused) as refused:
        load(build, run, replace(registry, digest=True))
    assert {f.rule for f in refused.value.findings} == {"endpoint-denied"}


def test_a_token_opens(build: Build, run: Run, registry: Endpoint, server: SparqlServer) -> None:
    server.guard = let_in(f"Bearer {SECRET}")
    by_token = replace(registry, user="", password_variable="", token_variable=VARIABLE)
    assert load(build, run, by_token)[0] == ROWS


def test_another_hub_by_token(
    build: Build, run: Run, registry: Endpoint, server: SparqlServer
) -> None:
    server.guard = let_in(f"Bearer {SECRET}")
    hub = replace(registry, url=server.url(""), hub=True, user="", password_variable="")
    with pytest.raises(SourceRefused, match="401"):
        run(build({}, endpoints={"friends": hub}), GRAPH)
    assert tell_state(hub) == ""
    void = "@prefix v: <http://rdfs.org/ns/void#> . @prefix d: <http://purl.org/dc/terms/> . "
    void += '<#d> v:subset <https://e.org/g> . <https://e.org/g> d:publisher "P" ; d:modified "1" .'
    server.documents["/.well-known/void"] = (200, {}, void.encode())
    store, graph = make_store(DATA), NamedNode("https://e.org/g")
    for quad in list(store):
        store.extend([type(quad)(quad.subject, quad.predicate, quad.object, graph)])
    server.stores["/sparql"] = store
    result, _ = run(build({}, endpoints={"friends": replace(hub, token_variable=VARIABLE)}), GRAPH)
    assert result.rows == {"friends#g": 3 * ROWS}


@pytest.mark.parametrize("shown", ["wrong", SECRET + "x"])
def test_who_is_not_let_in_is_told_so_without_the_secret(
    build: Build, run: Run, registry: Endpoint, server: SparqlServer, shown: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv(VARIABLE, SECRET)
    server.guard = let_in(basic("anna", shown))
    with pytest.raises(SourceRefused) as refused:
        load(build, run, registry)
    [finding] = refused.value.findings
    assert finding.rule == "endpoint-denied"
    assert "401" in finding.message
    assert "password_variable" in finding.remedy
    for secret in (SECRET, basic("anna", SECRET).split()[1]):
        assert secret not in str(refused.value.findings)


def test_broken_answers_do_not_tell_it_either(
    build: Build, run: Run, registry: Endpoint, server: SparqlServer
) -> None:
    server.trouble = lambda h, _n, _a: (200, {}, f"{{ {h.headers['Authorization']}".encode())
    with pytest.raises(SourceRefused) as refused:
        load(build, run, registry)
    assert {f.rule for f in refused.value.findings} == {"endpoint-answer"}
    assert "Basic …" in str(refused.value.findings)


@pytest.mark.parametrize("value", [None, "", "two\nlines"])
def test_a_variable_that_is_not_set_refuses_the_source(
    build: Build, run: Run, registry: Endpoint, server: SparqlServer,
    monkeypatch: pytest.MonkeyPatch, value: str | None,
) -> None:  # fmt: skip
    monkeypatch.delenv(VARIABLE)
    if value is not None:
        monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(SourceRefused, match=f"the environment variable “{VARIABLE}” is not set"):
        load(build, run, registry)
    assert server.asked == []
    assert tell_state(registry) == ""


def test_no_other_server_is_shown_it(registry: Endpoint, server: SparqlServer) -> None:
    with serve({}) as other:
        seen: list[str | None] = []
        other.guard = lambda h: seen.append(h.headers.get("Authorization"))  # type: ignore[func-returns-value]
        other.documents["/dump"] = (200, {"ETag": '"abc"'}, b"")
        assert tell_state(replace(registry, changes=other.url("/dump"))) == '"abc"'
        assert seen == [None]
    server.guard = let_in(basic("anna", SECRET))
    server.documents["/dump"] = (200, {"ETag": '"abc"'}, b"")
    assert tell_state(replace(registry, changes=server.url("/dump"))) == '"abc"'


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ('password = "hunter2"', "unknown or of another type"),
        ('token = "hunter2"', "unknown or of another type"),
        ('user = "anna"\npassword_variable = "hunter2"', "needs “user” with"),
        ('user = "anna"\npassword_variable = "HOME"', "needs “user” with"),
        ('user = "anna"', "needs “user” with"),
        (f'password_variable = "{VARIABLE}"', "needs “user” with"),
        ("digest = true", "needs “user” with"),
        (f'token_variable = "{VARIABLE}"\nuser = "a"\npassword_variable = "{VARIABLE}2"', "needs"),
        (f'token_variable = "{VARIABLE}"', ""),
        (f'user = "anna"\npassword_variable = "{VARIABLE}"\ndigest = true', ""),
    ],
)
@pytest.mark.parametrize("url", ["https://example.org/sparql", "http://example.org/sparql"])
def test_the_description_names_a_variable_and_holds_no_secret(
    stated: str, said: str, url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "remote"
    folder.mkdir()
    text = 'name = "remote"\ntitle = "T"\nowner = "O"\nvisibility = "public"\nlicence = "L"\n'
    text += f'[endpoints.registry]\nurl = "{url}"\n{stated}\n'
    (folder / "source.toml").write_text(text, encoding="utf-8")
    if not said and not url.startswith("https") and "digest" not in stated:
        said = "unencrypted"
    if not said:
        assert read_source(folder).endpoints["registry"].url == url
        return
    with pytest.raises(SourceRefused, match=said) as refused:
        read_source(folder)
    assert "hunter2" not in str(refused.value.findings)
