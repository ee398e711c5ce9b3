"""The registers of a simulated unit, computed when they are asked for."""

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from plant.codec import Place, encode, pack
from plant.models import Found, MeterModel, Point
from simulators.metering import ShownMeter
from simulators.writing import Write, writer

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
_MOST_BITS = 2000
_KEPT_PLANS = 256


class Refusal(Exception):  # noqa: N818 - an answer of the protocol, not a fault
    """A request that the meter answers with an exception code."""

    def __init__(self, code: int) -> None:
        """Refuse with this code of the standard."""
        self.code = code


_PIECE_S = 30.0  # all that a sound meter shows runs straight for so long: Timeline says why


@dataclass
class Served:
    """A point with the places that it fills, and what it showed last."""

    meter: ShownMeter
    name: str
    point: Point
    function: int
    spans: tuple[tuple[int, int], ...]  # first address and the one after the last
    write: Write
    begin_s: float = -math.inf  # of the piece of time for which value and slope are known
    value: float = 0.0
    slope: float = 0.0

    def touches(self, function: int, first: int, end: int) -> bool:
        return function == self.function and any(a < end and first < b for a, b in self.spans)

    def data(self, at_s: float) -> bytes:
        """The registers of its spans one after the other at an instant [s, UTC]."""
        meter = self.meter
        if meter.board.of(meter.name) or not meter.is_straight:
            return self._spoilt(at_s)
        if not 0.0 <= at_s - self.begin_s < _PIECE_S:
            self._look(at_s // _PIECE_S * _PIECE_S)
        return self.write(self.value + self.slope * (at_s - self.begin_s))

    def _look(self, begin_s: float) -> None:
        half_s = _PIECE_S / 2
        first, then = self.meter.value(self.name, np.array([begin_s, begin_s + half_s])).tolist()
        self.begin_s, self.value, self.slope = begin_s, first, (then - first) / half_s

    def _spoilt(self, at_s: float) -> bytes:
        """The same, evaluated at the instant itself, with the faults of values and registers."""
        meter = self.meter
        registers = encode(self.point, float(meter.value(self.name, np.array([at_s]))[0]))
        words = meter.board.words(meter.name, self.name, self.point, registers=registers, at_s=at_s)
        places = ((self.function, address) for a, b in self.spans for address in range(a, b))
        return b"".join(words[place].to_bytes(2, "big") for place in places)


@dataclass(frozen=True)
class Plan:
    """How a request is answered: what stands still, and which points are written where."""

    still: bytes
    moves: tuple[tuple[Served, tuple[tuple[int, int, int], ...]], ...]  # from, to, target [bytes]


class Unit(Protocol):
    """What a bus asks of a unit."""

    @property
    def meters(self) -> Sequence[ShownMeter]:
        """Whose faults strike it."""

    @property
    def model(self) -> MeterModel:
        """The make that it pretends to be."""

    def read(self, function: int, first: int, count: int, *, at_s: float) -> list[int]:
        """The words of a request at an instant; Refusal with the exception code."""

    def data(self, function: int, first: int, count: int, *, at_s: float) -> bytes:
        """The same as bytes, two a register."""


class UnitRegisters:
    """What one unit id of a bus answers: the points of its meter, or of all its channels."""

    def __init__(self, meters: Iterable[ShownMeter]) -> None:
        """All meters that share a unit id; they are of one model."""
        self.meters = tuple(meters)
        self.model: MeterModel = self.meters[0].model
        self._served = tuple(self._points())
        self._fixed = self._probe_words()
        self._ranges = self._readable()
        self._places = {
            (s.function, address)
            for s in self._served
            for a, b in s.spans
            for address in range(a, b)
        } | set(self._fixed)
        self.plan = lru_cache(_KEPT_PLANS)(self._plan_of)

    def read(self, function: int, first: int, count: int, *, at_s: float) -> list[int]:
        """The words of a request at an instant; Refusal with the exception code."""
        data = self.data(function, first, count, at_s=at_s)
        return list(struct.unpack(f">{count}H", data))

    def data(self, function: int, first: int, count: int, *, at_s: float) -> bytes:
        """The same as bytes, two a register."""
        plan = self.plan(function, first, count)
        if isinstance(plan, int):
            raise Refusal(plan)
        if not plan.moves:
            return plan.still
        found = bytearray(plan.still)
        for served, pieces in plan.moves:
            data = served.data(at_s)
            for start, end, target in pieces:
                found[target : target + end - start] = data[start:end]
        return bytes(found)

    def _plan_of(self, function: int, first: int, count: int) -> Plan | int:
        """How to answer, or the exception code."""
        try:
            self._check(function, first, first + count)
        except Refusal as refused:
            return refused.code
        still = (self._fixed.get((function, first + i), 0) for i in range(count))
        return Plan(
            still=struct.pack(f">{count}H", *still),
            moves=tuple(
                (served, _pieces(served.spans, first, first + count))
                for served in self._served
                if served.touches(function, first, first + count)
            ),
        )

    def _check(self, function: int, first: int, end: int) -> None:
        if function not in self._ranges:
            raise Refusal(ILLEGAL_FUNCTION)
        limits = self.model.limits
        most = limits.registers if function > 2 else _MOST_BITS
        if not 1 <= end - first <= most:
            raise Refusal(ILLEGAL_VALUE)
        low, high = self._ranges[function]
        holes = limits.holes == "refused" and any(
            (function, address) not in self._places for address in range(first, end)
        )
        barred = any(first < barrier < end for barrier in limits.barriers)
        crowded = end - first > 1 and any(first <= place < end for place in limits.alone)
        if first < low or end > high or holes or barred or crowded:
            raise Refusal(ILLEGAL_ADDRESS)

    def _points(self) -> Iterable[Served]:
        """Each point once: a channel's by the meter that names it, others by the first meter."""
        owners = {meter.meter.counter: meter for meter in self.meters}
        for name, point in self.model.points.items():
            spans = tuple((part.address, part.address + part.words) for part in point.everything)
            meter = owners.get(name, self.meters[0])
            yield Served(meter, name, point, point.function, spans, writer(point))

    def _probe_words(self) -> dict[Place, int]:
        words = _sunspec_chain(self.model.found) if self.model.found else {}
        for probe in self.model.probe:
            for i, word in enumerate(pack(probe.equals[0], probe.type, probe.order or "ABCD")):
                words[probe.function, probe.address + i] = word
        return words

    def _readable(self) -> dict[int, tuple[int, int]]:
        """For each function the first register and the one after the last."""
        found: dict[int, tuple[int, int]] = {}
        spans = [(s.function, a, b) for s in self._served for a, b in s.spans]
        spans += [(function, address, address + 1) for function, address in self._fixed]
        for function, a, b in spans:
            low, high = found.get(function, (a, b))
            found[function] = (min(low, a), max(high, b))
        return found


def _pieces(
    spans: tuple[tuple[int, int], ...], first: int, end: int
) -> tuple[tuple[int, int, int], ...]:
    """Which bytes of a point's registers go where in the answer: from, to, target."""
    found, before = [], 0
    for a, b in spans:
        low, high = max(a, first), min(b, end)
        if low < high:
            found.append((2 * (before + low - a), 2 * (before + high - a), 2 * (low - first)))
        before += b - a
    return tuple(found)


def _sunspec_chain(found: Found) -> dict[Place, int]:
    """The marker, the heads of common model and meter, and the end, as a SunSpec device has them.

    SunSpec Information Model Specification: "SunS", then models of an id, a length and as many
    registers, then 0xFFFF.
    """
    marker, common, common_length = (0x5375, 0x6E53), 1, 66
    first = found.at - common_length - 4
    heads = {
        first: (*marker, common, common_length),
        found.at: (found.models[0], found.length),
        found.at + 2 + found.length: (0xFFFF, 0),
    }
    return {(3, at + i): word for at, words in heads.items() for i, word in enumerate(words)}
