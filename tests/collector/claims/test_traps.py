"""The traps that tools of this field fall into, one test each, by the number of the method file."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from collector.analysis.evaluation import evaluate
from collector.analysis.forecast import forecast
from collector.analysis.observations import observe
from collector.analysis.power import power
from collector.analysis.regression import fit
from collector.entries.commands import import_main
from collector.entry_points import plan_main, verify_main
from collector.ledger import Ledger
from collector.profile.commands import profile_main
from collector.read import Amounts
from collector.store.sqlite import SqliteStore
from plant.calendar import days, months
from plant.check import load_plant

HEAD = '[plant]\nid = "mill"\nname = "Mill"\ntimezone = "UTC"\n'


def two_periods(y, X, *, n, names=("t",)):
    """A baseline of n rows and the reporting period after it."""
    steps = np.arange(len(y))
    X = np.asarray(X, dtype=float).reshape(len(y), -1)
    return [
        observe(steps[part], y[part], X=X[part], names=names) for part in (slice(n), slice(n, None))
    ]


def test_trap_01_the_most_favourable_model_proves_what_one_locked_rule_does_not() -> None:
    """Nothing saved, three real drivers, a year of months against another.

    The best of all subsets, looking forward or back, shows 5 % in a third of the plants or more;
    the locked rule's verdict finds it proven in hardly any.
    """
    shopped = proven = 0
    subsets = [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]
    plants = 60
    for seed in range(plants):
        random = np.random.default_rng(seed)
        X = random.normal(100, 20, (24, 3)) + np.arange(24)[:, None] * random.normal(0, 1, 3)
        y = 1000 + X @ [6.0, 4.0, 3.0] + random.normal(0, 180, 24)
        outcome = evaluate(
            *two_periods(y, X, n=12, names=("a", "b", "c")), target=0.05, finished=True
        )
        proven += outcome.verdict == "proven"
        found = []
        for subset in subsets:
            design = np.column_stack([np.ones(24), X[:, subset]])
            for own, other, sign in ((slice(12), slice(12, 24), 1), (slice(12, 24), slice(12), -1)):
                b, *_ = np.linalg.lstsq(design[own], y[own], rcond=None)
                expected = float((design[other] @ b).sum())
                found.append(sign * (expected - y[other].sum()) / expected)
        shopped += max(found) >= 0.05
    assert shopped >= plants / 3
    assert proven <= 0.05 * plants


def test_trap_02_kwh_per_tonne_falls_by_itself_and_no_saving_is_proven() -> None:
    """Share 0.4 fixed, a fifth more made: 6.7 % less for each tonne, and nothing saved."""
    random = np.random.default_rng(2)
    made = random.normal(100, 18, 300)
    made[150:] += 20
    used = 4000 + 60 * made + random.normal(0, 60, 300)
    per_tonne = [used[part].sum() / made[part].sum() for part in (slice(150), slice(150, 300))]
    assert 1 - per_tonne[1] / per_tonne[0] == pytest.approx(0.4 * 0.2 / 1.2, abs=0.01)
    outcome = evaluate(*two_periods(used, made, n=150), target=0.05, finished=True)
    assert outcome.verdict == "refuted"
    assert outcome.saving is not None
    assert abs(outcome.saving.value / outcome.saving.expected) < 0.005


def test_trap_03_the_model_that_is_printed_is_the_one_that_is_used() -> None:
    """The expected use follows from the printed coefficients alone."""
    random = np.random.default_rng(3)
    X = random.normal(100, 15, (240, 2))
    y = 900 + X @ [7.0, 2.0] + random.normal(0, 40, 240)
    baseline, reporting = two_periods(y, X, n=120, names=("a", "b"))
    told = json.loads(
        json.dumps(evaluate(baseline, reporting, target=0.05, finished=True).as_json())
    )
    printed = told["model"]["coefficients"]
    by_hand = sum(
        printed["intercept"]
        + sum(printed[name] * row[reporting.names.index(name)] for name in told["model"]["drivers"])
        for row in reporting.X
    )
    assert told["expected"] == pytest.approx(by_hand, rel=1e-12)


def test_trap_04_each_point_is_checked_for_its_range_not_the_mean_alone() -> None:
    """Four of twelve months lie above all of the baseline, their mean within it: undecided."""
    random = np.random.default_rng(4)
    made = np.concatenate([random.uniform(80, 120, 24), random.uniform(60, 70, 8), [150] * 4])
    used = 1000 + 10 * made + random.normal(0, 20, 36)
    assert made[:24].min() < made[24:].mean() < made[:24].max()
    outcome = evaluate(*two_periods(0.9 * used + 0.1 * used * (np.arange(36) < 24), made, n=24),
                       target=0.05, finished=True)  # fmt: skip
    assert outcome.verdict == "undecided"
    assert outcome.reason.key == "outside"
    assert outcome.reach is not None
    assert outcome.reach.outside >= 4


def test_trap_05_tonnes_of_different_products_are_never_added_unweighted(tmp_path, capsys) -> None:
    """More of the light product is no saving; and no figure is over the sum of both."""
    random = np.random.default_rng(5)
    X = random.normal(100, 15, (240, 2))
    X[120:] += [40, -40]
    y = 500 + X @ [2.0, 9.0] + random.normal(0, 20, 240)
    unweighted = [y[part].sum() / X[part].sum() for part in (slice(120), slice(120, 240))]
    assert 1 - unweighted[1] / unweighted[0] > 0.15
    outcome = evaluate(
        *two_periods(y, X, n=120, names=("light", "heavy")),
        target=0.05,
        finished=True,
        outside_limit=1,
    )
    assert outcome.verdict == "refuted"

    file = tmp_path / "plant.toml"
    file.write_text(
        f"{HEAD}[products.light]\n[products.heavy]\n[resources.electricity]\n", encoding="utf-8"
    )
    (tmp_path / "m.csv").write_text(
        "month,electricity [kWh],light [t],heavy [t]\n2025-01,1000,60,40\n", encoding="utf-8"
    )
    import_main([str(file), str(tmp_path / "m.csv")])
    capsys.readouterr()
    profile_main([str(file), "--from", "2025-01-01", "--to", "2025-01-31", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert [one["product"] for one in found["products"]] == ["light", "heavy"]
    assert all(one["is_shared"] for one in found["products"])
    assert found["quantities"][0]["total_specific"] == {"light": 1000 / 60, "heavy": 25}


def test_trap_06_a_negative_expected_value_is_counted_as_it_is_and_said() -> None:
    random = np.random.default_rng(6)
    made = np.concatenate([random.uniform(50, 150, 120), random.uniform(50, 150, 55), [5.0] * 5])
    used = np.maximum(-400 + 10 * made, 0) + random.normal(0, 15, 180)
    outcome = evaluate(*two_periods(used, made, n=120), target=0.05, finished=True)
    assert outcome.expected_points is not None
    assert outcome.saving is not None
    assert (outcome.expected_points < 0).sum() == 5
    assert outcome.saving.expected == pytest.approx(outcome.expected_points.sum(), rel=1e-12)
    assert "negative-expected" in [warning.key for warning in outcome.warnings]


def test_trap_07_autocorrelation_is_counted_once() -> None:
    """Counted twice, an interval is three times as wide as the one that knows r and sigma."""
    ratios = []
    for seed in range(12):
        random = np.random.default_rng(seed)
        made, r, n = random.normal(100, 15, 730), 0.6, 365
        errors = np.zeros(730)
        for i in range(1, 730):
            errors[i] = r * errors[i - 1] + random.normal()
        y = 500 + 5 * made + 20 * errors
        baseline, reporting = two_periods(y, made, n=n)
        fitted = fit(baseline.y, baseline.X, drivers=("t",))
        found = forecast(fitted, baseline.t, reporting_t=reporting.t, reporting_X=reporting.X)
        spread = r ** np.abs(np.subtract.outer(np.arange(730), np.arange(730))) / (1 - r**2) * 400
        design = np.column_stack([np.ones(730), made])
        weights = np.linalg.pinv(design[:n]).T @ design[n:].sum(axis=0)
        both = np.concatenate([-weights, np.ones(n)])
        ratios.append((found.high - found.low) / 2 / (1.645 * np.sqrt(both @ spread @ both)))
    assert 0.85 < np.median(ratios) < 1.2


def test_trap_08_twelve_months_are_told_what_they_can_show() -> None:
    """Half-width about 0.9 CV(RMSE) of independent errors; 5 % needs 3.7 % at most; it warns."""
    halves, needed = [], []
    for seed in range(40):
        random = np.random.default_rng(seed)
        X = random.normal(100, 15, (12, 1))
        y = 300 + 7 * X[:, 0] + random.normal(0, 60, 12)
        fitted = fit(y, X, drivers=("t",))
        found = power(fitted, np.arange(12), X=X, points=12, method="independent")
        halves.append(found.half_width / found.cv_rmse)
        needed.append(100 * (found.cv_rmse_needed(0.05) or 0))
    assert np.median(halves) == pytest.approx(0.9, abs=0.2)
    assert np.median(needed) == pytest.approx(3.7, abs=0.8)
    random = np.random.default_rng(8)
    made = random.normal(100, 15, 24)
    outcome = evaluate(
        *two_periods(300 + 7 * made + random.normal(0, 60, 24), made, n=12),
        target=0.05,
        finished=True,
    )
    assert "weak-baseline" in [warning.key for warning in outcome.warnings]


def test_trap_09_energy_booked_the_day_before_its_batch_is_weighed(tmp_path, capsys) -> None:
    """A lagged driver that the plan names finds what the plain one does not."""
    random = np.random.default_rng(9)
    made = np.clip(random.normal(100, 40, 425), 0, None)
    first = date(2025, 1, 1)
    used = 2000 + 50 * np.roll(made, 1) + random.normal(0, 100, 425)
    used[300:] *= 0.92
    lines = ["date,electricity [kWh],starch [t]"]
    lines += [f"{first + timedelta(i)},{used[i]:.2f},{made[i]:.3f}" for i in range(1, 425)]
    (tmp_path / "d.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = {}
    for driver in ("starch", "before"):
        file = tmp_path / driver / "plant.toml"
        file.parent.mkdir()
        file.write_text(
            HEAD + "[products.starch]\n[resources.electricity]\n[drivers.before]\n"
            'from = "starch"\nlag = "1 day"\n[plans.electricity]\n'
            f'baseline = ["2025-01-03", "2025-10-27"]\ndrivers = ["{driver}"]\n'
            '[claims.less]\nresource = "electricity"\nsince = "2025-10-28"\n'
            'until = "2026-02-28"\nsaves = "5 %"\n',
            encoding="utf-8",
        )
        assert import_main([str(file), str(tmp_path / "d.csv")]) == 0
        plan_main(["lock", str(file)])
        capsys.readouterr()
        verify_main([str(file), "--json"])
        (found[driver],) = json.loads(capsys.readouterr().out)
    assert found["before"]["model"]["r2"] > 0.95
    assert found["before"]["verdict"] == "proven"
    assert found["starch"]["model"]["drivers"] == []
    assert found["starch"]["verdict"] != "proven"


def test_trap_10_a_bill_covers_the_days_after_the_last_reading_up_to_its_own(tmp_path) -> None:
    """Read on 10 January and 9 February: 30 days of 100 kWh, 21 of them in January."""
    file: Path = tmp_path / "plant.toml"
    file.write_text(f"{HEAD}[resources.electricity]\n", encoding="utf-8")
    (tmp_path / "bills.csv").write_text(
        "reading-date,electricity [kWh]\n2025-01-10,900\n2025-02-09,3000\n2025-03-11,6000\n",
        encoding="utf-8",
    )
    assert import_main([str(file), str(tmp_path / "bills.csv")]) == 0
    plant = load_plant(file)
    store, ledger = SqliteStore(tmp_path / "store.sqlite"), Ledger(tmp_path / "data")
    amounts = Amounts(plant, store, ledger=ledger)
    by_day = amounts.totals(
        "electricity", list(days(date(2025, 1, 9), date(2025, 3, 13), plant.zone))
    )
    assert np.isnan(by_day.values[:2]).all(), "the day of the first reading is of a bill not known"
    assert by_day.values[2:32] == pytest.approx(100)
    assert by_day.values[32:62] == pytest.approx(200)
    assert np.isnan(by_day.values[62:]).all()
    (february,) = months(date(2025, 2, 1), date(2025, 3, 1), plant.zone)
    assert amounts.totals("electricity", [february]).values == pytest.approx(9 * 100 + 19 * 200)
    store.close()
    ledger.close()
