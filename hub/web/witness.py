"""What of personal data an answer shows, written into the audit trail before it is shown.

Personal are e-mail addresses and telephone numbers (`PERSONAL`) in sources that the public does not
see, and whoever has one there. Recorded are the page of such a person in all its formats, ways and
entry points that name one, questions and SPARQL queries that may tell of these properties
(`hub.sparql.reach`), and graphs and files that hold them. Names in lists are not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable

from hub.access import PUBLIC
from hub.accounts.audit import record
from hub.hub import Personal
from hub.sparql.reach import reaches
from hub.sparql.scanner import scan
from hub.vocabulary import PERSONAL
from hub.web.request import caller, the_hub

MOST_NAMED = 50  # things that one entry of the trail names


def personal() -> Personal:
    """What is personal of what the caller sees; for the public nothing is."""
    who = caller().viewer
    return the_hub().personal(who) if who != PUBLIC else Personal()


def note(door: str, what: str) -> None:
    """Write down that the caller sees personal data. Raises Unavailable where that cannot be."""
    hub = the_hub()
    record(hub.settings.data, caller(), door, what, hub.generation.number)


def witness_things(door: str, iris: Iterable[str]) -> None:
    """Note those of the things shown that are people with contact data."""
    people = personal().people
    shown = sorted(people.intersection(iris)) if people else []
    if shown:
        note(door, " ".join(shown[:MOST_NAMED]) + (" …" if len(shown) > MOST_NAMED else ""))


def witness_answer(door: str, tell: Callable[[], object]) -> None:
    """Note the people with contact data whom an answer, as it is told in JSON, names."""
    if personal().people:
        told = json.dumps(tell(), default=str, ensure_ascii=False)
        witness_things(door, re.findall(r'"(https?://[^"\s]+)"', told))


def witness_query(door: str, text: str, graphs: Collection[str] = (), told: str = "") -> None:
    """Note a query that may tell of personal data, by its text or as `told`.

    `graphs` are those that it is put to. Raises QueryRefused where the text is no query.
    """
    known = personal().graphs
    if not known:
        return
    query = scan(text, the_hub().pool.limits)
    asked = set(graphs) or {*query.dataset.default, *query.dataset.named}
    if (not asked or asked & known) and reaches(query, PERSONAL):
        note(door, told or text)


def witness_graph(door: str, graph: str) -> None:
    """Note that a graph is read whole; without a name, all that the caller sees."""
    known = personal().graphs
    if graph in known or (known and not graph):
        note(door, graph or "all graphs")
