"""What a baseline expects of a part of its period: a shift, or a day that still runs.

The part is asked about at its own pace. What a whole period would have made, had it gone on like
the part, goes into the model; the part takes its share of the time of what comes out. Where a
driver enters as it is, that is the intercept by the hours and the slope by the output, so that
parts sum to the whole. docs/decisions/parts-of-periods.md says why.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from collector.claims.adjusting import added
from collector.claims.verify import Baseline
from collector.plans.observations import driver_values
from collector.read import Amounts
from collector.read.amounts import is_mean
from collector.store.protocol import Floats
from plant.calendar import Span, local_date, period_of
from plant.description import Plant
from plant.plans import TERMS


class Expected(NamedTuple):
    """Of spans (n,) [unit of the resource]: what is expected, and half the interval's width."""

    expected: Floats
    half: Floats


Seen = Callable[[str, Sequence[Span]], Floats]  # amounts of a quantity in parts of periods


def expect_parts(
    amounts: Amounts, baseline: Baseline, spans: Sequence[Span], *, seen: Seen | None = None
) -> Expected:
    """What is expected of spans within periods; NaN where unknown.

    A span belongs to the period in which it begins. seen: what drivers came to in the spans, of
    those that are known for less than a day; the amounts' own unless it is said.
    """
    if baseline.model is None or not spans:
        nothing = np.full(len(spans), np.nan)
        return Expected(nothing, nothing)
    fit, zone = baseline.model.fit, amounts.plant.zone
    whole = [period_of(baseline.plan.by, local_date(s.start_ms, zone), zone) for s in spans]
    paces = _Paces(amounts, spans, whole, seen or (lambda name, at: amounts.parts(name, at).values))
    X = np.column_stack([paces.of(driver) for driver in fit.drivers] or [np.empty((len(spans), 0))])
    by_model = fit.expect(X) * baseline.factor
    return Expected(
        paces.share * (by_model + added(baseline.adjustments, whole, zone)),
        half_widths(baseline, X, share=paces.share),
    )


def half_widths(baseline: Baseline, X: Floats, *, share: Floats | float = 1.0) -> Floats:
    """Half the width of the interval of each of n periods with drivers X (n, k), or of a share of
    its time (n,) [unit of the resource]; errors independent, those of parts too.
    """
    assert baseline.model is not None  # noqa: S101 - asked for with a model only
    fit = baseline.model.fit
    t = float(stdtrit(fit.dof, 0.5 + baseline.plan.confidence / 200))
    leverage = np.sum(fit.coordinates(X) ** 2, axis=1)
    half: Floats = t * fit.rmse * np.sqrt(share + share**2 * leverage) * baseline.factor
    return half


class _Paces:
    """Drivers of spans, as if their whole periods had gone on like them."""

    def __init__(
        self, amounts: Amounts, spans: Sequence[Span], whole: Sequence[Span], seen: Seen
    ) -> None:
        self._amounts = amounts
        self._spans = spans
        self._whole = whole
        self._seen = seen
        self.share = _lengths(spans) / _lengths(whole)

    def of(self, driver: str) -> Floats:
        """(n,) [unit of the driver]"""
        if driver in TERMS:
            return driver_values(self._amounts, (driver,), self._whole)[:, 0]
        if is_known_within_days(self._amounts.plant, driver):
            return self._seen(driver, self._spans) / self.share
        return self._of_day(driver)

    def _of_day(self, driver: str) -> Floats:
        """That of the day on which a span begins, for what is known by the day alone."""
        zone = self._amounts.plant.zone
        days = [period_of("day", local_date(span.start_ms, zone), zone) for span in self._spans]
        values = self._amounts.totals(driver, days).values
        if is_mean(self._amounts.plant, driver):
            return values
        per_period: Floats = values * _lengths(self._whole) / _lengths(days)
        return per_period


def is_known_within_days(plant: Plant, driver: str) -> bool:
    """Whether a shift has its own amount: of what is made, and of what a meter counts.

    Degree days, what was some days before and what is imported are those of the whole day.
    """
    return driver in plant.products or bool(plant.meters_of(driver))


def _lengths(spans: Sequence[Span]) -> Floats:
    return np.array([span.end_ms - span.start_ms for span in spans], dtype=np.float64)
