"""Shifts, stops, seasons and days."""

from datetime import date, time

import numpy as np
import pytest

from simulators.draws import Array, Draws
from simulators.worktime import Breakdowns, Clock, Season, Shift, Stop, WorkTime

WALL = np.arange(1440.0)
DRAWS = Draws(1)


def running(work: WorkTime, *days: int) -> Array:
    return work.running(days, [WALL] * len(days), draws=DRAWS)


def test_the_night_shift_runs_on_past_midnight() -> None:
    """Before the first shift of a day the last one of the day before still runs."""
    work = WorkTime(shifts=(Shift(at=time(6), load=1.0), Shift(at=time(22), load=0.5)))
    shares = running(work, date(2025, 3, 3).toordinal())
    assert set(shares[:360]) == {0.5}
    assert set(shares[360:1320]) == {1.0}
    assert set(shares[1320:]) == {0.5}


def test_a_weekly_stop_that_passes_midnight_ends_on_the_next_day() -> None:
    """Sunday 20:00 for 10 hours is Monday until 06:00."""
    work = WorkTime(stops=(Stop(weekday="sunday", at=time(20), hours=10),))
    sunday = running(work, date(2025, 3, 2).toordinal())
    monday = running(work, date(2025, 3, 3).toordinal())
    tuesday = running(work, date(2025, 3, 4).toordinal())
    assert np.flatnonzero(sunday == 0).tolist() == list(range(1200, 1440))
    assert np.flatnonzero(monday == 0).tolist() == list(range(360))
    assert tuesday.min() > 0


def test_a_stop_every_other_week_leaves_the_week_between_alone() -> None:
    """Of four Sundays in a row two are stops."""
    stop = Stop(weekday="sunday", every_weeks=2, hours=1)
    sundays = [date(2025, 3, 2), date(2025, 3, 9), date(2025, 3, 16), date(2025, 3, 23)]
    days = [day.toordinal() for day in sundays]
    begun = [[*stop.begun(day, day + 1)] == [day] for day in days]
    assert sorted(begun[:2]) == [False, True]
    assert begun[:2] == begun[2:]
    among = [day for day, is_one in zip(days, begun, strict=True) if is_one]
    assert [*stop.begun(days[0], days[-1] + 1)] == among


def test_a_stop_on_the_29th_of_february_comes_in_leap_years() -> None:
    stop = Stop(yearly="02-29", hours=1)
    begun = stop.begun(date(2023, 1, 1).toordinal(), date(2026, 1, 1).toordinal())
    assert [date.fromordinal(day) for day in begun] == [date(2024, 2, 29)]


@pytest.mark.parametrize(
    "said", [{}, {"yearly": "02-30"}, {"weekday": "sunday", "yearly": "02-08"}]
)
def test_a_stop_that_begins_on_no_day_or_by_two_rules_is_a_fault(said: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"weekday|day is out of range"):
        Stop(hours=1, **said)


def test_a_yearly_stop_lasts_its_hours_over_several_days() -> None:
    """Ninety-six hours are four whole days."""
    work = WorkTime(stops=(Stop(yearly="02-08", hours=96),))
    stopped = [running(work, date(2025, 2, day).toordinal()).max() == 0 for day in range(7, 13)]
    assert stopped == [False, True, True, True, True, False]


def test_breakdowns_come_as_often_as_said() -> None:
    """Over a year the mean of stops a day is the one asked for, within four standard errors."""
    work = WorkTime(breakdowns=Breakdowns(per_day=2.0, minutes=(5, 6)))
    lost = sum(int((running(work, day) == 0).sum()) for day in range(739000, 739365))
    assert lost / 5 / 365 == pytest.approx(2.0, abs=4 * (2.0 / 365) ** 0.5)


def test_the_season_passes_through_the_months_middles() -> None:
    """The middle of July has July's share, and New Year lies between December and January."""
    season = Season(supply=(1, 1, 1, 1, 1, 1, 0.5, 1, 1, 1, 1, 0.8))
    assert season.shares([date(2025, 7, 17).toordinal()]) == pytest.approx(0.5, abs=0.02)
    assert season.shares([date(2025, 1, 1).toordinal()]) == pytest.approx(0.9, abs=0.02)


def test_days_of_a_clock_change_have_23_and_25_hours() -> None:
    """Each minute shows what the wall clock shows."""
    clock = Clock("Europe/Paris")
    spring = clock.wall_minutes(date(2025, 3, 30).toordinal())
    autumn = clock.wall_minutes(date(2025, 10, 26).toordinal())
    assert (len(spring), len(autumn)) == (23 * 60, 25 * 60)
    assert spring[119:121].tolist() == [119, 180]
    assert autumn[179:181].tolist() == [179, 120]
