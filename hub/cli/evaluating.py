"""`hub evaluate`: does the hub name the connectors who really connected?"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from hub.cli.call import Call, as_json, print_json, print_table, with_call
from hub.cli.keeping import progress_bar
from hub.paths.evaluation.collaborations import EPOCH
from hub.paths.evaluation.report import Evaluation, evaluate, read_project_kind
from hub.settings import resource_folder

DAY = click.DateTime(["%Y-%m-%d", "%Y-%m", "%Y"])


@click.command("evaluate")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--cut", type=DAY, required=True, help="Hold out the projects from this day on.")
@click.option("--until", type=DAY, help="Leave out those from this day on (else none).")
@click.option("--trial", is_flag=True, help="Measure also what was tried on the way.")
@click.option("--fit", is_flag=True, help="Try other half-lives and discounts of joint projects.")
@as_json
@with_call
def evaluate_ranking(
    call: Call, file: Path, cut: datetime, until: datetime | None, trial: bool, fit: bool
) -> None:
    """Hold the hub's ranking of connectors against who really introduced whom.

    FILE lists who took part in which dated project (columns rcn, pic, start_date; end_date, role,
    country). For two organisations that first meet in a held-out project of at most 15 partners,
    all who had worked with both before the cut are ranked, five at least; right are those in that
    project. Those who stand equal stand in random order, and count what that is worth.
    """
    first, last = (day.toordinal() - EPOCH if day else 1 << 40 for day in (cut, until))
    with progress_bar() as tell:
        kind = read_project_kind(resource_folder("ontology"))
        found = evaluate(file, first, last, kind, tell, trial=trial, fit=fit)
    if call.machine:
        print_json(found.as_dict())
    else:
        show_evaluation(found)


def show_evaluation(found: Evaluation) -> None:
    """The rankings as a table, and on what they rest."""
    told = "; ".join(f"{name}: {value:,.6g}" for name, value in found.cases.items())
    click.echo(f"{told[:1].upper()}{told[1:]}.")
    for reason, rows in found.left_out.items():
        click.echo(f"{rows:,} rows {reason} were left out.")
    names = [*found.rankings[0]][1:-2]
    print_table(
        ("ranking", *names, "MRR against the first"),
        [
            (
                row["ranking"],
                *(f"{row[name]:.3f}" for name in names),
                f"{row['above']:+.3f} ± {row['error']:.3f}" if row["error"] else "",
            )
            for row in found.rankings
        ],
    )
    click.echo("± is a standard error that takes the cases of one project as one.")
