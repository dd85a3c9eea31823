"""Introductions: who can bring two parties together, through whom, on what evidence.

    statements  what sources say, as columns;  evidence  these become arrays  (at publish time)
    ties        the arrays, opened in place;  view  what one caller sees of them, weighed
    graph       both together, views kept
    ages        how old evidence is, and on what that rests
    strength    the table of weights and its arithmetic in words
    search      exact shortest ways with at most so many steps;  kernel  its loops, compiled over
    ground      the arrays that are walked;  neighbours  who stands around a party
    atlas       a view with the rules of a question; what a way is made of
    ways        several different ways, or why there is none;  circles  who knows both ends
    ledger      sentences with evidence, date and source;  words  whole answers
    entrypoints doors into a market;  doors  the same told
    introductions  both questions by names, over the open hub
    service     ways from within a query;  request  how these are asked for
    evaluation  the ranking of connectors held against who really connected

networkx is what the search is held against in the tests; numpy stays behind this door.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.vocabulary import WAYS_SEARCH

if TYPE_CHECKING:
    from hub.access import Viewer
    from hub.hub import Hub
    from hub.sparql.constants import Table
    from hub.sparql.services import Block
    from hub.sparql.workers import Gone


def _answer_ways(hub: Hub, viewer: Viewer, block: Block, seconds: float, gone: Gone) -> Table:
    from hub.paths.service import answer_ways  # who asks nothing starts without it

    return answer_ways(hub, viewer, block, seconds, gone)


# What an open hub answers by SERVICE; see `hub.hub.Hub`.
SERVICES = {WAYS_SEARCH: _answer_ways}
