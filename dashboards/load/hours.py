"""Amounts by hour of the plant's day, as rates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import NamedTuple

import numpy as np

from collector.analysis.base_load import Flags
from collector.analysis.quality import Quality
from collector.read import Amounts
from collector.store.protocol import Floats
from dashboards.worth import Scale
from plant.calendar import HOUR_MS, Span, day_start_ms, local_ms
from plant.description import Plant

Place = tuple[int, int]  # hour of the day, number of the day


class Hours(NamedTuple):
    """Rates (24, n) [an hour], NaN where unknown, and which of them rest on an estimate."""

    rates: Floats
    estimated: Flags


def hours_over(plant: Plant, days: Sequence[date], time_ms: int) -> dict[Place, Span]:
    """Every hour of the plant's clock that is over, by its place; one that is skipped is none."""
    zone = plant.zone
    found = {}
    for number, day in enumerate(days):
        edges = [local_ms(day, time(hour), zone) for hour in range(24)]
        edges.append(day_start_ms(day + timedelta(days=1), zone))
        for hour in range(24):
            span = Span(edges[hour], edges[hour + 1], "")
            if span.start_ms < span.end_ms <= time_ms:
                found[hour, number] = span
    return found


def read_hours(
    amounts: Amounts,
    quantity: str,
    hours: dict[Place, Span],
    *,
    days: int,
    scale: Scale | None = None,
) -> Hours:
    """What meters counted in each hour, over its length."""
    spans = list(hours.values())
    totals = amounts.parts(quantity, spans)
    lengths = np.array([span.end_ms - span.start_ms for span in spans]) / HOUR_MS
    worth = np.ones(len(spans))
    if scale:
        worth = scale.of(spans, totals.values, read=lambda of: amounts.parts(quantity, of).values)
    rates = np.full((24, days), np.nan)
    estimated = np.zeros((24, days), dtype=np.bool_)
    if spans:
        at = tuple(np.array(list(hours)).T)
        rates[at] = totals.values * worth / lengths
        estimated[at] = np.isin(totals.quality, (Quality.estimated, Quality.integrated))
    return Hours(rates, estimated & np.isfinite(rates))
