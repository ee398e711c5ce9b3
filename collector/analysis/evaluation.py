"""A claim judged: baseline in, reporting period in, outcome out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from collector.analysis import candidates as selection
from collector.analysis.candidates import Candidate
from collector.analysis.caveats import caveats, excluded
from collector.analysis.diagnostics import diagnose
from collector.analysis.forecast import Forecast, Method
from collector.analysis.indices import cusum
from collector.analysis.messages import Message, UnusableError
from collector.analysis.observations import Floats, Observations
from collector.analysis.periods import Periods, Way
from collector.analysis.power import points_needed
from collector.analysis.reach import Cycle, Reach, reach, unseen
from collector.analysis.results import Model, Outcome, Question
from collector.analysis.robustness import Again, Judged, adjusted, withstand
from collector.analysis.saving import Saving, saving
from collector.analysis.verdict import OUTSIDE_LIMIT, Verdict, judge
from plant.errors import AnalysisError

LEAST, MOST = 1e-60, 1e60  # of the largest number of a column; no unit of anything needs more
HOPELESS_NARROWING = 0.05  # an interval that must shrink to less is not going to


def baseline_model(baseline: Observations, *, intercept: bool = True) -> Model:
    """The model that the rule chooses for a baseline, with every candidate.

    Raises UnusableError where the baseline allows no model.
    """
    tested = selection.candidates(baseline, intercept=intercept)
    chosen = selection.used(tested).fit
    assert chosen is not None  # noqa: S101  (a candidate without a fit is never chosen)
    return Model(chosen, baseline.t, tested, diagnose(chosen, baseline), baseline.labels)


def evaluate(
    baseline: Observations,
    reporting: Observations,
    *,
    target: float,
    finished: bool,
    confidence: float = 0.90,
    intercept: bool = True,
    meter_uncertainty: float = 0.0,
    method: Method = "integrated",
    outside_limit: float = OUTSIDE_LIMIT,
    added: Mapping[int, float] | None = None,
    way: Way = "forecast",
    middle: Observations | None = None,
    cycle: Cycle | None = None,
) -> Outcome:
    """The outcome of "the share `target` of the expected use was saved".

    finished: whether the claim's period has ended; before that there is no verdict.
    meter_uncertainty: relative standard uncertainty that all readings share.
    added: step -> what non-routine adjustments add to its expected use.
    way, middle: which period is fitted, see `periods`. cycle: when its conditions come again; None
    where nobody says what a step is.
    Data that allow no number give an undecided outcome that says why. Raises AnalysisError for
    periods that overlap or stand in the wrong order, and for arguments out of range.
    """
    extra = np.array([(added or {}).get(int(step), 0.0) for step in reporting.t])
    return evaluate_periods(
        Periods(baseline, reporting, extra, way, middle),
        Question(target, finished, confidence, method),
        intercept=intercept,
        meter_uncertainty=meter_uncertainty,
        outside_limit=outside_limit,
        cycle=cycle,
    )


def evaluate_periods(
    periods: Periods,
    question: Question,
    *,
    intercept: bool = True,
    meter_uncertainty: float = 0.0,
    outside_limit: float = OUTSIDE_LIMIT,
    cycle: Cycle | None = None,
    senseless: Message | None = None,
) -> Outcome:
    """The same for periods that stand together already.

    senseless: why a saving of them would mean nothing, where it would; there is then none.
    """
    if not 0 <= question.target < 1:
        raise AnalysisError(
            f"the claim is a share of {question.target}; give one from 0 to below 1"
        )
    periods.refuse_disorder()
    model: Model | None = None
    try:
        _refuse_magnitudes(periods)
        model = _model(periods, intercept=intercept)
        again = partial(_saving, model, question=question, meter_uncertainty=meter_uncertainty)
        result = again(periods)
        if senseless is not None:
            raise UnusableError(senseless)
        expected = periods.points(model.fit)
    except UnusableError as error:
        return _unanswered(error.message, periods, question, model=model)
    seen = _reach(model, periods, cycle)
    verdict, reason = _judged(
        model, periods, question, result=result, seen=seen, again=again, outside_limit=outside_limit
    )
    rests = adjusted(question.target, periods=periods, result=result, again=again)
    warnings = (
        *([rests] if rests else []),
        *caveats(model, expected, seen),
        *excluded(periods),
    )
    outcome = Outcome(question, verdict, reason, warnings=warnings, model=model, way=periods.way)
    return _with_numbers(outcome, model, periods, result=result, seen=seen, expected=expected)


def _unanswered(
    why: Message, periods: Periods, question: Question, *, model: Model | None
) -> Outcome:
    verdict: Verdict | None = "undecided" if question.finished else None
    left_out = tuple(excluded(periods))
    return Outcome(question, verdict, why, warnings=left_out, model=model, way=periods.way)


def _reach(model: Model, periods: Periods, cycle: Cycle | None) -> Reach:
    used = model.fit.drivers
    seen = reach(
        model.fit,
        baseline_X=periods.fitted.columns(used),
        reporting_X=periods.drivers_looked_at(used),
    )
    later = unseen(model.fit, model.t, periods.steps_looked_at(), cycle=cycle)
    return replace(seen, unseen=later)


def _judged(
    model: Model,
    periods: Periods,
    question: Question,
    *,
    result: Saving,
    seen: Reach,
    again: Again,
    outside_limit: float,
) -> Judged:
    """The verdict of the interval, where it withstands what somebody could have chosen."""
    judged = judge(
        result,
        question.target,
        finished=question.finished,
        reach=seen,
        unsettled=unsettled(model.candidates, periods, result.forecast),
        decide=lambda narrowing: _decide(model, periods, result, narrowing),
        outside_limit=outside_limit,
    )
    if not question.finished:
        return judged
    return withstand(
        judged, question.target, periods=periods, fit=model.fit, result=result, again=again
    )


def _with_numbers(
    outcome: Outcome,
    model: Model,
    periods: Periods,
    *,
    result: Saving,
    seen: Reach,
    expected: Floats,
) -> Outcome:
    """The outcome with its saving, and with what is expected of each step."""
    return replace(
        outcome,
        saving=result,
        reach=seen,
        reporting_t=periods.reporting.t,
        reporting_labels=periods.reporting.labels,
        expected_points=expected,
        added_points=periods.extra,
        baseline_t=periods.baseline.t,
        baseline_points=periods.baseline_points(model.fit),
        factor=periods.factor(model.fit),
        cusum=cusum(periods.reporting.y, expected),
        sums=periods.sums(model.fit),
    )


def _refuse_magnitudes(periods: Periods) -> None:
    """Raise UnusableError where squares of what is reckoned with would leave a float's range."""
    parts = [one for one in (periods.baseline, periods.middle, periods.reporting) if one]
    seen = [*(("consumption", one.y) for one in parts), ("adjustments", periods.extra)]
    seen += [(name, one.X[:, i]) for one in parts for i, name in enumerate(one.names)]
    for name, values in seen:
        largest = float(np.abs(values).max(initial=0.0))
        if largest and not LEAST < largest < MOST:
            raise UnusableError(Message("magnitude", {"what": name, "value": largest}))


def _model(periods: Periods, *, intercept: bool) -> Model:
    """The model of the period that is fitted; what is wrong with it is said of that period."""
    try:
        return baseline_model(periods.fitted, intercept=intercept)
    except UnusableError as error:
        if periods.way == "forecast":
            raise
        raise UnusableError(Message(f"fitted-{periods.way}", {"why": error.message})) from error


def _saving(
    model: Model, periods: Periods, *, question: Question, meter_uncertainty: float
) -> Saving:
    if not periods.reporting.n or not periods.baseline.n:
        key = "no-baseline-points" if periods.reporting.n else "no-reporting-points"
        raise UnusableError(Message(key, {}))
    actual = float(periods.reporting.y.sum())
    if actual < 0:
        raise UnusableError(Message("negative-actual", {}))
    if not periods.reporting.y.any():
        raise UnusableError(Message("zero-actual", {}))
    ahead = periods.forecast(model.fit, confidence=question.confidence, method=question.method)
    if ahead.expected <= 0:
        raise UnusableError(Message("nothing-expected", {}))
    return saving(ahead, actual, meter_uncertainty=meter_uncertainty)


def unsettled(tested: tuple[Candidate, ...], periods: Periods, found: Forecast) -> tuple[str, ...]:
    """Drivers left out of a mean model that would move the answer beyond its interval.

    Production that halves under a mean model would else prove a saving of one half.
    """
    if selection.used(tested).drivers:
        return ()
    rivals = [one.fit for one in tested if one.drivers and one.fit is not None]
    for rival in sorted(rivals, key=lambda fit: -(fit.adjusted_r2 or 0.0)):
        if rival.f_p is None or not rival.f_p <= selection.F_P_LIMIT:
            continue
        other = periods.expected(rival) + float(periods.extra.sum())
        if not found.low <= other <= found.high:
            return rival.drivers
    return ()


def _decide(model: Model, periods: Periods, result: Saving, narrowing: float) -> Message:
    """What would narrow the interval so far that the claim is decided."""
    cv_rmse = model.fit.cv_rmse
    if narrowing < HOPELESS_NARROWING or cv_rmse is None:
        return Message("decide-close", {})
    enough = {"cv": float(f"{100 * cv_rmse * narrowing:.2g}")}
    drivers = periods.reporting.columns(model.fit.drivers)
    more = points_needed(model.fit, model.t, X=drivers, r=result.forecast.r, narrowing=narrowing)
    if more is None or periods.way != "forecast":
        return Message("decide-cv", enough)
    return Message("decide-points-or-cv", enough | {"points": more})
