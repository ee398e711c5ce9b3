"""Quality values against a permit, by the hour."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from collector.analysis.missing import listed
from collector.store import GAUGE
from collector.store.protocol import Floats
from dashboards.newest import ShownPoint, shown_points
from dashboards.records import Records
from dashboards.water.result import Quality
from plant.calendar import HOUR_MS
from plant.units import Quantity, fits, ratio

HOURS = 7 * 24

Limit = Quantity | tuple[float, float]


def qualities(records: Records, end_ms: int) -> Iterator[Quality]:
    """Each point that a permit limits, over the hours before an instant."""
    plant = records.plant
    points = [point for points in shown_points(plant).values() for point in points]
    for name, permit in plant.permits.items():
        for point in points:
            limit = permit.limits.get(point.point)
            if limit is not None and point.series.measurement == GAUGE:
                yield _quality(records, name, point, limit=limit, end_ms=end_ms)


def _quality(
    records: Records, permit: str, point: ShownPoint, *, limit: Limit, end_ms: int
) -> Quality:
    start_ms = end_ms - HOURS * HOUR_MS
    rows = records.store.read(point.series, start_ms, end_ms=end_ms)
    factors = np.array([factor for _, factor in point.factors])
    since = np.array([since for since, _ in point.factors])
    values = rows.values * factors[np.searchsorted(since, rows.times_ms, side="right") - 1]
    hour = (rows.times_ms - start_ms) // HOUR_MS
    low, high = _bounds(limit, point.unit)
    least, most = _extremes(values, hour)
    beyond = np.zeros(HOURS, dtype=np.bool_)
    if low is not None:
        beyond |= least < low
    if high is not None:
        beyond |= most > high
    return Quality(
        permit=permit,
        meter=point.meter,
        name=records.plant.meters[point.meter].name,
        point=point.point,
        unit=point.unit,
        low=low,
        high=high,
        hours=[start_ms + i * HOUR_MS for i in range(HOURS)],
        mean=listed(_means(values, hour)),
        least=listed(least),
        most=listed(most),
        beyond_hours=int(beyond.sum()),
        newest=float(values[-1]) if len(rows) else None,
        newest_ms=int(rows.times_ms[-1]) if len(rows) else None,
    )


def _means(values: Floats, hour: np.ndarray) -> Floats:
    sums, counts = np.bincount(hour, values, HOURS), np.bincount(hour, minlength=HOURS)
    means: Floats = np.full(HOURS, np.nan)
    np.divide(sums, counts, out=means, where=counts > 0)
    return means


def _extremes(values: Floats, hour: np.ndarray) -> tuple[Floats, Floats]:
    """(n,) the least and the most of each hour, NaN where nothing was read."""
    least, most = np.full(HOURS, np.inf), np.full(HOURS, -np.inf)
    np.minimum.at(least, hour, values)
    np.maximum.at(most, hour, values)
    return np.where(np.isinf(least), np.nan, least), np.where(np.isinf(most), np.nan, most)


def _bounds(limit: Limit, unit: str) -> tuple[float | None, float | None]:
    """The least and the most that are allowed; a single amount is the most."""
    if not isinstance(limit, Quantity):
        return limit
    return None, limit.value * float(ratio(limit.unit, unit)) if fits(limit.unit, unit) else None
