"""Commands of who keeps the hub: init, load, sources, check, verify, erase, serve."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from getpass import getuser
from operator import attrgetter
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from hub.accounts.audit import check_trail
from hub.cli.call import Call, as_json, as_viewer, print_json, print_table, with_call
from hub.cli.tracing import show_difference
from hub.erasure.hashes import list_erasures
from hub.errors import HubError, Refused
from hub.history import read_attempts, read_rows
from hub.publishing.erasing import erase
from hub.publishing.intake import find_sources
from hub.publishing.loading import load as load_sources
from hub.publishing.report import LoadReport
from hub.publishing.report import Progress as Told
from hub.settings import resource_folder
from hub.store.generations import current, current_number, kept_generations, open_generation
from hub.store.generations import verify as verify_generation
from hub.store.manifest import SourceFact
from loaders.description import Location, Source, read_source
from loaders.findings import Severity, SourceRefused

FINDINGS_SHOWN = 20
OUTCOME = attrgetter(
    "name", "owner", "visibility", "status", "rows", "rejected", "quads", "added", "removed"
)


@click.command()
@as_json
@with_call
def init(call: Call) -> None:
    """Make the data folder and say which sources would be loaded."""
    settings = call.settings
    settings.data.mkdir(parents=True, exist_ok=True)
    names = find_sources(settings)
    call.tell(
        {"data": str(settings.data), "sources": list(names)},
        f"The data folder is {settings.data}.",
        f"{len(names)} sources are configured: {', '.join(names)}.",
        "Load them with: hub load",
    )


SILENT_SECONDS = 10
TOLD = ("name", "owner", "seen_by", "rows", "statements", "findings", "loaded", "last_attempt")


@contextmanager
def progress_bar() -> Iterator[Told]:
    """A progress bar on standard error, where that is a terminal; else a line a source, and every
    ten seconds how far it is.
    """
    screen = Console(stderr=True)
    if not screen.is_terminal:
        last, told = "", time.monotonic()

        def say(stage: str, done: int, total: int | None) -> None:
            nonlocal last, told
            if total is not None and stage != last:
                click.echo(f"[{done + 1}/{total}] {stage}", err=True)
                last = stage
            elif total is None and time.monotonic() - told >= SILENT_SECONDS:
                click.echo(f"{stage}{f', {done:,} rows' if done else ''} …", err=True)
            else:
                return
            told = time.monotonic()

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
@with_call
def load(call: Call, source: tuple[str, ...], dry_run: bool) -> None:
    """Read, check and publish SOURCEs (all that are configured, without any).

    A source that is refused stays as it was; the others are published. Exit status 1 if any
    source was refused.
    """
    read_sources(call, source, dry_run=dry_run, whole=dry_run)


def read_sources(call: Call, names: tuple[str, ...], *, dry_run: bool, whole: bool) -> None:
    """Load sources and tell what came of it; exit status 1 where one was refused."""
    with progress_bar() as tell:
        report = load_sources(call.settings, names, dry_run=dry_run, progress=tell)
    if report.outcome == "published":
        try_questions(call)
    if call.machine:
        print_json(report.as_dict())
    else:
        show_load(report, whole=whole)
    if report.refused:
        raise click.exceptions.Exit(1)


def try_questions(call: Call) -> None:
    """Ask the questions that people keep of what changed for who keeps them; tell which broke."""
    if not read_rows(call.settings.data, "SELECT name FROM question LIMIT 1"):
        return
    from hub.questions.keeping import all_kept  # what is not asked starts without them
    from hub.questions.trials import read_trials, try_out

    kept = all_kept(call.settings.data)
    data, questions = call.settings.data, [one.question for one in kept]
    tried = {trial.name: trial.version for trial in read_trials(data, questions)}
    with call.hub() as hub:
        for one in kept:
            if tried.get(one.question.name) != hub.served.sight(one.sight).version:
                try_out(hub, one.question, one.sight)
    for trial in read_trials(data, questions):
        if trial.wrong:
            click.echo(f"question {trial.name}: {trial.wrong}", err=True)


def show_load(report: LoadReport, *, whole: bool) -> None:
    """Tell what a load did; with `whole`, thing by thing."""
    print_table(
        ("source", "owner", "seen by", "outcome", "rows", "left out", "statements", "+", "-"),
        [OUTCOME(source) for source in report.sources],
    )
    for source in report.sources:
        if source.difference:
            show_difference(source.name, source.difference.as_dict(), whole=whole)
    for source in report.sources:
        loud = [str(f) for f in source.findings if f.severity != Severity.NOTE]
        if (more := len(loud) - FINDINGS_SHOWN) > 0:
            loud[FINDINGS_SHOWN:] = [f"… and {more:,} more (hub findings {source.name})."]
        for line in loud:
            click.echo(line, err=True)
    for note in report.notes:
        click.echo(note)
    said = {
        "published": f"Published generation {report.generation}: {report.statements:,} statements "
        f"said, {report.derived:,} derived.",
        "unchanged": f"Nothing has changed; generation {report.generation} is served as before.",
        "previewed": "This is a preview; nothing was published.",
        "refused": "Nothing was published"
        + (f"; generation {report.generation} is served as before." if report.generation else "."),
    }
    click.echo(f"{said[report.outcome]} ({report.seconds:.1f} s)")
    for served, told in (
        (True, "what they said before stays"),
        (False, "nothing of them is served yet"),
    ):
        if names := ", ".join(s.name for s in report.refused if bool(s.quads) == served):
            click.echo(f"Refused; {told}: {names}.", err=True)


def describe(location: Location) -> Source | None:
    """What a source that is not loaded says of itself, if that can be read."""
    try:
        return read_source(location)
    except SourceRefused:
        return None


@click.command()
@as_json
@with_call
def sources(call: Call) -> None:
    """List the sources, who owns and who sees them, and their last load."""
    settings = call.settings
    folders = find_sources(settings)
    loaded: dict[str, SourceFact] = {}
    if current_number(settings.data) is not None:
        loaded = {fact.name: fact for fact in current(settings.data).manifest.sources}
    described = {name: describe(folder) for name, folder in folders.items() if name not in loaded}
    attempts = read_attempts(settings.data)
    listed = [
        {
            "name": name,
            "owner": known.owner if known else None,
            "seen_by": (known.partner or known.visibility) if known else None,
            "licence": known.licence if known else None,
            "rows": sum(fact.rows.values()) if fact else None,
            "statements": fact.quads if fact else None,
            "findings": sum(f["severity"] != "note" for f in fact.findings) if fact else None,
            "loaded": fact.loaded if fact else None,
            "last_attempt": attempts.get(name),
            "configured": name in folders,
        }
        for name in sorted(folders.keys() | loaded.keys())
        for fact in [loaded.get(name)]
        for known in [fact or described.get(name)]
    ]
    if call.machine:
        print_json(listed)
        return
    heads = ["source", *(column.replace("_", " ") for column in TOLD[1:])]
    unloaded = {"loaded": "not loaded yet"}
    print_table(heads, [[s[c] or unloaded.get(c, s[c]) for c in TOLD] for s in listed])


@click.command()
@click.option("--ontology", is_flag=True, help="Reason over the ontology with HermiT (Java).")
@click.argument("source", nargs=-1)
@as_json
@with_call
def check(call: Call, ontology: bool, source: tuple[str, ...]) -> None:
    """Check SOURCEs as a load would, without publishing; or the ontology."""
    if not ontology:
        read_sources(call, source, dry_run=True, whole=False)
        return
    from hub.checking.consistency import find_contradictions, read_ontology  # and two libraries

    problems = find_contradictions(read_ontology(resource_folder("ontology")))
    sound = "The ontology is consistent and every class can have members."
    call.tell({"consistent": not problems, "problems": list(problems)}, *(problems or [sound]))
    if problems:
        raise Refused(f"{len(problems)} problems were found in the ontology.")


@click.command()
@click.argument("number", required=False, type=click.IntRange(1))
@click.option("--audit", "kept", metavar="COUNT:HASH", default="",
              help="A head of the audit trail that you kept, as it is told here.")  # fmt: skip
@as_json
@with_call
def verify(call: Call, number: int | None, kept: str) -> None:
    """Hold a generation (the served one without NUMBER) against its manifest, graph by graph.

    The audit trail is gone through as well: a row that was changed, taken out or put in shows, and
    an end that was cut off, as far as audit.head, a generation or a head that was kept tells of it.
    """
    data = call.settings.data
    generation = current(data) if number is None else open_generation(data, number)
    verify_generation(generation)
    trail = check_trail(data, [*kept_heads(data), *([kept] if kept else [])])
    served, graphs = generation.number, len(generation.manifest.graphs)
    total = sum(graph.count for graph in generation.manifest.graphs)
    lines = [
        f"Generation {served} is whole: {graphs} graphs, {total:,} statements.",
        f"The audit trail is whole: {trail.count:,} entries, head {trail}.",
    ]
    if trail.cleansed:
        lines += [f"From {trail.cleansed:,} of them names were taken out, as by hub erase."]
    found = {"generation": served, "graphs": graphs, "statements": total, "audit": str(trail)}
    call.tell(found, *lines)


def kept_heads(data: Path) -> Iterator[str]:
    """The heads of the audit trail that the generations noted, where these can be read."""
    for number in kept_generations(data):
        with suppress(HubError):
            yield open_generation(data, number).manifest.audit


@click.command("erase")
@click.argument("person", required=False)
@click.option("--because", default="", help="Why; name nobody here.")
@click.option("--list", "listed", is_flag=True, help="List when and why somebody was erased.")
@as_viewer
@as_json
@with_call
def erase_person(call: Call, person: str | None, because: str, listed: bool) -> None:
    """Forget PERSON (IRI, or name as --as LEVEL sees it), who asked for it. There is no undo.

    History and ledgers forget them at once; the next `hub load` takes them out of all that is
    served, and removes the older generations. Files that bring them back are loaded without them.
    """
    if listed or person is None:
        call.show(("at", "who", "because"), list_erasures(call.settings.data))
        return
    with call.hub() as hub:
        iri = hub.iri_in(person, call.viewer) or hub.find(person, call.viewer, ["foaf:Person"]).iri
    records = erase(call.settings, iri, getuser(), because)
    told = f"Erased, with {records} record{'s' if records != 1 else ''}. Now: hub load."
    call.tell({"records": records}, told)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--threads", default=24, show_default=True, type=click.IntRange(1, 256))
@with_call
def serve(call: Call, host: str, port: int, threads: int) -> None:
    """Serve the published generation to browsers and programs until stopped."""
    from hub.web import serve_forever  # and all that pages are made with

    with call.hub(workers=None) as opened:
        serve_forever(opened, host, port, threads, lambda url: click.echo(f"Serving {url}"))
