"""Proven, plausible, refuted or undecided, and why, in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor
from typing import Literal

from collector.analysis.messages import Message
from collector.analysis.reach import Reach
from collector.analysis.saving import Saving

Verdict = Literal["proven", "plausible", "refuted", "undecided"]

OUTSIDE_LIMIT = 0.25  # share of points outside the baseline beyond which chance must explain them
ROUNDING = 1e-9


def judge(
    saving: Saving,
    target: float,
    *,
    finished: bool,
    reach: Reach,
    unsettled: tuple[str, ...],
    decide: Callable[[float], Message],
    outside_limit: float = OUTSIDE_LIMIT,
) -> tuple[Verdict | None, Message]:
    """The verdict on "the share `target` of the expected was saved", and its reason.

    The verdict is None before the end of the claim.
    unsettled: drivers that are not in the model, and on which the answer depends all the same.
    decide: from wanted over present half-width, what would decide an open claim.
    """
    if not finished:
        return None, Message("so-far", _bounds(saving, target))
    verdict = by_interval(saving, target)
    if verdict == "undecided":
        return verdict, _open("undecided", saving, target, decide)
    if unseen := _unseen(reach, outside_limit):
        return "undecided", unseen
    if unsettled:
        return "undecided", Message("unsettled", {"drivers": ", ".join(unsettled)})
    if verdict == "plausible":
        return verdict, _open("plausible", saving, target, decide)
    key = "refuted-nothing" if verdict == "refuted" and saving.shown <= 0 else verdict
    return verdict, Message(key, _bounds(saving, target))


def _unseen(reach: Reach, limit: float) -> Message | None:
    """Why the baseline cannot know what it is asked about, if it cannot."""
    if reach.has_departed(limit):
        outside = max(reach.outside, reach.leverage)
        drivers = ", ".join(reach.drivers)
        return Message("outside", {"drivers": drivers, "outside": outside, "m": reach.points})
    if reach.unseen > limit * reach.points:
        return Message("season", {"unseen": reach.unseen, "m": reach.points})
    return None


def by_interval(saving: Saving, target: float) -> Verdict:
    """The verdict that the interval alone gives."""
    low, high = saving.margin(target)
    slack = ROUNDING * abs(saving.expected)
    if low >= -slack:
        return "proven"
    if high < -slack:
        return "refuted"
    return "plausible" if saving.low > slack else "undecided"


def _open(key: str, saving: Saving, target: float, decide: Callable[[float], Message]) -> Message:
    low, high = saving.margin(target)
    middle = (1 - target) * saving.forecast.centre - saving.actual
    present = middle - low if middle >= 0 else high - middle
    decided_by = decide(abs(middle) / present)
    return Message(key, _bounds(saving, target) | {"decide": decided_by})


def shares(saving: Saving) -> tuple[float, float]:
    """Both ends of the share of the expected that was saved."""
    least = saving.share_low if saving.share_low is not None else saving.low / saving.expected
    return least, saving.share_high


def _bounds(saving: Saving, target: float) -> dict[str, object]:
    """Percentages for a sentence, rounded outwards, yet never across the claim or zero."""
    least, most = shares(saving)
    return {
        "target": 100 * target,
        "least": _rounded(floor, least, target),
        "shown": _rounded(floor, saving.shown, target),
        "most": _rounded(ceil, most, target),
    }


def _rounded(towards: Callable[[float], int], share: float, target: float) -> float:
    """Per cent with one digit, or as many as keep the side of the target and of zero."""
    for digits in range(1, 6):
        scale = 10.0 ** (digits + 2)
        nudge = ROUNDING * scale if towards is floor else -ROUNDING * scale
        rounded = towards(share * scale + nudge) / scale
        if (rounded < target) == (share + ROUNDING < target) and (rounded > 0) == (share > 0):
            return 100 * rounded
    return 100 * share
