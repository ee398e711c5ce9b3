"""Consumption from a rate, where a meter has no totaliser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.integration import integrate
from collector.analysis.quality import Quality

MINUTE = 60_000
SLOT = 15 * MINUTE


@pytest.mark.slow
@given(
    level=st.floats(0, 1000),
    slope=st.floats(-50, 50),
    waits=st.lists(st.integers(1000, 100_000), min_size=40, max_size=80),
    random=st.randoms(use_true_random=False),
)
def test_a_rate_that_changes_evenly_is_integrated_exactly(
    level: float, slope: float, waits: list[int], random: Any
) -> None:
    """The trapezoid is exact on a straight line, wherever edges cut it, in whatever order."""
    hours = np.cumsum([0, *waits]) / 3.6e6
    rates = level + slope * hours
    order = [*range(hours.size), *range(0, hours.size, 3)]
    random.shuffle(order)
    times = np.cumsum([0, *waits])
    edges = np.linspace(0, times[-1], 8).astype(np.int64)
    values, quality = integrate(times[order], rates[order], edges, every_s=60)
    cut = edges / 3.6e6
    whole = level * cut + slope * cut**2 / 2
    np.testing.assert_allclose(values, np.diff(whole), rtol=1e-9, atol=1e-9)
    assert set(quality) == {Quality.integrated}
    once, _ = integrate(times, rates, edges[[0, -1]], every_s=60)
    assert values.sum() == pytest.approx(once[0], rel=1e-12)


def test_a_slot_with_a_gap_is_missing() -> None:
    """No register counted meanwhile, so nobody knows: three intervals, and two minutes at least."""
    minutes = np.array([*range(20), *range(22, 69)])
    values, quality = integrate(minutes * MINUTE, np.full(67, 8.0), np.arange(5) * SLOT, every_s=60)
    assert quality.tolist() == [Quality.integrated] * 4
    assert values == pytest.approx([2.0] * 4)
    late = np.delete(minutes, 20)
    values, quality = integrate(late * MINUTE, np.full(66, 8.0), np.arange(5) * SLOT, every_s=60)
    wanted = [Quality.integrated, Quality.missing, Quality.integrated, Quality.integrated]
    assert quality.tolist() == wanted
    assert np.isnan(values[1])
    assert values[[0, 2, 3]] == pytest.approx([2.0] * 3)


def test_a_gap_that_ends_on_an_edge_spares_the_next_slot() -> None:
    """The next slot begins with a reading."""
    minutes = np.array([0, 5, 15, 16, 17, 30])
    _, quality = integrate(minutes * MINUTE, np.ones(6), [15 * MINUTE, 17 * MINUTE], every_s=60)
    assert quality.tolist() == [Quality.integrated]


def test_a_slot_beyond_the_readings_is_missing() -> None:
    """Before the first, after the last, and where there are none."""
    times = np.arange(20) * MINUTE
    for some in (times, times[:1], times[:0]):
        _, quality = integrate(some, np.ones(some.size), [-SLOT, 0, SLOT, 2 * SLOT], every_s=60)
        assert quality[[0, 2]].tolist() == [Quality.missing] * 2
        assert (quality[1] == Quality.integrated) == (some.size == 20)
