"""The server process: waitress around the application."""

from __future__ import annotations

from collections.abc import Callable

from waitress.server import create_server

from hub.hub import Hub
from hub.web.application import LARGEST_BODY, create_app


def serve_forever(
    hub: Hub, host: str, port: int, threads: int, announce: Callable[[str], None]
) -> None:
    """Serve a hub until the process is stopped. Port 0 takes a free one; `announce` gets the URL.

    Raises:
        Unavailable: the address cannot be listened on.
    """
    server = create_server(
        create_app(hub),
        host=host,
        port=port,
        threads=threads,
        ident=None,
        # Beyond Flask's own limit, whose refusal says more, lies this one, which spares the disk.
        max_request_body_size=16 * LARGEST_BODY,
        expose_tracebacks=False,
    )
    announce(f"http://{host if ':' not in host else f'[{host}]'}:{server.effective_port}/")
    try:
        server.run()
    finally:
        server.close()
