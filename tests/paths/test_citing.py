"""Evidence from lists that name no document is cited to the row of the file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hub.access import PUBLIC
from hub.hub import Hub
from hub.pages.reader import Reader
from hub.pages.things import read_thing
from hub.paths.introductions import Terms, introduce_parties
from hub.publishing.loading import load
from hub.questions.library import read_library
from hub.settings import resource_folder
from tests.publishing.world import settings

DESCRIPTION = """\
name = "list"
title = "Members of Hub"
owner = "Hub"
visibility = "public"
licence = "CC0"
mapping = "mapping.yml"
files = ["members.csv"]
"""
MAPPING = """\
prefixes:
  mc: https://w3id.org/metacluster/ns#
  org: http://www.w3.org/ns/org#
  rdfs: http://www.w3.org/2000/01/rdf-schema#
mappings:
  firm:
    sources: ['members.csv~csv']
    s: organisation/list.$(No)
    po: [[a, mc:Company], [rdfs:label, $(Firm)]]
  membership:
    sources: ['members.csv~csv']
    s: membership/list.$(No)
    po:
      - [a, org:Membership]
      - [org:member, organisation/list.$(No)~iri]
      - [org:organization, organisation/list.hub~iri]
  cluster:
    sources: ['members.csv~csv']
    s: organisation/list.hub
    po: [[a, mc:Cluster], [rdfs:label, $(Cluster)]]
"""


def test_a_list_that_names_no_document_is_cited_by_file_and_row(tmp_path: Path) -> None:
    folder = tmp_path / "list"
    folder.mkdir()
    (folder / "source.toml").write_text(DESCRIPTION)
    (folder / "mapping.yml").write_text(MAPPING)
    (folder / "members.csv").write_text("No,Firm,Cluster\n1,Alpha,Hub\n2,Beta,Hub\n")
    made = settings(tmp_path, folder)
    load(made)
    with Hub(made, workers=1) as hub:
        start, end = (f"{made.base}organisation/list.{key}" for key in (1, 2))
        told = introduce_parties(hub, start, end, Terms(as_of=date(2026, 1, 1)), PUBLIC)
        (way,) = told.ways
        cited = [one for step in way.steps for piece in step.evidence for one in piece.citations]
        assert [(one.place, str(one.sources[0])) for one in cited] == [
            ("members.csv, row 2", "‘Members of Hub’ of Hub"),
            ("members.csv, row 3", "‘Members of Hub’ of Hub"),
        ]
        reader = Reader(hub, PUBLIC, read_library(resource_folder("queries")))
        page = read_thing(reader, start)
        assert "members.csv, row 2" in str(page)
