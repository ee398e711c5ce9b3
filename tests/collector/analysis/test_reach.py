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
    allowed = most_by_chance(n, m)
    assert sum(count > allowed for count in above) <= 0.05 * comb(n + m, m)
    assert sum(count >= allowed for count in above) > 0.05 * comb(n + m, m)


@pytest.mark.parametrize(("n", "drivers"), [(12, 1), (12, 3), (24, 3)])
def test_drivers_that_did_not_change_seldom_count_as_departed(n: int, drivers: int) -> None:
    random = np.random.default_rng(3)
    found = [seen(*random.normal(size=(2, n, drivers))) for _ in range(150)]
    departed = sum(one.has_departed(0.25) for one in found)
    assert departed <= (22 if drivers == 1 else 50)  # counting alone: 25 and 110 of 150
    assert departed < sum(one.share > 0.25 for one in found), "counting alone refuses more"


@pytest.mark.parametrize("n", [12, 24, 52])
def test_a_driver_that_departed_is_seen_among_three(n: int) -> None:
    random = np.random.default_rng(4)
    shifted = [np.array([3.0, 0, 0]) + random.normal(size=(n, 3)) for _ in range(40)]
    found = [seen(random.normal(size=(n, 3)), later) for later in shifted]
    assert sum(one.has_departed(0.25) for one in found) >= 36


def _months(*outside: float) -> Reach:
    """Twelve months from 80 to 120 t, then eight within them and four that are told."""
    made, within = np.linspace(80, 120, 12), np.linspace(81, 95, 8)
    found = seen(made[:, None], np.array([*within, *outside])[:, None])
    assert (found.outside, found.share > 0.25) == (4, True)
    return found


def test_four_of_twelve_months_above_all_of_the_baseline_are_no_chance() -> None:
    assert _months(120.5, 121, 121.5, 122).has_departed(0.25)
    assert not _months(120.5, 121, 121.5, 122).has_departed(1.0), "a stated share that allows all"


def test_as_many_at_both_ends_are_no_chance_only_where_they_are_far_out() -> None:
    assert not _months(78, 79, 121, 122).has_departed(0.25)
    assert _months(40, 45, 150, 155).has_departed(0.25)
