"""A water balance by hand: metered, estimated, unexplained; permits and quality."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from collector.analysis.quality import Quality
from dashboards.paging import Ask
from dashboards.water import PAGE
from dashboards.water.build import build
from dashboards.water.result import Water

PLANT = """
[plant]
id = "demo"
name = "Demo"
[products.starch]
[resources.electricity]
[resources.water]
price = [{ from = "2026-01-01", value = 5000, per = "m3" },
         { from = "2026-03-09", value = 6000, per = "m3" }]
[resources.wastewater]
unit = "L"
[gateways.yard.buses.panel]
tcp = "127.0.0.1:5020"
[meters.intake]
bus = "yard/panel"
model = "siemens-mag6000"
resource = "water"
[meters.well]
bus = "yard/panel"
unit_id = 2
model = "siemens-mag6000"
resource = "water"
feeds = "intake"
[meters.washing]
bus = "yard/panel"
unit_id = 3
model = "siemens-mag6000"
resource = "water"
within = "intake"
[meters.discharge]
bus = "yard/panel"
unit_id = 4
model = "siemens-mag6000"
resource = "wastewater"
[meters.scale]
bus = "yard/panel"
unit_id = 5
model = "generic-belt-scale"
product = "starch"
[meters.ph]
bus = "yard/panel"
unit_id = 6
model = "boqu-bh485-ph"
[meters.cod]
bus = "yard/panel"
unit_id = 7
model = "hach-uvas"
[estimates.roots]
flow = "in"
amount = "2 m3/t"
per = "starch"
source = "63 % moisture"
[estimates.dryer]
name = "the dryer"
flow = "evaporated"
amount = "500 L/t"
per = "starch"
source = "37 % to 12 % moisture"
[permits.river]
volume = "100 m3/h"
limits = { ph = [5.5, 9], cod = "0.15 g/L" }
"""
TODAY = date(2026, 3, 10)


class Yard:
    """Fourteen days: 100 m3/h in, 95 out, 40 of it washed with, 4 t/h made."""

    def __init__(self, made: Any) -> None:
        self.made = made
        self.run(TODAY - timedelta(days=14), TODAY)

    def run(self, first: date, end: date, *, out: float = 95) -> None:
        span = (self.made.at(first), self.made.at(end))
        rates = {"intake": 100, "well": 101, "washing": 40, "discharge": 1000 * out, "scale": 4}
        for meter, per_h in rates.items():
            self.made.fill(meter, *span, per_h=per_h)

    def page(self, **ask: Any) -> Water:
        return build(self.made.records, Ask(days=14, **ask), self.made.at(TODAY, 9.5))


@pytest.fixture
def yard(make_plant: Callable[[str], Any]) -> Yard:
    return Yard(make_plant(PLANT))


def test_what_came_in_and_did_not_leave_is_unexplained(yard: Yard) -> None:
    page = yard.page()
    by_key = {flow.key: flow for flow in page.flows}
    assert by_key["water"].days[0] == pytest.approx(2400)
    assert by_key["wastewater"].days[0] == pytest.approx(2280)  # from litres
    assert by_key["roots"].days[0] == pytest.approx(192)
    assert by_key["dryer"].days[0] == pytest.approx(48)
    assert page.unexplained == [pytest.approx(2400 + 192 - 2280 - 48)] * 14  # 264
    assert page.unexplained_total == pytest.approx(14 * 264)
    assert page.unexplained_percent == pytest.approx(100 * 264 / 2592)
    assert (page.balanced_days, page.is_balanced) == (14, True)
    assert [(f.key, f.side, f.is_metered) for f in page.flows] == [
        ("water", "in", True), ("wastewater", "out", True),
        ("roots", "in", False), ("dryer", "out", False),
    ]  # fmt: skip
    assert page.span.end_ms == yard.made.at(TODAY)


def test_a_day_of_which_one_flow_is_unknown_has_no_remainder(yard: Yard) -> None:
    slot = yard.made.at(TODAY - timedelta(days=2), 10)
    yard.made.fill("discharge", slot, slot + 1, per_h=1, quality=int(Quality.missing))
    page = yard.page()
    assert page.flows[1].days[-2] is None
    assert page.unexplained[-2] is None
    assert page.balanced_days == 13
    assert page.unexplained_total == pytest.approx(13 * 264)
    sheet = PAGE.show(page, "en")
    assert sheet.tables["balance"].rows[-2][-1] is None
    (chart,) = [b.chart for b in sheet.blocks if b.kind == "plot" and b.chart.key == "balance"]
    assert "Days not known: 1." in chart.sentence


def test_sums_say_how_many_days_they_have_and_shares_are_of_the_same_days(yard: Yard) -> None:
    """A share of sums over different days said that less left than did."""
    slot = yard.made.at(TODAY - timedelta(days=2), 10)
    for meter in ("discharge", "washing"):
        yard.made.fill(meter, slot, slot + 1, per_h=1, quality=int(Quality.missing))
    sheet = PAGE.show(yard.page(), "en")
    rows = {row[0]: row[2:5] for row in sheet.tables["flows"].rows}
    assert rows["Intake"] == [pytest.approx(14 * 2400), 14, pytest.approx(100 * 2400 / 2592)]
    assert rows["Discharge"] == [pytest.approx(13 * 2280), 13, pytest.approx(100 * 2280 / 2592)]
    assert rows["washing"][1:] == [13, pytest.approx(100 * 960 / 2592)]
    charts = {b.chart.key: b.chart.sentence for b in sheet.blocks if b.kind == "plot"}
    for key in ("balance", "uses", "treatment"):
        assert charts[key].endswith("Days not known: 1."), key


def test_the_intake_is_parted_by_sub_meters_and_wells_are_not_counted_again(yard: Yard) -> None:
    page = yard.page()
    assert [(use.key, use.total) for use in page.uses] == [
        ("washing", pytest.approx(14 * 960)), ("", pytest.approx(14 * 1440)),
    ]  # fmt: skip
    assert [(use.key, use.total) for use in page.wells] == [("well", pytest.approx(14 * 2424))]


def test_metered_and_estimated_flows_are_drawn_apart(yard: Yard) -> None:
    slot = yard.made.at(TODAY - timedelta(days=1), 10)
    yard.made.fill("discharge", slot, slot + 1, per_h=95_000, quality=int(Quality.estimated))
    sheet = PAGE.show(yard.page(), "en")
    (chart,) = [b.chart for b in sheet.blocks if b.kind == "plot" and b.chart.key == "balance"]
    bars = {trace["name"]: trace for trace in chart.figure["data"]}
    assert set(bars) == {
        "Discharge", "the dryer (estimated)", "Unexplained", "All that came in"
    }  # fmt: skip
    assert bars["Discharge"]["marker"]["pattern"]["shape"] == [""] * 13 + ["/"]
    assert bars["the dryer (estimated)"]["marker"]["pattern"]["shape"] == ["/"] * 14
    assert bars["Discharge"]["base"] == [0] * 14
    assert bars["the dryer (estimated)"]["base"] == [pytest.approx(2280)] * 14
    assert bars["Unexplained"]["base"] == [pytest.approx(2328)] * 14
    assert bars["All that came in"]["y"] == [pytest.approx(2592)] * 14
    assert sheet.tables["balance"].marks["13:2"] == "estimated"
    assert "0:2" not in sheet.tables["balance"].marks
    assert sheet.tables["balance"].marks["0:4"] == "estimated"


def test_a_volume_beyond_the_permit_is_said(yard: Yard) -> None:
    assert [volume.limit for volume in yard.page().volumes] == [pytest.approx(2400)]
    yard.run(TODAY - timedelta(days=1), TODAY, out=101)
    page = yard.page()
    assert page.discharge[-1] == pytest.approx(2424)
    sheet = PAGE.show(page, "en")
    assert any("On 1 of these days" in b.text for b in sheet.blocks if b.kind == "notice")
    assert sheet.tables["treatment"].marks == {"13:2": "bad"}
    assert sheet.tables["treatment"].rows[-1][2] == pytest.approx(101)


def test_quality_is_told_by_the_hour_against_the_permit(yard: Yard) -> None:
    start_ms = yard.made.at(TODAY, 7)
    yard.made.read("ph", "ph", start_ms, [7.0, 7.4, 9.2, 8.0, 7.6, 7.2], step_ms=1_200_000)
    yard.made.read("cod", "cod", start_ms, [100, 120, 110, 90], step_ms=1_200_000)
    by_point = {one.point: one for one in yard.page().quality}
    ph, cod = by_point["ph"], by_point["cod"]
    assert (ph.low, ph.high, cod.low, cod.high) == (5.5, 9, None, pytest.approx(150))
    seven = ph.hours.index(start_ms)
    assert ph.mean[seven : seven + 3] == [pytest.approx(7.8666667), pytest.approx(7.6), None]
    assert (ph.least[seven], ph.most[seven], ph.beyond_hours) == (7.0, 9.2, 1)
    assert (ph.newest, ph.newest_ms) == (7.2, start_ms + 5 * 1_200_000)
    assert (cod.beyond_hours, cod.newest) == (0, 90)


def test_a_value_that_is_beyond_now_is_said(yard: Yard) -> None:
    yard.made.read("ph", "ph", yard.made.at(TODAY, 9), [5.1], step_ms=1000)
    notices = [b.text for b in PAGE.show(yard.page(), "en").blocks if b.kind == "notice"]
    assert notices == ["pH is outside 5.50 – 9.00, which permit river allows."]


def test_cost_is_that_of_waters_with_a_price_each_day_at_its_own(yard: Yard) -> None:
    page = yard.page(unit="cost")
    (flow,) = page.flows
    assert flow.key == "water"
    assert flow.days[-2:] == [pytest.approx(2400 * 5000), pytest.approx(2400 * 6000)]
    assert (page.is_balanced, page.shown_unit) == (False, "VND")
    assert page.uses[0].days[-1] == pytest.approx(960 * 6000)
    assert page.discharge[-1] == pytest.approx(2280)  # the permit is of volumes


def test_without_a_meter_on_either_side_nothing_is_balanced(
    make_plant: Callable[[str], Any],
) -> None:
    start, end = PLANT.index("[meters.discharge]"), PLANT.index("[meters.scale]")
    text = (PLANT[:start] + PLANT[end:]).replace('[resources.wastewater]\nunit = "L"\n', "")
    text = re.sub(r"volume = .*\n", "", text)
    made = make_plant(text)
    made.fill("intake", made.at(TODAY - timedelta(days=14)), made.at(TODAY), per_h=100)
    page = build(made.records, Ask(days=14), made.at(TODAY, 9))
    assert page.is_balanced is False
    assert page.unexplained == []
    assert PAGE.show(page, "vi").tables["balance"].rows[0][1] == pytest.approx(2400)


def test_a_plant_that_meters_its_wastewater_alone_has_a_page_without_shares(
    make_plant: Callable[[str], Any],
) -> None:
    water, start = PLANT.index("[resources.water]"), PLANT.index("[meters.intake]")
    end, estimates = PLANT.index("[meters.discharge]"), PLANT.index("[estimates.roots]")
    waste = PLANT[PLANT.index("[resources.wastewater]") : start]
    permit = PLANT[PLANT.index("[permits.river]") :]
    made = make_plant(PLANT[:water] + waste + PLANT[end:estimates] + permit)
    made.fill("discharge", made.at(TODAY - timedelta(days=14)), made.at(TODAY), per_h=95_000)
    page = build(made.records, Ask(days=14), made.at(TODAY, 9))
    assert page.came == [None] * 14
    (row,) = PAGE.show(page, "en").tables["flows"].rows
    assert row[2:5] == [pytest.approx(14 * 2_280_000), 14, None]


def test_cost_of_wastewater_alone_has_no_share_of_what_came_in(
    make_plant: Callable[[str], Any],
) -> None:
    text = re.sub(r"price = \[\{(.|\n)*?\}\]\n", "", PLANT)
    price = 'unit = "L"\nprice = [{ from = "2026-01-01", value = 3000, per = "m3" }]'
    page = Yard(make_plant(text.replace('unit = "L"', price))).page(unit="cost")
    (row,) = PAGE.show(page, "en").tables["flows"].rows
    assert row[2:5] == [pytest.approx(14 * 2280 * 3000), 14, None]


@pytest.mark.parametrize("language", ["en", "vi"])
def test_each_chart_has_a_name_a_sentence_and_a_table(yard: Yard, language: Any) -> None:
    sheet = PAGE.show(yard.page(), language)
    plots = [block for block in sheet.blocks if block.kind == "plot"]
    assert len(plots) == 5
    assert all(plot.chart.name and plot.chart.sentence for plot in plots)
    assert all(sheet.tables[plot.table].rows for plot in plots)


def test_a_plant_without_water_is_told_what_to_write(make_plant: Callable[[str], Any]) -> None:
    text = '[plant]\nid = "demo"\nname = "Demo"\n[resources.electricity]\n'
    page = build(make_plant(text).records, Ask(), 1_773_100_000_000)
    (notice,) = [b for b in PAGE.show(page, "en").blocks if b.kind == "notice"]
    assert "[resources.water]" in notice.text
