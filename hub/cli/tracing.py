"""Commands about single loads: what they found and changed, and how to take them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from hub.cli.call import Call, as_json, print_json, print_table, with_call
from hub.errors import NotFound
from hub.history import Event, read_event, read_events
from hub.publishing.returning import last_reading, return_files
from hub.publishing.rolling import restore_sources, roll_back
from hub.store.generations import current_number
from loaders.findings import Finding, Severity

SIGNS = {"added": "+", "changed": "~", "removed": "-"}


def show_difference(name: str, difference: Mapping[str, Any], *, whole: bool) -> None:
    """Tell which things a load added, changed and removed in a source; first how many."""
    for change in SIGNS:
        counts = {kind: n[change] for kind, n in difference["counts"].items() if change in n}
        if not counts:
            continue
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
        click.echo(f"{name}: {change} {kinds}")
        if not whole:
            continue
        listed = [thing for thing in difference["things"] if thing["change"] == change]
        for thing in listed:
            label = f" “{thing['label']}”" if thing["label"] else ""
            click.echo(f"  {SIGNS[change]} {thing['kind']}{label}  {thing['iri']}")
            for sign, statements in (("-", thing["went"]), ("+", thing["came"])):
                for said in statements if change == "changed" else ():
                    click.echo(f"      {sign} {said['property']}: {said['value']}")
        if sum(counts.values()) > len(listed):
            click.echo(f"  … and {sum(counts.values()) - len(listed):,} more")


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """The loudest first, those of a file by its rows."""
    order = list(Severity)
    return sorted(findings, key=lambda f: (order.index(f.severity), f.file, f.sheet, f.row or 0))


@click.command()
@click.argument("source")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the source's own files into this folder, with the findings in them.",
)
@click.option("--severity", type=click.Choice([*map(str, Severity)]), help="Only these.")
@as_json
@with_call
def findings(call: Call, source: str, out: Path | None, severity: str | None) -> None:
    """Tell what was found when SOURCE was last read, also if it was refused then.

    With --out its files are returned with the findings in them: a workbook with marked cells and
    a sheet of findings, a CSV file with a column more, a list beside any other file.
    """
    reading = last_reading(call.settings.data, source)
    written = [str(path) for path in return_files(call.settings, source, out)] if out else []
    found = [f for f in sort_findings(reading.findings) if severity in (None, f.severity)]
    about = {"load": reading.load, "at": reading.at, "status": reading.status}
    told = about | {"findings": [f.as_dict() for f in found], "written": written}
    kind = f"no {severity}s" if severity else "nothing"
    lines = [*map(str, found)] or [f"Load {reading.load}, which read {source} last, found {kind}."]
    call.tell(told, *lines, *(f"Written: {path}" for path in written))


@click.command()
@click.argument("number", required=False, type=click.IntRange(1))
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 10_000))
@as_json
@with_call
def history(call: Call, number: int | None, limit: int) -> None:
    """List loads and rollbacks, newest first; the generation that is served is marked.

    With NUMBER, tell what that load added, changed, removed and found.
    """
    data = call.settings.data
    if number is not None:
        event = read_event(data, number)
        if event is None:
            raise NotFound(f"There is no load {number}.", remedy="See hub history.")
        if call.machine:
            print_json(event.as_dict())
        else:
            show_event(event)
        return
    events = read_events(data, limit)
    served = current_number(data)
    if call.machine:
        print_json({"served": served, "events": [event.as_dict() for event in events]})
        return
    rows = []
    for event in events:
        changes = [
            f"{source['name']} {source['status']}"
            for source in event.details.get("sources", [])
            if source["status"] != "unchanged"
        ]
        notes = event.details.get("notes") or [event.details.get("note", "")]
        what = "; ".join(filter(None, (", ".join(changes), *notes)))
        mark = "served" if event.generation == served else ""
        rows.append(
            (event.number, event.at, event.action, event.outcome, event.generation, mark, what)
        )
    print_table(("no.", "at", "action", "outcome", "generation", "", "what"), rows)


def show_event(event: Event) -> None:
    """Tell one load whole."""
    click.echo(f"{event.action.capitalize()} {event.number} at {event.at}: {event.outcome}.")
    for source in event.details.get("sources", []):
        if source["status"] == "unchanged" and not source["findings"]:
            continue
        left_out = f", {source['rejected']:,} left out" if source["rejected"] else ""
        click.echo(f"{source['name']}: {source['status']}, {source['rows']:,} rows{left_out}")
        if source.get("difference"):
            show_difference(source["name"], source["difference"], whole=True)
        for finding in sort_findings(map(Finding.from_dict, source["findings"])):
            click.echo(str(finding))
    for note in event.details.get("notes", ()):
        click.echo(note)
    if event.action == "load" and event.outcome == "published":
        click.echo(
            "To take back a source alone: hub rollback GENERATION --source NAME, with the "
            "generation before this one."
        )


@click.command()
@click.argument("number", type=click.IntRange(1))
@click.option(
    "--source",
    multiple=True,
    help="Only this source: it stands again as in generation NUMBER, and all others stay.",
)
@as_json
@with_call
def rollback(call: Call, number: int, source: tuple[str, ...]) -> None:
    """Serve generation NUMBER again; it is verified first.

    With --source a new generation is published in which only that source (or several) goes back,
    whatever was loaded since. The next load reads its file again.
    """
    if not source:
        before = roll_back(call.settings.data, number)
        instead = "already" if before == number else f"again, instead of {before}"
        told = f"Generation {number} is served {instead}."
        call.tell({"generation": number, "before": before}, told)
        return
    report = restore_sources(call.settings, number, source)
    for outcome in report.sources if not call.machine else ():
        if outcome.difference:
            show_difference(outcome.name, outcome.difference.as_dict(), whole=False)
    said = "stand so already" if report.outcome == "unchanged" else "stand again"
    call.tell(
        report.as_dict(),
        f"Sources {', '.join(source)} {said} as in generation {number}; generation "
        f"{report.generation} is served.",
    )
