"""What the page Performance shows: one resource, period by period, against its baseline.

Values are None where there is none, never 0. Nothing is expected of the reporting period unless
the plan is locked.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from dashboards.expecting import Part
from dashboards.now import Plan, Shown, Span
from dashboards.now import Plant as PlantHead
from dashboards.records import Subject
from dashboards.worth import Measure, UnitKind


class Point(Shown):
    """One period of the plan.

    expected, low, high: of consumption, the interval that of one period. cusum: running sum of
    actual - expected, from zero at the first period of its part.
    """

    day: date  # its first
    part: Part
    consumption: float | None
    driver: float | None
    output: float | None
    specific: float | None
    estimated: bool
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    difference: float | None = None
    cusum: float | None = None  # in the page's measure
    rate: float | None = 1.0  # what a unit of the resource comes to in that measure

    def told(self, value: float | None) -> float | None:
        """An amount of the resource in the page's measure."""
        return None if value is None or self.rate is None else value * self.rate


class LinePoint(Shown):
    """The baseline at one value of the driver, all other drivers at their mean."""

    driver: float
    expected: float
    low: float
    high: float
    is_seen: bool  # whether the baseline saw such a value


class Model(Shown):
    """The baseline's model, in the words of its table."""

    drivers: list[str]
    coefficients: dict[str, float | None]
    n: int
    r2: float | None
    cv_rmse_percent: float | None
    confidence_percent: float
    line: list[LinePoint]


class Level(Shown):
    """A stretch between two bends of the CUSUM."""

    first: date
    last: date
    periods: int
    mean: float | None  # actual - expected, of a period [unit of the measure]
    percent: float | None  # of the expected


class Happening(Shown):
    """Something that may explain a bend."""

    time_ms: int
    kind: str
    what: str  # a meter, a claim, a note
    text: str


class Sum(Shown):
    """Actual against expected over a stretch [unit of the measure]."""

    span: Span
    periods: int
    missing: int
    actual: float | None
    expected: float | None
    percent: float | None  # actual over expected; negative is less


class Performance(Shown):
    """The whole page at one instant."""

    plant: PlantHead
    time_ms: int
    span: Span
    resource: Subject
    resources: list[Subject]
    by: Literal["day", "week", "month"]
    plan_name: str | None
    plan: Plan
    method: str
    why_not: dict[str, str] | None  # by language: why there is no model, or no saving
    baseline: tuple[date, date] | None
    reporting_since: date | None
    product: str | None
    product_name: str | None
    unit: UnitKind
    measure: Measure  # amounts are told in; the points hold the resource's own unit
    specific_unit: str | None
    driver: str | None
    driver_name: str | None
    driver_unit: str | None
    model: Model | None
    points: list[Point]
    levels: list[Level]
    recent: Sum | None
    reporting: Sum | None
    happenings: list[Happening]
    claims: list[str]  # of this resource
    by_claims: list[str]  # of a backcast: each has a model of its own
    by_claim: str | None  # whose model this is
