"""How often drivers count as departed from the baseline: by chance alone, and when they have.

python -m benchmarks.reach --repetitions 1000

Beside each share stands what counting alone would say: more than a quarter of the points outside.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.plants import ar1
from collector.analysis.observations import Floats
from collector.analysis.reach import reach
from collector.analysis.regression import fit
from collector.analysis.verdict import OUTSIDE_LIMIT

SHIFTS = (1.0, 2.0, 3.0)  # standard deviations


class Cell(NamedTuple):
    """n baseline and n reporting rows of drivers; one of them, or all, higher by a shift."""

    n: int
    drivers: int
    kind: str
    shift: float = 0.0
    all_shifted: bool = False

    def __str__(self) -> str:
        told = f"{'all' if self.all_shifted else 'one'} higher by {self.shift:g} sd"
        return (
            f"n={self.n:<3d} {self.drivers} {self.kind:12s} {told if self.shift else 'unchanged'}"
        )


def cells() -> Iterator[Cell]:
    """Chance alone, then departures."""
    for n in (12, 24, 52, 90):
        for drivers in (1, 3):
            for kind in ("normal", "uniform", "exponential", "AR(0.5)", "AR(0.9)"):
                yield Cell(n, drivers, kind)
    for n in (12, 24, 52):
        for drivers in (1, 3):
            for all_shifted in (False, True)[:drivers]:
                for shift in SHIFTS:
                    yield Cell(n, drivers, "normal", shift, all_shifted)


def shares(cell: Cell, repetitions: int) -> tuple[float, float]:
    """Of plants that count as departed: by counting alone, and by the rule."""
    random = np.random.default_rng([cell.n, cell.drivers, int(10 * cell.shift)])
    counted = departed = 0
    for _ in range(repetitions):
        X = _drawn(cell, random)
        X[cell.n :, : cell.drivers if cell.all_shifted else 1] += cell.shift
        y = X.sum(axis=1) + random.normal(size=len(X))
        names = [f"driver{k}" for k in range(cell.drivers)]
        fitted = fit(y[: cell.n], X[: cell.n], drivers=names)
        found = reach(fitted, baseline_X=X[: cell.n], reporting_X=X[cell.n :])
        counted += found.share > OUTSIDE_LIMIT
        departed += found.has_departed(OUTSIDE_LIMIT)
    return counted / repetitions, departed / repetitions


def _drawn(cell: Cell, random: np.random.Generator) -> Floats:
    """(2n, drivers) of mean whatever and standard deviation one."""
    shape = (2 * cell.n, cell.drivers)
    if cell.kind == "normal":
        return random.normal(size=shape)
    if cell.kind == "uniform":
        return random.uniform(0, 12**0.5, size=shape)
    if cell.kind == "exponential":
        return random.exponential(size=shape)
    r = float(cell.kind[3:-1])
    return np.column_stack([ar1(shape[0], r, random) for _ in range(cell.drivers)])


def main() -> None:
    """Print the table as it grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=1000)
    options = parser.parse_args()
    sys.stdout.write(
        f"{options.repetitions} plants a row\n{'':44s}{'counted':>8s}{'departed':>10s}\n"
    )
    for cell in cells():
        counted, departed = shares(cell, options.repetitions)
        error = (max(departed * (1 - departed), 1e-4) / options.repetitions) ** 0.5
        sys.stdout.write(f"{cell!s:44s}{counted:8.3f}{departed:10.3f} +-{error:.3f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
