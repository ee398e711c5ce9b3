"""What survives thinning gives the same consumption, slot by slot, as all that was read."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.thinning import Numbered, Thinner, bytes_per_day
from collector.analysis.accounting import account
from collector.analysis.consumption import consumption
from collector.deriving.sources import sources_of
from plant.calendar import SLOT_MS
from plant.check import load_plant
from plant.description import Plant
from plant.errors import WireError
from plant.reading import Event, Reading
from plant.senml import Pack, decode_pack, encode_pack
from plant.thinned import Thinned, replace_packs, replaced_in

START_MS = 1_790_000_100_000 // SLOT_MS * SLOT_MS
PLANT = """
[resources.water]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:502"
[meters.dryer]
bus = "yard/panel"
unit_id = 1
model = "eastron-sdm630"
resource = "electricity"
points = ["energy", "power"]
every = "30s"
max_rate = "600 kW"
[meters.well]
bus = "yard/panel"
unit_id = 2
model = "wago-750-638"
resource = "water"
points = ["count1"]
pulse = "1 L"
every = "30s"
max_rate = "40 m3/h"
[meters.weir]
bus = "yard/panel"
unit_id = 3
model = "ads-flowshark"
resource = "water"
every = "30s"
"""


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    path: Path = tmp_path_factory.mktemp("plant") / "plant.toml"
    path.write_text('[plant]\nid = "works"\nname = "Works"\n[resources.electricity]\n' + PLANT)
    return load_plant(path)


def packs_of(readings: list[Reading], per_pack: int = 12, first: int = 1) -> list[Numbered]:
    chunks = [readings[i : i + per_pack] for i in range(0, len(readings), per_pack)]
    return [Numbered(first + i, encode_pack(Pack("works", c), {})) for i, c in enumerate(chunks)]


def thin_all(plant: Plant, packs: list[Numbered], *, batch: int = 40) -> list[Reading]:
    """Both steps over batches, as an outbox takes them; what is left."""
    thinner = Thinner(plant)
    for step in (1, 2):
        left, packs = packs, []
        while left:
            done = thinner.thin(left[:batch], step)
            kept = done.payloads or [pack.payload for pack in done.replaced]
            packs += [Numbered(len(packs) + 1, payload) for payload in kept]
            left = left[len(done.replaced) :]
    return [reading for pack in packs for reading in decode_pack(pack.payload).readings]


def slots_of(plant: Plant, meter: str, readings: list[Reading]) -> tuple[list[float], list[int]]:
    """Consumption and quality of each slot."""
    source = sources_of(plant)[meter]
    assert source.kind is not None
    mine = sorted((r.time_ms, r.value) for r in readings if r.point == source.series.tags[1])
    last = START_MS + 40 * SLOT_MS
    edges = np.arange(START_MS, last, SLOT_MS)
    values, quality = consumption(
        account([t for t, _ in mine], [v for _, v in mine], source.kind), edges
    )
    return values.tolist(), quality.tolist()


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[int, float]]:
    """A counter of 0.1 kWh over eight hours: loads that come and go, and what befalls counters."""
    chance = random.Random(draw(st.integers(0, 2**32)))
    every_ms = 30_000
    total, readings = draw(st.sampled_from([0.0, 40.0, 12_345.0])), []
    power = 200.0
    for n in range(8 * 120):
        if chance.random() < 0.02:
            power = chance.choice([0.0, 20.0, 200.0, 450.0])
        total += power * every_ms / 3.6e6
        jitter = chance.randrange(-400, 400)
        readings.append((START_MS + 7_000 + n * every_ms + jitter, round(total, 1)))
    for fault in draw(st.lists(st.sampled_from(FAULTS), max_size=3)):
        readings = fault(readings, chance)
    return readings


History = list[tuple[int, float]]


def gap(readings: History, chance: random.Random) -> History:
    at = chance.randrange(len(readings))
    return readings[:at] + readings[at + chance.choice([3, 20, 100]) :]


def bounce(readings: History, chance: random.Random) -> History:
    at, length = chance.randrange(len(readings)), chance.choice([1, 2, 5, 70])
    return [(t, 0.0) if at <= n < at + length else (t, v) for n, (t, v) in enumerate(readings)]


def spike(readings: History, chance: random.Random) -> History:
    at = chance.randrange(len(readings))
    return [(t, v + 1e5) if n == at else (t, v) for n, (t, v) in enumerate(readings)]


def reset(readings: History, chance: random.Random) -> History:
    at = chance.randrange(1, len(readings))
    base = readings[at - 1][1]
    return readings[:at] + [(t, round(v - base, 1)) for t, v in readings[at:]]


def late(readings: History, chance: random.Random) -> History:
    """One reading shows what the one before it showed."""
    at = chance.randrange(1, len(readings))
    return [*readings[:at], (readings[at][0], readings[at - 1][1]), *readings[at + 1 :]]


FAULTS = [gap, bounce, spike, reset, late]


def test_the_first_count_after_a_drop_and_a_long_rest_stays(plant: Plant) -> None:
    """Without it a rise beyond the old level looks like the return from a glitch."""
    values = [34.7] * 90 + [0.0] * 513 + [min(3.75 * n, 83.7) for n in range(1, 358)]
    readings = [
        Reading("dryer", "energy", START_MS + 7000 + 30_000 * n, v) for n, v in enumerate(values)
    ]
    for batch in (5, 40, 400):
        left = thin_all(plant, packs_of(readings), batch=batch)
        assert len(left) < len(readings) / 2
        assert slots_of(plant, "dryer", left)[1] == slots_of(plant, "dryer", readings)[1]


@pytest.mark.slow
@settings(max_examples=100)
@given(histories(), st.sampled_from([5, 40, 400]))
def test_every_slot_consumes_what_it_consumed_before(plant: Plant, history, batch) -> None:
    """Whatever befell the counter, and wherever batches end."""
    readings = [Reading("dryer", "energy", t, v) for t, v in history]
    left = thin_all(plant, packs_of(readings), batch=batch)
    assert set(left) <= set(readings)
    before, after = slots_of(plant, "dryer", readings), slots_of(plant, "dryer", left)
    assert after[1] == before[1], "quality"
    assert after[0] == pytest.approx(before[0], abs=1e-9, nan_ok=True)


def test_a_calm_counter_keeps_two_readings_a_slot_and_a_gauge_one(plant: Plant) -> None:
    times = [START_MS + n * 5_000 for n in range(20 * 180)]
    energy = [Reading("dryer", "energy", t, n / 10) for n, t in enumerate(times)]
    power = [Reading("dryer", "power", t, 72_000.0) for t in times]
    packs = packs_of([r for pair in zip(energy, power, strict=True) for r in pair], per_pack=50)
    left = thin_all(plant, packs, batch=1000)
    assert 20 <= len([r for r in left if r.point == "power"]) <= 22, "a batch may end in a slot"
    assert 40 <= len([r for r in left if r.point == "energy"]) <= 44


def test_the_first_step_leaves_counters_alone(plant: Plant) -> None:
    times = [START_MS + n * 5_000 for n in range(720)]
    energy = [Reading("dryer", "energy", t, n / 10) for n, t in enumerate(times)]
    power = [Reading("dryer", "power", t, 72_000.0) for t in times]
    done = Thinner(plant).thin(packs_of([*energy, *power]), 1)
    left = [r for payload in done.payloads for r in decode_pack(payload).readings]
    assert [r for r in left if r.point == "energy"] == energy
    assert done.record.left_out == len(power) - 4


def test_every_turn_of_a_counter_of_16_bits_survives(plant: Plant) -> None:
    """At 40 m3/h it turns in an hour and a half; a slot in which it does is kept whole."""
    readings = [
        Reading("well", "count1", START_MS + n * 30_000, float(n * 333 % 65_536))
        for n in range(10 * 120)
    ]
    left = thin_all(plant, packs_of(readings), batch=200)
    assert len(left) < len(readings) / 2
    assert slots_of(plant, "well", left) == slots_of(plant, "well", readings)


def test_an_integrated_rate_stays_dense_enough_to_be_integrated(plant: Plant) -> None:
    readings = [Reading("weir", "flow", START_MS + n * 30_000, 100.0 + n % 7) for n in range(480)]
    done = Thinner(plant).thin(packs_of(readings), 1)
    assert done.payloads == [], "the first step does not touch it"
    left = thin_all(plant, packs_of(readings), batch=1000)
    gaps = np.diff([r.time_ms for r in left])
    assert gaps.max() <= 120_000
    assert len(left) < len(readings) / 2


def test_events_and_points_that_nobody_knows_stay(plant: Plant) -> None:
    event = Event("dryer", "health", START_MS, "timeout", "silent")
    unknown = [Reading("dryer", "removed", START_MS + n, float(n)) for n in range(5)]
    power = [Reading("dryer", "power", START_MS + n, float(n)) for n in range(5)]
    payload = encode_pack(Pack("works", [*unknown, *power], [event]), {})
    done = Thinner(plant).thin([Numbered(7, payload)], 1)
    (pack,) = map(decode_pack, done.payloads)
    assert pack.readings == [*unknown, power[-1]]
    assert pack.events[0] == event


def test_a_pack_says_which_others_it_replaces_and_what_they_were(plant: Plant) -> None:
    power = [Reading("dryer", "power", START_MS + n * 1000, 1.0) for n in range(100)]
    packs = packs_of(power, per_pack=10, first=41)
    thinner = Thinner(plant)
    done = thinner.thin(packs, 1)
    (pack,) = map(decode_pack, done.payloads)
    (said,) = replaced_in(pack.events)
    assert said.numbers == [(41, 50)]
    assert said.left_out == 99
    digests = b"".join(hashlib.sha256(p.payload).digest() for p in packs)
    assert said.digest == hashlib.sha256(digests).hexdigest()
    more = packs_of(power, per_pack=50, first=52)
    again = thinner.thin([Numbered(51, done.payloads[0]), *more], 2)
    records = replaced_in(decode_pack(again.payloads[0]).events)
    assert [record.numbers for record in records] == [[(41, 50)], [(51, 53)]], "for ever"


@pytest.mark.parametrize(
    "text",
    ["", "1-2", "0 sha256 {}; 1 readings left out", "5-3 sha256 {}; 1 readings left out",
     "4,2 sha256 {}; 1 readings left out", "1-9 sha256 12; 1 readings left out"],
)  # fmt: skip
def test_what_is_no_list_of_replaced_packs_is_refused(text: str) -> None:
    with pytest.raises(WireError):
        Thinned.parse(text.format("0" * 64))


@given(st.sets(st.integers(1, 500), min_size=1))
def test_a_list_of_replaced_packs_can_be_read_again(numbers) -> None:
    thinned = replace_packs([(n, b"x") for n in sorted(numbers)], 3)
    assert Thinned.parse(thinned.text) == thinned
    assert {n for a, b in thinned.numbers for n in range(a, b + 1)} == numbers


def test_how_long_an_outage_fits_is_told_beforehand(plant: Plant) -> None:
    raw, thin = bytes_per_day(plant, "yard")
    records = raw / (24 * 120), thin / 96
    assert records[0] == pytest.approx(5 * 58), "energy, power, pulses, flow and depth"
    assert records[1] == pytest.approx((2 + 1 + 2 + 9 + 1) * 58)
