"""The pages in a real browser: they fit, the console is silent, the keyboard is enough."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any
from urllib.parse import quote

import pytest

from tests.web.conftest import Server

AXE = "axe-core@4.14.1"
PAGES = {
    "front": "/",
    "search": "/search?q=bio",
    "market": "/id/market/CN",
    "hostile": "/id/organisation/hostile.script",
    "long name": "/id/organisation/hostile.long",
    "right to left": "/id/organisation/hostile.arabic",
    "crowd": "/id/country/AD",
    "markets": "/markets",
    "sources": "/sources",
    "source": "/sources/hostile",
    "loads": "/loads",
    "load": "/loads/1?severity=warning",
    "questions": "/questions",
    "question": "/questions/market-barriers?market=China",
    "ways": "/introductions?from=Ephoran-MIS&to=Zhangjiang%20Hi-Tech%20Park",
    "no way": "/introductions?from=Ephoran-MIS&to=Crowd%2000001",
    "entry points": "/entry-points?from=Biocat&market=China",
    "brokers": "/brokers?as-of=2014",
    "brokers of a market": "/brokers?market=China&as-of=2014",
    "sparql": "/sparql?format=html&query=" + quote("SELECT * { ?s ?p ?o } LIMIT 20"),
    "ontology": "/ontology",
    "log in": "/log-in",
    "problem": "/id/organisation/nothing",
}

WHOLE = ("source", "ways", "entry points")  # nothing of their tables is out of sight

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_and_is_silent_at_every_width_and_in_both_schemes(
    server: Server, browser: Any, name: str
) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 800})
    told: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.url + PAGES[name])
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    for width, scheme in ((360, "light"), (1400, "dark"), (1600, "light")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert over <= 0, f"{width}: {over} px too wide"
        if name in WHOLE:
            hidden = page.evaluate(
                "[...document.querySelectorAll('.scroll')].filter("
                "e => e.scrollWidth > e.clientWidth + 1).map(e => e.ariaLabel)"
            )
            assert not hidden, f"{width}: {hidden} hide columns"
    # What is longer than its box in a picture is cut, and stands whole in the title.
    amiss = (
        "box => box.scrollHeight > box.clientHeight"
        " || !box.title.startsWith(box.firstChild.textContent)"
    )
    assert page.evaluate(f"![...document.querySelectorAll('.picture .box')].some({amiss})")
    if name == "problem":  # the browser itself notes the status
        told = [text for text in told if "404" not in text]
    assert not told
    assert all(url.startswith(server.url) for url in asked)
    page.close()


def test_the_introduction_form_is_filled_by_keyboard_alone(server: Server, browser: Any) -> None:
    page = browser.new_page()
    page.goto(server.url + "/introductions")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "from"
    page.keyboard.type("Ephoran-MIS")
    page.keyboard.press("Tab")
    page.keyboard.type("Zhangjiang Hi-Tech Park")
    page.keyboard.press("Enter")
    page.wait_for_selector("article")
    assert page.locator("article .chain[role=img]").count() >= 1
    assert "First ask" in page.inner_text("main")
    page.close()


def test_names_are_suggested_while_one_types(server: Server, browser: Any) -> None:
    page = browser.new_page()
    page.goto(server.url + "/introductions")
    page.locator("#from").press_sequentially("bioc")
    page.wait_for_selector("#from-names option", state="attached")
    names = page.evaluate("[...document.querySelectorAll('#from-names option')].map(o => o.value)")
    assert "Biocat" in names
    page.close()


def test_everything_works_without_javascript(server: Server, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server.url + "/")
    page.fill("#from", "bioPmed")
    page.fill("#to", "Zhangjiang Hi-Tech Park")
    page.press("#to", "Enter")
    assert page.locator("article").count() >= 1
    page.goto(server.url + "/sparql")
    page.click("text=Run")
    assert page.locator("table tbody tr").count() > 5
    context.close()


def test_the_map_is_drawn_and_its_countries_lead_to_their_markets(
    server: Server, browser: Any
) -> None:
    page = browser.new_page()
    page.goto(server.url + "/markets")
    box = page.locator(".map .land").bounding_box()
    assert box["width"] > 200
    # A country is clicked where it is drawn; its outline need not cover the middle of its box.
    page.locator(".map a", has=page.locator("title", has_text="Brazil")).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/id/market/BR")
    page.close()


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core from the npm registry, for tests alone; skipped where there is no registry."""
    if not shutil.which("npm"):
        pytest.skip("there is no npm to fetch axe-core with")
    folder = tmp_path_factory.mktemp("axe")
    try:
        subprocess.run(
            ["npm", "pack", AXE], cwd=folder, check=True, capture_output=True, timeout=60
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("axe-core cannot be fetched")
    shutil.unpack_archive(next(folder.glob("*.tgz")), folder)
    return (folder / "package" / "axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_barriers_that_axe_finds(
    server: Server, browser: Any, axe: str, name: str
) -> None:
    page = browser.new_page(reduced_motion="reduce")
    page.goto(server.url + PAGES[name])
    page.evaluate(axe)
    for scheme, rules in (("light", "{}"), ("dark", "{runOnly: ['color-contrast']}")):
        page.emulate_media(color_scheme=scheme)
        found = page.evaluate(f"axe.run(document, {rules})")
        barriers = [
            f"{v['id']}: {v['help']}: {[n['html'][:160] for n in v['nodes'][:3]]}"
            for v in found["violations"]
        ]
        assert not barriers, scheme + "\n" + "\n".join(barriers)
    page.close()
