"""Performance in money: each period by its own price, the model in its own unit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from dashboards.paging import Ask
from dashboards.performance import PAGE
from dashboards.performance.build import build
from dashboards.performance.result import Performance
from plant.calendar import days

PLANT = """
[plant]
id = "demo"
name = "Demo"
[products.starch]
[resources.electricity]
price = [{ from = "2025-02-01", value = 2000, per = "kWh" },
         { from = "2026-01-02", value = 2500, per = "kWh" }]
[plans.electricity]
baseline = ["2025-01-01", "2025-12-31"]
drivers = ["starch"]
[claims.drying]
resource = "electricity"
since = "2026-01-01"
until = "2026-12-31"
saves = "5 %"
"""
NEW_YEAR = date(2026, 1, 1)


YEAR = [date(2025, 1, 1) + timedelta(days=i) for i in range(368)]


def built(made: Any, *, is_idle: bool = False) -> Callable[..., Performance]:
    """Pages of a year and three days, of which the days made starch unless they were idle."""
    starch = {day: 60.0 + day.toordinal() % 9 * 10 for day in YEAR}
    noise = {day: 30 * np.sin(1.7 * day.toordinal()) for day in YEAR}
    used = {day: 2400 + 150 * t + noise[day] for day, t in starch.items()}
    for late in YEAR[365:]:
        used[late] -= 500
        starch[late] *= not is_idle
    made.bring("starch", "t", starch)
    made.bring("electricity", "kWh", used)
    now_ms = made.at(date(2026, 1, 4))
    made.lock("electricity", now_ms)
    return lambda **ask: build(made.records, Ask(**ask), now_ms)


@pytest.fixture
def page(make_plant: Callable[[str], Any]) -> Callable[..., Performance]:
    return built(make_plant(PLANT))


def test_each_period_is_told_by_its_own_price_and_the_cusum_sums_money(page) -> None:
    own, cost = page(), page(unit="cost")
    assert (cost.measure.unit, cost.specific_unit) == ("VND", "VND/t")
    late = [p for p in cost.points if p.part == "reporting"]
    differences = [p.difference for p in late]
    assert differences == [p.difference for p in own.points if p.part == "reporting"]
    assert [p.rate for p in late] == [2000, 2500, 2500]
    money = np.cumsum([2000 * differences[0], 2500 * differences[1], 2500 * differences[2]])
    assert [p.cusum for p in late] == [pytest.approx(value) for value in money]
    assert cost.reporting.actual == pytest.approx(sum(p.rate * p.consumption for p in late))
    assert cost.reporting.percent == own.reporting.percent
    assert [level.percent for level in cost.levels] == [level.percent for level in own.levels]


def test_a_period_without_a_price_is_not_told_in_money(page) -> None:
    cost = page(unit="cost")
    january = cost.points[0]
    assert (january.rate, january.told(january.consumption), january.cusum) == (None, None, None)
    assert january.consumption is not None
    sheet = PAGE.show(cost, "en")
    row = sheet.tables["periods"].rows[0]
    assert row[1] is None
    assert any(
        "31 days have no rate" in " ".join(b.lines) for b in sheet.blocks if b.kind == "text"
    )


def test_the_scatter_stays_in_the_unit_of_the_model(page) -> None:
    charts = {
        unit: {
            b.chart.key: b.chart
            for b in PAGE.show(page(unit=unit), "vi").blocks
            if b.kind == "plot"
        }
        for unit in ("own", "cost")
    }
    assert charts["cost"]["scatter"] == charts["own"]["scatter"]
    assert charts["cost"]["trend"] != charts["own"]["trend"]
    assert "VND" in charts["cost"]["cusum"].name


def test_a_resource_without_a_factor_has_no_co2e(page) -> None:
    with pytest.raises(LookupError, match="electricity has no co2e"):
        page(unit="co2e")


def test_a_week_over_a_change_of_price_costs_what_its_days_do(make_plant) -> None:
    text = PLANT.replace("2026-01-02", "2025-07-10").replace("drivers", 'by = "week"\ndrivers')
    made = make_plant(text)
    weeks = built(made)(unit="cost").points
    (week,) = [point for point in weeks if point.day == date(2025, 7, 7)]
    spans = list(days(week.day, week.day + timedelta(days=7), made.records.plant.zone))
    used = made.records.amounts.totals("electricity", spans).values
    assert week.told(week.consumption) == pytest.approx(used @ [*[2000] * 3, *[2500] * 4])


def test_hours_that_no_meter_saw_cost_what_is_left_of_the_day_that_was_entered(make_plant) -> None:
    """Evenly used: 22 hours at 2,000 and two at 1,250."""
    made = make_plant("""
[plant]
id = "demo"
name = "Demo"
[resources.electricity]
price = [{ from = "2025-01-01", value = 2000, per = "kWh", hours = [
    { name = "night", value = 1250, between = ["22:00-24:00"] } ] }]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:5020"
[meters.incomer]
bus = "yard/panel"
model = "schneider-pm5560"
resource = "electricity"
""")
    made.fill("incomer", made.at(NEW_YEAR), made.at(NEW_YEAR, 22), per_h=40)
    made.bring("electricity", "kWh", {NEW_YEAR: 960})
    after = made.at(NEW_YEAR + timedelta(days=1))
    point = build(made.records, Ask(unit="cost"), after).points[-1]
    assert (point.day, point.consumption) == (NEW_YEAR, pytest.approx(960))
    assert point.rate == pytest.approx((22 * 2000 + 2 * 1250) / 24)


def test_a_reporting_period_in_which_nothing_was_made_has_no_saving(make_plant) -> None:
    idle = built(make_plant(PLANT), is_idle=True)()
    late = [point for point in idle.points if point.part == "reporting"]
    assert [point.expected for point in late] == [point.cusum for point in late] == [None] * 3
    assert (idle.recent.percent, idle.reporting.percent, idle.model is None) == (None, None, False)
    assert idle.why_not["en"].startswith("Nothing was made")
