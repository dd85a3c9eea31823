"""The ledger of introductions over HTTP: a page for staff of partners, nothing for anybody else."""

from __future__ import annotations

import csv
import io
from urllib.parse import urlencode

import pytest
from lxml import html

from hub.access import Viewer
from hub.accounts.tokens import create_token
from tests.web.conftest import Reply, Server

LEDGER = "/introductions/ledger"
NAMES = {"from": "Ephoran-MIS", "to": "Zhangjiang Hi-Tech Park", "through": "Biocat"}
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def anna(server: Server) -> dict[str, str]:
    token = create_token(server.data, "Anna", Viewer("partner", "alba"), right="review")
    return {"Authorization": f"Bearer {token}"}


def send(server: Server, headers: dict[str, str], **fields: str) -> Reply:
    body = urlencode(fields).encode()
    sent = {**headers, "Content-Type": FORM}
    return server.ask(LEDGER, "application/json", method="POST", body=body, headers=sent)


def test_a_request_is_recorded_and_listed(server: Server, anna: dict[str, str]) -> None:
    made = send(server, anna, **NAMES, note="=cmd|<b>", way="21071128b09e")
    assert made.status == 200, made.text
    key = made.json["introduction"]
    assert send(server, anna, introduction=key, state="met").json["state"] == "met"
    assert send(server, anna, introduction=key, state="accepted").status == 422
    page = html.fromstring(server.ask(LEDGER, headers=anna).text)
    row = page.get_element_by_id(key).text_content()
    assert all(name in row for name in NAMES.values())
    assert "=cmd|<b>" in row
    table = server.ask(f"{LEDGER}?format=csv", headers=anna).text
    rows = [one for one in csv.DictReader(io.StringIO(table)) if one["introduction"] == key]
    assert [one["state"] for one in rows] == ["asked", "met"]
    assert rows[0]["note"].startswith("'="), "no formula for a spreadsheet"
    told = server.ask(LEDGER, "application/json", headers=anna).json["introductions"]
    assert [said["state"] for said in told[0]["said"]] == ["asked", "met"]


def test_for_others_there_is_no_ledger(server: Server, anna: dict[str, str]) -> None:
    key = send(server, anna, **NAMES).json["introduction"]
    nobody = [server.ask(LEDGER), server.member(LEDGER)]
    assert [reply.status for reply in nobody] == [404, 404]
    other = create_token(server.data, "Bruno", Viewer("partner", "bora"), right="review")
    bruno = {"Authorization": f"Bearer {other}"}
    assert server.ask(LEDGER, "application/json", headers=bruno).json == {}
    hidden = send(server, bruno, introduction=key, state="met")
    absent = send(server, bruno, introduction="0" * 8, state="met")
    assert hidden.status == absent.status == 404
    assert hidden.text.replace(key, "") == absent.text.replace("0" * 8, "")


def test_it_takes_a_right_and_a_form_of_the_page(server: Server, anna: dict[str, str]) -> None:
    reading = create_token(server.data, "Rita", Viewer("partner", "alba"))
    assert send(server, {"Authorization": f"Bearer {reading}"}, **NAMES).status == 403
    assert send(server, {}, **NAMES).status == 404
    asked = "/introductions?from=Ephoran-MIS&to=Zhangjiang%20Hi-Tech%20Park"
    button = "Record that Fabrizio Conicella was asked"
    assert button in server.ask(asked, headers=anna).text
    assert button not in server.ask(asked).text
