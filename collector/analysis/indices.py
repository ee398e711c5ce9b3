"""Indices over a whole period: CUSUM, and SEnPI over several energy sources.

SEnPI is the Superior Energy Performance indicator of DOE's SEP M&V protocol: below 1 is better
than the baseline. Every source has its own model, and all are in one unit of primary energy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, prod

import numpy as np

from collector.analysis.observations import Floats
from plant.errors import AnalysisError


@dataclass(frozen=True, slots=True)
class Source:
    """One energy source over one period, in sum.

    actual, modelled: [its own unit]. primary: [common unit of primary energy per its own unit].
    """

    name: str
    actual: float
    modelled: float
    primary: float = 1.0


def cusum(actual: Floats, expected: Floats) -> Floats:
    """(m,) running sum of actual - expected [unit of the resource]; falling is saving."""
    sums: Floats = np.cumsum(actual - expected)
    return sums


def forecast_senpi(sources: Sequence[Source]) -> float:
    """Actual use of the reporting period over what the baseline's models give for it."""
    actual, modelled = _primary(sources)
    return _ratio(actual, modelled, "the baseline's models expect no use")


def backcast_senpi(sources: Sequence[Source]) -> float:
    """What the reporting period's models give for the baseline, over its actual use."""
    actual, modelled = _primary(sources)
    return _ratio(modelled, actual, "the baseline used nothing")


def chained_senpi(parts: Sequence[float]) -> float:
    """Product of the indicators of successive pairs of periods."""
    if not parts:
        raise AnalysisError("no indicator to chain; give at least one")
    return prod(parts)


def _primary(sources: Sequence[Source]) -> tuple[float, float]:
    if not sources:
        raise AnalysisError("no energy source given; SEnPI is taken over all of them")
    for source in sources:
        if not all(map(isfinite, (source.actual, source.modelled, source.primary))):
            raise AnalysisError(f"{source.name}: a sum is not a finite number; complete its data")
    actual = sum(source.actual * source.primary for source in sources)
    return actual, sum(source.modelled * source.primary for source in sources)


def _ratio(above: float, below: float, fault: str) -> float:
    if below <= 0:
        raise AnalysisError(f"SEnPI has no meaning: {fault}")
    return above / below
