"""What the documents answer about needs."""

from __future__ import annotations

from tests.questions.expected.answers import HANDBOOK, Expected

EXPECTED = (
    Expected(
        "needs-by-company-size",
        "need answer",
        {
            (
                "Economic advantages for landing and investment in foreign markets",
                "Facilitating access to local policy- and decision-makers",
            ),
            ("Familiarity with the conditions in target markets", ""),
            ("In-licensing from local partners", ""),
            (
                "Mergers and acquisitions across borders",
                "Using contacts and links with government-led foreign trade offices",
            ),
            (
                "Scouting for research projects and technologies",
                "Giving knowledge of the research projects and licensing opportunities in a region",
            ),
        },
        HANDBOOK + "ch. 5, ‘Large-scale companies’",
        {"size": "large"},
    ),
    Expected(
        "services-for-needs",
        "need service",
        {
            (
                "Reliable entry points and contacts in target markets",
                "Providing opportunities, contacts and entry points in target markets",
            ),
            ("Funding", "Organisation of missions to target markets"),
            ("Co-development partners", "Organisation of missions to target markets"),
            ("Operationalizing", "Facilitating access to funding"),
        },
        HANDBOOK + "ch. 5, ‘SMEs and the clusters’, para 2: “for funding and co-development”",
        more=True,
    ),
    Expected(
        "capability-gaps",
        "group gap function function_group",
        {
            (group, gap, function, functions)
            for group, gaps, functions, answers in (
                (
                    "Sensing",
                    (
                        "Knowledge about opportunities in foreign markets",
                        "Capabilities for partnering internationally",
                    ),
                    "Intelligence and inspiration",
                    (
                        "Access to unique market information",
                        "Access to external knowledge sources",
                    ),
                ),
                (
                    "Mobilizing",
                    (
                        "Contextual legitimacy (and branding)",
                        'Opening "relevant doors" in foreign markets',
                        "Proactive networking and matchmaking",
                    ),
                    "Network composition and knowledge transformation",
                    (
                        "Access to new markets",
                        "Access to new international contacts/cooperation partners",
                        "Common identity and stronger international visibility",
                    ),
                ),
                (
                    "Operationalizing",
                    (
                        "Financial support to enable engagement in international collaboration",
                        "Access to partners who can invest both capital and expertise in the "
                        "collaboration",
                    ),
                    "Innovation management",
                    ("Facilitating access to funding",),
                ),
            )
            for gap in gaps
            for function in answers
        },
        "International Cluster Collaboration, table after Wise (2014)",
    ),
    Expected(
        "kinds-of-internationalisation",
        "kind wider",
        {
            ("Trend scouting", ""),
            ("Scouting of products and technologies", "Trend scouting"),
            ("Scouting of markets and consumer behaviour", "Trend scouting"),
            ("Export promotion", ""),
            ("R&D cooperation", ""),
            ("Joint product development", ""),
            ("Acquisition of know-how and technologies", ""),
            ("Strategic partnerships", ""),
            ("Joint venture", ""),
            ("Foreign branch", ""),
            ("Foreign production facilities", ""),
            ("Licensing", ""),
            ("Co-development partnership across countries", ""),
        },
        "Success Factors, slide 5; " + HANDBOOK + "ch. 3",
        more=True,
    ),
    Expected(
        "lessons",
        "lesson",
        {
            ("Internationalisation strategy developed with cluster participants",),
            ("Cluster management is responsible for internationalisation",),
            ("Competitive products, technologies (and companies)",),
            ("Cluster actors are willing and able to invest",),
            ("Innovative services offered by the cluster management",),
            ("International experience of cluster management team",),
            ("Good knowledge of international cluster landscape",),
            ("Public support schemes (e. g. funding schemes)",),
            (
                "Involvement of other key actors (export promotion agencies, Foreign Chamber of "
                "Commerce etc.)",
            ),
            ("Patience",),
            ("Aim before you fire",),
        },
        "Success Factors, slide 10; International Cluster Collaboration, ‘Some KSFs’",
        {"list": "Success factors"},
        more=True,
    ),
    Expected(
        "barriers-for-companies",
        "whom barrier",
        {
            ("small and medium-sized companies", "Limited management time"),
            ("small and medium-sized companies", "Financial constraints"),
            ("life sciences", "Expensive and complex clinical trials"),
            (
                "large companies",
                "Institutional setting and national culture of the new market",
            ),
            ("", "Lack of time"),
            ("", "Lack of clear opportunities"),
        },
        HANDBOOK + "ch. 1 and ch. 5; Group Dynamics, para 4; International Cluster Collaboration, "
        "‘SMEs' main barriers’",
        more=True,
    ),
)
