"""How `world.json` and `static/world.svg` were made: world-atlas TopoJSON to SVG paths, once.

Run when Natural Earth publishes new boundaries, never at run time:

    python -m hub.pages.atlas countries-110m.json countries-50m.json hub/pages hub/web/static

The first file gives the outlines. Countries too small to be drawn there (Singapore, Malta, …) get
the centre of their outline in the second, and are shown as dots. Projection: Equal Earth (Šavrič,
Patterson, Jenny 2018, https://doi.org/10.1080/13658816.2018.1504949).
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pycountry

WIDTH, HEIGHT = 2000, 880
_A = (1.340264, -0.081106, 0.000893, 0.003796)
_SCALE = WIDTH / 2 / (2 * math.pi / math.sqrt(3) / _A[0])
_NORTH = 84.0  # degrees at the upper edge of the picture

Ring = list[tuple[float, float]]


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """Degrees as a point of the picture: x grows eastwards, y southwards, both from 0."""
    top = _equal_earth(0.0, _NORTH)[1]
    x, y = _equal_earth(longitude, latitude)
    return WIDTH / 2 + x * _SCALE, (top - y) * _SCALE


def _equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    a1, a2, a3, a4 = _A
    t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    slope = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * math.sqrt(3) * math.radians(longitude) * math.cos(t) / (3 * slope)
    return x, a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t


def _rings(topology: dict[str, Any], geometry: dict[str, Any]) -> Iterator[Ring]:
    """The outer and inner rings of a geometry, in degrees."""
    (scale_x, scale_y), (shift_x, shift_y) = (
        topology["transform"]["scale"],
        topology["transform"]["translate"],
    )

    def arc(index: int) -> Ring:
        x = y = 0
        points: Ring = []
        for dx, dy in topology["arcs"][index if index >= 0 else ~index]:
            x, y = x + dx, y + dy
            points.append((x * scale_x + shift_x, y * scale_y + shift_y))
        return points if index >= 0 else points[::-1]

    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for polygon in polygons:
        for indexes in polygon:
            ring: Ring = []
            for index in indexes:
                ring += arc(index)[1 if ring else 0 :]
            yield from _cut(ring)


def _cut(ring: Ring) -> Iterator[Ring]:
    """A ring that crosses the antimeridian (Chukotka, Fiji) as its two sides."""
    whole = ring[:1]
    for (before, _), (x, y) in pairwise(ring):
        shift = whole[-1][0] - before
        turn = -360 if x - before > 180 else 360 if x - before < -180 else 0
        whole.append((x + shift + turn, y))
    for turn in (-360, 0, 360):
        moved = [(x + turn, y) for x, y in whole]
        if any(-180 < x < 180 for x, _ in moved):
            yield [(min(180.0, max(-180.0, x)), y) for x, y in moved]


def _draw(ring: Ring) -> tuple[str, list[tuple[int, int]]]:
    """A ring as a relative SVG path, and its points in the picture, rounded."""
    points = [(round(x), round(y)) for x, y in (project(*point) for point in ring)]
    points = [p for i, p in enumerate(points) if i == 0 or p != points[i - 1]]
    if len(points) < 4:
        return "", points
    steps = pairwise(points[:-1])
    path = f"M{points[0][0]} {points[0][1]}l"
    path += " ".join(f"{x - a} {y - b}" for (a, b), (x, y) in steps)
    return path.replace(" -", "-") + "z", points


def _code(geometry: dict[str, Any]) -> str:
    if geometry["properties"]["name"] == "Kosovo":
        return "XK"
    country = pycountry.countries.get(numeric=geometry.get("id", ""))
    return str(country.alpha_2) if country else ""


def _span(points: list[tuple[int, int]]) -> tuple[int, int, int, int]:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def convert(coarse: dict[str, Any], fine: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """ISO alpha-2 code → `name`, `path` (SVG), `box` (of the largest piece) or `dot`."""
    world: dict[str, dict[str, Any]] = {}
    for geometry in coarse["objects"]["countries"]["geometries"]:
        code, name = _code(geometry), geometry["properties"]["name"]
        if code == "AQ":
            continue
        drawn = [_draw(ring) for ring in _rings(coarse, geometry)]
        boxes = [_span(points) for path, points in drawn if path]
        largest = max(boxes, key=lambda b: (b[2] - b[0]) * (b[3] - b[1]))
        entry = {"name": name, "path": "".join(path for path, _ in drawn), "box": largest}
        world[code or name] = entry
    for geometry in fine["objects"]["countries"]["geometries"]:
        code = _code(geometry)
        if code and code not in world and code != "AQ":
            points = max((_draw(ring)[1] for ring in _rings(fine, geometry)), key=len)
            box = _span(points)
            centre = ((box[0] + box[2]) // 2, (box[1] + box[3]) // 2)
            world[code] = {"name": geometry["properties"]["name"], "dot": centre, "box": box}
    return dict(sorted(world.items()))


def main(coarse: str, fine: str, data: str, static: str) -> None:
    world = convert(json.loads(Path(coarse).read_text()), json.loads(Path(fine).read_text()))
    lines = (f"{json.dumps(code)}: {json.dumps(entry)}" for code, entry in world.items())
    Path(data, "world.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    land = "".join(f'<path d="{entry["path"]}"/>\n' for entry in world.values() if "path" in entry)
    Path(static, "world.svg").write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">\n'
        f'<g id="land">\n{land}</g>\n</svg>\n',
        "utf-8",
    )


if __name__ == "__main__":
    main(*sys.argv[1:5])
