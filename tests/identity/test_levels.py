"""A judgement that members see joins for them what the public sees apart, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from hub.access import PUBLIC, Viewer
from hub.errors import NotFound
from hub.hub import Hub
from hub.pages.candidates import gather
from hub.pages.reader import Reader
from hub.pages.search import search
from hub.pages.things import read_thing
from hub.paths.introductions import Terms, introduce_parties
from hub.publishing.loading import load
from hub.questions import read_library
from hub.settings import resource_folder
from tests.publishing.world import settings, write_judgements, write_source

CONSORTIUM = Viewer("consortium")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Two public lists that only what members know joins: alpha.x = gamma.x = beta.x."""
    folder = tmp_path_factory.mktemp("levels")
    lists = [
        write_source(folder, "alpha", {"x": "Acme SA"}),
        write_source(folder, "beta", {"x": "Acme Holding"}),
        write_source(folder, "gamma", {"x": "Acme"}, visibility="consortium"),
    ]
    identity = write_judgements(
        folder,
        "same,organisation/alpha.x,organisation/gamma.x,me,2026-01-01,consortium,one address",
        "same,organisation/gamma.x,organisation/beta.x,me,2026-01-01,consortium,one owner",
    )
    configured = settings(folder, *lists, identity=identity)
    assert load(configured).outcome == "published"
    with Hub(configured, workers=1) as opened:
        yield opened


def reader(hub: Hub, viewer: Viewer) -> Reader:
    return Reader(hub, viewer, read_library(resource_folder("queries"), hub.settings.base))


def test_the_page_holds_the_facts_of_all_with_their_sources(hub: Hub) -> None:
    address = hub.settings.base + "organisation/alpha.x"
    apart = read_thing(reader(hub, PUBLIC), address)
    assert (apart.link.label, apart.also, len(apart.sources)) == ("Acme SA", (), 1)
    page = read_thing(reader(hub, CONSORTIUM), address)
    assert {page.link.label, *(name.value for name in page.also)} == {
        "Acme", "Acme SA", "Acme Holding",
    }  # fmt: skip
    assert {source.label.rpartition(" ")[2] for source in page.sources} == {
        "alpha", "beta", "gamma",
    }  # fmt: skip
    country = next(group for group in page.profile if group.title == "Country")
    places = {cited.place for cited in country.facts[0].citations}
    assert places == {"row x"}
    assert len({cited.source for cited in country.facts[0].citations}) == 3
    assert "Same as" not in {group.title for group in page.groups}


def test_names_lead_to_the_one_thing_that_the_viewer_sees(hub: Hub) -> None:
    base = hub.settings.base + "organisation/"
    assert hub.find("Acme Holding", PUBLIC).iri == base + "beta.x"
    assert hub.find("Acme Holding", CONSORTIUM).iri == base + "alpha.x"
    for shown in (base + "beta.x", "organisation/beta.x", " organisation/alpha.x "):
        assert hub.find(shown, CONSORTIUM).iri == base + "alpha.x"
    assert hub.find("organisation/beta.x", PUBLIC).iri == base + "beta.x"
    with pytest.raises(NotFound, match="There is nothing called"):
        hub.find("organisation/gamma.x", PUBLIC)
    assert [hit.link.iri for hit in search(reader(hub, PUBLIC), "acme", "", 1).hits] == [
        base + "alpha.x", base + "beta.x",
    ]  # fmt: skip
    assert [hit.link.iri for hit in search(reader(hub, CONSORTIUM), "acme", "", 1).hits] == [
        base + "alpha.x"
    ]


def test_a_thing_of_many_names_has_one_main_name_everywhere(tmp_path: Path) -> None:
    lists = [
        write_source(tmp_path, "alpha", {"x": "Acme Photonics GmbH", "y": "Beta"}),
        write_source(tmp_path, "beta", {"x": "ACME Photonics"}),
        write_source(tmp_path, "gamma", {"x": "ACME Photonics"}),
    ]
    identity = write_judgements(
        tmp_path,
        "same,organisation/alpha.x,organisation/beta.x,me,2026-01-01,public,one address",
        "same,organisation/beta.x,organisation/gamma.x,me,2026-01-01,public,one address",
    )
    configured = settings(tmp_path, *lists, identity=identity)
    assert load(configured).outcome == "published"
    with Hub(configured, workers=1) as hub:
        told = introduce_parties(
            hub, "organisation/alpha.x", "Beta", Terms(date(2026, 1, 1)), PUBLIC
        )
        asking = reader(hub, PUBLIC)
        page = read_thing(asking, hub.settings.base + "organisation/alpha.x")
        listed = search(asking, "", "organisation", 1).hits
        record = gather(asking).records[page.link.iri]
    assert told.title.startswith("From ACME Photonics to Beta")
    assert page.link.label == record.names[0] == "ACME Photonics"
    assert [hit.link.label for hit in listed] == ["ACME Photonics", "Beta"]
