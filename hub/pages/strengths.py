"""The table by which the strength of ties is reckoned, with its reasons and pictures."""

from __future__ import annotations

from dataclasses import dataclass

from hub.hub import Hub
from hub.paths.atlas import ASKED_LATELY
from hub.paths.introductions import open_ties
from hub.paths.strength import StrengthTable, TieKind, show_strength

YEARS = 15  # that the pictures show
WIDTH, HEIGHT = 150, 36
COLUMNS = ("key", "label", "base", "half_life", "discount", "lasts", "broader", "reason")


@dataclass(frozen=True)
class KindRow(TieKind):
    """A kind of evidence, under its broader one at `depth`; `curve` has its strength over time.

    `curve` are points in a picture of `WIDTH` × `HEIGHT`, `YEARS` wide, from 0 to 1.
    """

    depth: int = 0
    curve: str = ""


@dataclass(frozen=True, slots=True)
class Weight:
    """The factor of a role, of a kind of entry point, or of each connector."""

    key: str
    label: str
    weight: float
    reason: str


@dataclass(frozen=True)
class StrengthsPage:
    """All figures that introductions are reckoned with; `example` shows them at work."""

    kinds: tuple[KindRow, ...]
    roles: tuple[Weight, ...]
    entries: tuple[Weight, ...]
    hand_over: Weight
    asked: Weight
    example: str

    def table(self) -> list[list[object]]:
        """One row for each figure or set of figures, with a header."""
        rows: list[list[object]] = [["of", *COLUMNS]]
        rows += [["kind of evidence", *(getattr(row, n) for n in COLUMNS)] for row in self.kinds]
        for of, weights in (
            ("role", self.roles),
            ("entry point", self.entries),
            ("connector", [self.hand_over, self.asked]),
        ):
            rows += [[of, w.key, w.label, w.weight, "", "", "", "", w.reason] for w in weights]
        return rows


def list_strengths(hub: Hub) -> StrengthsPage:
    """The table of the generation that is served. Raises Unavailable where it cannot be read."""
    table = open_ties(hub.generation.ties).table
    return StrengthsPage(
        tuple(_row(kind, depth) for kind, depth in _narrow(table, "", 0)),
        tuple(_weigh(table, iri, weight) for iri, weight in sorted(table.roles.items())),
        tuple(
            _weigh(table, key, weight)
            for key, weight in sorted(table.entries.items(), key=lambda pair: (-pair[1], pair[0]))
            if key != ASKED_LATELY
        ),
        _weigh(table, "hand-over", table.hand_over),
        _weigh(table, ASKED_LATELY, table.entries.get(ASKED_LATELY, 1.0)),
        _exemplify(max(table.kinds, key=lambda kind: kind.base * (not kind.lasts))),
    )


def _narrow(table: StrengthTable, broader: str, depth: int) -> list[tuple[TieKind, int]]:
    """The kinds under one, strongest first, each followed by those under it."""
    found = []
    for kind in sorted(table.kinds, key=lambda kind: -kind.base):
        if kind.broader == broader:
            found += [(kind, depth), *_narrow(table, kind.key, depth + 1)]
    return found


def _row(kind: TieKind, depth: int) -> KindRow:
    heights = [kind.base * 2 ** (-year / kind.half_life) for year in range(YEARS + 1)]
    curve = " ".join(
        f"{WIDTH * year / YEARS:g},{HEIGHT * (1 - height):.1f}"
        for year, height in enumerate(heights)
    )
    return KindRow(**vars(kind), depth=depth, curve=curve)


def _weigh(table: StrengthTable, key: str, weight: float) -> Weight:
    name = key.rpartition("/")[2]
    return Weight(name, name.replace("-", " "), weight, table.reasons.get(key, ""))


def _exemplify(kind: TieKind) -> str:
    decay = 2 ** (-3 / kind.half_life)
    told = f"{show_strength(kind.base * decay)} = {kind.base:.2f} × {show_strength(decay)}"
    return f"a {kind.label} of two parties, three years old: {told}"
