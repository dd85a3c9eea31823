"""What is kept as long as there is room: the least asked for is given up first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shelf(Generic[T]):
    """Things by key, with room for so much of what their sizes count; safe for threads."""

    def __init__(self, room: int) -> None:
        self.room, self.taken = room, 0
        self._things: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, key: Hashable) -> bool:
        return key in self._things

    def get(self, key: Hashable) -> T | None:
        with self._lock:
            if key not in self._things:
                return None
            self._things.move_to_end(key)
            return self._things[key][0]

    def put(self, key: Hashable, thing: T, size: int = 1) -> None:
        """Keep a thing; one that is there already stays."""
        with self._lock:
            if key in self._things:
                return
            self._things[key] = thing, size
            self.taken += size
            while self.taken > self.room:
                self.taken -= self._things.popitem(last=False)[1][1]
