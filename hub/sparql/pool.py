"""Queries handed to workers that can be killed, and their answers streamed back.

What a door has to know:

- Whatever is wrong with the query, its first rows, or the workers is raised by `query` itself,
  before a status is sent: `QueryRefused` 400 (line and column), `NotAcceptable` 406,
  `QueryTooLarge` 422, `Busy` 503, `WorkerFailed` 503, `QueryTimeout` 504. Answers of up to
  256 KB are whole by then.
- A longer answer may still fail while it is read: the iterator raises the same errors. The
  connection must then be broken off (in chunked coding: without the last chunk), so that a cut
  answer never looks whole. There are no silently shortened answers.
- Close an answer that is not read to its end (`with`, `close`, or WSGI's own `close()` on the
  iterator): its worker is killed and replaced. For HEAD, just close it.
- `graphs` decides everything. The default graph is their union, `GRAPH` reaches each by name;
  the request's graphs, else those of FROM and FROM NAMED, only narrow it. A graph that is hidden
  and one that does not exist are the same.
- `union` names a graph of the store that holds the union of `graphs`, if one was published. It
  makes queries over everything fast: without it (and where FROM names several graphs) a worker
  first merges the graphs in memory, since the engine would count a triple that two graphs state
  twice. GRAPH does not reach it.
- `pool.switch(path)` moves to another generation; answers under way finish on the old one.

Inside the hub, `select` gives Terms, and takes bindings.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hub.sparql import formats
from hub.sparql.answer import Answer
from hub.sparql.binding import Bindings
from hub.sparql.constants import Table
from hub.sparql.errors import (
    NARROW,
    QueryTimeout,
    time_limit,
)
from hub.sparql.formats import Format
from hub.sparql.frames import Request
from hub.sparql.limits import Limits
from hub.sparql.query import Dataset, Query
from hub.sparql.scanner import scan
from hub.sparql.services import Block, answer_block, find_blocks
from hub.sparql.workers import Gone, Workers
from hub.terms import Term, read_solutions
from hub.vocabulary import NAMESPACES

__all__ = ["Answer", "Limits", "Pool"]

Services = Callable[[Block, float], Table]

WAITED = 0.75  # of its time a query loses at most by waiting for a worker
VOLATILE = frozenset(("NOW", "RAND", "UUID", "STRUUID", "SERVICE"))


class Pool(Workers):
    """Workers over one store that are asked queries, by any number of threads."""

    def query(
        self,
        text: str,
        *,
        graphs: Sequence[str],
        union: str = "",
        accept: str = "",
        format: str = "",  # noqa: A002 (the name in the command line and in URLs)
        default_graph: Sequence[str] = (),
        named_graph: Sequence[str] = (),
        bindings: Bindings | None = None,
        timeout: float | None = None,
        whole: bool = False,
        services: Services | None = None,
        gone: Gone = None,
        payer: str = "",
    ) -> Answer:
        """Answer a query of any form.

        Args:
            text: SPARQL 1.1, one query.
            graphs: IRIs of the graphs that the caller may see.
            union: IRI of a graph that holds exactly the union of `graphs`, if there is one.
            accept: the header Accept; used where `format` is empty.
            format: a name or media type of `hub.sparql.formats`.
            default_graph, named_graph: the dataset that the request names, before FROM.
            bindings: values for variables of the WHERE clause, projected or not.
            timeout: seconds, where they are to be fewer than the limit.
            whole: a graph may have any number of statements.
            services: answers a SERVICE block within so many seconds; without it they are refused.
            gone: says whether who asks has gone away; the query is ended within a second then, and
                waits no longer for a worker. (`services` look for themselves.)
            payer: who asks, of whom only so many are answered at once; empty for the hub itself.

        Raises:
            QueryRefused, QueryTooLarge, QueryTimeout, WorkerFailed, Busy: see above.
            Invalid, NotAcceptable: there is no such format for this kind of answer.
        """
        query = scan(text, self.limits)
        query.require_absolute()
        graph = query.form in ("CONSTRUCT", "DESCRIBE")
        if format:
            chosen = formats.named(format, graph=graph)
        else:
            chosen = formats.negotiate(accept, graph=graph)
        wanted = Dataset(tuple(default_graph), tuple(named_graph)) or query.dataset
        default, named = wanted.within(graphs, union)
        volatile = not VOLATILE.isdisjoint(query.words)
        seconds, started = min(self.limits.seconds, timeout or math.inf), time.monotonic()
        if services and "SERVICE" in query.words:
            based = replace(query.bound(bindings), base=query.base or self.base)
            query = self._resolve(based, bindings, services, seconds, gone, payer)
            bindings = None
        if (spent := time.monotonic() - started) >= seconds:  # an endpoint had all of it
            raise QueryTimeout(time_limit(seconds), remedy=NARROW)
        limited = query.form == "SELECT"
        ttl = chosen.name == "ttl"
        request = Request(
            text=query.text(bindings, self.limits.rows if limited else None),
            default=default,
            named=named if "GRAPH" in query.words else (),
            format=chosen.name,
            prefixes=tuple((NAMESPACES | dict(query.prefixes)).items()) if ttl else (),
            rows=0 if whole else self.limits.rows,
            size=self.limits.bytes,
            probe=query.text(bindings, 1, self.limits.rows) if limited else "",
            base=self.base,
            star=query.star,
            variables=query.variables if query.star else (),
        )
        asked = time.monotonic()
        process = self._take(gone, payer)
        # Who waited has as much less time, so that all ends in time, but enough for small queries.
        spent += min(time.monotonic() - asked, (seconds - spent) * WAITED)
        return Answer(self, process, query, seconds, request, chosen, spent, volatile)

    def _resolve(
        self,
        query: Query,
        bindings: Bindings | None,
        services: Services,
        seconds: float,
        gone: Gone,
        payer: str,
    ) -> Query:
        """The query with rows in place of its SERVICE blocks; nobody is asked if it is none."""
        until = time.monotonic() + seconds

        def probe(text: str, format_: str = "") -> bytes:
            request = Request(text, format=format_, base=self.base, rows=1, size=self.limits.bytes)
            arguments = (outline, seconds, request, formats.FORMATS[0])
            return Answer(self, self._take(gone, payer), *arguments).read()

        def silence(block: Block) -> Table:
            """One solution that binds nothing of what the block would."""
            found = json.loads(probe(block.text(), "json"))["head"]["vars"]
            names = tuple(name for name in found if name != block.variable)
            return Table(names, ((None,) * len(names),))

        blocks = find_blocks(query, bindings)
        outline = query.put(block.span() for block in blocks)
        probe(outline.text())

        def ask(block: Block) -> Table:
            return services(block, until - time.monotonic())

        return query.put(block.span(answer_block(block, ask, silence)) for block in blocks)

    def dump(
        self, graphs: Sequence[str], chosen: Format, gone: Gone = None, payer: str = ""
    ) -> Answer:
        """All that `graphs` hold, in a format of `formats.DUMPS`, in ten times a query's time.

        Raises as `query`.
        """
        query = scan("CONSTRUCT { ?s ?p ?o } { GRAPH ?g { ?s ?p ?o } }", self.limits)
        prefixes, size = tuple(NAMESPACES.items()), self.limits.bytes
        request = Request("", named=graphs, format=chosen.name, prefixes=prefixes, size=size)
        process = self._take(gone, payer)
        return Answer(self, process, query, 10 * self.limits.seconds, request, chosen)

    def select(self, text: str, **options: Any) -> list[dict[str, Term]]:
        """The rows of a SELECT, asked as `query` is; an unbound variable is absent from its row."""
        with self.query(text, format="json", **options) as answer:
            return read_solutions(answer.read())
