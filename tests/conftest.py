"""What all tests share: where the real data that the tests read is kept, beside the project."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared(name: str) -> Path:
    """A file of the real data (``data/…``, ``suites/…``); the test skips where it is absent."""
    path = ROOT.parent / "shared" / name
    if not path.exists():
        pytest.skip(f"the shared data are not beside the project: {name}")
    return path
