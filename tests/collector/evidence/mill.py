"""A mill with meters and imports, small enough to be recomputed in a test, large enough to judge.

Electricity and starch are metered every quarter of an hour for half a year: 300 kWh a day, 20 for
each tonne and 8 for each degree day, 9 % less from May on. Degree days are imported, one of them
corrected. The incomer was exchanged in February, read zero once and was silent for two days.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from collector.deriving.derive import Deriver
from collector.ledger import Adjustment, Amount, Intake, Ledger, PlantEvent
from collector.plans.locked import lock_plan
from collector.statement import Statement, as_of, state
from collector.store import COUNTER, Series
from collector.store.protocol import samples
from collector.store.sqlite import SqliteStore
from plant.calendar import SLOT_MS, day_start_ms
from plant.check import load_plant
from plant.reading import Event

PLANT = """\
[plant]
id = "mill"
name = "Test mill"
sector = "cassava-starch"
timezone = "Asia/Ho_Chi_Minh"

[products.starch]
[drivers.hdd]
unit = "degC day"

[resources.electricity]
price = [
    { from = "2024-01-01", value = 1800, per = "kWh", source = "tariff of 2024" },
    { from = "2025-06-01", value = 2000, per = "kWh" },
]
co2e = "vn-grid"

[gateways.yard.buses.panel]
tcp = "127.0.0.1:502"

[meters.incomer]
name = "Incomer <1>"
bus = "yard/panel"
unit_id = 1
model = "eastron-sdm630"
resource = "electricity"
every = "15min"
uncertainty = "0.5 %"
calibration = { on = "2024-11-05", until = "2026-11-05", certificate = "K-118" }
events = [{ at = "2025-02-10T00:00:07", swap = "serial 77" }]

[meters.scale]
bus = "yard/panel"
unit_id = 2
model = "generic-belt-scale"
product = "starch"
every = "15min"

[plans.electricity]
baseline = ["2025-01-01", "2025-04-30"]
drivers = ["starch", "hdd"]

[claims.drying]
resource = "electricity"
since = "2025-05-01"
until = "2025-06-30"
saves = "5 %"
"""
BASELINE = 'baseline = ["2025-01-01", "2025-04-30"]'
LOOKING = {  # how the plan's method is said, by its name
    "forecast": BASELINE,
    "backcast": f'{BASELINE}\nmethod = "backcast"',
    "chained": 'baseline = ["2025-01-01", "2025-02-28"]\nmethod = "chained"\n'
    'model_period = ["2025-03-01", "2025-04-30"]',
}
FIRST, END = date(2025, 1, 1), date(2025, 7, 1)
SAVES_FROM, SWAPPED, SILENT = date(2025, 5, 1), date(2025, 2, 10), date(2025, 3, 3)
AT_MS = 7_000  # each reading is taken seven seconds after the quarter of an hour


class Mill:
    """The mill's file, store and ledger; its plan is locked before the reporting period."""

    def __init__(self, folder: Path, text: str = PLANT) -> None:
        folder.mkdir(exist_ok=True)
        self.file = folder / "plant.toml"
        self.file.write_text(text, encoding="utf-8")
        self.plant = load_plant(self.file)
        self.data = folder / "data"
        self.store, self.ledger = SqliteStore(self.data / "store.sqlite"), Ledger(self.data)
        self.now_ms = day_start_ms(END, self.plant.zone) + 3_600_000
        self._fill()
        if self.plant.plans:
            self.lock("the plan")

    def lock(self, reason: str) -> None:
        lock_plan(
            self.plant,
            "electricity",
            ledger=self.ledger,
            store=self.store,
            author="L. Nguyen",
            reason=reason,
            now_ms=day_start_ms(SAVES_FROM, self.plant.zone) - 5_000,
        )

    def adjust(self, amount: float) -> None:
        """Enter a non-routine adjustment over three weeks of the reporting period."""
        first, last = date(2025, 5, 5), date(2025, 5, 25)
        one = Adjustment(
            0,
            "electricity",
            first,
            last,
            amount,
            "kWh",
            "L. Nguyen",
            "a fan was tried",
            self.now_ms,
        )
        self.ledger.adjustments.add("mill", one)

    def statement(self) -> Statement:
        at_ms = as_of(self.plant, self.now_ms)
        return state(self.plant, self.store, ledger=self.ledger, as_of_ms=at_ms)

    def close(self) -> None:
        self.store.close()
        self.ledger.close()

    def _fill(self) -> None:
        chance = np.random.default_rng(7)
        count = (END - FIRST).days
        starch, hdd = chance.uniform(30, 60, count), chance.uniform(0, 12, count)
        used = 300 + 20 * starch + 8 * hdd + chance.normal(0, 12, count)
        days = [FIRST + timedelta(days=i) for i in range(count)]
        used *= [0.91 if day >= SAVES_FROM else 1.0 for day in days]
        self._count("incomer", "energy", used, step=0.0)
        self._count("scale", "mass", starch, step=0.001)
        imported = [
            (
                Amount("hdd", d, d + timedelta(days=1), round(float(v), 1), "degC day"),
                f"hdd.csv:{i}",
            )
            for i, (d, v) in enumerate(zip(days, hdd, strict=True), start=2)
        ]
        entered_ms = day_start_ms(SAVES_FROM, self.plant.zone)
        for part, author, reason in (
            (imported, "T. Vo", ""),
            ([(imported[3][0]._replace(value=6.5), "hdd.csv:5")], "H. Tran", "typing error"),
        ):
            self.ledger.amounts.enter(
                "mill", part, author=author, reason=reason, entered_ms=entered_ms
            )
        told = Event("incomer", "health", self._ms(SILENT), "timeout", "no answer, 3 tries")
        self.ledger.journal.record(Intake(events=[PlantEvent("mill", "yard", told)]))
        deriver = Deriver([self.plant], self.store, ledger=self.ledger)
        deriver.renew()
        deriver.step()

    def _count(self, meter: str, point: str, by_day: np.ndarray, *, step: float) -> None:
        """The readings of a counter that counted evenly through each day."""
        start_ms = self._ms(FIRST)
        times = np.arange(start_ms - SLOT_MS, self._ms(END) + 2 * SLOT_MS, SLOT_MS) + AT_MS
        edges = start_ms + 86_400_000 * np.arange(by_day.size + 1)
        total = 1000 + np.interp(times, edges, np.concatenate(([0.0], np.cumsum(by_day))))
        if step:
            values, keep = np.floor(total / step) * step, np.ones(times.size, dtype=bool)
        else:
            swapped = times >= self._ms(SWAPPED) + AT_MS
            total = np.where(swapped, total - np.interp(self._ms(SWAPPED), times, total) + 5, total)
            values = total.astype(np.float32).astype(np.float64)
            values[np.searchsorted(times, self._ms(date(2025, 4, 4)))] = 0.0
            keep = (times < self._ms(SILENT)) | (times > self._ms(SILENT) + 2 * 86_400_000)
        self.store.write(
            {Series(COUNTER, "mill", (meter, point)): samples(times[keep], values[keep])}
        )

    def _ms(self, day: date) -> int:
        return day_start_ms(day, self.plant.zone)
