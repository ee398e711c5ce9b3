"""Sums of differences: the CUSUM, its levels between bends, and totals of a stretch."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

import numpy as np

from collector.analysis.bends import bends
from collector.analysis.results import Model
from collector.plans.observations import step_of
from dashboards.now import Span as Stretch
from dashboards.performance.result import Level, Point, Sum
from plant.calendar import Span
from plant.description import Plan


def accumulate(points: Sequence[Point]) -> list[Point]:
    """The points with their CUSUM: each part from zero, a period that is not known left out."""
    found: list[Point] = []
    for _, part in groupby(points, key=lambda point: point.part):
        total = 0.0
        for point in part:
            difference = point.told(point.difference)
            total += difference or 0.0
            known = None if difference is None else total
            found.append(point.model_copy(update={"cusum": known}))
    return found


def levels(points: Sequence[Point], model: Model | None, *, plan: Plan) -> list[Level]:
    """Stretches of one level of the differences, between the bends of the CUSUM."""
    known = [point for point in points if point.difference is not None]
    if model is None or not known:
        return []
    differences = np.array([point.difference for point in known], dtype=np.float64)
    steps = np.array([step_of(plan, point.day) for point in known], dtype=np.int64)
    r = min(max(model.autocorrelation_corrected, 0.0), 0.95)
    found = bends(differences, steps, variance=model.fit.rmse**2, r=r)
    places = [0, *(int(np.searchsorted(steps, bend.t)) for bend in found), len(known)]
    return [_level(known[first:end]) for first, end in pairwise(places)]


def _level(points: Sequence[Point]) -> Level:
    differences = [point.difference or 0.0 for point in points]
    expected = sum(point.expected or 0.0 for point in points)
    return Level(
        first=points[0].day,
        last=points[-1].day,
        periods=len(points),
        mean=_mean([point.told(point.difference) for point in points]),
        percent=100 * sum(differences) / expected if expected > 0 else None,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def _told(points: Sequence[Point], values: Sequence[float | None]) -> float | None:
    """The sum in the page's measure; None where one period has no rate."""
    told = [point.told(value) for point, value in zip(points, values, strict=True)]
    known = [value for value in told if value is not None]
    return sum(known) if known and len(known) == len(told) else None


def sum_of(points: Sequence[Point], spans: Sequence[Span]) -> Sum | None:
    """Actual against expected, over the periods of which both are known."""
    if not points:
        return None
    known = [point for point in points if point.difference is not None]
    actual = sum(point.consumption or 0.0 for point in known) if known else None
    expected = sum(point.expected or 0.0 for point in known) if known else None
    is_comparable = actual is not None and expected is not None and expected > 0
    return Sum(
        span=Stretch(start_ms=spans[0].start_ms, end_ms=spans[-1].end_ms),
        periods=len(points),
        missing=len(points) - len(known),
        actual=_told(known, [point.consumption for point in known]),
        expected=_told(known, [point.expected for point in known]),
        percent=100 * (actual / expected - 1) if is_comparable else None,  # type: ignore[operator]
    )
