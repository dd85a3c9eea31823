"""The question for which the hub is made, on the bundled sources, loaded by the real load."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from hub.access import PUBLIC
from hub.errors import NotFound
from hub.hub import Hub
from hub.paths.brokerage.question import find_brokers, set_rules
from hub.paths.introductions import (
    Terms,
    find_entry_points,
    introduce_parties,
    is_market,
    read_date,
)
from hub.paths.words import tell_ways
from hub.settings import read_settings

AT_THE_TIME = Terms(date(2014, 12, 31))


@pytest.fixture(scope="module")
def hub(bundled: Path) -> Iterator[Hub]:
    with Hub(read_settings(bundled), workers=1) as opened:
        yield opened


def test_from_a_company_in_piemonte_to_a_science_park_in_shanghai(hub: Hub) -> None:
    told = introduce_parties(hub, "Ephoran-MIS", "Zhangjiang Hi-Tech Park", AT_THE_TIME, PUBLIC)
    assert len(told.ways) >= 2
    best = told.ways[0]
    assert best.summary == ("Ephoran-MIS → Fabrizio Conicella → bioPmed → Zhangjiang Hi-Tech Park")
    president, coordinator, signed = (step.evidence[0] for step in best.steps)
    assert president.sentence == "Fabrizio Conicella is President of Ephoran-MIS."
    assert coordinator.sentence == "Fabrizio Conicella is Coordinator of bioPmed."
    assert "memorandum of understanding, May 2013" in signed.sentence
    for told_evidence in (president, coordinator, signed):
        (citation, *_) = told_evidence.citations
        assert citation.document
        assert citation.place
        assert citation.quote
        assert citation.sources[0].owner
    assert "signed MoU with the two main biotechnology parks" in signed.citations[0].quote
    assert best.ask.startswith("First ask Fabrizio Conicella")
    signatories = {way.summary.split(" → ")[-2] for way in told.ways}
    assert len(signatories) >= 2, "another signatory is another door"
    text = tell_ways(told)
    assert text.count("Fabrizio Conicella is President") == 1
    assert "as told under 1" in text


def test_twelve_years_later_the_same_way_is_weaker_and_says_why(hub: Hub) -> None:
    then = introduce_parties(hub, "Ephoran-MIS", "Zhangjiang Hi-Tech Park", AT_THE_TIME, PUBLIC)
    later = Terms(date(2026, 11, 21))
    now = introduce_parties(hub, "Ephoran-MIS", "Zhangjiang Hi-Tech Park", later, PUBLIC)
    assert now.ways[0].key == then.ways[0].key
    assert now.ways[0].score < then.ways[0].score / 10
    assert "find out first whether it still does" in now.ways[0].freshness
    assert "for 13 years" in now.ways[0].steps[2].arithmetic


def test_ways_of_the_show_piece_end_with_different_signatories(hub: Hub) -> None:
    told = introduce_parties(hub, "Ephoran-MIS", "Zhangjiang Hi-Tech Park", AT_THE_TIME, PUBLIC)
    signatories = [way.summary.split(" → ")[-2] for way in told.ways]
    assert len(set(signatories)) == len(signatories) == 3
    strong = [piece.sentence for way in told.ways for step in way.steps for piece in step.evidence]
    assert not any("Several cooperation agreements" in sentence for sentence in strong)


def test_a_name_of_another_kind_is_said_to_be_of_that_kind(hub: Hub) -> None:
    with pytest.raises(NotFound, match=r"is a city, not an organisation, person or post\."):
        introduce_parties(hub, "Ephoran-MIS", "Shanghai", AT_THE_TIME, PUBLIC)
    with pytest.raises(NotFound, match=r"Biocat is a cluster, not a market\."):
        find_entry_points(hub, "Ephoran-MIS", "Biocat", AT_THE_TIME, PUBLIC)
    assert is_market(hub, "China", PUBLIC)
    assert not is_market(hub, "Biocat", PUBLIC)


def test_entry_points_are_those_of_their_day(hub: Hub) -> None:
    before = Terms(date(2012, 1, 1))
    assert not find_entry_points(hub, "Ephoran-MIS", "China", before, PUBLIC).entry_points
    now = find_entry_points(hub, "Ephoran-MIS", "China", Terms(date(2026, 11, 21)), PUBLIC)
    last = now.entry_points[-1]
    assert last.label == "Sino-European BioPartnering event"
    assert "an occasion that passed in May 2013" in last.offers[0].kind
    assert last.way
    assert last.way.summary.endswith("→ Sino-European BioPartnering event")


def test_a_market_without_a_door_is_told_with_who_works_on_it(hub: Hub) -> None:
    told = find_entry_points(hub, "Picca", "Japan", Terms(date(2026, 11, 21)), PUBLIC)
    assert not told.entry_points
    text = " ".join(told.gap)
    assert "bioXclusters works on Japan (started)" in text
    assert "What is missing: a tie between CLEAN and bioXclusters" in text


def test_a_country_without_a_market_is_answered_as_one_without_a_door(hub: Hub) -> None:
    assert is_market(hub, "India", PUBLIC)
    told = find_entry_points(hub, "Ephoran-MIS", "India", AT_THE_TIME, PUBLIC)
    assert not told.entry_points
    text = " ".join(told.gap)
    assert "No market is known in India. None around it is known either" in text
    assert "a tie between Ephoran-MIS and anybody in India" in text
    assert "a source that records a market of India, and who opens it" in text
    told = find_entry_points(hub, "Ephoran-MIS", "Spain", AT_THE_TIME, PUBLIC)
    assert "No market is known in Spain. The nearest around it is Europe" in told.gap[0]
    assert told.entry_points[0].label == "Biocat"
    assert told.entry_points[0].offers[0].kind == "organisation of the market"
    china, market = (
        find_entry_points(hub, "Ephoran-MIS", place, AT_THE_TIME, PUBLIC)
        for place in ("country/CN", "China")
    )
    assert china.entry_points == market.entry_points
    assert not china.gap


def test_parties_that_nothing_ties(hub: Hub) -> None:
    told = introduce_parties(hub, "BioM", "Porta Futuro", AT_THE_TIME, PUBLIC)
    assert not told.ways
    assert any(sentence.startswith("What is missing: a tie between") for sentence in told.gap)
    with pytest.raises(NotFound):
        introduce_parties(hub, "Nobody at all", "BioM", AT_THE_TIME, PUBLIC)


def test_entry_points_into_china(hub: Hub) -> None:
    told = find_entry_points(hub, "Ephoran-MIS", "China", AT_THE_TIME, PUBLIC)
    labels = [point.label for point in told.entry_points]
    assert {"Zhangjiang Hi-Tech Park", "Shanghai Juke Biotech Park", "Gao Rong-Hui"} <= set(labels)
    assert "bioPmed" not in labels, "it is tied to China, but sits in Piemonte"
    assert all(point.way for point in told.entry_points[:3])
    assert all(offer.citations for offer in told.entry_points[0].offers)
    inward = find_entry_points(
        hub, "Zhangjiang Hi-Tech Park", "China", AT_THE_TIME, PUBLIC, inward=True
    )
    assert {"Biocat", "BioM", "bioPmed", "Lyonbiopole"} & {p.label for p in inward.entry_points}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2014", date(2014, 12, 31)),
        ("2014-02", date(2014, 2, 28)),
        ("2014-05-20", date(2014, 5, 20)),
    ],
)
def test_a_year_or_month_means_its_last_day(text: str, day: date) -> None:
    assert read_date(text) == day


def test_over_whom_the_ways_to_china_run(hub: Hub) -> None:
    told = find_brokers(hub, "China", set_rules(date(2014, 12, 31), 5, 12, 0.1), PUBLIC)
    first = told.brokers[0]
    assert first.label == "bioPmed"
    assert "bioPmed is the only link from Bioindustry Park Silvano Fumero" in first.sentences[0]
    assert any("Fabrizio Conicella is Coordinator" in s.evidence[0].sentence for s in first.steps)
    (market,) = told.markets
    assert (market.near, market.reached, market.members) == (10, 11, 13)
    assert market.proposals[0].party.label == "CLEAN"
    today = find_brokers(hub, "China", set_rules(date(2026, 11, 21), 5, 12, 0.1), PUBLIC)
    assert today.markets[0].near < market.near, "what nobody renewed has aged"


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        ("Nina Lakeberg", "Belius GmbH", "Nina Lakeberg is an affiliate of Belius GmbH."),
        ("Claire Skentelbery", "ERBI", "Claire Skentelbery worked for ERBI."),
        (
            "Claire Skentelbery",
            "Council of European BioRegions",
            "Claire Skentelbery is a helper in the creation of Council of European BioRegions.",
        ),
    ],
)
def test_roles_read_as_sentences(hub: Hub, one: str, other: str, sentence: str) -> None:
    told = introduce_parties(hub, one, other, AT_THE_TIME, PUBLIC)
    assert sentence in [piece.sentence for piece in told.ways[0].steps[0].evidence]


def test_every_sentence_is_cited_that_of_a_post_too(hub: Hub) -> None:
    doors = find_entry_points(hub, "Biocat", "China", AT_THE_TIME, PUBLIC).entry_points
    told = [
        piece
        for door in doors
        for step in (door.way.steps if door.way else ())
        for piece in step.evidence
    ]
    assert any("has the post" in piece.sentence for piece in told)
    assert [piece.sentence for piece in told if not piece.citations] == []
