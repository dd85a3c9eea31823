"""What the tests of paths share."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from .worlds import World


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., World]:
    """Makes worlds: `world(public="…", hidden="…")`."""
    numbers = count()
    return lambda **graphs: World(tmp_path / str(next(numbers)), **graphs)
