"""Whether a value that was read can be what it is called, for the electrician beside the meter.

The limits are wider than any meter's: what they refuse is a wrong register, a wrong word order or
a wire that is off, not an unusual day. A value outside the model's own limits never gets here.
"""

from __future__ import annotations

from typing import NamedTuple

from plant.description import Meter
from plant.models import Point
from plant.units import fits, ratio

# Unit -> least, most, and what lies outside.
USUAL = {
    "V": (50.0, 40_000.0, "no voltage of a mains meter"),
    "Hz": (45.0, 65.0, "no mains frequency"),
    "pH": (0.0, 14.0, "no pH"),
    "degC": (-40.0, 400.0, "no temperature of a plant"),
    "A": (-20_000.0, 20_000.0, "no current of a feeder"),
}
TINY, HUGE = 1e-9, 1e13  # what a wrong word order makes of a number
SMALL_HINT = "look at the register, the word order (cleanline probe --register) and the wiring"


class Verdict(NamedTuple):
    """Whether a value is plausible, and what to look at."""

    plausible: bool
    text: str


def judge(meter: Meter, point: Point, value: float) -> Verdict:
    """The verdict on one value of a meter."""
    if value and not TINY < abs(value) < HUGE:
        return Verdict(False, f"no: {value:.3g} is no reading; {SMALL_HINT}")
    least, most, name = USUAL.get(point.unit, (-HUGE, HUGE, ""))
    if not least <= value <= most:
        return Verdict(False, f"no: {value:.6g} {point.unit} is {name}; {SMALL_HINT}")
    if point.kind == "counter":
        return _count(value, point)
    largest = _largest_rate(meter, point)
    if largest is not None and abs(value) > largest:
        text = f"{value:.6g} {point.unit} is above the largest rate, {largest:.6g}"
        return Verdict(False, f"no: {text}; {SMALL_HINT}")
    return Verdict(True, "yes" if value else "yes, zero: off, or nothing is connected")


def _count(value: float, point: Point) -> Verdict:
    if value < 0:
        return Verdict(False, f"no: a counter below zero; {SMALL_HINT}")
    if point.wraps_at is not None and value > point.wraps_at:
        return Verdict(False, f"no: beyond where it begins again, {point.wraps_at:.6g}")
    return Verdict(True, "yes" if value else "yes, zero: a new meter, or not this register")


def _largest_rate(meter: Meter, point: Point) -> float | None:
    """The largest rate of the meter's counter in the unit of a point that is such a rate."""
    if meter.counter is None or meter.pulse is not None:
        return None
    counter = meter.meter_model.points[meter.counter]
    most = meter.max_rate_per_h(counter)
    if most is None or not fits(point.unit, f"{counter.unit}/h"):
        return None
    return most * float(ratio(f"{counter.unit}/h", point.unit))
