"""Commands of the ledger of introductions: who was asked, and what came of it."""

from __future__ import annotations

import csv
import sys
from getpass import getuser

import click

from hub.cli.call import Call, as_json, as_viewer, print_json, print_table, with_call
from hub.pages.ledger import ask, read_ledger, tabulate_ledger
from hub.pages.parts import as_json as plain
from hub.pages.parts import safe_cells
from hub.requests.ledger import FOLLOWS, follow_up, name_partner

NOTE = click.option("--note", default="", help="What else there is to say.")
DAY = click.option("--day", default="", metavar="DATE", help="When, as 2026-11-03 (today).")


@click.group()
def ledger() -> None:
    """Introductions that were asked for, and what came of them; private to those involved."""


@ledger.command("ask")
@click.argument("from_", metavar="FROM")
@click.argument("to", metavar="TO")
@click.option("--through", required=True, metavar="NAME", help="Who was asked to introduce them.")
@click.option("--way", default="", metavar="IDENTIFIER", help="The way that this follows.")
@NOTE
@DAY
@as_viewer
@with_call
def request(call: Call, from_: str, to: str, through: str, way: str, note: str, day: str) -> None:
    """Record that somebody was asked to introduce FROM to TO (names or IRIs)."""
    with call.hub() as hub:
        made = ask(hub, call.viewer, getuser(), (from_, to, through), way=way, note=note, day=day)
    click.echo(f"Recorded as {made.asked.key}. What comes of it: hub ledger mark {made.asked.key}.")


@ledger.command("mark")
@click.argument("introduction")
@click.argument("state", type=click.Choice(list(FOLLOWS)))
@NOTE
@DAY
@as_viewer
@with_call
def mark(call: Call, introduction: str, state: str, note: str, day: str) -> None:
    """Record what came of INTRODUCTION; a mistake is withdrawn. Nothing is ever deleted."""
    data = call.settings.data
    follow_up(data, call.viewer, getuser(), introduction, state, note=note, day=day)
    then = "; it is evidence from the next load on (hub load)" if state == "met" else ""
    click.echo(f"{introduction} is {state}{then}.")


@ledger.command("list")
@click.option("--csv", "table", is_flag=True, help="Every row, as CSV.")
@as_viewer
@as_json
@with_call
def show(call: Call, table: bool) -> None:
    """List the introductions that a partner (--as partner:NAME) sees, the latest first."""
    name_partner(call.viewer)
    with call.hub() as hub:
        page = read_ledger(hub, call.viewer)
    if call.machine:
        print_json(plain(page))
    elif table:
        csv.writer(sys.stdout).writerows(safe_cells(tabulate_ledger(page)))
    else:
        rows = list(tabulate_ledger(page))
        print_table([str(name) for name in rows[0]], rows[1:])
