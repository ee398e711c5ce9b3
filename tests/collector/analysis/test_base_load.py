"""The lowest hour of a night, hours without output, and the two leak rules."""

import numpy as np
import pytest

from collector.analysis.base_load import above, has_risen, idle_hours, nights


def hours(days: int, value: float = 50.0) -> np.ndarray:
    return np.full((24, days), value)


def test_a_night_is_its_lowest_hour_from_midnight_to_five() -> None:
    rates = hours(2)
    rates[3, 0], rates[4, 1], rates[6, 0], rates[23, 1] = 7.0, 9.0, 1.0, 2.0
    found = nights(rates, None)
    assert found.lowest.tolist() == [7.0, 9.0]
    assert found.hour.tolist() == [3, 4]
    assert found.is_idle.tolist() == [True, True]


def test_a_night_needs_three_known_hours() -> None:
    rates = hours(2)
    rates[[0, 1], 0] = np.nan
    rates[[0, 1, 2], 1] = np.nan
    found = nights(rates, None)
    assert np.isnan(found.lowest).tolist() == [False, True]
    assert found.hour.tolist() == [0 + 2, -1]
    assert found.is_idle.tolist() == [True, False]


def test_an_hour_without_output_is_idle_and_an_unknown_one_is_not() -> None:
    made = hours(1, 10.0)
    made[[0, 1, 2], 0] = 0.0, 0.0, 0.3
    made[3, 0] = np.nan
    idle = idle_hours(made)
    assert idle is not None
    assert idle[:5, 0].tolist() == [True, True, False, False, False]
    assert idle_hours(np.full((24, 2), np.nan)) is None
    assert idle_hours(None) is None


def test_the_base_is_that_of_an_idle_hour_where_the_night_has_one() -> None:
    rates, made = hours(1), hours(1, 10.0)
    rates[[1, 2], 0] = 8.0, 4.0
    made[1, 0] = 0.0
    found = nights(rates, idle_hours(made))
    assert (found.lowest[0], found.hour[0], found.is_idle[0]) == (8.0, 1, True)


def test_more_than_the_limit_is_a_leak_only_where_nothing_was_made() -> None:
    rates, made = hours(3), hours(3, 10.0)
    rates[2] = 8.0, 8.0, 5.0
    made[2] = 0.0, 10.0, 0.0
    found = nights(rates, idle_hours(made))
    assert above(found, 6.0).tolist() == [True, False, False]
    assert above(found, None).tolist() == [False, False, False]


@pytest.mark.parametrize(("late", "said"), [(12.1, True), (11.9, False)])
def test_a_base_that_lies_a_fifth_above_that_of_before_has_risen(late: float, said: bool) -> None:
    rates = hours(14)
    rates[2, :7], rates[2, 7:] = 10.0, late
    assert has_risen(nights(rates, None)) is said


def test_with_few_nights_before_nothing_is_said_of_a_rise() -> None:
    assert has_risen(nights(hours(13), None)) is None
