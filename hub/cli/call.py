"""What every command shares: the call with its settings, and output for people or programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.access import PUBLIC, Viewer, parse_viewer
from hub.errors import HubError
from hub.paths import SERVICES
from hub.settings import Settings, read_settings

if TYPE_CHECKING:
    from hub.hub import Hub


@dataclass
class Call:
    """One call of the command line.

    Attributes:
        data, config: the data folder and the settings file that it names; None as usual.
        viewer: through whose eyes it looks; machine: whether it prints JSON.
    """

    data: Path | None
    config: Path | None
    viewer: Viewer = PUBLIC
    machine: bool = False

    @cached_property
    def settings(self) -> Settings:
        """Read when first needed."""
        return read_settings(self.data, self.config)

    @contextmanager
    def hub(self, workers: int | None = 1) -> Iterator[Hub]:
        """The hub over the data folder; None has as many workers as the settings say."""
        from hub.hub import Hub  # what asks nothing starts without it

        with Hub(self.settings, workers=workers, services=SERVICES) as opened:
            yield opened

    def tell(self, value: Any, *lines: str) -> None:
        """Print a value for programs, or what it means in lines for people."""
        if self.machine:
            print_json(value)
        for line in lines if not self.machine else ():
            click.echo(line)

    def show(
        self, names: Sequence[str], rows: Sequence[Sequence[object]], heads: Sequence[str] = ()
    ) -> None:
        """Print rows: as objects for programs, as a table for people (with `heads`, if given)."""
        if self.machine:
            print_json([dict(zip(names, row, strict=True)) for row in rows])
        else:
            print_table(heads or names, rows)


with_call = click.make_pass_decorator(Call)


def keep(context: click.Context, option: click.Parameter, value: object) -> None:
    """Note on the call what was said by an option that many commands have."""
    call = context.find_object(Call)
    if call and option.name:
        setattr(call, option.name, value)


as_json = click.option(
    "--json", "machine", is_flag=True, expose_value=False, callback=keep,
    help="Print JSON for programs.",
)  # fmt: skip
as_viewer = click.option(
    "--as", "viewer", type=parse_viewer, metavar="LEVEL", default="public", show_default=True,
    expose_value=False, callback=keep,
    help="Whose eyes to look through: public, consortium or partner:NAME.",
)  # fmt: skip


def print_json(value: Any) -> None:
    """Print a value as JSON, other scripts as they are."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
    """Print a table; numbers stand right. Nothing in a cell is taken for markup."""
    table = Table(title=title or None, title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    for place, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[place], int | float) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(write(cell)) for cell in row))
    # As wide as needed where it is no terminal.
    width = None if sys.stdout.isatty() else 200
    Console(highlight=False, width=width, soft_wrap=True).print(table)


def write(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)


def report_error(error: HubError) -> None:
    """Tell an error on standard error: as JSON where the call asked for it."""
    if "--json" in sys.argv:
        click.echo(json.dumps(error.as_dict(), ensure_ascii=False), err=True)
    else:
        click.echo(f"error: {error}", err=True)
