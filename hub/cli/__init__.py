"""The command `hub`. One module per group of commands; errors and options are shared here.

Exit status: 0 done, 1 refused or found wrong, 2 wrong usage.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

import click

import hub
from hub.cli.call import Call, report_error
from hub.errors import HubError

ABOUT = """Find who can introduce a company into a foreign market, and on what evidence.

Partners' files are loaded (load), looked into (sources, history, query, ask) and served to
browsers (serve); the way to a contact or a market is found with introduce and entry-points. What is
one thing under several names is found and judged with match, decide and undo.
"""


# Command → its function. A module is imported when one of its commands is called.
COMMANDS = {
    "init": "keeping.init",
    "load": "keeping.load",
    "sources": "keeping.sources",
    "check": "keeping.check",
    "verify": "keeping.verify",
    "findings": "tracing.findings",
    "history": "tracing.history",
    "rollback": "tracing.rollback",
    "map": "mapping.draft_map",
    "match": "matching.match",
    "decide": "matching.decide",
    "undo": "matching.undo",
    "query": "asking.query",
    "ask": "asking.ask",
    "introduce": "asking.introduce",
    "entry-points": "asking.entry_points",
    "erase": "keeping.erase_person",
    "ledger": "requesting.ledger",
    "brokers": "asking.brokers",
    "evaluate": "evaluating.evaluate_ranking",
    "serve": "keeping.serve",
    "token": "accounts.token",
    "user": "accounts.user",
    "audit": "accounts.audit",
}


class Commands(click.Group):
    """The commands by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        module, _, function = COMMANDS.get(cmd_name, "").partition(".")
        if not module:
            return None
        command: click.Command = getattr(import_module(f"hub.cli.{module}"), function)
        return command


@click.group(cls=Commands, help=ABOUT, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(hub.__version__, prog_name="hub")
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="The data folder (else HUB_DATA, else ./data).",
)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The settings file (else HUB_CONFIG, else ./hub.toml, else the bundled sources).",
)
@click.pass_context
def commands(context: click.Context, data: Path | None, config: Path | None) -> None:
    context.obj = Call(data, config)


def main() -> None:
    """Run the command line; every error becomes a sentence and an exit status."""
    try:
        # Out of standalone mode, click gives the status of ctx.exit() back instead of leaving.
        status = commands.main(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except HubError as error:
        report_error(error)
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped; nothing was changed by what was under way.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:  # the last line of defence: a sentence, not a traceback
        if os.environ.get("HUB_DEBUG"):
            raise
        report_error(
            HubError(
                f"The hub failed: {type(error).__name__}: {error}.",
                remedy="Set HUB_DEBUG=1 to see where, and report it.",
            )
        )
        sys.exit(1)
