"""What the documents answer about cities."""

from __future__ import annotations

from tests.questions.expected.answers import STUDY, Expected

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


EXPECTED = (
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
)
