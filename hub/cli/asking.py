"""Commands of who asks: query, ask, introduce, entry-points, brokers."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import fields
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any

import click

from hub.cli.call import Call, as_json, as_viewer, print_json, print_table, with_call
from hub.errors import Invalid
from hub.paths.brokerage.answer import tell_brokers
from hub.paths.brokerage.question import find_brokers, set_rules
from hub.paths.doors import ToldPoints, tell_entry_points
from hub.paths.introductions import (
    Terms,
    find_entry_points,
    introduce_parties,
    is_market,
    read_adjustments,
    read_date,
)
from hub.paths.strength import FIGURES
from hub.paths.words import tell_ways
from hub.questions import ask as ask_question
from hub.questions import read_library
from hub.requests.drafts import choose_language, read_language, write_draft
from hub.settings import resource_folder

LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that says something counts
LARGEST_QUERY = 1 << 20


@click.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--format", "format_", help="csv, tsv, json or xml; for graphs ttl, nt, rdf, jsonld.")
@click.option("--timeout", type=click.FloatRange(0.1), help="Seconds after which to stop.")
@as_viewer
@as_json
@with_call
def query(call: Call, file: Path, format_: str | None, timeout: float | None) -> None:
    """Answer the SPARQL query in FILE (- for standard input).

    Without --format rows come as CSV and graphs as Turtle.
    """
    try:
        raw = sys.stdin.buffer.read(LARGEST_QUERY) if str(file) == "-" else file.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise Invalid(
            f"The file cannot be read: {error.strerror}.", where=str(file), remedy="Name another."
        ) from error
    except UnicodeDecodeError as error:
        raise Invalid(f"The query is not UTF-8 at byte {error.start}.", where=str(file)) from error
    accept = "application/json" if call.machine else "text/csv, text/turtle"
    with call.hub() as hub:
        chosen = {"format": format_} if format_ else {"accept": accept}
        with hub.query(text, call.viewer, timeout=timeout, **chosen) as answer:
            for chunk in answer:
                sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        for iri in dict.fromkeys(re.findall(r"<([^<>\s]+)>", text)):
            if (now := hub.canonical(iri, call.viewer)) != iri:
                click.echo(
                    f"note: <{iri}> was judged to be <{now}>, which has its facts.", err=True
                )


@click.command()
@click.argument("question", required=False)
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--show", is_flag=True, help="Print the SPARQL of the question instead.")
@as_viewer
@as_json
@with_call
def ask(call: Call, question: str | None, values: tuple[str, ...], show: bool) -> None:
    """Ask a QUESTION of the library, with values for its parameters; list them without any."""
    library = read_library(resource_folder("queries"), call.settings.base)
    if question is None:
        call.show(
            ("name", "title", "parameters"),
            [
                (q.name, q.title, " ".join(p.name + "?" * (not p.required) for p in q.parameters))
                for q in library
            ],
            ("question", "what it answers", "parameters (? may be left out)"),
        )
        return
    chosen = library[question]
    if show:
        click.echo(chosen.text)
        return
    with call.hub() as hub:
        answer = ask_question(hub, chosen, read_values(values), call.viewer)
    call.tell(answer.as_dict(), chosen.title)
    if call.machine:
        return
    if not answer.rows:
        click.echo("There is nothing of the kind in what you may see.")
        return
    print_table(
        [column.label for column in answer.columns],
        [[answer.show(term) for term in row] for row in answer.rows],
    )


def read_values(pairs: Iterable[str]) -> dict[str, str]:
    """The values of some `name=value`. Raises Invalid for what is none, or given twice."""
    given: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name in given:
            raise Invalid(
                f"“{pair}” is {'given twice' if equals else 'no value for a parameter'}.",
                remedy="Write name=value, each name once.",
            )
        given[name] = value
    return given


as_of = click.option(
    "--as-of", type=read_date, metavar="DATE", default=lambda: date.today().isoformat(),
    help="The day as of which to judge (today).",
)  # fmt: skip


def as_searched(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every search of ways takes; the command gets them as its `terms`."""

    @as_of
    @click.option("--hops", default=5, show_default=True, help="Most steps between parties.")
    @click.option("--kind", "kinds", multiple=True, help="Only this kind of evidence.")
    @click.option("--avoid", multiple=True, help="Not through this party.")
    @click.option("--require", multiple=True, help="Only through this party.")
    @click.option("--lens", default="surest", help="surest (so by default), new-ground, circles.")
    @click.option("--strength", multiple=True, metavar="KIND=P", help="Fresh evidence counts P.")
    @click.option("--half-life", multiple=True, metavar="KIND=YEARS", help="It ages otherwise.")
    @click.option("--discount", multiple=True, metavar="KIND=D", help="Company counts otherwise.")
    @wraps(command)
    def searched(**given: Any) -> None:
        figures = {name: given.pop(name.replace("-", "_")) for name in FIGURES}
        asked = {one.name: given.pop(one.name) for one in fields(Terms) if one.name in given}
        command(terms=Terms(**asked, adjusted=read_adjustments(figures)), **given)

    return searched


@click.command()
@click.argument("from_", metavar="FROM")
@click.argument("to", metavar="TO")
@as_searched
@click.option("-k", "--ways", "k", default=3, show_default=True, help="How many ways.")
@click.option("--way", default="", metavar="IDENTIFIER", help="Only this way.")
@click.option(
    "--draft",
    is_flag=False,
    flag_value="",
    metavar="[LANGUAGE]",
    help="A letter that asks for the first way: en, fr, de, it, es or ca (else your locale's).",
)
@as_viewer
@as_json
@with_call
def introduce(call: Call, from_: str, to: str, terms: Terms, draft: str | None) -> None:
    """Find who can introduce FROM to TO (names or IRIs), through whom, on what evidence.

    Where TO is a market, the entry points into it are the answer.

    Exit status 1 where there is no way; the answer then names the nearest and what is missing.
    """
    language = "" if draft is None else read_language(draft)
    if draft == "":
        language = choose_language(os.environ.get(name, "") for name in LOCALE)
    with call.hub() as hub:
        if is_market(hub, to, call.viewer):
            print_points(call, find_entry_points(hub, from_, to, terms, call.viewer))
            return
        told = introduce_parties(hub, from_, to, terms, call.viewer)
    if call.machine:
        print_json(told.as_dict(language))
    elif language and told.ways and told.ways[0].request:
        letter = write_draft(told.ways[0].request, language)
        click.echo(f"{letter.subject}\n\n{letter.text}")
    else:
        click.echo(tell_ways(told))
    if not told.ways:
        raise click.exceptions.Exit(1)


@click.command("entry-points")
@click.argument("from_", metavar="FROM")
@click.argument("market")
@as_searched
@click.option("--limit", default=10, show_default=True, help="How many entry points.")
@click.option("--inward", is_flag=True, help="FROM is in the market and seeks its way in here.")
@as_viewer
@as_json
@with_call
def entry_points(
    call: Call, from_: str, market: str, terms: Terms, limit: int, inward: bool
) -> None:
    """Rank the entry points into MARKET for FROM, each with the best way to it."""
    with call.hub() as hub:
        told = find_entry_points(hub, from_, market, terms, call.viewer, limit, inward=inward)
    print_points(call, told)


def print_points(call: Call, told: ToldPoints) -> None:
    """Print entry points; exit status 1 where there are none."""
    call.tell(told.as_dict(), tell_entry_points(told))
    if not told.entry_points:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("market", required=False, default="")
@as_of
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
@with_call
def brokers(
    call: Call, market: str, as_of: date, hops: int, months: int, above: float, page: int, rows: int
) -> None:
    """Tell who stands between members and the doors of MARKET (or all), and what is missing.

    Single points of failure, which agreement to sign next so that most members come within reach,
    and what would close with those about to end; with --json also which cluster comes where.
    """
    rules = set_rules(as_of, hops, months, above)
    with call.hub() as hub:
        told = find_brokers(hub, market, rules, call.viewer, page, rows)
    call.tell(told.as_dict(), tell_brokers(told))
