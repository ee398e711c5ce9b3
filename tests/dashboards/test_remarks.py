"""Notes stand on the charts of every page that shows their time, each by its number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from collector.ledger import Alarm
from collector.ledger import Note as Entry
from dashboards.charts import Sign, put_signs
from dashboards.drawn import view
from dashboards.health import PAGE as HEALTH
from dashboards.load import PAGE as LOAD
from dashboards.paging import Ask, Page
from dashboards.sheet import Plot, Sheet
from dashboards.shift import PAGE as SHIFT
from dashboards.source import PlantSource
from dashboards.water import PAGE as WATER

PLANT = """
[plant]
id = "demo"
name = "Demo"
[products.starch]
unit = "t"
[shifts]
morning = "06:00"
night = "18:00"
[resources.electricity]
[resources.water]
[resources.wastewater]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:5020"
[meters.incomer]
bus = "yard/panel"
model = "schneider-pm5560"
resource = "electricity"
[meters.intake]
bus = "yard/panel"
unit_id = 2
model = "siemens-mag6000"
resource = "water"
[meters.discharge]
bus = "yard/panel"
unit_id = 3
model = "siemens-mag6000"
resource = "wastewater"
[meters.ph]
bus = "yard/panel"
unit_id = 6
model = "boqu-bh485-ph"
[permits.river]
limits = { ph = [5.5, 9] }
"""
TODAY = date(2026, 3, 10)
NOTES = [
    (date(2026, 3, 9), 20.0, "", "Power <b>cut</b>"),
    (date(2026, 3, 9), 21.0, "resource/electricity", "Dryer cleaned"),
    (date(2026, 3, 9), 22.0, "meter/intake", "Valve open"),
    (date(2026, 3, 9), 23.0, "page/claims", "Of another page"),
    (date(2026, 3, 10), 7.5, "", "Just now"),
]


@pytest.fixture
def made(make_plant: Callable[[str], Any]) -> Any:
    """A plant with four notes, and one of another page."""
    made = make_plant(PLANT)
    for meter in ("incomer", "intake", "discharge"):
        made.fill(meter, made.at(date(2026, 3, 1)), made.at(TODAY, 8), per_h=50)
    made.read("ph", "ph", made.at(date(2026, 3, 8)), [7.0] * 56, step_ms=3_600_000)
    for day, hour, about, text in NOTES:
        at = made.at(day, hour)
        made.ledger.notes.add("demo", Entry(0, at, at, about, "Lan", text, at))
    return made


def _sheet(made: Any, page: Page[Any], **ask: Any) -> Sheet:
    return page.show(page.build(made.records, Ask(**ask), made.at(TODAY, 8)), "en")


def _marks(sheet: Sheet) -> dict[str, list[tuple[str, Any]]]:
    """By chart, the number of each note and where it stands."""
    return {
        block.chart.key: [
            (sign["text"], sign["x"])
            for sign in block.chart.figure["layout"].get("annotations", [])
            if "hovertext" in sign
        ]
        for block in sheet.blocks
        if isinstance(block, Plot)
    }


def test_shift_marks_them_at_the_shift_in_which_they_were_taken(made: Any) -> None:
    sheet = _sheet(made, SHIFT)
    marks = _marks(sheet)
    night, morning = "2026-03-09 night", "2026-03-10 morning"
    assert marks["shifts-electricity"] == [("1, 2", night), ("4", morning)]
    assert marks["shifts-water"] == [("1, 3", night), ("4", morning)]
    assert marks["shifts-wastewater"] == [("1", night), ("4", morning)]
    assert [row[4] for row in sheet.tables["notes"].rows] == [
        "Power <b>cut</b>",
        "Dryer cleaned",
        "Valve open",
        "Just now",
    ]


def test_load_marks_those_of_its_resource_at_their_day(made: Any) -> None:
    marks = _marks(_sheet(made, LOAD, resource="water"))
    days = [("1, 2, 3", "2026-03-09")]  # a day of six weeks is too narrow for a label
    assert marks == {"heat": days, "nights": days}


def test_water_marks_those_of_whole_days_and_on_its_quality_by_the_hour(made: Any) -> None:
    marks = _marks(_sheet(made, WATER))
    assert marks["balance"] == [("1, 2", "2026-03-09")]
    assert marks["treatment"] == [("1", "2026-03-09")]
    assert marks["quality-ph-ph"] == [
        ("1, 2", "2026-03-09 22:00:00"),
        ("3", "2026-03-10 07:30:00"),
    ]


def test_each_chart_says_which_stand_on_it_and_their_text_is_never_markup(made: Any) -> None:
    plots = [block for block in _sheet(made, SHIFT).blocks if isinstance(block, Plot)]
    assert plots[0].chart.sentence.endswith("Notes marked: 1, 2, 4.")
    signs = plots[0].chart.figure["layout"]["annotations"]
    assert signs[0]["hovertext"].split("<br>") == [
        "1: Power &lt;b&gt;cut&lt;/b&gt; (Lan)",
        "2: Dryer cleaned (Lan)",
    ]


def test_data_health_marks_them_and_has_their_table(made: Any) -> None:
    sheet = _sheet(made, HEALTH)
    assert [text for text, _ in _marks(sheet)["known"]] == ["1, 2, 3", "4"]
    assert len(sheet.tables["notes"].rows) == 4


def test_now_marks_those_of_its_two_hours_and_says_them(made: Any) -> None:
    source = PlantSource(made.plant, made.store, ledger=made.ledger)
    now = source.now(made.at(TODAY, 8))
    chart = view(now, "en").charts["rate-water"]
    (sign,) = chart.figure["layout"]["annotations"]
    assert (sign["text"], sign["x"]) == ("4", "2026-03-10 07:30:00")
    assert "Note 4, 10 Mar 2026 07:30: Just now (Lan)." in chart.sentence


def test_now_marks_all_on_its_months_and_tells_them_in_the_table(made: Any) -> None:
    source = PlantSource(made.plant, made.store, ledger=made.ledger)
    chart = view(source.now(made.at(TODAY, 8)), "en").charts["months-water"]
    (sign,) = chart.figure["layout"]["annotations"]
    assert sign["text"] == "1, 3, 4"
    assert -0.5 < sign["x"] <= 0.5  # in the first month, and the only one
    assert chart.sentence.endswith("Notes marked: 1, 3, 4.")
    assert "3: Valve open (Lan)" in chart.table.rows[0][-1]


def test_an_open_alarm_is_told_on_now_until_it_is_over(made: Any) -> None:
    source = PlantSource(made.plant, made.store, ledger=made.ledger)
    now_ms = made.at(TODAY, 8)
    assert source.now(now_ms).alarms == []
    alarm = Alarm(0, "stale", "intake", now_ms - 600_000, now_ms, None, 600.0, 300.0, "s")
    made.ledger.alarms.change("demo", opened=[alarm])
    (told,) = source.live(now_ms + 2000).alarms
    assert "intake" in told.sentence["en"]
    assert told.sentence["vi"] != told.sentence["en"]
    assert source.now(now_ms + 2000).alarms == [told]
    made.ledger.alarms.change("demo", closed={told.id: now_ms + 3000})
    assert source.live(now_ms + 4000).alarms == []


def test_labels_that_would_read_as_one_number_are_parted_and_of_many_the_ends_are_told() -> None:
    layout: dict[str, Any] = {}
    shares = [0.5, 0.1, 0.11, 0.9, *(0.7 + 0.01 * i for i in range(6))]
    put_signs(layout, [Sign(share, share, str(i)) for i, share in enumerate(shares)])
    assert [sign["text"] for sign in layout["annotations"]] == ["1, 2", "0", "4–9", "3"]
    assert sorted(line["x0"] for line in layout["shapes"]) == sorted(shares)
