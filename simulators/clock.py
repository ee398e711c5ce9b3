"""The time of a simulation: now or another instant, as fast as real time or faster."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class SimulatedClock:
    """Instants that begin at `begin_s` and pass `speed` times as fast as `monotonic_s`."""

    begin_s: float  # [s, UTC]
    speed: float
    monotonic_s: Callable[[], float]
    started_s: float  # what `monotonic_s` gave at the beginning

    def now_s(self) -> float:
        """The simulated instant [s, UTC]."""
        return self.begin_s + self.speed * (self.monotonic_s() - self.started_s)


def start_clock(
    begin_s: float, *, speed: float, monotonic_s: Callable[[], float]
) -> SimulatedClock:
    """A clock that begins to run now."""
    return SimulatedClock(begin_s, speed, monotonic_s, monotonic_s())


@dataclass(frozen=True)
class Watch:
    """Which simulated instant it was when a real clock showed a time."""

    clock: SimulatedClock
    started_s: float  # what the real clock showed when the simulated one began [s, UTC]

    def simulated_s(self, real_s: float) -> float:
        """The simulated instant [s, UTC] of a real one."""
        return self.clock.begin_s + self.clock.speed * (real_s - self.started_s)
