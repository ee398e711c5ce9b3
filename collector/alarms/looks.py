"""What the rules are applied to, read from a plant's store and ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta

import numpy as np

from collector.alarms import conditions as rules
from collector.alarms.conditions import Bounds, Condition
from collector.analysis.base_load import NIGHT, idle_hours, nights
from collector.ledger import Ledger
from collector.read import Metered, gateways, stale_after_ms
from collector.store import COUNTER, GAUGE, PERFORMANCE, Series, Store
from collector.store.protocol import Floats
from plant.calendar import HOUR_MS, SLOT_MS, Span, day_start_ms, local_date, local_ms, slot_start_ms
from plant.description import Permit, Plant
from plant.units import Quantity

NIGHT_ENDS = time(NIGHT.stop)
NIGHT_DAYS = 7  # looked at together: they tell what a busy hour makes
LOOK_BACK = {"day": timedelta(days=8), "week": timedelta(days=22), "month": timedelta(days=70)}
DISCHARGED = "wastewater"  # what a permit's volume is of


class Looks:
    """Reads one plant anew at each call."""

    def __init__(self, plant: Plant, store: Store, *, ledger: Ledger) -> None:
        self._plant = plant
        self._store = store
        self._ledger = ledger
        self._metered = Metered(plant, store, ledger=ledger)

    def often(self, now_ms: int, *, began_ms: int) -> Iterator[Condition]:
        """What changes by the minute: meters, gateways."""
        plant = self._plant
        newest = self._store.latest(plant.id)
        for name, meter in plant.meters.items():
            kinds = {point: described.kind for point, described in meter.read_points().items()}
            series = [
                Series(COUNTER if kind == "counter" else GAUGE, plant.id, (name, point))
                for point, kind in kinds.items()
            ]
            last_ms = min((newest[one].time_ms for one in series if one in newest), default=None)
            limit_ms = stale_after_ms(plant, meter.slowest)
            yield rules.stale(name, last_ms, limit_ms, now_ms=now_ms, began_ms=began_ms)
        for found in gateways(plant, self._ledger):
            offset_ms = found.status.clock_offset_ms if found.status else None
            yield rules.clock(found.gateway, offset_ms)
            yield rules.packs(found.gateway, found.missing_packs)

    def seldom(self, now_ms: int) -> Iterator[Condition]:
        """What changes by the quarter hour: permits, nights, whole periods."""
        for name, permit in self._plant.permits.items():
            yield from self._limits(name, permit, now_ms)
            if permit.volume is not None and DISCHARGED in self._plant.resources:
                yield self._volume(name, permit.volume, now_ms)
        if self._plant.alarms.night_base is not None:
            yield self._night(now_ms)
        if (limit := self._plant.alarms.over_expected) is not None:
            for name, plan in self._plant.plans.items():
                yield self._over(plan.resource or name, plan.by, limit=limit, now_ms=now_ms)

    def _limits(self, name: str, permit: Permit, now_ms: int) -> Iterator[Condition]:
        """Quality values over the last whole quarter hour."""
        end_ms = slot_start_ms(now_ms)
        start_ms = end_ms - SLOT_MS
        for point, limit in permit.limits.items():
            for meter, described in self._plant.meters.items():
                found = described.read_points().get(point)
                if found is None or found.kind == "counter":
                    continue
                rows = self._metered.readings(meter, point, start_ms=start_ms, end_ms=end_ms)
                yield rules.permit(
                    f"{name}/{meter}/{point}",
                    rows.values,
                    _bounds(limit, found.unit),
                    since_ms=start_ms,
                    unit=found.unit,
                )

    def _volume(self, name: str, limit: Quantity, now_ms: int) -> Condition:
        """The volume of today so far: what is beyond the permit already stays so until midnight."""
        zone, unit = self._plant.zone, self._plant.resource_unit(DISCHARGED)
        start_ms = day_start_ms(local_date(now_ms, zone), zone)
        found = self._metered.so_far(DISCHARGED, Span(start_ms, now_ms, ""))
        values = [] if found.value is None else [found.value]
        bounds = Bounds(None, limit.to(f"{unit}/day"))
        return rules.permit(f"{name}/volume", values, bounds, since_ms=start_ms, unit=f"{unit}/day")

    def _night(self, now_ms: int) -> Condition:
        """The last night that is over, beside the days before it."""
        alarm = self._plant.alarms.night_base
        assert alarm is not None  # noqa: S101 - asked for with one only
        zone, unit = self._plant.zone, self._plant.resource_unit(alarm.resource)
        day = local_date(now_ms - SLOT_MS, zone)
        if local_ms(day, NIGHT_ENDS, zone) > now_ms - SLOT_MS:
            day -= timedelta(days=1)
        days = [day - timedelta(days=back) for back in range(NIGHT_DAYS - 1, -1, -1)]
        made = [
            idle_hours(self._by_hour(name, days))
            for name in self._plant.products
            if self._metered.sources(name)
        ]
        known = [flags for flags in made if flags is not None]
        idle = np.logical_and.reduce(known) if known and len(known) == len(made) else None
        return rules.night_base(
            alarm.resource,
            nights(self._by_hour(alarm.resource, days), idle),
            bound=alarm.above.to(f"{unit}/h"),
            since_ms=day_start_ms(day, zone),
            unit=f"{unit}/h",
        )

    def _by_hour(self, quantity: str, days: list[date]) -> Floats:
        """(24, n) amounts by hour and day; NaN where not known."""
        zone = self._plant.zone
        starts = [local_ms(day, time(hour), zone) for hour in range(24) for day in days]
        spans = [Span(at, at + HOUR_MS, "") for at in starts]
        values, _ = self._metered.consumption(quantity, spans)
        return values.reshape(24, len(days))

    def _over(self, resource: str, by: str, *, limit: float, now_ms: int) -> Condition:
        """The newest whole period of which both are known; rows are written under a lock alone."""
        zone = self._plant.zone
        today = local_date(now_ms, zone)
        first: date = today - LOOK_BACK[by]
        read = [
            self._store.read(
                Series(PERFORMANCE, self._plant.id, (resource, by, figure)),
                day_start_ms(first, zone),
                end_ms=day_start_ms(today, zone),
            )
            for figure in ("actual", "expected")
        ]
        known = [
            dict(zip(rows.times_ms.tolist(), rows.values.tolist(), strict=True)) for rows in read
        ]
        both = [at for at in known[0] if at in known[1]]
        if not both:
            return Condition("over-expected", resource, None)
        at = max(both)
        actual, expected = known[0][at], known[1][at]
        return rules.over_expected(resource, actual, expected, limit_percent=limit, since_ms=at)


def _bounds(limit: Quantity | tuple[float, float], unit: str) -> Bounds:
    return Bounds(*limit) if not isinstance(limit, Quantity) else Bounds(None, limit.to(unit))
