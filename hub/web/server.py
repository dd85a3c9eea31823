"""The server process: waitress around the application."""

from __future__ import annotations

import errno
from collections.abc import Callable

from flask import Flask
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server
from waitress.task import ErrorTask
from werkzeug.exceptions import BadRequest, default_exceptions

from hub.errors import Invalid, Unavailable
from hub.hub import Hub
from hub.web.application import LARGEST_BODY, create_app
from hub.web.problems import handle_http_error


def serve_forever(
    hub: Hub, host: str, port: int, threads: int, announce: Callable[[str], None]
) -> None:
    """Serve a hub until the process is stopped. Port 0 takes a free one; `announce` gets the URL.

    Raises:
        Unavailable: another program listens at the address, or the system does not let us.
        Invalid: the host is none of this machine, or the port is no port.
    """
    application = create_app(hub)
    sockets: dict[int, BaseWSGIServer] = {}
    try:
        server = create_server(
            application,
            map=sockets,
            host=host,
            port=port,
            threads=threads,
            ident=None,
            # Beyond Flask's own limit, whose refusal says more, lies this one, which spares the
            # disk.
            max_request_body_size=16 * LARGEST_BODY,
            expose_tracebacks=False,
        )
    except OSError as error:
        raise _explain(error, host, port) from error
    except (ValueError, OverflowError) as error:
        raise Invalid(
            f"{host}:{port} is no address to listen at: {error}.",
            where="--host, --port",
            remedy="Give an address of this machine, such as 127.0.0.1, and a port up to 65535.",
        ) from error
    for one in sockets.values():
        if isinstance(one, BaseWSGIServer):
            one.channel_class = _channel(application)
    announce(f"http://{host if ':' not in host else f'[{host}]'}:{server.effective_port}/")
    try:
        server.run()
    finally:
        server.close()


def _explain(error: OSError, host: str, port: int) -> Unavailable | Invalid:
    if error.errno == errno.EADDRINUSE:
        return Unavailable(
            f"Another program listens at {host}:{port}.",
            where="--port",
            remedy="Choose another --port, or end that program; --port 0 takes a free one.",
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return Unavailable(
            f"The system does not let this user listen at {host}:{port}.",
            where="--port",
            remedy="Choose a --port from 1024 on.",
        )
    return Invalid(
        f"{host!r} is no address of this machine ({error.strerror or error}).",
        where="--host",
        remedy="Give one, such as 127.0.0.1, or 0.0.0.0 for all.",
    )


def _channel(application: Flask) -> type[HTTPChannel]:
    """A channel whose own refusals, made before a request is whole, read like the hub's."""

    class Refusal(ErrorTask):  # type: ignore[misc]
        def execute(self) -> None:
            code = self.request.error.code
            headers = {"Accept": self.request.headers.get("ACCEPT", "")}
            with application.test_request_context(headers=headers):
                response = handle_http_error(default_exceptions.get(code, BadRequest)())
                body = response.get_data()
            self.status = response.status
            self.response_headers.append(("Content-Type", response.content_type))
            self.set_close_on_finish()
            self.content_length = len(body)
            self.write(body)

    class Channel(HTTPChannel):  # type: ignore[misc]
        error_task_class = Refusal

    return Channel
