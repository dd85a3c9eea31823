"""What a colleague's query cannot do to a real server: bring it down, keep it busy, reach out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.guard.attacks import DEPTHS, EXHAUSTING, SHAPES, SOURCES, Attempt, nest, reach_out
from tests.guard.serving import LIMIT, Canary, Served, listening, serving

SLACK = 6.0  # seconds: the second that is aimed at, on a machine that may be busy; see bench_guard


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    with listening() as running:
        yield running


@pytest.fixture(scope="module")
def served(
    bundled: Path, tmp_path_factory: pytest.TempPathFactory, canary: Canary
) -> Iterator[Served]:
    with serving(bundled, tmp_path_factory.mktemp("guard"), canary) as running:
        yield running


def ask(query: str) -> Attempt:
    return Attempt("/sparql", query.encode(), {"Content-Type": "application/sparql-query"})


def survives(served: Served) -> bool:
    """Whether it is the same process, and answers."""
    return served.process.poll() is None and served.send(ask("ASK { ?s ?p ?o }"))[0] == 200


@pytest.mark.parametrize("shape", SHAPES)
def test_nesting_ends_the_query_and_not_the_server(served: Served, shape: str) -> None:
    for depth in DEPTHS:
        status, seconds = served.send(ask(nest(shape, depth)))
        deep = depth > 100
        assert status in ((400,) if deep else (200, 400, 422, 504)), depth
        assert seconds < LIMIT + SLACK, depth
    assert survives(served)


def test_every_shape_is_a_query_where_it_is_not_deep(served: Served) -> None:
    """The control: what is refused above is refused for its depth."""
    assert [served.send(ask(nest(shape, 2)))[0] for shape in SHAPES] == [200] * len(SHAPES)


@pytest.mark.parametrize("what", EXHAUSTING)
def test_what_takes_everything_is_ended(served: Served, what: str) -> None:
    status, seconds = served.send(ask(EXHAUSTING[what]))
    assert status in (0, 422, 504)  # 0: cut after it had begun
    assert seconds < LIMIT + SLACK
    assert survives(served)


def test_nobody_is_reached(served: Served, canary: Canary) -> None:
    attempts = dict(reach_out(canary.address))
    assert len(attempts) == 40
    for what, attempt in attempts.items():
        _, seconds = served.send(attempt)
        assert seconds < LIMIT + SLACK, what
        assert canary.visits == [], what
    assert survives(served)


def test_no_source_reaches_out(tmp_path: Path, canary: Canary) -> None:
    for file, write in SOURCES.items():
        folder = tmp_path / "sources" / file.replace(".", "-")
        folder.mkdir(parents=True)
        (folder / file).write_text(write(canary.address))
        (folder / "source.toml").write_text(
            f'name = "{folder.name}"\ntitle = "t"\nowner = "o"\nvisibility = "public"\n'
            f'licence = "CC0"\nfiles = ["{file}"]\n'
        )
    config = tmp_path / "hub.toml"
    config.write_text('sources = ["sources/*"]\n')
    command = [sys.executable, "-c", "from hub.cli import main; main()", "--config", str(config)]
    command += ["--data", str(tmp_path / "data"), "load"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    assert canary.visits == []


def test_the_canary_notes_who_comes(served: Served, canary: Canary) -> None:
    """The control: an endpoint that is listed is asked, and the canary is such a one."""
    query = "SELECT * { SERVICE <urn:x-service:canary> { ?s ?p ?o } }"
    assert served.send(Attempt(f"/sparql?query={quote(query)}"))[0] == 502
    assert len(canary.visits) == 1
    assert b"POST / HTTP/1.1" in canary.visits.pop()
