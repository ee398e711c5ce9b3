"""Prices by the hours of the day: what a plant file may say of them."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from plant.tariff import Price

PEAK = {"name": "peak", "value": 3, "between": ["17:00-20:00"]}


def price(*hours: dict[str, object]) -> Price:
    return Price.model_validate(
        {"from": "2025-01-01", "value": 2, "per": "kWh", "hours": list(hours)}
    )


def test_hours_past_midnight_are_both_ends_of_the_days_that_they_are_of() -> None:
    night = {"name": "night", "value": 1, "between": ["22:00-04:00"], "days": ["friday"]}
    friday, saturday = (list(price(night).by_clock(date(2025, 1, day))) for day in (3, 4))
    assert [(f"{at:%H:%M}", one and one.name) for at, one in friday] == [
        ("00:00", "night"),
        ("04:00", None),
        ("22:00", "night"),
    ]
    assert {one for _, one in saturday} == {None}


def test_hours_until_midnight_leave_none_after_it() -> None:
    late = price({**PEAK, "between": ["20:00-24:00", "22:00-00:00"]}).hours[0]
    assert late.minutes == ((1200, 1440), (1320, 1440))


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([PEAK, {**PEAK, "name": "high", "between": ["19:59-21:00"]}], "peak and high overlap"),
        ([PEAK, {**PEAK, "name": "day", "between": ["05:00-04:00"]}], "overlap"),
        ([{**PEAK, "between": ["17-20"]}], "17:00-20:00"),
        ([{**PEAK, "between": ["17:60-20:00"]}], "17:00-20:00"),
        ([{**PEAK, "between": ["24:00-01:00"]}], "17:00-20:00"),
        ([{**PEAK, "between": ["17:00-17:00"]}], "17:00-20:00"),
        ([{**PEAK, "between": []}], "at least 1"),
        ([{**PEAK, "days": ["sun"]}], "sunday"),
        ([{**PEAK, "value": -1}], "greater than or equal to 0"),
    ],
)
def test_hours_that_are_none_or_have_two_prices_are_a_fault(hours, said) -> None:
    with pytest.raises(ValidationError, match=said):
        price(*hours)


def test_hours_of_different_days_do_not_overlap() -> None:
    weekend = {**PEAK, "name": "weekend", "days": ["saturday", "sunday"]}
    assert price(weekend, {**PEAK, "days": ["monday"]}).hours[0].name == "weekend"
