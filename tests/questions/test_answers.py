"""Every question against the bundled sources, each answer as a reader of the documents gives it.

An expected answer was written down from the document at the place named, before the hub was asked.
Cells are labels; `columns` names those of the question's columns that are compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from hub.access import PUBLIC, Viewer
from hub.hub import Hub
from hub.questions import Answer, Question, ask, read_library
from hub.settings import resource_folder
from hub.terms import Term
from hub.vocabulary import NAMESPACES

LIBRARY = read_library(resource_folder("queries"))
CONSORTIUM = Viewer("consortium")


@dataclass(frozen=True)
class Expected:
    """An answer: `rows` are all its rows in the `columns` given, or some where `more` is set."""

    question: str
    columns: str
    rows: set[tuple[str, ...]]
    found_in: str
    values: dict[str, str] = field(default_factory=dict)
    more: bool = False
    viewer: Viewer = PUBLIC

    def __str__(self) -> str:
        return " ".join([self.question, *(f"{k}={v}" for k, v in self.values.items())])


def cells(answer: Answer, columns: str) -> set[tuple[str, ...]]:
    places = [[c.name for c in answer.columns].index(name) for name in columns.split()]
    return {tuple(answer.show(row[place]) for place in places) for row in answer.rows}


CLUSTERS = ("Biocat", "BioM", "bioPmed", "Lyonbiopole")
PARTNERS = (*CLUSTERS, "ERAI")

# City → (approach, what it offers, what that matches with): the study's table on page 3. The table
# on page 23 leaves out what Tallinn's sectors match with.
PLACE = "place-based approach"
COALITION = "new coalition approach"
INDUSTRY = "manufacturing and industry driven approach"
ICT = "information and communication technology"
GAMES = "software and games industry"
GLAM = "galleries, libraries, art and museums"
MACHINES = "machinery tools production"
CITIES: dict[str, tuple[str, set[str], set[str]]] = {
    "Lisbon": (PLACE, {"architecture", "fashion"}, {"construction", "heritage", "tourism"}),
    "Tallinn": (PLACE, {GAMES, "fashion"}, {ICT, "knowledge industries"}),
    "Rome": (
        PLACE,
        {"design", "fashion", "architecture"},
        {"manufacturing", ICT, "software", "tourism", "heritage"},
    ),
    "Vilnius": (PLACE, {"furniture", "textile", "architecture"}, {"retail", "food"}),
    "Pilsen": (PLACE, {"design", "furniture"}, {MACHINES, "engineering supply"}),
    "Birmingham": (
        COALITION,
        {"digital industries", GAMES, "jewellery", "design"},
        {"health", "manufacturing", GLAM},
    ),
    "Berlin": (
        COALITION,
        {"fashion", "design", GAMES, "art", "music", "film"},
        {"health", ICT, "tourism"},
    ),
    "Amsterdam": (
        INDUSTRY,
        {GAMES, "architecture"},
        {"knowledge industries", "tourism", "service industries", "logistics"},
    ),
    "Linz": (
        INDUSTRY,
        {"design", "art", "media"},
        {"energy sector", "manufacturing", "automotive", "chemical industry"},
    ),
    "Stockholm": (
        INDUSTRY,
        {"architecture", "fashion", "design"},
        {"knowledge industries", "service industries", "logistics", "biotechnology"}
        | {"sustainability", ICT},
    ),
    "Warsaw": (
        INDUSTRY,
        {"art", "music", "ICT-related design"},
        {"knowledge industries", "service industries", "nanotechnologies", "optoelectronics"},
    ),
}

STUDY = "Feasibility study, Executive Summary, table of sectors"
AUTHORS = "Group Dynamics, ‘About the authors’"
HANDBOOK = "Handbook of Recommendations, "

EXPECTED = (
    # ---------------------------------------------------------------- cities
    Expected(
        "city-sectors",
        "city approach relation sector",
        {(c, a, "offers", s) for c, (a, offered, _) in CITIES.items() for s in offered}
        | {(c, a, "matches with", s) for c, (a, _, matched) in CITIES.items() for s in matched},
        STUDY,
    ),
    Expected(
        "matching-cities",
        "city other sector relation",
        {
            (one, other, sector, relation)
            for one in CITIES
            for other in CITIES
            for place, relation in ((1, "both offer"), (2, "both match with"))
            for sector in CITIES[one][place] & CITIES[other][place]  # type: ignore[operator]
            if one != other
        },
        STUDY,
    ),
    Expected(
        "cities-for-sector",
        "city approach offered",
        {
            (city, approach, sector)
            for city, (approach, offered, matched) in CITIES.items()
            for sector in offered
            if "health" in matched
        },
        STUDY,
        {"sector": "Health"},
    ),
    Expected(
        "interviewees-by-city",
        "city person",
        {
            ("Amsterdam", "Mike Shulmeister"),
            ("Berlin", "Nadine Barthel"),
            ("Berlin", "Stefanie Zenk"),
            ("Birmingham", "Alexa Torlo"),
            ("Stockholm", "Monika Slama"),
            ("Warsaw", "Malgorzata Dabkowska"),
            ("Warsaw", "Michal Dzialeclatko"),
            ("Lisbon", "Jorge Manuel Vaz Vieira"),
            ("Lisbon", "Susy Silva"),
            ("Tallinn", "Jaanus Vahesalu"),
            ("Pilsen", "Michaela Mixova"),
            ("Pilsen", "Pavla Bruskova"),
            ("Linz", "Lucia Seel"),
            ("Vilnius", "Rasius Makselis"),
            ("Rome", "Federico Chierogo"),
        },
        "Feasibility study, 5.1",
    ),
    Expected(
        "initiatives-by-city",
        "city initiative",
        {("Amsterdam", "Demo Days"), ("Tallinn", "Garage48"), ("Rome", "Porta Futuro")},
        "Feasibility study, 4.1, ‘Tools and Processes’",
    ),
    # ---------------------------------------------------------------- organisations and people
    Expected(
        "levels",
        "member member_level role",
        {(c, "cluster", "partner") for c in CLUSTERS} | {("ERAI", "", "coordinator")},
        HANDBOOK + "Introduction, para 1",
        {"organisation": "bioXclusters"},
        more=True,
    ),
    Expected(
        "belongs-to",
        "whole kind through",
        {("bioXclusters", "meta-cluster", "")},
        HANDBOOK + "Introduction, para 1",
        {"party": "ERAI"},
    ),
    Expected(
        "people-with-several-posts",
        "person at",
        {
            ("Fabrizio Conicella", "Bioindustry Park Silvano Fumero"),
            ("Fabrizio Conicella", "bioPmed"),
            ("Fabrizio Conicella", "Università di Torino"),
            ("Fabrizio Conicella", "Università Piemonte Orientale"),
            ("Fabrizio Conicella", "Ephoran-MIS"),
            ("Fabrizio Conicella", "CEBR"),
            ("Claire Skentelbery", "CEBR"),
            ("Claire Skentelbery", "European Biotechnology Network"),
            ("Frédéric Druck", "BioWin"),
            ("Frédéric Druck", "CEBR"),
            ("Emily Wise", "IEC"),
            ("Emily Wise", "Lund University"),
        },
        AUTHORS + "; International Cluster Collaboration, title slide",
    ),
    Expected(
        "former-posts",
        "person organisation since until",
        {("Fabrizio Conicella", "Bioindustry Park Silvano Fumero", "2008", "2012")},
        AUTHORS,
        {"person": "Fabrizio Conicella"},
    ),
    Expected(
        "former-posts",
        "person organisation",
        {
            ("Fabrizio Conicella", "Bioindustry Park Silvano Fumero"),
            ("Claire Skentelbery", "ERBI"),
            ("Frédéric Druck", "UPEDI"),
            ("Frédéric Druck", "Federgon"),
            ("Frédéric Druck", "Merck Sharp & Dohme"),
            ("Frédéric Druck", "Interel"),
        },
        AUTHORS,
        more=True,
    ),
    Expected(
        "contact-details",
        "person email telephone",
        {("Emily Wise", "emily.wise@fek.lu.se", "+46 73 101 1426")},
        "International Cluster Collaboration, last slide",
        {"person": "Emily Wise"},
        viewer=CONSORTIUM,
    ),
    Expected("contact-details", "person email telephone", set(), "not for the public"),
    Expected(
        "organisations",
        "organisation city country",
        {
            ("Shanghai Juke Biotech Park", "Shanghai", "China"),
            ("Zhangjiang Hi-Tech Park", "Shanghai", "China"),
        },
        HANDBOOK + "ch. 4",
        {"kind": "science park", "place": "Shanghai"},
    ),
    Expected(
        "offices-abroad",
        "office country of_organisation",
        {("ERAI’s offices in China", "China", "ERAI")},
        HANDBOOK + "ch. 4, ‘Cooperation’",
        {"country": "China"},
    ),
    # ---------------------------------------------------------------- markets
    Expected(
        "entry-points",
        "entry_point kind",
        {
            ("Shanghai Juke Biotech Park", "science park"),
            ("Zhangjiang Hi-Tech Park", "science park"),
            ("Gao Rong-Hui", "expert"),
            ("ERAI’s offices in China", "agency office"),
        },
        HANDBOOK + "ch. 4 and ch. 6",
        {"market": "China", "meta_cluster": "bioXclusters"},
        more=True,
    ),
    Expected(
        "agreements-by-market",
        "for_market kind signed party",
        {
            ("China", "memorandum of understanding", "2013-05", "Shanghai Juke Biotech Park"),
            ("China", "memorandum of understanding", "2013-05", "Zhangjiang Hi-Tech Park"),
        },
        HANDBOOK + "ch. 4, ‘The clusters' role’",
        {"market": "China"},
        more=True,
    ),
    Expected(
        "agreements-by-market",
        "for_market kind unnamed number",
        {
            (
                "Brazil",
                "partnership agreement",
                "three relevant Brazilian life sciences partners",
                "3",
            )
        },
        HANDBOOK + "ch. 6, ‘Brazil’",
        {"market": "Brazil"},
        more=True,
    ),
    Expected(
        "target-markets",
        "organisation market status",
        {("bioXclusters", m, "started") for m in ("Japan", "South Korea", "North Africa")},
        "Group Dynamics, ‘BioXclusters’",
        {"status": "started"},
    ),
    Expected(
        "target-markets",
        "organisation market",
        {("bioXclusters", m) for m in ("Brazil", "China", "United States")},
        HANDBOOK + "Introduction, para 3",
        {"status": "active"},
        more=True,
    ),
    # ---------------------------------------------------------------- events
    Expected(
        "expert-visits",
        "expert country visited start",
        {
            ("Karin Hollerbach", "United States", city, "2013-04")
            for city in ("Lyon", "Barcelona", "Turin", "Munich")
        }
        | {("Eduardo Soares", "Brazil", "Europe", "2012-04")},
        HANDBOOK + "ch. 6",
        more=True,
    ),
    # ---------------------------------------------------------------- figures
    Expected(
        "figures-about",
        "measure qualifier value unit date",
        {
            ("number of offices", "exactly", "27", "offices", ""),
            ("number of countries", "exactly", "21", "countries", ""),
            ("companies supported", "more than", "820", "companies", "2012"),
        },
        HANDBOOK + "Partner profiles, ‘ERAI’",
        {"about": "ERAI"},
    ),
)


@pytest.mark.parametrize("expected", EXPECTED, ids=str)
def test_answer_is_what_the_documents_say(hub: Hub, expected: Expected) -> None:
    answer = ask(hub, LIBRARY[expected.question], expected.values, expected.viewer)
    found = {tuple(c.casefold() for c in row) for row in cells(answer, expected.columns)}
    wanted = {tuple(c.casefold() for c in row) for row in expected.rows}
    assert wanted - found == set()
    assert expected.more or found - wanted == set()


@pytest.mark.parametrize("name", LIBRARY.questions)
def test_every_question_has_a_checked_answer(name: str) -> None:
    assert any(expected.question == name and expected.rows for expected in EXPECTED)


@pytest.mark.parametrize("question", LIBRARY, ids=lambda q: q.name)
def test_examples_have_an_answer_of_the_types_declared(hub: Hub, question: Question) -> None:
    answer = ask(hub, question, question.examples, Viewer(question.audience))
    assert answer.rows
    for place, column in enumerate(answer.columns):
        terms = [row[place] for row in answer.rows if row[place]]
        assert all(is_of(term, column.type) for term in terms), column.name
    assert len({len(line) for line in answer.as_table()}) == 1
    assert len(answer.as_dict()["rows"]) == len(answer.rows)  # type: ignore[arg-type]


def is_of(term: Term | None, kind: str) -> bool:
    if term is None:
        return False
    name = term.datatype.removeprefix(NAMESPACES["xsd"])
    if kind == "thing":
        return term.kind == "iri"
    if kind == "number":
        return name in ("integer", "decimal")
    if kind == "date":
        return name in ("gYear", "gYearMonth", "date", "dateTime")
    return term.kind == "literal"


def test_every_parameter_narrows_its_answer(hub: Hub) -> None:
    """An optional parameter that is bound gives a part of what the free one gives."""
    for question in LIBRARY:
        optional = [p for p in question.parameters if not p.required and p.example]
        viewer = Viewer(question.audience)
        for parameter in optional:
            if parameter.default:
                continue
            narrow = {n: v for n, v in question.examples.items() if n == parameter.name}
            needed = {p.name: p.example for p in question.parameters if p.required}
            few = set(ask(hub, question, needed | narrow, viewer).rows)
            all_ = set(ask(hub, question, needed, viewer).rows)
            assert few < all_, (question.name, parameter.name)
