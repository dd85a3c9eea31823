"""A seeded source of companies in clusters and projects, of any size, and what analysts ask of it.

A company has eighteen statements, thirteen of its own and of its membership in a cluster, and five
by its part in a project of four, and eight more say where these come from. The queries are of two
kinds: eight of the question library as they stand, with values for what they ask, and four as
analysts write them themselves.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

from hub.questions.library import read_library
from hub.sparql.scanner import scan
from hub.terms import Term, iri, literal
from hub.vocabulary import DEFAULT_BASE, NAMESPACES, expand

ROOT = Path(__file__).resolve().parents[2]
CLUSTERS = 200
COUNTRIES = ("ES", "IT", "DE", "FR")
SECTORS = ("biotechnology", "cleantech", "design", "diagnostics", "digital", "energy", "food")
DESCRIPTION = """\
name = "many"
title = "Companies that work together"
owner = "Nobody"
visibility = "public"
licence = "CC0"
mapping = "mapping.yml"
files = ["companies.csv", "clusters.csv", "projects.csv", "parts.csv"]
"""
MAPPING = """\
prefixes:
  mc: https://w3id.org/metacluster/ns#
  org: http://www.w3.org/ns/org#
  rdfs: http://www.w3.org/2000/01/rdf-schema#
  skos: http://www.w3.org/2004/02/skos/core#
  schema: https://schema.org/
  foaf: http://xmlns.com/foaf/0.1/
  xsd: http://www.w3.org/2001/XMLSchema#
mappings:
  company:
    sources: ['companies.csv~csv']
    s: organisation/many.$(key)
    po:
      - [a, mc:SME]
      - [rdfs:label, $(name), en~lang]
      - [skos:altLabel, $(short)]
      - [mc:country, 'country/$(country)~iri']
      - [schema:foundingDate, $(founded), xsd:gYear]
      - [foaf:homepage, '$(homepage)~iri']
      - [schema:numberOfEmployees, $(employees), xsd:integer]
      - [mc:activeIn, 'concept/sector/$(sector)~iri']
  membership:
    sources: ['companies.csv~csv']
    s: membership/many.$(key)
    po:
      - [a, org:Membership]
      - [org:member, 'organisation/many.$(key)~iri']
      - [org:organization, 'organisation/many.c$(cluster)~iri']
      - [mc:inRole, 'concept/role/$(role)~iri']
      - [schema:startDate, $(since), xsd:gYear]
  cluster:
    sources: ['clusters.csv~csv']
    s: organisation/many.c$(key)
    po:
      - [a, mc:Cluster]
      - [rdfs:label, $(name), en~lang]
      - [mc:country, 'country/$(country)~iri']
  project:
    sources: ['projects.csv~csv']
    s: project/many.$(key)
    po:
      - [a, mc:Project]
      - [rdfs:label, $(name), en~lang]
      - [schema:startDate, $(begun), xsd:gYear]
      - [schema:endDate, $(ended), xsd:gYear]
  part:
    sources: ['parts.csv~csv']
    s: involvement/many.$(key)
    po:
      - [a, mc:Involvement]
      - [mc:involvedIn, 'project/many.$(project)~iri']
      - [mc:involves, 'organisation/many.$(company)~iri']
      - [mc:inRole, 'concept/role/$(role)~iri']
"""


def write_cooperation(folder: Path, companies: int) -> None:
    """Write the source into a folder."""
    chance = random.Random(7)
    folder.mkdir(exist_ok=True)
    (folder / "source.toml").write_text(DESCRIPTION)
    (folder / "mapping.yml").write_text(MAPPING)
    with (folder / "companies.csv").open("w") as file:
        file.write("key,name,short,country,founded,homepage,employees,sector,cluster,role,since\n")
        for n in range(companies):
            founded = chance.randrange(1950, 2020)
            file.write(
                f"{n},Company number {n} Ltd,CO{n},{chance.choice(COUNTRIES)},{founded},"
                f"http://example.org/o/{n},{chance.randrange(5000)},{chance.choice(SECTORS)},"
                f"{chance.randrange(CLUSTERS)},"
                f"{chance.choices(('member', 'leader'), (99, 1))[0]},"
                f"{chance.randrange(founded, 2024)}\n"
            )
    with (folder / "clusters.csv").open("w") as file:
        file.write("key,name,country\n")
        for n in range(CLUSTERS):
            file.write(f"{n},Cluster number {n},{chance.choice(COUNTRIES)}\n")
    with (folder / "projects.csv").open("w") as file, (folder / "parts.csv").open("w") as parts:
        file.write("key,name,begun,ended\n")
        parts.write("key,project,company,role\n")
        for n in range(companies // 4):
            begun = chance.randrange(1990, 2022)
            file.write(f"{n},Project number {n},{begun},{begun + chance.randrange(1, 5)}\n")
            for at, company in enumerate(chance.sample(range(companies), 4)):
                role = "participant" if at else "coordinator"
                parts.write(f"{n}.{at},{n},{company},{role}\n")


def thing(kind: str, key: str) -> Term:
    return iri(f"{DEFAULT_BASE}{kind}/{key}")


ASKED: Mapping[str, Mapping[str, Term]] = {
    "organisations": {"kind": iri(expand("mc:SME")), "place": thing("country", "IT")},
    "belongs-to": {"party": thing("organisation", "many.7")},
    "common-ground": {
        "one": thing("organisation", "many.7"),
        "other": thing("organisation", "many.8"),
    },
    "levels": {"organisation": thing("organisation", "many.c7")},
    "coordinators": {},
    "projects": {"party": thing("organisation", "many.7")},
    "names-of-organisations": {},
    "old-evidence": {"years": literal(20)},
}
WRITTEN = {
    "things by class": "SELECT ?c (COUNT(?s) AS ?n) { ?s a ?c } GROUP BY ?c ORDER BY DESC(?n)",
    "staff by sector and country": "SELECT ?t ?c (AVG(?n) AS ?mean) { ?s mc:activeIn ?t ; "
    "mc:country ?c ; schema:numberOfEmployees ?n } GROUP BY ?t ?c ORDER BY ?t ?c",
    "words in a name": 'SELECT ?s ?l { ?s rdfs:label ?l FILTER(CONTAINS(?l, "number 777")) }',
    "clusters that work together": "SELECT ?a ?b (COUNT(DISTINCT ?p) AS ?n) { "
    "?one org:memberOf ?a . ?p mc:party ?one , ?two . ?two org:memberOf ?b "
    "FILTER(STR(?a) < STR(?b)) } GROUP BY ?a ?b ORDER BY DESC(?n) ?a ?b LIMIT 20",
}
PREFIXES = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in NAMESPACES.items())


def list_queries() -> dict[str, str]:
    """Twelve queries by name."""
    library = read_library(ROOT / "queries")
    asked = {name: scan(library[name].text).bound(terms).written for name, terms in ASKED.items()}
    return asked | {name: PREFIXES + query for name, query in WRITTEN.items()}
