"""How much one caller may use: a budget that is taken from, and fills up again evenly."""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache

MINUTE = 60.0
MOST_CALLERS = 20_000  # of whom is remembered; who has not asked for longest is forgotten first


class Budget:
    """A quota in so many seconds for each of many callers; safe for threads.

    What was not used is there at once, then the quota comes back at `quota / window` a second (a
    token bucket). Memory is bounded: `MOST_CALLERS` numbers.
    """

    def __init__(
        self, quota: float, window: float = MINUTE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.quota, self.window, self._clock = float(quota), window, clock
        self._rate = self.quota / window
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> float:
        """Take one; returns 0, or the seconds to wait where there was none.

        Whoever asks in vain takes what has come back since, so that hammering does not pay.
        """
        with self._lock:
            left = self._now(who)
            self._keep(who, max(left - 1, 0.0))
            return 0.0 if left >= 1 else 1 / self._rate

    def spend(self, who: str, amount: float) -> None:
        """Take what was used already; it may be more than is left, up to the quota."""
        with self._lock:
            self._keep(who, max(self._now(who) - amount, -self.quota))

    def left(self, who: str) -> float:
        """What is left; below 0 where more was spent than there was."""
        with self._lock:
            return self._now(who)

    def wait(self, who: str) -> float:
        """The seconds until something is left; 0 where there is."""
        return max(-self.left(who), 0.0) / self._rate

    def refill(self, who: str) -> float:
        """The seconds until the whole quota is there again."""
        return (self.quota - self.left(who)) / self._rate

    def __len__(self) -> int:
        return len(self._left)

    def _now(self, who: str) -> float:
        if who not in self._left:
            return self.quota
        left, at = self._left[who]
        return min(self.quota, left + (self._clock() - at) * self._rate)

    def _keep(self, who: str, left: float) -> None:
        self._left[who] = (left, self._clock())
        self._left.move_to_end(who)
        if len(self._left) > MOST_CALLERS:
            self._left.popitem(last=False)


@lru_cache(10_000)
def name_address(address: str) -> str:
    """The caller behind an address: itself, or the /64 network of an IPv6 one, which is one line's.

    >>> name_address("192.0.2.7"), name_address("2001:db8::1:2"), name_address("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7')
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))
