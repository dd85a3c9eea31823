"""A way as a picture: parties as stops of a line, as thick as each step is strong.

Drawn from top to bottom, since names are long and telephones narrow. Texts are broken here because
SVG does not break them; wide characters (Chinese, Japanese, Korean) count for two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from hub.pages.parts import page_of
from hub.paths.words import ToldStep, ToldWay

WIDTH = 340
LEFT = 16  # of the line
NAME, TIE = 34, 40  # characters of a line of text
LINE = 19  # height of a line of text
MOST_LINES = 3


@dataclass(frozen=True, slots=True)
class Stop:
    """A party: where its mark stands, and its name in lines."""

    y: int
    lines: tuple[str, ...]
    iri: str
    href: str
    end: bool


@dataclass(frozen=True, slots=True)
class Stretch:
    """A step: from one mark to the next, `width` by its strength, with what ties them in lines."""

    top: int
    bottom: int
    width: float
    lines: tuple[str, ...]
    y: int
    weakest: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """The picture of a way, in the units of its viewBox `0 0 width height`."""

    width: int
    height: int
    stops: tuple[Stop, ...]
    stretches: tuple[Stretch, ...]


def draw_chain(way: ToldWay, base: str) -> Chain:
    """The picture of a way; `base` tells which parties have a page under `/id/`."""
    parties = [(way.steps[0].source, way.steps[0].source_label)]
    parties += [(step.target, step.target_label) for step in way.steps]
    weakest = min(range(len(way.steps)), key=lambda at: way.steps[at].strength)
    stops: list[Stop] = []
    stretches: list[Stretch] = []
    y = 18
    for at, (address, label) in enumerate(parties):
        lines = break_text(label, NAME, MOST_LINES)
        end = at in (0, len(parties) - 1)
        stops.append(Stop(y, lines, address, page_of(address, base), end))
        if at < len(way.steps):
            step = way.steps[at]
            said = break_text(_caption(step), TIE, 2)
            top, text = y, y + LINE * len(lines) + 8
            y = text + LINE * len(said) + 14
            stretches.append(
                Stretch(
                    top, y, 2 + 8 * step.strength, said, text, at == weakest and len(parties) > 2
                )
            )
        else:
            y += LINE * len(lines)
    return Chain(WIDTH, y, tuple(stops), tuple(stretches))


def _caption(step: ToldStep) -> str:
    best = step.evidence[0] if step.evidence else None
    when = f", {best.when}" if best and best.when else ""
    kind = best.arithmetic.partition("=")[2].strip().partition(" ")[2] if best else ""
    return f"{step.strength:.2f} {kind.partition(' × ')[0]}{when}".strip()


def break_text(text: str, width: int, most: int) -> tuple[str, ...]:
    """`text` in at most `most` lines of `width` columns; what does not fit ends in an ellipsis."""
    lines: list[str] = []
    line = ""
    for word in text.split() or [""]:
        for piece in _pieces(word, width):
            if line and columns(f"{line} {piece}") > width:
                lines.append(line)
                line = piece
            else:
                line = f"{line} {piece}".strip()
    lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1].rstrip() + " …"]
    return tuple(lines)


def _pieces(word: str, width: int) -> Sequence[str]:
    """A word that is wider than a line, cut; most are not."""
    if columns(word) <= width:
        return [word]
    pieces, piece = [], ""
    for character in word:
        if columns(piece + character) > width:
            pieces.append(piece)
            piece = ""
        piece += character
    return [*pieces, piece]


def columns(text: str) -> int:
    """How wide a text is, in narrow characters."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
