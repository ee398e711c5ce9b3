"""Shifts in figures computed by hand: used, made, expected for what was made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from dashboards.paging import Ask
from dashboards.shift import PAGE
from dashboards.shift.build import build
from dashboards.shift.result import Figure, Shift

PLANT = """
[plant]
id = "demo"
name = "Demo"
[shifts]
morning = "06:00"
afternoon = "14:00"
night = "22:00"
[products.starch]
unit = "t"
[resources.electricity]
price = [{ from = "2025-01-01", value = 2000, per = "kWh" },
         { from = "2026-03-04", value = 3, per = "Wh" }]
co2e = "vn-grid"
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
[meters.intake]
bus = "yard/panel"
unit_id = 3
model = "siemens-mag6000"
resource = "water"
[alarms]
over_expected = "8 %"
[plans.electricity]
baseline = ["2025-01-01", "2025-12-31"]
drivers = ["starch"]
[claims.drying]
resource = "electricity"
since = "2026-01-01"
until = "2026-12-31"
saves = "5 %"
"""
DAY = date(2026, 3, 3)


class Yard:
    """A mill whose baseline is 2400 kWh a day and 150 kWh/t, and whose shifts a test runs."""

    def __init__(self, made_plant: Any) -> None:
        self.made = made_plant
        year = [date(2025, 1, 1) + timedelta(days=i) for i in range(365)]
        made = {day: 60.0 + day.toordinal() % 9 * 10 for day in year}
        made_plant.bring("starch", "t", made)
        made_plant.bring("electricity", "kWh", {day: 2400 + 150 * t for day, t in made.items()})

    def run(self, day: date, hour: float, hours: float, *, kw: float, t_h: float) -> None:
        span = (self.made.at(day, hour), self.made.at(day, hour + hours))
        self.made.fill("incomer", *span, per_h=kw)
        self.made.fill("scale", *span, per_h=t_h)

    def page(self, on: date, hour: float, **ask: Any) -> Shift:
        return build(self.made.records, Ask(**ask), self.made.at(on, hour))

    def electricity(self, page: Shift) -> Figure:
        return page.turns[page.chosen].figures[0]


@pytest.fixture
def yard(make_plant: Callable[[str], Any]) -> Yard:
    return Yard(make_plant(PLANT))


def test_a_shift_is_compared_with_what_its_own_output_was_expected_to_take(yard: Yard) -> None:
    yard.run(DAY, 6, 8, kw=600, t_h=4)
    yard.made.lock("electricity", yard.made.at(DAY))
    page = yard.page(DAY, 15, day=DAY, shift="morning")
    figure = yard.electricity(page)
    assert (figure.amount, figure.output) == (pytest.approx(4800), pytest.approx(32))
    assert figure.expected == pytest.approx(2400 / 3 + 150 * 32)  # 5600
    assert figure.specific == pytest.approx(150)
    assert figure.expected_specific == pytest.approx(175)
    assert figure.percent == pytest.approx(100 * (4800 / 5600 - 1))
    assert (figure.estimated, figure.is_abnormal) == (False, False)
    turn = page.turns[page.chosen]
    assert (turn.span.start_ms, turn.span.end_ms) == (yard.made.at(DAY, 6), yard.made.at(DAY, 14))


def test_nothing_is_expected_of_a_reporting_shift_before_the_plan_is_locked(yard: Yard) -> None:
    yard.run(DAY, 6, 8, kw=600, t_h=4)
    figure = yard.electricity(yard.page(DAY, 15, day=DAY, shift="morning"))
    assert figure.amount == pytest.approx(4800)
    assert (figure.expected, figure.expected_specific, figure.percent) == (None, None, None)
    sheet = PAGE.show(yard.page(DAY, 15, day=DAY, shift="morning"), "en")
    assert any("not locked" in block.text for block in sheet.blocks if block.kind == "notice")


def test_a_shift_of_the_baseline_is_compared_without_a_lock(yard: Yard) -> None:
    summer = date(2025, 6, 3)
    yard.run(summer, 6, 8, kw=600, t_h=4)
    figure = yard.electricity(yard.page(DAY, 15, day=summer, shift="morning"))
    assert figure.expected == pytest.approx(5600)


def test_a_night_shift_belongs_to_the_day_on_which_it_began(yard: Yard) -> None:
    yard.run(DAY, 22, 8, kw=500, t_h=3)
    page = yard.page(DAY + timedelta(days=1), 7, day=DAY, shift="night")
    turn = page.turns[page.chosen]
    assert turn.day == DAY
    assert turn.span.end_ms == yard.made.at(DAY + timedelta(days=1), 6)
    assert turn.figures[0].amount == pytest.approx(4000)
    assert page.following == (DAY + timedelta(days=1), "morning")
    assert yard.page(DAY + timedelta(days=1), 3).turns[-1].day == DAY  # it still runs at 3


def test_a_shift_beyond_the_alarm_stands_out(yard: Yard) -> None:
    yard.run(DAY, 6, 8, kw=760, t_h=4)  # 6080 against 5600: 8.6 % more
    yard.made.lock("electricity", yard.made.at(DAY))
    assert yard.electricity(yard.page(DAY, 15, day=DAY, shift="morning")).is_abnormal


def test_an_idle_shift_has_no_figure_per_unit_and_is_expected_to_take_its_base(yard: Yard) -> None:
    yard.run(DAY, 6, 8, kw=110, t_h=0)
    yard.made.lock("electricity", yard.made.at(DAY))
    figure = yard.electricity(yard.page(DAY, 15, day=DAY, shift="morning"))
    assert (figure.output, figure.specific) == (0.0, None)
    assert figure.expected == pytest.approx(800)


def test_a_shift_with_a_gap_is_not_known_and_never_zero(yard: Yard) -> None:
    yard.run(DAY, 6, 5, kw=600, t_h=4)
    yard.run(DAY, 12, 2, kw=600, t_h=4)
    page = yard.page(DAY, 15, day=DAY, shift="morning")
    figure = yard.electricity(page)
    assert (figure.amount, figure.expected, figure.specific) == (None, None, None)
    sheet = PAGE.show(page, "en")
    (row,) = [row for row in sheet.tables["day"].rows if row[:3:2] == ["Morning", "Electricity"]]
    assert (row[3], row[-1]) == (None, "not known")


def test_a_shift_that_runs_is_told_up_to_its_last_readings(yard: Yard) -> None:
    start_ms = yard.made.at(DAY, 5.5)
    minutes = range(7 * 60)  # to 12:29
    yard.made.read(
        "incomer", "energy", start_ms, [1000 + 10.0 * i for i in minutes], step_ms=60_000
    )
    yard.made.read("scale", "mass", start_ms, [50 + i / 15 for i in minutes], step_ms=60_000)
    yard.made.lock("electricity", yard.made.at(DAY))
    page = yard.page(DAY, 12.5)
    turn, figure = page.turns[page.chosen], yard.electricity(page)
    hours = 389 / 60
    assert (turn.shift, turn.is_running) == ("morning", True)
    assert turn.until_ms == yard.made.at(DAY, 6 + hours)
    assert figure.amount == pytest.approx(600 * hours, rel=1e-6)
    assert figure.expected == pytest.approx(2400 * hours / 24 + 150 * 4 * hours, rel=1e-4)


def test_a_night_over_a_change_of_price_takes_each_price_for_what_was_used_under_it(
    yard: Yard,
) -> None:
    yard.run(DAY, 22, 2, kw=800, t_h=3)
    yard.run(DAY, 24, 6, kw=400, t_h=3)
    yard.run(DAY + timedelta(days=1), 22, 8, kw=500, t_h=3)
    later = DAY + timedelta(days=2)
    page = yard.page(later, 7, day=DAY + timedelta(days=1), shift="night", unit="cost")
    costs = {turn.day: turn.figures[0] for turn in page.turns if turn.shift == "night"}
    money = 1600 * 2000 + 2400 * 3000
    assert costs[DAY].amount == pytest.approx(money)
    assert costs[DAY + timedelta(days=1)].amount == pytest.approx(4000 * 3000)
    assert costs[DAY].specific == pytest.approx(money / 24)
    assert [one.subject.resource for one in page.resources] == ["electricity"]
    assert page.resources[0].measure.unit == "VND"
    assert [rate.value for rate in page.resources[0].measure.rates] == [2000, 3]


def test_co2e_says_that_the_factor_of_an_earlier_year_stands_in(yard: Yard) -> None:
    yard.run(DAY, 6, 8, kw=600, t_h=4)
    page = yard.page(DAY, 15, day=DAY, shift="morning", unit="co2e")
    assert yard.electricity(page).amount == pytest.approx(4800 * 0.6592)
    (how,) = [block for block in PAGE.show(page, "en").blocks if block.kind == "text"]
    assert any("0.6592 tCO₂/MWh" in line and "2023, stands in" in line for line in how.lines)


def test_a_shift_that_is_not_in_the_plant_file_or_has_not_begun_is_said(yard: Yard) -> None:
    with pytest.raises(LookupError, match=r"no shift 'lunch'.*morning, afternoon, night"):
        yard.page(DAY, 15, shift="lunch")
    with pytest.raises(LookupError, match="no shift has begun on 2026-03-09"):
        yard.page(DAY, 15, day=date(2026, 3, 9))


def test_a_plant_without_shifts_is_told_by_days(make_plant: Callable[[str], Any]) -> None:
    text = PLANT.replace(PLANT[PLANT.index("[shifts]") : PLANT.index("[products")], "")
    yard = Yard(make_plant(text))
    yard.run(DAY, 0, 24, kw=600, t_h=4)
    yard.made.lock("electricity", yard.made.at(DAY))
    page = yard.page(DAY + timedelta(days=1), 9, day=DAY)
    assert yard.electricity(page).expected == pytest.approx(2400 + 150 * 96)
    assert any("[shifts]" in b.text for b in PAGE.show(page, "en").blocks if b.kind == "notice")


@pytest.mark.parametrize("language", ["en", "vi"])
def test_each_chart_says_what_it_shows_and_has_its_table(yard: Yard, language: Any) -> None:
    yard.run(DAY, 6, 8, kw=600, t_h=4)
    sheet = PAGE.show(yard.page(DAY, 15), language)
    plots = [block for block in sheet.blocks if block.kind == "plot"]
    assert len(plots) == 2
    for plot in plots:
        assert plot.chart.name
        assert plot.chart.sentence
        assert len(sheet.tables[plot.table].rows) == 41  # thirteen days and two shifts
    assert "2026" in sheet.covers
    assert "Asia/Ho_Chi_Minh" in sheet.covers


def test_a_plant_that_meters_nothing_is_told_so(make_plant: Callable[[str], Any]) -> None:
    text = PLANT[: PLANT.index("[gateways")]
    page = build(make_plant(text).records, Ask(), 1_773_100_000_000)
    notices = [block.text for block in PAGE.show(page, "en").blocks if block.kind == "notice"]
    assert notices == ["No meter is read here; amounts that are entered by the day tell no shift."]
