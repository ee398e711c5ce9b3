"""What is known of a counter, what can happen to it, and what its readings came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LEAST_LIMIT_S = 120.0  # an edge between readings closer than this counts as measured


class EventKind(StrEnum):
    """What can happen to a counter."""

    ROLLOVER = "rollover"
    RESET = "reset"
    SWAP = "swap"
    CT_CHANGE = "ct-change"
    STEP_BACK = "step-back"
    GLITCH = "glitch"
    PENDING = "pending"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a counter.

    time_ms, until_ms: the stretch that it concerns. For a glitch or a pending level its first and
    last reading; for all else the last good reading before and the first good one after.
    before, after: the last good value before, and the value that showed it [unit of the point];
    of a CT change, the factors.
    """

    kind: EventKind
    time_ms: int
    until_ms: int
    before: float
    after: float
    readings: int = 0  # how many were set aside


@dataclass(frozen=True, slots=True)
class CounterKind:
    """What the model and the plant file know of a counter; all in the unit of its readings.

    resolution: value of one count, None or 0 when unknown or a float with no fixed step.
    modulus: the value at which it begins again at zero. max_rate_per_h: largest plausible rate
    [unit/h]. every_s: interval of reading [s]. update_s: the meter's own update period [s].
    """

    resolution: float | None
    modulus: float | None
    max_rate_per_h: float | None
    every_s: float
    update_s: float = 0.0
    is_float32: bool = False

    @property
    def limit_ms(self) -> int:
        """Readings further apart than this make an edge between them an estimate [ms]."""
        return round(1000 * max(3 * self.every_s, LEAST_LIMIT_S, self.update_s))


@dataclass(frozen=True, slots=True)
class Change:
    """A dated event of the plant file: SWAP, or CT_CHANGE with the factor that holds from then on.

    The factor multiplies readings as given; before the first CT_CHANGE it is 1.
    """

    kind: EventKind
    time_ms: int
    factor: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Account:
    """What a counter's readings came to: its cumulative consumption at every good reading.

    times_ms: (k,) good readings, ascending. totals: (k,) consumption since the first of them,
    int64 counts where the counter has a resolution, else float64. unit: value of one count.
    segments: (k,) number of the segment; rollover, reset, step back, swap, CT change begin one.
    unknown: (k,) True where nobody knows what was consumed since the good reading before.
    restarts: (k,) True where an account may begin and come to the same as this one.
    advances: (k,) True where it has counted beyond what a reading may be wrong by.
    lookaheads: (j, 2) stretches [ms] whose classification hung on all readings in them.
    """

    kind: CounterKind
    unit: float
    times_ms: Ints
    totals: Ints | Floats
    segments: NDArray[np.int32]
    unknown: Flags
    restarts: Flags
    advances: Flags
    lookaheads: Ints
    events: Sequence[Event]

    @property
    def is_counted(self) -> bool:
        """Whether totals are whole counts, and so exact."""
        return self.totals.dtype.kind == "i"

    @property
    def pending_since_ms(self) -> int | None:
        """Time of the first reading of a level that is neither confirmed nor refuted yet [ms]."""
        last = self.events[-1] if self.events else None
        return last.time_ms if last is not None and last.kind is EventKind.PENDING else None
