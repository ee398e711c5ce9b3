"""What can be proven beforehand, and what would decide an open claim."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, hypot, inf, sqrt

import numpy as np
from scipy.special import ndtri

from collector.analysis import autocorrelation
from collector.analysis.forecast import Method, forecast
from collector.analysis.messages import Message, UnusableError
from collector.analysis.observations import Floats, Steps
from collector.analysis.regression import Fit
from plant.errors import AnalysisError

POWER = 0.80
MOST_POINTS_FACTOR = 20  # more than that many times the points at hand is no advice


@dataclass(frozen=True, slots=True)
class Power:
    """What `points` reporting points like the baseline's will be able to show.

    model_half_width, meter_half_width: the two parts of the interval, as shares of the expected
    use. r: the autocorrelation that the first stands on.
    """

    points: int
    confidence: float
    model_half_width: float
    meter_half_width: float
    cv_rmse: float
    r: float

    @property
    def half_width(self) -> float:
        """Of the interval, as a share of the expected use."""
        return hypot(self.model_half_width, self.meter_half_width)

    @property
    def provable(self) -> float:
        """The least true saving that is told from zero with 80 % power, a share."""
        return self.half_width * _power_factor(self.confidence)

    def narrowing(self, saving: float) -> float | None:
        """Wanted over present half-width of the model, to tell a true saving from zero.

        None where the meter alone is too uncertain.
        """
        square = (saving / _power_factor(self.confidence)) ** 2 - self.meter_half_width**2
        return sqrt(square) / self.model_half_width if square > 0 else None

    def cv_rmse_needed(self, saving: float) -> float | None:
        """CV(RMSE) at which a true saving of this share is told from zero with 80 % power."""
        narrowing = self.narrowing(saving)
        return None if narrowing is None else self.cv_rmse * narrowing

    def saving_to_prove(self, claimed: float) -> float:
        """The least true saving at which a claim of this share is proven with 80 % power."""
        return claimed + (1 - claimed) * self.provable


def power(
    fit: Fit,
    t: Steps,
    *,
    X: Floats,
    points: int,
    confidence: float = 0.90,
    method: Method = "integrated",
    meter_uncertainty: float = 0.0,
) -> Power:
    """What `points` reporting points would show if their drivers were the baseline's (n, k) again.

    meter_uncertainty: relative standard uncertainty that all readings share.
    Raises UnusableError where the baseline expects no use.
    """
    if points < 1:
        raise AnalysisError(f"{points} reporting points; give at least 1")
    steps = np.arange(points, dtype=np.int64)
    ahead = forecast(
        fit,
        t,
        reporting_t=t[-1] + 1 + steps,
        reporting_X=X[steps % len(X)],
        confidence=confidence,
        method=method,
    )
    if ahead.expected <= 0 or fit.cv_rmse is None:
        raise UnusableError(Message("nothing-expected", {}))
    own = (ahead.high - ahead.low) / 2 / ahead.expected
    meter = float(ndtri((1 + confidence) / 2)) * meter_uncertainty
    return Power(points, confidence, own, meter, fit.cv_rmse, ahead.r)


def points_needed(fit: Fit, t: Steps, *, X: Floats, r: float, narrowing: float) -> int | None:
    """Reporting points more than the m of X (m, k) that narrow the relative interval so far.

    narrowing: wanted over present half-width, below 1. Drivers are taken to go on as in X.
    None where no number up to 20 times m does it.
    """
    m = len(X)
    mean = fit.coordinates(X).mean(axis=0)
    spread = autocorrelation.product(fit.q, r, np.diff(t))
    fitted = float(mean @ fit.q.T @ spread @ mean)

    def relative(count: int) -> float:
        return sqrt(_own(count, r) / count**2 + fitted)

    wanted = narrowing * relative(m)
    low, high = m, MOST_POINTS_FACTOR * m
    if relative(high) > wanted:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if relative(middle) > wanted else (low, middle)
    return _plainly(high - m)


def _own(m: int, r: float) -> float:
    """Variance of the sum of m adjacent AR(1) errors of unit variance."""
    return m * (1 + r) / (1 - r) - 2 * r * (1 - r**m) / (1 - r) ** 2


def _plainly(points: int) -> int:
    """Rounded up to two digits; more would claim too much."""
    unit = int(10 ** max(0, len(str(points)) - 2))
    return ceil(points / unit) * unit


def _power_factor(confidence: float) -> float:
    z = float(ndtri((1 + confidence) / 2))
    return 1 + float(ndtri(POWER)) / z if z else inf
