"""Memory does not grow with the file, whatever kind it is of and however it is packed."""

from __future__ import annotations

import pytest

from tests.benchmarks.bench_memory import KINDS, measure


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"list.csv"}))
def test_ten_times_the_file_takes_hardly_more(kind: str) -> None:
    few, least = measure(kind, 1)
    many, most = measure(kind, 10)
    assert many > 9 * few > 9 * 4_000
    # What is remembered of values has a bound of its own, which the larger file comes nearer to.
    assert most - least < 0.5 * 10
