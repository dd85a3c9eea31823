"""A real server process over the bundled sources and one that means no good."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from hub.access import Viewer
from hub.accounts.tokens import create_token
from hub.publishing.loading import load
from hub.settings import read_settings

BASE = "https://w3id.org/metacluster/id/"
CHROMIUM = "/usr/bin/chromium"
# Tests ask more than a caller has a right to, and mostly one thing at a time.
AT_WILL = "requests_per_minute = 1000000\nseconds_per_minute = 1000000\nworkers = 2\n"
CROWD = 2_150  # organisations in one country: more than a page lists and a look-up reads

HOSTILE = """\
@prefix mc: <https://w3id.org/metacluster/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@base <https://w3id.org/metacluster/id/> .

<organisation/hostile.script> a mc:Company ; rdfs:label "<script>alert('x')</script>" ;
    dcterms:description "<img src=x onerror=alert(1)> {{ 7 * 7 }} & \\"quoted\\"" ;
    rdfs:seeAlso <javascript:alert(1)> ; mc:country <country/AD> ;
    prov:hadPrimarySource <document/handbook> ; mc:place "page <b>1</b>" ; mc:quote "<i>so</i>"@en .
<organisation/hostile.formula> a mc:Company ; rdfs:label "=HYPERLINK(\\"http://evil\\")" .
<organisation/hostile.twin-1> a mc:Company ; rdfs:label "Twin Works" .
<organisation/hostile.twin-2> a mc:Company ; rdfs:label "Twin Works" .
<organisation/hostile.arabic> a mc:Company ; rdfs:label "شركة الاختبار"@ar .
<organisation/hostile.chinese> a mc:Company ; rdfs:label "上海张江高科技园区开发股份有限公司"@zh .
<organisation/hostile.long> a mc:Company ; rdfs:label "LONG" ; dcterms:description "LONG" .
<organisation/hostile.tèst> a mc:Company ; rdfs:label "Països Catalans, S.L."@ca .
<http://elsewhere.example/thing?a=1&b=2> a mc:Company ; rdfs:label "Thing from elsewhere" .
"""
DESCRIPTION = """\
name = "hostile"
title = "Hostile <b>names</b>"
owner = "Nobody"
visibility = "{visibility}"
licence = "CC0"
files = ["data.ttl"]
"""
SECRET = """\
@prefix mc: <https://w3id.org/metacluster/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@base <https://w3id.org/metacluster/id/> .
<organisation/secret.lab> a mc:Company ; rdfs:label "Secret Laboratory" ; mc:country <country/AD> ;
    prov:hadPrimarySource <document/handbook> ; mc:place "page 1" ; mc:quote "so"@en .
"""


@dataclass(frozen=True)
class Reply:
    """An answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0]


@dataclass(frozen=True)
class Server:
    """A server process: where it is, its data folder, and a token of a member."""

    url: str
    data: Path
    config: Path
    token: str

    def ask(
        self,
        path: str,
        accept: str = "text/html",
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """One request, redirects not followed."""
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
        try:
            sent = {"Accept": accept, **(headers or {})}
            connection.request(method, quote(path, safe="/:?&=%+;,#@!$'()*[]~"), body, sent)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, found, answer.read())
        finally:
            connection.close()

    def member(self, path: str, accept: str = "text/html") -> Reply:
        """The same with the token of a member."""
        return self.ask(path, accept, headers={"Authorization": f"Bearer {self.token}"})


def write_sources(folder: Path) -> Path:
    """A settings file that names the bundled sources, a hostile one and a secret one."""
    crowd = "".join(
        f"<organisation/hostile.crowd-{n:05}> a mc:Company ; rdfs:label 'Crowd {n:05}' ; "
        "mc:country <country/AD> .\n"
        for n in range(CROWD)
    )
    for name, visibility, text in (
        ("hostile", "public", HOSTILE.replace("LONG", "Wort" * 300) + crowd),
        ("secret", "consortium", SECRET),
    ):
        source = folder / "sources" / name
        source.mkdir(parents=True)
        described = DESCRIPTION.format(visibility=visibility).replace('"hostile"', f'"{name}"')
        (source / "source.toml").write_text(described, encoding="utf-8")
        (source / "data.ttl").write_text(text, encoding="utf-8")
    config = folder / "hub.toml"
    config.write_text(f'sources = ["bundled", "sources/*"]\n{AT_WILL}', encoding="utf-8")
    return config


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("web")
    config, data = write_sources(folder), folder / "data"
    report = load(read_settings(data, config))
    refused = {source.name for source in report.refused}
    assert not {"hostile", "secret"} & refused, report.refused
    with serving(data, config) as url:
        yield Server(url, data, config, create_token(data, "member", Viewer("consortium")))


@contextmanager
def serving(data: Path, config: Path) -> Iterator[str]:
    """A server process over a data folder that something is published in; its address."""
    command = "from hub.cli import main; main()"
    arguments = ["--data", str(data), "--config", str(config), "serve", "--port", "0"]
    process = subprocess.Popen(
        [sys.executable, "-c", command, *arguments], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert line.startswith("Serving http://"), line
        yield line.split()[1].rstrip("/")
    finally:
        process.terminate()
        process.wait(20)


def missing(what: str) -> None:
    """Skips, or fails where the environment says that a browser has to be there."""
    if "chromium" in os.environ.get("HUB_TEST_REQUIRE", ""):
        pytest.fail(f"{what}, and HUB_TEST_REQUIRE asks for chromium")
    pytest.skip(what)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not Path(CHROMIUM).exists():
        missing(f"there is no {CHROMIUM}")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()
