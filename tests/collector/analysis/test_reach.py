"""What lies outside the baseline is counted, and chance is given what chance puts there."""

from __future__ import annotations

from itertools import combinations
from math import comb

import numpy as np
import pytest

from collector.analysis.reach import Reach, most_by_chance, reach
from collector.analysis.regression import fit


def seen(made: np.ndarray, later: np.ndarray) -> Reach:
    """How far later rows lie from those of a baseline whose use follows what was made."""
    names = [f"product{k}" for k in range(made.shape[1])]
    noise = np.random.default_rng(0).normal(size=len(made))
    return reach(fit(made.sum(axis=1) + noise, made, drivers=names),
                 baseline_X=made, reporting_X=later)  # fmt: skip


@pytest.mark.parametrize(("n", "m"), [(4, 3), (5, 5), (7, 2)])
def test_what_chance_allows_is_what_all_orders_of_both_samples_give(n: int, m: int) -> None:
    """By hand: in which of all orders do so many of the m lie above all of the n?"""
    above = [
        sum(place > max(set(range(n + m)) - set(drawn)) for place in drawn)
        for drawn in combinations(range(n + m), m)
    ]
    for looks in (1, 3):
        allowed = most_by_chance(n, m, looks=looks)
        assert sum(count > allowed for count in above) <= 0.05 / looks * comb(n + m, m)
        assert sum(count >= allowed for count in above) > 0.05 / looks * comb(n + m, m)


@pytest.mark.parametrize(("n", "drivers"), [(12, 1), (12, 3), (24, 3)])
def test_drivers_that_did_not_change_seldom_count_as_departed(n: int, drivers: int) -> None:
    random = np.random.default_rng(3)
    found = [seen(*random.normal(size=(2, n, drivers))) for _ in range(150)]
    assert sum(one.has_departed(0.25) for one in found) <= 15
    counted = sum(one.share > 0.25 for one in found)
    assert counted > 15 or drivers == 1, "counting alone refuses more"


@pytest.mark.parametrize("n", [12, 24, 52])
def test_a_driver_that_departed_is_seen_among_three(n: int) -> None:
    random = np.random.default_rng(4)
    shifted = [np.array([3.0, 0, 0]) + random.normal(size=(n, 3)) for _ in range(40)]
    found = [seen(random.normal(size=(n, 3)), later) for later in shifted]
    assert sum(one.has_departed(0.25) for one in found) >= 36


def test_few_points_far_out_are_no_chance_and_as_many_just_outside_are() -> None:
    made = np.linspace(80, 120, 12)[:, None]
    for reached, departed in ((122.0, False), (150.0, True)):
        later = np.concatenate([np.linspace(81, 95, 8), np.linspace(reached - 1, reached, 4)])
        found = seen(made, later[:, None])
        assert (found.outside, found.share > 0.25) == (4, True)
        assert found.has_departed(0.25) is departed
    assert not found.has_departed(1.0), "a stated share that allows all"
