"""`hub map`: a first draft of the mapping of an unknown file."""

from __future__ import annotations

from pathlib import Path

import click

from hub.cli.call import Call, as_json, print_json, print_table, with_call
from hub.errors import HubError, Invalid, Refused
from hub.settings import Settings, resource_folder
from loaders.drafting.draft import SourceDraft, draft_source
from loaders.drafting.proposals import TableDraft
from loaders.drafting.vocabulary import read_vocabulary
from loaders.findings import Fault, Severity, SourceRefused, show_text

FINDINGS_TOLD = 3


@click.command("map")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="The folder in which the source's own folder is made (else the working folder).",
)
@click.option("--name", default="", help="The source's name (else one made of the file's).")
@click.option("--class", "chosen", default="", help="What the rows are, such as mc:Company.")
@click.option("--encoding", default="", help="How a text file is written (else detected).")
@as_json
@with_call
def draft_map(call: Call, file: Path, out: Path, name: str, chosen: str, encoding: str) -> None:
    """Draft the mapping of an unknown FILE: a source folder that loads, to edit from there.

    Every column is profiled; terms of the ontology are proposed where headings and values speak
    for them, each with its reason. What could not be told stays unmapped and is reported.
    """
    # What is drafted is relative to any base; and hub.toml may name a folder of sources that this
    # very command fills first.
    settings = Settings(data=Path())
    where = show_text(str(file))
    try:
        vocabulary = read_vocabulary(resource_folder("ontology"))
        draft = draft_source(
            file, out, vocabulary, base=settings.base, graph=settings.graph(name or "draft"),
            name=name, chosen=chosen, encoding=encoding,
        )  # fmt: skip
    except Fault as fault:
        kind: type[HubError] = Invalid if fault.rule in WRONG_USAGE else Refused
        raise kind.of(fault, where) from fault
    except SourceRefused as refusal:
        errors = [f for f in refusal.findings if f.severity is Severity.ERROR][:FINDINGS_TOLD]
        told = "; ".join(f.said for f in errors)
        message = f"The draft would not load: {told or 'no row of it can be taken'}."
        raise Refused(message, where=where, remedy="Mend the file, or map it by hand.") from refusal
    except FileExistsError as error:
        raise Refused(
            "The folder is there already, and is not overwritten.",
            where=str(error.args[0]),
            remedy="Give another --name or --out, or move it away.",
        ) from error
    except OSError as error:
        raise Refused(
            f"The draft cannot be written or the file not read: {error.strerror or error}.",
            where=where,
            remedy="Check names, rights and room on the disk.",
        ) from error
    if call.machine:
        print_json(draft.as_dict())
    else:
        show_draft(draft)


WRONG_USAGE = {"drafting-class", "drafting-name"}


def show_draft(draft: SourceDraft) -> None:
    """Tell what was proposed, what was not, and what is to be done next."""
    for table in draft.tables:
        show_table(table)
    click.echo(f"Drafted {draft.folder}: {draft.rows:,} rows, {draft.statements:,} statements.")
    if draft.rejected:
        click.echo(f"{draft.rejected:,} rows would be left out: they have errors.")
    if draft.personal:
        columns = ", ".join(map(show_text, draft.personal))
        click.echo(f"It holds personal data ({columns}): keep its visibility at consortium.")
    click.echo(
        "Look for TODO in mapping.yml and source.toml. To load it, name the folder under "
        f"`sources` in hub.toml, then: hub load {draft.name}"
    )


def show_table(table: TableDraft) -> None:
    """One table's columns, each with what it holds and what is proposed for it or why nothing."""
    proposed: dict[str, list[str]] = {}
    for thing in table.things:
        for proposal in thing.proposals:
            for used in proposal.columns:
                told = f"{thing.name} {proposal.predicate} ({proposal.confidence})"
                proposed.setdefault(used, []).append(told)
        for key in thing.key:
            proposed.setdefault(key, []).insert(0, f"key of {thing.name}")
    rows = []
    rows_read = table.profile.told_rows
    for column in table.profile.columns:
        facts = column.as_dict(rows_read)
        told = "; ".join(dict.fromkeys(proposed.get(column.name, ())))
        why = told or f"not mapped: {table.left.get(column.name, 'nothing fits')}"
        filled = f"{100 * column.filled // max(rows_read, 1)} %"
        rows.append(
            (show_text(column.name), facts["holds"], filled, column.distinct, show_text(why))
        )
    source = table.profile.table.source
    title = f"{source.file}, {source.part}" if source.part else source.file
    print_table(("column", "holds", "filled", "different", "proposed"), rows, show_text(title))
    if table.profile.bad_rows:
        bad = f"{table.profile.bad_rows:,} of {table.profile.rows:,} rows cannot be taken"
        click.echo(f"Note: {bad}. {show_text(table.profile.fault)}.")
    for remark in table.profile.table.remarks:
        click.echo(f"Note: {show_text(remark)}.")
    for todo in table.todo:
        click.echo(f"To do: {show_text(todo)}.")
