"""What is read from the store, and what each piece of evidence weighs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from hub.errors import Invalid, Unavailable
from hub.paths.ages import Standing
from hub.paths.atlas import explain
from hub.paths.evidence import build_ties, middle, parse_date
from hub.paths.graph import TieGraph
from hub.paths.quads import Terms, pack, unite
from hub.paths.strength import StrengthTable, TieKind, read_table
from hub.paths.ties import EPOCH, Names
from hub.paths.view import Tie

from .worlds import HIDDEN, PUBLIC, TODAY, World, iri

Make = Callable[..., World]


def between(world: World, one: str, other: str, as_of: date = TODAY, *graphs: str) -> list[Tie]:
    view = world.ties.view(graphs or [PUBLIC], as_of)
    a, b = view.find(iri(one)), view.find(iri(other))
    return view.ties(a, b) if a is not None and b is not None else []


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2013", date(2013, 1, 1), date(2013, 12, 31)),
        ("2012-02", date(2012, 2, 1), date(2012, 2, 29)),
        ("2013-12", date(2013, 12, 1), date(2013, 12, 31)),
        ("2013-05-20", date(2013, 5, 20), date(2013, 5, 20)),
        ("2013-05-20T10:00:00Z", date(2013, 5, 20), date(2013, 5, 20)),
        ("2013+02:00", date(2013, 1, 1), date(2013, 12, 31)),
    ],
)
def test_dates_are_spans_of_days(text: str, first: date, last: date) -> None:
    assert parse_date(text) == (first.toordinal() - EPOCH, last.toordinal() - EPOCH)


@pytest.mark.parametrize(
    "text", ["", "May 2013", "2013-13", "2013-02-30", "13", "0000", "20130520"]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert parse_date(text) is None


def test_the_middle_of_a_year_is_its_second_of_july() -> None:
    span = parse_date("2013")
    assert span
    assert date.fromordinal(middle(span) + EPOCH) == date(2013, 7, 2)


def test_names_are_found_and_given_back(tmp_path: Path) -> None:
    texts = ["b", "a", "é/x", "", "aa", "http://example.org/z"]
    terms = Terms((f"<{text}>".encode(), number) for number, text in enumerate(texts))
    found, _ = unite([terms.part()])
    Names.save(tmp_path / "names", *pack(found, np.arange(len(texts))))
    names = Names(tmp_path / "names")
    assert [names[number] for number in range(len(texts))] == texts
    assert names.find_all(texts) == list(range(len(texts)))
    assert names.find("ab") is None
    assert names.find("zzz") is None


def test_the_table_holds_every_row_with_its_reason(world: Make) -> None:
    table = read_table(world(public="").select)
    assert {"post", "membership", "unit", "mou", "mission", "project", "visit", "introduction"} <= {
        kind.key for kind in table.kinds
    }
    assert all(kind.reason and kind.covers for kind in table.kinds)
    covered = [iri for kind in table.kinds for iri in kind.covers]
    assert len(covered) == len(set(covered))
    assert 0 < table.hand_over < 1
    assert {"mou", "deal"} <= table.narrow(["agreement"])
    with pytest.raises(Invalid, match=r"no kind of evidence “friend”.*Choose among: .*mou"):
        table.narrow(["friend"])


def test_a_store_without_the_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"table of the strength of ties is missing"):
        build_ties([], lambda query: [], tmp_path)  # noqa: ARG005


def test_evidence_with_one_party_ties_nobody_and_with_very_many_all(world: Make) -> None:
    crowd = " ".join(f"<i/{n}> mc:involves <o/{n}> ; mc:involvedIn <e/1> ." for n in range(3_000))
    made = world(
        public=f"<e/1> a mc:Conference . {crowd} <e/2> a mc:Mission . "
        "<i/a> mc:involves <o/alone> ; mc:involvedIn <e/2> ."
    )
    view = made.ties.view([PUBLIC], TODAY)
    assert view.find(iri("o/alone")) is None
    (tie,) = between(made, "o/1", "o/2999")
    assert tie.participants == 3_000
    assert tie.strength < made.ties.table.kind("event").base / 20


def test_a_missing_folder_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="hub load"):
        TieGraph.open(tmp_path / "nothing")


def test_an_agreement_ages_from_its_signature_and_is_shared_by_its_parties(world: Make) -> None:
    made = world(
        public="""
        <agreement/a> a mc:Agreement ; mc:agreementKind <concept/agreement-kind/mou> ;
            mc:signed "2010-07-01"^^xsd:date .
        <i/1> mc:involves <o/a> ; mc:involvedIn <agreement/a> .
        <i/2> mc:involves <o/b> ; mc:involvedIn <agreement/a> .
        <i/3> mc:involves <o/c> ; mc:involvedIn <agreement/a> .
        <i/4> mc:involves <o/d> ; mc:involvedIn <agreement/a> ."""
    )
    (tie,) = between(made, "o/a", "o/b")
    mou = made.ties.table.kind("mou")
    # Six years old with a half-life of six; four parties.
    assert tie.kind == mou
    assert tie.participants == 4
    assert tie.decay == pytest.approx(0.5, abs=0.001)
    assert tie.strength == pytest.approx(mou.base * 0.5 * (2 / 4) ** mou.discount, abs=0.001)
    assert tie.last_known == 2010
    assert not between(made, "o/a", "o/b", date(2010, 6, 30)), "not signed yet"
    (fresh,) = between(made, "o/a", "o/b", date(2010, 7, 1))
    assert fresh.decay == 1


def test_who_signed_with_somebody_unnamed_signed_on_the_same_side(world: Make) -> None:
    made = world(
        public="""
        <agreement/a> a mc:Agreement ; mc:agreementKind <concept/agreement-kind/mou> .
        <i/1> mc:involves <o/a> ; mc:involvedIn <agreement/a> .
        <i/2> mc:involves <o/b> ; mc:involvedIn <agreement/a> .
        <i/3> mc:unnamedParty "two more"@en ; mc:partyCount 2 ; mc:involvedIn <agreement/a> ."""
    )
    (tie,) = between(made, "o/a", "o/b")
    assert tie.kind.key == "co-signature"
    assert tie.participants == 4
    assert tie.kind.base < made.ties.table.kind("mou").base / 2


def test_what_one_passage_tells_counts_once(world: Make) -> None:
    def strength(second_place: str) -> float:
        made = world(
            public=f"""
            <m/1> a org:Membership ; org:member <p/p> ; org:organization <o/o> ;
                mc:inRole <concept/role/director> ; prov:hadPrimarySource <document/d> ;
                mc:place "p. 1" .
            <m/2> a mc:EndedMembership ; org:member <p/p> ; org:organization <o/o> ;
                prov:hadPrimarySource <document/d> ; mc:place "{second_place}" .
            <document/d> dcterms:issued "2016"^^xsd:gYear ."""
        )
        view = made.ties.view([PUBLIC], TODAY)
        ends = view.find(iri("p/p")), view.find(iri("o/o"))
        assert None not in ends
        best, other = between(made, "p/p", "o/o")
        assert best.counts
        assert other.counts == (second_place != "p. 1")
        both = view.strength(*ends)  # type: ignore[arg-type]
        alone, together = best.strength, 1 - (1 - best.strength) * (1 - other.strength)
        assert both == pytest.approx(together if other.counts else alone)
        return both

    assert strength("p. 1") < strength("p. 2")


MEMBERSHIP = """<m/1> a org:Membership ; org:member <p/p> ; org:organization <o/o> %s .
<document/d> dcterms:issued "2014-07-02"^^xsd:date ."""


@pytest.mark.parametrize(
    ("facts", "standing", "years"),
    [
        ('; schema:startDate "2009"^^xsd:gYear', Standing.DATED, 7),
        ('; schema:startDate "2009"^^xsd:gYear ; prov:hadPrimarySource <document/d>', "STATED", 2),
        ("; prov:hadPrimarySource <document/d>", Standing.STATED, 2),
        ('; schema:startDate "2001"^^xsd:gYear ; schema:endDate "2012"^^xsd:gYear', "ENDED", 4),
        ('; schema:endDate "2030"^^xsd:gYear', Standing.IN_FORCE, 0),
        ('; schema:startDate "2012"^^xsd:gYear ; schema:endDate "2002"^^xsd:gYear', "ENDED", 4),
        ("", Standing.UNDATED, 10),
        ("; a mc:EndedMembership ; prov:hadPrimarySource <document/d>", "ENDED_SOMETIME", 2),
    ],
)
def test_a_state_is_as_old_as_it_was_last_known(
    world: Make, facts: str, standing: Standing | str, years: float
) -> None:
    made = world(public=MEMBERSHIP % facts)
    (tie,) = between(made, "p/p", "o/o")
    wanted = Standing[standing] if isinstance(standing, str) else standing
    assert tie.standing == wanted
    assert tie.age == pytest.approx(years, abs=0.02)
    kind = made.ties.table.kind("membership")
    older = 1 if wanted == Standing.ENDED_SOMETIME else 0
    halves = years / kind.half_life + older
    assert tie.strength == pytest.approx(kind.base * 2**-halves, rel=0.01)


def test_a_document_without_a_date_is_as_late_as_what_it_reports(world: Make) -> None:
    undated = MEMBERSHIP.replace("d> dcterms:issued", "other> dcterms:issued")
    report = """
        <event/e> a schema:Event ; schema:startDate "%s"^^xsd:gYear ;
            prov:hadPrimarySource <document/d> .
        <i/1> mc:involves <o/a> ; mc:involvedIn <event/e> ."""
    fact = "; prov:hadPrimarySource <document/d>"
    (older,) = between(world(public=undated % fact + report % 2010), "p/p", "o/o")
    assert older.standing == Standing.MENTIONED
    assert older.last_known == 2010
    assert older.age == pytest.approx(6, abs=0.02)
    newer = world(public=undated % fact + report % 2013)
    assert between(newer, "p/p", "o/o")[0].strength > older.strength
    assert not between(newer, "p/p", "o/o", date(2012, 12, 31)), "nobody had said so yet"
    hidden = world(public=undated % fact, hidden=report % 2013)
    assert between(hidden, "p/p", "o/o")[0].standing == Standing.UNDATED


def test_what_is_planned_dates_no_document(world: Make) -> None:
    made = world(
        public="""
        <m/1> a org:Membership ; org:member <p/p> ; org:organization <o/o> ;
            prov:hadPrimarySource <document/d> .
        <event/e> a schema:Event ; schema:startDate "2190"^^xsd:gYear ;
            prov:hadPrimarySource <document/d> .
        <i/1> mc:involves <o/a> ; mc:involvedIn <event/e> ."""
    )
    assert between(made, "p/p", "o/o")[0].standing == Standing.UNDATED


def test_a_document_that_says_only_before_what_it_cannot_have_been_written(world: Make) -> None:
    made = world(
        public="""
        <m/now> a org:Membership ; org:member <p/p> ; org:organization <o/now> ;
            prov:hadPrimarySource <document/d> .
        <m/old> a mc:EndedMembership ; org:member <p/p> ; org:organization <o/old> ;
            schema:startDate "2008"^^xsd:gYear ; schema:endDate "2012"^^xsd:gYear ;
            prov:hadPrimarySource <document/d> .
        <m/since> a org:Membership ; org:member <p/p> ; org:organization <o/since> ;
            schema:startDate "2010"^^xsd:gYear ; prov:hadPrimarySource <document/d> .
        <document/d> mc:notBefore "2014"^^xsd:gYear ."""
    )
    (now,), (old,) = between(made, "p/p", "o/now"), between(made, "p/p", "o/old")
    assert now.standing == Standing.MENTIONED
    assert now.last_known == 2014
    assert old.last_known == 2012
    assert now.strength > old.strength, "what is present does not age like what is over"
    assert "since a document of 2014 or later stated it" in explain(now)
    early = date(2011, 1, 1)
    assert between(made, "p/p", "o/since", early), "its own record dates it earlier"
    assert not between(made, "p/p", "o/now", early)


def test_the_narrowest_kind_and_the_best_role_count(world: Make) -> None:
    made = world(
        public="""
        <project/p> a mc:Project ; schema:startDate "2016-07-01"^^xsd:date .
        <i/1> mc:involves <o/a> ; mc:involvedIn <project/p> ; mc:inRole <concept/role/partner> .
        <i/2> mc:involves <o/f> ; mc:involvedIn <project/p> ; mc:inRole <concept/role/funder> .
        <i/3> mc:involves <o/b> ; mc:involvedIn <project/p> ; mc:inRole <concept/role/funder> .
        <i/4> mc:involves <o/b> ; mc:involvedIn <project/p> ; mc:inRole <concept/role/partner> .
        <m/1> a org:Membership ; org:member <o/a> ; org:organization <o/u> ;
            mc:inRole <concept/role/unit> ."""
    )
    assert between(made, "o/a", "o/u")[0].kind.key == "unit"
    assert between(made, "o/a", "o/b")[0].role_weight == 1
    funded = between(made, "o/a", "o/f")[0]
    assert funded.role_weight == made.ties.table.roles[iri("concept/role/funder")] < 1
    assert funded.participants == 3, "one who is in it in two roles is one"


def test_a_post_outlives_its_holder_and_leads_nowhere_else(world: Make) -> None:
    made = world(
        public="""
        <post/desk> a org:Post ; rdfs:label "international desk" ; org:postIn <o/o> .
        <m/1> a mc:EndedMembership ; org:member <p/old> ; org:organization <o/o> ;
            mc:post <post/desk> ; schema:endDate "2010"^^xsd:gYear .
        <m/2> a org:Membership ; org:member <p/new> ; org:organization <o/o> ;
            mc:post <post/desk> ; schema:startDate "2010"^^xsd:gYear .
        <p/old> a foaf:Person . <p/new> a foaf:Person ."""
    )
    (seat,) = between(made, "o/o", "post/desk")[:1]
    assert seat.kind.key == "seat"
    (held,) = between(made, "p/new", "post/desk")
    assert held.participants == 2, "the post itself is no company"
    view = made.ties.view([PUBLIC], TODAY)
    assert view.sort[view.find(iri("post/desk")) or 0] == 3


def test_hidden_graphs_count_for_nothing(world: Make) -> None:
    public = """
        <event/e> a schema:Event .
        <i/1> mc:involves <o/a> ; mc:involvedIn <event/e> .
        <i/2> mc:involves <o/b> ; mc:involvedIn <event/e> ."""
    hidden = """
        <event/e> a mc:Mission ; schema:startDate "2016-06"^^xsd:gYearMonth .
        <i/3> mc:involves <o/c> ; mc:involvedIn <event/e> .
        <o/a> a mc:Cluster ."""
    both, alone = world(public=public, hidden=hidden), world(public=public)
    seen, expected = between(both, "o/a", "o/b"), between(alone, "o/a", "o/b")
    assert seen == expected
    assert seen[0].kind.key == "event"
    assert seen[0].standing == Standing.UNDATED
    assert both.ties.view([PUBLIC], TODAY).find(iri("o/c")) is None
    assert both.ties.latest([PUBLIC]) == alone.ties.latest([PUBLIC])
    everything = between(both, "o/a", "o/b", TODAY, PUBLIC, HIDDEN)
    assert everything[0].kind.key == "mission"
    assert everything[0].participants == 3


def test_a_table_row_with_an_impossible_figure_is_refused(world: Make, tmp_path: Path) -> None:
    made = world(public="")
    kind = TieKind("x", "x", 0.5, 1.0, 0.0, False, "why", ("urn:x",))
    table = StrengthTable((kind,), {}, {}, 0.9)
    table.save(tmp_path / "s.json")
    rows = [
        dict(row)
        for row in made.select(
            "SELECT ?row ?property ?value WHERE { GRAPH ?g { ?row a "
            "<https://w3id.org/metacluster/ns#TieKind> ; ?property ?value } }"
        )
    ]
    for row in rows:
        if row["property"].value.endswith("tieHalfLife"):
            row["value"] = type(row["value"])("literal", "0")
    with pytest.raises(Unavailable):
        read_table(lambda query: rows)  # noqa: ARG005
