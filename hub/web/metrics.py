"""How the server fares, in numbers that name nobody: the text that Prometheus reads.

Routes are counted by their pattern (`/id/<kind>/<path:key>`), never by what was asked for.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

from flask import Flask, Response, current_app, g, request

from hub.sparql.pool import Pool

BOUNDS = (0.005, 0.025, 0.1, 0.25, 1.0, 5.0, 30.0)  # seconds, of the histogram of answers
METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"}
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What was answered since the server began; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: Counter[tuple[str, str, int]] = Counter()
        self._buckets: Counter[tuple[str, int]] = Counter()
        self._seconds: Counter[str] = Counter()

    def count(self, method: str, route: str, status: int, seconds: float = 0.0) -> None:
        """Count an answer to a request, and the seconds that it took."""
        method = method if method in METHODS else "other"
        with self._lock:
            self._answers[method, route, status] += 1
            self._buckets[route, bisect_left(BOUNDS, seconds)] += 1
            self._seconds[route] += seconds  # type: ignore[assignment]

    def tell(self, pool: Pool, changed: str) -> str:
        """Everything in Prometheus' text format; `changed` is when what the caller sees did."""
        parts = (self._traffic(), state(pool, changed))
        return "".join(f"{line}\n" for part in parts for line in part)

    def _traffic(self) -> Iterator[str]:
        with self._lock:
            answers, buckets = dict(self._answers), dict(self._buckets)
            seconds = dict(self._seconds)
        yield "# HELP hub_requests_total Requests answered, also those refused."
        yield "# TYPE hub_requests_total counter"
        for (method, route, status), number in sorted(answers.items()):
            labels = f'method="{method}",route="{route}",status="{status}"'
            yield f"hub_requests_total{{{labels}}} {number}"
        yield "# HELP hub_request_seconds Time from a request to the end of its answer."
        yield "# TYPE hub_request_seconds histogram"
        for route, total in sorted(seconds.items()):
            below = 0
            for place, bound in enumerate((*BOUNDS, "+Inf")):
                below += buckets.get((route, place), 0)
                yield f'hub_request_seconds_bucket{{route="{route}",le="{bound}"}} {below}'
            yield f'hub_request_seconds_sum{{route="{route}"}} {total:.6f}'
            yield f'hub_request_seconds_count{{route="{route}"}} {below}'


def state(pool: Pool, changed: str) -> Iterator[str]:
    """The workers, and the age of what is served."""
    busy, idle = pool.load
    age = (datetime.now(UTC) - datetime.fromisoformat(changed)).total_seconds()
    yield "# HELP hub_workers Query processes by what they do."
    yield "# TYPE hub_workers gauge"
    yield f'hub_workers{{state="busy"}} {busy}'
    yield f'hub_workers{{state="idle"}} {idle}'
    yield "# HELP hub_data_age_seconds Time since what the caller sees last changed."
    yield "# TYPE hub_data_age_seconds gauge"
    yield f"hub_data_age_seconds {age:.0f}"


def the_metrics() -> Metrics:
    return cast(Metrics, current_app.extensions["metrics"])


def set_up(app: Flask) -> None:
    """Count every answer of `app` from now on, once it has been sent."""
    metrics = app.extensions["metrics"] = Metrics()

    @app.before_request
    def begin() -> None:
        g.began = time.monotonic()

    @app.after_request
    def observe(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        method, status, began = request.method, response.status_code, float(g.began)
        response.call_on_close(
            lambda: metrics.count(method, route, status, time.monotonic() - began)
        )
        return response
