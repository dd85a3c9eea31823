"""Generations: published whole or not at all, verified, rolled back, never written again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hub.errors import HubError, NotFound, Refused, Unavailable
from hub.publishing.rolling import roll_back
from hub.store.generations import (
    Draft,
    Generation,
    current,
    current_number,
    kept_generations,
    open_generation,
    verify,
    writing,
)
from hub.store.manifest import GraphFact, Manifest
from hub.store.quads import QuadStore

GRAPH = "https://example.org/graph/one"


def publish(data: Path, *objects: str, keep: int = 5) -> Generation:
    previous = None if current_number(data) is None else current(data)
    draft = Draft(data, previous)
    file = draft.work("new.nq")
    file.write_text(
        "".join(f'<https://example.org/s> <https://example.org/p> "{o}" <{GRAPH}> .\n'
                for o in objects)
    )  # fmt: skip
    draft.store.remove_graph(GRAPH)
    draft.store.add_file(file, [], {})
    draft.keep_names({"public": {}})
    fact = GraphFact(GRAPH, "public", None, "said", "one")
    manifest = Manifest(draft.number, "2026-11-21T00:00:00Z", "b", "0", "", "", graphs=(fact,))
    return draft.publish(manifest, keep)


def objects(generation: Generation) -> set[str]:
    store = QuadStore(generation.store, read_only=True)
    return {row["o"].value for row in store.select("SELECT ?o { ?s ?p ?o }", [GRAPH])}


def test_nothing_published_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="Nothing is published yet"):
        current(tmp_path)


def test_a_generation_is_served_and_the_older_ones_stay_as_they_were(tmp_path: Path) -> None:
    first, second = publish(tmp_path, "a"), publish(tmp_path, "b", "c")
    assert current(tmp_path).number == second.number == 2
    assert objects(first) == {"a"}
    assert objects(second) == {"b", "c"}
    assert roll_back(tmp_path, 1) == 2
    assert objects(current(tmp_path)) == {"a"}
    third = publish(tmp_path, "d")
    assert third.number == 3, "a number is used once"


def test_old_generations_go_but_never_the_served_one(tmp_path: Path) -> None:
    for name in "abcd":
        publish(tmp_path, name, keep=2)
    assert kept_generations(tmp_path) == [3, 4]
    roll_back(tmp_path, 3)
    with pytest.raises(NotFound, match=r"no generation 1.*Kept are: 3, 4"):
        roll_back(tmp_path, 1)


def test_damage_is_found_and_not_rolled_back_to(tmp_path: Path) -> None:
    first = publish(tmp_path, "a")
    publish(tmp_path, "b")
    store = QuadStore(first.store)
    store.remove_graph(GRAPH)
    store.close()
    with pytest.raises(HubError, match="is damaged"):
        roll_back(tmp_path, 1)
    assert current(tmp_path).number == 2


def test_a_store_that_lost_something_is_not_published(tmp_path: Path) -> None:
    publish(tmp_path, "a")
    draft = Draft(tmp_path, current(tmp_path))
    with pytest.raises(HubError, match="kept 1 statements of 7"):
        draft.publish(current(tmp_path).manifest, 5, {(GRAPH,): 7})
    draft.discard()
    assert current(tmp_path).number == 1
    assert kept_generations(tmp_path) == [1]


@pytest.mark.parametrize("text", ["", "two", "-1", "1\n2"])
def test_a_broken_current_is_said_so(tmp_path: Path, text: str) -> None:
    publish(tmp_path, "a")
    (tmp_path / "CURRENT").write_text(text)
    with pytest.raises(HubError, match="CURRENT names no generation"):
        current(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 99}', '{"format": 2}'])
def test_a_broken_manifest_is_said_so(tmp_path: Path, text: str) -> None:
    generation = publish(tmp_path, "a")
    (generation.path / "manifest.json").write_text(text)
    with pytest.raises(HubError, match=r"manifest cannot be read|has format 99"):
        open_generation(tmp_path, 1)


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    with writing(tmp_path), pytest.raises(Refused, match="under way"), writing(tmp_path):
        pass
    with writing(tmp_path):
        pass


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_generations import publish
import hub.store.generations as generations
point, data = sys.argv[1], Path(sys.argv[2])
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(generations, point, die)
publish(data, "new")
"""


@pytest.mark.parametrize("point", ["measure", "sync_tree", "sync_folder", "name_current"])
def test_killed_anywhere_the_old_generation_is_served(tmp_path: Path, point: str) -> None:
    publish(tmp_path, "old")
    script = KILLED.format(tests=str(Path(__file__).parent))
    done = subprocess.run([sys.executable, "-c", script, point, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    served = current(tmp_path)
    verify(served)
    assert objects(served) == {"old"}
    publish(tmp_path, "newer")
    assert objects(current(tmp_path)) == {"newer"}
    assert not [name for name in os.listdir(tmp_path / "generations") if name.startswith(".")]


def test_a_statement_changed_in_the_store_is_found(tmp_path: Path) -> None:
    """Also where the count stays: what was loaded from a file is held against the file."""
    generation = publish(tmp_path, "a")
    (generation.path / "view").mkdir(exist_ok=True)
    (generation.path / "view" / "one.nq").write_text(
        f'<https://example.org/s> <https://example.org/p> "b" <{GRAPH}> .\n'
    )
    with pytest.raises(HubError, match=r"it lacks|is damaged"):
        verify(generation)
