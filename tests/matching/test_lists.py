"""Partners' real lists against the registry: verdicts given by hand, and the measure of a list.

`verdicts.csv` holds 200 pairs drawn by chance (seed 4) from those that the matcher decided by
itself, 60 of the biotech companies and 140 of the participants of EU projects, each looked at by
itself (names, cities, countries and sites side by side): all 200 are one thing, where the
registry's "Arkema (France)" was taken for the company that calls itself Arkema France. Behind them
stand pairs that a matcher might take for one and that are not: a unit and its university, a
predecessor, a sister abroad.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from hub.matching import propose
from tests.conftest import shared
from tests.matching.lists import (
    BASE,
    Registry,
    read_companies,
    read_list,
    read_participants,
    read_registry,
)


@pytest.fixture(scope="module")
def data() -> Path:
    return shared("data")


@pytest.fixture(scope="module")
def registry(data: Path) -> Registry:
    return read_registry(data)


def test_verdicts_given_by_hand_hold(data: Path, registry: Registry) -> None:
    with Path(__file__).with_name("verdicts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    verdicts = {
        (f"{BASE}/{row['list']}/{row['key']}", registry.answers[f"https://ror.org/{row['registry']}"]):
        row["verdict"]
        for row in rows
    }  # fmt: skip
    judged = {left for left, _ in verdicts}
    records = [r for r in (*read_companies(data), *read_participants(data)) if r.iri in judged]
    decided = {(p.left, p.right) for p in propose(records, registry.records) if p.band == "same"}
    same = {pair for pair, verdict in verdicts.items() if verdict == "same"}
    assert len(same) == 200
    # Pairs that nobody has looked at are no error here, but none may contradict a verdict.
    wrong = [pair for pair in decided if verdicts.get(pair) == "different"]
    assert wrong == []
    others = [pair for pair in decided - same if any(pair[0] == left for left, _ in same)]
    assert others == [], "a record that is one thing was merged with another"
    assert len(decided & same) >= 195, "what was decided once is asked about now"


def test_lists_that_were_not_tuned_on(data: Path, registry: Registry) -> None:
    """Against the registry of countries with names alike; the whole is for the benchmark."""
    answers = registry.answers
    rows = {**read_list(data, "portugal", answers), **read_list(data, "finland", answers)}
    near = [r for r in registry.records if {"PT", "FI", "BR", "SE", "ES"} & set(r.countries)]
    truth = {record.iri: answer for record, answer in rows.items()}
    proposals = list(propose(list(rows), near))
    decided = [p for p in proposals if p.band == "same"]
    right = sum(truth[p.left] == p.right for p in decided)
    assert right / len(decided) >= 0.99
    assert right / len(rows) >= 0.90
    asked = {p.left for p in proposals if p.band != "apart" and truth[p.left] == p.right}
    assert len(asked) / len(rows) >= 0.98


def test_right_answers_are_not_in_the_records(data: Path, registry: Registry) -> None:
    for name in ("relationships", "japan", "portugal", "finland", "domains"):
        rows = read_list(data, name, registry.answers)
        answers = [answer for answer in rows.values() if answer]
        assert len(answers) - len(set(answers)) <= 1, "at most a successor beside its past"
        assert len(rows) - len(answers) == {"relationships": 1, "japan": 4}.get(name, 0)
        assert not any(record.identifiers or "ror.org" in repr(record) for record in rows)
