"""Which readings of a counter are good, and what each adds: classification of one device's track.

Readings are judged in order of time, each against the last good one and its level.

1. A step is *plausible* when it is not negative and no more than the largest rate allows over the
   time since the last good reading plus the meter's update period, give or take one count. A drop
   within one count (or one step of a float32) is equality: the level is held, so that the way back
   up is not counted again.
2. A drop that is plausible through the modulus is a *rollover*.
3. A stretch without readings longer than modulus / largest rate has unknown wraps: what was
   consumed in it is unknown, whatever its ends say.
4. Any other drop or jump is *pending*: the readings from it on form a new level. A further
   implausible step begins another new level in its place.
   - If a reading that is implausible from the new level is plausible from the old level, the
     series has returned: all between was a *glitch*, however many readings, and is set aside.
     After a gap, when both are plausible, the smaller step decides.
   - If the new level has held for one slot and three readings, and has counted, the old one is
     gone: a *step back* where the drop is no more than the largest rate counts in five minutes
     (the period in which some meters save their totals), else a *reset*. Readings of levels that
     did not last are a glitch. What was consumed between the last good reading and the new level
     is unknown. A level that stands still proves nothing: a gateway that answers 0 for a silent
     meter all night is not a reset meter.
   - If the readings end before either, they stay pending, and count nowhere.
5. The largest rate is that of the meter's plate, often far above what flows, or is not known at
   all. So a step is also implausible when it is a *leap* (more than twice as fast as the fastest
   step of the slot, or of the twelve readings, before) that undoes a drop at once, or that a drop
   undoes within a slot or twelve readings: 30, 0, 30 and 30, 90, 30 are glitches, whatever the
   plate allows. A stretch in which the register stands still does not count towards these limits.
   Without a largest rate a quarter of the modulus is the largest step believed.

What is counted after a step back is consumption: the meter forgot what it had already shown, and
counts anew. A reading that merely came late falls back too, but leaps forward again: rule 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from collector.analysis.counters import Event, EventKind, Flags, Floats
from collector.analysis.levels import (
    FIRST_CHUNK,
    LATELY,
    Old,
    Outcome,
    Places,
    leapt,
    pace_of,
    resolve,
    standing_since,
)
from collector.analysis.track import Track
from plant.calendar import SLOT_MS

SAVED_EVERY_MS = 300_000


@dataclass(frozen=True, slots=True, eq=False)
class Classified:
    """What became of each reading of a track.

    good: (n,) False where set aside. adds: (n,) counts since the good reading before.
    unknown: (n,) True where that is not known. begins: (n,) True at the first of a segment.
    restarts: (n,) True where the level is the reading's own. lookaheads: stretches [ms] that were
    judged as one.
    """

    good: Flags
    adds: Floats
    unknown: Flags
    begins: Flags
    restarts: Flags
    events: list[Event]
    lookaheads: list[tuple[int, int]]


def classify(track: Track, *, slot_ms: int = SLOT_MS) -> Classified:
    """What became of each reading of one device."""
    return _Classifier(track, slot_ms).run()


class _Classifier:
    """Goes from one suspicious step to the next; all between is settled in one sweep."""

    def __init__(self, track: Track, slot_ms: int) -> None:
        n = track.x.size
        self.track = track
        self.slot_ms = slot_ms
        self.level = float(track.x[0]) if n else 0.0
        self.begin = 0  # of the segment: how far to look back
        self.out = Classified(
            good=np.ones(n, dtype=np.bool_),
            adds=track.steps.copy(),
            unknown=np.zeros(n, dtype=np.bool_),
            begins=np.zeros(n, dtype=np.bool_),
            restarts=np.ones(n, dtype=np.bool_),
            events=[],
            lookaheads=[],
        )

    def run(self) -> Classified:
        """Classify all readings."""
        at, n = 1, self.track.x.size  # the reading before `at` is always good
        while at < n:
            stop = self._settle(at, self.track.next_big(at))
            at = self._judge(stop) if stop < n else n
        return self.out

    def _settle(self, at: int, stop: int) -> int:
        """Accept readings at..stop; returns where dips have added up to a drop, else stop."""
        x, dips = self.track.x, self.track.dips
        chunk = FIRST_CHUNK
        while at < stop:
            end = min(at + chunk, stop)
            chunk *= 4
            if self.level <= x[at - 1] and not dips[at:end].any():
                at, self.level = end, float(x[end - 1])
                continue
            at = self._hold(at, end)
            if at < end:
                return at
        return stop

    def _hold(self, at: int, end: int) -> int:
        """Accept readings at..end with the level held over dips; returns the first real drop."""
        part = self.track.x[at:end]
        held = np.maximum.accumulate(np.concatenate(([self.level], part)))
        fallen = np.flatnonzero(held[1:] - part > self.track.rules.tolerance(float(held[-1])))
        if fallen.size:
            end = at + int(fallen[0])
        size = end - at
        self.out.adds[at:end] = np.diff(held[: size + 1])
        self.out.restarts[at:end] = part[:size] >= held[1 : size + 1]
        self.level = float(held[size])
        return end

    def _judge(self, k: int) -> int:
        """Decide on the suspicious reading k; returns where to go on."""
        track = self.track
        before_ms = int(track.t[k - 1])
        if int(track.t[k]) - before_ms > track.rules.blind_ms:
            self._begin(k, known=False)
            return k + 1
        if track.forward(self.level, before_ms, k) is not None:
            self._accept(k, before_ms)
            return k + 1
        known = self._lately(k)
        base = leapt(track, known, k, adds=self.out.adds)
        if base is not None:
            self._come_down(known, base, k)
            return k + 1
        pace = pace_of(track, known, self.out.adds)
        old = Old(self.level, before_ms, pace)
        found = resolve(track, k, old, slot_ms=self.slot_ms)
        self._hung_on(known, found.seen)
        if found.outcome is Outcome.PENDING:
            self._set_aside(EventKind.PENDING, k, found.place)
            return found.place
        self._set_aside(EventKind.GLITCH, k, found.place)
        if found.outcome is Outcome.RETURNED:
            self._accept(found.place, before_ms)
        else:
            self._event(self._name_of_drop(found.place), before_ms, found.place)
            self._begin(found.place, known=False)
        return found.place + 1

    def _hung_on(self, known: Places, seen: int) -> None:
        """A decision hung on all readings from the first of `known` to `seen`."""
        self.out.lookaheads.append((int(self.track.t[known[0]]), int(self.track.t[seen])))

    def _lately(self, k: int) -> Places:
        """The good readings of this segment shortly before it came to where it stands before k."""
        stood = standing_since(self.track.x, k - 1)
        since = int(np.searchsorted(self.track.t, self.track.t[stood] - self.slot_ms))
        since = max(min(since, stood - LATELY), self.begin)
        return since + np.flatnonzero(self.out.good[since:k])

    def _come_down(self, known: Places, base: int, k: int) -> None:
        """Reading k undoes the leap after known[base]: set aside what was leapt to."""
        before_ms = int(self.track.t[known[base]])
        self.level = float(self.track.x[known[: base + 1]].max())
        self._set_aside(EventKind.GLITCH, int(known[base + 1]), k)
        self._accept(k, before_ms)
        self._hung_on(known, k)

    def _accept(self, k: int, before_ms: int) -> None:
        """Reading k continues the level, or wraps it."""
        step = self.track.forward(self.level, before_ms, k)
        assert step is not None  # noqa: S101 - whoever accepts has seen it
        self.out.adds[k] = step.counts
        if step.wraps:
            self._event(EventKind.ROLLOVER, before_ms, k)
            self._begin(k, known=True)
            return
        level = float(self.track.x[k])
        self.out.restarts[k] = level >= self.level
        self.level = max(self.level, level)

    def _begin(self, k: int, *, known: bool) -> None:
        """A segment begins at reading k."""
        self.out.begins[k] = True
        if not known:
            self.out.adds[k] = 0.0
            self.out.unknown[k] = True
        self.level = float(self.track.x[k])
        self.begin = k

    def _set_aside(self, kind: EventKind, first: int, stop: int) -> None:
        if first == stop:
            return
        readings = int(self.out.good[first:stop].sum())
        self.out.good[first:stop] = False
        track = self.track
        self.out.events.append(
            Event(
                kind=kind,
                time_ms=int(track.t[first]),
                until_ms=int(track.t[stop - 1]),
                before=self.level * track.rules.unit,
                after=float(track.x[first]) * track.rules.unit,
                readings=readings,
            )
        )

    def _event(self, kind: EventKind, time_ms: int, k: int) -> None:
        track = self.track
        self.out.events.append(
            Event(
                kind=kind,
                time_ms=time_ms,
                until_ms=int(track.t[k]),
                before=self.level * track.rules.unit,
                after=float(track.x[k]) * track.rules.unit,
            )
        )

    def _name_of_drop(self, k: int) -> EventKind:
        rules = self.track.rules
        drop = self.level - float(self.track.x[k])
        saved = self.level / 2 if rules.rateless else rules.rate * SAVED_EVERY_MS
        return EventKind.STEP_BACK if 0 < drop <= saved else EventKind.RESET
