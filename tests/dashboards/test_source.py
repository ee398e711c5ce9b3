"""A plant's page from a real store: rates, traces, health and gateways as they were read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.intake.ingest import Change
from collector.ledger import Intake, Ledger, PlantEvent, Sender
from collector.store import COUNTER, GAUGE, Latest, Series, open_store
from collector.store.protocol import samples
from dashboards.drawn import view
from dashboards.formats import Language
from dashboards.health.build import build
from dashboards.health.show import show
from dashboards.now import Now, Tile
from dashboards.paging import Ask
from dashboards.serve import board_of
from dashboards.source import PlantSource
from plant.check import load_plant
from plant.description import Plant
from plant.reading import Event
from plant.wire import MeterHealth, Status

T0 = 1_767_312_000_000  # 2026-01-02 00:00 UTC, a whole step
MINUTE = 60_000
PLANT = """
[plant]
id = "demo"
name = "Demo"
[products.starch]
unit = "t"
[resources.electricity]
[resources.water]
[resources.biogas]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:5020"
[meters.well]
bus = "yard/panel"
unit_id = 3
model = "siemens-mag6000"
resource = "water"
within = "intake"
[meters.main-a]
bus = "yard/panel"
unit_id = 1
model = "schneider-pm5560"
resource = "electricity"
[meters.main-b]
bus = "yard/panel"
unit_id = 2
model = "abb-b23"
resource = "electricity"
ct = 10
events = [{ at = "2026-01-02T07:30", ct = 20 }]
[meters.intake]
bus = "yard/panel"
unit_id = 4
model = "siemens-mag6000"
resource = "water"
every = "20s"
[meters.gas]
bus = "yard/panel"
unit_id = 5
model = "advantech-adam6050"
pulse = "2 m3"
resource = "biogas"
[alarms]
stale = "2min"
"""


class House:
    """A plant with its store and ledger, and the source of its page."""

    def __init__(self, folder: Path) -> None:
        (folder / "plant.toml").write_text(PLANT)
        self.plant: Plant = load_plant(folder / "plant.toml")
        self.store = open_store(None, folder)
        self.ledger = Ledger(folder)
        self.begin()

    def begin(self) -> None:
        self.source = PlantSource(self.plant, self.store, ledger=self.ledger)

    def write(self, meter: str, point: str, times: Any, values: Any) -> None:
        kind = COUNTER if point in ("energy", "volume", "count0") else GAUGE
        series = Series(kind, "demo", (meter, point))
        rows = samples(times, values)
        self.store.write({series: rows})
        newest = Latest(int(rows.times_ms[-1]), float(rows.values[-1]), 0)
        self.source.take(Change("demo", newest.time_ms, {series: newest}))

    def tile(self, resource: str, time_ms: int) -> Tile:
        now = self.source.now(time_ms)
        return next(tile for tile in now.tiles if tile.resource == resource)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A plant whose store is empty."""
    return House(tmp_path)


def test_an_empty_store_shows_dashes_not_zeros(house: House) -> None:
    now: Now = house.source.now(T0)
    assert [tile.rate.value for tile in now.tiles] == [None, None, None]
    assert all(value is None for tile in now.tiles for value in tile.trace.values)
    assert all(value.value is None for meter in now.meters for value in meter.values)
    assert house.source.live(T0).rates == {}


def test_a_rate_is_the_sum_of_its_meters_and_as_old_as_the_oldest(house: House) -> None:
    house.write("main-a", "power", [T0 - 5000], [300.0])
    house.write("main-b", "power", [T0 - 9000], [4000.0])  # W behind a current transformer of 10
    rate = house.tile("electricity", T0).rate
    assert (rate.value, rate.unit, rate.time_ms) == (pytest.approx(340.0), "kW", T0 - 9000)
    assert rate.lacking == []


def test_a_meter_that_was_never_read_is_named_beside_the_rate_of_the_others(house: House) -> None:
    assert house.tile("electricity", T0).rate.time_ms is None
    house.write("main-a", "power", np.arange(T0 - 120 * MINUTE, T0, 20_000), [300.0] * 360)
    tile = house.tile("electricity", T0)
    assert (tile.rate.value, tile.rate.lacking) == (pytest.approx(300.0), ["main-b"])
    assert tile.trace.values[-1] == pytest.approx(300.0)
    sentence = view(house.source.now(T0), "en").charts["rate-electricity"].sentence
    assert "Without main-b" in sentence
    house.write("main-b", "power", [T0 - 1000], [4000.0])
    assert house.tile("electricity", T0).rate.lacking == []


def test_a_dated_change_of_the_transformer_holds_from_its_date(house: House) -> None:
    change_ms = T0 + 30 * MINUTE  # 07:30 in the plant's zone
    house.write("main-a", "power", [T0], [0.0])
    house.write("main-b", "power", [change_ms - 1], [4000.0])
    assert house.tile("electricity", change_ms).rate.value == pytest.approx(40.0)
    house.write("main-b", "power", [change_ms], [4000.0])
    assert house.tile("electricity", change_ms).rate.value == pytest.approx(80.0)


def test_a_late_reading_does_not_replace_a_newer_one(house: House) -> None:
    house.write("intake", "flow", [T0], [50.0])
    house.write("intake", "flow", [T0 - 60 * MINUTE], [10.0])
    assert house.tile("water", T0).rate.value == 50.0


def test_sub_meters_are_not_counted_twice_and_stand_below_their_meter(house: House) -> None:
    house.write("intake", "flow", [T0], [50.0])
    house.write("well", "flow", [T0], [30.0])
    assert house.tile("water", T0).rate.value == 50.0
    order = [meter.meter for meter in house.source.now(T0).meters]
    assert order == ["main-a", "main-b", "intake", "well", "gas"]


def test_a_trace_has_a_gap_where_nobody_read(house: House) -> None:
    times = np.arange(T0 - 120 * MINUTE, T0, 20_000)
    read = (times < T0 - 30 * MINUTE) | (times >= T0 - 20 * MINUTE)
    house.write("intake", "flow", times[read], np.full(read.sum(), 50.0))
    trace = house.tile("water", T0 + 10_000).trace
    assert trace.step_ms == MINUTE  # every 20 s: half a minute could hold one reading only
    assert len(trace.values) == 120
    assert trace.start_ms + trace.step_ms * len(trace.values) == T0
    assert [value for value in trace.values if value is None] == [None] * 10
    assert trace.values[90:100] == [None] * 10
    assert set(trace.values) == {50.0, None}


def test_a_sum_is_unknown_where_one_of_its_meters_is(house: House) -> None:
    times = np.arange(T0 - 10 * MINUTE, T0, 5000)
    house.write("main-a", "power", times, np.full(times.size, 300.0))
    house.write("main-b", "power", times[:60], np.full(60, 1000.0))
    values = house.tile("electricity", T0 + 10_000).trace.values
    assert values[-10:] == [None] * 10
    assert values[-20:-10] == [pytest.approx(310.0)] * 10


def test_a_pulse_counter_gives_a_rate_from_what_it_gained(house: House) -> None:
    times = np.arange(T0 - 60 * MINUTE, T0 + 1, 5000)
    house.write("gas", "count0", times, np.floor((times - times[0]) / 60_000))  # one a minute
    tile = house.tile("biogas", T0 + 10_000)
    assert (tile.rate.value, tile.rate.unit) == (pytest.approx(120.0), "m3/h")
    assert tile.trace.step_ms == 5 * MINUTE
    assert tile.trace.values[-3:] == [pytest.approx(120.0)] * 3
    assert tile.trace.values[0] is None
    shown = next(m for m in house.source.now(T0).meters if m.meter == "gas").values[0]
    assert (shown.value, shown.unit) == (120.0, "m3")


def test_a_counter_without_a_rate_says_nothing_when_it_was_not_read(house: House) -> None:
    house.write("gas", "count0", [T0 - 60 * MINUTE, T0], [0.0, 60.0])
    house.write("gas", "count0", [T0 + 60 * MINUTE], [5.0])
    assert house.tile("biogas", T0 + 60 * MINUTE).rate.value is None


def test_live_tells_each_whole_step_once_it_is_over(house: House) -> None:
    times = np.arange(T0 - MINUTE, T0 + MINUTE, 5000)
    house.write("intake", "flow", times, np.where(times < T0, 40.0, 60.0))
    assert house.source.live(T0 + 9_999).steps["water"][1] is None
    assert house.source.live(T0 + 10_000).steps["water"] == ("2026-01-02 06:59:30", 40.0)
    assert house.source.live(T0 + 69_999).steps["water"][1] == 40.0
    assert house.source.live(T0 + 70_000).steps["water"] == ("2026-01-02 07:00:30", 60.0)


def test_a_gateway_shows_what_it_says_and_what_never_came(house: House) -> None:
    assert house.source.now(T0).gateways[0].state == "never"
    health = {"intake": MeterHealth("timeout", T0 - 1000, "no answer in 1 s")}
    status = Status("online", "b1", T0, health, outbox_depth=7, clock_offset_ms=-30, config="0ther")
    house.ledger.journal.set_status("demo", "yard", status=status, received_ms=T0)
    house.ledger.journal.record(Intake(seen={Sender("demo", "yard", "box"): [1, 2, 5, 9]}))
    house.source.take(Change("demo", T0, status_of="yard"))
    now = house.source.now(T0)
    (gateway,) = now.gateways
    assert (gateway.state, gateway.outbox_depth, gateway.clock_offset_ms) == ("online", 7, -30)
    assert gateway.missing == 5
    assert gateway.same_config is False
    intake = next(meter for meter in now.meters if meter.meter == "intake")
    assert (intake.health, intake.since_ms) == ("timeout", T0 - 1000)


def test_a_restarted_page_knows_the_newest_readings(house: House) -> None:
    house.write("intake", "flow", [T0], [50.0])
    house.begin()
    assert house.tile("water", T0).rate.value == 50.0


def test_a_value_greys_after_the_plants_limit_or_three_readings(house: House) -> None:
    limits = {meter.meter: meter.stale_after_ms for meter in house.source.now(T0).meters}
    assert limits["main-a"] == 120_000
    slow = house.plant.meters["intake"].model_copy(update={"every": 900.0})
    house.plant.meters["intake"] = slow
    assert house.source.now(T0).meters[2].stale_after_ms == 2_700_000


def test_a_rejected_gauge_beside_a_fresh_counter_is_told_with_its_reason(house: House) -> None:
    times = np.arange(T0 - 10 * MINUTE, T0 + 1, 5000)
    house.write("intake", "volume", times, (times - times[0]) / 3_600_000 * 50.0)
    nan = Event("intake", "flow", T0 - 10 * MINUTE, "rejected", "NaN")
    house.ledger.journal.record(Intake(events=[PlantEvent("demo", "yard", nan)]))
    house.source.take(Change("demo", T0))
    tile, live = house.tile("water", T0), house.source.live(T0)
    assert (tile.rate.time_ms, tile.rate.value) == (T0, pytest.approx(50.0))
    assert tile.rate.estimated
    assert live.estimated == ["water"]
    assert live.troubles["intake/flow"].text == "NaN"
    intake = next(meter for meter in house.source.now(T0).meters if meter.meter == "intake")
    told = {v.key: (v.time_ms, v.trouble and v.trouble.text) for v in intake.values}
    assert told["intake/flow"] == (None, "NaN")
    assert told["intake/volume"] == (T0, None)
    house.write("intake", "flow", [T0 + 5000], [51.0])
    assert house.source.live(T0 + 5000).troubles == {}
    assert house.tile("water", T0 + 5000).rate.value == 51.0


def test_without_a_broker_nobody_knows_how_a_gateway_is(house: House) -> None:
    status = Status("online", "b1", T0, {})
    house.ledger.journal.set_status("demo", "yard", status=status, received_ms=T0)
    lost: list[int | None] = [T0]
    board_of(house.source, lambda: T0, lost_ms=lambda: lost[0])
    records = house.source.records
    assert house.source.live(T0).gateways[0].state == "unknown"
    words: dict[Language, str] = {"en": "unknown", "vi": "không rõ"}
    for language, word in words.items():
        assert show(build(records, Ask(), T0), language).tables["gateways"].rows[0][1] == word
    lost[0] = None
    assert house.source.now(T0).gateways[0].state == "online"
