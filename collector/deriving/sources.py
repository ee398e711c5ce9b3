"""How a meter's readings become consumption of what it measures, as the plant file says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from collector.analysis.accounting import account
from collector.analysis.counters import Account, Change, CounterKind, EventKind
from collector.store import COUNTER, GAUGE, INTERVAL, Samples, Series
from plant.calendar import to_ms
from plant.description import Change as PlannedChange
from plant.description import Meter, Plant
from plant.models import Point
from plant.units import fits, ratio


@dataclass(frozen=True, slots=True)
class Source:
    """Where the consumption of one meter comes from, and what it is counted as.

    factor: [unit of the quantity] per [unit of the readings]. kind: None for a rate [unit/h] that
    is integrated, where the meter has no totaliser.
    """

    meter: str
    quantity: str
    series: Series
    intervals: Series
    factor: float
    kind: CounterKind | None
    changes: tuple[Change, ...]
    every_s: float

    def account(self, readings: Samples) -> Account:
        """The account of a counter's readings."""
        assert self.kind is not None  # noqa: S101 - a rate has no account
        return account(readings.times_ms, readings.values, self.kind, changes=self.changes)

    @property
    def fingerprint(self) -> str:
        """What derived rows depend on beside the readings; a new one asks for new rows."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def sources_of(plant: Plant) -> dict[str, Source]:
    """Every meter of a plant that measures a resource, product or driver."""
    found = {name: _source(plant, name, meter=meter) for name, meter in plant.meters.items()}
    return {name: source for name, source in found.items() if source is not None}


def _source(plant: Plant, name: str, *, meter: Meter) -> Source | None:
    quantity = meter.resource or meter.product or meter.driver
    if quantity is None:
        return None
    unit = plant.quantity_unit(quantity)
    intervals = Series(INTERVAL, plant.id, (name, quantity))
    if meter.counter is None:
        return _rate(plant, name, meter=meter, unit=unit, intervals=intervals)
    point = meter.meter_model.points[meter.counter]
    # A CT ratio that never changes multiplies the result, so that counts stay whole.
    changes = _changes(meter, plant.zone)
    ratios = any(c.kind is EventKind.CT_CHANGE for c in changes)
    if ratios and meter.ct != 1:
        changes = (Change(EventKind.CT_CHANGE, 0, meter.ct), *changes)
    return Source(
        meter=name,
        quantity=quantity,
        series=Series(COUNTER, plant.id, (name, meter.counter)),
        intervals=intervals,
        factor=worth(meter, point.unit, unit=unit) * (1 if ratios else meter.ct),
        kind=counter_kind(meter, point),
        changes=changes,
        every_s=meter.every_of(meter.counter),
    )


def _rate(plant: Plant, name: str, *, meter: Meter, unit: str, intervals: Series) -> Source | None:
    points = meter.read_points().items()
    rate = next(((p, d) for p, d in points if fits(d.unit, f"{unit}/h")), None)
    if rate is None:
        return None
    return Source(
        meter=name,
        quantity=intervals.tags[1],
        series=Series(GAUGE, plant.id, (name, rate[0])),
        intervals=intervals,
        factor=float(ratio(rate[1].unit, f"{unit}/h")) * meter.ct,
        kind=None,
        changes=(),
        every_s=meter.every_of(rate[0]),
    )


def worth(meter: Meter, counted: str, *, unit: str) -> float:
    """How many of a quantity's unit one unit of the counter stands for."""
    if meter.pulse is not None:
        return meter.pulse.value * float(ratio(meter.pulse.unit, unit))
    return float(ratio(counted, unit))


def counter_kind(meter: Meter, point: Point) -> CounterKind:
    """What model and plant file know of a counter, in the unit of its readings."""
    return CounterKind(
        resolution=point.step,
        modulus=point.wraps_at,
        max_rate_per_h=meter.max_rate_per_h(point),
        every_s=meter.every_of(str(meter.counter)),
        update_s=point.update_s,
        is_float32=point.numbers[0].type == "float32",
    )


def _changes(meter: Meter, zone: ZoneInfo) -> tuple[Change, ...]:
    return tuple(sorted((_change(c, zone) for c in meter.events), key=lambda c: c.time_ms))


def _change(change: PlannedChange, zone: ZoneInfo) -> Change:
    at = change.at if change.at.tzinfo else change.at.replace(tzinfo=zone)
    swap = Change(EventKind.SWAP, to_ms(at))
    return swap if change.ct is None else replace(swap, kind=EventKind.CT_CHANGE, factor=change.ct)
