"""What a load tells of the judgements that came in: how many are new, and which have no effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from hub.identity import Judgement
from hub.identity.decisions import Entry, find_present, tell_effects
from hub.store.files import read_statements
from hub.vocabulary import RDF_TYPE, expand

SHOWN = 5  # judgements without effect that are named


def digest_judgements(judgements: Sequence[Judgement]) -> str:
    """A hash of what is judged, whatever the order."""
    text = "\n".join(
        sorted(f"{j.iri} {j.by} {j.date} {j.reason}".replace("\n", " ") for j in judgements)
    )
    return sha256(text.encode()).hexdigest()


def tell_judgements(old: Path | None, new: Path, judgements: Sequence[Judgement]) -> Iterator[str]:
    """What came, went and has no effect, in sentences for the operator, who sees every level.

    `old` and `new` are the folders of the generation before and of the one to be.
    """
    before, now = set(list_published(old)) if old else set(), {one.iri for one in judgements}
    came, gone = len(now - before), len(before - now)
    told = [f"{count(came)} came"] if came else []
    if gone:
        told.append(f"{count(gone)} {'was' if gone == 1 else 'were'} taken back")
    if told:
        yield f"{', '.join(told)}."
    ends = {end for one in judgements for end in (one.left, one.right)}
    effects = tell_effects(map(Entry, judgements), find_present(new, ends))
    idle = [(j.place, e) for j, e in zip(judgements, effects, strict=True) if e != "stands"]
    if idle:
        named = [f"{place}: {effect.removeprefix('no effect: ')}" for place, effect in idle[:SHOWN]]
        more = [f"and {len(idle) - SHOWN:,} more (hub decide --list)"] if idle[SHOWN:] else []
        listed = "; ".join([*named, *more])
        yield f"{count(len(idle))} without effect: {listed}."


def count(number: int) -> str:
    return f"{number:,} judgement{'' if number == 1 else 's'}"


def list_published(folder: Path) -> Iterator[str]:
    """The keys of the judgements that a generation was made with."""
    for file in (folder / "view").glob("*.identity"):
        for _, subject, _, value in read_statements(file, {RDF_TYPE}):
            if value.value == expand("mc:Judgement"):
                yield subject.rpartition("/")[2]
