"""What is not known: NaN in an array, None wherever it is told."""

from __future__ import annotations

from math import isfinite

from collector.analysis.observations import Floats


def known(value: float | None) -> float | None:
    """A number; None where it is not finite."""
    return None if value is None or not isfinite(value) else float(value)


def listed(values: Floats) -> list[float | None]:
    """Numbers (n,), each as `known` gives it."""
    return [known(value) for value in values.tolist()]
