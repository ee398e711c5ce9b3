"""What a store does, and the shapes that go in and come out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from collector.analysis.quality import Quality
from plant.reading import LARGEST

COUNTER, GAUGE, INTERVAL, PERFORMANCE = "counter", "gauge", "interval", "performance"

# Measurement -> its tags beside the plant.
TAGS: Mapping[str, tuple[str, ...]] = {
    COUNTER: ("meter", "point"),
    GAUGE: ("meter", "point"),
    INTERVAL: ("meter", "resource"),
    PERFORMANCE: ("resource", "period", "figure"),
}
DERIVED = frozenset({INTERVAL, PERFORMANCE})  # their rows carry a quality
WITHOUT_VALUE = (Quality.missing, Quality.withdrawn)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Codes = NDArray[np.int8]


class Series(NamedTuple):
    """One line through time: of a measurement, at a plant, with the tags of ``TAGS``."""

    measurement: str
    plant: str
    tags: tuple[str, ...]


class Latest(NamedTuple):
    """The newest row of a series; its value is NaN where the quality says that there is none."""

    time_ms: int
    value: float
    quality: int


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Rows of one series: times [ms, UTC], values (NaN where missing or withdrawn), qualities."""

    times_ms: Ints
    values: Floats
    quality: Codes

    def __len__(self) -> int:
        return int(self.times_ms.size)


class Sums(NamedTuple):
    """Of each stretch of time (n,): the sum of its values, how many there are, the worst quality.

    A value counts that is no larger than `LARGEST`; the quality of none is 0.
    """

    values: Floats
    counts: Ints
    quality: Codes


def samples(times_ms: ArrayLike, values: ArrayLike, *, quality: ArrayLike | None = None) -> Samples:
    """Rows as arrays, all measured unless their quality is said."""
    times = np.asarray(times_ms, dtype=np.int64)
    codes = np.zeros(times.size, dtype=np.int8) if quality is None else quality
    return Samples(times, np.asarray(values, dtype=np.float64), np.asarray(codes, dtype=np.int8))


def differing(found: Samples, standing: Samples) -> Samples:
    """Those rows that stand (ascending in time) where others of the same time say otherwise."""
    at = np.searchsorted(standing.times_ms, found.times_ms)
    at = np.minimum(at, max(len(standing) - 1, 0))
    if not len(standing):
        return standing
    same_time = standing.times_ms[at] == found.times_ms
    odd = np.unique(at[same_time & (standing.values[at] != found.values)])
    return Samples(standing.times_ms[odd], standing.values[odd], standing.quality[odd])


def without(found: Samples, standing: Samples) -> Samples:
    """Rows but for those in whose place others stand; all of them where none is left."""
    keep = ~np.isin(found.times_ms, standing.times_ms)
    rows = np.flatnonzero(keep) if keep.any() else np.arange(len(found))
    return samples(found.times_ms[rows], found.values[rows])


def sums_of(rows: Samples, stretches_ms: Ints) -> Sums:
    """The sums over stretches (n, 2) [ms] of rows in order of time.

    One value after the other, so that every store comes to the same to the last digit.
    """
    good = (np.abs(rows.values) <= LARGEST) & ~np.isin(rows.quality, WITHOUT_VALUE)
    times, values, quality = rows.times_ms[good], rows.values[good], rows.quality[good]
    first, end = np.searchsorted(times, stretches_ms).reshape(-1, 2).T
    counts = (end - first).astype(np.int64)
    found = Sums(np.zeros(counts.size), counts, np.zeros(counts.size, dtype=np.int8))
    for length in np.unique(counts[counts > 0]).tolist():
        alike = np.flatnonzero(counts == length)
        at = first[alike, None] + np.arange(length)
        found.values[alike] = values[at].cumsum(axis=1)[:, -1]  # numpy's own sum goes by pairs
        found.quality[alike] = quality[at].max(axis=1)
    return found


class Store(Protocol):
    """A place for series, idempotent on (series, time)."""

    def write(self, rows: Mapping[Series, Samples]) -> None:
        """Commit rows of many series; the last one written for a time stands.

        They are durable when this returns, else StoreError.
        """

    def add(self, rows: Mapping[Series, Samples]) -> dict[Series, Samples]:
        """Commit readings in the same way, but the first one for a time stands.

        Returns those that stand where others said otherwise.
        """

    def read(self, series: Series, start_ms: int, *, end_ms: int) -> Samples:
        """Rows of one series from ``start_ms`` to before ``end_ms``, in order of time."""

    def sums(self, series: Series, stretches_ms: Ints) -> Sums:
        """What the rows of a derived series come to over stretches (n, 2), ends not included."""

    def latest(self, plant: str, before_ms: int | None = None) -> dict[Series, Latest]:
        """The newest row of every counter and gauge of a plant, or the newest before a time."""

    def series(self, plant: str) -> list[Series]:
        """Every series that a plant has, in order."""

    def close(self) -> None:
        """Let go of files and connections."""


def sums_by_reading(store: Store, series: Series, stretches_ms: Ints) -> Sums:
    """The sums over stretches (n, 2) [ms] by a store that hands out rows fast enough."""
    if not stretches_ms.size:
        return sums_of(samples([], []), stretches_ms)
    start_ms, end_ms = int(stretches_ms.min()), int(stretches_ms.max())
    return sums_of(store.read(series, start_ms, end_ms=end_ms), stretches_ms)
