"""Performance rows say what the pages say, and expect nothing without a locked plan."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from collector.claims.verify import Verifier
from collector.deriving.performance import Performance
from collector.ledger import Amount, Ledger
from collector.plans.locked import lock_plan
from collector.store import INTERVAL, PERFORMANCE, Samples, Series
from collector.store.protocol import samples
from collector.store.sqlite import SqliteStore
from plant.calendar import SLOT_MS, day_start_ms, periods
from plant.check import load_plant
from plant.description import Plant

pytestmark = pytest.mark.slow

PLAN = """
[plans.electricity]
baseline = ["2025-01-01", "2025-03-31"]
drivers = ["starch"]
by = "day"

[claims.dryer]
resource = "electricity"
since = "2025-04-01"
until = "2025-05-31"
saves = "5 %"
"""
FIRST, END = date(2025, 1, 1), date(2025, 5, 1)


class Bench:
    """A plant of imported days: 100 kWh and 2 kWh for each tonne, a tenth less from April on."""

    def __init__(self, plant: Plant, folder: Path) -> None:
        self.plant = plant
        self.store = SqliteStore(folder / "s.sqlite")
        self.ledger = Ledger(folder)
        self.performance = Performance(plant, self.store, ledger=self.ledger)
        self.now_ms = day_start_ms(END, plant.zone)
        chance = np.random.default_rng(3)
        self.made = chance.uniform(40, 60, (END - FIRST).days)
        expected = 100 + 2 * self.made + chance.normal(0, 0.5, self.made.size)
        self.used = np.where(np.arange(self.made.size) >= 90, 0.9, 1.0) * expected
        entries = []
        for i, (made, used) in enumerate(zip(self.made, self.used, strict=True)):
            day = FIRST + timedelta(days=i)
            for name, value, unit in (("starch", made, "t"), ("electricity", used, "kWh")):
                amount = Amount(name, day, day + timedelta(days=1), float(value), unit)
                entries.append((amount, "x.csv"))
        self.ledger.amounts.enter("mill", entries, author="a", reason="", entered_ms=0)

    def make(self, first: date, end: date, tonnes: float) -> None:
        """Correct what was made on each of the days."""
        days = [first + timedelta(days=i) for i in range((end - first).days)]
        made = [Amount("starch", day, day + timedelta(days=1), tonnes, "t") for day in days]
        entries = [(amount, "y.csv") for amount in made]
        self.ledger.amounts.enter("mill", entries, author="a", reason="counted", entered_ms=1)

    def lock(self) -> None:
        lock_plan(
            self.plant,
            "electricity",
            ledger=self.ledger,
            store=self.store,
            author="a",
            reason="",
            now_ms=self.now_ms,
        )

    def rows(self, by: str, figure: str) -> Samples:
        series = Series(PERFORMANCE, "mill", ("electricity", by, figure))
        return self.store.read(series, 0, end_ms=2**62)


@pytest.fixture
def bench(plant_file: Path, tmp_path: Path) -> Iterator[Bench]:
    plant_file.write_text(plant_file.read_text(encoding="utf-8") + PLAN, encoding="utf-8")
    made = Bench(load_plant(plant_file), tmp_path)
    yield made
    made.store.close()
    made.ledger.close()


def test_specific_consumption_is_written_by_day_and_month(bench: Bench) -> None:
    bench.performance.update(None, bench.now_ms)
    days = bench.rows("day", "specific")
    assert days.values == pytest.approx(bench.used / bench.made)
    assert days.times_ms[0] == day_start_ms(FIRST, bench.plant.zone)
    months = bench.rows("month", "specific")
    january = bench.used[:31].sum() / bench.made[:31].sum()
    assert months.values[0] == pytest.approx(january)
    level = bench.used[:90].sum() / bench.made[:90].sum()
    assert bench.rows("day", "baseline_specific").values == pytest.approx(level)


def test_nothing_is_expected_before_the_plan_is_locked(bench: Bench) -> None:
    bench.performance.update(None, bench.now_ms)
    for by in ("day", "month"):
        assert len(bench.rows(by, "expected")) == 0
        assert len(bench.rows(by, "saving")) == 0


def test_a_locked_plan_expects_of_the_reporting_period_alone(bench: Bench) -> None:
    bench.performance.update(None, bench.now_ms)
    bench.lock()
    bench.performance.update(None, bench.now_ms)
    days = bench.rows("day", "expected")
    assert days.times_ms[0] == day_start_ms(date(2025, 4, 1), bench.plant.zone)
    assert days.values == pytest.approx(100 + 2 * bench.made[90:], rel=0.01)
    saved = bench.rows("day", "saving").values
    assert saved == pytest.approx(days.values - bench.used[90:])
    (april,) = bench.rows("month", "saving").values
    assert april == pytest.approx(saved.sum())


def test_nothing_is_expected_of_a_reporting_period_in_which_nothing_was_made(bench: Bench) -> None:
    bench.lock()
    bench.make(date(2025, 4, 1), END, 0.0)
    bench.performance.update(None, bench.now_ms)
    assert len(bench.rows("day", "expected")) == len(bench.rows("month", "saving")) == 0
    bench.make(date(2025, 4, 30), END, 50.0)
    bench.performance.update(None, bench.now_ms)
    assert len(bench.rows("day", "expected")) == len(bench.rows("day", "saving")) == 30
    bench.make(date(2025, 4, 30), END, 0.0)
    bench.performance.update(None, bench.now_ms)
    assert np.isnan(bench.rows("day", "expected").values).all(), "withdrawn"


def test_a_meter_that_begins_to_count_opens_the_whole_reporting_period(bench: Bench) -> None:
    """Of a derivation only the days from the first that changed are written anew."""
    bench.lock()
    bench.make(date(2025, 4, 1), END, 0.0)
    bench.performance.update(None, bench.now_ms)
    start_ms = day_start_ms(date(2025, 4, 30), bench.plant.zone)
    slots = np.arange(start_ms, start_ms + 96 * SLOT_MS, SLOT_MS)
    scale = Series(INTERVAL, "mill", ("scale", "starch"))
    bench.store.write({scale: samples(slots, np.full(slots.size, 0.5))})
    bench.performance.update(start_ms, bench.now_ms)
    assert len(bench.rows("day", "expected")) == 30


def test_a_reporting_period_that_had_just_begun_is_noticed_to_stand_still(bench: Bench) -> None:
    """Asked before its first day has ended, and five days on without another look at the ledger."""
    bench.lock()
    bench.make(date(2025, 4, 1), END, 0.0)
    bench.performance.update(None, day_start_ms(date(2025, 4, 1), bench.plant.zone))
    changed_ms, now_ms = (day_start_ms(date(2025, 4, day), bench.plant.zone) for day in (5, 6))
    bench.performance.update(changed_ms, now_ms)
    assert len(bench.rows("day", "actual")) == 95
    assert len(bench.rows("day", "expected")) == len(bench.rows("day", "saving")) == 0


def test_each_claim_of_a_backcast_has_its_own_model(plant_file: Path, tmp_path: Path) -> None:
    """A backcast's model is fitted to the claim's own days: April's halves, here."""
    second = """
[claims.later]
resource = "electricity"
since = "2025-04-16"
until = "2025-04-30"
saves = "5 %"
"""
    text = PLAN.replace('by = "day"', 'by = "day"\nmethod = "backcast"').replace("05-31", "04-15")
    plant_file.write_text(plant_file.read_text(encoding="utf-8") + text + second, encoding="utf-8")
    (tmp_path / "two").mkdir()
    bench = Bench(load_plant(plant_file), tmp_path / "two")
    bench.lock()
    bench.performance.update(None, bench.now_ms)
    verifier = Verifier(bench.plant, bench.store, ledger=bench.ledger)
    days = periods("day", date(2025, 4, 1), END, bench.plant.zone)
    wanted = [
        verifier.baseline("electricity", bench.now_ms, claim).expect(verifier.amounts, half)
        for claim, half in (("dryer", days[:15]), ("later", days[15:]))
    ]
    assert bench.rows("day", "expected").values == pytest.approx(np.concatenate(wanted))
    first = verifier.baseline("electricity", bench.now_ms, "dryer").expect(
        verifier.amounts, days[15:]
    )
    assert wanted[1] != pytest.approx(first), "the first claim's model says otherwise"
    (april,) = bench.rows("month", "expected").values
    assert april == pytest.approx(np.concatenate(wanted).sum())
    bench.store.close()
    bench.ledger.close()


def test_what_was_expected_is_withdrawn_when_the_plan_is_changed(
    bench: Bench, plant_file: Path
) -> None:
    bench.lock()
    bench.performance.update(None, bench.now_ms)
    assert not np.isnan(bench.rows("day", "expected").values).any()
    text = plant_file.read_text(encoding="utf-8").replace("2025-03-31", "2025-03-30")
    plant_file.write_text(text, encoding="utf-8")
    again = Performance(load_plant(plant_file), bench.store, ledger=bench.ledger)
    again.update(None, bench.now_ms)
    assert np.isnan(bench.rows("day", "expected").values).all()


def test_nothing_is_written_where_nothing_changed(bench: Bench) -> None:
    assert bench.performance.update(None, bench.now_ms) > 0
    assert bench.performance.update(None, bench.now_ms) == 0
    assert bench.performance.update(bench.now_ms - 86_400_000, bench.now_ms) == 0
    bench.lock()
    assert bench.performance.update(None, bench.now_ms) > 0


def test_a_baseline_is_remembered_until_a_day_of_it_changes(bench: Bench) -> None:
    """What is expected and the baseline's level follow a day of March, told by its derivation."""
    bench.lock()
    bench.performance.update(None, bench.now_ms)
    before = bench.rows("day", "expected").values, bench.rows("day", "baseline_specific").values
    start_ms = day_start_ms(date(2025, 3, 10), bench.plant.zone)
    slots = np.arange(start_ms, start_ms + 96 * SLOT_MS, SLOT_MS)
    series = Series(INTERVAL, "mill", ("incomer", "electricity"))
    bench.store.write({series: samples(slots, np.full(slots.size, 9.0))})
    bench.performance.update(day_start_ms(date(2025, 4, 20), bench.plant.zone), bench.now_ms)
    assert (bench.rows("day", "expected").values == before[0]).all(), "nobody told of March"
    bench.performance.update(start_ms, bench.now_ms)
    assert (bench.rows("day", "expected").values != before[0]).any()
    assert bench.rows("day", "baseline_specific").values[-1] > before[1][-1]
