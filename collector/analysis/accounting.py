"""The account of a counter: its readings classified device by device, joined, and added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from collector.analysis.counters import (
    Account,
    Change,
    CounterKind,
    Event,
    EventKind,
    Flags,
    Floats,
    Ints,
)
from collector.analysis.segments import Classified, classify
from collector.analysis.track import Rules, Track, tidy
from plant.calendar import SLOT_MS

Device = tuple[Track, Classified]


def account(
    times_ms: ArrayLike,
    values: ArrayLike,
    kind: CounterKind,
    *,
    changes: Sequence[Change] = (),
    slot_ms: int = SLOT_MS,
) -> Account:
    """What readings (n,) of a counter came to, in whatever order and however often they came.

    times_ms: [ms]. values: [unit of `kind`]. changes: swaps and CT ratios of the plant file.
    slot_ms: how long a new level must hold to be believed.
    """
    t, numbers = tidy(times_ms, values)
    rules = Rules.of(kind)
    devices = _devices(t, numbers, rules=rules, changes=changes, slot_ms=slot_ms)
    good = np.concatenate([part.good for _, part in devices])
    at = t[good]
    ratios = sorted((c for c in changes if c.kind is EventKind.CT_CHANGE), key=_when)
    begins = np.concatenate([part.begins for _, part in devices])[good]
    begins[np.searchsorted(at, [c.time_ms for c in ratios if _within(c.time_ms, at)])] = True
    adds = np.concatenate([part.adds for _, part in devices])[good]
    slack = np.concatenate([track.tolerances for track, _ in devices])[good]
    restarts = np.concatenate([part.restarts for _, part in devices])[good]
    counted = bool(kind.resolution) and not ratios
    events = [*_told(devices), *_swapped(devices), *_changed(ratios, at)]
    return Account(
        kind=kind,
        unit=rules.unit,
        times_ms=at,
        totals=np.cumsum(adds.astype(np.int64) if counted else adds * _factors(at, ratios)),
        segments=np.cumsum(begins, dtype=np.int32),
        unknown=np.concatenate([part.unknown for _, part in devices])[good],
        restarts=restarts,
        advances=restarts & (adds > 0) & (adds >= slack),
        lookaheads=np.array(
            [stretch for _, part in devices for stretch in part.lookaheads], dtype=np.int64
        ).reshape(-1, 2),
        events=tuple(sorted(events, key=lambda e: (e.kind is EventKind.PENDING, e.time_ms))),
    )


def _when(change: Change) -> int:
    return change.time_ms


def _within(time_ms: int, times: Ints) -> bool:
    return bool(times.size) and times[0] < time_ms <= times[-1]


def _devices(
    t: Ints, numbers: Floats, *, rules: Rules, changes: Sequence[Change], slot_ms: int
) -> list[Device]:
    """One track a device, cut at the swaps; what was pending when a device left was a glitch."""
    swaps = [c.time_ms for c in changes if c.kind is EventKind.SWAP and _within(c.time_ms, t)]
    bounds = [0, *np.unique(np.searchsorted(t, swaps)).tolist(), t.size]
    tracks = [Track.of(t[a:b], numbers[a:b], rules) for a, b in pairwise(bounds)]
    devices = [(track, classify(track, slot_ms=slot_ms)) for track in tracks]
    for _, part in devices[1:]:
        part.begins[0] = part.unknown[0] = True
    for _, part in devices[:-1]:
        if part.events and part.events[-1].kind is EventKind.PENDING:
            part.events[-1] = replace(part.events[-1], kind=EventKind.GLITCH)
    return devices


def _told(devices: Sequence[Device]) -> list[Event]:
    """What classification saw, and the gaps: neighbouring ones are one."""
    events = []
    for track, part in devices:
        events += part.events
        wide = np.flatnonzero(track.wide & ~_of_a_slot(track.t))
        runs = np.split(wide, np.flatnonzero(np.diff(wide) > 1) + 1) if wide.size else []
        events += [
            _between(EventKind.GAP, (track, int(run[0]) - 1), (track, int(run[-1]))) for run in runs
        ]
    return events


def _of_a_slot(t: Ints) -> Flags:
    """(n,) whether a reading and the one before stand at the two edges of a slot.

    Nothing must be estimated between them, however wide they stand: no gap.
    """
    return np.asarray((t % SLOT_MS == 0) & (np.diff(t, prepend=t[:1]) == SLOT_MS))


def _between(kind: EventKind, before: tuple[Track, int], after: tuple[Track, int]) -> Event:
    (old, i), (new, k) = before, after
    return Event(
        kind=kind,
        time_ms=int(old.t[i]),
        until_ms=int(new.t[k]),
        before=float(old.x[i]) * old.rules.unit,
        after=float(new.x[k]) * new.rules.unit,
    )


def _swapped(devices: Sequence[Device]) -> list[Event]:
    """Each swap, from the last good reading of the old device to the first of the new."""
    return [
        _between(EventKind.SWAP, (old, int(np.flatnonzero(part.good)[-1])), (new, 0))
        for (old, part), (new, _) in pairwise(devices)
    ]


def _changed(ratios: Sequence[Change], at: Ints) -> list[Event]:
    """Each change of the CT ratio between readings, with the factors before and after."""
    factors = [1.0, *(c.factor for c in ratios)]
    return [
        Event(EventKind.CT_CHANGE, c.time_ms, c.time_ms, before=before, after=c.factor)
        for c, before in zip(ratios, factors, strict=False)
        if _within(c.time_ms, at)
    ]


def _factors(at: Ints, ratios: Sequence[Change]) -> Floats:
    """The factor on what was counted up to each good reading (k,) since the one before.

    A stretch in which the ratio changed is shared out by time.
    """
    changes = np.array([c.time_ms for c in ratios], dtype=np.int64)
    factors = np.array([1.0, *(c.factor for c in ratios)])
    weights: Floats = factors[np.searchsorted(changes, at)]
    for k in np.unique(np.searchsorted(at, changes)).tolist():
        if 0 < k < at.size:
            cuts = np.unique(np.clip(np.append(changes, at[k - 1 : k + 1]), at[k - 1], at[k]))
            shares = np.diff(cuts) / (at[k] - at[k - 1])
            weights[k] = float(shares @ factors[np.searchsorted(changes, cuts[1:])])
    return weights
