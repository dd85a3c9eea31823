"""A map of the world in which countries are lit. Drawn on the server; outlines in `world.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import TypedDict

from hub.pages.parts import Link

WIDTH, HEIGHT = 2000, 880  # of the whole world in `world.json` and `static/world.svg`


@dataclass(frozen=True, slots=True)
class Shape:
    """A lit country: its outline as an SVG path, or a dot where it is too small to be drawn."""

    code: str
    link: Link
    path: str = ""
    dot: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A line from country to country: between which, how strong (0 to 1), and its path."""

    start: str
    end: str
    strength: float
    path: str = ""


@dataclass(frozen=True, slots=True)
class Map:
    """What is lit, and the part of the world that is shown: x, y, width, height."""

    shapes: tuple[Shape, ...]
    view: tuple[int, int, int, int]
    caption: str = ""
    routes: tuple[Route, ...] = ()


Box = tuple[int, int, int, int]


class _Outline(TypedDict, total=False):
    name: str
    path: str
    dot: tuple[int, int]
    box: Box


@cache
def _world() -> dict[str, _Outline]:
    text = files("hub.pages").joinpath("world.json").read_text("utf-8")
    outlines: dict[str, _Outline] = json.loads(text)
    return outlines


def draw_map(
    countries: Iterable[tuple[str, Link]], caption: str = "", routes: Iterable[Route] = ()
) -> Map | None:
    """The map of some countries, (ISO 3166 alpha-2, link); None if none of them can be drawn.

    Routes between two countries that are lit are drawn from the middle of one to that of the other.
    """
    lit = {code: link for code, link in countries if code in _world()}
    if not lit:
        return None
    shapes = []
    for code, link in lit.items():
        outline = _world()[code]
        dot = outline.get("dot")
        shapes.append(Shape(code, link, outline.get("path", ""), (dot[0], dot[1]) if dot else None))
    view = _frame(_world()[code]["box"] for code in lit)
    drawn = (replace(r, path=_arc(r)) for r in routes if {r.start, r.end} <= lit.keys())
    return Map(tuple(shapes), view, caption, tuple(drawn))


def _arc(route: Route) -> str:
    (x, y), (far, stop) = (
        ((left + right) / 2, (top + bottom) / 2)
        for left, top, right, bottom in (_world()[c]["box"] for c in (route.start, route.end))
    )
    height = min(y, stop) - abs(far - x) / 6
    return f"M{x:.0f} {y:.0f}Q{(x + far) / 2:.0f} {height:.0f} {far:.0f} {stop:.0f}"


def _frame(boxes: Iterable[Box]) -> Box:
    """The part of the world around some boxes, never closer than about a continent."""
    left, top, right, bottom = (
        pick(side)
        for pick, side in zip((min, min, max, max), zip(*boxes, strict=True), strict=True)
    )
    shape = HEIGHT / WIDTH
    width = max(460, 1.3 * (right - left), 1.5 * (bottom - top) / shape)
    if width > 0.8 * WIDTH:
        return 0, 0, WIDTH, HEIGHT
    height = width * shape
    x = min(max(0, (left + right - width) / 2), WIDTH - width)
    y = min(max(0, (top + bottom - height) / 2), HEIGHT - height)
    return round(x), round(y), round(width), round(height)
