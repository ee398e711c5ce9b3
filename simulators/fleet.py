"""Many plants for load: each a port with many meters of one model, evaluated all at once.

The power of a meter swings about its mean once a day, so its energy at any instant is known in a
formula. All registers of a plant are renewed once a second, in arrays with a row for each meter.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from plant.description import Meter
from plant.models import MeterModel, Point
from simulators.draws import Array, Draws
from simulators.faults.board import Board
from simulators.metering import SimulatedMeter
from simulators.registers import Refusal, UnitRegisters
from simulators.scenario_file import MeterOf
from simulators.timeline import Timeline
from simulators.writing import writer

ORIGIN_S = 1_704_067_200.0  # 2024-01-01, UTC
MOST_UNITS = 247
_TURN = 2.0 * math.pi / 24.0  # radians an hour
_FLOATS = {"float32": ">f4", "float64": ">f8"}
Pieces = tuple[tuple[int, int, int], ...]  # from, to, target [bytes]


@dataclass(frozen=True)
class Loads:
    """The meters of one plant as arrays, one row each, shape (meters,)."""

    mean_kw: Array
    swing: Array  # share of the mean
    phase: Array
    start_kwh: Array

    def energy_kwh(self, at_s: float) -> Array:
        """What each counter has counted at an instant [s, UTC]."""
        hours = (at_s - ORIGIN_S) / 3600.0
        swung = self.swing / _TURN * (np.cos(self.phase) - np.cos(_TURN * hours + self.phase))
        return np.asarray(self.start_kwh + self.mean_kw * (hours + swung))

    def power_kw(self, at_s: float) -> Array:
        """The power of each at an instant [s, UTC]."""
        hours = (at_s - ORIGIN_S) / 3600.0
        return np.asarray(self.mean_kw * (1.0 + self.swing * np.sin(_TURN * hours + self.phase)))


def draw_loads(seed: int, number: int, meters: int) -> Loads:
    """The meters of the plant of that number, the same for the same seed."""
    with Draws(seed).generator("fleet", number) as drawing:
        return Loads(
            mean_kw=drawing.uniform(2.0, 200.0, meters),
            swing=drawing.uniform(0.1, 0.8, meters),
            phase=drawing.uniform(0.0, 2.0 * math.pi, meters),
            start_kwh=drawing.uniform(1e3, 1e6, meters),
        )


@dataclass
class _Abreast:
    """Stands in for a process on the axis of time: its axis is that of the meters instead."""

    loads: Loads
    signals: frozenset[str] = frozenset()
    origin_s: float = ORIGIN_S

    @property
    def process(self) -> _Abreast:
        return self

    def unit(self, name: str) -> str:
        _ = name
        return "kWh"

    def cumulative(self, names: Sequence[str], at_s: Array) -> Array:
        _ = names
        return self.loads.energy_kwh(float(at_s[0]))[None, :]

    def rates(self, names: Sequence[str], at_s: Array) -> Array:
        _ = names
        return self.loads.power_kw(float(at_s[0]))[None, :]


class FleetPlant:
    """The registers of all meters of one plant, renewed once a second."""

    def __init__(self, layout: Layout, loads: Loads) -> None:
        """Nothing is evaluated before somebody asks."""
        self.layout = layout
        self.loads = loads
        self._meter = layout.template(loads)
        self._held = (0, 0)  # the second of the rows, and how many points they hold
        self._rows = b""

    def row(self, number: int, at_s: float) -> tuple[bytes, int]:
        """The registers of all meters, and where those of the meter of that number begin."""
        wanted = (math.floor(at_s), len(self.layout.wanted))
        if wanted != self._held:
            self._rows, self._held = self._evaluated(float(wanted[0])), wanted
        return self._rows, number * self.layout.width

    def _evaluated(self, at_s: float) -> bytes:
        count = len(self.loads.mean_kw)
        image = np.zeros((count, self.layout.width), dtype=np.uint8)
        abreast = np.full(count, at_s)
        for name in self.layout.wanted:
            point, start, end = self.layout.columns[name]
            image[:, start:end] = _written(point, self._meter.value(name, abreast))
        return image.tobytes()


def _written(point: Point, values: Array) -> NDArray[np.uint8]:
    """The registers of a point for many values, shape (values, bytes)."""
    number = point.numbers[0]
    plain = len(point.numbers) == 1 and not point.helpers and number.factor == 1
    order = number.order or point.order
    if plain and number.type in _FLOATS and order == "ABCD":
        scaled = (values / point.factor).astype(_FLOATS[number.type])
        return scaled.view(np.uint8).reshape(len(values), -1)
    write = writer(point)
    data = b"".join(write(value) for value in values.tolist())
    return np.frombuffer(data, dtype=np.uint8).reshape(len(values), -1)


class Layout:
    """Where in a meter's row its points stand; the same for all plants of a model."""

    def __init__(self, model: str) -> None:
        """The layout of a shipped model; an energy meter."""
        self.meter = Meter(bus="g/b", model=model, resource="electricity")
        one = Loads(*(np.ones(1) for _ in range(4)))
        self._known = UnitRegisters([self.template(one)])
        self.columns: dict[str, tuple[Point, int, int]] = {}
        self.wanted: dict[str, None] = {}  # points that somebody asked for, in that order
        self.width = 0
        for name, point in self.model.points.items():
            end = self.width + 2 * sum(part.words for part in point.everything)
            self.columns[name] = (point, self.width, end)
            self.width = end
        self.plan = lru_cache(1024)(self._plan_of)

    @property
    def model(self) -> MeterModel:
        """The make of all meters."""
        return self.meter.meter_model

    def template(self, loads: Loads) -> SimulatedMeter:
        """One meter whose values are those of all meters of a plant."""
        return SimulatedMeter(
            name="fleet",
            meter=self.meter,
            of=MeterOf(measures="energy"),
            gain=1.0,
            timeline=cast(Timeline, _Abreast(loads)),  # the same questions, another axis
            unit="kWh",
            board=Board(buses={}),
        )

    def _plan_of(self, function: int, first: int, count: int) -> tuple[bytes, Pieces] | int:
        """What stands still in an answer and what is taken from a row, or the exception code."""
        plan = self._known.plan(function, first, count)
        if isinstance(plan, int):
            return plan
        pieces: list[tuple[int, int, int]] = []
        for served, moved in plan.moves:
            self.wanted[served.name] = None
            _, start, _ = self.columns[served.name]
            pieces += [(start + a, start + b, target) for a, b, target in moved]
        return plan.still, tuple(pieces)


@dataclass(frozen=True, slots=True)
class FleetUnit:
    """One meter of a plant of a fleet."""

    plant: FleetPlant
    number: int
    meters: tuple[SimulatedMeter, ...] = field(default=())  # no faults strike a fleet

    @property
    def model(self) -> MeterModel:
        """The make that it pretends to be."""
        return self.plant.layout.model

    def read(self, function: int, first: int, count: int, *, at_s: float) -> list[int]:
        """The words of a request at an instant; Refusal with the exception code."""
        data = self.data(function, first, count, at_s=at_s)
        return list(struct.unpack(f">{count}H", data))

    def data(self, function: int, first: int, count: int, *, at_s: float) -> bytes:
        """The same as bytes, two a register."""
        plan = self.plant.layout.plan(function, first, count)
        if isinstance(plan, int):
            raise Refusal(plan)
        still, pieces = plan
        rows, begin = self.plant.row(self.number, at_s)
        found = bytearray(still)
        for start, end, target in pieces:
            found[target : target + end - start] = rows[begin + start : begin + end]
        return bytes(found)


def fleet_units(layout: Layout, loads: Loads) -> Mapping[int, FleetUnit]:
    """The units of one plant by id, from 1."""
    plant = FleetPlant(layout, loads)
    return {i + 1: FleetUnit(plant, i) for i in range(len(loads.mean_kw))}
