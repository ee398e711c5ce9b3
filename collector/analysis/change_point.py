"""Where consumption bends: the place on a driver's axis that leaves the least squares."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from collector.analysis.observations import Floats, Shape
from plant.errors import AnalysisError

EDGE_SHARE = 0.1  # of the points must lie on either side of a bend
EDGE_POINTS = 3
SAME = 1e-12  # of the squares won: a bend this near a value lies at it
REFINEMENTS, GRID = 6, 33  # the bracket shrinks by 6e-8


class NoChangePointError(AnalysisError):
    """The baseline does not show where a driver's effect bends."""


def find_bend(y: Floats, x: Floats, *, others: Floats, shape: Shape) -> tuple[float, float]:
    """The place of the bend, and the slope beyond it, that leave the least squares of y (n,).

    others: (n, c) what else the model has, the intercept as a column of ones.
    Raises NoChangePointError where the best place is the end of what could be searched.
    """
    beside = np.column_stack([others, x]) if shape == "both" else others
    q = np.linalg.qr(beside)[0] if beside.size else beside
    rest = y - q @ (q.T @ y)
    places = _places(x)
    if places.size < 3:
        raise NoChangePointError("too few different values to find a bend among")

    def gain(at: Floats) -> Floats:
        """(m,) squares that a bend at each place takes away."""
        bent = np.maximum(at - x[:, None], 0) if shape == "below" else _over(x, at)
        own = bent - q @ (q.T @ bent)
        square = np.sum(own**2, axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            won = np.where(square > 1e-12 * np.sum(bent**2, axis=0), (rest @ own) ** 2 / square, 0)
        return np.asarray(won, dtype=np.float64)

    best = int(np.argmax(gain(places)))
    if best in (0, places.size - 1):
        raise NoChangePointError("no bend lies well within the baseline")
    near = _refine(gain, float(places[best - 1]), float(places[best + 1]))
    value = float(x[np.argmin(np.abs(x - near))])
    at_value, at_near = gain(np.array([value, near]))
    near = value if at_value >= at_near * (1 - SAME) else near
    at = _exactly(rest, x, near, q=q, is_below=shape == "below")
    bent = np.maximum(at - x, 0) if shape == "below" else np.maximum(x - at, 0)
    own = bent - q @ (q.T @ bent)
    slope = float(rest @ own) / float(own @ own)
    return at, -slope if shape == "below" else slope


def _exactly(rest: Floats, x: Floats, near: float, *, q: Floats, is_below: bool) -> float:
    """The best place among those that part the values as `near` does, where that is no value.

    With the parts fixed the model is linear in the slope and in slope times place.
    """
    beyond = x < near if is_below else x > near
    pair = np.column_stack([np.where(beyond, x, 0.0), beyond.astype(np.float64)])
    pair -= q @ (q.T @ pair)
    slope, level = np.linalg.lstsq(pair, rest, rcond=None)[0]
    at = -float(level) / float(slope) if slope else near
    return at if ((x < at if is_below else x > at) == beyond).all() else near


def _over(x: Floats, at: Floats) -> Floats:
    over: Floats = np.maximum(x[:, None] - at, 0)
    return over


def _places(x: Floats) -> Floats:
    """Values that leave enough points on either side."""
    least = max(EDGE_POINTS, int(np.ceil(EDGE_SHARE * x.size)))
    ordered = np.sort(x)
    if ordered.size <= 2 * least:
        return np.empty(0)
    values = np.unique(ordered)
    within: Floats = values[(values >= ordered[least]) & (values <= ordered[-1 - least])]
    return within


def _refine(gain: Callable[[Floats], Floats], low: float, high: float) -> float:
    """The place of the largest gain, by ever finer grids around the best of the one before."""
    for _ in range(REFINEMENTS):
        places = np.linspace(low, high, GRID)
        best = int(np.argmax(gain(places)))
        low, high = float(places[max(best - 1, 0)]), float(places[min(best + 1, GRID - 1)])
    return (low + high) / 2
