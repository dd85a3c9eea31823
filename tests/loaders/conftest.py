"""Sources as partners would send them, built in a folder of the test's own."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, parse

from loaders.description import Source
from loaders.interpretation import Interpretation, interpret
from loaders.reading import endpoint

BASE = "https://example.org/id/"
GRAPH = "https://example.org/graph/test"

Build = Callable[..., Source]
Run = Callable[..., tuple[Interpretation, str]]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No loader may ever ask for anything elsewhere."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a loader opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """But this one may ask this machine, and without waiting long before it asks again."""
    monkeypatch.undo()
    connect = socket.create_connection

    def connect_here(address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
        assert address[0] in ("127.0.0.1", "localhost"), "a loader asked elsewhere"
        return connect(address, *rest, **more)

    monkeypatch.setattr(socket, "create_connection", connect_here)
    monkeypatch.setattr(endpoint, "DELAYS", (0.0, 0.01))


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Write files into a folder and describe them: ``build({"a.csv": …}, mapping="…")``."""

    def make(files: dict[str, str | bytes], mapping: str = "", **fields: Any) -> Source:
        for name, content in files.items():
            path = tmp_path / name
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        if mapping:
            ending = "ttl" if "rr:" in mapping or "rml:" in mapping else "yml"
            fields["mapping"] = f"mapping.{ending}"
            (tmp_path / fields["mapping"]).write_text(mapping, encoding="utf-8")
        stated: dict[str, Any] = dict.fromkeys(
            ("title", "owner", "partner", "licence", "description", "refresh", "mapping"), ""
        )
        stated |= {"name": "test", "visibility": "public", "files": tuple(files)} | fields
        return Source(folder=tmp_path, **stated)

    return make


@pytest.fixture
def run() -> Run:
    """Interpret a source; gives what came of it and the N-Quads."""

    def make(source: Source, graph: str = "") -> tuple[Interpretation, str]:
        out = io.BytesIO()
        result = interpret(source, base=BASE, graph=graph, out=out)
        return result, out.getvalue().decode()

    return make


def canonical(quads: str | bytes) -> list[str]:
    """The quads of N-Quads, blank nodes named alike, sorted: equal lists are equal graphs."""
    content = quads.encode() if isinstance(quads, str) else quads
    dataset = Dataset(parse(content, format=RdfFormat.N_QUADS, lenient=False))
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return sorted(str(quad) for quad in dataset)
