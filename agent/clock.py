"""Time: the monotonic clock that never jumps, the wall clock that may, and what joins them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

JUMP_MS = 500  # NTP slews by less between two looks; more is a step
SAME_S = 0.001  # both clocks are read at one instant, unless the process was held up between
LOOKS = 5
# No reading was ever taken before this program was written: a clock that says so is not set.
WRITTEN_MS = 1_735_689_600_000  # 2025-01-01


@dataclass(frozen=True, slots=True)
class Clock:
    """The clocks of this machine; tests put their own in."""

    monotonic_s: Callable[[], float] = time.monotonic
    wall_ms: Callable[[], int] = field(default=lambda: time.time_ns() // 1_000_000)
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep


class TimeKeeper:
    """Stamps monotonic instants with UTC, and notices when the wall clock jumps.

    ``floor_ms`` is a time that has surely passed, such as that of the newest reading on disk: a
    clock that says less lost its battery and is not right yet.
    """

    def __init__(self, clock: Clock, floor_ms: int = WRITTEN_MS) -> None:
        self._clock = clock
        self._floor_ms = max(floor_ms, WRITTEN_MS)
        self._offset_ms = self._measure()

    def _measure(self) -> float:
        """Wall minus monotonic clock [ms], of the look at both that was held up least."""
        looks: list[tuple[float, float]] = []
        while len(looks) < LOOKS and (not looks or min(looks)[0] > SAME_S):
            before_s = self._clock.monotonic_s()
            wall_ms = self._clock.wall_ms()
            after_s = self._clock.monotonic_s()
            looks.append((after_s - before_s, wall_ms - (before_s + after_s) * 500))
        return min(looks)[1]

    @property
    def is_right(self) -> bool:
        """Whether the wall clock can be right."""
        return self.now_ms >= self._floor_ms

    def trust(self) -> None:
        """Take the wall clock for right: the collector agrees, or the newest reading was wrong."""
        self._floor_ms = 0

    @property
    def now_ms(self) -> int:
        """UTC now, as last looked at."""
        return self.stamp(self._clock.monotonic_s())

    def look(self) -> int:
        """Look at the wall clock; the size of a jump since the last look [ms], or 0."""
        offset_ms = self._measure()
        moved_ms = round(offset_ms - self._offset_ms)
        self._offset_ms = offset_ms
        return moved_ms if abs(moved_ms) >= JUMP_MS else 0

    def stamp(self, monotonic_s: float) -> int:
        """The UTC milliseconds of a monotonic instant of this boot."""
        return round(monotonic_s * 1000 + self._offset_ms)
