"""Commands for those who may ask: tokens of programs, users who log in, what they saw."""

from __future__ import annotations

import sys
from typing import Any

import click

from hub.access import Viewer, parse_viewer
from hub.accounts import tokens, users
from hub.accounts.audit import read_trail
from hub.accounts.caller import RIGHTS
from hub.accounts.sessions import close_sessions
from hub.cli.surroundings import Surroundings, as_json, pass_surroundings, print_json, print_table

LEVEL = click.option(
    "--for", "viewer", type=parse_viewer, metavar="LEVEL", required=True,
    help="consortium or partner:NAME.",
)  # fmt: skip
RIGHT = click.option(
    "--may", "right", type=click.Choice(RIGHTS), default="read", show_default=True,
    help="review: judge what is one thing; administer: read the audit trail.",
)  # fmt: skip


def show_all(columns: tuple[str, ...], rows: list[tuple[Any, ...]], machine: bool) -> None:
    if machine:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(columns, rows)


@click.group()
def token() -> None:
    """Tokens of programs, which open what the public does not see."""


@token.command("create")
@click.argument("name")
@LEVEL
@RIGHT
@click.option("--user", default="", help="The user for whom it acts, and with whom it ends.")
@click.option("--days", default=90, show_default=True, type=int, help="How long it lasts.")
@pass_surroundings
def create_token(
    surroundings: Surroundings, name: str, viewer: Viewer, right: str, user: str, days: int
) -> None:
    """Make a token called NAME; it is shown this once.

    Send it as `Authorization: Bearer TOKEN`.
    """
    click.echo(tokens.create_token(surroundings.settings.data, name, viewer, days, right, user))


@token.command("list")
@as_json
@pass_surroundings
def list_tokens(surroundings: Surroundings, machine: bool) -> None:
    """List the tokens, without their secrets."""
    columns = ("key", "name", "opens", "may", "user", "created", "expires", "revoked", "last used")
    rows = [
        (t.key, t.name, str(t.viewer), t.right, t.user, t.created, t.expires, t.revoked, t.used)
        for t in tokens.list_tokens(surroundings.settings.data)
    ]
    show_all(columns, rows, machine)


@token.command("revoke")
@click.argument("key")
@pass_surroundings
def revoke_token(surroundings: Surroundings, key: str) -> None:
    """Close the token with KEY at once."""
    tokens.revoke_token(surroundings.settings.data, key)
    click.echo(f"The token {key} opens nothing any more.")


@click.group()
def user() -> None:
    """Users, who log in to the pages with a name and a password."""


def read_password() -> str:
    """A password, asked for twice at a terminal, else the first line of standard input."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\r\n")


@user.command("add")
@click.argument("name")
@LEVEL
@RIGHT
@click.option("--title", default="", help="What people call them (else NAME).")
@pass_surroundings
def add_user(surroundings: Surroundings, name: str, viewer: Viewer, right: str, title: str) -> None:
    """Add the user NAME; the password is asked for, or read from standard input."""
    data = surroundings.settings.data
    users.add_user(data, name, viewer, title=title, right=right, password=read_password())
    click.echo(f"{name} sees {viewer} and may {right}.")


@user.command("list")
@as_json
@pass_surroundings
def list_users(surroundings: Surroundings, machine: bool) -> None:
    """List the users."""
    columns = ("name", "title", "sees", "may", "created", "disabled", "last log-in")
    rows = [
        (u.name, u.title, str(u.viewer), u.right, u.created, u.disabled, u.used)
        for u in users.list_users(surroundings.settings.data)
    ]
    show_all(columns, rows, machine)


@user.command("change")
@click.argument("name")
@LEVEL
@RIGHT
@pass_surroundings
def change_user(surroundings: Surroundings, name: str, viewer: Viewer, right: str) -> None:
    """Let NAME see and do something else; log-ins end."""
    users.change_user(surroundings.settings.data, name, viewer, right)
    click.echo(f"{name} sees {viewer} and may {right}.")


@user.command("password")
@click.argument("name")
@pass_surroundings
def set_password(surroundings: Surroundings, name: str) -> None:
    """Give NAME another password; log-ins end."""
    users.set_password(surroundings.settings.data, name, read_password())
    click.echo(f"{name} has another password; every log-in of theirs has ended.")


@user.command("disable")
@click.argument("name")
@pass_surroundings
def disable_user(surroundings: Surroundings, name: str) -> None:
    """Close the account of NAME at once, its log-ins and tokens with it."""
    users.disable_user(surroundings.settings.data, name)
    click.echo(f"{name} and their tokens open nothing any more.")


@user.command("enable")
@click.argument("name")
@pass_surroundings
def enable_user(surroundings: Surroundings, name: str) -> None:
    """Open the account of NAME again."""
    users.enable_user(surroundings.settings.data, name)
    click.echo(f"{name} can log in again.")


@user.command("log-out")
@click.argument("name")
@pass_surroundings
def log_out(surroundings: Surroundings, name: str) -> None:
    """End every log-in of NAME."""
    data = surroundings.settings.data
    ended = close_sessions(data, users.find_user(data, name).name)
    click.echo(f"{ended} log-ins of {name} have ended.")


@click.command()
@click.option("--account", default="", help="Only what this account saw, such as user:anna.")
@click.option("--about", default="", metavar="TEXT", help="Only where TEXT stands, such as an IRI.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="How many.")
@as_json
@pass_surroundings
def audit(surroundings: Surroundings, account: str, about: str, limit: int, machine: bool) -> None:
    """Tell who saw personal data: when, by which door, and what; the latest first."""
    trail = read_trail(surroundings.settings.data, limit, account=account, about=about)
    if machine:
        print_json([vars(entry) for entry in trail])
        return
    columns = ("number", "at", "account", "known by", "door", "what", "generation")
    print_table(columns, [tuple(vars(entry).values())[: len(columns)] for entry in trail])
