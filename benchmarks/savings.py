"""What it takes from readings to verdicts: processor time, so that a busy machine counts little.

python -m benchmarks.savings [--meters 50] [--dense 2] [--flat] [--opendsm PYTHON]

--dense says how many of the meters hold the year before at a reading in ten seconds; the others
hold it at one in a quarter of an hour, and their last three days at ten seconds. A year of 50
meters at ten seconds is 158 million rows, hours to write. What is older than the last anchor is
not read again, so that it should make no difference; the table has a row for whether it does.
Nine of the meters are the plant's, the others sub-meters, of which no verdict needs the year; with
--flat all are the plant's, and each verdict sums up all of them.
--opendsm names the Python of an environment of its own in which opendsm is installed (1.2.7 needs
multimethod below 2 beside it); its daily
model is then fitted to the same points.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.savings_plant import Works
from benchmarks.servers import PATH, influx
from collector.analysis.evaluation import evaluate
from collector.analysis.observations import Floats, Shape, observe
from collector.store import open_store

FIT_GOAL_S, DAY_GOAL_S, MONTH_GOAL_PER_S = 0.020, 2.0, 600_000
OPENDSM = """\
import sys, time
import numpy as np, pandas as pd
from opendsm.eemeter import DailyBaselineData, DailyModel
values = np.loadtxt(sys.argv[1])
frame = pd.DataFrame(
    {"temperature": values[:, 0], "observed": values[:, 1]},
    index=pd.date_range("2024-01-01", periods=len(values), freq="D", tz="UTC"),
)
best = 1e9
for _ in range(3):
    began = time.process_time()
    data = DailyBaselineData(frame, is_electricity_data=True)
    DailyModel().fit(data, ignore_disqualification=True)
    best = min(best, time.process_time() - began)
print(best)
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--meters", type=int, default=50)
    parser.add_argument("--dense", type=int, default=2)
    parser.add_argument("--flat", action="store_true")
    parser.add_argument("--opendsm", metavar="PYTHON")
    options = parser.parse_args()
    _say("", "measured", "goal", "ratio")
    _fits(options.opendsm)
    with tempfile.TemporaryDirectory() as folder:
        _plant(Works(Path(folder), options.meters, dense=options.dense, flat=options.flat))
    _influx()


def _say(name: str, *cells: str) -> None:
    sys.stdout.write(f"{name:66s}" + "".join(f"{cell:>14s}" for cell in cells) + "\n")
    sys.stdout.flush()


def _seconds(spent: float, goal: float) -> tuple[str, str, str]:
    return f"{spent:.4f} s", f"{goal:g} s", f"{spent / goal:.2f}"


def _fits(opendsm: str | None) -> None:
    """One claim on two years of days; then on temperature alone, as opendsm fits it."""
    random = np.random.default_rng(0)
    t = np.arange(730)
    warm = 15 - 12 * np.cos(2 * np.pi * t / 365) + random.normal(0, 3, 730)
    made, scatter = random.normal(100, 15, 730), random.normal(0, 40, 730)
    y = 900 + 6.0 * made + scatter
    y *= np.where(t < 365, 1.0, 0.94)
    spent = _fit_and_verdict(np.column_stack([warm, made]), y, {})
    _say("fit and verdict, a year of days against one", *_seconds(spent, FIT_GOAL_S))
    y = 900 + 30.0 * np.maximum(warm - 18, 0) + scatter
    y *= np.where(t < 365, 1.0, 0.94)
    spent = _fit_and_verdict(warm[:, None], y, {"driver0": "above"})
    _say("the same on a temperature with a change point", *_seconds(spent, FIT_GOAL_S))
    if opendsm:
        other = _opendsm(opendsm, warm[:365], y[:365])
        if other is not None:
            name = "opendsm fits its daily model to the same points, no verdict"
            _say(name, f"{other:.3f} s", "", f"{other / spent:.0f}")


def _fit_and_verdict(X: Floats, y: Floats, shapes: dict[str, Shape]) -> float:
    t, names = np.arange(730), [f"driver{k}" for k in range(X.shape[1])]
    baseline, reporting = (
        observe(t[part], y[part], X=X[part], names=names, shapes=shapes)
        for part in (slice(365), slice(365, None))
    )
    return _best(lambda: evaluate(baseline, reporting, target=0.05, finished=True), times=20)


def _best(work: Callable[[], object], *, times: int) -> float:
    spent = []
    for _ in range(times):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def _opendsm(python: str, temperature: Floats, y: Floats) -> float | None:
    with tempfile.TemporaryDirectory() as folder:
        points = Path(folder) / "points.txt"
        np.savetxt(points, np.column_stack([temperature * 9 / 5 + 32, y]))
        command = [python, "-c", OPENDSM, str(points)]
        told = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if told.returncode:
        sys.stdout.write(f"opendsm could not be run: {told.stderr.strip().splitlines()[-1]}\n")
        return None
    return float(told.stdout.split()[-1])


def _plant(works: Works) -> None:
    """A month anew, then a day that arrives at all meters, step by step."""
    rate = max(works.month_anew() for _ in range(3))
    _say("a month anew from SQLite, readings/s", f"{rate:,.0f}", f"{MONTH_GOAL_PER_S:,}",
         f"{rate / MONTH_GOAL_PER_S:.2f}")  # fmt: skip
    day = works.day_arrives()
    count = works.meters
    _say(f"a day of {count} meters arrived: interval rows", f"{day.rows_s:.4f} s")
    _say("  performance", f"{day.performance_s:.4f} s")
    _say(f"  {day.claims} verdicts", f"{day.verdicts_s:.4f} s")
    _say("  together", *_seconds(day.rows_s + day.performance_s + day.verdicts_s, DAY_GOAL_S))
    if day.dense_over_thin is not None:
        name = "  rows of a meter with a year of 10 s behind it, over one without"
        _say(name, "", "", f"{day.dense_over_thin:.2f}")
    works.close()


def _influx() -> None:
    """The same month of one meter from InfluxDB: elapsed, since its server works as well."""
    if shutil.which("influxd", path=PATH) is None:
        sys.stdout.write("influxd is not installed: left out\n")
        return
    with tempfile.TemporaryDirectory() as folder, influx(Path(folder)) as url:
        store = open_store(url, Path(folder))
        works = Works(Path(folder), 1, dense=0, store=store)
        rate = max(works.month_anew(clock=time.perf_counter) for _ in range(2))
        works.close()
    _say("a month anew from InfluxDB, readings/s of elapsed time", f"{rate:,.0f}")


if __name__ == "__main__":
    main()
