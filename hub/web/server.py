"""The server process: waitress around the application."""

from __future__ import annotations

import errno
import gc
import sys
from collections.abc import Callable

from waitress.server import BaseWSGIServer, create_server

from hub.errors import Invalid, Unavailable
from hub.hub import Hub
from hub.web.application import LARGEST_BODY, create_app
from hub.web.channel import BUFFER, SEGMENT, Dispatcher, channel_for
from hub.web.lane import Lane

CONNECTIONS = 500
SWITCH = 0.0005  # seconds that a thread may keep the interpreter while others wait


def serve_forever(
    hub: Hub, host: str, port: int, threads: int, announce: Callable[[str], None]
) -> None:
    """Serve a hub until the process is stopped. Port 0 takes a free one; `announce` gets the URL.

    Raises:
        Unavailable: another program listens at the address, or the system does not let us.
        Invalid: the host is none of this machine, or the port is no port.
    """
    application = create_app(hub)
    lane = Lane(application, hub)
    sockets: dict[int, BaseWSGIServer] = {}
    proxy, patience = hub.settings.proxy, hub.settings.patience
    believed = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"} if proxy else set()
    try:
        server = create_server(
            lane,
            map=sockets,
            host=host,
            port=port,
            _dispatcher=Dispatcher(threads, lane.has),
            ident=None,
            trusted_proxy=proxy or None,
            trusted_proxy_headers=believed,
            clear_untrusted_proxy_headers=True,
            # Beyond Flask's own limit, whose refusal says more, lies this one, which spares the
            # disk. What is larger is broken off while it is sent, and its sender reads nothing.
            max_request_body_size=16 * LARGEST_BODY,
            channel_request_lookahead=1,  # so that it is seen when a client goes
            channel_timeout=6 * patience,  # of a connection over which nothing whole goes
            cleanup_interval=2 * patience,
            asyncore_use_poll=True,  # beyond the thousand that `select` can see
            connection_limit=CONNECTIONS,
            outbuf_high_watermark=SEGMENT,
            outbuf_overflow=BUFFER,
            log_socket_errors=False,  # that a reader has gone is no error
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
            one.channel_class = channel_for(application, hub)
    # A long text that is scanned holds up the others this long at each of their turns.
    sys.setswitchinterval(SWITCH)
    gc.freeze()  # what is there now stays, and need not be looked through again and again
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
        f"“{host}” is no address of this machine ({error.strerror or error}).",
        where="--host",
        remedy="Give one, such as 127.0.0.1, or 0.0.0.0 for all.",
    )
