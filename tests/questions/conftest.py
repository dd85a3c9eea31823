"""A hub over the bundled sources, loaded once for all tests of questions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.hub import Hub
from hub.paths import SERVICES
from hub.settings import read_settings


@pytest.fixture(scope="session")
def hub(bundled: Path) -> Iterator[Hub]:
    with Hub(read_settings(bundled), services=SERVICES) as opened:
        yield opened
