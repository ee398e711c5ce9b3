"""What simulated meters show: each point of a model, from what the meter measures."""

from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np

from plant.description import Meter
from plant.models import MeterModel, Part, Point
from plant.units import fits, ratio
from simulators.draws import Array, Draws
from simulators.faults.board import Board
from simulators.scenario import MeterOf, Scenario
from simulators.timeline import Timeline

_VOLTS = 230.0
_HERTZ = 50.0
_BACKWARDS = ("export", "reverse", "negative")
_PIPE_M2 = 0.0314  # a pipe of 200 mm: velocity from flow


class ShownMeter(Protocol):
    """A meter that is served, wherever its values come from."""

    @property
    def name(self) -> str:
        """Its name in the plant file."""

    @property
    def meter(self) -> Meter:
        """As the plant file describes it."""

    @property
    def model(self) -> MeterModel:
        """The make that it pretends to be."""

    @property
    def board(self) -> Board:
        """The faults of the plant."""

    @property
    def is_straight(self) -> bool:
        """Whether without faults all its values run straight between full half minutes (UTC)."""

    def value(self, point_name: str, at_s: Array) -> Array:
        """What a point shows at these instants [s, UTC], faults and all, before rounding."""


@dataclass(frozen=True)
class SimulatedMeter:
    """One meter of a plant file on a timeline: the true value of each point at any instant."""

    name: str
    meter: Meter
    of: MeterOf
    gain: float
    timeline: Timeline
    unit: str  # of what it measures
    board: Board

    @property
    def model(self) -> MeterModel:
        """The make that it pretends to be."""
        return self.meter.meter_model

    @property
    def is_straight(self) -> bool:
        """Yes: rates are constant within a minute, signals bend at the middle of a step."""
        return True

    def value(self, point_name: str, at_s: Array) -> Array:
        """What a point shows at these instants [s, UTC], faults and all, before rounding."""
        point = self.model.points[point_name]
        sound = partial(self.sound_value, point_name)
        return self.board.value(self.name, point_name, point, true=sound, at_s=at_s)

    def sound_value(self, point_name: str, at_s: Array) -> Array:
        """What a point would show without faults.

        A point of which nothing is said shows 0, as an idle input does. Behind a current
        transformer a meter shows its own, smaller, amounts.
        """
        at_s = np.maximum(at_s, self.timeline.origin_s)
        value = self._value(point_name, self.model.points[point_name], at_s)
        return value if self.meter.ct == 1 else value / self.meter.ct

    def _value(self, point_name: str, point: Point, at_s: Array) -> Array:
        if point_name in self.of.also:
            return self._of(self.of.also[point_name], point, at_s)
        if self.of.quantities[0] in self.timeline.process.signals:
            fitting = fits(self.unit, point.unit)
            return self._of(self.of.quantities[0], point, at_s) if fitting else _zeros(at_s)
        if self.meter.pulse is not None and point.unit == "pulse":
            return self._pulses(point_name, at_s)
        if any(word in point_name for word in _BACKWARDS):
            return _zeros(at_s)
        return self._follows(point_name, point, at_s)

    def _follows(self, name: str, point: Point, at_s: Array) -> Array:
        """A point that follows from the amount, by the dimension of its unit."""
        share = 1 / 3 if name[-3:] in ("_l1", "_l2", "_l3") else 1.0
        if fits(point.unit, self.unit) and point.kind == "counter":
            counted = self.counted(at_s) * float(ratio(self.unit, point.unit))
            return share * (self.of.start + counted)
        rate_unit = f"{self.unit}/h"
        if fits(point.unit, rate_unit):
            return share * self._rate(at_s) * float(ratio(rate_unit, point.unit))
        if fits(self.unit, "kWh"):
            return self._electric(name, point, at_s)
        if point.unit == "m/s" and fits(self.unit, "m3"):
            return self._rate(at_s) * float(ratio(self.unit, "m3")) / 3600.0 / _PIPE_M2
        return _zeros(at_s)

    def _electric(self, name: str, point: Point, at_s: Array) -> Array:
        """Voltage, current, frequency, power factor, apparent and reactive power and energy."""
        cos = self.of.power_factor
        tan = (1.0 / cos**2 - 1.0) ** 0.5
        kw = self._rate(at_s) * float(ratio(self.unit, "kWh"))
        for unit, amount in (
            ("kvar", tan * kw),
            ("kVA", kw / cos),
            ("V", np.full(len(at_s), _VOLTS if "l1_l2" not in name else _VOLTS * 3**0.5)),
            ("A", 1000.0 * kw / (3.0 * _VOLTS * cos)),
            ("Hz", np.full(len(at_s), _HERTZ)),
            ("kvarh", tan * self.counted(at_s) * float(ratio(self.unit, "kWh"))),
            ("kVAh", self.counted(at_s) * float(ratio(self.unit, "kWh")) / cos),
        ):
            if fits(point.unit, unit):
                return amount * float(ratio(unit, point.unit))
        if name.startswith("power_factor"):
            return np.full(len(at_s), cos * float(ratio("1", point.unit)))
        return _zeros(at_s)

    def _pulses(self, name: str, at_s: Array) -> Array:
        assert self.meter.pulse is not None  # noqa: S101 - the caller looked
        if name != self.meter.counter:
            return _zeros(at_s)
        worth = self.meter.pulse
        return self.of.start + self.counted(at_s) * float(ratio(self.unit, worth.unit)) / (
            worth.value
        )

    def _of(self, quantity: str, point: Point, at_s: Array) -> Array:
        """A signal, or another amount than the one it measures, in the point's unit."""
        process = self.timeline.process
        unit = process.unit(quantity)
        if quantity in process.signals:
            return float(ratio(unit, point.unit)) * self.timeline.signal(quantity, at_s)
        if point.kind == "counter":
            share = float(ratio(unit, point.unit))
            return _summed(share * self.timeline.cumulative([quantity], at_s))
        share = float(ratio(f"{unit}/h", point.unit))
        return _summed(share * self.timeline.rates([quantity], at_s))

    def counted(self, at_s: Array) -> Array:
        """What it has counted since the origin without faults [unit of what it measures]."""
        return _summed(self.gain * self.timeline.cumulative(self.of.quantities, at_s))

    def _rate(self, at_s: Array) -> Array:
        return _summed(self.gain * self.timeline.rates(self.of.quantities, at_s))


def simulated_meters(
    scenario: Scenario, timeline: Timeline, board: Board | None = None
) -> dict[str, SimulatedMeter]:
    """All meters of a scenario's plant on a timeline, with its faults or those of a board."""
    board = scenario.board() if board is None else board
    draws = Draws(scenario.file.seed)
    return {
        name: SimulatedMeter(
            name=name,
            meter=scenario.plant.meters[name],
            of=of,
            gain=_gain(name, of, draws),
            timeline=timeline,
            unit=scenario.process.unit(of.quantities[0]),
            board=board,
        )
        for name, of in scenario.file.meters.items()
    }


def _gain(name: str, of: MeterOf, draws: Draws) -> float:
    """What a meter shows of what is, drawn once from within its class."""
    with draws.generator(name, 0) as drawing:
        return 1.0 + of.error / 100.0 * float(drawing.uniform(-1.0, 1.0))


def step_of(meter: SimulatedMeter, unit: str) -> float:
    """The smallest difference that its main counter can show [unit]."""
    assert meter.meter.counter is not None  # noqa: S101 - who counts has a counter
    point = meter.model.points[meter.meter.counter]
    last = point.numbers[-1]
    step = 2.0**-23 * 2e7 if last.type == "float32" else point.factor * last.factor
    worth = meter.meter.pulse
    if worth is not None and point.unit == "pulse":
        return step * worth.value * float(ratio(worth.unit, unit))
    return step * float(ratio(point.unit, unit)) * meter.meter.ct


def shown(point: Point, values: Array) -> Array:
    """What a reader decodes from the registers of a point, for many values at once.

    The same rounding as encoding and decoding each, which the tests hold it to.
    """
    power = 10.0**point.exponent.usual if point.exponent else 1.0
    scaled = values / power
    scaled = scaled / point.factor if point.factor != 1 else scaled
    total = np.zeros(len(values))
    for part in point.numbers:
        raw = _raw(part, point, scaled if part.factor == 1 else scaled / part.factor)
        total += raw if part.factor == 1 else _scale(raw, part.factor)
        if part.type.startswith("float"):
            scaled = np.zeros(len(values))
        else:
            scaled = scaled - raw * part.factor
    return _scale(_scale(total, point.factor), power)


def _raw(part: Part, point: Point, numbers: Array) -> Array:
    if part.type == "float32":
        return numbers.astype(np.float32).astype(float)
    if part.type == "float64":
        return numbers
    counted = point.kind == "counter"  # shows the counts that are complete
    whole = np.floor(numbers + 1e-9 + 1e-15 * numbers) if counted else np.round(numbers)
    if part.type in ("uint16", "uint32", "bcd16", "bcd32") and part.limits:
        whole = np.mod(whole, part.limits[1] + 1.0)
    return whole


def _scale(raw: Array, factor: float) -> Array:
    """raw x factor, correctly rounded for a factor such as 0.001: divided by 1000."""
    if factor == 1:
        return raw
    inverse = round(1 / factor)
    return raw / inverse if inverse and factor == 1 / inverse else raw * factor


def _zeros(at_s: Array) -> Array:
    return np.zeros(len(at_s))


def _summed(rows: Array) -> Array:
    return np.asarray(rows.sum(axis=0))
