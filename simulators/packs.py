"""The packs that a simulated plant's agents would have sent, made as fast as they can be read."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from plant.calendar import SLOT_MS
from plant.reading import Reading
from plant.wire import Pack, encode_pack
from simulators.draws import Array
from simulators.metering import SimulatedMeter, shown, simulated_meters
from simulators.scenario import Scenario

_READINGS_A_PACK = 4500  # about 250 kB of SenML


@dataclass(frozen=True)
class HistoryPack:
    """One pack, numbered from 1 within its gateway's history."""

    seq: int
    payload: bytes
    readings: int


@dataclass(frozen=True)
class History:
    """What the meters of one gateway showed at each slot's edge in [start, end] [ms, UTC]."""

    scenario: Scenario
    gateway: str
    start_ms: int
    end_ms: int

    @property
    def outbox(self) -> str:
        """An id that the content decides: the same history sent again is known by the collector."""
        what = f"{self.scenario.config}/{self.gateway}/{self.start_ms}/{self.end_ms}"
        return "history-" + hashlib.sha256(what.encode()).hexdigest()[:16]

    @property
    def points(self) -> dict[str, str]:
        """For each meter the point that is written: its counter, else its first quality."""
        return {
            name: meter.counter or next(iter(meter.read_points()))
            for name, meter in self.scenario.plant.meters_at(self.gateway).items()
        }

    @property
    def slots_ms(self) -> range:
        """The slot edges that are written."""
        first = -(-self.start_ms // SLOT_MS) * SLOT_MS
        return range(first, self.end_ms + 1, SLOT_MS)

    @property
    def slots_a_pack(self) -> int:
        """How many slot edges go into one pack."""
        return max(1, _READINGS_A_PACK // max(1, len(self.points)))

    @property
    def count(self) -> int:
        """How many packs it takes."""
        return -(-len(self.slots_ms) // self.slots_a_pack)

    def packs(self) -> Iterator[HistoryPack]:
        """The packs in the order of time; the same scenario gives the same bytes."""
        meters = simulated_meters(self.scenario, self.scenario.timeline())
        units = self.scenario.plant.units()
        step = self.slots_a_pack
        for seq in range(1, self.count + 1):
            slots = self.slots_ms[(seq - 1) * step : seq * step]
            at_ms = list(slots)
            at_s = np.array(at_ms) / 1000.0
            readings = [
                Reading(name, point, time_ms, value)
                for name, point in self.points.items()
                for time_ms, value in zip(
                    at_ms, _values(meters[name], point, at_s).tolist(), strict=True
                )
            ]
            payload = encode_pack(Pack(self.scenario.plant.id, readings), units)
            yield HistoryPack(seq, payload, len(readings))


def _values(meter: SimulatedMeter, point: str, at_s: Array) -> Array:
    return shown(meter.model.points[point], meter.value(point, at_s))
