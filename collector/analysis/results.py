"""The one tree of results that page, report, workbook, API and `verify --json` all read.

Coefficients and everything said of them are mappings from "intercept" or the driver's id to the
value, in the order of the fit. Whatever is not a finite number is None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from collector.analysis import autocorrelation
from collector.analysis.bends import Bend, bends
from collector.analysis.candidates import Candidate
from collector.analysis.diagnostics import CUSUM_LIMIT, Diagnostics
from collector.analysis.forecast import Method
from collector.analysis.messages import Language, Message
from collector.analysis.missing import known
from collector.analysis.observations import Floats, Steps
from collector.analysis.periods import Sums, Way
from collector.analysis.reach import Reach
from collector.analysis.regression import Fit
from collector.analysis.saving import Saving
from collector.analysis.verdict import Verdict

CV_RMSE_CONVENTION = "sqrt(SSE / (n - p)) / mean; p counts the intercept"


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The baseline: the fit that the rule chose, and every candidate beside it.

    t: (n,) steps of the fit's rows; labels: what people call them.
    """

    fit: Fit
    t: Steps
    candidates: tuple[Candidate, ...]
    diagnostics: Diagnostics
    labels: Mapping[int, str] = field(default_factory=dict)

    @property
    def autocorrelation(self) -> float | None:
        """Lag-1 autocorrelation of the residuals, as they are."""
        return autocorrelation.lag1(self.fit.residuals, self.t)

    @property
    def autocorrelation_corrected(self) -> float:
        """The same with its bias taken off."""
        return autocorrelation.corrected(self.autocorrelation, self.fit.n, self.fit.p)

    def as_json(self, language: Language = "en") -> dict[str, Any]:
        """The `model` of a claim."""
        fit = self.fit
        return {
            "drivers": list(fit.drivers),
            "intercept": fit.intercept,
            **_coefficients(fit),
            "t": _named(fit.names, fit.t),
            "driver_p_values": {k: known(p) for k, p in fit.driver_p_values.items()},
            "terms": _terms(fit),
            "vif": _named(fit.drivers, fit.vif),
            **_quality(fit),
            "f": known(fit.f),
            "f_p": known(fit.f_p),
            "rmse": fit.rmse,
            "sse": fit.sse,
            "cv_rmse": known(fit.cv_rmse),
            "cv_rmse_convention": CV_RMSE_CONVENTION,
            "n": fit.n,
            "dof": fit.dof,
            "autocorrelation": known(self.autocorrelation),
            "autocorrelation_corrected": self.autocorrelation_corrected,
            "durbin_watson": known(autocorrelation.durbin_watson(fit.residuals, self.t)),
            "condition": fit.condition,
            "largest_leverage": float(fit.leverage.max()),
            "diagnostics": self._diagnostics(),
            "candidates": [_candidate(one, language) for one in self.candidates],
        }

    def _diagnostics(self) -> dict[str, Any]:
        found = self.diagnostics
        nmbe = found.held_out_nmbe
        return {
            "unusual": [
                {
                    "period": self.labels.get(one.t, str(one.t)),
                    "residual": one.residual,
                    "studentized": one.studentized,
                    "cook": one.cook,
                    "outlier": one.is_outlier,
                    "influential": one.is_influential,
                }
                for one in found.unusual
            ],
            "recursive_cusum": found.cusum,
            "recursive_cusum_limit": CUSUM_LIMIT,
            "stable": found.is_stable,
            "held_out_nmbe_percent": None if nmbe is None else 100 * nmbe,
        }


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: the share claimed, whether its period has ended, and the interval's kind."""

    target: float
    finished: bool
    confidence: float
    method: Method


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What is known of one claim; numbers are None where the data allow none.

    verdict: None before the end of the claim. expected_points: (m,) what the baseline expects at
    each reporting point [unit of the resource]; cusum: (m,) running sum of actual - expected.
    added_points: (m,) what non-routine adjustments added to the expected, which it holds already.
    baseline_points: (n,) what is expected of each row of the baseline. factor: of the model's
    values in all of them, see `Periods.factor`.
    """

    question: Question
    verdict: Verdict | None
    reason: Message
    warnings: tuple[Message, ...] = ()
    model: Model | None = None
    saving: Saving | None = None
    reach: Reach | None = None
    reporting_t: Steps | None = None
    reporting_labels: Mapping[int, str] = field(default_factory=dict)
    expected_points: Floats | None = None
    cusum: Floats | None = None
    added_points: Floats | None = None
    baseline_t: Steps | None = None
    baseline_points: Floats | None = None
    factor: float = 1.0
    way: Way = "forecast"
    sums: Sums | None = None

    @property
    def adjustment(self) -> float:
        """What non-routine adjustments added to the expected in sum."""
        return 0.0 if self.added_points is None else float(self.added_points.sum())

    def bends(self) -> tuple[Bend, ...]:
        """Where the CUSUM bends: something changed that no driver explains."""
        if self.model is None or self.saving is None or self.cusum is None:
            return ()
        assert self.reporting_t is not None  # noqa: S101 - it comes with the CUSUM
        differences = np.diff(self.cusum, prepend=0.0)
        variance, r = self.model.fit.rmse**2, self.saving.forecast.r
        return bends(differences, self.reporting_t, variance=variance, r=r)

    def _bends(self) -> list[dict[str, Any]]:
        return [
            {
                "period": self.reporting_labels.get(one.t, str(one.t)),
                "before": one.before,
                "after": one.after,
            }
            for one in self.bends()
        ]

    def as_json(self, language: Language = "en") -> dict[str, Any]:
        """Everything of a claim that is computed; VerifiedClaim adds what it is called."""
        saving = self.saving
        return {
            "verdict": self.verdict,
            "reason": self.reason.text(language),
            "reason_key": self.reason.key,
            "finished": self.question.finished,
            "target_percent": 100 * self.question.target,
            "confidence": self.question.confidence,
            "method": self.question.method,
            "saving_method": self.way,
            "sums": None if self.sums is None else asdict(self.sums),
            "model_factor": None if saving is None else self.factor,
            **_numbers(saving),
            "points": None if self.reach is None else self.reach.points,
            "points_outside": None if self.reach is None else self.reach.outside,
            "points_beyond_leverage": None if self.reach is None else self.reach.leverage,
            "points_in_unseen_season": None if self.reach is None else self.reach.unseen,
            "adjustment": None if saving is None else self.adjustment,
            "bends": None if saving is None else self._bends(),
            "warnings": [warning.text(language) for warning in self.warnings],
            "model": None if self.model is None else self.model.as_json(language),
        }


@dataclass(frozen=True, slots=True, eq=False)
class VerifiedClaim:
    """A claim by name and period [dates as ISO 8601], with its outcome.

    Either the claim could be evaluated, or `outcome` says why not.
    """

    claim: str
    resource: str
    since: str
    until: str
    unit: str
    outcome: Outcome
    further: dict[str, Any] = field(default_factory=dict)

    def as_json(self, language: Language = "en") -> dict[str, Any]:
        """One entry of `verify --json`, of the API and of the evidence file."""
        computed = self.outcome.as_json(language)
        return {
            "claim": self.claim,
            "resource": self.resource,
            "since": self.since,
            "until": self.until,
            "unit": self.unit,
            **computed,
            **self.further,
        }


def _numbers(saving: Saving | None) -> dict[str, float | None]:
    if saving is None:
        keys = ("saving", "saving_low", "saving_high", "expected", "actual", "shown_percent")
        shares = ("saving_percent", "saving_low_percent", "saving_high_percent")
        return dict.fromkeys((*keys, *shares, "meter_half_width", "autocorrelation_used"))
    low, high = saving.share_low, saving.share_high
    return {
        "saving": saving.value,
        "saving_low": saving.low,
        "saving_high": saving.high,
        "expected": saving.expected,
        "actual": saving.actual,
        "shown_percent": 100 * saving.shown,
        "saving_percent": 100 * saving.value / saving.expected,
        "saving_low_percent": None if low is None else 100 * low,
        "saving_high_percent": 100 * high,
        "meter_half_width": saving.meter_half_width,
        "autocorrelation_used": saving.forecast.r,
    }


def _candidate(one: Candidate, language: Language) -> dict[str, Any]:
    said = {"drivers": list(one.drivers), "valid": one.valid, "used": one.used}
    why = {"why": one.why.text(language), "why_key": one.why.key}
    if one.fit is None:
        keys = ("coefficients", "standard_errors", "p_values", "r2", "adjusted_r2", "f_p")
        return said | dict.fromkeys((*keys, "cv_rmse", "driver_p_values", "terms")) | why
    fit = one.fit
    tests: dict[str, Any] = {"f_p": known(fit.f_p), "cv_rmse": known(fit.cv_rmse)}
    by_driver = {name: known(p) for name, p in fit.driver_p_values.items()}
    tests |= {"driver_p_values": by_driver, "terms": _terms(fit)}
    return said | _coefficients(fit) | _quality(fit) | tests | why


def _terms(fit: Fit) -> dict[str, str]:
    """How each driver enters that does not enter as it is."""
    return {name: shape for name, shape in fit.shapes.items() if shape != "linear"}


def _coefficients(fit: Fit) -> dict[str, Any]:
    return {
        "coefficients": _named(fit.names, fit.coefficients),
        "standard_errors": _named(fit.names, fit.standard_errors),
        "p_values": _named(fit.names, fit.p_values),
    }


def _quality(fit: Fit) -> dict[str, float | None]:
    return {"r2": known(fit.r2), "adjusted_r2": known(fit.adjusted_r2)}


def _named(names: Sequence[str], values: Floats) -> dict[str, float | None]:
    return {name: known(float(value)) for name, value in zip(names, values, strict=True)}
