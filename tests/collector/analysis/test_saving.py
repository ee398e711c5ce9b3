"""The saving and its interval: each method is the formula that it is named after."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from collector.analysis import autocorrelation, mixture
from collector.analysis.forecast import forecast
from collector.analysis.regression import fit
from collector.analysis.saving import saving
from plant.errors import AnalysisError

METHODS = ("integrated", "independent", "ar1", "ashrae-1.26")


def ar1(n, r, random):
    errors = random.normal(size=n)
    for i in range(1, n):
        errors[i] = r * errors[i - 1] + np.sqrt(1 - r**2) * errors[i]
    return errors


def period(seed=0, *, n=40, m=30, r=0.5, gaps=True):
    """Fit, steps of both periods and drivers; some steps missing and the periods apart."""
    random = np.random.default_rng(seed)
    t = np.arange(n + m)
    X = random.normal(100, 15, (n + m, 2))
    y = 400 + X @ [3.0, 2.0] + 20 * ar1(n + m, r, random)
    keep = np.ones(n + m, dtype=bool)
    if gaps:
        keep[[3, 4, n - 1, n, n + 1, n + 9]] = False
    before, after = keep & (t < n), keep & (t >= n)
    fitted = fit(y[before], X[before], drivers=["a", "b"])
    return fitted, t[before], {"reporting_t": t[after], "reporting_X": X[after]}, X[before]


def dense(r, t, t1):
    """Correlations within and between the periods."""
    every = np.concatenate([t, t1])
    V = r ** np.abs(every[:, None] - every[None, :]).astype(float)
    n = len(t)
    return V[:n, :n], V[n:, n:], V[:n, n:]


@pytest.mark.parametrize("r", [-0.15, 0.0, 0.4, 0.95])
def test_forecast_for_a_known_r_is_generalised_least_squares(r):
    """Recursive whitening and carrying forward equal the dense covariance algebra, with gaps."""
    fitted, t, ahead, X = period()
    V, V1, C = dense(r, t, ahead["reporting_t"])
    Z, Z1 = sm.add_constant(X), sm.add_constant(ahead["reporting_X"])
    inverse = np.linalg.inv(V)
    bread = np.linalg.inv(Z.T @ inverse @ Z)
    h = Z1.sum(axis=0) - C.sum(axis=1) @ inverse @ Z
    unexplained = V1.sum() - C.sum(axis=1) @ inverse @ C.sum(axis=1)
    wanted = (unexplained + h @ bread @ h) / (1 - r**2)
    got = mixture.variances(fitted, t, r=np.array([r]), **ahead)
    assert got[0] == pytest.approx(wanted, rel=1e-9)


def test_the_integrated_interval_is_the_mixture_over_a_fine_dense_grid():
    """Weights, centres, scales and quantiles agree with brute force on 1,200 values of r."""
    fitted, t, ahead, X = period(4)
    Z, Z1 = sm.add_constant(X), sm.add_constant(ahead["reporting_X"])
    n, p = Z.shape
    angles = np.linspace(np.arcsin(mixture.LOWEST_R), np.arcsin(mixture.HIGHEST_R), 1200)
    weights, centres, scales = [], [], []
    for r in np.sin(angles):
        V, V1, C = dense(r, t, ahead["reporting_t"])
        inverse = np.linalg.inv(V)
        bread = Z.T @ inverse @ Z
        b = np.linalg.solve(bread, Z.T @ inverse @ fitted.y)
        e = fitted.y - Z @ b
        sse = e @ inverse @ e
        c = C.sum(axis=1) @ inverse
        h = Z1.sum(axis=0) - c @ Z
        spread = V1.sum() - c @ C.sum(axis=1) + h @ np.linalg.solve(bread, h)
        logs = np.linalg.slogdet(V)[1] + np.linalg.slogdet(bread)[1] + (n - p) * np.log(sse)
        weights.append(-0.5 * logs)
        centres.append(Z1.sum(axis=0) @ b + c @ e)
        scales.append(np.sqrt(sse / (n - p) * spread))
    weights = np.exp(np.array(weights) - max(weights))
    weights /= weights.sum()
    got = forecast(fitted, t, **ahead)
    for level, value in ((0.05, got.low), (0.5, got.centre), (0.95, got.high)):
        below = stats.t.cdf((value - np.array(centres)) / np.array(scales), n - p) @ weights
        assert below == pytest.approx(level, abs=2e-4)


def test_the_independent_interval_is_that_of_a_sum_of_predictions():
    """Against statsmodels: covariance of the coefficients, and m times the residual variance."""
    fitted, t, ahead, X = period(2)
    oracle = sm.OLS(fitted.y, sm.add_constant(X)).fit()
    g = sm.add_constant(ahead["reporting_X"]).sum(axis=0)
    m = len(ahead["reporting_t"])
    deviation = np.sqrt(g @ oracle.cov_params() @ g + m * oracle.mse_resid)
    half = stats.t.ppf(0.95, oracle.df_resid) * deviation
    got = forecast(fitted, t, method="independent", **ahead)
    assert got.expected == pytest.approx(g @ oracle.params, rel=1e-12)
    assert got.high - got.expected == pytest.approx(half, rel=1e-9)
    assert got.expected - got.low == pytest.approx(half, rel=1e-9)


def test_the_ar1_interval_is_the_exact_covariance_of_least_squares():
    """Var(S) = s2 (A + q'Vq - 2 q'c) by dense matrices, with the bias-corrected r."""
    fitted, t, ahead, X = period(6, r=0.7)
    got = forecast(fitted, t, method="ar1", **ahead)
    n, p = fitted.n, fitted.p
    raw = autocorrelation.lag1(fitted.residuals, t)
    assert got.r == pytest.approx(raw + (1 + 3 * raw) / n + (p - 1) / n)
    V, V1, C = dense(got.r, t, ahead["reporting_t"])
    Z = sm.add_constant(X)
    W = np.linalg.inv(Z.T @ Z) @ Z.T
    M = np.eye(n) - Z @ W
    q = W.T @ sm.add_constant(ahead["reporting_X"]).sum(axis=0)
    s2 = fitted.sse / np.trace(M @ V @ M.T)
    variance = s2 * (V1.sum() + q @ V @ q - 2 * q @ C.sum(axis=1))
    dof = np.clip(n * (1 - got.r) / (1 + got.r) - p, 2, n - p)
    half = stats.t.ppf(0.95, dof) * np.sqrt(variance)
    assert got.high - got.expected == pytest.approx(half, rel=1e-9)


def test_the_ashrae_interval_is_guideline_14_without_autocorrelation():
    """1.26 t CV(RMSE) expected sqrt((1 + 2/n) / m)."""
    fitted, t, ahead, _ = period(8)
    got = forecast(fitted, t, method="ashrae-1.26", **ahead)
    m = len(ahead["reporting_t"])
    wanted = 1.26 * stats.t.ppf(0.95, fitted.dof) * fitted.cv_rmse * got.expected
    assert got.high - got.expected == pytest.approx(wanted * np.sqrt((1 + 2 / fitted.n) / m))


def test_lag_1_autocorrelation_looks_at_adjacent_steps_only():
    """A pair with a step missing between them does not count."""
    residuals = np.array([1.0, 2.0, 0.5, -1.0, 3.0, 2.0])
    t = np.array([0, 1, 2, 3, 9, 10])
    pairs = [(0, 1), (1, 2), (2, 3), (4, 5)]
    first, second = (residuals[[pair[k] for pair in pairs]] for k in (0, 1))
    assert autocorrelation.lag1(residuals, t) == pytest.approx(np.corrcoef(first, second)[0, 1])
    assert autocorrelation.lag1(residuals, 2 * t) is None


def test_a_gap_between_the_periods_forgets_the_last_error():
    """Far from the baseline, its last error no longer moves the centre for an AR(1) of 0.5."""
    fitted, t, ahead, _ = period(1, n=300, gaps=False)
    near = forecast(fitted, t, **ahead)
    later = {**ahead, "reporting_t": ahead["reporting_t"] + 500}
    far = forecast(fitted, t, **later)
    assert near.expected == far.expected
    assert far.high - far.low > near.high - near.low


def test_an_exact_fit_has_an_interval_of_no_width():
    """Computed data leave no residual, and so no uncertainty of the model."""
    random = np.random.default_rng(0)
    X = random.normal(100, 15, (40, 1))
    fitted = fit(20 + 3 * X[:20, 0], X[:20], drivers=["a"])
    for method in METHODS:
        got = forecast(
            fitted,
            np.arange(20),
            reporting_t=np.arange(20, 40),
            reporting_X=X[20:],
            method=method,
        )
        assert got.low == got.high == got.expected
        assert got.expected == pytest.approx(float((20 + 3 * X[20:, 0]).sum()), rel=1e-12)


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1), magnitude=st.floats(-6, 6))
def test_the_interval_scales_with_the_unit_of_consumption(method, seed, magnitude):
    """kWh or MJ: low, expected and high are the same numbers times the factor."""
    fitted, t, ahead, X = period(seed)
    factor = 10.0**magnitude
    other = fit(fitted.y * factor, X, drivers=["a", "b"])
    before, after = (forecast(one, t, method=method, **ahead) for one in (fitted, other))
    for name in ("low", "expected", "high", "centre"):
        assert getattr(after, name) == pytest.approx(getattr(before, name) * factor, rel=1e-8)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32 - 1))
def test_expected_use_of_parts_adds_up_to_that_of_the_whole(seed):
    """Two halves of the reporting period expect together what the whole expects."""
    fitted, t, ahead, _ = period(seed)
    halves = [
        forecast(fitted, t, reporting_t=steps, reporting_X=X).expected
        for steps, X in (
            (ahead["reporting_t"][:10], ahead["reporting_X"][:10]),
            (ahead["reporting_t"][10:], ahead["reporting_X"][10:]),
        )
    ]
    assert sum(halves) == pytest.approx(forecast(fitted, t, **ahead).expected, rel=1e-12)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    cut=st.floats(-0.5, 0.9),
    meter=st.sampled_from([0.0, 0.005, 0.05]),
    higher=st.floats(0.901, 0.99),
)
def test_shares_are_where_the_margin_of_the_claim_is_zero(seed, cut, meter, higher):
    """The share shown is exactly the largest claim whose margin is not negative."""
    fitted, t, ahead, _ = period(seed)
    got = forecast(fitted, t, **ahead)
    result = saving(got, got.expected * (1 - cut), meter_uncertainty=meter)
    scale = got.expected
    assert result.margin(result.share_low)[0] == pytest.approx(0, abs=1e-9 * scale)
    assert result.margin(result.share_high)[1] == pytest.approx(0, abs=1e-9 * scale)
    assert result.low <= result.value <= result.high
    wider = saving(
        forecast(fitted, t, confidence=higher, **ahead), result.actual, meter_uncertainty=meter
    )
    assert wider.low < result.low
    assert wider.high > result.high


def test_meter_uncertainty_is_common_to_all_readings_and_stated_apart():
    """(u * actual)^2 joins the variance, and does not shrink with the number of readings."""
    fitted, t, ahead, _ = period(3)
    got = forecast(fitted, t, method="independent", **ahead)
    plain = saving(got, 9_000.0)
    metered = saving(got, 9_000.0, meter_uncertainty=0.02)
    assert metered.meter_half_width == pytest.approx(stats.norm.ppf(0.95) * 0.02 * 9_000)
    wanted = np.hypot(plain.value - plain.low, metered.meter_half_width)
    assert metered.value - metered.low == pytest.approx(wanted)
    assert metered.value == plain.value


@pytest.mark.parametrize(
    "arguments", [{"confidence": 1.0}, {"confidence": 90}, {"method": "bootstrap"}]
)
def test_arguments_out_of_range_are_refused_in_one_line(arguments):
    """A confidence in per cent or a method that does not exist is an error."""
    fitted, t, ahead, _ = period()
    with pytest.raises(AnalysisError) as refused:
        forecast(fitted, t, **ahead, **arguments)
    assert "\n" not in str(refused.value)


@pytest.mark.slow
@pytest.mark.slow
def test_the_interval_holds_the_truth_nine_times_in_ten():
    """400 plants, 60 points, autocorrelation 0.5: integrated near 90 %, independent far below."""
    held = {"integrated": 0, "independent": 0}
    for seed in range(400):
        random = np.random.default_rng(seed)
        X = 100 + 15 * ar1(120, 0.9, random)[:, None]
        y = 400 + 6 * X[:, 0] + 50 * ar1(120, 0.5, random)
        fitted = fit(y[:60], X[:60], drivers=["a"])
        for method in held:
            got = forecast(
                fitted,
                np.arange(60),
                reporting_t=np.arange(60, 120),
                reporting_X=X[60:],
                method=method,
            )
            held[method] += got.low <= y[60:].sum() <= got.high
    assert 0.86 <= held["integrated"] / 400 <= 0.96
    assert held["independent"] / 400 < 0.75
