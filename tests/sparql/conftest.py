"""Real stores on disk, and pools of real worker processes over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from hub.sparql.pool import Limits, Pool
from tests.sparql.sparql_stores import EX, PUBLIC, TRIG, build_store


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of a public and a private graph."""
    return build_store(tmp_path_factory.mktemp("small") / "store", TRIG)


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 60,000 triples in the public graph: enough for queries that run away."""
    path = tmp_path_factory.mktemp("large") / "store"
    store = ox.Store(str(path))
    graph, has = ox.NamedNode(PUBLIC), ox.NamedNode(EX + "has")
    store.bulk_extend(
        ox.Quad(ox.NamedNode(f"{EX}thing/{n}"), has, ox.Literal(f"value {n}"), graph)
        for n in range(60_000)
    )
    store.flush()
    return path


@pytest.fixture(scope="module")
def pool(small: Path) -> Iterator[Pool]:
    with Pool(small, size=2) as opened:
        yield opened


@pytest.fixture
def open_pool(large: Path) -> Iterator[Callable[..., Pool]]:
    """Opens pools with limits of one's own over the large store; closes them after the test."""
    opened: list[Pool] = []

    def open_(size: int = 1, store: Path = large, **limits: float) -> Pool:
        opened.append(Pool(store, size=size, limits=Limits(**limits)))  # type: ignore[arg-type]
        return opened[-1]

    yield open_
    for each in opened:
        each.close()
