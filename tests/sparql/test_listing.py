"""How `hub.toml` lists endpoints that SERVICE may ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.errors import Invalid
from hub.settings import Service, settings_from


def read(**services: object) -> tuple[Service, ...]:
    return settings_from(
        {"sources": ["bundled"], "services": services}, Path("hub.toml"), Path()
    ).services


def test_a_listing_says_who_and_how_much() -> None:
    url = "https://x.example/sparql"
    limits = {"rows": 7, "megabytes": 2, "timeout": 3}
    (service,) = read(parks={"url": url, "visibility": "partner", "partner": "biom"} | limits)
    assert service.iri == "https://x.example/sparql"
    assert (service.level, service.partner, service.rows, service.bytes) == (
        "partner", "biom", 7, 2 * 2**20,
    )  # fmt: skip
    assert service.endpoint.timeout == 3


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"url": "ftp://x.example/"}, "no address"),
        ({"url": "https://user:secret@x.example/"}, "no address"),
        ({"url": "https://x.example/", "rows": 0}, "rows"),
        ({"url": "https://x.example/", "rows": "many"}, "rows"),
        ({"url": "https://x.example/", "visibility": "friends"}, "visibility"),
        ({"url": "https://x.example/", "visibility": "partner"}, "visibility"),
        ({"url": "https://x.example/", "colour": "red"}, "colour"),
        ({"url": "https://x.example/", "timeout": 0}, "seconds"),
        ({"url": "http://x.example/", "token_variable": "HUB_ENDPOINT_X"}, "unencrypted"),
        ({"url": "https://x.example/", "token_variable": "HOME"}, "environment variable"),
        ("https://x.example/", "url"),
        ({}, "url"),
    ],
)
def test_a_listing_that_is_wrong_is_refused(table: object, says: str) -> None:
    with pytest.raises(Invalid, match=says) as caught:
        read(parks=table)
    assert "services.parks" in caught.value.where
    assert caught.value.remedy


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(Invalid, match="Two services"):
        read(one={"url": "https://x.example/"}, two={"url": "https://x.example/"})
