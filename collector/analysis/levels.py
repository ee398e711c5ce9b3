"""What became of a level that a counter fell or jumped to: rules 4 and 5 of `segments`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from collector.analysis.counters import Flags, Floats
from collector.analysis.track import Track

Places = NDArray[np.intp]

LEAP = 2.0  # times the fastest recent step; a reading one interval late leaps by three of them
LEAST_STEPS = 3  # fewer steps than this show no pace
LEAST_READINGS = 3  # fewer readings than this show no level
LATELY = 12  # readings to look back, where a slot holds fewer
FIRST_CHUNK = 256


class Outcome(Enum):
    """What became of a pending level."""

    RETURNED = auto()
    CONFIRMED = auto()
    PENDING = auto()


@dataclass(frozen=True, slots=True)
class Pace:
    """The fastest step that a counter lately made [counts/ms], and how many steps tell it."""

    rate: float
    steps: int

    def is_left_by(self, counts: float, elapsed_ms: float, track: Track) -> bool:
        """Whether a step is a leap: much faster than the pace, or, where neither a pace nor a
        largest rate is known, any step."""
        if self.steps < LEAST_STEPS:
            return track.rules.rateless
        usual = self.rate * (elapsed_ms + track.rules.update_ms)
        return counts > LEAP * usual + track.rules.least_tolerance


@dataclass(frozen=True, slots=True)
class Old:
    """The level that was left: its value [counts], when it was last good, its pace before."""

    level: float
    time_ms: int
    pace: Pace


@dataclass(frozen=True, slots=True)
class Resolution:
    """Outcome, the reading where the series goes on, and the last reading that was looked at."""

    outcome: Outcome
    place: int
    seen: int


def resolve(track: Track, first: int, old: Old, *, slot_ms: int) -> Resolution:
    """What became of the level that begins at reading `first`."""
    n = track.x.size
    begin = stop = first
    while True:
        stop = track.next_break(stop + 1)
        lived = _lived(track, begin, stop, slot_ms=slot_ms)
        back = _leaps_back(track, begin, stop if lived is None else lived + 1, old=old)
        if back is not None:
            return Resolution(Outcome.RETURNED, back, back)
        if lived is not None:
            return Resolution(Outcome.CONFIRMED, begin, lived)
        if stop == n:
            return Resolution(Outcome.PENDING, n, n - 1)
        from_new = track.forward(float(track.x[stop - 1]), int(track.t[stop - 1]), stop)
        from_old = track.forward(old.level, old.time_ms, stop)
        # After a gap both may be plausible: the smaller step is the likelier.
        if from_old is not None and (from_new is None or from_old.counts < from_new.counts):
            return Resolution(Outcome.RETURNED, stop, stop)
        if from_new is None:
            begin = stop


def _lived(track: Track, begin: int, stop: int, *, slot_ms: int) -> int | None:
    """The first reading of a level begin..stop by which it has held and moved."""
    at = int(np.searchsorted(track.t, track.t[begin] + slot_ms))
    at = max(at, begin + LEAST_READINGS - 1)
    start = track.x[begin]
    return _first(track.x, at, stop, lambda x: x != start)


def _leaps_back(track: Track, begin: int, stop: int, *, old: Old) -> int | None:
    """The reading of a level begin..stop that undoes the drop in one leap."""
    x, t = track.x, track.t
    drop = old.level - float(x[begin])
    least = old.level - track.rules.tolerance(old.level)
    back = _first(x, begin + 1, stop, lambda x: x >= least)
    if back is None or drop <= 0:
        return None
    leap = float(x[back] - x[back - 1])
    if 2 * leap < drop or not old.pace.is_left_by(leap, float(t[back] - t[back - 1]), track):
        return None
    return back if track.forward(old.level, old.time_ms, back) is not None else None


def pace_of(track: Track, known: Places, adds: Floats) -> Pace:
    """The pace of the good readings `known` (ascending), each of which adds `adds` [counts]."""
    if known.size < 2:
        return Pace(rate=0.0, steps=0)
    elapsed = np.diff(track.t[known]) + track.rules.update_ms
    return Pace(rate=float((adds[known[1:]] / elapsed).max()), steps=known.size - 1)


def leapt(track: Track, known: Places, k: int, *, adds: Floats) -> int | None:
    """Where the good readings `known` leapt away from a level to which reading k comes back.

    Returns the place in `known` of the last reading before the leap.
    """
    held = np.maximum.accumulate(track.x[known])
    slack = track.rules.tolerance(float(held[-1]))
    base = int(np.searchsorted(held, track.x[k] + slack, side="right")) - 1
    if base < 0 or base + 1 >= held.size:
        return None
    leap = float(held[base + 1] - held[base])
    times = track.t[known]
    elapsed = float(times[base + 1] - times[base])
    pace = pace_of(track, known[: base + 1], adds)
    undone = float(held[-1] - track.x[k])
    if not leap / 2 <= undone <= 2 * leap or not pace.is_left_by(leap, elapsed, track):
        return None
    back = track.forward(float(held[base]), int(times[base]), k)
    return base if back is not None else None


def standing_since(x: Floats, k: int) -> int:
    """The first of the equal readings that end with reading k."""
    chunk = FIRST_CHUNK
    while k > 0:
        start = max(k - chunk, 0)
        moved = np.flatnonzero(x[start:k] != x[k])
        if moved.size:
            return start + int(moved[-1]) + 1
        k, chunk = start, 4 * chunk
    return 0


def _first(x: Floats, at: int, stop: int, holds: Callable[[Floats], Flags]) -> int | None:
    """The first index of at..stop where a condition holds; looks no farther than it must."""
    chunk = FIRST_CHUNK
    while at < stop:
        found = np.flatnonzero(holds(x[at : min(at + chunk, stop)]))
        if found.size:
            return at + int(found[0])
        at += chunk
        chunk *= 4
    return None
