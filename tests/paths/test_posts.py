"""Posts outlive their holders: as ends of ways, and as what they lead through."""

from __future__ import annotations

import json
from collections.abc import Callable

from hub.paths.ways import find_ways
from hub.paths.words import describe

from .worlds import PUBLIC, TODAY, World, iri

SUCCESSION = """
<o/us> a org:Organization ; rdfs:label "Us" . <o/house> a org:Organization ; rdfs:label "House" .
<o/them> a org:Organization ; rdfs:label "Them" .
<p/zoe> a foaf:Person ; rdfs:label "Zoe" . <p/yan> a foaf:Person ; rdfs:label "Yan" .
<post/desk> a org:Post ; rdfs:label "International desk" ; org:postIn <o/house> .
<m/zoe> a org:Membership ; org:member <p/zoe> ; org:organization <o/house> ; mc:post <post/desk> ;
    schema:startDate "2010"^^xsd:gYear ; schema:endDate "2014-06"^^xsd:gYearMonth .
<m/yan> a org:Membership ; org:member <p/yan> ; org:organization <o/house> ; mc:post <post/desk> ;
    schema:startDate "2014-07"^^xsd:gYearMonth .
<m/us> a org:Membership ; org:member <o/us> ; org:organization <o/house> .
<e/visit> a mc:Mission ; rdfs:label "Visit" ; schema:startDate "DAY"^^xsd:date .
<n/1> mc:involvedIn <e/visit> ; mc:involves <p/zoe> .
<n/2> mc:involvedIn <e/visit> ; mc:involves <o/them> .
"""


def ask(made: World, start: str, target: str, **rules: object) -> list[str]:
    found = find_ways(
        made.ties,
        iri(start),
        iri(target),
        graphs=[PUBLIC],
        as_of=TODAY,
        **rules,  # type: ignore[arg-type]
    )
    return [way.summary for way in describe(found, made.seeing(PUBLIC)).ways]


def test_a_way_leads_to_a_post_and_says_who_holds_it_today(world: Callable[..., World]) -> None:
    made = world(public=SUCCESSION.replace("DAY", "2013-05-01"))
    ways = find_ways(made.ties, iri("o/us"), iri("post/desk"), graphs=[PUBLIC], as_of=TODAY)
    told = describe(ways, made.seeing(PUBLIC))
    assert told.ways[0].summary == "Us → House → International desk of House"
    sentence = "House has the post ‘International desk’, held by Yan on 1 July 2016."
    assert sentence in [evidence.sentence for evidence in told.ways[0].steps[-1].evidence]
    assert told.ways[0].ask.endswith("International desk of House is held by Yan on 1 July 2016.")
    assert sentence in json.dumps(told.as_dict(), default=str, ensure_ascii=False)
    held = [
        (one["post"], one["label"], one["begin"], one["end"], one["today"])
        for one in told.as_dict()["ways"][0]["holders"]
    ]
    desk = iri("post/desk")
    assert held == [(desk, "Zoe", "2010", "2014-06", False), (desk, "Yan", "2014-07", "", True)]


def test_who_was_last_heard_of_years_ago_is_told_with_the_year(
    world: Callable[..., World],
) -> None:
    yan = '<m/yan> prov:hadPrimarySource <d> . <d> dcterms:issued "YEAR"^^xsd:gYear .'
    for said, held in (
        ("", "(as of 2014)"),
        (yan.replace("YEAR", "2017"), "(as of 2017)"),
        (yan.replace("YEAR", "2021"), "on 1 July 2022"),
    ):
        made = world(public=SUCCESSION.replace("DAY", "2013-05-01") + said)
        day = TODAY.replace(year=2022)
        ways = find_ways(made.ties, iri("o/us"), iri("post/desk"), graphs=[PUBLIC], as_of=day)
        told = describe(ways, made.seeing(PUBLIC)).ways[0]
        assert told.ask.endswith(f"International desk of House is held by Yan {held}.")


def test_a_post_named_after_its_house_is_not_named_after_it_twice(
    world: Callable[..., World],
) -> None:
    named = SUCCESSION.replace("International desk", "House’s desk").replace("DAY", "2013-05-01")
    assert ask(world(public=named), "o/us", "post/desk")[0] == "Us → House → House’s desk"
    other = SUCCESSION.replace("International desk", "Household").replace("DAY", "2013-05-01")
    assert ask(world(public=other), "o/us", "post/desk")[0] == "Us → House → Household of House"


def test_what_was_done_in_office_stays_with_the_post(world: Callable[..., World]) -> None:
    made = world(public=SUCCESSION.replace("DAY", "2013-05-01"))
    ways = find_ways(made.ties, iri("o/us"), iri("o/them"), graphs=[PUBLIC], as_of=TODAY)
    told = describe(ways, made.seeing(PUBLIC)).ways[0]
    assert told.summary == "Us → House → International desk of House → Them"
    assert told.steps[-1].evidence[0].sentence == (
        "International desk of House (then held by Zoe, on 1 July 2016 by Yan) and Them took part "
        "in ‘Visit’ (mission, 1 May 2013)."
    )
    without = find_ways(
        made.ties, iri("o/us"), iri("o/them"), graphs=[PUBLIC], as_of=TODAY, avoid=[iri("p/zoe")]
    )
    assert without.ways[0].key == told.key, "it is counted by the post, not by its former holder"


def test_a_way_that_a_rule_stops_may_lead_through_a_post(world: Callable[..., World]) -> None:
    made = world(public=SUCCESSION.replace("DAY", "2013-05-01"))
    ends, seen = (iri("o/us"), iri("o/them")), {"graphs": [PUBLIC], "as_of": TODAY}
    (way,) = find_ways(made.ties, *ends, avoid=[iri("p/zoe")], **seen).ways
    steps = len(way.steps)
    short = find_ways(made.ties, *ends, avoid=[iri("p/zoe")], hops=steps - 1, **seen)
    assert not short.ways
    assert short.gap
    assert [(rule.rule, rule.steps) for rule in short.gap.rules][:1] == [("hops", steps)]


def test_what_was_done_before_or_after_is_not_the_post_s(world: Callable[..., World]) -> None:
    for day in ("2009-12-31", "2014-07-01", "2016-01-01"):
        made = world(public=SUCCESSION.replace("DAY", day))
        assert not any("desk" in way for way in ask(made, "o/us", "o/them")), day


def test_nobody_is_reached_through_who_held_the_post_before(world: Callable[..., World]) -> None:
    made = world(public=SUCCESSION.replace("DAY", "2013-05-01"))
    for way in ask(made, "p/zoe", "p/yan"):
        assert "Zoe → International desk" not in way
        assert "desk of House → Yan" not in way
    assert ask(made, "p/yan", "o/them", avoid=[iri("o/house")]) == []


def test_whose_post_has_no_holder_is_still_reached(world: Callable[..., World]) -> None:
    text = SUCCESSION.replace("DAY", "2013-05-01").partition("<m/yan>")
    rest = text[2].partition(".\n")[2]
    made = world(public=text[0] + rest)
    told = find_ways(made.ties, iri("o/us"), iri("o/them"), graphs=[PUBLIC], as_of=TODAY)
    step = describe(told, made.seeing(PUBLIC)).ways[0].steps[-1]
    assert "then held by Zoe, on 1 July 2016 by nobody that is known" in step.evidence[0].sentence
