"""How often the verdict errs, over simulated plants whose true saving is known.

python -m benchmarks.verdicts --repetitions 500 [--processes 2] [--quick]

The last rows are plants with a season that no driver follows; judged once by somebody who does not
know what day a step is, and once by the calendar, as `cleanline verify` does.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pool

import numpy as np

from benchmarks.plants import Cell, simulate
from collector.analysis.evaluation import evaluate
from collector.analysis.observations import observe
from collector.analysis.reach import Cycle
from collector.observations import YEAR_DAYS

CLAIMED = 0.06
TRUE_SAVINGS = {"zero": 0.0, "below": 0.03, "equal": 0.06, "above": 0.09}
VERDICTS = ("proven", "plausible", "refuted", "undecided")


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Of one cell: true saving -> verdict -> share of plants."""

    cell: Cell
    by_calendar: bool
    shares: dict[str, dict[str, float]]


def measure(job: tuple[Cell, bool, int]) -> Rates:
    """Judge a claim of 6 % at plants that truly saved 0, 3, 6 and 9 %."""
    cell, by_calendar, repetitions = job
    cycle = Cycle(YEAR_DAYS) if by_calendar else None
    random = np.random.default_rng(zlib.crc32(f"verdict {cell}".encode()))
    counts: dict[str, Counter[str]] = {name: Counter() for name in TRUE_SAVINGS}
    n, names = cell.n, [f"driver{k}" for k in range(cell.drivers)]
    t = np.arange(n, dtype=np.int64)
    for _ in range(repetitions):
        plant = simulate(cell, random)
        baseline = observe(t, plant.y[:n], X=plant.X[:n], names=names)
        for name, saved in TRUE_SAVINGS.items():
            used = (1 - saved) * plant.y[n:]
            reporting = observe(t + n + cell.gap - 1, used, X=plant.X[n:], names=names)
            outcome = evaluate(baseline, reporting, target=CLAIMED, finished=True, cycle=cycle)
            counts[name][str(outcome.verdict)] += 1
    shares = {
        name: {verdict: count[verdict] / repetitions for verdict in VERDICTS}
        for name, count in counts.items()
    }
    return Rates(cell, by_calendar, shares)


def jobs(repetitions: int, *, quick: bool) -> Iterator[tuple[Cell, bool, int]]:
    """The table of the method; `quick` leaves out three drivers and the largest baseline."""
    for n in (12, 24, 52, 90, 365):
        for r in (0.0, 0.3, 0.5, 0.8):
            for drivers in (1, 3):
                if not quick or (drivers == 1 and n < 365):
                    yield Cell(n, r, drivers=drivers, driver_r=0.9), False, repetitions
    for n in (90, 365):
        for by_calendar in (False, True):
            yield Cell(n, 0.3, driver_r=0.9, shape="season"), by_calendar, repetitions


def main() -> None:
    """Print the table as it grows; progress goes to stderr."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=500)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    wanted = list(jobs(options.repetitions, quick=options.quick))
    sys.stdout.write(
        f"{CLAIMED:.0%} claimed, {options.repetitions} plants a cell; standard error at 5 % is"
        f" {np.sqrt(0.05 * 0.95 / options.repetitions):.3f}\n"
        f"{'':44s}{'saved 6 %':>18s}{'saved 0':>12s}{'saved 9 %':>12s}{'saved 3 %':>12s}\n"
        f"{'':44s}{'proven refuted':>18s}{'plausible+':>12s}{'proven':>12s}{'refuted':>12s}\n"
    )
    with Pool(options.processes) as pool:
        for done, rates in enumerate(pool.imap(measure, wanted), start=1):
            sys.stdout.write(_line(rates))
            sys.stdout.flush()
            sys.stderr.write(f"\r{done}/{len(wanted)} cells ")
    sys.stderr.write("\n")


def _line(rates: Rates) -> str:
    name = f"{rates.cell}{', by calendar' * rates.by_calendar}"
    equal, zero = rates.shares["equal"], rates.shares["zero"]
    plausible = zero["proven"] + zero["plausible"]
    return (
        f"{name:44s}{equal['proven']:10.3f}{equal['refuted']:8.3f}{plausible:12.3f}"
        f"{rates.shares['above']['proven']:12.3f}{rates.shares['below']['refuted']:12.3f}\n"
    )


if __name__ == "__main__":
    main()
