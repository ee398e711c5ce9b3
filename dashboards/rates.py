"""The rate at which a resource flows: now, and over the last two hours.

The sum of its meters, each from a gauge of rate where the meter has one, else from what its
counter gained in the last minutes. Where one meter is not known, neither is the sum; one that was
never read is left out of it, and named.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from collector.analysis.consumption import consumption
from collector.analysis.missing import known, listed
from collector.analysis.quality import Quality
from collector.deriving.sources import Source, sources_of
from collector.read import stale_after_ms
from collector.store import GAUGE, Store
from collector.store.protocol import Floats, Ints
from dashboards.newest import Newest, ShownPoint, shown_points
from dashboards.now import Rate, Trace
from plant.calendar import HOUR_MS, SLOT_MS
from plant.description import Plant
from plant.reading import LARGEST
from plant.units import fits, ratio

TRACE_MS = 2 * HOUR_MS
GAUGE_STEP_MS = 30_000
COUNTER_STEP_MS = 300_000
COUNTER_WINDOWS_MS = (300_000, 60_000)  # the longer one is smoother
GRACE_MS = 10_000  # readings of a step may still be on their way for so long

Flags = NDArray[np.bool_]
_Found = tuple[int, float | None, bool]  # when [ms], the rate, whether a counter stands in


@dataclass(frozen=True, slots=True)
class MeterRate:
    """Where one meter's rate comes from: a gauge of it, or else its counter."""

    name: str  # as the plant calls it
    gauge: ShownPoint | None
    counter: Source | None
    per_unit: float  # of the resource's rate unit, in one of the gauge's
    every_s: float


@dataclass(frozen=True, slots=True)
class ResourceRate:
    """The rate of a resource, from all meters whose sum it is."""

    resource: str
    unit: str
    meters: tuple[MeterRate, ...]
    stale_after_ms: int
    step_ms: int

    def now(self, newest: Newest, store: Store) -> Rate:
        """The rate now, as old as the oldest of its readings."""
        found = {meter.name: self._of(meter, newest, store) for meter in self.meters}
        read = [reading for reading in found.values() if reading is not None]
        values = [value for _, value, _ in read if value is not None]
        return Rate(
            value=known(sum(values)) if values and len(values) == len(read) else None,
            unit=self.unit,
            time_ms=min((time_ms for time_ms, _, _ in read), default=None),
            stale_after_ms=self.stale_after_ms,
            estimated=any(is_estimate for _, _, is_estimate in read),
            lacking=[name for name, reading in found.items() if reading is None],
        )

    def _of(self, meter: MeterRate, newest: Newest, store: Store) -> _Found | None:
        """Of one meter: by its gauge, else by its counter where only that is read."""
        gauge, counter = _by_gauge(meter, newest), _by_counter(meter, newest)
        if gauge and (counter is None or counter - gauge[0] <= self.stale_after_ms):
            return gauge
        if counter is None or meter.counter is None:
            return None
        return counter, _gained(meter.counter, store, counter), meter.gauge is not None

    def newest_step(self, now_ms: int) -> int:
        """The number of the step that begins when the newest whole one ends."""
        return (now_ms - GRACE_MS) // self.step_ms

    def trace(
        self,
        store: Store,
        now_ms: int,
        *,
        steps: int | None = None,
        without: Collection[str] = (),
    ) -> Trace:
        """The last whole steps, as many as fill two hours unless it is said.

        without: meters that are left out.
        """
        meters = [meter for meter in self.meters if meter.name not in without]
        end_ms = self.newest_step(now_ms) * self.step_ms
        count = steps or TRACE_MS // self.step_ms
        edges: Ints = end_ms - self.step_ms * np.arange(count, -1, -1, dtype=np.int64)
        total = np.full(count, 0.0 if meters else np.nan)
        is_read = np.ones(count, dtype=np.bool_)
        for meter in meters:
            values, is_good = _steps(meter, store, edges)
            total += values
            is_read &= is_good
        return Trace(
            start_ms=int(edges[0]),
            step_ms=self.step_ms,
            values=listed(np.where(is_read, total, np.nan)),
            estimates=listed(np.where(is_read, np.nan, total)),
        )


def rate_unit(unit: str) -> str:
    """The unit of a rate of a unit: kW for kWh, m3/h for m3."""
    return "kW" if fits(unit, "kWh") else f"{unit}/h"


def resource_rates(plant: Plant) -> dict[str, ResourceRate]:
    """The rate of every resource that meters measure."""
    points, sources = shown_points(plant), sources_of(plant)
    found = {}
    for resource in plant.resources:
        unit = rate_unit(plant.resource_unit(resource))
        meters = plant.meters_of(resource)
        parts = tuple(
            MeterRate(
                meter.name or name,
                gauge,
                sources.get(name),
                _per_unit(gauge, unit),
                meter.every_of(str(gauge.point if gauge else meter.counter)),
            )
            for name, meter in meters.items()
            for gauge in [_gauge(points[name], unit)]
        )
        slowest_s = max((part.every_s for part in parts), default=0.0)
        by_gauge = all(part.gauge is not None for part in parts)
        least_ms = GAUGE_STEP_MS if by_gauge else COUNTER_STEP_MS
        found[resource] = ResourceRate(
            resource=resource,
            unit=unit,
            meters=parts,
            stale_after_ms=stale_after_ms(plant, slowest_s),
            step_ms=_step_ms(least_ms, slowest_s),
        )
    return found


def _step_ms(least_ms: int, slowest_s: float) -> int:
    """A divisor of two hours that holds at least two readings of the slowest meter."""
    steps = (least_ms, 30_000, 60_000, 300_000, 900_000, 1_800_000)
    fitting = [step for step in steps if step >= max(least_ms, 2000 * slowest_s)]
    return min(fitting, default=1_800_000)


def gauge_of(plant: Plant, meter: str, unit: str) -> ShownPoint | None:
    """The gauge of a meter that tells a rate of that kind, if it has one."""
    return _gauge(shown_points(plant)[meter], unit)


def _gauge(points: Sequence[ShownPoint], unit: str) -> ShownPoint | None:
    gauges = (point for point in points if point.series.measurement == GAUGE)
    return next((point for point in gauges if fits(point.unit, unit)), None)


def _per_unit(gauge: ShownPoint | None, unit: str) -> float:
    return float(ratio(gauge.unit, unit)) if gauge else 1.0


def _by_gauge(meter: MeterRate, newest: Newest) -> _Found | None:
    latest = newest.of(meter.gauge.series) if meter.gauge else None
    if meter.gauge is None or latest is None:
        return None
    factor = meter.gauge.factor(latest.time_ms) * meter.per_unit
    return latest.time_ms, known(latest.value * factor), False


def _by_counter(meter: MeterRate, newest: Newest) -> int | None:
    """When a meter's counter was last read [ms]."""
    if meter.counter is None or meter.counter.kind is None:
        return None
    latest = newest.of(meter.counter.series)
    return latest.time_ms if latest else None


def _gained(counter: Source, store: Store, until_ms: int) -> float | None:
    """The rate over the last minutes, from what a counter gained; None where it was not read."""
    for window_ms in COUNTER_WINDOWS_MS:
        edges: Ints = np.array([until_ms - window_ms, until_ms], dtype=np.int64)
        values, is_read = _counter_steps(counter, store, edges)
        if is_read[0]:
            return float(values[0])
    return None


def _steps(meter: MeterRate, store: Store, edges: Ints) -> tuple[Floats, Flags]:
    """The mean rate between each edge and the next, and whether it was read or is an estimate.

    Where a gauge was not read, the counter beside it may know; NaN where neither does.
    """
    count = edges.size - 1
    values: Floats = np.full(count, np.nan)
    is_read: Flags = np.zeros(count, dtype=np.bool_)
    if meter.gauge is not None:
        values = _gauge_steps(meter, meter.gauge, store, edges)
        is_read = np.isfinite(values)
    if meter.counter is None or meter.counter.kind is None or is_read.all():
        return values, is_read
    counted, is_good = _counter_steps(meter.counter, store, edges)
    if meter.gauge is None:
        return counted, is_good
    return np.where(is_read, values, counted), is_read


def _counter_steps(counter: Source, store: Store, edges: Ints) -> tuple[Floats, Flags]:
    assert counter.kind is not None  # noqa: S101 - a rate has no account
    margin_ms = 2 * max(counter.kind.limit_ms, SLOT_MS)
    readings = store.read(
        counter.series, int(edges[0]) - margin_ms, end_ms=int(edges[-1]) + margin_ms
    )
    gained, quality = consumption(counter.account(readings), edges)
    hours: Floats = np.diff(edges) / HOUR_MS
    return gained * counter.factor / hours, quality == Quality.measured


def _gauge_steps(meter: MeterRate, gauge: ShownPoint, store: Store, edges: Ints) -> Floats:
    readings = store.read(gauge.series, int(edges[0]), end_ms=int(edges[-1]))
    good, count = np.abs(readings.values) <= LARGEST, edges.size - 1
    place = np.searchsorted(edges, readings.times_ms[good], side="right") - 1
    totals = np.bincount(place, weights=readings.values[good], minlength=count)
    seen = np.bincount(place, minlength=count)
    mean: Floats = np.full(count, np.nan)
    np.divide(totals, seen, out=mean, where=seen > 0)
    factors: Floats = np.array([gauge.factor(int(edge)) for edge in edges[:-1]])
    return mean * factors * meter.per_unit
