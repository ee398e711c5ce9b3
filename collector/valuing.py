"""What a unit of a resource comes to over spans of time, each part of a span at its own rate.

A span is cut where a rate changes, and each part weighs by what was used in it; where only the
whole is known, by its time on the plant's clock, so by days in proportion.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import accumulate, groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from collector.rates import Rates, Unitary
from collector.store.protocol import Floats
from plant.calendar import Span, from_ms, local_date, local_ms

Read = Callable[[Sequence[Span]], Floats]  # what was used in each span (n,), NaN where unknown


class Part(NamedTuple):
    """A stretch of one rate: the place of the span that it is of, and None without a rate."""

    of: int
    span: Span
    taken: Unitary | None

    def days(self, zone: ZoneInfo) -> list[date]:
        """The local days that it touches."""
        first, last = _touched(self.span, zone)
        return [first + timedelta(days=i) for i in range((last - first).days + 1)]


def cut(spans: Sequence[Span], rates: Rates, *, zone: ZoneInfo) -> list[Part]:
    """The parts of each span, in order; one where no rate changes within it."""
    if not spans:
        return []
    whole = Span(min(span.start_ms for span in spans), max(span.end_ms for span in spans), "")
    first, last = _touched(whole, zone)
    begins = rates.begins(first, last)
    edges = [local_ms(begin.day, begin.at, zone) for begin in begins]
    # An hour that is skipped in spring moves on, maybe past the next change: that one holds then.
    edges = [*accumulate(reversed(edges), min)][::-1]
    held = [begin.taken for begin in begins]
    return [part for place in enumerate(spans) for part in _parts(*place, edges=edges, held=held)]


def unit_worths(
    parts: Sequence[Part], used: Sequence[float] | Floats, *, read: Read, zone: ZoneInfo
) -> Floats:
    """Worth of a unit over each span (n,); NaN where a day has no rate.

    used: what the spans took (n,); it times these is the sum of the same of any parts of them.
    """
    found = np.full(len(used), np.nan)
    torn: list[list[Part]] = []
    for place, group in groupby(parts, key=lambda part: part.of):
        own = list(group)
        per_unit = {np.nan if part.taken is None else part.taken.per_unit for part in own}
        if len(per_unit) == 1:
            found[place] = per_unit.pop()
        elif np.isfinite(list(per_unit)).all():
            torn.append(own)
    if torn:
        amounts = iter(read([part.span for own in torn for part in own]))
        for own in torn:
            taken = np.array([next(amounts) for _ in own])
            weights = _weights(taken, float(used[own[0].of]), own, zone=zone)
            rates = np.array([part.taken.per_unit for part in own if part.taken is not None])
            found[own[0].of] = float(weights @ rates) / float(weights.sum())
    return found


def _weights(taken: Floats, whole: float, parts: Sequence[Part], *, zone: ZoneInfo) -> Floats:
    """What each part took, of which the whole tells one that still runs; else its time."""
    unknown = np.isnan(taken)
    if unknown.sum() == 1 and whole >= np.nansum(taken):
        taken = np.where(unknown, whole - np.nansum(taken), taken)
    if np.isfinite(taken).all() and taken.sum() > 0:
        return taken
    return np.array([_hours(part.span, zone) for part in parts])


def _hours(span: Span, zone: ZoneInfo) -> float:
    """Its length on the clock, where every day has 24."""
    start, end = (from_ms(edge, zone).replace(tzinfo=None) for edge in span[:2])
    return (end - start) / timedelta(hours=1)


def _parts(
    place: int, span: Span, *, edges: Sequence[int], held: Sequence[Unitary | None]
) -> Iterator[Part]:
    low = bisect_right(edges, span.start_ms) - 1
    high = max(bisect_left(edges, span.end_ms), low + 1)
    starts = [span.start_ms, *edges[low + 1 : high]]
    ends = [*starts[1:], span.end_ms]
    for start_ms, end_ms, taken in zip(starts, ends, held[low:high], strict=True):
        if start_ms < end_ms or high == low + 1:
            yield Part(place, Span(start_ms, end_ms, span.label), taken)


def _touched(span: Span, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last local day of a span; an instant is of its own."""
    last_ms = max(span.start_ms, span.end_ms - 1)
    return local_date(span.start_ms, zone), local_date(last_ms, zone)
