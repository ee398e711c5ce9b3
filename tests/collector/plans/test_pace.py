"""What a daily, weekly or bent baseline expects of a shift, by hand-made numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import scipy.stats

from collector.analysis.regression import fit
from collector.claims.verify import Baseline
from collector.ledger import Adjustment, Amount, Ledger
from collector.plans.pace import expect_parts, half_widths
from collector.read import Amounts
from collector.store.protocol import Floats
from collector.store.sqlite import SqliteStore
from plant.calendar import Span, day_start_ms, shifts
from plant.check import load_plant
from plant.description import Plan

TUESDAY = date(2026, 3, 3)
THREE = {"morning": time(6), "afternoon": time(14), "night": time(22)}
MORE = """
[drivers.temperature]
unit = "degC"
[drivers.cdd]
from = "temperature"
above = 20
"""
X = np.linspace(60, 140, 41)


@pytest.fixture
def amounts(plant_file: Path, tmp_path: Path) -> Amounts:
    plant_file.write_text(plant_file.read_text() + MORE)
    plant = load_plant(plant_file)
    return Amounts(plant, SqliteStore(tmp_path / "s.sqlite"), ledger=Ledger(tmp_path))


def baseline(
    use: Callable[..., Floats], columns: dict[str, Floats], *, by: str = "day", **more: Any
) -> Baseline:
    """A baseline whose model is the exact one of `use`."""
    matrix = np.column_stack(list(columns.values()))
    found = fit(use(*matrix.T), matrix, drivers=list(columns), shapes=more.pop("shapes", None))
    plan = Plan.model_validate({"baseline": ["2025-01-01", "2025-12-31"], "by": by})
    adjustments = more.pop("adjustments", [])
    return Baseline("electricity", plan, cast(Any, SimpleNamespace(fit=found)), None, adjustments)


def made(*tonnes: float) -> Callable[[str, Sequence[Span]], Floats]:
    return lambda driver, spans: np.array(tonnes, dtype=np.float64)


def day(amounts: Amounts, first: date = TUESDAY) -> list[Span]:
    return list(shifts(first, first + timedelta(days=1), THREE, amounts.plant.zone))


def test_a_shift_takes_the_slope_by_its_output_and_the_intercept_by_its_hours(amounts) -> None:
    linear = baseline(lambda starch: 2400 + 150 * starch, {"starch": X})
    found = expect_parts(amounts, linear, day(amounts), seen=made(40, 30, 0)).expected
    assert found == pytest.approx([800 + 6000, 800 + 4500, 800])


def test_parts_of_a_day_sum_to_what_is_expected_of_the_day(amounts) -> None:
    linear = baseline(lambda starch: 2400 + 150 * starch, {"starch": X})
    start = day_start_ms(TUESDAY, amounts.plant.zone)
    edges = [start + round(hours * 3_600_000) for hours in (0, 5, 5.5, 19, 24)]
    spans = [Span(a, b, "") for a, b in pairwise(edges)]
    found = expect_parts(amounts, linear, spans, seen=made(10, 1, 60, 29)).expected
    assert found.sum() == pytest.approx(2400 + 150 * 100)


def test_a_weekday_is_shared_by_hours_and_a_night_has_that_of_the_day_it_began(amounts) -> None:
    weekday = np.arange(X.size) % 7.0
    plan = baseline(
        lambda starch, wd: 2400 + 150 * starch + 300 * (wd == 1) - 600 * (wd == 2),
        {"starch": X, "weekday": weekday},
        shapes={"weekday": "weekday"},
    )
    found = expect_parts(amounts, plan, day(amounts), seen=made(40, 40, 40)).expected
    assert found == pytest.approx([900 + 6000] * 3)  # Tuesday, the night too


def test_a_season_is_shared_by_hours(amounts) -> None:
    plan = baseline(
        lambda starch, phase: 2400 + 150 * starch + 240 * np.cos(2 * np.pi * phase),
        {"starch": X, "season": (np.arange(X.size) * 0.07) % 1},
        shapes={"season": "season"},
    )
    phase = ((TUESDAY.toordinal() + 0.5) / 365.2425) % 1
    wave = 240 * np.cos(2 * np.pi * phase)
    found = expect_parts(amounts, plan, day(amounts), seen=made(40, 30, 20)).expected
    assert found == pytest.approx([(2400 + wave) / 3 + 150 * tonnes for tonnes in (40, 30, 20)])


def test_a_bend_is_met_at_the_pace_of_a_whole_day(amounts) -> None:
    """90 t a day bends: 8 hours at 40 t go at 120 t a day, 8 hours at 20 t at 60."""
    bent = baseline(
        lambda starch: 2400 + 150 * np.maximum(starch - 90, 0),
        {"starch": X},
        shapes={"starch": "above"},
    )
    found = expect_parts(amounts, bent, day(amounts), seen=made(40, 20, 30)).expected
    assert found == pytest.approx([800 + 150 * 30 / 3, 800, 800], rel=1e-6)


def test_what_is_known_by_the_day_alone_is_that_of_the_day(amounts) -> None:
    entry = Amount("temperature", TUESDAY, TUESDAY + timedelta(days=1), 26.0, "degC")
    amounts._ledger.amounts.enter("mill", [(entry, "t")], author="a", reason="", entered_ms=0)
    plan = baseline(
        lambda starch, cdd: 2400 + 150 * starch + 90 * cdd,
        {"starch": X, "cdd": np.arange(X.size) % 5.0},
    )
    found = expect_parts(amounts, plan, day(amounts), seen=made(40, 40, 40)).expected
    assert found == pytest.approx([(2400 + 90 * 6) / 3 + 6000] * 3)


def test_a_week_is_met_at_the_pace_of_a_whole_week(amounts) -> None:
    weekly = baseline(lambda starch: 16_800 + 150 * starch, {"starch": 7 * X}, by="week")
    found = expect_parts(amounts, weekly, day(amounts), seen=made(40, 30, 20)).expected
    assert found == pytest.approx([800 + 6000, 800 + 4500, 800 + 3000])


def test_without_the_output_of_a_shift_nothing_is_expected_of_it(amounts) -> None:
    linear = baseline(lambda starch: 2400 + 150 * starch, {"starch": X})
    found = expect_parts(amounts, linear, day(amounts), seen=made(40, np.nan, 20)).expected
    assert np.isnan(found).tolist() == [False, True, False]
    entry = Amount("starch", TUESDAY, TUESDAY + timedelta(days=1), 100.0, "t")
    amounts._ledger.amounts.enter("mill", [(entry, "t")], author="a", reason="", entered_ms=0)
    assert np.isnan(
        expect_parts(amounts, linear, day(amounts)).expected
    ).all()  # known by the day alone


def test_an_adjustment_is_shared_by_hours(amounts) -> None:
    both = (TUESDAY, TUESDAY + timedelta(days=1))
    signed = Adjustment(1, "electricity", *both, 1200.0, "kWh", "a", "a fire pump ran", 0)
    linear = baseline(lambda starch: 2400 + 150 * starch, {"starch": X}, adjustments=[signed])
    found = expect_parts(amounts, linear, day(amounts), seen=made(40, 30, 20)).expected
    assert found == pytest.approx([1000 + 6000, 1000 + 4500, 1000 + 3000])


def test_what_parts_may_be_wrong_by_adds_up_to_what_their_day_may(amounts) -> None:
    """Errors of parts are independent; what the coefficients may be wrong by is shared."""
    wobbly = baseline(lambda starch: 2400 + 150 * starch + 40 * np.sin(9 * starch), {"starch": X})
    whole = float(half_widths(wobbly, np.array([[100.0]]))[0])
    thirds = half_widths(wobbly, np.array([[100.0]] * 3), share=np.full(3, 1 / 3))
    fit = wobbly.model.fit
    t = scipy.stats.t.ppf(0.95, fit.dof)
    leverage = (whole / (t * fit.rmse)) ** 2 - 1
    assert 0 < leverage < 1
    assert np.sum(thirds**2) == pytest.approx((t * fit.rmse) ** 2 * (1 + leverage / 3))
