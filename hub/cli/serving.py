"""Commands that open the hub to others: serve, and tokens for members."""

from __future__ import annotations

import click

from hub.access import Viewer, create_token, list_tokens, parse_viewer, revoke_token
from hub.cli.surroundings import Surroundings, as_json, pass_surroundings, print_json, print_table
from hub.hub import Hub


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 256))
@pass_surroundings
def serve(surroundings: Surroundings, host: str, port: int, threads: int) -> None:
    """Serve the published generation to browsers and programs until stopped."""
    from hub.web import serve_forever

    with Hub(surroundings.settings) as opened:
        serve_forever(opened, host, port, threads, lambda url: click.echo(f"Serving {url}"))


@click.group()
def token() -> None:
    """Tokens that open what the public does not see."""


@token.command("create")
@click.argument("name")
@click.option("--for", "viewer", type=parse_viewer, metavar="LEVEL", required=True,
              help="consortium or partner:NAME.")  # fmt: skip
@click.option("--days", default=90, show_default=True, type=int, help="How long it lasts.")
@pass_surroundings
def create(surroundings: Surroundings, name: str, viewer: Viewer, days: int) -> None:
    """Make a token called NAME; it is shown this once.

    Send it as `Authorization: Bearer TOKEN`.
    """
    click.echo(create_token(surroundings.settings.data, name, viewer, days))


@token.command("list")
@as_json
@pass_surroundings
def show(surroundings: Surroundings, machine: bool) -> None:
    """List the tokens, without their secrets."""
    tokens = list_tokens(surroundings.settings.data)
    rows = [(t.key, t.name, str(t.viewer), t.created, t.expires, t.revoked or "") for t in tokens]
    columns = ("key", "name", "opens", "created", "expires", "revoked")
    if machine:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows)


@token.command("revoke")
@click.argument("key")
@pass_surroundings
def revoke(surroundings: Surroundings, key: str) -> None:
    """Close the token with KEY at once."""
    revoke_token(surroundings.settings.data, key)
    click.echo(f"The token {key} opens nothing any more.")
