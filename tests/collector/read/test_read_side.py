"""What pages and reports are told: sums that add up, the rest of today, bills spread over days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from collector.analysis.quality import Quality
from collector.deriving.derive import Deriver
from collector.deriving.sources import sources_of
from collector.ledger import Amount, Intake, Ledger, Sender
from collector.read import Amounts, gateways
from collector.read.spans import sum_slots
from collector.store import GAUGE, Series
from collector.store.protocol import samples
from collector.store.sqlite import SqliteStore
from plant.calendar import SLOT_MS, Span, day_start_ms, days, months, shifts
from plant.check import load_plant
from plant.description import Plant
from plant.wire import Status

FIRST = date(2026, 1, 1)


class Bench:
    """A plant whose store holds readings and what was derived from them."""

    def __init__(self, plant: Plant, folder: Path) -> None:
        self.plant = plant
        self.store = SqliteStore(folder / "s.sqlite")
        self.ledger = Ledger(folder)
        self.amounts = Amounts(plant, self.store, ledger=self.ledger)
        self.metered = self.amounts.metered
        self.start_ms = day_start_ms(FIRST, plant.zone)

    def put(self, meter: str, hours: float, per_h: float, *, from_h: float = 0) -> None:
        """A counter that rises steadily, read every minute."""
        steps = np.arange(round(from_h * 60), round(hours * 60) + 1)
        times = self.start_ms + 60_000 * steps
        self.store.write({sources_of(self.plant)[meter].series: samples(times, per_h * steps / 60)})
        slots = np.unique(times // SLOT_MS).tolist()
        self.ledger.journal.record(Intake(touched={("mill", meter): slots}))
        Deriver([self.plant], self.store, ledger=self.ledger).step()

    def enter(self, quantity: str, first: date, end: date, value: float, unit: str) -> None:
        amount = Amount(quantity, first, end, value, unit)
        self.ledger.amounts.enter(
            "mill", [(amount, "x.csv:2")], author="a", reason="", entered_ms=0
        )


@pytest.fixture
def bench(plant: Plant, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(plant, tmp_path)
    yield made
    made.store.close()
    made.ledger.close()


def test_parts_of_a_span_sum_to_the_whole_whatever_the_edges() -> None:
    chance = np.random.default_rng(1)
    values = chance.uniform(0, 100, 400)
    rows = samples(np.arange(400) * SLOT_MS, values, quality=np.zeros(400, dtype=np.int8))
    edges = np.sort(chance.integers(0, 400 * SLOT_MS, 30))
    spans = [Span(int(a), int(b), "") for a, b in pairwise(edges)]
    parts, _ = sum_slots(rows, spans)
    whole, _ = sum_slots(rows, [Span(int(edges[0]), int(edges[-1]), "")])
    assert parts.sum() == pytest.approx(whole[0], rel=1e-12)
    exact, quality = sum_slots(rows, [Span(0, 400 * SLOT_MS, "")])
    assert exact[0] == pytest.approx(values.sum(), rel=1e-13)
    assert quality[0] == Quality.measured


def test_a_span_is_as_good_as_its_worst_slot() -> None:
    codes = [Quality.measured, Quality.estimated, Quality.integrated, Quality.missing]
    rows = samples(np.arange(4) * SLOT_MS, [1.0, 2.0, 4.0, np.nan], quality=codes)
    spans = [Span(0, n * SLOT_MS, "") for n in (1, 2, 3, 4, 5)]
    values, quality = sum_slots(rows, spans)
    assert quality.tolist() == [*codes, Quality.missing]
    assert values[:3].tolist() == [1.0, 3.0, 7.0]
    assert np.isnan(values[3:]).all()


def test_days_and_shifts_are_the_plants_own(bench: Bench) -> None:
    bench.put("incomer", 72, per_h=10)
    zone = bench.plant.zone
    two = list(days(FIRST, date(2026, 1, 3), zone))
    assert bench.metered.consumption("electricity", two)[0] == pytest.approx([240.0, 240.0])
    found = list(shifts(FIRST, date(2026, 1, 2), {"d": time(6), "n": time(18)}, zone))
    assert bench.metered.consumption("electricity", found)[0] == pytest.approx([120.0, 120.0])


def test_a_sub_meter_is_not_counted_again(bench: Bench) -> None:
    bench.put("incomer", 24.5, per_h=10)
    bench.put("dryer", 24.5, per_h=4)
    values, _ = bench.metered.consumption(
        "electricity", list(days(FIRST, date(2026, 1, 2), bench.plant.zone))
    )
    assert values == pytest.approx([240.0])


def test_a_day_that_still_runs_is_missing_but_its_amount_so_far_is_told(bench: Bench) -> None:
    bench.put("incomer", 7.4, per_h=10)
    (today,) = days(FIRST, date(2026, 1, 2), bench.plant.zone)
    values, quality = bench.metered.consumption("electricity", [today])
    assert np.isnan(values[0])
    assert quality[0] == Quality.missing
    so_far = bench.metered.so_far("electricity", today)
    assert so_far.value == pytest.approx(74.0)
    assert so_far.until_ms == bench.start_ms + round(7.4 * 3_600_000)


def test_before_the_first_reading_of_a_day_nothing_is_known_of_it(bench: Bench) -> None:
    (today,) = days(FIRST, date(2026, 1, 2), bench.plant.zone)
    assert bench.metered.so_far("electricity", today).value is None
    assert bench.metered.so_far("electricity", today).until_ms is None


def test_stretches_finer_than_a_slot_come_from_the_readings(bench: Bench) -> None:
    bench.put("incomer", 6, per_h=60)
    edges = bench.start_ms + 3_600_000 + 300_000 * np.arange(7)
    values, quality = bench.metered.between("electricity", edges)
    assert values == pytest.approx([5.0] * 6)
    assert set(quality) == {Quality.measured}


def test_the_newest_values_carry_unit_and_age(bench: Bench) -> None:
    bench.put("incomer", 1, per_h=60)
    power = Series(GAUGE, "mill", ("incomer", "power"))
    bench.store.write({power: samples([bench.start_ms], [1500.0])})
    found = bench.metered.latest()
    assert found["incomer", "power"][:3] == (1500.0, "W", bench.start_ms)
    assert found["incomer", "energy"][:3] == (60.0, "kWh", bench.start_ms + 3_600_000)
    assert len(bench.metered.readings("incomer", "energy", start_ms=0, end_ms=2**62)) == 61


def test_metered_days_win_and_imported_ones_fill_the_rest(bench: Bench) -> None:
    bench.put("incomer", 24.5, per_h=10)
    for day in (1, 2):
        bench.enter("electricity", date(2026, 1, day), date(2026, 1, day + 1), 999.0, "kWh")
    spans = list(days(FIRST, date(2026, 1, 4), bench.plant.zone))
    totals = bench.amounts.totals("electricity", spans)
    assert totals.origins == ["metered", "imported", "none"]
    assert totals.values[:2] == pytest.approx([240.0, 999.0])
    assert np.isnan(totals.values[2])
    two = Span(spans[0].start_ms, spans[1].end_ms, "")
    both = bench.amounts.totals("electricity", [two])
    assert (both.origins, both.values.tolist()) == (["both"], [pytest.approx(1239.0)])


def test_a_bill_over_several_days_is_spread_evenly(bench: Bench) -> None:
    bench.enter("water", FIRST, date(2026, 2, 1), 310.0, "m3")
    spans = list(days(date(2026, 1, 30), date(2026, 2, 3), bench.plant.zone))
    assert bench.amounts.totals("water", spans).values[:2] == pytest.approx([10.0, 10.0])
    assert np.isnan(bench.amounts.totals("water", spans).values[2:]).all()
    (january,) = months(FIRST, date(2026, 2, 1), bench.plant.zone)
    assert bench.amounts.totals("water", [january]).values.tolist() == [310.0]


def test_a_temperature_is_averaged_not_added(tmp_path: Path, plant_file: Path) -> None:
    text = plant_file.read_text(encoding="utf-8") + '[drivers.outside]\nunit = "degC"\n'
    plant_file.write_text(text, encoding="utf-8")
    bench = Bench(load_plant(plant_file), tmp_path)
    bench.enter("outside", date(2026, 1, 1), date(2026, 1, 2), 20.0, "degC")
    bench.enter("outside", date(2026, 1, 2), date(2026, 1, 4), 26.0, "degC")
    span = Span(bench.start_ms, bench.start_ms + 3 * 86_400_000, "")
    assert bench.amounts.totals("outside", [span]).values == pytest.approx([24.0])


def test_specific_consumption_is_missing_where_nothing_was_made(bench: Bench) -> None:
    for day, made in ((1, 50.0), (2, 0.0)):
        end = date(2026, 1, day + 1)
        bench.enter("electricity", date(2026, 1, day), end, 10_000.0, "kWh")
        bench.enter("starch", date(2026, 1, day), end, made, "t")
    spans = list(days(FIRST, date(2026, 1, 4), bench.plant.zone))
    found = bench.amounts.specific("electricity", "starch", spans=spans)
    assert found[0] == 200.0
    assert np.isnan(found[1:]).all()


def test_gateways_tell_what_is_missing_and_whether_their_file_is_ours(bench: Bench) -> None:
    journal = bench.ledger.journal
    journal.record(Intake(seen={Sender("mill", "yard", "box"): [1, 2, 5]}))
    status = Status("online", outbox_depth=4, clock_offset_ms=120, config="other")
    journal.set_status("mill", "yard", status=status, received_ms=9)
    yard, annex = gateways(bench.plant, bench.ledger)
    assert (yard.gateway, yard.missing_packs, yard.received_ms) == ("yard", 2, 9)
    assert yard.status == status
    assert yard.same_config is False
    assert annex.status is None
    assert annex.same_config is None


def test_a_part_of_a_day_is_metered_or_unknown_and_never_a_share_of_an_imported_day(
    bench: Bench,
) -> None:
    bench.put("incomer", 12.5, per_h=10)
    bench.enter("electricity", FIRST, date(2026, 1, 2), 999.0, "kWh")
    found = list(shifts(FIRST, date(2026, 1, 2), {"d": time(6), "n": time(18)}, bench.plant.zone))
    (whole,) = days(FIRST, date(2026, 1, 2), bench.plant.zone)
    half = Span(bench.start_ms, bench.start_ms + 6 * 3_600_000, "")
    totals = bench.amounts.parts("electricity", [half, *found, whole])
    assert totals.origins == ["metered", "none", "none", "imported"]
    assert totals.values[[0, 3]] == pytest.approx([60.0, 999.0])
    assert np.isnan(totals.values[1:3]).all()


def test_several_products_as_one_are_added_by_their_weights_so_far_too(
    tmp_path: Path, plant_file: Path
) -> None:
    text = plant_file.read_text(encoding="utf-8").replace('product = "starch"', 'product = "fine"')
    text += "[products.fine]\n[products.all]\nweights = { fine = 2 }\n"
    plant_file.write_text(text, encoding="utf-8")
    bench = Bench(load_plant(plant_file), tmp_path)
    bench.put("scale", 7, per_h=3)
    half = Span(bench.start_ms, bench.start_ms + 6 * 3_600_000, "")
    assert bench.amounts.parts("all", [half]).values == pytest.approx([36.0])
    (today,) = days(FIRST, date(2026, 1, 2), bench.plant.zone)
    assert bench.amounts.so_far("all", today).value == pytest.approx(42.0)
