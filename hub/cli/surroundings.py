"""What every command shares: settings, output for people or programs, errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hub.access import parse_viewer
from hub.errors import HubError
from hub.paths import SERVICES
from hub.settings import Settings, read_settings

if TYPE_CHECKING:
    from hub.hub import Hub

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Surroundings:
    """The data folder and settings of this call; read when first needed."""

    data: Path | None
    config: Path | None

    @cached_property
    def settings(self) -> Settings:
        return read_settings(self.data, self.config)

    @contextmanager
    def hub(self, workers: int | None = 1) -> Iterator[Hub]:
        """The hub over the data folder; None has as many workers as the settings say."""
        from hub.hub import Hub  # what asks nothing starts without it

        with Hub(self.settings, workers=workers, services=SERVICES) as opened:
            yield opened


pass_surroundings = click.make_pass_decorator(Surroundings)


def as_json(function: F) -> F:
    """Add `--json`."""
    return click.option("--json", "machine", is_flag=True, help="Print JSON for programs.")(
        function
    )


def as_viewer(function: F) -> F:
    """Add `--as LEVEL`."""
    return click.option(
        "--as",
        "viewer",
        type=parse_viewer,
        metavar="LEVEL",
        default="public",
        show_default=True,
        help="Whose eyes to look through: public, consortium or partner:NAME.",
    )(function)


def print_json(value: Any) -> None:
    """Print a value as JSON, other scripts as they are."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def console() -> Console:
    """Standard output for people; as wide as needed where it is no terminal."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else 200, soft_wrap=True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[object]], title: str = "") -> None:
    """Print a table; numbers stand right. Nothing in a cell is taken for markup."""
    table = Table(title=title or None, title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    for place, name in enumerate(columns):
        numeric = bool(rows) and all(isinstance(row[place], int | float) for row in rows)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(show(cell)) for cell in row))
    console().print(table)


def show(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)


def report_error(error: HubError) -> None:
    """Tell an error on standard error: as JSON where the call asked for it."""
    if "--json" in sys.argv:
        click.echo(json.dumps(error.as_dict(), ensure_ascii=False), err=True)
    else:
        click.echo(f"error: {error}", err=True)
