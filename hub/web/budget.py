"""What each request costs whoever asks: one of their requests, and the seconds that it takes.

An account has budgets of its own, wherever it asks from; all others have those of their address.
Every request counts, also one that is refused. The headers are those of
draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

import math
import time
from typing import cast

from flask import Flask, Response, current_app, g, request

from hub.accounts.budgets import MINUTE, Budget, name_address
from hub.errors import TooMany, Unauthorised
from hub.settings import Settings
from hub.web.request import caller

FREE = {"static", "service.health", "service.metrics"}
ATTEMPTS_WINDOW = 600  # seconds in which so many log-ins may be tried:
ATTEMPTS_OF_ADDRESS, ATTEMPTS_OF_NAME = 20, 50


class Budgets:
    """The budgets of an application, shared by its threads."""

    def __init__(self, settings: Settings) -> None:
        self.requests = Budget(settings.requests_per_minute)
        self.seconds = Budget(settings.seconds_per_minute)
        self.attempts = Budget(ATTEMPTS_OF_ADDRESS, ATTEMPTS_WINDOW)
        self.attempts_on_name = Budget(ATTEMPTS_OF_NAME, ATTEMPTS_WINDOW)
        policies = (
            f'"requests";q={self.requests.quota:.0f};w={MINUTE:.0f}',
            f'"seconds";q={self.seconds.quota:.0f};w={MINUTE:.0f};qu="seconds"',
        )
        self.policy = ("RateLimit-Policy", ", ".join(policies))

    def pay(self, payer: str) -> None:
        """Take a request from the budget. Raises TooMany where that, or the time, is used up."""
        wait = self.requests.take(payer)
        if wait:
            raise TooMany("requests", f"{self.requests.quota:,.0f} requests a minute", wait)
        wait = self.seconds.wait(payer)
        if wait:
            raise TooMany("seconds", f"{self.seconds.quota:,.0f} seconds of work a minute", wait)

    def tell(self, payer: str) -> tuple[tuple[str, str], tuple[str, str]]:
        """The headers that say what is left."""
        left = (
            f'"{name}";r={max(int(budget.left(payer)), 0)};t={math.ceil(budget.refill(payer))}'
            for name, budget in (("requests", self.requests), ("seconds", self.seconds))
        )
        return self.policy, ("RateLimit", ", ".join(left))


class Meter:
    """Charges a payer for the time since it was made, as that passes."""

    def __init__(self, budgets: Budgets, payer: str) -> None:
        self.budgets, self.payer, self._since = budgets, payer, time.monotonic()

    def charge(self) -> None:
        """Take what has passed since the last time."""
        now = time.monotonic()
        self.budgets.seconds.spend(self.payer, now - self._since)
        self._since = now


def the_budgets() -> Budgets:
    return cast(Budgets, current_app.extensions["budgets"])


def set_up(app: Flask, settings: Settings) -> None:
    """Count every request of `app` from now on, and charge its time."""
    budgets = app.extensions["budgets"] = Budgets(settings)

    @app.before_request
    def pay() -> None:
        if request.endpoint in FREE:
            return
        try:
            payer = caller().account or name_address(request.remote_addr or "")
        except Unauthorised:  # which is told once this request has been counted
            payer = name_address(request.remote_addr or "")
        g.meter = Meter(budgets, payer)
        budgets.pay(payer)
        caller()

    @app.after_request
    def tell(response: Response) -> Response:
        if "meter" in g:
            response.headers.extend(budgets.tell(g.meter.payer))
            response.call_on_close(g.meter.charge)
        return response


def check_attempts(name: str) -> None:
    """Count a log-in that is tried. Raises TooMany after too many from here, or on this name."""
    budgets = the_budgets()
    wait = budgets.attempts.take(name_address(request.remote_addr or ""))
    wait = max(wait, budgets.attempts_on_name.take(name[:100]) if name else 0.0)
    if wait:
        raise TooMany("log-ins", "so many attempts to log in", wait)
