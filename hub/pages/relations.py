"""How the ties of the model read on a page.

A membership, an involvement, a targeting, an opening or a figure is a thing of its own in the data,
so that it can have dates, a role and a source. On the page of an organisation nobody wants to read
of such a thing, but of what stands at its other end. `READINGS` says for each property that leads
from such a thing to the page's subject: under which heading it goes, and where the other end is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.vocabulary import expand


@dataclass(frozen=True, slots=True)
class Reading:
    """How a tie reads from one of its ends.

    Attributes:
        title: the heading on the page of this end.
        ends: properties that lead on to what the fact is about, the first that is there.
        details: properties shown beside it, each with its label; without one, only the value.
    """

    title: str
    ends: tuple[str, ...]
    details: Mapping[str, str]


def expand_all(text: str) -> tuple[str, ...]:
    """The IRIs of shortened names, separated by blanks."""
    return tuple(expand(name) for name in text.split())


def _reading(title: str, ends: str, **details: str) -> Reading:
    shown = {expand(name.replace("_", ":", 1)): label for name, label in details.items()}
    return Reading(title, expand_all(ends), shown)


JUDGED = {"mc_verdict": "judged", "mc_judgedBy": "by", "mc_judgedOn": "on"}

# The order is the order on the page.
READINGS: dict[str, Reading] = {
    expand(name): reading
    for name, reading in {
        "org:member": _reading(
            "Belongs to", "org:organization mc:post", mc_post="as", mc_inRole="as"
        ),
        "mc:opensMarket": _reading("Entry points", "mc:opener", mc_openingKind=""),
        "mc:opener": _reading("Opens the market", "mc:opensMarket", mc_openingKind="as"),
        "org:organization": _reading("Members", "org:member mc:post", mc_post="as", mc_inRole="as"),
        "mc:post": _reading("Held by", "org:member", org_organization="at"),
        "org:postIn": _reading("Posts", "", mc_inRole="as"),
        "mc:involvedIn": _reading(
            "Who takes part", "mc:involves mc:unnamedParty", mc_inRole="as", mc_partyCount="number"
        ),
        "mc:involves": _reading("Takes part in", "mc:involvedIn", mc_inRole="as"),
        "mc:targetedBy": _reading("Target markets", "mc:targetMarket", mc_status=""),
        "mc:targetMarket": _reading("Targeted by", "mc:targetedBy", mc_status=""),
        "mc:about": _reading("Figures", ""),
        "mc:left": _reading("Identity", "mc:reason", **JUDGED),
        "mc:right": _reading("Identity", "mc:reason", **JUDGED),
    }.items()
}

# How what is said of a thing reads as a heading, where the label of the property does not do.
FORWARD: dict[str, str] = {
    expand(name): title
    for name, title in {
        "mc:hasBarrier": "Barriers",
        "mc:offersService": "Services",
        "mc:belongsTo": "Belongs to",
        "mc:party": "Who takes part",
        "org:memberOf": "Belongs to",
        "org:hasMember": "Members",
        "skos:broader": "Part of",
        "skos:narrower": "Narrower",
    }.items()
}

# How what points to a thing reads on its page; else "… of" or the label of the inverse property.
INVERSE: dict[str, str] = {
    expand(name): title
    for name, title in {
        "mc:inMarket": "Agreements, events and projects",
        "mc:hasContactIn": "Have a contact here",
        "mc:marketPlace": "As a market",
        "mc:hasBarrier": "Barrier of the markets",
        "mc:city": "Sit here",
        "mc:region": "Sit in the region",
        "mc:country": "Sit here",
        "mc:within": "Places within",
        "mc:visited": "Events that led here",
        "mc:inRole": "In this role",
        "mc:activeIn": "Active in it",
        "mc:knowsAbout": "Who knows about it",
        "mc:offersService": "Who offers it",
        "mc:neededBy": "Needs",
        "mc:answers": "Answered by",
        "mc:offersSector": "Cities that offer it",
        "mc:matchesSector": "Cities where it matches",
        "mc:marketSector": "Markets",
        "mc:agreementKind": "Agreements of this kind",
        "mc:openingKind": "Entry points of this kind",
        "mc:approachType": "Cities with this approach",
        "mc:measure": "Figures",
        "mc:party": "Is a party of",
        "mc:belongsTo": "Belong to it, directly or through others",
        "mc:formerMemberOf": "Former members",
        "org:memberOf": "Members",
        "org:hasMember": "Member of",
        "org:holds": "Held by",
        "org:heldBy": "Holds",
        "org:hasPost": "Post in",
        "skos:broader": "Narrower",
        "skos:narrower": "Part of",
        "skos:inScheme": "Concepts",
        "skos:related": "Related",
        "prov:hadPrimarySource": "Cited for",
        "prov:wasDerivedFrom": "Read from it",
        "rdf:type": "Things of this class",
        "rdfs:subClassOf": "Subclasses",
        "rdfs:subPropertyOf": "Subproperties",
        "rdfs:domain": "Properties that it can have",
        "rdfs:range": "Properties that lead to it",
        "mc:rowOf": "Rows",
    }.items()
}

# What has to do with a market, by the kind of thing.
IN_MARKET_KINDS = {
    "agreement": "Agreements",
    "event": "Missions and other events",
    "project": "Projects",
}

# The order of the groups on a page; others follow.
ORDER = list(
    dict.fromkeys(
        [
            *(reading.title for reading in READINGS.values() if reading.title != "Identity"),
            *IN_MARKET_KINDS.values(),
            *FORWARD.values(),
            *INVERSE.values(),
        ]
    )
)

# Said of a thing, and shown elsewhere than among its facts: in title, badges and citations.
HIDDEN = frozenset(
    expand_all(
        "rdf:type rdfs:label skos:prefLabel skos:altLabel foaf:name dcterms:description "
        "skos:definition skos:notation prov:hadPrimarySource prov:wasDerivedFrom mc:place mc:quote "
        "dcterms:isReplacedBy"
    )
)

# What is said of a thing stands in this order; the rest follows by label.
FIRST = expand_all(
    "mc:city mc:region mc:country mc:within schema:foundingDate schema:startDate "
    "schema:endDate mc:signed schema:validFrom schema:validThrough mc:agreementKind "
    "mc:visited mc:inMarket mc:marketPlace mc:marketSector mc:programme mc:activeIn "
    "mc:knowsAbout skos:broader skos:inScheme mc:speaks mc:value mc:upperValue mc:unit mc:date "
    "foaf:homepage schema:address schema:email schema:telephone"
)

# Shortcuts that are derived from the ties above or from their own inverse, which say it better:
# where nobody but the hub says them they are not shown.
COVERED = frozenset(
    expand_all(
        "org:memberOf org:hasMember mc:party org:holds org:heldBy org:hasPost mc:formerMemberOf "
        "skos:narrower"
    )
)
