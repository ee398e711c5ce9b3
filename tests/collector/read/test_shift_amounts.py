"""A day is known when each of its shifts is."""

from __future__ import annotations

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from collector.ledger import Amount
from collector.read.shifts import of_days

NAMES = {"a": time(2, 15), "b": time(3), "c": time(22)}


@pytest.mark.parametrize(
    ("day", "entered", "value"),
    [
        (date(2025, 3, 29), "abc", 3.0),
        (date(2025, 3, 29), "bc", None),
        (date(2025, 3, 30), "bc", 2.0),  # clocks go forward past the whole of a
        (date(2025, 3, 30), "ab", None),
    ],
)
def test_a_day_is_the_sum_of_those_of_its_shifts_that_exist(
    day: date, entered: str, value: float | None
) -> None:
    end = day + timedelta(days=1)
    amounts = [Amount("starch", day, end, 1.0, "t", shift=shift) for shift in entered]
    found = of_days(amounts, NAMES, ZoneInfo("Europe/Berlin"))
    assert [amount.value for amount in found] == ([] if value is None else [value])
