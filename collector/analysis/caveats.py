"""What a reader must know beside a verdict."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.diagnostics import Diagnostics
from collector.analysis.messages import Message
from collector.analysis.observations import Floats
from collector.analysis.periods import Periods
from collector.analysis.reach import Reach
from collector.analysis.results import Model

WEAK_BELOW = 24  # baseline points
COLLINEAR_FROM = 10.0  # variance inflation


def caveats(model: Model, expected: Floats, seen: Reach) -> Iterator[Message]:
    """Of the model, and of what it is asked about."""
    fit = model.fit
    if fit.n < WEAK_BELOW:
        yield Message("weak-baseline", {"n": fit.n})
    if not fit.drivers:
        yield Message("intercept-only", {})
    if fit.exact:
        yield Message("exact", {})
    if seen.outside or seen.leverage:
        counts = {"outside": seen.outside, "leverage": seen.leverage, "m": seen.points}
        yield Message("some-outside", counts)
    if seen.unseen:
        yield Message("season-unseen", {"points": seen.unseen, "m": seen.points})
    if below := int((expected < 0).sum()):
        yield Message("negative-expected", {"points": below, "m": seen.points})
    yield from _doubts(model.diagnostics, fit.n)
    for driver, vif in zip(fit.drivers, fit.vif, strict=True):
        if fit.intercept and vif > COLLINEAR_FROM:
            yield Message("collinear", {"driver": driver, "vif": float(vif)})


def _doubts(found: Diagnostics, n: int) -> Iterator[Message]:
    """What the diagnostics of the baseline say against it."""
    if far := sum(one.is_outlier for one in found.unusual):
        yield Message("far-points", {"points": far, "n": n})
    if pulling := sum(one.is_influential for one in found.unusual):
        yield Message("pulling-points", {"points": pulling, "n": n})
    if found.is_stable is False:
        yield Message("unstable", {})


def excluded(periods: Periods) -> Iterator[Message]:
    """What was left out of the periods, and why."""
    named = [
        ("excluded-baseline", periods.baseline),
        *([("excluded-middle", periods.middle)] if periods.middle else []),
        ("excluded-reporting", periods.reporting),
    ]
    for key, period in named:
        for why, count in period.excluded.items():
            yield Message(key, {"count": count, "why": why})
