"""A connection as the server keeps it: its refusals, its slow readers, its broken answers."""

from __future__ import annotations

import logging
import math
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Flask
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask
from werkzeug.exceptions import BadRequest, default_exceptions

from hub.errors import HubError
from hub.hub import Hub
from hub.web.metrics import the_metrics
from hub.web.problems import handle_http_error

GONE = "waitress.client_disconnected"  # in the environment: says whether the client has gone
BUFFER = 2**20  # bytes of an answer that wait in memory for a slow reader; more wait on disk,
SEGMENT = 16 * BUFFER  # so many in one file
AT_ONCE = 8  # answers on disk for one address


class Dispatcher(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Hands requests to threads, but for those that `at_hand` says can be answered at once."""

    def __init__(self, threads: int, at_hand: Callable[[HTTPRequestParser], bool]) -> None:
        super().__init__()
        self.at_hand = at_hand
        self.set_thread_count(threads)

    def add_task(self, channel: HTTPChannel) -> None:
        request = channel.requests[0]
        if request.error is None and self.at_hand(request):
            channel.service()
        else:
            super().add_task(channel)


def channel_for(application: Flask, hub: Hub) -> type[HTTPChannel]:
    """Connections of a server for `application`.

    No worker or thread waits for a reader: what he has not taken waits on disk. He is broken off
    where that is more than what is left of the room for all, so that one reader has half of it at
    most; where his address has too many answers there; and where he takes too long.
    """
    room, total = hub.settings.waiting_megabytes * 2**20, hub.pool.limits.total

    class Refusal(ErrorTask):  # type: ignore[misc]
        """What the server refuses before a request is whole, said as the hub says it."""

        def execute(self) -> None:
            code = self.request.error.code
            headers = {"Accept": self.request.headers.get("ACCEPT", "")}
            with application.test_request_context(headers=headers):
                response = handle_http_error(default_exceptions.get(code, BadRequest)())
                body = response.get_data()
                the_metrics().count("none", "none", response.status_code)
            self.status = response.status
            self.response_headers.append(("Content-Type", response.content_type))
            self.set_close_on_finish()
            self.content_length = len(body)
            self.write(body)

    class Delivery(WSGITask):  # type: ignore[misc]
        """An answer; one that fails on its way is broken off (see `hub.web.delivery`)."""

        def service(self) -> None:
            self.channel.until = time.time() + total
            try:
                super().service()
            except (HubError, OSError) as error:  # of the system: there is no room on its disk
                logging.getLogger("hub.web").warning("%s: %s", self.request.path, error)
                self.close_on_finish = True
                self.channel.broken = self.version == "1.0"

    class Channel(HTTPChannel):  # type: ignore[misc]
        error_task_class = Refusal
        task_class = Delivery
        broken = False
        taken, until = 0, math.inf  # bytes since there was activity; when all must be taken
        last_activity: float
        sendbuf_len: int
        current_outbuf_count: int

        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self.sendbuf_len = min(self.sendbuf_len, BUFFER // 4)  # what is read again and again
            self.requests_lock = threading.RLock()  # who reads a request may answer it, too
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # the kernel ends those who take nothing
                wait = 1000 * self.adj.channel_timeout
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, wait)

        # What comes or goes by drops is no activity: only whole requests, whole answers and what
        # fills a buffer are, so that the server's own timeout ends those who send or read a byte a
        # minute.

        def handle_read(self) -> None:
            since = self.last_activity
            super().handle_read()
            if self.request is not None:
                self.last_activity = since

        def _flush_some(self, do_close: bool = True) -> bool:
            since, waited = self.last_activity, self.total_outbufs_len
            sent = bool(super()._flush_some(do_close))
            self.taken += waited - self.total_outbufs_len
            if self.total_outbufs_len and (self.taken < BUFFER or time.time() > self.until):
                self.last_activity = since
                return sent
            self.taken = 0
            if not self.total_outbufs_len and self.current_outbuf_count > BUFFER:
                self.outbufs[-1].prune()  # else what has gone stays in memory or on disk
                self.current_outbuf_count = 0
            return sent

        def _flush_outbufs_below_high_watermark(self) -> None:
            """Wait for nobody, as the original would."""
            if self.total_outbufs_len > BUFFER and self._is_too_far_behind():
                self.will_close = True
                self.server.pull_trigger()
                raise ClientDisconnected

        def _is_too_far_behind(self) -> bool:
            opened = tuple(self.server.active_channels.values())
            behind = [one for one in opened if one.total_outbufs_len > BUFFER]
            free = room - sum(one.total_outbufs_len for one in behind)
            own = sum(one.addr[0] == self.addr[0] for one in behind)
            crowded = own > AT_ONCE and not self.adj.trusted_proxy
            return crowded or self.total_outbufs_len > free

        def handle_close(self) -> None:
            if self.broken and self.socket:
                reset = struct.pack("ii", 1, 0)
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            super().handle_close()

    return Channel
