"""Consumption from a rate, where a meter has no totaliser: a trapezoid between readings."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from collector.analysis.consumption import ascending
from collector.analysis.counters import LEAST_LIMIT_S, Floats
from collector.analysis.quality import Quality
from collector.analysis.track import tidy

MS_PER_H = 3.6e6


def integrate(
    times_ms: ArrayLike, rates: ArrayLike, edges_ms: ArrayLike, *, every_s: float
) -> tuple[Floats, NDArray[np.int8]]:
    """The integral of a rate between edges (m + 1,) [ms]: values (m,), quality (m,).

    times_ms (n,) [ms], rates (n,) [unit/h], in any order. Values are in the unit, quality is
    integrated; NaN and missing where a slot reaches beyond the readings or into a gap: readings
    further apart than three intervals of reading and two minutes.
    """
    t, rate = tidy(times_ms, rates)
    edges = ascending(edges_ms)
    if t.size < 2:
        size = edges.size - 1
        return np.full(size, np.nan), np.full(size, Quality.missing, dtype=np.int8)
    span = np.diff(t)
    gap = span > 1000 * max(3 * every_s, LEAST_LIMIT_S)
    inside = np.clip(edges, t[0], t[-1])
    place = np.clip(np.searchsorted(t, inside, side="right") - 1, 0, span.size - 1)
    since = inside - t[place]
    areas = np.where(gap, 0.0, span * (rate[:-1] + rate[1:]) / 2)
    slope = np.where(gap[place], 0.0, np.diff(rate)[place] / span[place])
    part = since * np.where(gap[place], 0.0, rate[place] + slope * since / 2)
    totals = np.concatenate(([0.0], np.cumsum(areas)))[place] + part
    blind = np.concatenate(([0], np.cumsum(span * gap)))[place] + since * gap[place]
    outside = (edges < t[0]) | (edges > t[-1])
    missing = (np.diff(blind) > 0) | outside[:-1] | outside[1:]
    quality = np.where(missing, Quality.missing, Quality.integrated).astype(np.int8)
    return np.where(missing, np.nan, np.diff(totals) / MS_PER_H), quality
