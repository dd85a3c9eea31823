"""Introductions that led to a meeting, as a source of each partner that sees them.

What is in the ledger becomes evidence by the way of all other knowledge: a folder with a
`source.toml` and a file, which only that partner sees and the next load reads.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import chain
from pathlib import Path

from hub.access import Viewer
from hub.errors import Unavailable
from hub.history import read_rows
from hub.requests.ledger import Introduction, read_introductions
from hub.search import Hit, Index
from hub.settings import Settings
from hub.store.generations import Generation, current
from hub.store.manifest import Outdated
from hub.terms import literal
from hub.vocabulary import NAMESPACES, expand

FILE = "introductions.ttl"
DESCRIPTION = """name = "introductions-{partner}"
title = "Introductions that led to a meeting, as {partner} sees them"
owner = "{partner}"
visibility = "partner"
partner = "{partner}"
licence = "private to those involved"
description = "Written by the hub itself from the ledger of introductions at each load."
refresh = "with each load"
files = ["{file}"]
"""
PREFIXES = "".join(
    f"@prefix {name}: <{NAMESPACES[name]}> .\n"
    for name in ("foaf", "mc", "org", "rdfs", "schema", "xsd")
)
KINDS = ("foaf:Person", "org:Organization")
ROLES = {"start": "participant", "target": "participant", "connector": "initiator"}


def find_folders(settings: Settings) -> tuple[Path, ...]:
    """The folders of these sources, as the last load left them."""
    return tuple(sorted(path.parent for path in folder_of(settings).glob("*/source.toml")))


def write_sources(settings: Settings) -> None:
    """Bring the folders of all partners up to what the ledger says now.

    What the parties are, and are called, is what the partner sees in the generation that is served.
    """
    try:
        generation = current(settings.data)
    except (Unavailable, Outdated):  # then they stay as they are until it is loaded anew
        return
    shutil.rmtree(folder_of(settings), ignore_errors=True)
    rows = read_rows(settings.data, "SELECT DISTINCT partners FROM introduction")
    for partner in sorted(set(chain.from_iterable(row[0].split() for row in rows))):
        viewer = Viewer("partner", partner)
        found = read_introductions(settings.data, viewer)
        if met := sorted((one for one in found if one.met), key=lambda one: one.asked.key):
            parties = find_parties(generation, viewer, met)
            folder = folder_of(settings) / f"introductions-{partner}"
            folder.mkdir(parents=True)
            stated = DESCRIPTION.format(partner=partner, file=FILE)
            (folder / "source.toml").write_text(stated, encoding="utf-8")
            text = PREFIXES + "".join(
                chain.from_iterable(state(settings.base, one, parties) for one in met)
            )
            (folder / FILE).write_text(text, encoding="utf-8")


def folder_of(settings: Settings) -> Path:
    return settings.data / "ledger"


def find_parties(
    generation: Generation, viewer: Viewer, found: Iterable[Introduction]
) -> dict[str, Hit]:
    """What the parties of introductions are to a viewer, by the IRIs they were recorded by."""
    levels = generation.names()
    names = levels.get(str(viewer), levels["public"])
    iris = {getattr(one.asked, part) for one in found for part in ROLES}
    graphs = viewer.graphs(g for g in generation.manifest.graphs if g.kind != "union")
    hits = Index(generation.search).look_up({names.get(i, i) for i in iris}, graphs)
    return {i: hits[names.get(i, i)] for i in iris if names.get(i, i) in hits}


def state(base: str, one: Introduction, parties: Mapping[str, Hit]) -> Iterator[str]:
    """An introduction that led to a meeting, in Turtle: an event of up to three parties."""
    assert one.met
    key = f"introductions.{one.asked.key}"
    occasion = f"<{base}introduction/{key}>"
    day = date.fromisoformat(one.met.day)
    yield (
        f'\n{occasion} a mc:Introduction ; rdfs:label "Introduction of {day.day} {day:%B %Y}"@en ;'
        f' schema:startDate "{day}"^^xsd:date .\n'
    )
    for part, role in ROLES.items():
        hit = parties.get(getattr(one.asked, part))
        kinds = [kind for kind in KINDS if hit and expand(kind) in hit.types]
        if hit and kinds:  # what is neither can be no party of an event
            yield f"<{hit.iri}> a {kinds[0]} ; rdfs:label {literal(hit.label).n3()} .\n"
            yield (
                f"<{base}involvement/{key}-{part}> a mc:Involvement ; "
                f"mc:involvedIn {occasion} ; mc:involves <{hit.iri}> ; "
                f"mc:inRole <{base}concept/role/{role}> .\n"
            )
