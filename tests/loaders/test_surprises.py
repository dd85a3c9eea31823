"""What is not as expected of a delivery, as ``hub load`` tells it on the terminal and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DESCRIPTION = """
name = "clusters"
title = "Clusters"
owner = "A partner"
visibility = "public"
licence = "CC0"
mapping = "mapping.yml"
files = ["clusters.csv"]
[codes."clusters.csv"]
status = ["active", "started", "planned"]
size = ["small", "large"]
[expected.sums."clusters.csv"]
staff = { min = 60.5, max = 100 }
[expected.rows]
"clusters.csv" = { min = 1 }
[tables.sectors]
biotech = "concept/sector/biotechnology"
"""
MAPPING = """
mappings:
  cluster:
    sources: ['clusters.csv~csv']
    s: organisation/clusters.$(key)
    po:
      - [a, mc:Cluster]
      - [rdfs:label, $(label)]
      - [mc:country, country/$(country)~iri]
      - [dcterms:description, $(status)]
      - [prov:hadPrimarySource, document/list~iri]
      - [mc:place, row $(key)]
      - p: mc:activeIn
        o:
          function: mcf:lookup
          parameters: [[mcf:value, $(sector)], [mcf:table, sectors]]
          type: iri
  membership:
    sources: ['clusters.csv~csv']
    s: membership/clusters.$(key)
    po:
      - [a, org:Membership]
      - [org:member, organisation/clusters.$(key)~iri]
      - [org:organization, organisation/clusters.$(of)~iri]
      - [mc:inRole, concept/role/$(role)~iri]
      - [prov:hadPrimarySource, document/list~iri]
      - [mc:place, row $(key)]
"""
HEADER = "key,label,country,status,staff,size,note,sector,of,role\n"
GOOD = "".join(
    f"k{n},Cluster {n},ES,active,10.25,small,,biotech,k{2 if n == 1 else 1},member\n"
    for n in range(1, 7)
)


class Hub:
    """A hub with one source, asked as a process."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.source = folder, folder / "clusters"
        self.source.mkdir()
        (folder / "hub.toml").write_text('sources = ["clusters"]\n')
        (self.source / "source.toml").write_text(DESCRIPTION)
        (self.source / "mapping.yml").write_text(MAPPING)
        self.send(GOOD)

    def send(self, rows: str) -> None:
        (self.source / "clusters.csv").write_text(HEADER + rows)

    def read(self) -> str:
        return (self.source / "clusters.csv").read_text().removeprefix(HEADER)

    def ask(self, *words: str) -> str:
        command = [sys.executable, "-c", "from hub.cli import main; main()", "--data", "data"]
        done = subprocess.run(
            [*command, *words], cwd=self.folder, capture_output=True, text=True, check=False,
            timeout=60,
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def load(self, *more: str) -> tuple[str, list[dict[str, Any]]]:
        """What became of the source and what was found."""
        report = json.loads(self.ask("load", "--json", *more).split("\n[", 1)[0].strip())
        [outcome] = report["sources"]
        return outcome["status"], outcome["findings"]

    def check_told(self) -> None:
        """What is found is told on the terminal as in JSON."""
        _, found = self.load("--dry-run")
        told = " ".join(self.ask("load").split())
        assert found
        for finding in found:
            assert finding["rule"] == "read-as" or finding["message"] in told, told


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    made = Hub(tmp_path_factory.mktemp("surprises"))
    status, found = made.load()
    assert status == "new"
    by_rule = {f["rule"]: f for f in found if f["severity"] == "warning"}
    assert by_rule.keys() == {"column-unmapped"}
    assert by_rule["column-unmapped"]["column"] == "note"
    return made


@pytest.mark.parametrize(
    ("old", "new", "severity", "rule", "column", "value"),
    [
        ("k3,Cluster 3,ES,active", "k3,Cluster 3,ES,idle", "warning", "code-unlisted", "status",
         "idle"),
        ("k3,Cluster 3,ES", "k3,Cluster 3,XX", "error", "", "country",
         "https://w3id.org/metacluster/id/country/XX"),
        ("biotech,k1,member\nk4", "biotech,k1,mascot\nk4", "error", "", "role",
         "https://w3id.org/metacluster/id/concept/role/mascot"),
        ("biotech,k1,member\nk4", "alchemy,k1,member\nk4", "error", "function-lookup", "sector",
         "alchemy"),
        ("k3,Cluster 3,ES,active,10.25", "k3,Cluster 3,ES,active,ten", "warning", "sum-number",
         "staff", "ten"),
        ("10.25,small,,biotech,k1,member\nk4", "10.25,tiny,,biotech,k1,member\nk4", "warning",
         "code-unlisted", "size", "tiny"),
    ],
)  # fmt: skip
def test_a_value_outside_its_list(
    hub: Hub, old: str, new: str, severity: str, rule: str, column: str, value: str
) -> None:
    at = GOOD.index(old, GOOD.index("k3,"))
    hub.send(
        GOOD[:at]
        + new
        + GOOD[at + len(old) :]
        + "k7,Cluster 7,ES,active,9.25,small,,biotech,k1,member\n"
    )
    status, found = hub.load()
    assert status != "refused"
    if rule == "code-unlisted":
        hub.send(hub.read().replace("Cluster 4", "Cluster IV"))
        hub.check_told()
    [finding] = [f for f in found if f["column"] == column]
    assert (finding["severity"], finding["value"]) == (severity, value)
    assert finding["rule"] == rule or not rule
    assert (finding["file"], finding["row"]) == ("clusters.csv", 4)
    assert finding["remedy"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            GOOD.replace("10.25", "10.00"),
            "the sum of the column is 60.00, and 60.5 to 100 expected",
        ),
        (GOOD.replace("10.25", "10.25e6", 1), "the sum of the column is 10250051.25, and"),
        ("", "0 rows were read, and at least 1 expected"),
    ],
)
def test_totals_outside_what_is_expected(hub: Hub, rows: str, said: str) -> None:
    hub.send(rows)
    status, found = hub.load()
    assert status == "refused"
    assert any(f["severity"] == "error" and f["message"].startswith(said) for f in found)


def test_a_third_of_the_rows_gone(hub: Hub) -> None:
    hub.send(GOOD)
    hub.load()
    hub.send("".join(GOOD.splitlines(keepends=True)[:4]).replace("10.25", "20"))
    status, found = hub.load("--dry-run")
    assert status == "changed"
    [finding] = [f for f in found if f["rule"] == "rows-gone"]
    assert finding["message"] == "2 of 6 rows are gone since the last load"
    hub.check_told()


def test_lists_and_sums_of_columns_that_nothing_reads(hub: Hub) -> None:
    stated = DESCRIPTION.replace('clusters.csv"]\nstaff', 'other.csv"]\nstaff')
    (hub.source / "source.toml").write_text(stated)
    hub.send(GOOD)
    status, found = hub.load()
    assert status == "refused"
    hub.check_told()
    assert "total-sums" in {f["rule"] for f in found}
    (hub.source / "source.toml").write_text(DESCRIPTION.replace("size =", "seize ="))
    status, found = hub.load()
    assert status == "refused"
    assert ("column-unknown", "seize") in {(f["rule"], f["column"]) for f in found}
    (hub.source / "source.toml").write_text(DESCRIPTION)
