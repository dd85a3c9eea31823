"""A hub over the bundled sources, loaded once for all tests of questions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.hub import Hub
from hub.publishing.loading import load
from hub.settings import read_settings


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    settings = read_settings(tmp_path_factory.mktemp("data"))
    assert not load(settings).refused
    with Hub(settings) as opened:
        yield opened
