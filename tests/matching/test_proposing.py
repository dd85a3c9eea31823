"""Proposals on small hostile sets: what must never be merged, what must be found, and the sums."""

from __future__ import annotations

import math
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.matching import Proposal, Record, propose
from hub.matching.proposing import LEAST
from hub.matching.weights import read_weights


def make(iri: str, *names: str, **facts: Any) -> Record:
    """A record whose source is the first letter of its IRI."""
    kind = facts.pop("kind", "organisation")
    return Record(iri, kind, names, **{"source": iri[0], **facts})


def person(iri: str, *names: str, **facts: Any) -> Record:
    return make(iri, *names, kind="person", **facts)


def judge(*records: Record) -> dict[tuple[str, str], Proposal]:
    return {(p.left, p.right): p for p in propose(records)}


def find(*records: Record) -> Proposal:
    """The one proposal that two records give."""
    (proposal,) = judge(*records).values()
    return proposal


WEIGHTS = read_weights()
LEI = frozenset({("lei", "5493001KJTIIGC8Y1R12")})
OTHER_LEI = frozenset({("lei", "213800WSGIIZCXF1P572")})
DE, FR, US = ({"countries": (code,)} for code in ("DE", "FR", "US"))
SITE = {"domains": ("https://www.acme.example",)}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(
            make("a1", "Innovation Agency", **FR), make("b1", "Innovation Agency", **DE),
            id="homonyms in two countries",
        ),
        pytest.param(
            make("a1", "University of Leeds"), make("b1", "University of Leeds Hospital"),
            id="parent and branch",
        ),
        pytest.param(
            make("a1", "University of Leeds", domains=("leeds.ac.uk",)),
            make("b1", "University of Leeds Hospital", domains=("leeds.ac.uk",)),
            id="parent and branch on one website",
        ),
        pytest.param(
            make("a1", "Fraunhofer IPA", places=("Stuttgart",), **DE),
            make("b1", "Fraunhofer IPT", places=("Stuttgart",), **DE),
            id="one letter in a code",
        ),
        pytest.param(
            make("a1", "Fraunhofer IPA", **DE, **SITE), make("b1", "Fraunhofer IPT", **DE, **SITE),
            id="one letter in a code, one website",
        ),
        pytest.param(
            make("a1", "Université Paris 6", **FR, **SITE),
            make("b1", "University of Paris VII", **FR, **SITE),
            id="a number",
        ),
        pytest.param(
            make("a1", "大阪第一病院", **SITE), make("b1", "大阪第二病院", **SITE), id="kanji"
        ),
        pytest.param(make("a1", "Philips"), person("b1", "Philips"), id="a person and a company"),
        pytest.param(person("a1", "Maria Rossi"), person("b1", "Maria Rossi"), id="two people"),
        pytest.param(
            person("a1", "Maria Rossi", employers=("CNR",)),
            person("b1", "Mario Rossi", employers=("CNR",)),
            id="Maria and Mario",
        ),
        pytest.param(
            person("a1", "Maria Rossi", employers=("https://example.org/organisation/ipa",)),
            person("b1", "Maria Rossi", employers=("https://example.org/organisation/ipt",)),
            id="two employers with like IRIs",
        ),
        pytest.param(
            person("a1", "Maria Rossi", employers=("Fraunhofer IPA",)),
            person("b1", "Maria Rossi", employers=("Fraunhofer IPT",)),
            id="two employers with like names",
        ),
        pytest.param(
            person("a1", "M. Rossi", employers=("CNR",), places=("Rome",)),
            person("b1", "Maria Rossi", employers=("CNR",), places=("Rome",)),
            id="an initial",
        ),
        pytest.param(make("a1", "A"), make("b1", "A"), id="one letter"),
        pytest.param(make("a1", "CSM", **DE), make("b1", "CSM", **DE), id="an acronym alone"),
        pytest.param(
            make("a1", "Alpha Research Institute", **SITE), make("b1", "Beta Clinic", **SITE),
            id="two names on one website",
        ),
        pytest.param(
            make("a1", "Acme Research Laboratories", **US, **SITE),
            make("a2", "Acme Research Laboratories", **US, **SITE),
            id="twice in one source",
        ),
        pytest.param(
            make("a1", "Acme Research Laboratories", identifiers=LEI),
            make("b1", "Acme Research Laboratories", identifiers=OTHER_LEI),
            id="identifiers that differ",
        ),
    ],
)  # fmt: skip
def test_what_is_never_merged_without_a_person(left: Record, right: Record) -> None:
    assert "same" not in [p.band for p in judge(left, right).values()]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        pytest.param(
            make("a1", "Acme Biosciences GmbH", **DE, **SITE),
            make("b1", "ACME BIOSCIENCES AG", **DE, **SITE),
            id="legal forms",
        ),
        pytest.param(
            make("a1", "Universität Musterstadt", domains=("uni-m.de",), **DE),
            make("b1", "University of Musterstadt", domains=("http://www.uni-m.de/en/",), **DE),
            id="two languages",
        ),
        pytest.param(
            make("a1", "張江高科技園區", countries=("CN",)),
            make("b1", "张江高科技园区", countries=("CN",)),
            id="two ways of writing Chinese",
        ),
        pytest.param(make("a1", domains=("acme.example",)), make("b1", "Acme", **SITE), id="site"),
        pytest.param(
            person("a1", "Rossi, Maria", employers=("bioPmed",), places=("Torino",)),
            person("b1", "Maria Rossi", employers=("Biopmed",), places=("Turin",)),
            id="a person with a second tie",
        ),
        pytest.param(
            make("a1", "Acme", identifiers=frozenset({("vat", "DE 136 695 976")}), **DE),
            make("b1", "ACME", identifiers=frozenset({("VAT", "DE136695976")}), **DE),
            id="an identifier",
        ),
    ],
)  # fmt: skip
def test_what_is_plain_is_decided(left: Record, right: Record) -> None:
    assert find(left, right).band == "same"


def test_what_a_person_is_asked_about() -> None:
    asked = [
        (make("a1", "Московский университет"), make("b1", "Moskovskij Universitet")),
        (make("a1", "EMBL", **DE), make("b1", "European Molecular Biology Laboratory", **DE)),
        (make("a1", "Lyonbiopole"), make("b1", "Lyonbiopol")),
        (person("a1", "Maria Rossi"), person("b1", "Maria Rossi")),
    ]
    assert [find(*pair).band for pair in asked] == ["ask"] * len(asked)


@pytest.mark.parametrize(
    ("country", "one", "other"),
    [
        ("DE", "Acme Bau GmbH", "Acme Bau Gesellschaft mbH"),
        ("AT", "Acme Ges.m.b.H.", "Acme GmbH"),
        ("IT", "Leonardo S.p.A.", "Società Leonardo"),
        ("IT", "Leonardo S.p.A.", "Leonardo Società per Azioni"),
        ("FI", "Suomen Lääkäriliitto ry", "Suomen Lääkäriliitto rekisteröity yhdistys"),
        ("GR", "Ελληνικά Πετρέλαια ΑΕ", "Ελληνικά Πετρέλαια Ανώνυμη Εταιρεία"),
        ("BR", "Natura Ltda", "Natura Sociedade Limitada"),
        ("FR", "Danone SA", "Société anonyme Danone"),
        ("DE", "BioM e.V.", "BioM eingetragener Verein"),
        ("RU", "ПАО Газпром", "Публичное акционерное общество Газпром"),
        ("CN", "华为技术有限公司", "华为技术"),
    ],
)
def test_legal_forms_are_known_abbreviated_and_in_full(country: str, one: str, other: str) -> None:
    facts = {"countries": (country,)}
    found = find(make("a1", one, **facts), make("b1", other, **facts))
    assert found.band in ("ask", "same")
    assert found.probability > 0.3


@pytest.mark.parametrize(
    ("country", "one", "other"),
    [
        ("FR", "CNRS", "Centre national de la recherche scientifique"),
        ("ES", "CSIC", "Consejo Superior de Investigaciones Científicas"),
        ("US", "MIT", "Massachusetts Institute of Technology"),
        (
            "DE", "Fraunhofer IPA",
            "Fraunhofer Institute for Manufacturing Engineering and Automation",
        ),
        ("DE", "Fraunhofer IPA", "Fraunhofer-Institut für Produktionstechnik und Automatisierung"),
        ("DE", "TU München", "Technische Universität München"),
        ("DE", "TU München", "Technical University of Munich"),
        ("DE", "Universität München", "University of Munich"),
        ("AT", "Universität Wien", "University of Vienna"),
        ("GR", "Πανεπιστήμιο Αθηνών", "University of Athens"),
        ("RU", "Московский государственный университет", "Moscow State University"),
        (
            "RU", "Московский государственный университет имени М. В. Ломоносова",
            "Lomonosov Moscow State University",
        ),
    ],
)  # fmt: skip
def test_acronyms_and_translations_are_asked_about_and_never_decided(
    country: str, one: str, other: str
) -> None:
    facts = {"countries": (country,)}
    assert find(make("a1", one, **facts), make("b1", other, **facts)).band == "ask"


def test_a_short_name_is_of_the_one_whose_letters_it_has() -> None:
    short = make("a1", "Fraunhofer IPT", **DE)
    right = make("b1", "Fraunhofer-Institut für Produktionstechnologie", **DE)
    others = [
        make("b2", "Fraunhofer-Institut für Photonische Technik", **DE),
        make("b3", "Fraunhofer-Institut für Toxikologie", **DE),
    ]
    found = {p.right: p.probability for p in propose([short], [right, *others])}
    assert max(found, key=lambda iri: found[iri]) == "b2", "whose words begin with I, P and T"
    assert not any(p.band == "same" for p in propose([short], [right, *others]))


def test_a_broken_identifier_says_nothing() -> None:
    """Wrong check digits and placeholders neither join nor part."""
    plain = find(make("a1", "Acme Biosciences"), make("b1", "Acme Biosciences")).probability
    for left, right in (("5493001KJTIIGC8Y1R13",) * 2, ("n/a", "213800WSGIIZCXF1P572"), ("0", "0")):
        records = (
            make(iri, "Acme Biosciences", identifiers=frozenset({("lei", value)}))
            for iri, value in (("a1", left), ("b1", right))
        )
        assert find(*records).probability == plain


def test_a_record_with_two_equal_candidates_is_not_decided() -> None:
    facts = {"countries": ("IN",), "domains": ("mgu.example",)}
    other = make("b1", "Mahatma Gandhi University of Science", **facts)
    alone = propose([make("a1", "Mahatma Gandhi University of Science", **facts)], [other])
    assert [p.band for p in alone] == ["same"]
    rivals = [other, make("b2", "Mahatma Gandhi University of Science", **facts)]
    contested = list(propose([make("a1", "Mahatma Gandhi University of Science", **facts)], rivals))
    assert [p.band for p in contested] == ["ask", "ask"]
    assert all(p.probability < 0.5 for p in contested)
    assert all(any("fit as well" in e.text for e in p.evidence) for p in contested)


def test_partners_that_name_one_thing_are_no_rivals() -> None:
    records = [make(f"{source}1", "Acme Biosciences", **US, **SITE) for source in "abcd"]
    assert [p.band for p in judge(*records).values()] == ["same"] * 6


def test_evidence_adds_up_and_nothing_saturates() -> None:
    facts: dict[str, Any] = {}
    seen = []
    for more in (
        {"domains": ("acme.example",)}, US, {"places": ("Boston",)},
        {"identifiers": LEI},
    ):  # fmt: skip
        facts |= more
        proposal = find(
            make("a1", "Acme Biosciences Laboratories", **facts),
            make("b1", "Acme Biosciences Laboratories", **facts),
        )
        total = sum(evidence.weight for evidence in proposal.evidence)
        assert proposal.probability == pytest.approx(WEIGHTS.find_probability(total), abs=1e-12)
        assert all(evidence.text for evidence in proposal.evidence)
        seen.append(proposal.probability)
    told = [round(probability, 4) for probability in seen]
    assert all(low < high < WEIGHTS.ceiling for low, high in pairwise(told)), "as they are told"


@given(st.floats(-1e6, 1e6), st.floats(0.01, 1e6))
def test_more_evidence_is_more_probable_and_never_sure(score: float, more: float) -> None:
    low, high = WEIGHTS.find_probability(score), WEIGHTS.find_probability(score + more)
    assert 0 <= low <= high <= WEIGHTS.ceiling + 1e-12
    if score > -30 and score + more < 200:
        assert low < high
    if low < WEIGHTS.same:
        assert low == pytest.approx(1 / (1 + math.exp(min(-score, 700))))


def test_endless_names_are_cut_and_quick() -> None:
    hostile = [
        "x " * 5000,
        "株" * 10_000,
        "a" * 10_000,
        "(" * 10_000,
        "- " * 5000 + "y",
        "1" * 9999,
    ]
    started = time.perf_counter()
    found = judge(
        *(make(f"{letter}{n}", text) for letter in "ab" for n, text in enumerate(hostile))
    )
    assert time.perf_counter() - started < 10
    assert max(len(e.text) for p in found.values() for e in p.evidence) < 400


def test_braces_in_a_name_are_a_name() -> None:
    told = find(make("a1", "{0} {x}"), make("b1", "{0} {x}")).evidence
    assert all("{0} {x}" in evidence.text for evidence in told[:-1])


def test_no_name_turns_the_direction_of_a_sentence() -> None:
    told = find(make("a1", "Acme \u202eeuroppe\u2066\u200f"), make("b1", "Acme \u202deuroppe"))
    assert "‘Acme europpe’" in " ".join(evidence.text for evidence in told.evidence)
    turning = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    assert not any(mark in evidence.text for evidence in told.evidence for mark in turning)


def test_what_every_pair_starts_from_stands_last() -> None:
    for pair in (
        (make("a1", "Acme", **DE), make("b1", "Acme", **DE)),
        (person("a1", "Ada Rossi"), person("b1", "Ada Rossi", **DE)),
    ):
        *others, last = find(*pair).evidence
        assert last.start
        assert "from the start" in last.text
        assert not any(evidence.start for evidence in others)


def test_nothing_of_nothing() -> None:
    assert list(propose([])) == list(propose([make("a1", "")], [])) == []
    assert list(propose([make("a1", "Acme"), make("a1", "Acme")])) == [], "one IRI is one thing"


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    list(propose([make("a1", "Acme")], [make("b1", "Acme")], progress=lambda *n: told.append(n)))
    assert told == [(0, 1)]


WORDS = st.sampled_from(
    ["acme", "Ünivers", "GmbH", "of", "株式会社", "日立", "7", "VI", "x", "", "- EA"]
)
RECORDS = st.builds(
    Record,
    iri=st.text("abc", min_size=1, max_size=3).map("urn:".__add__),
    kind=st.sampled_from(["organisation", "person"]),
    names=st.lists(st.lists(WORDS, max_size=4).map(" ".join), max_size=3).map(tuple),
    countries=st.lists(st.sampled_from(["DE", "FR"]), max_size=2).map(tuple),
    places=st.lists(st.sampled_from(["Köln", "Cologne", ""]), max_size=1).map(tuple),
    domains=st.lists(st.sampled_from(["x.de", "http://y.x.de/lab", "?"]), max_size=2).map(tuple),
    identifiers=st.frozensets(
        st.tuples(st.sampled_from(["vat"]), st.sampled_from("12")), max_size=2
    ),
    source=st.sampled_from(["p", "q", ""]),
    employers=st.lists(st.sampled_from(["acme", "x"]), max_size=1).map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(RECORDS, max_size=8, unique_by=lambda record: record.iri))
def test_any_records_can_be_compared(records: list[Record]) -> None:
    proposals = list(propose(records))
    kinds = {record.iri: record.kind for record in records}
    pairs = [frozenset((p.left, p.right)) for p in proposals]
    assert len(set(pairs)) == len(pairs)
    for proposal in proposals:
        assert LEAST <= proposal.probability < WEIGHTS.ceiling
        assert kinds[proposal.left] == kinds[proposal.right]
        total = sum(evidence.weight for evidence in proposal.evidence)
        assert proposal.probability == pytest.approx(WEIGHTS.find_probability(total), abs=1e-9)
    # The order in which records come says nothing about them.
    turned = {frozenset((p.left, p.right)): p for p in propose(records[::-1])}
    assert set(turned) == set(pairs)
    for pair, proposal in zip(pairs, proposals, strict=True):
        assert turned[pair].band == proposal.band
        assert turned[pair].probability == pytest.approx(proposal.probability)
