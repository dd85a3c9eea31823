"""The ledger of introductions as staff of a partner see it: a list, the latest request first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hub.access import Viewer
from hub.accounts.tokens import list_tokens
from hub.accounts.users import list_users
from hub.hub import Hub
from hub.pages.parts import Link, page_of
from hub.paths.introductions import PARTIES
from hub.requests.ledger import Introduction, read_introductions, record_request

HEADER = ["introduction", "state", "day", "who", "partner", "from", "to", "asked", "way", "note"]


@dataclass(frozen=True)
class Row:
    """An introduction with the names of its parties, and what may be said of it now."""

    key: str
    start: Link
    target: Link
    connector: Link
    way: str
    state: str
    said: tuple[Said, ...]
    next: tuple[str, ...]


@dataclass(frozen=True)
class Said:
    """One row of the ledger: what was said, by whom, about which day."""

    state: str
    day: str
    who: str
    partner: str
    note: str


@dataclass(frozen=True)
class LedgerPage:
    """What a partner sees of the ledger."""

    introductions: tuple[Row, ...]


def read_ledger(hub: Hub, viewer: Viewer) -> LedgerPage:
    """The ledger as `viewer` sees it; empty for all but partners."""
    found = read_introductions(hub.settings.data, viewer)
    parties = {iri for one in found for iri in parties_of(one)}
    canonical = {iri: hub.canonical(iri, viewer) for iri in parties}
    known = hub.describe(canonical.values(), viewer)

    def link(iri: str) -> Link:
        now = canonical[iri]
        label = known[now].label if now in known else now.removeprefix(hub.settings.base)
        return Link(now, label, page_of(now, hub.settings.base))

    return LedgerPage(
        tuple(
            Row(
                one.asked.key,
                link(one.asked.start),
                link(one.asked.target),
                link(one.asked.connector),
                one.asked.way,
                one.state,
                tuple(Said(e.state, e.day, e.who, e.partner, e.note) for e in one.entries),
                one.next,
            )
            for one in found
        )
    )


def parties_of(one: Introduction) -> tuple[str, str, str]:
    return one.asked.start, one.asked.target, one.asked.connector


def tabulate_ledger(page: LedgerPage) -> Iterator[list[object]]:
    """One row per row of the ledger, with a header."""
    yield list(HEADER)
    for row in page.introductions:
        parties = [row.start.label, row.target.label, row.connector.label]
        for said in row.said:
            told = [row.key, said.state, said.day, said.who, said.partner]
            yield [*told, *parties, row.way, said.note]


def ask(
    hub: Hub,
    viewer: Viewer,
    who: str,
    names: tuple[str, str, str],
    *,
    way: str = "",
    note: str = "",
    day: str = "",
) -> Introduction:
    """Record a request by the names of who is introduced, to whom, and who was asked.

    Raises as `Hub.find` and `record_request` do.
    """
    start, target, connector = (hub.find(name, viewer, PARTIES) for name in names)
    parties = (start.iri, target.iri, connector.iri)
    partners = find_partners(hub, [one.label for one in (start, target, connector)])
    return record_request(
        hub.settings.data, viewer, who, parties, way=way, note=note, day=day, partners=partners
    )


def find_partners(hub: Hub, labels: Iterable[str]) -> set[str]:
    """The partners that are called so: as the owner of what they handed in, or by their own name
    (`Lyon Biopole` is `lyon-biopole`)."""
    called = {label.casefold() for label in labels}
    named = {re.sub(r"[^a-z0-9]+", "-", label).strip("-") for label in called}
    data, sources = hub.settings.data, hub.generation.manifest.sources
    known = {token.viewer.partner for token in list_tokens(data)}
    known |= {user.viewer.partner for user in list_users(data)}
    owners = {source.partner for source in sources if source.owner.casefold() in called}
    known |= owners | {source.partner for source in sources}
    return {partner for partner in known if partner and (partner in named or partner in owners)}
