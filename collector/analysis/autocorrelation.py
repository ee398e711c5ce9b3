"""Errors that remember: AR(1) on a step axis that may have gaps.

Two errors d steps apart correlate by r^d. `gaps` are the differences between successive steps,
whole numbers >= 1. r may be a grid (G,); results then have G rows.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from collector.analysis.observations import Floats, Steps

HIGHEST = 0.98


def lag1(residuals: Floats, t: Steps) -> float | None:
    """Correlation of residuals with the one a step before, adjacent steps only; None below 3."""
    adjacent = np.flatnonzero(np.diff(t) == 1)
    if adjacent.size < 3:
        return None
    before, after = residuals[adjacent], residuals[adjacent + 1]
    before, after = before - before.mean(), after - after.mean()
    size = float(np.sqrt((before @ before) * (after @ after)))
    return float(before @ after) / size if size else None


def corrected(raw: float | None, n: int, p: int) -> float:
    """Lag-1 autocorrelation with the bias that n points and p coefficients bring taken off."""
    if raw is None:
        return 0.0
    return float(np.clip(raw + (1 + 3 * raw) / n + (p - 1) / n, 0.0, HIGHEST))


def durbin_watson(residuals: Floats, t: Steps) -> float | None:
    """Durbin-Watson statistic over adjacent steps; None where there is none."""
    adjacent = np.flatnonzero(np.diff(t) == 1)
    total = float(residuals @ residuals)
    if not adjacent.size or not total:
        return None
    steps = residuals[adjacent + 1] - residuals[adjacent]
    return float(steps @ steps) / total


def whiten(Z: Floats, r: Floats, gaps: Steps) -> tuple[Floats, Floats]:
    """(G, n, k) innovations of unit variance of Z (n, k), and (G,) log determinant of the map."""
    carried = _powers(r, gaps)
    shrunk = np.sqrt((1 - r[:, None] ** 2) / (1 - carried**2))
    first = np.sqrt(1 - r**2)
    white = np.empty((r.size, *Z.shape))
    white[:, 0] = first[:, None] * Z[0]
    white[:, 1:] = shrunk[:, :, None] * (Z[1:] - carried[:, :, None] * Z[:-1])
    return white, np.log(first) + np.log(shrunk).sum(axis=1)


def carry(r: Floats, gap: int, gaps: Steps) -> tuple[Floats, Floats]:
    """What follows the last known error over m coming steps, the first `gap` steps after it.

    Returns (G,) c, the multiple of that error expected in their sum, and (G,) the variance of the
    rest of the sum in units of the innovation variance.
    """
    distances = np.concatenate([np.array([gap], dtype=np.int64), gaps])
    carried = _powers(r, distances)
    fresh = (1 - carried**2) / (1 - r[:, None] ** 2)
    weight = np.ones_like(r)
    variance = np.zeros_like(r)
    for step in range(distances.size - 1, -1, -1):
        variance += fresh[:, step] * weight**2
        weight = (1.0 if step else 0.0) + carried[:, step] * weight
    return weight, variance


def product(Z: Floats, r: float, gaps: Steps) -> Floats:
    """V Z for the correlation matrix V (n, n) and Z (n, k), in n steps."""
    forward = np.zeros_like(Z)
    backward = np.zeros_like(Z)
    carried = np.power(r, gaps.astype(np.float64)) if r else np.zeros(gaps.size)
    for (before, after), weight in zip(pairwise(range(len(Z))), carried, strict=True):
        forward[after] = weight * (forward[before] + Z[before])
    for (before, after), weight in zip(
        reversed(list(pairwise(range(len(Z))))), carried[::-1], strict=True
    ):
        backward[before] = weight * (backward[after] + Z[after])
    return Z + forward + backward


def _powers(r: Floats, gaps: Steps) -> Floats:
    """(G, len(gaps)) r^gap, also for r below zero."""
    powers: Floats = r[:, None] ** gaps[None, :]
    return powers
