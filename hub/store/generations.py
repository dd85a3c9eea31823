"""Generations: the published states of the hub, each a folder that is never written again.

    data/generations/000042/   store/ search.sqlite ties/ said/ view/ manifest.json
    data/CURRENT               the number of the generation that is served

A draft is prepared beside them, flushed, verified, renamed into place, and only then named in
CURRENT, so that a crash at any point leaves the old generation served.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from hub.access import Viewer
from hub.errors import HubError, NotFound, Refused, Unavailable
from hub.store.files import digest_file
from hub.store.manifest import GraphFact, Manifest, name_view, read_manifest
from hub.store.quads import QuadStore

MEASURED_AT_ONCE = 2  # graphs of a new generation


@dataclass(frozen=True)
class Generation:
    """A published state; every path under `path` is only read."""

    number: int
    path: Path
    manifest: Manifest

    @cached_property
    def store(self) -> Path:
        return self.path / "store"

    @property
    def search(self) -> Path:
        return self.path / "search.sqlite"

    @property
    def ties(self) -> Path:
        return self.path / "ties"

    def names(self) -> dict[str, dict[str, str]]:
        """For each level (`public`, `consortium`, `partner:NAME`): former IRI → canonical IRI."""
        try:
            names: dict[str, dict[str, str]] = json.loads(
                (self.path / "names.json").read_text(encoding="utf-8")
            )
        except (OSError, ValueError) as error:
            raise HubError(f"The names cannot be read: {error}.", where=str(self.path)) from error
        return names


def current_number(data: Path) -> int | None:
    """The number in CURRENT, or None where nothing is published."""
    try:
        text = (data / "CURRENT").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise HubError(f"CURRENT cannot be read: {error}.", where=str(data)) from error
    if not re.fullmatch(r"\d{1,9}", text):
        raise HubError(
            f"CURRENT names no generation: “{text[:40]}”.",
            where=str(data / "CURRENT"),
            remedy="Write the number of a folder of generations/ into it, or roll back.",
        )
    return int(text)


def current_stamp(data: Path) -> tuple[int, int]:
    """What changes whenever CURRENT is replaced, for a tenth of the time of reading it."""
    try:
        found = os.stat(f"{data}/CURRENT")
    except OSError:
        return 0, 0
    return found.st_ino, found.st_mtime_ns


def current(data: Path) -> Generation:
    """The generation that is served. Raises Unavailable where nothing is published yet."""
    number = current_number(data)
    if number is None:
        raise Unavailable(
            "Nothing is published yet.", where=str(data), remedy="Load the sources: hub load."
        )
    return open_generation(data, number)


def open_generation(data: Path, number: int) -> Generation:
    """A generation by number. Raises NotFound where it is not kept."""
    path = data / "generations" / f"{number:06}"
    if not path.is_dir():
        kept = ", ".join(str(n) for n in kept_generations(data)) or "none"
        raise NotFound(f"There is no generation {number}.", remedy=f"Kept are: {kept}.")
    return Generation(number, path, read_manifest(path / "manifest.json"))


def kept_generations(data: Path) -> list[int]:
    """The numbers of the generations in the data folder, ascending."""
    folders = (data / "generations").glob("[0-9]*")
    return sorted(int(path.name) for path in folders if path.name.isdigit())


@contextmanager
def writing(data: Path) -> Iterator[None]:
    """Hold the data folder for writing; raises Refused where another process holds it."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "LOCK").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(
                "Another load or rollback is under way.",
                where=str(data),
                remedy="Wait until it has ended.",
            ) from None
        yield


class Draft:
    """A generation in the making: a copy of the previous one that may be written."""

    def __init__(self, data: Path, previous: Generation | None) -> None:
        self.data = data
        self.previous = previous
        self.number = max([*kept_generations(data), previous.number if previous else 0, 0]) + 1
        self.path = data / "generations" / f".draft-{self.number:06}"
        shutil.rmtree(self.path, ignore_errors=True)
        for folder in ("said", "view", "work"):
            (self.path / folder).mkdir(parents=True)
        if previous:
            original = QuadStore(previous.store, read_only=True)
            original.backup(self.path / "store")
            del original
            for folder in ("said", "view"):
                for file in (previous.path / folder).iterdir():
                    os.link(file, self.path / folder / file.name)
        self.store = QuadStore(self.path / "store")

    def said(self, name: str) -> Path:
        """The file of what the source said, sorted N-Quads with its own IRIs."""
        return self.path / "said" / f"{name}.nq"

    def view(self, name: str, level: Viewer | None = None) -> Path:
        """The file of the same with canonical IRIs, its own level's or those of a higher one."""
        return self.path / "view" / name_view(name, level)

    def subjects(self, name: str) -> Path:
        """The file of the subjects that the source speaks of, by its own IRIs."""
        return self.path / "said" / f"{name}.subjects"

    def keep_names(self, names: Mapping[str, Mapping[str, str]]) -> None:
        """Keep, for each level, which IRI stands for which former one."""
        (self.path / "names.json").unlink(missing_ok=True)
        text = json.dumps(names, ensure_ascii=False, sort_keys=True, indent=0)
        (self.path / "names.json").write_text(text, encoding="utf-8")

    def work(self, name: str) -> Path:
        """A file that is gone when the draft is published."""
        return self.path / "work" / name

    def publish(
        self,
        manifest: Manifest,
        keep: int,
        expected: Mapping[tuple[str, ...], int] | None = None,
    ) -> Generation:
        """Flush, measure what is on the disk, write the manifest, and name it in CURRENT.

        Graphs that have no hash in the manifest yet are measured in the store opened anew;
        `expected` says how many statements some graphs hold together. Generations beyond the
        newest `keep` go, never the one served. Raises HubError where the disk does not hold what
        is expected; then nothing has changed.
        """
        self.store.close()
        del self.store
        shutil.rmtree(self.path / "work")
        store = QuadStore(self.path / "store", read_only=True)
        with ThreadPoolExecutor(MEASURED_AT_ONCE) as pool:
            found = pool.map(lambda graph: measure(store, graph, self.path), manifest.graphs)
            measured = tuple(found)
        store.close()
        before = self.previous.manifest if self.previous else None
        measured = tuple(date(graph, before, manifest.created) for graph in measured)
        manifest = replace(manifest, graphs=measured)
        counts = {graph.iri: graph.count for graph in measured}
        for graphs, count in (expected or {}).items():
            kept = sum(counts[graph] for graph in graphs)
            if kept != count:
                raise HubError(
                    f"The store kept {kept:,} statements of {count:,} in {graphs[0]}.",
                    where=str(self.path),
                    remedy="Is the disk full or failing? The old generation is served as before.",
                )
        manifest.write(self.path / "manifest.json")
        target = self.data / "generations" / f"{self.number:06}"
        sync_tree(self.path)
        self.path.rename(target)
        sync_folder(target.parent)
        name_current(self.data, self.number)
        for number in kept_generations(self.data)[:-keep]:
            if number != self.number:
                shutil.rmtree(self.data / "generations" / f"{number:06}")
        return Generation(self.number, target, manifest)

    def discard(self) -> None:
        """Leave no trace of the draft."""
        if hasattr(self, "store"):
            self.store.close()
            del self.store
        shutil.rmtree(self.path, ignore_errors=True)


def name_current(data: Path, number: int) -> None:
    """Switch CURRENT to a generation, at once and durably."""
    new = data / "CURRENT.new"
    with new.open("w", encoding="ascii") as file:
        file.write(f"{number}\n")
        file.flush()
        os.fsync(file.fileno())
    new.rename(data / "CURRENT")
    sync_folder(data)


def measure(store: QuadStore, graph: GraphFact, path: Path) -> GraphFact:
    """The graph, in the generation at `path`, with its count and hash.

    A union is a copy, and only counted.
    """
    if graph.kind == "union":
        return replace(graph, count=store.count(graph.iri))
    if graph.sha256:
        return graph
    view = path / "view" / graph.view
    if graph.source and view.exists():
        return replace(graph, count=store.count(graph.iri), sha256=digest_file(view))
    count, digest = store.measure(graph.iri)
    return replace(graph, count=count, sha256=digest)


def date(graph: GraphFact, before: Manifest | None, made: str) -> GraphFact:
    """The graph with the time of its last change: as in the manifest `before`, else `made`.

    So who sees it learns nothing of loads that changed only what others see.
    """
    old = next((g for g in before.graphs if g.iri == graph.iri), None) if before else None
    if before and old and (old.count, old.sha256) == (graph.count, graph.sha256):
        made = old.changed or before.created
    return replace(graph, changed=made)


def verify(generation: Generation) -> None:
    """Hold the store against the manifest. Raises HubError naming the first graph that differs."""
    store = QuadStore(generation.store, read_only=True)
    expected = {graph.iri: graph for graph in generation.manifest.graphs}
    stray = set(store.graph_names()) - expected.keys()
    if stray:
        raise HubError(
            f"The store holds a graph that the manifest does not name: {min(stray)}.",
            where=str(generation.path),
        )
    for graph in generation.manifest.graphs:
        if graph.kind == "union":
            level = Viewer(graph.level, graph.partner)
            seen = level.graphs(g for g in generation.manifest.graphs if g.kind != "union")
            store.check_union(frozenset(seen), graph.iri)
            continue
        found = measure(store, replace(graph, count=0, sha256=""), generation.path)
        if found != graph:
            raise HubError(
                f"The graph {graph.iri} is damaged: {found.count:,} statements where the manifest "
                f"has {graph.count:,}, or other ones.",
                where=str(generation.path),
                remedy="Roll back to another generation (hub rollback N) and load again.",
            )
    for view in (generation.path / "view").glob("*.nq"):
        store.check_file(view)


def sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(path: Path) -> None:
    """Bring every file under `path` that is not shared with an older generation to the disk."""
    for folder, _, files in os.walk(path):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                if os.fstat(file.fileno()).st_nlink == 1:
                    os.fsync(file.fileno())
        sync_folder(Path(folder))
