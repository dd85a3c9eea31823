"""What a load adds, changes and takes away, in terms of things rather than of statements.

Two versions of what a source says are sorted files. They are compared and walked side by side, so
that memory does not grow with them; all is counted, and the first things of each kind are shown
with the statements that came and went. Where statements come from is left out: it changes with
every row that moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from heapq import merge
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from hub.store.files import compare_quads, find_lines, parse_facts
from hub.terms import Term
from hub.vocabulary import expand, shorten
from loaders.findings import show_text

SHOWN = 10  # things of a kind that came, changed or went
SHOWN_IN_ALL = 200
SHOWN_STATEMENTS = 8
SHOWN_OF_VALUE = 160
MOST_KINDS = 40
OTHER = "other"
ROWS = {b"row", b"file", b"load"}  # the hub's own, in the graph of provenance
LABELS = [expand(n) for n in ("rdfs:label", "skos:prefLabel", "foaf:name", "schema:name")]
PROVENANCE = b"/provenance> .\n"


@dataclass(frozen=True)
class Version:
    """What a source says at one time: sorted N-Quads, and their distinct subjects."""

    said: Path
    subjects: Path


@dataclass(frozen=True)
class Statement:
    """A statement about the thing at hand: a short property, and its value as people read it."""

    property: str
    value: str


@dataclass(frozen=True)
class Change:
    """A thing that was `added`, `changed` or `removed`, with the first statements of each side."""

    change: str
    iri: str
    kind: str
    label: str
    came: tuple[Statement, ...] = ()
    went: tuple[Statement, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Difference:
    """Kind → how many were added, changed and removed; and the first things of each, by IRI."""

    counts: Mapping[str, Mapping[str, int]]
    things: tuple[Change, ...]

    @property
    def totals(self) -> Mapping[str, int]:
        """How many were added, changed and removed, of all kinds together."""
        found: Counter[str] = Counter()
        for counts in self.counts.values():
            found.update(counts)
        return found

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare_versions(
    old: Version | None,
    new: Version | None,
    base: str,
    source: str,
    work: Path,
    move: tuple[Path, Path] | None = None,
) -> Difference | None:
    """The difference between two versions of a source; None where there is none.

    A version that is None said nothing. Things stand under `base`; `source` is the IRI of the
    source, and `work` a folder for two passing files: what went and what came, if that is not
    given as `move`.
    """
    if old and new:
        if not move:
            move = (work / "difference-gone.nq", work / "difference-come.nq")
            compare_quads(old.said, new.said, *move)
        changes = _walk(old, new, move)
    else:
        one, change = (new, "added") if new else (old, "removed")
        changes = (
            ((change, subject) for subject in _list_subjects(one.subjects)) if one else iter(())
        )
    itself = f"<{source}>".encode()
    return _describe((one for one in changes if one[1] != itself), old, new, base)


def _walk(old: Version, new: Version, move: tuple[Path, Path]) -> Iterator[tuple[str, bytes]]:
    """(change, subject) of everything of which statements came or went, in the files' order."""
    gone, come = move
    with gone.open("rb") as went, come.open("rb") as came:
        touched = merge(_list_touched(went), _list_touched(came))
        before, after = _list_subjects(old.subjects), _list_subjects(new.subjects)
        last_before = last_after = b""
        for subject, _ in groupby(touched):
            while last_before < subject:
                last_before = next(before, b"\xff")
            while last_after < subject:
                last_after = next(after, b"\xff")
            if last_before != subject:
                yield "added", subject
            elif last_after != subject:
                yield "removed", subject
            else:
                yield "changed", subject


def _list_touched(lines: Iterable[bytes]) -> Iterator[bytes]:
    return (line[: line.index(b" ")] for line in lines if not line.endswith(PROVENANCE))


def _list_subjects(path: Path) -> Iterator[bytes]:
    """The subjects as they stand in the lines, in their order there."""
    with path.open("rb") as file:
        for line in file:
            yield b"<" + line[:-1] + b">"


def _describe(
    changes: Iterator[tuple[str, bytes]], old: Version | None, new: Version | None, base: str
) -> Difference | None:
    counts: dict[str, Counter[str]] = {}
    things: list[Change] = []
    start = b"<" + base.encode()
    for change, subject in changes:
        name = subject[len(start) : -1].partition(b"/")[0] if subject.startswith(start) else b""
        if name in ROWS:
            continue
        kind = name.decode()
        if kind not in counts and (not kind or len(counts) >= MOST_KINDS):
            kind = OTHER
        found = counts.setdefault(kind, Counter())
        found[change] += 1
        if found[change] <= SHOWN and len(things) < SHOWN_IN_ALL:
            things.append(_show(change, kind, subject, old, new))
    if not counts:
        return None
    return Difference({kind: dict(found) for kind, found in sorted(counts.items())}, tuple(things))


def _show(
    change: str, kind: str, subject: bytes, old: Version | None, new: Version | None
) -> Change:
    """One thing, with its name and the statements that came and went."""
    before = _read_statements(old, subject) if old else {}
    after = _read_statements(new, subject) if new else {}
    names = sorted(
        (LABELS.index(verb), not term.language.startswith("en"), term.value)
        for verb, term in (*after, *(before if not after else ()))
        if verb in LABELS
    )
    came, went = ([s for s in some if s not in others] for some, others in
                  ((after, before), (before, after)))  # fmt: skip
    iri = subject[1:-1].decode()
    return Change(
        change=change,
        iri=iri,
        kind=kind,
        label=_shorten(names[0][2]) if names else "",
        came=tuple(_state(*one) for one in came[:SHOWN_STATEMENTS]),
        went=tuple(_state(*one) for one in went[:SHOWN_STATEMENTS]),
        more=max(len(came) - SHOWN_STATEMENTS, 0) + max(len(went) - SHOWN_STATEMENTS, 0),
    )


def _state(verb: str, term: Term) -> Statement:
    value = shorten(term.value) if term.kind == "iri" else term.value
    return Statement(
        shorten(verb), _shorten(value) + (f" @{term.language}" if term.language else "")
    )


def _shorten(text: str) -> str:
    return show_text(text if len(text) <= SHOWN_OF_VALUE else text[:SHOWN_OF_VALUE] + "…")


def _read_statements(version: Version, subject: bytes) -> dict[tuple[str, Term], None]:
    """What a version says of a subject, without where it comes from."""
    lines = islice(find_lines(version.said, subject + b" "), 1000)
    said = b"".join(line for line in lines if not line.endswith(PROVENANCE))
    return dict.fromkeys(parse_facts(said))
