"""A profile of meters: periods in the plant's own zone, areas, and what sub-meters leave."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from collector.deriving.derive import Deriver
from collector.ledger import Ledger
from collector.profile.commands import profile_main
from collector.store import COUNTER, Series
from collector.store.protocol import samples
from collector.store.sqlite import SqliteStore
from plant.calendar import SLOT_MS, day_start_ms, hours, shifts
from plant.check import load_plant
from tests.collector.profile.asking import HEAD, asked, column

METERS = (
    HEAD
    + """\
[shifts]
day = "06:00"
night = "18:00"
[products.starch]
[resources.electricity]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:502"
"""
)
METER = """\
[meters.{name}]
bus = "yard/panel"
unit_id = {number}
model = "{model}"
{what}
area = "{area}"
every = "15min"
"""


@pytest.fixture
def metered(tmp_path: Path) -> Callable[..., Path]:
    """Incomer 100 kW, in it a dryer of 60 kW and a pump of 10 kW, and 2 t/h, evenly."""

    def make(zone: str, first: date, count: int) -> Path:
        file = tmp_path / "plant.toml"
        energy, model = 'resource = "electricity"', "eastron-sdm630"
        within = f'{energy}\nwithin = "incomer"'
        rows = [
            ("incomer", model, energy, "site", 100.0, "energy"),
            ("dryer", model, within, "drying", 60.0, "energy"),
            ("pump", model, within, "wells", 10.0, "energy"),
            ("scale", "generic-belt-scale", 'product = "starch"', "packing", 2.0, "mass"),
        ]
        text = METERS.format(zone=zone)
        for number, (name, kind, what, area, _, _) in enumerate(rows, start=1):
            text += METER.format(name=name, number=number, model=kind, what=what, area=area)
        file.write_text(text, encoding="utf-8")
        plant = load_plant(file)
        store, ledger = SqliteStore(tmp_path / "data" / "store.sqlite"), Ledger(tmp_path / "data")
        start_ms = day_start_ms(first, plant.zone)
        end_ms = day_start_ms(first + timedelta(days=count), plant.zone)
        times = np.arange(start_ms - SLOT_MS, end_ms + 2 * SLOT_MS, SLOT_MS)
        for name, _, _, _, rate, point in rows:
            values = 1000 + (times - times[0]) / 3_600_000 * rate
            store.write({Series(COUNTER, "mill", (name, point)): samples(times, values)})
        deriver = Deriver([plant], store, ledger=ledger)
        deriver.renew()
        deriver.step()
        store.close()
        ledger.close()
        return file

    return make


@pytest.mark.parametrize(
    ("day", "count"), [("2025-03-30", 23), ("2025-10-26", 25), ("2025-06-01", 24)]
)
def test_days_and_hours_in_a_zone_whose_clocks_change(metered, capsys, day, count) -> None:
    """The day on which clocks go forward has 23 hours, the one on which they go back 25."""
    file = metered("Europe/Berlin", date.fromisoformat(day), 1)
    found = asked(file, capsys, "--from", day, "--to", day, "--by", "hour")
    one = column(found, "electricity")
    assert len(one["values"]) == count
    assert len({p["period"] for p in found["periods"]}) == count
    assert one["values"] == pytest.approx([100.0] * count)
    assert one["specific"]["starch"] == pytest.approx([50.0] * count)
    whole = asked(file, capsys, "--from", day, "--to", day, "--by", "day")
    assert column(whole, "electricity")["values"] == pytest.approx([100.0 * count])


def test_shifts_of_a_day_whose_clocks_change(metered, capsys) -> None:
    """Day shift twelve hours, the night in which clocks go back thirteen."""
    file = metered("Europe/Berlin", date(2025, 10, 25), 2)
    asked_for = ("--from", "2025-10-25", "--to", "2025-10-25", "--by", "shift")
    one = column(asked(file, capsys, *asked_for), "electricity")
    assert one["values"] == pytest.approx([1200.0, 1300.0])


@pytest.mark.parametrize(("by", "counts"), [("week", [7]), ("year", []), ("month", [])])
def test_a_period_that_is_not_whole_is_not_told(metered, capsys, by, counts) -> None:
    file = metered("Asia/Ho_Chi_Minh", date(2025, 3, 3), 8)
    found = asked(file, capsys, "--from", "2025-03-03", "--to", "2025-03-10", "--by", by)
    expected = [2400.0 * count for count in counts]
    assert column(found, "electricity")["values"] == pytest.approx(expected)


def test_an_area_is_its_own_meters_alone(metered, capsys) -> None:
    file = metered("UTC", date(2025, 3, 3), 2)
    days = ("--from", "2025-03-03", "--to", "2025-03-04", "--by", "day")
    found = asked(file, capsys, *days, "--area", "drying")
    assert column(found, "electricity")["total_specific"]["starch"] == pytest.approx(30)
    assert found["norms"] == found["recp"] == []
    assert profile_main([str(file), "--area", "attic"]) == 2
    assert "drying, packing, site, wells" in capsys.readouterr().err


def test_a_meter_against_its_sub_meters_with_what_is_left(metered, capsys) -> None:
    file = metered("UTC", date(2025, 3, 3), 2)
    days = ("--from", "2025-03-03", "--to", "2025-03-04", "--by", "day")
    (balance,) = asked(file, capsys, *days)["balances"]
    assert balance["name"] == "incomer"
    assert balance["parts"] == {"dryer": pytest.approx(2880), "pump": pytest.approx(480)}
    assert balance["unexplained"] == pytest.approx(1440)
    assert balance["unexplained_percent"] == pytest.approx(30)


def test_hours_and_shifts_fill_a_year_without_gap_or_overlap() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")  # clocks move by half an hour
    first, end = date(2025, 1, 1), date(2026, 1, 1)
    for spans in (
        list(hours(first, end, zone)),
        list(shifts(first, end, {"a": time(6), "b": time(22)}, zone)),
    ):
        assert all(a.end_ms == b.start_ms for a, b in pairwise(spans))


THREE_PRICES = """\
[resources.electricity]
price = [{ from = "2025-01-01", value = 1800, per = "kWh", hours = [
    { name = "peak", value = 3300, between = ["09:30-11:30", "17:00-20:00"], days = ["saturday"] },
    { name = "off-peak", value = 1100, between = ["22:00-04:00"] },
] }]
"""


def test_electricity_costs_what_its_hours_do_by_hour_shift_and_day(metered, capsys) -> None:
    """Saturday has five hours of peak, Sunday none; a night shift ends on a Sunday."""
    file = metered("Asia/Ho_Chi_Minh", date(2025, 3, 8), 2)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("[resources.electricity]\n", THREE_PRICES), encoding="utf-8")
    days = ("--from", "2025-03-08", "--to", "2025-03-09", "--by")
    told = {by: column(asked(file, capsys, *days, by), "electricity", "cost")
            for by in ("hour", "shift", "day")}  # fmt: skip
    saturday, sunday = 13 * 1800 + 5 * 3300 + 6 * 1100, 18 * 1800 + 6 * 1100
    assert told["day"]["values"] == pytest.approx([100 * saturday, 100 * sunday])
    assert sum(told["hour"]["values"]) == pytest.approx(100 * (saturday + sunday))
    assert told["hour"]["values"][9] == pytest.approx(100 * (1800 + 3300) / 2)
    night = 2 * 3300 + 2 * 1800 + 6 * 1100 + 2 * 1800
    assert told["shift"]["values"][1] == pytest.approx(100 * night)
