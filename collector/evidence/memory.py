"""A store that lives as long as a check does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from collector.store import COUNTER, GAUGE, Latest, Samples, Series
from collector.store.protocol import WITHOUT_VALUE, Ints, Sums, differing, samples, sums_by_reading

_NOTHING = samples([], [])


class MemoryStore:
    """Series in arrays; a store of ``protocol.Store``."""

    def __init__(self) -> None:
        self._rows: dict[Series, Samples] = {}

    def write(self, rows: Mapping[Series, Samples]) -> None:
        """Keep rows; the last one written for a time stands."""
        for series, new in rows.items():
            self._rows[series] = _joined(self._rows.get(series, _NOTHING), new)

    def add(self, rows: Mapping[Series, Samples]) -> dict[Series, Samples]:
        """Keep readings of which none stands yet; returns those that others contradict."""
        contradicted: dict[Series, Samples] = {}
        for series, new in rows.items():
            held = self._rows.get(series, _NOTHING)
            self._rows[series] = _joined(_reversed(new), held)
            if len(odd := differing(new, self._rows[series])):
                contradicted[series] = odd
        return contradicted

    def read(self, series: Series, start_ms: int, *, end_ms: int) -> Samples:
        """Rows of one series from ``start_ms`` to before ``end_ms``, in order of time."""
        held = self._rows.get(series, _NOTHING)
        first, end = np.searchsorted(held.times_ms, (start_ms, end_ms)).tolist()
        return Samples(held.times_ms[first:end], held.values[first:end], held.quality[first:end])

    def sums(self, series: Series, stretches_ms: Ints) -> Sums:
        """What the rows of a derived series come to over stretches (n, 2), ends not included."""
        return sums_by_reading(self, series, stretches_ms)

    def latest(self, plant: str, before_ms: int | None = None) -> dict[Series, Latest]:
        """The newest row of every counter and gauge of a plant, or the newest before a time."""
        end_ms = 2**62 if before_ms is None else before_ms
        found: dict[Series, Latest] = {}
        for series in self.series(plant):
            held = self.read(series, -(2**62), end_ms=end_ms)
            if series.measurement in (COUNTER, GAUGE) and len(held):
                last = (held.times_ms[-1].item(), held.values[-1].item(), held.quality[-1].item())
                found[series] = Latest(*last)
        return found

    def series(self, plant: str) -> list[Series]:
        """Every series that a plant has, in order."""
        return sorted(series for series in self._rows if series.plant == plant)

    def close(self) -> None:
        """Let go of everything."""
        self._rows.clear()


def _reversed(rows: Samples) -> Samples:
    return Samples(rows.times_ms[::-1], rows.values[::-1], rows.quality[::-1])


def _joined(held: Samples, new: Samples) -> Samples:
    values = np.where(np.isin(new.quality, WITHOUT_VALUE), np.nan, new.values)
    times = np.concatenate((held.times_ms, new.times_ms))
    every = (times, np.concatenate((held.values, values)))
    quality = np.concatenate((held.quality, new.quality))
    order = np.argsort(times, kind="stable")
    last = np.append(np.diff(times[order]) > 0, True)[: order.size]
    keep = order[last]
    return Samples(every[0][keep], every[1][keep], quality[keep])
