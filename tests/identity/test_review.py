"""What a judgement records and whom it joins: nothing hidden, nobody with an organisation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.access import PUBLIC, Viewer
from hub.cli.matching import choose_sure
from hub.errors import Refused
from hub.hub import Hub
from hub.identity.names import Clusters
from hub.pages.candidates import choose_level, find_pairs
from hub.pages.identity import find_ends, simplify, tell_reason
from hub.pages.parts import Fact, Text
from hub.pages.reader import Reader
from hub.publishing.loading import load
from hub.questions import read_library
from hub.settings import resource_folder
from tests.identity.test_candidates import judged, pair
from tests.publishing.world import settings, write_judgements, write_source
from tests.web.conftest import DESCRIPTION

GAMMA = Viewer("partner", "gamma")
NAME = "Blue Ocean Shipping"
PERSON = f"""\
<https://w3id.org/metacluster/id/person/people.x> a <http://xmlns.com/foaf/0.1/Person> ;
    <http://www.w3.org/2000/01/rdf-schema#label> "{NAME}" .
"""
HIDDEN = f"{NAME} Zanzibar"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """What gamma sees: a public pair, and a rival that only gamma's own two lists know."""
    folder = tmp_path_factory.mktemp("rivals")
    lists = [write_source(folder, name, {"x": NAME}) for name in ("alpha", "beta", "delta")]
    lists += [
        write_source(folder, name, {"x": HIDDEN}, visibility="partner", partner="gamma")
        for name in ("gamma", "gamma-too")
    ]
    people = folder / "people"
    people.mkdir()
    described = DESCRIPTION.format(visibility="public").replace('"hostile"', '"people"')
    (people / "source.toml").write_text(described, encoding="utf-8")
    (people / "data.ttl").write_text(PERSON, encoding="utf-8")
    identity = write_judgements(
        folder,
        "same,organisation/beta.x,organisation/delta.x,me,2026-01-01,public,one address",
        "same,organisation/gamma.x,organisation/gamma-too.x,me,2026-01-01,partner:gamma,one list",
    )
    configured = settings(folder, *lists, people, identity=identity)
    assert load(configured).outcome == "published"
    with Hub(configured, workers=1) as opened:
        library = read_library(resource_folder("queries"), opened.settings.base)
        yield Reader(opened, GAMMA, library)


def test_the_reason_names_no_rival_that_only_the_judge_sees(reader: Reader) -> None:
    left, right = (f"{reader.base}organisation/{key}.x" for key in ("alpha", "beta"))
    (found,) = (p for p in find_pairs(reader) if {p.left.iri, p.right.iri} == {left, right})
    level = choose_level(reader, left, right)
    assert level == PUBLIC
    for verdict in ("different", "unsure"):
        assert "Zanzibar" in found.because(verdict), "the judge may know why"
        assert "Zanzibar" in tell_reason(reader, found, verdict, GAMMA)
        told = tell_reason(reader, found, verdict, level)
        assert told
        assert "Zanzibar" not in told, "others may not"


def test_records_are_meant_by_the_keys_that_they_are_shown_by(reader: Reader) -> None:
    ends = find_ends(reader, "organisation/alpha.x", f"{reader.base}organisation/beta.x", "same")
    assert ends == tuple(f"{reader.base}organisation/{key}.x" for key in ("alpha", "beta"))


def test_a_person_is_never_the_same_as_an_organisation(reader: Reader) -> None:
    ends = ("organisation/alpha.x", "person/people.x")
    with pytest.raises(Refused, match="A person and an organisation are never the same"):
        find_ends(reader, *ends, "same")
    assert find_ends(reader, *ends, "different")


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("https://www.acme.de/", "http://acme.de", True),
        ("https://acme.de/berlin", "http://acme.de", False),
        ("Società Acme", "societa acme", True),
        ("Acme S.p.A.", "Acme", False),
    ],
)
def test_what_is_said_alike_agrees(one: str, other: str, agree: bool) -> None:
    assert (simplify(Fact(Text(one))) == simplify(Fact(Text(other)))) is agree


ENDS = st.sampled_from(list(combinations("abcdef", 2)))


@given(st.dictionaries(ENDS, st.floats(0.98, 1.0)), st.lists(ENDS, max_size=2))
def test_what_is_joined_without_a_person_is_sure_two_by_two(
    sure: dict[tuple[str, str], float], joined: list[tuple[str, str]]
) -> None:
    pairs = [replace(pair(ends[0], ends[1], chance), band="same") for ends, chance in sure.items()]
    chosen = choose_sure([*pairs, pair("a", "g", 0.9)], joined)
    before = Clusters(judged("same", *ends) for ends in joined)
    after = Clusters(
        judged("same", *ends) for ends in (*joined, *((p.left.iri, p.right.iri) for p in chosen))
    )
    for one, other in combinations("abcdefg", 2):
        if after.find(one) == after.find(other) and before.find(one) != before.find(other):
            assert (one, other) in sure
    assert chosen == sorted(chosen, key=lambda p: -p.probability)
    assert chosen or not pairs or joined, "where nothing is joined, the likeliest always may be"


def test_a_chain_waits() -> None:
    pairs = [replace(pair(ends[0], ends[1], 0.99), band="same") for ends in ("ab", "bc")]
    assert choose_sure(pairs, []) == pairs[:1]
    assert choose_sure(pairs[1:], [("a", "b")]) == []
    assert choose_sure([*pairs, replace(pair("a", "c", 0.99), band="same")], [])[:2] == pairs
