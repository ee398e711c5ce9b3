"""A plant with years in its store, and what it takes when more arrives."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

from collector.claims.verify import Verifier
from collector.deriving.derive import Deriver
from collector.deriving.performance import Performance
from collector.ledger import Intake, Ledger
from collector.plans.locked import lock_plan
from collector.store import COUNTER, Series, Store, open_store
from collector.store.protocol import samples
from plant.calendar import SLOT_MS, day_start_ms
from plant.check import load_plant

EVERY_MS, DAY_MS = 10_000, 86_400_000
WRITTEN_AT_ONCE_MS = 31 * DAY_MS
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
TOP = 9  # meters
KINDS = (
    ("generic-belt-scale", "mass", 'product = "starch"'),
    ("eastron-sdm630", "energy", 'resource = "electricity"'),
    ("advantech-adam6050", "count0", 'resource = "water"\npulse = "0.1 m3"'),
)


class Day(NamedTuple):
    """What a day that arrived took [s], and whether a year of readings behind a meter costs."""

    rows_s: float
    performance_s: float
    verdicts_s: float
    claims: int
    dense_over_thin: float | None


class Works:
    """The first meter weighs starch; of the others two in three count kWh, one water.

    `TOP` of them are the plant's, the rest are sub-meters; with `flat` all are the plant's.
    """

    def __init__(
        self,
        folder: Path,
        meters: int,
        *,
        dense: int,
        flat: bool = False,
        store: Store | None = None,
    ) -> None:
        self.meters, self._dense = meters, dense
        self._plant = load_plant(_described(folder, meters, flat=flat))
        self._store = store or open_store(None, folder)
        self._ledger = Ledger(folder)
        zone = self._plant.zone
        self._first_ms, since_ms = day_start_ms(FIRST, zone), day_start_ms(SINCE, zone)
        self._end_ms = day_start_ms(LAST, zone)
        self._month_ms = self._end_ms - 31 * DAY_MS
        for number in range(1, meters + 1):
            fine_ms = self._end_ms - 3 * DAY_MS
            fine_ms = self._month_ms if number == 1 else fine_ms
            fine_ms = since_ms if number <= dense else fine_ms
            self._write(number, self._first_ms - SLOT_MS, fine_ms, step_ms=SLOT_MS)
            self._write(number, fine_ms, self._end_ms, step_ms=EVERY_MS)
        deriver = Deriver([self._plant], self._store, ledger=self._ledger)
        deriver.renew()
        deriver.step()

    def close(self) -> None:
        """Close store and ledger."""
        self._store.close()
        self._ledger.close()

    def month_anew(self, clock: Callable[[], float] = time.process_time) -> float:
        """Readings a second of the last month of the first meter, derived anew."""
        spent = self._derived([1], self._month_ms, self._end_ms, clock=clock)
        return (self._end_ms - self._month_ms) / EVERY_MS / spent

    def day_arrives(self) -> Day:
        """A day of all meters: rows, performance and verdicts."""
        plant, store, ledger, now_ms = self._plant, self._store, self._ledger, self._end_ms
        for name in plant.plans:
            lock_plan(plant, name, ledger=ledger, store=store, author="b", reason="", now_ms=now_ms)
        performance = Performance(plant, store, ledger=ledger)
        performance.update(None, now_ms)
        numbers, now_ms = range(1, self.meters + 1), now_ms + DAY_MS
        for number in numbers:
            self._write(number, self._end_ms, now_ms + 60_000, step_ms=EVERY_MS)
        rows_s = self._derived(numbers, self._end_ms, now_ms)
        began = time.process_time()
        performance.update(self._end_ms, now_ms)
        performance_s, began = time.process_time() - began, time.process_time()
        claims = Verifier(plant, store, ledger=ledger).claims(now_ms)
        verdicts_s = time.process_time() - began
        assert all(one.outcome.verdict for one in claims)  # noqa: S101 - else no measure
        return Day(rows_s, performance_s, verdicts_s, len(claims), self._compared())

    def _compared(self) -> float | None:
        """The day of a meter with a dense year over that of one of its kind without."""
        numbers = [number for number in range(2, self.meters + 1) if _kind(number) == 1]
        dense = [number for number in numbers if number <= self._dense]
        thin = [number for number in numbers if number > self._dense]
        if not dense or not thin:
            return None
        spent = [
            min(self._derived([one], self._end_ms, self._end_ms + DAY_MS) for _ in range(5))
            for one in (dense[0], thin[0])
        ]
        return spent[0] / spent[1]

    def _write(self, number: int, start_ms: int, end_ms: int, *, step_ms: int) -> None:
        """Readings of a meter that counted 50 a day, and 6 % less since the claim."""
        point = KINDS[_kind(number)][1]
        for piece_ms in range(start_ms, end_ms, WRITTEN_AT_ONCE_MS):
            times = np.arange(piece_ms, min(piece_ms + WRITTEN_AT_ONCE_MS, end_ms), step_ms)
            day = (times - self._first_ms) / DAY_MS
            saved = 0.06 * np.maximum(day - (SINCE - FIRST) / timedelta(days=1), 0) * (number > 1)
            values = 1000 + 50.0 * (day + 2 * np.sin(day / 3)) - 50.0 * saved
            series = Series(COUNTER, "mill", (f"m{number}", point))
            self._store.write({series: samples(times, np.round(values, 3))})

    def _derived(
        self,
        numbers: Sequence[int],
        start_ms: int,
        end_ms: int,
        *,
        clock: Callable[[], float] = time.process_time,
    ) -> float:
        """Seconds until the rows of a stretch of some meters are derived anew."""
        slots = list(range(start_ms // SLOT_MS, end_ms // SLOT_MS))
        touched = {("mill", f"m{number}"): slots for number in numbers}
        self._ledger.journal.record(Intake(touched=touched))
        deriver = Deriver([self._plant], self._store, ledger=self._ledger)
        began = clock()
        deriver.step()
        return clock() - began


def _kind(number: int) -> int:
    return 0 if number == 1 else 2 if number % 3 == 0 else 1


def _described(folder: Path, meters: int, *, flat: bool) -> Path:
    text = HEAD
    for number in range(1, meters + 1):
        model, _, what = KINDS[_kind(number)]
        if number > TOP and not flat:
            what += f'\nwithin = "m{2 if _kind(number) == 1 else 3}"'
        text += METER.format(number=number, model=model, what=what)
    text += "".join(PLAN.format(name=name) for name in ("electricity", "water") if meters > 2)
    (folder / "plant.toml").write_text(text, encoding="utf-8")
    return folder / "plant.toml"
