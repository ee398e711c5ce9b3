"""Where consumption bends: the places on drivers' axes that leave the least squares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from collector.analysis.observations import Floats, Shape
from plant.errors import AnalysisError

EDGE_SHARE = 0.1  # of the points must lie on either side of a bend
EDGE_POINTS = 3
SAME = 1e-12  # of the squares won: a bend this near a value lies at it
DEPENDENT = 1e-10  # of a bend's squares: no more than this beside what the model has is nothing
REFINEMENTS, GRID = 6, 33  # the bracket shrinks by 6e-8
STARTS = 96  # places of the first of two bends, for each of which the best second one is searched
ROUNDS, SETTLED = (
    200,
    1e-10,
)  # of two bends in turn; by how much of a driver's range they still move


class NoChangePointError(AnalysisError):
    """The baseline does not show where a driver's effect bends."""


class Bend(NamedTuple):
    """The place of a bend on its driver's axis, and the slope beyond it."""

    at: float
    slope: float


def find_bends(y: Floats, X: Floats, *, others: Floats, shapes: Sequence[Shape]) -> list[Bend]:
    """The bends of at most two drivers X (n, k) that leave the least squares of y (n,).

    others: (n, c) what else the model has, the intercept as a column of ones.
    Raises NoChangePointError where a best place is the end of what could be searched.
    """
    if len(shapes) < 2:
        return [_find_bend(y, x, others=others, shape=s) for x, s in zip(X.T, shapes, strict=True)]
    pairs = [
        _settled(y, X, at, others=others, shapes=shapes)
        for at in _starts(y, X, others=others, shapes=shapes)
    ]
    found = [pair for pair in pairs if pair is not None]
    if not found:
        raise NoChangePointError("no two bends lie well within the baseline")
    _, bends = min(found, key=lambda pair: pair[0])
    return bends


def _settled(
    y: Floats, X: Floats, at: float, *, others: Floats, shapes: Sequence[Shape]
) -> tuple[float, list[Bend]] | None:
    """Two bends, each searched beside the other in turn, and the squares that they leave."""
    (first, second), (own, other) = X.T, shapes
    reach = SETTLED * float(np.ptp(first))
    try:
        for _ in range(ROUNDS):
            beside = np.column_stack([others, *_columns(first, at, own)])
            there = _find_bend(y, second, others=beside, shape=other)
            beside = np.column_stack([others, *_columns(second, there.at, other)])
            here = _find_bend(y, first, others=beside, shape=own)
            moved, at = abs(here.at - at), here.at
            if moved <= reach:
                break
        else:
            return None
    except NoChangePointError:
        return None
    q = np.linalg.qr(np.column_stack([beside, *_columns(first, at, own)]))[0]
    left = y - q @ (q.T @ y)
    return float(left @ left), [here, there]


def _starts(y: Floats, X: Floats, *, others: Floats, shapes: Sequence[Shape]) -> Floats:
    """Places of the first bend where the best second one leaves less than at places near them."""
    (first, second), (own, other) = X.T, shapes
    places, seconds = _searched(first), _searched(second)
    some = places[np.unique(np.linspace(0, places.size - 1, STARTS).round().astype(int))]
    left = []
    for at in some:
        beside = np.column_stack([others, *_columns(first, at, own)])
        q, rest = _beside(y, second, others=beside, shape=other)
        won = _gain(rest, second, q=q, sign=_sign(other))(seconds)
        left.append(float(rest @ rest) - float(won.max()))
    around = np.array([np.inf, *left, np.inf])
    lowest: Floats = some[(around[1:-1] <= around[:-2]) & (around[1:-1] <= around[2:])]
    return lowest


def _columns(x: Floats, at: float, shape: Shape) -> list[Floats]:
    """What a driver that bends at a place brings to a model."""
    bent = np.maximum(at - x, 0) if shape == "below" else np.maximum(x - at, 0)
    return [x, bent] if shape == "both" else [bent]


def _sign(shape: Shape) -> float:
    return 1.0 if shape == "below" else -1.0


def _beside(y: Floats, x: Floats, *, others: Floats, shape: Shape) -> tuple[Floats, Floats]:
    """Q (n, c) of what the model has beside a bend, and what of y that leaves."""
    beside = np.column_stack([others, x]) if shape == "both" else others
    q = np.linalg.qr(beside)[0] if beside.size else beside
    return q, y - q @ (q.T @ y)


def _searched(x: Floats) -> Floats:
    places = _places(x)
    if places.size < 3:
        raise NoChangePointError("too few different values to find a bend among")
    return places


def _find_bend(y: Floats, x: Floats, *, others: Floats, shape: Shape) -> Bend:
    q, rest = _beside(y, x, others=others, shape=shape)
    places = _searched(x)
    gain = _gain(rest, x, q=q, sign=_sign(shape))
    best = int(np.argmax(gain(places)))
    if best in (0, places.size - 1):
        raise NoChangePointError("no bend lies well within the baseline")
    near = _refine(gain, float(places[best - 1]), float(places[best + 1]))
    value = float(x[np.argmin(np.abs(x - near))])
    at_value, at_near = gain(np.array([value, near]))
    near = value if at_value >= at_near * (1 - SAME) else near
    at = _exactly(rest, x, near, q=q, is_below=shape == "below")
    bent = _columns(x, at, shape)[-1]
    own = bent - q @ (q.T @ bent)
    slope = float(rest @ own) / float(own @ own)
    return Bend(at, -slope if shape == "below" else slope)


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


def _gain(rest: Floats, x: Floats, *, q: Floats, sign: float) -> Callable[[Floats], Floats]:
    """A function of places (m,): squares that a bend at each takes away (m,).

    sign: 1 for an effect below the place, -1 for one above. Everything is a sum over the values
    on the bent side, so that a place costs a look into running sums.
    """
    middle = float(np.median(x))
    order = np.argsort(sign * x)
    u = sign * (x[order] - middle)
    rows = np.column_stack([np.ones(u.size), rest[order], q[order]])
    level, tilted, square = (_sums(part) for part in (rows, rows * u[:, None], u**2))

    def gain(at: Floats) -> Floats:
        place = sign * (at - middle)
        bent = np.searchsorted(u, place)
        along = place[:, None] * level[bent] - tilted[bent]
        length = place * (along[:, 0] - tilted[bent, 0]) + square[bent]
        own = length - np.sum(along[:, 2:] ** 2, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            won: Floats = np.where(own > DEPENDENT * length, along[:, 1] ** 2 / own, 0.0)
        return won

    return gain


def _sums(rows: Floats) -> Floats:
    """Of the first 0, 1, ... n rows."""
    return np.concatenate([np.zeros_like(rows[:1]), np.cumsum(rows, axis=0)])


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
