"""The demonstration's plant in a real InfluxDB, its rows written by the collector's own code."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np
import pytest

from collector.deriving.derive import Deriver
from collector.deriving.performance import Performance
from collector.deriving.sources import sources_of
from collector.ledger import Amount, Intake, Ledger
from collector.plans.locked import lock_plan
from collector.store import COUNTER, GAUGE, Series, open_store
from collector.store.protocol import samples
from dashboards.grafana.provision import dashboards
from dashboards.records import Records
from plant.calendar import SLOT_MS, day_start_ms
from plant.check import load_plant

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "config/plants/kontum-starch/plant.toml"
TODAY = date(2025, 3, 10)
METERED_FROM = date(2025, 3, 6)
HOUR_MS = 3_600_000
UNIT_MS = {"s": 1000, "h": HOUR_MS, "d": 24 * HOUR_MS}


def length_ms(text: str) -> int:
    """How long a time such as 6h is."""
    return int(text[:-1]) * UNIT_MS[text[-1]]


# What flows in an hour: far below what any meter of the plant takes for a glitch.
HOURLY = {"electricity": 400.0, "water": 60.0, "wastewater": 50.0, "biogas": 30.0, "starch": 6.0}
_databases = itertools.count()


class Stored:
    """The plant's rows in InfluxDB, and its panels' queries asked as Grafana asks them."""

    def __init__(self, port: int, folder: Path) -> None:
        self.plant = load_plant(DEMO)
        self.database = f"grafana{next(_databases)}"
        self.port = port
        self.store = open_store(f"influxdb://127.0.0.1:{port}/{self.database}", folder)
        self.ledger = Ledger(folder)
        self.now_ms = day_start_ms(TODAY, self.plant.zone) + 10 * HOUR_MS
        self.records = Records(self.plant, self.store, ledger=self.ledger)
        self.boards = dashboards(self.plant, "en")
        deriver = Deriver([self.plant], self.store, ledger=self.ledger)
        deriver.renew()
        self._import()
        self._read_counters()
        self._read_gauges()
        deriver.step()
        Performance(self.plant, self.store, ledger=self.ledger).update(None, self.now_ms)

    def panel(self, board: str, title: str, nth: int = 0) -> dict[str, Any]:
        """The nth panel whose title begins so."""
        found = [p for p in self.boards[board]["panels"] if p["title"].startswith(title)]
        return found[nth]

    def lines(self, panel: dict[str, Any], past_ms: int) -> dict[str, dict[int, float]]:
        """What a panel draws of the last hours: by name of the line, values by time [ms]."""
        drawn: dict[str, dict[int, float]] = {}
        for target in panel["targets"]:
            if not target["alias"].startswith("$"):
                drawn[target["alias"]] = drawn.get(target["alias"], {})
            for found in self.ask(target["query"], panel, past_ms=past_ms):
                tag = (found.get("tags") or {}).get("meter", "")
                alias = target["alias"].replace("$tag_meter", tag)
                alias = alias.replace("$measurement", found["name"])
                line = drawn.setdefault(alias, {})
                line.update({row[0]: row[1] for row in found["values"] if row[1] is not None})
        return drawn

    def ask(self, query: str, panel: dict[str, Any], *, past_ms: int) -> list[Any]:
        """The answer to a query with Grafana's variables filled in."""
        past = panel.get("timeFrom")
        since_ms = self.now_ms - (length_ms(past) if past else past_ms)
        query = query.replace("$timeFilter", f"time >= {since_ms}ms and time <= {self.now_ms}ms")
        query = query.replace("$__interval", panel.get("interval", "1m"))
        assert "$" not in query
        asked = urlencode({"db": self.database, "epoch": "ms", "q": query})
        with urlopen(f"http://127.0.0.1:{self.port}/query?{asked}") as answer:
            (result,) = json.load(answer)["results"]
        assert "error" not in result, query
        return result.get("series", [])

    def _import(self) -> None:
        """A year and two months of days, and the plans locked on them."""
        chance = np.random.default_rng(7)
        rows = []
        for i in range((METERED_FROM - date(2024, 1, 1)).days):
            day = date(2024, 1, 1) + timedelta(days=i)
            made = chance.uniform(100, 200)
            less = 0.93 if day.year > 2024 else 1.0
            for name in ("electricity", "water", "wastewater"):
                used = (2000 + HOURLY[name] / 6 * made) * less + chance.normal(0, 60)
                rows.append((name, day, used, self.plant.resource_unit(name)))
            rows.append(("starch", day, made, "t"))
        entered = [
            (Amount(name, day, day + timedelta(days=1), float(value), unit), "history.csv")
            for name, day, value, unit in rows
        ]
        self.ledger.amounts.enter(self.plant.id, entered, author="a", reason="", entered_ms=0)
        for plan in self.plant.plans:
            lock = {"author": "a", "reason": "", "now_ms": self.now_ms}
            lock_plan(self.plant, plan, ledger=self.ledger, store=self.store, **lock)

    def _read_counters(self) -> None:
        """Every two minutes; the incomer was silent for an hour, the intake began anew once."""
        times = np.arange(day_start_ms(METERED_FROM, self.plant.zone), self.now_ms + 1, 120_000)
        noon_ms = day_start_ms(date(2025, 3, 8), self.plant.zone) + 12 * HOUR_MS
        touched = {}
        for meter, source in sources_of(self.plant).items():
            hours = (times - times[0]) / HOUR_MS
            share = 0.1 if self.plant.meters[meter].within else 1.0
            hourly = share * HOURLY[source.quantity] / source.factor
            values = hourly * (50 + hours + 0.5 * np.sin(hours / 3))
            kept = np.ones(times.size, dtype=bool)
            if meter == "incomer":
                kept = (times < noon_ms) | (times > noon_ms + HOUR_MS)
            if meter == "intake":
                values = np.where(times > noon_ms, values - values[times > noon_ms][0], values)
            if source.kind is not None and source.kind.modulus is not None:
                values %= source.kind.modulus
            self.store.write({source.series: samples(times[kept], values[kept])})
            slots = set((times // SLOT_MS).tolist())
            touched[self.plant.id, meter] = slots
        self.ledger.journal.record(Intake(touched=touched))

    def _read_gauges(self) -> None:
        """Every ten seconds of the last three hours."""
        times = np.arange(self.now_ms - 3 * HOUR_MS, self.now_ms, 10_000)
        rows = {}
        for i, (name, meter) in enumerate(self.plant.meters.items()):
            for point, described in meter.read_points().items():
                if described.kind != "counter":
                    series = Series(GAUGE, self.plant.id, (name, point))
                    rows[series] = samples(times, 7 + 0.5 * i + np.sin(times / 9e5))
        assert COUNTER not in {series.measurement for series in rows}
        self.store.write(rows)

    def close(self) -> None:
        self.store.close()
        self.ledger.close()


@pytest.fixture(scope="module")
def stored(influx_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    """The demonstration's plant in InfluxDB."""
    made = Stored(influx_port, tmp_path_factory.mktemp("grafana"))
    yield made
    made.close()
