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
    carried, fresh = _decay(r, gaps)
    shrunk = 1 / np.sqrt(fresh)
    first = np.sqrt(1 - r**2)
    white = np.empty((r.size, *Z.shape))
    white[:, 0] = first[:, None] * Z[0]
    white[:, 1:] = Z[1:] - carried[:, :, None] * Z[:-1]
    if (gaps != 1).any():
        white[:, 1:] *= shrunk[:, :, None]
    return white, np.log(first) + np.log(shrunk).sum(axis=1)


def carry(r: Floats, gap: int, gaps: Steps) -> tuple[Floats, Floats]:
    """What follows the last known error over m coming steps, the first `gap` steps after it.

    Returns (G,) c, the multiple of that error expected in their sum, and (G,) the variance of the
    rest of the sum in units of the innovation variance.
    """
    distances = np.concatenate([np.array([gap], dtype=np.int64), gaps])
    carried, fresh = (
        np.ascontiguousarray(np.broadcast_to(part, (r.size, distances.size)).T)
        for part in _decay(r, distances)
    )
    weight = np.ones(r.size)
    variance = np.zeros(r.size)
    for step in range(distances.size - 1, 0, -1):
        variance += fresh[step] * weight**2
        weight = 1.0 + carried[step] * weight
    return carried[0] * weight, variance + fresh[0] * weight**2


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


def _decay(r: Floats, gaps: Steps) -> tuple[Floats, Floats]:
    """r^gap, and the variance that is new after such a gap in units of the innovation variance.

    Both are (G, len(gaps)), or (G, 1) where all gaps are one step.
    """
    if (gaps == 1).all():
        return r[:, None], np.ones((r.size, 1))
    distinct, row = np.unique(gaps, return_inverse=True)
    carried = r[:, None] ** distinct[None, :]
    fresh = (1 - carried**2) / (1 - r[:, None] ** 2)
    return carried[:, row], fresh[:, row]
