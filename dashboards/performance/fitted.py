"""What the baseline's model says: of each period, and as a line against its main driver."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from collector.claims.verify import Baseline
from collector.plans.observations import driver_values
from collector.plans.pace import half_widths
from collector.read import Amounts
from dashboards.performance.result import LinePoint, Model, Point
from plant.calendar import Span

LINE_POINTS = 60
BEYOND = 0.08  # of the range that the baseline saw: as far as the line is drawn, dotted


def expectation(
    amounts: Amounts,
    baseline: Baseline,
    wanted: Sequence[bool],
    *,
    spans: Sequence[Span],
    points: Sequence[Point],
) -> list[Point]:
    """The points with what is expected of those that it is wanted of (n,)."""
    assert baseline.model is not None  # noqa: S101 - asked for with a model only
    fit = baseline.model.fit
    X = driver_values(amounts, fit.drivers, spans)
    expected = baseline.expect(amounts, spans)
    half = half_widths(baseline, X)
    return [
        _told(point, float(middle), float(width)) if asked and np.isfinite(middle) else point
        for point, middle, width, asked in zip(points, expected, half, wanted, strict=True)
    ]


def _told(point: Point, expected: float, half: float) -> Point:
    actual = point.consumption
    told = {"expected": expected, "low": expected - half, "high": expected + half}
    return point.model_copy(
        update=told | {"difference": None if actual is None else actual - expected}
    )


def baseline_line(baseline: Baseline, *, driver: str | None) -> Model:
    """The model, with its line against one driver where it depends on that driver."""
    assert baseline.model is not None  # noqa: S101 - as above
    assert baseline.fitted is not None  # noqa: S101 - it comes with the model
    model, plan = baseline.model, baseline.plan
    fit = model.fit
    line: list[LinePoint] = []
    if driver is not None and driver in fit.drivers:
        line = _line(baseline, place=fit.drivers.index(driver))
    coefficients = dict(zip(fit.names, fit.coefficients.tolist(), strict=True))
    return Model(
        drivers=list(fit.drivers),
        coefficients=coefficients,
        n=fit.n,
        r2=_percent_or_none(fit.r2, 1),
        cv_rmse_percent=_percent_or_none(fit.cv_rmse, 100),
        confidence_percent=plan.confidence,
        line=line,
    )


def _line(baseline: Baseline, *, place: int) -> list[LinePoint]:
    """The model against one driver, at the baseline's performance."""
    assert baseline.model is not None  # noqa: S101 - as above
    assert baseline.fitted is not None  # noqa: S101 - as above
    fit = baseline.model.fit
    X = baseline.fitted.columns(fit.drivers)
    low, high = float(X[:, place].min()), float(X[:, place].max())
    beyond = BEYOND * (high - low)
    begin = max(0.0, low - beyond) if low >= 0 else low - beyond
    values = np.unique([*np.linspace(begin, high + beyond, LINE_POINTS), low, high])
    matrix = np.tile(X.mean(axis=0), (values.size, 1))
    matrix[:, place] = values
    expected = fit.expect(matrix) * baseline.factor
    half = half_widths(baseline, matrix)
    return [
        LinePoint(
            driver=float(value),
            expected=float(middle),
            low=float(middle - width),
            high=float(middle + width),
            is_seen=low <= value <= high,
        )
        for value, middle, width in zip(values, expected, half, strict=True)
    ]


def _percent_or_none(value: float | None, scale: float) -> float | None:
    return None if value is None or not np.isfinite(value) else scale * value
