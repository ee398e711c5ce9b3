"""A CUSUM bends where something changed, and hardly ever where nothing did."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.plants import ar1
from collector.analysis.bends import SHORTEST, bends


def found(values, *, r=0.0):
    values = np.asarray(values, dtype=float)
    return bends(values, np.arange(values.size), variance=1.0, r=r)


def test_a_change_of_level_is_one_bend_where_it_began():
    """Nothing saved for 40 days, then two standard deviations a day."""
    random = np.random.default_rng(0)
    (bend,) = found(np.r_[random.normal(0, 1, 40), random.normal(-2, 1, 50)])
    assert abs(bend.t - 40) <= 2
    assert bend.before == pytest.approx(0, abs=0.5)
    assert bend.after == pytest.approx(-2, abs=0.5)


def test_an_event_that_passes_is_two_bends():
    """A fortnight of over-use stands between what was before and after."""
    random = np.random.default_rng(1)
    there = random.normal(0, 1, 90)
    there[30:44] += 4
    first, second = found(there)
    assert (first.t, second.t) == pytest.approx((30, 44), abs=1)
    assert first.after == second.before == pytest.approx(4, abs=0.6)


@pytest.mark.slow
@pytest.mark.parametrize("r", [0.0, 0.5, 0.8])
@pytest.mark.parametrize("m", [24, 90, 365])
def test_a_period_without_a_change_hardly_ever_has_a_bend(m, r):
    """Measured 0-3 %: errors that remember make runs, and these are no events."""
    seen = sum(bool(found(ar1(m, r, np.random.default_rng(seed)), r=r)) for seed in range(100))
    assert seen <= 5


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(10, 120), st.floats(0.01, 1e6))
def test_bends_do_not_depend_on_the_unit_and_keep_their_distance(seed, m, scale):
    """kWh or MJ: the same steps; pieces are never shorter than stated."""
    random = np.random.default_rng(seed)
    values = random.normal(0, 1, m) + np.where(np.arange(m) > m / 2, 3, 0)
    t = 700 + np.arange(m)
    one = bends(values, t, variance=1.0, r=0.2)
    other = bends(scale * values, t, variance=scale**2, r=0.2)
    assert [b.t for b in one] == [b.t for b in other]
    edges = np.array([t[0], *(b.t for b in one), t[-1] + 1])
    assert (np.diff(edges) >= SHORTEST).all()


def test_a_period_too_short_to_cut_has_none():
    """Nine points, or errors of no size."""
    assert found([0, 0, 0, 0, 9, 9, 9, 9, 9]) == ()
    assert bends(np.ones(50), np.arange(50), variance=0.0, r=0.0) == ()
