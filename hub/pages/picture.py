"""Ways as one picture: from who asks, layer by layer through the connectors, to who is reached.

Ways that begin alike share their boxes until they part, so that no line crosses a box: each way
has a row of its own from where it parts, and lines run in the gaps between the layers alone. For
telephones the same tree stands upright, one box under the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from hub.paths.sentences import STALE, ToldStep
from hub.paths.strength import show_strength

WIDTH, HEIGHT, GAP, ROW = 168, 56, 40, 66  # of a box; between layers; from row to row
TALL, INDENT = 210, 20  # of a picture that stands upright: the width of a box; from layer to layer


@dataclass(frozen=True, slots=True)
class Box:
    """A party: where its box stands, its name, and what ties it to the left."""

    iri: str
    x: int
    y: int
    title: str
    note: str = ""
    end: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A step: the path of the line, as wide as the step is strong; dashed where it is `old`."""

    path: str
    width: float
    old: bool
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes and lines, in pixels; `upright` is the same for narrow screens."""

    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int
    height: int
    box: tuple[int, int] = (WIDTH, HEIGHT)
    upright: Picture | None = None


@dataclass
class _Node:
    label: str
    step: ToldStep | None = None
    end: bool = False
    after: dict[str, _Node] = field(default_factory=dict)
    y: float = 0.0


def draw_ways(ways: Iterable[Sequence[ToldStep]], *, meeting: bool = False) -> Picture | None:
    """The picture of some ways from one start; None where there are none.

    Args:
        ways: the steps of each.
        meeting: all lead to the same end, which is drawn once, at the right.
    """
    ways = list(ways)
    if not ways:
        return None
    first = ways[0][0]
    root = _Node(first.source_label)
    for way in ways:
        node = root
        for step in way:
            node = node.after.setdefault(step.target, _Node(step.target_label, step))
        node.end = True
    upright = _stand(root, first.source)
    rows = _lay_out(root, 0)
    layers = max(map(len, ways))
    target = _Node("", y=(rows - 1) / 2) if meeting else None
    boxes, lines = [_box(first.source, root, 0, end=True)], list[Line]()
    for iri, node, before, layer in _walk(root, 1):
        assert node.step
        if target and node.end:
            lines.append(_line(before.y, target.y, layer, layers, node.step, row=node.y))
            target.label = node.label
        else:
            boxes.append(_box(iri, node, layer, end=node.end))
            lines.append(_line(before.y, node.y, layer, layer, node.step))
    if target:
        boxes.append(_box(ways[0][-1].target, target, layers, end=True))
    lines.sort(key=lambda line: line.width)
    width = (layers + 1) * (WIDTH + GAP) - GAP
    height = rows * ROW - (ROW - HEIGHT)
    return Picture(tuple(boxes), tuple(lines), width, height, upright=upright)


def _stand(root: _Node, start: str) -> Picture:
    """The tree with a row for every party, each under who leads to it and a little to the right."""
    boxes, lines, widest = [replace(_box(start, root, 0, end=True), y=0)], list[Line](), 0
    for row, (iri, node, before, layer) in enumerate(_walk(root, 1), 1):
        assert node.step
        node.y, x, widest = row, layer * INDENT, max(widest, layer)
        boxes.append(replace(_box(iri, node, 0, end=node.end), x=x))
        top, level = round(before.y * ROW + HEIGHT), row * ROW + HEIGHT // 2
        path = f"M{x - INDENT // 2} {top}V{level}H{x}"
        lines.append(replace(_line(0, 0, 1, 1, node.step), path=path))
    height = len(boxes) * ROW - (ROW - HEIGHT)
    return Picture(tuple(boxes), tuple(lines), TALL + widest * INDENT, height, (TALL, HEIGHT))


def _lay_out(node: _Node, row: int) -> int:
    """Give each end a row and what leads there the middle of its rows; returns the next row."""
    if not node.after:
        node.y = row
        return row + 1
    for after in node.after.values():
        row = _lay_out(after, row)
    places = [after.y for after in node.after.values()]
    node.y = (places[0] + places[-1]) / 2
    return row


def _walk(node: _Node, layer: int) -> Iterable[tuple[str, _Node, _Node, int]]:
    for iri, after in node.after.items():
        yield iri, after, node, layer
        yield from _walk(after, layer + 1)


def _box(iri: str, node: _Node, layer: int, *, end: bool) -> Box:
    step = node.step
    when = next((told.when for told in step.evidence if told.when), "") if step else ""
    note = f"{show_strength(step.strength)}{f' · {when}' if when else ''}" if step else ""
    return Box(iri, layer * (WIDTH + GAP), round(node.y * ROW), node.label, note, end)


def _line(
    start: float, end: float, layer: int, last: int, step: ToldStep, row: float | None = None
) -> Line:
    """From a box at `layer` − 1 to one at `last`, along `row` past the layers between."""
    x, far = layer * (WIDTH + GAP) - GAP, last * (WIDTH + GAP)
    y, stop = (round(place * ROW + HEIGHT / 2) for place in (start, end))
    along = "" if row is None else round(row * ROW + HEIGHT / 2)
    path = f"M{x} {y}"
    if along != "" and last > layer:
        path += f"C{x + GAP // 2} {y} {x + GAP // 2} {along} {x + GAP} {along}H{far - GAP}"
        x, y = far - GAP, int(along)
    path += f"C{x + GAP // 2} {y} {x + GAP // 2} {stop} {far} {stop}"
    said = step.evidence[0].sentence if step.evidence else ""
    return Line(
        path,
        round(1.5 + 8 * step.strength, 1),
        step.age > STALE,
        f"{step.source_label} – {step.target_label}: {show_strength(step.strength)}. {said}",
    )
