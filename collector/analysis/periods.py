"""Which period a model is fitted to, and which way it looks: forward, back, or both.

A forecast fits the baseline and looks at the reporting period. A backcast fits the reporting period
and looks at the baseline; a chain fits a period between and looks at both (SEP M&V protocol). All
three come to what the reporting period would have used at the baseline's performance:

    forecast    model_bl(X_rep)
    backcast    actual_rep · actual_bl / model_rep(X_bl)
    chained     model_mid(X_rep) · actual_bl / model_mid(X_bl)

so that the share saved, 1 - actual / expected, is the one that each method is known for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from collector.analysis import mixture
from collector.analysis.forecast import Forecast, Method, forecast
from collector.analysis.messages import Message, UnusableError
from collector.analysis.observations import Floats, Observations, Steps, refuse_overlap
from collector.analysis.regression import Fit
from plant.errors import AnalysisError

Way = Literal["forecast", "backcast", "chained"]


@dataclass(frozen=True, slots=True)
class Sums:
    """Of both periods what was used, and what the model gives; adjustments are taken off."""

    baseline_actual: float
    baseline_modelled: float
    reporting_actual: float
    reporting_modelled: float


@dataclass(frozen=True, slots=True, eq=False)
class Periods:
    """The periods of a claim. extra: (m,) what adjustments add at each reporting row."""

    baseline: Observations
    reporting: Observations
    extra: Floats
    way: Way = "forecast"
    middle: Observations | None = None

    def refuse_disorder(self) -> None:
        """Raise AnalysisError unless the periods follow one another."""
        if (self.way == "chained") != (self.middle is not None):
            raise AnalysisError("a chain needs a period between, and no other method does")
        refuse_overlap(self.baseline, self.reporting)
        if self.middle is not None:
            refuse_overlap(self.baseline, self.middle)
            refuse_overlap(self.middle, self.reporting)

    @property
    def fitted(self) -> Observations:
        """What the model is fitted to; adjustments are taken off what was used."""
        if self.way == "backcast":
            return replace(self.reporting, y=self.reporting.y - self.extra)
        return self.baseline if self.middle is None else self.middle

    @property
    def looked_at(self) -> tuple[Observations, ...]:
        """What the model is applied to."""
        if self.way == "forecast":
            return (self.reporting,)
        return (self.baseline,) if self.way == "backcast" else (self.baseline, self.reporting)

    def drivers_looked_at(self, names: tuple[str, ...]) -> Floats:
        """(m, k) drivers that the model is applied to."""
        return np.vstack([period.columns(names) for period in self.looked_at])

    def steps_looked_at(self) -> Steps:
        """(m,) steps that the model is applied to."""
        return np.concatenate([period.t for period in self.looked_at])

    def expected(self, fit: Fit) -> float:
        """What the reporting period would have used at the baseline's performance, by a fit."""
        if self.way == "forecast":
            return _sum(fit, self.reporting)
        by_model = _positive(_sum(fit, self.baseline))
        used = float(self.fitted.y.sum()) if self.way == "backcast" else _sum(fit, self.reporting)
        return used * float(self.baseline.y.sum()) / by_model

    def sums(self, fit: Fit) -> Sums:
        """What the periods come to, in the terms of each method."""
        return Sums(
            baseline_actual=float(self.baseline.y.sum()),
            baseline_modelled=_sum(fit, self.baseline),
            reporting_actual=float((self.reporting.y - self.extra).sum()),
            reporting_modelled=_sum(fit, self.reporting),
        )

    def factor(self, fit: Fit) -> float:
        """What brings a model to the baseline's performance; 1 where it was fitted there."""
        if self.way == "forecast":
            return 1.0
        factor = float(self.baseline.y.sum()) / _positive(_sum(fit, self.baseline))
        if self.way == "backcast":  # a model without intercept does not come to its own sum
            factor *= float(self.fitted.y.sum()) / _positive(_sum(fit, self.reporting))
        return factor

    def points(self, fit: Fit) -> Floats:
        """(m,) what is expected of each reporting row, adjustments included."""
        rows = fit.expect(self.reporting.columns(fit.drivers))
        return rows * self.factor(fit) + self.extra

    def baseline_points(self, fit: Fit) -> Floats:
        """(n,) the same of each row of the baseline."""
        return fit.expect(self.baseline.columns(fit.drivers)) * self.factor(fit)

    def forecast(self, fit: Fit, *, confidence: float, method: Method) -> Forecast:
        """The sum of those, with its interval."""
        if self.way == "forecast":
            found = forecast(
                fit,
                self.fitted.t,
                reporting_t=self.reporting.t,
                reporting_X=self.reporting.columns(fit.drivers),
                confidence=confidence,
                method=method,
            )
        elif method != "integrated":
            raise AnalysisError(f"a {self.way} has the integrated interval alone, not {method}")
        else:
            found = self._looking_back(fit, confidence)
        return found.moved(float(self.extra.sum()))

    def _looking_back(self, fit: Fit, confidence: float) -> Forecast:
        at = self.expected(fit)
        tails = ((1 - confidence) / 2, 0.5, (1 + confidence) / 2)
        if fit.exact:
            low, centre, high, r = at, at, at, 0.0
        elif self.way == "backcast":
            low, centre, high, r = self._backcast(fit, tails)
        else:
            low, centre, high, r = self._chained(fit, tails)
        return Forecast("integrated", confidence, at, centre, min(low, at), max(high, at), r)

    def _backcast(self, fit: Fit, tails: tuple[float, ...]) -> tuple[float, ...]:
        sums = mixture.mixture(
            fit,
            self.fitted.t,
            reporting_t=self.baseline.t,
            reporting_X=self.baseline.columns(fit.drivers),
        )
        by_model = [sums.quantile(1 - tail) for tail in tails]
        if min(by_model) <= 0:
            raise UnusableError(Message("nothing-expected", {}))
        scale = float(self.fitted.y.sum()) * float(self.baseline.y.sum())
        return (*(scale / value for value in by_model), sums.r)

    def _chained(self, fit: Fit, tails: tuple[float, ...]) -> tuple[float, ...]:
        sums = mixture.pair(
            fit,
            self.fitted.t,
            top=(self.reporting.t, self.reporting.columns(fit.drivers)),
            bottom=(self.baseline.t, self.baseline.columns(fit.drivers)),
        )
        used = float(self.baseline.y.sum())
        near = self.expected(fit) / used
        return (*(used * sums.ratio_quantile(tail, near=near) for tail in tails), sums.r)


def _positive(total: float) -> float:
    if total <= 0:
        raise UnusableError(Message("nothing-expected", {}))
    return total


def _sum(fit: Fit, period: Observations) -> float:
    return float(fit.expect(period.columns(fit.drivers)).sum())
