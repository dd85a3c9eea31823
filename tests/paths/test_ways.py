"""Ways on a small world that looks like the real one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from hub.errors import Invalid
from hub.paths.search import Cut, find_several
from hub.paths.ways import find_ways
from hub.paths.words import describe, tell_ways

from .worlds import HIDDEN, PUBLIC, TODAY, World, iri

Make = Callable[..., World]

SHANGHAI = """
<o/ephoran> a mc:SME ; rdfs:label "Ephoran-MIS" .
<p/conicella> a foaf:Person ; rdfs:label "Fabrizio Conicella" .
<o/biopmed> a mc:Cluster ; rdfs:label "bioPmed" .
<o/biocat> a mc:Cluster ; rdfs:label "Biocat" .
<o/cebr> a mc:Network ; rdfs:label "CEBR" .
<o/park> a mc:SciencePark ; rdfs:label "Zhangjiang Hi-Tech Park" .
<o/island> a mc:Hospital ; rdfs:label "Island Hospital" .
<o/islet> a org:Organization ; rdfs:label "Islet" .
<post/president> a org:Post ; rdfs:label "President of Ephoran-MIS"@en ; org:postIn <o/ephoran> .
<m/1> a org:Membership ; org:member <p/conicella> ; org:organization <o/ephoran> ;
    mc:post <post/president> ; prov:hadPrimarySource <document/dynamics> ;
    mc:place "About the authors" ; mc:quote "President of Ephoran-MIS"@en .
<m/2> a org:Membership ; org:member <p/conicella> ; org:organization <o/biopmed> ;
    mc:inRole <concept/role/coordinator> ; prov:hadPrimarySource <document/dynamics> .
<m/3> a org:Membership ; org:member <p/conicella> ; org:organization <o/cebr> ;
    mc:inRole <concept/role/member> ; prov:hadPrimarySource <document/dynamics> .
<m/4> a org:Membership ; org:member <o/biocat> ; org:organization <o/cebr> ;
    mc:inRole <concept/role/member> ; prov:hadPrimarySource <document/dynamics> .
<m/5> a org:Membership ; org:member <o/islet> ; org:organization <o/island> .
<document/dynamics> rdfs:label "Group Dynamics" ; dcterms:issued "2014"^^xsd:gYear .
<a/1> a mc:Agreement ; rdfs:label "MoU with Zhangjiang"@en ; mc:signed "2013-05"^^xsd:gYearMonth ;
    mc:agreementKind <concept/agreement-kind/mou> .
<i/1> mc:involves <o/biopmed> ; mc:involvedIn <a/1> ; prov:hadPrimarySource <document/handbook> ;
    mc:place "ch. 4" ; mc:quote "signed MoU with the two main biotechnology parks"@en .
<i/2> mc:involves <o/park> ; mc:involvedIn <a/1> ; prov:hadPrimarySource <document/handbook> .
<i/3> mc:involves <o/biocat> ; mc:involvedIn <a/1> .
<document/handbook> rdfs:label "Handbook" ; dcterms:issued "2013"^^xsd:gYear .
<https://example.org/graph/public> rdfs:label "People of bioPmed" ; mc:owner "bioPmed" .
"""
ENDS = (iri("o/ephoran"), iri("o/park"))


@pytest.fixture(scope="module")
def shanghai() -> World:
    secret = """<m/9> a org:Membership ; org:member <p/conicella> ; org:organization <o/park> .
    <o/secret> rdfs:label "Secret" . <i/9> mc:involves <o/secret> ; mc:involvedIn <a/1> ."""
    return World(Path(tempfile.mkdtemp()), public=SHANGHAI, hidden=secret)


def test_two_ways_each_told_with_evidence_date_and_source(shanghai: World) -> None:
    ways = find_ways(shanghai.ties, *ENDS, graphs=[PUBLIC], as_of=TODAY)
    told = describe(ways, shanghai.seeing(PUBLIC))
    assert [way.summary for way in told.ways] == [
        "Ephoran-MIS → Fabrizio Conicella → bioPmed → Zhangjiang Hi-Tech Park",
        "Ephoran-MIS → Fabrizio Conicella → CEBR → Biocat → Zhangjiang Hi-Tech Park",
    ]
    sentences = [step.evidence[0].sentence for step in told.ways[0].steps]
    assert sentences == [
        "Fabrizio Conicella is President of Ephoran-MIS.",
        "Fabrizio Conicella is coordinator of bioPmed.",
        "bioPmed and Zhangjiang Hi-Tech Park are parties to ‘MoU with Zhangjiang’ "
        "(memorandum of understanding, May 2013), with 1 other party.",
    ]
    text = tell_ways(told)
    assert "Handbook, ch. 4: “signed MoU with the two main biotechnology parks”" in text
    assert "‘People of bioPmed’ of bioPmed" in text
    assert "to introduce Ephoran-MIS to bioPmed, and on to Zhangjiang Hi-Tech Park, because" in text
    first = ways.ways[0]
    product = first.steps[0].strength * first.steps[1].strength * first.steps[2].strength
    assert first.score == pytest.approx(product * shanghai.ties.table.hand_over**2)
    assert first.weakest.target == ENDS[1]
    assert ways.ways[0].key != ways.ways[1].key
    again = find_ways(shanghai.ties, *ENDS, graphs=[PUBLIC], as_of=date(2015, 1, 1), k=1)
    assert again.ways[0].key == first.key, "the same chain has the same name on any day"


def test_avoid_require_and_kinds(shanghai: World) -> None:
    def chains(**rules: object) -> list[tuple[str, ...]]:
        found = find_ways(shanghai.ties, *ENDS, graphs=[PUBLIC], as_of=TODAY, **rules)  # type: ignore[arg-type]
        return [way.parties for way in found.ways]

    short, long = chains()
    assert chains(avoid=[iri("o/biopmed")]) == [long]
    assert long in chains(require=[iri("o/biocat")])
    assert all(iri("o/biocat") in chain for chain in chains(require=[iri("o/biocat")]))
    assert chains(k=1) == [short]
    assert chains(hops=3) == [short]
    assert chains(kinds=["membership"]) == []
    assert chains(lens="new-ground")[0] == short


@pytest.mark.parametrize(
    ("rules", "rule"),
    [
        ({"hops": 2}, "hops"),
        ({"as_of": date(2013, 4, 30)}, "as-of"),
        ({"kinds": ["membership"]}, "kinds"),
        ({"avoid": [iri("p/conicella")]}, "avoid"),
        ({"require": [iri("o/cebr")], "avoid": [iri("o/biocat")]}, "require"),
        ({"hops": 2, "kinds": ["membership"]}, "all"),
    ],
)
def test_when_there_is_no_way_the_rule_in_its_way_is_named(
    shanghai: World, rules: dict[str, object], rule: str
) -> None:
    question = {"as_of": TODAY, **rules}
    ways = find_ways(shanghai.ties, *ENDS, graphs=[PUBLIC], **question)  # type: ignore[arg-type]
    assert not ways.ways
    assert ways.gap
    assert rule in {relaxed.rule for relaxed in ways.gap.rules}
    told = describe(ways, shanghai.seeing(PUBLIC))
    assert any("What is missing" in sentence for sentence in told.gap)


def test_the_nearest_offices_and_the_missing_tie(shanghai: World) -> None:
    ways = find_ways(shanghai.ties, ENDS[0], iri("o/island"), graphs=[PUBLIC], as_of=TODAY)
    assert ways.gap
    assert ways.gap.rules == (), "nothing but a new tie would help"
    assert ways.gap.missing == (iri("o/biopmed"), iri("o/island"), 3)
    told = describe(ways, shanghai.seeing(PUBLIC))
    assert "a tie between bioPmed and Island Hospital; it would open a way of 3 steps" in "".join(
        told.gap
    )


def test_where_nobody_introduces_by_office_those_best_tied_are_named(world: Make) -> None:
    made = world(
        public="""
        <o/a> rdfs:label "A" . <o/b> rdfs:label "B" . <o/c> rdfs:label "C" . <o/d> rdfs:label "D" .
        <m/1> a org:Membership ; org:member <o/a> ; org:organization <o/c> .
        <m/2> a org:Membership ; org:member <o/b> ; org:organization <o/d> ."""
    )
    ways = find_ways(made.ties, iri("o/a"), iri("o/b"), graphs=[PUBLIC], as_of=TODAY)
    assert describe(ways, made.seeing(PUBLIC)).gap[-1].endswith("best: A to C; B to D.")


def test_ways_differ_in_their_last_door_before_they_lengthen_the_same(world: Make) -> None:
    made = world(
        public="""
        <m/1> a org:Membership ; org:member <o/a> ; org:organization <p/x> .
        <m/2> a org:Membership ; org:member <p/x> ; org:organization <o/one> .
        <m/3> a org:Membership ; org:member <p/x> ; org:organization <o/long> .
        <m/4> a org:Membership ; org:member <o/long> ; org:organization <o/one> .
        <m/5> a mc:EndedMembership ; org:member <p/x> ; org:organization <o/two> .
        <m/6> a org:Membership ; org:member <o/one> ; org:organization <o/b> .
        <m/7> a mc:EndedMembership ; org:member <o/two> ; org:organization <o/b> ."""
    )

    def doors(k: int) -> list[str]:
        ways = find_ways(made.ties, iri("o/a"), iri("o/b"), graphs=[PUBLIC], as_of=TODAY, k=k).ways
        return [way.parties[-2].removeprefix(iri("o/")) for way in ways]

    assert doors(1) == ["one"]
    assert doors(2) == ["one", "two"], "not by Long, though that is the stronger way"
    assert sorted(doors(3)) == ["one", "one", "two"]


def test_who_has_no_tie_is_told_where_to_start(world: Make) -> None:
    lonely = """
        <o/lone> a org:Organization ; rdfs:label "Lone" ; mc:city <place/de-berlin> ;
            prov:hadPrimarySource <document/d> ; mc:place "p. 4" .
        <o/near> a org:Organization ; rdfs:label "Near" ; mc:city <place/de-berlin> .
        <o/beside> a org:Organization ; rdfs:label "Beside" ;
            prov:hadPrimarySource <document/d> ; mc:place "p. 4" .
        <place/de-berlin> rdfs:label "Berlin" . <document/d> rdfs:label "Study" ."""
    made = world(public=SHANGHAI + lonely)
    ways = find_ways(made.ties, iri("o/lone"), ENDS[1], graphs=[PUBLIC], as_of=TODAY)
    gap = describe(ways, made.seeing(PUBLIC)).gap
    assert gap[:3] == (
        "No tie of Lone to anybody is known in what you may see.",
        "A place to start: ‘Study’, beside Beside.",
        "A place to start: ‘Berlin’, beside Near.",
    )
    assert any(
        sentence.startswith("What is missing: any first tie of Lone; one to") for sentence in gap
    )


def test_hidden_evidence_never_shows(shanghai: World) -> None:
    alone = World(Path(tempfile.mkdtemp()), public=SHANGHAI)
    for target in (ENDS[1], iri("o/island"), iri("o/secret"), iri("o/never-heard-of")):
        seen, expected = (
            describe(
                find_ways(world.ties, ENDS[0], target, graphs=[PUBLIC], as_of=TODAY),
                world.seeing(PUBLIC),
            ).as_dict()
            for world in (shanghai, alone)
        )
        assert seen == expected
    hidden, absent = (
        find_ways(shanghai.ties, ENDS[0], iri(name), graphs=[PUBLIC], as_of=TODAY).gap
        for name in ("o/secret", "o/absent")
    )
    assert hidden
    assert absent
    assert (hidden.tied, hidden.reached, hidden.rules) == (
        absent.tied,
        absent.reached,
        absent.rules,
    )
    insider = find_ways(shanghai.ties, *ENDS, graphs=[PUBLIC, HIDDEN], as_of=TODAY)
    assert len(insider.ways[0].parties) == 3


@pytest.mark.parametrize(
    "rules",
    [
        {"k": 0},
        {"k": 10_000},
        {"hops": 0},
        {"hops": 99},
        {"lens": "rosy"},
        {"kinds": ["friend"]},
        {"avoid": [ENDS[1]]},
        {"require": [iri(f"o/{n}") for n in range(4)]},
    ],
)
def test_bad_questions_are_refused(shanghai: World, rules: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        find_ways(shanghai.ties, *ENDS, graphs=[PUBLIC], as_of=TODAY, **rules)  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="the same"):
        find_ways(shanghai.ties, ENDS[0], ENDS[0], graphs=[PUBLIC], as_of=TODAY)


def test_what_was_found_before_the_search_was_cut_stands(
    shanghai: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = find_ways(shanghai.ties, *ENDS, graphs=[PUBLIC], as_of=TODAY, k=3)

    def tire(*asked: Any, **rules: Any) -> Iterator[tuple[int, ...]]:
        yield from islice(find_several(*asked, **rules), 1)
        raise Cut

    monkeypatch.setattr("hub.paths.ways.find_several", tire)
    ways = find_ways(shanghai.ties, *ENDS, graphs=[PUBLIC], as_of=TODAY, k=3)
    assert (ways.cut, whole.cut, ways.gap) == (True, False, None)
    assert len(whole.ways) > 1
    assert ways.ways == whole.ways[:1]


@pytest.mark.parametrize(
    ("day", "verdict"),
    [(date(2014, 2, 1), "strong"), (TODAY, "fair"), (date(2026, 1, 1), "weak, mostly for its age")],
)
def test_how_strong_a_way_is_is_said_in_words(shanghai: World, day: date, verdict: str) -> None:
    ways = find_ways(shanghai.ties, *ENDS, graphs=[PUBLIC], as_of=day)
    assert ways.ways[0].verdict == verdict
    text = tell_ways(describe(ways, shanghai.seeing(PUBLIC)))
    assert f"connectors: {verdict}" in text


def test_a_weak_way_says_what_makes_it_so(world: Make) -> None:
    parties = "".join(f"<o/{name}> a org:Organization ." for name in "abcdef")
    pact = """<a/{0}{1}> a mc:Agreement ; mc:signed "2016-06-30"^^xsd:date .
        <i/{0}{1}1> mc:involves <o/{0}> ; mc:involvedIn <a/{0}{1}> .
        <i/{0}{1}2> mc:involves <o/{1}> ; mc:involvedIn <a/{0}{1}> ."""
    met = pact.replace("mc:Agreement", "schema:Event").replace("mc:signed", "schema:startDate")
    long = parties + "".join(met.format(*pair) for pair in ("ab", "bc", "cd", "de", "ef"))
    crowd = parties + pact.format("a", "b")
    crowd += """<e/1> a schema:Event ; schema:startDate "2016-06-30"^^xsd:date .
        <n/b> mc:involves <o/b> ; mc:involvedIn <e/1> .
        <n/f> mc:involves <o/f> ; mc:involvedIn <e/1> ."""
    crowd += "".join(f"<n/{n}> mc:involves <x/{n}> ; mc:involvedIn <e/1> ." for n in range(300))
    for text, verdict in (
        (long, "weak, for all its steps together"),
        (crowd, "weak, mostly for its weakest step"),
    ):
        ties = world(public=text).ties
        ends = (iri("o/a"), iri("o/f"))
        (way, *_) = find_ways(ties, *ends, graphs=[PUBLIC], as_of=TODAY).ways
        assert way.verdict == verdict


def test_however_old_a_tie_is_next_to_nothing_and_not_unknown(shanghai: World) -> None:
    ways = find_ways(shanghai.ties, *ENDS, graphs=[PUBLIC], as_of=date(9999, 12, 31)).ways
    assert ways
    assert ways[0].score < 1e-9
    assert ways[0].verdict == "weak, mostly for its age"


def test_before_everything_only_the_undated_is_known(shanghai: World) -> None:
    ways = find_ways(shanghai.ties, *ENDS, graphs=[PUBLIC], as_of=date(1, 1, 1))
    assert ways.gap
    assert ways.gap.tied == (True, False), "of the company, that it has the post of a president"


def test_who_has_the_same_name_is_told_apart(world: Make) -> None:
    made = world(
        public="""
        <p/one> a foaf:Person ; rdfs:label "Anna Rossi" ; mc:country <country/IT> .
        <p/two> a foaf:Person ; rdfs:label "Anna Rossi" .
        <country/IT> rdfs:label "Italy"@en .
        <m/1> a org:Membership ; org:member <p/one> ; org:organization <o/x> .
        <m/2> a org:Membership ; org:member <p/two> ; org:organization <o/x> ."""
    )
    ways = find_ways(made.ties, iri("p/one"), iri("p/two"), graphs=[PUBLIC], as_of=TODAY)
    told = describe(ways, made.seeing(PUBLIC))
    assert told.ways[0].summary.startswith("Anna Rossi (Italy) → ")
    assert told.ways[0].summary.endswith(" → Anna Rossi (two)")


def test_the_connector_s_person_is_asked_first(world: Make) -> None:
    made = world(
        public="""
        <o/firm> rdfs:label "Firm" . <o/hub> a mc:Cluster ; rdfs:label "Hub" .
        <o/goal> rdfs:label "Goal" . <p/head> a foaf:Person ; rdfs:label "Ada Head" .
        <p/gone> a foaf:Person ; rdfs:label "Bo Gone" .
        <post/1> a org:Post ; rdfs:label "Director"@en ; org:postIn <o/hub> .
        <m/1> a org:Membership ; org:member <o/firm> ; org:organization <o/hub> .
        <m/2> a org:Membership ; org:member <o/goal> ; org:organization <o/hub> .
        <m/3> a org:Membership ; org:member <p/head> ; org:organization <o/hub> ; mc:post <post/1> .
        <m/4> a org:Membership ; org:member <p/gone> ; org:organization <o/hub> ; mc:post <post/1> ;
            schema:endDate "2016-06"^^xsd:gYearMonth ."""
    )
    ways = find_ways(made.ties, iri("o/firm"), iri("o/goal"), graphs=[PUBLIC], as_of=TODAY)
    told = describe(ways, made.seeing(PUBLIC))
    assert told.ways[0].ask == (
        "First ask Ada Head (Hub) to introduce Firm to Goal, because Goal is a member of Hub. "
        "Ada Head is Director of Hub."
    )
