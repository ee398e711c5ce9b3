"""Whether a verdict stands without what somebody could have chosen: points, days, adjustments.

A number is only as good as the rows that it stands on. A baseline may lack no more than a reporting
period may; a row far beyond all that the baseline has seen, such as a slipped decimal mark, may not
carry the answer; and what was left out of the reporting period may not have proven the claim.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from collector.analysis.messages import Message, UnusableError
from collector.analysis.observations import Observations
from collector.analysis.periods import Periods
from collector.analysis.reach import leverage_of
from collector.analysis.regression import Fit
from collector.analysis.saving import Saving
from collector.analysis.verdict import ROUNDING, Verdict, by_interval, shares

MISSING_LIMIT = 0.1  # share of a period's steps without data that is still judged
FAR = 2.0  # times the baseline's largest leverage: its square root as far as anything it has seen

Again = Callable[[Periods], Saving]  # the saving of other periods by the same model
Judged = tuple[Verdict | None, Message]


def withstand(
    judged: Judged, target: float, *, periods: Periods, fit: Fit, result: Saving, again: Again
) -> Judged:
    """The verdict that is left, with its reason, of a claim whose period has ended."""
    looked_at = [(periods.baseline, "hole-baseline"), (periods.reporting, "hole")]
    if periods.middle is not None:
        looked_at.append((periods.middle, "hole-middle"))
    for period, key in looked_at:
        if hole := _hole(period, key):
            return "undecided", hole
    if judged[0] == "undecided":
        return judged
    if far := _hangs_on_far(target, periods=periods, fit=fit, result=result, again=again):
        return "undecided", far
    if judged[0] == "proven" and (left_out := _hangs_on_missing(target, periods, result)):
        return "plausible", left_out
    return judged


def adjusted(target: float, *, periods: Periods, result: Saving, again: Again) -> Message | None:
    """What is said of a claim that would be judged otherwise without its adjustments."""
    if not periods.extra.any():
        return None
    try:
        bare = again(replace(periods, extra=np.zeros_like(periods.extra)))
    except UnusableError as error:
        return Message("rests-on-adjustments-alone", {"why": error.message})
    if by_interval(bare, target) == by_interval(result, target):
        return None
    least, most = shares(bare)
    return Message("rests-on-adjustments", {"least": 100 * least, "most": 100 * most})


def _hole(period: Observations, key: str) -> Message | None:
    """What is said of a period with too much missing: leaving days out chooses the answer."""
    missing = sum(period.excluded.values())
    steps = missing + period.n
    if missing <= MISSING_LIMIT * steps:
        return None
    return Message(key, {"missing": missing, "m": steps, "limit": 100 * MISSING_LIMIT})


def _hangs_on_far(
    target: float, *, periods: Periods, fit: Fit, result: Saving, again: Again
) -> Message | None:
    """What is said where rows far beyond the baseline decide; None where they do not."""
    if periods.way != "forecast" or not fit.drivers:
        return None
    drivers = periods.reporting.columns(fit.drivers)
    far = leverage_of(fit, drivers) > FAR * fit.leverage.max()
    if not far.any() or far.all():  # all: more than the share that is believed
        return None
    kept = replace(periods, reporting=_rows(periods.reporting, ~far), extra=periods.extra[~far])
    try:
        other = again(kept)
    except UnusableError:
        other = None
    least, most = shares(result)
    if (
        other is not None
        and by_interval(other, target) == by_interval(result, target)
        and least <= other.value / other.expected <= most
    ):
        return None
    labels = [periods.reporting.labels.get(int(t), str(t)) for t in periods.reporting.t[far][:3]]
    return Message("hangs-on-far", {"points": int(far.sum()), "which": ", ".join(labels)})


def _rows(period: Observations, kept: NDArray[np.bool_]) -> Observations:
    return replace(period, t=period.t[kept], y=period.y[kept], X=period.X[kept])


def _hangs_on_missing(target: float, periods: Periods, result: Saving) -> Message | None:
    """What is said where a claim is proven only if the steps left out saved something too."""
    missing = sum(periods.reporting.excluded.values())
    whole = 1 + missing / periods.reporting.n  # what would be expected of all steps, over these
    if result.margin(target)[0] - target * (whole - 1) * result.expected >= (
        -ROUNDING * abs(result.expected)
    ):
        return None
    least, _ = shares(result)
    return Message(
        "hangs-on-missing",
        {
            "missing": missing,
            "m": missing + periods.reporting.n,
            "known": 100 * least,
            "least": 100 * least / whole,
            "target": 100 * target,
        },
    )
