"""What runs when nothing is made: the lowest hour of each night, and the hours without output.

Rates come as (24, n), by hour of the day and by day, NaN where unknown.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from collector.analysis.observations import Floats

NIGHT = slice(0, 5)  # hours: from midnight to five
LEAST_KNOWN = 3  # of them
RECENT = 7  # nights
LEAST_BEFORE = 7
RISE = 1.2

Flags = NDArray[np.bool_]


class Nights(NamedTuple):
    """Of each day (n,): the night's base, its hour (-1 where unknown), and whether it was idle."""

    lowest: Floats
    hour: NDArray[np.int64]
    is_idle: Flags


def idle_hours(made: Floats | None) -> Flags | None:
    """(24, n) whether an hour made nothing; None where output is not known by the hour at all."""
    if made is None or not np.isfinite(made).any():
        return None
    idle: Flags = made == 0  # an unknown hour is not idle
    return idle


def nights(rates: Floats, idle: Flags | None) -> Nights:
    """The night base of each day: of its idle hours, else of all; without flags all are idle."""
    night = rates[NIGHT]
    is_known = np.isfinite(night)
    quiet = is_known if idle is None else is_known & idle[NIGHT]
    looked = np.where(quiet.any(axis=0), quiet, is_known)
    hour = np.argmin(np.where(looked, night, np.inf), axis=0)
    days = np.arange(rates.shape[1])
    enough = is_known.sum(axis=0) >= LEAST_KNOWN
    lowest: Floats = np.where(enough, night[hour, days], np.nan)
    return Nights(lowest, np.where(enough, hour, -1), quiet[hour, days] & enough)


def above(found: Nights, limit: float | None) -> Flags:
    """(n,) the first leak rule: nothing was made, and still more flowed than the limit."""
    if limit is None:
        return np.zeros(found.lowest.size, dtype=np.bool_)
    over: Flags = found.is_idle & (found.lowest > limit)
    return over


def has_risen(found: Nights) -> bool | None:
    """The second leak rule: idle nights of late lie a fifth above those before.

    Medians of the last seven and of all before; None with fewer than seven before them.
    """
    quiet = found.lowest[found.is_idle]
    before, late = quiet[:-RECENT], quiet[-RECENT:]
    if before.size < LEAST_BEFORE:
        return None
    return bool(np.median(late) > RISE * np.median(before))
