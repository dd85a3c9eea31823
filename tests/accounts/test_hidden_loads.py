"""A load of what somebody does not see changes no byte of what they are told."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

import hub.history
from hub.access import PUBLIC, Viewer
from hub.accounts.caller import Caller
from hub.hub import Hub
from hub.publishing.loading import load
from hub.questions.keeping import Draft, keep
from hub.settings import read_settings
from hub.store.generations import current, date
from tests.accounts.conftest import write_world
from tests.accounts.test_hidden import WHOLE, ask, bytes_of
from tests.web.conftest import Server, serving

TRIALS = "/questions/trials?format=json"
NOTICED = ["/", "/healthz", "/.well-known/void", "/loads", TRIALS]
TOLD = [
    *((path, accept) for path in WHOLE for accept in ("text/html", "application/json")),
    *((path, "*/*") for path in ("/.well-known/void", "/sparql", "/graph?default", TRIALS)),
]
# Whose source is loaded → who must not notice, and who must.
LOADS = {"contacts": ("public", "consortium"), "private": ("consortium", "partner:biom")}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A hub of everything, loaded long ago, in which two questions are kept."""

    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:
            return datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=tz)

    folder = tmp_path_factory.mktemp("hidden-loads")
    data, config = folder / "data", folder / "hub.toml"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hub.history, "datetime", Clock)
        write_world(folder)
        settings = read_settings(data, config)
        assert not load(settings).refused
        with Hub(settings, workers=1) as opened:
            for viewer in (Viewer("consortium"), PUBLIC):
                somebody = Caller(f"user:{viewer}", "Somebody", viewer)
                draft = Draft("What is there?", "All.", "SELECT ?s { ?s a ?class }")
                keep(opened, somebody, draft, str(viewer))
    with serving(data, config) as url:
        yield Server(url, data, config, "")


def differences(server: Server, level: str, before: dict[object, object]) -> list[object]:
    """Which answers to somebody of this level are others than before, where they are known."""
    told = {one: bytes_of(ask(server, one[0], level, one[1]), server) for one in TOLD}
    changed = [one for one in TOLD if before.get(one, told[one]) != told[one]]
    before |= told
    return changed


def change(server: Server, source: str) -> None:
    """Add a statement to a source and load it."""
    path = server.config.parent / "sources" / source / "data.ttl"
    more = f'<organisation/{source}.lab> rdfs:comment "More of it." .\n'
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    command = [sys.executable, "-c", "from hub.cli import main; main()"]
    command += ["--data", str(server.data), "--config", str(server.config), "load"]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize("source", LOADS)
def test_a_hidden_load_leaves_every_byte_as_it_was(served: Server, source: str) -> None:
    below, own = LOADS[source]
    told: dict[object, object] = {}
    differences(served, below, told)
    own_before = [ask(served, path, own, "*/*").body for path in NOTICED]
    change(served, source)
    assert differences(served, below, told) == []
    for path, before in zip(NOTICED, own_before, strict=True):
        noticed = ask(served, path, own, "*/*").body != before
        assert noticed or (own, path) == ("partner:biom", TRIALS), path  # who keeps no question


def test_a_date_is_that_of_what_one_sees(served: Server) -> None:
    levels = ("public", "consortium")
    seen = {level: ask(served, "/healthz", level).json["changed"] for level in levels}
    assert seen["public"] == "2026-01-02T03:04:05Z" < seen["consortium"]
    ages = {
        level: float(ask(served, "/metrics", level).text.rpartition("hub_data_age_seconds ")[2])
        for level in seen
    }
    assert ages["public"] - ages["consortium"] > 86_400


def test_generations_without_dates_are_of_the_day_on_which_they_were_made(served: Server) -> None:
    manifest = current(served.data).manifest
    old = replace(manifest, graphs=tuple(replace(g, changed="") for g in manifest.graphs))
    for graph in old.graphs:
        assert date(graph, old, "2030-01-01T00:00:00Z").changed == manifest.created
        moved = replace(graph, count=graph.count + 1)
        assert date(moved, old, "2030-01-01T00:00:00Z").changed == "2030-01-01T00:00:00Z"
    assert date(old.graphs[0], None, "2030").changed == "2030"
