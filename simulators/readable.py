"""What a reader gets of a meter while faults hide or bend it: good values only."""

from collections.abc import Iterator

import numpy as np

from plant.codec import Rejected, decode, encode
from simulators.draws import Array
from simulators.faults.when import Mask
from simulators.metering import SimulatedMeter, shown


def readable(meter: SimulatedMeter, name: str, at_ms: list[int]) -> Iterator[tuple[int, float]]:
    """The readings of a point at instants [ms, UTC]; nothing where a fault hid it.

    What a reader would reject is no reading.
    """
    point, board = meter.model.points[name], meter.board
    at_s = np.array(at_ms) / 1000.0
    values = shown(point, meter.value(name, at_s))
    if not board.of(meter.name):
        yield from zip(at_ms, values.tolist(), strict=True)
        return
    hidden, torn = board.hides(meter.name, at_s), board.tears(meter.name, name, at_s)
    for i, (time_ms, value) in enumerate(zip(at_ms, values.tolist(), strict=True)):
        if hidden[i]:
            continue
        decoded = _decoded(meter, name, float(at_s[i])) if torn[i] else value
        if not isinstance(decoded, Rejected):
            yield time_ms, decoded


def is_readable(meter: SimulatedMeter, name: str, at_s: Array) -> Mask:
    """At which instants [s, UTC] a point gives a reading, whatever its value."""
    found = ~meter.board.hides(meter.name, at_s)
    for i in np.flatnonzero(found & meter.board.tears(meter.name, name, at_s)):
        found[i] = not isinstance(_decoded(meter, name, float(at_s[i])), Rejected)
    return np.asarray(found)


def _decoded(meter: SimulatedMeter, name: str, at_s: float) -> float | Rejected:
    """What a reader makes of a point's registers while a fault of registers is at work."""
    point = meter.model.points[name]
    registers = encode(point, float(meter.value(name, np.array([at_s]))[0]))
    sent = meter.board.words(meter.name, name, point, registers=registers, at_s=at_s)
    return decode(point, sent)
