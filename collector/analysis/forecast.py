"""What the reporting period would have used, and how sure that is.

The default interval integrates over the one unknown that ruins the usual formulas, the
autocorrelation of the errors. The other methods are there to compare with, and are named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal, get_args

import numpy as np
from scipy.special import stdtrit

from collector.analysis import autocorrelation, mixture
from collector.analysis.observations import Floats, Steps
from collector.analysis.regression import Fit
from plant.errors import AnalysisError

Method = Literal["integrated", "independent", "ar1", "ashrae-1.26"]


@dataclass(frozen=True, slots=True)
class Forecast:
    """Sum over the reporting period that the baseline expects, with its interval.

    expected: from the fit alone, as anybody recomputes it [unit of the resource].
    centre, low, high: of the interval, which also knows how the baseline ended.
    r: the autocorrelation that the interval stands on (its mean, where it is integrated over).
    """

    method: Method
    confidence: float
    expected: float
    centre: float
    low: float
    high: float
    r: float

    def moved(self, amount: float) -> Forecast:
        """The same with a known amount added to the sum."""
        return replace(
            self,
            expected=self.expected + amount,
            centre=self.centre + amount,
            low=self.low + amount,
            high=self.high + amount,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A baseline's fit and steps, and the period that it speaks of."""

    fit: Fit
    t: Steps
    t1: Steps
    X: Floats

    @property
    def expected(self) -> float:
        return float(self.fit.expect(self.X).sum())

    @property
    def g(self) -> Floats:
        """(p,) column sums of the period in the fit's basis."""
        sums: Floats = self.fit.coordinates(self.X).sum(axis=0)
        return sums


def forecast(
    fit: Fit,
    t: Steps,
    *,
    reporting_t: Steps,
    reporting_X: Floats,
    confidence: float = 0.90,
    method: Method = "integrated",
) -> Forecast:
    """The sum expected over the reporting period, with the interval of the method named.

    t (n,) are the steps of the fit's rows; reporting_X (m, k) are the drivers that the fit uses.
    """
    if not 0.5 <= confidence < 1:
        raise AnalysisError(f"confidence is {confidence}; give a share from 0.5 to below 1")
    if method not in get_args(Method):
        raise AnalysisError(f"no interval is called {method!r}; take one of {get_args(Method)}")
    case = _Case(fit, t, reporting_t, reporting_X)
    if fit.exact:
        at = case.expected
        return Forecast(method, confidence, expected=at, centre=at, low=at, high=at, r=0.0)
    if method == "integrated":
        return _integrated(case, confidence)
    if method == "ar1":
        variance, dof, r = _ar1(case)
    elif method == "independent":
        variance, dof, r = _independent(case), fit.dof, 0.0
    else:
        variance, dof, r = _ashrae(case), fit.dof, 0.0
    at = case.expected
    half = float(stdtrit(dof, (1 + confidence) / 2)) * sqrt(variance)
    return Forecast(method, confidence, expected=at, centre=at, low=at - half, high=at + half, r=r)


def _integrated(case: _Case, confidence: float) -> Forecast:
    sums = mixture.mixture(case.fit, case.t, reporting_t=case.t1, reporting_X=case.X)
    tail = (1 - confidence) / 2
    expected = case.expected
    return Forecast(
        "integrated",
        confidence,
        expected=expected,
        centre=sums.quantile(0.5),
        # The printed saving stands on the fit alone; the interval never leaves it outside.
        low=min(sums.quantile(tail), expected),
        high=max(sums.quantile(1 - tail), expected),
        r=sums.r,
    )


def _independent(case: _Case) -> float:
    """Variance s^2 (m + g'(X'X)^-1 g): exact for independent normal errors."""
    return case.fit.rmse**2 * (len(case.X) + float(case.g @ case.g))


def _ashrae(case: _Case) -> float:
    """ASHRAE Guideline 14: (1.26 CV(RMSE) expected)^2 (1 + 2/n) / m, errors independent."""
    cv = case.fit.rmse / float(case.fit.y.mean())
    return float((1.26 * cv * case.expected) ** 2 * (1 + 2 / case.fit.n) / len(case.X))


def _ar1(case: _Case) -> tuple[float, float, float]:
    """Exact variance of the least-squares forecast under AR(1) errors, its dof, and r."""
    fit, t, t1 = case.fit, case.t, case.t1
    r = autocorrelation.corrected(autocorrelation.lag1(fit.residuals, t), fit.n, fit.p)
    gaps = np.diff(t)
    q = fit.q @ case.g
    spread = autocorrelation.product(np.column_stack([fit.q, q]), r, gaps)
    trace = fit.n - float(np.sum(fit.q * spread[:, :-1]))
    fitted = float(q @ spread[:, -1])
    (c,), (fresh,) = autocorrelation.carry(np.array([r]), int(t1[0] - t[-1]), np.diff(t1))
    own = c**2 + (1 - r**2) * fresh
    across = c * float(q @ r ** (t[-1] - t))
    variance = fit.sse / trace * (own + fitted - 2 * across)
    dof = float(np.clip(fit.n * (1 - r) / (1 + r) - fit.p, min(2, fit.dof), fit.dof))
    return max(variance, 0.0), dof, r
