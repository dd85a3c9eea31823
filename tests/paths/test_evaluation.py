"""The evaluation of the ranking: its measures, its cases, its formula, its command."""

from __future__ import annotations

import csv
import gzip
import json
import math
import random
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise, permutations
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from hub.cli import commands
from hub.errors import HubError, Refused
from hub.paths.evaluation.cases import History, find_cases
from hub.paths.evaluation.collaborations import (
    read_collaborations,
)
from hub.paths.evaluation.measures import compare, measure
from hub.paths.evaluation.ranking import connect, weigh_candidates
from hub.paths.evaluation.report import evaluate, read_project_kind

from ..conftest import ROOT, shared

KIND = read_project_kind(ROOT / "ontology")
CORDIS = "data/networks/cordis_h2020_participation_start_before_2019.csv.gz"
HEADER = ("rcn", "pic", "start_date", "end_date", "role", "country")
Row = tuple[str, str, str, str, str, str]


def quiet(stage: str, done: int, total: int | None) -> None:
    """Progress that nobody watches."""


def day(text: str) -> int:
    return int(np.datetime64(text).astype(int))


def write(path: Path, rows: Iterable[Iterable[str]], header: Iterable[str] = HEADER) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def project(name: str, begin: str, *parties: str, end: str = "NA") -> list[Row]:
    """The first party coordinates; a party's country is its first letter."""
    return [
        (name, party, begin, end, "participant" if at else "coordinator", party[0])
        for at, party in enumerate(parties)
    ]


@pytest.fixture
def small() -> list[Row]:
    """Ann and Bob first meet in 2018, with Cy; five had worked with both, two of them more."""
    rows = []
    for number, common in enumerate(("Cy", "Dan", "Eve", "Fay", "Gus")):
        rows += project(f"a{number}", f"2015-01-{number + 1:02}", common, "Ann", end="2017-01-01")
        rows += project(f"b{number}", f"2015-02-{number + 1:02}", common, "Bob", end="2017-01-01")
    rows += project("more", "2016-03-01", "Cy", "Ann", "Hal")
    rows += project("too", "2016-04-01", "Bob", "Dan", "Hal")
    rows += project("alone", "2016-05-01", "Ann")
    rows += project("held", "2018-05-01", "Ann", "Bob", "Cy", "Ida")
    return rows + project("again", "2018-06-01", "Ann", "Bob", "Dan")


def test_the_case_is_the_first_meeting(small: list[Row], tmp_path: Path) -> None:
    everything = read_collaborations(write(tmp_path / "small.csv", small), quiet)
    cut = day("2018-01-01")
    (case,) = find_cases(everything, History(everything, cut), cut, 1 << 40, quiet)
    assert len(case.candidates) == 6  # the five, and Hal
    assert case.right.sum() == 1
    assert everything.left_out == {"of projects with one organisation": 1}


@given(
    st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=6).filter(
        lambda listed: any(right for _, right in listed)
    )
)
def test_measures_are_the_mean_over_all_orders_of_ties(listed: list[tuple[int, bool]]) -> None:
    found: list[tuple[float, ...]] = []
    for order in permutations(listed):
        if all(a[0] >= b[0] for a, b in pairwise(order)):
            ranks = [rank for rank, (_, right) in enumerate(order, 1) if right]
            ideal = sum(1 / math.log2(1 + rank) for rank in range(1, len(ranks) + 1))
            found.append(
                (
                    *(float(ranks[0] <= k) for k in (1, 3, 5)),
                    1 / ranks[0],
                    sum(1 / math.log2(1 + rank) for rank in ranks) / ideal,
                )
            )
    case = np.zeros(len(listed), dtype=int)
    right, score = np.array([r for _, r in listed]), np.array([s for s, _ in listed])
    expected = [sum(column) / len(found) for column in zip(*found, strict=True)]
    assert [*measure(case, right, score).as_dict().values()] == pytest.approx(expected)
    # A second case beside it changes neither.
    both = measure(np.append(case, 1), np.append(right, True), np.append(score, 9))
    assert both.reciprocal == pytest.approx([expected[3], 1])


def test_a_comparison_takes_a_project_as_one() -> None:
    case, right = np.repeat(np.arange(4), 2), np.tile([True, False], 4)
    best, worst = np.tile([1, 0], 4), np.array([0, 1, 0, 1, 1, 0, 1, 0])
    one, other = measure(case, right, best), measure(case, right, worst)
    assert compare(one, other, [1, 1, 2, 2])[0] == pytest.approx(0.25)
    # Differences 0.5, 0.5, 0, 0 around 0.25: two sums of 0.5, or four of 0.25.
    assert compare(one, other, [1, 1, 2, 2])[1] == pytest.approx(math.sqrt(0.5) / 4)
    assert compare(one, other, [1, 2, 3, 4])[1] == pytest.approx(0.5 / 4)


def score_naively(rows: list[Row], cut: str, one: str, other: str, candidate: str) -> float:
    """The formula of `hub.paths.evaluation.ranking`, word by word."""
    members: dict[str, list[Row]] = {}
    for row in rows:
        if row[2] < cut:
            members.setdefault(row[0], []).append(row)
    members = {name: listed for name, listed in members.items() if len(listed) > 1}

    def evidence(x: str, c: str, led: float) -> float:
        total = 0.0
        for listed in members.values():
            if {x, c} <= {row[1] for row in listed}:
                end = max(row[2] if row[3] == "NA" else row[3] for row in listed)
                age = max(0, day(cut) - day(end)) / 365.25
                strength = KIND.base * 2 ** (-age / KIND.half_life)
                strength *= (2 / len(listed)) ** KIND.discount
                leads = any(row[1] == c and row[4] == "coordinator" for row in listed)
                total -= math.log(1 - strength) * (1 + led * leads)
        return total

    def known(x: str, m: str) -> float:
        count = sum(m in {row[1] for row in listed} for listed in members.values())
        return 0 if x == m else (1 - math.exp(-evidence(x, m, 0))) / math.sqrt(1 + count)

    circle = 0.0
    for listed in members.values():
        others = [row[1] for row in listed if row[1] != candidate]
        if len(others) < len(listed):
            means = [sum(known(x, m) for m in others) / len(others) for x in (one, other)]
            circle += means[0] * means[1]
    both = math.sqrt(evidence(one, candidate, 1) * evidence(other, candidate, 1))
    return both * circle * (1.5 if candidate[0] in (one[0], other[0]) else 1)


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_scores_are_the_formula(
    tmp_path_factory: pytest.TempPathFactory, luck: random.Random
) -> None:
    parties = [f"{home}{number}" for number in range(4) for home in "UVWX"]
    rows = []
    for number in range(30):
        begin = f"201{luck.randint(4, 7)}-{luck.randint(1, 12):02}-01"
        end = luck.choice(["NA", "2016-07-01", "2019-07-01"])
        joined = luck.sample(parties, luck.randint(1, 6))
        rows += project(f"p{number}", begin, *joined, end=max(begin, end) if end < "N" else end)
    rows += project("held", "2018-02-01", *parties[:8])
    path = write(tmp_path_factory.mktemp("formula") / "rows.csv", rows)
    everything = read_collaborations(path, quiet)
    cut, history = day("2018-01-01"), History(everything, day("2018-01-01"))
    try:
        cases = find_cases(everything, history, cut, 1 << 40, quiet)
    except Refused:
        assume(False)
    names = sorted({row[1] for row in rows})
    scores = connect(weigh_candidates(everything, history, cases, cut, KIND, quiet))
    expected = [
        score_naively(rows, "2018-01-01", names[case.one], names[case.other], names[candidate])
        for case in cases[:5]
        for candidate in case.candidates
    ]
    assert scores[: len(expected)] == pytest.approx(expected)


def test_names_orders_and_what_comes_later_change_nothing(small: list[Row], tmp_path: Path) -> None:
    def told(name: str, rows: list[Row]) -> object:
        path = write(tmp_path / name, rows)
        return evaluate(path, day("2018-01-01"), day("2019-01-01"), KIND, quiet).rankings

    first = told("first.csv", small)
    mixed = random.Random(7).sample(small, len(small))
    assert told("mixed.csv", mixed) == first
    renamed = [(f"z{r[0]}", f"{r[1][0]}中{r[1][::-1]}", *r[2:]) for r in small]
    assert told("renamed.csv", renamed) == first
    assert told("later.csv", small + project("late", "2020-01-01", "Ann", "Fay", "Hal")) == first
    local = [(*r[:2], "/".join(reversed(r[2].split("-"))), *r[3:]) for r in small]
    assert told("local.csv", [*local, *project("day", "31/12/2020", "Jo", "Kim")]) == first


def test_another_half_life_weighs_ended_projects_otherwise(
    small: list[Row], tmp_path: Path
) -> None:
    everything = read_collaborations(write(tmp_path / "small.csv", small), quiet)
    cut, history = day("2018-01-01"), History(everything, day("2018-01-01"))
    cases = find_cases(everything, history, cut, 1 << 40, quiet)
    slow, quick = (
        weigh_candidates(everything, history, cases, cut, replace(KIND, half_life=years), quiet)
        for years in (20.0, 1.0)
    )
    assert (quick.evidence < slow.evidence).all()


BAD: dict[str, tuple[str, str]] = {
    "": ("it has none", "rcn"),
    "project;partner\n1;2\n": ("no column rcn, pic, start_date", "rcn"),
    "rcn,pic,start_date\n": ("Of 0 rows only 0", "Fill the columns"),
    "rcn,pic,start_date\n1,NA,2017-01-01\n1,,2017-01-01\n1,3,NA\n": ("Of 3 rows only 0", "Fill"),
    "rcn,pic,start_date\n1,2,tomorrow\n1,3,never\n": ("Of 2 rows only 0", "2017-01-31"),
    "rcn,pic,start_date\n1,2,03/04/2017\n1,3,03/04/2017\n": ("in two ways", "2017-01-31"),
    "rcn,pic,start_date\n1,2,2017-01-01\n2,3,2017-01-01\n": ("has two organisations", "row"),
    "rcn,pic,start_date\n1,2,2019-01-01\n1,3,2019-01-01\n": ("before the cut", "2019-01-01"),
    "rcn,pic,start_date\n1,2,2009-01-01\n1,3,2009-01-01\n": ("held out", "2009-01-01"),
    "rcn,pic,start_date\n1,2,2009-01-01\n1,3,2009-01-01\n2,4,2018-05-01\n2,3,2018-05-01\n": (
        "There is no case", "Cut later",
    ),
    'rcn,pic,start_date\n1,"2,2009-01-01\n': ("ends inside the quoted cell", "quote"),
}  # fmt: skip


@pytest.mark.parametrize("text", BAD)
def test_bad_files_are_refused_in_sentences(text: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        evaluate(path, day("2018-01-01"), 1 << 40, KIND, quiet)
    said, remedy = BAD[text]
    assert said in str(refused.value)
    assert remedy in refused.value.remedy
    assert refused.value.exit_code == 1


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    for name, content in (("broken.csv.gz", b"\x1f\x8bbroken"), ("page.csv", b"<html></html>")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Refused):
            read_collaborations(tmp_path / name, quiet)
    with pytest.raises(Refused, match=r"absent\.csv"):
        read_collaborations(tmp_path / "absent.csv", quiet)
    with pytest.raises(Refused):
        read_collaborations(tmp_path, quiet)


def test_what_is_held_out_ends_after_it_begins(small: list[Row], tmp_path: Path) -> None:
    path = write(tmp_path / "small.csv", small)
    words = ["evaluate", str(path), "--cut", "2018", "--until", "2017-06"]
    done = CliRunner().invoke(commands, words)
    assert isinstance(done.exception, HubError)
    assert done.exception.exit_code == 2
    assert "--until" in done.exception.remedy
    assert CliRunner().invoke(commands, ["evaluate", str(path), "--cut", "soon"]).exit_code == 2


def test_the_command_shows_rankings_trials_and_the_fit(small: list[Row], tmp_path: Path) -> None:
    path = write(tmp_path / "small.csv", small)
    packed = tmp_path / "small.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    words = ["evaluate", str(packed), "--cut", "2018-01-01"]
    told = CliRunner().invoke(commands, words)
    assert told.exit_code == 0, told.output
    assert "Cases: 1; held-out projects: 1; candidates, median: 6" in told.stdout
    assert "most popular" in told.stdout
    assert "looking for who had worked with both" in told.stderr
    trial = json.loads(CliRunner().invoke(commands, [*words, "--trial", "--json"]).stdout)
    assert "circle alone" in {row["ranking"] for row in trial["rankings"]}
    fit = json.loads(CliRunner().invoke(commands, [*words, "--fit", "--json"]).stdout)
    assert {"half-life 1, discount 0", "half-life 12, discount 1"} <= {
        row["ranking"] for row in fit["rankings"]
    }
    assert fit["strength"]["half_life"] == KIND.half_life


def test_on_real_collaborations_the_hub_is_above_the_product_of_joint_projects() -> None:
    path = shared(CORDIS)
    found = evaluate(path, day("2018-01-01"), 1 << 40, KIND, quiet)
    assert found.cases["cases"] > 3_000
    measures = {str(row["ranking"]): row for row in found.rankings}
    hub, product, chance = (
        measures[name] for name in ("the hub", "product of joint projects", "random")
    )
    for name in ("Hit@1", "Hit@3", "Hit@5", "MRR", "nDCG"):
        assert hub[name] > product[name] > chance[name]
    assert hub["MRR"] >= 0.42
    # Above by more than three standard errors: no luck of this year's projects.
    assert -product["above"] > 3 * product["error"]
