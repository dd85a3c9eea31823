"""The graph of ties: what one caller may walk of the ties of a generation."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

from hub.paths.ties import Ties
from hub.paths.view import View

_KEPT_VIEWS = 16
_KEPT_TIES = 12_000_000  # in all views that are kept: half a gigabyte


@dataclass(frozen=True)
class TieGraph(Ties):
    """The ties; `view` turns them into what one caller may walk."""

    _views: OrderedDict[tuple[object, ...], View] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def view(self, graphs: Iterable[str], as_of: date, kinds: Iterable[str] = ()) -> View:
        """The ties that `graphs` state, as they stood on `as_of`, of `kinds` (none: all).

        A few views are kept, since making one reads every tie.

        Raises:
            Invalid: there is no such kind.
        """
        seen = self.number_graphs(graphs)
        chosen = self.table.narrow(kinds)
        key = (seen, as_of, chosen, self.adjusted)
        with self._lock:
            if key in self._views:
                self._views.move_to_end(key)
                return self._views[key]
        view = View.make(self, seen, as_of, chosen)
        with self._lock:
            self._views[key] = view
            while len(self._views) > _KEPT_VIEWS or (
                len(self._views) > 1 and sum(map(len, self._views.values())) > _KEPT_TIES
            ):
                self._views.popitem(last=False)
        return view
