"""The fit is right to the digits promised, or it is refused."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.regression import IllConditionedError, fit
from plant.errors import AnalysisError

PUBLISHED = Path(__file__).parents[2] / "cases" / "published"
SEEDS = st.integers(0, 2**32 - 1)


def nist(name):
    case = json.loads((PUBLISHED / f"nist-{name}.json").read_text())
    table = np.array(case["data_y_then_x"])
    X = table[:, 1:]
    if case["powers"] > 1:
        X = X ** np.arange(1, case["powers"] + 1)
    drivers = [f"x{k}" for k in range(X.shape[1])]
    return case, fit(table[:, 0], X, drivers=drivers, intercept=case["intercept"])


def simulated(seed, n=60, k=2):
    random = np.random.default_rng(seed)
    X = random.normal(50, 10, (n, k))
    y = 100 + X @ np.arange(1.0, k + 1) + random.normal(0, 5, n)
    return y, X


def correct_digits(found, certified):
    error = np.abs(np.subtract(found, certified))
    size = np.where(np.equal(certified, 0), 1, np.abs(certified))
    return float(-np.log10(np.max(error / size) + 1e-16))


@pytest.mark.parametrize(
    ("name", "digits"),
    [
        ("norris", 10),
        ("noint1", 10),
        ("longley", 9),
        ("wampler1", 8),
        ("filip", 6),
        ("pontius", 9),
        ("wampler2", 8),
        ("wampler3", 8),
        ("wampler4", 8),
        ("wampler5", 8),
        ("noint2", 10),
    ],
)
def test_nist_certified_coefficients_and_errors_are_met(name, digits):
    """NIST StRD coefficients, standard errors, residual deviation and R2, to the digits wanted."""
    case, fitted = nist(name)
    assert correct_digits(fitted.coefficients, case["coefficients"]) >= digits
    assert correct_digits(fitted.standard_errors, case["standard_errors"]) >= digits
    assert correct_digits(fitted.rmse, case["residual_sd"]) >= digits
    assert correct_digits(fitted.r2, case["r2"]) >= digits


def test_doe_plant_baselines_agree_with_the_published_numbers():
    """Coefficients, errors, p-values, R2 and F of both published fits, to 1e-9 relative."""
    case = json.loads((PUBLISHED / "doe-acme-rochester.json").read_text())
    year = np.array([row[1:] for row in case["rows"][:12]])
    published = case["published"]
    electricity = fit(year[:, 0], year[:, 2:3], drivers=["production"])
    gas = fit(year[:, 1], year[:, 2:], drivers=["production", "temperature"])
    for fitted, wanted in (
        (electricity, published["electricity_2007"]),
        (gas, published["gas_2007"]),
    ):
        np.testing.assert_allclose(fitted.coefficients, wanted["coefficients"], rtol=1e-9)
        np.testing.assert_allclose(fitted.p_values[1:], wanted["p_values"], rtol=1e-9)
        assert fitted.r2 == pytest.approx(wanted["r2"], rel=1e-9)
        assert fitted.adjusted_r2 == pytest.approx(wanted["adjusted_r2"], rel=1e-9)
        assert fitted.f_p == pytest.approx(wanted["f_p"], rel=1e-9)
    wanted = published["electricity_2007"]
    assert electricity.standard_errors[1] == pytest.approx(
        wanted["standard_error_production"], rel=1e-9
    )
    assert electricity.sse == pytest.approx(wanted["sse"], rel=1e-9)
    over_n = electricity.rmse * np.sqrt(electricity.dof / electricity.n)
    assert over_n == pytest.approx(wanted["rmse_over_n"], rel=1e-9)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("k", [1, 3])
def test_every_statistic_agrees_with_statsmodels(intercept, k):
    """t, p, F, R2, leverage, Cook's distance and predictions as statsmodels has them."""
    y, X = simulated(3, k=k)
    drivers = [f"x{i}" for i in range(k)]
    ours = fit(y, X, drivers=drivers, intercept=intercept)
    oracle = sm.OLS(y, sm.add_constant(X) if intercept else X).fit()
    influence = oracle.get_influence()
    for found, wanted in (
        (ours.coefficients, oracle.params),
        (ours.standard_errors, oracle.bse),
        (ours.t, oracle.tvalues),
        (ours.p_values, oracle.pvalues),
        (ours.f, oracle.fvalue),
        (ours.f_p, oracle.f_pvalue),
        (ours.r2, oracle.rsquared),
        (ours.adjusted_r2, oracle.rsquared_adj),
        (ours.rmse, np.sqrt(oracle.mse_resid)),
        (ours.leverage, influence.hat_matrix_diag),
        (ours.cook, influence.cooks_distance[0]),
        (ours.expect(X), oracle.fittedvalues),
    ):
        np.testing.assert_allclose(found, wanted, rtol=1e-8)


def test_variance_inflation_is_that_of_each_driver_on_the_others():
    """VIF = 1 / (1 - R2) of a driver regressed on the others, with an intercept."""
    y, X = simulated(5, k=3)
    X[:, 2] = X[:, 0] + 0.3 * X[:, 2]
    ours = fit(y, X, drivers=["a", "b", "c"]).vif
    for k in range(3):
        others = sm.add_constant(np.delete(X, k, axis=1))
        r2 = sm.OLS(X[:, k], others).fit().rsquared
        assert ours[k] == pytest.approx(1 / (1 - r2), rel=1e-8)


def test_a_mean_model_is_the_mean_with_its_standard_error():
    """Without drivers the coefficient is the mean, its error s over root n, and F is None."""
    y, _ = simulated(7)
    mean = fit(y, np.empty((y.size, 0)), drivers=[])
    assert mean.coefficients[0] == pytest.approx(y.mean(), rel=1e-12)
    assert mean.standard_errors[0] == pytest.approx(y.std(ddof=1) / np.sqrt(y.size), rel=1e-12)
    assert mean.f is None
    assert mean.f_p is None


@pytest.mark.parametrize(
    "second",
    [
        lambda x: 2 * x,
        lambda x: x / 3 + 7,
        lambda x: x + 1e-10 * np.arange(x.size),
    ],
    ids=["a multiple", "shifted and scaled", "equal to ten digits"],
)
def test_drivers_that_cannot_be_told_apart_are_refused(second):
    """A driver that is another in disguise is an error that names both, never a number."""
    y, X = simulated(11, k=1)
    with pytest.raises(IllConditionedError, match="heat, steam cannot be told apart"):
        fit(y, np.column_stack([X[:, 0], second(X[:, 0])]), drivers=["heat", "steam"])


def test_a_badly_conditioned_design_that_is_accepted_is_right():
    """Two drivers equal to six digits: accepted, and as good as exact rational arithmetic."""
    random = np.random.default_rng(2)
    x = random.normal(50, 10, 12)
    X = np.column_stack([x, x + 1e-5 * random.normal(size=12)])
    y = 3 * X[:, 0] + random.normal(size=12)
    ours = fit(y, X, drivers=["a", "b"]).coefficients
    rows = [[Fraction(1), *map(Fraction, row)] for row in X.tolist()]
    system = [[sum(r[i] * r[j] for r in rows) for j in range(3)] for i in range(3)]
    right = [
        sum(r[i] * Fraction(v) for r, v in zip(rows, y.tolist(), strict=True)) for i in range(3)
    ]
    exact = cramer(system, right)
    np.testing.assert_allclose(ours, exact, rtol=1e-9)


def cramer(matrix, right):
    def det(m):
        return (
            m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
            - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
        )

    whole = det(matrix)
    solutions = []
    for k in range(3):
        swapped = [[right[i] if j == k else matrix[i][j] for j in range(3)] for i in range(3)]
        solutions.append(float(det(swapped) / whole))
    return solutions


def test_a_constant_driver_is_refused_by_name():
    """A column that never changes cannot stand beside an intercept."""
    y, X = simulated(13)
    X[:, 1] = 4.0
    with pytest.raises(IllConditionedError, match="b never changes"):
        fit(y, X, drivers=["a", "b"])


@pytest.mark.parametrize("fault", [np.nan, np.inf])
def test_a_number_that_is_not_finite_never_reaches_the_solver(fault):
    """NaN and infinity are refused, in consumption and in drivers."""
    y, X = simulated(17)
    broken = y.copy()
    broken[3] = fault
    with pytest.raises(AnalysisError, match="not finite"):
        fit(broken, X, drivers=["a", "b"])
    X[3, 0] = fault
    with pytest.raises(AnalysisError, match="not finite"):
        fit(y, X, drivers=["a", "b"])


def test_as_many_coefficients_as_points_are_refused():
    """Three points do not carry three coefficients."""
    y, X = simulated(19, n=3)
    with pytest.raises(AnalysisError, match="3 points for 3 coefficients"):
        fit(y, X, drivers=["a", "b"])


@settings(max_examples=50)
@given(SEEDS, st.floats(-8, 8), st.floats(-1e4, 1e4))
def test_units_and_zero_of_a_driver_do_not_matter(seed, magnitude, shift):
    """Driver in other units, or counted from elsewhere: same expectation, F and p of it."""
    y, X = simulated(seed)
    factor = 10.0**magnitude
    other = X.copy()
    other[:, 0] = (X[:, 0] + shift) * factor
    before, after = (fit(y, matrix, drivers=["a", "b"]) for matrix in (X, other))
    np.testing.assert_allclose(after.expect(other), before.expect(X), rtol=1e-8)
    assert after.coefficients[1] * factor == pytest.approx(before.coefficients[1], rel=1e-6)
    assert after.f_p == pytest.approx(before.f_p, rel=1e-6)


@settings(max_examples=25)
@given(SEEDS)
def test_coefficients_of_a_sum_are_the_sum_of_coefficients(seed):
    """Least squares is linear in consumption: two sub-meters add up to their meter."""
    y, X = simulated(seed)
    other = np.random.default_rng(seed + 1).normal(10, 3, y.size)
    parts = [fit(part, X, drivers=["a", "b"]).coefficients for part in (y, other)]
    whole = fit(y + other, X, drivers=["a", "b"]).coefficients
    np.testing.assert_allclose(whole, parts[0] + parts[1], rtol=1e-7, atol=1e-9)
