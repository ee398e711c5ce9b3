"""Indices over several sources, and the running sum."""

from __future__ import annotations

import numpy as np
import pytest

from collector.analysis.indices import (
    Source,
    backcast_senpi,
    chained_senpi,
    cusum,
    forecast_senpi,
)
from plant.errors import AnalysisError


def test_senpi_weighs_sources_by_primary_energy():
    """Electricity at 3, gas at 1: (3 * 90 + 50) / (3 * 100 + 40)."""
    sources = [Source("electricity", 90, 100, primary=3), Source("gas", 50, 40)]
    assert forecast_senpi(sources) == pytest.approx(320 / 340)
    assert backcast_senpi(sources) == pytest.approx(340 / 320)
    assert chained_senpi([0.9, 0.8]) == pytest.approx(0.72)


def test_cusum_is_flat_as_expected_and_falls_by_saving():
    """Expected 10 a step: as expected, then one less each."""
    actual = np.array([10.0, 10.0, 9.0, 9.0])
    assert cusum(actual, np.full(4, 10.0)).tolist() == [0, 0, -1, -2]


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ([], "no energy source"),
        ([Source("gas", 5.0, 0.0)], "no meaning"),
        ([Source("gas", float("nan"), 4.0)], "gas: a sum is not a finite number"),
    ],
)
def test_senpi_without_meaning_is_refused(sources, said):
    """Nothing modelled, nothing given, or a hole in the data."""
    with pytest.raises(AnalysisError, match=said):
        forecast_senpi(sources)
