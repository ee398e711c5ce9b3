"""Simulated plants whose truth is known: drivers, errors, and what the period would have used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.signal import lfilter

from collector.analysis.observations import Floats

Shape = Literal["ar1", "weekday", "season", "heavy-tails", "grows-with-load", "months-apart"]

INTERCEPT, SLOPE = 400.0, 6.0  # at a production of 100: 1,000 in all
SIGMA = 50.0  # CV(RMSE) of 5 %
MONTHS_APART = 120  # steps


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of plant: n baseline and n reporting steps, errors of autocorrelation r."""

    n: int
    r: float
    drivers: int = 1
    driver_r: float = 0.0
    shape: Shape = "ar1"

    @property
    def gap(self) -> int:
        """Steps from the last of the baseline to the first of the reporting period."""
        return MONTHS_APART if self.shape == "months-apart" else 1

    def __str__(self) -> str:
        kind = "independent" if not self.driver_r else f"AR({self.driver_r:g})"
        return f"n={self.n:<4d} r={self.r:<4g} {self.drivers} {kind} {self.shape}"


@dataclass(frozen=True, slots=True, eq=False)
class Plant:
    """2n steps of one simulated plant; y is what it used without any saving."""

    X: Floats
    y: Floats


def simulate(cell: Cell, random: np.random.Generator) -> Plant:
    """One plant of the cell."""
    steps = 2 * cell.n + cell.gap - 1
    X = np.column_stack([100 + 15 * ar1(steps, cell.driver_r, random) for _ in range(cell.drivers)])
    expected = INTERCEPT + SLOPE * X.mean(axis=1)
    y = expected + SIGMA * _errors(cell, expected, random)
    kept = np.r_[: cell.n, steps - cell.n : steps]
    return Plant(X[kept], y[kept])


def ar1(
    steps: int, r: float, random: np.random.Generator, *, innovations: Floats | None = None
) -> Floats:
    """(steps,) stationary AR(1) of unit variance."""
    fresh = random.standard_normal(steps) if innovations is None else innovations
    scaled = np.concatenate([fresh[:1], np.sqrt(1 - r**2) * fresh[1:]])
    series: Floats = lfilter([1.0], [1.0, -r], scaled)
    return series


def _errors(cell: Cell, expected: Floats, random: np.random.Generator) -> Floats:
    steps = len(expected)
    if cell.shape == "heavy-tails":
        innovations = random.standard_t(3, steps) / np.sqrt(3)
        return ar1(steps, cell.r, random, innovations=innovations)
    errors = ar1(steps, cell.r, random)
    if cell.shape == "weekday":
        pattern = np.where(np.arange(steps) % 7 < 5, 0.5, -1.25)
        errors = 0.8 * errors + 0.6 * pattern
    if cell.shape == "season":
        phase = random.uniform(0, 2 * np.pi)
        season = np.sqrt(2) * np.sin(2 * np.pi * np.arange(steps) / 365 + phase)
        errors = 0.8 * errors + 0.6 * season
    if cell.shape == "grows-with-load":
        errors = errors * (expected / expected.mean()) ** 3
    return errors
