"""Weeks that nothing was written to of late: there InfluxDB may lose a write that it acknowledged.

InfluxDB keeps each week in a shard, and frees every ten seconds the memory of those that hold
nothing new: it looks first and frees then, and rows that come in between are in its log alone, seen
again only after a restart (found in 1.6 on one processor: five times in 650 writes).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np

from collector.store.protocol import Ints, Samples, Series
from plant.calendar import DAY_MS

SETTLES_S = 0.1  # InfluxDB looks and frees within milliseconds
QUIET_S = 60.0  # a shard that was written to holds something new for ten minutes


class Weeks:
    """When each week was last written to by this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: seconds."""
        self._clock = clock
        self._written_s: dict[int, float] = {}

    def quiet(self, rows: Mapping[Series, Samples]) -> dict[Series, Samples]:
        """Those of rows now being written that lie in weeks that were quiet."""
        now_s = self._clock()
        weeks = {series: _weeks(found.times_ms) for series, found in rows.items()}
        touched = {week for found in weeks.values() for week in np.unique(found).tolist()}
        quiet = {w for w in touched if now_s - self._written_s.get(w, -np.inf) > QUIET_S}
        self._written_s.update(dict.fromkeys(touched, now_s))
        parts = {series: _part(rows[series], np.isin(weeks[series], [*quiet])) for series in rows}
        return {series: part for series, part in parts.items() if len(part)}


def _weeks(times_ms: Ints) -> Ints:
    """The number of each time's week, which begins on Monday in UTC."""
    numbers: Ints = (times_ms + 3 * DAY_MS) // (7 * DAY_MS)
    return numbers


def _part(found: Samples, wanted: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Samples:
    return Samples(found.times_ms[wanted], found.values[wanted], found.quality[wanted])
