"""Charts are plain data that say what they show, draw gaps as gaps and claim nothing unseen."""

import json
from collections.abc import Callable
from datetime import date
from zoneinfo import ZoneInfo

from dashboards import charts
from dashboards.months_chart import months
from dashboards.now import Tile, Trace
from dashboards.rate_chart import rate
from plant.calendar import day_start_ms

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
Tiles = Callable[..., Tile]


def _trace(values: list[float | None], estimates: list[float | None] | None = None) -> Trace:
    unknown: list[float | None] = [None] * len(values)
    return Trace(start_ms=0, step_ms=30_000, values=values, estimates=estimates or unknown)


def test_a_gap_breaks_the_line_and_is_told(tile: Tiles) -> None:
    values = [600.0, None, None, 650.0]
    chart = rate(tile(trace=_trace(values)), "en", ZONE)
    line, shade = chart.figure["data"]
    assert line["y"] == values
    assert line["connectgaps"] is False
    assert shade["hoverinfo"] == "skip"
    begun, ended = line["x"][0], line["x"][3]
    edges = [
        place for place in zip(shade["x"], shade["y"], strict=True) if place[0] in (begun, ended)
    ]
    assert edges == [(begun, 600.0), (begun, 0.0), (ended, 0.0), (ended, 650.0)]
    assert chart.sentence == "Last two hours: 600 to 650 kW. 1 min without readings."


def test_an_estimate_is_dotted_and_told_apart(tile: Tiles) -> None:
    trace = _trace([None, 600.0], [580.0, None])
    chart = rate(tile(trace=trace), "en", ZONE)
    line, _, dots = chart.figure["data"]
    assert line["y"] == [None, 600.0]
    assert (dots["y"], dots["line"]["dash"]) == ([580.0, None], "dot")
    assert chart.sentence == "Last two hours: 580 to 600 kW. 1 min estimated from the counter."
    assert chart.table.rows == [["08:00", 580.0, "estimated"]]  # Saigon was an hour ahead in 1970


def test_a_rate_nobody_read_says_so(tile: Tiles) -> None:
    empty = _trace([None, None])
    unread = tile().rate.model_copy(update={"time_ms": None, "value": None})
    chart = rate(tile(trace=empty, rate=unread), "vi", ZONE)
    assert chart.sentence == "Không có số đọc trong hai giờ qua."
    axes = [one.figure["layout"]["yaxis"] for one in (chart, rate(tile(), "vi", ZONE))]
    assert [axis.get("showticklabels", True) for axis in axes] == [False, True]


def test_the_axis_shows_the_plants_own_time(tile: Tiles, now_ms: int) -> None:
    chart = rate(tile(), "en", ZONE)
    assert chart.figure["layout"]["xaxis"]["range"] == [
        "2026-03-10 08:00:00",
        "2026-03-10 10:00:00",
    ]
    assert chart.table.rows[0] == ["08:00", 600.0, ""]
    assert chart.table.rows[-1][0] == "09:55"


def test_a_clock_that_is_set_back_does_not_draw_backwards() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = day_start_ms(date(2025, 10, 26), berlin) + 2 * 3_600_000  # 03:00 becomes 02:00
    texts = charts.local_texts([start + i * 1_800_000 for i in range(5)], berlin)
    assert texts == sorted(texts)
    assert len(set(texts)) == 5
    assert texts[-1] == "2025-10-26 03:00:00"


def test_the_baseline_year_is_shaded_and_its_figure_drawn_through_it(tile: Tiles) -> None:
    figure = months(tile(), "en").figure
    (band,) = figure["layout"]["shapes"]
    assert (band["x0"], band["x1"]) == (-0.5, 11.5)
    inside, beyond, line = figure["data"]
    assert inside["y"] == beyond["y"] == [205.5, 205.5]
    assert (inside["line"]["dash"], beyond["line"]["dash"]) == ("dash", "dot")
    assert line["y"][:2] == [200.0, 201.0]
    assert line["marker"]["symbol"][-2:] == ["circle", "circle-open"]


def test_months_say_their_extremes_and_leave_the_unfinished_one_out(tile: Tiles) -> None:
    chart = months(tile(), "vi")
    assert chart.sentence == ("Từ 200 (1/25) đến 213 (2/26) kWh/t. Năm cơ sở (nền đậm): 206.")
    assert chart.table.rows[-1] == ["3/26", 214000.0, 1000.0, 214.0, "chưa hết tháng"]


def test_a_month_without_output_is_a_gap_and_a_dash(tile: Tiles) -> None:
    some = tile()
    gap = some.history.months[3].model_copy(update={"specific": None, "amount": None})
    changed = [*some.history.months[:3], gap, *some.history.months[4:]]
    chart = months(tile(history=some.history.model_copy(update={"months": changed})), "en")
    assert chart.figure["data"][-1]["y"][3] is None
    assert chart.table.rows[3][1] is None


def test_noise_is_not_blown_up_to_fill_the_chart(tile: Tiles) -> None:
    low, high = months(tile(), "en").figure["layout"]["yaxis"]["range"]
    assert high - low >= 0.25 * 205
    assert low < 200 < 214 < high


def test_figures_are_plain_json_with_the_style_sheets_colours(tile: Tiles) -> None:
    for chart in (rate(tile(), "en", ZONE), months(tile(), "en")):
        text = json.dumps(chart.figure, allow_nan=False)
        assert "#" not in text
        assert "var(--amber)" in text


def test_a_rate_that_was_just_read_is_not_said_to_be_unread(tile: Tiles, now_ms: int) -> None:
    empty = Trace(start_ms=now_ms - 60_000, step_ms=30_000, values=[None] * 2, estimates=[None] * 2)
    chart = rate(tile(trace=empty), "en", ZONE)
    assert chart.sentence == "Readings have just begun; the line follows."


def test_three_years_of_months_have_no_more_ticks_than_stand_beside_each_other(tile: Tiles) -> None:
    some = tile()
    for count, ticks in ((5, 5), (15, 5), (35, 6)):
        found = (some.history.months * 3)[:count]
        history = some.history.model_copy(update={"months": found})
        axis = months(tile(history=history), "en").figure["layout"]["xaxis"]
        assert axis["tickvals"][-1] == count - 1
        assert len(axis["tickvals"]) == len(axis["ticktext"]) == ticks
        assert axis["tickangle"] == 0


def test_an_axis_has_room_for_its_longest_number_and_writes_it_in_full(tile: Tiles) -> None:
    def margin(top: float) -> int:
        layout = rate(tile(trace=_trace([0.0, top])), "vi", ZONE).figure["layout"]
        assert layout["yaxis"]["exponentformat"] == "none", "nobody must guess what k is"
        assert layout["yaxis"]["separatethousands"]
        assert "tickformat" not in layout["yaxis"]
        return int(layout["margin"]["r"])

    assert margin(600.0) == margin(0.5) == 40
    assert 40 < margin(640_000.0) < margin(64_000_000.0)
    assert margin(0.0005) > 40, "decimals need room, too"


def test_an_axis_has_room_for_a_limit_far_above_its_bars() -> None:
    def margin(*limits: float) -> int:
        layout = charts.wide_layout("en")
        layout["yaxis"] |= {"rangemode": "tozero"}
        layout["shapes"] = [charts.upright("a", "1")[0], *map(charts.limit_line, limits)]
        bars = {"type": "bar", "x": ["a", "b"], "y": [80.0, 95.0]}
        figure = {"data": [bars], "layout": layout}
        drawing = charts.Drawing(key="days", name="Days", sentence="", figure=figure)
        return int(drawing.figure["layout"]["margin"]["r"])

    assert (margin(), margin(100.0)) == (56, 56)
    assert margin(1_200_000.0) == 60


def test_beside_the_pointer_stands_what_the_table_behind_says() -> None:
    found = charts.hovers(["a", "b"], [12345.6, None], unit="m3", language="vi")
    assert found["customdata"] == ["a<br><b>12.346 m³</b>", "b<br><b>–</b>"]
