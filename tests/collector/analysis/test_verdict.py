"""Proven, plausible, refuted or undecided, from one interval, with a reason that can be read."""

from __future__ import annotations

import json
from pathlib import Path
from string import Formatter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.evaluation import baseline_model, evaluate
from collector.analysis.indices import Source, forecast_senpi
from collector.analysis.messages import TEXTS, Message
from collector.analysis.observations import observe
from collector.analysis.results import VerifiedClaim
from plant.errors import AnalysisError

PUBLISHED = Path(__file__).parents[2] / "cases" / "published"

CLAIM_KEYS = {
    "claim", "resource", "since", "until", "verdict", "reason", "saving", "saving_low",
    "saving_high", "expected", "actual", "unit", "shown_percent", "model",
}  # fmt: skip
MODEL_KEYS = {
    "drivers", "coefficients", "standard_errors", "p_values", "r2", "adjusted_r2", "cv_rmse",
    "n", "autocorrelation", "candidates",
}  # fmt: skip


def plant(seed=0, *, n=120, m=120, saved=0.06, noise=30.0, shift=0.0):
    """Baseline and reporting period of a plant that saved a known share."""
    random = np.random.default_rng(seed)
    X = random.normal(100, 15, (n + m, 1))
    X[n:] += shift
    y = 300 + 7 * X[:, 0] + noise * random.normal(size=n + m)
    y[n:] *= 1 - saved
    t = np.arange(n + m)
    return (
        observe(t[:n], y[:n], X=X[:n], names=["starch"]),
        observe(t[n:], y[n:], X=X[n:], names=["starch"]),
    )


def doe_plant():
    case = json.loads((PUBLISHED / "doe-acme-rochester.json").read_text())
    return case["published"], np.array([row[1:] for row in case["rows"]])


def doe_year(table, year, energy, drivers):
    rows = slice(12 * year, 12 * year + 12)
    names = ["production", "temperature"][:drivers]
    steps = np.arange(36)[rows]
    return observe(steps, table[rows, energy], X=table[rows, 2 : 2 + drivers], names=names)


@pytest.mark.parametrize(
    ("target", "verdict"), [(0.03, "proven"), (0.06, "plausible"), (0.09, "refuted")]
)
def test_a_saving_of_six_per_cent_judges_three_claims(target, verdict):
    """Well below it is proven, equal to it plausible, well above it refuted."""
    outcome = evaluate(*plant(), target=target, finished=True)
    assert outcome.verdict == verdict
    assert outcome.reason.key == verdict


def test_a_saving_lost_in_the_noise_is_undecided_with_what_would_decide_it():
    """A wide interval names its range and the CV(RMSE) or points that would do."""
    outcome = evaluate(*plant(noise=400.0, n=40, m=40), target=0.2, finished=True)
    assert outcome.verdict == "undecided"
    assert outcome.reason.key == "undecided"
    assert "CV(RMSE)" in outcome.reason.text()


def test_a_refuted_claim_still_says_what_is_shown():
    """8 % claimed, 6 % saved: refuted, and at least L % is shown."""
    outcome = evaluate(*plant(), target=0.08, finished=True)
    assert outcome.verdict == "refuted"
    shown = outcome.as_json()["shown_percent"]
    assert 4 < shown < 6.5
    assert f"at least {np.floor(10 * shown) / 10:g} % is shown" in outcome.reason.text()


def test_before_the_end_of_the_claim_there_is_an_interval_and_no_verdict():
    """Stopping when it suits is shopping."""
    outcome = evaluate(*plant(), target=0.03, finished=False)
    assert outcome.verdict is None
    assert outcome.reason.key == "so-far"
    assert outcome.as_json()["saving_low"] > 0


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1),
    target=st.floats(0, 0.3),
    saved=st.floats(-0.1, 0.3),
    noise=st.sampled_from([5.0, 30.0, 60.0]),
)
def test_the_verdict_follows_from_the_interval_of_the_claim_alone(seed, target, saved, noise):
    """proven: low >= 0; refuted: high < 0; plausible: neither, and the saving's low above 0."""
    outcome = evaluate(*plant(seed, saved=saved, noise=noise), target=target, finished=True)
    low, high = outcome.saving.margin(target)
    if low >= 0:
        wanted = "proven"
    elif high < 0:
        wanted = "refuted"
    else:
        wanted = "plausible" if outcome.saving.low > 0 else "undecided"
    if outcome.reason.key.startswith("hangs-on"):  # one plant in thousands: a few rows decide it
        assert (outcome.verdict, wanted in ("proven", "plausible")) == ("undecided", True)
        return
    assert outcome.verdict == wanted
    assert (outcome.verdict == "proven") == (outcome.saving.shown >= target) or target == 0


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), target=st.floats(0.005, 0.3), saved=st.floats(0, 0.3))
def test_the_sentence_never_says_more_than_the_numbers(seed, target, saved):
    """Rounded bounds stay on their side of the claim and of the truth."""
    outcome = evaluate(*plant(seed, saved=saved), target=target, finished=True)
    said = outcome.reason.parameters
    if "shown" in said:
        assert said["shown"] <= 100 * outcome.saving.shown + 1e-6
        assert said["most"] >= 100 * outcome.saving.share_high - 1e-6
        assert (said["shown"] >= 100 * target - 1e-6) == (outcome.verdict == "proven")
        if outcome.verdict == "refuted":
            assert said["most"] < 100 * target


def test_doe_plant_electricity_2009_claimed_at_5_per_cent_is_undecided():
    """12 noisy months: the interval is wider than the saving, and that is the reason given."""
    published, table = doe_plant()
    baseline, reporting = (doe_year(table, year, 0, 1) for year in (0, 2))
    outcome = evaluate(baseline, reporting, target=0.05, finished=True)
    assert outcome.verdict == "undecided"
    assert outcome.reason.key == "undecided"
    result = outcome.saving
    assert result.expected == pytest.approx(published["modelled_2009"]["electricity"], rel=1e-6)
    assert result.high - result.low > result.value > 0


@pytest.mark.parametrize(("year", "index"), [("2008", 1), ("2009", 2)])
def test_doe_plant_senpi_agrees_with_the_published_indicator(year, index):
    """Actual over modelled, electricity and gas together, as DOE's tool published it."""
    published, table = doe_plant()
    sources = []
    for energy, drivers, name in ((0, 1, "electricity"), (1, 2, "gas")):
        baseline, reporting = (doe_year(table, k, energy, drivers) for k in (0, index))
        outcome = evaluate(baseline, reporting, target=0.05, finished=True)
        sources.append(Source(name, outcome.saving.actual, outcome.saving.expected))
    assert forecast_senpi(sources) == pytest.approx(published["senpi"][year], rel=1e-6)


def test_points_outside_the_baseline_are_counted_one_by_one():
    """Trap: a mean within range hides 4 of 12 months beyond the baseline's maximum."""
    random = np.random.default_rng(1)
    x = np.linspace(90, 110, 24)
    y = 300 + 7 * x + random.normal(0, 2, 24)
    x1 = np.array([92.0, 93, 94, 95, 92, 93, 94, 95, 111, 112, 113, 114])
    y1 = 0.8 * (300 + 7 * x1)
    outcome = evaluate(
        observe(np.arange(24), y, X=x[:, None], names=["starch"]),
        observe(np.arange(24, 36), y1, X=x1[:, None], names=["starch"]),
        target=0.05,
        finished=True,
    )
    assert 90 < x1.mean() < 110
    assert outcome.reach.outside == 4
    assert outcome.verdict == "undecided"
    assert outcome.reason.key == "outside"
    assert outcome.saving.shown > 0.05


def test_a_stated_share_of_points_outside_is_still_believed():
    """The same points pass when the plan allows for half of them."""
    baseline, reporting = plant(shift=32.0)
    strict = evaluate(baseline, reporting, target=0.03, finished=True)
    lenient = evaluate(baseline, reporting, target=0.03, finished=True, outside_limit=1.0)
    assert strict.reason.key == "outside"
    assert lenient.verdict == "proven"


def test_negative_expected_use_is_shown_and_not_clamped():
    """Trap: a tool that sets it to zero changes the sum in silence."""
    baseline, reporting = plant(noise=3.0)
    X = reporting.X.copy()
    X[0] = -200.0
    outcome = evaluate(
        baseline,
        observe(reporting.t, reporting.y, X=X, names=["starch"]),
        target=0.03,
        finished=True,
    )
    assert outcome.expected_points[0] < 0
    assert outcome.saving.expected == pytest.approx(outcome.expected_points.sum())
    assert "negative-expected" in {warning.key for warning in outcome.warnings}


def test_a_mean_model_cannot_prove_a_saving_from_a_fall_in_production():
    """The driver fails its tests, production halves: no verdict hangs on the mean alone."""
    random = np.random.default_rng(4)
    x = random.normal(100, 10, 40)
    y = 300 + 7 * x + 110 * random.normal(size=40)
    x1 = np.full(40, 82.0) + random.normal(0, 1, 40)
    y1 = 300 + 7 * x1
    outcome = evaluate(
        observe(np.arange(40), y, X=x[:, None], names=["starch"]),
        observe(np.arange(40, 80), y1, X=x1[:, None], names=["starch"]),
        target=0.02,
        finished=True,
    )
    assert outcome.model.fit.drivers == ()
    assert outcome.saving.shown > 0.02
    assert outcome.verdict == "undecided"
    assert outcome.reason.key == "unsettled"


def spoiled(what):
    baseline, reporting = plant(n=30, m=30)

    def change(period, **kwargs):
        values = {"t": period.t, "y": period.y, "X": period.X} | kwargs
        return observe(values["t"], values["y"], X=values["X"], names=["starch"])

    return {
        "few-baseline-points": (change(baseline, t=[0], y=[1], X=[[1]]), reporting),
        "zero-driver": (change(baseline, X=0 * baseline.X), reporting),
        "constant-driver": (change(baseline, X=0 * baseline.X + 5), reporting),
        "zero-consumption": (change(baseline, y=0 * baseline.y), reporting),
        "constant-consumption": (change(baseline, y=0 * baseline.y + 5), reporting),
        "no-reporting-points": (baseline, change(reporting, t=np.array([], int), y=[], X=[])),
        "negative-actual": (baseline, change(reporting, y=-reporting.y)),
        "nothing-expected": (baseline, change(reporting, X=reporting.X - 1000)),
    }[what]


@pytest.mark.parametrize(
    "key",
    [
        "few-baseline-points",
        "zero-driver",
        "constant-driver",
        "zero-consumption",
        "constant-consumption",
        "no-reporting-points",
        "negative-actual",
        "nothing-expected",
    ],
)
def test_bad_data_are_undecided_with_the_reason_and_without_a_number(key):
    """Every number of the claim is None, and the sentence exists in both languages."""
    outcome = evaluate(*spoiled(key), target=0.05, finished=True)
    assert outcome.verdict == "undecided"
    assert outcome.reason.key == key
    said = outcome.as_json("vi")
    numbers = ("saving", "saving_low", "saving_high", "expected", "actual", "shown_percent")
    assert all(said[name] is None for name in numbers)
    assert said["reason"] != outcome.as_json("en")["reason"]


def test_overlapping_periods_and_senseless_claims_are_errors():
    """One line each."""
    baseline, reporting = plant()
    for arguments, target in (
        ((baseline, baseline), 0.05),
        ((reporting, baseline), 0.05),
        ((baseline, reporting), 6.0),
    ):
        with pytest.raises(AnalysisError) as refused:
            evaluate(*arguments, target=target, finished=True)
        assert "\n" not in str(refused.value)


def test_a_claim_has_the_agreed_keys_and_is_plain_json():
    """The same keys stand in `verify --json`, the API and the evidence file; no NaN among them."""
    outcome = evaluate(*plant(), target=0.05, finished=True)
    claim = VerifiedClaim(
        "closed-drying", "electricity", "2026-01-15", "2027-01-14", "kWh", outcome
    )
    said = json.loads(json.dumps(claim.as_json(), allow_nan=False))
    assert said.keys() >= CLAIM_KEYS
    assert said["model"].keys() >= MODEL_KEYS
    assert said["saving"] == pytest.approx(said["expected"] - said["actual"])
    assert set(said["model"]["coefficients"]) == {"intercept", "starch"}
    for one in said["model"]["candidates"]:
        assert one.keys() >= {
            "drivers", "coefficients", "standard_errors", "p_values", "r2", "adjusted_r2", "f_p",
            "used", "why",
        }  # fmt: skip
    assert [one["used"] for one in said["model"]["candidates"]].count(True) == 1


def test_a_refused_claim_has_the_same_keys():
    """Readers need not ask whether a key is there."""
    good = evaluate(*plant(), target=0.05, finished=True).as_json()
    bad = evaluate(*spoiled("zero-driver"), target=0.05, finished=True).as_json()
    assert bad.keys() == good.keys()


def test_exclusions_are_named_in_the_warnings():
    """What was left out is said with its count and reason, for each period."""
    baseline, reporting = plant()
    excluded = observe(
        baseline.t, baseline.y, X=baseline.X, names=["starch"], excluded={3: "stop", 4: "stop"}
    )
    outcome = evaluate(excluded, reporting, target=0.03, finished=True)
    warning = next(one for one in outcome.warnings if one.key == "excluded-baseline")
    assert warning.text() == "2 points of the baseline are left out: stop."


def test_cusum_ends_at_minus_the_saving():
    """The running sum of actual - expected falls by what is saved."""
    outcome = evaluate(*plant(), target=0.03, finished=True)
    assert outcome.cusum[-1] == pytest.approx(-outcome.saving.value)


def test_the_model_alone_is_what_the_live_page_expects_with():
    """The baseline's model is the same with and without a reporting period."""
    baseline, reporting = plant()
    alone = baseline_model(baseline)
    judged = evaluate(baseline, reporting, target=0.03, finished=True)
    np.testing.assert_array_equal(alone.fit.expect(reporting.X), judged.expected_points)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_the_outcome_does_not_depend_on_the_order_of_rows(seed, shuffle):
    """Rows in any order, each with its step, give the same claim byte for byte."""
    baseline, reporting = plant(seed, n=40, m=40)
    order = list(range(40))
    shuffle.shuffle(order)
    shuffled = [
        observe(one.t[order], one.y[order], X=one.X[order], names=["starch"])
        for one in (baseline, reporting)
    ]
    first = evaluate(baseline, reporting, target=0.05, finished=True).as_json()
    assert evaluate(*shuffled, target=0.05, finished=True).as_json() == first


@pytest.mark.parametrize("key", TEXTS)
def test_every_sentence_exists_in_both_languages_with_the_same_parameters(key):
    """English and Vietnamese hold the same placeholders."""
    fields = [
        sorted(name for _, name, _, _ in Formatter().parse(TEXTS[key][language]) if name)
        for language in ("en", "vi")
    ]
    assert fields[0] == fields[1]


def test_vietnamese_writes_a_decimal_comma():
    """6.5 is 6,5 in Vietnamese, also within a sentence within a sentence."""
    inner = Message("decide-cv", {"cv": 3.5})
    bounds = {"shown": 1.25, "most": 6.5, "target": 5.0, "decide": inner}
    said = Message("plausible", bounds).text("vi")
    assert "1,25" in said
    assert "6,5" in said
    assert "3,5" in said
