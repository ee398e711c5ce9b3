"""Where a CUSUM bends: the steps at which the difference of actual and expected changes its level.

A CUSUM with bends is piecewise linear, so its differences are piecewise constant. The rule: of all
ways to cut the differences into pieces of at least SHORTEST rows, the one with the least sum of
squares over the long-run variance of the baseline's errors, plus PENALTY ln(m) for each cut
(optimal partitioning; Jackson et al., IEEE Signal Processing Letters 12, 2005).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from collector.analysis.observations import Floats, Steps

SHORTEST = 5  # rows of a piece
PENALTY = 3.0  # measured: a bend where there is none in at most 3 % of periods (tests)


@dataclass(frozen=True, slots=True)
class Bend:
    """A change of level at a step: the mean difference actual - expected before and after.

    t: the first step of the new level. before, after: [unit of the resource per step].
    """

    t: int
    before: float
    after: float


def bends(differences: Floats, t: Steps, *, variance: float, r: float) -> tuple[Bend, ...]:
    """The bends of a CUSUM whose differences are (m,), in order of time.

    variance: of one error of the baseline. r: its autocorrelation, which makes runs of errors that
    are no change; their long-run variance is (1 + r)/(1 - r) times as large.
    """
    if differences.size < 2 * SHORTEST or variance <= 0:
        return ()
    scaled = differences / np.sqrt(variance * (1 + r) / (1 - r))
    cuts = _cuts(scaled, PENALTY * log(scaled.size))
    levels = [float(part.mean()) for part in np.split(differences, cuts)]
    return tuple(
        Bend(int(t[cut]), before, after)
        for cut, before, after in zip(cuts, levels[:-1], levels[1:], strict=True)
    )


def _cuts(values: Floats, penalty: float) -> list[int]:
    """Where the best partition begins a new piece."""
    n = values.size
    sums = np.concatenate(([0.0], np.cumsum(values)))
    squares = np.concatenate(([0.0], np.cumsum(values**2)))
    best = np.full(n + 1, np.inf)
    best[0] = -penalty
    begins = np.zeros(n + 1, dtype=np.int64)
    for end in range(SHORTEST, n + 1):
        starts = np.arange(end - SHORTEST + 1)
        within = squares[end] - squares[starts] - (sums[end] - sums[starts]) ** 2 / (end - starts)
        costs = best[starts] + within + penalty
        begins[end] = int(np.argmin(costs))
        best[end] = costs[begins[end]]
    cuts = []
    place = int(begins[n])
    while place:
        cuts.append(place)
        place = int(begins[place])
    return cuts[::-1]
