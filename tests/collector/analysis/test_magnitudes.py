"""Numbers of any size: a verdict with finite numbers, or a sentence that says why there is none."""

from __future__ import annotations

import json
import math
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.evaluation import evaluate
from collector.analysis.observations import Observations, observe

pytestmark = pytest.mark.slow

POWERS = st.integers(-323, 307)
NEAR = st.integers(-70, 70)


def part(first: int, size: int, *, use: float, drive: float, random: Any) -> Observations:
    made = random.normal(100, 15, size)
    used = 3000 + 70 * made + random.normal(0, 200, size)
    return observe(
        range(first, first + size), used / 1e4 * use, X=made[:, None] / 100 * drive, names=["t"]
    )


def numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [n for one in value.values() for n in numbers(one)]
    if isinstance(value, list):
        return [n for one in value for n in numbers(one)]
    return [value] if isinstance(value, float) else []


def judged(powers: tuple[int, ...], way: str, spike: float | None = None) -> dict[str, Any]:
    random = np.random.default_rng(3)
    use, drive, use_later, drive_later = (10.0**power for power in powers)
    baseline = part(0, 40, use=use, drive=drive, random=random)
    middle = part(40, 40, use=use, drive=drive, random=random)
    reporting = part(80, 40, use=use_later, drive=drive_later, random=random)
    if spike is not None:
        reporting.y[7] = spike
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outcome = evaluate(
            baseline,
            reporting,
            target=0.05,
            finished=True,
            meter_uncertainty=0.005,
            way=way,  # type: ignore[arg-type]
            middle=middle if way == "chained" else None,
            added={85: 10.0 ** min(powers[2], 300)},
        )
    told = outcome.as_json()
    outcome.as_json("vi")
    return told


@settings(max_examples=50)
@given(
    st.tuples(POWERS, POWERS, POWERS, POWERS), st.sampled_from(["forecast", "backcast", "chained"])
)
def test_any_magnitude_gives_finite_numbers_or_a_reason(powers, way) -> None:
    told = judged(powers, way)
    assert all(map(math.isfinite, numbers(told)))
    json.dumps(told, allow_nan=False)


@settings(max_examples=50)
@given(
    st.tuples(NEAR, NEAR, NEAR, NEAR),
    st.sampled_from(["forecast", "backcast", "chained"]),
    st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
)
def test_the_same_within_what_is_reckoned_with(powers, way, spike) -> None:
    told = judged(powers, way, spike)
    assert all(map(math.isfinite, numbers(told)))


@pytest.mark.parametrize("spike", [1e300, -1e300, 1e154])
def test_an_amount_that_no_meter_counts_is_named(spike) -> None:
    told = judged((4, 2, 4, 2), "forecast", spike)
    assert told["verdict"] == "undecided"
    assert told["reason_key"] == "magnitude"
    assert told["saving"] is None


def test_amounts_too_small_to_be_any_are_named() -> None:
    assert judged((-195, 2, -195, 2), "forecast")["reason_key"] == "magnitude"


@pytest.mark.parametrize("scale", [-40, -9, 9, 40])
def test_the_unit_changes_no_share(scale) -> None:
    """The same plant in another unit: the same percentages and verdict."""
    told, other = judged((4, 2, 4, 2), "forecast"), judged((4 + scale, 2, 4 + scale, 2), "forecast")
    assert other["verdict"] == told["verdict"]
    assert other["saving_low_percent"] == pytest.approx(told["saving_low_percent"], rel=1e-6)
