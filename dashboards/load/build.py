"""The result of the page Load, from plan, store and plant file."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from collector.analysis.base_load import (
    RECENT,
    Flags,
    Nights,
    above,
    has_risen,
    idle_hours,
    nights,
)
from collector.analysis.missing import known, listed
from collector.store.protocol import Floats
from dashboards.load.hours import Hours, Place, hours_over, read_hours
from dashboards.load.result import Base, Load, Night
from dashboards.now import Span as Stretch
from dashboards.paging import Ask
from dashboards.rates import rate_unit
from dashboards.records import Records
from dashboards.remarks import remarks
from dashboards.worth import Scale, UnitKind
from plant.calendar import Span, day_start_ms, local_date
from plant.units import ratio


def build(records: Records, ask: Ask, time_ms: int) -> Load:
    """The page of the resource asked for, else of the first that meters measure."""
    plant = records.plant
    order = sorted(plant.resources, key=lambda name: not plant.meters_of(name))
    subject = records.subject(ask.resource, order)
    name = subject.resource
    today = local_date(time_ms, plant.zone)
    days = [today - timedelta(days=i) for i in range(7 * ask.weeks - 1, -1, -1)]
    hours = hours_over(plant, days, time_ms)
    scale = Scale(plant, name, ask.unit)
    told_in, times = _rate_unit(subject.unit, scale, ask.unit)
    found = read_hours(records.amounts, name, hours, days=len(days), scale=scale)
    found = found._replace(rates=times * found.rates)
    idle = _idle(records, hours, len(days))
    by_night = nights(found.rates, idle)
    limit = _limit(records, name, times * scale.at(time_ms))
    start_ms = day_start_ms(days[0], plant.zone)
    end_ms = max((span.end_ms for span in hours.values()), default=start_ms)
    return Load(
        plant=records.head,
        time_ms=time_ms,
        span=Stretch(start_ms=start_ms, end_ms=end_ms),
        weeks=ask.weeks,
        unit=ask.unit,
        resource=subject,
        resources=[records.subjects[one] for one in order],
        measure=scale.measure,
        rate_unit=told_in,
        is_metered=bool(plant.meters_of(name)),
        knows_idle=idle is not None,
        days=days,
        rates=[listed(row) for row in found.rates],
        estimated=found.estimated.tolist(),
        unknown_hours=len(hours) - int(np.isfinite(found.rates).sum()),
        mean=_mean(found.rates),
        nights=_told(by_night, days, above(by_night, limit)),
        **_bases(found, by_night, idle),
        limit=limit,
        has_risen=has_risen(by_night),
        notes=remarks(records, "load", start_ms, end_ms=time_ms, of=[name]),
    )


def _idle(records: Records, hours: dict[Place, Span], days: int) -> Flags | None:
    """Whether an hour made none of the products that meters count; None where none counts."""
    plant = records.plant
    made = [name for name in plant.products if plant.meters_of(name)]
    flags = [idle_hours(read_hours(records.amounts, name, hours, days=days).rates) for name in made]
    known = [flag for flag in flags if flag is not None]
    return np.logical_and.reduce(known) if known and len(known) == len(made) else None


def _rate_unit(unit: str, scale: Scale, kind: UnitKind) -> tuple[str, float]:
    """The unit of rates, and how many of it one unit of the scale an hour is."""
    if kind != "own":
        return f"{scale.unit}/h", 1.0
    shown = rate_unit(unit)
    return shown, float(ratio(f"{unit}/h", shown))


def _limit(records: Records, resource: str, worth: float) -> float | None:
    """What the plant file lets flow at night. worth: of one unit of the resource an hour, now."""
    alarm = records.plant.alarms.night_base
    if alarm is None or alarm.resource != resource:
        return None
    return known(worth * alarm.above.to(f"{records.plant.resource_unit(resource)}/h"))


def _told(found: Nights, days: list[date], over: Flags) -> list[Night]:
    return [
        Night(
            day=day,
            lowest=known(found.lowest[i]),
            hour=int(found.hour[i]) if found.hour[i] >= 0 else None,
            is_idle=bool(found.is_idle[i]),
            is_over=bool(over[i]),
        )
        for i, day in enumerate(days)
    ]


def _bases(found: Hours, by_night: Nights, idle: Flags | None) -> dict[str, Base]:
    known = by_night.lowest[np.isfinite(by_night.lowest)]
    quiet = idle & np.isfinite(found.rates) if idle is not None else None
    still = quiet.all(axis=0) if quiet is not None else np.zeros(0, dtype=np.bool_)
    return {
        "night": _base(known[-RECENT:]),
        "night_before": _base(known[:-RECENT]),
        "idle": _base(found.rates[quiet] if quiet is not None else np.empty(0)),
        "idle_days": _base(found.rates[:, still].mean(axis=0) if still.any() else np.empty(0)),
    }


def _base(rates: Floats) -> Base:
    return Base(rate=float(np.median(rates)) if rates.size else None, count=int(rates.size))


def _mean(rates: Floats) -> float | None:
    return float(np.nanmean(rates)) if np.isfinite(rates).any() else None
