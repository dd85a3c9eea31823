"""The command that forgets somebody who asked for it."""

from __future__ import annotations

from getpass import getuser

import click

from hub.access import Viewer
from hub.cli.surroundings import (
    Surroundings,
    as_json,
    as_viewer,
    pass_surroundings,
    print_json,
    print_table,
)
from hub.erasure.hashes import list_erasures
from hub.publishing.erasing import erase


@click.command("erase")
@click.argument("person", required=False)
@click.option("--because", default="", help="Why; name nobody here.")
@click.option("--list", "listed", is_flag=True, help="List when and why somebody was erased.")
@as_viewer
@as_json
@pass_surroundings
def erase_person(
    surroundings: Surroundings,
    person: str | None,
    because: str,
    listed: bool,
    viewer: Viewer,
    machine: bool,
) -> None:
    """Forget PERSON (IRI, or name as --as LEVEL sees it), who asked for it. There is no undo.

    History and ledgers forget them at once; the next `hub load` takes them out of all that is
    served, and removes the older generations. Files that bring them back are loaded without them.
    """
    settings = surroundings.settings
    if listed or person is None:
        columns, rows = ("at", "who", "because"), list_erasures(settings.data)
        if machine:
            print_json([dict(zip(columns, row, strict=True)) for row in rows])
        else:
            print_table(columns, rows)
        return
    with surroundings.hub() as hub:
        iri = hub.iri_in(person, viewer) or hub.find(person, viewer, ("foaf:Person",)).iri
    records = erase(settings, iri, getuser(), because)
    if machine:
        print_json({"records": records})
        return
    click.echo(f"Erased, with {records} record{'s' if records != 1 else ''}. Now: hub load.")
