"""Backcast and chain are the forecast told from another period, with an interval as honest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.plants import ar1
from collector.analysis.evaluation import evaluate
from collector.analysis.forecast import forecast
from collector.analysis.observations import Observations, observe
from collector.analysis.periods import Periods
from collector.analysis.reach import Cycle, unseen_season
from collector.analysis.regression import fit
from plant.errors import AnalysisError

SAVED = 0.06


def plant(seed=0, *, n=90, r=0.5, saved=SAVED, noise=40.0):
    """Baseline, a period between and a reporting period of n rows each; the last saved a share."""
    random = np.random.default_rng(seed)
    x = 100 + 15 * random.normal(size=3 * n)
    y = 300 + 7 * x + noise * ar1(3 * n, r, random)
    y[n:] *= 1 - saved / 2
    y[2 * n :] *= (1 - saved) / (1 - saved / 2)
    t = np.arange(3 * n)
    return tuple(
        observe(t[rows], y[rows], X=x[rows, None], names=["starch"])
        for rows in (slice(n), slice(n, 2 * n), slice(2 * n, 3 * n))
    )


def judged(way, periods, **kwargs):
    baseline, middle, reporting = periods
    between = {"middle": middle} if way == "chained" else {}
    return evaluate(baseline, reporting, target=0.03, finished=True, way=way, **between, **kwargs)


@pytest.mark.parametrize("way", ["forecast", "backcast", "chained"])
def test_each_way_finds_the_share_that_was_saved(way):
    """Six per cent, by a fit of the baseline, of the reporting period, of the one between."""
    periods = plant(noise=10.0)
    outcome = judged(way, periods)
    assert outcome.way == outcome.as_json()["saving_method"] == way
    assert outcome.saving.share_low < SAVED < outcome.saving.share_high
    assert outcome.saving.share_high - outcome.saving.share_low < 0.02
    assert outcome.expected_points.sum() == pytest.approx(outcome.saving.expected)
    fitted = {"forecast": 0, "chained": 1, "backcast": 2}[way]
    np.testing.assert_array_equal(outcome.model.t, periods[fitted].t)


def test_the_shares_are_those_that_the_methods_are_known_for():
    """Backcast: 1 - model(X_bl)/actual_bl. Chain: the product of both ratios."""
    baseline, middle, reporting = plant(3)
    back = judged("backcast", (baseline, middle, reporting))
    own = fit(reporting.y, reporting.X, drivers=["starch"])
    modelled = own.expect(baseline.X).sum()
    share = back.saving.value / back.saving.expected
    assert share == pytest.approx(1 - modelled / baseline.y.sum(), rel=1e-12)
    assert back.sums.baseline_modelled == pytest.approx(modelled)

    chain = judged("chained", (baseline, middle, reporting))
    own = fit(middle.y, middle.X, drivers=["starch"])
    ratio = own.expect(baseline.X).sum() / baseline.y.sum()
    ratio *= reporting.y.sum() / own.expect(reporting.X).sum()
    assert chain.saving.value / chain.saving.expected == pytest.approx(1 - ratio, rel=1e-12)


def test_a_backcast_is_a_forecast_with_time_turned_round():
    """Errors remember both ways alike: the model's sum over the baseline has that interval."""
    baseline, _, reporting = plant(5)
    periods = Periods(baseline, reporting, np.zeros(90), "backcast")
    own = fit(reporting.y, reporting.X, drivers=["starch"])
    found = periods.forecast(own, confidence=0.9, method="integrated")
    turned = fit(reporting.y[::-1], reporting.X[::-1], drivers=["starch"])
    ahead = forecast(
        turned, -reporting.t[::-1], reporting_t=-baseline.t[::-1], reporting_X=baseline.X[::-1]
    )
    scale = reporting.y.sum() * baseline.y.sum()
    assert found.low == pytest.approx(scale / ahead.high, rel=1e-9)
    assert found.high == pytest.approx(scale / ahead.low, rel=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["backcast", "chained"])
def test_the_interval_covers_what_it_says(way):
    """250 plants, nominal 90 %: what the reporting period would have used at the baseline's
    performance, noise and all, as the truth."""
    held = 0
    for seed in range(250):
        baseline, middle, reporting = plant(seed, saved=0.0)
        outcome = judged(way, (baseline, middle, reporting))
        held += outcome.saving.low <= 0 <= outcome.saving.high
    assert 0.85 <= held / 250 <= 0.96


def test_an_adjustment_is_taken_off_what_a_backcast_is_fitted_to():
    """An event of the reporting period neither spoils its model nor hides the saving."""
    baseline, middle, reporting = plant(7, noise=10.0)
    event = np.where(np.arange(90) < 20, 150.0, 0.0)
    spoiled = replace(reporting, y=reporting.y + event)
    added = dict(zip(reporting.t.tolist(), event.tolist(), strict=True))
    clean = judged("backcast", (baseline, middle, reporting))
    mended = judged("backcast", (baseline, middle, spoiled), added=added)
    assert mended.saving.value == pytest.approx(clean.saving.value)
    assert mended.adjustment == pytest.approx(3000)


def test_drivers_are_looked_for_in_the_period_that_was_fitted():
    """A baseline beyond what the reporting period has seen leaves a backcast undecided."""
    baseline, middle, reporting = plant(1, noise=10.0)
    high = observe(baseline.t, baseline.y + 7 * 80, X=baseline.X + 80, names=["starch"])
    outcome = judged("backcast", (high, middle, reporting))
    assert outcome.reach.outside > 80
    assert outcome.reason.key == "outside"


def test_what_is_wrong_with_the_fitted_period_is_said_of_it():
    """A backcast over three days has no model, and the sentence names the period."""
    baseline, middle, reporting = plant()
    short = Observations(reporting.t[:3], reporting.y[:3], reporting.X[:3], reporting.names)
    outcome = judged("backcast", (baseline, middle, short))
    assert outcome.verdict == "undecided"
    assert outcome.reason.key == "fitted-backcast"
    assert "3 points" in outcome.reason.text()
    assert outcome.reason.text("vi") != outcome.reason.text()


def test_a_chain_needs_its_period_between_in_its_place():
    baseline, middle, reporting = plant()
    wrong = [
        {"way": "chained"},
        {"way": "forecast", "middle": middle},
        {"way": "chained", "middle": reporting},
        {"way": "backcast", "method": "independent"},
    ]
    for arguments in wrong:
        with pytest.raises(AnalysisError):
            evaluate(baseline, reporting, target=0.05, finished=True, **arguments)


def test_a_season_that_the_baseline_has_not_seen_is_told():
    """Ninety days from January: May and June lie more than a month from any of them."""
    t = np.arange(90)
    assert unseen_season(t, np.arange(90, 181), 365.2425) == pytest.approx(61, abs=1)
    assert unseen_season(np.arange(365), np.arange(365, 730), 365.2425) == 0
    assert unseen_season(t, 365 + t, 365.2425) == 0, "the same months of the next year"
    assert unseen_season(np.arange(12), np.arange(12, 24), 12.0) == 0
    assert unseen_season(np.arange(3), np.arange(12, 24), 12.0) == 7
    outcome = judged("forecast", plant(), cycle=Cycle(365.2425))
    assert "season-unseen" in {one.key for one in outcome.warnings}
