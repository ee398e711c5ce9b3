"""When a plant runs: its days, shifts, planned stops, breakdowns and season."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from functools import cache, cached_property
from typing import Literal, Self
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulators.draws import Array, Draws

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LEAP_YEAR = 2024
WHOLE_DAY = np.arange(1440.0)  # what the clock shows at its minutes [min]
WHOLE_DAY.flags.writeable = False


class Strict(BaseModel):
    """What every table of a process file is: fixed keys, fixed values."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Shift(Strict):
    """From `at` on, the line runs at this share of its target."""

    at: time
    load: float = Field(ge=0.0)


class Stop(Strict):
    """A planned stop: each week or every few weeks on a weekday, or each year from a date."""

    weekday: Weekday | None = None
    every_weeks: int = Field(default=1, ge=1)
    yearly: str | None = Field(default=None, pattern=r"^\d\d-\d\d$")
    at: time = time(0)
    hours: float = Field(gt=0.0)

    @model_validator(mode="after")
    def _begins_some_day(self) -> Self:
        if (self.weekday is None) == (self.yearly is None):
            raise ValueError("either weekday = 'sunday' or yearly = '02-08', say")
        if self.yearly is not None:
            date.fromisoformat(f"{_LEAP_YEAR}-{self.yearly}")
        return self

    def begun(self, first: int, end: int) -> Iterable[int]:
        """The days in [first, end), proleptic ordinals, on which it begins."""
        if self.weekday is not None:
            period = 7 * self.every_weeks
            of_week = _WEEKDAYS.index(self.weekday) + 1  # day 1 was a Monday
            return range(first + (of_week % 7 - first) % period, end, period)
        years = range(date.fromordinal(first).year, date.fromordinal(end - 1).year + 1)
        return [day for day in map(self._day_of, years) if day and first <= day < end]

    def _day_of(self, year: int) -> int | None:
        try:
            return date.fromisoformat(f"{year:04}-{self.yearly}").toordinal()
        except ValueError:  # 29 February
            return None


class Breakdowns(Strict):
    """Unplanned stops: so many a day, each of a length between two bounds [min]."""

    per_day: float = Field(default=0.0, ge=0.0)
    minutes: tuple[int, int] = (5, 40)


class WorkTime(Strict):
    """When the line runs within a day, and with which share of its target."""

    shifts: tuple[Shift, ...] = (Shift(at=time(0), load=1.0),)
    stops: tuple[Stop, ...] = ()
    breakdowns: Breakdowns = Breakdowns()

    def running(self, days: Sequence[int], walls: Sequence[Array], *, draws: Draws) -> Array:
        """Share of the target at each minute of days in a row, 0 in a stop, shape (minutes,).

        Days are proleptic ordinals; `walls` are their clocks [min]. Before the first shift of a
        day the last one of the day before goes on.
        """
        found = [
            self._whole_day.copy() if wall is WHOLE_DAY else self._loads(wall) for wall in walls
        ]
        for day, begin, end in self._stopped(days[0], days[-1] + 1):
            load, wall = found[day - days[0]], walls[day - days[0]]
            load[(wall >= begin) & (wall < end)] = 0.0
        if self.breakdowns.per_day:
            for day, load in zip(days, found, strict=True):
                with draws.generator("breakdowns", day) as drawing:
                    self._break_down(load, drawing)
        return np.concatenate(found)

    def _break_down(self, load: Array, drawing: np.random.Generator) -> None:
        for _ in range(drawing.poisson(self.breakdowns.per_day)):
            begin = int(drawing.integers(load.size))
            load[begin : begin + int(drawing.integers(*self.breakdowns.minutes))] = 0.0

    @cached_property
    def _whole_day(self) -> Array:
        """The load at each minute of a day on which no clock is changed."""
        return self._loads(WHOLE_DAY)

    def _loads(self, wall: Array) -> Array:
        begins, loads = self._shift_loads
        return np.asarray(loads[np.searchsorted(begins, wall, side="right")])

    @cached_property
    def _shift_loads(self) -> tuple[Array, Array]:
        """When the shifts begin [min], and the loads before the first and from each on."""
        shifts = sorted(self.shifts, key=lambda shift: shift.at)
        loads = [shifts[-1].load, *(shift.load for shift in shifts)]
        return np.array([_minute(shift.at) for shift in shifts]), np.array(loads)

    def _stopped(self, first: int, end: int) -> Iterator[tuple[int, float, float]]:
        """Each of the days [first, end) with a planned stop, and its span in the day's clock."""
        for stop in self.stops:
            begin, minutes = _minute(stop.at), 60.0 * stop.hours
            days_on = int((begin + minutes) // 1440.0)
            for begun in stop.begun(first - days_on, end):
                for day in range(max(begun, first), min(begun + days_on + 1, end)):
                    since = begin - 1440.0 * (day - begun)
                    yield day, since, since + minutes


class Season(Strict):
    """Supply of raw material through the year: a share for the middle of each month."""

    supply: tuple[float, ...] = Field(default=(1.0,) * 12, min_length=12, max_length=12)

    def shares(self, days: Iterable[int]) -> Array:
        """The share on each day (an ordinal), drawn straight between the months' middles."""
        middles = (np.arange(12) + 0.5) * 365.25 / 12
        at = [day - date(date.fromordinal(day).year, 1, 1).toordinal() + 0.5 for day in days]
        return np.asarray(np.interp(at, middles, self.supply, period=365.25))


class Clock:
    """The days of a plant's zone on the axis of UTC seconds."""

    def __init__(self, zone: str) -> None:
        """Days as the clocks of `zone` show them, an IANA name."""
        self.zone = zone
        self._zone = ZoneInfo(zone)
        self.start_s = cache(self._start_s)

    def _start_s(self, day: int) -> int:
        """UTC seconds at which `day` (a proleptic ordinal) begins."""
        return int(datetime.combine(date.fromordinal(day), time(), self._zone).timestamp())

    def day_at(self, at_s: float) -> int:
        """The day, a proleptic ordinal, in which the instant `at_s` [s, UTC] lies."""
        return datetime.fromtimestamp(at_s, self._zone).toordinal()

    def wall_minutes(self, day: int) -> Array:
        """What the clock shows at each minute of `day` [min]: 1380 or 1500 of them at a change."""
        start_s, end_s = self.start_s(day), self.start_s(day + 1)
        n = (end_s - start_s) // 60
        if n == 1440:
            return WHOLE_DAY
        shown = [datetime.fromtimestamp(start_s + 60 * i, self._zone) for i in range(n)]
        return np.array([60.0 * at.hour + at.minute for at in shown])


def _minute(at: time) -> float:
    return at.hour * 60.0 + at.minute
