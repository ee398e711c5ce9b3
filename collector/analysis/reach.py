"""How far the reporting period's drivers lie from what the baseline has seen, point by point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from collector.analysis.observations import Floats, Steps
from collector.analysis.regression import Fit

ROUNDING = 1e-9
NEAR = 1 / 12  # of a cycle: what lies further from every row of the baseline is another season
RARE = 0.05  # how often chance alone may look like a departure
CLEAR = 1 / 2  # of the baseline's range: so far beyond it chance puts hardly a point


class Cycle(NamedTuple):
    """After how many steps a plant has seen all its conditions, and which drivers follow them.

    Mostly a year, and whatever stands on a temperature.
    """

    steps: float
    followed_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """Counts of reporting points outside the baseline; `points` is how many there are.

    outside: beyond the baseline's least or largest value of any driver used.
    by_driver: the same for each driver. leverage: beyond the baseline's largest leverage.
    unseen: in a part of the plant's cycle that the baseline has not seen.
    one_way: the most beyond one end of one driver, or further out than every row of the baseline
    is from the others. by_chance: how many of those chance allows. clear: the most for one driver
    that lie beyond by more than half of the baseline's range.
    """

    points: int
    outside: int
    leverage: int
    by_driver: dict[str, int]
    unseen: int = 0
    one_way: int = 0
    by_chance: int = 0
    clear: int = 0

    def has_departed(self, limit: float) -> bool:
        """Whether more than the share `limit` of points is outside, and not by chance alone."""
        is_rare = self.one_way > self.by_chance or self.clear > limit * self.points
        return is_rare and self.share > limit

    @property
    def share(self) -> float:
        """The larger of both shares of points, 0 where there are none."""
        return max(self.outside, self.leverage) / self.points if self.points else 0.0

    @property
    def drivers(self) -> tuple[str, ...]:
        """Drivers with any point outside, or all where only the leverage is."""
        named = tuple(name for name, count in self.by_driver.items() if count)
        return named or tuple(self.by_driver)


def reach(fit: Fit, *, baseline_X: Floats, reporting_X: Floats) -> Reach:
    """Count the reporting points (m, k) that lie outside the baseline (n, k) of a fit."""
    low, high = baseline_X.min(axis=0), baseline_X.max(axis=0)
    slack = ROUNDING * (high - low)
    # A season returns: only its leverage says whether the baseline has seen it.
    ranged = np.array([fit.shapes[name] != "season" for name in fit.drivers], dtype=bool)
    under, over = (low - reporting_X) * ranged, (reporting_X - high) * ranged
    beyond = (under > slack) | (over > slack)
    clear = (under > CLEAR * (high - low)) | (over > CLEAR * (high - low))
    leverage = leverage_of(fit, reporting_X)
    ends = [*(under > slack).sum(axis=0), *(over > slack).sum(axis=0)]
    ends.append((leverage > _alone(fit.leverage).max() * (1 + ROUNDING)).sum())
    counts = beyond.sum(axis=0)
    return Reach(
        points=len(reporting_X),
        outside=int(beyond.any(axis=1).sum()),
        leverage=int((leverage > fit.leverage.max() * (1 + ROUNDING)).sum()),
        by_driver={name: int(count) for name, count in zip(fit.drivers, counts, strict=True)},
        one_way=int(max(ends)),
        by_chance=most_by_chance(len(baseline_X), len(reporting_X)),
        clear=int(max(clear.sum(axis=0), default=0)),
    )


def most_by_chance(n: int, m: int) -> int:
    """How many of m points may lie beyond the largest of n others, all drawn alike.

    More are seen in at most 5 % of such draws. That k of m or more lie beyond says that the k
    largest of all n + m are among the m, whatever they are drawn from.
    """
    chance, k = 1.0, 0
    while k < m and (chance := chance * (m - k) / (n + m - k)) > RARE:
        k += 1
    return k


def _alone(leverage: Floats) -> Floats:
    """(n,) how far each row of a fit lies from the others: as `leverage_of` without it.

    A row on which a coefficient rests alone has no such distance, and keeps its leverage.
    """
    alone: Floats = leverage / np.where(leverage < 1 - ROUNDING, 1 - leverage, 1.0)
    return alone


def leverage_of(fit: Fit, X: Floats) -> Floats:
    """(m,) how far rows (m, k) of the drivers lie from those of a fit."""
    found: Floats = np.sum(fit.coordinates(X) ** 2, axis=1)
    return found


def unseen(fit: Fit, t: Steps, reporting_t: Steps, *, cycle: Cycle | None) -> int:
    """How many reporting steps lie in a season that a fit to steps t neither saw nor follows.

    0 where nobody knows the cycle.
    """
    if cycle is None or (cycle.followed_by | {"season"}) & {*fit.drivers}:
        return 0
    return unseen_season(t, reporting_t, cycle.steps)


def unseen_season(baseline_t: Steps, reporting_t: Steps, cycle_steps: float) -> int:
    """How many reporting steps lie in a part of a cycle of which the baseline has no row near."""
    if cycle_steps <= 1:
        return 0
    seen = np.sort((baseline_t % cycle_steps) / cycle_steps)
    around = np.concatenate([seen[-1:] - 1, seen, seen[:1] + 1])
    phases = (reporting_t % cycle_steps) / cycle_steps
    after = np.searchsorted(around, phases)
    distance = np.minimum(phases - around[after - 1], around[after] - phases)
    return int((distance > NEAR + ROUNDING).sum())
