"""Interval rows follow the readings, in whatever order and pieces these come."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from collector.analysis.consumption import consumption
from collector.analysis.counters import EventKind
from collector.analysis.quality import Quality
from collector.deriving.derive import Deriver, told_event
from collector.deriving.sources import Source, sources_of
from collector.ledger import Intake, Ledger
from collector.store import INTERVAL, Samples, Series
from collector.store.protocol import samples
from collector.store.sqlite import SqliteStore
from plant.calendar import SLOT_MS
from plant.check import load_plant
from plant.description import Plant

T0 = 1_767_225_600_000
HOUR_MS = 4 * SLOT_MS


class Bench:
    """A deriver over real SQLite files."""

    def __init__(self, plant: Plant, folder: Path) -> None:
        self.plant = plant
        self.store = SqliteStore(folder / "s.sqlite")
        self.ledger = Ledger(folder)
        self.deriver = Deriver([plant], self.store, ledger=self.ledger)
        self.deriver.renew()

    def source(self, meter: str = "incomer") -> Source:
        return sources_of(self.plant)[meter]

    def put(self, times: list[int], values: list[float], meter: str = "incomer") -> None:
        self.store.write({self.source(meter).series: samples(times, values)})
        slots = {t // SLOT_MS for t in times}
        self.ledger.journal.record(Intake(touched={(self.plant.id, meter): slots}))

    def rows(self, meter: str = "incomer") -> Samples:
        return self.store.read(self.source(meter).intervals, 0, end_ms=2**62)

    def expected(self, meter: str = "incomer") -> Samples:
        """What one account of all readings at once gives."""
        source = self.source(meter)
        found = source.account(self.store.read(source.series, 0, end_ms=2**62))
        first, last = int(found.times_ms[0]), int(found.times_ms[-1])
        edges = np.arange(-(-first // SLOT_MS) * SLOT_MS, last + 1, SLOT_MS)
        values, quality = consumption(found, edges)
        return samples(edges[:-1], values * source.factor, quality=quality)

    def gaps(self, meter: str = "incomer") -> list[tuple[int, str]]:
        """When gaps began that the ledger tells of, and what it says of each."""
        found = self.ledger.journal.events_of_kind(self.plant.id, "gap")
        return [(one.event.time_ms, one.event.text) for one in found if one.event.meter == meter]

    def expected_gaps(self, meter: str = "incomer") -> list[tuple[int, str]]:
        """The same of one account of all readings at once."""
        source = self.source(meter)
        account = source.account(self.store.read(source.series, 0, end_ms=2**62))
        told = [told_event(source, one) for one in account.events if one.kind is EventKind.GAP]
        return sorted((one.time_ms, one.text) for one in told)

    def close(self) -> None:
        self.store.close()
        self.ledger.close()


@pytest.fixture
def bench(plant: Plant, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(plant, tmp_path)
    yield made
    made.close()


def known(rows: Samples) -> dict[int, tuple[float, int]]:
    """Rows that hold a value."""
    return {
        int(t): (float(v), int(q))
        for t, v, q in zip(rows.times_ms, rows.values, rows.quality, strict=True)
        if q not in (Quality.missing, Quality.withdrawn)
    }


def steady(hours: float, every_s: int = 10, rate: float = 0.25) -> tuple[list[int], list[float]]:
    times = [T0 + 1000 * every_s * i for i in range(int(hours * 3600 / every_s) + 1)]
    return times, [1000 + rate * i for i in range(len(times))]


def test_a_steady_counter_gives_equal_slots_once_their_end_is_seen(bench: Bench) -> None:
    times, values = steady(1.1)
    bench.put(times, values)
    assert bench.deriver.step()["mill"].rows == 4
    rows = bench.rows()
    assert rows.times_ms.tolist() == [T0 + i * SLOT_MS for i in range(4)]
    assert rows.values == pytest.approx(4 * [22.5])
    assert set(rows.quality) == {Quality.measured}
    assert bench.deriver.step()["mill"].rows == 0


def test_a_pulse_is_worth_what_the_plant_file_says(bench: Bench) -> None:
    bench.put(*steady(1, rate=2), meter="well")
    bench.deriver.step()
    assert bench.rows("well").values == pytest.approx(4 * [2 * 90 * 0.1])


def test_nothing_waits_after_a_step_and_nothing_new_changes_nothing(bench: Bench) -> None:
    bench.put(*steady(3))
    assert bench.deriver.waiting() == 13
    bench.deriver.step()
    assert bench.deriver.waiting() == 0
    bench.ledger.derivation.touch("mill", "incomer", slots=(T0 // SLOT_MS, T0 // SLOT_MS + 12))
    assert bench.deriver.step()["mill"].rows == 0


def test_what_a_death_left_half_done_is_derived_after_it(bench: Bench) -> None:
    bench.put(*steady(2))
    bench.ledger.derivation.take("mill")
    assert bench.deriver.step()["mill"].rows == 8


def test_a_late_stretch_turns_estimates_into_measured_slots(bench: Bench) -> None:
    times, values = steady(6)
    gap = [i for i, t in enumerate(times) if T0 + HOUR_MS < t < T0 + 3 * HOUR_MS]
    bench.put(
        [t for i, t in enumerate(times) if i not in gap],
        [v for i, v in enumerate(values) if i not in gap],
    )
    bench.deriver.step()
    assert Quality.estimated in bench.rows().quality
    bench.put([times[i] for i in gap], [values[i] for i in gap])
    bench.deriver.step()
    assert set(bench.rows().quality) == {Quality.measured}
    assert known(bench.rows()) == known(bench.expected())


def awkward(seed: int) -> tuple[list[int], list[float]]:
    """Two weeks of a counter with gaps, glitches, resets and long nights at zero."""
    chance = random.Random(seed)
    times, values = [], []
    time_ms, level = T0 + chance.randrange(SLOT_MS), 5000.0
    while time_ms < T0 + 14 * 24 * HOUR_MS:
        level += chance.choice((0.0, 0.5, 2.0))
        shown = level
        kind = chance.random()
        if kind < 0.004:
            shown = chance.choice((0.0, level + 1e7))
        elif kind < 0.006:
            level = shown = chance.choice((0.0, level / 2))
        elif kind < 0.008:
            time_ms += chance.randrange(30 * HOUR_MS)
        elif kind < 0.010:
            for _ in range(chance.randrange(30)):
                times.append(time_ms)
                values.append(0.0)
                time_ms += 120_000
        times.append(time_ms)
        values.append(shown)
        time_ms += chance.randrange(20_000, 280_000)
    return times, values


@pytest.mark.slow
@pytest.mark.parametrize("seed", [*range(9), 203, 258])
def test_any_order_of_arrival_comes_to_the_same_as_all_at_once(
    plant: Plant, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Blocks arrive live, late and shuffled, with a derivation after each, in small pieces too."""
    if seed % 2:
        monkeypatch.setattr("collector.deriving.derive.PIECE_SLOTS", 7 + 13 * seed)
        monkeypatch.setattr("collector.deriving.derive.PIECE_READINGS", 600)
    times, values = awkward(seed)
    chance = random.Random(seed)
    cuts = sorted(chance.sample(range(1, len(times)), 25))
    blocks = [range(a, b) for a, b in zip([0, *cuts], [*cuts, len(times)], strict=True)]
    for i in range(0, len(blocks) - 1, 2):
        if chance.random() < 0.5:
            blocks[i], blocks[i + 1] = blocks[i + 1], blocks[i]
    if seed % 3 == 0:
        chance.shuffle(blocks)
    bench = Bench(plant, tmp_path)
    for block in blocks:
        bench.put([times[i] for i in block], [values[i] for i in block])
        bench.deriver.step()
    found, wanted = known(bench.rows()), known(bench.expected())
    assert found.keys() == wanted.keys()
    for slot, (value, quality) in wanted.items():
        assert found[slot] == (pytest.approx(value, abs=1e-6), quality), slot
    assert bench.gaps() == bench.expected_gaps()
    bench.close()


def test_a_new_pulse_worth_in_the_plant_file_derives_all_anew(
    bench: Bench, plant_file: Path
) -> None:
    bench.put(*steady(2, rate=2), meter="well")
    bench.deriver.step()
    text = plant_file.read_text(encoding="utf-8").replace('"0.1 m3"', '"0.2 m3"')
    plant_file.write_text(text, encoding="utf-8")
    again = Deriver([load_plant(plant_file)], bench.store, ledger=bench.ledger)
    again.renew()
    again.step()
    assert bench.rows("well").values == pytest.approx(8 * [2 * 90 * 0.2])


def test_a_meter_without_a_totaliser_is_integrated_and_gaps_are_missing(
    bench: Bench, tmp_path: Path
) -> None:
    flow = dataclasses.replace(
        bench.source("well"),
        series=Series("gauge", "mill", ("flume", "flow")),
        intervals=Series(INTERVAL, "mill", ("flume", "wastewater")),
        meter="flume",
        kind=None,
        factor=1.0,
        every_s=10.0,
    )
    bench.deriver._sources["mill"]["flume"] = flow
    times = [t for t in steady(3)[0] if not T0 + HOUR_MS < t <= T0 + 1.3 * HOUR_MS]
    half = len(times) // 2
    for part in (times[half:], times[:half]):
        bench.store.write({flow.series: samples(part, [8.0] * len(part))})
        slots = {t // SLOT_MS for t in part}
        bench.ledger.journal.record(Intake(touched={("mill", "flume"): slots}))
        bench.deriver.step()
    rows = known(bench.store.read(flow.intervals, 0, end_ms=2**62))
    gone = {T0 + HOUR_MS, T0 + HOUR_MS + SLOT_MS}
    assert set(rows) == {T0 + i * SLOT_MS for i in range(12)} - gone
    assert all(v == (pytest.approx(2.0), Quality.integrated) for v in rows.values())


def test_what_happened_to_a_counter_is_told_once_as_an_event(bench: Bench) -> None:
    times, values = steady(6)
    values[900] = 0.0
    bench.put(times[:1000], values[:1000])
    bench.deriver.step()
    bench.put(times[1000:], values[1000:])
    bench.deriver.step()
    told = [e.event for e in bench.ledger.journal.events("mill")]
    assert [(e.meter, e.kind) for e in told] == [("incomer", "glitch")]


def test_history_of_one_reading_a_slot_has_no_gaps_and_each_day_begins_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weeks that come in packs are read few times over, not from their beginning each time."""
    bench_days, pack_days = 60, 3
    times, values = steady(24 * bench_days, every_s=900)
    rows: list[int] = []
    read = bench.store.read

    def counted(series: Series, start_ms: int, *, end_ms: int) -> Samples:
        found = read(series, start_ms, end_ms=end_ms)
        rows.append(len(found) if series == bench.source().series else 0)
        return found

    monkeypatch.setattr(bench.store, "read", counted)
    for first in range(0, len(times), 96 * pack_days):
        here = slice(first, first + 96 * pack_days)
        bench.put(times[here], values[here])
        bench.deriver.step()
    assert sum(rows) < 5 * len(times)
    assert bench.gaps() == bench.expected_gaps() == []
    assert set(bench.rows().quality) == {Quality.measured}
