"""Absolute addresses begin with the hub's own, whatever a request calls it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hub.errors import Invalid
from hub.hub import Hub
from hub.settings import read_settings, settings_from
from hub.web.application import create_app

from .conftest import Server


def test_the_address_of_the_settings_counts_and_no_host_of_a_request(server: Server) -> None:
    settings = read_settings(server.data, server.config)
    stated = replace(settings, address="https://hub.example.org")
    with Hub(stated, workers=1) as hub:
        client = create_app(hub).test_client()
        for path in ("/.well-known/void", "/openapi.json"):
            told = client.get(path, headers={"Host": "evil.example"}).text
            assert "https://hub.example.org" in told
            assert "evil.example" not in told
    with Hub(settings, workers=1) as hub:
        client = create_app(hub).test_client()
        assert (
            "http://hub.local:8000"
            in client.get("/openapi.json", headers={"Host": "hub.local:8000"}).text
        )
        for host in ("evil.example/x", 'a"><b', "a b", "a@b", "x.example:port", "<i>"):
            reply = client.get("/.well-known/void", headers={"Host": host})
            assert (reply.status_code, "no host name" in reply.text) == (400, True), host


@pytest.mark.parametrize("address", ["hub.example.org", "https://x.org/hub", "http://[", "ftp://x"])
def test_an_address_is_a_host_and_no_more(tmp_path: Path, address: str) -> None:
    with pytest.raises(Invalid, match="a host alone"):
        settings_from({"address": address}, tmp_path / "hub.toml", tmp_path)
