"""Which drivers the baseline uses is decided by one rule, and every candidate says why."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.candidates import candidates, used
from collector.analysis.messages import UnusableError
from collector.analysis.observations import observe


def plant(seed=0, n=36, *, noise=20.0):
    """Consumption that depends on tonnes and on heat, not on luck."""
    random = np.random.default_rng(seed)
    X = np.column_stack(
        [random.normal(100, 15, n), random.normal(20, 5, n), random.normal(0, 1, n)]
    )
    y = 300 + 6 * X[:, 0] + 8 * X[:, 1] + noise * random.normal(size=n)
    return y, X


def observed(y, X, names=("tonnes", "heat", "luck")):
    return observe(np.arange(len(y)), y, X=X, names=names)


def why(tested, *drivers):
    return next(one.why.key for one in tested if one.drivers == drivers)


def test_every_subset_is_listed_once_and_exactly_one_is_used():
    """Three drivers give seven candidates and the mean; each has a reason."""
    tested = candidates(observed(*plant()))
    assert len({one.drivers for one in tested}) == len(tested) == 8
    assert [one.used for one in tested].count(True) == 1
    assert all(one.why.text("en") and one.why.text("vi") for one in tested)


def test_the_valid_candidate_with_the_highest_adjusted_r2_is_used():
    """Tonnes and heat together beat each alone, and luck fails its p-value."""
    tested = candidates(observed(*plant(4)))
    assert used(tested).drivers == ("tonnes", "heat")
    assert why(tested, "tonnes") == "lower-adjusted-r2"
    assert why(tested, "tonnes", "heat", "luck") == "driver-p"
    assert why(tested, "luck") == "f-test"
    assert why(tested) == "mean-not-needed"
    best = used(tested).fit.adjusted_r2
    assert all(one.fit.adjusted_r2 <= best for one in tested if one.valid)


def test_the_thresholds_are_those_of_the_sep_protocol():
    """Valid means F p <= 0.1, every driver p <= 0.2, one p <= 0.1 and R2 >= 0.5, and no more."""
    for seed in range(40):
        for one in candidates(observed(*plant(seed, 14, noise=90.0))):
            if not one.drivers:
                continue
            p = one.fit.p_values[1:]
            passes = one.fit.f_p <= 0.1 and max(p) <= 0.2 and min(p) <= 0.1 and one.fit.r2 >= 0.5
            assert one.valid == passes


def test_the_mean_stands_where_no_driver_is_valid():
    """Pure luck explains nothing, so the baseline is its mean."""
    y, X = plant(3)
    tested = candidates(observed(y[::-1], X[:, 2:], names=("luck",)))
    assert used(tested).drivers == ()
    assert used(tested).why.key == "mean-used"
    assert used(tested).fit.coefficients[0] == pytest.approx(y.mean())


def test_a_weak_fit_fails_by_its_r2_even_with_a_small_p():
    """Many noisy points make p tiny while R2 stays below one half."""
    y, X = plant(5, 400, noise=200.0)
    assert why(candidates(observed(y, X)), "tonnes") == "r2"


@pytest.mark.parametrize("apart", [0.0, 1e-6, 1e-2])
def test_drivers_that_move_together_are_refused_and_the_others_judged(apart):
    """The pair is refused with the reason; each of them alone is still a candidate.

    So is a pair that differs by less than any meter tells, of which rounding would make a model.
    """
    y, X = plant(7)
    X[:, 1] = 3 * X[:, 0] + 5 + apart * X[:, 2]
    tested = candidates(observed(y, X[:, :2], names=("tonnes", "bags")))
    refused = next(one for one in tested if len(one.drivers) == 2)
    assert refused.fit is None
    assert refused.why.key == "ill-conditioned"
    assert len(used(tested).drivers) == 1


def test_a_candidate_with_too_many_coefficients_for_its_points_is_refused():
    """Seven points do not carry four coefficients, but they carry two."""
    y, X = plant(9, 7)
    tested = candidates(observed(y, X))
    assert why(tested, "tonnes", "heat", "luck") == "too-few-points"
    assert next(one for one in tested if one.drivers == ("tonnes",)).fit is not None


@pytest.mark.parametrize(
    ("spoil", "key"),
    [
        (lambda y, X: (y[:5], X[:5]), "few-baseline-points"),
        (lambda y, X: (0 * y, X), "zero-consumption"),
        (lambda y, X: (0 * y + 7, X), "constant-consumption"),
        (lambda y, X: (y, X * [0, 1, 1]), "zero-driver"),
        (lambda y, X: (y, np.column_stack([X[:, 0], X[:, 1], 0 * y + 3])), "constant-driver"),
    ],
)
def test_data_that_allow_no_model_are_refused_with_the_reason(spoil, key):
    """Too few points, and columns that never change, give a sentence and no number."""
    with pytest.raises(UnusableError) as refused:
        candidates(observed(*spoil(*plant())))
    assert refused.value.message.key == key


def test_a_model_through_the_origin_has_no_intercept_but_the_mean_model_has():
    """intercept=False holds for every candidate with drivers."""
    tested = candidates(observed(*plant()), intercept=False)
    assert all(one.fit.intercept == (not one.drivers) for one in tested)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.permutations(range(24)), st.floats(-6, 6))
def test_the_choice_depends_neither_on_row_order_nor_on_units(seed, order, magnitude):
    """Rows carried with their step, drivers in other units: the same drivers are used."""
    y, X = plant(seed, 24, noise=60.0)
    names = ("tonnes", "heat", "luck")
    order = np.array(order)
    other = observe(order, y[order], X=X[order] * 10.0**magnitude, names=names)
    first, second = used(candidates(observed(y, X))), used(candidates(other))
    assert first.drivers == second.drivers
    assert first.fit.r2 == pytest.approx(second.fit.r2, abs=1e-9)
