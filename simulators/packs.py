"""The packs that a simulated plant's agents would have sent, made as fast as they can be read."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from plant.calendar import SLOT_MS
from plant.chain import BEGINNING, Head
from plant.reading import Reading
from plant.senml import Pack, encode_pack
from simulators.faults.board import Board
from simulators.faults.path import ahead_s, arriving
from simulators.metering import simulated_meters
from simulators.readable import readable
from simulators.scenario import Scenario

_READINGS_A_PACK = 4500  # about 250 kB of SenML


@dataclass(frozen=True)
class HistoryPack:
    """One pack, numbered from 1 within its gateway's history."""

    seq: int
    payload: bytes
    readings: int
    at_ms: int  # when its first reading was taken [ms, UTC]
    prev: str  # the hash of the pack before it


@dataclass(frozen=True)
class History:
    """What the meters of one gateway showed at each slot's edge in [start, end] [ms, UTC]."""

    scenario: Scenario
    gateway: str
    start_ms: int
    end_ms: int
    step_ms: int = SLOT_MS

    @property
    def outbox(self) -> str:
        """An id that the content decides: the same history sent again is known by the collector."""
        what = f"{self.scenario.config}/{self.gateway}/{self.start_ms}/{self.end_ms}"
        what += f"/{self.step_ms}" if self.step_ms != SLOT_MS else ""
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
        """The instants that are written."""
        first = -(-self.start_ms // self.step_ms) * self.step_ms
        return range(first, self.end_ms + 1, self.step_ms)

    @property
    def slots_a_pack(self) -> int:
        """How many slot edges go into one pack."""
        return max(1, _READINGS_A_PACK // max(1, len(self.points)))

    @property
    def count(self) -> int:
        """How many packs it takes."""
        return -(-len(self.slots_ms) // self.slots_a_pack)

    def packs(self) -> Iterator[HistoryPack]:
        """The packs as they arrive, without faults in the order of time.

        The same scenario gives the same bytes.
        """
        board = self.scenario.board()
        yield from arriving(self._written(board), board.at(self.gateway))

    def _written(self, board: Board) -> Iterator[HistoryPack]:
        meters = simulated_meters(self.scenario, self.scenario.timeline(), board)
        clock_faults = board.at(self.gateway)
        units = self.scenario.plant.units()
        step, prev = self.slots_a_pack, BEGINNING
        for seq in range(1, self.count + 1):
            slots = self.slots_ms[(seq - 1) * step : seq * step]
            at_ms = list(slots)
            ahead_ms = np.rint(1000 * ahead_s(clock_faults, np.array(at_ms) / 1000.0)).astype(int)
            stamps = dict(zip(at_ms, (np.array(at_ms) + ahead_ms).tolist(), strict=True))
            readings = [
                Reading(name, point, stamps[time_ms], value)
                for name, point in self.points.items()
                for time_ms, value in readable(meters[name], point, at_ms)
            ]
            payload = encode_pack(Pack(self.scenario.plant.id, readings), units)
            yield HistoryPack(seq, payload, len(readings), at_ms[0], prev)
            prev = Head(self.outbox, seq, self.scenario.plant.config, prev).hash_of(payload)
