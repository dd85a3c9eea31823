"""Commands for those who may ask: tokens of programs, users who log in, what they saw."""

from __future__ import annotations

import sys

import click

from hub.access import Viewer, parse_viewer
from hub.accounts import tokens, users
from hub.accounts.audit import read_trail
from hub.accounts.caller import RIGHTS
from hub.accounts.sessions import close_sessions
from hub.cli.call import Call, as_json, print_json, with_call

LEVEL = click.option(
    "--for", "viewer", type=parse_viewer, metavar="LEVEL", required=True,
    help="consortium or partner:NAME.",
)  # fmt: skip
RIGHT = click.option(
    "--may", "right", type=click.Choice(RIGHTS), default="read", show_default=True,
    help="review: judge what is one thing; administer: read the audit trail.",
)  # fmt: skip
NAME = click.argument("name")


@click.group()
def token() -> None:
    """Tokens of programs, which open what the public does not see."""


@token.command("create")
@NAME
@LEVEL
@RIGHT
@click.option("--user", default="", help="The user for whom it acts, and with whom it ends.")
@click.option("--days", default=90, show_default=True, type=int, help="How long it lasts.")
@with_call
def create_token(call: Call, name: str, viewer: Viewer, right: str, user: str, days: int) -> None:
    """Make a token called NAME; it is shown this once.

    Send it as `Authorization: Bearer TOKEN`.
    """
    click.echo(tokens.create_token(call.settings.data, name, viewer, days, right, user))


@token.command("list")
@as_json
@with_call
def list_tokens(call: Call) -> None:
    """List the tokens, without their secrets."""
    call.show(
        ("key", "name", "opens", "may", "user", "created", "expires", "revoked", "last used"),
        [
            (t.key, t.name, str(t.viewer), t.right, t.user, t.created, t.expires, t.revoked, t.used)
            for t in tokens.list_tokens(call.settings.data)
        ],
    )


@token.command("revoke")
@click.argument("key")
@with_call
def revoke_token(call: Call, key: str) -> None:
    """Close the token with KEY at once."""
    tokens.revoke_token(call.settings.data, key)
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
@NAME
@LEVEL
@RIGHT
@click.option("--title", default="", help="What people call them (else NAME).")
@with_call
def add_user(call: Call, name: str, viewer: Viewer, right: str, title: str) -> None:
    """Add the user NAME; the password is asked for, or read from standard input."""
    data = call.settings.data
    users.add_user(data, name, viewer, title=title, right=right, password=read_password())
    click.echo(f"{name} sees {viewer} and may {right}.")


@user.command("list")
@as_json
@with_call
def list_users(call: Call) -> None:
    """List the users."""
    call.show(
        ("name", "title", "sees", "may", "created", "disabled", "last log-in"),
        [
            (u.name, u.title, str(u.viewer), u.right, u.created, u.disabled, u.used)
            for u in users.list_users(call.settings.data)
        ],
    )


@user.command("change")
@NAME
@LEVEL
@RIGHT
@with_call
def change_user(call: Call, name: str, viewer: Viewer, right: str) -> None:
    """Let NAME see and do something else; log-ins end."""
    users.change_user(call.settings.data, name, viewer, right)
    click.echo(f"{name} sees {viewer} and may {right}.")


@user.command("password")
@NAME
@with_call
def set_password(call: Call, name: str) -> None:
    """Give NAME another password; log-ins end."""
    users.set_password(call.settings.data, name, read_password())
    click.echo(f"{name} has another password; every log-in of theirs has ended.")


@user.command("disable")
@NAME
@with_call
def disable_user(call: Call, name: str) -> None:
    """Close the account of NAME at once, its log-ins and tokens with it."""
    users.disable_user(call.settings.data, name)
    click.echo(f"{name} and their tokens open nothing any more.")


@user.command("enable")
@NAME
@with_call
def enable_user(call: Call, name: str) -> None:
    """Open the account of NAME again."""
    users.enable_user(call.settings.data, name)
    click.echo(f"{name} can log in again.")


@user.command("log-out")
@NAME
@with_call
def log_out(call: Call, name: str) -> None:
    """End every log-in of NAME."""
    data = call.settings.data
    ended = close_sessions(data, users.find_user(data, name).name)
    click.echo(f"{ended} log-ins of {name} have ended.")


@click.command()
@click.option("--account", default="", help="Only what this account saw, such as user:anna.")
@click.option("--about", default="", metavar="TEXT", help="Only where TEXT stands, such as an IRI.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="How many.")
@as_json
@with_call
def audit(call: Call, account: str, about: str, limit: int) -> None:
    """Tell who saw personal data: when, by which door, and what; the latest first."""
    trail = [
        vars(entry) for entry in read_trail(call.settings.data, limit, account=account, about=about)
    ]
    if call.machine:
        print_json(trail)
        return
    columns = ("number", "at", "account", "known by", "door", "what", "generation")
    call.show(columns, [tuple(entry.values())[: len(columns)] for entry in trail])
