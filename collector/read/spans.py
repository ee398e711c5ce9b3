"""Sums of slots over spans of time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from collector.analysis.quality import Quality
from collector.store import Samples
from collector.store.protocol import Codes, Floats, Ints, Sums
from plant.calendar import SLOT_MS, Span
from plant.reading import LARGEST

_RANK = np.array([0, 1, 2, 3, 3])  # of each quality; the worst of a span stands for it
_BY_RANK = np.array(
    [Quality.measured, Quality.estimated, Quality.integrated, Quality.missing], dtype=np.int8
)


def sum_slots(rows: Samples, spans: Sequence[Span]) -> tuple[Floats, Codes]:
    """Consumption of each span from rows of slots: values (n,), quality (n,).

    Cumulative sums are interpolated at the ends of a span, so that neighbours sum to the whole;
    an end within a slot makes an estimate. NaN and missing where any slot of the span is.
    """
    starts = np.array([span.start_ms for span in spans], dtype=np.int64)
    ends = np.array([span.end_ms for span in spans], dtype=np.int64)
    if not starts.size:
        return np.empty(0), np.empty(0, dtype=np.int8)
    first = int(starts.min()) // SLOT_MS
    count = -(-int(ends.max()) // SLOT_MS) - first
    values, rank = np.zeros(count), np.full(count, 3)
    place = rows.times_ms // SLOT_MS - first
    inside = (place >= 0) & (place < count) & (np.abs(rows.values) <= LARGEST)
    place = place[inside]
    rank[place] = _RANK[rows.quality[inside]]
    values[place] = np.where(rank[place] == 3, 0.0, rows.values[inside])
    amounts = _between(values, starts, ends, first=first)
    worst = np.zeros(starts.size, dtype=np.int64)
    low, high = starts // SLOT_MS - first, -(-ends // SLOT_MS) - first
    for level in (1, 2, 3):
        total = np.concatenate(([0], np.cumsum(rank == level)))
        worst[total[high] > total[low]] = level
    cut = (starts % SLOT_MS > 0) | (ends % SLOT_MS > 0)
    worst[cut & (worst == 0)] = 1
    amounts[worst == 3] = np.nan
    return amounts, _BY_RANK[worst]


def whole_slots(found: Sums, stretches_ms: Ints) -> tuple[Floats, Codes]:
    """The same from the sums over stretches (n, 2) that begin and end with a slot."""
    lacks = found.counts < (stretches_ms[:, 1] - stretches_ms[:, 0]) // SLOT_MS
    codes = np.where(lacks, np.int8(Quality.missing), found.quality).astype(np.int8)
    return np.where(lacks, np.nan, found.values), codes


def _between(values: Floats, starts: Ints, ends: Ints, *, first: int) -> Floats:
    totals = np.concatenate(([0.0], np.cumsum(values)))
    edges = (first + np.arange(totals.size)) * SLOT_MS
    result: Floats = np.interp(ends, edges, totals) - np.interp(starts, edges, totals)
    return result


def add_up(parts: Sequence[tuple[Floats, Codes]], size: int) -> tuple[Floats, Codes]:
    """The sum of several meters; missing where one is, as good as the worst."""
    if not parts:
        return np.full(size, np.nan), np.full(size, Quality.missing, dtype=np.int8)
    worst = np.maximum.reduce([_RANK[quality] for _, quality in parts])
    total = np.sum([values for values, _ in parts], axis=0)
    return np.where(worst == 3, np.nan, total), _BY_RANK[worst]
