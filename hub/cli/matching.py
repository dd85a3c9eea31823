"""Commands of identity: match, decide, undo."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path

import click

from hub.access import LEVELS, Viewer, parse_viewer
from hub.cli.call import Call, as_json, as_viewer, print_json, print_table, with_call
from hub.cli.keeping import progress_bar
from hub.errors import Invalid, Refused
from hub.identity import Judgement, all_judgements, decisions, read_judgements
from hub.identity.decisions import draft, take_back
from hub.identity.judgements import VERDICTS, write_judgements
from hub.matching.weights import clip
from hub.pages.candidates import Pair, choose_level, find_pairs, label_of, open_pairs
from hub.pages.identity import Name, find_ends, tell_reason, tell_record
from hub.pages.reader import Reader
from hub.publishing.loading import load as load_sources
from hub.questions import read_library
from hub.settings import Settings, resource_folder
from hub.store.generations import current_number

MATCHER = "the matcher"


def find_user() -> str:
    """The name of who is logged in at this machine, where it has such a thing."""
    try:
        return getuser()
    except (KeyError, OSError):
        return "the operator"


as_by = click.option("--by", default=find_user, help="Who decides (your user name).")
as_published = click.option("--publish", is_flag=True, help="Publish it at once, as hub load does.")


@contextmanager
def reading(call: Call) -> Iterator[Reader]:
    """What pages are read with, through the eyes of the call."""
    with call.hub() as hub:
        library = read_library(resource_folder("queries"), hub.settings.base)
        yield Reader(hub, call.viewer, library)


def tell_published(settings: Settings, publish: bool) -> None:
    """Publish what was decided, or say how to."""
    if not publish:
        click.echo("It takes effect when it is published: hub load", err=True)
        return
    with progress_bar() as tell:
        report = load_sources(settings, progress=tell)
    for note in report.notes:
        click.echo(note, err=True)
    click.echo(
        f"Published generation {report.generation}. ({report.seconds:.1f} s)"
        if report.outcome == "published"
        else f"Nothing was published: {report.outcome}.",
        err=True,
    )


@click.command()
@click.option("--source", default="", help="Only pairs with something that this source speaks of.")
@click.option(
    "--limit", default=20, type=click.IntRange(1), show_default=True, help="How many pairs to show."
)
@click.option("--accept", is_flag=True, help="Judge the same what needs no person to decide it.")
@as_published
@as_viewer
@as_json
@with_call
def match(call: Call, source: str, limit: int, accept: bool, publish: bool) -> None:
    """Find what may be one thing under several names, and is not judged yet.

    First what would join up the graph of ties. With --accept, pairs whose evidence is beyond doubt
    are recorded as judgements of “the matcher”; all others wait for hub decide or the page
    /identity.
    """
    settings = call.settings
    with reading(call) as reader, progress_bar() as tell:
        hub, viewer = reader.hub, call.viewer
        known = [s.name for s in hub.generation.manifest.sources if viewer.sees(s)]
        if source and source not in known:
            remedy = f"Known are: {', '.join(known)}."
            raise Invalid(f"There is no source “{source}”.", remedy=remedy)
        pairs = find_pairs(reader, lambda done, all_: tell("comparing", done, all_))
        judgements = all_judgements(settings)
        found = [
            pair
            for pair in open_pairs(pairs, judgements, viewer)
            if not source or any(source in names for names in pair.sources)
        ]
        sure = [pair for pair in found if pair.band == "same"]
        if accept:
            joined = [
                (hub.canonical(one.left, viewer), hub.canonical(one.right, viewer))
                for one in judgements
                if one.verdict == "same" and viewer.sees(one)
            ]
            chosen = choose_sure(found, joined)
            accepted, refused = accept_pairs(reader, chosen)
    if accept:
        tell_accepted(call, accepted, refused, len(sure) - len(chosen))
        if accepted:
            tell_published(settings, publish)
        return
    if call.machine:
        print_json([pair.as_dict() for pair in found[:limit]])
        return
    for number, pair in enumerate(found[:limit], 1):
        click.echo(tell_pair(number, pair) + "\n")
    click.echo(
        f"{len(found):,} pairs to judge, {min(limit, len(found)):,} shown; {len(sure):,} need no "
        "person (hub match --accept)."
        if found
        else "There is nothing to judge."
    )


def tell_pair(number: int, pair: Pair) -> str:
    """A pair for people: the two, what a yes opens, the evidence."""
    left, right = (clip(label_of(record)) for record in (pair.left, pair.right))
    lines = [f"{number}. {pair.probability:.4f}  {left}  =?  {right}"]
    for side, sources in zip((pair.left, pair.right), pair.sources, strict=True):
        lines.append(f"   {side.iri}  ({', '.join(sources) or 'no source'})")
    lines.append(f"   {pair.told}")
    for reason in pair.evidence:
        sign = "+" if reason.weight > 0 else "−" if reason.weight < 0 else " "
        lines.append(f"   {sign} {abs(reason.weight):4.1f}  {reason.text}")
    return "\n".join(lines)


def choose_sure(pairs: Iterable[Pair], joined: Iterable[tuple[str, str]]) -> list[Pair]:
    """The pairs that may be joined at once without a person, the likeliest first.

    What they join is sure two by two: with A = B and B = C alone, A and C may bear different
    numbers. Such pairs wait until A = B is published, and C is compared with all that is known.
    `joined` are the ends of what is judged the same already.
    """
    likeliest = sorted((p for p in pairs if p.band == "same"), key=lambda p: -p.probability)
    sure = {frozenset((pair.left.iri, pair.right.iri)) for pair in likeliest}
    wholes: dict[str, frozenset[str]] = {}

    def join(left: str, right: str, always: bool) -> bool:
        one, other = (wholes.get(end, frozenset((end,))) for end in (left, right))
        may = always or all(a == b or frozenset((a, b)) in sure for a in one for b in other)
        if may:
            wholes.update(dict.fromkeys(one | other, one | other))
        return may

    for left, right in joined:
        join(left, right, always=True)
    return [pair for pair in likeliest if join(pair.left.iri, pair.right.iri, always=False)]


def accept_pairs(
    reader: Reader, pairs: Iterable[Pair]
) -> tuple[tuple[Judgement, ...], list[Refused]]:
    """Record pairs as judged the same by the matcher."""
    settings = reader.hub.settings
    drafts = []
    for pair in pairs:
        ends = pair.left.iri, pair.right.iri
        level = choose_level(reader, *ends)
        told = tell_reason(reader, pair, "same", level)
        reason = f"probability {pair.probability:.4f}: {told}"[:2000]
        drafts.append(draft(settings, "same", *ends, MATCHER, reason, level))
    refused: list[Refused] = []
    name = Name(reader, (end for d in drafts for end in (d.left, d.right)))
    return decisions.decide(settings, drafts, reader.viewer, name, refused), refused


def tell_accepted(
    call: Call, accepted: tuple[Judgement, ...], refused: list[Refused], waiting: int
) -> None:
    for error in refused if not call.machine else ():
        click.echo(f"left for a person: {error}", err=True)
    lines = [f"{len(accepted):,} pairs are judged the same by {MATCHER}."]
    if waiting:
        lines.append(
            f"{waiting:,} more wait until these are published, to be held against all that is "
            "joined: hub load, then hub match --accept again."
        )
    numbers, told = [one.number for one in accepted], [error.as_dict() for error in refused]
    call.tell({"accepted": numbers, "refused": told, "waiting": waiting}, *lines)


@click.command()
@click.argument("left", required=False)
@click.argument("right", required=False)
@click.argument("verdict", required=False, type=click.Choice(VERDICTS))
@click.option("--because", default="", help="Why: the evidence, for whoever doubts it later.")
@as_by
@click.option(
    "--visible",
    type=parse_viewer,
    metavar="LEVEL",
    help="Who sees the judgement (the lowest level that sees what it rests on).",
)
@click.option("--list", "listed", is_flag=True, help="List every judgement and what came of it.")
@click.option(
    "--export", "out", type=click.Path(dir_okay=False, path_type=Path),
    help="Write the judgements that stand, as far as --as sees them, to this CSV file.",
)  # fmt: skip
@click.option(
    "--import", "file", type=click.Path(dir_okay=False, path_type=Path),
    help="Add the judgements of this CSV file, all or none.",
)  # fmt: skip
@as_published
@as_viewer
@as_json
@with_call
def decide(
    call: Call, left: str | None, right: str | None, verdict: str | None, because: str, by: str,
    visible: Viewer | None, listed: bool, out: Path | None, file: Path | None, publish: bool,
) -> None:  # fmt: skip
    """Judge that LEFT and RIGHT (IRIs or names) are the same, different, or that it is unsure.

    A judgement that contradicts others is refused with the chain that shows it. Nothing is ever
    deleted: hub undo takes a judgement back, and says so.
    """
    settings = call.settings
    if sum((bool(left), listed, out is not None, file is not None)) != 1:
        raise Invalid("Give LEFT, RIGHT and VERDICT, or one of --list, --export and --import.")
    if listed:
        list_judgements(call)
        return
    if out:
        export_judgements(call, out)
        return
    if file:
        added = decisions.decide(settings, read_judgements([file], settings.base))
        told = f"{len(added):,} judgements were added; what stood already was not."
        call.tell({"added": [judgement.number for judgement in added]}, told)
        if added:
            tell_published(settings, publish)
        return
    if not (left and right and verdict):
        raise Invalid("Which two, and what are they: same, different or unsure?")
    if not because.strip():
        raise Invalid("Say why, with --because: whoever doubts it later must see the evidence.")
    with reading(call) as reader:
        ends = find_ends(reader, left, right, verdict)
        level = choose_level(reader, *ends, visible)
        new = draft(settings, verdict, *ends, by, because, level)
        added = decisions.decide(settings, [new], call.viewer, Name(reader, ends))
    if not added:
        raise Refused("That is judged already, by the same and for the same reason.")
    told = f"Decision {added[0].number}, seen by {level}: {verdict}."
    call.tell({"number": added[0].number, "visible": str(level)}, told)
    tell_published(settings, publish)


def list_judgements(call: Call) -> None:
    """Every judgement that is seen, and what came of it."""
    with reading(call) as reader:
        rows = tell_record(reader)
    if call.machine:
        print_json([row.as_dict() for row in rows])
    else:
        columns = ["number", "judged", "left", "right", "by", "on", "seen by", "effect", "why"]
        print_table(columns, [row.cells for row in rows])


def export_judgements(call: Call, out: Path) -> None:
    """Write what stands and is seen, with names where something is published."""
    settings, viewer = call.settings, call.viewer
    seen = [judgement for judgement in all_judgements(settings) if viewer.sees(judgement)]
    judgements = sorted(seen, key=lambda j: (LEVELS.index(j.level), j.number))
    labels: dict[str, str] = {}
    if current_number(settings.data) is not None:
        with reading(call) as reader:
            ends = {end for j in judgements for end in (j.left, j.right)}
            name = Name(reader, ends)
            labels = {end: name.label(end) for end in ends}
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            write_judgements(judgements, settings.base, labels, file)
    except OSError as error:
        raise Refused(f"The file cannot be written: {error.strerror}.", where=str(out)) from error
    click.echo(f"{len(judgements):,} judgements stand in {out}: what {viewer} sees.")


@click.command()
@click.argument("number")
@click.option("--because", required=True, help="Why it is taken back.")
@as_by
@as_published
@as_json
@with_call
def undo(call: Call, number: str, because: str, by: str, publish: bool) -> None:
    """Take back the judgement NUMBER (see hub decide --list); the list keeps it, and says so."""
    entry = take_back(call.settings, number, by, because)
    one = entry.judgement
    assert entry.undo
    told = f"Taken back: {one.left} {one.verdict} {one.right} ({one.place}, {one.by})."
    call.tell({"number": entry.undo.number, "undoes": one.reference}, told)
    tell_published(call.settings, publish)
