"""The readings that a counter's quarter hours hang on: those at their edges, and all where
something happened. A meter that is read every five seconds has two hundred times as many.
"""

from __future__ import annotations

import numpy as np

from collector.analysis.consumption import consumption
from collector.analysis.counters import Account, Flags, Ints
from collector.deriving.sources import Source
from collector.store import Samples
from plant.calendar import SLOT_MS

MOST_PER_SLOT = 4  # readings that are not worth thinning
ROUNDS = 4  # of putting back what was missed
SAME = 1e-12  # relative: what rounding may do to a sum of floats


def thinned(source: Source, readings: Samples) -> Samples:
    """Readings from which every quarter hour comes out as from all; all, where that cannot be.

    A rate that is integrated keeps all of its readings.
    """
    times = readings.times_ms
    if source.kind is None or times.size < 2:
        return readings
    first, last = int(times[0]) // SLOT_MS, -(-int(times[-1]) // SLOT_MS)
    if times.size <= MOST_PER_SLOT * (last - first):
        return readings
    edges = np.arange(first, last + 1, dtype=np.int64) * SLOT_MS
    account = source.account(readings)
    keep = _at_edges(times, account, edges) | _where_it_happened(times, account)
    wanted = consumption(account, edges)
    for _ in range(ROUNDS):
        found = consumption(source.account(_only(readings, keep)), edges)
        odd = (wanted[1] != found[1]) | ~np.isclose(
            wanted[0], found[0], rtol=SAME, atol=SAME * account.unit, equal_nan=True
        )
        if not odd.any():
            return _only(readings, keep)
        keep |= _within(times, edges[:-1][odd] - SLOT_MS, edges[1:][odd] + SLOT_MS)
    return readings


def _at_edges(times: Ints, account: Account, edges: Ints) -> Flags:
    """The good readings on both sides of each edge, and the first and last of all."""
    good = np.searchsorted(times, account.times_ms)
    before = np.searchsorted(account.times_ms, edges, side="right") - 1
    chosen = np.concatenate([before, before + 1])
    keep: Flags = np.zeros(times.size, dtype=np.bool_)
    keep[good[chosen[(chosen >= 0) & (chosen < good.size)]]] = True
    keep[[0, -1]] = True
    return keep


def _where_it_happened(times: Ints, account: Account) -> Flags:
    """Everything within a quarter of an hour of an event."""
    starts = np.array([event.time_ms for event in account.events], dtype=np.int64)
    ends = np.array([event.until_ms for event in account.events], dtype=np.int64)
    return _within(times, starts - SLOT_MS, ends + SLOT_MS)


def _within(times: Ints, starts: Ints, ends: Ints) -> Flags:
    """Times that lie in any of the stretches, both ends included."""
    change = np.zeros(times.size + 1, dtype=np.int64)
    np.add.at(change, np.searchsorted(times, starts, side="left"), 1)
    np.add.at(change, np.searchsorted(times, ends, side="right"), -1)
    inside: Flags = np.cumsum(change[:-1]) > 0
    return inside


def _only(readings: Samples, keep: Flags) -> Samples:
    return Samples(readings.times_ms[keep], readings.values[keep], readings.quality[keep])
