"""Drafts of files that a test writes, in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from loaders.drafting.draft import SourceDraft, draft_source
from loaders.drafting.vocabulary import Vocabulary, read_vocabulary
from tests.conftest import ROOT

BASE = "https://example.org/id/"
GRAPH = "https://example.org/graph/test"

Draft = Callable[..., SourceDraft]


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    return read_vocabulary(ROOT / "ontology")


@pytest.fixture
def draft(tmp_path: Path, vocabulary: Vocabulary) -> Draft:
    """Draft a file of the given name and content: ``draft("companies.csv", "name\\n…")``."""

    def make(name: str, content: str | bytes, chosen: str = "", encoding: str = "") -> SourceDraft:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        out = tmp_path / "drafts"
        return draft_source(
            path, out, vocabulary, base=BASE, graph=GRAPH, chosen=chosen, encoding=encoding
        )

    return make
