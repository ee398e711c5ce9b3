"""Gathers readings and events into packs."""

from __future__ import annotations

from collections.abc import Mapping

from plant.reading import Event, Reading
from plant.senml import Pack, encode_pack

RECORDS = 1000  # in one pack, about 60 kB


class Packer:
    """What has been read and is not yet in a pack."""

    def __init__(self, plant: str, units: Mapping[tuple[str, str], str]) -> None:
        self._plant = plant
        self._units = units
        self._readings: list[Reading] = []
        self._events: list[Event] = []
        self.newest_ms = 0  # of what was taken last

    def put(self, readings: list[Reading], events: list[Event]) -> None:
        """Take in records."""
        self._readings += readings
        self._events += events

    def take(self) -> list[bytes]:
        """All that was gathered, as packs; events ride in the first."""
        readings, events = self._readings, self._events
        self._readings, self._events = [], []
        if not readings and not events:
            return []
        self.newest_ms = max([r.time_ms for r in readings] + [e.time_ms for e in events])
        chunks = [readings[i : i + RECORDS] for i in range(0, len(readings), RECORDS)] or [[]]
        packs = [Pack(self._plant, chunks[0], events), *(Pack(self._plant, c) for c in chunks[1:])]
        return [encode_pack(pack, self._units) for pack in packs]
