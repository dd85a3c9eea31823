"""Ways as a picture: every way is drawn and nothing overlaps."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from hub.pages.picture import GAP, HEIGHT, WIDTH, Picture, draw_ways
from hub.paths.sentences import ToldStep


def way(*parties: str, ages: tuple[float, ...] = (), target: str = "") -> tuple[ToldStep, ...]:
    chain = [*parties, *([target] if target else [])]
    return tuple(
        ToldStep(one, other, one, other, 0.5, age, "", (), 0)
        for one, other, age in zip(
            chain, chain[1:], ages or (0.0,) * (len(chain) - 1), strict=False
        )
    )


def check(picture: Picture) -> None:
    """No two boxes touch, and no line runs through a box: lines keep to the gaps."""
    boxes = [(box.x, box.y) for box in picture.boxes]
    for at, (x, y) in enumerate(boxes):
        assert 0 <= x <= picture.width - WIDTH
        assert 0 <= y <= picture.height - HEIGHT
        for other_x, other_y in boxes[at + 1 :]:
            assert x != other_x or abs(y - other_y) >= HEIGHT, "two boxes of a layer overlap"
    for line in picture.lines:
        for level, start, end in straight(line.path):
            for x, y in boxes:
                inside = y < level < y + HEIGHT
                assert not inside or end <= x or start >= x + WIDTH, "a line crosses a box"
        assert all(x % (WIDTH + GAP) >= WIDTH for x, _ in bends(line.path))


def straight(path: str) -> list[tuple[int, int, int]]:
    """The level parts of a line, (y, from x, to x)."""
    found = re.findall(r"(\d+) (\d+)H(\d+)", path)
    return [(int(y), int(x), int(end)) for x, y, end in found]


def bends(path: str) -> list[tuple[int, int]]:
    """The middles of the curves of a line."""
    return [(int(x), int(y)) for x, y in re.findall(r"C(\d+) (\d+)", path)]


NAMES = st.integers(0, 8).map("c{}".format)
CHAINS = st.lists(st.lists(NAMES, min_size=0, max_size=4, unique=True), min_size=1, max_size=20)


@given(CHAINS)
def test_doors_and_connectors_have_room(chains: list[list[str]]) -> None:
    picture = draw_ways(
        way("start", *chain, target=f"door {at}") for at, chain in enumerate(chains)
    )
    assert picture
    check(picture)
    doors = [box for box in picture.boxes if box.title.startswith("door")]
    assert len(doors) == len(chains)


@given(CHAINS)
def test_ways_to_one_target_meet_there(chains: list[list[str]]) -> None:
    ways = [way("start", *chain, target="target") for chain in chains]
    picture = draw_ways(ways, meeting=True)
    assert picture
    check(picture)
    assert [box.title for box in picture.boxes if box.title == "target"] == ["target"]
    different = {tuple(step.target for step in one) for one in ways}
    ends = [line for line in picture.lines if line.title.partition(":")[0].endswith("target")]
    assert len(ends) == len(different)


def test_old_steps_are_broken_lines() -> None:
    picture = draw_ways([way("start", "a", "b", ages=(0.5, 3.5))])
    assert picture
    assert {line.title.partition(":")[0]: line.old for line in picture.lines} == {
        "start – a": False,
        "a – b": True,
    }
    assert draw_ways([]) is None


@given(CHAINS)
def test_upright_every_party_has_a_row_of_its_own(chains: list[list[str]]) -> None:
    picture = draw_ways((way("start", *chain, target="end") for chain in chains), meeting=True)
    assert picture
    assert picture.upright
    upright = picture.upright
    rows = [box.y for box in upright.boxes]
    assert rows == sorted(set(rows))
    assert len(upright.lines) == len(rows) - 1, "one line leads to each but the first"
    assert sum(box.end for box in upright.boxes) == 1 + len(set(map(tuple, chains)))
    for box, line in zip(upright.boxes[1:], upright.lines, strict=True):
        assert line.path.endswith(f"V{box.y + HEIGHT // 2}H{box.x}")
        assert box.x + upright.box[0] <= upright.width
        assert box.y + HEIGHT <= upright.height
