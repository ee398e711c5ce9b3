"""Hours of weeks, their gaps and estimates, and the base load, by hand-made numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from collector.analysis.quality import Quality
from dashboards.load import PAGE
from dashboards.load.build import build
from dashboards.load.result import Load
from dashboards.paging import Ask

PLANT = """
[plant]
id = "demo"
name = "Demo"
timezone = "{zone}"
[products.starch]
[resources.electricity]
[resources.water]
price = [{{ from = "2025-01-01", value = 6000, per = "m3" }}]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:5020"
[meters.intake]
bus = "yard/panel"
model = "siemens-mag6000"
resource = "water"
[meters.scale]
bus = "yard/panel"
unit_id = 2
model = "generic-belt-scale"
product = "starch"
[alarms]
night_base = {{ resource = "water", above = "100 L/min" }}
"""
TODAY = date(2026, 3, 10)


class Yard:
    """A plant that runs at 60 m3/h and 4 t/h by day, and stands with 5 m3/h from 0 to 6."""

    def __init__(self, made: Any) -> None:
        self.made = made
        for back in range(1, 29):
            day = TODAY - timedelta(days=back)
            self.run(day, 0, 6, water=5, t_h=0)
            self.run(day, 6, 24, water=60, t_h=4)

    def run(self, day: date, first: float, end: float, *, water: float, t_h: float) -> None:
        span = (self.made.at(day, first), self.made.at(day, end))
        self.made.fill("intake", *span, per_h=water)
        self.made.fill("scale", *span, per_h=t_h)

    def page(self, hour: float = 9, **ask: Any) -> Load:
        return build(self.made.records, Ask(weeks=4, **ask), self.made.at(TODAY, hour))


@pytest.fixture
def yard(make_plant: Callable[[str], Any]) -> Yard:
    return Yard(make_plant(PLANT.format(zone="Asia/Ho_Chi_Minh")))


def test_an_hour_stands_at_its_place_and_one_that_is_not_over_has_no_rate(yard: Yard) -> None:
    yard.run(TODAY, 0, 8, water=7, t_h=0)
    page = yard.page(hour=8.5)
    assert (page.resource.resource, page.rate_unit) == ("water", "m3/h")
    assert (len(page.days), page.days[-1]) == (28, TODAY)
    assert page.rates[5][:2] == [pytest.approx(5)] * 2
    assert page.rates[6][1] == pytest.approx(60)
    assert [page.rates[hour][-1] for hour in (7, 8, 23)] == [pytest.approx(7), None, None]
    assert page.unknown_hours == 0
    assert page.span.end_ms == yard.made.at(TODAY, 8)


def test_a_gap_is_a_gap_and_an_estimate_is_marked(yard: Yard) -> None:
    day = TODAY - timedelta(days=2)
    slot = yard.made.at(day, 10.25)
    yard.made.fill("intake", slot, slot + 1, per_h=60, quality=int(Quality.missing))
    slot = yard.made.at(day, 12.5)
    yard.made.fill("intake", slot, slot + 1, per_h=60, quality=int(Quality.estimated))
    page = yard.page()
    assert page.rates[10][-3] is None
    assert (page.rates[12][-3], page.estimated[12][-3]) == (pytest.approx(60), True)
    assert sum(map(sum, page.estimated)) == 1
    sheet = PAGE.show(page, "en")
    (heat,) = [b.chart for b in sheet.blocks if b.kind == "plot" and b.chart.key == "heat"]
    assert heat.figure["data"][0]["z"][10][-3] is None
    assert heat.figure["data"][1]["x"] == [day.isoformat()]
    assert "Partly estimated: 1 h." in heat.sentence
    assert sheet.tables["hours"].rows[-3][11] is None
    assert sheet.tables["hours"].marks == {"25:13": "estimated"}


def test_the_base_is_that_of_nights_and_of_hours_without_output(yard: Yard) -> None:
    idle = TODAY - timedelta(days=5)
    yard.run(idle, 0, 24, water=4, t_h=0)
    page = yard.page()
    assert (page.night.rate, page.night.count) == (pytest.approx(5), 7)
    assert page.night_before.rate == pytest.approx(5)
    assert page.idle.rate == pytest.approx(5)
    assert page.idle.count == 26 * 6 + 24
    assert (page.idle_days.rate, page.idle_days.count) == (pytest.approx(4), 1)
    assert page.limit == pytest.approx(6)  # 100 L/min
    assert not any(night.is_over for night in page.nights)
    assert page.has_risen is False


def test_a_night_above_the_limit_is_a_leak_where_nothing_was_made(yard: Yard) -> None:
    yard.run(TODAY - timedelta(days=1), 0, 6, water=9, t_h=0)
    yard.run(TODAY - timedelta(days=2), 0, 6, water=9, t_h=4)
    page = yard.page()
    over = [night.day for night in page.nights if night.is_over]
    assert over == [TODAY - timedelta(days=1)]
    notices = [b.text for b in PAGE.show(page, "en").blocks if b.kind == "notice"]
    assert len(notices) == 1
    assert notices[0].startswith("In 1 of the last 7 nights more than 6.00 m³/h flowed while noth")


def test_a_base_that_rose_is_said(yard: Yard) -> None:
    for back in range(1, 8):
        yard.run(TODAY - timedelta(days=back), 0, 6, water=5.9, t_h=0)
    page = yard.page(hour=0.1)
    assert page.has_risen is False  # 18 % more
    for back in range(1, 8):
        yard.run(TODAY - timedelta(days=back), 0, 6, water=6.0 + 0.05, t_h=0)
    assert yard.page(hour=0.1).has_risen is True


def test_cost_is_told_by_the_hour_with_its_limit(yard: Yard) -> None:
    page = yard.page(unit="cost")
    assert page.rate_unit == "VND/h"
    assert page.rates[6][1] == pytest.approx(60 * 6000)
    assert page.limit == pytest.approx(6 * 6000)
    with pytest.raises(LookupError, match=r"water has no co2e; write co2e under \[resources.water"):
        yard.page(unit="co2e")


def test_a_clock_that_is_set_back_has_an_hour_of_two_and_one_set_forward_none(
    make_plant: Callable[[str], Any],
) -> None:
    made = make_plant(PLANT.format(zone="Europe/Berlin"))
    autumn, spring = date(2026, 10, 25), date(2026, 3, 29)
    for day in (autumn, spring):
        made.fill("intake", made.at(day), made.at(day + timedelta(days=1)), per_h=50)
    page = build(made.records, Ask(weeks=4), made.at(autumn + timedelta(days=1), 0.5))
    at = page.days.index(autumn)
    assert [page.rates[hour][at] for hour in (1, 2, 3)] == [pytest.approx(50)] * 3
    page = build(made.records, Ask(weeks=4), made.at(spring + timedelta(days=1), 0.5))
    at = page.days.index(spring)
    assert [page.rates[hour][at] for hour in (1, 2, 3)] == [
        pytest.approx(50), None, pytest.approx(50)
    ]  # fmt: skip


def test_a_resource_without_a_meter_is_said_to_have_no_hours(yard: Yard) -> None:
    page = yard.page(resource="electricity")
    assert page.mean is None
    assert any("No meter" in b.text for b in PAGE.show(page, "en").blocks if b.kind == "notice")
