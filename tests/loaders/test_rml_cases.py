"""The RML test cases: mapping, input, expected quads; none expected where an error is."""

from __future__ import annotations

import io
import tarfile
from functools import cache
from pathlib import Path

import pytest

from loaders.description import Endpoint, Source
from loaders.findings import SourceRefused
from loaders.interpretation import interpret
from tests.conftest import ROOT, shared
from tests.loaders.conftest import canonical
from tests.loaders.sparql_server import make_store, serve

SUITE = "suites/rml-test-cases.tar.gz"
BASE = "http://example.com/base/"


@cache
def read_cases() -> dict[str, dict[str, bytes]]:
    cases: dict[str, dict[str, bytes]] = {}
    path = ROOT.parent / "shared" / SUITE
    if path.exists():
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile():
                    stream = archive.extractfile(member)
                    assert stream
                    folder = Path(member.name).parent.name
                    cases.setdefault(folder, {})[Path(member.name).name] = stream.read()
    return cases


def interpret_case(name: str, folder: Path, port: int = 0) -> tuple[bytes, str]:
    """The quads of a case, and why it was refused, if it was; ``port`` is that of its endpoints."""
    files = read_cases()[name]
    for file, content in files.items():
        (folder / file).write_bytes(content.replace(b"PORT", str(port).encode()))
    url = f"http://localhost:{port}/{{}}/sparql"
    endpoints = {ds: Endpoint(url.format(ds), page=2) for ds in ("ds1", "ds2")} if port else {}
    data = tuple(f for f in files if f.endswith((".csv", ".json", ".xml")))
    source = Source(
        name="case", title="", owner="", visibility="public", partner="", licence="",
        description="", refresh="", mapping="mapping.ttl", files=data, folder=folder,
        endpoints=endpoints,
    )  # fmt: skip
    out = io.BytesIO()
    try:
        interpret(source, base=BASE, graph="", out=out)
    except SourceRefused as refused:
        return b"", str(refused)
    return out.getvalue(), ""


def test_the_suite_is_whole() -> None:
    shared(SUITE)
    assert len(read_cases()) == 144
    assert sum(name.endswith("SPARQL") for name in read_cases()) == 26


def check_case(name: str, quads: bytes, refusal: str) -> None:
    expected = read_cases()[name].get("output.nq")
    if expected is None:
        assert refusal, "an error is expected"
    else:
        assert canonical(quads) == canonical(expected), refusal
        # The suite expects nothing of mappings that are wrong; the hub also says so.
        assert not refusal or not expected.strip()


@pytest.mark.parametrize("name", sorted(n for n in read_cases() if not n.endswith("SPARQL")))
def test_case(name: str, tmp_path: Path) -> None:
    check_case(name, *interpret_case(name, tmp_path))


@pytest.mark.parametrize("name", sorted(n for n in read_cases() if n.endswith("SPARQL")))
@pytest.mark.usefixtures("loopback")
def test_endpoint_case(name: str, tmp_path: Path) -> None:
    files = read_cases()[name]
    stores = {
        f"/ds{n}/sparql": make_store(files.get(f"resource{n}.ttl", files.get("resource.ttl", b"")))
        for n in (1, 2)
    }
    with serve(stores) as server:
        quads, refusal = interpret_case(name, tmp_path, server.port)
    check_case(name, quads, refusal)
