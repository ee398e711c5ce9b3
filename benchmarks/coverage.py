"""Does the interval mean what it says? Coverage over simulated plants with known truth.

python -m benchmarks.coverage --repetitions 1000 [--processes 2] [--quick]
"""

from __future__ import annotations

import argparse
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from typing import get_args

import numpy as np
from scipy.special import ndtri

from benchmarks.plants import SIGMA, Cell, Shape, simulate
from collector.analysis import mixture
from collector.analysis.forecast import Method, forecast
from collector.analysis.observations import Floats, Steps
from collector.analysis.regression import Fit, fit

CONFIDENCE = 0.90
METHODS: tuple[Method, ...] = get_args(Method)
POINTS = (12, 24, 52, 90, 365)
AUTOCORRELATIONS = (0.0, 0.3, 0.5, 0.8)


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """Of one cell, by method: share of intervals that hold the truth, half-widths over oracle's."""

    cell: Cell
    repetitions: int
    coverage: dict[Method, float]
    width: dict[Method, float]

    def standard_error(self, method: Method) -> float:
        """Of the coverage."""
        share = self.coverage[method]
        return float(np.sqrt(max(share * (1 - share), 0.25 / self.repetitions) / self.repetitions))


def measure(job: tuple[Cell, int]) -> Result:
    """Simulate one cell; the same cell always sees the same plants."""
    cell, repetitions = job
    random = np.random.default_rng(zlib.crc32(str(cell).encode()))
    held: dict[Method, list[bool]] = {method: [] for method in METHODS}
    ratios: dict[Method, list[float]] = {method: [] for method in METHODS}
    t = np.arange(cell.n, dtype=np.int64)
    t1 = t + cell.n + cell.gap - 1
    names = [f"driver{k}" for k in range(cell.drivers)]
    for _ in range(repetitions):
        plant = simulate(cell, random)
        fitted = fit(plant.y[: cell.n], plant.X[: cell.n], drivers=names)
        reporting = plant.X[cell.n :]
        truth = float(plant.y[cell.n :].sum())
        oracle = _oracle(cell, fitted, t, t1=t1, X=reporting)
        for method in METHODS:
            got = forecast(
                fitted,
                t,
                reporting_t=t1,
                reporting_X=reporting,
                confidence=CONFIDENCE,
                method=method,
            )
            held[method].append(got.low <= truth <= got.high)
            ratios[method].append((got.high - got.low) / 2 / oracle)
    return Result(
        cell,
        repetitions,
        {method: float(np.mean(values)) for method, values in held.items()},
        {method: float(np.median(values)) for method, values in ratios.items()},
    )


def _oracle(cell: Cell, fitted: Fit, t: Steps, *, t1: Steps, X: Floats) -> float:
    """Half-width for one who knows r and sigma, and only not the coefficients."""
    known = np.array([cell.r])
    variance = mixture.variances(fitted, t, reporting_t=t1, reporting_X=X, r=known)[0]
    return float(SIGMA * np.sqrt((1 - cell.r**2) * variance) * ndtri((1 + CONFIDENCE) / 2))


def cells(*, quick: bool) -> Iterator[Cell]:
    """The table of the method; `quick` leaves out three drivers and other shapes of error."""
    for n in POINTS:
        for r in AUTOCORRELATIONS:
            yield Cell(n, r, driver_r=0.9)
            if quick:
                continue
            yield Cell(n, r)
            yield Cell(n, r, drivers=3)
            yield Cell(n, r, drivers=3, driver_r=0.9)
    for shape in () if quick else get_args(Shape)[1:]:
        for n in (90, 365):
            yield Cell(n, 0.3, driver_r=0.9, shape=shape)


def main() -> None:
    """Print the table as it grows; progress goes to stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--points", type=int, nargs="*", default=POINTS)
    options = parser.parse_args()
    wanted = [cell for cell in cells(quick=options.quick) if cell.n in options.points]
    sys.stdout.write(f"nominal {CONFIDENCE:.0%}, {options.repetitions} plants a cell\n")
    sys.stdout.write("coverage +- standard error, median half-width over an oracle's\n")
    sys.stdout.write(f"{'':40s}" + "".join(f"{method:>20s}" for method in METHODS) + "\n")
    began = time.monotonic()
    with Pool(options.processes) as pool:
        jobs = [(cell, options.repetitions) for cell in wanted]
        for done, result in enumerate(pool.imap(measure, jobs), start=1):
            sys.stdout.write(_line(result))
            sys.stdout.flush()
            spent = time.monotonic() - began
            sys.stderr.write(f"\r{done}/{len(jobs)} cells, {spent:.0f} s ")
    sys.stderr.write("\n")


def _line(result: Result) -> str:
    figures = (
        f"{result.coverage[method]:.3f} +-{result.standard_error(method):.3f}"
        f" {result.width[method]:5.2f}"
        for method in METHODS
    )
    return f"{result.cell!s:40s}" + "".join(f"{figure:>20s}" for figure in figures) + "\n"


if __name__ == "__main__":
    main()
