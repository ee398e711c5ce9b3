"""Errors that remember: AR(1) on a step axis that may have gaps.

Two errors d steps apart correlate by r^d. `gaps` are the differences between successive steps,
whole numbers >= 1. r may be a grid (G,); results then have G rows.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_banded

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


def whiten(Z: Floats, r: float, gaps: Steps) -> Floats:
    """(n, k) innovations of unit variance of Z (n, k)."""
    carried, fresh = _decay(np.array([r]), gaps[:, None])
    white = np.empty_like(Z)
    white[0] = np.sqrt(1 - r**2) * Z[0]
    white[1:] = (Z[1:] - carried * Z[:-1]) / np.sqrt(fresh)
    return white


def grams(Z: Floats, r: Floats, gaps: Steps) -> tuple[Floats, Floats]:
    """(G, k, k) W'W of the whitened Z (n, k), and (G,) log determinant of the whitening.

    Sums over the rows are the same for every r, so that the grid costs next to nothing.
    """
    first = 1 - r**2
    total: Floats = first[:, None, None] * np.outer(Z[0], Z[0])
    log_determinant: Floats = 0.5 * np.log(first)
    for gap in np.unique(gaps):
        at = np.flatnonzero(gaps == gap)
        before, after = Z[at], Z[at + 1]
        across = after.T @ before
        carried, fresh = (part[:, None, None] for part in _decay(r, gap))
        rows = after.T @ after - carried * (across + across.T) + carried**2 * (before.T @ before)
        total += rows / fresh
        log_determinant -= 0.5 * at.size * np.log(fresh[:, 0, 0])
    return total, log_determinant


def carry(r: Floats, gap: int, gaps: Steps) -> tuple[Floats, Floats]:
    """What follows the last known error over m coming steps, the first `gap` steps after it.

    Returns (G,) c, the multiple of that error expected in their sum, and (G,) the variance of the
    rest of the sum in units of the innovation variance.
    """
    weight, variance = np.ones(r.size), np.zeros(r.size)  # of the last step in the sum
    for distance, count in reversed(_runs(gaps)):
        carried, fresh = _decay(r, distance)
        # Each step back, w becomes 1 + carried w: a geometric way to its limit.
        limit = 1 / (1 - carried)
        above, faded = weight - limit, carried**count
        squares = count * limit**2 + 2 * limit * above * (1 - faded) * limit
        squares += above**2 * (1 - faded**2) / (1 - carried**2)
        variance += fresh * squares
        weight = limit + faded * above
    carried, fresh = _decay(r, gap)
    return carried * weight, variance + fresh * weight**2


def product(Z: Floats, r: float, gaps: Steps) -> Floats:
    """V Z for the correlation matrix V (n, n) and Z (n, k), in n steps."""
    carried = np.power(r, gaps.astype(np.float64)) if r else np.zeros(gaps.size)
    return Z + _brought(Z, carried) + _brought(Z[::-1], carried[::-1])[::-1]


def _brought(Z: Floats, carried: Floats) -> Floats:
    """(n, k) what rows before bring to each: carried times what the last held and was brought."""
    bands = np.vstack([np.ones(len(Z)), np.append(-carried, 0.0)])
    brought = np.zeros_like(Z)
    brought[1:] = carried[:, None] * Z[:-1]
    found: Floats = solve_banded((1, 0), bands, brought)
    return found


def _runs(gaps: Steps) -> list[tuple[int, int]]:
    """Gaps in their order, as how wide and how often in a row."""
    starts = np.flatnonzero(np.diff(gaps, prepend=0))
    counts = np.diff(starts, append=gaps.size)
    return list(zip(gaps[starts].tolist(), counts.tolist(), strict=True))


def _decay(r: Floats, gap: int | Steps) -> tuple[Floats, Floats]:
    """r^gap, and the variance that is new after such a gap in units of the innovation variance."""
    carried = r**gap
    return carried, (1 - carried**2) / (1 - r**2)
