"""The named parts: dates in words, safe cells, addresses, and maps."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.pages.parts import Link, page_of, period, safe_cells
from hub.pages.world import HEIGHT, WIDTH, draw_map
from hub.paths.facts import show_date
from tests.conftest import ROOT
from tests.web.conftest import BASE


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2013", "2013"),
        ("2013-05", "May 2013"),
        ("2013-05-21", "21 May 2013"),
        ("2013-05-01Z", "1 May 2013"),
        ("2013-13", "2013-13"),
        ("", ""),
        ("spring", "spring"),
    ],
)
def test_a_date_is_said_as_precisely_as_it_is_known(text: str, said: str) -> None:
    assert show_date(text) == said


def test_an_end_that_is_missing_is_not_an_end_that_is_known() -> None:
    assert period("2009", "") == "since 2009"
    assert period("", "2012") == "until 2012"
    assert period("2009", "2012-05") == "2009 – May 2012"
    assert period("2009", "2009") == "2009"
    assert period("", "") == ""


@given(st.text())
def test_no_cell_begins_as_a_formula_and_none_loses_its_text(text: str) -> None:
    ((cell,),) = safe_cells([[text]])
    assert cell in (text, "'" + text)
    if cell.lstrip()[:1] in ("=", "+", "-", "@") or cell[:1] in ("\t", "\r"):
        float(cell)  # only a number may


@pytest.mark.parametrize("value", [-3, -0.5, "-12.5", "+1e3"])
def test_numbers_stay_numbers_in_a_spreadsheet(value: object) -> None:
    assert list(safe_cells([[value]])) == [[str(value)]]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="?#"), min_size=1))
def test_the_address_of_a_thing_leads_back_to_its_iri(key: str) -> None:
    address = page_of(f"{BASE}organisation/{key}", BASE)
    assert address.isascii()
    assert " " not in address
    assert unquote(address) == f"/id/organisation/{key}"


def test_things_from_elsewhere_are_asked_for_by_iri() -> None:
    assert page_of("http://x.example/a?b=c#d", BASE).startswith("/resource?iri=http%3A%2F%2Fx")
    assert page_of(BASE, BASE).startswith("/resource")


def test_a_map_frames_what_is_lit() -> None:
    def lit(*codes: str):  # type: ignore[no-untyped-def]
        return draw_map((code, Link(f"country/{code}", code, f"/{code}")) for code in codes)

    assert draw_map([]) is None
    assert lit("ZZ") is None
    italy, both = lit("IT"), lit("IT", "CN")
    assert italy
    assert both
    assert italy.view[2] < both.view[2] <= WIDTH
    outline = re.match(r"M(\d+) (\d+)", italy.shapes[0].path)
    assert outline
    x, y = map(int, outline.groups())
    assert italy.view[0] < x < italy.view[0] + italy.view[2]
    assert italy.view[1] < y < italy.view[1] + italy.view[3]
    everywhere = lit("US", "CN", "BR", "AU")
    assert everywhere
    assert everywhere.view == (0, 0, WIDTH, HEIGHT)
    small = lit("SG")
    assert small
    assert small.shapes[0].dot
    assert not small.shapes[0].path


def test_what_is_vendored_is_what_the_list_says() -> None:
    folder = ROOT / "hub/web/static"
    listed = dict(
        re.findall(r"\| `([^`]+)` \|.*\| ([0-9a-f]{64}) \|", (folder / "VENDORED.md").read_text())
    )
    assert listed
    for name, digest in listed.items():
        assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == digest, name
    own = {"VENDORED.md", "hub.css", "icon.svg"}
    own |= {f"{name}.js" for name in ("hub", "workbench", "completion", "results", "pictures")}
    assert {path.name for path in folder.iterdir()} == own | {
        Path(name).name for name in listed if name.startswith("hub/web/static/")
    }


def test_no_template_marks_a_value_as_safe_or_fetches_from_elsewhere() -> None:
    for path in (ROOT / "hub/web").rglob("*.html"):
        text = path.read_text("utf-8")
        assert "|safe" not in text.replace(" ", ""), path.name
        assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=[\"']https?:", text), (
            path.name
        )
        assert not re.search(r"\son[a-z]+=|style=|<script>", text), path.name
