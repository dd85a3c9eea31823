"""Commands of who keeps the hub: load, sources, history, rollback, check, verify, init."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from hub.checking.consistency import check_consistency
from hub.cli.surroundings import (
    Surroundings,
    as_json,
    pass_surroundings,
    print_json,
    print_table,
)
from hub.errors import Refused
from hub.history import read_events
from hub.publishing.intake import find_sources
from hub.publishing.loading import load as load_sources
from hub.publishing.report import LoadReport
from hub.publishing.report import Progress as Told
from hub.publishing.rolling import roll_back
from hub.settings import resource_folder
from hub.store.generations import current, current_number, open_generation
from hub.store.generations import verify as verify_generation
from loaders.findings import Severity

FINDINGS_SHOWN = 20


@click.command()
@pass_surroundings
def init(surroundings: Surroundings) -> None:
    """Make the data folder and say which sources would be loaded."""
    settings = surroundings.settings
    settings.data.mkdir(parents=True, exist_ok=True)
    names = find_sources(settings)
    click.echo(f"The data folder is {settings.data}.")
    click.echo(f"{len(names)} sources are configured: {', '.join(names)}.")
    click.echo("Load them with: hub load")


@contextmanager
def progress_bar() -> Iterator[Told]:
    """A progress bar on standard error, where that is a terminal; else a line a source."""
    screen = Console(stderr=True)
    if not screen.is_terminal:
        last = ""

        def say(stage: str, done: int, total: int | None) -> None:
            nonlocal last
            if total is not None and stage != last:
                click.echo(f"[{done + 1}/{total}] {stage}", err=True)
                last = stage

        yield say
        return
    columns = (
        SpinnerColumn(), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("starting", total=None)

        def tell(stage: str, done: int, total: int | None) -> None:
            shown = stage if total is not None or not done else f"{stage} {done:,}"
            bar.update(task, description=shown[:70])
            if total is not None:
                bar.update(task, completed=done, total=total)

        yield tell


@click.command()
@click.argument("source", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Show what would change; publish nothing.")
@as_json
@pass_surroundings
def load(surroundings: Surroundings, source: tuple[str, ...], dry_run: bool, machine: bool) -> None:
    """Read, check and publish SOURCEs (all that are configured, without any).

    A source that is refused stays as it was; the others are published. Exit status 1 if any
    source was refused.
    """
    with progress_bar() as tell:
        report = load_sources(surroundings.settings, source, dry_run=dry_run, progress=tell)
    if machine:
        print_json(report.as_dict())
    else:
        show_load(report)
    if report.refused:
        raise click.exceptions.Exit(1)


def show_load(report: LoadReport) -> None:
    print_table(
        ("source", "owner", "seen by", "outcome", "rows", "left out", "statements", "+", "-"),
        [
            (
                s.name, s.owner, s.visibility, s.status, s.rows, s.rejected, s.quads, s.added,
                s.removed,
            )
            for s in report.sources
        ],
    )  # fmt: skip
    for source in report.sources:
        loud = [f for f in source.findings if f.severity != Severity.NOTE]
        for finding in loud[:FINDINGS_SHOWN]:
            click.echo(str(finding), err=True)
        if len(loud) > FINDINGS_SHOWN:
            click.echo(
                f"… and {len(loud) - FINDINGS_SHOWN:,} more of {source.name} (hub load --json).",
                err=True,
            )
    said = {
        "published": f"Published generation {report.generation}: {report.statements:,} statements "
        f"said, {report.derived:,} derived.",
        "unchanged": f"Nothing has changed; generation {report.generation} is served as before.",
        "previewed": "This is a preview; nothing was published.",
        "refused": "Nothing was published"
        + (f"; generation {report.generation} is served as before." if report.generation else "."),
    }
    click.echo(f"{said[report.outcome]} ({report.seconds:.1f} s)")
    if report.refused:
        names = ", ".join(source.name for source in report.refused)
        click.echo(f"Refused, their last good version stays: {names}.", err=True)


@click.command()
@as_json
@pass_surroundings
def sources(surroundings: Surroundings, machine: bool) -> None:
    """List the sources, who owns and who sees them, and their last load."""
    settings = surroundings.settings
    folders = find_sources(settings)
    loaded = {}
    if current_number(settings.data) is not None:
        loaded = {fact.name: fact for fact in current(settings.data).manifest.sources}
    listed = [
        {
            "name": name,
            "owner": fact.owner if fact else None,
            "seen by": (fact.partner or fact.visibility) if fact else None,
            "licence": fact.licence if fact else None,
            "rows": sum(fact.rows.values()) if fact else None,
            "statements": fact.quads if fact else None,
            "findings": sum(f["severity"] != "note" for f in fact.findings) if fact else None,
            "loaded": fact.loaded if fact else None,
            "configured": name in folders,
        }
        for name in sorted(folders.keys() | loaded.keys())
        for fact in [loaded.get(name)]
    ]
    if machine:
        print_json(listed)
        return
    print_table(
        ("source", "owner", "seen by", "rows", "statements", "findings", "loaded"),
        [
            (
                s["name"], s["owner"] or "", s["seen by"] or "", s["rows"], s["statements"],
                s["findings"], s["loaded"] or "not loaded yet",
            )
            for s in listed
        ],
    )  # fmt: skip


@click.command()
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@as_json
@pass_surroundings
def history(surroundings: Surroundings, limit: int, machine: bool) -> None:
    """List loads and rollbacks, newest first; the generation that is served is marked."""
    data = surroundings.settings.data
    events = read_events(data, limit)
    served = current_number(data)
    if machine:
        print_json({"served": served, "events": [event.as_dict() for event in events]})
        return
    rows = []
    for event in events:
        changes = [
            f"{source['name']} {source['status']}"
            for source in event.details.get("sources", [])
            if source["status"] != "unchanged"
        ]
        mark = "served" if event.generation == served else ""
        rows.append(
            (event.number, event.at, event.action, event.outcome, event.generation, mark,
             ", ".join(changes) or event.details.get("note", ""))
        )  # fmt: skip
    print_table(("no.", "at", "action", "outcome", "generation", "", "what"), rows)


@click.command()
@click.argument("number", type=click.IntRange(1))
@as_json
@pass_surroundings
def rollback(surroundings: Surroundings, number: int, machine: bool) -> None:
    """Serve generation NUMBER again; it is verified first."""
    before = roll_back(surroundings.settings.data, number)
    if machine:
        print_json({"generation": number, "before": before})
    elif before == number:
        click.echo(f"Generation {number} is served already.")
    else:
        click.echo(f"Generation {number} is served again, instead of {before}.")


@click.command()
@click.option("--ontology", is_flag=True, help="Reason over the ontology with HermiT (Java).")
@click.argument("source", nargs=-1)
@as_json
@pass_surroundings
def check(
    surroundings: Surroundings, ontology: bool, source: tuple[str, ...], machine: bool
) -> None:
    """Check SOURCEs as a load would, without publishing; or the ontology."""
    if ontology:
        problems = check_consistency(resource_folder("ontology"))
        if machine:
            print_json({"consistent": not problems, "problems": list(problems)})
        elif not problems:
            click.echo("The ontology is consistent and every class can have members.")
        if problems:
            if not machine:
                for problem in problems:
                    click.echo(problem)
            raise Refused(f"{len(problems)} problems were found in the ontology.")
        return
    with progress_bar() as tell:
        report = load_sources(surroundings.settings, source, dry_run=True, progress=tell)
    if machine:
        print_json(report.as_dict())
    else:
        show_load(report)
    if report.refused:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("number", required=False, type=click.IntRange(1))
@pass_surroundings
def verify(surroundings: Surroundings, number: int | None) -> None:
    """Hold a generation (the served one without NUMBER) against its manifest, graph by graph."""
    data = surroundings.settings.data
    generation = current(data) if number is None else open_generation(data, number)
    verify_generation(generation)
    graphs = generation.manifest.graphs
    total = sum(graph.count for graph in graphs)
    click.echo(
        f"Generation {generation.number} is whole: {len(graphs)} graphs, {total:,} statements."
    )
