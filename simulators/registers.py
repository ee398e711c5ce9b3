"""The registers of a simulated unit, computed when they are asked for."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from plant.codec import Place, encode, pack
from plant.models import Found, MeterModel, Point
from simulators.draws import Array
from simulators.metering import ShownMeter

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
_MOST_BITS = 2000


class Refusal(Exception):  # noqa: N818 - an answer of the protocol, not a fault
    """A request that the meter answers with an exception code."""

    def __init__(self, code: int) -> None:
        """Refuse with this code of the standard."""
        self.code = code


@dataclass(frozen=True)
class _Served:
    """A point with the places that it fills."""

    meter: ShownMeter
    name: str
    point: Point
    function: int
    spans: tuple[tuple[int, int], ...]  # first address and the one after the last

    def touches(self, function: int, first: int, end: int) -> bool:
        return function == self.function and any(a < end and first < b for a, b in self.spans)


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

    def read(self, function: int, first: int, count: int, *, at_s: float) -> list[int]:
        """The words of a request at an instant; Refusal with the exception code."""
        end = first + count
        self._check(function, first, end)
        words = dict(self._fixed)
        instant = np.array([at_s])
        for served in self._served:
            if served.touches(function, first, end):
                words.update(self._encoded(served, instant))
        return [words.get((function, address), 0) for address in range(first, end)]

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

    @staticmethod
    def _encoded(served: _Served, instant: Array) -> dict[Place, int]:
        meter = served.meter
        registers = encode(served.point, float(meter.value(served.name, instant)[0]))
        return meter.board.words(
            meter.name, served.name, served.point, registers=registers, at_s=float(instant[0])
        )

    def _points(self) -> Iterable[_Served]:
        """Each point once: a channel's by the meter that names it, others by the first meter."""
        owners = {meter.meter.counter: meter for meter in self.meters}
        for name, point in self.model.points.items():
            spans = tuple((part.address, part.address + part.words) for part in point.everything)
            meter = owners.get(name, self.meters[0])
            yield _Served(meter, name, point, point.function, spans)

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
