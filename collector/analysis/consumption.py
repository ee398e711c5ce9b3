"""Consumption of any set of edges from the account of a counter.

The cumulative consumption at the good readings is interpolated at the edges, and what a slot
consumed is the difference of its edges. So the parts of a range always sum to the whole: exactly
where the counter has a resolution (totals at edges are integers, in 1/1024 of a count), to the
rounding of a float64 elsewhere. `segments` says which readings are good, and why.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from collector.analysis.counters import Account, Flags, Floats, Ints
from collector.analysis.quality import Quality
from plant.errors import AnalysisError

PARTS_OF_COUNT = 1024
UNKNOWN_SHARE = 10  # a slot is estimated while less than one part in this is unknown


def consumption(account: Account, edges_ms: ArrayLike) -> tuple[Floats, NDArray[np.int8]]:
    """What was consumed between each edge (m + 1,) [ms] and the next: values (m,), quality (m,).

    Values are in the counter's unit, NaN where quality is missing: beyond the readings, or where
    more is unknown (a reset, a swap, a stretch with unknown wraps) than a tenth of the slot or the
    distance of readings that counts as measured. A shorter unknown stretch leaves out what was
    consumed in it and makes the slot an estimate, as does an edge between readings far apart.
    """
    edges = ascending(edges_ms)
    totals, place = totals_at(account, edges), _Place(account, edges)
    scale = PARTS_OF_COUNT if account.is_counted else 1
    values: Floats = np.diff(totals) / scale * account.unit
    quality = np.full(values.size, Quality.measured, dtype=np.int8)
    unknown, length = np.diff(place.unknown_ms), np.diff(edges)
    guessed = place.far[:-1] | place.far[1:] | (unknown > 0)
    quality[guessed] = Quality.estimated
    most = np.minimum(account.kind.limit_ms, length / UNKNOWN_SHARE)
    missing = (unknown > most) | place.outside[:-1] | place.outside[1:]
    quality[missing] = Quality.missing
    values[missing] = np.nan
    return values, quality


def totals_at(account: Account, edges_ms: ArrayLike) -> Ints | Floats:
    """Cumulative consumption at edges (m,) [ms] since the account's first reading.

    int64 in 1/1024 of a count where the counter has a resolution, else float64 counts; beyond the
    readings it stands still.
    """
    place = _Place(account, np.asarray(edges_ms, dtype=np.int64))
    totals = account.totals
    if totals.size == 0:
        nothing: Ints = np.zeros(place.edges.size, dtype=np.int64)
        return nothing if account.is_counted else nothing.astype(np.float64)
    base = totals[place.before]
    part = (totals[place.after] - base) * place.share
    if account.is_counted:
        fine: Ints = (base * PARTS_OF_COUNT).astype(np.int64)
        return fine + np.rint(part * PARTS_OF_COUNT).astype(np.int64)
    between: Floats = base + part
    return between


class _Place:
    """Where edges (m,) lie among the good readings.

    before, after: indices of the readings around each. share: of the way from one to the other.
    far: between readings further apart than the limit. outside: beyond the readings.
    unknown_ms: how much of the time before each edge is unknown.
    """

    def __init__(self, account: Account, edges: Ints) -> None:
        t, last = account.times_ms, account.times_ms.size - 1
        self.edges = edges
        self.unknown_ms: Ints = np.zeros(edges.size, dtype=np.int64)
        if last < 0:
            self.outside: Flags = np.ones(edges.size, dtype=np.bool_)
            self.far = ~self.outside
            return
        self.outside = (edges < t[0]) | (edges > t[-1])
        inside = np.clip(edges, t[0], t[-1])
        self.before = np.searchsorted(t, inside, side="right") - 1
        self.after = np.minimum(self.before + 1, last)
        since = inside - t[self.before]
        stretch = t[self.after] - t[self.before]
        self.share: Floats = since / np.maximum(stretch, 1)
        self.far = (since > 0) & (stretch > account.kind.limit_ms)
        unknown = np.cumsum(np.where(account.unknown, np.diff(t, prepend=t[:1]), 0))
        self.unknown_ms = unknown[self.before] + since * account.unknown[self.after]


def ascending(edges_ms: ArrayLike) -> Ints:
    """Edges (m + 1,) of slots [ms], at least one; AnalysisError when they do not ascend."""
    edges = np.asarray(edges_ms, dtype=np.int64)
    if edges.ndim != 1 or edges.size < 1 or (np.diff(edges) <= 0).any():
        raise AnalysisError(
            f"consumption between edges of shape {edges.shape}: give at least one, ascending"
        )
    return edges
