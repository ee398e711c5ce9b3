"""A row that cannot be true, however it came into the store, breaks no page and moves no total."""

from __future__ import annotations

import asyncio
import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.intake.ingest import Change
from collector.ledger import Amount, Ledger
from collector.store import COUNTER, GAUGE, INTERVAL, Latest, Series, open_store
from collector.store.protocol import samples
from dashboards.board import Board
from dashboards.catalogue import PAGES
from dashboards.drawn import Drawn, view
from dashboards.formats import LANGUAGES
from dashboards.paging import Ask, Pages
from dashboards.source import PlantSource
from dashboards.tables import csv_text
from plant.calendar import SLOT_MS, day_start_ms
from plant.check import load_plant

TODAY = date(2026, 3, 10)
ABSURD = [1e308, -1e300, 1e-300]
PLANT = """
[plant]
id = "demo"
name = "Demo"
[products.starch]
unit = "t"
[resources.electricity]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:5020"
[meters.incomer]
bus = "yard/panel"
model = "schneider-pm5560"
resource = "electricity"
ct = 1000
[plans.electricity]
baseline = ["2026-01-01", "2026-02-15"]
drivers = ["starch"]
"""


class House:
    """A plant with two months of days and two hours of readings, one of them absurd."""

    def __init__(self, folder: Path, value: float) -> None:
        (folder / "plant.toml").write_text(PLANT)
        self.plant = load_plant(folder / "plant.toml")
        self.store = open_store(None, folder)
        self.ledger = Ledger(folder)
        self.now_ms = day_start_ms(TODAY, self.plant.zone) + 10 * 3_600_000
        days = [TODAY - timedelta(days=i) for i in range(1, 69)]
        rows = [
            (Amount(name, day, day + timedelta(days=1), amount, unit), "history.csv")
            for i, day in enumerate(days)
            for name, amount, unit in (
                ("starch", 40.0 + i % 7, "t"),
                ("electricity", 2000 + 150 * (40.0 + i % 7) + i % 3, "kWh"),
            )
        ]
        self.ledger.amounts.enter("demo", rows, author="a", reason="", entered_ms=0)
        times = np.arange(self.now_ms - 2 * 3_600_000, self.now_ms, 10_000)
        self.last = {
            Series(GAUGE, "demo", ("incomer", "power")): 0.6 + 0.01 * np.sin(times / 4e5),
            Series(COUNTER, "demo", ("incomer", "energy")): 5000 + 0.6 * (times - times[0]) / 3.6e6,
        }
        for series, values in self.last.items():
            values[-30] = values[-1] = value
            self.store.write({series: samples(times, values)})
        slot = Series(INTERVAL, "demo", ("incomer", "electricity"))
        slots = np.arange(self.now_ms - 3_600_000, self.now_ms, SLOT_MS)
        self.store.write({slot: samples(slots, [value, *[0.15] * (slots.size - 1)])})
        self.source = PlantSource(self.plant, self.store, ledger=self.ledger)
        newest = {
            series: Latest(int(times[-1]), float(values[-1]), 0)
            for series, values in self.last.items()
        }
        self.source.take(Change("demo", self.now_ms, newest))


@pytest.fixture(params=ABSURD, ids=str)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> House:
    """A plant one of whose readings cannot be true."""
    return House(tmp_path, request.param)


def strictly(text: bytes | str) -> Any:
    """JSON as browsers read it: they know no Infinity."""

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return json.loads(text, parse_constant=refuse)


def test_the_now_page_and_its_stream_stay_whole(house: House) -> None:
    now = house.source.now(house.now_ms)
    for language in LANGUAGES:
        shown = strictly(Drawn(view(now, language)).whole)
        drawn = shown["charts"]["rate-electricity"]["figure"]["data"][0]["y"]
        known = [value for value in drawn if value is not None]
        assert len(known) > 200
        assert max(map(abs, known)) < 1e4  # kW: all else can still be told apart
        assert all(len(chart["sentence"]) < 200 for chart in shown["charts"].values())

    async def told() -> bytes:
        board = Board(house.source, lambda: house.now_ms)
        await board.tell()
        return b"".join([await anext(events) for events in [board.follow("en", None)]])

    asyncio.run(told())


@pytest.mark.slow
def test_every_other_page_stays_whole(house: House) -> None:
    pages = Pages(house.source.records, lambda: house.now_ms)
    for page in PAGES:
        for language in LANGUAGES:
            strictly(asyncio.run(pages.view(page, Ask(), language)))
            sheet = asyncio.run(pages.sheet(page, Ask(), language))
            assert all(csv_text(table, house.plant.zone) for table in sheet.tables.values())


def test_a_row_that_cannot_be_true_adds_nothing_to_a_total(house: House) -> None:
    today = house.source.now(house.now_ms).tiles[0].today
    assert today.amount is None or 0 <= today.amount < 1e6
    value = house.source.live(house.now_ms).values["incomer/power"][1]
    assert value is None or value in [1e3 * absurd for absurd in ABSURD]
