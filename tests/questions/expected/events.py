"""What the documents answer about events and projects."""

from __future__ import annotations

from tests.questions.expected.answers import CLUSTERS, HANDBOOK, Expected

EXPECTED = (
    Expected(
        "event-participants",
        "event start participant unnamed number role",
        {
            (event, start, cluster, "", "", "participant")
            for event, start in (
                ("Mission to Brazil, September 2012", "2012-09"),
                ("Mission to China, May 2013", "2013-05"),
            )
            for cluster in CLUSTERS
        }
        | {
            (event, start, participant, unnamed, number, role)
            for event, start, participants in (
                (
                    "Mission to Brazil, September 2012",
                    "2012-09",
                    (
                        ("bioXclusters", "", "", "organiser"),
                        ("ERAI’s offices in Brazil", "", "", "supporter"),
                        ("Eduardo Soares", "", "", "supporter"),
                    ),
                ),
                (
                    "Mission to China, May 2013",
                    "2013-05",
                    (
                        ("bioXclusters", "", "", "organiser"),
                        ("ERAI’s offices in China", "", "", "supporter"),
                        (
                            "",
                            "13 European SMEs from the different clusters involved",
                            "13",
                            "participant",
                        ),
                    ),
                ),
                (
                    "Mission of the European Commission to Brazil, September 2013",
                    "2013-09",
                    (
                        ("European Commission", "", "", "participant"),
                        (
                            "",
                            "a selection of nine European life sciences clusters",
                            "9",
                            "participant",
                        ),
                        ("", "four SMEs", "4", "participant"),
                    ),
                ),
                (
                    "Mission to Boston, October 2013",
                    "2013-10",
                    (
                        ("bioXclusters", "", "", "organiser"),
                        ("ERAI’s offices in the US", "", "", "supporter"),
                        (
                            "",
                            "small companies working in the “Personalised Healthcare” field",
                            "",
                            "participant",
                        ),
                        (
                            "",
                            "experienced US experts and sector specialists",
                            "",
                            "invited expert",
                        ),
                    ),
                ),
            )
            for participant, unnamed, number, role in participants
        },
        HANDBOOK + "ch. 6, step 2",
        {"kind": "mission"},
    ),
    Expected(
        "expert-visits",
        "expert country visited start",
        {
            ("Karin Hollerbach", "United States", city, "2013-04")
            for city in ("Lyon", "Barcelona", "Turin", "Munich")
        }
        | {("Eduardo Soares", "", "Europe", "2012-04")},
        HANDBOOK + "ch. 6, steps 1 and 2",
    ),
    Expected(
        "calendar",
        "start kind place",
        {("2013-04", "expert visit", c) for c in ("Lyon", "Barcelona", "Turin", "Munich")}
        | {
            ("2013-05", "mission", "Shanghai"),
            ("2013-05", "partnering event", "Shanghai"),
            ("2013-09", "mission", "Brazil"),
            ("2013-09", "partnering event", "Brazil"),
            ("2013-10", "mission", "Boston"),
        },
        HANDBOOK + "ch. 6",
        {"since": "2013", "until": "2013"},
    ),
    Expected(
        "calendar",
        "start event",
        {
            ("2012-04", "Visit of Eduardo Soares to Europe, April 2012"),
            ("2012-09", "Mission to Brazil, September 2012"),
        },
        HANDBOOK + "ch. 6",
        {"since": "2012-02", "until": "2013-03"},
    ),
    Expected(
        "projects",
        "project start end with role",
        {("bioXclusters project", "2012", "2013", c, "partner") for c in CLUSTERS}
        | {
            ("bioXclusters project", "2012", "2013", "ERAI", "coordinator"),
            ("bioXclusters project", "2012", "2013", "European Commission", "funder"),
            ("bioXclusters project", "2012", "2013", "DG Enterprise", "funder"),
            ("bioXclusters project", "2012", "2013", "European Union", "funder"),
            ("Cluster Mobility Programme", "", "", "ERAI", "coordinator"),
            ("Cluster Mobility Programme", "", "", "Rhône-Alpes Region", "funder"),
        }
        | {("Cluster Mobility Programme", "", "", c, "participant") for c in CLUSTERS},
        HANDBOOK + "Introduction, paras 1 and 3; ch. 4, ‘Cooperation’; Group Dynamics",
        {"party": "ERAI"},
    ),
)
