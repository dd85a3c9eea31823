"""What the documents answer about figures and evidence."""

from __future__ import annotations

from tests.questions.expected.answers import AUTHORS, HANDBOOK, KOECKER, STUDY_TITLE, Expected

EXPECTED = (
    Expected(
        "figures-about",
        "measure qualifier value unit date",
        {
            ("number of offices", "exactly", "27", "offices", ""),
            ("number of countries", "exactly", "21", "countries", ""),
            ("companies supported", "more than", "820", "companies", "2012"),
        },
        HANDBOOK + "partner profiles, ‘ERAI’",
        {"about": "ERAI"},
    ),
    Expected(
        "figures-about",
        "measure value upper_value unit",
        {
            ("direct jobs", "650000", "", "jobs"),
            ("indirect jobs", "4000000", "", "jobs"),
            ("time to approval", "18", "50", "months"),
        },
        HANDBOOK + "ch. 2, ‘Outside Europe’, para 2",
        {"about": "https://w3id.org/metacluster/id/market/US"},
    ),
    Expected(
        "figures-about",
        "measure qualifier value unit",
        {
            ("number of companies", "more than", "150", "companies"),
            ("number of participants", "more than", "150", "players"),
        },
        HANDBOOK + "ch. 6, step 2, ‘China’; ch. 4, para 7",
        {"about": "Sino-European BioPartnering event"},
    ),
    Expected(
        "old-evidence",
        "evidence year",
        {
            ("Mission to Brazil, September 2012", "2012"),
            ("Visit of Eduardo Soares to Europe, April 2012", "2012"),
        },
        HANDBOOK + "ch. 6; the missions and agreements of 2013 are one year younger",
        {"years": "10", "on": "2023-06-30"},
        more=True,
    ),
    Expected(
        "statement-sources",
        "document detail",
        {
            ("bioXclusters Handbook of Recommendations", "place"),
            ("bioXclusters Handbook of Recommendations", "quotation"),
        },
        HANDBOOK + "ch. 4, para 7",
        {"thing": "Zhangjiang Hi-Tech Park"},
        more=True,
    ),
    Expected(
        "rows-of-statements",
        "property value file place",
        {
            (
                "offers sector",
                "design",
                "cities.xlsx",
                "Executive Summary (p. 3), table of site-specific sectors (own survey, 2013)",
            ),
        },
        "Cross Innovation, p. 3, table: “Pilsen Design, Furniture”",
        {"thing": "Pilsen"},
        more=True,
    ),
    Expected(
        "rows-of-statements",
        "property value file row place",
        {
            ("city", "Shanghai", "missions.json", "11", "ch. 4, para 7"),
            ("country", "China", "missions.json", "11", "ch. 4, para 7"),
        },
        HANDBOOK + "ch. 4, para 7; the park is named in one row of one file alone",
        {"thing": "Zhangjiang Hi-Tech Park"},
        more=True,
    ),
    Expected(
        "said-about",
        "subject property value",
        {
            ("bioPmed", "founded", "2009"),
            ("bioPmed", "rdfs:label", "bioPmed healthcare cluster"),
            ("bioPmed is based on a community of around 390 companies.", "about", "bioPmed"),
        },
        HANDBOOK + "partner profiles, ‘bioPmed’: “created in 2009”; " + AUTHORS,
        {"thing": "bioPmed"},
        more=True,
    ),
    Expected(
        "quotes",
        "document",
        {("Group Dynamics",), (STUDY_TITLE,), ("bioXclusters Handbook of Recommendations",)},
        "“soft landing” stands in Group Dynamics, ‘BioXclusters’; in the study, 1.1 and 4.3; and "
        "in the handbook, ch. 2, para 2",
        {"words": "soft landing"},
    ),
    Expected(
        "documents",
        "document by issued not_before",
        {
            ("Success Factors for Internationalisation of Clusters", KOECKER, "2014-09-18", ""),
            (STUDY_TITLE, "Dr. Bastian Lange", "2014-04-06", ""),
            (STUDY_TITLE, "Nina Lakeberg", "2014-04-06", ""),
            ("European Commission, 2007", "European Commission", "2007", ""),
            ("Dicken, 2007", "", "2007", ""),
            ("Chesbrough, 2003", "", "2003", ""),
            ("Group Dynamics", "Claire Skentelbery", "", "2013-10"),
            ("Group Dynamics", "Fabrizio Conicella", "", "2013-10"),
            ("Group Dynamics", "Frédéric Druck", "", "2013-10"),
        },
        "the title of each document; the Handbook tells of Boston, October 2013 (ch. 6, step 2)",
        more=True,
    ),
    # What the hub itself records: expected from the descriptions of the sources and the judgements.
    Expected(
        "sources",
        "owner visibility file",
        {
            ("ERAI", "public", "erai.xml"),
            ("Lyonbiopole", "public", "lyonbiopole.json"),
            ("BioM", "public", "biom.xlsx"),
            ("CEBR", "public", "cebr.ttl"),
        },
        "loaders/bundled/*/source.toml",
        more=True,
    ),
    Expected(
        "source-totals",
        "class things",
        {("office abroad", "3"), ("project", "1"), ("figure", "3"), ("agency", "1")},
        "loaders/bundled/erai-offices: three offices, one programme, three figures, one agency",
        more=True,
    ),
    Expected(
        "judgements",
        "shown_as verdict other_name",
        {
            ("bioPmed", "same", "bioPmed"),
            ("bioPmed", "same", "bioPmed healthcare cluster"),
            ("bioPmed", "different", "Bioindustry Park Silvano Fumero"),
        },
        "loaders/bundled/identity.csv: its spellings are one, the park is another",
        {"thing": "bioPmed"},
    ),
    Expected(
        "identifiers",
        "organisation identifier address",
        {
            ("bioXclusters", "homepage", "http://www.bioxclusters.eu"),
            ("Biocat", "homepage", "http://www.biocat.cat"),
            ("Belius GmbH", "homepage", "http://www.belius.de"),
        },
        "handbook, partner profiles; Cross Innovation, title page; numbers of registers in none",
        more=True,
    ),
    Expected(
        "tie-strengths",
        "kind figure value half_life",
        {
            ("post", "base", "0.95", "6"),
            ("memorandum of understanding", "base", "0.8", "6"),
            ("Table of the strength of ties", "hand-over", "0.85", ""),
        },
        "ontology/strength.ttl",
        more=True,
    ),
)
