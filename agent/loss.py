"""What could not be kept, counted to the reading: the disk refused for longer than memory lasts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from plant.calendar import from_ms
from plant.senml import decode_pack


@dataclass(slots=True)
class Loss:
    """A count that is told once it can be kept: an event of it could be lost like the rest."""

    readings: int = 0
    events: int = 0
    first_ms: int | None = None
    last_ms: int | None = None

    def add(self, payloads: Iterable[bytes]) -> None:
        """Count packs that are let go."""
        for payload in payloads:
            pack = decode_pack(payload)
            self.readings += len(pack.readings)
            self.events += len(pack.events)
            times = [reading.time_ms for reading in pack.readings]
            self.first_ms = min([*times, *_known(self.first_ms)], default=None)
            self.last_ms = max([*times, *_known(self.last_ms)], default=None)

    def __bool__(self) -> bool:
        return bool(self.readings or self.events)

    def __str__(self) -> str:
        text = f"{self.readings} readings and {self.events} events lost"
        if self.first_ms is None or self.last_ms is None:
            return text
        return f"{text}, of {_instant(self.first_ms)} to {_instant(self.last_ms)}"


def _known(time_ms: int | None) -> list[int]:
    return [] if time_ms is None else [time_ms]


def _instant(time_ms: int) -> str:
    return f"{from_ms(time_ms):%Y-%m-%dT%H:%M:%SZ}"
