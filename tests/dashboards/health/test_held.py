"""What is held of months: every reading counted, in how many quarter hours, and what happened."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np

from dashboards.held import held
from dashboards.records import Records
from plant.calendar import SLOT_MS, day_start_ms, local_date, months


def test_readings_are_counted_by_month_and_quarter_hour(mill: Any, records: Records) -> None:
    page = held(records, date(2025, 2, 14), 2)
    zone = mill.plant.zone
    page_days = date(2025, 2, 1), date(2025, 4, 1)
    edges = [day_start_ms(date(2025, month, 1), zone) for month in (2, 3, 4)]
    assert (page.span.start_ms, page.span.end_ms) == (edges[0], edges[-1])
    assert [told.meter for told in page.meters] == list(mill.plant.meters)
    for told in page.meters:
        series = records.sources[told.meter].series
        for month, (start, end) in zip(told.months, pairwise(edges), strict=True):
            times = records.store.read(series, start, end_ms=end).times_ms
            assert month.readings == len(times) > 0
            assert month.quarter_hours == len(np.unique(times // SLOT_MS))
    for told in page.quantities:
        totals = records.amounts.totals(told.quantity, list(months(*page_days, zone)))
        for month, value in zip(told.months, totals.values.tolist(), strict=True):
            assert month.amount == (None if np.isnan(value) else value)
    assert {told.quantity for told in page.quantities} >= {"electricity"}
    incomer, scale = (next(m for m in page.meters if m.meter == n) for n in ("incomer", "scale"))
    assert incomer.months[1].quarter_hours < scale.months[1].quarter_hours, "two silent days"


def test_events_of_those_months_are_told_and_no_others(mill: Any, records: Records) -> None:
    all_of_it = held(records, date(2025, 1, 1), 12).events
    assert {"swap", "glitch", "timeout"} <= {event.kind for event in all_of_it}
    swap = next(event for event in all_of_it if event.kind == "swap")
    month = held(records, local_date(swap.time_ms, mill.plant.zone), 1)
    assert swap in month.events
    assert all(month.span.start_ms <= e.time_ms < month.span.end_ms for e in month.events)
