"""Does the interval mean what it says? Coverage over simulated plants with known truth.

python -m benchmarks.coverage --repetitions 2000 [--processes 2] [--quick]

The seed of a cell is the CRC-32 of its name, so that the same version gives the same table. The
last two columns are the shares of the default interval that lie wholly above and below the truth.
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

from benchmarks.many_plants import Plants, differences
from benchmarks.plants import Cell, Shape, simulate
from collector.analysis.forecast import Method
from collector.analysis.observations import Floats

CONFIDENCE = 0.90
METHODS: tuple[Method, ...] = get_args(Method)
POINTS = (12, 24, 52, 90, 365)
AUTOCORRELATIONS = (0.0, 0.3, 0.5, 0.8)
AT_ONCE = 250  # plants


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """Of one cell, by method: share of intervals that hold the truth, half-widths over oracle's.

    beyond: shares of the default's that lie wholly above the truth, and wholly below it.
    """

    cell: Cell
    repetitions: int
    coverage: dict[Method, float]
    width: dict[Method, float]
    beyond: tuple[float, float]

    def standard_error(self, method: Method) -> float:
        """Of the coverage."""
        share = self.coverage[method]
        return float(np.sqrt(max(share * (1 - share), 0.25 / self.repetitions) / self.repetitions))


def measure(job: tuple[Cell, int]) -> Result:
    """Simulate one cell; the same cell always sees the same plants."""
    cell, repetitions = job
    random = np.random.default_rng(zlib.crc32(str(cell).encode()))
    ends: dict[Method, list[Floats]] = {method: [] for method in METHODS}
    for begun in range(0, repetitions, AT_ONCE):
        count = min(AT_ONCE, repetitions - begun)
        plants = Plants.of(cell, [simulate(cell, random) for _ in range(count)])
        if not begun and (odd := list(differences(plants, METHODS, CONFIDENCE))):
            raise RuntimeError("; ".join(odd))
        truth, oracle = plants.truth, plants.oracle(CONFIDENCE)
        for method in METHODS:
            found = plants.intervals(method, CONFIDENCE)
            half = (found.high - found.low) / 2 / oracle
            ends[method].append(np.stack([truth < found.low, truth > found.high, half]))
    told = {method: np.concatenate(parts, axis=1) for method, parts in ends.items()}
    return Result(
        cell,
        repetitions,
        {method: 1 - float(rows[:2].sum(axis=0).mean()) for method, rows in told.items()},
        {method: float(np.median(rows[2])) for method, rows in told.items()},
        (float(told["integrated"][0].mean()), float(told["integrated"][1].mean())),
    )


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
    parser.add_argument("--repetitions", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--points", type=int, nargs="*", default=POINTS)
    options = parser.parse_args()
    wanted = [cell for cell in cells(quick=options.quick) if cell.n in options.points]
    sys.stdout.write(f"nominal {CONFIDENCE:.0%}, {options.repetitions} plants a cell\n")
    sys.stdout.write("coverage +- standard error, median half-width over an oracle's\n")
    sys.stdout.write(
        f"{'':40s}" + "".join(f"{method:>20s}" for method in METHODS) + f"{'above below':>14s}\n"
    )
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
    above, below = result.beyond
    columns = "".join(f"{figure:>20s}" for figure in figures)
    return f"{result.cell!s:40s}{columns}  {above:.3f} {below:.3f}\n"


if __name__ == "__main__":
    main()
