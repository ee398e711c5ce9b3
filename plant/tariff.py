"""Prices: dated, and by the hours of the day where a tariff has such (peak, normal, off-peak)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from functools import cached_property
from itertools import combinations
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, model_validator

from plant.fields import Day
from plant.points import Strict

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
_STRETCH = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_DAY_MIN = 24 * 60


def _minutes(text: str) -> tuple[int, int]:
    """The first minute of the day, and the one after the last; ValueError for what is none."""
    match = _STRETCH.fullmatch(text)
    if match is not None:
        hours, minutes, hours_to, minutes_to = map(int, match.groups())
        first, end = 60 * hours + minutes, 60 * hours_to + minutes_to
        if max(minutes, minutes_to) < 60 and first < _DAY_MIN and end <= _DAY_MIN and first != end:
            return first, end
    raise ValueError("hours such as '17:00-20:00'")


def _stretch(text: str) -> str:
    _minutes(text)
    return text


class Hours(Strict):
    """Hours of some days in which another price holds; '22:00-04:00' is both ends of each day."""

    name: str
    value: Annotated[float, Field(ge=0)]
    between: Annotated[tuple[Annotated[str, AfterValidator(_stretch)], ...], Field(min_length=1)]
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = WEEKDAYS

    @cached_property
    def minutes(self) -> tuple[tuple[int, int], ...]:
        """Stretches of the minutes of a day, ends not included; none passes midnight."""
        found: list[tuple[int, int]] = []
        for first, end in map(_minutes, self.between):
            found += [(first, end)] if first < end else [(0, end), (first, _DAY_MIN)]
        return tuple(one for one in found if one[0] < one[1])

    def holds(self, weekday: int, minute: int) -> bool:
        """Whether it does at a minute of a day, 0 being Monday."""
        inside = any(first <= minute < end for first, end in self.minutes)
        return inside and WEEKDAYS[weekday] in self.days


class Price(Strict):
    """A price that holds from a day on, until the next one; `value` in hours that none names."""

    from_: Day = Field(alias="from")
    value: Annotated[float, Field(ge=0)]
    per: str
    source: str | None = None
    hours: tuple[Hours, ...] = ()

    @model_validator(mode="after")
    def _is_one_at_a_time(self) -> Price:
        for one, other in combinations(self.hours, 2):
            edges = [first for first, _ in (*one.minutes, *other.minutes)]
            if any(one.holds(d, m) and other.holds(d, m) for d in range(7) for m in edges):
                raise ValueError(f"hours of one price each: {one.name} and {other.name} overlap")
        return self

    def by_clock(self, day: date) -> Iterator[tuple[time, Hours | None]]:
        """From which times of a day which hours hold, midnight first; None for all others."""
        edges = {0, *(edge for one in self.hours for ends in one.minutes for edge in ends)}
        for edge in sorted(edges - {_DAY_MIN}):
            at = time(edge // 60, edge % 60)
            yield at, next((one for one in self.hours if one.holds(day.weekday(), edge)), None)
