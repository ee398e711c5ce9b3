"""When a plant runs: its days, shifts, planned stops, breakdowns and season."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from simulators.draws import Array, Draws

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


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

    def started(self, day: date) -> bool:
        """Whether this stop begins on `day`."""
        if self.yearly is not None:
            return (day.month, day.day) == self._day_of_year
        weeks = day.toordinal() // 7
        return _WEEKDAYS[day.weekday()] == self.weekday and weeks % self.every_weeks == 0

    @cached_property
    def _day_of_year(self) -> tuple[int, int]:
        month, _, day = str(self.yearly).partition("-")
        return int(month), int(day)


class Breakdowns(Strict):
    """Unplanned stops: so many a day, each of a length between two bounds [min]."""

    per_day: float = Field(default=0.0, ge=0.0)
    minutes: tuple[int, int] = (5, 40)


class WorkTime(Strict):
    """When the line runs within a day, and with which share of its target."""

    shifts: tuple[Shift, ...] = (Shift(at=time(0), load=1.0),)
    stops: tuple[Stop, ...] = ()
    breakdowns: Breakdowns = Breakdowns()

    def running(self, day: date, wall: Array, *, draws: Draws) -> Array:
        """Share of the target at each minute of `day`, 0 in a stop; `wall` is its clock [min]."""
        load = self._loads(wall)
        for begin, end in self._stopped(day):
            load[(wall >= begin) & (wall < end)] = 0.0
        if not self.breakdowns.per_day:
            return load
        rng = draws.generator("breakdowns", day.toordinal())
        for _ in range(rng.poisson(self.breakdowns.per_day)):
            begin = int(rng.integers(wall.size))
            load[begin : begin + int(rng.integers(*self.breakdowns.minutes))] = 0.0
        return load

    def _loads(self, wall: Array) -> Array:
        """What the shifts run at, at each minute; before the first one the last one goes on."""
        shifts = sorted(self.shifts, key=lambda shift: shift.at)
        begins = [_minute(shift.at) for shift in shifts]
        loads = np.array([shifts[-1].load, *(shift.load for shift in shifts)])
        return np.asarray(loads[np.searchsorted(begins, wall, side="right")])

    def _stopped(self, day: date) -> list[tuple[float, float]]:
        """Spans of planned stops that touch `day`, in minutes of its clock."""
        spans = []
        for stop in self.stops:
            begin_minute = _minute(stop.at)
            for back in range(int((begin_minute / 60 + stop.hours) // 24) + 1):
                if stop.started(day - timedelta(days=back)):
                    begin = begin_minute - 1440.0 * back
                    spans.append((begin, begin + stop.hours * 60.0))
        return spans


class Season(Strict):
    """Supply of raw material through the year: a share for the middle of each month."""

    supply: tuple[float, ...] = Field(default=(1.0,) * 12, min_length=12, max_length=12)

    def shares(self, days: Iterable[date]) -> Array:
        """The share on each day, drawn straight between the months' middles."""
        middles = (np.arange(12) + 0.5) * 365.25 / 12
        at = [day.timetuple().tm_yday - 0.5 for day in days]
        return np.asarray(np.interp(at, middles, self.supply, period=365.25))


class Clock:
    """The days of a plant's zone on the axis of UTC seconds."""

    def __init__(self, zone: str) -> None:
        """Days as the clocks of `zone` show them, an IANA name."""
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
            return np.arange(1440.0)
        shown = [datetime.fromtimestamp(start_s + 60 * i, self._zone) for i in range(n)]
        return np.array([60.0 * at.hour + at.minute for at in shown])


def _minute(at: time) -> float:
    return at.hour * 60.0 + at.minute
