"""Every panel's query, asked of a real InfluxDB, gives the numbers that the pages show."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from collector.read import Amounts
from collector.store import INTERVAL, Series, open_store
from collector.store.protocol import samples
from dashboards.figures import Figures
from dashboards.grafana import queries
from dashboards.newest import Newest
from dashboards.paging import Ask
from dashboards.performance.build import build
from dashboards.rates import TRACE_MS, resource_rates
from plant.calendar import SLOT_MS, day_start_ms, days
from plant.check import load_plant

from .conftest import DEMO, METERED_FROM, TODAY, Stored, length_ms

pytestmark = [pytest.mark.server("influxd"), pytest.mark.slow]
DAY_MS = 86_400_000
LONG_MS = 500 * DAY_MS
PLANNED = ["electricity", "water", "wastewater"]


def _points(stored: Stored, resource: str) -> Any:
    return build(stored.records, Ask(resource=resource), stored.now_ms).points


def _by_day(stored: Stored, values: dict[date, float | None]) -> dict[int, float]:
    zone = stored.plant.zone
    return {day_start_ms(d, zone): v for d, v in values.items() if v is not None}


def _same(drawn: dict[int, float], shown: dict[int, float]) -> None:
    assert shown
    assert drawn.keys() == shown.keys()
    assert [drawn[at] for at in sorted(drawn)] == pytest.approx(
        [shown[at] for at in sorted(shown)], rel=1e-9
    )


def test_every_query_is_understood_and_every_panel_draws_something(stored: Stored) -> None:
    drawn, empty = 0, []
    for board in stored.boards.values():
        past_ms = length_ms(board["time"]["from"].removeprefix("now-"))
        for panel in board["panels"]:
            if panel["type"] != "row":
                lines = stored.lines(panel, past_ms)
                empty += [] if any(lines.values()) else [panel["title"]]
                drawn += 1
    assert drawn > 25
    assert empty == ["By month, per t [m³/t]"]  # of biogas, which was read for four days


@pytest.mark.parametrize("nth", range(3), ids=PLANNED)
def test_performance_by_day_is_what_the_page_shows(stored: Stored, nth: int) -> None:
    points = _points(stored, PLANNED[nth])
    panel = stored.panel("performance", "By day, per t", nth)
    lines = stored.lines(panel, LONG_MS)
    _same(lines["consumption per unit"], _by_day(stored, {p.day: p.specific for p in points}))
    lines = stored.lines(stored.panel("performance", "By day [", nth), LONG_MS)
    amounts = {p.day: p.consumption for p in points}
    estimated = lines["consumption (estimated)"]
    assert not lines["consumption"].keys() & estimated.keys()
    _same(lines["consumption"] | estimated, _by_day(stored, amounts))
    late = {p.day: p.expected for p in points if p.part == "reporting"}
    _same(lines["expected for this output"], _by_day(stored, late))


def test_an_estimated_day_is_told_apart_and_a_missing_one_is_not_drawn(stored: Stored) -> None:
    day_ms = day_start_ms(date(2025, 3, 8), stored.plant.zone)
    electricity = stored.lines(stored.panel("performance", "By day ["), 10 * DAY_MS)
    assert list(electricity["consumption (estimated)"]) == [day_ms]
    water = stored.lines(stored.panel("performance", "By day [", 1), 10 * DAY_MS)
    assert day_ms not in water["consumption"] | water["consumption (estimated)"]
    assert day_ms + DAY_MS in water["consumption"]


@pytest.mark.parametrize("nth", range(3), ids=PLANNED)
def test_the_running_sum_is_the_pages_cusum_turned_over(stored: Stored, nth: int) -> None:
    points = [p for p in _points(stored, PLANNED[nth]) if p.part == "reporting"]
    sums = {p.day: -p.cusum for p in points if p.cusum is not None}
    panel = stored.panel("performance", "Expected minus actual", nth)
    drawn = stored.lines(panel, LONG_MS)["expected minus actual"]
    known = _by_day(stored, sums)
    _same({at: drawn[at] for at in known}, known)


@pytest.mark.parametrize("nth", range(3), ids=PLANNED)
def test_months_are_those_of_the_now_page(stored: Stored, nth: int) -> None:
    figures = Figures(Amounts(stored.plant, stored.store, ledger=stored.ledger))
    months = figures.history(PLANNED[nth], stored.now_ms).months
    lines = stored.lines(stored.panel("performance", "By month, per t", nth), LONG_MS)
    whole = {m.first: m.specific for m in months if m.is_whole and m.specific is not None}
    assert len(whole) == 14
    _same(lines["consumption per unit"], _by_day(stored, whole))


def test_local_days_of_each_meter_are_the_sums_of_their_slots(stored: Stored) -> None:
    zone = stored.plant.zone
    spans = list(days(METERED_FROM, TODAY + timedelta(days=1), zone))
    amounts = Amounts(stored.plant, stored.store, ledger=stored.ledger).metered
    sources = {
        source.meter: source
        for quantity in ("water", "wastewater", "starch")
        for source in amounts.sources(quantity)
    }
    drawn = dict(stored.lines(stored.panel("performance", "By day [t]"), LONG_MS))
    drawn |= stored.lines(stored.panel("water", "By day", 0), LONG_MS)
    drawn |= stored.lines(stored.panel("water", "By day", 1), LONG_MS)
    assert len(drawn) == len(sources) == 3
    for meter, source in sources.items():
        values, _ = amounts.consumption_of(source, spans)
        known = {s.start_ms: v for s, v in zip(spans, values, strict=True) if not np.isnan(v)}
        assert 0 < len(known) < len(spans)  # today is not whole
        _same(drawn[meter], known)
    assert day_start_ms(date(2025, 3, 8), zone) not in drawn["intake"]


def test_the_rate_is_that_of_the_now_page(stored: Stored) -> None:
    rate = resource_rates(stored.plant)["electricity"]
    newest = Newest(stored.plant.id, stored.store)
    (now,) = stored.lines(stored.panel("live", "Now"), DAY_MS)["incomer"].values()
    assert now == pytest.approx(rate.now(newest, stored.store).value)
    trace = rate.trace(stored.store, stored.now_ms)
    assert stored.panel("live", "Rate")["interval"] == f"{trace.step_ms // 1000}s"
    line = stored.lines(stored.panel("live", "Rate"), TRACE_MS)["incomer"]
    shown = {trace.start_ms + i * trace.step_ms: v for i, v in enumerate(trace.values) if v}
    assert len(shown) == TRACE_MS // trace.step_ms
    assert [line[at] for at in shown if at in line] == pytest.approx(
        [value for at, value in shown.items() if at in line]
    )
    assert len(shown.keys() - line.keys()) <= 1  # the range on screen may cut the first step


def test_a_value_past_its_limit_is_not_shown_as_now(stored: Stored) -> None:
    panel = stored.panel("live", "Now")
    assert panel["timeFrom"] == "300s"  # [alarms] stale
    assert panel["fieldConfig"]["defaults"]["noValue"] == "–"


def test_quarters_of_an_hour_are_the_interval_rows(stored: Stored) -> None:
    panel = stored.panel("live", "Each quarter of an hour [kWh]")
    lines = stored.lines(panel, 4 * DAY_MS)
    series = Series(INTERVAL, stored.plant.id, ("incomer", "electricity"))
    rows = stored.store.read(series, stored.now_ms - 4 * DAY_MS, end_ms=stored.now_ms)
    shown = dict(zip(rows.times_ms.tolist(), rows.values.tolist(), strict=True))
    assert len(lines["incomer (estimated)"]) == 6  # five edges lie in the silent hour
    drawn = lines["incomer"] | lines["incomer (estimated)"]
    # A step begins with the quarter that the range on screen begins in.
    _same({at: drawn[at] for at in shown}, shown)


def test_a_meter_without_a_gauge_flows_as_its_slots_tell(stored: Stored) -> None:
    line = stored.lines(stored.panel("live", "Rate [m³/h]", 2), DAY_MS)["biogas"]
    series = Series(INTERVAL, stored.plant.id, ("biogas", "biogas"))
    rows = stored.store.read(series, stored.now_ms - DAY_MS, end_ms=stored.now_ms)
    assert [line[at] for at in rows.times_ms.tolist()] == pytest.approx((4 * rows.values).tolist())


def test_health_counts_what_is_known_of_each_day(stored: Stored) -> None:
    panel = stored.panel("health", "Quarters of an hour known")
    zone = stored.plant.zone
    known = stored.lines(panel, 4 * DAY_MS)
    day_ms = day_start_ms(date(2025, 3, 8), zone)
    assert known["incomer"][day_ms] == 96
    assert known["intake"][day_ms] < 96
    estimated = stored.lines(stored.panel("health", "Of these, estimated"), 4 * DAY_MS)
    assert estimated["incomer"][day_ms] == 6
    assert estimated["incomer"][day_ms + DAY_MS] == 0


def test_the_newest_reading_of_every_point_is_listed_however_old(stored: Stored) -> None:
    panel = stored.panel("health", "Newest reading")
    found = {
        (table["name"], row_tags["meter"], row_tags["point"]): tuple(table["values"][0])
        for target in panel["targets"]
        for table in stored.ask(target["query"], panel, past_ms=0)
        for row_tags in [table["tags"]]
    }
    latest = stored.store.latest(stored.plant.id)
    shown = {(s.measurement, *s.tags): (row.time_ms, row.value) for s, row in latest.items()}
    assert found == shown


def test_a_permits_limits_are_lines_and_no_step_hides_its_largest_value(stored: Stored) -> None:
    panel = stored.panel("water", "ph")
    limits = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["value"] for step in limits] == [None, 5.5, 9]
    lines = stored.lines(panel, 3_600_000)
    assert lines["ph largest"].keys() == lines["ph smallest"].keys()
    values = stored.store.read(
        Series("gauge", stored.plant.id, ("ph", "ph")),
        stored.now_ms - 3_600_000,
        end_ms=stored.now_ms,
    ).values
    assert max(lines["ph largest"].values()) == values.max()
    assert min(lines["ph smallest"].values()) == values.min()


def test_days_of_a_zone_that_changes_its_clocks_begin_at_its_midnights(
    influx_port: int, tmp_path: Any
) -> None:
    """Two days of 24 hours around one of 23, which has no whole 96 quarters."""
    text = DEMO.read_text("utf-8").replace("Asia/Ho_Chi_Minh", "Europe/Berlin")
    (tmp_path / "plant.toml").write_text(text)
    plant = load_plant(tmp_path / "plant.toml")
    store = open_store(f"influxdb://127.0.0.1:{influx_port}/berlin", tmp_path)
    spans = list(days(date(2025, 3, 29), date(2025, 4, 1), plant.zone))
    times = np.arange(spans[0].start_ms, spans[-1].end_ms, SLOT_MS)
    store.write({Series(INTERVAL, plant.id, ("m", "water")): samples(times, np.ones(times.size))})
    stored = Stored.__new__(Stored)
    stored.port, stored.database, stored.now_ms = influx_port, "berlin", spans[-1].end_ms - 1
    tags = {"plant": plant.id, "meter": "m", "resource": "water"}
    query = queries.day_sums(tags, "", zone=plant.zone).query
    (found,) = stored.ask(query, {}, past_ms=spans[-1].end_ms - 1 - spans[0].start_ms)
    store.close()
    assert found["values"] == [[spans[0].start_ms, 96.0], [spans[2].start_ms, 96.0]]
