"""A small world with something at every level, and a server over it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from hub.access import Viewer, parse_viewer
from hub.accounts.tokens import create_token
from hub.publishing.loading import load
from hub.settings import read_settings
from tests.web.conftest import AT_WILL, Server, serving

LEVELS = ("public", "consortium", "partner:biom", "partner:biocat")

PREFIXES = """\
@prefix mc: <https://w3id.org/metacluster/ns#> .
@prefix org: <http://www.w3.org/ns/org#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix schema: <https://schema.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@base <https://w3id.org/metacluster/id/> .
"""
ORGANISATION = """\
<organisation/{source}.{key}> a mc:Company ; rdfs:label "{name}" ; mc:country <country/IT> ;
    prov:hadPrimarySource <document/handbook> ; mc:place "page 1" ; mc:quote "so" .
"""
PERSON = """\
<person/{source}.{key}> a foaf:Person ; rdfs:label "{name}" ;
    schema:email "{key}@{source}.example" ; schema:telephone "+39 011 {number}" ;
    prov:hadPrimarySource <document/handbook> ; mc:place "page 2" ; mc:quote "so" .
"""
TIE = """\
<membership/{source}.{key}> a org:Membership ; org:member <person/{source}.{key}> ;
    org:organization <organisation/{source}.{to}> ; schema:startDate "2014"^^xsd:gYear ;
    prov:hadPrimarySource <document/handbook> ; mc:place "page 3" ; mc:quote "so" .
""".replace("xsd:gYear", "<http://www.w3.org/2001/XMLSchema#gYear>")
JUDGEMENTS = """\
judgement,left,left_label,right,right_label,by,date,visibility,reason
same,organisation/open.acme,,organisation/contacts.acme,,Nobody,2026-01-01,consortium,so
same,organisation/open.zebra,,organisation/private.zebra,,Nobody,2026-01-01,partner:biom,so
"""
SOURCES = 'sources = ["sources/*"]\nidentity = ["identity.csv"]\n'
VISIBILITY = {
    "open": 'visibility = "public"',
    "contacts": 'visibility = "consortium"',
    "private": 'visibility = "partner"\npartner = "biom"',
}


def write_world(folder: Path, sources: Collection[str] = ("open", "contacts", "private")) -> None:
    """Sources for all, for members, for one partner; the last two know people."""
    texts = {
        "open": [
            ORGANISATION.format(source="open", key=key, name=name)
            for key, name in (("acme", "Acme Works"), ("zebra", "Zebra Labs"))
        ],
    }
    for source, name, to, number in (
        ("contacts", "Concetta Contatti", "acme", "123 45"),
        ("private", "Priscilla Privat", "zebra", "678 90"),
    ):
        texts[source] = [
            PERSON.format(source=source, key="anna", name=name, number=number),
            TIE.format(source=source, key="anna", to=to),
            ORGANISATION.format(source=source, key="lab", name=f"{name} Lab"),
            ORGANISATION.format(source=source, key=to, name=f"{to} as {source} has it"),
        ]
    for source, parts in texts.items():
        if source not in sources:
            continue
        place = folder / "sources" / source
        place.mkdir(parents=True)
        (place / "source.toml").write_text(
            f'name = "{source}"\ntitle = "Source {source}"\nowner = "Nobody"\n'
            f'{VISIBILITY[source]}\nlicence = "CC0"\nfiles = ["data.ttl"]\n'
        )
        (place / "data.ttl").write_text(PREFIXES + "".join(parts), encoding="utf-8")
    judged = [row for row in JUDGEMENTS.splitlines(keepends=True) if concerns(row, sources)]
    (folder / "identity.csv").write_text("".join(judged))
    (folder / "hub.toml").write_text(f"{SOURCES}{AT_WILL}")


def concerns(row: str, sources: Collection[str]) -> bool:
    """Whether a judgement is of what these sources speak of; the first row is the header."""
    spoken = re.findall(r"organisation/(\w+)\.", row)
    return all(source in sources for source in spoken)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `hub.toml` and `data`, published once. Nobody writes in it."""
    folder = tmp_path_factory.mktemp("world")
    write_world(folder)
    report = load(read_settings(folder / "data", folder / "hub.toml"))
    assert not report.refused, report.as_dict()
    return folder


def copy_world(world: Path, folder: Path) -> tuple[Path, Path]:
    """The data folder and settings file of a copy, in which may be written."""
    shutil.copytree(world, folder, dirs_exist_ok=True)
    return folder / "data", folder / "hub.toml"


@pytest.fixture(scope="session")
def site(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over a copy of the world, with a token of a member who administers."""
    data, config = copy_world(world, tmp_path_factory.mktemp("site"))
    token = create_token(data, "member", Viewer("consortium"), right="administer")
    with serving(data, config) as url:
        yield Server(url, data, config, token)


@pytest.fixture(scope="session")
def tokens(site: Server) -> dict[str, str]:
    """A token of each level."""
    return {
        level: create_token(site.data, f"reader of {level}", parse_viewer(level))
        for level in LEVELS
    }
