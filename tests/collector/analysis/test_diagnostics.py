"""Outliers and drift of a baseline are found and told, and nothing is dropped."""

from __future__ import annotations

import json

import numpy as np
import pytest
import statsmodels.api as sm
from statsmodels.stats.diagnostic import recursive_olsresiduals
from statsmodels.stats.outliers_influence import OLSInfluence

from benchmarks.plants import ar1
from collector.analysis import diagnostics
from collector.analysis.evaluation import baseline_model, evaluate
from collector.analysis.observations import observe
from collector.analysis.regression import fit


def plant(seed=0, n=80, *, k=2):
    random = np.random.default_rng(seed)
    X = random.normal(100, 15, (n, k))
    return 300 + X @ np.arange(1.0, k + 1) + random.normal(0, 10, n), X


def named(k):
    return [f"x{number}" for number in range(k)]


def observed(y, X, **kwargs):
    return observe(np.arange(len(y)), y, X=X, names=named(X.shape[1]), **kwargs)


def test_scores_and_distances_are_those_of_statsmodels():
    """Externally studentised residuals and Cook's distances, row by row."""
    y, X = plant()
    fitted = fit(y, X, drivers=named(2))
    oracle = OLSInfluence(sm.OLS(y, sm.add_constant(X)).fit())
    np.testing.assert_allclose(
        diagnostics.studentized(fitted), oracle.resid_studentized_external, rtol=1e-8
    )
    np.testing.assert_allclose(fitted.cook, oracle.cooks_distance[0], rtol=1e-8)


def test_an_outlier_is_named_and_kept():
    """One day of double use: flagged with its label, and still among the n."""
    y, X = plant()
    y[17] += 100
    model = baseline_model(observed(y, X, labels={17: "2025-01-18"}))
    told = model.as_json()
    (found,) = told["diagnostics"]["unusual"]
    assert found["period"] == "2025-01-18"
    assert found["outlier"]
    assert told["n"] == 80


def test_a_point_far_out_that_pulls_the_line_is_influential():
    """Its residual may be small, since the line follows it."""
    y, X = plant(k=1)
    X[3, 0], y[3] = 400.0, 300.0 + 200.0
    found = {one.t: one for one in diagnostics.unusual(fit(y, X, drivers=["x0"]), np.arange(80))}
    assert found[3].is_influential


@pytest.mark.slow
def test_clean_baselines_are_rarely_accused():
    """5 % of baselines may have an outlier by chance, and 5 % may seem to drift."""
    outliers = drifts = 0
    for seed in range(400):
        y, X = plant(seed, 60)
        found = diagnostics.diagnose(fit(y, X, drivers=named(2)), observed(y, X))
        outliers += any(one.is_outlier for one in found.unusual)
        drifts += found.is_stable is False
    assert outliers / 400 < 0.09
    assert drifts / 400 < 0.09


def test_errors_that_remember_are_not_taken_for_drift():
    """AR(1) of 0.6: without whitening, four in ten stable baselines would be accused."""
    drifts = 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        X = random.normal(100, 15, (120, 1))
        y = 300 + 5 * X[:, 0] + 30 * ar1(120, 0.6, random)
        drifts += diagnostics.stability(fit(y, X, drivers=["x0"]), np.arange(120)) > 0.948
    assert drifts / 200 < 0.12


def test_recursive_residuals_are_those_of_statsmodels():
    """From the first rows that tell the coefficients apart on."""
    y, X = plant(4)
    design = sm.add_constant(X)
    oracle = recursive_olsresiduals(sm.OLS(y, design).fit(), skip=3)[4]
    ours = diagnostics.recursive_residuals(design, y)
    np.testing.assert_allclose(ours, oracle[3:], rtol=1e-6, atol=1e-8)


def test_recursive_residuals_wait_until_the_coefficients_can_be_told_apart():
    """A plant that made the same on its first ten days still has them afterwards."""
    y, X = plant(5, k=1)
    X[:10] = 100.0
    ours = diagnostics.recursive_residuals(sm.add_constant(X), y)
    assert ours.size == 69
    assert np.isfinite(ours).all()


def test_a_level_that_shifts_within_the_baseline_is_told():
    """Half a year of higher use for the same output."""
    y, X = plant(2, 120, k=1)
    y[60:] += 40
    baseline, reporting = observed(y, X), plant(3, 60, k=1)
    later = observe(np.arange(120, 180), reporting[0], X=reporting[1], names=["x0"])
    outcome = evaluate(baseline, later, target=0.05, finished=True)
    assert "unstable" in {one.key for one in outcome.warnings}
    assert outcome.as_json()["model"]["diagnostics"]["stable"] is False


def test_the_held_out_bias_is_that_of_a_fit_without_the_last_fifth():
    """Σ(actual - expected)/Σactual over rows that the fit has not seen."""
    y, X = plant(6, 50)
    y[40:] += 25
    model = baseline_model(observed(y, X))
    oracle = sm.OLS(y[:40], sm.add_constant(X[:40])).fit()
    expected = oracle.predict(sm.add_constant(X[40:])).sum()
    wanted = 100 * (y[40:].sum() - expected) / y[40:].sum()
    assert model.as_json()["diagnostics"]["held_out_nmbe_percent"] == pytest.approx(wanted)
    assert wanted > 3, "while over all rows it is zero by construction"


def test_too_few_points_give_no_diagnostic_and_no_error():
    """Six points, and a fit without a residual: None, and plain JSON."""
    y, X = plant(0, 6, k=1)
    for consumption in (y, 3 + 2 * X[:, 0]):
        told = baseline_model(observed(consumption, X)).as_json()
        json.dumps(told["diagnostics"], allow_nan=False)
