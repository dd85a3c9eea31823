"""The command that tells of brokers and gaps."""

from __future__ import annotations

from datetime import date

import click

from hub.access import Viewer
from hub.cli.surroundings import Surroundings, as_json, as_viewer, pass_surroundings, print_json
from hub.paths.brokerage.answer import tell_brokers
from hub.paths.brokerage.question import find_brokers, set_rules
from hub.paths.introductions import read_date


@click.command()
@click.argument("market", required=False, default="")
@click.option(
    "--as-of", type=read_date, metavar="DATE", help="The day as of which to judge (today)."
)
@click.option("--hops", default=5, show_default=True, help="Most steps of a way.")
@click.option("--months", default=12, show_default=True, help="How soon agreements are to end.")
@click.option(
    "--above", default=0.1, show_default=True, help="Strength from which on a way is good enough."
)
@click.option("--page", default=1, show_default=True, type=click.IntRange(1), help="Of markets.")
@click.option(
    "--rows", default=1, show_default=True, type=click.IntRange(1), help="Page of clusters."
)
@as_viewer
@as_json
@pass_surroundings
def brokers(
    surroundings: Surroundings,
    market: str,
    as_of: date | None,
    hops: int,
    months: int,
    above: float,
    page: int,
    rows: int,
    viewer: Viewer,
    machine: bool,
) -> None:
    """Tell who stands between members and the doors of MARKET (or all), and what is missing.

    Single points of failure, which agreement to sign next so that most members come within reach,
    and what would close with those about to end; with --json also which cluster comes where.
    """
    rules = set_rules(as_of or date.today(), hops, months, above)
    with surroundings.hub() as hub:
        told = find_brokers(hub, market, rules, viewer, page, rows)
    if machine:
        print_json(told.as_dict())
    else:
        click.echo(tell_brokers(told))
