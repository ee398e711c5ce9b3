"""Alarms of a real plant: opened and closed in the ledger as readings come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.alarms import Watch
from collector.deriving.derive import Deriver
from collector.ledger import Acknowledgement, Intake, Ledger, Sender
from collector.store import COUNTER, GAUGE, PERFORMANCE, Series, open_store
from collector.store.protocol import samples
from plant.calendar import SLOT_MS, day_start_ms
from plant.check import load_plant
from plant.wire import Status

PLANT = """
[plant]
id = "works"
name = "Works"
[products.starch]
[resources.water]
[resources.wastewater]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:502"
[meters.well]
bus = "yard/panel"
unit_id = 1
model = "siemens-mag6000"
points = ["volume"]
resource = "water"
[meters.discharge]
bus = "yard/panel"
unit_id = 2
model = "siemens-mag6000"
points = ["volume"]
resource = "wastewater"
[meters.ph]
bus = "yard/panel"
unit_id = 3
model = "boqu-bh485-ph"
points = ["ph"]
[permits.discharge]
volume = "100 m3/day"
limits = { ph = [5.5, 9] }
[alarms]
stale = "5min"
night_base = { resource = "water", above = "3 m3/h" }
over_expected = "10 %"
[plans.water]
baseline = ["2025-01-01", "2025-12-31"]
drivers = ["starch"]
"""
MIN, HOUR = 60_000, 3_600_000


class Works:
    def __init__(self, folder: Path) -> None:
        (folder / "plant.toml").write_text(PLANT)
        self.plant = load_plant(folder / "plant.toml")
        self.store, self.ledger = open_store(None, folder), Ledger(folder)
        self.midnight_ms = day_start_ms(date(2026, 3, 10), self.plant.zone)
        self.now_ms = self.midnight_ms + 10 * HOUR
        self.watch = Watch(self.plant, self.store, ledger=self.ledger)
        self.deriver = Deriver([self.plant], self.store, ledger=self.ledger)

    def count(self, meter: str, per_hour: Any, until_ms: int | None = None) -> None:
        """Readings of a counter each minute since midnight, at a rate by hour of the day."""
        end_ms = until_ms or self.now_ms
        times = np.arange(self.midnight_ms - MIN, end_ms, MIN)
        edges = self.midnight_ms + HOUR * np.arange(len(per_hour) + 1)
        values = 1000 + np.interp(times, edges, np.concatenate(([0], np.cumsum(per_hour))))
        self.store.write({Series(COUNTER, "works", (meter, "volume")): samples(times, values)})
        slots = np.unique(times // SLOT_MS).tolist()
        self.ledger.journal.record(Intake(touched={("works", meter): slots}))
        self.deriver.step()

    def read(self, value: float) -> None:
        times = self.now_ms - 14 * MIN + np.arange(14) * MIN
        values = np.full(14, 7.0)
        values[3] = value
        self.store.write({Series(GAUGE, "works", ("ph", "ph")): samples(times, values)})

    def look(self, after_ms: int = 0) -> set[tuple[str, str]]:
        """The alarms that are open after a look."""
        self.now_ms += after_ms
        self.watch.update(self.now_ms)
        return {(alarm.kind, alarm.subject) for alarm in self.ledger.alarms.open("works")}


@pytest.fixture
def works(tmp_path: Path) -> Iterator[Works]:
    """A plant whose meters were read until now, all as it should be."""
    made = Works(tmp_path)
    made.count("well", [1.0] * 10)
    made.count("discharge", [2.0] * 10)
    made.read(7.0)
    yield made
    made.store.close()
    made.ledger.close()


def test_a_plant_as_it_should_be_has_no_alarms(works: Works) -> None:
    assert works.look() == set()
    assert works.look(3 * MIN) == set()


def test_a_meter_that_falls_silent_opens_an_alarm_and_closes_it_when_it_is_read(
    works: Works,
) -> None:
    works.look()
    assert ("stale", "well") in works.look(6 * MIN)
    (alarm,) = [one for one in works.ledger.alarms.open("works") if one.subject == "well"]
    assert alarm.since_ms == works.midnight_ms + 10 * HOUR - MIN
    assert alarm.opened_ms == works.now_ms
    works.count("well", [1.0] * 11)
    assert ("stale", "well") not in works.look(20_000)
    closed = next(one for one in works.ledger.alarms.history("works", 0) if one.id == alarm.id)
    assert closed.closed_ms == works.now_ms


def test_a_value_and_a_volume_beyond_the_permit_are_told(works: Works) -> None:
    works.read(9.3)
    works.count("discharge", [11.0] * 10)
    assert works.look() >= {("permit", "discharge/ph/ph"), ("permit", "discharge/volume")}
    value = {one.subject: (one.value, one.bound) for one in works.ledger.alarms.open("works")}
    assert value["discharge/ph/ph"] == (9.3, 9.0)
    assert value["discharge/volume"][1] == 100.0


def test_water_that_flows_all_night_is_told(works: Works) -> None:
    works.count("well", [9.0, 3.5, 4.0, 4.0, 4.0, 9.0, 9.0, 9.0, 9.0, 9.0])
    assert ("night-base", "water") in works.look()
    (alarm,) = works.ledger.alarms.open("works")
    assert (alarm.value, alarm.bound, alarm.unit) == (pytest.approx(3.5), 3.0, "m3/h")


def test_a_day_over_expected_is_told_from_the_stored_rows(works: Works) -> None:
    day_ms = works.midnight_ms - 24 * HOUR
    for figure, value in (("actual", 112.0), ("expected", 100.0)):
        series = Series(PERFORMANCE, "works", ("water", "day", figure))
        works.store.write({series: samples([day_ms], [value])})
    assert works.look() == {("over-expected", "water")}


def test_packs_and_clocks_are_told_once_they_stay_wrong(works: Works) -> None:
    works.ledger.journal.record(Intake(seen={Sender("works", "yard", "box"): [1, 4]}))
    status = Status("online", time_ms=works.now_ms, clock_offset_ms=9000)
    works.ledger.journal.set_status("works", "yard", status=status, received_ms=works.now_ms)
    assert works.look() == set()
    assert works.look(MIN) == {("clock", "yard")}
    assert works.look(MIN) == {("clock", "yard"), ("packs", "yard")}
    works.ledger.journal.record(Intake(seen={Sender("works", "yard", "box"): [2, 3]}))
    assert works.look(20_000) == {("clock", "yard")}


def test_alarms_survive_a_restart_and_what_was_said_of_them_stays(works: Works) -> None:
    works.look()
    works.look(6 * MIN)
    alarm = works.ledger.alarms.open("works")[0]
    said = Acknowledgement(alarm.id, "Mai", "the cable is being mended", works.now_ms)
    assert works.ledger.alarms.acknowledge("works", said)
    assert not works.ledger.alarms.acknowledge("elsewhere", said)
    works.watch = Watch(works.plant, works.store, ledger=works.ledger)
    before = works.look()
    assert ("stale", alarm.subject) in before
    assert works.look(MIN) == before
    assert works.ledger.alarms.acknowledgements("works") == {alarm.id: [said]}
