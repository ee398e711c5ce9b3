"""Today, months, baseline and claims from a real store and ledger: nothing expected unlocked."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from collector.intake.ingest import Change
from collector.ledger import Amount, Ledger
from collector.plans.locked import lock_plan
from collector.store import COUNTER, Latest, Series, open_store
from collector.store.protocol import samples
from dashboards.figures import Wanted, is_over
from dashboards.now import Now, Tile
from dashboards.source import PlantSource
from plant.calendar import day_start_ms
from plant.check import load_plant

PLANT = """
[plant]
id = "demo"
name = "Demo"
[products.starch]
unit = "t"
[resources.electricity]
[resources.water]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:5020"
[meters.incomer]
bus = "yard/panel"
model = "schneider-pm5560"
resource = "electricity"
[meters.scale]
bus = "yard/panel"
unit_id = 2
model = "generic-belt-scale"
product = "starch"
[alarms]
over_expected = "8 %"
[plans.electricity]
baseline = ["2025-01-01", "2025-12-31"]
drivers = ["starch"]
[claims.drying]
resource = "electricity"
since = "2026-01-01"
until = "2026-02-28"
saves = "5 %"
"""
BASE, SLOPE, SAVED = 2000.0, 150.0, 0.1
TODAY = date(2026, 3, 10)


def _made(day: date) -> float:
    return 40.0 + 20.0 * ((day.toordinal() * 7) % 11) / 10


def _used(day: date) -> float:
    """Linear in output, with a scatter of about one per cent, and a saving from 2026 on."""
    noise = 60.0 * np.sin(1.7 * day.toordinal())
    return float((BASE + SLOPE * _made(day) + noise) * (1 - SAVED * (day.year > 2025)))


class Works:
    """A plant with amounts imported by the day, and counters of today."""

    def __init__(self, folder: Path) -> None:
        (folder / "plant.toml").write_text(PLANT)
        self.plant = load_plant(folder / "plant.toml")
        self.zone = self.plant.zone
        self.store = open_store(None, folder)
        self.ledger = Ledger(folder)
        self.source = PlantSource(self.plant, self.store, ledger=self.ledger)
        self.midnight_ms = day_start_ms(TODAY, self.zone)

    def bring(self, first: date, end: date, *, without: tuple[date, ...] = ()) -> None:
        days = [first + timedelta(days=i) for i in range((end - first).days)]
        rows = [
            (Amount(name, day, day + timedelta(days=1), amount(day), unit), "test")
            for day in days
            if day not in without
            for name, amount, unit in (("electricity", _used, "kWh"), ("starch", _made, "t"))
        ]
        self.ledger.amounts.enter("demo", rows, author="test", reason="", entered_ms=0)

    def count(self, meter: str, point: str, per_hour: float, *, hours: float) -> None:
        """A counter read every minute, from before midnight until so many hours after it."""
        times = np.arange(-60, hours * 60 + 1) * 60_000 + self.midnight_ms
        values = 1000 + (times - times[0]) / 3_600_000 * per_hour
        series = Series(COUNTER, "demo", (meter, point))
        self.store.write({series: samples(times, values)})
        newest = Latest(int(times[-1]), float(values[-1]), 0)
        self.source.take(Change("demo", newest.time_ms, {series: newest}, derived=True))

    def lock(self) -> None:
        lock_plan(
            self.plant,
            "electricity",
            ledger=self.ledger,
            store=self.store,
            author="test",
            reason="",
            now_ms=self.midnight_ms,
        )

    def now(self, hours: float = 0.0) -> Now:
        return self.source.now(self.midnight_ms + round(hours * 3_600_000))

    def tile(self, hours: float = 0.0) -> Tile:
        return self.now(hours).tiles[0]


@pytest.fixture
def works(tmp_path: Path) -> Works:
    """A plant that knows nothing yet."""
    return Works(tmp_path)


def test_a_month_is_the_ratio_of_its_sums_and_the_baseline_year_that_of_its_own(
    works: Works,
) -> None:
    works.bring(date(2025, 1, 1), TODAY)
    history = works.tile(1.0).history
    assert [m.first for m in history.months] == [
        date(2025 + i // 12, i % 12 + 1, 1) for i in range(15)
    ]
    january = [date(2025, 1, 1) + timedelta(days=i) for i in range(31)]
    expected = sum(map(_used, january)) / sum(map(_made, january))
    assert history.months[0].specific == pytest.approx(expected)
    year = [date(2025, 1, 1) + timedelta(days=i) for i in range(365)]
    assert history.baseline_specific == pytest.approx(sum(map(_used, year)) / sum(map(_made, year)))
    assert [m.is_baseline for m in history.months] == [True] * 12 + [False] * 3
    assert [m.is_whole for m in history.months] == [True] * 14 + [False]
    assert history.unit == "kWh/t"


def test_a_month_with_a_day_unknown_is_unknown(works: Works) -> None:
    works.bring(date(2025, 1, 1), TODAY, without=(date(2025, 4, 9),))
    history = works.tile(1.0).history
    assert [m.specific is None for m in history.months] == [i == 3 for i in range(15)]
    assert history.baseline_specific is None


def test_months_before_anything_is_known_are_not_shown(works: Works) -> None:
    works.bring(date(2025, 11, 1), TODAY)
    assert works.tile(1.0).history.months[0].first == date(2025, 11, 1)


def test_a_resource_that_nobody_measures_has_no_tile(works: Works) -> None:
    assert [tile.resource for tile in works.now().tiles] == ["electricity"]


def test_today_runs_from_midnight_to_the_last_reading(works: Works) -> None:
    works.count("incomer", "energy", 500.0, hours=6)
    works.count("scale", "mass", 2.5, hours=6)
    today = works.tile(6.05).today
    assert today.span.start_ms == works.midnight_ms
    assert today.span.end_ms == works.midnight_ms + 6 * 3_600_000
    assert today.amount == pytest.approx(3000.0)
    assert today.output == pytest.approx(15.0)
    assert today.specific == pytest.approx(200.0)


def test_no_output_is_no_consumption_per_unit(works: Works) -> None:
    works.count("incomer", "energy", 500.0, hours=1)
    works.count("scale", "mass", 0.0, hours=1)
    today = works.tile(1.0).today
    assert (today.output, today.specific) == (0.0, None)


def test_nothing_is_expected_and_no_saving_shown_before_the_plan_is_locked(works: Works) -> None:
    works.bring(date(2025, 1, 1), TODAY)
    works.count("incomer", "energy", 500.0, hours=6)
    works.count("scale", "mass", 2.5, hours=6)
    tile = works.tile(6.0)
    assert tile.plan.state == "open"
    assert (tile.today.reference, tile.today.over_percent) == ("baseline", None)
    (claim,) = tile.claims
    assert (claim.saving, claim.saving_low, claim.shown_percent) == (None, None, None)
    assert "lock" in claim.reason["en"]
    assert claim.reason["vi"] != claim.reason["en"]


def test_a_locked_plan_expects_by_its_model_with_the_days_share_of_the_base(works: Works) -> None:
    works.bring(date(2025, 1, 1), TODAY)
    works.count("incomer", "energy", 500.0, hours=6)
    works.count("scale", "mass", 2.5, hours=6)
    works.lock()
    tile = works.tile(6.0)
    assert tile.plan.state == "locked"
    assert tile.plan.locked_on == TODAY
    expected = (BASE / 4 + SLOPE * 15.0) / 15.0
    assert tile.today.reference == "expected"
    assert tile.today.reference_specific == pytest.approx(expected, rel=0.01)
    assert tile.today.over_percent == pytest.approx(100 * (200 / expected - 1), abs=1)
    assert tile.today.is_abnormal is True


def test_a_plan_with_a_weekday_term_expects_of_a_day_that_still_runs(works: Works) -> None:
    plan = works.plant.plans["electricity"].model_copy(update={"terms": ("weekday",)})
    works.plant.plans["electricity"] = plan
    works.bring(date(2025, 1, 1), TODAY)
    works.count("incomer", "energy", 500.0, hours=6)
    works.count("scale", "mass", 2.5, hours=6)
    works.lock()
    expected = (BASE / 4 + SLOPE * 15.0) / 15.0  # no weekday differs from another
    assert works.tile(6.0).today.reference_specific == pytest.approx(expected, rel=0.01)


def test_a_claim_carries_its_verdict_interval_and_reason(works: Works) -> None:
    works.bring(date(2025, 1, 1), TODAY)
    works.lock()
    (claim,) = works.tile(1.0).claims
    assert claim.verdict == "proven"
    assert claim.saving_percent == pytest.approx(10, abs=0.5)
    assert claim.saving_low_percent is not None
    assert claim.saving_high_percent is not None
    assert 5 < claim.saving_low_percent < claim.saving_percent < claim.saving_high_percent < 12
    assert (claim.since, claim.until) == (date(2026, 1, 1), date(2026, 2, 28))


def test_a_lock_made_by_another_process_shows_at_the_next_look(works: Works) -> None:
    works.bring(date(2025, 1, 1), TODAY)
    assert works.tile(1.0).claims[0].saving is None
    works.lock()
    assert works.tile(1.0).claims[0].saving is not None


def test_a_plan_that_was_changed_after_its_lock_expects_nothing(works: Works) -> None:
    works.bring(date(2025, 1, 1), TODAY)
    works.lock()
    assert works.tile(1.0).claims[0].saving is not None
    changed = works.plant.plans["electricity"].model_copy(update={"confidence": 80.0})
    works.plant.plans["electricity"] = changed
    tile = works.tile(1.0)
    assert tile.plan.state == "changed"
    assert tile.claims[0].saving is None
    assert tile.today.reference != "expected"


def test_late_amounts_show_at_the_next_look(works: Works) -> None:
    works.bring(date(2025, 1, 1), date(2026, 2, 1))
    assert works.tile(1.0).history.months[13].specific is None
    works.bring(date(2026, 2, 1), TODAY)
    assert works.tile(1.0).history.months[13].specific is not None


@pytest.mark.parametrize(
    ("used", "half", "limit", "is_marked"),
    [
        (108.5, 5.0, 8.0, True),
        (107.5, 5.0, 8.0, False),  # within the plant's limit
        (108.5, 9.0, 8.0, False),  # within what the model may be wrong by
        (108.5, 5.0, None, False),
        (float("nan"), 5.0, 8.0, False),
    ],
)
def test_consumption_is_marked_beyond_the_limit_and_beyond_the_models_own_doubt(
    used: float, half: float, limit: float | None, is_marked: bool
) -> None:
    assert is_over(used, Wanted(100.0, half), limit_percent=limit) is is_marked
