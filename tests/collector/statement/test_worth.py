"""What a saving is worth: the price of each day, the factor of each year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from collector.analysis.forecast import Forecast
from collector.analysis.saving import Saving
from collector.statement import Row
from collector.statement.worth import co2e, cost
from collector.store.protocol import Floats
from plant.calendar import Span
from plant.check import check_plant
from plant.description import Plant
from plant.errors import PlantFileError
from plant.factors import factors
from plant.toml_file import parse_toml

PLANT = """\
[plant]
id = "mill"
name = "Mill"
[resources.electricity]
price = [
    { from = "2024-01-01", value = 1000, per = "kWh", source = "tariff" },
    { from = "2024-04-01", value = 2, per = "Wh" },
]
co2e = "vn-grid"
[resources.steam]
"""


def plant(text: str = PLANT) -> Plant:
    return check_plant(parse_toml(text, "plant.toml", PlantFileError))


def unread(spans: Sequence[Span]) -> Floats:
    """Nothing finer is known."""
    return np.full(len(spans), np.nan)


def row(first: str, last: str, expected: float | None, actual: float | None) -> Row:
    days = date.fromisoformat(first), date.fromisoformat(last)
    missing = () if expected is not None else ("electricity",)
    return Row(first, *days, "reporting", actual, {}, "measured", "metered", expected, missing)


def saving(expected: float, actual: float, low: float, high: float) -> Saving:
    """A saving whose interval goes from low to high."""
    ahead = Forecast("integrated", 0.9, expected, expected, actual + low, actual + high, r=0.0)
    return Saving(ahead, actual, meter_half_width=0.0)


def test_each_day_takes_the_price_of_its_date() -> None:
    rows = [
        row("2024-03-31", "2024-03-31", 100, 90),  # 10 kWh at 1000
        row("2024-04-01", "2024-04-01", 100, 95),  # 5 kWh at 2 a Wh
    ]
    found = cost(plant(), "electricity", rows=rows, saving=saving(200, 185, 10, 20), read=unread)
    assert found is not None
    assert found.value == pytest.approx(10 * 1000 + 5 * 2000)
    assert [(rate.value, rate.unit, rate.days) for rate in found.rates] == [
        (1000, "VND/kWh", 1), (2, "VND/Wh", 1)
    ]  # fmt: skip
    assert found.rates[0].source == "tariff"
    average = (100 * 1000 + 100 * 2000) / 200
    assert (found.low, found.high) == (pytest.approx(10 * average), pytest.approx(20 * average))


def test_a_period_across_a_change_takes_each_price_for_what_was_used_under_it() -> None:
    rows = [row("2024-03-22", "2024-04-10", 100, 90)]
    held = saving(100, 90, 5, 15)

    def read(spans: Sequence[Span]) -> Floats:
        assert [span.end_ms - span.start_ms for span in spans] == [864_000_000] * 2
        return np.array([60.0, 30.0])

    found = cost(plant(), "electricity", rows=rows, saving=held, read=read)
    assert found is not None
    assert found.value == pytest.approx(10 * (60 * 1000 + 30 * 2000) / 90)
    assert [rate.days for rate in found.rates] == [10, 10]


def test_an_amount_that_is_known_only_as_a_whole_is_shared_by_days() -> None:
    rows = [row("2024-03-22", "2024-04-10", 100, 90)]  # ten days of each price
    found = cost(plant(), "electricity", rows=rows, saving=saving(100, 90, 5, 15), read=unread)
    assert found is not None
    assert found.value == pytest.approx(10 * 1500)


def test_a_saving_before_the_first_price_has_no_worth_and_says_for_how_many_days() -> None:
    rows = [row("2023-12-30", "2024-01-02", 100, 90)]
    found = cost(plant(), "electricity", rows=rows, saving=saving(100, 90, 5, 15), read=unread)
    assert found is not None
    assert (found.value, found.low, found.high, found.days_without) == (None, None, None, 2)


def test_emissions_take_the_factor_of_the_year_and_tell_when_an_earlier_one_stands_in() -> None:
    rows = [
        row("2022-12-31", "2022-12-31", 2000, 1000),
        row("2023-01-01", "2023-01-01", 2000, 1000),
        row("2026-01-01", "2026-01-01", 2000, 1000),
    ]
    factor = factors()["vn-grid"]
    found = co2e(
        plant(),
        "electricity",
        rows=rows,
        saving=saving(6000, 3000, 2900, 3100),
        read=unread,
        factor=factor,
    )
    assert found is not None
    assert found.unit == "tCO2e"
    assert found.value == pytest.approx(0.6766 + 0.6592 + 0.6592)
    assert [(rate.since, rate.stands_in) for rate in found.rates] == [
        ("2022", False), ("2023", False), ("2023", True)
    ]  # fmt: skip


def test_rows_that_are_left_out_are_worth_nothing() -> None:
    rows = [row("2024-01-01", "2024-01-01", 100, 90), row("2024-01-02", "2024-01-02", None, 50)]
    found = cost(plant(), "electricity", rows=rows, saving=saving(100, 90, 5, 15), read=unread)
    assert found is not None
    assert (found.value, found.rates[0].days) == (pytest.approx(10_000), 1)


def test_a_resource_without_a_price_or_factor_has_no_worth() -> None:
    rows = [row("2024-01-01", "2024-01-01", 100, 90)]
    held = saving(100, 90, 5, 15)
    assert cost(plant(), "steam", rows=rows, saving=held, read=unread) is None
    assert co2e(plant(), "steam", rows=rows, saving=held, read=unread, factor=None) is None
