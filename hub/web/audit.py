"""The audit trail, for those who administer; for all others there is no such page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from hub.accounts.audit import Entry, read_trail
from hub.web.negotiation import show
from hub.web.operation import describe
from hub.web.request import caller, number, text, the_hub

blueprint = Blueprint("audit", __name__)

SHOWN = 100


@dataclass(frozen=True)
class AuditPage:
    """A stretch of the trail, the latest first; `older` is the number to go on before, or 0."""

    entries: tuple[Entry, ...]
    account: str
    about: str
    older: int

    def table(self) -> Iterator[list[object]]:
        yield [part.name for part in fields(Entry)]
        for entry in self.entries:
            yield list(vars(entry).values())


@blueprint.get("/audit")
@describe(
    "html",
    "json",
    "csv",
    account="Only what this account saw, such as user:anna.",
    about="Only where this text stands in what was seen, such as an IRI.",
    before="Only entries before this number.",
)
def audit() -> Response:
    """Who saw personal data, when, by which door, and what; for those who administer."""
    if not caller().may("administer"):
        raise NotFound()
    account, about = text("account", 200), text("about")
    before = number("before", 10**9 - 1, 1, 10**9 - 1)
    found = read_trail(the_hub().settings.data, SHOWN + 1, before, account, about)
    older = found[SHOWN - 1].number if len(found) > SHOWN else 0
    page = AuditPage(tuple(found[:SHOWN]), account, about, older)
    return show(page, "audit/index.html", table=page.table)
