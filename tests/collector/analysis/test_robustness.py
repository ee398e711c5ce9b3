"""A verdict does not stand on what somebody could have chosen: points, days or adjustments."""

from __future__ import annotations

import numpy as np
import pytest

from collector.analysis.evaluation import evaluate
from collector.analysis.observations import Observations, observe
from collector.analysis.results import Outcome

N, M = 365, 181


def period(first: int, count: int, *, saved: float = 0.0, seed: int = 1) -> Observations:
    """Days of 900 + 62 a tonne, and noise; a share of it is saved."""
    chance = np.random.default_rng(seed)
    made = chance.uniform(20, 60, count)
    used = (900 + 62 * made) * (1 - saved) + chance.normal(0, 60, count)
    return observe(np.arange(first, first + count), used, X=made[:, None], names=["rice"])


def without(whole: Observations, left_out: np.ndarray) -> Observations:
    reasons = {int(row): "rice is missing" for row in left_out}
    return observe(whole.t, whole.y, X=whole.X, names=whole.names, excluded=reasons)


def judged(
    saved: float, *, baseline: Observations | None = None, reporting: Observations | None = None,
    added: dict[int, float] | None = None,
) -> Outcome:  # fmt: skip
    return evaluate(
        baseline or period(0, N),
        reporting or period(N, M, saved=saved, seed=2),
        target=0.06,
        finished=True,
        added=added,
    )


def test_what_is_whole_is_judged_by_its_interval() -> None:
    assert [judged(saved).verdict for saved in (0.09, 0.06, 0.02)] == [
        "proven", "plausible", "refuted",
    ]  # fmt: skip


def test_a_baseline_without_its_lowest_days_is_undecided() -> None:
    whole = period(0, N)
    lowest = np.argsort(whole.y)[:110]
    found = judged(0.055, baseline=without(whole, lowest))
    assert (found.verdict, found.reason.key) == ("undecided", "hole-baseline")
    assert "110" in found.reason.text()


@pytest.mark.parametrize("factor", [10, 1000, 1e9])
@pytest.mark.parametrize("saved", [0.0, 0.05, 0.09])
def test_one_slipped_decimal_mark_decides_nothing(saved: float, factor: float) -> None:
    right = period(N, M, saved=saved, seed=2)
    wrong = right.X.copy()
    wrong[70] *= factor
    found = judged(saved, reporting=observe(right.t, right.y, X=wrong, names=right.names))
    assert found.verdict == "undecided"
    assert found.reason.key in ("hangs-on-far", "undecided")


def test_a_far_point_that_decides_nothing_leaves_the_verdict() -> None:
    right = period(N, M, saved=0.12, seed=2)
    made, used = right.X.copy(), right.y.copy()
    made[70], used[70] = 110, (900 + 62 * 110) * 0.88
    found = judged(0.12, reporting=observe(right.t, used, X=made, names=right.names))
    assert found.verdict == "proven"
    assert "some-outside" in [one.key for one in found.warnings]


def test_the_worst_days_left_out_prove_nothing() -> None:
    whole = period(N, M, saved=0.063, seed=2)
    expected = 900 + 62 * whole.X[:, 0]
    worst = np.argsort(whole.y / expected)[-18:]
    found = judged(0.063, reporting=without(whole, worst))
    assert (found.verdict, found.reason.key) == ("plausible", "hangs-on-missing")
    assert "had the 18 of 181 points that are left out saved nothing" in found.reason.text()
    better = observe(whole.t, whole.y * 0.93, X=whole.X, names=whole.names)
    assert judged(0.12, reporting=without(better, worst)).verdict == "proven"


def test_a_verdict_that_rests_on_adjustments_says_so() -> None:
    spread = dict.fromkeys(range(N, N + M), 300.0)
    found = judged(0.0, added=spread)
    assert found.verdict == "proven"
    assert found.warnings[0].key == "rests-on-adjustments"
    small = judged(0.09, added=dict.fromkeys(range(N, N + 5), 3.0))
    assert "rests-on-adjustments" not in [one.key for one in small.warnings]


def test_a_claim_above_which_more_was_used_shows_nothing() -> None:
    text = judged(-0.2).reason.text()
    assert text.endswith("no saving is shown.")
    assert "at least 0 %" not in text
