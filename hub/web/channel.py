"""A connection as the server keeps it: its refusals, its slow readers, its broken answers."""

from __future__ import annotations

import logging
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
from hub.web.metrics import the_metrics
from hub.web.problems import handle_http_error

GONE = "waitress.client_disconnected"  # in the environment: says whether the client has gone
BUFFER = 2**20  # bytes of an answer that wait for a slow reader; the next ones are not made


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


def channel_for(application: Flask, patience: float) -> type[HTTPChannel]:
    """Connections of a server for `application`.

    Where the buffer of an answer is full, its reader has `patience` seconds to make room.
    """

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
            try:
                super().service()
            except HubError as error:
                logging.getLogger("hub.web").warning("%s: %s", self.request.path, error)
                self.close_on_finish = True
                self.channel.broken = self.version == "1.0"

    class Channel(HTTPChannel):  # type: ignore[misc]
        error_task_class = Refusal
        task_class = Delivery
        broken = False
        last_activity: float

        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self.requests_lock = threading.RLock()  # who reads a request may answer it, too
            if hasattr(socket, "TCP_USER_TIMEOUT"):  # the kernel ends those who take nothing
                wait = 1000 * self.adj.channel_timeout
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, wait)

        # What comes or goes by drops is no activity: only whole requests and whole answers are, so
        # that the server's own timeout ends those who send or read a byte a minute.

        def handle_read(self) -> None:
            since = self.last_activity
            super().handle_read()
            if self.request is not None:
                self.last_activity = since

        def _flush_some(self, do_close: bool = True) -> bool:
            since = self.last_activity
            sent = bool(super()._flush_some(do_close))
            if self.total_outbufs_len:
                self.last_activity = since
            return sent

        def _flush_outbufs_below_high_watermark(self) -> None:
            """Wait until the reader has taken enough, but not for ever, as the original would."""
            until = time.monotonic() + patience
            with self.outbuf_lock:
                while self.connected and self.total_outbufs_len > BUFFER:
                    if time.monotonic() > until:
                        self.will_close = True
                        self.server.pull_trigger()
                        raise ClientDisconnected
                    self._flush_exception(self._flush_some, do_close=False)
                    if self.total_outbufs_len > BUFFER:
                        self.server.pull_trigger()
                        self.outbuf_lock.wait(1.0)

        def handle_close(self) -> None:
            if self.broken and self.socket:
                reset = struct.pack("ii", 1, 0)
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            super().handle_close()

    return Channel
