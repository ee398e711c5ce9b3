"""How often the verdict errs, over simulated plants whose true saving is known.

python -m benchmarks.verdicts --repetitions 600 [--processes 2] [--quick]

A plant is forecast once, and judged with each of the true savings; that of the first plant of each
row is held against `evaluate`. The last rows are
plants with a season that no driver follows; judged once by somebody who does not know what day a
step is, and once by the calendar, as `cleanline verify` does.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing import Pool

import numpy as np

from benchmarks.plants import Cell, simulate
from collector.analysis.candidates import candidates, used
from collector.analysis.evaluation import evaluate, unsettled
from collector.analysis.messages import Message
from collector.analysis.observations import Observations, observe
from collector.analysis.periods import Periods
from collector.analysis.reach import Cycle, reach, unseen
from collector.analysis.regression import Fit
from collector.analysis.robustness import withstand
from collector.analysis.saving import Saving, saving
from collector.analysis.verdict import judge
from collector.plans.observations import YEAR_DAYS

CLAIMED, CONFIDENCE = 0.06, 0.90
POINTS = (12, 24, 52, 90, 365)
TRUE_SAVINGS = {"zero": 0.0, "below": 0.03, "equal": 0.06, "above": 0.09}
MOST_ERRORS = 0.07  # of each kind
ERRORS = (  # of the table: title, true saving, verdicts that are counted
    ("6 %: proven", "equal", ("proven",)),
    ("refuted", "equal", ("refuted",)),
    ("0: plausible+", "zero", ("proven", "plausible")),
)
POWERS = (
    ("9 %: proven", "above", ("proven",)),
    ("refuted", "above", ("refuted",)),
    ("3 %: refuted", "below", ("refuted",)),
    ("proven", "below", ("proven",)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Rates:
    """Of one cell: how many plants of each true saving came to each verdict."""

    cell: Cell
    by_calendar: bool
    repetitions: int
    counts: dict[str, Counter[str]]

    def share(self, true: str, verdicts: tuple[str, ...]) -> float:
        """Of the plants with a true saving, those with one of the verdicts."""
        return sum(self.counts[true][verdict] for verdict in verdicts) / self.repetitions

    def __str__(self) -> str:
        return f"{self.cell}{', by calendar' * self.by_calendar}"


def measure(job: tuple[Cell, bool, int]) -> Rates:
    """Judge a claim of 6 % at plants that truly saved 0, 3, 6 and 9 %."""
    cell, by_calendar, repetitions = job
    cycle = Cycle(YEAR_DAYS) if by_calendar else None
    random = np.random.default_rng(zlib.crc32(f"verdict {cell}".encode()))
    counts: dict[str, Counter[str]] = {name: Counter() for name in TRUE_SAVINGS}
    n, names = cell.n, [f"driver{k}" for k in range(cell.drivers)]
    t = np.arange(n, dtype=np.int64)
    for number in range(repetitions):
        plant = simulate(cell, random)
        baseline = observe(t, plant.y[:n], X=plant.X[:n], names=names)
        unsaved = observe(t + n + cell.gap - 1, plant.y[n:], X=plant.X[n:], names=names)
        found = _verdicts(Periods(baseline, unsaved, np.zeros(n)), cycle)
        if not number:
            _refuse_difference(found, baseline, unsaved, cycle=cycle)
        for name, verdict in found.items():
            counts[name][verdict] += 1
    return Rates(cell, by_calendar, repetitions, counts)


def _verdicts(periods: Periods, cycle: Cycle | None) -> dict[str, str]:
    """By true saving: the steps of `evaluate`, of which only the last depend on what was saved."""
    tested = candidates(periods.baseline)
    fit = used(tested).fit
    assert fit is not None  # noqa: S101 - a candidate without a fit is never chosen
    baseline, reporting = (
        one.columns(fit.drivers) for one in (periods.baseline, periods.reporting)
    )
    seen = reach(fit, baseline_X=baseline, reporting_X=reporting)
    missed = unseen(fit, periods.baseline.t, periods.reporting.t, cycle=cycle)
    ahead = periods.forecast(fit, confidence=CONFIDENCE, method="integrated")
    rivals = unsettled(tested, periods, ahead)

    def verdict(saved: float) -> str:
        reporting = replace(periods.reporting, y=(1 - saved) * periods.reporting.y)
        result = saving(ahead, float(reporting.y.sum()))
        judged = judge(
            result,
            CLAIMED,
            finished=True,
            reach=replace(seen, unseen=missed),
            unsettled=rivals,
            decide=lambda _: Message("decide-close", {}),
        )
        left = withstand(
            judged,
            CLAIMED,
            periods=replace(periods, reporting=reporting),
            fit=fit,
            result=result,
            again=lambda others: _saved(others, fit),
        )
        return str(left[0])

    return {name: verdict(saved) for name, saved in TRUE_SAVINGS.items()}


def _saved(periods: Periods, fit: Fit) -> Saving:
    ahead = periods.forecast(fit, confidence=CONFIDENCE, method="integrated")
    return saving(ahead, float(periods.reporting.y.sum()))


def _refuse_difference(
    found: dict[str, str], baseline: Observations, unsaved: Observations, *, cycle: Cycle | None
) -> None:
    """RuntimeError where `evaluate` judges otherwise."""
    for name, saved in TRUE_SAVINGS.items():
        reporting = replace(unsaved, y=(1 - saved) * unsaved.y)
        outcome = evaluate(baseline, reporting, target=CLAIMED, finished=True, cycle=cycle)
        if outcome.verdict != found[name]:
            raise RuntimeError(f"{name}: {found[name]} here, {outcome.verdict} by evaluate")


def jobs(repetitions: int, *, quick: bool) -> Iterator[tuple[Cell, bool, int]]:
    """The table of the method; `quick` leaves out three drivers and the largest baseline."""
    for n in POINTS:
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
    parser.add_argument("--repetitions", type=int, default=600)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--points", type=int, nargs="*", default=POINTS)
    options = parser.parse_args()
    every = jobs(options.repetitions, quick=options.quick)
    wanted = [job for job in every if job[0].n in options.points]
    titles = "".join(f"{title:>15s}" for title, _, _ in (*ERRORS, *POWERS))
    sys.stdout.write(
        f"{CLAIMED:.0%} claimed, {options.repetitions} plants a cell; true saving: verdict, share"
        f" of plants +- standard error\n{'':44s}{titles}\n"
    )
    over = []
    with Pool(options.processes) as pool:
        for done, rates in enumerate(pool.imap(measure, wanted), start=1):
            sys.stdout.write(_line(rates))
            sys.stdout.flush()
            sys.stderr.write(f"\r{done}/{len(wanted)} cells ")
            over += list(_over(rates))
    sys.stderr.write("\n")
    sys.stdout.write(f"above {MOST_ERRORS:.0%}: {'; '.join(over) or 'none'}\n")


def _line(rates: Rates) -> str:
    shares = [rates.share(true, verdicts) for _, true, verdicts in (*ERRORS, *POWERS)]
    cells = (f"{share:.3f} +-{_standard_error(share, rates.repetitions):.3f}" for share in shares)
    return f"{rates!s:44s}" + "".join(f"{cell:>15s}" for cell in cells) + "\n"


def _standard_error(share: float, count: int) -> float:
    """Of a share; where it is 0 or 1, as if half a plant were the other way."""
    within = min(max(share, 0.5 / count), 1 - 0.5 / count)
    return float(np.sqrt(within * (1 - within) / count))


def _over(rates: Rates) -> Iterator[str]:
    for title, true, verdicts in ERRORS:
        share = rates.share(true, verdicts)
        if share > MOST_ERRORS:
            yield f"{rates} {title} {share:.3f}"


if __name__ == "__main__":
    main()
