"""What it takes from readings to verdicts: processor time, so that a busy machine counts little.

python -m benchmarks.savings [--meters 50] [--opendsm PYTHON]

--opendsm names the Python of an environment of its own in which opendsm is installed; its daily
model is then fitted to the same points.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from collector.analysis.evaluation import evaluate
from collector.analysis.observations import Floats, observe
from collector.derive import Deriver
from collector.ledger import Intake, Ledger
from collector.performance import Performance
from collector.plans import lock_plan
from collector.store import COUNTER, Series
from collector.store.protocol import samples
from collector.store.sqlite import SqliteStore
from collector.verify import Verifier
from plant.calendar import SLOT_MS, day_start_ms
from plant.check import load_plant
from plant.description import Plant

FIT_GOAL_S, DAY_GOAL_S, MONTH_GOAL_PER_S = 0.020, 2.0, 600_000
EVERY_MS, DAY_MS = 10_000, 86_400_000
FIRST, SINCE, LAST = date(2024, 1, 1), date(2025, 1, 1), date(2025, 12, 31)
HEAD = """\
[plant]
id = "mill"
name = "Mill"
[products.starch]
[resources.electricity]
[resources.water]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:502"
"""
METER = """\
[meters.m{number}]
bus = "yard/panel"
unit_id = {number}
model = "{model}"
{what}
every = "10s"
"""
PLAN = """\
[plans.{name}]
baseline = ["2024-01-01", "2024-12-31"]
drivers = ["starch"]
[claims.less-{name}]
resource = "{name}"
since = "2025-01-01"
until = "2025-12-31"
saves = "5 %"
"""
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
    parser.add_argument("--opendsm", metavar="PYTHON")
    options = parser.parse_args()
    _say("", "measured", "goal", "ratio")
    X, y = _days()
    spent = _fit_and_verdict(X, y)
    _say("fit and verdict, a year of days against one", *_seconds(spent, FIT_GOAL_S))
    if options.opendsm:
        other = _opendsm(options.opendsm, X[:365, 0], y[:365])
        if other is not None:
            name = "opendsm fits its daily model, same points"
            _say(name, f"{other:.3f} s", "", f"{other / spent:.0f}")
    with tempfile.TemporaryDirectory() as folder:
        rate, spent = _plant(Path(folder), options.meters)
    _say("a month anew from SQLite, readings/s", f"{rate:,.0f}", f"{MONTH_GOAL_PER_S:,}",
         f"{rate / MONTH_GOAL_PER_S:.2f}")  # fmt: skip
    named = f"a day of {options.meters} meters arrived: rows, performance, verdicts"
    _say(named, *_seconds(spent, DAY_GOAL_S))


def _say(name: str, *cells: str) -> None:
    sys.stdout.write(f"{name:66s}" + "".join(f"{cell:>14s}" for cell in cells) + "\n")
    sys.stdout.flush()


def _seconds(spent: float, goal: float) -> tuple[str, str, str]:
    return f"{spent:.4f} s", f"{goal:g} s", f"{spent / goal:.2f}"


def _days() -> tuple[Floats, Floats]:
    """Two years of days with two drivers, a temperature first."""
    random = np.random.default_rng(0)
    t = np.arange(730)
    warm = 25 + 6 * np.sin(t / 58) + random.normal(0, 2, 730)
    X = np.column_stack([warm, random.normal(100, 15, 730)])
    y = 300 + X @ [8.0, 6.0] + random.normal(0, 40, 730)
    return X, y * np.where(t < 365, 1.0, 0.94)


def _fit_and_verdict(X: Floats, y: Floats) -> float:
    t, names = np.arange(730), ("temperature", "starch")
    baseline = observe(t[:365], y[:365], X=X[:365], names=names)
    reporting = observe(t[365:], y[365:], X=X[365:], names=names)
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


def _plant(folder: Path, meters: int) -> tuple[float, float]:
    """Readings a second of a month derived anew; seconds after a day of all meters arrived.

    The two years before are held at a reading a quarter of an hour, the month and day at ten
    seconds: what is older than the last anchor is not read again.
    """
    plant = _described(folder, meters)
    store, ledger = SqliteStore(folder / "store.sqlite"), Ledger(folder)
    end_ms = day_start_ms(LAST, plant.zone)
    first_ms, month_ms = day_start_ms(FIRST, plant.zone), end_ms - 31 * DAY_MS
    for number in range(1, meters + 1):
        _write(plant, store, number, (first_ms - SLOT_MS, end_ms), step_ms=SLOT_MS)
    _derive(plant, store, ledger)
    for name in plant.plans:
        lock_plan(plant, name, ledger=ledger, store=store, author="b", reason="", now_ms=end_ms)
    performance = Performance(plant, store, ledger=ledger)
    performance.update(None, end_ms)
    count = _write(plant, store, 1, (month_ms, end_ms), step_ms=EVERY_MS)
    rate = count / _touched(plant, store, ledger, [1], (month_ms, end_ms))
    every = list(range(1, meters + 1))
    for number in every:
        _write(plant, store, number, (end_ms, end_ms + DAY_MS + 60_000), step_ms=EVERY_MS)
    spent = _touched(plant, store, ledger, every, (end_ms, end_ms + DAY_MS))
    began = time.process_time()
    performance.update(end_ms, end_ms + DAY_MS)
    claims = Verifier(plant, store, ledger=ledger).claims(end_ms + DAY_MS)
    spent += time.process_time() - began
    assert all(claim.outcome.saving is not None for claim in claims)  # noqa: S101 - else no measure
    store.close()
    ledger.close()
    return rate, spent


def _described(folder: Path, meters: int) -> Plant:
    text = HEAD
    for number in range(1, meters + 1):
        what = 'product = "starch"' if number == 1 else 'resource = "electricity"'
        model = "generic-belt-scale" if number == 1 else "eastron-sdm630"
        text += METER.format(number=number, model=model, what=what)
    text += PLAN.format(name="electricity")
    (folder / "plant.toml").write_text(text, encoding="utf-8")
    return load_plant(folder / "plant.toml")


def _write(
    plant: Plant, store: SqliteStore, number: int, over_ms: tuple[int, int], *, step_ms: int
) -> int:
    times = np.arange(*over_ms, step_ms, dtype=np.int64)
    day = (times - day_start_ms(FIRST, plant.zone)) / DAY_MS
    saved = 0.06 * np.maximum(day - (SINCE - FIRST) / timedelta(days=1), 0) * (number > 1)
    values = 1000 + 50.0 * (day + 2 * np.sin(day / 3)) - 50.0 * saved
    point = "mass" if number == 1 else "energy"
    store.write({Series(COUNTER, "mill", (f"m{number}", point)): samples(times, values)})
    return int(times.size)


def _derive(plant: Plant, store: SqliteStore, ledger: Ledger) -> None:
    deriver = Deriver([plant], store, ledger=ledger)
    deriver.renew()
    deriver.step()


def _touched(
    plant: Plant, store: SqliteStore, ledger: Ledger, numbers: list[int], over_ms: tuple[int, int]
) -> float:
    """Seconds until the rows of a stretch of some meters are derived anew."""
    slots = list(range(over_ms[0] // SLOT_MS, over_ms[1] // SLOT_MS))
    ledger.journal.record(Intake(touched={("mill", f"m{number}"): slots for number in numbers}))
    deriver = Deriver([plant], store, ledger=ledger)
    began = time.process_time()
    deriver.step()
    return time.process_time() - began


if __name__ == "__main__":
    main()
