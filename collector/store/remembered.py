"""A store whose consumption is read once and kept, for those who look at the same again and again.

Only rows of intervals are kept: a year of them is read to draw one page, and all but the newest
stay as they are. Whoever hears that they changed says so with `forget`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from collector.store.protocol import (
    INTERVAL,
    Ints,
    Latest,
    Samples,
    Series,
    Store,
    Sums,
    sums_by_reading,
)

MOST_ROWS = 2_000_000  # of all series, 17 bytes each


class _Stretch(NamedTuple):
    """All rows of a series from a time to before another."""

    start_ms: int
    end_ms: int
    rows: Samples

    def part(self, start_ms: int, end_ms: int) -> Samples:
        first, end = np.searchsorted(self.rows.times_ms, (start_ms, end_ms)).tolist()
        rows = self.rows
        return Samples(rows.times_ms[first:end], rows.values[first:end], rows.quality[first:end])


class Remembered:
    """A store of `protocol.Store` before another one; any thread may ask and tell."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[Series, _Stretch] = OrderedDict()
        self._rows = 0
        self._forgotten = 0
        self._lock = threading.Lock()

    def forget(self, plant: str, from_ms: int) -> None:
        """Note that rows of a plant were derived anew, none of them before a time."""
        with self._lock:
            self._forgotten += 1
            for series, known in list(self._kept.items()):
                if series.plant != plant or known.end_ms <= from_ms:
                    continue
                if known.start_ms < from_ms:
                    rows = known.part(known.start_ms, from_ms)
                    self._keep(series, _Stretch(known.start_ms, from_ms, rows))
                else:
                    self._drop(series)

    def read(self, series: Series, start_ms: int, *, end_ms: int) -> Samples:
        """Rows of one series from ``start_ms`` to before ``end_ms``, in order of time."""
        if series.measurement != INTERVAL or start_ms >= end_ms:
            return self._store.read(series, start_ms, end_ms=end_ms)
        with self._lock:
            known, forgotten = self._kept.get(series), self._forgotten
            if known is not None and known.start_ms <= start_ms and end_ms <= known.end_ms:
                self._kept.move_to_end(series)
                return known.part(start_ms, end_ms)
        whole = self._extended(series, known, start_ms, end_ms=end_ms)
        with self._lock:
            if forgotten == self._forgotten:  # else these may be the rows that stood before
                self._keep(series, whole)
                while self._rows > MOST_ROWS and len(self._kept) > 1:
                    self._drop(next(iter(self._kept)))
        return whole.part(start_ms, end_ms)

    def sums(self, series: Series, stretches_ms: Ints) -> Sums:
        """What the rows of a derived series come to over stretches (n, 2), ends not included."""
        return sums_by_reading(self, series, stretches_ms)

    def _extended(
        self, series: Series, known: _Stretch | None, start_ms: int, *, end_ms: int
    ) -> _Stretch:
        """What is kept of a series and what is asked for, with all between."""
        if known is None:
            rows = self._store.read(series, start_ms, end_ms=end_ms)
            return _Stretch(start_ms, end_ms, _joined(rows))
        first_ms, last_ms = min(start_ms, known.start_ms), max(end_ms, known.end_ms)
        parts = [known.rows]
        if first_ms < known.start_ms:
            parts.insert(0, self._store.read(series, first_ms, end_ms=known.start_ms))
        if last_ms > known.end_ms:
            parts.append(self._store.read(series, known.end_ms, end_ms=last_ms))
        return _Stretch(first_ms, last_ms, _joined(*parts))

    def _keep(self, series: Series, stretch: _Stretch) -> None:
        self._drop(series)
        self._kept[series] = stretch
        self._rows += len(stretch.rows)

    def _drop(self, series: Series) -> None:
        known = self._kept.pop(series, None)
        self._rows -= len(known.rows) if known else 0

    def write(self, rows: Mapping[Series, Samples]) -> None:
        """Commit rows of many series; the last one written for a time stands."""
        self._store.write(rows)
        for series, found in rows.items():
            if series.measurement == INTERVAL and len(found):
                self.forget(series.plant, int(found.times_ms.min()))

    def add(self, rows: Mapping[Series, Samples]) -> dict[Series, Samples]:
        """Commit readings; returns those that stand where others said otherwise."""
        return self._store.add(rows)

    def latest(self, plant: str, before_ms: int | None = None) -> dict[Series, Latest]:
        """The newest row of every counter and gauge of a plant, or the newest before a time."""
        return self._store.latest(plant, before_ms)

    def series(self, plant: str) -> list[Series]:
        """Every series that a plant has, in order."""
        return self._store.series(plant)

    def close(self) -> None:
        """Let go of files and connections."""
        self._store.close()


def _joined(*parts: Samples) -> Samples:
    """Rows one after the other, in arrays of their own that nobody writes to."""
    joined = Samples(
        np.concatenate([part.times_ms for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.quality for part in parts]),
    )
    for column in (joined.times_ms, joined.values, joined.quality):
        column.flags.writeable = False
    return joined
