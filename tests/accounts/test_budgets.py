"""Budgets: what is there, what comes back, and that many callers cost little."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.accounts import budgets
from hub.accounts.budgets import Budget, name_address


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_budget_is_used_up_and_comes_back_evenly() -> None:
    clock = Clock()
    budget = Budget(6, 60, clock)
    assert [budget.take("a") for _ in range(7)] == [0, 0, 0, 0, 0, 0, 10]
    assert budget.take("b") == 0, "another caller has a budget of its own"
    clock.now = 20
    assert [budget.take("a") for _ in range(3)] == [0, 0, 10]
    clock.now = 20 + 3_600
    assert (budget.left("a"), budget.refill("a")) == (6, 0)


def test_hammering_does_not_pay() -> None:
    clock = Clock()
    budget = Budget(60, 60, clock)
    for _ in range(60):
        budget.take("a")
    answered = 0
    for _ in range(600):
        clock.now += 0.5  # twice as often as it comes back
        answered += budget.take("a") == 0
    assert answered == 0
    clock.now += 1
    assert budget.take("a") == 0


def test_what_was_used_beyond_the_budget_is_waited_for() -> None:
    clock = Clock()
    budget = Budget(60, 60, clock)
    budget.spend("a", 70)
    assert (budget.left("a"), budget.wait("a")) == (-10, 10)
    budget.spend("a", 10_000)
    assert budget.wait("a") == 60, "never longer than a window"
    clock.now = 61
    assert budget.wait("a") == 0


@given(
    quota=st.integers(1, 50),
    steps=st.lists(st.tuples(st.floats(0, 100), st.sampled_from("ab")), max_size=80),
)
def test_nobody_gets_more_than_the_quota_and_what_came_back(
    quota: int, steps: list[tuple[float, str]]
) -> None:
    clock = Clock()
    budget = Budget(quota, 60, clock)
    granted = {"a": 0, "b": 0}
    for pause, who in steps:
        clock.now += pause
        granted[who] += budget.take(who) == 0
        assert granted[who] <= quota + clock.now * quota / 60 + 1e-6


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "MOST_CALLERS", 100)
    budget = Budget(5)
    for number in range(1_000):
        budget.take(f"caller {number}")
    assert len(budget) == 100


def test_threads_share_it() -> None:
    budget = Budget(1_000, 1e9)
    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(lambda _: budget.take("a"), range(3_000)))
    assert waits.count(0) == 1_000


@pytest.mark.parametrize(
    ("address", "caller"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("no address", "no address"),
    ],
)
def test_a_line_is_one_caller(address: str, caller: str) -> None:
    assert name_address(address) == caller
