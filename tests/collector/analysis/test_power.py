"""Beforehand: what can be proven; afterwards: what would decide an open claim."""

from __future__ import annotations

import numpy as np
import pytest

from collector.analysis.forecast import forecast
from collector.analysis.power import points_needed, power
from collector.analysis.regression import fit
from plant.errors import AnalysisError


def baseline(n, *, noise=30.0, seed=0):
    random = np.random.default_rng(seed)
    X = random.normal(100, 15, (n, 1))
    y = 300 + 7 * X[:, 0] + noise * random.normal(size=n)
    return fit(y, X, drivers=["starch"]), np.arange(n), X


def test_twelve_independent_months_show_about_three_quarters_of_their_cv_rmse():
    """12 against 12: half-width over CV(RMSE) is t(10) sqrt(1/6), about 0.74."""
    fitted, t, X = baseline(12)
    ahead = power(fitted, t, X=X, points=12, method="independent")
    exact = 1.812 * np.sqrt((12 + 12) / 12 / 12)  # t(10), s = CV: sqrt(1/m + 1/n)
    assert ahead.half_width == pytest.approx(
        exact * fitted.rmse * 12 / fitted.expect(X).sum(), rel=1e-3
    )
    assert ahead.provable == pytest.approx(ahead.half_width * (1 + 0.8416 / 1.6449), rel=1e-3)


def test_the_cv_rmse_needed_is_in_proportion_to_the_saving():
    """Half the saving needs half the CV(RMSE)."""
    fitted, t, X = baseline(24)
    ahead = power(fitted, t, X=X, points=24)
    assert ahead.cv_rmse_needed(ahead.provable) == pytest.approx(fitted.cv_rmse)
    assert ahead.cv_rmse_needed(ahead.provable / 2) == pytest.approx(fitted.cv_rmse / 2)


def test_the_provable_saving_is_proven_in_about_eight_cases_of_ten():
    """A true saving of that size is told from zero with the power stated."""
    fitted, t, X = baseline(90)
    ahead = power(fitted, t, X=X, points=90, method="independent")
    told = 0
    for seed in range(400):
        random = np.random.default_rng(1000 + seed)
        y = 300 + 7 * X[:, 0] + 30 * random.normal(size=90)
        again = fit(y, X, drivers=["starch"])
        used = 300 + 7 * X[:, 0] + 30 * random.normal(size=90)
        got = forecast(again, t, reporting_t=t + 90, reporting_X=X, method="independent")
        told += got.low - used.sum() * (1 - ahead.provable) > 0
    assert 0.72 < told / 400 < 0.90


@pytest.mark.parametrize("r", [0.0, 0.5])
def test_the_points_needed_narrow_the_interval_as_far_as_wanted(r):
    """Against the exact variance for a known r: enough, and not many more than enough."""
    fitted, t, X = baseline(400)
    reporting = X[:20]
    more = points_needed(fitted, t, X=reporting, r=r, narrowing=0.6)

    def relative(times):
        V = r ** np.abs(np.subtract.outer(np.arange(times), np.arange(times))).astype(float)
        W = r ** np.abs(np.subtract.outer(t, t)).astype(float)
        g = fitted.coordinates(reporting).mean(axis=0) * times
        q = fitted.q @ g
        return np.sqrt(V.sum() + q @ W @ q) / times

    assert relative(20 + more) <= 0.6 * relative(20)
    assert relative(20 + int(0.85 * more)) > 0.6 * relative(20)


def test_more_points_are_no_advice_where_the_baseline_is_the_limit():
    """Twelve baseline months bound the interval, however long the reporting period."""
    fitted, t, X = baseline(12)
    assert points_needed(fitted, t, X=X, r=0.0, narrowing=0.3) is None


def test_a_baseline_that_expects_no_use_has_no_power():
    """A share of nothing is refused."""
    fitted, t, X = baseline(24)
    with pytest.raises(AnalysisError, match="no use"):
        power(fitted, t, X=X - 1000, points=24)
    with pytest.raises(AnalysisError, match="0 reporting points"):
        power(fitted, t, X=X, points=0)
