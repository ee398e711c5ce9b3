"""What the page Load shows: the hours of some weeks of one resource, and its base load.

Values are None where there is none, never 0. Rates are those of the resource's measure an hour.
"""

from __future__ import annotations

from datetime import date

from dashboards.now import Plant as PlantHead
from dashboards.now import Shown, Span
from dashboards.records import Subject
from dashboards.remarks import Remark
from dashboards.worth import Measure, UnitKind


class Night(Shown):
    """The lowest hour of a night; is_idle: nothing was made in it."""

    day: date
    lowest: float | None
    hour: int | None
    is_idle: bool
    is_over: bool


class Base(Shown):
    """A rate that stands for several hours or nights."""

    rate: float | None
    count: int  # of nights, hours or days


class Load(Shown):
    """The whole page at one instant.

    rates, estimated: by hour of the plant's day, then by day.
    """

    plant: PlantHead
    time_ms: int
    span: Span
    weeks: int
    unit: UnitKind
    resource: Subject
    resources: list[Subject]
    measure: Measure
    rate_unit: str
    is_metered: bool
    knows_idle: bool  # whether output is known by the hour
    days: list[date]
    rates: list[list[float | None]]
    estimated: list[list[bool]]
    unknown_hours: int  # of those that are over
    mean: float | None
    nights: list[Night]
    night: Base  # the last seven nights
    night_before: Base
    idle: Base  # hours in which nothing was made
    idle_days: Base
    limit: float | None  # of the plant file, above which something leaks or was left on
    has_risen: bool | None
    notes: list[Remark]
