"""What of personal data an answer shows, written into the audit trail before it is shown.

Personal are e-mail addresses and telephone numbers (`PERSONAL`) in sources that the public does not
see, quotations there that hold one, and whoever has one there. Recorded are the page of such a
person in all its formats, pages that quote them, ways and entry points that name one, questions
and SPARQL queries that may tell of these properties (`hub.sparql.reach`), and graphs and files that
hold them. Names in lists are not.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from hub.access import PUBLIC
from hub.accounts.audit import record
from hub.hub import Personal
from hub.sparql.reach import reaches
from hub.sparql.scanner import scan
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


def witness_answer(
    door: str, tell: Callable[[], object], only: Collection[str] | None = None
) -> None:
    """Note the people with contact data whom an answer, as it is told in JSON, names or quotes.

    Of those that it names, `only` these.
    """
    known = personal()
    if known.people:
        told = set(_texts(tell()))
        quoted = {known.texts[text] for text in told & known.texts.keys()}
        witness_things(door, quoted.union(told if only is None else only))


def _texts(told: object) -> Iterator[str]:
    if isinstance(told, str):
        yield told
    elif isinstance(told, Mapping):
        yield from _texts(list(told.values()))
    elif isinstance(told, Sequence):
        for one in told:
            yield from _texts(one)


def witness_query(door: str, text: str, graphs: Collection[str] = (), told: str = "") -> None:
    """Note a query that may tell of personal data, by its text or as `told`.

    `graphs` are those that it is put to. Raises QueryRefused where the text is no query.
    """
    known = personal()
    if not known.graphs:
        return
    query = scan(text, the_hub().pool.limits)
    asked = set(graphs) or {*query.dataset.default, *query.dataset.named}
    if (not asked or asked & known.graphs) and reaches(query, known.properties):
        note(door, told or text)


def witness_graph(door: str, graph: str) -> None:
    """Note that a graph is read whole; without a name, all that the caller sees."""
    known = personal().graphs
    if graph in known or (known and not graph):
        note(door, graph or "all graphs")
