"""What was served while it ran, and whether a collector shows what the meters showed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from plant.units import ratio
from simulators.clock import Watch
from simulators.comparison import TOLD_BY_THE_COUNTER, Case, no_event
from simulators.lines import BusServers
from simulators.metering import ShownMeter, shown
from simulators.seen import Event

_BESIDE_S = 0.5  # a reading's time is the middle of its request
_STALE_S = 60.0
_FLOAT32 = 2.0**-22


def asked_cases(servers: BusServers) -> Iterator[Case]:
    """Whether every unit was asked for anything."""
    for place, bus in servers.buses.items():
        for unit_id, unit in bus.units.items():
            names = ", ".join(meter.name for meter in unit.meters)
            lacks = None if bus.asked[unit_id] else f"{names}: nobody asked unit {unit_id}"
            yield Case(f"{names} (unit {unit_id} at {place}) is asked", lacks)


def shown_cases(
    page: Mapping[str, Any], meters: Mapping[str, ShownMeter], watch: Watch, *, now_s: float
) -> Iterator[Case]:
    """Whether the newest value of each point on the page Now is what its meter showed then.

    A meter that a fault hides now has no fresh value, and must not have one.
    """
    for told in page["meters"]:
        meter = meters.get(told["meter"])
        if meter is None:
            continue
        hidden = meter.board.hides(meter.name, np.array([watch.simulated_s(now_s)]))[0]
        for value in told["values"]:
            name = value["key"]
            if hidden:
                continue
            wrong = _difference(value, meter, watch, now_s=now_s)
            yield Case(f"{name} is what the meter showed", wrong and f"{name}: {wrong}")


def event_cases(
    events: Iterable[Event], meters: Mapping[str, ShownMeter], zone: ZoneInfo
) -> Iterator[Case]:
    """Whether any counter is said to have jumped in a run, though no fault has struck it."""
    for name, meter in meters.items():
        if meter.meter.counter is None or meter.board.was_struck(name):
            continue
        wrong = [
            no_event(kind, name, time_ms, zone=zone)
            for told, kind, time_ms in events
            if told == name and kind in TOLD_BY_THE_COUNTER
        ]
        yield from wrong or [Case(f"no event of {name} during the run")]


def _difference(
    told: Mapping[str, Any], meter: ShownMeter, watch: Watch, *, now_s: float
) -> str | None:
    if told["value"] is None or told["time_ms"] is None:
        return "no value"
    real_s = told["time_ms"] / 1000
    if now_s - real_s > max(_STALE_S, 3 * meter.meter.slowest):
        return f"its last reading is {now_s - real_s:.0f} s old"
    name = told["key"].rpartition("/")[2]
    share = _share(meter, name, told["unit"])
    low, high = (share * end for end in _bounds(meter, name, watch, real_s=real_s))
    if low <= told["value"] <= high:
        return None
    return f"said {told['value']:,.6g} {told['unit']}, the meter showed {low:,.6g} to {high:,.6g}"


def _bounds(meter: ShownMeter, name: str, watch: Watch, *, real_s: float) -> tuple[float, float]:
    """The least and the most that a point showed about a real instant [its unit]."""
    point = meter.model.points[name]
    begin_s, end_s = (watch.simulated_s(real_s + beside) for beside in (-_BESIDE_S, _BESIDE_S))
    values = shown(point, meter.value(name, np.linspace(begin_s, end_s, 121)))
    room = _FLOAT32 * np.abs(values).max() + (point.step or 0.0)
    return float(values.min() - room), float(values.max() + room)


def _share(meter: ShownMeter, name: str, unit: str) -> float:
    """What a collector's number is of the number that the meter shows."""
    point, worth = meter.model.points[name], meter.meter.pulse
    if point.unit == "pulse" and worth is not None:
        return meter.meter.ct * worth.value * float(ratio(worth.unit, unit))
    return meter.meter.ct * float(ratio(point.unit, unit))
