"""The command that opens the hub to others."""

from __future__ import annotations

import click

from hub.cli.surroundings import Surroundings, pass_surroundings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--threads", default=24, show_default=True, type=click.IntRange(1, 256))
@pass_surroundings
def serve(surroundings: Surroundings, host: str, port: int, threads: int) -> None:
    """Serve the published generation to browsers and programs until stopped."""
    from hub.web import serve_forever

    with surroundings.hub(workers=None) as opened:
        serve_forever(opened, host, port, threads, lambda url: click.echo(f"Serving {url}"))
