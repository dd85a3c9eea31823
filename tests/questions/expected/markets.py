"""What the documents answer about markets."""

from __future__ import annotations

from tests.questions.expected.answers import CLUSTERS, HANDBOOK, PARTNERS, Expected

BARRIERS = (  # of markets outside Europe, as the handbook says in one word
    "Knowledge of foreign languages",
    "Lack of adequate market information",
    "Lack of local contacts",
    "Complexity of paperwork",
    "Bureaucratic procedures (administrative costs)",
    "Different business cultures",
    "Laws and regulations in foreign markets",
    "Different national technical standards",
)

EXPECTED = (
    Expected(
        "entry-points",
        "entry_point kind partner",
        {
            (park, "science park", cluster)
            for park in ("Shanghai Juke Biotech Park", "Zhangjiang Hi-Tech Park")
            for cluster in CLUSTERS
        }
        | {("ERAI’s offices in China", "agency office", p) for p in (*PARTNERS, "bioXclusters")}
        | {
            (opener, kind, partner)
            for opener, kind in (
                ("Gao Rong-Hui", "expert"),
                ("Sino-European BioPartnering event", "event"),
            )
            for partner in ("Lyonbiopole", "bioXclusters")
        }
        | {("Lyonbiopole’s representative in Shanghai", "representative", "Lyonbiopole")},
        HANDBOOK + "ch. 4, paras 7 and 8, ‘Cooperation’; ch. 6, step 2, ‘China’",
        {"market": "China", "meta_cluster": "bioXclusters"},
    ),
    Expected(
        "entry-points",
        "entry_point attested",
        {("Lyonbiopole’s representative in Shanghai", "2013-05")},
        HANDBOOK + "ch. 6, step 2, ‘China’: supported the event of May 2013",
        {"market": "China", "meta_cluster": "bioXclusters"},
        more=True,
    ),
    Expected(
        "agreements-by-market",
        "for_market kind signed party",
        {
            ("China", "memorandum of understanding", "2013-05", party)
            for party in (*CLUSTERS, "Shanghai Juke Biotech Park", "Zhangjiang Hi-Tech Park")
        },
        HANDBOOK + "ch. 4, para 7",
        {"market": "China"},
    ),
    Expected(
        "agreements-by-market",
        "for_market kind signed party number",
        {
            ("Brazil", "partnership agreement", "", party, number)
            for party, number in (*((cluster, "") for cluster in CLUSTERS), ("", "3"))
        },
        HANDBOOK
        + "ch. 6, step 2, ‘Brazil’: “with three relevant Brazilian life sciences partners”",
        {"market": "Brazil"},
    ),
    Expected(
        "agreements-by-market",
        "kind party unnamed",
        {
            ("deal", "European Diagnostic Clusters Alliance", ""),
            ("deal", "", "several biobanks"),
            ("partnership platform", "bioXclusters", ""),
            ("partnership platform", "", "a fifth cluster"),
        },
        "Group Dynamics, ‘EDCA-Led Diagnostic Clusters’ and ‘BioXclusters’",
        more=True,
    ),
    Expected(
        "unnamed-parties",
        "unnamed number",
        {
            ("three relevant Brazilian life sciences partners in different cities", "3"),
            ("a selection of nine European life sciences clusters", "9"),
            ("four SMEs", "4"),
            ("13 European SMEs from the different clusters involved", "13"),
            ("more than 150 companies from both Europe and China", ""),
            ("several biobanks", ""),
            ("a fifth cluster", "1"),
            ("companies, hospitals and research institutions", ""),
            ("a government that the document does not name", ""),
        },
        HANDBOOK + "ch. 6, partner profiles; Group Dynamics",
        more=True,
    ),
    Expected(
        "target-markets",
        "organisation market",
        {("bioXclusters", m) for m in ("Japan", "South Korea", "North Africa")},
        "Group Dynamics, ‘BioXclusters’",
        {"status": "started"},
    ),
    Expected(
        "target-markets",
        "organisation market",
        {("bioXclusters", m) for m in ("Brazil", "China", "United States")}
        | {
            ("City of Amsterdam", "United States"),
            ("City of Vilnius", "Eastern Europe"),
            ("City of Vilnius", "Russia"),
        },
        HANDBOOK + "Introduction, para 3; Feasibility study, 3.1",
        {"status": "active"},
    ),
    Expected(
        "contacts-others-lack",
        "market having contact lacking",
        {
            (market, "ERAI", "ERAI’s offices in the US", cluster)
            for market in ("United States", "North America")
            for cluster in CLUSTERS
        },
        HANDBOOK + "ch. 4, ‘Cooperation’: ERAI's offices in Brazil, China and the US; what the "
        "clusters signed is for Brazil and China alone",
        {"meta_cluster": "bioXclusters"},
    ),
    Expected(
        "market-barriers",
        "told_of barrier",
        {
            ("China", barrier)
            for barrier in (
                "Big companies",
                "Complex regulations",
                "Cultural gap",
                "Complex situation of intellectual property",
            )
        }
        | {("Markets outside Europe", barrier) for barrier in BARRIERS},
        HANDBOOK + "ch. 2, ‘Outside Europe’, para 3; ch. 4, para 1; ch. 6, step 2, ‘China’",
        {"market": "China"},
    ),
    Expected(
        "market-barriers",
        "told_of barrier",
        {
            ("Stockholm", "Lack of affordable space"),
            ("Stockholm", "High cost of living"),
            ("Stockholm", "Retaining talent and attracting innovative SMEs"),
        },
        "Feasibility study, 3.1",
        {"market": "Stockholm"},
    ),
    Expected(
        "market-contacts",
        "for_market contact organisation",
        {
            ("China", "Gao Rong-Hui", ""),
            ("China", "Lyonbiopole’s representative in Shanghai", "Lyonbiopole"),
            ("Brazil", "Eduardo Soares", ""),
            ("United States", "Karin Hollerbach", "Taku Group"),
        },
        HANDBOOK + "ch. 6",
    ),
    Expected(
        "markets",
        "market place sector wider entry_points agreements events",
        {
            # Brazil: Soares, the offices and one event; missions, visit, event and workshops.
            ("Brazil", "Brazil", "", "South America", "3", "1", "5"),
            ("Games in China", "China", "games", "China", "0", "0", "0"),
        },
        HANDBOOK + "ch. 4 and ch. 6; Feasibility study, 2.1",
        more=True,
    ),
    Expected(
        "health-systems",
        "system country",
        {
            ("Government involved in commissioning or delivery", country)
            for country in ("France", "Spain", "Italy", "Australia")
        }
        | {
            ("Pluralistic delivery with obligatory insurance", "Germany"),
            ("Privately owned, heavily regulated insurers", "Netherlands"),
            ("Privately owned, heavily regulated insurers", "Switzerland"),
            ("Largely non-public system", "United States"),
        },
        HANDBOOK + "ch. 1, paras 7 and 8",
    ),
)
