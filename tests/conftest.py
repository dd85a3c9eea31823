"""What all tests share: where the real data that the tests read is kept, beside the project."""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from hub.publishing.loading import load
from hub.settings import read_settings

# How long an example takes says how busy the machine is.
settings.register_profile("hub", deadline=None)
settings.load_profile("hub")

ROOT = Path(__file__).resolve().parent.parent


def shared(name: str) -> Path:
    """A file of the real data (``data/…``, ``suites/…``); the test skips where it is absent."""
    path = ROOT.parent / "shared" / name
    if not path.exists():
        pytest.skip(f"the shared data are not beside the project: {name}")
    return path


def unpack(archive: Path, folder: Path, within: str = "") -> None:
    """Unpack what has `within` in its name; archives are trusted where Python is before 3.11.4."""
    with tarfile.open(archive) as opened:
        safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        opened.extractall(folder, [m for m in opened if within in m.name], **safe)  # type: ignore[arg-type]


@pytest.fixture(scope="session", autouse=True)
def _temporary(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a test leaves in a temporary folder goes when pytest's own folders go."""
    tempfile.tempdir = str(tmp_path_factory.mktemp("temporary"))


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the bundled sources published, loaded once. Nobody writes in it."""
    data = tmp_path_factory.mktemp("bundled")
    report = load(read_settings(data))
    assert report.outcome == "published"
    assert not report.refused
    return data
