"""Weekdays, seasons and bends enter a model only as the plan says, and are counted as estimated."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import curve_fit, minimize, minimize_scalar

from collector.analysis.candidates import candidates, used
from collector.analysis.change_point import NoChangePointError, find_bends
from collector.analysis.evaluation import evaluate
from collector.analysis.forecast import forecast
from collector.analysis.observations import observe
from collector.analysis.regression import IllConditionedError, fit

DRIVERS = ("starch", "temperature")


def cooled(seed=0, n=365, *, noise=300.0, at=24.0, shape="above"):
    """A plant that cools above a temperature (or heats below it), beside its production."""
    random = np.random.default_rng(seed)
    starch = random.normal(100, 15, n)
    temperature = 24 + random.normal(0, 5, n)
    bent = {"above": np.maximum(temperature - at, 0), "below": np.maximum(at - temperature, 0)}
    effect = 200 * bent["above"] - 60 * temperature if shape == "both" else 200 * bent[shape]
    y = 4000 + 50 * starch + effect + noise * random.normal(size=n)
    return y, np.column_stack([starch, temperature])


def bent(y, X, shape="above"):
    return fit(y, X, drivers=DRIVERS, shapes={"temperature": shape})


def hinge(x, at, shape):
    if shape == "both":
        return np.column_stack([x, np.maximum(x - at, 0)])
    return (np.maximum(x - at, 0) if shape == "above" else np.maximum(at - x, 0))[:, None]


@pytest.mark.parametrize("shape", ["above", "below", "both"])
def test_a_bend_is_where_the_squares_are_least(shape):
    """Against a search by statsmodels' own sum of squares, and its coefficients at that place."""
    y, X = cooled(shape=shape)
    fitted = bent(y, X, shape)

    def oracle(at):
        return sm.OLS(y, sm.add_constant(np.column_stack([X[:, 0], hinge(X[:, 1], at, shape)])))

    best = minimize_scalar(lambda at: oracle(at).fit().ssr, bounds=(20, 28), method="bounded")
    at = fitted.coefficients[-1]
    assert fitted.names[-1] == "temperature change point"
    assert fitted.sse <= best.fun * (1 + 1e-9)
    assert at == pytest.approx(24, abs=1)
    np.testing.assert_allclose(fitted.coefficients[:-1], oracle(at).fit().params, rtol=1e-9)
    assert fitted.dof == oracle(at).fit().df_resid - 1, "the bend is counted as a coefficient"


@pytest.mark.parametrize("seed", [9, 24, 58])
def test_two_bends_are_where_no_other_pair_leaves_less(seed):
    """Heating and cooling of one building (ASHRAE's five-parameter model), against every pair.

    Pairs that cross leave a second minimum, which a search from one start ends in.
    """
    random = np.random.default_rng(seed)
    air = 14 - 13 * np.cos(2 * np.pi * np.arange(90) / 90) + random.normal(0, 3, 90)
    y = 300 + 30 * np.maximum(12 - air, 0) + 20 * np.maximum(air - 19, 0) + random.normal(0, 40, 90)
    shapes = {"cold": "below", "warm": "above"}
    fitted = fit(y, np.column_stack([air, air]), drivers=["cold", "warm"], shapes=shapes)

    def least(pair):
        both = [hinge(air, pair[0], "below"), hinge(air, pair[1], "above")]
        return sm.OLS(y, sm.add_constant(np.hstack(both))).fit()

    places = np.sort(air)[9:-9:3]
    best = min(((a, b) for a in places for b in places), key=lambda pair: least(pair).ssr)
    found = minimize(lambda pair: least(pair).ssr, best, method="Nelder-Mead")
    assert fitted.names[-2:] == ("cold change point", "warm change point")
    assert fitted.sse <= found.fun * (1 + 1e-9)
    oracle = least(fitted.coefficients[-2:])
    np.testing.assert_allclose(fitted.coefficients[:-2], oracle.params, rtol=1e-9)
    assert fitted.dof == oracle.df_resid - 2, "both bends are counted as coefficients"


@pytest.mark.parametrize("shape", ["above", "below"])
def test_the_errors_of_a_bent_model_are_those_of_nonlinear_least_squares(shape):
    """scipy's curve_fit, which linearises at the optimum in the same way, gives the same errors."""
    y, X = cooled(3, shape=shape)
    fitted = bent(y, X, shape)

    def model(X, level, by_starch, by_degree, at):
        return level + by_starch * X[:, 0] + by_degree * hinge(X[:, 1], at, shape)[:, 0]

    found, covariance = curve_fit(model, X, y, p0=fitted.coefficients, xtol=1e-14, ftol=1e-14)
    np.testing.assert_allclose(fitted.coefficients, found, rtol=1e-4)
    np.testing.assert_allclose(fitted.standard_errors, np.sqrt(np.diag(covariance)), rtol=1e-3)
    assert np.isnan(fitted.p_values[-1]), "that a bend lies at zero is no hypothesis"


@pytest.mark.slow
def test_the_interval_of_a_bent_model_covers_what_it_says():
    """300 plants of 60 days, nominal 90 %: neither the bend nor its error is taken for known."""
    held, refused = 0, 0
    t = np.arange(60)
    for seed in range(300):
        y, X = cooled(seed, 120, noise=500.0)
        try:
            fitted = bent(y[:60], X[:60])
        except NoChangePointError:
            refused += 1
            continue
        found = forecast(fitted, t, reporting_t=t + 60, reporting_X=X[60:], method="independent")
        held += found.low <= y[60:].sum() <= found.high
    assert refused < 30
    assert 0.86 <= held / (300 - refused) <= 0.95


def test_weekdays_are_tested_together():
    """The p of the weekdays is statsmodels' F-test of the model with against that without."""
    random = np.random.default_rng(1)
    weekday = np.arange(140) % 7
    x = random.normal(100, 10, 140)
    y = 500 + 5 * x + 40 * np.isin(weekday, [5, 6]) + random.normal(0, 30, 140)
    X = np.column_stack([x, weekday])
    fitted = fit(y, X, drivers=["starch", "weekday"], shapes={"weekday": "weekday"})
    dummies = (weekday[:, None] == np.arange(1, 7)).astype(float)
    full = sm.OLS(y, sm.add_constant(np.column_stack([x, dummies]))).fit()
    plain = sm.OLS(y, sm.add_constant(x)).fit()
    assert fitted.names[2:] == (
        "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    )  # fmt: skip
    np.testing.assert_allclose(fitted.coefficients, full.params, rtol=1e-9)
    np.testing.assert_allclose(fitted.p_values, full.pvalues, rtol=1e-8)
    assert fitted.driver_p_values["weekday"] == pytest.approx(full.compare_f_test(plain)[1])
    assert fitted.driver_p_values["starch"] == pytest.approx(full.pvalues[1])
    assert fitted.f_p == pytest.approx(full.f_pvalue)


def test_a_weekday_that_the_baseline_never_saw_is_refused():
    """No Sunday among the points: nothing can be expected of one."""
    weekday = np.array([d for d in range(100) if d % 7 != 6]) % 7
    y = 100 + weekday + np.random.default_rng(0).normal(size=weekday.size)
    with pytest.raises(IllConditionedError, match="sunday"):
        fit(y, weekday[:, None].astype(float), drivers=["weekday"], shapes={"weekday": "weekday"})


def test_a_season_is_a_wave_of_one_year():
    """Cosine and sine of the phase, as statsmodels fits them."""
    random = np.random.default_rng(2)
    phase = (np.arange(365) % 365) / 365
    y = 1000 + 80 * np.sin(2 * np.pi * (phase - 0.2)) + random.normal(0, 20, 365)
    fitted = fit(y, phase[:, None], drivers=["season"], shapes={"season": "season"})
    turn = 2 * np.pi * phase
    oracle = sm.OLS(y, sm.add_constant(np.column_stack([np.cos(turn), np.sin(turn)]))).fit()
    np.testing.assert_allclose(fitted.coefficients, oracle.params, rtol=1e-9)
    assert np.hypot(*fitted.coefficients[1:]) == pytest.approx(80, rel=0.05)


def test_a_season_that_the_baseline_has_not_seen_is_outside():
    """Ninety days cannot tell what the rest of the wave is like, and leverage says so."""
    random = np.random.default_rng(2)
    t = np.arange(270)
    phase = t / 365
    y = 1000 + 80 * np.sin(2 * np.pi * phase) + random.normal(0, 20, 270)
    shapes = {"season": "season"}

    def part(rows):
        return observe(t[rows], y[rows], X=phase[rows, None], names=["season"], shapes=shapes)

    outcome = evaluate(part(slice(90)), part(slice(90, 270)), target=0.05, finished=True)
    assert outcome.reach.leverage > 170
    assert outcome.verdict == "undecided"


def test_a_driver_that_bends_nowhere_is_refused_and_its_candidate_says_so():
    """A straight line has no change point; the other candidates stay."""
    random = np.random.default_rng(5)
    X = np.column_stack([random.normal(100, 15, 60), np.linspace(10, 30, 60)])
    y = 100 + 5 * X[:, 0] + 40 * X[:, 1] + 0.01 * random.normal(size=60)
    with pytest.raises(NoChangePointError):
        bent(y, X)
    tested = candidates(
        observe(np.arange(60), y, X=X, names=DRIVERS, shapes={"temperature": "above"})
    )
    by_drivers = {one.drivers: one for one in tested}
    assert by_drivers[DRIVERS].why.key == "no-change-point"
    assert by_drivers[DRIVERS].why.text().count("temperature") == 1
    assert by_drivers["starch",].fit is not None


def test_every_candidate_of_a_bent_plan_is_listed_with_its_tests():
    """Three subsets and the mean; the bend is searched anew in each that has it."""
    y, X = cooled()
    baseline = observe(np.arange(365), y, X=X, names=DRIVERS, shapes={"temperature": "above"})
    tested = candidates(baseline)
    assert [one.drivers for one in tested] == [("starch",), ("temperature",), DRIVERS, ()]
    assert used(tested).drivers == DRIVERS
    assert used(tested).fit.shapes == {"starch": "linear", "temperature": "above"}
    assert tested[1].fit.coefficients[-1] != tested[2].fit.coefficients[-1]


def test_coefficients_that_a_term_brings_are_counted_against_the_points():
    """Ten points carry a driver, but not seven coefficients."""
    random = np.random.default_rng(0)
    X = np.column_stack([random.normal(100, 15, 10), np.arange(10) % 7])
    y = 3 * X[:, 0] + random.normal(size=10)
    tested = candidates(
        observe(np.arange(10), y, X=X, names=["starch", "weekday"], shapes={"weekday": "weekday"})
    )
    assert [one.why.key for one in tested][1:3] == ["too-few-points", "too-few-points"]


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.permutations(range(60)), st.floats(-3, 3), st.floats(-50, 50))
def test_a_bend_depends_neither_on_row_order_nor_on_the_unit_of_the_driver(
    seed, order, magnitude, offset
):
    """Degrees Fahrenheit, or rows in another order: the same model, the bend where it was."""
    y, X = cooled(seed, 60)
    try:
        fitted = bent(y, X)
    except NoChangePointError:
        return
    scale = 10.0**magnitude
    other = X[np.array(order)] * [1, scale] + [0, offset]
    again = bent(y[np.array(order)], other)
    assert again.r2 == pytest.approx(fitted.r2, abs=1e-9)
    assert (again.coefficients[-1] - offset) / scale == pytest.approx(
        fitted.coefficients[-1], abs=1e-5
    )


def test_two_bends_are_the_best_pair_and_not_a_second_minimum() -> None:
    """Drawn so that a coarse search ends with the bends crossed, 0.9 % above the least squares."""
    random = np.random.default_rng(34)
    x = random.uniform(8, 32, 365)
    y = 200 + 5 * np.maximum(18 - x, 0) + 3.5 * np.maximum(x - 21, 0) + random.normal(0, 5, 365)
    below, above = find_bends(
        y, np.column_stack([x, x]), others=np.ones((365, 1)), shapes=["below", "above"]
    )
    assert below.at == pytest.approx(18.21, abs=0.02)
    assert above.at == pytest.approx(20.19, abs=0.02)
